"""Series, their dates, and templates. What is told to the public stands in meetings of their own."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, String
from sqlalchemy.orm import Composite, Mapped, declared_attr, mapped_column, relationship

from portal.core.clock import zone
from portal.core.db import Base, random_id
from portal.core.i18n import Bilingual, bilingual
from portal.core.translated import Translated, translation_checks
from portal.markets.models import Market
from portal.meetings.models import Plan
from portal.meetings.rules import ANSWERS, LINKS_FOR, MODES, NEEDS, TEXTS, LinkFor
from portal.meetings.series.rules import MOST_TIMES, Rhythm, Shape, moment_at

SAID = (*TEXTS, *NEEDS, "mode", "online_url", "link_for", "market_id", "credit")
TIMED = ("starts", "minutes", "report_back_days")


class Pattern(Translated):
    """Everything about a meeting but its date. A pattern may have gaps, as a draft may."""

    PARITY = TEXTS

    id: Mapped[int] = mapped_column(primary_key=True, default=random_id)
    mode: Mapped[str | None] = mapped_column(String(10))
    online_url: Mapped[str] = mapped_column(String(300), default="")
    link_for: Mapped[str] = mapped_column(String(10), default=LinkFor.EVERYBODY.value)
    interpreter: Mapped[str | None] = mapped_column(String(10))
    childcare: Mapped[str | None] = mapped_column(String(10))
    food: Mapped[str | None] = mapped_column(String(10))
    ride: Mapped[str | None] = mapped_column(String(10))
    starts: Mapped[time | None]
    """What the clock on the wall shows, in winter and in summer."""
    minutes: Mapped[int | None]
    report_back_days: Mapped[int | None]
    """So many days after the meeting it is told what came of it."""
    capacity: Mapped[int | None]
    reserved: Mapped[int] = mapped_column(default=0)
    close_hours: Mapped[int] = mapped_column(default=0)
    author_id: Mapped[int] = mapped_column(ForeignKey("accounts_member.id"))
    created_at: Mapped[datetime]

    @declared_attr
    def title(cls) -> Composite[Bilingual]:  # noqa: N805 - SQLAlchemy hands over the class
        return bilingual("title")

    @declared_attr
    def purpose(cls) -> Composite[Bilingual]:  # noqa: N805
        return bilingual("purpose")

    @declared_attr
    def place(cls) -> Composite[Bilingual]:  # noqa: N805
        return bilingual("place")

    @declared_attr
    def access(cls) -> Composite[Bilingual]:  # noqa: N805
        return bilingual("access")

    @declared_attr
    def host(cls) -> Composite[Bilingual]:  # noqa: N805
        return bilingual("host")

    @declared_attr
    def report_back_by(cls) -> Composite[Bilingual]:  # noqa: N805
        return bilingual("report_back_by")

    @property
    def shape(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in (*SAID, *TIMED)} | {"offset": 0}

    def take_shape(self, shape: Shape, *, same: bool = False) -> None:
        """Say what the shape says; a date's own day is no part of it."""
        said = plan_of(shape, date.min)
        self.take_texts(said, same=same)
        for name in (*SAID, *TIMED):
            setattr(self, name, shape[name])


def pattern_checks() -> tuple[CheckConstraint, ...]:
    """The constraints on these columns, for `__table_args__`."""
    return (
        CheckConstraint(f"mode IN {MODES!r}", name="mode"),
        CheckConstraint(f"link_for IN {LINKS_FOR!r}", name="link_for"),
        CheckConstraint("minutes > 0", name="minutes"),
        CheckConstraint("report_back_days >= 0", name="report_back_days"),
        *(CheckConstraint(f"{need} IN {ANSWERS!r}", name=need) for need in NEEDS),
        *translation_checks(),
    )


class Series(Pattern, Base):
    """Meetings in a rhythm. What it says is what the next dates are made from; those that were made are meetings."""

    __tablename__ = "meetings_series"
    __table_args__ = (
        CheckConstraint(f"times BETWEEN 1 AND {MOST_TIMES}", name="times"),
        *pattern_checks(),
    )

    slug: Mapped[str | None] = mapped_column(String(80), unique=True)
    """Its name in addresses, from the day on which its dates are published."""
    rule: Mapped[str] = mapped_column(String(80))
    first_on: Mapped[date]
    """The day from which the rhythm is counted: the first of all, or the first since it was changed."""
    until_on: Mapped[date | None]
    times: Mapped[int | None]
    skips_holidays: Mapped[bool] = mapped_column(default=False)
    published_at: Mapped[datetime | None]
    market_id: Mapped[int | None] = mapped_column(ForeignKey("markets_market.id"), index=True)

    market: Mapped[Market | None] = relationship(lazy="joined", viewonly=True)

    @property
    def rhythm(self) -> Rhythm:
        return Rhythm.from_rule(self.rule)


class Occurrence(Base):
    """A day of a series, by the day that the rhythm gives (RFC 5545's RECURRENCE-ID): the meeting may be on another.

    Without a meeting the day is left out (EXDATE): a holiday, or a draft that somebody deleted. What was published and
    called off keeps its meeting.
    """

    __tablename__ = "meetings_occurrence"

    series_id: Mapped[int] = mapped_column(ForeignKey("meetings_series.id", ondelete="CASCADE"), primary_key=True)
    slot_on: Mapped[date] = mapped_column(primary_key=True)
    meeting_id: Mapped[int | None] = mapped_column(ForeignKey("meetings_meeting.id", ondelete="SET NULL"), unique=True)


class Template(Pattern, Base):
    """What organizers begin new meetings from. It holds no place of ours: a hidden one would be told to all of them."""

    __tablename__ = "meetings_template"
    __table_args__ = (*pattern_checks(),)

    name: Mapped[Bilingual] = bilingual("name")

    market_id = None
    """Chosen for each meeting."""


def shape_of(plan: Plan, slot_on: date | None) -> dict[str, Any]:
    """What a meeting says without its date; `offset`: so many days after the day of the rhythm it is held."""
    starts = plan.starts_at.astimezone(zone()) if plan.starts_at else None
    held_on = starts.date() if starts else None
    timed = plan.starts_at is not None and plan.ends_at is not None
    told = plan.report_back_on
    return {name: getattr(plan, name) for name in SAID} | {
        "starts": starts.time().replace(fold=0) if starts else None,
        "minutes": (plan.ends_at - plan.starts_at) // timedelta(minutes=1) if timed else None,  # type: ignore[operator]
        "report_back_days": max(0, (told - held_on).days) if told and held_on else None,
        "offset": (held_on - slot_on).days if held_on and slot_on else 0,
    }


def plan_of(shape: Shape, slot_on: date) -> Plan:
    """The meeting that a shape gives on a day of the rhythm."""
    said = {name: shape[name] for name in SAID}
    if shape["starts"] is None or shape["minutes"] is None or slot_on == date.min:
        return Plan(**said)
    day = slot_on + timedelta(days=shape["offset"])
    starts = moment_at(zone(), day, shape["starts"])
    told = shape["report_back_days"]
    return Plan(
        **said,
        starts_at=starts,
        ends_at=starts + timedelta(minutes=shape["minutes"]),
        report_back_on=None if told is None else day + timedelta(days=told),
    )
