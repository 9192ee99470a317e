"""A picture made anew: what it shows and nothing else, no place, no time, no name of a telephone."""

from __future__ import annotations

from io import BytesIO

FORMATS = ("JPEG", "PNG", "WEBP", "GIF", "MPO")
LONGEST_SIDE = 1_600
MOST_PIXELS = 60_000_000
QUALITY = 80


class NotAPicture(Exception):
    """These bytes are no picture of a kind that we open, or one too large to open safely."""


def made_anew(content: bytes) -> bytes:
    """The picture as a fresh JPEG, at most `LONGEST_SIDE` pixels long. The type is told by the content alone."""
    from PIL import Image, ImageOps, UnidentifiedImageError

    try:
        with Image.open(BytesIO(content), formats=FORMATS) as opened:
            if opened.width * opened.height > MOST_PIXELS:
                raise NotAPicture
            upright = ImageOps.exif_transpose(opened).convert("RGB")
    except (UnidentifiedImageError, Image.DecompressionBombError, OSError, ValueError, SyntaxError) as error:
        raise NotAPicture from error
    upright.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
    # A new image takes the pixels along, but no metadata of any kind.
    fresh = Image.new("RGB", upright.size)
    fresh.paste(upright)
    out = BytesIO()
    fresh.save(out, "JPEG", quality=QUALITY)
    return out.getvalue()
