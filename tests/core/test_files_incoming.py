"""Uploads stay in memory, within what they share, and are never written to a disk."""

from __future__ import annotations

import gc
import tempfile
from io import BytesIO

import pytest
from flask import request
from werkzeug.datastructures import FileStorage, MultiDict
from werkzeug.test import encode_multipart

from portal.core.files.apart import FileTrouble
from portal.core.files.incoming import MOST_MEMBER_BYTES, IncomingFile, Memory, bound_files
from portal.core.web import Portal

MB = 1 << 20


def left(memory: Memory) -> int:
    return memory._left


def test_file_holds_what_it_got_and_gives_room_back() -> None:
    memory = Memory(100)
    file = IncomingFile(memory, 80)
    assert [file.write(b"x" * 30), file.write(b"y" * 50)] == [30, 50]
    assert (file.trouble, file.getvalue(), left(memory)) == (None, b"x" * 30 + b"y" * 50, 20)
    file.close()
    file.close()
    assert left(memory) == 100


def test_what_is_too_large_holds_nothing_and_stays_silent() -> None:
    memory = Memory(100)
    file = IncomingFile(memory, 80)
    assert [file.write(b"x" * 60), file.write(b"y" * 30), file.write(b"z" * 1)] == [60, 30, 1]
    assert (file.trouble, file.getvalue(), left(memory)) == (FileTrouble.TOO_LARGE, b"", 100)


def test_files_share_a_memory() -> None:
    memory = Memory(100)
    first, second = IncomingFile(memory, 80), IncomingFile(memory, 80)
    first.write(b"x" * 60)
    second.write(b"y" * 60)
    assert (first.trouble, second.trouble, left(memory)) == (None, FileTrouble.UNFINISHED, 40)
    first.close()
    third = IncomingFile(memory, 80)
    third.write(b"z" * 60)
    assert third.trouble is None


def test_a_request_that_broke_off_gives_the_room_back() -> None:
    memory = Memory(100)
    IncomingFile(memory, 80).write(b"x" * 60)
    gc.collect()
    assert left(memory) == 100


def test_no_upload_becomes_a_file(app: Portal, monkeypatch: pytest.MonkeyPatch) -> None:
    for bounded in (True, False):

        def refuse(*_given: object, **_named: object) -> None:
            raise AssertionError("a temporary file")

        for name in ("TemporaryFile", "SpooledTemporaryFile", "NamedTemporaryFile", "mkstemp"):
            monkeypatch.setattr(tempfile, name, refuse)
            monkeypatch.setattr(f"werkzeug.formparser.{name}", refuse, raising=False)
        data: MultiDict[str, object] = MultiDict({"file": FileStorage(BytesIO(b"x" * 3 * MB), "a.jpg")})
        boundary, body = encode_multipart(data)
        assert len(body) < MOST_MEMBER_BYTES
        kind = f"multipart/form-data; boundary={boundary}"
        with app.test_request_context("/", method="POST", data=body, content_type=kind):
            request.max_content_length = 10 * MB
            if bounded:
                bound_files(4 * MB)
            assert len(request.files["file"].read()) == 3 * MB
            assert isinstance(request.files["file"].stream, IncomingFile if bounded else BytesIO)
