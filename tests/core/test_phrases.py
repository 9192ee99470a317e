"""Recovery phrases, against a published vector and against how people type."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st
from mnemonic import Mnemonic

from portal.core import code_words
from portal.core.crypto import private_key_from_seed

PHRASES = {language: Mnemonic(language) for language in ("english", "spanish")}


def test_recovery_phrase_is_24_words_and_never_the_same() -> None:
    for language in ("en", "es"):
        made = {code_words.new_recovery_phrase(language) for _ in range(3)}
        assert len(made) == 3
        assert {len(phrase.split()) for phrase in made} == {24}
        assert all(unicodedata.is_normalized("NFC", phrase) for phrase in made)


def test_recovery_key_belongs_to_entropy_of_published_phrase() -> None:
    # A vector of BIP 39: 32 bytes of 0x7f.
    phrase = "legal winner thank year wave sausage worth useful " * 2 + (
        "legal winner thank year wave sausage worth title"
    )
    assert code_words.recovery_key(phrase) == private_key_from_seed(b"\x7f" * 32)


@given(entropy=st.binary(min_size=32, max_size=32), language=st.sampled_from(["english", "spanish"]), data=st.data())
def test_recovery_phrase_may_be_typed_untidily(entropy: bytes, language: str, data: st.DataObject) -> None:
    words = unicodedata.normalize("NFC", PHRASES[language].to_mnemonic(entropy)).split()
    forms: list[Callable[[str], str]] = [
        str,
        str.upper,
        str.title,
        lambda word: word[:4] if len(word) > 4 else word,
        code_words._plain,
    ]
    separators = [" ", "\n", "  ", ", ", " 7. ", "-", "\u00a0"]
    typed = "".join(data.draw(st.sampled_from(forms))(word) + data.draw(st.sampled_from(separators)) for word in words)
    typed = unicodedata.normalize(data.draw(st.sampled_from(["NFC", "NFD"])), typed)
    assert code_words.recovery_key(typed) == private_key_from_seed(entropy)


def test_wrong_phrase() -> None:
    for phrase in (
        "",
        "legal winner",
        "abandon " * 24,
        "abandon " * 23 + "zzzz",
        "abandon " * 23 + "art art",
        "1 2 3",
        # One word too many, although they are the same number.
        "abandon "
        + "legal winner thank year wave sausage worth useful " * 2
        + "legal winner thank year wave sausage worth title",
        "\0" * 99,
    ):
        with pytest.raises(code_words.WrongPhrase):
            code_words.recovery_key(phrase)


def test_a_phrase_is_one_of_the_reference_library() -> None:
    for language, name in (("en", "english"), ("es", "spanish")):
        phrase = code_words.new_recovery_phrase(language)
        entropy = bytes(PHRASES[name].to_entropy(unicodedata.normalize("NFKD", phrase)))
        assert code_words.recovery_key(phrase) == private_key_from_seed(entropy)
