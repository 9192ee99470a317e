"""Pictures made anew: what they show and nothing else, no place, no time, no name of a telephone.

`shrunk` and `remade` run in `program`, never in a process of the portal: a few bytes may hold a picture that fills the
memory, and a decoder may fail in any way.
"""

from __future__ import annotations

from io import BytesIO
from typing import TYPE_CHECKING

from portal.core.files.apart import NotTaken, Task, Trouble, done_apart

if TYPE_CHECKING:
    from PIL.Image import Image

MOST_PIXELS = 40_000_000
TEXTED = ("JPEG", "PNG", "WEBP", "GIF")
TEXTED_SIDE, TEXTED_QUALITY = 1_600, 80


def made_anew(content: bytes) -> bytes:
    """A picture that came by text, of any of these kinds, as a fresh and smaller JPEG. Raises `NotTaken`."""
    return done_apart(Task.SHRINK, content)


def shrunk(content: bytes) -> bytes:
    """In the program: the picture as a JPEG."""
    out = BytesIO()
    _bare(opened(content, TEXTED, TEXTED_SIDE), "RGB").save(out, "JPEG", quality=TEXTED_QUALITY)
    return out.getvalue()


def remade(content: bytes, kind: str, longest_side: int) -> bytes:
    """In the program: the picture as a PNG or JPEG, as it was; what is to be seen through stays so."""
    picture = opened(content, (kind,), longest_side)
    out = BytesIO()
    if kind == "JPEG":
        _bare(picture, "RGB").save(out, "JPEG", quality=88, optimize=True)
    else:
        see_through = picture.mode in ("RGBA", "LA", "PA") or "transparency" in picture.info
        _bare(picture, "RGBA" if see_through else "RGB").save(out, "PNG", optimize=True)
    return out.getvalue()


def opened(content: bytes, kinds: tuple[str, ...], longest_side: int) -> Image:
    """In the program: the picture, upright and no longer than that. Its size is asked before anything is unpacked."""
    from PIL import Image, ImageOps

    found = Image.open(BytesIO(content), formats=kinds)
    if found.width * found.height > MOST_PIXELS:
        raise NotTaken(Trouble.TOO_MANY_DOTS)
    # Smaller first: each step after that takes a copy.
    picture = found.convert("RGBA" if "transparency" in found.info else "RGB") if found.mode in ("1", "P") else found
    picture.thumbnail((longest_side, longest_side))
    return ImageOps.exif_transpose(picture)


def _bare(picture: Image, mode: str) -> Image:
    """A new picture with the same dots: what else the old one carried has no way over."""
    from PIL import Image

    same = picture.convert(mode)
    blank = Image.new(mode, same.size)
    blank.paste(same)
    return blank
