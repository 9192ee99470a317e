"""What a whole post and a whole guide have."""

from __future__ import annotations

from dataclasses import replace

import pytest

from portal.core.i18n import Bilingual
from portal.news.library import GuideDraft, is_address, missing, year_of

SAID, NOTHING = Bilingual(en="said", es="dicho"), Bilingual(en="", es="")
LINK = GuideDraft(SAID, SAID, NOTHING, "https://example.org/a", "", None, "en", ())


def test_a_link_or_a_text_is_enough() -> None:
    assert missing(LINK) == ()
    assert missing(replace(LINK, url="", body=SAID)) == ()
    assert missing(replace(LINK, url="")) == ("url",)


def test_each_text_is_needed_in_each_language() -> None:
    for name in ("title", "about", "body"):
        for lang in ("en", "es"):
            half = replace(SAID, **{lang: " \n"})
            assert missing(replace(LINK, **{name: half})) == (f"{name}_{lang}",)


def test_addresses_of_pages() -> None:
    assert [
        text
        for text in ("https://example.org", "http://example.org/a?b=c#d", "https://doi.org/10.1/(x)_2")
        if not is_address(text)
    ] == []


def test_what_is_no_address_of_a_page() -> None:
    assert [
        text
        for text in (
            *("", "example.org", "javascript:alert(1)", "data:text/html,x", "https://", "https://localhost/"),
            *("https://a:b@example.org/", "https://example.org/a b", 'https://example.org/"', "https://[x.org/"),
            "\nhttps://example.org",
        )
        if is_address(text)
    ] == []


def test_years() -> None:
    assert (year_of(""), year_of("2009")) == (None, 2009)
    for text in ("09", "20099", "1899", "2101", "²⁰⁰⁹", "-200", "2009 "):
        with pytest.raises(ValueError, match=text):
            year_of(text)
