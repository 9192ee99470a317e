"""Passwords: checking one gives nothing away. Second factors: no code twice, and recovery codes read from paper."""

import re
import time
import unicodedata
from datetime import UTC, datetime, timedelta
from functools import partial
from urllib.parse import parse_qs, urlsplit

import pyotp
from argon2.low_level import Type, hash_secret_raw
from hypothesis import given, strategies as st
from nacl.pwhash import argon2id

from portal.accounts import second_factor, sign_in_rules as rules
from portal.accounts.second_factor import accepted_step, recovery_hash
from portal.accounts.sign_in import begin_sign_in, check_password, opened_by, stretch_right, weakness
from portal.accounts.sign_in_rules import Weakness, normalise, recovery_code, words_about
from portal.accounts.users import Member
from portal.core import crypto
from portal.core.crypto import derive, stretch
from tests.make import PASSWORD, make_member

ROLE = "triage"
PERSON = ("María López", "mlopez77@example.org")
EASY = (
    *("password1234", "qwertyuiop12", "aaaaaaaaaaaaaaaa", "iloveyou123456", "contraseña2026!", "Contrasena.2026"),
    *("te amo mucho corazón", "Guadalupe2024!!", "common ground 1", "            ", "\0" * 20),
    # Sentences that everybody knows.
    *("correct horse battery staple", "correcthorsebatterystaple", "Tr0ub4dor&3xyz", "to be or not to be that is"),
    *("in the beginning was the word", "padre nuestro que estás en el cielo", "thequickbrownfoxjumps"),
    "let me in right now please",
)
GOOD = "seven Lamps under río verde"


def test_passphrases_in_any_language_are_welcome():
    for password in (
        *(GOOD, "plum lantern cactus voyage", "xK9#mQ2$vL7p", "mi perro come flores azules"),
        "熊猫在竹林里吃午饭又睡觉了",
    ):
        assert weakness(password, PERSON) is None, password


def test_refused_with_the_reason():
    for password, why in (
        *(("", Weakness.TOO_SHORT), ("xK9#mQ2$vL7", Weakness.TOO_SHORT), ("river verde!" * 22, Weakness.TOO_LONG)),
        *((password, Weakness.EASY_TO_GUESS) for password in EASY),
        ("maria lopez 1984", Weakness.ABOUT_YOU),
        ("MLOPEZ77@example.org", Weakness.ABOUT_YOU),
        ("lópez-maría-lópez-1", Weakness.ABOUT_YOU),
    ):
        assert weakness(password, PERSON) is why, password
    # A name weakens a password only for its bearer.
    assert weakness("Wilhelmina Featherstonehaugh") is None
    assert weakness("Wilhelmina Featherstonehaugh", ("Wilhelmina Featherstonehaugh",)) is Weakness.ABOUT_YOU


HERE = ("Alder Falls", "Common Ground", "Walnut Street and 5th", "Police liaison", "Contacto de la policía")


def test_the_names_that_everybody_here_knows_are_no_password():
    for password in (
        *("alderfalls2026!!", "AlderFalls2026!!", "4ld3rf@lls_2026", "ALDER-FALLS-1987", "Falls.Alder.20262027"),
        *("Walnut Street 2026", "w4lnu7$tr33t+5th", "walnutwalnut2026", "2026policeliaison!"),
        *("Contacto_de_la_policia1", "CommonGroundAlder1"),
    ):
        assert weakness(password, PERSON, HERE) in (Weakness.ABOUT_HERE, Weakness.EASY_TO_GUESS), password
    assert weakness("alderfalls2026!!", PERSON, HERE) is Weakness.ABOUT_HERE
    assert weakness("alder falls maria lopez x7", PERSON, HERE) is Weakness.ABOUT_YOU
    # They hurt no passphrase.
    for password in (GOOD, "plum lantern cactus voyage", "xK9#mQ2$vL7p", "walnut cactus voyage plum lantern"):
        assert weakness(password, PERSON, HERE) is None


def test_strength():
    for known, stranger, why in (
        *((4, 4, None), (3, 4, Weakness.ABOUT_YOU)),
        *((3, 3, Weakness.EASY_TO_GUESS), (0, 0, Weakness.EASY_TO_GUESS)),
    ):
        rated = partial(lambda known, stranger, words: known if "ana" in words else stranger, known, stranger)
        assert rules.weakness(GOOD, ("Ana",), (), rated) is why
    assert words_about(("Ana María", "ana.m@x.org")) == ("ana maría", "ana", "maría", "ana.m@x.org", "org")


