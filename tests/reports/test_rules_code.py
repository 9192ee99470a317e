"""The code of words: its strength, its lists, and how untidily it may be typed."""

import math
import unicodedata
from collections import Counter
from collections.abc import Callable
from hashlib import sha256
from itertools import combinations
from typing import Literal

import pytest
from hypothesis import given, strategies as st

from portal.core.reading.reader import Meaning
from portal.core.reading.train import examples
from portal.reports import code as codes
from portal.reports.code import CODE_WORDS, LANGUAGES, CodeProblem, UnknownWord, word_list, words_from

nonces = st.binary(min_size=32, max_size=32)
languages = st.sampled_from(LANGUAGES)

RIVER = "absorb film chuckle jaguar inside muffin wonder mention"
RIO = "recurso brillo ajedrez dorado gerente apuro lana evento"
CHOSEN = {"en": "aa4470f0b9fe287e", "es": "b38781fab07e430e"}
"""The beginning of the SHA-256 of each list, with spaces between the words."""


# --- the lists ---


def test_eight_words_are_at_least_77_bits() -> None:
    assert all(math.log2(math.perm(len(word_list(language)), CODE_WORDS)) >= 77 for language in LANGUAGES)


def test_words_are_plain_and_far_apart() -> None:
    for language in LANGUAGES:
        words = word_list(language)
        assert all(word.isascii() and word.isalpha() and word.islower() and 3 <= len(word) <= 9 for word in words)
        assert max(Counter(word[:4] for word in words).values()) == 1, "four letters are enough"
        assert not [pair for pair in combinations(words, 2) if codes.one_slip_apart(*pair)]
        # A word that comes or goes changes the codes of everybody: the words were chosen once, and so they stay.
        assert sha256(" ".join(words).encode()).hexdigest()[:16] == CHOSEN[language]


def test_no_two_words_can_be_taken_for_each_other() -> None:
    english, spanish = set(word_list("en")), set(word_list("es"))
    assert max(Counter(codes.sound(word, "es") for word in spanish).values()) == 1
    assert not english & spanish and not {"and", "y"} & (english | spanish)


def test_one_slip_apart() -> None:
    near = [("lana", "lama"), ("lana", "lan"), ("lana", "llana"), ("lana", "alna"), ("lana", "laan"), ("", "a")]
    far = [("lana", "lana"), ("lana", "lame"), ("lana", "anal"), ("abcd", "badc"), ("a", "abc")]
    for one, other in (*near, *far):
        apart = codes.one_slip_apart(one, other), codes.one_slip_apart(other, one)
        assert set(apart) == {(one, other) in near}, (one, other)


# --- making ---


@given(nonce=nonces, language=languages)
def test_a_nonce_always_gives_the_same_eight_different_words(nonce: bytes, language: str) -> None:
    words = words_from(nonce, language)
    assert words == words_from(nonce, language)
    assert len(set(words)) == CODE_WORDS
    assert set(words) <= set(word_list(language))


def test_codes_made_today_open_tomorrow() -> None:
    # If this fails, every resident who sends a form twice around an update gets two codes. Lists never change order.
    assert words_from(bytes(range(32)), "en") == tuple(RIVER.split())
    assert words_from(bytes(range(32)), "es") == tuple(RIO.split())
    for size in (0, 31, 33):
        with pytest.raises(ValueError, match="32 bytes"):
            words_from(bytes(size), "en")


def test_numbers_that_would_favor_a_word_are_skipped(monkeypatch: pytest.MonkeyPatch) -> None:
    for language in LANGUAGES:
        words = word_list(language)
        uneven = 2**16 - 2**16 % len(words)
        numbers = 2**16 - 1, uneven, uneven - 1, *range(9)
        monkeypatch.setattr("portal.reports.code._draws", lambda *_given, numbers=numbers: iter(numbers))
        assert words_from(bytes(32), language) == (words[-1], *words[:7])


# --- reading ---


def numbered(words: list[str]) -> str:
    return "\n".join(f"{place}. {word}" for place, word in enumerate(words, 1))


def in_words(words: list[str]) -> str:
    return f"“{', '.join(words[:-1])} y {words[-1]}”."


