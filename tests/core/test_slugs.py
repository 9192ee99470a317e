"""Names in addresses."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from portal.core.slugs import is_slug, random_tail, slug


def test_a_title_becomes_a_name() -> None:
    assert [
        (title, name)
        for title, name in (
            ("Neighbors’ evening", "neighbors-evening-k7f2qd"),
            ("¿Qué sigue, vecinos? ¡Mañana!", "que-sigue-vecinos-manana-k7f2qd"),
            ("🎉", "k7f2qd"),
            ("x" * 200, "x" * 60 + "-k7f2qd"),
            (
                "Open evening: " + "who reads it and " * 3 + "who does not",
                "open-evening-who-reads-it-and-who-reads-it-and-who-reads-it-k7f2qd",
            ),
            ("a" * 29 + " " + "b" * 30 + " c", "a" * 29 + "-" + "b" * 30 + "-k7f2qd"),
        )
        if slug(title, "k7f2qd") != name
    ] == []


@given(st.text())
def test_every_title_becomes_a_name_that_is_one(title: str) -> None:
    assert is_slug(slug(title, random_tail()))


def test_what_is_no_name() -> None:
    assert [text for text in ("", "A", "a\x00b", "a/b", "é", "a\n", "x" * 81) if is_slug(text)] == []


def test_tails_are_not_guessed() -> None:
    assert len({random_tail() for _ in range(1000)}) > 990
