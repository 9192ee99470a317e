"""Organisations and their offices, kept by those who bring people together."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, render_template, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from portal.accounts.phrase_pages import Answer
from portal.accounts.sessions import person
from portal.core.editing import both
from portal.core.errors import NotFound
from portal.core.web import Room, members
from portal.organisations import actions
from portal.organisations import queries as stored
from portal.organisations.forms import BelongingForm, OfficeForm, OrganisationForm
from portal.organisations.models import Office, Organisation
from portal.organisations.texts import ORGANISATION_KINDS

room = Room(
    "organisations",
    __name__,
    audience=members("community_lead", "faith_partner", "facilitator"),
    url_prefix="/<lang:lang>/organizations",
)
ROOMS = (room,)
room.add_app_template_global(ORGANISATION_KINDS.__getitem__, "organisation_kind")


@room.get("/")
def index() -> str:
    """All organisations."""
    return render_template("organisations/index.html", organisations=stored.organisations())


@room.route("/new", methods=["GET", "POST"])
def add() -> Answer:
    """Add one."""
    form = OrganisationForm()
    if not form.is_submitted():
        return render_template("organisations/new.html", form=form)
    if not form.validate():
        return render_template("organisations/new.html", form=form), 422
    organisation = actions.add_organisation(form.draft, person().id)
    return _to(organisation.id)


@room.route("/<int:organisation_id>/", methods=["GET", "POST"])
def show(organisation_id: int) -> Answer:
    """One organisation: change its name, see its offices and people."""
    organisation, form = stored.organisation(organisation_id), OrganisationForm()
    values = {"kind": organisation.kind, **both("name", organisation.name)}
    if not form.is_submitted():
        return _page(organisation, OrganisationForm(data={**values, "version": str(organisation.version)}))
    if form.is_behind(organisation.version):
        form.version.data = str(organisation.version)
        return _page(organisation, form, newer=form.differences(values)), 409
    if not form.validate():
        return _page(organisation, form), 422
    actions.change_organisation(organisation, form.draft, person().id)
    flash(_("Saved."), "success")
    return _to(organisation_id)


@room.route("/<int:organisation_id>/offices/new", methods=["GET", "POST"])
def add_office(organisation_id: int) -> Answer:
    """Add an office."""
    organisation = stored.organisation(organisation_id)
    return _office(organisation, Office(organisation_id=organisation.id), is_new=True)


@room.route("/<int:organisation_id>/offices/<int:office_id>", methods=["GET", "POST"])
def office(organisation_id: int, office_id: int) -> Answer:
    """Change an office."""
    found = stored.office(office_id)
    if found.organisation_id != organisation_id:
        raise NotFound
    return _office(stored.organisation(organisation_id), found)


@room.route("/<int:organisation_id>/people", methods=["GET", "POST"])
def belongs(organisation_id: int) -> Answer:
    """Say who belongs to it."""
    organisation, people = stored.organisation(organisation_id), stored.people_to_choose()
    form = BelongingForm(people)
    if not form.is_submitted():
        chosen = [str(one) for one in stored.people_of(organisation_id)]
        form = BelongingForm(people, data={"people": chosen})
        return render_template("organisations/people.html", organisation=organisation, form=form)
    if not form.validate():
        return render_template("organisations/people.html", organisation=organisation, form=form), 422
    actions.set_people(organisation, form.chosen, person().id)
    flash(_("Saved."), "success")
    return _to(organisation_id)


def _office(organisation: Organisation, found: Office, *, is_new: bool = False) -> Answer:
    form = OfficeForm()
    if not form.is_submitted():
        if not is_new:
            form.fill(found)
        return _office_page(organisation, form, is_new=is_new)
    if not form.validate():
        return _office_page(organisation, form, is_new=is_new), 422
    closed = bool(form.closed.data) and not is_new
    actions.keep_office(found, form.pair("office"), form.contact.data or "", person().id, closed=closed)
    flash(_("Saved."), "success")
    return _to(organisation.id)


def _office_page(organisation: Organisation, form: OfficeForm, *, is_new: bool) -> str:
    return render_template("organisations/office.html", organisation=organisation, form=form, is_new=is_new)


def _page(organisation: Organisation, form: OrganisationForm, newer: Any = None) -> str:
    chosen = stored.people_of(organisation.id)
    people = [one for one in stored.people_to_choose() if one.id in chosen]
    return render_template(
        "organisations/organisation.html", organisation=organisation, form=form, newer=newer, people=people
    )


def _to(organisation_id: int) -> Response:
    return redirect(url_for("organisations.show", organisation_id=organisation_id))
