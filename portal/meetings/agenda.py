"""Agendas of meetings: rules for points and lengths, the table, and the actions that store and copy agendas."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import blake2b
from typing import Protocol, TypeVar

from flask_babel import lazy_gettext as _l
from sqlalchemy import CheckConstraint, ForeignKey, UniqueConstraint, delete, select
from sqlalchemy.orm import Mapped, mapped_column

from portal.core.audit import record
from portal.core.db import Base, random_id, session
from portal.core.i18n import Bilingual, bilingual
from portal.core.parity import BilingualText
from portal.core.statuses import Refused
from portal.markets.place_actions import publish_about
from portal.meetings.meeting import Meeting

MOST_POINTS = 20
MOST_MINUTES = 600


class PointLike(Protocol):
    """The fields that rules need of a point; a line of a form may be empty."""

    @property
    def what(self) -> BilingualText: ...
    @property
    def minutes(self) -> int | None: ...


Some = TypeVar("Some", bound=PointLike)


def is_empty(point: PointLike) -> bool:
    """Return whether nothing was typed into the line."""
    return not (point.what.en.strip() or point.what.es.strip() or point.minutes)


def gaps(points: Sequence[PointLike]) -> tuple[str, ...]:
    """Return the names of the fields that are missing.

    An agenda is shown as soon as it is saved, so it must be complete in both languages.
    """
    found = []
    for number, point in enumerate(points, 1):
        if is_empty(point):
            continue
        found += [f"point{number}_{lang}" for lang in ("en", "es") if not getattr(point.what, lang).strip()]
        if not point.minutes:
            found.append(f"point{number}_minutes")
    return tuple(found)


def timed(points: Sequence[Some], starts_at: datetime) -> list[tuple[datetime, Some]]:
    """Return each point with the time at which it begins.

    Points are stored with lengths instead of times, so that they move with their meeting.
    """
    begins, found = starts_at, []
    for point in points:
        found.append((begins, point))
        begins += timedelta(minutes=point.minutes or 0)
    return found


def too_long_by(points: Sequence[PointLike], starts_at: datetime | None, ends_at: datetime | None) -> int:
    """Return by how many minutes the agenda exceeds the meeting; 0 when it fits or the meeting has no time yet."""
    if starts_at is None or ends_at is None:
        return 0
    return max(0, sum(point.minutes or 0 for point in points) - int((ends_at - starts_at) / timedelta(minutes=1)))


def mark(points: Sequence[PointLike]) -> str:
    """Return a hash of the points, for noticing that another organizer saved a different agenda."""
    said = "\x00".join(f"{point.minutes}\x01{point.what.en}\x01{point.what.es}" for point in points)
    return blake2b(said.encode(), digest_size=8).hexdigest()


@dataclass(frozen=True)
class PointLine:
    """A point as typed into the form."""

    what: Bilingual
    minutes: int | None


class AgendaPoint(Base):
    """A point of an agenda: a topic and its length in minutes.

    It names no speaker: the list of speakers is as sensitive as a report.
    """

    __tablename__ = "meetings_agenda_point"
    __table_args__ = (
        UniqueConstraint("meeting_id", "position"),
        CheckConstraint(f"minutes BETWEEN 1 AND {MOST_MINUTES}", name="minutes"),
    )

    id: Mapped[int] = mapped_column(primary_key=True, default=random_id)
    meeting_id: Mapped[int] = mapped_column(ForeignKey("meetings_meeting.id", ondelete="CASCADE"))
    position: Mapped[int]
    what: Mapped[Bilingual] = bilingual("what", encrypted=True)
    minutes: Mapped[int]


def points_of(meeting_id: int) -> Sequence[AgendaPoint]:
    """Return the points of a meeting in their order."""
    mine = select(AgendaPoint).where(AgendaPoint.meeting_id == meeting_id)
    return session.scalars(mine.order_by(AgendaPoint.position)).all()


def agenda_of(meeting: Meeting) -> list[tuple[datetime, AgendaPoint]]:
    """Return each point with the time at which it begins; empty while the meeting has no time."""
    return timed(points_of(meeting.id), meeting.starts_at) if meeting.starts_at else []


def set_agenda(meeting: Meeting, points: Sequence[PointLine], editor_id: int) -> None:
    """Replace the agenda of a meeting and leave out empty lines.

    Raises `Refused` when the meeting is cancelled or a point is incomplete.
    """
    if meeting.is_cancelled:
        raise Refused("meeting_cancelled")
    if gaps(points):
        raise Refused("agenda_gaps")
    _write(meeting.id, [point for point in points if not is_empty(point)])
    record("meeting.agenda_set", "meeting", meeting.id, editor_id)
    if not meeting.is_draft:
        publish_about(meeting.market_id)


def copy_agenda(meeting: Meeting, twin: Meeting) -> None:
    """Copy the agenda of a meeting to another one."""
    _write(twin.id, [PointLine(point.what, point.minutes) for point in points_of(meeting.id)])


def _write(meeting_id: int, points: Sequence[PointLine]) -> None:
    session.execute(delete(AgendaPoint).where(AgendaPoint.meeting_id == meeting_id))
    session.add_all(
        AgendaPoint(meeting_id=meeting_id, position=place, what=point.what, minutes=point.minutes)
        for place, point in enumerate(points)
    )
    session.flush()


AUDITED = {"meeting.agenda_set": _l("changed the agenda of a meeting")}
REFUSALS = {"agenda_gaps": _l("Each point of an agenda needs both languages and a length.")}
