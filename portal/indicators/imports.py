"""Imports of figures: planning and writing changes, undo, and the counting job.

A file is read by `uploads.count_apart` in a subprocess. Figures change only after a member has confirmed the changes
planned here; each import can be undone while its previous values are kept.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import date, timedelta
from hashlib import blake2b
from itertools import chain, islice
from typing import IO, Any, NamedTuple

from sqlalchemy import delete, or_, select, update

from portal.core.audit import record
from portal.core.cells import Wrong, heading
from portal.core.clock import now, today, zone
from portal.core.db import db, random_id, session
from portal.core.jobs.engine import current_engine, each_row
from portal.core.sheets import is_workbook
from portal.core.statuses import Refused
from portal.indicators import placebo_areas, uploads
from portal.indicators.areas import city_area, known_outlines
from portal.indicators.counts import (
    Area,
    Figure,
    FigureEntry,
    Import,
    Measure,
    figures_in,
    known_areas,
    measures,
    pack,
    plain_figures,
    unpack,
    write_figures,
)
from portal.indicators.files import mapping
from portal.indicators.files.cells import groups_over_whole, more_than_whole
from portal.indicators.files.mapping import FOR_WORKERS, ColumnMapping, UploadState, coverage, from_json
from portal.indicators.files.months_table import CountCell, MonthsTable, counted_twice
from portal.indicators.placebo_areas import PlaceboFound
from portal.indicators.statistics.terms import FileKind, MeasureKind, read, span, written
from portal.indicators.uploads import IncidentSource, Upload


class CellChange(NamedTuple):
    area_id: int
    measure_id: int
    month_on: date
    before: int | None
    before_import: int | None
    after: int


class Origin(NamedTuple):
    """The origin of figures: the source of an incident file, or the member who sent a table of monthly counts."""

    kind: str
    source_name: str = ""
    member_id: int | None = None


@dataclass(frozen=True)
class Replaced:
    """Figures of another origin that would be replaced. `made`: their import; None if the portal counted them."""

    made: Import | None
    cells: int


def import_of(upload: Upload, rows: int, source_name: str = "") -> Import:
    same = {"kind": upload.kind, "file_name": upload.file_name, "digest": upload.digest}
    return Import(rows=rows, source_name=source_name, **same)


def plan(counts: Collection[FigureEntry]) -> list[CellChange]:
    there = figures_in(counts)
    planned = []
    for one in counts:
        found = there.get(one.cell)
        before, whence = (found.value, found.import_id) if found else (None, None)
        planned.append(CellChange(one.area_id, one.measure_id, one.month_on, before, whence, one.value))
    return planned


def differs(one: CellChange) -> bool:
    return one.before is not None and one.before != one.after


def replaced(planned: Sequence[CellChange], origin: Origin) -> dict[int | None, Replaced]:
    cells = Counter(one.before_import for one in planned if differs(one))
    known = [key for key in cells if key is not None]
    found: dict[int | None, Import | None] = {
        made.id: made for made in session.scalars(select(Import).where(Import.id.in_(known)))
    }
    return {key: Replaced(found.get(key), number) for key, number in cells.items() if _origin(found.get(key)) != origin}


def _origin(made: Import | None) -> Origin | None:
    if made is None:
        return None
    if made.source_name:
        return Origin(made.kind, made.source_name)
    return Origin(made.kind, member_id=made.member_id)


def mark(planned: Sequence[CellChange]) -> str:
    """Return a hash of planned changes, which differs as soon as another member writes one of the figures."""
    return blake2b(repr(sorted(map(tuple, planned), key=repr)).encode(), digest_size=8).hexdigest()


def take(planned: Sequence[CellChange], made: Import, member_id: int | None) -> Import:
    months = [one.month_on for one in planned]
    made.member_id, made.cells, made.made_at = member_id, len(planned), now()
    made.first_on, made.last_on = min(months), max(months)
    made.changes = pack([(*one[:2], written(one.month_on), *one[3:]) for one in planned])
    session.add(made)
    session.flush()
    write_figures([FigureEntry(one.area_id, one.measure_id, one.month_on, one.after) for one in planned], made.id)
    _note("figures_imported", planned, member_id)
    return made


def check_undo(made: Import) -> bytes:
    """Return the packed changes of an import. Raise `Refused` if it was undone before or is too old."""
    if made.undone_at is not None:
        raise Refused("figures_undone")
    if made.changes is None:
        raise Refused("figures_too_old")
    return made.changes


def undo(made: Import, member_id: int) -> None:
    """Undo an import: restore the previous figures.

    Raise `Refused` if it was undone before or is too old, if one of its figures was written again since, or if the
    member may not know of one of its areas.
    """
    packed = check_undo(made)
    changes = [CellChange(area, measure, read(month), *rest) for area, measure, month, *rest in unpack(packed)]
    there = figures_in([_count(one) for one in changes])
    known = {area.id for area in known_areas(member_id)}
    for one in changes:
        found = there.get(_count(one).cell)
        if found is None or one.area_id not in known or (found.import_id, found.value) != (made.id, one.after):
            raise Refused("figures_changed")
    _put_back(changes, there)
    made.undone_at = now()
    _note("figures_undone", changes, member_id)


def _note(act: str, changes: Sequence[CellChange], member_id: int | None) -> None:
    """Record the act separately for each place, so that members who may not see a hidden place see no trace of it."""
    areas = {one.area_id for one in changes}
    for market_id in session.scalars(select(Area.market_id).where(Area.id.in_(areas)).distinct()):
        about = "city" if market_id is None else "market"
        record(f"{about}.{act}", about, market_id or 0, member_id)


def _put_back(changes: Sequence[CellChange], there: dict[tuple[Any, ...], Figure]) -> None:
    gone = []
    for one in changes:
        found = there[_count(one).cell]
        if one.before is None:
            gone.append(found.id)
        else:
            found.value, found.import_id = one.before, one.before_import
    session.flush()
    for start in range(0, len(gone), 500):
        erase = delete(Figure).where(Figure.id.in_(gone[start : start + 500]))
        session.execute(erase.execution_options(synchronize_session=False))


def _count(one: CellChange) -> FigureEntry:
    return FigureEntry(one.area_id, one.measure_id, one.month_on, one.after)


READ_FILE = "read a file of incidents"
COUNTABLE = (MeasureKind.CRIME, MeasureKind.CALLS)


@dataclass(frozen=True)
class Counted:
    rows: int
    types: list[tuple[str, int]]
    months: Mapping[date, int]
    cells: list[tuple[int, int, date, int]]
    areas: list[int]
    odd: Mapping[str, tuple[int, list[tuple[int, str, str]]]]
    inside: int
    outside: int
    coverage: mapping.Coverage
    mark: str
    """The hash of the outlines that were counted in; see `outlines_mark`."""
    placebos: PlaceboFound = field(default_factory=PlaceboFound)

    @property
    def empty(self) -> list[date]:
        return [month for month in self.coverage.months if not self.months.get(month)]


def found_source(name: str, member_id: int) -> IncidentSource:
    source = IncidentSource(id=random_id(), name=name, mapping={}, changed_at=now())
    session.add(source)
    session.flush()
    record("figures.source_added", "source", source.id, member_id)
    return source


def drop_source(source: IncidentSource, member_id: int) -> None:
    """Delete a source and its mapping; figures imported from it stay."""
    record("figures.source_dropped", "source", source.id, member_id)
    session.delete(source)
    session.flush()


def send_file(sent: IO[bytes], name: str, source: IncidentSource, member_id: int) -> Upload:
    upload = uploads.keep_upload(sent, name, FileKind.INCIDENTS, member_id, source.id)
    _wake(upload)
    return upload


def choose_columns(upload: Upload, source: IncidentSource, reading: ColumnMapping) -> None:
    known = from_json(source.mapping)
    reading = replace(reading, types=known.types, total=known.total)
    source.mapping, source.changed_at = asdict(reading), now()
    upload.mapping = asdict(reading)
    count_again(upload)


def count_again(upload: Upload) -> None:
    upload.state, upload.progress, upload.problem = UploadState.WAITING.value, 0, ""
    upload.counted = upload.taken_until = None
    _wake(upload)


def _wake(upload: Upload) -> None:
    upload_id = upload.id
    db.after_commit(lambda: current_engine().enqueue(READ_FILE, upload_id))


def decide_types(upload: Upload, source: IncidentSource, total: str, types: Mapping[str, str]) -> None:
    reading = from_json(upload.mapping)
    decided = {**reading.types, **types}
    reading = replace(reading, total=total, types={kind: said for kind, said in decided.items() if said})
    source.mapping, source.changed_at = asdict(reading), now()
    # Keep the other keys of the upload's mapping, such as the chosen months.
    upload.mapping = {**upload.mapping, **asdict(reading)}


def choose_window(upload: Upload, first: date, last: date) -> None:
    upload.mapping = {**upload.mapping, "first": written(first), "last": written(last)}


def measures_left(found: Counted, reading: ColumnMapping) -> list[Measure]:
    """Return the measures whose figures this file does not change, because it has no row of them."""
    left = mapping.left_alone(reading, [name for name, _count in found.types])
    return [one for one in countable() if one.key in left]


def window(upload: Upload, found: Counted) -> tuple[date, date] | None:
    """Return the first and last month to import: those chosen, else of those with rows that it seems to cover fully."""
    if "first" in upload.mapping and "last" in upload.mapping:
        said = read(upload.mapping["first"]), read(upload.mapping["last"])
        if said[0] in found.coverage.months and said[1] in found.coverage.months and said[0] <= said[1]:
            return said
    left = {*found.coverage.partial, *found.empty}
    proposed = [month for month in found.coverage.months if month not in left]
    return (proposed[0], proposed[-1]) if proposed else None


def months_to_write(upload: Upload, found: Counted) -> list[date]:
    chosen = window(upload, found)
    return [month for month in span(*chosen) if month not in found.empty] if chosen else []


def countable() -> list[Measure]:
    """Return the measures that incidents may count in: those counted independently of the effort."""
    found = (one for one in measures() if one.kind in COUNTABLE and one.counted_anyway)
    return [one for one in found if not one.city_only]


def with_proposals(reading: ColumnMapping, found: Counted) -> ColumnMapping:
    known = {measure.key for measure in countable()}
    proposed = {
        name: said
        for name, _count in found.types
        if reading.measures_of(name) is None and (said := mapping.propose_type(name, reading.total))
    }
    usable = {name.casefold(): said for name, said in proposed.items() if said in known or said.startswith("-")}
    return replace(reading, types={**usable, **reading.types})


def undecided(reading: ColumnMapping, found: Counted) -> list[str]:
    return [name for name, _count in found.types if reading.measures_of(name) is None]


def counted(upload: Upload, today: date) -> Counted:
    assert upload.counted is not None
    said: dict[str, Any] = unpack(upload.counted)
    first, last = (date.fromisoformat(said[name]) if said[name] else None for name in ("first", "last"))
    return Counted(
        rows=said["rows"],
        types=[(name, number) for name, number in said["types"]],
        months={read(month): number for month, number in said["months"].items()},
        cells=[(kind, area, read(month), number) for kind, area, month, number in said["cells"]],
        areas=said["areas"],
        odd={key: (number, [(*one,) for one in examples]) for key, (number, examples) in said["odd"].items()},
        inside=said["inside"],
        outside=said["outside"],
        coverage=coverage(first, last, today),
        mark=said["mark"],
        placebos=PlaceboFound(said.get("placebos", {}), said.get("drawn", ())),
    )


def outlines_mark(member_id: int) -> str:
    """Return a hash that differs whenever an area that the member may know of is added, moved or deleted."""
    said = repr((sorted(known_outlines(member_id).items()), placebo_areas.known_sets(member_id)))
    return blake2b(said.encode(), digest_size=8).hexdigest()


def counts_of(found: Counted, reading: ColumnMapping, months: Sequence[date]) -> list[FigureEntry]:
    """Return the figures of these months for every area and measure that is not `measures_left`, including zeros."""
    wanted = reading.measures - {one.key for one in measures_left(found, reading)}
    ids = {measure.key: measure.id for measure in countable() if measure.key in wanted}
    sums = {(area, measure, month): 0 for area in found.areas for measure in ids.values() for month in months}
    counts_as = [reading.measures_of(name) or [] for name, _count in found.types]
    for kind, area, month, number in found.cells:
        for key in counts_as[kind] if month in months else ():
            if key in ids:
                sums[area, ids[key], month] += number
    return [FigureEntry(area, measure, month, number) for (area, measure, month), number in sums.items()]


def take_over(
    upload: Upload, source: IncidentSource, found: Counted, planned: list[CellChange], member_id: int
) -> Import:
    made = take(planned, import_of(upload, found.rows, source.name), member_id)
    reading, months = from_json(upload.mapping), months_to_write(upload, found)
    if months:
        left = {one.key for one in measures_left(found, reading)}
        counts_as = [[key for key in reading.measures_of(name) or () if key not in left] for name, _ in found.types]
        placebo_areas.keep_placebos(
            found.placebos, made, placebo_areas.PlaceboReading(counts_as, reading.measures - left, months)
        )
    uploads.erase_upload(upload)
    return made


def monthly_counts_of(table: MonthsTable, member_id: int) -> tuple[list[FigureEntry], list[Wrong]]:
    """Return the counts of a table, and the problems that prevent their import.

    Problems are areas or measures unknown to the member, figures of the effort from before a place was public,
    duplicates, and parts that exceed their whole.
    """
    areas, known, beginnings = uploads.named_areas(member_id), uploads.named_measures(), uploads.Beginnings()
    counts: list[FigureEntry] = []
    lines: list[CountCell] = []
    wrong: dict[tuple[int, str], Wrong] = {}
    told = {(one.line, one.column) for one in table.wrong}
    seen: dict[tuple[object, ...], CountCell] = {}
    for one in table.cells:
        area, measure = areas.get(heading(one.area)), known.get(heading(one.measure))
        if area is None:
            wrong[one.line, "area"] = Wrong("unknown_area", one.line, table.area_column, one.area)
        if measure is None:
            wrong[one.line, "measure"] = Wrong("unknown_measure", one.line, table.measure_column, one.measure)
        if area is None or measure is None:
            continue
        if measure.city_only and area.market_id is not None:
            wrong[one.line, "area"] = Wrong("city_only", one.line, table.area_column, one.measure)
        elif not beginnings.may_have(area, measure, one.month_on):
            wrong[one.line, one.column] = Wrong("not_public_yet", one.line, one.column, written(one.month_on))
        count = FigureEntry(area.id, measure.id, one.month_on, one.value)
        first = seen.setdefault(count.cell, one)
        if first.line != one.line and (one.line, one.column) not in told:
            # The same measure under two different names.
            wrong[one.line, one.column] = counted_twice(first, one)
        counts.append(count)
        lines.append(one)
    return counts, [*wrong.values(), *_impossible(counts, lines)]


def _impossible(counts: list[FigureEntry], lines: list[CountCell]) -> Iterator[Wrong]:
    where = {one[:3]: line for one, line in zip(counts, lines, strict=True)}
    new = {one[:3]: one.value for one in counts}
    listed = measures()
    ids = {one.key: one.id for one in listed}
    whole_of = {one.id: ids[one.of_key] for one in listed if one.of_key in ids}
    for spot, part, whole in more_than_whole(new, plain_figures({one.area_id for one in counts}), whole_of):
        yield Wrong("more_than_whole", where[spot].line, where[spot].column, more={"part": part, "whole": whole})
    groups = {one.id: ids[one.of_key] for one in listed if one.kind == MeasureKind.POLICING and one.of_key in ids}
    for spot, parts, whole in groups_over_whole(new, plain_figures({one.area_id for one in counts}), groups):
        yield Wrong("groups_over_whole", where[spot].line, where[spot].column, more={"part": parts, "whole": whole})


LEASE = timedelta(minutes=3)
LOOK_EVERY = 1.0
"""Seconds between two checks whether the file is still to be read."""
NEARLY = 97


@dataclass(frozen=True)
class ImportTask:
    """The inputs for reading a file, copied so that no transaction stays open meanwhile."""

    upload_id: int
    state: str
    size: int
    options: dict[str, Any]
    mark: str


def read_files() -> None:
    """Read the files that still wait: no worker was notified, or the worker's lease has expired."""
    with db.work():
        free = or_(Upload.taken_until.is_(None), Upload.taken_until <= now())
        incidents = Upload.kind == FileKind.INCIDENTS
        waiting = session.scalars(select(Upload.id).where(incidents, Upload.state.in_(FOR_WORKERS), free)).all()
    each_row(waiting, read_file)


