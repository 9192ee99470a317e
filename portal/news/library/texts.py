"""The words for the language of a document, for files, and for what a guide lacks."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from portal.news.library.cleaning import Trouble
from portal.news.library.models import GuideFile
from portal.news.library.rules import Kind, WrittenIn

IN_LANGUAGE = {
    WrittenIn.ENGLISH: _l("in English"),
    WrittenIn.SPANISH: _l("in Spanish"),
    WrittenIn.BOTH: _l("in English and Spanish"),
}
MISSING = _l("This is still missing.")
NOTHING_TO_READ = _l("Give the address of a document, add a file, or write a text in both languages.")
NO_ADDRESS = _l("This is not the whole address of a page. It begins with https://.")
NO_YEAR = _l("Write the year with four digits, such as 2012, or leave it empty.")
HALF_A_TAG = _l("A new tag needs a name in both languages.")
NOT_TAKEN = {
    Trouble.TOO_LARGE: _l("This file is too large. The most is 5 MB."),
    Trouble.TOO_MANY_DOTS: _l("This picture is too large. The most is 40 million dots."),
    Trouble.OTHER_KIND: _l("Only PDF, PNG and JPEG pictures, and plain text. Save an office document as PDF first."),
    Trouble.LOCKED: _l("This PDF is locked with a password. Save it without one."),
    Trouble.BROKEN: _l("This file cannot be read. Perhaps it is damaged; save it again and try once more."),
}
KIND_NAMES = {Kind.PDF: "PDF", Kind.PNG: _l("picture"), Kind.JPEG: _l("picture"), Kind.TEXT: _l("plain text")}
TAKE_ALONG = {"en": _l("Download in English"), "es": _l("Download in Spanish")}
REFUSALS = {
    "guide_not_draft": _l("Only a draft can be deleted. Make it a draft again first."),
    "guide_gaps": _l("It cannot be published yet: something is missing in one of the languages."),
}


def in_language(written_in: str) -> str:
    """In which language a document is, in the words of the page."""
    return str(IN_LANGUAGE[WrittenIn(written_in)])


def take_along(file: GuideFile) -> str:
    """What the link to a file says."""
    return str(TAKE_ALONG[file.lang])


def file_facts(file: GuideFile) -> str:
    """What a file is and how large."""
    return f"{KIND_NAMES[Kind(file.kind)]}, {max(1, round(file.size / 1024))} KB"
