"""Who can read what is passed on: by the keys that they hold, and by the places at which they work."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection

from sqlalchemy import select

from portal.accounts.queries import active_key, active_key_of, copy_holders
from portal.core.db import session
from portal.markets.queries import is_shown, workers_at
from portal.reports.models import PassedOn, Thread
from portal.reports.queries.referrals import IS_LIVE
from portal.reports.rules.referrals import BOUND_TO_A_PLACE, READERS
from portal.reports.rules.triage import OVERSIGHT, TRIAGE, Referral


def open_for_reports() -> bool:
    """Whether somebody sits at the desk that reads reports; else none is taken, on the web or by text."""
    return TRIAGE in kinds_of_open_desks()


def kinds_of_open_desks() -> frozenset[str]:
    """The kinds of desks that can take what is written to them."""
    return frozenset(kind for kind in (TRIAGE, OVERSIGHT) if active_key(kind) is not None)


def readers(to: Referral, market_id: int | None) -> frozenset[int]:
    """Who could read now what is passed on to them at this place; while none is known, whoever can open their desk."""
    key = active_key(READERS[to])
    able = copy_holders(key.id) if key else frozenset()
    return able if market_id is None else able & _there(to, market_id, able)


def readers_of(row: PassedOn) -> frozenset[int]:
    """Who can read this: `received_one` finds it for them, and they can open it."""
    if row.is_over:
        return frozenset()
    key = active_key_of(row.desk_id)
    able = copy_holders(key.id) & copy_holders(row.receiver_key_id) if key else frozenset()
    return able & _there(Referral(row.passed_to), row.market_id, able)


def is_stranded(row: PassedOn) -> bool:
    """Whether it waits for an answer and nobody is left who can read it."""
    return not row.is_over and row.answered_on is None and not readers_of(row)


def stranded_threads(desk_ids: Collection[int]) -> set[int]:
    """Those reports of these desks of which something `is_stranded`."""
    waiting = select(PassedOn).join(Thread, Thread.id == PassedOn.thread_id)
    waiting = waiting.where(IS_LIVE, PassedOn.answered_on.is_(None), Thread.desk_id.in_(desk_ids))
    alike = defaultdict(list)
    for row in session.scalars(waiting):
        alike[row.desk_id, row.receiver_key_id, row.passed_to, row.market_id].append(row)
    return {row.thread_id for rows in alike.values() if is_stranded(rows[0]) for row in rows}


def unreached(market_id: int) -> list[Referral]:
    """To whom nothing of a place can be passed on here, because nobody who works there could read it.

    A police desk that nobody has set up is left out: a city may do without.
    """
    missed = [to for to in READERS if to in BOUND_TO_A_PLACE and not _could_read(to, market_id)]
    return [to for to in missed if to is not Referral.POLICE or active_key(READERS[to])]


def _could_read(to: Referral, market_id: int) -> bool:
    key = active_key(READERS[to])
    return key is not None and not copy_holders(key.id).isdisjoint(workers_at(market_id))


def _there(to: Referral, market_id: int | None, able: frozenset[int]) -> frozenset[int]:
    if to not in BOUND_TO_A_PLACE:
        return able
    return workers_at(market_id) if market_id is not None and is_shown(market_id) else frozenset()
