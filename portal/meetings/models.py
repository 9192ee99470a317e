"""Public meetings."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, fields, replace
from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.core.clock import now
from portal.core.db import Base, random_id
from portal.core.i18n import Bilingual, bilingual
from portal.core.parity import NOBODY, Credit
from portal.core.translated import Translated, translation_checks
from portal.markets.models import Market
from portal.markets.rules import is_public, public_since
from portal.meetings.rules import (
    ANSWERS,
    CHANGES,
    LINKS_FOR,
    MODES,
    NEEDS,
    STATES,
    TEXTS,
    Answer,
    LinkFor,
    Mode,
    State,
    comes_in_person,
    shows_link,
    to_ask_anew,
)

WHOLE = ("starts_at", "ends_at", "report_back_on", "mode", *NEEDS)


@dataclass(frozen=True)
class Plan:
    """Everything an organizer says about a meeting; a draft has gaps."""

    title: Bilingual
    purpose: Bilingual
    place: Bilingual
    access: Bilingual
    host: Bilingual
    report_back_by: Bilingual
    mode: str | None = Mode.IN_PERSON.value
    """None as long as nobody answered; what is planned without the form has a door."""
    online_url: str = ""
    link_for: str = LinkFor.EVERYBODY.value
    interpreter: str | None = None
    childcare: str | None = None
    food: str | None = None
    ride: str | None = None
    report_back_on: date | None = None
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    market_id: int | None = None
    credit: Credit = NOBODY

    @property
    def for_another_day(self) -> Plan:
        """The same without its dates, and without what people promised for that day alone."""
        anew: dict[str, Any] = {need: None for need in NEEDS if to_ask_anew(need, getattr(self, need))}
        return replace(self, starts_at=None, ends_at=None, report_back_on=None, **anew)


class Meeting(Translated, Base):
    """A meeting. Once published, interpreter, childcare, food and ride are always answered; a "no" is an answer."""

    __tablename__ = "meetings_meeting"
    __table_args__ = (
        CheckConstraint(f"state IN {STATES!r}", name="state"),
        CheckConstraint(f"mode IN {MODES!r}", name="mode"),
        CheckConstraint(f"link_for IN {LINKS_FOR!r}", name="link_for"),
        CheckConstraint("ends_at > starts_at", name="order"),
        CheckConstraint(f"state = 'draft' OR ({' AND '.join(f'{name} IS NOT NULL' for name in WHOLE)})", name="whole"),
        *(CheckConstraint(f"{need} IN {ANSWERS!r}", name=need) for need in NEEDS),
        *translation_checks(),
    )
    PARITY = TEXTS

    id: Mapped[int] = mapped_column(primary_key=True, default=random_id)
    slug: Mapped[str | None] = mapped_column(String(80), unique=True)
    """Its name in addresses, from the first publication on."""
    uid: Mapped[str] = mapped_column(String(80), unique=True)
    """The calendar's name for this meeting, for ever the same."""
    sequence: Mapped[int] = mapped_column(default=0)
    """Grows with every change that calendars must take over (RFC 5545)."""
    title: Mapped[Bilingual] = bilingual("title")
    purpose: Mapped[Bilingual] = bilingual("purpose")
    place: Mapped[Bilingual] = bilingual("place")
    access: Mapped[Bilingual] = bilingual("access")
    """How people get in: door, steps, parking, bus."""
    mode: Mapped[str | None] = mapped_column(String(10))
    """In person, online or both. Place and access are said only where there is a door."""
    online_url: Mapped[str] = mapped_column(String(300), default="")
    link_for: Mapped[str] = mapped_column(String(10), default=LinkFor.EVERYBODY.value)
    """Who is shown the address for joining."""
    host: Mapped[Bilingual] = bilingual("host")
    interpreter: Mapped[str | None] = mapped_column(String(10))
    childcare: Mapped[str | None] = mapped_column(String(10))
    food: Mapped[str | None] = mapped_column(String(10))
    ride: Mapped[str | None] = mapped_column(String(10))
    report_back_by: Mapped[Bilingual] = bilingual("report_back_by")
    report_back_on: Mapped[date | None]
    market_id: Mapped[int | None] = mapped_column(ForeignKey("markets_market.id"), index=True)
    author_id: Mapped[int] = mapped_column(ForeignKey("accounts_member.id"))
    starts_at: Mapped[datetime | None] = mapped_column(index=True)
    ends_at: Mapped[datetime | None]
    state: Mapped[str] = mapped_column(String(12), default=State.DRAFT)
    change_reason: Mapped[Bilingual] = bilingual("change_reason")
    """Why it was moved or cancelled; empty while nothing changed since it was published."""
    withdrawn: Mapped[str] = mapped_column(String(40), default="")
    """What people had been promised and is not there any more: "childcare,ride"."""
    withdrawn_reason: Mapped[Bilingual] = bilingual("withdrawn_reason", may_be_empty=True)
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]
    published_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(nullable=False)

    market: Mapped[Market | None] = relationship(lazy="joined", viewonly=True)

    __mapper_args__ = {"version_id_col": version}

    @property
    def plan(self) -> Plan:
        return Plan(**{field.name: getattr(self, field.name) for field in fields(Plan)})

    def take(self, plan: Plan, *, same: bool = False) -> None:
        """Say what the plan says; `same`: an editor vouches that both languages say the same."""
        self.take_texts(plan, same=same)
        for field in fields(Plan):
            setattr(self, field.name, getattr(plan, field.name))

    @property
    def is_draft(self) -> bool:
        return self.state == State.DRAFT

    @property
    def is_cancelled(self) -> bool:
        return self.state == State.CANCELLED

    @property
    def is_moved(self) -> bool:
        return self.state == State.PUBLISHED and self.change_reason.is_whole

    @property
    def gone(self) -> tuple[str, ...]:
        """What was offered once and is not there any more."""
        return tuple(need for need in (self.withdrawn or "").split(",") if need)

    def take_back(self, needs: Collection[str], reason: Bilingual) -> list[str]:
        """Note what is not there any more, and why. What was gone and is offered again."""
        before = self.gone
        gone = [need for need in NEEDS if getattr(self, need) == Answer.NO and need in (*self.gone, *needs)]
        self.withdrawn = ",".join(gone)
        if needs:
            self.withdrawn_reason = reason
        return [need for need in before if need not in gone]

    def has_no(self, need: str) -> bool:
        """Whether it says plainly that this is not there."""
        return bool(getattr(self, need) == Answer.NO)

    @property
    def words(self) -> list[str]:
        """Everything it says, in both languages."""
        return [half for text in self.texts.values() for half in (text.en, text.es)]

    @property
    def has_door(self) -> bool:
        """Whether people can come to it in person."""
        return comes_in_person(self.mode)

    @property
    def shown_link(self) -> str:
        """The address for joining online, if everybody may see it."""
        return self.online_url if shows_link(self.mode, self.link_for, is_coming=False) else ""

    @property
    def link_of_comers(self) -> str:
        """The address for joining online, for somebody who said that they come."""
        return self.online_url if shows_link(self.mode, self.link_for, is_coming=True) else ""

    @property
    def look(self) -> str:
        """What it is to those who read of it: draft, published, moved or cancelled."""
        return "moved" if self.is_moved else self.state

    @property
    def waits_for_place(self) -> bool:
        """Whether it is ready and nobody sees it, because its place is not released."""
        return not self.is_draft and self.market is not None and not is_public(self.market.released_at, now())

    @property
    def team_look(self) -> str:
        """What it is to the team, which also sees what the public does not yet."""
        return "waiting" if self.waits_for_place else self.look

    @property
    def public_since(self) -> datetime | None:
        """When the public could first know of it."""
        return public_since(self.published_at, self.market.released_at if self.market else None)


class Change(Base):
    """That a published meeting was moved or called off, and how long before: people ask whether they can rely on it."""

    __tablename__ = "meetings_change"
    __table_args__ = (CheckConstraint(f"kind IN {CHANGES!r}", name="kind"),)

    id: Mapped[int] = mapped_column(primary_key=True, default=random_id)
    meeting_id: Mapped[int] = mapped_column(ForeignKey("meetings_meeting.id", ondelete="CASCADE"), index=True)
    kind: Mapped[str] = mapped_column(String(10))
    changed_at: Mapped[datetime]
    notice_hours: Mapped[int]
    """Whole hours from the change to the start that people had been told."""
