"""Drafts of snapshots: reading the figures, deciding which counts to publish, and writing the document.

Figures are read in one read-only transaction. Storing a draft is the task of `freezing`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import selectinload

from portal.config import Settings
from portal.core.clock import now, zone
from portal.core.crypto import site_key
from portal.core.db import db, session
from portal.core.portal import Hook, current_portal
from portal.indicators import snapshots
from portal.indicators.counts import MEASURE_TEXTS, Area, Figure, Measure, measures, optional_keys
from portal.indicators.snapshots import CountPeriod
from portal.indicators.statistics import protection, schema, terms
from portal.indicators.statistics import terms as measure_rules
from portal.indicators.statistics.changes import with_changes
from portal.indicators.statistics.protection import (
    BY_MONTH,
    CITY,
    CITY_ALONE,
    CountDecision,
    PeriodKey,
    Rules,
    Spot,
    keyed_noise,
    protect,
)
from portal.indicators.statistics.schema import Correction, Document, ModelFinding, Registration
from portal.indicators.statistics.terms import FRAMES, AreaPart, MeasureKind, month_of, read, span, written
from portal.markets.places import CallIn, Market, known_since


class CountKey(NamedTuple):
    area_id: int
    measure_id: int
    month_on: date


@dataclass(frozen=True)
class SnapshotInputs:
    site: str
    day: date
    previous: snapshots.Frozen | None
    months: tuple[date, ...]
    measures: Sequence[Measure]
    places: Sequence[Market]
    areas: Sequence[Area]
    begins: Mapping[int, date]
    """The first month of the effort's own figures by market id, without the city."""
    figures: Mapping[CountKey, int]
    told: Mapping[CountKey, CountDecision]
    lengths: Mapping[PeriodKey, int]
    findings: Mapping[int, PlanFindings]

    @cached_property
    def guarded(self) -> Collection[str]:
        of = {one.key: one.of_key for one in self.measures if one.of_key}
        people = {one.key for one in self.measures if one.guarded or one.kind == MeasureKind.POLICING}
        return protection.guarded_with_family(people, of)

    @cached_property
    def alone(self) -> set[str]:
        """The keys of the measures, no parts, that the whole city has alone: neither they nor a part are a place's."""
        of = {one.key: one.of_key for one in self.measures if one.of_key}
        at_places = {_root(one.key, of) for one in self.measures if not one.city_only}
        at_places |= {one.key for one in self.measures if one.kind == MeasureKind.SURVEY}
        return {one.key for one in self.measures if not one.of_key} - at_places

    @cached_property
    def city(self) -> Collection[int]:
        return {area.id for area in self.areas if area.part == AreaPart.CITY}


def written_as(source: SnapshotInputs, told: Mapping[CountKey, CountDecision]) -> Document:
    city = [area for area in source.areas if area.part == AreaPart.CITY]
    return Document(
        site=source.site,
        frozen_on=source.day.isoformat(),
        previous=source.previous.digest if source.previous else None,
        months=tuple(map(written, source.months)),
        measures=tuple(measure_shown(one, guarded=one.key in source.guarded) for one in _listed(source, told)),
        places=tuple(_place(place, source, told) for place in source.places),
        city=_all_series(city[:1], source, told),
        corrections=tuple(_corrections(source)),
    )


def _listed(source: SnapshotInputs, told: Mapping[CountKey, CountDecision]) -> Sequence[Measure]:
    """Return the measures without those that only some cities count and of which this one has sent nothing."""
    counted = {cell.measure_id for cell in told}
    return [one for one in source.measures if one.id in counted or one.key not in optional_keys()]


def measure_shown(one: Measure, *, guarded: bool | None = None) -> schema.MeasureShown:
    """Return a measure in the form used in snapshots. `guarded`: whether it is, also by its parts or its whole."""
    texts = {name: schema.DocumentText.of(getattr(one, name)) for name in MEASURE_TEXTS}
    plain = {name: getattr(one, name) for name in ("key", "kind", "direction", "residents")}
    rest = {"of": one.of_key, "guarded": one.guarded if guarded is None else guarded}
    return schema.MeasureShown.model_validate(texts | plain | rest)


