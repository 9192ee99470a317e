"""Uploads stay in memory, within what they share; the words of a file are read apart, and a broken one does no harm."""

import gc
import tempfile
from io import BytesIO
from unittest.mock import Mock

from flask import request
from werkzeug.datastructures import FileStorage
from werkzeug.test import encode_multipart

from portal.core.files import pdf_words
from portal.core.files.apart import FileTrouble
from portal.core.files.incoming import MOST_MEMBER_BYTES, IncomingFile, Memory, bound_files
from portal.core.files.uploads import MOST_SIGNS, told, words_in
from tests.news.test_files import locked, pdf, png
from tests.pdfs import made_pdf

MB = 1 << 20


def test_files_share_a_memory():
    memory = Memory(100)
    first, second, large = (IncomingFile(memory, 80) for _each in range(3))
    assert [first.write(b"x" * 30), first.write(b"y" * 30), second.write(b"z" * 60)] == [30, 30, 60]
    assert (first.trouble, second.trouble, memory._left) == (None, FileTrouble.UNFINISHED, 40)
    assert first.getvalue() == b"x" * 30 + b"y" * 30
    first.close()
    first.close()
    assert memory._left == 100
    # What is too large holds nothing and stays silent.
    assert [large.write(b"x" * 60), large.write(b"y" * 30), large.write(b"z")] == [60, 30, 1]
    assert (large.trouble, large.getvalue(), memory._left) == (FileTrouble.TOO_LARGE, b"", 100)


def test_a_request_that_broke_off_gives_the_room_back():
    memory = Memory(100)
    IncomingFile(memory, 80).write(b"x" * 60)
    gc.collect()
    assert memory._left == 100


def test_no_upload_becomes_a_file(app, monkeypatch):
    refuse = Mock(side_effect=AssertionError("a temporary file"))
    for name in ("TemporaryFile", "SpooledTemporaryFile", "NamedTemporaryFile", "mkstemp"):
        monkeypatch.setattr(tempfile, name, refuse)
        monkeypatch.setattr(f"werkzeug.formparser.{name}", refuse, raising=False)
    for bounded in (True, False):
        boundary, body = encode_multipart({"file": FileStorage(BytesIO(b"x" * 3 * MB), "a.jpg")})
        assert len(body) < MOST_MEMBER_BYTES
        kind = f"multipart/form-data; boundary={boundary}"
        with app.test_request_context("/", method="POST", data=body, content_type=kind):
            request.max_content_length = 10 * MB
            if bounded:
                bound_files(4 * MB)
            assert len(request.files["file"].read()) == 3 * MB
            assert isinstance(request.files["file"].stream, IncomingFile if bounded else BytesIO)


def test_words_of_pdf_and_of_plain_text():
    assert words_in("pdf", pdf()) == "Bring chairs"
    assert words_in("txt", b"Traiga\r\n una\tgarza") == "Traiga una garza"
    assert words_in("png", png()) == ""
    # A broken one says nothing and does no harm.
    for content in (b"", b"%PDF-1.7", b"%PDF-1.7\n" + b"\xff" * 5000, pdf()[:-200], locked()):
        assert isinstance(words_in("pdf", content), str)
    # What is kept is one line of bounded length.
    assert told("a\x00b\n\n  c\u200bd") == "a b c d"
    assert len(told("word " * MOST_SIGNS)) == MOST_SIGNS == pdf_words.MOST_SIGNS


def test_only_so_many_pages_are_read():
    long = "#pagebreak()".join(f"Heron{number} end" for number in range(pdf_words.MOST_PAGES + 3))
    words = words_in("pdf", made_pdf(long))
    assert f"Heron{pdf_words.MOST_PAGES - 1} " in words
    assert f"Heron{pdf_words.MOST_PAGES} " not in words
