"""Drafts of snapshots: reading the figures, deciding which counts to publish, and writing the document.

Figures are read in one read-only transaction; the solver runs outside of it. Storing a draft is the task of `freezing`.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import TYPE_CHECKING, NamedTuple, Protocol

from sqlalchemy import select
from sqlalchemy.orm import selectinload

from portal.config import Settings
from portal.core.clock import now, zone
from portal.core.crypto import site_key
from portal.core.db import db, session
from portal.core.i18n import Bilingual
from portal.core.portal import Hook, current_portal
from portal.indicators import measures as measure_rules
from portal.indicators.counts import Area, Figure, Measure, measures
from portal.indicators.measures import AreaPart, month_of, read, span, written
from portal.indicators.snapshots import snapshots, table
from portal.indicators.snapshots.snapshots import (
    AreaShown,
    Correction,
    Document,
    DocumentText,
    FrozenCount,
    MeasureShown,
    ModelFinding,
    PlaceShown,
    Registration,
    SnapshotSeries,
    SurveyChange,
    Value,
    series,
)
from portal.indicators.snapshots.table import CITY, CountDecision, CountLine, Spot, guarded_with_family, pair, weight
from portal.markets.places import CallIn, Market, known_since

if TYPE_CHECKING:
    from portal.indicators.snapshots.protection import Protected


class CountKey(NamedTuple):
    """The identity of a count."""

    area_id: int
    measure_id: int
    month_on: date
    language: str
    channel: str


@dataclass(frozen=True)
class SnapshotInputs:
    """Everything a snapshot is computed from, read in one transaction."""

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
    findings: Mapping[int, tuple[Registration | None, tuple[ModelFinding, ...]]]

    @property
    def guarded(self) -> Collection[str]:
        """The keys of the measures whose small counts are suppressed, with their parts and wholes."""
        of = {one.key: one.of_key for one in self.measures if one.of_key}
        return guarded_with_family({one.key for one in self.measures if one.guarded}, of)


def written_as(source: SnapshotInputs, told: Mapping[CountKey, CountDecision]) -> Document:
    """Return the document of a snapshot with these decisions."""
    city = [area for area in source.areas if area.part == AreaPart.CITY]
    return Document(
        site=source.site,
        frozen_on=source.day.isoformat(),
        previous=source.previous.digest if source.previous else None,
        months=tuple(map(written, source.months)),
        measures=tuple(_measure(one, one.key in source.guarded) for one in source.measures),
        places=tuple(_place(place, source, told) for place in source.places),
        city=_all_series(city[:1], source, told),
        corrections=tuple(_corrections(source)),
    )


def _measure(one: Measure, guarded: bool) -> MeasureShown:
    texts = {name: _words(getattr(one, name)) for name in ("name", "about", "source", "unit")}
    plain = {"key": one.key, "kind": one.kind, "direction": one.direction, "of": one.of_key, "guarded": guarded}
    return MeasureShown.model_validate(texts | plain)


def _words(text: Bilingual) -> DocumentText:
    return DocumentText(en=text.en, es=text.es)


def _place(place: Market, source: SnapshotInputs, told: Mapping[CountKey, CountDecision]) -> PlaceShown:
    order = list(AreaPart)
    areas = sorted(
        (a for a in source.areas if a.market_id == place.id), key=lambda a: (order.index(AreaPart(a.part)), a.rank)
    )
    registration, findings = source.findings[place.id]
    guarded = source.guarded
    return PlaceShown(
        slug=place.slug,
        name=_words(place.name),
        delivered_on=_delivered(place.call_in, source.day) or (registration.delivered_on if registration else None),
        status=next((one.status for one in place.decisions if one.since_on <= source.day), None),
        areas=tuple(AreaShown(key=_key(a), part=AreaPart(a.part).value, population=a.population) for a in areas),
        series=_all_series(areas, source, told),
        registration=registration,
        # Not for guarded measures: residuals and expected counts together give the counts.
        findings=tuple(one for one in findings if one.measure not in guarded),
    )


def _key(area: Area) -> str:
    return area.part if area.part in (AreaPart.PLACE, AreaPart.CITY) else f"{area.part}-{area.rank}"


def _delivered(call_in: CallIn | None, day: date) -> str | None:
    on = call_in.ended_at.astimezone(zone()).date() if call_in and call_in.ended_at else None
    return on.isoformat() if on and on <= day else None


def _all_series(
    areas: Sequence[Area], source: SnapshotInputs, told: Mapping[CountKey, CountDecision]
) -> tuple[SnapshotSeries, ...]:
    lines: dict[tuple[int, int, CountLine], dict[date, CountDecision]] = defaultdict(dict)
    ids = {area.id for area in areas}
    for cell, one in told.items():
        if cell.area_id in ids and cell.month_on in source.months:
            lines[cell.area_id, cell.measure_id, CountLine(cell.language, cell.channel)][cell.month_on] = one
    guarded = source.guarded
    found = []
    for measure in source.measures:
        for area in areas:
            for line in sorted(one for *of, one in lines if of == [area.id, measure.id]):
                told_of = lines[area.id, measure.id, line]
                is_guarded = measure.key in guarded
                found.append(series(measure.key, _key(area), line, source.months, told_of, guarded=is_guarded))
    return tuple(found)


def _corrections(source: SnapshotInputs) -> Iterable[Correction]:
    for one in source.measures:
        changed = {
            cell.month_on
            for cell, told in source.told.items()
            if cell.measure_id == one.id and source.figures.get(cell, told.value) != told.value
        }
        if months := sorted(changed & set(source.months)):
            yield Correction(measure=one.key, months=tuple(map(written, months)))


DIGITS = 4
HERE = ("place", "city")
Counts = tuple[int, int]
"""The number of yes answers and the number of respondents."""


def with_changes(document: Document) -> Document:
    """Return the snapshot with the survey changes, computed from published counts only."""

    def found(series: Sequence[SnapshotSeries], day: str | None = None) -> tuple[SurveyChange, ...]:
        return tuple(_changes(document.measures, series, document.months, day[:7] if day else None))

    places = [one.model_copy(update={"changes": found(one.series, one.delivered_on)}) for one in document.places]
    return document.model_copy(update={"places": tuple(places), "city_changes": found(document.city)})


def _changes(
    measures: Sequence[MeasureShown], series: Sequence[SnapshotSeries], months: Sequence[str], month: str | None
) -> Iterator[SurveyChange]:
    known = {(one.measure, one.language): one.values for one in series if one.area in HERE and not one.channel}
    delivered = months.index(month) if month in months else None
    for measure in measures:
        for language in ("", "en", "es"):
            parts, wholes = known.get((measure.key, language)), known.get((measure.of or "", language))
            if measure.kind == "survey" and parts and wholes and (two := pair(parts, wholes, delivered)):
                earlier, later = (_counts(parts, wholes, place) for place in two)
                points, low, high = difference(earlier, later)
                yield SurveyChange(
                    measure=measure.key,
                    language=language,
                    earlier=months[two.earlier],
                    later=months[two.later],
                    points=points,
                    points_low=low,
                    points_high=high,
                )


def _counts(parts: Sequence[Value], wholes: Sequence[Value], place: int) -> Counts:
    part, whole = parts[place], wholes[place]
    return (part, whole) if isinstance(part, int) and isinstance(whole, int) else (0, 0)


def difference(earlier: Counts, later: Counts) -> tuple[float, float, float]:
    """Return the change per 100 respondents, with the ends of its 95 % interval.

    Newcombe's hybrid score interval for independent proportions: method 10 of Newcombe (1998), *Statistics in Medicine*
    17:873-890.
    """
    # Imported only where a snapshot is made: it takes a second and 140 MB.
    from statsmodels.stats.proportion import confint_proportions_2indep

    (part, whole), (part_before, whole_before) = later, earlier
    ends = confint_proportions_2indep(part, whole, part_before, whole_before, method="newcomb", compare="diff")
    points = part / whole - part_before / whole_before
    low, high = (round(100 * float(one), DIGITS) + 0.0 for one in ends)
    return round(100 * points, DIGITS) + 0.0, low, high


PURPOSE = "what is hidden besides"
Tell = Callable[[float], None]


@dataclass(frozen=True)
class Warnings:
    """Warnings about a snapshot for the people responsible for it. They contain no count."""

    known_before: int = 0
    """Suppressed counts without a proof that they stay hidden, since earlier snapshots may reveal them."""
    unsolved: int = 0
    """Areas suppressed entirely for a month, since solving them would have taken too long."""
    timed_out: int = 0
    """Problems that the solver gave up; more was suppressed instead."""

    def and_more(self, known_before: int, unsolved: int, timed_out: int) -> Warnings:
        """Return the sum with the warnings of another family of measures."""
        return Warnings(self.known_before + known_before, self.unsolved + unsolved, self.timed_out + timed_out)

    def __bool__(self) -> bool:
        return any((self.known_before, self.unsolved, self.timed_out))


@dataclass(frozen=True)
class Hidden:
    """New counts of a measure in a snapshot: published, suppressed as small, suppressed to protect others."""

    measure: str
    shown: int
    small: int
    besides: int


@dataclass(frozen=True)
class SnapshotDraft:
    """A snapshot before it is stored."""

    document: Document
    new: dict[CountKey, CountDecision]
    hidden: tuple[Hidden, ...]
    warnings: Warnings


def draft(day: date, tell: Tell = lambda _done: None) -> SnapshotDraft | None:
    """Compute the snapshot of a day; None while there is nothing to publish. Writes nothing and blocks no writer.

    `tell` is called with the fraction done.
    """
    with db.work():
        db.read_only()
        source = _source(day)
    if source is None:
        return None
    told, warnings = _decided(source, tell)
    new = {cell: one for cell, one in told.items() if cell not in source.told}
    return SnapshotDraft(with_changes(written_as(source, told)), new, tuple(_hidden(source, new)), warnings)


def _source(day: date) -> SnapshotInputs | None:
    moment = table.frozen_at(day, now().astimezone(zone()))
    shown = select(Market).where(Market.released_at.is_not(None), Market.released_at <= moment).order_by(Market.slug)
    places = session.scalars(shown.options(selectinload(Market.call_in))).all()
    ids = [place.id for place in places]
    areas = session.scalars(select(Area).where(Area.market_id.is_(None) | Area.market_id.in_(ids))).all()
    of_these = [area.id for area in areas]
    asked = select(*(getattr(Figure, name) for name in CountKey._fields), Figure.value).where(
        Figure.area_id.in_(of_these)
    )
    figures = {CountKey(*row[:5]): row[5] for row in session.execute(asked)}
    frozen = select(FrozenCount).where(FrozenCount.area_id.in_(of_these))
    told = {_cell(row): CountDecision(row.value, row.shown, row.sum_shown) for row in session.scalars(frozen)}
    previous, listed = snapshots.latest(), measures()
    settings: Settings = current_portal.settings
    if previous is None and not figures:
        return None
    months = _months(day, previous, listed)
    findings = {place.id: _published_findings(place, day) for place in places}
    begins = {place.id: month_of(known_since(place)) for place in places}
    return SnapshotInputs(
        settings.site_name, day, previous, months, listed, places, areas, begins, figures, told, findings
    )


def _cell(row: FrozenCount) -> CountKey:
    return CountKey(row.area_id, row.measure_id, row.month_on, row.language, row.channel)


def _months(day: date, previous: snapshots.Frozen | None, listed: Iterable[Measure]) -> tuple[date, ...]:
    settings: Settings = current_portal.settings
    before = [read(month) for month in previous.document.months] if previous else []
    last = max([table.last_month((one.lag_days for one in listed), day), *before[-1:]])
    given = read(settings.snapshot_from) if settings.snapshot_from else None
    return tuple(span(table.first_month(given, before[0] if before else None, last), last))


class PublishedFindings(Protocol):
    """Returns the plan of a place's evaluation, if there is one, and its findings that may be published on a day."""

    def __call__(self, place: Market, day: date, /) -> tuple[Registration | None, tuple[ModelFinding, ...]]: ...


