"""Invitations and codes when two come at the same moment; and what a weak moment of the server does."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from sqlalchemy import func, select

from portal.accounts.people import accept, invite, make_secrets
from portal.accounts.roles import Role
from portal.accounts.second_factor import check_code, make_recovery_codes
from portal.accounts.users import Member, RecoveryCode
from portal.core.statuses import NotFound
from tests.make import make_member

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
