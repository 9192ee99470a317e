"""The program that reads uploaded files: for each a process of its own, forked by one that has loaded the libraries.

`apart` starts it and sends a task and a socket, from which the new process reads the file and to which it writes. Its
output begins with `=` and the result, or is `!` and why the file is not accepted. Every error ends the process, and
`apart` learns no more of it than that. A file is rewritten so that only its visible content is kept: never in a process
of the portal, since a few bytes may hold a picture that fills the memory, and a decoder may fail in any way.
"""

from __future__ import annotations

import contextlib
import logging
import os
import resource
import signal
import socket
import sys
from collections.abc import Callable, Iterator
from io import BytesIO
from typing import TYPE_CHECKING, Any

from PIL import Image, ImageOps
from pillow_heif import register_heif_opener

from portal.core.files.apart import CELLS_A_SIDE, MASK_BYTES, FileTask, FileTrouble, NotTaken, is_heic

if TYPE_CHECKING:
    from pypdf.generic import DictionaryObject

SECONDS = 8
"""Seconds of processor time."""
IDLE_SECONDS = 600
"""Seconds without a file after which the program ends, and gives its memory back."""
MEMORY = 576 << 20
"""Bytes of addresses, of which the libraries have 64 MB."""
MEMORY_FOR_WORDS = 1 << 30


def serve() -> None:
    """Fork a process for each file that is asked for on the standard input, until nobody asks any more."""
    asked = socket.socket(fileno=os.dup(0))
    asked.settimeout(IDLE_SECONDS)
    Image.init()
    with contextlib.suppress(OSError):
        while True:
            task, files, _flags, _from = socket.recv_fds(asked, 16, 1)
            if not files:
                return
            if not (child := os.fork()):
                asked.close()
                _read_one(task.decode(), files[0])
            os.close(files[0])
            _child, status = os.waitpid(child, 0)
            asked.send(str(os.waitstatus_to_exitcode(status)).encode())


def _read_one(task: str, file: int) -> None:
    """Do a task with a file on the standard input, and end the process."""
    code = 1
    try:
        os.dup2(file, 0)
        os.dup2(file, 1)
        os.close(file)
        main(task)
        sys.stdout.flush()
        code = 0
    finally:
        os._exit(code)


def confine(memory: int) -> None:
    """Limit time and memory, and forbid writing files; systems without such limits go without."""
    # A worker of the web server, which starts this, has them blocked.
    signal.pthread_sigmask(signal.SIG_UNBLOCK, (signal.SIGTERM, signal.SIGINT))
    for what, most, end in (
        # The system kills at the hard limit; at the soft one the signal tells a hopeless file from a busy machine.
        (resource.RLIMIT_CPU, SECONDS, SECONDS + 1),
        (resource.RLIMIT_AS, memory, memory),
        (resource.RLIMIT_FSIZE, 0, 0),
        (resource.RLIMIT_CORE, 0, 0),
    ):
        with contextlib.suppress(ValueError, OSError):
            resource.setrlimit(what, (most, end))


def main(name: str) -> None:
    task = FileTask(name)
    confine(MEMORY_FOR_WORDS if task is FileTask.WORDS else MEMORY)
    content, out = sys.stdin.buffer.read(), sys.stdout.buffer
    if task is FileTask.WORDS:
        # Flushed page by page: text read before a limit was reached is worth having.
        out.write(b"=")
        for words in words_of_pages(content):
            out.write(words)
            out.flush()
        return
    try:
        out.write(b"=" + WORK[task](content))
    except NotTaken as reason:
        out.write(b"!" + reason.trouble.value.encode())


MOST_PAGES = 200
MOST_SIGNS = 200_000


