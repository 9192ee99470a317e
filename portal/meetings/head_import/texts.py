"""The words for imports of head counts: headings in both languages, and what is wrong, by line and column."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from portal.core.cells import Wrong, heading
from portal.core.i18n import LANGUAGES, speaking
from portal.core.sheet_texts import WRONG as OF_ANY_TABLE
from portal.core.sheet_texts import worded
from portal.core.sheets import MOST_BYTES
from portal.meetings.head_import.rules import IGNORED, MEETING, MOST_COLUMNS, MOST_HEADS, MOST_LINES
from portal.meetings.report_back.texts import SIDE_NAMES

HEADINGS = {"meeting": _l("Meeting"), "day": _l("Day"), "title": _l("Title")}
WRONG = {
    **OF_ANY_TABLE,
    "unknown_column": _l("The heading “%(said)s” is not known. Use the headings of the table that you can get here."),
    "no_meeting_column": _l("There is no column “%(meeting)s”, so nobody can tell which line is about which meeting."),
    "no_meeting": _l("There are counts, but it does not say of which meeting."),
    "meeting_twice": _l("The meeting “%(said)s” is there twice."),
    "unknown_meeting": _l("There is no meeting “%(said)s”."),
    "not_begun": _l("The meeting “%(said)s” has not begun, or it was canceled."),
}
REFUSALS = {
    "import_undone": _l("This import is undone already."),
    "import_changed": _l("Somebody has changed these counts since. Correct them on the page of the meeting."),
}


def headings() -> dict[str, str]:
    """What a column holds, by its heading in small letters, in both languages: people pass tables on to each other."""
    found: dict[str, str] = {}
    for lang in LANGUAGES:
        with speaking(lang):
            found |= {heading(name): side.value for side, name in SIDE_NAMES.items()}
            found |= {heading(name): MEETING if key == "meeting" else IGNORED for key, name in HEADINGS.items()}
    return found


def sentence(wrong: Wrong) -> str:
    """What is wrong, and where."""
    limits = {
        "megabytes": f"{MOST_BYTES / 1024**2:g}",
        "lines": MOST_LINES,
        "columns": MOST_COLUMNS,
        "most": MOST_HEADS,
    }
    return worded(wrong, WRONG, meeting=HEADINGS["meeting"], **limits)
