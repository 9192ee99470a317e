"""Team pages for incident files: upload, the mapping of columns and types, and the confirmation of the changes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict, replace
from functools import partial
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _, lazy_gettext as _l
from flask_wtf.file import FileField
from sqlalchemy import select
from werkzeug.wrappers import Response
from wtforms import SelectField
from wtforms.validators import InputRequired, NumberRange, Optional

from portal.accounts.sign_in import current_user
from portal.accounts.users import member_names
from portal.core.audit import record
from portal.core.clock import zone
from portal.core.db import session
from portal.core.editing import done, is_sure, line
from portal.core.forms import IntegerField, ProtectedForm, choices_of
from portal.core.i18n import date_words, language, number
from portal.core.statuses import NotFound, Refused, existing
from portal.core.web import AudienceBlueprint, members
from portal.indicators import imports, imports_pages, uploads
from portal.indicators.areas import month_words
from portal.indicators.counts import Import, unpack
from portal.indicators.files import mapping
from portal.indicators.files.mapping import ColumnMapping, UploadState, from_json
from portal.indicators.imports import Counted
from portal.indicators.imports_pages import A_FILE, ConfirmFiguresForm, at, not_confirmed, pressed_twice, shown
from portal.indicators.statistics.terms import FileKind, read, type_key, written
from portal.indicators.uploads import IncidentSource, Upload

EPSG = _l("Please write the number of a projection, from 1024 to 32767.")
COLUMNS = ("date", "kind", "x", "y")


class IncidentsForm(ProtectedForm):
    source = SelectField(_l("Who publishes it"), validators=[Optional()])
    new_source = line(_l("Or somebody new: what do you call them"), 80)
    file = FileField(_l("File of incidents (CSV or XLSX)"), validators=[A_FILE])

    def __init__(self, sources: Sequence[IncidentSource], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.source.choices = choices_of({source.id: source.name for source in sources}, _l("Somebody new"))

    def validate(self, extra_validators: Any = None) -> bool:
        super().validate(extra_validators)
        if not self.source.data and not self.new_source.data:
            self.new_source.errors = [_("Please fill this in.")]
        return not self.errors


class ColumnsForm(ProtectedForm):
    date = SelectField(_l("When it happened"), validators=[InputRequired()])
    kind = SelectField(_l("What it was"), validators=[InputRequired()])
    order = SelectField(_l("How days are written"), choices=choices_of(imports_pages.ORDER_NAMES))
    x = SelectField(_l("Where: x, easting or longitude"), validators=[InputRequired()])
    y = SelectField(_l("Where: y, northing or latitude"), validators=[InputRequired()])
    epsg = IntegerField(
        _l("Projection (EPSG number)"), validators=[InputRequired(EPSG), NumberRange(1024, 32767, EPSG)]
    )

    def __init__(self, head: Sequence[str], proposed: ColumnMapping | None = None, **kwargs: Any) -> None:
        data = {**asdict(proposed), "epsg": proposed.epsg or None} if proposed else None
        super().__init__(data=data, **kwargs)
        for name in COLUMNS:
            self[name].choices = choices_of(dict(zip(head, head, strict=True)), _l("None"))


class TypesForm(ProtectedForm):
    """`_types_form` adds a field for each type."""

    first = SelectField(_l("First month that the file covers whole"))
    last = SelectField(_l("Last month that the file covers whole"))
    total = SelectField(_l("Every row is also one more of"))


def _types_form(found: Counted, reading: ColumnMapping) -> TypesForm:
    measures: dict[str, Any] = {measure.key: measure.name[language()] for measure in imports.countable()}
    besides = {mapping.TOTAL_ONLY: _l("Only one more of all"), mapping.IGNORED: _l("Nothing: leave it out")}
    choices = choices_of(measures | besides, _l("Please choose"))
    names = {f"type_{number}": name for number, (name, _count) in enumerate(found.types)}
    fields = {field: SelectField(name or "–", choices=choices) for field, name in names.items()}
    made: type[TypesForm] = type("TypesOfFile", (TypesForm,), fields)
    data = {field: reading.types.get(type_key(name), "") for field, name in names.items()}
    form = made(data={**data, "total": reading.total})
    form.total.choices = choices_of(measures, _l("None: only its type counts"))
    months = {written(month): month_words(month) for month in found.coverage.months}
    form.first.choices = form.last.choices = choices_of(months)
    return form


def findings(found: Counted, upload: Upload) -> list[tuple[str, list[str]]]:
    """Return a sentence for each kind of problem, with examples."""
    notes: list[tuple[str, list[str]]] = []
    # Imports of any member: that a file was taken over tells nothing to whoever has it.
    same = select(Import).where(Import.digest == upload.digest, Import.kind == upload.kind, Import.undone_at.is_(None))
    if made := session.scalars(same.order_by(Import.made_at.desc()).limit(1)).first():
        day, who = date_words(made.made_at.astimezone(zone()).date()), member_names([made.member_id or 0])
        words = _("This very file was taken over already, on %(day)s.", day=day)
        if who:
            by = who[made.member_id or 0]
            words = _("This very file was taken over already, on %(day)s by %(who)s.", day=day, who=by)
        notes.append((str(words), []))
    if found.rows and not found.inside and found.outside:
        notes.append((_("No row lies in any area. Perhaps the projection is another, or x and y are exchanged."), []))
    for key, (rows, examples) in found.odd.items():
        places = []
        for at_line, column, text in examples:
            words = _("“%(said)s”", said=text) if text else _("nothing")
            # The text of a row that came before is the line where it came first.
            words = _("as in line %(line)s", line=number(int(text))) if key == "row_again" else words
            places.append(at(at_line, column, str(words)))
        notes.append((str(imports_pages.ODD[key]) % {"number": number(rows), "line": number(examples[0][0])}, places))
    return notes + [(words, []) for words in _about_months(found)]


def _about_months(found: Counted) -> Iterator[str]:
    cover = found.coverage
    if not cover.months:
        yield _("There is no month in it that is over.")
    elif cover.first is None:
        yield _("It seems to cover no month whole. If it does all the same, say so below.")
    if cover.first is not None and (names := ", ".join(map(month_words, cover.partial))):
        yield _("It seems not to cover these months whole: %(months)s.", months=names)
    if names := ", ".join(map(month_words, found.empty)):
        yield _("There is no row in these months, so their figures stay as they are: %(months)s.", months=names)


MOST_BYTES = 200 * 1024 * 1024
FIRST_ROWS = 5
blueprint = AudienceBlueprint(
    "figures_incidents",
    __name__,
    audience=members("evaluator", "community_lead"),
    url_prefix="/<lang:lang>/team/figures/incidents",
    largest=MOST_BYTES + 64 * 1024,
)


@blueprint.route("/", methods=["GET", "POST"])
def index() -> ResponseReturnValue:
    """The upload page, with the member's latest files that are not taken over yet; a worker reads what is sent."""
    sources = session.scalars(select(IncidentSource).order_by(IncidentSource.name, IncidentSource.id)).all()
    form, member_id = IncidentsForm(sources), current_user.id
    if form.validate_on_submit():
        publisher = next((source for source in sources if str(source.id) == form.source.data), None)
        publisher = publisher or imports.found_source(form.new_source.data, member_id)
        return _on(imports.send_file(form.file.data.stream, form.file.data.filename, publisher, member_id))
    own = select(Upload).where(Upload.member_id == member_id, Upload.kind == FileKind.INCIDENTS)
    page = render_template(
        "indicators/imports/incidents.html",
        form=form,
        uploads=session.scalars(own.order_by(Upload.sent_at.desc()).limit(uploads.LATEST)).all(),
        sources=sources,
        imports=uploads.own_imports(member_id),
        kind_names=imports_pages.KIND_NAMES,
        state_names=imports_pages.STATE_NAMES,
        most=MOST_BYTES // 1024 // 1024,
    )
    return page, form.http_status