PUBLISHED_FINDINGS: Hook[PublishedFindings] = Hook("findings of a place's evaluation")
"""A hook, because the evaluation depends on snapshots and not the reverse."""


def _published_findings(place: Market, day: date) -> tuple[Registration | None, tuple[ModelFinding, ...]]:
    for published in PUBLISHED_FINDINGS.plugged():
        return published(place, day)
    return None, ()


def _decided(source: SnapshotInputs, tell: Tell) -> tuple[dict[CountKey, CountDecision], Warnings]:
    """Return the decision on every count, and the warnings."""
    by_id = {one.id: one for one in source.measures}
    of = {one.key: one.of_key for one in source.measures if one.of_key}
    guarded = source.guarded
    names = _Names(by_id, {area.id: area for area in source.areas})
    ready = {cell: value for cell, value in source.figures.items() if _is_ready(cell, source, names)}
    plain = {
        cell: CountDecision(value, shown=True, sum_shown=True)
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


def _families(guarded: Iterable[str], of: Mapping[str, str]) -> list[set[str]]:
    """Group measures with those they are a part of, directly or not; no relation connects two families."""
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
    """Translates counts between database ids (`CountKey`) and the rules (`Spot`)."""

    measures: Mapping[int, Measure]
    areas: Mapping[int, Area]

    def spot(self, cell: CountKey) -> Spot | None:
        """Return the spot of a count; None for areas whose guarded measures are not published."""
        key, area = self.measures[cell.measure_id].key, self.areas[cell.area_id]
        if area.part not in (AreaPart.PLACE, AreaPart.CITY):
            return None
        number = CITY if area.part == AreaPart.CITY else area.id
        return Spot(key, number, CountLine(cell.language, cell.channel), cell.month_on.year * 12 + cell.month_on.month)

    def cell(self, spot: Spot) -> CountKey:
        """Return the key of a spot."""
        year, month = divmod(spot.month - 1, 12)
        measure_id = next(one.id for one in self.measures.values() if one.key == spot.measure)
        city = next((area.id for area in self.areas.values() if area.part == AreaPart.CITY), 0)
        return CountKey(spot.area if spot.area != CITY else city, measure_id, date(year, month + 1, 1), *spot.line)


def _protected(
    family: set[str],
    of: Mapping[str, str],
    ready: Mapping[CountKey, int],
    told: Mapping[CountKey, CountDecision],
    names: _Names,
    tell: Tell,
) -> Protected:
    # Imported here because the solver is large; no web process calls this.
    from portal.indicators.snapshots.protection import protect

    before = {spot: one for cell, one in told.items() if (spot := names.spot(cell)) and spot.measure in family}
    latest: dict[Spot, int] = defaultdict(int)
    for spot in before:
        latest[spot._replace(month=0)] = max(latest[spot._replace(month=0)], spot.month)
    # A month that was skipped stays empty: published sums through later months do not include it.
    counts = {
        spot: value
        for cell, value in ready.items()
        if (spot := names.spot(cell)) and spot.measure in family and spot.month > latest.get(spot._replace(month=0), 0)
    }
    settings: Settings = current_portal.settings
    secret = site_key(settings.secret, PURPOSE)
    parents = {key: of[key] for key in family if key in of}
    return protect(counts, before, parents, lambda one, of_sum: weight(one, of_sum, secret), tell)


def _hidden(source: SnapshotInputs, new: Mapping[CountKey, CountDecision]) -> Iterable[Hidden]:
    keys = {one.id: one.key for one in source.measures}
    kinds: dict[str, Counter[str]] = defaultdict(Counter)
    for cell, one in new.items():
        kinds[keys[cell.measure_id]]["shown" if one.shown else "small" if one.value <= 9 else "besides"] += 1
    for key, count in kinds.items():
        yield Hidden(key, count["shown"], count["small"], count["besides"])
