"""The words for imports of head counts: headings in both languages, and what is wrong, by line and column."""

from __future__ import annotations

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from portal.core.i18n import LANGUAGES, speaking
from portal.meetings.head_import.rules import IGNORED, MEETING, MOST_COLUMNS, MOST_HEADS, MOST_LINES, Wrong
from portal.meetings.report_back.texts import SIDE_NAMES

HEADINGS = {"meeting": _l("Meeting"), "day": _l("Day"), "title": _l("Title")}
WRONG = {
    "unreadable": _l("This is no table that can be read. Save it as CSV or XLSX and send that."),
    "empty": _l("There is nothing in this table."),
    "too_large": _l("This table is too large: at most %(lines)s lines and %(columns)s columns."),
    "no_counts": _l("There is no count in this table."),
    "unknown_column": _l("The heading “%(said)s” is not known. Use the headings of the table that you can get here."),
    "column_twice": _l("The heading “%(said)s” is there twice."),
    "no_meeting_column": _l("There is no column “%(meeting)s”, so nobody can tell which line is about which meeting."),
    "no_heading": _l("“%(said)s” stands below no heading."),
    "no_count": _l("“%(said)s” is not a whole number from 0 to %(most)s."),
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
            found |= {str(name).casefold(): side.value for side, name in SIDE_NAMES.items()}
            found |= {str(name).casefold(): MEETING if key == "meeting" else IGNORED for key, name in HEADINGS.items()}
    return found


def sentence(wrong: Wrong) -> str:
    """What is wrong, and where."""
    words = str(WRONG[wrong.key]) % {
        "said": wrong.said[:60],
        "meeting": HEADINGS["meeting"],
        "lines": MOST_LINES,
        "columns": MOST_COLUMNS,
        "most": MOST_HEADS,
    }
    if wrong.line and wrong.column:
        words = _("Line %(line)s, column %(column)s: %(words)s", line=wrong.line, column=wrong.column, words=words)
    elif wrong.line:
        words = _("Line %(line)s: %(words)s", line=wrong.line, words=words)
    return words