def _place(place: Market, source: SnapshotInputs, told: Mapping[CountKey, CountDecision]) -> schema.PlaceShown:
    order = list(AreaPart)
    areas = sorted(
        (a for a in source.areas if a.market_id == place.id), key=lambda a: (order.index(AreaPart(a.part)), a.rank)
    )
    registration, findings = source.findings[place.id]
    guarded = source.guarded
    return schema.PlaceShown(
        slug=place.slug,
        name=schema.DocumentText.of(place.name),
        delivered_on=_delivered(place.call_in, source.day) or (registration.delivered_on if registration else None),
        status=next((one.status for one in place.decisions if one.since_on <= source.day), None),
        areas=tuple(schema.AreaShown(key=a.key, part=AreaPart(a.part).value) for a in areas),
        series=_all_series(areas, source, told),
        registration=registration,
        # Not for guarded measures: what was to be expected and what was found give the counts.
        findings=tuple(one for one in findings if one.measure not in guarded),
    )


def _delivered(call_in: CallIn | None, day: date) -> str | None:
    on = call_in.ended_at.astimezone(zone()).date() if call_in and call_in.ended_at else None
    return on.isoformat() if on and on <= day else None


def _all_series(
    areas: Sequence[Area], source: SnapshotInputs, told: Mapping[CountKey, CountDecision]
) -> tuple[schema.SnapshotSeries, ...]:
    found: dict[tuple[int, int], dict[date, CountDecision]] = defaultdict(dict)
    for cell, one in told.items():
        if cell.month_on in source.months:
            found[cell.area_id, cell.measure_id][cell.month_on] = one
    return tuple(
        snapshots.series(measure.key, area.key, source.months, found[area.id, measure.id])
        for measure in source.measures
        for area in areas
        if (area.id, measure.id) in found
    )


def _corrections(source: SnapshotInputs) -> Iterable[Correction]:
    """Yield the measures with counts that changed since they were frozen. Those moved by chance cannot be compared."""
    for one in source.measures:
        changed = {
            cell.month_on
            for cell, told in source.told.items()
            if cell.measure_id == one.id
            and not (told.rule == protection.BY_PERIOD and cell.area_id in source.city)
            and _now(cell, told, source) not in (None, told.value)
        }
        if months := sorted(changed & set(source.months)):
            yield Correction(measure=one.key, months=tuple(map(written, months)))


def _now(cell: CountKey, told: CountDecision, source: SnapshotInputs) -> int | None:
    """Return what a frozen count would be by the figures of today; None if there are none."""
    months = [cell._replace(month_on=measure_rules.plus(cell.month_on, -ago)) for ago in range(told.months)]
    known = [source.figures[month] for month in months if month in source.figures]
    return sum(known) if known else None


PURPOSE = "what the numbers of the city are moved by"


@dataclass(frozen=True)
class SnapshotDraft:
    document: Document
    new: dict[CountKey, CountDecision]
    lengths: tuple[CountPeriod, ...]


def draft(day: date) -> SnapshotDraft | None:
    """Compute the snapshot of a day; None while there is nothing to publish. Writes nothing and blocks no writer."""
    with db.work():
        db.read_only()
        source = _source(day)
    if source is None:
        return None
    new, lengths = _decided(source)
    document = with_changes(written_as(source, {**source.told, **new}))
    return SnapshotDraft(document, new, lengths)


def _source(day: date) -> SnapshotInputs | None:
    moment = terms.frozen_at(day, now().astimezone(zone()))
    shown = select(Market).where(Market.released_at.is_not(None), Market.released_at <= moment).order_by(Market.slug)
    places = session.scalars(shown.options(selectinload(Market.call_in))).all()
    ids = [place.id for place in places]
    areas = session.scalars(select(Area).where(Area.market_id.is_(None) | Area.market_id.in_(ids))).all()
    of_these = [area.id for area in areas]
    figures = _figures(areas)
    frozen = select(snapshots.FrozenCount).where(snapshots.FrozenCount.area_id.in_(of_these))
    told = {
        CountKey(row.area_id, row.measure_id, row.month_on): CountDecision(row.value, row.shown, row.months, row.rule)
        for row in session.scalars(frozen)
    }
    previous, listed = snapshots.latest(), measures()
    settings: Settings = current_portal.settings
    if previous is None and not figures:
        return None
    months = _months(day, previous, listed)
    findings = {place.id: _published_findings(place, day) for place in places}
    begins = {place.id: month_of(known_since(place)) for place in places}
    return SnapshotInputs(
        settings.site_name,
        day,
        previous,
        months,
        listed,
        places,
        areas,
        begins,
        figures,
        told,
        _lengths(listed, areas),
        findings,
    )


