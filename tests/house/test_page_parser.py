"""The parser of pages in tests: quick where a page is built like earlier ones, and as strict as html5lib throughout."""

from __future__ import annotations

import pytest
from html5lib.html5parser import ParseError

from tests import parser

PAGE = '<!doctype html>\n<html lang="en"><head><title>A</title></head>\n<body>{}</body></html>'
GOOD = """<main><h1>A &amp; B</h1><p class="x">One<br>two</p><textarea>\n\nTwo\r\nlines</textarea><input disabled>
<svg viewBox="0 0 1 1"><path d="M0 0"/></svg></main>"""


@pytest.fixture(autouse=True)
def afresh(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing was parsed before."""
    monkeypatch.setattr(parser, "_strictly_parsed", set())


def note_strict(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What the strict parser is given from now on."""
    given: list[str] = []
    parse = parser.parse_strictly
    monkeypatch.setattr(parser, "parse_strictly", lambda text: given.append(text) or parse(text))
    return given


def told(text: str, kind: str = "") -> list[object]:
    """Elements, attributes and texts of a page."""
    return [(one.tag, one.attrib, (one.text or "").strip()) for one in parser.parse(text, kind).iter()]


def test_page_built_alike_is_parsed_to_the_same_tree(monkeypatch: pytest.MonkeyPatch) -> None:
    strictly = note_strict(monkeypatch)
    assert told(PAGE.format(GOOD)) == told(PAGE.format(GOOD))
    assert ("textarea", {}, "Three\nlines") in told(PAGE.format(GOOD.replace("Two", "Three")))
    assert len(strictly) == 1


def test_what_is_built_otherwise_is_parsed_strictly(monkeypatch: pytest.MonkeyPatch) -> None:
    strictly = note_strict(monkeypatch)
    parser.parse(PAGE.format(GOOD), "a")
    for text, kind in (
        (GOOD, "b"),
        (GOOD.replace("<br>", "<em>and</em>"), "a"),
        (GOOD.replace('class="x"', 'id="x"'), "a"),
        (GOOD + "<p class='x'>One more, elsewhere</p>", "a"),
    ):
        parser.parse(PAGE.format(text), kind)
        assert strictly.pop() == PAGE.format(text)


def test_what_is_not_valid_is_refused_whatever_came_before() -> None:
    parser.parse(PAGE.format(GOOD), "a")
    bodies = (
        GOOD.replace("</h1>", ""),
        GOOD.replace("</p>", "</p></p>"),
        GOOD.replace("&amp;", "&amp"),
        GOOD.replace("&amp;", "&nothing;"),
        GOOD.replace("&amp;", "\x07"),
        GOOD.replace('class="x"', 'class="x" class="x"'),
        GOOD.replace("<br>", "<p/>"),
        GOOD.replace("<input disabled>", "<input disabled"),
        GOOD.replace("One", "One<"),
        f"{GOOD}<main>",
    )
    no_pages = ("", "Nothing", PAGE.removeprefix("<!doctype html>\n").format(GOOD))
    for text in (*map(PAGE.format, bodies), *no_pages):
        with pytest.raises(ParseError):
            parser.parse(text, "a")
