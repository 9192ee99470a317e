"""Sentences about tables that cannot be read, with the place of the error.

Apart from `sheets`, which a process without the portal loads.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask_babel import LazyString, gettext as _, lazy_gettext as _l

from portal.core.cells import Wrong
from portal.core.i18n import number

WRONG = {
    "unreadable": _l("This is no table that can be read. Save it as CSV or XLSX and send that."),
    "file_too_large": _l(
        "This file is too large: at most %(megabytes)s MB, also when it is unpacked, and at most %(lines)s lines and "
        "%(columns)s columns. Send it in parts."
    ),
    "locked": _l(
        "This file is locked with a password, or it is from an old program (XLS). Save it as XLSX without a password, "
        "or as CSV, and send that."
    ),
    "formula": _l(
        "This cell holds a formula whose result is not in the file. Open the table, save it once and send it again."
    ),
    "error_cell": _l("This cell holds an error such as #N/A. Correct it or empty it, and send the table again."),
    "broken_line": _l("It cannot be read any further. Perhaps a quotation mark is missing there."),
    "empty": _l("There is nothing in this table."),
    "too_large": _l("This table is too large: at most %(lines)s lines and %(columns)s columns."),
    "no_counts": _l("There is no count in this table."),
    "column_twice": _l("The heading “%(said)s” is there twice."),
    "no_heading": _l("“%(said)s” stands below no heading."),
    "no_count": _l("“%(said)s” is not a whole number from 0 to %(most)s."),
}


def worded(wrong: Wrong, words: Mapping[str, LazyString], **values: Any) -> str:
    """Return the sentence for an error with its place.

    `words` are the sentences by key, `values` their variables; numbers are formatted for the language.
    """
    named = {**values, **wrong.more}
    numbers = {name: number(value) for name, value in named.items() if isinstance(value, int | float)}
    return at(wrong.line, wrong.column, str(words[wrong.key]) % {"said": wrong.said[:60], **named, **numbers})


def at(line: int, column: str, words: str) -> str:
    if line and column:
        return str(_("Line %(line)s, column %(column)s: %(words)s", line=line, column=column, words=words))
    return str(_("Line %(line)s: %(words)s", line=line, words=words)) if line else words
