"""Saved venues: places where meetings are held again and again, kept once and copied into a meeting.

A meeting takes a copy and does not refer to its venue: what people were told stays as it was when the venue changes.
All organizers share them, so a venue must name no hidden place. Who has the key is sealed with the server's cipher and
is for the team alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from flask_babel import lazy_gettext as _l
from sqlalchemy import ForeignKey, LargeBinary, String, select
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.core.audit import record
from portal.core.db import Base, Versioned, random_id, session
from portal.core.i18n import LANGUAGES, NOTHING, Bilingual, bilingual
from portal.core.jobs.outbox import cipher
from portal.core.statuses import NotFound
from portal.markets.places import is_shown, may_be_known
from portal.markets.texts import texts_name_hidden_place
from portal.meetings.meeting import Meeting
from portal.organisations.organisations import Organisation

COPIED = ("place", "access", "host")
LATEST = 60
"""The number of past meetings whose venues and hosts are offered again."""


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
    contact: Mapped[bytes | None] = mapped_column(LargeBinary)
    """Who has the key or rents out the room, encrypted."""

    organisation: Mapped[Organisation | None] = relationship(lazy="joined", viewonly=True)

    @property
    def draft(self) -> VenueDraft:
        contact = cipher().decrypt(self.contact) if self.contact else ""
        return VenueDraft(self.place, self.access, self.host, self.address, self.organisation_id, contact)

    @property
    def usual_host(self) -> Bilingual:
        """Who hosts there: as written, or else the house itself."""
        return self.host if self.host != NOTHING or self.organisation is None else self.organisation.name

    @property
    def lacks(self) -> tuple[str, ...]:
        """The languages in which its name or the way in is missing."""
        return tuple(lang for lang in LANGUAGES if not (self.place[lang].strip() and self.access[lang].strip()))


@dataclass(frozen=True)
class VenueDraft:
    """The texts of a venue; one language may be missing."""

    place: Bilingual
    access: Bilingual
    host: Bilingual = NOTHING
    address: str = ""
    organisation_id: int | None = None
    contact: str = ""


def venues(member_id: int) -> list[Venue]:
    """Return all saved venues: those of the latest meetings that the member knows first, then by name."""
    order: dict[str, int] = {}
    for number, meeting in enumerate(_latest(member_id)):
        order.setdefault(_key(meeting.place), number)
    found = session.scalars(select(Venue)).all()
    return sorted(found, key=lambda one: (order.get(_key(one.place), LATEST), str(one.place).casefold(), one.id))


def venue(venue_id: int, *, to_change: bool = False) -> Venue:
    """Return a saved venue. Raises `NotFound`; `to_change` locks it."""
    wanted = select(Venue).where(Venue.id == venue_id)
    found = session.scalars(wanted.with_for_update(of=Venue) if to_change else wanted).one_or_none()
    if found is None:
        raise NotFound
    return found


def not_kept(member_id: int) -> list[Meeting]:
    """Return one meeting for each place of the latest meetings that could be kept as a venue and is not."""
    kept = {_key(one.place) for one in session.scalars(select(Venue))}
    found: dict[str, Meeting] = {}
    for meeting in _latest(member_id):
        if (
            meeting.has_door
            and meeting.place.is_whole
            and _key(meeting.place) not in kept
            and is_shown(meeting.market_id)
        ):
            found.setdefault(_key(meeting.place), meeting)
    return list(found.values())


def _latest(member_id: int) -> Sequence[Meeting]:
    known = select(Meeting).where(may_be_known(Meeting.market_id, member_id))
    return session.scalars(known.order_by(Meeting.updated_at.desc(), Meeting.id).limit(LATEST)).all()


def keep_venue(draft: VenueDraft, member_id: int) -> Venue:
    """Save a venue; if one with the same name is kept already, return that one unchanged."""
    same = next((one for one in session.scalars(select(Venue)) if _key(one.place) == _key(draft.place)), None)
    if same is not None:
        return same
    found = Venue(id=random_id())
    _write(found, draft)
    session.add(found)
    session.flush()
    record("venue.kept", "venue", found.id, member_id)
    return found


def change_venue(found: Venue, draft: VenueDraft, member_id: int) -> None:
    """Change a saved venue; meetings that were planned with it stay as they are."""
    _write(found, draft)
    session.flush()
    record("venue.changed", "venue", found.id, member_id)


def forget_venue(found: Venue, member_id: int) -> None:
    """Delete a saved venue; meetings that were planned with it stay as they are."""
    record("venue.forgotten", "venue", found.id, member_id)
    session.delete(found)
    session.flush()


def keep_venue_of(meeting: Meeting, member_id: int) -> Venue | None:
    """Save the place of a meeting as a venue; None if that would name a hidden place to all organizers."""
    said = [getattr(meeting, name)[lang] for name in COPIED for lang in LANGUAGES]
    if not is_shown(meeting.market_id) or texts_name_hidden_place([*said, meeting.address], member_id):
        return None
    return keep_venue(VenueDraft(meeting.place, meeting.access, meeting.host, meeting.address), member_id)


def _write(found: Venue, draft: VenueDraft) -> None:
    found.place, found.access, found.host = draft.place, draft.access, draft.host
    found.address, found.organisation_id = draft.address, draft.organisation_id
    found.contact = cipher().encrypt(draft.contact) if draft.contact else None


def _key(place: Bilingual) -> str:
    return f"{place.en}\n{place.es}".casefold()


AUDITED = {
    "venue.kept": _l("kept a venue"),
    "venue.changed": _l("changed a venue"),
    "venue.forgotten": _l("deleted a venue"),
    "venue": _l("venue"),
}