@given(text=st.text(max_size=300))
def test_any_text_is_judged_without_harm(text):
    weakness(text, (text, "a@b.c"))
    assert normalise(normalise(text)) == normalise(text)


def test_judging_the_longest_password_costs_little():
    begun = time.process_time()
    weakness("a1!b" * 64, PERSON)
    assert time.process_time() - begun < 5


def test_a_password_matches_its_hash_from_any_keyboard():
    stretched = stretch(unicodedata.normalize("NFD", GOOD))
    passes, memory, salt, proof = stretched.proof.split("$")
    assert (passes, memory) == ("3", str(256 * 1024 * 1024))
    # One Argon2, two keys of it, neither of which tells the other.
    terms = {"time_cost": 3, "memory_cost": 256 * 1024, "parallelism": 1, "hash_len": 32, "type": Type.ID}
    both = hash_secret_raw(unicodedata.normalize("NFKC", GOOD).encode(), bytes.fromhex(salt), **terms)
    assert proof == derive(both, "password proof").hex()
    assert stretched.key == derive(both, "password wrap")
    assert stretch_right(stretched.proof, unicodedata.normalize("NFC", GOOD)) == stretched


def test_no_account_costs_the_same_work_and_never_matches(cheap_argon2, monkeypatch):
    stored, paid, real = stretch(GOOD).proof, set(), argon2id.kdf

    def noted(size, password, salt, *price):
        paid.add((len(salt), *price))
        return real(size, password, salt, *price)

    monkeypatch.setattr(argon2id, "kdf", noted)
    for proof, typed in ((stored, GOOD + " "), (stored, ""), ("", GOOD), ("", "")):
        assert stretch_right(proof, typed) is None
    assert paid == {(16, *crypto.PRICE)}, "who has no account is not known by what it costs"


def test_another_price_is_taken_and_replaced_at_sign_in(app, ana, work, monkeypatch):
    with work() as session:
        before = session.get_one(Member, ana.id).password_hash
    monkeypatch.setattr(crypto, "PRICE", (2, argon2id.MEMLIMIT_MIN))
    for is_only_passkey in (False, True):
        with work() as session:
            member = session.get_one(Member, ana.id)
            member.password_hash = before
            member.wrapped_private_key = None if is_only_passkey else member.wrapped_private_key
        with app.app_context():
            unlocked = check_password(ana.email, PASSWORD)
        with work() as session, app.test_request_context():
            begin_sign_in(ana.id, unlocked.private_key, unlocked.renewed)
            member = session.get_one(Member, ana.id)
            assert member.password_hash.startswith("2$") and stretch_right(member.password_hash, PASSWORD)
            assert (member.wrapped_private_key is None) is is_only_passkey, "what was dropped does not come back"
            assert is_only_passkey or opened_by(member, stretch(PASSWORD, member.password_hash))
        with app.app_context():
            assert check_password(ana.email, PASSWORD).renewed is None


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
    # Digits may be typed with spaces.
    at = datetime.fromtimestamp(59, UTC)
    for typed in ("287 082", "287-082", " 287082\n", "Code: 287082"):
        assert accepted_step(SECRET, typed, at, None) == 1
    for typed in ("", "28708", "2870822", "287083", "abcdef", "٢٨٧٠٨٢", "²87082", "\0"):
        assert accepted_step(SECRET, typed, at, None) is None


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
    assert rules.steps_to_try(at, None) == (now - 1, now, now + 1)
    assert rules.steps_to_try(at, now + back) == tuple(step for step in (now - 1, now, now + 1) if step > now + back)


def test_address_for_the_square_code():
    secret = second_factor.new_totp_secret()
    assert len(secret) == 32
    parts = urlsplit(second_factor.totp_address(secret, "ana@example.org", "Terreno Común"))
    assert (parts.scheme, parts.netloc) == ("otpauth", "totp")
    usual = {"algorithm": ["SHA1"], "digits": ["6"], "period": ["30"]}
    assert parse_qs(parts.query) == {"secret": [secret], "issuer": ["Terreno Común"], **usual}


def test_ten_recovery_codes_of_sixty_bits(session):
    codes = second_factor.make_recovery_codes(make_member(session))
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
    assert rules.typed_recovery_code(untidy) == code.replace("-", "")


def test_recovery_hash_depends_on_key_member_and_code():
    code, other = "7K3M-Q0ZD-XW2A", "7K3M-Q0ZD-XW2B"
    given = ((b"key", 7, code), (b"key", 8, code), (b"kez", 7, code), (b"key", 7, other))
    assert len({recovery_hash(*one) for one in given}) == 4
