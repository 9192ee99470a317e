"""Second factors: the published vectors, the window, no code twice, and recovery codes read from paper."""

import re
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import pyotp
from hypothesis import given
from hypothesis import strategies as st

from portal.accounts import second_factor
from portal.accounts.second_factor import accepted_step, recovery_hash
from portal.accounts.sign_in_rules import recovery_code, steps_to_try, typed_recovery_code

# "12345678901234567890", the secret of the vectors in RFC 6238.
SECRET = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
NOON = datetime(2026, 11, 24, 12, 0, 0, tzinfo=UTC)


def test_vectors_of_rfc_6238():
    for seconds, digits in (
        (59, "287082"),
        (1111111109, "081804"),
        (1234567890, "005924"),
        (2000000000, "279037"),
        (20000000000, "353130"),
    ):
        at = datetime.fromtimestamp(seconds, UTC)
        assert accepted_step(SECRET, digits, at, None) == seconds // 30


def test_a_clock_may_be_half_a_minute_off():
    for late, accepted in ((-60, False), (-30, True), (0, True), (30, True), (60, False)):
        digits = pyotp.TOTP(SECRET).at(NOON)
        assert (accepted_step(SECRET, digits, NOON + timedelta(seconds=late), None) is not None) is accepted


def test_no_code_works_twice_nor_an_earlier_one():
    totp = pyotp.TOTP(SECRET)
    used = accepted_step(SECRET, totp.at(NOON), NOON, None)
    assert used is not None
    assert accepted_step(SECRET, totp.at(NOON), NOON, used) is None
    assert accepted_step(SECRET, totp.at(NOON - timedelta(seconds=30)), NOON, used) is None
    assert accepted_step(SECRET, totp.at(NOON + timedelta(seconds=30)), NOON, used) == used + 1


@given(at=st.datetimes(datetime(2026, 1, 1), datetime(2060, 1, 1), timezones=st.just(UTC)), back=st.integers(-3, 3))
def test_steps_are_three_around_now_and_later_than_last(at, back):
    now = int(at.timestamp()) // 30
    assert steps_to_try(at, None) == (now - 1, now, now + 1)
    assert steps_to_try(at, now + back) == tuple(step for step in (now - 1, now, now + 1) if step > now + back)


def test_digits_may_be_typed_with_spaces():
    at = datetime.fromtimestamp(59, UTC)
    for typed in ("287 082", "287-082", " 287082\n", "Code: 287082"):
        assert accepted_step(SECRET, typed, at, None) == 1
    for typed in ("", "28708", "2870822", "287083", "abcdef", "٢٨٧٠٨٢", "²87082", "\0"):
        assert accepted_step(SECRET, typed, at, None) is None


def test_address_for_the_square_code():
    secret = second_factor.new_totp_secret()
    assert len(secret) == 32
    parts = urlsplit(second_factor.totp_address(secret, "ana@example.org", "Terreno Común"))
    assert (parts.scheme, parts.netloc) == ("otpauth", "totp")
    usual = {"algorithm": ["SHA1"], "digits": ["6"], "period": ["30"]}
    assert parse_qs(parts.query) == {"secret": [secret], "issuer": ["Terreno Común"], **usual}


def test_ten_recovery_codes_of_sixty_bits():
    codes = second_factor.new_recovery_codes()
    assert len(set(codes)) == 10
    assert all(re.fullmatch("([0-9A-HJKMNP-TV-Z]{4}-){2}[0-9A-HJKMNP-TV-Z]{4}", code) for code in codes)
    assert recovery_code(bytes(8)) == "0000-0000-0000"
    assert recovery_code(bytes([255]) * 8) == "ZZZZ-ZZZZ-ZZZZ"
    assert recovery_code((1 << 55).to_bytes(8, "big")) == "0000-0000-0001"


@given(random=st.binary(min_size=8, max_size=8))
def test_recovery_code_may_be_typed_untidily(random):
    code = recovery_code(random)
    stored = recovery_hash(b"key", 7, code)
    untidy = code.lower().replace("-", " ").replace("0", "o").replace("1", "l") + "\n"
    assert recovery_hash(b"key", 7, untidy) == stored
    assert typed_recovery_code(untidy) == code.replace("-", "")


def test_recovery_hash_depends_on_key_member_and_code():
    code, other = "7K3M-Q0ZD-XW2A", "7K3M-Q0ZD-XW2B"
    given = ((b"key", 7, code), (b"key", 8, code), (b"kez", 7, code), (b"key", 7, other))
    assert len({recovery_hash(*one) for one in given}) == 4
