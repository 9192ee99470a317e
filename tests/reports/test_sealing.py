"""What the server keeps of a code: deterministic, separate, and useless without the words."""

import pytest
from argon2.low_level import Type, hash_secret_raw
from hypothesis import given, settings, strategies as st

from portal.core.crypto import (
    CannotOpen,
    keyed_hash,
    locator,
    private_key_from_seed,
    seal,
    stretch_words,
    thread_seed,
    unseal,
)
from portal.reports.code import words_from

SALT, PEPPER = b"s" * 32, b"p" * 32
CODE = words_from(bytes(32), "es")


def test_stretch_is_argon2id_of_the_words_with_spaces_between() -> None:
    raw = hash_secret_raw(" ".join(CODE).encode(), SALT, 1, 256, 1, 32, Type.ID)
    assert stretch_words(CODE, SALT) == raw


def test_locator_and_seed_are_separate_derivations() -> None:
    stretched = stretch_words(CODE, SALT)
    found_by, seed = locator(stretched, PEPPER), thread_seed(stretched)
    assert len(found_by) == 64
    assert len(seed) == 32
    assert found_by not in {keyed_hash(PEPPER, part.hex()) for part in (seed, stretched)}


@given(nonce=st.binary(min_size=32, max_size=32), language=st.sampled_from(["en", "es"]))
@settings(max_examples=25)
def test_same_code_same_place_other_code_other_place(nonce: bytes, language: str) -> None:
    code = words_from(nonce, language)
    here = locator(stretch_words(code, SALT), PEPPER)
    assert here == locator(stretch_words(code, SALT), PEPPER)
    elsewhere = [
        locator(stretch_words(code[::-1], SALT), PEPPER),
        locator(stretch_words(code, b"t" * 32), PEPPER),
        locator(stretch_words(code, SALT), b"q" * 32),
    ]
    assert len({here, *elsewhere}) == 4


def test_only_the_words_open_the_thread() -> None:
    key, other = (private_key_from_seed(thread_seed(stretch_words(code, SALT))) for code in (CODE, CODE[::-1]))
    sealed = seal(("test",), b"Gracias. Lo revisamos ayer.", [key.public_key])
    assert unseal(("test",), sealed.box, sealed.keys[0], key) == b"Gracias. Lo revisamos ayer."
    with pytest.raises(CannotOpen):
        unseal(("test",), sealed.box, sealed.keys[0], other)
