"""Drafts of snapshots, made in a transaction that only reads and so blocks no writer; freezing and verifying them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import NamedTuple

import click
from flask.cli import AppGroup
from pydantic import ValidationError
from sqlalchemy import insert, select
from sqlalchemy.orm import selectinload

from portal.config import Settings
from portal.core.clock import now, today, zone
from portal.core.crypto import site_key
from portal.core.db import db, session
from portal.core.page_cache import renew_cache_version
from portal.core.portal import Hook, current_portal
from portal.core.stored_settings import last_changes
from portal.indicators import snapshots, studies
from portal.indicators.counts import Area, Measure, measures, optional_keys, plain_figures
from portal.indicators.snapshots import CountPeriod, FrozenCount, Snapshot, SnapshotLog, measure_shown
from portal.indicators.statistics import protection, schema, terms
from portal.indicators.statistics.closed_form import with_changes
from portal.indicators.statistics.protection import BY_MONTH, CITY, CITY_ALONE, CountDecision, PeriodKey, Rules, Spot
from portal.indicators.statistics.schema import Correction, Document, ModelFinding, Registration
from portal.indicators.statistics.terms import AreaPart, MeasureKind
from portal.markets.places import Market, known_since


class CountKey(NamedTuple):
    area_id: int
    measure_id: int
    month_on: date


@dataclass(frozen=True)
class SnapshotInputs:
    """Everything a snapshot is computed from, read in one transaction; and its counts by the names of the rules."""

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

    @cached_property
    def by_id(self) -> dict[int, Measure]:
        return {measure.id: measure for measure in self.measures}

    @cached_property
    def ids(self) -> dict[str, int]:
        return {measure.key: measure.id for measure in self.measures}

    @cached_property
    def of(self) -> dict[str, str]:
        return {measure.key: measure.of_key for measure in self.measures if measure.of_key}

    @cached_property
    def guarded(self) -> Collection[str]:
        """The keys of the measures whose small counts are suppressed, with their parts and wholes."""
        people = {measure.key for measure in self.measures if measure.guarded or measure.kind == MeasureKind.POLICING}
        return protection.guarded_with_family(people, self.of)

    @cached_property
    def alone(self) -> set[str]:
        """The keys of the measures, no parts, that the whole city has alone: neither they nor a part are a place's."""
        at_places = {self.root(measure.key) for measure in self.measures if not measure.city_only}
        return self.ids.keys() - self.of.keys() - at_places - self.surveys

    @cached_property
    def surveys(self) -> set[str]:
        return {measure.key for measure in self.measures if measure.kind == MeasureKind.SURVEY}

    @cached_property
    def area_parts(self) -> dict[int, Area]:
        return {area.id: area for area in self.areas}

    @cached_property
    def city_id(self) -> int:
        return next((area.id for area in self.areas if area.part == AreaPart.CITY), 0)

    def root(self, measure: str) -> str:
        for _step in self.of:
            measure = self.of.get(measure, measure)
        return measure

    def spot(self, cell: CountKey) -> Spot | None:
        """Return the spot of a guarded count; None for others, and for areas of which no guarded ones are published."""
        key, area = self.by_id[cell.measure_id].key, self.area_parts[cell.area_id]
        if key not in self.guarded or area.part not in (AreaPart.PLACE, AreaPart.CITY):
            return None
        return Spot(key, CITY if area.part == AreaPart.CITY else area.id, protection.number(cell.month_on))


def draft(day: date) -> tuple[Document, dict[CountKey, CountDecision], Sequence[CountPeriod]] | None:
    """Compute the snapshot of a day, with its new decisions and lengths; None while there is nothing to publish."""
    with db.work():
        db.read_only()
        source = _source(day)
        periods = session.scalars(select(CountPeriod)).all()
    if source is None:
        return None
    new, lengths = _decided(source, periods)
    return with_changes(_document(source, {**source.told, **new})), new, lengths


