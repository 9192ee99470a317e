"""The words for files: what they are, and why one is not taken."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from portal.core.files.apart import Trouble
from portal.core.files.kinds import Kind

NOT_TAKEN = {
    Trouble.TOO_LARGE: _l("This file is too large. The most is 5 MB."),
    Trouble.TOO_MANY_DOTS: _l("This picture is too large. The most is 40 million dots."),
    Trouble.OTHER_KIND: _l("Only PDF, PNG and JPEG pictures, and plain text. Save an office document as PDF first."),
    Trouble.OTHER_NAME: _l(
        "This file is not what its name says. Save it again as PDF, PNG, JPEG or plain text (.txt)."
    ),
    Trouble.LOCKED: _l("This PDF is locked with a password. Save it without one."),
    Trouble.BROKEN: _l("This file cannot be read. Perhaps it is damaged; save it again and try once more."),
    Trouble.UNFINISHED: _l("We could not look at this file in time. It may be fine. Please choose it again."),
}
KIND_NAMES = {Kind.PDF: "PDF", Kind.PNG: _l("picture"), Kind.JPEG: _l("picture"), Kind.TEXT: _l("plain text")}


def facts_of(kind: str, size: int) -> str:
    """What a file is and how large."""
    return f"{KIND_NAMES[Kind(kind)]}, {max(1, round(size / 1024))} KB"
