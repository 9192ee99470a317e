"""Sealing, wrapped keys and keyed hashes, against published vectors and against everything a thief might try."""

import base64
import hashlib
import hmac
import math
import threading
import unicodedata
from concurrent.futures import ThreadPoolExecutor, as_completed
from datetime import date

import pytest
from cryptography.fernet import Fernet
from hypothesis import example, given, strategies as st
from mnemonic import Mnemonic
from nacl.public import SealedBox
from nacl.pwhash import argon2id
from nacl.secret import SecretBox

from portal.core import crypto, texted
from portal.core.crypto import private_key_from_seed

ABOUT = ("message", 7, 0, "resident", "words", date(2026, 11, 30), "es")
DESK, THREAD, STRANGER = (crypto.private_key_from_seed(bytes([n]) * 32) for n in (1, 2, 3))
LONG_PASSWORD = "río verde, montaña y luna"


def flip(blob, bit):
    place, shift = divmod(bit % (len(blob) * 8), 8)
    return blob[:place] + bytes([blob[place] ^ (1 << shift)]) + blob[place + 1 :]


def test_published_vectors():
    # HKDF-SHA256 of RFC 5869.
    pseudorandom_key = hmac.digest(bytes(32), b"a secret", "sha256")
    expected = hmac.digest(pseudorandom_key, b"common-ground:locator\x01", "sha256")
    assert crypto.derive(b"a secret", "locator") == expected
    keys = {crypto.derive(secret, purpose) for secret in (b"one", b"two") for purpose in ("locator", "address")}
    assert len(keys) == 4
    # HMAC-SHA256 of RFC 4231.
    known = "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"
    assert crypto.keyed_hash(b"\x0b" * 20, "Hi There") == known
    # libsodium documents crypto_box_seed_keypair as the first half of SHA-512 of the seed.
    assert bytes(DESK) == hashlib.sha512(bytes([1]) * 32).digest()[:32]


KEPT_BOX = bytes.fromhex(
    "017acb92e22a936a0c7ad727fcf2f231f2527f68d601c943c1d47195ea6deb220636973b61a271a4230cb027d29414fdfea3"
    "a6dcb8e6714b7a1b4d5411e1a6b3b05914b9e1709da050e7bc2cf4ddfd403bcf4010e27ebfe12dbe0d5db45bb29da643ac5b"
    "552032de74"
)
KEPT_KEY = bytes.fromhex(
    "013827817dc54ed279c72f92d2d82b9b6b9bf2756ec686360c43229a399243142b7a119c105534a3b6e98245bd6c31b15d7b"
    "5847e51471cd3a00d0136baeb8989e71da5bdd31415bf6760c37d93989567e"
)
KEPT_COLUMN = (
    b"\x01gAAAAAAAAAAA6P4ZSmi-ZWljLh_ZMJ2imH9_-ai05kjaxa3BR-XAW2q_oTQKX2CxPum1nwnLmp6J2R-8RDdlzfXtAhmtBx4_fg=="
)


def test_what_version_one_sealed_opens_beside_version_two(monkeypatch):
    about = hashlib.blake2b(b'["message", "7", "0", "resident", "words", "2026-11-30", "es"]', digest_size=32).digest()
    assert crypto.vouch(bytes(32), ABOUT) == b"\x01" + hmac.digest(bytes(32), about, "sha256")
    monkeypatch.setitem(crypto.BOXES, b"\x02", (lambda key, text: text[::-1], lambda key, box: box[::-1]))
    monkeypatch.setattr(crypto, "NEWEST", b"\x02")
    monkeypatch.setitem(crypto.SEALED_KEYS, b"\x02", crypto.SEALED_KEYS[b"\x01"])
    assert crypto.unseal(ABOUT, KEPT_BOX, KEPT_KEY, DESK) == b"Nos venden en la esquina"
    assert crypto.Cipher(["a secret of the settings, long enough"]).decrypt(KEPT_COLUMN) == "+12025550143"
    new = crypto.seal(ABOUT, b"later", [DESK.public_key])
    assert {new.box[:1], new.keys[0][:1]} == {b"\x02"}
    assert crypto.unseal(ABOUT, new.box, new.keys[0], DESK) == b"later"
    # Handed to another desk, the key gets the version of today, and the text keeps its own.
    handed = crypto.reseal(KEPT_KEY, DESK, THREAD.public_key)
    assert (handed[:1], crypto.unseal(ABOUT, KEPT_BOX, handed, THREAD)) == (b"\x02", b"Nos venden en la esquina")
    for wrong in (b"\x03", b""):
        with pytest.raises(crypto.CannotOpen):
            crypto.unseal(ABOUT, wrong + KEPT_BOX[1:], KEPT_KEY, DESK)
        with pytest.raises(crypto.CannotOpen):
            crypto.Cipher(["a secret of the settings, long enough"]).decrypt(wrong + KEPT_COLUMN[1:])


