"""Notices to desk members: each morning, at once when a report is urgent, and about unacknowledged referrals.

A notice names no desk, place or number: a person who watches a mailbox must not learn what came. Of a complaint about
the police only members who can open it are told. The morning notice is sent even when there is nothing, so that silence
means that something is broken.

Receivers of referrals are told by the channel they chose for reminders, in words that name no place and no content.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import timedelta
from functools import partial
from operator import add
from typing import NamedTuple

from flask import url_for
from flask_babel import gettext as _, lazy_gettext as _l, ngettext
from sqlalchemy import case, func, select, update

from portal.accounts import reminders
from portal.accounts.navigation import DESK
from portal.accounts.reminders import Due, Nearness
from portal.accounts.roles import READS_REPORTS, RECEIVERS, RECEIVES
from portal.accounts.sign_in import SessionUser
from portal.accounts.today import OpenItem, Tone
from portal.accounts.users import Desk, active_key_of, desk_private_keys, holders, open_desks
from portal.core.clock import now, today, waking, zone
from portal.core.db import db, session
from portal.core.hours import is_waking
from portal.core.jobs.engine import each_row
from portal.core.jobs.retries import Every
from portal.core.limits import may_still_try, may_try
from portal.markets.places import Market
from portal.reports import reports
from portal.reports.referrals import late_threads
from portal.reports.reports import IS_OPEN, PassedOn, Thread
from portal.reports.triage import Referral, acknowledge_by, clock_of
from portal.reports.worklist import waits

MORNING = Every(timedelta(days=1), hour=8)
ABOUT = "desk"
CALL_LIMIT = ("word to a desk", 1, 30 * 60)
"""At most one call per desk in half an hour: an attacker who floods the desk must not flood telephones too."""
# The Spanish translation of the third avoids á, í, ó and ú: as a text message it would cost more than twice as much.
SOMETHING = _l("There is something for you to read in the portal.")
NOTHING = _l("There is nothing new for you in the portal today.")
URGENT = _l("Please look at the portal now. Something cannot wait.")


def tell_each_morning() -> None:
    """Mail every member who can open a desk's reports, whether any are waiting or not."""
    if not is_waking(now(), zone(), waking()):
        return
    desk_ids = defaultdict[int, list[int]](list)
    with db.work():
        for desk in reading_desks():
            for member in holders(desk.id):
                desk_ids[member.id].append(desk.id)

    def tell(member_id: int) -> None:
        words = SOMETHING if desk_counts(desk_ids[member_id]).waiting else NOTHING
        due = Due(today(), ABOUT, Nearness.EVE, member_id)
        reminders.remind(member_id, [due], lambda _dues: str(words), is_notice=True)

    each_row(desk_ids, tell)


def tell_of_urgent() -> None:
    """Call the members of each desk that has an urgent report not announced yet."""
    with db.work():
        desk_ids = session.scalars(select(Thread.desk_id).where(*_UNSAID).distinct()).all()
    each_row(desk_ids, _call_desk)


_UNSAID = Thread.urgent.is_(True), Thread.announced.is_(False), Thread.waiting_since.is_not(None), IS_OPEN


def _call_desk(desk_id: int) -> None:
    what, most, seconds = CALL_LIMIT
    if not may_still_try(what, str(desk_id), most, seconds):
        return
    with db.work():
        thread_ids = session.scalars(select(Thread.id).where(Thread.desk_id == desk_id, *_UNSAID)).all()
        seated = [member.id for member in holders(desk_id) if reminders.is_reachable(member.id)]
    if len(seated) == each_row(seated, lambda member_id: reminders.call(member_id, URGENT)):
        # No member could be told: the next run tries again.
        return
    with db.work():
        rows = update(Thread).where(Thread.id.in_(thread_ids)).execution_options(synchronize_session=False)
        session.execute(rows.values(announced=True))
        db.after_commit(partial(may_try, what, str(desk_id), most, seconds))


def reading_desks() -> Sequence[Desk]:
    return session.scalars(select(Desk).where(Desk.kind.in_(READS_REPORTS)).order_by(Desk.kind)).all()


def unreached_desks() -> list[str]:
    """Return the kinds of open desks at which no member can be told that a report came."""
    open_desks = [desk for desk in reading_desks() if active_key_of(desk.id) is not None]
    return [
        desk.kind for desk in open_desks if not any(reminders.is_reachable(member.id) for member in holders(desk.id))
    ]


ABOUT_REFERRAL = "passed on "


def tell_those_who_have_it() -> None:
    """Remind receivers of unacknowledged referrals; a reminder that was sent is not repeated."""
    reminders.remind_all(ABOUT_REFERRAL, waiting_rows, dues_of, waiting_words)


def waiting_rows() -> Sequence[int]:
    return session.scalars(select(PassedOn.id).where(reports.IS_LIVE, PassedOn.acknowledged_on.is_(None))).all()


