"""Team pages for incident files: upload, the mapping of columns and types, and the confirmation of the changes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf.file import FileField
from werkzeug.wrappers import Response
from wtforms import SelectChoice, SelectField
from wtforms.validators import NumberRange, Optional

from portal.accounts.sign_in import current_user
from portal.core.clock import today
from portal.core.editing import is_sure, line
from portal.core.forms import IntegerField, ProtectedForm, readable
from portal.core.i18n import language, number
from portal.core.sheet_texts import at
from portal.core.statuses import NotFound, Refused
from portal.core.web import AudienceBlueprint, members
from portal.indicators import import_texts, imports, uploads
from portal.indicators.areas import month_words
from portal.indicators.areas_pages import let_go
from portal.indicators.counts import Import, Measure, unpack
from portal.indicators.files import mapping
from portal.indicators.files.mapping import ColumnMapping, UploadState, from_json
from portal.indicators.imports import Counted
from portal.indicators.imports_pages import ConfirmFiguresForm, SendForm, pressed_twice, shown
from portal.indicators.statistics.terms import FileKind, read
from portal.indicators.uploads import IncidentSource, Upload, source, sources
from portal.indicators.uploads import taken_before as earlier_upload

FILL_IN = _l("Please fill this in.")
EPSG = _l("Please write the number of a projection, from 1024 to 32767.")
COLUMNS = ("date", "kind", "x", "y")
WITHOUT = SelectChoice("", _l("None"))


class IncidentsForm(SendForm):
    source = SelectField(_l("Who publishes it"), validators=[Optional()])
    new_source = line(_l("Or somebody new: what do you call them"), 80)
    file = FileField(_l("File of incidents (CSV or XLSX)"))

    def __init__(self, sources: Sequence[IncidentSource], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.source.choices = [
            SelectChoice("", _l("Somebody new")),
            *(SelectChoice(str(one.id), one.name) for one in sources),
        ]

    def validate(self, extra_validators: Any = None) -> bool:
        super().validate(extra_validators)
        if not self.source.data and not self.new_source.data:
            self.new_source.errors = [FILL_IN]
        return not self.errors


class ColumnsForm(ProtectedForm):
    date = SelectField(_l("When it happened"))
    kind = SelectField(_l("What it was"))
    order = SelectField(
        _l("How days are written"),
        choices=[SelectChoice(one.value, name) for one, name in import_texts.ORDER_NAMES.items()],
    )
    x = SelectField(_l("Where: x, easting or longitude"))
    y = SelectField(_l("Where: y, northing or latitude"))
    epsg = IntegerField(
        _l("Projection (EPSG number)"), validators=[Optional(), readable, NumberRange(1024, 32767, EPSG)]
    )

    def __init__(self, head: Sequence[str], proposed: ColumnMapping | None = None, **kwargs: Any) -> None:
        data = {name: getattr(proposed, name) for name in (*COLUMNS, "order")} if proposed else {}
        if proposed and proposed.epsg:
            data["epsg"] = proposed.epsg
        super().__init__(data=data, **kwargs)
        for name in COLUMNS:
            self[name].choices = [WITHOUT, *(SelectChoice(said, said) for said in head)]

    def validate(self, extra_validators: Any = None) -> bool:
        super().validate(extra_validators)
        for name in COLUMNS:
            if not self[name].data:
                self[name].errors = [FILL_IN]
        if not self.epsg.data and not self.epsg.errors:
            self.epsg.errors = [EPSG]
        return not self.errors

    @property
    def reading(self) -> ColumnMapping:
        chosen: dict[str, Any] = {name: self[name].data or "" for name in (*COLUMNS, "order")}
        return ColumnMapping(**chosen, epsg=self.epsg.data or ColumnMapping.epsg)


class TypesForm(ProtectedForm):
    """A form for the measure of each type and the months covered fully. `types_form` adds the fields."""

    first = SelectField(_l("First month that the file covers whole"))
    last = SelectField(_l("Last month that the file covers whole"))
    total = SelectField(_l("Every row is also one more of"))

    def chosen(self, names: Sequence[str]) -> dict[str, str]:
        return {type_name: self[f"type_{number}"].data or "" for number, type_name in enumerate(names)}


def types_form(
    names: Sequence[str],
    reading: ColumnMapping,
    known: Sequence[Measure],
    months: Sequence[date],
    lang: str,
) -> TypesForm:
    choices = [
        SelectChoice("", import_texts.UNDECIDED_WORDS),
        *(SelectChoice(measure.key, measure.name[lang]) for measure in known),
        SelectChoice(mapping.TOTAL_ONLY, import_texts.TOTAL_ONLY_WORDS),
        SelectChoice(mapping.IGNORED, import_texts.IGNORED_WORDS),
    ]
    fields = {f"type_{number}": SelectField(name or "–", choices=choices) for number, name in enumerate(names)}
    made: type[TypesForm] = type("TypesOfFile", (TypesForm,), fields)
    said: Mapping[str, str] = reading.types
    data = {f"type_{number}": said.get(" ".join(name.casefold().split()), "") for number, name in enumerate(names)}
    form = made(data={**data, "total": reading.total})
    form.total.choices = [
        SelectChoice("", _l("None: only its type counts")),
        *(SelectChoice(one.key, one.name[lang]) for one in known),
    ]
    form.first.choices = form.last.choices = [SelectChoice(f"{month:%Y-%m}", month_words(month)) for month in months]
    return form


def findings(found: Counted, before: Import | None) -> list[tuple[str, list[str]]]:
    """Return a sentence for each kind of problem, with examples by line and column.

    `before`: an earlier import of the same file, mentioned first.
    """
    notes: list[tuple[str, list[str]]] = [(import_texts.taken_before(before), [])] if before else []
    if found.rows and not found.inside and found.outside:
        notes.append((_("No row lies in any area. Perhaps the projection is another, or x and y are exchanged."), []))
    for key, (rows, examples) in found.odd.items():
        words = import_texts.as_in if key == "row_again" else import_texts.quoted
        places = [at(line, column, words(said)) for line, column, said in examples]
        notes.append((str(import_texts.ODD[key]) % {"number": number(rows), "line": number(examples[0][0])}, places))
    return notes + [(said, []) for said in _about_months(found)]


def _about_months(found: Counted) -> list[str]:
    cover = found.coverage
    said = []
    if not cover.months:
        said.append(_("There is no month in it that is over."))
    elif cover.first is None:
        said.append(_("It seems to cover no month whole. If it does all the same, say so below."))
    if cover.first is not None and (names := ", ".join(map(month_words, cover.partial))):
        said.append(_("It seems not to cover these months whole: %(months)s.", months=names))
    if names := ", ".join(map(month_words, found.empty)):
        said.append(_("There is no row in these months, so their figures stay as they are: %(months)s.", months=names))
    return said


MOST_BYTES = 200 * 1024 * 1024
FIRST_ROWS = 5
blueprint = AudienceBlueprint(
    "figures_incidents",
    __name__,
    audience=members("evaluator", "community_lead"),
    url_prefix="/<lang:lang>/team/figures/incidents",
    largest=MOST_BYTES + 64 * 1024,
)


blueprint.teardown_request(let_go)


@blueprint.get("/")
def index() -> str:
    return _index(IncidentsForm(sources(), formdata=None))


@blueprint.post("/")
def send() -> ResponseReturnValue:
    form = IncidentsForm(sources())
    if not form.validate():
        return _index(form), 422
    mine = current_user.id
    publisher = source(int(form.source.data)) if form.source.data else imports.found_source(form.new_source.data, mine)
    upload = imports.send_file(form.file.data.stream, form.file.data.filename, publisher, mine)
    return _on(upload)


@blueprint.get("/<int:upload_id>")
def show(upload_id: int) -> ResponseReturnValue:
    upload = _upload(upload_id)
    match UploadState(upload.state):
        case UploadState.ASKING:
            return _columns_page(upload, _proposed_columns(upload))
        case UploadState.COUNTED:
            return _counted_page(upload)
        case UploadState.FAILED:
            return render_template(
                "indicators/imports/failed.html", upload=upload, said=import_texts.problem_sentence(upload)
            )
    return render_template(
        "indicators/imports/waiting.html", upload=upload, is_counting=upload.state == UploadState.WAITING
    )


@blueprint.get("/<int:upload_id>/columns")
def columns(upload_id: int) -> ResponseReturnValue:
    upload = _upload(upload_id)
    if upload.head is None:
        raise NotFound
    return _columns_page(upload, _proposed_columns(upload))


@blueprint.post("/<int:upload_id>/columns")
def choose(upload_id: int) -> ResponseReturnValue:
    upload = _upload(upload_id, to_change=True)
    if upload.head is None or upload.state in mapping.FOR_WORKERS:
        raise NotFound
    form = ColumnsForm(unpack(upload.head)["head"])
    if not form.validate():
        return _columns_page(upload, form), 422
    imports.choose_columns(upload, _source(upload), form.reading)
    return _on(upload)


@blueprint.post("/<int:upload_id>/again")
def again(upload_id: int) -> Response:
    upload = _upload(upload_id, to_change=True)
    if upload.state != UploadState.COUNTED:
        raise NotFound
    imports.count_again(upload)
    return _on(upload)


@blueprint.post("/<int:upload_id>/types")
def decide(upload_id: int) -> ResponseReturnValue:
    upload, found = _counted(upload_id)
    reading = from_json(upload.mapping)
    form = _types_form(found, reading)
    if not form.validate():
        return _counted_page(upload, form), 422
    first, last = read(form.first.data), read(form.last.data)
    if first > last:
        form.last.errors = [_("This month lies before the first one.")]
        return _counted_page(upload, form), 422
    names = [name for name, _count in found.types]
    types = {" ".join(name.casefold().split()): said for name, said in form.chosen(names).items()}
    imports.decide_types(upload, _source(upload), form.total.data or "", types)
    imports.choose_window(upload, first, last)
    flash(_("Kept, for this file and the next ones of this source. Below is what would change."), "success")
    return redirect(url_for("figures_incidents.show", upload_id=upload.id, _anchor="changes"))


@blueprint.post("/<int:upload_id>/yes")
def take(upload_id: int) -> ResponseReturnValue:
    try:
        upload, found = _counted(upload_id)
    except NotFound:
        return pressed_twice("figures_incidents.index")
    planned, form = _planned(upload, found), ConfirmFiguresForm()
    if not planned or found.mark != imports.outlines_mark(current_user.id):
        raise Refused("figures_not_ready")
    if not form.validate() or form.mark.data != imports.mark(planned):
        flash(_("Somebody has changed one of these figures in the meantime. Please look again."), "warning")
        return _counted_page(upload), 409
    if not form.agrees(planned, _origin(upload)):
        return _counted_page(upload, yes=form), 422
    made = imports.take_over(upload, _source(upload), found, planned, current_user.id)
    flash(import_texts.kept_sentence(made.cells), "success")
    return redirect(url_for("figures_incidents.index"))


@blueprint.post("/<int:upload_id>/drop")
def drop(upload_id: int) -> Response:
    uploads.erase_upload(_upload(upload_id, to_change=True))
    flash(_("Nothing was taken over, and the file is erased."), "success")
    return redirect(url_for("figures_incidents.index"))


@blueprint.post("/sources/<int:source_id>/drop")
def drop_source(source_id: int) -> Response:
    found = source(source_id)
    if is_sure():
        imports.drop_source(found, current_user.id)
        flash(_("The source is forgotten. Its figures stay."), "success")
    return redirect(url_for("figures_incidents.index"))


def _upload(upload_id: int, *, to_change: bool = False) -> Upload:
    return uploads.own_upload(upload_id, current_user.id, FileKind.INCIDENTS, to_change=to_change)


def _counted(upload_id: int) -> tuple[Upload, imports.Counted]:
    upload = _upload(upload_id, to_change=True)
    if upload.state != UploadState.COUNTED:
        raise NotFound
    return upload, imports.counted(upload, today())


def _source(upload: Upload) -> IncidentSource:
    return source(upload.source_id or 0)


def _origin(upload: Upload) -> imports.Origin:
    return imports.Origin(FileKind.INCIDENTS.value, _source(upload).name)


def _on(upload: Upload) -> Response:
    return redirect(url_for("figures_incidents.show", upload_id=upload.id))


def _proposed_columns(upload: Upload) -> ColumnsForm:
    seen = unpack(upload.head or b"")
    known = from_json(upload.mapping or _source(upload).mapping)
    proposed = known if known.fits(seen["head"]) else mapping.propose(seen["head"], seen["rows"])
    return ColumnsForm(seen["head"], proposed, formdata=None)


def _types_form(found: imports.Counted, reading: ColumnMapping) -> TypesForm:
    names = [name for name, _count in found.types]
    return types_form(names, reading, imports.countable(), found.coverage.months, language())


def _planned(upload: Upload, found: imports.Counted) -> list[imports.CellChange]:
    """Return the changes that the file would make; empty while choices are missing."""
    reading, months = from_json(upload.mapping), imports.months_to_write(upload, found)
    if not months or imports.undecided(reading, found) or "first" not in upload.mapping:
        return []
    return imports.plan(imports.counts_of(found, reading, months))


def _columns_page(upload: Upload, form: ColumnsForm) -> str:
    return render_template(
        "indicators/imports/columns.html", upload=upload, form=form, source=_source(upload), **_first_rows(upload)
    )


def _first_rows(upload: Upload) -> dict[str, list[Any]]:
    seen = unpack(upload.head or b"")
    width = len(seen["head"])
    rows = [[*row, *[""] * (width - len(row))][:width] for row in seen["rows"][:FIRST_ROWS]]
    return {"head": seen["head"], "rows": rows, "left_out": seen.get("left_out", [])}


def _counted_page(upload: Upload, form: TypesForm | None = None, yes: ConfirmFiguresForm | None = None) -> str:
    found = imports.counted(upload, today())
    reading = imports.with_proposals(from_json(upload.mapping), found)
    planned = _planned(upload, found)
    if form is None:
        form = _types_form(found, reading)
        if (chosen := imports.window(upload, found)) is not None:
            form.first.data, form.last.data = (f"{month:%Y-%m}" for month in chosen)
    return render_template(
        "indicators/imports/counted.html",
        upload=upload,
        source=_source(upload),
        found=found,
        form=form,
        left=[one.name[language()] for one in imports.measures_left(found, reading)],
        is_decided="first" in upload.mapping,
        types=sorted(enumerate(found.types), key=lambda one: -one[1][1]),
        notes=findings(found, earlier_upload(upload)),
        waits_for=len(imports.undecided(from_json(upload.mapping), found)) if "first" in upload.mapping else 0,
        **_first_rows(upload),
        is_moved=found.mark != imports.outlines_mark(current_user.id),
        changes=shown(planned, _origin(upload)) if planned else None,
        yes=yes or ConfirmFiguresForm(formdata=None, mark=imports.mark(planned)),
    )


def _index(form: IncidentsForm) -> str:
    return render_template(
        "indicators/imports/incidents.html",
        form=form,
        uploads=uploads.own_uploads(current_user.id, FileKind.INCIDENTS),
        sources=sources(),
        imports=uploads.own_imports(current_user.id),
        kind_names=import_texts.KIND_NAMES,
        state_names=import_texts.STATE_NAMES,
        most=MOST_BYTES // 1024 // 1024,
    )
