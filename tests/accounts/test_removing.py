"""Accounts: made by a link that works once; ended at once, and brought back without anybody becoming the person."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest
from sqlalchemy import func, select

from portal.accounts import desk_keys, users
from portal.accounts.people import UNDONE_WITHIN, accept, invite, make_secrets, remove_member, undo_removal
from portal.accounts.roles import Role
from portal.accounts.second_factor import check_code, make_recovery_codes
from portal.accounts.users import Member, RecoveryCode, Removal, active_key, desk_private_keys, holders
from portal.core.purge import purge
from portal.core.statuses import NotFound
from portal.reports.reports import opened_by_desk
from tests.accounts.doors import code, give_password
from tests.make import SCHEDULE, make_desk, make_member, make_report, private_key_of, seat
from tests.page import Reader, reader_of

ENDED = next(rule for rule in SCHEDULE if rule.table is Removal)


def three(session):
    """Two who open a desk, and an administrator; the desk."""
    ana, bea, boss = make_member(session), make_member(session), make_member(session, ("administrator",))
    return ana, bea, boss, make_desk(session, [ana, bea])


def opens(member, *reports):
    keys = desk_private_keys(member.id, private_key_of(member))
    return all(opened_by_desk(report.thread, keys)[0].words is not None for report in reports)


@pytest.mark.both_databases
def test_keys_and_seats_go_at_once_and_come_back(session):
    ana, bea, boss, desk = three(session)
    before = make_report("Before.")
    remove_member(bea, boss.id)
    # Without a seat, or of a key that is gone, no copy comes back.
    desk_keys.give_back_copies(bea.id, {"1": "", **session.get_one(Removal, bea.id).copies})
    assert [one.id for one in holders(desk.id)] == [ana.id]
    assert desk_private_keys(bea.id, private_key_of(bea)) == {}
    assert session.scalars(select(users.DeskMember.member_id)).all() == [ana.id]
    between = make_report("Between.")
    undo_removal(bea.id, boss.id)
    assert bea.roles == {"triage"}
    assert opens(bea, before, between)
    assert {one.id for one in holders(desk.id)} == {ana.id, bea.id}
    # A key that changes again meanwhile comes back, too.
    remove_member(bea, boss.id)
    desk_keys.change_key(desk, [ana], boss.id)
    undo_removal(bea.id, boss.id)
    assert opens(bea, make_report("After both."))


def test_removals_undone_in_either_order_bring_every_key_back(session):
    ana, bea, boss, desk = three(session)
    remove_member(bea, boss.id)
    between = make_report("Between.")
    remove_member(ana, boss.id, even_last=True)
    assert active_key("triage") is None
    undo_removal(bea.id, boss.id)
    undo_removal(ana.id, boss.id)
    assert opens(ana, between) and opens(bea, between)
    assert {one.id for one in holders(desk.id)} == {ana.id, bea.id}


def test_after_a_day_copies_of_then_open_nothing_new(app, work):
    with work() as session:
        ana, bea, boss, desk = three(session)
        carl = make_member(session)
        seat(session, desk, carl)
        remove_member(bea, boss.id)
        remove_member(carl, boss.id)
        row = session.get_one(Removal, bea.id)
        row.removed_at -= UNDONE_WITHIN
        that_day = set(row.copies)
    with app.app_context():
        purge(ENDED)
    with work() as session:
        key = active_key("triage")
        assert key is not None and str(key.id) not in that_day
        assert session.get(Removal, bea.id) is None
        assert [one.id for one in holders(desk.id)] == [ana.id]
        undo_removal(carl.id, boss.id)
        assert {one.id for one in holders(desk.id)} == {ana.id, carl.id}


def test_after_a_day_all_set_aside_is_erased(app, work):
    with work() as session:
        ana, boss = make_member(session, ("organizer",)), make_member(session, ("administrator",))
        session.add(users.RecoveryCode(member_id=ana.id, code_hash="x"))
        remove_member(ana, boss.id)
    with app.app_context():
        purge(ENDED)
    with work() as session:
        assert session.get_one(Member, ana.id).password_hash
        session.scalars(select(Removal)).one().removed_at -= UNDONE_WITHIN
    with work() as session, pytest.raises(NotFound):
        undo_removal(ana.id, boss.id)
    with app.app_context():
        purge(ENDED)
    with work() as session:
        found = session.get_one(Member, ana.id)
        assert (found.password_hash, found.wrapped_private_key, found.totp_secret) == ("", None, None)
        assert found.email == f"left-{ana.id}"
        assert not session.scalar(select(func.count()).select_from(users.RecoveryCode))
        assert session.scalars(select(Removal)).all() == []


def test_page_asks_once_and_brings_back_who_signs_in(app, work):
    with work() as session:
        administrator = make_member(session, ("administrator",))
        ana = make_member(session, ("triage",), name="Ana", email="ana@portal.test")
        make_desk(session, [ana, make_member(session)])
    boss = reader_of(app, administrator)
    asked = boss(f"/en/people/{ana.id}").follow("Remove Ana")
    assert asked.path == f"/en/people/{ana.id}/remove"
    with work() as session:
        assert session.get_one(Member, ana.id).left_at is None
    other = Reader(app.test_client())
    undo = asked.form().submit().form("bring-back")
    give_password(other, status=422)
    boss(f"/en/people/{ana.id}", 404)
    undo.submit()
    with work() as session:
        assert session.scalars(select(users.SignIn).where(users.SignIn.member_id == ana.id)).all() == []
    give_password(other).form("second-step/code").submit(code=code())
    assert "You cannot open this desk yet" not in other("/en/colleagues/").text
    # Too late it is not found.
    undo = boss(f"/en/people/{ana.id}/remove").form().submit().form("bring-back")
    with work() as session:
        session.scalars(select(Removal)).one().removed_at -= UNDONE_WITHIN + timedelta(minutes=1)
    undo.submit(404)
    assert "Removed within the last day" not in boss("/en/people/").text


TOGETHER = 4


def at_once(act):
    """What `act(barrier)` returns in several threads."""
    barrier = Barrier(TOGETHER)
    with ThreadPoolExecutor(TOGETHER) as pool:
        return [run.result() for run in [pool.submit(act, barrier) for _thread in range(TOGETHER)]]


@pytest.mark.both_databases
def test_link_used_by_several_at_once_makes_one_account(work):
    with work():
        token = invite("bea@portal.test", "Bea", "en", [Role.ORGANIZER], None).token

    def use(barrier):
        new = make_secrets("seven lamps beside the slow canal")
        barrier.wait()
        try:
            with work():
                accept(token, "Bea", "en", new)
        except NotFound:
            return False
        return True

    assert at_once(use).count(True) == 1
    with work() as session:
        assert session.scalar(select(func.count()).select_from(Member)) == 1


@pytest.mark.both_databases
def test_recovery_code_used_by_several_at_once_works_once(work):
    with work() as session:
        member = make_member(session)
        code = make_recovery_codes(member)[0]

    def use(barrier):
        barrier.wait()
        with work() as session:
            return check_code(session.get_one(Member, member.id), code)

    assert at_once(use).count(True) == 1
    with work() as session:
        assert session.scalar(select(func.count()).select_from(RecoveryCode)) == 9
