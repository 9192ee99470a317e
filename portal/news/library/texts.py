"""The words for the language of a document, for files, and for what a guide lacks."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from portal.core.files.texts import facts_of
from portal.news.library.models import GuideFile
from portal.news.library.rules import WrittenIn

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
    return facts_of(file.kind, file.size)