WAYS: tuple[Callable[[list[str]], str], ...] = (
    " ".join,
    "-".join,
    ",".join,
    "\r\n".join,
    " — ".join,
    "\u00a0\u200b".join,
    "' '".join,
    numbered,
    in_words,
    lambda words: " ".join(f"{place}º {word}" for place, word in enumerate(words, 1)),
    lambda words: " ".join(f"{place}th {word}" for place, word in enumerate(words, 1)),
    lambda words: " ".join(f"#{place}{word}" for place, word in enumerate(words, 1)),
    lambda words: "\t  ".join(words).center(200),
)
SPELLINGS: tuple[Callable[[str], str], ...] = (
    str,
    str.upper,
    str.title,
    lambda word: word[:4],
    lambda word: word.replace("a", "á").replace("o", "ö"),
    lambda word: word.replace("n", "ñ"),
    lambda word: word[:2] + "\u00ad" + word[2:],
    lambda word: "".join(chr(ord(letter) + 0xFEE0) for letter in word),
)


@given(
    nonce=nonces,
    language=languages,
    way=st.sampled_from(WAYS),
    spellings=st.lists(st.sampled_from(SPELLINGS), min_size=8, max_size=8),
    form=st.sampled_from(["NFC", "NFD", "NFKC"]),
)
def test_a_code_may_be_typed_untidily(
    nonce: bytes,
    language: str,
    way: Callable[[list[str]], str],
    spellings: list[Callable[[str], str]],
    form: Literal["NFC", "NFD", "NFKC"],
) -> None:
    code = words_from(nonce, language)
    typed = unicodedata.normalize(form, way([spell(word) for spell, word in zip(spellings, code, strict=True)]))
    assert code in codes.read_code(typed)
    assert codes.problem(typed) is None


def test_codes_are_read_as_they_sound_and_are_numbered() -> None:
    assert codes.read_code("sapato asufre bibir inbierno ielo kitar yover gigante") == (
        ("zapato", "azufre", "vivir", "invierno", "hielo", "quitar", "llover", "gigante"),
    )
    for first in ("1ábsorb", "1a\u0301bsorb", "1a\u00adbsorb", "1.º absorb", "1ª absorb", "1o. absorb"):
        assert codes.read_code(RIVER.replace("absorb", first)) == (tuple(RIVER.split()),)
    for text in ("", " \n\t", "12 34", "…", "\0\0", "😀", "和平"):
        assert (codes.read_code(text), codes.problem(text), codes.unknown_words(text, "en")) == (
            (),
            CodeProblem.EMPTY,
            (),
        )


@given(nonce=nonces, language=languages, place=st.integers(0, 7), change=st.sampled_from(["drop", "double"]))
def test_code_with_another_number_of_words_is_no_code(nonce: bytes, language: str, place: int, change: str) -> None:
    words = list(words_from(nonce, language))
    words[place : place + 1] = [] if change == "drop" else [words[place]] * 2
    assert codes.read_code(" ".join(words)) == ()
    assert codes.problem(" ".join(words)) is (CodeProblem.TOO_FEW if change == "drop" else CodeProblem.TOO_MANY)


@given(text=st.text(max_size=2 * codes.LONGEST_TEXT))
def test_any_text_is_read_without_harm(text: str) -> None:
    for candidate in codes.read_code(text):
        assert len(candidate) == CODE_WORDS
    assert (codes.problem(text) is None) == bool(codes.read_code(text))
    for language in LANGUAGES:
        codes.unknown_words(text, language)


# --- a code inside a text ---


@given(nonce=nonces, language=languages, before=st.integers(0, 3_000), way=st.sampled_from([" ", ",\n", " " * 300]))
def test_a_code_is_found_anywhere_in_a_long_text(nonce: bytes, language: str, before: int, way: str) -> None:
    said = ("They sell by the stop every night. " * 90)[:before]
    assert not codes.holds_code(said)
    assert codes.holds_code(f"{said} {way.join(words_from(nonce, language))} {said}")


def test_what_was_meant_as_the_code_leaves_out_rest() -> None:
    for language in LANGUAGES:
        code = words_from(bytes(range(32)), language)
        typed = " ".join(code)
        for text in (f"my words are {typed}", f"{typed} gracias", "".join(code), f"son {typed[:-1]}, sí"):
            found = codes.find_code(text)
            assert found and code in codes.readings(text) and code[0] not in found.rest
            assert len(codes.slips(text, code)) == (1 if "son" in text else 0)
        for text in ("", "my words are lost", typed, " ".join(code[:7]), " ".join((*code[:7], "qqqqq"))):
            assert codes.meant_code(text) == text
        assert codes.meant_code(f"my words are {typed.replace(code[1], code[1] + 'qq')}").startswith(code[0])


