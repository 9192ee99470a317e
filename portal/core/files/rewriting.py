"""Rewrite a file so that only its visible content is kept.

`shrunk`, `with_cover`, `remade` and `rewritten` run in `program`, never in a process of the portal: a few bytes may
hold a picture that fills the memory, and a decoder may fail in any way. `rebuilt` and `covered` start that process.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable
from io import BytesIO
from typing import TYPE_CHECKING

from portal.core.files.apart import FileTask, FileTrouble, NotTaken, done_apart
from portal.core.files.uploads import MOST_FILE_BYTES, UploadKind, kind_of

if TYPE_CHECKING:
    from PIL.Image import Image


MOST_PIXELS = 40_000_000
TEXTED = ("JPEG", "PNG", "WEBP", "GIF")
HEIC = ("HEIF",)
# Names of the kind in a file's first box: one picture of HEVC, several, or either; telephones write all of them.
HEIC_BRANDS = (b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1")
TEXTED_SIDE, TEXTED_QUALITY = 1_600, 80


def is_heic(head: bytes) -> bool:
    return head[4:8] == b"ftyp" and head[8:12] in HEIC_BRANDS


def rebuilt(content: bytes) -> bytes:
    """Return a picture that came by text, of any of these kinds, as a new, smaller JPEG. Raises `NotTaken`."""
    return done_apart(FileTask.SHRINK, content)


def shrunk(content: bytes) -> bytes:
    out = BytesIO()
    kinds = HEIC if is_heic(content) else TEXTED
    _bare(opened(content, kinds, TEXTED_SIDE), "RGB").save(out, "JPEG", quality=TEXTED_QUALITY)
    return out.getvalue()


CELLS_A_SIDE = 10
_MASK_BYTES = -(-(CELLS_A_SIDE**2) // 8)


def covered(jpeg: bytes, cells: Iterable[int]) -> bytes:
    """Return a JPEG of `rebuilt` with cells of a grid painted black, numbered row by row. Raises `NotTaken`."""
    mask = sum({1 << cell for cell in cells})
    return done_apart(FileTask.COVER, mask.to_bytes(_MASK_BYTES) + jpeg)


def with_cover(content: bytes) -> bytes:
    """Return the JPEG that follows the mask of its cells, with these painted black. Runs in `program`."""
    mask = int.from_bytes(content[:_MASK_BYTES])
    picture = _bare(opened(content[_MASK_BYTES:], ("JPEG",), TEXTED_SIDE), "RGB")
    for cell in range(CELLS_A_SIDE**2):
        if mask >> cell & 1:
            row, column = divmod(cell, CELLS_A_SIDE)
            # The dots on the edge of a cell are within.
            (width, height), side = picture.size, CELLS_A_SIDE
            upper_left = width * column // side, height * row // side
            picture.paste("black", (*upper_left, -(-width * (column + 1) // side), -(-height * (row + 1) // side)))
    out = BytesIO()
    picture.save(out, "JPEG", quality=TEXTED_QUALITY)
    return out.getvalue()


def remade(content: bytes, kind: str, longest_side: int) -> bytes:
    """Return the picture as a PNG or JPEG like the original; transparency is kept. Runs in `program`."""
    picture = opened(content, (kind,), longest_side)
    out = BytesIO()
    if kind == "JPEG":
        _bare(picture, "RGB").save(out, "JPEG", quality=88, optimize=True)
    else:
        see_through = picture.mode in ("RGBA", "LA", "PA") or "transparency" in picture.info
        _bare(picture, "RGBA" if see_through else "RGB").save(out, "PNG", optimize=True)
    return out.getvalue()


def opened(content: bytes, kinds: tuple[str, ...], longest_side: int) -> Image:
    """Return the picture, upright and scaled down; its size is checked before decoding. Runs in `program`."""
    from PIL import Image, ImageOps

    if kinds == HEIC:
        from pillow_heif import register_heif_opener

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
    picture.thumbnail((longest_side, longest_side))
    return ImageOps.exif_transpose(picture)


def _bare(picture: Image, mode: str) -> Image:
    """Return a new picture with the same pixels: metadata of the old one cannot get across."""
    from PIL import Image

    same = picture.convert(mode)
    blank = Image.new(mode, same.size)
    blank.paste(same)
    return blank


LONGEST_SIDE = 4_000
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
    kind = kind_of(content)
    if kind is UploadKind.PDF:
        made = _pdf(content)
    else:
        made = remade(content, "PNG" if kind is UploadKind.PNG else "JPEG", LONGEST_SIDE)
    if len(made) > MOST_FILE_BYTES:
        raise NotTaken(FileTrouble.TOO_LARGE)
    return made


def _pdf(content: bytes) -> bytes:
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
        is_annotation = found.get("/Type") == "/Annot" or "/Subtype" in found
        for name in (NOT_TAKEN_OVER if is_annotation else NOT_TAKEN_OVER - OF_ANNOTATIONS) & set(found):
            del found[name]
        for name in ("/A", "/Next"):
            action = found[name].get_object() if name in found else None
            if isinstance(action, dict) and "/S" in action and str(action["/S"]) not in ACTIONS:
                del found[name]
    inside = found.values() if isinstance(found, DictionaryObject) else found if isinstance(found, ArrayObject) else ()
    for inner in inside:
        if isinstance(inner, DictionaryObject | ArrayObject):
            _strip_object(inner)


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
