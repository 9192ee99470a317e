"""A hold keeps what is still there, says so, ends by itself, and brings nothing back."""

from datetime import UTC, timedelta

import pytest
import time_machine
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal import retention
from portal.accounts.users import Member
from portal.core.audit import AuditEvent
from portal.core.clock import now, today, zone
from portal.core.portal import Portal
from portal.core.purge import Purge
from portal.core.statuses import Refused
from portal.markets.places import Market
from portal.reports.holds import LONGEST, ReportHold, end_hold, extend_hold, place_hold
from portal.reports.reports import Thread, kept_longer
from portal.reports.threads import close
from portal.reports.triage import Disposition
from tests.conftest import Work
from tests.make import make_desk, make_market, make_member, make_report
from tests.page import Reader

DAY = timedelta(days=1)
FAR = timedelta(days=100)
"""By then a report that is closed today should be erased."""


def make_admin(session: Session) -> Member:
    make_desk(session, [make_member(session)])
    return make_member(session, ("administrator",))


def closed(session: Session, admin: Member, place: Market | None = None) -> Thread:
    thread = session.get_one(Thread, make_report("Lights", market_id=place.id if place else None).thread_id)
    close(thread, Disposition.ACTED, "", admin.id)
    session.flush()
    return thread


def hold(
    admin: Member, first: int = 0, last: int = 0, until: int = 150, place: Market | None = None, *, told: bool = True
) -> ReportHold:
    """Place one on reports that came so many days ago, for so many days from now."""
    days = {"from_on": today() - first * DAY, "to_on": today() - last * DAY, "until_on": today() + until * DAY}
    placed = ReportHold(**days, market_id=place.id if place else None, may_be_told=told)
    place_hold(placed, admin.id)
    return placed


@pytest.mark.both_databases
def test_it_keeps_reports_of_its_days_until_it_ends(session: Session) -> None:
    admin = make_admin(session)
    thread = closed(session, admin)
    for given, held in (
        ({}, True),
        ({"first": 5}, True),
        ({"first": 5, "last": 1}, False),
        ({"until": 99}, False),
        ({"until": 100}, True),
    ):
        placed = hold(admin, **given)
        with time_machine.travel((now().astimezone(zone()) + FAR).astimezone(UTC), tick=False):
            assert (kept_longer(thread) is not None) == held, given
        end_hold(placed, admin.id)


def test_it_keeps_reports_of_its_place_alone(session: Session) -> None:
    admin = make_admin(session)
    elm, oak = make_market(session, "Elm Street"), make_market(session, "Oak Street")
    at_elm, at_oak, nowhere = closed(session, admin, elm), closed(session, admin, oak), closed(session, admin)
    hold(admin, place=elm, told=False)
    assert [bool(kept_longer(one)) for one in (at_elm, at_oak, nowhere)] == [True, False, False]
    kept = kept_longer(at_elm)
    assert kept and not kept.may_be_told
    # Of two, what may be told comes first.
    hold(admin, until=20)
    assert all(kept_longer(one) for one in (at_elm, at_oak, nowhere))
    kept = kept_longer(at_elm)
    assert kept and kept.may_be_told and kept.until_on == today() + 20 * DAY


def test_it_ends_and_is_put_off_in_sight(session: Session) -> None:
    admin = make_admin(session)
    placed = hold(admin, until=10)

    def put_off(by: timedelta = DAY, *, told: bool = True) -> None:
        extend_hold(placed, today() + by, may_be_told=told, member_id=admin.id)

    put_off(LONGEST, told=False)
    assert placed.is_in_force and not placed.may_be_told
    end_hold(placed, admin.id)
    assert not placed.is_in_force
    for act in (put_off, lambda: end_hold(placed, admin.id)):
        with pytest.raises(Refused, match="hold_is_over"):
            act()
    acts = session.scalars(select(AuditEvent.action).where(AuditEvent.object_type == "hold")).all()
    assert acts == ["hold.placed", "hold.extended", "hold.ended"]


def test_it_never_lasts_for_good(session: Session) -> None:
    admin = make_admin(session)
    for given, why in (
        ({"first": 1, "last": 2}, "hold_days"),
        ({"first": 1, "last": -1}, "hold_days"),
        ({"until": LONGEST.days + 1}, "hold_too_long"),
        ({"until": -1}, "hold_too_long"),
    ):
        with pytest.raises(Refused, match=why):
            hold(admin, **given)


@pytest.mark.both_databases
def test_schedule_keeps_it_and_erases_it_the_night_after(app: Portal, work: Work) -> None:
    with work() as session:
        admin = make_admin(session)
        thread_id, gone_id = closed(session, admin).id, closed(session, admin).id
        session.get_one(Thread, gone_id).received_on = today() - 3 * DAY
        hold_id = hold(admin).id
    with time_machine.travel(now() + FAR, tick=False):
        with app.app_context():
            retention.run()
        with work() as session:
            assert session.get(Thread, thread_id) is not None and session.get(Thread, gone_id) is None
            found = session.scalars(select(Purge).where(Purge.what == "closed reports")).all()
            assert {(one.count, one.held) for one in found} == {(1, 1)}
            end_hold(session.get_one(ReportHold, hold_id), admin.id)
        with app.app_context():
            retention.run()
        with work() as session:
            assert session.get(Thread, thread_id) is None


@pytest.mark.parametrize("told", [True, False])
def test_the_writer_reads_of_it_unless_a_court_forbids(page: Reader, work: Work, told: bool) -> None:
    with work() as session:
        admin = make_admin(session)
        filed = make_report("Lights")
        hold(admin, until=20, told=told)
        code = " ".join(filed.code)
    shown = page("/en/report/follow").form().submit(code=code)
    assert ("This report is kept longer" in shown.text) == told
    public = page("/en/who-runs-this/").text
    assert ("some reports are kept longer than we promise" in public) == told
