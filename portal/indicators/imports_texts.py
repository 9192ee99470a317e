"""Wording of imports: recognized headings in both languages, problems by line and column, refusals and audit texts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask_babel import LazyString, gettext as _, lazy_gettext as _l, ngettext

from portal.accounts.users import member_names
from portal.core.cells import Wrong, heading
from portal.core.clock import zone
from portal.core.i18n import LANGUAGES, date_words, number, speaking
from portal.indicators.counts import Import
from portal.indicators.files import months_table
from portal.indicators.files.cells import DateOrder
from portal.indicators.files.mapping import UploadState
from portal.indicators.files.months_table import AREA, IGNORED, MEASURE, MONTH, VALUE
from portal.indicators.imports import Replaced
from portal.indicators.statistics.terms import FileKind

ALSO = {
    AREA: ("area", "place", "lugar"),
    MEASURE: ("indicator", "indicador"),
    MONTH: ("date", "fecha"),
    VALUE: ("number", "value", "número", "cantidad", "cifra", "valor"),
}
"""Further headings in common use, in either language."""
HEADINGS = {AREA: _l("Area"), MEASURE: _l("Measure"), MONTH: _l("Month"), VALUE: _l("Count"), IGNORED: _l("Note")}
KIND_NAMES = {FileKind.MONTHS: _l("monthly counts"), FileKind.INCIDENTS: _l("incidents")}
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
    "no_heading": _l("“%(said)s” stands below no heading."),
    "no_count": _l("“%(said)s” is not a whole number from 0 to %(most)s."),
    "unknown_column": _l(
        "The heading “%(said)s” is not known, and it is no month such as 2026-03. Known are: %(known)s."
    ),
    "column_twice": _l("“%(said)s” means the same as “%(first)s” in column %(first_column)s."),
    "no_area_column": _l("There is no column “%(area)s”."),
    "no_measure_column": _l("There is no column “%(measure)s”."),
    "no_month_column": _l("There is no column “%(month)s”, and no column for a month such as 2026-03."),
    "no_value_column": _l("There is no column “%(value)s”."),
    "no_area": _l("There are counts, but it does not say of which area. Of merged cells only the first holds it."),
    "no_measure": _l(
        "There are counts, but it does not say of which measure. Of merged cells only the first holds it."
    ),
    "no_month": _l("“%(said)s” is no month. Write it like 2026-03."),
    "month_missing": _l("There is a count, but it does not say of which month."),
    "month_to_come": _l("The month %(said)s is not over yet."),
    "not_public_yet": _l(
        "In %(said)s this place was not public yet. What its residents were asked or offered, and what this site did "
        "there, is counted from the month in which it became public: earlier figures would tell when the work began."
    ),
    "count_twice": _l("There are two counts of the same month for “%(said)s”: here and in line %(first_line)s."),
    "more_than_whole": _l("A part would be more than its whole: %(part)s > %(whole)s. Please check both."),
    "groups_over_whole": _l("All groups together are more than the whole: %(part)s > %(whole)s. Please check both."),
    "city_only": _l("“%(said)s” is counted for the whole city only, never for a place."),
    "short_line": _l("This line ends before the count."),
    "unknown_area": _l("There is no area “%(said)s”."),
    "unknown_measure": _l("There is no measure “%(said)s”."),
}
ORDER_NAMES = {
    DateOrder.MDY: _l("Month first: 3/31/2026"),
    DateOrder.DMY: _l("Day first: 31/3/2026"),
    DateOrder.YMD: _l("Year first: 2026-03-31"),
}
STATE_NAMES = {
    UploadState.SENT: _l("Being looked at"),
    UploadState.ASKING: _l("Say what the columns hold"),
    UploadState.WAITING: _l("Being counted"),
    UploadState.COUNTED: _l("Look and take over"),
    UploadState.FAILED: _l("Could not be read"),
}
PROBLEMS = {
    **{key: WRONG[key] for key in ("unreadable", "locked", "empty", "broken_line")},
    "workbook_too_large": _l("This XLSX is too large. Save the table as CSV and send that."),
    "many_types": _l("There are more than 500 types. Perhaps the column of the type is another one."),
    "no_projection": _l("There is no projection with this number."),
    "other_columns": _l("The columns of this file are others than were said."),
    "too_much": _l("Reading it took too long or too much memory. Save a part of it as CSV and send that."),
}
ODD = {
    "no_date": _l("Rows whose day cannot be read: %(number)s. They are not counted."),
    "date_missing": _l("Rows without a day: %(number)s. They are not counted."),
    "odd_date": _l("Rows with a day before 1980 or after today: %(number)s. They are not counted."),
    "numbered_date": _l(
        "Rows whose day is a bare number, and this file does not say from when it counts: %(number)s. They are not "
        "counted. Show that column as dates in your program and save it as XLSX."
    ),
    "no_place": _l("Rows of which nobody can tell where it was: %(number)s. They count for the whole city only."),
    "row_again": _l(
        "Rows that came before, the same in every column: %(number)s, the first in line %(line)s. "
        "All of them are counted."
    ),
}
REFUSALS = {
    "figures_not_ready": _l("It cannot be taken over yet: a type, a month or an area has changed. Please look again."),
    "figures_undone": _l("This import is undone already."),
    "figures_too_old": _l("This import is too old to be undone: what stood there before is not kept any more."),
    "figures_changed": _l(
        "A later import has changed some of these figures. Undo that one first, or import them anew."
    ),
}
AUDITED = {
    "city.figures_imported": _l("imported figures of the whole city"),
    "city.figures_undone": _l("undid an import of figures of the whole city"),
    "market.figures_imported": _l("imported figures of a place"),
    "market.figures_undone": _l("undid an import of figures of a place"),
    "figures.source_added": _l("added a source of incidents"),
    "figures.source_dropped": _l("forgot a source of incidents"),
}


def headings() -> dict[str, str]:
    """Return the meaning of a column by its heading in lower case, in both languages, since tables are passed on."""
    meanings = {heading(word): holds for holds, words in ALSO.items() for word in words}
    for lang in LANGUAGES:
        with speaking(lang):
            meanings |= {heading(name): holds for holds, name in HEADINGS.items()}
    return meanings


def sentence(wrong: Wrong) -> str:
    named = {name: HEADINGS[name] for name in (AREA, MEASURE, MONTH, VALUE)}
    limits = {
        "megabytes": months_table.MOST_BYTES >> 20,
        "lines": months_table.MOST_LINES,
        "columns": months_table.MOST_COLUMNS,
        "most": months_table.MOST_COUNT,
    }
    return worded(wrong, WRONG, known=", ".join(map(str, HEADINGS.values())), **named, **limits)


def kept_sentence(cells: int) -> str:
    return str(ngettext("%(number)s figure is kept.", "%(number)s figures are kept.", cells, number=number(cells)))


def origin_words(sources: Mapping[int | None, Replaced]) -> dict[int | None, str]:
    """Return the origins of figures that would be replaced, by import id."""
    made = {key: source.made for key, source in sources.items()}
    people = {row.member_id for row in made.values() if row and row.member_id}
    names = member_names(people) if people else {}
    words = {}
    for key, row in made.items():
        if row is None:
            words[key] = _("counted by this site, or typed in")
        elif row.source_name:
            words[key] = _("“%(source)s”, from files of incidents", source=row.source_name)
        elif who := names.get(row.member_id or 0):
            words[key] = _("a table that %(who)s sent (%(file)s)", who=who, file=row.file_name)
        else:
            words[key] = _("a table (%(file)s)", file=row.file_name)
    return {key: str(origin) for key, origin in words.items()}


def taken_before(made: Import) -> str:
    day = date_words(made.made_at.astimezone(zone()).date())
    who = member_names([made.member_id]).get(made.member_id) if made.member_id else None
    if who is None:
        return str(_("This very file was taken over already, on %(day)s.", day=day))
    return str(_("This very file was taken over already, on %(day)s by %(who)s.", day=day, who=who))


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
