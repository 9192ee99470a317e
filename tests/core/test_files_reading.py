"""The words of a file are read apart from the portal, within bounds, and a broken file does no harm."""

from __future__ import annotations

import io
import time

import pytest
from pypdf import PdfReader, PdfWriter
from pypdf.generic import DecodedStreamObject, DictionaryObject, NameObject

from portal.core.files import pdf_words
from portal.core.files.uploads import MOST_SIGNS, told, words_in
from tests.news.test_files import locked, pdf, png, written
from tests.pdfs import made_pdf


def long_pdf(pages: int) -> bytes:
    return made_pdf("#pagebreak()".join(f"Heron{number} end" for number in range(pages)))


def endless_pdf() -> bytes:
    """A small PDF whose page takes very long to read."""
    writer = PdfWriter(clone_from=PdfReader(io.BytesIO(long_pdf(1))))
    font = {NameObject("/Type"): NameObject("/Font"), NameObject("/Subtype"): NameObject("/Type1")}
    font[NameObject("/BaseFont")] = NameObject("/Helvetica")
    fonts = DictionaryObject({NameObject("/F1"): DictionaryObject(font)})
    writer.pages[0][NameObject("/Resources")] = DictionaryObject({NameObject("/Font"): fonts})
    stream = DecodedStreamObject()
    stream.set_data(b"BT /F1 12 Tf " + b"(heron) Tj 1 0 0 1 0 0 Tm " * 4_000_000 + b"ET")
    writer.pages[0][NameObject("/Contents")] = writer._add_object(stream.flate_encode())
    return written(writer)


def test_words_of_pdf_and_of_plain_text() -> None:
    assert words_in("pdf", pdf()) == "Bring chairs"
    assert words_in("txt", b"Traiga\r\n una\tgarza") == "Traiga una garza"
    assert words_in("png", png()) == ""


def test_a_broken_file_says_nothing_and_does_no_harm() -> None:
    assert [
        content
        for content in (b"", b"%PDF-1.7", b"%PDF-1.7\n" + b"\xff" * 5000, pdf()[:-200], locked())
        if not isinstance(words_in("pdf", content), str)
    ] == []


def test_only_so_many_pages_are_read() -> None:
    words = words_in("pdf", long_pdf(pdf_words.MOST_PAGES + 3))
    assert f"Heron{pdf_words.MOST_PAGES - 1} " in words
    assert f"Heron{pdf_words.MOST_PAGES} " not in words


@pytest.mark.night
def test_a_file_that_takes_for_ever_is_given_up() -> None:
    began = time.monotonic()
    words_in("pdf", endless_pdf())
    assert time.monotonic() - began < 25


def test_what_is_kept_is_one_line_of_bounded_length() -> None:
    assert told("a\x00b\n\n  c\u200bd") == "a b c d"
    assert len(told("word " * MOST_SIGNS)) == MOST_SIGNS
    assert pdf_words.MOST_SIGNS == MOST_SIGNS
