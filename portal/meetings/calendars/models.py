"""Calendars of others and what they hold: no more than when, and for public events what and where."""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import CheckConstraint, ColumnElement, ForeignKey, Index, LargeBinary, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from portal.core.db import Base, random_id
from portal.core.i18n import Bilingual, bilingual
from portal.meetings.calendars.rules.evenings import Kind
from portal.meetings.calendars.rules.problems import PROBLEMS


class Source(StrEnum):
    """Where a calendar's entries come from."""

    HOURS = "hours"
    DAYS = "days"
    FILE = "file"
    ADDRESS = "address"


SOURCES = tuple(source.value for source in Source)
IMPORTED = (Kind.WORSHIP, Kind.SCHOOL, Kind.PARTNER, Kind.OTHER)
KINDS = tuple(kind.value for kind in IMPORTED)


class OutsideCalendar(Base):
    """A calendar of somebody else: a congregation, a school, a partner. Everybody who plans meetings sees it."""

    __tablename__ = "meetings_calendar"
    __table_args__ = (
        CheckConstraint(f"kind IN {KINDS!r}", name="kind"),
        CheckConstraint(f"source IN {SOURCES!r}", name="source"),
        CheckConstraint(f"problem IN {PROBLEMS!r}", name="problem"),
        CheckConstraint("(source = 'address') = (address IS NOT NULL)", name="address"),
    )

    id: Mapped[int] = mapped_column(primary_key=True, default=random_id)
    name: Mapped[Bilingual] = bilingual("name")
    kind: Mapped[str] = mapped_column(String(10))
    source: Mapped[str] = mapped_column(String(10))
    hours: Mapped[str] = mapped_column(Text, default="")
    """What `rules.hours.stored` made of weekly hours."""
    address: Mapped[bytes | None] = mapped_column(LargeBinary)
    """Encrypted: many calendars are open to whoever knows their address, so it is like a password."""
    host: Mapped[str] = mapped_column(String(253), default="")
    etag: Mapped[str] = mapped_column(String(200), default="")
    last_modified: Mapped[str] = mapped_column(String(60), default="")
    problem: Mapped[str | None] = mapped_column(String(20))
    failures: Mapped[int] = mapped_column(default=0)
    left_out: Mapped[int] = mapped_column(default=0)
    """How many of its events could not be read."""
    read_at: Mapped[datetime | None]
    """When its entries were last read in full."""
    looked_at: Mapped[datetime | None]
    look_at: Mapped[datetime | None] = mapped_column(index=True)
    """When an address is asked next."""
    added_by_id: Mapped[int] = mapped_column(ForeignKey("accounts_member.id"))
    added_at: Mapped[datetime]
    version: Mapped[int] = mapped_column(nullable=False)

    __mapper_args__ = {"version_id_col": version}


class OutsideEvent(Base):
    """An entry of a calendar of others. Of entries that are not public events only the time is kept."""

    __tablename__ = "meetings_outside_event"
    __table_args__ = (
        CheckConstraint("ends_at > starts_at", name="order"),
        Index(None, "calendar_id", "starts_at"),
        Index(None, "starts_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True, default=random_id)
    calendar_id: Mapped[int] = mapped_column(ForeignKey("meetings_calendar.id", ondelete="CASCADE"))
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    whole_day: Mapped[bool] = mapped_column(default=False)
    title: Mapped[str] = mapped_column(String(120), default="")
    venue: Mapped[str] = mapped_column(String(120), default="")

    @staticmethod
    def over_since_yesterday(moment: datetime) -> ColumnElement[bool]:
        """The condition for an entry that ended a day before `moment`."""
        return OutsideEvent.ends_at <= moment - timedelta(days=1)
