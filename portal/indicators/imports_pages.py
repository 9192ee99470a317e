"""Team pages for tables of monthly counts, and the form and preview that confirm changes of any file's figures."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from io import BytesIO
from itertools import chain
from typing import Any, NamedTuple

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _, lazy_gettext as _l
from flask_wtf.file import FileField
from werkzeug.datastructures import FileStorage
from werkzeug.exceptions import RequestEntityTooLarge
from werkzeug.wrappers import Response
from wtforms import BooleanField, HiddenField

from portal.accounts.sign_in import current_user
from portal.core.cells import Wrong, csv_text
from portal.core.clock import today
from portal.core.forms import ProtectedForm
from portal.core.i18n import language
from portal.core.sheets import UnreadableWorkbook, cells_of, left_out
from portal.core.statuses import NotFound
from portal.core.web import AudienceBlueprint, members
from portal.indicators import counts, imports, imports_texts, uploads
from portal.indicators.areas import area_name
from portal.indicators.counts import FigureEntry
from portal.indicators.files import months_table
from portal.indicators.files.months_table import MOST_BYTES
from portal.indicators.imports import CellChange, Origin, replaced
from portal.indicators.imports_texts import HEADINGS
from portal.indicators.statistics import terms
from portal.indicators.statistics.terms import FileKind, MeasureKind
from portal.markets.places import known_markets

NO_FILE = _l("Please choose a file.")


class SendForm(ProtectedForm):
    def validate(self, extra_validators: Any = None) -> bool:
        whole: bool = super().validate(extra_validators)
        if not isinstance(self["file"].data, FileStorage) or not self["file"].data.filename:
            self["file"].errors = [NO_FILE]
        return whole and not self.errors


class MonthsForm(SendForm):
    file = FileField(_l("Table with monthly counts (CSV or XLSX)"))


class ConfirmFiguresForm(ProtectedForm):
    """A form that confirms an import. `mark` identifies the existing figures shown in the preview."""

    mark = HiddenField()
    over = BooleanField(_l("Yes, replace what came from elsewhere"))

    def agrees(self, planned: Sequence[CellChange], origin: Origin) -> bool:
        if not self.over.data and replaced(planned, origin):
            self.over.errors = [_l("Please check this first: figures of another source would be replaced.")]
        return not self.errors


MOST_SHOWN = 40


def shown(planned: Sequence[CellChange], origin: Origin) -> dict[str, Any]:
    """Return the changes for a page: replaced figures of other sources, groups by place, and the first changed figures.

    A group is of a place, or of the whole city (its name is empty), by area and measure with first and last month.
    """
    names = {market.id: market.name[language()] for market in known_markets(current_user.id)}
    areas = {area.id: area for area in uploads.named_areas(current_user.id).values()}
    places = {area.id: names.get(area.market_id or 0, "") for area in areas.values()}
    measures = {measure.id: measure for measure in counts.measures()}
    sources = replaced(planned, origin)
    words, elsewhere = imports_texts.origin_words(sources), Counter[str]()
    for key, source in sources.items():
        elsewhere[words[key]] += source.cells
    by_place: dict[str, dict[tuple[int, int], list[CellChange]]] = defaultdict(lambda: defaultdict(list))
    for change in planned:
        by_place[places[change.area_id]][change.area_id, change.measure_id].append(change)
    groups = []
    for name, by_series in by_place.items():
        rows = []
        for (area_id, measure_id), changes in by_series.items():
            months = [change.month_on for change in changes]
            rows.append((area_name(areas[area_id]), measures[measure_id], min(months), max(months), _tally(changes)))
        groups.append({"name": name, "rows": rows, "tally": _tally([*chain.from_iterable(by_series.values())])})
    # Figures of other sources come first: replacing them needs a separate confirmation.
    changed = [change for change in planned if change.replaces]
    changed.sort(key=lambda change: change.before_import not in sources)
    listed = []
    for change in changed[:MOST_SHOWN]:
        where = places[change.area_id], area_name(areas[change.area_id]), measures[change.measure_id]
        listed.append((*where, change, words.get(change.before_import, "")))
    return {
        "elsewhere": sorted(elsewhere.items()),
        "replaced": elsewhere.total(),
        "groups": groups,
        "tally": _tally(planned),
        "changed": listed,
    }


def _tally(changes: Sequence[CellChange]) -> dict[str, int]:
    new, other = sum(change.before is None for change in changes), sum(change.replaces for change in changes)
    return {"new": new, "other": other, "same": len(changes) - new - other}


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
    head = [str(HEADINGS[months_table.AREA]), str(HEADINGS[months_table.MEASURE]), *map(terms.written, months)]
    rows: list[list[object]] = [[*head]]
    listed, beginnings = [measure for measure in counts.measures() if measure.kind in IN_TABLE], uploads.Beginnings()
    for name, area in uploads.named_areas(current_user.id).items():
        for measure in listed:
            values = {
                month: value
                for month, value in counts.figures(area, measure).items()
                if beginnings.may_have(area, measure, month)
            }
            rows.append([name, measure.key, *(values.get(month, "") for month in months)])
    headers = {"Content-Type": "text/csv; charset=utf-8", "Content-Disposition": 'attachment; filename="figures.csv"'}
    # The byte order mark makes spreadsheets read the file as UTF-8, accents included.
    return "\ufeff" + csv_text(rows), headers


@blueprint.route("/", methods=["GET", "POST"])
def index() -> ResponseReturnValue:
    """Take a table that is sent, or show all its problems. No figure is changed yet."""
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
    planned, form = imports.plan(read.entries), ConfirmFiguresForm()
    if not form.validate() or form.mark.data != imports.mark(planned):
        flash(_("Somebody has changed one of these figures in the meantime. Please look again."), "warning")
        return _preview(upload, read), 409
    if not form.agrees(planned, _origin()):
        return _preview(upload, read, form), 422
    made = imports.take(planned, imports.import_of(upload, read.lines), current_user.id)
    uploads.erase_upload(upload)
    flash(imports_texts.kept_sentence(made.cells), "success")
    return redirect(url_for("figures_import.index"))


def pressed_twice(endpoint: str) -> Response:
    """Say that a file is gone to whoever sends its preview again. Raises `NotFound` for any other request."""
    if not request.form.get("mark"):
        raise NotFound
    flash(_("This file was taken over or erased already. What was taken over stands in the list below."), "info")
    return redirect(url_for(endpoint))


@blueprint.post("/<int:upload_id>/drop")
def drop(upload_id: int) -> Response:
    uploads.erase_upload(uploads.own_upload(upload_id, current_user.id, FileKind.MONTHS, to_change=True))
    flash(_("Nothing was taken over, and the file is erased."), "success")
    return redirect(url_for("figures_import.index"))


@blueprint.route("/undo/<int:import_id>", methods=["GET", "POST"])
def undo(import_id: int) -> ResponseReturnValue:
    made = uploads.own_import(import_id, current_user.id)
    if request.method != "POST":
        imports.check_undo(made)
        return render_template("indicators/imports/undo.html", made=made, kind_names=imports_texts.KIND_NAMES)
    imports.undo(made, current_user.id)
    flash(_("The figures are as they were before."), "success")
    return redirect(url_for("figures_import.index"))


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
        return MonthsRead([Wrong(reason.key, reason.line, reason.column)])
    read = months_table.read_months(cells.rows, imports_texts.headings(), today())
    entries, unknown = imports.monthly_counts_of(read, current_user.id)
    return MonthsRead(cells.all_wrong(read.wrong, unknown), entries, read.lines, left_out(content))


def _origin() -> Origin:
    return Origin(FileKind.MONTHS, member_id=current_user.id)


def _preview(upload: uploads.Upload, read: MonthsRead, form: ConfirmFiguresForm | None = None) -> str:
    planned = imports.plan(read.entries)
    return render_template(
        "indicators/imports/months_preview.html",
        upload=upload,
        form=form or ConfirmFiguresForm(formdata=None, mark=imports.mark(planned)),
        changes=shown(planned, _origin()),
        left_out=read.left_out,
    )


def _page(form: MonthsForm, read: MonthsRead | None = None) -> str:
    wrong = [imports_texts.sentence(problem) for problem in read.wrong] if read else []
    return render_template(
        "indicators/imports/months.html",
        form=form,
        wrong=wrong[:MOST_SHOWN],
        more=max(0, len(wrong) - MOST_SHOWN),
        left_out=read.left_out if read else (),
        imports=uploads.own_imports(current_user.id),
        kind_names=imports_texts.KIND_NAMES,
        example=next(iter(uploads.named_areas(current_user.id)), "city"),
        months=MONTHS_IN_TABLE,
    )