def dues_of(row_id: int) -> list[Due]:
    row = session.get(PassedOn, row_id)
    if row is None or today() > (due_on := acknowledge_by(row.passed_on)) + reminders.STILL_LATE:
        return []
    able = sorted(reports.readers_of(row))
    # The owner and deputy of the place if they can read it, else all who can, else the desk that passed it on.
    market = session.get(Market, row.market_id) if row.passed_to is Referral.TEAM else None
    first = [member_id for member_id in able if market and member_id in (market.owner_id, market.deputy_id)]
    turn = first or able or [member.id for member in holders(session.get_one(Thread, row.thread_id).desk_id)]
    which = Nearness.LATE if today() > due_on else Nearness.WEEK
    return [Due(due_on, f"{ABOUT_REFERRAL}{row.id}", which, member_id) for member_id in turn]


def waiting_words(dues: Sequence[Due]) -> str:
    """Return the sentence that something waits in the portal, with its date, or that it has waited too long."""
    # The Spanish translation avoids á, í, ó and ú: as a text message it would cost more than twice as much.
    if any(due.nearness is Nearness.LATE for due in dues):
        return str(_("Something has been waiting for you in the portal for days. Please look at it."))
    day = reminders.few_letters(dues[0].due_on)
    return str(_("Something waits for you in the portal. Please look at it by %(day)s.", day=day))


class DeskCounts(NamedTuple):
    overdue: int
    danger: int
    late: int
    """Passed on to somebody who has not acknowledged or answered in time."""
    waiting: int


def desk_counts(desk_ids: Sequence[int]) -> DeskCounts:
    """Return the counts of these desks, of a few rows: reports are counted by state and day."""
    counted = reports.SPEAKS_OF_DANGER, Thread.id.in_(late_threads()), waits(reports.stranded_threads(desk_ids))
    open_ones = (
        select(Thread.state, Thread.clock_from, func.count(), *(func.count(case((each, 1))) for each in counted))
        .where(Thread.desk_id.in_(desk_ids), IS_OPEN)
        .group_by(Thread.state, Thread.clock_from)
    )
    counts = DeskCounts(0, 0, 0, 0)
    for state, clock_from, number, *others in session.execute(open_ones):
        due = clock_of(state, clock_from)
        overdue = number if due and due.reading(today()) == "overdue" else 0
        counts = DeskCounts(*map(add, counts, (overdue, *others)))
    return counts


def waits_at_desk(me: SessionUser) -> Iterator[OpenItem]:
    if me.roles.isdisjoint(DESK):
        return
    desk_ids, url = _open_desks(me, READS_REPORTS), url_for("desk.inbox")
    counts = desk_counts(desk_ids)
    if counts.danger:
        what = ngettext("%(num)d new report speaks of danger", "%(num)d new reports speak of danger", counts.danger)
        yield OpenItem(what, url_for("desk.inbox", view="danger"), Tone.TODAY)
    if counts.overdue:
        what = ngettext("%(num)d report is overdue", "%(num)d reports are overdue", counts.overdue)
        # Some of them wait for others: only the list of all open ones has every one.
        yield OpenItem(what, url_for("desk.inbox", view="open"), Tone.OVERDUE)
    if counts.late:
        what = ngettext(
            "%(num)d report passed on has no answer in time",
            "%(num)d reports passed on have no answer in time",
            counts.late,
        )
        yield OpenItem(what, url_for("desk.inbox", view="late"), Tone.OVERDUE)
    if counts.waiting:
        what = ngettext("%(num)d report waits at the desk", "%(num)d reports wait at the desk", counts.waiting)
        yield OpenItem(what, url)


def waits_passed_on(me: SessionUser) -> Iterator[OpenItem]:
    if me.roles.isdisjoint(RECEIVERS):
        return
    theirs = reports.readable_by(me.id, _open_desks(me, RECEIVES))
    clocks = {row.id: row.running for row in session.scalars(select(PassedOn).where(theirs))}
    running = {row_id: clock[1] for row_id, clock in clocks.items() if clock}
    for is_overdue in (True, False):
        ids = [row_id for row_id, reading in running.items() if (reading == "overdue") == is_overdue]
        if not ids:
            continue
        what = ngettext("%(num)d report was passed on to you", "%(num)d reports were passed on to you", len(ids))
        if is_overdue:
            what = ngettext(
                "%(num)d report passed on to you is overdue", "%(num)d reports passed on to you are overdue", len(ids)
            )
        url = url_for("received.show", referral_id=ids[0]) if len(ids) == 1 else url_for("received.index")
        yield OpenItem(what, url, Tone.OVERDUE) if is_overdue else OpenItem(what, url)


def _open_desks(me: SessionUser, kinds: Sequence[str]) -> list[int]:
    # `accounts` says that the desk is locked.
    return [] if me.is_locked else open_desks(me.id, desk_private_keys(me.id, me.private_key()), kinds)
