"""What a whole post and a whole guide have."""

from dataclasses import replace
from typing import Any

from portal.core.i18n import Bilingual
from portal.markets.status import missing
from portal.news import library
from portal.news.library import Guide, is_address
from portal.news.posts import Post, alphabetical

SAID, NOTHING = Bilingual(en="said", es="dicho"), Bilingual(en="", es="")
LINK = {"title": SAID, "about": SAID, "body": NOTHING, "url": "https://example.org/a"}
POST = dict.fromkeys(Post.PARITY, SAID)


def gaps(row: dict[str, Any], **other: Any) -> tuple[str, ...]:
    """Names of the fields that a guide (or post) lacks."""
    return tuple(library.missing(Guide(**row | other)) if "url" in row else missing(row | other, Post.PARITY))


def test_a_link_or_a_text_is_enough() -> None:
    assert gaps(LINK) == gaps(LINK, url="", body=SAID) == gaps(POST) == ()
    assert gaps(LINK, url="") == ("url",)


def test_each_text_is_needed_in_each_language() -> None:
    for lang in ("en", "es"):
        half = replace(SAID, **{lang: " \n"})
        for name in ("title", "about", "body"):
            assert gaps(LINK, **{name: half}) == (f"{name}_{lang}",)
        for name in Post.PARITY:
            assert gaps(POST, **{name: half}) == (f"{name}_{lang}",)


def test_addresses_of_pages() -> None:
    pages = ("https://example.org", "http://example.org/a?b=c#d", "https://doi.org/10.1/(x)_2")
    others = (
        *("", "example.org", "javascript:alert(1)", "data:text/html,x", "https://", "https://localhost/"),
        *("https://a:b@example.org/", "https://example.org/a b", 'https://example.org/"', "https://[x.org/"),
        "\nhttps://example.org",
    )
    assert [text for text in (*pages, *others) if is_address(text)] == [*pages]


def test_names_are_sorted_as_a_dictionary_does() -> None:
    names = ["Útil", "Vecinos", "¿Funciona?", "ayuda", "¡Gracias!", "Árboles"]
    assert sorted(names, key=alphabetical) == ["Árboles", "ayuda", "¿Funciona?", "¡Gracias!", "Útil", "Vecinos"]