@blueprint.get("/<int:upload_id>")
def show(upload_id: int) -> ResponseReturnValue:
    upload = _upload(upload_id)
    match upload.state:
        case UploadState.ASKING:
            return _columns_page(upload)
        case UploadState.COUNTED:
            return _counted_page(upload)
        case UploadState.FAILED:
            problem = at(upload.mapping.get("line", 0), "", str(imports_pages.PROBLEMS[upload.problem]))
            return render_template("indicators/imports/failed.html", upload=upload, said=problem)
    is_counting = upload.state == UploadState.WAITING
    return render_template("indicators/imports/waiting.html", upload=upload, is_counting=is_counting)


@blueprint.route("/<int:upload_id>/columns", methods=["GET", "POST"])
def columns(upload_id: int) -> ResponseReturnValue:
    is_sent = request.method == "POST"
    upload = _upload(upload_id, to_change=is_sent)
    if upload.head is None or (is_sent and upload.state in mapping.FOR_WORKERS):
        raise NotFound
    form = ColumnsForm(unpack(upload.head)["head"]) if is_sent else None
    if form is None or not form.validate():
        return _columns_page(upload, form), form.http_status if form else 200
    stored = from_json(existing(upload.source).mapping)
    chosen: dict[str, Any] = {name: form[name].data for name in (*COLUMNS, "order", "epsg")}
    upload.mapping = {}
    imports.keep_mapping(upload, replace(stored, **chosen))
    imports.count_again(upload)
    return _on(upload)


@blueprint.post("/<int:upload_id>/again", endpoint="again")
def count_again(upload_id: int) -> Response:
    upload, _found = _counted(upload_id)
    imports.count_again(upload)
    return _on(upload)