def _source(day: date) -> SnapshotInputs | None:
    moment = terms.frozen_at(day, now().astimezone(zone()))
    shown = select(Market).where(Market.released_at.is_not(None), Market.released_at <= moment).order_by(Market.slug)
    places = session.scalars(shown.options(selectinload(Market.call_in))).all()
    of_places = Area.market_id.in_([place.id for place in places])
    areas = session.scalars(select(Area).where(Area.market_id.is_(None) | of_places)).all()
    area_ids = [area.id for area in areas]
    previous, listed = snapshots.latest(), measures()
    counted = plain_figures(area_ids, [measure.id for measure in listed])
    # Of a measure that is counted for the whole city only, none of a place.
    of_city = {area.id for area in areas if area.market_id is None}
    anywhere = {measure.id for measure in listed if not measure.city_only}
    figures = {CountKey(*cell): value for cell, value in counted.items() if cell[0] in of_city or cell[1] in anywhere}
    frozen = session.scalars(select(snapshots.FrozenCount).where(snapshots.FrozenCount.area_id.in_(area_ids)))
    decisions = {
        CountKey(row.area_id, row.measure_id, row.month_on): CountDecision(row.value, row.shown, row.months, row.rule)
        for row in frozen
    }
    if previous is None and not figures:
        return None
    return SnapshotInputs(
        day=day,
        previous=previous,
        months=_months(day, previous, listed),
        measures=listed,
        places=places,
        areas=areas,
        begins={place.id: terms.month_of(known_since(place)) for place in places},
        figures=figures,
        told=decisions,
        findings={place.id: studies.published_findings(place, day) for place in places},
    )


def _months(day: date, previous: snapshots.Frozen | None, listed: Iterable[Measure]) -> tuple[date, ...]:
    settings: Settings = current_portal.settings
    before = [terms.read(month) for month in previous.document.months] if previous else []
    last = max([terms.last_month((measure.lag_days for measure in listed), day), *before[-1:]])
    given = terms.read(settings.snapshot_from) if settings.snapshot_from else None
    # The first one stays as it was in earlier snapshots.
    first = before[0] if before else given or terms.plus(last, 1 - terms.BASELINE)
    return tuple(terms.span(first, last))


def _document(source: SnapshotInputs, told: Mapping[CountKey, CountDecision]) -> Document:
    city = [area for area in source.areas if area.part == AreaPart.CITY]
    counted = {cell.measure_id for cell in told}
    listed = [measure for measure in source.measures if measure.id in counted or measure.key not in optional_keys()]
    return Document(
        site=current_portal.settings.site_name,
        frozen_on=source.day.isoformat(),
        previous=source.previous.digest if source.previous else None,
        months=tuple(map(terms.written, source.months)),
        measures=tuple(measure_shown(measure, guarded=measure.key in source.guarded) for measure in listed),
        places=tuple(_place(place, source, told) for place in source.places),
        city=_all_series(city[:1], source, told),
        corrections=tuple(_corrections(source)),
    )


def _place(place: Market, source: SnapshotInputs, told: Mapping[CountKey, CountDecision]) -> schema.PlaceShown:
    areas = sorted((area for area in source.areas if area.market_id == place.id), key=lambda area: area.order)
    registration, findings = source.findings[place.id]
    held = place.call_in
    ended_on = held.ended_at.astimezone(zone()).date() if held and held.ended_at else None
    entered_on = registration.delivered_on if registration else None
    return schema.PlaceShown(
        slug=place.slug,
        name=schema.DocumentText.of(place.name),
        delivered_on=ended_on.isoformat() if ended_on and ended_on <= source.day else entered_on,
        status=next((decision.status for decision in place.decisions if decision.since_on <= source.day), None),
        areas=tuple(schema.AreaShown(key=area.key, part=area.part.value) for area in areas),
        series=_all_series(areas, source, told),
        registration=registration,
        # Not for guarded measures: what was to be expected and what was found give the counts.
        findings=tuple(finding for finding in findings if finding.measure not in source.guarded),
    )


def _all_series(
    areas: Sequence[Area], source: SnapshotInputs, told: Mapping[CountKey, CountDecision]
) -> tuple[schema.SnapshotSeries, ...]:
    by_month: dict[tuple[int, int], dict[date, CountDecision]] = defaultdict(dict)
    for cell, decision in told.items():
        if cell.month_on in source.months:
            by_month[cell.area_id, cell.measure_id][cell.month_on] = decision
    return tuple(
        snapshots.series(measure.key, area.key, source.months, by_month[area.id, measure.id])
        for measure in source.measures
        for area in areas
        if (area.id, measure.id) in by_month
    )


def _corrections(source: SnapshotInputs) -> Iterable[Correction]:
    """Yield the measures with counts that changed since they were frozen. Those moved by chance cannot be compared."""
    changed: dict[int, set[date]] = defaultdict(set)
    for cell, decision in source.told.items():
        is_moved = decision.rule == protection.BY_PERIOD and source.area_parts[cell.area_id].part == AreaPart.CITY
        months = [cell._replace(month_on=terms.plus(cell.month_on, -ago)) for ago in range(decision.months)]
        counts = [source.figures[month] for month in months if month in source.figures]
        if cell.month_on in source.months and counts and not is_moved and sum(counts) != decision.value:
            changed[cell.measure_id].add(cell.month_on)
    for measure in source.measures:
        if measure.id in changed:
            yield Correction(measure=measure.key, months=tuple(map(terms.written, sorted(changed[measure.id]))))


