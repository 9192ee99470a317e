"""What time brings to what was passed on: those whose turn it is hear that something waits, and again when it is late.

They are told the way they chose for days to remember, in words that name no place and nothing of what it is.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from flask_babel import gettext as _
from sqlalchemy import select

from portal.accounts.queries import holders
from portal.accounts.reminders.jobs import remind_all
from portal.accounts.reminders.rules import STILL_LATE, Due, Nearness
from portal.accounts.reminders.texts import few_letters
from portal.core.clock import today
from portal.core.db import session
from portal.core.jobs.engine import Engine
from portal.core.jobs.timetable import HOUR
from portal.markets.models import Market
from portal.reports.models import PassedOn, Thread
from portal.reports.queries.readers import readers_of
from portal.reports.queries.referrals import IS_LIVE
from portal.reports.rules.referrals import acknowledge_by
from portal.reports.rules.triage import Referral

ABOUT = "passed on "


def start(jobs: Engine) -> None:
    """Add it to the timetable."""
    jobs.timed("word of what was passed on", HOUR, tell_those_who_have_it)


def tell_those_who_have_it() -> None:
    """One run; who was told already is not told again."""
    remind_all(ABOUT, waiting_rows, dues_of, waiting_words)


def waiting_rows() -> Sequence[int]:
    """The ids of what was passed on and nobody has acknowledged."""
    return session.scalars(select(PassedOn.id).where(IS_LIVE, PassedOn.acknowledged_on.is_(None))).all()


def dues_of(row_id: int) -> list[Due]:
    """Who should hear now that it waits."""
    row = session.get(PassedOn, row_id)
    return list(_of(row)) if row is not None else []


def waiting_words(dues: Sequence[Due]) -> str:
    """That something waits in the portal, and until when; or that it has waited for too long."""
    # The Spanish has no á, í, ó or ú: as a text message it would cost more than twice as much.
    if any(due.nearness is Nearness.LATE for due in dues):
        return str(_("Something has been waiting for you in the portal for days. Please look at it."))
    day = few_letters(dues[0].due_on)
    return str(_("Something waits for you in the portal. Please look at it by %(day)s.", day=day))


def _of(row: PassedOn) -> Iterator[Due]:
    due_on = acknowledge_by(row.passed_on)
    if today() > due_on + STILL_LATE:
        return
    which = Nearness.LATE if today() > due_on else Nearness.WEEK
    for member_id in _whose_turn(row):
        yield Due(due_on, f"{ABOUT}{row.id}", which, member_id)


def _whose_turn(row: PassedOn) -> list[int]:
    """Of the team the owner and the deputy, if they can read it; else everybody who can; else the desk it came from."""
    able = sorted(readers_of(row))
    market = session.get(Market, row.market_id) if row.passed_to == Referral.TEAM else None
    first = [one for one in able if market and one in (market.owner_id, market.deputy_id)]
    return first or able or [member.id for member in holders(session.get_one(Thread, row.thread_id).desk_id)]
