"""Monthly counts from a table: the table to fill in, what it would change, taking it over, undoing it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from io import BytesIO, StringIO

from defusedcsv import csv
from flask import Response as FlaskResponse
from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.exceptions import RequestEntityTooLarge
from werkzeug.wrappers import Response

from portal.accounts.sessions import person
from portal.core.cells import Wrong
from portal.core.clock import today
from portal.core.sheets import Unreadable, cells_of, left_out
from portal.core.web import Room, members
from portal.indicators.actions import Count
from portal.indicators.imports.actions import taking
from portal.indicators.imports.actions.months import counts_of
from portal.indicators.imports.actions.uploads import content_of, erase_upload, keep_upload
from portal.indicators.imports.forms import MonthsForm, YesForm
from portal.indicators.imports.models import Upload
from portal.indicators.imports.queries import Beginnings, named_areas, own_import, own_imports, own_upload
from portal.indicators.imports.rules.months_table import AREA, MEASURE, MOST_BYTES, read_months
from portal.indicators.imports.texts import HEADINGS, KIND_NAMES, headings, kept_sentence, sentence
from portal.indicators.imports.views.changes import agreed, every_change, shown
from portal.indicators.queries import figures, measures
from portal.indicators.rules.measures import FileKind, Kind
from portal.indicators.rules.months import month_of, plus, span, written

Answer = Response | str | tuple[str, int]
MOST_SHOWN = 40
MONTHS_IN_TABLE = 24
IN_TABLE = (Kind.CRIME, Kind.CALLS, Kind.SERVICE)
room = Room(
    "figures_import",
    __name__,
    audience=members("evaluator", "community_lead"),
    url_prefix="/<lang:lang>/team/figures/import",
    largest=2 * MOST_BYTES,
)


@room.teardown_request
def let_go(_error: BaseException | None) -> None:
    """Close the temporary files that large uploads are kept in meanwhile; nothing of them stays on the disk."""
    request.close()


@room.errorhandler(RequestEntityTooLarge)
def say_that_it_is_too_large(_error: RequestEntityTooLarge) -> Answer:
    """The page with the sentence that a file gets which is a little too large."""
    return _page(MonthsForm(formdata=None), Read([Wrong("file_too_large")])), 413


@room.get("/")
def index() -> str:
    """The table to fill in, a place to send it to, and earlier imports."""
    return _page(MonthsForm(formdata=None))


@room.get("/figures.csv")
def table() -> FlaskResponse:
    """Every known area and measure with the last two years, a column for each month; formulas are made harmless."""
    last = plus(month_of(today()), -1)
    months = list(span(plus(last, 1 - MONTHS_IN_TABLE), last))
    written_down = StringIO(newline="")
    writer = csv.writer(written_down)
    writer.writerow([str(HEADINGS[AREA]), str(HEADINGS[MEASURE]), *map(written, months)])
    counted, beginnings = [measure for measure in measures() if measure.kind in IN_TABLE], Beginnings()
    for name, area in named_areas(person().id).items():
        for measure in counted:
            there = {
                month: value
                for month, value in figures(area, measure).items()
                if beginnings.may_have(area, measure, month)
            }
            writer.writerow([name, measure.key, *(there.get(month, "") for month in months)])
    # The mark at the beginning lets every program for tables see the accents.
    answer = FlaskResponse("\ufeff" + written_down.getvalue(), mimetype="text/csv")
    answer.headers["Content-Disposition"] = 'attachment; filename="figures.csv"'
    return answer


@room.post("/")
def look() -> Answer:
    """Keep a table that can be read, or say everything that is wrong with it. No figure is changed yet."""
    form = MonthsForm()
    if not form.validate():
        return _page(form), 422
    content = form.file.data.stream.read(MOST_BYTES + 1)
    read = _read(content)
    if read.wrong:
        return _page(form, read), 422
    upload = keep_upload(BytesIO(content), form.file.data.filename, FileKind.MONTHS, person().id)
    return redirect(url_for("figures_import.preview", upload_id=upload.id))


@room.get("/<int:upload_id>")
def preview(upload_id: int) -> Answer:
    """What a table would change."""
    upload = own_upload(upload_id, person().id, FileKind.MONTHS)
    read = _read(content_of(upload))
    # An area or a measure may be gone since it was sent.
    return (_page(MonthsForm(formdata=None), read), 422) if read.wrong else _preview(upload, read)


@room.post("/<int:upload_id>/yes")
def take(upload_id: int) -> Answer:
    """Take over what was shown, all of it or nothing."""
    upload = own_upload(upload_id, person().id, FileKind.MONTHS, to_change=True)
    read = _read(content_of(upload))
    if read.wrong:
        return _page(MonthsForm(formdata=None), read), 422
    planned, form = taking.plan(read.counts), YesForm()
    if not form.validate() or form.mark.data != taking.mark(planned):
        flash(_("Somebody has changed one of these figures in the meantime. Please look again."), "warning")
        return _preview(upload, read), 409
    if not agreed(form, planned, _origin()):
        return _preview(upload, read, form), 422
    made = taking.take(planned, taking.provenance(upload, read.lines), person().id)
    erase_upload(upload)
    flash(kept_sentence(made.cells), "success")
    return redirect(url_for("figures_import.index"))


@room.get("/<int:upload_id>/changes.csv")
def changes(upload_id: int) -> FlaskResponse:
    """Every figure that would be new or other than before."""
    read = _read(content_of(own_upload(upload_id, person().id, FileKind.MONTHS)))
    return every_change(taking.plan(read.counts), _origin())


@room.post("/<int:upload_id>/drop")
def drop(upload_id: int) -> Response:
    """Take nothing over, and erase the file."""
    erase_upload(own_upload(upload_id, person().id, FileKind.MONTHS, to_change=True))
    flash(_("Nothing was taken over, and the file is erased."), "success")
    return redirect(url_for("figures_import.index"))


@room.post("/undo/<int:import_id>")
def undo(import_id: int) -> Response:
    """Put back what stood there before."""
    taking.undo(own_import(import_id, person().id), person().id)
    flash(_("The figures are as they were before."), "success")
    return redirect(url_for("figures_import.index"))


@dataclass(frozen=True)
class Read:
    """A table as it was read: its counts, all that is wrong with it, and the sheets beside the one that was read."""

    wrong: Sequence[Wrong] = ()
    counts: Sequence[Count] = ()
    lines: int = 0
    left_out: Sequence[str] = ()


def _read(content: bytes) -> Read:
    try:
        cells = cells_of(content, MOST_BYTES)
    except Unreadable as reason:
        return Read([Wrong(reason.key, reason.line, reason.column)])
    found = read_months(cells.rows, headings(), today())
    counts, unknown = counts_of(found, person().id)
    return Read(cells.all_wrong(found.wrong, unknown), counts, found.lines, left_out(content))


def _origin() -> taking.Origin:
    return taking.Origin(FileKind.MONTHS.value, member_id=person().id)


def _preview(upload: Upload, read: Read, form: YesForm | None = None) -> str:
    planned = taking.plan(read.counts)
    return render_template(
        "indicators/imports/months_preview.html",
        upload=upload,
        form=form or YesForm(formdata=None, mark=taking.mark(planned)),
        changes=shown(planned, _origin()),
        every_change=url_for("figures_import.changes", upload_id=upload.id),
        left_out=read.left_out,
    )


def _page(form: MonthsForm, read: Read | None = None) -> str:
    """The page, with what is wrong with what was sent: perhaps the counts are in another sheet of it."""
    said = [sentence(one) for one in read.wrong] if read else []
    return render_template(
        "indicators/imports/months.html",
        form=form,
        wrong=said[:MOST_SHOWN],
        more=max(0, len(said) - MOST_SHOWN),
        left_out=read.left_out if read else (),
        imports=own_imports(person().id),
        kind_names=KIND_NAMES,
        example=next(iter(named_areas(person().id)), "city"),
        months=MONTHS_IN_TABLE,
    )