def _decided(
    source: SnapshotInputs, periods: Iterable[CountPeriod]
) -> tuple[dict[CountKey, CountDecision], Sequence[CountPeriod]]:
    """Return the decisions on new counts, and the lengths of periods that they fix beside those fixed before."""
    new = {}
    for cell, value in source.figures.items():
        measure, area = source.by_id[cell.measure_id], source.area_parts[cell.area_id]
        is_new = cell not in source.told and cell.month_on in source.months and measure.key not in source.guarded
        # The effort's own figures from before its place became public would tell when the work began.
        is_early = not measure.counted_anyway and cell.month_on < source.begins.get(area.market_id or 0, date.min)
        if is_new and not is_early and terms.is_complete(cell.month_on, measure.lag_days, source.day):
            new[cell] = CountDecision(value, shown=True, rule=BY_MONTH)
    lengths = {}
    for row in periods:
        area_id = CITY if row.area_id == source.city_id else row.area_id
        lengths[PeriodKey(area_id, source.by_id[row.measure_id].key, row.year)] = row.months
    counts = {spot: value for cell, value in source.figures.items() if (spot := source.spot(cell))}
    decisions = {spot: decision for cell, decision in source.told.items() if (spot := source.spot(cell))}
    protected = protection.protect(counts, decisions, lengths, _rules(source, counts, decisions))
    fixed = []
    for key, months in protected.lengths.items():
        about = {"measure_id": source.ids[key.measure], "year": key.year, "months": months}
        fixed.append(CountPeriod(area_id=source.city_id if key.area == CITY else key.area, **about))
    for spot, decision in protected.told.items():
        area_id = source.city_id if spot.area == CITY else spot.area
        new[CountKey(area_id, source.ids[spot.measure], protection.month_numbered(spot.month))] = decision
    return new, fixed


PURPOSE = "what the numbers of the city are moved by"
MONTHS_BEFORE = 12
"""The months before a place became public from which its volume is taken."""


def _rules(source: SnapshotInputs, counts: Mapping[Spot, int], told: Mapping[Spot, CountDecision]) -> Rules:
    first, last = (protection.number(month) for month in (source.months[0], source.months[-1]))
    policing = (measure for measure in source.measures if measure.kind == MeasureKind.POLICING)
    apart = {measure.of_key or measure.key for measure in policing}
    old, last_told = _last_told(source, told, source.alone | apart)
    begins = {area.id: protection.number(source.begins.get(area.market_id or 0, date.min)) for area in source.areas}
    by_age: dict[tuple[int, str], dict[int, int]] = defaultdict(dict)
    for spot, value in counts.items():
        if spot.area != CITY and 0 < begins[spot.area] - spot.month <= MONTHS_BEFORE:
            by_age[spot.area, spot.measure][begins[spot.area] - spot.month] = value
    early = {key: sum(months.values()) / max(months) for key, months in by_age.items()}

    def is_ready(measure: str, month: int) -> bool:
        lag = source.by_id[source.ids[measure]].lag_days
        return first <= month <= last and terms.is_complete(protection.month_numbered(month), lag, source.day)

    def since(area: int, measure: str) -> int:
        if area == CITY:
            # What the city has alone now begins after everything that was told of the measure in another way.
            return max(first, old[CITY, measure] + 1, last_told[measure] + 1 if measure in source.alone else 0)
        begin = 0 if source.by_id[source.ids[measure]].counted_anyway else begins[area]
        return max(first, begin, old[area, measure] + 1, old[CITY, measure] + 1)

    return Rules(
        parents=source.of,
        is_ready=is_ready,
        since=since,
        before=lambda area, measure: early.get((area, measure)),
        noise=protection.keyed_noise(site_key(current_portal.settings.secret, PURPOSE)),
        each_time=source.surveys,
        frames=terms.FRAMES,
        apart=apart,
        alone=source.alone,
    )


def _last_told(
    source: SnapshotInputs, told: Mapping[Spot, CountDecision], alone: Collection[str]
) -> tuple[Mapping[tuple[int, str], int], Mapping[str, int]]:
    """Return the last month told by an older rule by area and whole, and the last not told of the city alone."""
    old, last = defaultdict[tuple[int, str], int](int), defaultdict[str, int](int)
    for spot, decision in told.items():
        root = source.root(spot.measure)
        if decision.rule == BY_MONTH or (decision.rule == CITY_ALONE and root not in alone):
            old[spot.area, root] = max(old[spot.area, root], spot.month)
        if decision.rule != CITY_ALONE:
            last[root] = max(last[root], spot.month)
    return old, last