def _figures(areas: Sequence[Area]) -> dict[CountKey, int]:
    """Return the figures of these areas; of a measure that is counted for the whole city only, none of a place."""
    asked = (
        select(*(getattr(Figure, name) for name in CountKey._fields), Figure.value)
        .join(Measure, Measure.id == Figure.measure_id)
        .join(Area, Area.id == Figure.area_id)
        .where(Figure.area_id.in_([area.id for area in areas]))
        .where(Area.market_id.is_(None) | Measure.city_only.is_(False))
    )
    return {CountKey(*row[:3]): row[3] for row in session.execute(asked)}


def _lengths(listed: Iterable[Measure], areas: Iterable[Area]) -> dict[PeriodKey, int]:
    keys = {one.id: one.key for one in listed}
    city = {one.id for one in areas if one.part == AreaPart.CITY}
    rows = session.scalars(select(CountPeriod)).all()
    areas_of = [CITY if row.area_id in city else row.area_id for row in rows]
    return {
        PeriodKey(area, keys[row.measure_id], row.year): row.months for area, row in zip(areas_of, rows, strict=True)
    }


def _months(day: date, previous: snapshots.Frozen | None, listed: Iterable[Measure]) -> tuple[date, ...]:
    settings: Settings = current_portal.settings
    before = [read(month) for month in previous.document.months] if previous else []
    last = max([terms.last_month((one.lag_days for one in listed), day), *before[-1:]])
    given = read(settings.snapshot_from) if settings.snapshot_from else None
    # The first one stays as it was in earlier snapshots.
    first = before[0] if before else given or measure_rules.plus(last, 1 - terms.BASELINE)
    return tuple(span(first, last))


PlanFindings = tuple[Registration | None, tuple[ModelFinding, ...]]
"""The plan of a place's evaluation, if there is one, and its findings that may be published on a day."""
PUBLISHED_FINDINGS: Hook[Callable[[Market, date], PlanFindings]] = Hook("findings of a place's evaluation")
"""A hook, because the evaluation depends on snapshots and not the reverse."""


def _published_findings(place: Market, day: date) -> PlanFindings:
    for published in PUBLISHED_FINDINGS.plugged():
        return published(place, day)
    return None, ()


def _decided(source: SnapshotInputs) -> tuple[dict[CountKey, CountDecision], tuple[CountPeriod, ...]]:
    by_id, guarded = {one.id: one for one in source.measures}, source.guarded
    names = _Names(by_id, {area.id: area for area in source.areas})
    plain = {
        cell: CountDecision(value, shown=True, rule=BY_MONTH)
        for cell, value in source.figures.items()
        if by_id[cell.measure_id].key not in guarded and _is_ready(cell, source, names)
    }
    counts = {spot: one for cell, one in source.figures.items() if (spot := names.spot(cell, guarded))}
    told = {spot: one for cell, one in source.told.items() if (spot := names.spot(cell, guarded))}
    found = protect(counts, told, source.lengths, _rules(source, counts, told))
    ids = {one.key: one.id for one in source.measures}
    lengths = tuple(
        CountPeriod(area_id=names.area(key.area), measure_id=ids[key.measure], year=key.year, months=months)
        for key, months in found.lengths.items()
    )
    return plain | {names.cell(spot): one for spot, one in found.told.items()}, lengths


def _is_ready(cell: CountKey, source: SnapshotInputs, names: _Names) -> bool:
    """Return whether a count is new, complete, and not the effort's own figure from before its place became public."""
    measure, area = names.measures[cell.measure_id], names.areas[cell.area_id]
    is_early = not measure.counted_anyway and cell.month_on < source.begins.get(area.market_id or 0, date.min)
    return (
        cell not in source.told
        and cell.month_on in source.months
        and measure_rules.is_complete(cell.month_on, measure.lag_days, source.day)
        and not is_early
    )


