"""Forms and views of organisations, their offices and their members."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from flask import redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _, lazy_gettext as _l
from werkzeug.wrappers import Response
from wtforms import BooleanField, RadioField, SelectChoice, SelectMultipleField, widgets

from portal.accounts.sign_in import current_user
from portal.core.editing import Both, WholeForm, done, line
from portal.core.forms import FormPage, ProtectedForm
from portal.core.i18n import language
from portal.core.statuses import existing
from portal.core.web import AudienceBlueprint, members
from portal.organisations import organisations
from portal.organisations.organisations import KIND_NAMES, Office, Organisation
from portal.organisations.sides import OrganisationKind


def office_names(offices: Iterable[Office]) -> dict[int, str]:
    lang = language()
    return {office.id: f"{office.organisation.name[lang]}: {office.name[lang]}" for office in offices}


class OrganisationForm(WholeForm):
    ROW = Organisation
    kind = RadioField(
        _l("What kind of organization"),
        choices=[SelectChoice(kind.value, KIND_NAMES[kind]) for kind in OrganisationKind],
        default=OrganisationKind.CONGREGATION.value,
    )
    name = Both(line, _l("Name"), 120)


class OfficeForm(WholeForm):
    ROW = Office
    name = Both(
        line, _l("Office"), 120, _l("A post such as Pastor, Chief's office, Public Works. Never a person's name.")
    )
    contact = line(
        _l("How the office is reached"),
        200,
        _l("Only what stands on its own letterhead. Nobody's private number or address."),
        optional=True,
    )
    closed = BooleanField(
        _l("This office does not exist any more"),
        description=_l("It stays in the list, with what was promised for it."),
    )

    def shown(self, row: Office) -> dict[str, Any]:
        return super().shown(row) | {"closed": row.closed_on is not None}


class NewOfficeForm(OfficeForm):
    closed = None


class BelongingForm(ProtectedForm):
    people = SelectMultipleField(
        _l("Who belongs to it"),
        coerce=int,
        option_widget=widgets.CheckboxInput(),
        widget=widgets.ListWidget(prefix_label=False),
    )


blueprint = AudienceBlueprint(
    "organisations",
    __name__,
    audience=members("community_lead", "faith_partner", "facilitator"),
    url_prefix="/<lang:lang>/organizations",
)
blueprint.add_app_template_global(KIND_NAMES.__getitem__, "organisation_kind")


@blueprint.get("/")
def index() -> str:
    return render_template("organisations/index.html", organisations=organisations.organisations())


@blueprint.route("/new", methods=["GET", "POST"])
def add() -> ResponseReturnValue:
    form = OrganisationForm()
    if not form.validate_on_submit():
        above = url_for("organisations.index"), _("All organizations")
        return FormPage(_("Add an organization"), _("Add"), above=above).show(form)
    organisation = organisations.keep_organisation(None, form.values, current_user.id)
    return redirect(url_for("organisations.show", organisation_id=organisation.id))


@blueprint.route("/<int:organisation_id>/", methods=["GET", "POST"])
def show(organisation_id: int) -> ResponseReturnValue:
    organisation, form = organisations.organisation(organisation_id), OrganisationForm()
    if not form.validate_row(organisation):
        belonging = organisations.people_of(organisation.id)
        people = [member for member in organisations.people_to_choose() if member.id in belonging]
        page = "organisations/organisation.html"
        return render_template(page, organisation=organisation, form=form, people=people), form.http_status
    organisations.keep_organisation(organisation, form.values, current_user.id)
    return _saved(organisation_id)


@blueprint.route("/<int:organisation_id>/offices/new", methods=["GET", "POST"], endpoint="add_office")
@blueprint.route("/<int:organisation_id>/offices/<int:office_id>", methods=["GET", "POST"])
def office(organisation_id: int, office_id: int | None = None) -> ResponseReturnValue:
    """Add an office, or change one, even a closed one."""
    organisation, form, title = organisations.organisation(organisation_id), OfficeForm(), _("Change the office")
    if office_id is None:
        office, form, title = Office(organisation_id=organisation_id), NewOfficeForm(), _("Add an office")
    else:
        office = existing(next((office for office in organisation.offices if office.id == office_id), None))
    if not form.is_submitted():
        form.process(data=form.shown(office))
    if not form.validate_on_submit():
        return _part(organisation, title).show(form)
    organisations.keep_office(office, form.values, current_user.id, closed="closed" in form and form.closed.data)
    return _saved(organisation_id)


@blueprint.route("/<int:organisation_id>/people", methods=["GET", "POST"])
def belongs(organisation_id: int) -> ResponseReturnValue:
    organisation = organisations.organisation(organisation_id)
    form = BelongingForm(people=organisations.people_of(organisation_id))
    form.people.choices = [SelectChoice(str(member.id), member.name) for member in organisations.people_to_choose()]
    if not form.validate_on_submit():
        return _part(organisation, _("Who belongs to it")).show(form)
    organisations.set_people(organisation, form.people.data, current_user.id)
    return _saved(organisation_id)


def _part(organisation: Organisation, title: str) -> FormPage:
    above = url_for("organisations.show", organisation_id=organisation.id), _("Back to the organization")
    return FormPage(title, _("Save"), above=above, eyebrow=organisation.name[language()])


def _saved(organisation_id: int) -> Response:
    return done(url_for("organisations.show", organisation_id=organisation_id), _("Saved."))