@blueprint.post("/<int:upload_id>/types")
def decide(upload_id: int) -> ResponseReturnValue:
    upload, result = _counted(upload_id)
    form = _types_form(result, from_json(upload.mapping))
    if not form.validate():
        return _counted_page(upload, form), 422
    if read(form.first.data) > read(form.last.data):
        form.last.errors = [_("This month lies before the first one.")]
        return _counted_page(upload, form), 422
    reading = from_json(upload.mapping)
    types = {type_key(name): form[f"type_{number}"].data for number, (name, _count) in enumerate(result.types)}
    decided = {kind: choice for kind, choice in {**reading.types, **types}.items() if choice}
    imports.keep_mapping(upload, replace(reading, total=form.total.data or "", types=decided))
    upload.mapping = {**upload.mapping, "first": form.first.data, "last": form.last.data}
    changes = url_for("figures_incidents.show", upload_id=upload.id, _anchor="changes")
    return done(changes, _("Kept, for this file and the next ones of this source. Below is what would change."))


@blueprint.post("/<int:upload_id>/yes")
def take(upload_id: int) -> ResponseReturnValue:
    try:
        upload, result = _counted(upload_id)
    except NotFound:
        return pressed_twice("figures_incidents.index")
    planned = _planned(upload, result)
    if not planned or result.mark != uploads.outlines_mark(current_user.id):
        raise Refused("figures_not_ready")
    if again := not_confirmed(planned, upload, partial(_counted_page, upload, None)):
        return again
    made = imports.take_over(upload, result, planned, current_user.id)
    return done(url_for("figures_incidents.index"), imports_pages.kept_sentence(made.cells))


@blueprint.post("/<int:upload_id>/drop")
def drop(upload_id: int) -> Response:
    uploads.erase_upload(_upload(upload_id, to_change=True))
    return done(url_for("figures_incidents.index"), _("Nothing was taken over, and the file is erased."))


@blueprint.post("/sources/<int:source_id>/drop")
def drop_source(source_id: int) -> Response:
    source = existing(session.get(IncidentSource, source_id))
    if is_sure():
        record("figures.source_dropped", "source", source.id, current_user.id)
        session.delete(source)
        flash(_("The source is forgotten. Its figures stay."), "success")
    return redirect(url_for("figures_incidents.index"))


def _upload(upload_id: int, *, to_change: bool = False) -> Upload:
    return uploads.own_upload(upload_id, current_user.id, FileKind.INCIDENTS, to_change=to_change)


def _counted(upload_id: int) -> tuple[Upload, Counted]:
    upload = _upload(upload_id, to_change=True)
    if upload.state != UploadState.COUNTED:
        raise NotFound
    return upload, imports.counted(upload)


def _on(upload: Upload) -> Response:
    return redirect(url_for("figures_incidents.show", upload_id=upload.id))


def _planned(upload: Upload, found: Counted) -> list[imports.CellChange]:
    """Return the changes that the file would make; empty while choices are missing."""
    reading, months = from_json(upload.mapping), imports.months_to_write(upload, found)
    if not months or imports.undecided(reading, found) or "first" not in upload.mapping:
        return []
    return imports.plan(imports.counts_of(found, reading, months))


def _columns_page(upload: Upload, form: ColumnsForm | None = None) -> str:
    seen = unpack(upload.head or b"")
    stored = from_json(upload.mapping or existing(upload.source).mapping)
    proposed = stored if stored.fits(seen["head"]) else mapping.propose(seen["head"], seen["rows"])
    form = form or ColumnsForm(seen["head"], proposed, formdata=None)
    return render_template("indicators/imports/columns.html", upload=upload, form=form, **_first_rows(upload))


def _first_rows(upload: Upload) -> dict[str, list[Any]]:
    seen = unpack(upload.head or b"")
    width = len(seen["head"])
    rows = [[*row, *[""] * (width - len(row))][:width] for row in seen["rows"][:FIRST_ROWS]]
    return {"head": seen["head"], "rows": rows, "left_out": seen.get("left_out", [])}


def _counted_page(upload: Upload, form: TypesForm | None = None, yes: ConfirmFiguresForm | None = None) -> str:
    result, stored = imports.counted(upload), from_json(upload.mapping)
    reading, planned = imports.with_proposals(stored, result), _planned(upload, result)
    is_decided = "first" in upload.mapping
    if form is None:
        form = _types_form(result, reading)
        if (chosen := imports.window(upload, result)) is not None:
            form.first.data, form.last.data = map(written, chosen)
    return render_template(
        "indicators/imports/counted.html",
        upload=upload,
        found=result,
        form=form,
        left=[measure.name[language()] for measure in imports.measures_left(result, reading)],
        is_decided=is_decided,
        types=sorted(enumerate(result.types), key=lambda numbered: -numbered[1][1]),
        notes=findings(result, upload),
        waits_for=len(imports.undecided(stored, result)) if is_decided else 0,
        **_first_rows(upload),
        is_moved=result.mark != uploads.outlines_mark(current_user.id),
        changes=shown(planned, upload) if planned else None,
        yes=yes or ConfirmFiguresForm(formdata=None, mark=imports.mark(planned)),
    )
