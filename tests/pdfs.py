"""PDF files for tests, and what a reader program learns of one: its tags, and whether they are whole."""

from collections.abc import Iterator
from io import BytesIO
from itertools import pairwise
from typing import Any

from pypdf import PdfReader
from typst import compile

HEADINGS = [f"/H{level}" for level in range(1, 7)]


def made_pdf(source: str, **inputs: str) -> bytes:
    """A PDF of a typst source that the test wrote."""
    return compile(source.encode(), ignore_system_fonts=True, sys_inputs=inputs)


def text_of(content: bytes) -> str:
    """The words of all pages in one line."""
    return " ".join(" ".join(page.extract_text() for page in PdfReader(BytesIO(content)).pages).split())


def tags(content: bytes) -> list[tuple[str, dict[str, Any]]]:
    """The structure elements in reading order: their type, and their dictionary."""
    return list(_below(PdfReader(BytesIO(content)).trailer["/Root"]["/StructTreeRoot"]))


def _below(element: Any) -> Iterator[tuple[str, dict[str, Any]]]:
    if "/S" in element:
        yield element["/S"], element
    kids = element.get("/K", [])
    for kid in kids if isinstance(kids, list) else [kids]:
        found = kid.get_object()
        if isinstance(found, dict) and found.get("/Type") not in ("/MCR", "/OBJR"):
            yield from _below(found)


def accessible(content: bytes, lang: str, title: str) -> list[tuple[str, dict[str, Any]]]:
    """Check what PDF/UA and WCAG ask of every file, and return its tags."""
    reader = PdfReader(BytesIO(content))
    root = reader.trailer["/Root"]
    assert root["/Lang"] == lang
    assert root["/MarkInfo"]["/Marked"]
    assert root["/ViewerPreferences"]["/DisplayDocTitle"]
    assert reader.metadata.title == title
    assert b"pdfuaid:part>1<" in root["/Metadata"].get_object().get_data()
    found = tags(content)
    levels = [HEADINGS.index(kind) + 1 for kind, _element in found if kind in HEADINGS]
    assert levels[:1] == [1]
    assert all(below <= above + 1 for above, below in pairwise(levels))
    assert all(element.get("/Alt") for kind, element in found if kind == "/Figure")
    kinds = [kind for kind, _element in found]
    assert ("/Table" in kinds) == ("/TH" in kinds)
    assert not any("/Annots" in page for page in reader.pages)
    assert "/StructParents" in reader.pages[0]
    # All letters are in the file and have a meaning.
    for page in reader.pages:
        for font in page["/Resources"].get("/Font", {}).values():
            assert "/ToUnicode" in font.get_object()
    return found
