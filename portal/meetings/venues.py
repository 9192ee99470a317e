"""Saved venues: places where meetings are held again and again, kept once and copied into a meeting.

A meeting takes a copy and does not refer to its venue: what people were told stays as it was when the venue changes.
All organizers share them, so a venue must name no hidden place. Who has the key is sealed with the server's cipher and
is for the team alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import render_template
from flask_babel import lazy_gettext as _l
from sqlalchemy import ForeignKey, String, select
from sqlalchemy.orm import Mapped, mapped_column, relationship
from wtforms import SelectField
from wtforms.validators import Optional

from portal.accounts.sign_in import current_user
from portal.core.audit import record
from portal.core.db import Base, Encrypted, Versioned, added, one, random_id, session
from portal.core.editing import Both, EditorForm, line, lines
from portal.core.forms import choices_of
from portal.core.i18n import LANGUAGES, NOTHING, Bilingual, bilingual, language_here
from portal.core.web import AudienceBlueprint, members
from portal.markets.map.drawing import address_map
from portal.markets.places import is_shown
from portal.markets.publishing import Shelf
from portal.markets.texts import texts_name_hidden_place
from portal.meetings.forms import ACCESS, HOST, NO_STREET, OneLanguageFirst
from portal.meetings.meeting import PLANNERS, REMEMBERED, Meeting, latest_known
from portal.meetings.readiness import is_street_address
from portal.organisations.organisations import Organisation, organisations
from portal.organisations.sides import OrganisationKind

COPIED = ("place", "access", "host")


class Venue(Versioned, Base):
    """A place where meetings are held: its name, the way in, its address, and whose house it is."""

    __tablename__ = "meetings_venue"

    id: Mapped[int] = mapped_column(primary_key=True, default=random_id)
    place: Mapped[Bilingual] = bilingual("place", may_be_empty=True)
    """As it stands on the page of a meeting."""
    access: Mapped[Bilingual] = bilingual("access", may_be_empty=True)
    host: Mapped[Bilingual] = bilingual("host", may_be_empty=True)
    """Who usually hosts there; empty if it differs."""
    address: Mapped[str] = mapped_column(String(200), default="")
    organisation_id: Mapped[int | None] = mapped_column(
        ForeignKey("organisations_organisation.id", ondelete="SET NULL"), index=True
    )
    contact: Mapped[str] = mapped_column(Encrypted(), default="")
    """Who has the key or rents out the room."""

    organisation: Mapped[Organisation | None] = relationship(lazy="joined", viewonly=True)

    @property
    def usual_host(self) -> Bilingual:
        return self.host if self.host != NOTHING or self.organisation is None else self.organisation.name

    @property
    def lacks(self) -> tuple[str, ...]:
        return tuple(lang for lang in LANGUAGES if not (self.place[lang].strip() and self.access[lang].strip()))


def venues(member_id: int) -> list[Venue]:
    """Return all saved venues: those of the latest meetings that the member knows first, then by name."""
    order: dict[str, int] = {}
    for number, meeting in enumerate(latest_known(member_id)):
        order.setdefault(_key(meeting.place), number)
    rows = session.scalars(select(Venue)).all()
    return sorted(rows, key=lambda row: (order.get(_key(row.place), REMEMBERED), str(row.place).casefold(), row.id))


def keep_venue(values: Mapping[str, Any], member_id: int) -> Venue:
    """Save a venue; if one with the same name is kept already, return that one unchanged."""
    for row in session.scalars(select(Venue)):
        if _key(row.place) == _key(values["place"]):
            return row
    row = added(Venue(**values))
    record("venue.kept", "venue", row.id, member_id)
    return row


def keep_venue_of(meeting: Meeting, member_id: int) -> Venue | None:
    """Save the place of a meeting as a venue; None if that would name a hidden place to all organizers."""
    texts = [getattr(meeting, name) for name in COPIED]
    words = [text[lang] for text in texts for lang in LANGUAGES]
    if not is_shown(meeting.market_id) or texts_name_hidden_place([*words, meeting.address], member_id):
        return None
    return keep_venue({**dict(zip(COPIED, texts, strict=True)), "address": meeting.address}, member_id)


def _key(place: Bilingual) -> str:
    return f"{place.en}\n{place.es}".casefold()


AUDITED = {
    "venue.kept": _l("kept a venue"),
    "venue.changed": _l("changed a venue"),
    "venue.forgotten": _l("deleted a venue"),
    "venue": _l("venue"),
}


class VenueForm(OneLanguageFirst, EditorForm):
    ROW = Venue
    texts = COPIED
    place = Both(line, _l("Name, as people read it"), 160)
    access = Both(lines, ACCESS, 1_000)
    host = Both(line, HOST)
    address = line(_l("Street address"), 200)
    organisation = SelectField(_l("Whose house it is"), validators=[Optional()])
    contact = line(_l("Who has the key, and how to reach them"), 200)

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        houses = (house for house in organisations() if house.kind != OrganisationKind.POLICE)
        self.organisation.choices = choices_of({house.id: str(house.name) for house in houses}, _l("None of these"))

    def shown(self, row: Venue) -> dict[str, Any]:
        return super().shown(row) | {"organisation": str(row.organisation_id or "")}

    @property
    def values(self) -> dict[str, Any]:
        house = self.organisation.data
        return super().values | {"organisation_id": int(house) if house else None}

    def validate(self, extra_validators: Any = None) -> bool:
        """Require a name in one language, and an address that a map can find."""
        whole: bool = super().validate(extra_validators)
        if self.address.data and not is_street_address(self.address.data):
            self.complain("address", NO_STREET)
        return self.says_something(("place",), self.first) and whole and not self.errors


class VenueShelf(Shelf[Venue, VenueForm]):
    name, template = "venue", "meetings/venues/edit.html"
    added = _l("The venue is kept. Choose it with one tap when you plan a meeting.")
    saved = _l("Saved. Meetings that are planned already stay as they are.")
    deleted = _l("The venue is deleted. Meetings stay as they are.")

    def find(self, row_id: int, *, to_change: bool) -> Venue:
        return one(select(Venue).where(Venue.id == row_id), to_change=to_change)

    def form(self, _row: Venue | None) -> VenueForm:
        return VenueForm()

    def keep(self, form: VenueForm, row: Venue | None) -> Venue:
        if row is None:
            return keep_venue(form.values, current_user.id)
        for name, value in form.values.items():
            setattr(row, name, value)
        session.flush()
        record("venue.changed", "venue", row.id, current_user.id)
        return row

    def erase(self, row: Venue) -> None:
        record("venue.forgotten", "venue", row.id, current_user.id)
        session.delete(row)

    def more(self, form: VenueForm, row: Venue | None) -> Mapping[str, Any]:
        form.name_first_language()
        return {"is_drawn": row is not None and bool(row.address) and address_map(row.address, None) is not None}


blueprint = AudienceBlueprint(
    "meetings_venues", __name__, audience=members(*PLANNERS), url_prefix="/<lang:lang>/team/venues"
)
VenueShelf(blueprint)


@blueprint.get("/")
def index() -> str:
    return render_template(
        "meetings/venues/index.html",
        venues=venues(current_user.id),
        languages=lambda halves: ", ".join(map(language_here, halves)),
    )
