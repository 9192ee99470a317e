"""Files of incidents on their way: sent in, columns chosen, counted by a worker, types decided, taken over."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from hashlib import blake2b
from typing import IO, Any

from portal.core.audit import record
from portal.core.clock import now
from portal.core.db import db, random_id, session
from portal.core.jobs.engine import current_engine
from portal.indicators.actions import Count
from portal.indicators.areas.queries import known_outlines
from portal.indicators.imports.actions import taking
from portal.indicators.imports.actions.uploads import erase_upload, keep_upload
from portal.indicators.imports.models import Source, Upload
from portal.indicators.imports.packing import pack, unpack
from portal.indicators.imports.rules.blocks import Block
from portal.indicators.imports.rules.coverage import Coverage, coverage
from portal.indicators.imports.rules.mapping import Reading, as_json, from_json
from portal.indicators.imports.rules.missing import Missing, left_alone, missing
from portal.indicators.imports.rules.states import State
from portal.indicators.imports.rules.types import propose_type
from portal.indicators.models import Import, Measure
from portal.indicators.queries import measures
from portal.indicators.rules.measures import FileKind, Kind
from portal.indicators.rules.months import read, span, written

READ_FILE = "read a file of incidents"
COUNTABLE = (Kind.CRIME, Kind.CALLS)


@dataclass(frozen=True)
class Counted:
    """What a worker found in a file."""

    rows: int
    types: list[tuple[str, int]]
    months: Mapping[date, int]
    cells: list[tuple[int, int, date, int]]
    areas: list[int]
    odd: Mapping[str, tuple[int, list[tuple[int, str, str]]]]
    inside: int
    outside: int
    coverage: Coverage
    mark: str
    """Of the outlines that it counted in."""


def found_source(name: str, member_id: int) -> Source:
    """Somebody who publishes incidents, of whose files nothing is known yet."""
    source = Source(id=random_id(), name=name, mapping={}, changed_at=now())
    session.add(source)
    session.flush()
    record("figures.source_added", "source", source.id, member_id)
    return source


def set_blocks(source: Source, blocks: Iterable[Block], member_id: int) -> None:
    """Keep where the blocks are, in place of what was known before."""
    kept = list(blocks)
    source.blocks, source.block_count, source.changed_at = pack(kept), len(kept), now()
    record("figures.blocks_set", "source", source.id, member_id)


def drop_source(source: Source, member_id: int) -> None:
    """Forget how the files of a source are read; figures that came from it stay."""
    record("figures.source_dropped", "source", source.id, member_id)
    session.delete(source)
    session.flush()


def send_file(sent: IO[bytes], name: str, source: Source, member_id: int) -> Upload:
    """Keep a file and let a worker look into it."""
    upload = keep_upload(sent, name, FileKind.INCIDENTS, member_id, source.id)
    _wake(upload)
    return upload


def choose_columns(upload: Upload, source: Source, reading: Reading) -> None:
    """Say what the columns hold, for this file and the next ones of the source, and let a worker count."""
    known = from_json(source.mapping)
    reading = replace(reading, types=known.types, total=known.total)
    source.mapping, source.changed_at = as_json(reading), now()
    upload.mapping = as_json(reading)
    count_again(upload)


def count_again(upload: Upload) -> None:
    """Let a worker count a file, anew if it was counted before."""
    upload.state, upload.progress, upload.problem = State.WAITING.value, 0, ""
    upload.counted = upload.taken_until = None
    _wake(upload)


def _wake(upload: Upload) -> None:
    upload_id = upload.id
    db.after_commit(lambda: current_engine().enqueue(READ_FILE, upload_id))


def decide_types(upload: Upload, source: Source, total: str, types: Mapping[str, str]) -> None:
    """Say what types count as, for this file and the next ones of the source."""
    reading = from_json(upload.mapping)
    decided = {**reading.types, **types}
    reading = replace(reading, total=total, types={kind: said for kind, said in decided.items() if said})
    source.mapping, source.changed_at = as_json(reading), now()
    # The window stands beside it.
    upload.mapping = {**upload.mapping, **as_json(reading)}


def choose_window(upload: Upload, first: date, last: date) -> None:
    """Say which months the file covers whole."""
    upload.mapping = {**upload.mapping, "first": written(first), "last": written(last)}


def missing_in(found: Counted, reading: Reading) -> dict[str, Missing]:
    """What is missing in a file of what its source usually has, by measures that incidents may count as."""
    known = {measure.key for measure in countable()}
    gone = missing(reading, [name for name, _count in found.types])
    return {key: one for key, one in gone.items() if key in known}


def choose_fates(upload: Upload, gone: Mapping[str, Missing], fates: Mapping[str, str]) -> None:
    """Say what becomes of the measures of which a type is missing, for this file alone."""
    said = {key: (fates[key], one.is_whole) for key, one in gone.items()}
    upload.mapping = {**upload.mapping, "fates": said}


def measures_left(upload: Upload, gone: Mapping[str, Missing]) -> frozenset[str]:
    """The measures whose figures this file does not change."""
    return left_alone(gone, upload.mapping.get("fates", {}))


def window(upload: Upload, found: Counted) -> tuple[date, date] | None:
    """The months that are taken over: those that were said, or that the file seems to cover whole."""
    if "first" in upload.mapping and "last" in upload.mapping:
        said = read(upload.mapping["first"]), read(upload.mapping["last"])
        if said[0] in found.coverage.months and said[1] in found.coverage.months and said[0] <= said[1]:
            return said
    if found.coverage.first is None or found.coverage.last is None:
        return None
    return found.coverage.first, found.coverage.last


def countable() -> list[Measure]:
    """What incidents may count as: what is counted with or without an effort."""
    return [measure for measure in measures() if measure.kind in COUNTABLE and measure.counted_anyway]


def with_proposals(reading: Reading, found: Counted) -> Reading:
    """The same with a proposal for every type that nobody has decided about."""
    known = {measure.key for measure in countable()}
    proposed = {
        name: said
        for name, _count in found.types
        if reading.measures_of(name) is None and (said := propose_type(name, reading.total))
    }
    usable = {name.casefold(): said for name, said in proposed.items() if said in known or said.startswith("-")}
    return replace(reading, types={**usable, **reading.types})


def undecided(reading: Reading, found: Counted) -> list[str]:
    """Types in the file of which nobody has said what they count as."""
    return [name for name, _count in found.types if reading.measures_of(name) is None]


def counted(upload: Upload, today: date) -> Counted:
    """What a worker found. The file must have been counted."""
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
    )


def outlines_mark(member_id: int) -> str:
    """Changes whenever an area that a member may know of is added, moved or erased."""
    said = repr(sorted(known_outlines(member_id).items()))
    return blake2b(said.encode(), digest_size=8).hexdigest()


def counts_of(
    found: Counted, reading: Reading, first: date, last: date, left: Collection[str] = frozenset()
) -> list[Count]:
    """The figures of the months from `first` through `last`: every area and measure, also where there was nothing.

    Without the measures that are `left` alone.
    """
    wanted = reading.measures - set(left)
    ids = {measure.key: measure.id for measure in countable() if measure.key in wanted}
    sums = {
        (area, measure, month): 0 for area in found.areas for measure in ids.values() for month in span(first, last)
    }
    counts_as = [reading.measures_of(name) or [] for name, _count in found.types]
    for kind, area, month, number in found.cells:
        for key in counts_as[kind] if first <= month <= last else ():
            if key in ids:
                sums[area, ids[key], month] += number
    return [Count(area, measure, month, number) for (area, measure, month), number in sums.items()]


def take_over(upload: Upload, source: Source, found: Counted, planned: list[taking.Change], member_id: int) -> Import:
    """Write the figures, and erase the file."""
    made = taking.take(planned, taking.provenance(upload, found.rows, source.name), member_id)
    erase_upload(upload)
    return made
