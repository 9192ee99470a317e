"""The files that the portal accepts and serves: four kinds, recognised by content, whatever their names.

An uploaded file may come from anyone. Its metadata (an author, the place where a picture was taken, a program) could
identify a person or harm a reader, so it is rewritten and only its visible content is kept. While it arrives it is held
in memory: a disk, to which werkzeug writes larger uploads, would keep the rest, too. Pictures of the public are also
bounded: each of them, how many a form may have, and all that a process holds at a time. What goes beyond is dropped as
it comes, so that it costs neither memory nor the rest of the form.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum
from hashlib import blake2b
from io import BytesIO
from threading import RLock
from typing import IO, TYPE_CHECKING, Any, cast

from flask import Request, Response, request
from flask_babel import lazy_gettext as _l
from flask_wtf.file import FileField
from werkzeug.datastructures import FileStorage
from wtforms.validators import ValidationError

from portal.core.files.apart import FileTask, FileTrouble, NotTaken, done_apart, run

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer

MOST_FILE_BYTES = 5 * 1024 * 1024
MOST_SIGNS = 200_000
"""At most this many characters of a file are searchable."""


class UploadKind(StrEnum):
    """The accepted kinds. No office formats: they carry names, earlier versions and macros; a PDF serves as well."""

    PDF = "pdf"
    PNG = "png"
    JPEG = "jpg"
    TEXT = "txt"


CONTROL = re.compile(r"[\x00-\x08\x0b-\x0c\x0e-\x1f\x7f-\x9f]")
KINDS = tuple(kind.value for kind in UploadKind)
MEDIA_TYPES = {
    UploadKind.PDF: "application/pdf",
    UploadKind.PNG: "image/png",
    UploadKind.JPEG: "image/jpeg",
    UploadKind.TEXT: "text/plain; charset=utf-8",
}


def kind_of(content: bytes) -> UploadKind | None:
    """Return the kind of a file from its first bytes, whatever its name; None for any other than the four."""
    if content.startswith(b"%PDF-"):
        return UploadKind.PDF
    if content.startswith(b"\x89PNG\r\n\x1a\n"):
        return UploadKind.PNG
    if content.startswith(b"\xff\xd8\xff"):
        return UploadKind.JPEG
    # UTF-8 without control characters of terminals or other formats.
    try:
        is_text = content != b"" and CONTROL.search(content.decode()) is None
    except UnicodeDecodeError:
        is_text = False
    return UploadKind.TEXT if is_text else None


def told(text: str) -> str:
    """Return a file's text as one line of limited length, without invisible characters, for the search index."""
    seen = "".join(sign if sign.isprintable() else " " for sign in text[: 2 * MOST_SIGNS])
    return " ".join(seen.split())[:MOST_SIGNS]


@dataclass(frozen=True)
class CleanFile:
    """A file without traces of its author: only `clean()` makes these."""

    kind: str
    content: bytes

    @property
    def digest(self) -> str:
        return blake2b(self.content, digest_size=16).hexdigest()


def words_in(kind: str, content: bytes) -> str:
    """Return the text of a file; empty for a picture, and for a file that cannot be read in time."""
    if kind == UploadKind.TEXT:
        return told(content.decode("utf-8", "replace"))
    if kind == UploadKind.PDF:
        with suppress(NotTaken):
            # However it ended: text read before a limit was reached is worth having.
            _code, output = run(FileTask.WORDS, content)
            return told(output[1:].decode("utf-8", "replace"))
    return ""


def clean(content: bytes) -> CleanFile:
    """Return the file without its invisible content. Raises `NotTaken`."""
    if len(content) > MOST_FILE_BYTES:
        raise NotTaken(FileTrouble.TOO_LARGE)
    kind = kind_of(content)
    if kind is None:
        raise NotTaken(FileTrouble.OTHER_KIND)
    if kind is UploadKind.TEXT:
        return CleanFile(kind.value, content.removeprefix(b"\xef\xbb\xbf"))
    made = done_apart(FileTask(kind.value), content)
    if len(made) > MOST_FILE_BYTES:
        raise NotTaken(FileTrouble.TOO_LARGE)
    return CleanFile(kind.value, made)


class CleanFileField(FileField):
    """An uploaded file; once the field is valid, `taken` has it without its invisible content."""

    taken: CleanFile | None = None

    @property
    def is_sent(self) -> bool:
        """Whether there is a file: a form that is shown again cannot keep it, so it must be chosen again."""
        return isinstance(self.data, FileStorage) and bool(self.data.filename)

    def pre_validate(self, form: Any) -> None:
        if self.is_sent:
            try:
                self.taken = clean(self.data.stream.read(MOST_FILE_BYTES + 1))
            except NotTaken as reason:
                raise ValidationError(str(NOT_TAKEN[reason.trouble])) from None


