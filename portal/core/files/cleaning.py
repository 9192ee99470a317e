"""Files made clean: only four kinds, known by their content, without a word on who made them or with what.

Somebody's file may come from anybody. What it carries besides its pages (an author, a place where a picture was taken,
a program) could point to a person or harm a reader, so it is written anew and only what is shown is taken over.
"""

from __future__ import annotations

import io
import logging
import zlib
from enum import StrEnum
from typing import TYPE_CHECKING

from portal.core.files.kinds import MOST_FILE_BYTES, CleanFile, Kind, kind_of

if TYPE_CHECKING:
    from pypdf import PdfWriter
    from pypdf.generic import DictionaryObject

MOST_PIXELS = 40_000_000
LONGEST_SIDE = 4_000
# Names of authors, earlier versions, programs, and files inside the file.
NOT_TAKEN_OVER = frozenset(
    "/Metadata /PieceInfo /AA /OpenAction /JavaScript /JS /EmbeddedFiles /EmbeddedFile /AF /Collection /XFA /AcroForm "
    "/LastModified /SourceModified /Perms /Thumb /NM /CreationDate /M /T".split()
)
# These name the writer of a note and when; elsewhere they are titles of parts, which people who listen need.
OF_ANNOTATIONS = frozenset({"/NM", "/CreationDate", "/M", "/T"})
# What a click or an opening may do: go to a page of this file or to an address.
ACTIONS = frozenset({"/GoTo", "/URI", "/Named"})
# Parts of a JPEG: notes of cameras and programs (APP1, APP3 to APP13, APP15, comments). APP2 holds the colours.
NOTES = frozenset({0xE1, *range(0xE3, 0xEE), 0xEF, 0xFE})
START_OF_DOTS = 0xDA


class Trouble(StrEnum):
    """Why a file is not taken."""

    TOO_LARGE = "too_large"
    TOO_MANY_DOTS = "too_many_dots"
    OTHER_KIND = "other_kind"
    LOCKED = "locked"
    BROKEN = "broken"


class NotTaken(Exception):
    """A file that cannot be made clean; `trouble` says why."""

    def __init__(self, trouble: Trouble) -> None:
        super().__init__(trouble)
        self.trouble = trouble


def clean(content: bytes) -> CleanFile:
    """The same file without what nobody sees. Raises `NotTaken`."""
    if len(content) > MOST_FILE_BYTES:
        raise NotTaken(Trouble.TOO_LARGE)
    kind = kind_of(content)
    if kind is None:
        raise NotTaken(Trouble.OTHER_KIND)
    made = {Kind.PDF: _pdf, Kind.PNG: _picture, Kind.JPEG: _picture, Kind.TEXT: _text}[kind](content)
    if len(made) > MOST_FILE_BYTES:
        raise NotTaken(Trouble.TOO_LARGE)
    return CleanFile(kind.value, made)


def _text(content: bytes) -> bytes:
    return content.removeprefix(b"\xef\xbb\xbf")


def _picture(content: bytes) -> bytes:
    from PIL import Image, ImageOps, UnidentifiedImageError

    try:
        with Image.open(io.BytesIO(content), formats=("PNG", "JPEG")) as found:
            # Asked before anything is unpacked: a small file may hold a picture that fills the memory.
            if found.width * found.height > MOST_PIXELS:
                raise NotTaken(Trouble.TOO_MANY_DOTS)
            kind = found.format or "PNG"
            upright = ImageOps.exif_transpose(found)
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError, Image.DecompressionBombError):
        raise NotTaken(Trouble.BROKEN) from None
    upright.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
    see_through = kind == "PNG" and (upright.mode in ("RGBA", "LA", "PA") or "transparency" in upright.info)
    # A new picture with the same dots: what else the old one carried has no way over.
    bare = upright.convert("RGBA" if see_through else "RGB")
    blank = Image.new(bare.mode, bare.size)
    blank.paste(bare)
    out = io.BytesIO()
    if kind == "JPEG":
        blank.save(out, "JPEG", quality=88, optimize=True)
    else:
        blank.save(out, "PNG", optimize=True)
    return out.getvalue()


def _pdf(content: bytes) -> bytes:
    from pypdf import PdfReader, PdfWriter
    from pypdf.errors import PyPdfError

    # It would quote the file in the log.
    logging.getLogger("pypdf").setLevel(logging.CRITICAL)
    # Whatever somebody else's broken file makes the library stumble over.
    stumbles = (
        PyPdfError,
        ArithmeticError,
        AttributeError,
        LookupError,
        OSError,
        RecursionError,
        TypeError,
        ValueError,
    )
    try:
        reader = PdfReader(io.BytesIO(content))
        if reader.is_encrypted:
            raise NotTaken(Trouble.LOCKED)
        if not len(reader.pages):
            raise NotTaken(Trouble.BROKEN)
        writer = PdfWriter(clone_from=reader)
        _strip(writer)
        first = io.BytesIO()
        writer.write(first)
        # Once more: what nothing points to any longer is left behind only now.
        again = PdfWriter(clone_from=PdfReader(first))
        again.metadata = None
        out = io.BytesIO()
        again.write(out)
    except (*stumbles, zlib.error):
        raise NotTaken(Trouble.BROKEN) from None
    return out.getvalue()


def _strip(writer: PdfWriter) -> None:
    writer.metadata = None
    for found in writer._objects:  # noqa: SLF001 - there is no other way to every object
        _strip_object(found)


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
    """A JPEG without what cameras and programs write beside the picture, the dots untouched.

    Pictures inside a PDF keep where and with what they were taken; made anew, they would lose with every upload.
    """
    kept, at = jpeg[:2], 2
    while at + 4 <= len(jpeg) and jpeg[at] == 0xFF and jpeg[at + 1] != START_OF_DOTS:
        length = 2 + int.from_bytes(jpeg[at + 2 : at + 4], "big")
        if jpeg[at + 1] not in NOTES:
            kept += jpeg[at : at + length]
        at += length
    return kept + jpeg[at:]
