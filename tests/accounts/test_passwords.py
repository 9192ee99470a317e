"""Passwords: what is refused and why, and that checking one gives nothing away."""

import time
import unicodedata

from argon2 import PasswordHasher as ReferenceHasher
from hypothesis import given
from hypothesis import strategies as st

from portal.accounts import sign_in
from portal.accounts.password_strength import Weakness, normalise, strength_weakness, words_about
from portal.accounts.sign_in import PasswordHasher, hash_password, password_matches, weakness

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


HERE = ("Alder Falls", "Common Ground", "Walnut Street and 5th", "Police liaison", "Enlace de la policía")


def test_the_names_that_everybody_here_knows_are_no_password():
    for password in (
        *("alderfalls2026!!", "AlderFalls2026!!", "4ld3rf@lls_2026", "ALDER-FALLS-1987", "Falls.Alder.20262027"),
        *("Walnut Street 2026", "w4lnu7$tr33t+5th", "walnutwalnut2026", "2026policeliaison!"),
        *("Enlace_de_la_policia1", "CommonGroundAlder1"),
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
        assert strength_weakness(known, stranger) is why


def test_words_about_a_person_are_whole_and_in_parts():
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
    stored = hash_password(unicodedata.normalize("NFD", GOOD))
    assert stored.startswith("$argon2id$v=19$m=65536,t=3,p=4$")
    assert GOOD not in stored
    assert ReferenceHasher().verify(stored, unicodedata.normalize("NFKC", GOOD))
    assert password_matches(stored, unicodedata.normalize("NFC", GOOD))
    assert not password_matches(stored, GOOD + " ")
    assert not password_matches(stored, "")


def test_no_account_costs_the_same_work_and_never_matches(monkeypatch):
    checked = []

    def verify(_hasher, stored, _password):
        checked.append(stored)
        return True

    monkeypatch.setattr(PasswordHasher, "verify", verify)
    assert not password_matches(None, "whatever it is")
    assert checked == [sign_in.NOBODYS_HASH]
    assert not sign_in.needs_rehash(sign_in.NOBODYS_HASH)


def test_old_settings_are_noticed():
    assert sign_in.needs_rehash(PasswordHasher(iterations=1, memory=8, lanes=1).hash("x"))
