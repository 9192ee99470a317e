"""Imports of figures, planned here and made once a member has confirmed; their undoing; what an incident counts as."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import asdict, replace
from datetime import date
from functools import cached_property, partial
from hashlib import blake2b
from typing import IO, Annotated, NamedTuple

from pydantic import BeforeValidator
from sqlalchemy import delete, select

from portal.core.audit import record
from portal.core.cells import Wrong, heading
from portal.core.clock import now, today
from portal.core.db import added, db, random_id, session
from portal.core.i18n import LANGUAGES
from portal.core.jobs.engine import current_engine
from portal.core.statuses import Refused, existing
from portal.indicators import counts, placebo_areas, uploads
from portal.indicators.counts import Area, Figure, FigureEntry, Import, Measure
from portal.indicators.files import mapping, months_table
from portal.indicators.files.mapping import ColumnMapping, UploadState, from_json
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

    @property
    def entry(self) -> FigureEntry:
        return FigureEntry(self.area_id, self.measure_id, self.month_on, self.after)

    @property
    def replaces(self) -> bool:
        return self.before is not None and self.before != self.after


def plan(entries: Collection[FigureEntry]) -> list[CellChange]:
    there = counts.figures_in(entries)
    changes = []
    for entry in entries:
        row = there.get(entry.cell)
        before, made_by = (row.value, row.import_id) if row else (None, None)
        changes.append(CellChange(*entry.cell, before, made_by, entry.value))
    return changes


def replaced(planned: Sequence[CellChange], upload: Upload) -> dict[int | None, Import | None]:
    """Return the imports of other sources or members that would change, by id; None for those that we counted."""
    ids = {change.before_import for change in planned if change.replaces}
    name = upload.source.name if upload.source else ""
    made = {row.id: row for row in session.scalars(select(Import).where(Import.id.in_(filter(None, ids))))}
    same = {key for key, row in made.items() if (row.kind, row.source_name) == (upload.kind, name)}
    own = {key for key in same if name or made[key].member_id == upload.member_id}
    return {key: made.get(key or 0) for key in ids - own}


def mark(planned: Sequence[CellChange]) -> str:
    """Return a hash of planned changes, which differs as soon as another member writes one of the figures."""
    return blake2b(repr(sorted(map(tuple, planned), key=repr)).encode(), digest_size=8).hexdigest()


def take(planned: Sequence[CellChange], made: Import, member_id: int | None) -> Import:
    months = [change.month_on for change in planned]
    made.member_id, made.cells, made.made_at = member_id, len(planned), now()
    made.first_on, made.last_on = min(months), max(months)
    made.changes = counts.pack([(*change[:2], written(change.month_on), *change[3:]) for change in planned])
    added(made)
    counts.write_figures([change.entry for change in planned], made.id)
    _record("figures_imported", planned, member_id)
    return made


def check_undo(made: Import) -> bytes:
    """Return the packed changes of an import. Raises `Refused` if it was undone before or is too old."""
    if made.undone_at is not None:
        raise Refused("figures_undone")
    if made.changes is None:
        raise Refused("figures_too_old")
    return made.changes


def undo(made: Import, member_id: int) -> None:
    """Restore the previous figures. Raises `Refused` if that is too late, or an area is not the member's to know of."""
    rows = counts.unpack(check_undo(made))
    changes = [CellChange(area, measure, read(month), *rest) for area, measure, month, *rest in rows]
    there = counts.figures_in([change.entry for change in changes])
    area_ids = {area.id for area in counts.known_areas(member_id)}
    for change in changes:
        figure = there.get(change.entry.cell)
        is_as_written = figure is not None and (figure.import_id, figure.value) == (made.id, change.after)
        if change.area_id not in area_ids or not is_as_written:
            raise Refused("figures_changed")
    for change in changes:
        if change.before is not None:
            figure = there[change.entry.cell]
            figure.value, figure.import_id = change.before, change.before_import
    session.flush()
    # What it still stands for was not there before.
    added_by_it = delete(Figure).where(Figure.import_id == made.id)
    session.execute(added_by_it.execution_options(synchronize_session=False))
    made.undone_at = now()
    _record("figures_undone", changes, member_id)