MONTHS_BEFORE = 12
"""The months before a place became public from which its volume is taken."""


def _rules(source: SnapshotInputs, counts: Mapping[Spot, int], told: Mapping[Spot, CountDecision]) -> Rules:
    of = {one.key: one.of_key for one in source.measures if one.of_key}
    by_key = {one.key: one for one in source.measures}
    first, last = (protection.number(month) for month in (source.months[0], source.months[-1]))
    apart = {one.of_key or one.key for one in source.measures if one.kind == MeasureKind.POLICING}
    old, last_told = _last_told(told, of, source.alone | apart)
    begins = {area.id: protection.number(source.begins.get(area.market_id or 0, date.min)) for area in source.areas}
    early = _means_before(counts, begins)

    def is_ready(measure: str, month: int) -> bool:
        return first <= month <= last and measure_rules.is_complete(
            protection.month_numbered(month), by_key[measure].lag_days, source.day
        )

    def since(area: int, measure: str) -> int:
        if area == CITY:
            # What the city has alone now begins after everything that was told of the measure in another way.
            return max(first, old[CITY, measure] + 1, last_told[measure] + 1 if measure in source.alone else 0)
        begin = 0 if by_key[measure].counted_anyway else begins[area]
        return max(first, begin, old[area, measure] + 1, old[CITY, measure] + 1)

    settings: Settings = current_portal.settings
    return Rules(
        of,
        is_ready,
        since,
        lambda area, measure: early.get((area, measure)),
        keyed_noise(site_key(settings.secret, PURPOSE)),
        {one.key for one in source.measures if one.kind == MeasureKind.SURVEY},
        FRAMES,
        apart,
        source.alone,
    )


def _last_told(
    told: Mapping[Spot, CountDecision], of: Mapping[str, str], alone: Collection[str]
) -> tuple[Mapping[tuple[int, str], int], Mapping[str, int]]:
    """Return the last month told by an older rule by area and whole, and the last not told of the city alone."""
    old, last = defaultdict[tuple[int, str], int](int), defaultdict[str, int](int)
    for spot, one in told.items():
        root = _root(spot.measure, of)
        if one.rule == BY_MONTH or (one.rule == CITY_ALONE and root not in alone):
            old[spot.area, root] = max(old[spot.area, root], spot.month)
        if one.rule != CITY_ALONE:
            last[root] = max(last[root], spot.month)
    return old, last


@dataclass(frozen=True)
class _Names:
    measures: Mapping[int, Measure]
    areas: Mapping[int, Area]

    def spot(self, cell: CountKey, guarded: Collection[str]) -> Spot | None:
        """Return the spot of a guarded count; None for others, and for areas of which no guarded ones are published."""
        key, area = self.measures[cell.measure_id].key, self.areas[cell.area_id]
        if key not in guarded or area.part not in (AreaPart.PLACE, AreaPart.CITY):
            return None
        number = CITY if area.part == AreaPart.CITY else area.id
        return Spot(key, number, protection.number(cell.month_on))

    def cell(self, spot: Spot) -> CountKey:
        return CountKey(self.area(spot.area), self._ids[spot.measure], protection.month_numbered(spot.month))

    def area(self, number: int) -> int:
        return number if number != CITY else self._city

    @cached_property
    def _city(self) -> int:
        return next((area.id for area in self.areas.values() if area.part == AreaPart.CITY), 0)

    @cached_property
    def _ids(self) -> dict[str, int]:
        return {one.key: one.id for one in self.measures.values()}


def _root(measure: str, of: Mapping[str, str]) -> str:
    """Return the whole that a measure is a part of, directly or not."""
    for _step in of:
        measure = of.get(measure, measure)
    return measure


def _means_before(counts: Mapping[Spot, int], begins: Mapping[int, int]) -> dict[tuple[int, str], float]:
    """Return the mean count of the months just before each place became public, by area and measure."""
    found: dict[tuple[int, str], dict[int, int]] = defaultdict(dict)
    for spot, value in counts.items():
        if spot.area != CITY and 0 < begins[spot.area] - spot.month <= MONTHS_BEFORE:
            found[spot.area, spot.measure][begins[spot.area] - spot.month] = value
    return {key: sum(by_age.values()) / max(by_age) for key, by_age in found.items()}
