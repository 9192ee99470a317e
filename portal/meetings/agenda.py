"""When each point of an agenda begins, and what keeps an agenda from being shown."""

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
from portal.core.statuses import Refused
from portal.markets.standing import publish_about
from portal.meetings.meeting import Meeting
from portal.meetings.readiness import MeetingText

MOST_POINTS = 20
MOST_MINUTES = 600


class PointLike(Protocol):
    """A point of an agenda; a line of a form may hold nothing."""

    @property
    def what(self) -> MeetingText: ...
    @property
    def minutes(self) -> int | None: ...


Some = TypeVar("Some", bound=PointLike)


def is_empty(point: PointLike) -> bool:
    """Whether nothing was typed into the line."""
    return not (point.what.en.strip() or point.what.es.strip() or point.minutes)


def gaps(points: Sequence[PointLike]) -> tuple[str, ...]:
    """What is missing, by the names of the fields: an agenda is shown at once, so it is whole in both languages."""
    found = []
    for number, point in enumerate(points, 1):
        if is_empty(point):
            continue
        found += [f"point{number}_{lang}" for lang in ("en", "es") if not getattr(point.what, lang).strip()]
        if not point.minutes:
            found.append(f"point{number}_minutes")
    return tuple(found)


def timed(points: Sequence[Some], starts_at: datetime) -> list[tuple[datetime, Some]]:
    """Each point with the moment in which it begins. Points have lengths, so that they move with their meeting."""
    begins, found = starts_at, []
    for point in points:
        found.append((begins, point))
        begins += timedelta(minutes=point.minutes or 0)
    return found


def too_long_by(points: Sequence[PointLike], starts_at: datetime | None, ends_at: datetime | None) -> int:
    """By how many minutes the agenda is longer than the meeting; nought when it fits or there is no time yet."""
    if starts_at is None or ends_at is None:
        return 0
    return max(0, sum(point.minutes or 0 for point in points) - int((ends_at - starts_at) / timedelta(minutes=1)))


def mark(points: Sequence[PointLike]) -> str:
    """Changes whenever somebody saves another agenda."""
    said = "\x00".join(f"{point.minutes}\x01{point.what.en}\x01{point.what.es}" for point in points)
    return blake2b(said.encode(), digest_size=8).hexdigest()


@dataclass(frozen=True)
class PointLine:
    """A point as it was typed."""

    what: Bilingual
    minutes: int | None


class AgendaPoint(Base):
    """What is done for how long. It names no speaker: who speaks at a meeting is as sensitive as a report."""

    __tablename__ = "meetings_agenda_point"
    __table_args__ = (
        UniqueConstraint("meeting_id", "position"),
        CheckConstraint(f"minutes BETWEEN 1 AND {MOST_MINUTES}", name="minutes"),
    )

    id: Mapped[int] = mapped_column(primary_key=True, default=random_id)
    meeting_id: Mapped[int] = mapped_column(ForeignKey("meetings_meeting.id", ondelete="CASCADE"))
    position: Mapped[int]
    what: Mapped[Bilingual] = bilingual("what")
    minutes: Mapped[int]


def points_of(meeting_id: int) -> Sequence[AgendaPoint]:
    """The points in their order."""
    mine = select(AgendaPoint).where(AgendaPoint.meeting_id == meeting_id)
    return session.scalars(mine.order_by(AgendaPoint.position)).all()


def agenda_of(meeting: Meeting) -> list[tuple[datetime, AgendaPoint]]:
    """Each point with the moment in which it begins; nothing while the meeting has no time."""
    return timed(points_of(meeting.id), meeting.starts_at) if meeting.starts_at else []


def set_agenda(meeting: Meeting, points: Sequence[PointLine], editor_id: int) -> None:
    """Put these points in place of those so far; empty lines are left out. Raises `Refused`."""
    if meeting.is_cancelled:
        raise Refused("meeting_cancelled")
    if gaps(points):
        raise Refused("agenda_gaps")
    _write(meeting.id, [point for point in points if not is_empty(point)])
    record("meeting.agenda_set", "meeting", meeting.id, editor_id)
    if not meeting.is_draft:
        publish_about(meeting.market_id)


def copy_agenda(meeting: Meeting, twin: Meeting) -> None:
    """The same agenda for another meeting."""
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