def _record(act: str, changes: Sequence[CellChange], member_id: int | None) -> None:
    areas = {change.area_id for change in changes}
    for market_id in session.scalars(select(Area.market_id).where(Area.id.in_(areas)).distinct()):
        counts.record_at(market_id, act, member_id)


COUNTABLE = (MeasureKind.CRIME, MeasureKind.CALLS)


Month = Annotated[date, BeforeValidator(read)]


class Counted(PlaceboFound):
    """What the counting process found in a file; see `files.program`."""

    rows: int
    types: list[tuple[str, int]]
    months: dict[Month, int]
    cells: list[tuple[int, int, Month, int]]
    areas: list[int]
    odd: dict[str, tuple[int, list[tuple[int, str, str]]]]
    inside: int
    outside: int
    first: date | None
    last: date | None
    mark: str
    """See `uploads.outlines_mark`."""

    @cached_property
    def coverage(self) -> mapping.Coverage:
        return mapping.coverage(self.first, self.last, today())

    @property
    def empty(self) -> list[date]:
        """The months between its first and last day in which it has no row."""
        return [month for month in self.coverage.months if not self.months.get(month)]


def found_source(name: str, member_id: int) -> IncidentSource:
    source = added(IncidentSource(id=random_id(), name=name, mapping={}, changed_at=now()))
    record("figures.source_added", "source", source.id, member_id)
    return source


def send_file(sent: IO[bytes], name: str, source: IncidentSource, member_id: int) -> Upload:
    upload = uploads.keep_upload(sent, name, FileKind.INCIDENTS, member_id, source.id)
    db.after_commit(partial(current_engine().enqueue, uploads.READ_FILE, upload.id))
    return upload


def count_again(upload: Upload) -> None:
    upload.state, upload.progress, upload.problem = UploadState.WAITING, 0, ""
    upload.counted = upload.taken_until = None
    db.after_commit(partial(current_engine().enqueue, uploads.READ_FILE, upload.id))


def keep_mapping(upload: Upload, reading: ColumnMapping) -> None:
    """Save how a file is read, for this file and later ones of its source."""
    source = existing(upload.source)
    source.mapping, source.changed_at = asdict(reading), now()
    upload.mapping = {**upload.mapping, **asdict(reading)}


def measures_left(found: Counted, reading: ColumnMapping) -> list[Measure]:
    """Return the measures that only other files of the source have rows of: what was not sent is not taken for zero."""
    there = {key for name, _count in found.types for key in reading.measures_of(name) or ()} | {reading.total}
    left = {key for key in reading.types.values() if not key.startswith("-") and key not in there}
    return [measure for measure in countable() if measure.key in left]


def window(upload: Upload, found: Counted) -> tuple[date, date] | None:
    """Return the first and last month to import: those chosen, else of those with rows that it seems to cover fully."""
    months = found.coverage.months
    if "first" in upload.mapping and "last" in upload.mapping:
        first, last = read(upload.mapping["first"]), read(upload.mapping["last"])
        if first in months and last in months and first <= last:
            return first, last
    left = {*found.coverage.partial, *found.empty}
    proposed = [month for month in months if month not in left]
    return (proposed[0], proposed[-1]) if proposed else None


def months_to_write(upload: Upload, found: Counted) -> list[date]:
    chosen = window(upload, found)
    return [month for month in span(*chosen) if month not in found.empty] if chosen else []


def countable() -> list[Measure]:
    """Return the measures that incidents may count in: those counted independently of the effort."""
    able = (measure for measure in counts.measures() if measure.kind in COUNTABLE and measure.counted_anyway)
    return [measure for measure in able if not measure.city_only]


def with_proposals(reading: ColumnMapping, found: Counted) -> ColumnMapping:
    keys = {measure.key for measure in countable()}
    proposed = {name: mapping.propose_type(name, reading.total) for name in undecided(reading, found)}
    usable = {name.casefold(): key for name, key in proposed.items() if key in keys or key.startswith("-")}
    return replace(reading, types={**usable, **reading.types})


def undecided(reading: ColumnMapping, found: Counted) -> list[str]:
    return [name for name, _count in found.types if reading.measures_of(name) is None]


def counted(upload: Upload) -> Counted:
    return Counted.model_validate(counts.unpack(upload.counted or b""))


