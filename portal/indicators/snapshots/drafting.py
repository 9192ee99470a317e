"""A snapshot as it would be frozen on a day: read, decided and written, but nothing is kept yet."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import TYPE_CHECKING

from flask import current_app
from sqlalchemy import select
from sqlalchemy.orm import selectinload

from portal.config import Settings
from portal.core.clock import now, zone
from portal.core.crypto import site_key
from portal.core.db import db, session
from portal.indicators.models import Area, Figure, Measure
from portal.indicators.queries import measures
from portal.indicators.rules.measures import Part
from portal.indicators.rules.months import month_of, read, span
from portal.indicators.snapshots import queries
from portal.indicators.snapshots.changes import with_changes
from portal.indicators.snapshots.composing import Cell, Source, written_as
from portal.indicators.snapshots.document import Document, Finding, Registration
from portal.indicators.snapshots.models import FrozenCount
from portal.indicators.snapshots.rules import days
from portal.indicators.snapshots.rules.counts import CITY, Line, Spot, Told
from portal.indicators.snapshots.rules.weights import weight
from portal.markets.models import Market
from portal.markets.queries import known_since

if TYPE_CHECKING:
    from portal.indicators.snapshots.protecting.protection import Protected

PURPOSE = "what is hidden besides"
Tell = Callable[[float], None]


@dataclass(frozen=True)
class Warnings:
    """What whoever answers for a snapshot should know of how it was made. No number tells of a count."""

    known_before: int = 0
    """Hidden counts of which nobody can show that they stay hidden: earlier snapshots may have told them."""
    unsolved: int = 0
    """Areas that were hidden whole for a month, since solving them would have taken too long."""
    timed_out: int = 0
    """Questions that the solver gave up; more was hidden instead."""

    def and_more(self, known_before: int, unsolved: int, timed_out: int) -> Warnings:
        """Those of one more family of measures."""
        return Warnings(self.known_before + known_before, self.unsolved + unsolved, self.timed_out + timed_out)

    def __bool__(self) -> bool:
        return any((self.known_before, self.unsolved, self.timed_out))


@dataclass(frozen=True)
class Hidden:
    """How many counts of a measure a snapshot has anew: shown, hidden because they are small, hidden besides."""

    measure: str
    shown: int
    small: int
    besides: int


@dataclass(frozen=True)
class Draft:
    """A snapshot before it is kept."""

    document: Document
    new: dict[Cell, Told]
    hidden: tuple[Hidden, ...]
    warnings: Warnings


def draft(day: date, tell: Tell = lambda _done: None) -> Draft | None:
    """The snapshot of a day; None while there is nothing to publish. Nothing is written, and nobody has to wait.

    `tell` hears which part is done.
    """
    with db.work():
        db.read_only()
        source = _source(day)
    if source is None:
        return None
    told, warnings = _decided(source, tell)
    new = {cell: one for cell, one in told.items() if cell not in source.told}
    return Draft(with_changes(written_as(source, told)), new, tuple(_hidden(source, new)), warnings)


# ── What is read ─────────────────────────────────────────────────────────────────────────────────────────────────────


def _source(day: date) -> Source | None:
    moment = days.frozen_at(day, now().astimezone(zone()))
    shown = select(Market).where(Market.released_at.is_not(None), Market.released_at <= moment).order_by(Market.slug)
    places = session.scalars(shown.options(selectinload(Market.call_in))).all()
    ids = [place.id for place in places]
    areas = session.scalars(select(Area).where(Area.market_id.is_(None) | Area.market_id.in_(ids))).all()
    of_these = [area.id for area in areas]
    asked = select(*(getattr(Figure, name) for name in Cell._fields), Figure.value).where(Figure.area_id.in_(of_these))
    figures = {Cell(*row[:5]): row[5] for row in session.execute(asked)}
    frozen = select(FrozenCount).where(FrozenCount.area_id.in_(of_these))
    told = {_cell(row): Told(row.value, row.shown, row.sum_shown) for row in session.scalars(frozen)}
    previous, listed = queries.latest(), measures()
    settings: Settings = current_app.extensions["settings"]
    if previous is None and not figures:
        return None
    months = _months(day, previous, listed)
    findings = {place.id: _published_findings(place, day) for place in places}
    begins = {place.id: month_of(known_since(place)) for place in places}
    return Source(settings.site_name, day, previous, months, listed, places, areas, begins, figures, told, findings)


def _cell(row: FrozenCount) -> Cell:
    return Cell(row.area_id, row.measure_id, row.month_on, row.language, row.channel)


def _months(day: date, previous: queries.Frozen | None, listed: Iterable[Measure]) -> tuple[date, ...]:
    settings: Settings = current_app.extensions["settings"]
    before = [read(month) for month in previous.document.months] if previous else []
    last = max([days.last_month((one.lag_days for one in listed), day), *before[-1:]])
    given = read(settings.snapshot_from) if settings.snapshot_from else None
    return tuple(span(days.first_month(given, before[0] if before else None, last), last))


def _published_findings(place: Market, day: date) -> tuple[Registration | None, tuple[Finding, ...]]:
    """What the evaluation of a place says; it is built on snapshots, so it is asked through the app."""
    found: tuple[Registration | None, tuple[Finding, ...]] = current_app.extensions["published_findings"](place, day)
    return found


# ── What is decided ──────────────────────────────────────────────────────────────────────────────────────────────────


def _decided(source: Source, tell: Tell) -> tuple[dict[Cell, Told], Warnings]:
    """What is told of every count in the end, and what is to be said of how it was decided."""
    by_id = {one.id: one for one in source.measures}
    of = {one.key: one.of_key for one in source.measures if one.of_key}
    guarded = source.guarded
    names = _Names(by_id, {area.id: area for area in source.areas})
    ready = {cell: value for cell, value in source.figures.items() if _is_ready(cell, source, names)}
    plain = {
        cell: Told(value, shown=True, sum_shown=True)
        for cell, value in ready.items()
        if by_id[cell.measure_id].key not in guarded and not (cell.language and cell.channel)
    }
    told = {**source.told, **plain}
    warnings, families = Warnings(), _families(guarded, of)
    for number, family in enumerate(families):
        share = partial(_tell_share, tell, number, len(families))
        found = _protected(family, of, ready, source.told, names, share)
        told |= {names.cell(spot): one for spot, one in found.told.items() if names.cell(spot) not in source.told}
        warnings = warnings.and_more(found.known_before, found.unsolved, found.cut_short)
    return told, warnings


def _is_ready(cell: Cell, source: Source, names: _Names) -> bool:
    """Whether a count is new, complete, and tells of no month in which nobody could know of its place."""
    measure, area = names.measures[cell.measure_id], names.areas[cell.area_id]
    is_early = not measure.counted_anyway and cell.month_on < source.begins.get(area.market_id or 0, date.min)
    return (
        cell not in source.told
        and cell.month_on in source.months
        and days.is_complete(cell.month_on, measure.lag_days, source.day)
        and not is_early
    )


def _families(guarded: Iterable[str], of: Mapping[str, str]) -> list[set[str]]:
    """Measures with all of which they are parts, directly or not: nothing binds one family to another."""
    found: dict[str, set[str]] = defaultdict(set)
    for key in sorted(guarded):
        root, seen = key, {key}
        while (whole := of.get(root)) and whole not in seen:
            root = whole
            seen.add(root)
        found[root].add(key)
    return list(found.values())


def _tell_share(tell: Tell, done: int, of: int, part: float) -> None:
    tell((done + part) / of)


@dataclass(frozen=True)
class _Names:
    """Counts by what they are of, as the rules see them, and as they are kept."""

    measures: Mapping[int, Measure]
    areas: Mapping[int, Area]

    def spot(self, cell: Cell) -> Spot | None:
        """A count of a place or of the city; None for areas that are published of no guarded measure."""
        key, area = self.measures[cell.measure_id].key, self.areas[cell.area_id]
        if area.part not in (Part.PLACE, Part.CITY):
            return None
        number = CITY if area.part == Part.CITY else area.id
        return Spot(key, number, Line(cell.language, cell.channel), cell.month_on.year * 12 + cell.month_on.month)

    def cell(self, spot: Spot) -> Cell:
        """The same count by its ids."""
        year, month = divmod(spot.month - 1, 12)
        measure_id = next(one.id for one in self.measures.values() if one.key == spot.measure)
        city = next((area.id for area in self.areas.values() if area.part == Part.CITY), 0)
        return Cell(spot.area if spot.area != CITY else city, measure_id, date(year, month + 1, 1), *spot.line)


def _protected(
    family: set[str],
    of: Mapping[str, str],
    ready: Mapping[Cell, int],
    told: Mapping[Cell, Told],
    names: _Names,
    tell: Tell,
) -> Protected:
    # The solver is large; a web process never comes here.
    from portal.indicators.snapshots.protecting.protection import protect

    before = {spot: one for cell, one in told.items() if (spot := names.spot(cell)) and spot.measure in family}
    latest: dict[Spot, int] = defaultdict(int)
    for spot in before:
        latest[spot._replace(month=0)] = max(latest[spot._replace(month=0)], spot.month)
    # A month that was passed over stays empty: sums through later months are published without it.
    counts = {
        spot: value
        for cell, value in ready.items()
        if (spot := names.spot(cell)) and spot.measure in family and spot.month > latest.get(spot._replace(month=0), 0)
    }
    settings: Settings = current_app.extensions["settings"]
    secret = site_key(settings.secret, PURPOSE)
    parents = {key: of[key] for key in family if key in of}
    return protect(counts, before, parents, lambda one, of_sum: weight(one, of_sum, secret), tell)


def _hidden(source: Source, new: Mapping[Cell, Told]) -> Iterable[Hidden]:
    keys = {one.id: one.key for one in source.measures}
    kinds: dict[str, Counter[str]] = defaultdict(Counter)
    for cell, one in new.items():
        kinds[keys[cell.measure_id]]["shown" if one.shown else "small" if one.value <= 9 else "besides"] += 1
    for key, count in kinds.items():
        yield Hidden(key, count["shown"], count["small"], count["besides"])
