"""What was passed on: to the desk that did so with its report, to those who received it alone."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from nacl.public import PrivateKey
from sqlalchemy import ColumnElement, and_, func, or_, select

from portal.core.clock import today
from portal.core.crypto import CannotOpen, unseal
from portal.core.db import session
from portal.core.errors import NotFound
from portal.markets.models import Market
from portal.markets.queries import own_to
from portal.reports.models import PassedOn, Thread
from portal.reports.queries.threads import PAGE_SIZE, Clocks, Keys
from portal.reports.rules.referrals import Finding, clock_of_referral
from portal.reports.rules.triage import Clock, Referral
from portal.reports.rules.words import Words

IS_LIVE = and_(PassedOn.withdrawn_on.is_(None), PassedOn.closed_on.is_(None))
PRESSING = (PassedOn.answered_on.is_not(None), PassedOn.acknowledged_on.is_not(None), PassedOn.answer_by, PassedOn.id)


@dataclass(frozen=True)
class Shared:
    """What was passed on, opened as far as the keys at hand open it."""

    row: PassedOn
    words: str | None
    finding: Finding | None

    @property
    def running(self) -> tuple[Clock, str] | None:
        """The clock that runs for those who received it, and how it stands today."""
        return running(self.row)


def running(row: PassedOn) -> tuple[Clock, str] | None:
    """The clock of one that is not over, and how it stands today."""
    if row.is_over:
        return None
    clock = clock_of_referral(row.passed_on, row.answer_by, row.acknowledged_on, row.answered_on)
    return (clock, clock.reading(today())) if clock else None


# --- for those who receive ---


def readable_by(member_id: int) -> ColumnElement[bool]:
    """The condition for what somebody may read at their desk: of places at which they work; services of every place.

    It says nothing of the desk: who has no seat there, or no key, is found nothing by whoever asks with their desks.
    """
    at_their_places = PassedOn.market_id.in_(select(Market.id).where(own_to(member_id)))
    return and_(IS_LIVE, or_(PassedOn.passed_to == Referral.OUTREACH, at_their_places))


def received(member_id: int, desk_ids: Collection[int], page: int) -> tuple[Sequence[PassedOn], bool]:
    """A page of what was passed on to a member's open desks, the most pressing first, and whether there are more."""
    asked = select(PassedOn).where(PassedOn.desk_id.in_(desk_ids), readable_by(member_id)).order_by(*PRESSING)
    rows = session.scalars(asked.limit(PAGE_SIZE + 1).offset((page - 1) * PAGE_SIZE)).all()
    return rows[:PAGE_SIZE], len(rows) > PAGE_SIZE


def received_one(referral_id: int, member_id: int, desk_ids: Collection[int]) -> PassedOn:
    """One of these, or `NotFound`: the same for one of another place or desk, for one that is over, and for none."""
    asked = select(PassedOn).where(PassedOn.id == referral_id, PassedOn.desk_id.in_(desk_ids), readable_by(member_id))
    found = session.scalar(asked)
    if found is None:
        raise NotFound
    return found


def how_many_are_locked(member_id: int, desk_ids: Collection[int]) -> int:
    """How many wait for a member at desks that they cannot open yet."""
    asked = select(func.count()).select_from(PassedOn)
    return session.scalar(asked.where(PassedOn.desk_id.in_(desk_ids), readable_by(member_id))) or 0


def opened_by_receiver(row: PassedOn, keys: Keys) -> Shared:
    """What was passed on, opened with the keys of somebody who receives it."""
    words = _open(row.box, row.key_for_receiver, keys.get(row.receiver_key_id))
    answer = _open(row.answer_box, row.answer_key_for_receiver, keys.get(row.answer_receiver_key_id or 0))
    return _shared(row, words, answer)


# --- for the desk that passed it on ---


def referrals_of(thread_id: int) -> Sequence[PassedOn]:
    """Everything that was passed on of a report, the latest first."""
    asked = select(PassedOn).where(PassedOn.thread_id == thread_id)
    return session.scalars(asked.order_by(IS_LIVE.desc(), PassedOn.passed_on.desc(), PassedOn.id)).all()


def who_has_it(thread: Thread) -> tuple[list[Referral], list[tuple[Referral, date]]]:
    """Who has the report, the latest last, and who had it, with the day until which; each of them once."""
    rows = sorted(referrals_of(thread.id), key=lambda row: (row.passed_on, row.passed_to))
    until = {row.id: row.withdrawn_on or (None if row.closed_on == thread.closed_on else row.closed_on) for row in rows}
    has = [Referral(row.passed_to) for row in rows if until[row.id] is None]
    has += [Referral(thread.passed_to)] if thread.passed_to else []
    had = {Referral(row.passed_to): day for row in rows if (day := until[row.id]) is not None}
    return list(dict.fromkeys(has)), [(to, day) for to, day in had.items() if to not in has]


def live_referrals(thread_id: int) -> Sequence[PassedOn]:
    """What of a report can be read by somebody it was passed on to, the earliest first."""
    asked = select(PassedOn).where(PassedOn.thread_id == thread_id, IS_LIVE)
    return session.scalars(asked.order_by(PassedOn.passed_on, PassedOn.id)).all()


def referral_of(thread_id: int, referral_id: int) -> PassedOn:
    """One thing that was passed on of this report, or `NotFound`."""
    found = session.get(PassedOn, referral_id)
    if found is None or found.thread_id != thread_id:
        raise NotFound
    return found


def opened_by_sender(row: PassedOn, keys: Keys) -> Shared:
    """What was passed on, opened with the keys of the desk that did."""
    words = _open(row.box, row.key_for_desk, keys.get(row.desk_key_id))
    answer = _open(row.answer_box, row.answer_key_for_desk, keys.get(row.answer_desk_key_id or 0))
    return _shared(row, words, answer)


def answered_threads(thread_ids: Iterable[int]) -> set[int]:
    """Those of these reports about which somebody it was passed on to has answered."""
    asked = select(PassedOn.thread_id).where(PassedOn.thread_id.in_(list(thread_ids)), IS_LIVE)
    return set(session.scalars(asked.where(PassedOn.answered_on.is_not(None))))


# --- counts, for those who look after a place ---


def unacknowledged_at(market_id: int, *, to_all: bool) -> Clocks:
    """How much that was passed on nobody has said to have; of what went to the team alone unless `to_all`."""
    asked = select(PassedOn).where(IS_LIVE, PassedOn.market_id == market_id, PassedOn.acknowledged_on.is_(None))
    if not to_all:
        asked = asked.where(PassedOn.passed_to == Referral.TEAM)
    readings = [stands[1] for row in session.scalars(asked) if (stands := running(row))]
    return Clocks(len(readings), readings.count("overdue"))


def _shared(row: PassedOn, words: bytes | None, answer: bytes | None) -> Shared:
    text = Words.from_bytes(words).what if words else None
    return Shared(row, text, Finding.from_bytes(answer) if answer else None)


def _open(box: bytes | None, sealed_key: bytes | None, private: PrivateKey | None) -> bytes | None:
    if box is None or sealed_key is None or private is None:
        return None
    try:
        return unseal(box, sealed_key, private)
    except CannotOpen:
        return None