def read_file(upload_id: int) -> None:
    """Read or count a file unless another worker does. If its source has a mapping, reading is followed by counting."""
    while (task := _claim(upload_id)) is not None:
        said = uploads.count_apart(task.options, _pieces(task), _watch(task))
        with db.work():
            if not _settle(task, said):
                return


def _claim(upload_id: int) -> ImportTask | None:
    with db.work():
        free = or_(Upload.taken_until.is_(None), Upload.taken_until <= now())
        taking = update(Upload).where(Upload.id == upload_id, Upload.state.in_(FOR_WORKERS), free)
        taken = session.execute(taking.values(taken_until=now() + LEASE).returning(Upload.id)).scalar()
        upload = session.get(Upload, upload_id) if taken else None
        if upload is None:
            return None
        counts = upload.state == UploadState.WAITING
        options, mark = _options(upload) if counts else {}, outlines_mark(upload.member_id)
        return ImportTask(upload.id, upload.state, upload.size, options, mark)


def _options(upload: Upload) -> dict[str, Any]:
    """Return everything the subprocess gets: nothing about the member, and only areas that the member may know of."""
    city = city_area()
    return {
        "reading": upload.mapping,
        "zone": zone().key,
        "today": today().isoformat(),
        "areas": sorted(known_outlines(upload.member_id).items()),
        "city": city.id if city else None,
        **placebo_areas.placebo_options(upload.member_id),
    }