def keep(document: Document, new: Mapping[CountKey, CountDecision], lengths: Sequence[CountPeriod]) -> str | None:
    """Publish a snapshot and return its hash; None if it is no longer later than the newest one and its successor."""
    day = date.fromisoformat(document.frozen_on)
    with db.work():
        # Begin as a writer: a read transaction that starts to write fails once another process has written.
        db.begin_writing()
        newest_on, newest = next(iter(snapshots.history()), (date.min, None))
        if newest_on >= day or document.previous != newest:
            return None
        content = schema.canonical(document)
        session.add(Snapshot(frozen_on=day, digest=schema.digest(content), content=content))
        if rows := [cell._asdict() | decision._asdict() for cell, decision in new.items()]:
            session.execute(insert(FrozenCount), rows)
        session.add_all(lengths)
        renew_cache_version()
    return schema.digest(content)


def broken() -> list[tuple[date, str]]:
    """Return the problems of the snapshots, by day: "hash", "form", "chain", "log". Empty if there are none."""
    problems, before = list[tuple[date, str]](), None
    rows = select(Snapshot.frozen_on, Snapshot.digest, Snapshot.content).order_by(Snapshot.frozen_on)
    there = set()
    for day, digest, content in session.execute(rows):
        there.add((day, digest))
        if schema.digest(content) != digest:
            problems.append((day, "hash"))
        try:
            document = Document.model_validate_json(content)
        except ValidationError:
            problems.append((day, "form"))
        else:
            if schema.canonical(document) != content or document.frozen_on != day.isoformat():
                problems.append((day, "form"))
            if document.previous != before:
                problems.append((day, "chain"))
        before = digest
    # Unlike the log: a snapshot missing from either, or a gap in the log.
    log = session.scalars(select(SnapshotLog).order_by(SnapshotLog.height)).all()
    unlike = {entry.frozen_on for height, entry in enumerate(log, 1) if entry.height != height}
    unlike |= {day for day, _digest in there ^ {(entry.frozen_on, entry.digest) for entry in log}}
    return sorted(problems + [(day, "log") for day in unlike])


BEFORE_SNAPSHOT: Hook[Callable[[], None]] = Hook("before a snapshot")
"""Called before figures are read, for features whose results must be up to date with them."""


def freeze_what_is_due() -> str | None:
    """Freeze what was due last, unless it exists or its day was changed since. Return the hash of a new snapshot."""
    day = snapshots.due()
    with db.work():
        frozen, changes = snapshots.history(), last_changes(["snapshot_day"])
    # A snapshot cannot be taken back: one is due only if the pages named its day before its hour came.
    is_announced = not changes or changes[0].at <= terms.frozen_at(day, now().astimezone(zone()))
    if not is_announced or (frozen and frozen[0][0] >= day):
        return None
    for prepare in BEFORE_SNAPSHOT.plugged():
        prepare()
    made = draft(day)
    return keep(*made) if made else None


@click.command("verify")
@click.option("--newest", default="", help="A hash that was kept elsewhere: it must be here.")
def verify(newest: str) -> None:
    """Check every snapshot's hash and form, that each names the one before it, and that none is missing."""
    with db.work():
        digests, wrong = [digest for _day, digest in snapshots.history()], broken()
    if newest and newest not in digests:
        wrong.append((today(), "newest: the one that was named is not here"))
    for day, what in wrong:
        click.echo(f"{day}: wrong {what}")
    if wrong:
        raise SystemExit(1)
    click.echo(f"{len(digests)} snapshots, all as they were published.")


@click.command("audit")
def audit_command() -> None:
    """Ask if a hidden number follows from all snapshots: then end with 1. Takes seconds for each year and place."""
    # Imported here because the solver is large; no web process calls this.
    from portal.indicators.statistics.audit import audit

    with db.work():
        documents = [snapshots.snapshot(digest).document for _day, digest in snapshots.history()]
    narrowed = 0
    for knows_rule, words in ((False, "knows what is published"), (True, "knows the rule too")):
        hidden = audit(documents, knows_rule=knows_rule)
        closed = [one for one in hidden if not one.is_open]
        narrowed += len(closed)
        click.echo(f"Who {words}: {len(hidden)} hidden numbers, {len(closed)} narrowed.")
        for one in closed:
            first, last = one.cells[0], one.cells[-1]
            click.echo(f"  {first.measure}, {first.place or 'the city'}, {first.month} to {last.month}")
    if narrowed:
        raise SystemExit(1)


COMMANDS = AppGroup("indicators", help="Measures, monthly figures and what is published of them.")
for _command in (verify, audit_command):
    COMMANDS.add_command(_command)
