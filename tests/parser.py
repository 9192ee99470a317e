"""Parses pages: strictly what is met for the first time, and three times as fast what is built like it."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from xml.etree.ElementTree import Element, TreeBuilder

import html5lib
from html5lib.constants import adjustSVGAttributes

SVG = "{http://www.w3.org/2000/svg}"
VOID = frozenset("area base br col embed hr img input link meta source track wbr".split())
# No page needs any of these; of what a strict parser says about them the quick one knows nothing.
UNUSUAL = re.compile(
    r"[\0-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]|&(?!(?:amp|lt|gt|#34|#39);)|<(?![a-z/!])"
)

_strictly_parsed: set[object] = set()
"""The kinds of pages, and the places of elements, of which a strict parser and the quick one made the same tree."""


def parse(text: str, kind: object) -> Element:
    """Return the tree of a page; raises html5lib's ParseError if it is not valid.

    The strict parser is left out only for a well-formed page of a kind that it has parsed before, each of whose
    elements it has met inside the same parent and with the same attributes.
    """
    quick = QuickParser.parse(text)
    if quick is not None and quick.places | {kind} <= _strictly_parsed:
        return quick.tree
    tree = parse_strictly(text)
    if quick is not None and _outline(quick.tree) == _outline(tree):
        _strictly_parsed.update(quick.places, {kind})
    return tree


def parse_strictly(text: str) -> Element:
    """Return the tree of a page; raises html5lib's ParseError if it is not valid."""
    return html5lib.HTMLParser(strict=True, namespaceHTMLElements=False).parse(text)


class QuickParser(HTMLParser):
    """Builds the tree of a page in which every element is closed by its own end tag."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.places: set[object] = set()
        self.tree = Element("html")
        self._builder = TreeBuilder()
        self._open = ["document"]
        self._is_well_formed = True
        self._is_after_start = False

    @classmethod
    def parse(cls, text: str) -> QuickParser | None:
        """Return the parser after its work, None for a page that is not well-formed or has anything unusual."""
        text = text.replace("\r\n", "\n")
        if not text.startswith("<!doctype html>\n<html") or UNUSUAL.search(text):
            return None
        parser = cls()
        parser.feed(text)
        parser.close()
        if not parser._is_well_formed or parser._open != ["document"]:
            return None
        parser.tree = parser._builder.close()
        return parser

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._start(tag, attrs)
        if tag in VOID:
            self._end()

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._start(tag, attrs)
        self._is_well_formed &= tag in VOID or self._open[-1].startswith(SVG)
        self._end()

    def handle_endtag(self, tag: str) -> None:
        self._is_well_formed &= self._open[-1].removeprefix(SVG) == tag
        if self._is_well_formed:
            self._end()

    def handle_data(self, data: str) -> None:
        if len(self._open) > 1:
            # A browser leaves out the line break after these start tags.
            is_left_out = self._is_after_start and self._open[-1] in ("textarea", "pre")
            self._builder.data(data.removeprefix("\n") if is_left_out else data)
            self._is_after_start = False

    def _start(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "svg" or self._open[-1].startswith(SVG):
            tag, given = SVG + tag, {adjustSVGAttributes.get(name, name): value for name, value in given.items()}
        self.places.add((self._open[-1], tag, frozenset(given)))
        self._is_well_formed &= len(given) == len(attrs)
        self._is_after_start = True
        self._open.append(tag)
        self._builder.start(tag, given)

    def _end(self) -> None:
        self._is_after_start = False
        self._builder.end(self._open.pop())


def _outline(tree: Element) -> list[tuple[object, ...]]:
    """Return what two trees of a page must have in common: all but white space."""
    return [(one.tag, one.attrib, (one.text or "").split(), (one.tail or "").split()) for one in tree.iter()]
