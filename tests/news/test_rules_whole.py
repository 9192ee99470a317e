"""A post goes out whole, in both languages at once."""

from __future__ import annotations

from dataclasses import replace

import pytest

from portal.core.i18n import Bilingual
from portal.news.posts import TEXTS, PostDraft, alphabetical, missing

WHOLE = PostDraft(**dict.fromkeys(TEXTS, Bilingual(en="said", es="dicho")))


def test_a_whole_post_lacks_nothing() -> None:
    assert missing(WHOLE) == ()


@pytest.mark.parametrize("name", TEXTS)
@pytest.mark.parametrize("lang", ["en", "es"])
def test_each_text_is_needed_in_each_language(name: str, lang: str) -> None:
    half = replace(getattr(WHOLE, name), **{lang: " \n"})
    assert missing(replace(WHOLE, **{name: half})) == (f"{name}_{lang}",)


def test_names_are_sorted_as_a_dictionary_does() -> None:
    names = ["Útil", "Vecinos", "¿Funciona?", "ayuda", "¡Gracias!", "Árboles"]
    assert sorted(names, key=alphabetical) == ["Árboles", "ayuda", "¿Funciona?", "¡Gracias!", "Útil", "Vecinos"]
