"""What we ask about organisations."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, RadioField, SelectChoice, SelectMultipleField, widgets

from portal.accounts.models import Member
from portal.core.editing import WholeForm, english, line, spanish
from portal.core.forms import RoomForm
from portal.organisations.actions import OrganisationDraft
from portal.organisations.models import Office
from portal.organisations.rules import OrganisationKind
from portal.organisations.texts import ORGANISATION_KINDS

NAME = _l("Name")


class OrganisationForm(WholeForm):
    """An organisation."""

    PAIRS = ("name",)
    kind = RadioField(
        _l("What kind of organization"),
        choices=[SelectChoice(kind.value, ORGANISATION_KINDS[kind]) for kind in OrganisationKind],
        default=OrganisationKind.CONGREGATION.value,
    )
    name_en, name_es = line(english(NAME), 120), line(spanish(NAME), 120)

    @property
    def draft(self) -> OrganisationDraft:
        """What was typed."""
        return OrganisationDraft(OrganisationKind(self.kind.data), self.pair("name"))


class OfficeForm(WholeForm):
    """An office of an organisation."""

    PAIRS = ("office",)
    office_en, office_es = line(english(_l("Office")), 120), line(spanish(_l("Office")), 120)
    contact = line(_l("How the office is reached"), 200)
    closed = BooleanField(_l("This office does not exist any more"))

    def fill(self, office: Office) -> None:
        """Show what is stored."""
        self.office_en.data, self.office_es.data = office.name.en, office.name.es
        self.contact.data, self.closed.data = office.contact, office.closed_on is not None


class BelongingForm(RoomForm):
    """Who belongs to an organisation."""

    people = SelectMultipleField(
        _l("Who belongs to it"),
        option_widget=widgets.CheckboxInput(),
        widget=widgets.ListWidget(prefix_label=False),
    )

    def __init__(self, people: Iterable[Member], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.people.choices = [SelectChoice(str(one.id), one.name) for one in people]

    @property
    def chosen(self) -> set[int]:
        """Their ids."""
        return {int(value) for value in self.people.data or ()}
