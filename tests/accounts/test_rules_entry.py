"""Names to sign in with, next pages and the words of a phrase."""

from __future__ import annotations

from collections import Counter
from itertools import product

from hypothesis import given
from hypothesis import strategies as st

from portal.accounts.desk_keys import WORDS, places_to_ask, plain_word
from portal.accounts.sign_in_rules import normal_email, own_path


def test_one_person_has_one_address() -> None:
    assert normal_email(" Ana@Example.ORG ") == normal_email("ana@example.org")


def test_a_page_of_ours() -> None:
    assert [asked for asked in ("/en/desk/", "/es/desk/42", "/en/audit/?page=2") if own_path(asked) != asked] == []


ELSEWHERE = [
    *(None, "", "en/desk", "//evil.test", "///evil.test", "/\\evil.test", "\\\\evil.test", "https://evil.test"),
    *("javascript:alert(1)", "/\t/evil.test", "/\n/evil.test", " /en/", "/\x00"),
]


def test_not_a_page_of_ours() -> None:
    assert [asked for asked in ELSEWHERE if own_path(asked) is not None] == []


@given(st.integers(0, WORDS - 1), st.integers(0, WORDS - 2))
def test_two_different_places_in_their_order(one: int, other: int) -> None:
    numbers = iter([one, other])
    first, second = places_to_ask(lambda _below: next(numbers))
    assert 1 <= first < second <= WORDS


def test_every_pair_of_places_is_asked_equally_often() -> None:
    drawn = [iter(pair) for pair in product(range(WORDS), range(WORDS - 1))]
    pairs = [places_to_ask(lambda _below, numbers=numbers: next(numbers)) for numbers in drawn]  # type: ignore[misc]
    assert set(Counter(pairs).values()) == {2}


def test_a_word_is_read_whatever_its_case_and_accents() -> None:
    assert plain_word(" ÁBACO ") == plain_word("abaco") == "abac"
