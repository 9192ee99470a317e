"""Files of incidents: sending one, watching it being counted, saying what its columns and types are, taking it over."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from flask import Response as FlaskResponse
from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from portal.accounts.sessions import person
from portal.core.cells import Wrong
from portal.core.clock import today
from portal.core.errors import NotFound, Refused
from portal.core.i18n import language
from portal.core.web import Room, members
from portal.indicators.imports.actions import incidents, taking
from portal.indicators.imports.actions.uploads import erase_upload
from portal.indicators.imports.forms import YesForm
from portal.indicators.imports.incident_forms import ColumnsForm, IncidentsForm, TypesForm, types_form
from portal.indicators.imports.models import Source, Upload
from portal.indicators.imports.packing import unpack
from portal.indicators.imports.queries import own_imports, own_upload, own_uploads, source, sources, taken_before
from portal.indicators.imports.rules.mapping import Reading, from_json, propose
from portal.indicators.imports.rules.missing import Fate, Missing
from portal.indicators.imports.rules.states import FOR_WORKERS, State
from portal.indicators.imports.texts import KIND_NAMES, STATE_NAMES, kept_sentence, problem_sentence
from portal.indicators.imports.views.changes import agreed, every_change, shown
from portal.indicators.imports.views.findings import findings
from portal.indicators.rules.measures import FileKind
from portal.indicators.rules.months import read

Answer = Response | str | tuple[str, int]
MOST_BYTES = 200 * 1024 * 1024
FIRST_ROWS = 5
room = Room(
    "figures_incidents",
    __name__,
    audience=members("evaluator", "community_lead"),
    url_prefix="/<lang:lang>/team/figures/incidents",
    largest=MOST_BYTES + 64 * 1024,
)


@room.teardown_request
def let_go(_error: BaseException | None) -> None:
    """Close the temporary files that large uploads are kept in meanwhile; nothing of them stays on the disk."""
    request.close()


@room.get("/")
def index() -> str:
    """A place to send a file to, files under way, who publishes, and earlier imports."""
    return _index(IncidentsForm(sources(), formdata=None))


@room.post("/")
def send() -> Answer:
    """Keep a file; a worker looks into it."""
    form = IncidentsForm(sources())
    if not form.validate():
        return _index(form), 422
    mine = person().id
    publisher = (
        source(int(form.source.data)) if form.source.data else incidents.found_source(form.new_source.data, mine)
    )
    upload = incidents.send_file(form.file.data.stream, form.file.data.filename, publisher, mine)
    return _on(upload)


@room.get("/<int:upload_id>")
def show(upload_id: int) -> Answer:
    """How far a file is, and what is to be said about it now."""
    upload = _upload(upload_id)
    match State(upload.state):
        case State.ASKING:
            return _columns_page(upload, _proposed_columns(upload))
        case State.COUNTED:
            return _counted_page(upload)
        case State.FAILED:
            return render_template("indicators/imports/failed.html", upload=upload, said=problem_sentence(upload))
    return render_template("indicators/imports/waiting.html", upload=upload, is_counting=upload.state == State.WAITING)


@room.get("/<int:upload_id>/columns")
def columns(upload_id: int) -> Answer:
    """Say otherwise what the columns hold."""
    upload = _upload(upload_id)
    if upload.head is None:
        raise NotFound
    return _columns_page(upload, _proposed_columns(upload))


@room.post("/<int:upload_id>/columns")
def choose(upload_id: int) -> Answer:
    """Keep what the columns hold, and let a worker count."""
    upload = _upload(upload_id, to_change=True)
    if upload.head is None or upload.state in FOR_WORKERS:
        raise NotFound
    form = ColumnsForm(unpack(upload.head)["head"])
    if not form.validate():
        return _columns_page(upload, form), 422
    incidents.choose_columns(upload, _source(upload), form.reading)
    return _on(upload)


@room.post("/<int:upload_id>/again")
def again(upload_id: int) -> Response:
    """Count once more: an area was moved, or a table of blocks was added."""
    upload = _upload(upload_id, to_change=True)
    if upload.state != State.COUNTED:
        raise NotFound
    incidents.count_again(upload)
    return _on(upload)


@room.post("/<int:upload_id>/types")
def decide(upload_id: int) -> Answer:
    """Keep what each type counts as and which months are whole."""
    upload, found = _counted(upload_id)
    reading = from_json(upload.mapping)
    gone = incidents.missing_in(found, incidents.with_proposals(reading, found))
    form = _types_form(found, reading, gone)
    if not form.validate():
        return _counted_page(upload, form), 422
    first, last = read(form.first.data), read(form.last.data)
    if first > last:
        form.last.errors = [_("This month lies before the first one.")]
        return _counted_page(upload, form), 422
    names = [name for name, _count in found.types]
    types = {" ".join(name.casefold().split()): said for name, said in form.chosen(names).items()}
    incidents.decide_types(upload, _source(upload), form.total.data or "", types)
    incidents.choose_window(upload, first, last)
    incidents.choose_fates(upload, gone, form.fates(gone))
    flash(_("Kept, for this file and the next ones of this source. Below is what would change."), "success")
    return redirect(url_for("figures_incidents.show", upload_id=upload.id, _anchor="changes"))


@room.post("/<int:upload_id>/yes")
def take(upload_id: int) -> Answer:
    """Take over what was shown, all of it or nothing."""
    upload, found = _counted(upload_id)
    planned, form = _planned(upload, found), YesForm()
    if not planned or found.mark != incidents.outlines_mark(person().id):
        raise Refused("figures_not_ready")
    if not form.validate() or form.mark.data != taking.mark(planned):
        flash(_("Somebody has changed one of these figures in the meantime. Please look again."), "warning")
        return _counted_page(upload), 409
    if not agreed(form, planned, _origin(upload)):
        return _counted_page(upload, yes=form), 422
    made = incidents.take_over(upload, _source(upload), found, planned, person().id)
    flash(kept_sentence(made.cells), "success")
    return redirect(url_for("figures_incidents.index"))


@room.get("/<int:upload_id>/changes.csv")
def changes(upload_id: int) -> FlaskResponse:
    """Every figure that would be new or other than before."""
    upload, found = _counted(upload_id)
    return every_change(_planned(upload, found), _origin(upload))


@room.post("/<int:upload_id>/drop")
def drop(upload_id: int) -> Response:
    """Take nothing over, and erase the file."""
    erase_upload(_upload(upload_id, to_change=True))
    flash(_("Nothing was taken over, and the file is erased."), "success")
    return redirect(url_for("figures_incidents.index"))


def _upload(upload_id: int, *, to_change: bool = False) -> Upload:
    return own_upload(upload_id, person().id, FileKind.INCIDENTS, to_change=to_change)


def _counted(upload_id: int) -> tuple[Upload, incidents.Counted]:
    upload = _upload(upload_id, to_change=True)
    if upload.state != State.COUNTED:
        raise NotFound
    return upload, incidents.counted(upload, today())


def _source(upload: Upload) -> Source:
    return source(upload.source_id or 0)


def _origin(upload: Upload) -> taking.Origin:
    return taking.Origin(FileKind.INCIDENTS.value, _source(upload).name)


def _on(upload: Upload) -> Response:
    return redirect(url_for("figures_incidents.show", upload_id=upload.id))


def _proposed_columns(upload: Upload) -> ColumnsForm:
    seen = unpack(upload.head or b"")
    known = from_json(upload.mapping or _source(upload).mapping)
    proposed = known if known.fits(seen["head"]) else propose(seen["head"], seen["rows"])
    return ColumnsForm(seen["head"], proposed, formdata=None)


def _types_form(found: incidents.Counted, reading: Reading, gone: Mapping[str, Missing]) -> TypesForm:
    names = [name for name, _count in found.types]
    return types_form(names, reading, incidents.countable(), found.coverage.months, gone, language())


def _planned(upload: Upload, found: incidents.Counted) -> list[taking.Change]:
    """What the file would change; nothing while something is still to be said."""
    reading, chosen = from_json(upload.mapping), incidents.window(upload, found)
    if chosen is None or incidents.undecided(reading, found) or "first" not in upload.mapping:
        return []
    left = incidents.measures_left(upload, incidents.missing_in(found, reading))
    return taking.plan(incidents.counts_of(found, reading, *chosen, left))


def _columns_page(upload: Upload, form: ColumnsForm) -> str:
    return render_template(
        "indicators/imports/columns.html", upload=upload, form=form, source=_source(upload), **_first_rows(upload)
    )


def _first_rows(upload: Upload) -> dict[str, list[Any]]:
    seen = unpack(upload.head or b"")
    width = len(seen["head"])
    rows = [[*row, *[""] * (width - len(row))][:width] for row in seen["rows"][:FIRST_ROWS]]
    return {"head": seen["head"], "rows": rows, "left_out": seen.get("left_out", [])}


def _counted_page(upload: Upload, form: TypesForm | None = None, yes: YesForm | None = None) -> str:
    found = incidents.counted(upload, today())
    reading = incidents.with_proposals(from_json(upload.mapping), found)
    planned = _planned(upload, found)
    gone = incidents.missing_in(found, reading)
    if form is None:
        form = _types_form(found, reading, gone)
        left = incidents.measures_left(upload, gone)
        for key in gone:
            form[f"missing_{key}"].data = (Fate.LEAVE if key in left else Fate.COUNT).value
        if (chosen := incidents.window(upload, found)) is not None:
            form.first.data, form.last.data = (f"{month:%Y-%m}" for month in chosen)
    return render_template(
        "indicators/imports/counted.html",
        upload=upload,
        source=_source(upload),
        found=found,
        form=form,
        gone=gone,
        is_decided="first" in upload.mapping,
        types=sorted(enumerate(found.types), key=lambda one: -one[1][1]),
        notes=findings(found, taken_before(upload)),
        waits_for=len(incidents.undecided(from_json(upload.mapping), found)) if "first" in upload.mapping else 0,
        **_first_rows(upload),
        is_moved=found.mark != incidents.outlines_mark(person().id),
        changes=shown(planned, _origin(upload)) if planned else None,
        every_change=url_for("figures_incidents.changes", upload_id=upload.id),
        yes=yes or YesForm(formdata=None, mark=taking.mark(planned)),
    )


def _index(form: IncidentsForm, wrong: Sequence[Wrong] = ()) -> str:
    return render_template(
        "indicators/imports/incidents.html",
        form=form,
        wrong=wrong,
        uploads=own_uploads(person().id, FileKind.INCIDENTS),
        sources=sources(),
        imports=own_imports(person().id),
        kind_names=KIND_NAMES,
        state_names=STATE_NAMES,
        most=MOST_BYTES // 1024 // 1024,
    )