# Nothing in the file may run, should a browser render it after all.
NOTHING_RUNS = "default-src 'none'; sandbox; frame-ancestors 'none'"


def download(name: str, kind: str, content: bytes) -> Response:
    """Return the file as a download called `name` and the ending of its kind; its original name is unknown here."""
    answer = Response(content, content_type=MEDIA_TYPES[UploadKind(kind)])
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}.{kind}"'
    answer.headers["Content-Security-Policy"] = NOTHING_RUNS
    return answer


def for_everybody(answer: Response, digest: str) -> Response:
    """Make a download public: browsers may keep it and revalidate it."""
    answer.headers["Cache-Control"] = "public, no-cache"
    answer.set_etag(digest)
    answer.make_conditional(request)
    return answer


NOT_TAKEN = {
    FileTrouble.TOO_LARGE: _l("This file is too large. The most is 5 MB."),
    FileTrouble.TOO_MANY_DOTS: _l("This picture is too large. The most is 40 million dots."),
    FileTrouble.OTHER_KIND: _l(
        "Only PDF, PNG and JPEG pictures, and plain text. Save an office document as PDF first."
    ),
    FileTrouble.LOCKED: _l("This PDF is locked with a password. Save it without one."),
    FileTrouble.BROKEN: _l("This file cannot be read. Perhaps it is damaged; save it again and try once more."),
    FileTrouble.UNFINISHED: _l("We could not look at this file in time. It may be fine. Please choose it again."),
}
KIND_NAMES = {
    UploadKind.PDF: "PDF",
    UploadKind.PNG: _l("picture"),
    UploadKind.JPEG: _l("picture"),
    UploadKind.TEXT: _l("plain text"),
}


def facts_of(kind: str, size: int) -> str:
    return f"{KIND_NAMES[UploadKind(kind)]}, {max(1, round(size / 1024))} KB"


MOST_MEMBER_BYTES = 32 * 1024 * 1024
"""Larger forms are only accepted from members who import tables; their files become temporary files."""
MOST_HELD = 128 * 1024 * 1024
"""Bytes of pictures that a process holds at a time, for all who are sending some."""


class Memory:
    def __init__(self, most: int) -> None:
        self._left = most
        # The interpreter may collect a file, which gives back what it held, while this thread takes for another.
        self._lock = RLock()

    def take(self, size: int) -> bool:
        with self._lock:
            if size > self._left:
                return False
            self._left -= size
            return True

    def give_back(self, size: int) -> None:
        with self._lock:
            self._left += size


class IncomingFile(BytesIO):
    """A file of at most `most` bytes, from a shared memory; `trouble` says why it was not kept."""

    def __init__(self, memory: Memory, most: int) -> None:
        super().__init__()
        self.trouble: FileTrouble | None = None
        self._memory, self._most, self._held = memory, most, 0

    def write(self, data: ReadableBuffer, /) -> int:
        size = len(memoryview(data))
        if self.trouble is None:
            if self._held + size > self._most:
                self._drop(FileTrouble.TOO_LARGE)
            elif not self._memory.take(size):
                self._drop(FileTrouble.UNFINISHED)
            else:
                self._held += size
                super().write(data)
        return size

    def _drop(self, trouble: FileTrouble) -> None:
        self.trouble = trouble
        self.truncate(0)
        self._release()

    def _release(self) -> None:
        self._memory.give_back(self._held)
        self._held = 0

    def close(self) -> None:
        # The interpreter also calls this for files of a request that broke off.
        self._release()
        super().close()


class UploadRequest(Request):
    """A request whose files stay in memory, unless it is very large."""

    open_file: Callable[[], IO[bytes]] | None = None

    def _get_file_stream(
        self,
        total_content_length: int | None,
        content_type: str | None,
        filename: str | None = None,
        content_length: int | None = None,
    ) -> IO[bytes]:
        if self.open_file is not None:
            return self.open_file()
        if total_content_length is not None and total_content_length <= MOST_MEMBER_BYTES:
            return BytesIO()
        return super()._get_file_stream(total_content_length, content_type, filename, content_length)


_memory = Memory(MOST_HELD)


def bound_files(most_bytes: int) -> None:
    """Keep files of this request only up to `most_bytes` each. Must come before the form is read."""
    cast("UploadRequest", request).open_file = lambda: IncomingFile(_memory, most_bytes)
