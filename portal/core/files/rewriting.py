"""Writes a file anew and takes over only what is shown. Runs in `program`, never in a process of the portal."""

from __future__ import annotations

import io
import logging
from typing import TYPE_CHECKING

from portal.core.files.apart import NotTaken, Trouble
from portal.core.files.kinds import MOST_FILE_BYTES, Kind, kind_of
from portal.core.files.pictures import remade

if TYPE_CHECKING:
    from pypdf import PdfWriter
    from pypdf.generic import DictionaryObject

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


def rewritten(content: bytes) -> bytes:
    """The same PDF or picture without what nobody sees."""
    kind = kind_of(content)
    made = _pdf(content) if kind is Kind.PDF else remade(content, "PNG" if kind is Kind.PNG else "JPEG", LONGEST_SIDE)
    if len(made) > MOST_FILE_BYTES:
        raise NotTaken(Trouble.TOO_LARGE)
    return made


def _pdf(content: bytes) -> bytes:
    from pypdf import PdfReader, PdfWriter

    # It would quote the file in the log.
    logging.getLogger("pypdf").setLevel(logging.CRITICAL)
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