@given(place=st.integers(0, len(ABOUT) - 1))
def test_text_opens_as_what_it_was_sealed_only(place):
    sealed = crypto.seal(ABOUT, b"Nos venden en la esquina", [DESK.public_key])
    with pytest.raises(crypto.Misplaced):
        crypto.unseal((*ABOUT[:place], "other", *ABOUT[place + 1 :]), sealed.box, sealed.keys[0], DESK)
    assert not crypto.is_vouched(bytes(32), crypto.vouch(bytes(32), ABOUT), (*ABOUT[:place], "", *ABOUT[place + 1 :]))


@given(text=st.binary(max_size=5000))
def test_every_recipient_opens_and_nobody_else(text):
    sealed = crypto.seal(ABOUT, text, [DESK.public_key, THREAD.public_key])
    assert crypto.unseal(ABOUT, sealed.box, sealed.keys[0], DESK) == text
    assert crypto.unseal(ABOUT, sealed.box, sealed.keys[1], THREAD) == text
    for key in sealed.keys:
        with pytest.raises(crypto.CannotOpen):
            crypto.unseal(ABOUT, sealed.box, key, STRANGER)


@given(length=st.integers(0, 40_000))
@example(length=991)
@example(length=992)
def test_length_shows_only_its_bucket(length):
    box = crypto.seal(ABOUT, b"x" * length, []).box
    padded, inside = len(box) - 1 - 24 - 16, length + crypto.ABOUT_SIZE
    assert padded > inside
    assert padded == 1024 or (1024 <= padded // 2 <= inside and math.log2(padded).is_integer())


@given(bit=st.integers(0, 10**6))
def test_one_flipped_bit_is_noticed(bit):
    sealed = crypto.seal(ABOUT, b"Nos venden en la esquina", [DESK.public_key])
    with pytest.raises(crypto.CannotOpen):
        crypto.unseal(ABOUT, flip(sealed.box, bit), sealed.keys[0], DESK)
    with pytest.raises(crypto.CannotOpen):
        crypto.unseal(ABOUT, sealed.box, flip(sealed.keys[0], bit), DESK)


@given(box=st.binary(max_size=120), key=st.binary(max_size=120))
def test_rubbish_cannot_be_opened_and_breaks_nothing(box, key):
    openings = (
        lambda: crypto.unseal(ABOUT, box, key, DESK),
        lambda: crypto.unseal(ABOUT, box, crypto.seal(ABOUT, b"", [DESK.public_key]).keys[0], DESK),
        lambda: crypto.open_key(key, DESK),
        lambda: crypto.reseal(key, DESK, STRANGER.public_key),
        lambda: crypto.unwrap_with_token(box, base64.urlsafe_b64encode(key).decode()),
        lambda: crypto.unwrap_with_password(crypto.PASSWORD_WRAP_VERSION + box, crypto.Stretched("", bytes(32))),
    )
    for opening in openings:
        with pytest.raises(crypto.CannotOpen):
            opening()


def test_box_without_padding_and_short_key_are_refused():
    key = bytes(32)
    sealed_key = b"\x01" + SealedBox(DESK.public_key).encrypt(key)
    for inside in (b"", bytes(1024)):
        with pytest.raises(crypto.CannotOpen):
            crypto.unseal(ABOUT, b"\x01" + SecretBox(key).encrypt(inside), sealed_key, DESK)
    with pytest.raises(crypto.CannotOpen):
        crypto.open_key(b"\x01" + SealedBox(DESK.public_key).encrypt(b"short"), DESK)
    # Equal texts look unrelated, each with a key of its own.
    first, second = (crypto.seal(ABOUT, b"the same", [DESK.public_key]) for _ in range(2))
    assert first.box != second.box
    assert first.keys != second.keys
    with pytest.raises(crypto.CannotOpen):
        crypto.unseal(ABOUT, first.box, second.keys[0], DESK)


def test_reseal_hands_a_message_to_another_desk():
    sealed = crypto.seal(ABOUT, b"about conduct", [DESK.public_key])
    handed = crypto.reseal(sealed.keys[0], DESK, STRANGER.public_key)
    assert crypto.unseal(ABOUT, sealed.box, handed, STRANGER) == b"about conduct"
    with pytest.raises(crypto.CannotOpen):
        crypto.reseal(sealed.keys[0], THREAD, STRANGER.public_key)
    # A desk's key goes to a member and back.
    given = crypto.seal_key(DESK, THREAD.public_key)
    assert bytes(crypto.open_key(given, THREAD)) == bytes(DESK)
    with pytest.raises(crypto.CannotOpen):
        crypto.open_key(given, STRANGER)


def test_password_wrap(cheap_argon2):
    stretched = crypto.stretch(unicodedata.normalize("NFD", LONG_PASSWORD))
    wrapped = crypto.wrap_with_password(DESK, stretched)
    assert wrapped[0] == 3
    assert len(wrapped) == 1 + 1 + 24 + 16 + 32
    assert stretched.key.hex() not in stretched.proof
    # It may be typed composed or decomposed.
    again = crypto.stretch(unicodedata.normalize("NFC", LONG_PASSWORD), stretched.proof)
    assert crypto.unwrap_with_password(wrapped, again) == DESK
    others = [(wrapped, other, stretched.proof) for other in (LONG_PASSWORD.upper(), LONG_PASSWORD + " ", "")]
    cut = [(wrapped[:length], LONG_PASSWORD, stretched.proof) for length in (0, 1, 10, 24, 40, 72)]
    older, salted = ((box, LONG_PASSWORD, stretched.proof) for box in (b"\x01" + wrapped[1:], b"\x02" + wrapped[1:]))
    for box, password, proof in (*others, *cut, older, salted, (wrapped, LONG_PASSWORD, "")):
        with pytest.raises(crypto.CannotOpen):
            crypto.unwrap_with_password(box, crypto.stretch(password, proof))


def test_token_wrap_opens_for_one_browser_only():
    token, wrapped = crypto.wrap_with_token(DESK)
    other_token, _ = crypto.wrap_with_token(DESK)
    assert len(base64.urlsafe_b64decode(token + "=")) == 32
    assert bytes(crypto.unwrap_with_token(wrapped, token)) == bytes(DESK)
    for wrong in (other_token, "", "é", "=", token[:-2], token + "AA", "not base64!"):
        with pytest.raises(crypto.CannotOpen):
            crypto.unwrap_with_token(wrapped, wrong)


class Slow:
    """A hash that takes until the test says so; `most` of them ran at once."""

    def __init__(self):
        self.goes_on = threading.Event()
        self.running = self.most = 0
        self._lock = threading.Lock()

    def __call__(self, *_args, **_more):
        with self._lock:
            self.running += 1
            self.most = max(self.most, self.running)
        assert self.goes_on.wait(60)
        with self._lock:
            self.running -= 1
        return bytes(32)


def test_a_few_wait_for_argon2_and_others_are_refused(monkeypatch):
    slow = Slow()
    monkeypatch.setattr(crypto, "ARGON2_WAIT_SECONDS", 60)
    queue = crypto.Argon2Queue(at_once=2, waiting=3)
    monkeypatch.setattr(argon2id, "kdf", slow)
    with ThreadPoolExecutor(9) as crowd:
        asked = [crowd.submit(crypto.stretch, "x", "", queue) for _ in range(9)]
        # Four are sent away while not one hash is done: five are in, however late their threads began.
        refused = set()
        for one in as_completed(asked):
            refused.add(one)
            if len(refused) == 4:
                break
        assert all(isinstance(one.exception(), crypto.HashingBusy) for one in refused)
        slow.goes_on.set()
    assert [one.exception() for one in asked if one not in refused] == [None] * 5
    assert slow.most == 2
    assert crypto.stretch("x", "", queue), "every place is free again"


def test_network_holds_its_share_and_leaves_no_key(monkeypatch):
    queue = crypto.Argon2Queue(at_once=2, waiting=0)
    with queue.slot({"near": 1}):
        with pytest.raises(crypto.HashingBusy), queue.slot({"near": 1}):
            pass
        with queue.slot({"elsewhere": 1}):
            pass
    assert not dict(queue._inside_by)
    # Nobody waits for ever, and a place that is left is free again.
    monkeypatch.setattr(crypto, "ARGON2_WAIT_SECONDS", 0.01)
    queue = crypto.Argon2Queue(at_once=1, waiting=1)
    with queue.slot(), pytest.raises(crypto.HashingBusy), queue.slot():
        pass
    with queue.slot():
        pass


@given(text=st.text(max_size=300))
def test_cipher_opens_with_each_key_and_says_not_when(text):
    # Spaces around a key of the list do not matter.
    old, both, new = (crypto.Cipher(keys) for keys in (["old"], [" new", "old "], ["new"]))
    token, newer = old.encrypt(text), both.encrypt(text)
    assert new.decrypt(newer) == both.decrypt(token) == text
    for closed in (token, b"rubbish", b""):
        with pytest.raises(crypto.CannotOpen):
            new.decrypt(closed)
    for key, said in (("old", token), ("new", newer)):
        assert Fernet(crypto._fernet_key(key)).extract_timestamp(said[1:]) == 0


def test_what_a_passkey_computed_opens_its_own_wrapping_only():
    private, output = crypto.new_private_key(), b"c" * 32
    wrapped = crypto.wrap_with_passkey(private, output, b"one")
    assert bytes(crypto.unwrap_with_passkey(wrapped, output, b"one")) == bytes(private)
    assert output not in wrapped and bytes(private) not in wrapped
    assert wrapped != crypto.wrap_with_passkey(private, output, b"one"), "each has a salt of its own"
    wrong = [(wrapped, b"d" * 32, b"one"), (wrapped, output, b"two")]
    changed = (flip(wrapped, 8 * (at % len(wrapped))) for at in (0, 1, 32, 33, -1))
    wrong += [(box, output, b"one") for box in (b"", wrapped[:33], *changed)]
    for box, other, credential in wrong:
        with pytest.raises(crypto.CannotOpen):
            crypto.unwrap_with_passkey(box, other, credential)


PUBLISHED = (
    "legal winner thank year wave sausage worth useful " * 2 + "legal winner thank year wave sausage worth title"
)
PHRASES = {language: Mnemonic(language) for language in ("english", "spanish")}


def test_recovery_phrase_is_24_words_and_never_the_same():
    for language, name in (("en", "english"), ("es", "spanish")):
        made = {crypto.new_recovery_phrase(language) for _ in range(3)}
        assert len(made) == 3
        assert {len(phrase.split()) for phrase in made} == {24}
        assert all(unicodedata.is_normalized("NFC", phrase) for phrase in made)
        # One of the reference library.
        phrase = made.pop()
        entropy = bytes(PHRASES[name].to_entropy(unicodedata.normalize("NFKD", phrase)))
        assert crypto.recovery_key(phrase) == crypto.private_key_from_seed(entropy)
    # A vector of BIP 39: 32 bytes of 0x7f.
    assert crypto.recovery_key(PUBLISHED) == crypto.private_key_from_seed(b"\x7f" * 32)


@given(entropy=st.binary(min_size=32, max_size=32), language=st.sampled_from(["english", "spanish"]), data=st.data())
def test_recovery_phrase_may_be_typed_untidily(entropy, language, data):
    words = unicodedata.normalize("NFC", PHRASES[language].to_mnemonic(entropy)).split()
    forms = [str, str.upper, str.title, texted.unaccented, lambda word: word[:4] if len(word) > 4 else word]
    separators = [" ", "\n", "  ", ", ", " 7. ", "-", "\u00a0"]
    typed = "".join(data.draw(st.sampled_from(forms))(word) + data.draw(st.sampled_from(separators)) for word in words)
    typed = unicodedata.normalize(data.draw(st.sampled_from(["NFC", "NFD"])), typed)
    assert crypto.recovery_key(typed) == private_key_from_seed(entropy)


def test_wrong_phrase():
    twenty_three = "abandon " * 23
    # The last has one word too many, although they are the same number.
    wrong = (
        "legal winner",
        f"{twenty_three}abandon",
        f"{twenty_three}zzzz",
        f"{twenty_three}art art",
        f"abandon {PUBLISHED}",
    )
    for phrase in ("", "1 2 3", "\0" * 99, *wrong):
        with pytest.raises(crypto.WrongPhrase):
            crypto.recovery_key(phrase)