def test_no_report_and_no_call_for_help_is_withheld() -> None:
    kept = {Meaning.REPORT, Meaning.DANGER, Meaning.CRISIS}
    assert [one.text for one in examples() if kept & {one.meaning, *one.also} and codes.find_code(one.text)] == []
    for text in (
        "stop stop stop maple maple maple street",
        "todo todo todo, en la villa todo el tiempo",
        "i found my daughter's friend passed out back in april from there. shes ok now and clean",
        "apaguen ese lugar, todo mundo sabe, la lavandería de la luz morada",
        "lunes martes miércoles jueves viernes sábado y domingo",
        "carro verde rojo azul gris",
    ):
        assert codes.find_code(text) is None, text
    # With as many slips, but said to be a code.
    assert codes.find_code("my code is chaper decorate industry situate fork dunes lunchs")


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_code_said_in_many_words_is_one(language: str) -> None:
    code = words_from(bytes(range(32)), language)
    for text in (
        "okay my words are " + " comma ".join(code),
        "mis palabras son " + " coma ".join(code) + " punto gracias",
        " ".join(f"number {word} and then" for word in code),
        "i only have " + " ".join(code[:5]) + " what now",
        " ".join((*code[:3], "qqqqq", *code[4:])),
        "hi any news? " + " ".join(code) + " thanks",
    ):
        found = codes.find_code(text)
        assert found and not found.rest and (code in codes.readings(text)) is (set(code) <= set(text.split())), text
    assert [codes.words_alone(" ".join(code[:many])) for many in range(CODE_WORDS + 1)] == list(range(CODE_WORDS + 1))
    linking = {"en": "check rally bronze lecture", "es": "cinco mural linterna orden"}[language]
    assert codes.find_code(linking), "a word of the list that is also said around a code"
    assert codes.find_code("please check update hello") is None
    assert codes.find_code(" ".join(code[:3])) is None and not codes.words_alone("they sell here " + code[0])
    hidden = "they said " + " maybe ".join(code) + " on the paper they threw out"
    assert codes.find_code(hidden) is None and code in codes.readings(hidden)
    assert code[0] not in codes.without_code(hidden, code) and codes.without_code(hidden, code).endswith(
        "they threw out"
    )


def test_other_orders_are_few_and_those_of_people() -> None:
    code = tuple(RIVER.split())
    orders = list(codes.in_other_orders(code))
    assert len(orders) == len(set(orders)) < 40 and code not in orders
    assert {tuple(sorted(order)) for order in orders} == {tuple(sorted(code))}
    assert {code[::-1], code[4:] + code[:4], (code[1], code[0], *code[2:])} <= set(orders)
    assert list(codes.tries(RIVER)) == [code, *orders]


# --- words that are not known ---


def test_slip_is_answered_with_word_that_was_meant() -> None:
    typed = RIVER.replace("film", "fulm").replace("jaguar", "ajguar").replace("wonder", "sandwich")
    meant = UnknownWord("fulm", "film"), UnknownWord("ajguar", "jaguar"), UnknownWord("sandwich", None)
    assert (codes.problem(typed), codes.unknown_words(typed, "en")) == (CodeProblem.UNKNOWN_WORDS, meant)
    # Between two words nothing is suggested.
    assert {"access", "excess"} <= set(word_list("en"))
    assert codes.unknown_words(RIVER.replace("absorb", "eccess"), "en") == (UnknownWord("eccess", None),)
    typed = RIO.replace("lana", "lxna")
    assert codes.unknown_words(typed, "en") == codes.unknown_words(typed, "es") == (UnknownWord("lxna", "lana"),)
    other = RIO.replace("lana", "wonder")
    assert (codes.read_code(other), [word.typed for word in codes.unknown_words(other, "es")]) == ((), ["wonder"])


@given(nonce=nonces, language=languages, place=st.integers(0, 7), letter=st.sampled_from("abcdefghijklmnopqrstuvwxyz"))
def test_one_wrong_first_letter_never_opens_another_code(nonce: bytes, language: str, place: int, letter: str) -> None:
    code = list(words_from(nonce, language))
    typed = [*code[:place], letter + code[place][1:], *code[place + 1 :]]
    found = codes.read_code(" ".join(typed))
    if not found:
        assert codes.problem(" ".join(typed)) in {CodeProblem.UNKNOWN_WORDS, CodeProblem.TOO_FEW}
    for reading in found:
        assert reading[:place] == tuple(code[:place])


def test_prefixes_and_sounds_never_contradict_a_spelling() -> None:
    for language in LANGUAGES:
        words = word_list(language)
        for start in range(len(words) - CODE_WORDS):
            code = words[start : start + CODE_WORDS]
            assert codes.read_code(" ".join(code)) == codes.read_code(" ".join(word[:4] for word in code)) == (code,)