def words_of_pages(content: bytes) -> Iterator[bytes]:
    """Yield the words of each page of a PDF, of limited total length; a page that cannot be read is skipped."""
    from pypdf import PdfReader

    logging.getLogger("pypdf").setLevel(logging.CRITICAL)
    reader, left = PdfReader(BytesIO(content)), MOST_SIGNS
    for number in range(min(len(reader.pages), MOST_PAGES)):
        # A failure of the library on one page says nothing about the next.
        with contextlib.suppress(Exception):
            text = reader.pages[number].extract_text()
            yield text[:left].encode("utf-8", "replace") + b"\n"
            left -= len(text)
        if left <= 0:
            return


MOST_PIXELS = 40_000_000
LONGEST_SIDE = 4_000
TEXTED_SIDE, TEXTED_QUALITY = 1_600, 80
TEXTED = ("JPEG", "PNG", "WEBP", "GIF")
HEIC = ("HEIF",)


def shrunk(content: bytes) -> bytes:
    """Return the picture as a JPEG."""
    picture = opened(content, HEIC if is_heic(content) else TEXTED, TEXTED_SIDE)
    return _saved(_bare(picture, "RGB"), "JPEG", quality=TEXTED_QUALITY)


def with_cover(content: bytes) -> bytes:
    """Return the JPEG that follows the mask of its cells, with these painted black."""
    mask = int.from_bytes(content[:MASK_BYTES])
    picture = _bare(opened(content[MASK_BYTES:], ("JPEG",), TEXTED_SIDE), "RGB")
    for cell in range(CELLS_A_SIDE**2):
        if mask >> cell & 1:
            row, column = divmod(cell, CELLS_A_SIDE)
            # The dots on the edge of a cell are within.
            (width, height), side = picture.size, CELLS_A_SIDE
            upper_left = width * column // side, height * row // side
            picture.paste("black", (*upper_left, -(-width * (column + 1) // side), -(-height * (row + 1) // side)))
    return _saved(picture, "JPEG", quality=TEXTED_QUALITY)


def remade(content: bytes, kind: str, longest_side: int = LONGEST_SIDE) -> bytes:
    """Return the picture as a PNG or JPEG like the original; transparency is kept."""
    picture = opened(content, (kind,), longest_side)
    if kind == "JPEG":
        return _saved(_bare(picture, "RGB"), "JPEG", quality=88, optimize=True)
    see_through = picture.mode in ("RGBA", "LA", "PA") or "transparency" in picture.info
    return _saved(_bare(picture, "RGBA" if see_through else "RGB"), "PNG", optimize=True)


def _saved(picture: Image.Image, kind: str, **options: Any) -> bytes:
    out = BytesIO()
    picture.save(out, kind, **options)
    return out.getvalue()


def opened(content: bytes, kinds: tuple[str, ...], longest_side: int) -> Image.Image:
    """Return the picture, upright and scaled down; its size is checked before decoding."""
    if kinds == HEIC:
        # Of each file nothing but its main picture.
        register_heif_opener(thumbnails=False, depth_images=False, aux_images=False, decode_threads=1)
    try:
        original = Image.open(BytesIO(content), formats=kinds)
    except Image.DecompressionBombError:
        raise NotTaken(FileTrouble.TOO_MANY_DOTS) from None
    if original.width * original.height > MOST_PIXELS:
        raise NotTaken(FileTrouble.TOO_MANY_DOTS)
    # Scaled down first: each later step makes a copy.
    picture = (
        original.convert("RGBA" if "transparency" in original.info else "RGB")
        if original.mode in ("1", "P")
        else original
    )
    # What is more than twice as large is halved first, a JPEG while it is decoded; together this takes half the time.
    share = min(1, longest_side / max(picture.size))
    size = max(1, round(share * picture.width)), max(1, round(share * picture.height))
    picture.thumbnail(size, Image.Resampling.HAMMING, reducing_gap=1)
    return ImageOps.exif_transpose(picture)


def _bare(picture: Image.Image, mode: str) -> Image.Image:
    """Return a new picture with the same pixels: metadata of the old one cannot get across."""
    same = picture.convert(mode)
    blank = Image.new(mode, same.size)
    blank.paste(same)
    return blank


# Names of authors, earlier versions, programs, and embedded files.
NOT_TAKEN_OVER = frozenset(
    "/Metadata /PieceInfo /AA /OpenAction /JavaScript /JS /EmbeddedFiles /EmbeddedFile /AF /Collection /XFA /AcroForm "
    "/LastModified /SourceModified /Perms /Thumb /NM /CreationDate /M /T".split()
)
# In annotations these name the author and the time; elsewhere they are titles of parts, which screen readers need.
OF_ANNOTATIONS = frozenset({"/NM", "/CreationDate", "/M", "/T"})
# Allowed actions of a click or of opening: go to a page of this file or to a URL.
ACTIONS = frozenset({"/GoTo", "/URI", "/Named"})
# JPEG segments with notes of cameras and programs (APP1, APP3 to APP13, APP15, comments). APP2 holds the color profile.
NOTES = frozenset({0xE1, *range(0xE3, 0xEE), 0xEF, 0xFE})
START_OF_DOTS = 0xDA


def rewritten(content: bytes) -> bytes:
    """Return a PDF without what does not show."""
    from pypdf import PdfReader, PdfWriter

    # pypdf would quote the file in the log.
    logging.getLogger("pypdf").setLevel(logging.CRITICAL)
    reader = PdfReader(BytesIO(content))
    if reader.is_encrypted:
        raise NotTaken(FileTrouble.LOCKED)
    if not len(reader.pages):
        raise NotTaken(FileTrouble.BROKEN)
    writer = PdfWriter(clone_from=reader)
    writer.metadata = None
    for part in writer._objects:  # noqa: SLF001 - there is no other way to every object
        _strip_object(part)
    first, out = BytesIO(), BytesIO()
    writer.write(first)
    # A second pass drops the objects that are no longer referenced.
    again = PdfWriter(clone_from=PdfReader(first))
    again.metadata = None
    again.write(out)
    return out.getvalue()


def _strip_object(found: object) -> None:
    from pypdf.generic import ArrayObject, DictionaryObject, StreamObject

    if isinstance(found, StreamObject) and found.get("/Filter") in ("/DCTDecode", ["/DCTDecode"]):
        found._data = without_notes(found._data)  # noqa: SLF001 - as it stands, not unpacked
    if isinstance(found, DictionaryObject):
        _strip_names(found)
    inside = found.values() if isinstance(found, DictionaryObject) else found if isinstance(found, ArrayObject) else ()
    for inner in inside:
        if isinstance(inner, DictionaryObject | ArrayObject):
            _strip_object(inner)


def _strip_names(found: DictionaryObject) -> None:
    is_annotation = found.get("/Type") == "/Annot" or "/Subtype" in found
    for name in (NOT_TAKEN_OVER if is_annotation else NOT_TAKEN_OVER - OF_ANNOTATIONS) & set(found):
        del found[name]
    for name in ("/A", "/Next"):
        action = found.get(name)
        action = action.get_object() if action is not None else None
        if isinstance(action, dict) and "/S" in action and str(action["/S"]) not in ACTIONS:
            del found[name]


def without_notes(jpeg: bytes) -> bytes:
    """Return a JPEG without the metadata of cameras and programs, its pixels untouched.

    Pictures inside a PDF record where and with which device they were taken; re-encoding would degrade them with every
    upload.
    """
    kept, at = jpeg[:2], 2
    while at + 4 <= len(jpeg) and jpeg[at] == 0xFF and jpeg[at + 1] != START_OF_DOTS:
        length = 2 + int.from_bytes(jpeg[at + 2 : at + 4], "big")
        if jpeg[at + 1] not in NOTES:
            kept += jpeg[at : at + length]
        at += length
    return kept + jpeg[at:]


WORK: dict[FileTask, Callable[[bytes], bytes]] = {
    FileTask.PDF: rewritten,
    FileTask.PNG: lambda content: remade(content, "PNG"),
    FileTask.JPEG: lambda content: remade(content, "JPEG"),
    FileTask.SHRINK: shrunk,
    FileTask.COVER: with_cover,
}
