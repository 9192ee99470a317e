"""Team pages for tables of monthly counts; the form, the preview and the words of imports of any file's figures."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from io import BytesIO
from typing import Any, NamedTuple

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _, lazy_gettext as _l, ngettext
from flask_wtf.file import FileField, FileRequired
from sqlalchemy import select
from werkzeug.exceptions import RequestEntityTooLarge
from werkzeug.wrappers import Response
from wtforms import BooleanField, HiddenField

from portal.accounts.sign_in import current_user
from portal.accounts.users import member_names
from portal.core.cells import Wrong, csv_text, heading
from portal.core.clock import today
from portal.core.db import one
from portal.core.editing import done
from portal.core.forms import ProtectedForm
from portal.core.i18n import LANGUAGES, language, number, speaking
from portal.core.sheets import UnreadableWorkbook, cells_of
from portal.core.statuses import NotFound
from portal.core.web import AudienceBlueprint, members
from portal.indicators import counts, imports, uploads
from portal.indicators.areas import area_name
from portal.indicators.counts import FigureEntry, Import
from portal.indicators.files import months_table
from portal.indicators.files.mapping import DateOrder, UploadState
from portal.indicators.files.months_table import AREA, IGNORED, MEASURE, MONTH, MOST_BYTES, VALUE
from portal.indicators.imports import CellChange
from portal.indicators.statistics import terms
from portal.indicators.statistics.terms import FileKind, MeasureKind
from portal.indicators.uploads import Upload
from portal.markets.places import known_markets

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
A_FILE = FileRequired(_l("Please choose a file."))


class MonthsForm(ProtectedForm):
    file = FileField(_l("Table with monthly counts (CSV or XLSX)"), validators=[A_FILE])


class ConfirmFiguresForm(ProtectedForm):
    """A form that confirms an import. `mark` identifies the existing figures shown in the preview."""

    mark = HiddenField()
    over = BooleanField(_l("Yes, replace what came from elsewhere"))


def not_confirmed(
    planned: Sequence[CellChange], upload: Upload, show: Callable[[ConfirmFiguresForm | None], str]
) -> tuple[str, int] | None:
    """Return the preview again, as `show` makes it; None if the member has confirmed these very changes."""
    form = ConfirmFiguresForm()
    if not form.validate() or form.mark.data != imports.mark(planned):
        flash(_("Somebody has changed one of these figures in the meantime. Please look again."), "warning")
        return show(None), 409
    if not form.over.data and imports.replaced(planned, upload):
        form.over.errors = [_l("Please check this first: figures of another source would be replaced.")]
        return show(form), 422
    return None


MOST_SHOWN = 40


def shown(planned: Sequence[CellChange], upload: Upload) -> dict[str, Any]:
    """Return changes for a page: of other sources, by place (of the whole city: ""), and the first changed figures."""
    names = {market.id: market.name[language()] for market in known_markets(current_user.id)}
    areas = {area.id: area for area in uploads.named_areas(current_user.id).values()}
    places = {area.id: names.get(area.market_id or 0, "") for area in areas.values()}
    measures = {measure.id: measure for measure in counts.measures()}
    words = origin_words(imports.replaced(planned, upload))
    # Figures of other sources come first: replacing them needs a separate confirmation.
    changed = sorted(
        (change for change in planned if change.replaces), key=lambda change: change.before_import not in words
    )
    elsewhere = Counter(words[change.before_import] for change in changed if change.before_import in words)
    by_series = defaultdict[tuple[int, int], list[CellChange]](list)
    for change in planned:
        by_series[change.area_id, change.measure_id].append(change)
    by_place = defaultdict[str, list[tuple[Any, ...]]](list)
    for (area_id, measure_id), changes in by_series.items():
        months, about = [change.month_on for change in changes], (area_name(areas[area_id]), measures[measure_id])
        by_place[places[area_id]].append((*about, min(months), max(months), _tally(changes)))
    groups: list[dict[str, Any]] = []
    for name, rows in by_place.items():
        groups.append({"name": name, "rows": rows, "tally": sum((row[-1] for row in rows), Counter())})
    listed = []
    for change in changed[:MOST_SHOWN]:
        where = places[change.area_id], area_name(areas[change.area_id]), measures[change.measure_id]
        listed.append((*where, change, words.get(change.before_import, "")))
    origins = {"elsewhere": sorted(elsewhere.items()), "replaced": elsewhere.total()}
    return {**origins, "groups": groups, "tally": _tally(planned), "changed": listed}


def _tally(changes: Sequence[CellChange]) -> Counter[str]:
    new, other = sum(change.before is None for change in changes), sum(change.replaces for change in changes)
    return Counter(new=new, other=other, same=len(changes) - new - other)


MONTHS_IN_TABLE = 24
IN_TABLE = (MeasureKind.CRIME, MeasureKind.CALLS, MeasureKind.SERVICE, MeasureKind.POLICING)
blueprint = AudienceBlueprint(
    "figures_import",
    __name__,
    audience=members("evaluator", "community_lead"),
    url_prefix="/<lang:lang>/team/figures/import",
    largest=2 * MOST_BYTES,
)


@blueprint.errorhandler(RequestEntityTooLarge)
def say_that_it_is_too_large(_error: RequestEntityTooLarge) -> ResponseReturnValue:
    """Show the upload page with the message that a slightly too large file gets, not the general error page."""
    return _page(MonthsForm(formdata=None), MonthsRead([Wrong("file_too_large")])), 413


@blueprint.get("/figures.csv")
def table() -> ResponseReturnValue:
    """Download all known areas and measures with a column for each of the last months, formulas escaped."""
    last = terms.plus(terms.month_of(today()), -1)
    months = list(terms.span(terms.plus(last, 1 - MONTHS_IN_TABLE), last))
    head = [str(HEADINGS[AREA]), str(HEADINGS[MEASURE]), *map(terms.written, months)]
    rows: list[list[object]] = [[*head]]
    listed, may_have = [measure for measure in counts.measures() if measure.kind in IN_TABLE], uploads.beginnings()
    for name, area in uploads.named_areas(current_user.id).items():
        for measure in listed:
            figures = counts.figures(area, measure)
            shown = [figures.get(month, "") if may_have(area, measure, month) else "" for month in months]
            rows.append([name, measure.key, *shown])
    headers = {"Content-Type": "text/csv; charset=utf-8", "Content-Disposition": 'attachment; filename="figures.csv"'}
    # The byte order mark makes spreadsheets read the file as UTF-8, accents included.
    return "\ufeff" + csv_text(rows), headers


@blueprint.route("/", methods=["GET", "POST"])
def index() -> ResponseReturnValue:
    form = MonthsForm()
    if not form.validate_on_submit():
        return _page(form), form.http_status
    content = form.file.data.stream.read(MOST_BYTES + 1)
    read = _read(content)
    if read.wrong:
        return _page(form, read), 422
    upload = uploads.keep_upload(BytesIO(content), form.file.data.filename, FileKind.MONTHS, current_user.id)
    return redirect(url_for("figures_import.preview", upload_id=upload.id))


@blueprint.get("/<int:upload_id>")
def preview(upload_id: int) -> ResponseReturnValue:
    upload = uploads.own_upload(upload_id, current_user.id, FileKind.MONTHS)
    read = _read(uploads.content_of(upload))
    # An area or a measure may have been deleted since the upload.
    return (_page(MonthsForm(formdata=None), read), 422) if read.wrong else _preview(upload, read)


@blueprint.post("/<int:upload_id>/yes")
def take(upload_id: int) -> ResponseReturnValue:
    try:
        upload = uploads.own_upload(upload_id, current_user.id, FileKind.MONTHS, to_change=True)
    except NotFound:
        return pressed_twice("figures_import.index")
    read = _read(uploads.content_of(upload))
    if read.wrong:
        return _page(MonthsForm(formdata=None), read), 422
    planned = imports.plan(read.entries)
    if again := not_confirmed(planned, upload, partial(_preview, upload, read)):
        return again
    same = {"kind": upload.kind, "file_name": upload.file_name, "digest": upload.digest}
    made = imports.take(planned, Import(rows=read.lines, **same), current_user.id)
    uploads.erase_upload(upload)
    return done(url_for("figures_import.index"), kept_sentence(made.cells))


def pressed_twice(endpoint: str) -> Response:
    """Say that a file is gone to whoever sends its preview again. Raises `NotFound` for any other request."""
    if not request.form.get("mark"):
        raise NotFound
    flash(_("This file was taken over or erased already. What was taken over stands in the list below."), "info")
    return redirect(url_for(endpoint))


@blueprint.post("/<int:upload_id>/drop")
def drop(upload_id: int) -> Response:
    uploads.erase_upload(uploads.own_upload(upload_id, current_user.id, FileKind.MONTHS, to_change=True))
    return done(url_for("figures_import.index"), _("Nothing was taken over, and the file is erased."))


@blueprint.route("/undo/<int:import_id>", methods=["GET", "POST"])
def undo(import_id: int) -> ResponseReturnValue:
    own = select(Import).where(Import.id == import_id, Import.member_id == current_user.id)
    made = one(own, to_change=True)
    if request.method != "POST":
        imports.check_undo(made)
        return render_template("indicators/imports/undo.html", made=made, kind_names=KIND_NAMES)
    imports.undo(made, current_user.id)
    return done(url_for("figures_import.index"), _("The figures are as they were before."))


class MonthsRead(NamedTuple):
    """A table as read: its counts, problems, and the names of the sheets that were not read."""

    wrong: Sequence[Wrong] = ()
    entries: Sequence[FigureEntry] = ()
    lines: int = 0
    left_out: Sequence[str] = ()


def _read(content: bytes) -> MonthsRead:
    try:
        cells = cells_of(content, MOST_BYTES)
    except UnreadableWorkbook as reason:
        return MonthsRead([Wrong(reason.key, reason.line)])
    # In both languages, since tables are passed on.
    headings = {heading(word): holds for holds, words in ALSO.items() for word in words}
    for lang in LANGUAGES:
        with speaking(lang):
            headings |= {heading(name): holds for holds, name in HEADINGS.items()}
    read = months_table.read_months(cells.rows, headings, today())
    entries, unknown = imports.monthly_counts_of(read, current_user.id)
    return MonthsRead(cells.all_wrong(read.wrong, unknown), entries, read.lines, cells.beside)


def _preview(upload: Upload, read: MonthsRead, form: ConfirmFiguresForm | None = None) -> str:
    planned = imports.plan(read.entries)
    return render_template(
        "indicators/imports/months_preview.html",
        upload=upload,
        form=form or ConfirmFiguresForm(formdata=None, mark=imports.mark(planned)),
        changes=shown(planned, upload),
        left_out=read.left_out,
    )


def _page(form: MonthsForm, read: MonthsRead | None = None) -> str:
    wrong = [sentence(problem) for problem in read.wrong] if read else []
    return render_template(
        "indicators/imports/months.html",
        form=form,
        wrong=wrong[:MOST_SHOWN],
        more=max(0, len(wrong) - MOST_SHOWN),
        left_out=read.left_out if read else (),
        imports=uploads.own_imports(current_user.id),
        kind_names=KIND_NAMES,
        example=next(iter(uploads.named_areas(current_user.id)), "city"),
        months=MONTHS_IN_TABLE,
    )


def sentence(wrong: Wrong) -> str:
    about: dict[str, Any] = {**HEADINGS, "known": ", ".join(map(str, HEADINGS.values())), "megabytes": MOST_BYTES >> 20}
    about |= {"lines": months_table.MOST_LINES, "columns": months_table.MOST_COLUMNS, "most": months_table.MOST_COUNT}
    about |= {"said": wrong.said[:60], **wrong.more}
    shown = {name: number(value) if isinstance(value, int | float) else value for name, value in about.items()}
    return at(wrong.line, wrong.column, str(WRONG[wrong.key]) % shown)


def kept_sentence(cells: int) -> str:
    return str(ngettext("%(number)s figure is kept.", "%(number)s figures are kept.", cells, number=number(cells)))


def origin_words(sources: Mapping[int | None, Import | None]) -> dict[int | None, str]:
    people = {row.member_id for row in sources.values() if row and row.member_id}
    names = member_names(people) if people else {}
    words = {}
    for key, row in sources.items():
        if row is None:
            words[key] = _("counted by this site, or typed in")
        elif row.source_name:
            words[key] = _("“%(source)s”, from files of incidents", source=row.source_name)
        elif who := names.get(row.member_id or 0):
            words[key] = _("a table that %(who)s sent (%(file)s)", who=who, file=row.file_name)
        else:
            words[key] = _("a table (%(file)s)", file=row.file_name)
    return {key: str(origin) for key, origin in words.items()}


def at(line: int, column: str, words: str) -> str:
    if line and column:
        return str(_("Line %(line)s, column %(column)s: %(words)s", line=line, column=column, words=words))
    return str(_("Line %(line)s: %(words)s", line=line, words=words)) if line else words