def _pieces(task: ImportTask) -> Iterator[bytes]:
    """Yield the whole file, or for a first look its beginning only; a workbook must be unpacked as a whole."""
    found = uploads.pieces(task.upload_id)
    first = next(found, b"")
    if task.state == UploadState.SENT and not is_workbook(first):
        found = islice(found, 0)
    return chain([first], found)


def _watch(task: ImportTask) -> Callable[[int], bool]:
    """Return a callback that renews the lease and saves the progress.

    It returns False, to end the reading, once the file was deleted or is to be read differently.
    """
    looked = time.monotonic()

    def fed(so_far: int) -> bool:
        nonlocal looked
        if time.monotonic() - looked < LOOK_EVERY:
            return True
        looked = time.monotonic()
        done = min(NEARLY, so_far * 100 // max(task.size, 1))
        with db.work():
            same = update(Upload).where(Upload.id == task.upload_id, Upload.state == task.state)
            going = same.values(progress=done, taken_until=now() + LEASE).returning(Upload.id)
            return session.execute(going).scalar() is not None

    return fed


def _settle(task: ImportTask, said: dict[str, Any]) -> bool:
    """Store the result of a step. Return whether the next step can follow at once."""
    upload = session.get(Upload, task.upload_id, with_for_update=True)
    if upload is None or upload.state != task.state:
        return False
    upload.taken_until, upload.progress = None, 100
    if "problem" in said:
        upload.state, upload.problem = UploadState.FAILED.value, said["problem"]
        upload.mapping = {**upload.mapping, "line": said.get("line", 0)}
    elif task.state == UploadState.SENT:
        return _propose(upload, said)
    else:
        upload.state, upload.counted = UploadState.COUNTED.value, pack({**said, "mark": task.mark})
    return False


def _propose(upload: Upload, said: dict[str, Any]) -> bool:
    """Store the first rows. Return whether the source's mapping fits, so that counting can start without asking."""
    source = session.get(IncidentSource, upload.source_id) if upload.source_id else None
    upload.head = pack(said)
    known = from_json(source.mapping if source else {})
    is_known = known.epsg > 0 and known.fits(said["head"])
    upload.state = (UploadState.WAITING if is_known else UploadState.ASKING).value
    if is_known and source is not None:
        upload.mapping, upload.progress = dict(source.mapping), 0
    return is_known