def counts_of(found: Counted, reading: ColumnMapping, months: Sequence[date]) -> list[FigureEntry]:
    """Return the figures of these months for every area and measure that is not `measures_left`, including zeros."""
    wanted = reading.measures - {measure.key for measure in measures_left(found, reading)}
    ids = {measure.key: measure.id for measure in countable() if measure.key in wanted}
    sums = {(area, measure, month): 0 for area in found.areas for measure in ids.values() for month in months}
    counts_as = [reading.measures_of(name) or [] for name, _count in found.types]
    for kind, area, month, number in found.cells:
        for key in counts_as[kind] if month in months else ():
            if key in ids:
                sums[area, ids[key], month] += number
    return [FigureEntry(area, measure, month, number) for (area, measure, month), number in sums.items()]


def take_over(upload: Upload, found: Counted, planned: list[CellChange], member_id: int) -> Import:
    """Write the planned figures, keep the placebo areas with their counts, and delete the file."""
    same = {"kind": upload.kind, "file_name": upload.file_name, "digest": upload.digest}
    made = take(planned, Import(rows=found.rows, source_name=existing(upload.source).name, **same), member_id)
    reading, months = from_json(upload.mapping), months_to_write(upload, found)
    left = {measure.key for measure in measures_left(found, reading)}
    counts_as = [[key for key in reading.measures_of(name) or () if key not in left] for name, _ in found.types]
    read_as = placebo_areas.PlaceboReading(counts_as, reading.measures - left, months)
    placebo_areas.keep_placebos(found, made, read_as)
    uploads.erase_upload(upload)
    return made


def monthly_counts_of(table: MonthsTable, member_id: int) -> tuple[list[FigureEntry], list[Wrong]]:
    """Return the counts of a table, and the problems that prevent their import."""
    listed, areas, may_have = counts.measures(), uploads.named_areas(member_id), uploads.beginnings()
    named = {heading(measure.name[lang]): measure for measure in reversed(listed) for lang in LANGUAGES}
    named |= {measure.key: measure for measure in listed}
    entries: list[FigureEntry] = []
    wrong: dict[tuple[int, str], Wrong] = {}
    seen: dict[months_table.Spot, CountCell] = {}
    for cell in table.cells:
        area, measure = areas.get(heading(cell.area)), named.get(heading(cell.measure))
        if area is None:
            wrong[cell.line, "area"] = Wrong("unknown_area", cell.line, table.area_column, cell.area)
        if measure is None:
            wrong[cell.line, "measure"] = Wrong("unknown_measure", cell.line, table.measure_column, cell.measure)
        if area is None or measure is None:
            continue
        if measure.city_only and area.market_id is not None:
            wrong[cell.line, "area"] = Wrong("city_only", cell.line, table.area_column, cell.measure)
        elif not may_have(area, measure, cell.month_on):
            wrong[cell.line, cell.column] = Wrong("not_public_yet", cell.line, cell.column, written(cell.month_on))
        entry = FigureEntry(area.id, measure.id, cell.month_on, cell.value)
        first = seen.setdefault(entry.cell, cell)
        if first is not cell:
            wrong[cell.line, cell.column] = counted_twice(first, cell)
        entries.append(entry)
    return entries, [*wrong.values(), *_impossible(seen)]


def _impossible(lines: Mapping[months_table.Spot, CountCell]) -> Iterator[Wrong]:
    new = {spot: cell.value for spot, cell in lines.items()}
    listed = counts.measures()
    ids = {measure.key: measure.id for measure in listed}
    standing = counts.plain_figures({area for area, _measure, _month in lines}, ids.values())
    parts = {measure.id: ids[measure.of_key] for measure in listed if measure.of_key in ids}
    groups = {measure.id for measure in listed if measure.kind == MeasureKind.POLICING}
    for spot, part, whole in months_table.more_than_whole(new, standing, parts):
        yield Wrong("more_than_whole", lines[spot].line, lines[spot].column, more={"part": part, "whole": whole})
    exclusive = {part: whole for part, whole in parts.items() if part in groups}
    for spot, sum_of_parts, whole in months_table.groups_over_whole(new, standing, exclusive):
        more = {"part": sum_of_parts, "whole": whole}
        yield Wrong("groups_over_whole", lines[spot].line, lines[spot].column, more=more)
