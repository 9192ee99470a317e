"""Forms and views of organisations, their offices and their members."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _, lazy_gettext as _l
from werkzeug.wrappers import Response
from wtforms import BooleanField, RadioField, SelectChoice, SelectMultipleField, widgets

from portal.accounts.sign_in import current_user
from portal.accounts.users import Member
from portal.core.editing import Both, WholeForm, line
from portal.core.forms import FormPage, ProtectedForm
from portal.core.i18n import language
from portal.core.statuses import NotFound
from portal.core.web import AudienceBlueprint, members
from portal.organisations import organisations
from portal.organisations.organisations import KIND_NAMES, Office, Organisation
from portal.organisations.sides import OrganisationKind


def office_names(offices: Iterable[Office]) -> dict[int, str]:
    lang = language()
    return {office.id: f"{office.organisation.name[lang]}: {office.name[lang]}" for office in offices}


class OrganisationForm(WholeForm):
    ROW = Organisation
    PAIRS = ("name",)
    kind = RadioField(
        _l("What kind of organization"),
        choices=[SelectChoice(kind.value, KIND_NAMES[kind]) for kind in OrganisationKind],
        default=OrganisationKind.CONGREGATION.value,
    )
    name = Both(line, _l("Name"), 120)

    @property
    def values(self) -> dict[str, Any]:
        return super().values | {"kind": OrganisationKind(self.kind.data)}


class OfficeForm(WholeForm):
    PAIRS = ("office",)
    office = Both(
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

    def fill(self, office: Office) -> None:
        self.office_en.data, self.office_es.data = office.name.en, office.name.es
        self.contact.data, self.closed.data = office.contact, office.closed_on is not None


class NewOfficeForm(OfficeForm):
    closed = None


class BelongingForm(ProtectedForm):
    people = SelectMultipleField(
        _l("Who belongs to it"),
        option_widget=widgets.CheckboxInput(),
        widget=widgets.ListWidget(prefix_label=False),
    )

    def __init__(self, people: Iterable[Member], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.people.choices = [SelectChoice(str(member.id), member.name) for member in people]

    @property
    def chosen(self) -> set[int]:
        """The ids of the chosen members."""
        return {int(value) for value in self.people.data or ()}


blueprint = AudienceBlueprint(
    "organisations",
    __name__,
    audience=members("community_lead", "faith_partner", "facilitator"),
    url_prefix="/<lang:lang>/organizations",
)
ROOMS = (blueprint,)
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
    organisation = organisations.add_organisation(form.values, current_user.id)
    return _to(organisation.id)


@blueprint.route("/<int:organisation_id>/", methods=["GET", "POST"])
def show(organisation_id: int) -> ResponseReturnValue:
    """Show and change one organisation, with its offices and members."""
    organisation, form = organisations.organisation(organisation_id), OrganisationForm()
    if not form.validate_row(organisation):
        belonging = organisations.people_of(organisation.id)
        people = [member for member in organisations.people_to_choose() if member.id in belonging]
        page = "organisations/organisation.html"
        return render_template(page, organisation=organisation, form=form, people=people), form.http_status
    organisations.change_organisation(organisation, form.values, current_user.id)
    flash(_("Saved."), "success")
    return _to(organisation_id)


@blueprint.route("/<int:organisation_id>/offices/new", methods=["GET", "POST"])
def add_office(organisation_id: int) -> ResponseReturnValue:
    organisation = organisations.organisation(organisation_id)
    return _office(organisation, Office(organisation_id=organisation.id), is_new=True)


@blueprint.route("/<int:organisation_id>/offices/<int:office_id>", methods=["GET", "POST"])
def office(organisation_id: int, office_id: int) -> ResponseReturnValue:
    office = organisations.office(office_id)
    if office.organisation_id != organisation_id:
        raise NotFound
    return _office(organisations.organisation(organisation_id), office)


@blueprint.route("/<int:organisation_id>/people", methods=["GET", "POST"])
def belongs(organisation_id: int) -> ResponseReturnValue:
    organisation, people = organisations.organisation(organisation_id), organisations.people_to_choose()
    form = BelongingForm(people)
    if not form.is_submitted():
        form.process(data={"people": list(map(str, organisations.people_of(organisation_id)))})
    if not form.validate_on_submit():
        return _part(organisation, _("Who belongs to it")).show(form)
    organisations.set_people(organisation, form.chosen, current_user.id)
    flash(_("Saved."), "success")
    return _to(organisation_id)


def _office(organisation: Organisation, office: Office, *, is_new: bool = False) -> ResponseReturnValue:
    form = NewOfficeForm() if is_new else OfficeForm()
    if not form.is_submitted() and not is_new:
        form.fill(office)
    if not form.validate_on_submit():
        return _part(organisation, _("Add an office") if is_new else _("Change the office")).show(form)
    closed = not is_new and bool(form.closed.data)
    organisations.keep_office(office, form.office, form.contact.data or "", current_user.id, closed=closed)
    flash(_("Saved."), "success")
    return _to(organisation.id)


def _part(organisation: Organisation, title: str) -> FormPage:
    above = url_for("organisations.show", organisation_id=organisation.id), _("Back to the organization")
    return FormPage(title, _("Save"), above=above, eyebrow=organisation.name[language()])


def _to(organisation_id: int) -> Response:
    return redirect(url_for("organisations.show", organisation_id=organisation_id))
