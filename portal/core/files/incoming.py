"""Files that arrive with a form, held in memory: a disk would keep what they hold besides what can be seen.

Werkzeug writes larger uploads to a temporary file. Pictures of the public are also bounded: each of them, how many a
form may have, and all that a process holds at a time. What goes beyond is dropped as it comes, so that it costs neither
memory nor the rest of the form.
"""

from __future__ import annotations

from collections.abc import Callable
from io import BytesIO
from threading import RLock
from typing import IO, TYPE_CHECKING, cast

from flask import Request, request

from portal.core.files.apart import FileTrouble

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer

MOST_MEMBER_BYTES = 32 * 1024 * 1024
"""Larger forms are only accepted from members who import tables; their files become temporary files."""
MOST_HELD = 128 * 1024 * 1024
"""Bytes of pictures that a process holds at a time, for all who are sending some."""


class Memory:
    """A number of bytes that several files share."""

    def __init__(self, most: int) -> None:
        self._left = most
        # The interpreter may collect a file, which gives back what it held, while this thread takes for another.
        self._lock = RLock()

    def take(self, size: int) -> bool:
        """Reserve `size` bytes; False if they are not there."""
        with self._lock:
            if size > self._left:
                return False
            self._left -= size
            return True

    def give_back(self, size: int) -> None:
        """Release reserved bytes."""
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
