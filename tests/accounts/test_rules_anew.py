"""When a desk may be begun anew, and who may be the second person."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from portal.accounts.desk_keys import WAIT, Second, may_agree, may_begin, takes_effect_at
from portal.accounts.roles import Role

NOW = datetime(2027, 3, 1, 12, tzinfo=UTC)
LONG_AGO, SECOND = NOW - timedelta(days=400), timedelta(seconds=1)
HERE, THERE, ASKER, ANA = 1, 2, 10, 11


def ana(**given: object) -> Second:
    usual: dict[str, object] = {"member_id": ANA, "roles": frozenset({Role.TRIAGE}), "created_at": LONG_AGO}
    return Second(**{**usual, "renewed_at": None, "opens": [(THERE, LONG_AGO)], **given})


def test_somebody_who_has_long_opened_another_desk_may_agree() -> None:
    assert may_agree(ana(), HERE, ASKER, NOW)
    assert may_agree(ana(renewed_at=NOW - WAIT, opens=[(HERE, NOW), (THERE, NOW - WAIT)]), HERE, ASKER, NOW)


def test_nobody_else_may() -> None:
    assert [
        given
        for given in (
            {"member_id": ASKER},
            {"roles": frozenset({Role.POLICE_LIAISON})},
            {"roles": frozenset({Role.ADMINISTRATOR})},
            {"created_at": NOW - WAIT + SECOND},
            {"renewed_at": NOW - WAIT + SECOND},
            {"opens": []},
            {"opens": [(HERE, LONG_AGO)]},
            {"opens": [(THERE, NOW - WAIT + SECOND)]},
        )
        if may_agree(ana(**given), HERE, ASKER, NOW)
    ] == []


def test_it_takes_time_a_second_person_and_the_account_that_asked() -> None:
    asked_at = NOW - WAIT
    assert takes_effect_at(asked_at) == NOW
    assert may_begin(asked_at, None, agreed=True, now=NOW)
    assert may_begin(asked_at, asked_at - SECOND, agreed=True, now=NOW)
    assert not may_begin(asked_at, None, agreed=False, now=NOW + WAIT)
    assert not may_begin(asked_at, None, agreed=True, now=NOW - SECOND)
    assert not may_begin(asked_at, asked_at, agreed=True, now=NOW + WAIT)
