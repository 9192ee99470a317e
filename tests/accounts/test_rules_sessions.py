"""When a sign-in ends."""

from datetime import UTC, datetime, timedelta

from portal.accounts.roles import Role
from portal.accounts.sign_in_rules import (
    CHALLENGE_SECONDS,
    LONG_STAY,
    STAY,
    Ending,
    ending,
    is_our_challenge,
    locks_key,
    new_challenge,
    passkey_output,
    stay_of,
    to_the_minute,
    worth_noting,
)

START = datetime(2026, 11, 24, 8, 30, 15, tzinfo=UTC)
SECOND = timedelta(seconds=1)


def test_idle_and_absolute_limit() -> None:
    for whole, away, why in (
        (STAY.idle - SECOND, STAY.idle - SECOND, None),
        (STAY.idle, STAY.idle, Ending.IDLE),
        (STAY.whole - SECOND, timedelta(0), None),
        (STAY.whole, timedelta(0), Ending.TOO_LONG),
        (STAY.whole, STAY.idle, Ending.TOO_LONG),
    ):
        now = START + whole
        assert ending(START, now - away, START, now) is why


def test_the_second_factor_must_follow_soon() -> None:
    for after, why in ((-SECOND, None), (timedelta(0), Ending.UNFINISHED)):
        now = START + STAY.second_factor + after
        assert ending(START, now, None, now) is why
        assert ending(START, now, START, now) is None


def test_seen_is_noted_once_a_minute() -> None:
    seen = to_the_minute(START)
    assert (seen.second, seen.minute) == (0, 30)
    assert not worth_noting(seen, START)
    assert not worth_noting(seen, seen + timedelta(seconds=59))
    assert worth_noting(seen, seen + timedelta(seconds=60))


LONG = {Role.FAITH_PARTNER, Role.FACILITATOR, Role.EVALUATOR}


def test_only_roles_without_keys_of_reports_stay_for_long() -> None:
    assert [role for role in Role if (stay_of([role]) is LONG_STAY) != (role in LONG)] == []


def test_one_role_with_keys_is_enough_for_the_short_stay() -> None:
    assert stay_of(LONG) is LONG_STAY
    assert stay_of({*LONG, Role.TRIAGE}) is STAY
    assert stay_of([]) is STAY
    assert LONG_STAY.whole == STAY.whole


def test_the_key_is_locked_after_the_short_pause_whatever_the_role() -> None:
    assert not locks_key(START, START + STAY.idle - SECOND)
    assert locks_key(START, START + STAY.idle)


KEY, RANDOM = b"k" * 32, b"r" * 16


def test_a_challenge_lasts_a_quarter_of_an_hour() -> None:
    for after, good in ((-1, False), (0, True), (CHALLENGE_SECONDS - 1, True), (CHALLENGE_SECONDS, False)):
        challenge = new_challenge(KEY, RANDOM, START)
        assert is_our_challenge(KEY, challenge, START + after * SECOND) is good


def test_a_challenge_that_was_changed_is_not_ours() -> None:
    for at in (0, 15, 20, 23, 24, 55):
        challenge = bytearray(new_challenge(KEY, RANDOM, START))
        challenge[at] ^= 1
        assert not is_our_challenge(KEY, bytes(challenge), START)


def test_what_we_did_not_make_is_not_ours() -> None:
    assert [
        challenge
        for challenge in (b"", b"x" * 24, new_challenge(b"o" * 32, RANDOM, START))
        if is_our_challenge(KEY, challenge, START)
    ] == []


def test_what_a_passkey_computed_has_32_bytes() -> None:
    for typed, size in (("A" * 43, 32), ("A" * 42, None), ("", None), ("ñ" * 43, None), ("A" * 44, None)):
        output = passkey_output(typed)
        assert (output and len(output)) == size
