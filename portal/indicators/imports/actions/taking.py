"""Taking over counts, all or nothing, with where they came from; and putting back what stood there before."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from hashlib import blake2b
from typing import Any, NamedTuple

from sqlalchemy import delete, select

from portal.core.audit import record as record_act
from portal.core.clock import now
from portal.core.db import session
from portal.core.errors import Refused
from portal.indicators.actions import Count, figures_in, record
from portal.indicators.imports.models import Upload
from portal.indicators.imports.packing import pack, unpack
from portal.indicators.models import Area, Figure, Import
from portal.indicators.queries import known_areas
from portal.indicators.rules.months import read, written


class Change(NamedTuple):
    """What an import does to a cell: the value and the import that stood there, and the new value."""

    area_id: int
    measure_id: int
    month_on: date
    before: int | None
    before_import: int | None
    after: int


class Origin(NamedTuple):
    """Who figures come from: the source of a file of incidents, or whoever sent tables of monthly counts."""

    kind: str
    source_name: str = ""
    member_id: int | None = None


@dataclass(frozen=True)
class Replaced:
    """What would be replaced that came from elsewhere. `made`: with which import; None for what was counted here."""

    made: Import | None
    cells: int


@dataclass(frozen=True)
class Provenance:
    """Where counts come from."""

    kind: str
    file_name: str
    digest: str
    rows: int
    source_name: str = ""


def provenance(upload: Upload, rows: int, source_name: str = "") -> Provenance:
    """Where the counts of a file that was sent in come from."""
    return Provenance(upload.kind, upload.file_name, upload.digest, rows, source_name)


def plan(counts: Collection[Count]) -> list[Change]:
    """What these counts would change, in their order."""
    there = figures_in(counts)
    planned = []
    for one in counts:
        found = there.get(one.cell)
        before, whence = (found.value, found.import_id) if found else (None, None)
        planned.append(Change(one.area_id, one.measure_id, one.month_on, before, whence, one.value))
    return planned


def differs(one: Change) -> bool:
    """Whether there is another figure now."""
    return one.before is not None and one.before != one.after


def replaced(planned: Sequence[Change], origin: Origin) -> dict[int | None, Replaced]:
    """The figures of other origins that would be other than before, by the import that they came with."""
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


def mark(planned: Sequence[Change]) -> str:
    """Changes whenever somebody else writes one of these figures."""
    return blake2b(repr(sorted(map(tuple, planned), key=repr)).encode(), digest_size=8).hexdigest()


def take(planned: Sequence[Change], whence: Provenance, member_id: int | None) -> Import:
    """Write all of them, in the transaction at hand."""
    months = [one.month_on for one in planned]
    made = Import(
        member_id=member_id,
        kind=whence.kind,
        source_name=whence.source_name,
        file_name=whence.file_name,
        digest=whence.digest,
        rows=whence.rows,
        cells=len(planned),
        first_on=min(months),
        last_on=max(months),
        made_at=now(),
        changes=pack([(*one[:2], written(one.month_on), *one[3:]) for one in planned]),
    )
    session.add(made)
    session.flush()
    record([Count(one.area_id, one.measure_id, one.month_on, one.after) for one in planned], made.id)
    _note("figures_imported", planned, member_id)
    return made


def undo(made: Import, member_id: int) -> None:
    """Put back what stood there before.

    Raises `Refused` when it is undone or too old, or when one of its figures was written anew or is not to be known.
    """
    if made.undone_at is not None:
        raise Refused("figures_undone")
    if made.changes is None:
        raise Refused("figures_too_old")
    changes = [Change(area, measure, read(month), *rest) for area, measure, month, *rest in unpack(made.changes)]
    there = figures_in([_count(one) for one in changes])
    known = {area.id for area in known_areas(member_id)}
    for one in changes:
        found = there.get(_count(one).cell)
        if found is None or one.area_id not in known or (found.import_id, found.value) != (made.id, one.after):
            raise Refused("figures_changed")
    _put_back(changes, there)
    made.undone_at = now()
    _note("figures_undone", changes, member_id)


def _note(act: str, changes: Sequence[Change], member_id: int | None) -> None:
    """Under the places that it was about: who may not know of one reads nothing of it."""
    areas = {one.area_id for one in changes}
    for market_id in session.scalars(select(Area.market_id).where(Area.id.in_(areas)).distinct()):
        about = "city" if market_id is None else "market"
        record_act(f"{about}.{act}", about, market_id or 0, member_id)


def _put_back(changes: Sequence[Change], there: dict[tuple[Any, ...], Figure]) -> None:
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


def _count(one: Change) -> Count:
    return Count(one.area_id, one.measure_id, one.month_on, one.after)
