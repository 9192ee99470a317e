"""A post goes out whole, in both languages at once."""

from __future__ import annotations

from dataclasses import replace

from portal.core.i18n import Bilingual
from portal.news.posts import TEXTS, PostDraft, alphabetical, missing

WHOLE = PostDraft(**dict.fromkeys(TEXTS, Bilingual(en="said", es="dicho")))


def test_a_whole_post_lacks_nothing() -> None:
    assert missing(WHOLE) == ()


def test_each_text_is_needed_in_each_language() -> None:
    for name in TEXTS:
        for lang in ("en", "es"):
            half = replace(getattr(WHOLE, name), **{lang: " \n"})
            assert missing(replace(WHOLE, **{name: half})) == (f"{name}_{lang}",)


def test_names_are_sorted_as_a_dictionary_does() -> None:
    names = ["Útil", "Vecinos", "¿Funciona?", "ayuda", "¡Gracias!", "Árboles"]
    assert sorted(names, key=alphabetical) == ["Árboles", "ayuda", "¿Funciona?", "¡Gracias!", "Útil", "Vecinos"]
