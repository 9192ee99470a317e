"""Team pages for tables of monthly counts, and the form and preview that confirm changes of figures.

Incident files (`incident_pages`) use the same form and preview.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from io import BytesIO
from typing import Any

from flask import Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf.file import FileField
from werkzeug.datastructures import FileStorage
from werkzeug.exceptions import RequestEntityTooLarge
from werkzeug.wrappers import Response as WerkzeugResponse
from wtforms import BooleanField, HiddenField

from portal.accounts.sign_in import current_user
from portal.core.cells import Wrong, csv_text
from portal.core.clock import today
from portal.core.forms import ProtectedForm
from portal.core.i18n import language
from portal.core.sheets import UnreadableWorkbook, cells_of, left_out
from portal.core.statuses import NotFound
from portal.core.web import AudienceBlueprint, members
from portal.indicators import imports, uploads
from portal.indicators.areas import area_name
from portal.indicators.areas_pages import let_go
from portal.indicators.counts import FigureEntry, Measure, figures, measures
from portal.indicators.files.months_table import AREA, MEASURE, MOST_BYTES, read_months
from portal.indicators.import_texts import HEADINGS, KIND_NAMES, headings, kept_sentence, origin_words, sentence
from portal.indicators.imports import CellChange, Origin, differs, replaced
from portal.indicators.statistics.terms import FileKind, MeasureKind, month_of, plus, span, written
from portal.indicators.uploads import content_of, erase_upload, named_areas, own_import, own_upload
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


@dataclass(frozen=True)
class ChangeTally:
    new: int
    other: int
    same: int


@dataclass(frozen=True)
class Group:
    """The changes of a place, or of the whole city (`name` is empty), by area and measure with first and last month."""

    name: str
    rows: list[tuple[str, Measure, date, date, ChangeTally]]
    tally: ChangeTally


@dataclass(frozen=True)
class ShownChanges:
    elsewhere: list[tuple[str, int]]
    """Sources whose figures would be replaced, with the number of figures."""
    groups: list[Group]
    tally: ChangeTally
    changed: list[tuple[str, str, Measure, CellChange, str]]
    """Place, area, measure, change, and the source of the existing figure if it is another one."""

    @property
    def replaced(self) -> int:
        return sum(number for _words, number in self.elsewhere)


class Names:
    def __init__(self, member_id: int) -> None:
        places = {market.id: market.name[language()] for market in known_markets(member_id)}
        areas = named_areas(member_id).values()
        self.places = {area.id: places.get(area.market_id or 0, "") for area in areas}
        self.areas = {area.id: area_name(area) for area in areas}
        self.measures = {measure.id: measure for measure in measures()}

    def of(self, one: CellChange) -> tuple[str, str, Measure]:
        return self.places[one.area_id], self.areas[one.area_id], self.measures[one.measure_id]


def shown(planned: Sequence[CellChange], origin: Origin) -> ShownChanges:
    names, sources = Names(current_user.id), replaced(planned, origin)
    words, elsewhere = origin_words(sources), Counter[str]()
    for key, source in sources.items():
        elsewhere[words[key]] += source.cells
    by_place: dict[str, list[CellChange]] = {}
    for one in planned:
        by_place.setdefault(names.places[one.area_id], []).append(one)
    changed = [one for one in planned if differs(one)]
    # Figures of other sources come first: replacing them needs a separate confirmation.
    changed.sort(key=lambda one: one.before_import not in sources)
    return ShownChanges(
        elsewhere=sorted(elsewhere.items()),
        groups=[_group(name, changes, names) for name, changes in by_place.items()],
        tally=_tally(planned),
        changed=[(*names.of(one), one, words.get(one.before_import, "")) for one in changed[:MOST_SHOWN]],
    )


def _download(rows: Iterable[Iterable[object]], name: str) -> Response:
    # The byte order mark makes spreadsheets read the file as UTF-8, accents included.
    answer = Response("\ufeff" + csv_text(rows), mimetype="text/csv")
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer


def _group(name: str, changes: Sequence[CellChange], names: Names) -> Group:
    by_series: dict[tuple[int, int], list[CellChange]] = {}
    for one in changes:
        by_series.setdefault((one.area_id, one.measure_id), []).append(one)
    rows = [
        (
            names.areas[area],
            names.measures[measure],
            min(one.month_on for one in theirs),
            max(one.month_on for one in theirs),
            _tally(theirs),
        )
        for (area, measure), theirs in by_series.items()
    ]
    return Group(name, rows, _tally(changes))


def _tally(changes: Sequence[CellChange]) -> ChangeTally:
    new, other = sum(one.before is None for one in changes), sum(map(differs, changes))
    return ChangeTally(new, other, len(changes) - new - other)


MONTHS_IN_TABLE = 24
IN_TABLE = (MeasureKind.CRIME, MeasureKind.CALLS, MeasureKind.SERVICE, MeasureKind.POLICING)
blueprint = AudienceBlueprint(
    "figures_import",
    __name__,
    audience=members("evaluator", "community_lead"),
    url_prefix="/<lang:lang>/team/figures/import",
    largest=2 * MOST_BYTES,
)


blueprint.teardown_request(let_go)


@blueprint.errorhandler(RequestEntityTooLarge)
def say_that_it_is_too_large(_error: RequestEntityTooLarge) -> ResponseReturnValue:
    """Show the upload page with the message that a slightly too large file gets, not the general error page."""
    return _page(MonthsForm(formdata=None), Read([Wrong("file_too_large")])), 413


@blueprint.get("/")
def index() -> str:
    return _page(MonthsForm(formdata=None))


@blueprint.get("/figures.csv")
def table() -> Response:
    last = plus(month_of(today()), -1)
    months = list(span(plus(last, 1 - MONTHS_IN_TABLE), last))
    rows: list[list[object]] = [[str(HEADINGS[AREA]), str(HEADINGS[MEASURE]), *map(written, months)]]
    counted, beginnings = [measure for measure in measures() if measure.kind in IN_TABLE], uploads.Beginnings()
    for name, area in named_areas(current_user.id).items():
        for measure in counted:
            there = {
                month: value
                for month, value in figures(area, measure).items()
                if beginnings.may_have(area, measure, month)
            }
            rows.append([name, measure.key, *(there.get(month, "") for month in months)])
    return _download(rows, "figures.csv")


@blueprint.post("/")
def look() -> ResponseReturnValue:
    form = MonthsForm()
    if not form.validate():
        return _page(form), 422
    content = form.file.data.stream.read(MOST_BYTES + 1)
    read = _read(content)
    if read.wrong:
        return _page(form, read), 422
    upload = uploads.keep_upload(BytesIO(content), form.file.data.filename, FileKind.MONTHS, current_user.id)
    return redirect(url_for("figures_import.preview", upload_id=upload.id))


@blueprint.get("/<int:upload_id>")
def preview(upload_id: int) -> ResponseReturnValue:
    upload = own_upload(upload_id, current_user.id, FileKind.MONTHS)
    read = _read(content_of(upload))
    # An area or a measure may have been deleted since the upload.
    return (_page(MonthsForm(formdata=None), read), 422) if read.wrong else _preview(upload, read)


@blueprint.post("/<int:upload_id>/yes")
def take(upload_id: int) -> ResponseReturnValue:
    try:
        upload = own_upload(upload_id, current_user.id, FileKind.MONTHS, to_change=True)
    except NotFound:
        return pressed_twice("figures_import.index")
    read = _read(content_of(upload))
    if read.wrong:
        return _page(MonthsForm(formdata=None), read), 422
    planned, form = imports.plan(read.counts), ConfirmFiguresForm()
    if not form.validate() or form.mark.data != imports.mark(planned):
        flash(_("Somebody has changed one of these figures in the meantime. Please look again."), "warning")
        return _preview(upload, read), 409
    if not form.agrees(planned, _origin()):
        return _preview(upload, read, form), 422
    made = imports.take(planned, imports.import_of(upload, read.lines), current_user.id)
    erase_upload(upload)
    flash(kept_sentence(made.cells), "success")
    return redirect(url_for("figures_import.index"))


def pressed_twice(endpoint: str) -> WerkzeugResponse:
    """Say that a file is gone to whoever sends its preview again. Raises `NotFound` for any other request."""
    if not request.form.get("mark"):
        raise NotFound
    flash(_("This file was taken over or erased already. What was taken over stands in the list below."), "info")
    return redirect(url_for(endpoint))


@blueprint.post("/<int:upload_id>/drop")
def drop(upload_id: int) -> WerkzeugResponse:
    erase_upload(own_upload(upload_id, current_user.id, FileKind.MONTHS, to_change=True))
    flash(_("Nothing was taken over, and the file is erased."), "success")
    return redirect(url_for("figures_import.index"))


@blueprint.get("/undo/<int:import_id>")
def ask_undo(import_id: int) -> str:
    made = own_import(import_id, current_user.id)
    imports.check_undo(made)
    return render_template("indicators/imports/undo.html", made=made, kind_names=KIND_NAMES)


@blueprint.post("/undo/<int:import_id>")
def undo(import_id: int) -> WerkzeugResponse:
    imports.undo(own_import(import_id, current_user.id), current_user.id)
    flash(_("The figures are as they were before."), "success")
    return redirect(url_for("figures_import.index"))


@dataclass(frozen=True)
class Read:
    wrong: Sequence[Wrong] = ()
    counts: Sequence[FigureEntry] = ()
    lines: int = 0
    left_out: Sequence[str] = ()


def _read(content: bytes) -> Read:
    try:
        cells = cells_of(content, MOST_BYTES)
    except UnreadableWorkbook as reason:
        return Read([Wrong(reason.key, reason.line, reason.column)])
    found = read_months(cells.rows, headings(), today())
    counts, unknown = imports.monthly_counts_of(found, current_user.id)
    return Read(cells.all_wrong(found.wrong, unknown), counts, found.lines, left_out(content))


def _origin() -> imports.Origin:
    return imports.Origin(FileKind.MONTHS.value, member_id=current_user.id)


def _preview(upload: uploads.Upload, read: Read, form: ConfirmFiguresForm | None = None) -> str:
    planned = imports.plan(read.counts)
    return render_template(
        "indicators/imports/months_preview.html",
        upload=upload,
        form=form or ConfirmFiguresForm(formdata=None, mark=imports.mark(planned)),
        changes=shown(planned, _origin()),
        left_out=read.left_out,
    )


def _page(form: MonthsForm, read: Read | None = None) -> str:
    said = [sentence(one) for one in read.wrong] if read else []
    return render_template(
        "indicators/imports/months.html",
        form=form,
        wrong=said[:MOST_SHOWN],
        more=max(0, len(said) - MOST_SHOWN),
        left_out=read.left_out if read else (),
        imports=uploads.own_imports(current_user.id),
        kind_names=KIND_NAMES,
        example=next(iter(named_areas(current_user.id)), "city"),
        months=MONTHS_IN_TABLE,
    )
