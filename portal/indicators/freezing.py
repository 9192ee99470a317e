"""Drafts of snapshots, made in a transaction that only reads and so blocks no writer; freezing and verifying them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property

import click
from flask.cli import AppGroup
from pydantic import ValidationError
from sqlalchemy import select
from sqlalchemy.orm import selectinload

from portal.config import Settings
from portal.core.clock import now, today, zone
from portal.core.crypto import site_key
from portal.core.db import db, session
from portal.core.page_cache import renew_cache_version
from portal.core.portal import Hook, current_portal
from portal.core.stored_settings import last_changes
from portal.indicators import counts, snapshots, studies
from portal.indicators.counts import Area, Measure
from portal.indicators.snapshots import CountPeriod, FrozenCount, Snapshot, SnapshotLog, measure_shown
from portal.indicators.statistics import protection, schema, terms
from portal.indicators.statistics.closed_form import with_changes
from portal.indicators.statistics.protection import BY_MONTH, CITY, CITY_ALONE, CountDecision, PeriodKey, Rules, Spot
from portal.indicators.statistics.schema import Correction, Document, ModelFinding, Registration
from portal.indicators.statistics.terms import AreaPart, MeasureKind
from portal.markets.places import Market, known_since


@dataclass(frozen=True)
class SnapshotInputs:
    """Everything a snapshot is computed from, read in one transaction, by the names of the rules: see `Spot`."""

    day: date
    previous: snapshots.Frozen | None
    months: tuple[date, ...]
    measures: Mapping[str, Measure]
    places: Sequence[Market]
    areas: Mapping[int, Area]
    begins: Mapping[int, int]
    """The first month of the effort's own figures by area, without the city."""
    figures: Mapping[Spot, int]
    told: Mapping[Spot, CountDecision]
    lengths: Mapping[PeriodKey, int]
    findings: Mapping[int, tuple[Registration | None, tuple[ModelFinding, ...]]]

    @cached_property
    def of(self) -> dict[str, str]:
        return {key: measure.of_key for key, measure in self.measures.items() if measure.of_key}

    @cached_property
    def guarded(self) -> Collection[str]:
        """The keys of the measures whose small counts are suppressed, with their parts and wholes."""
        listed = self.measures.items()
        people = {key for key, measure in listed if measure.guarded or measure.kind == MeasureKind.POLICING}
        return protection.guarded_with_family(people, self.of)

    @cached_property
    def alone(self) -> set[str]:
        """The keys of the measures, no parts, that the whole city has alone: neither they nor a part are a place's."""
        at_places = {self.root(key) for key, measure in self.measures.items() if not measure.city_only}
        return self.measures.keys() - self.of.keys() - at_places - self.surveys

    @cached_property
    def surveys(self) -> set[str]:
        return {key for key, measure in self.measures.items() if measure.kind == MeasureKind.SURVEY}

    def root(self, measure: str) -> str:
        for _step in self.of:
            measure = self.of.get(measure, measure)
        return measure

    def is_guarded(self, spot: Spot) -> bool:
        """Return whether small values of a count are hidden; guarded counts of other areas are not published at all."""
        return spot.measure in self.guarded and self.areas[spot.area].part in (AreaPart.PLACE, AreaPart.CITY)

    def covers(self, month: int) -> bool:
        return protection.number(self.months[0]) <= month <= protection.number(self.months[-1])


def draft(day: date) -> tuple[Document, Sequence[FrozenCount | CountPeriod]] | None:
    """Compute the snapshot of a day, with its new decisions and lengths; None while there is nothing to publish."""
    with db.work():
        db.read_only()
        source = _source(day)
    if source is None:
        return None
    made = _decided(source)

    def ids(area: int, measure: str) -> dict[str, int]:
        return {"area_id": source.areas[area].id, "measure_id": source.measures[measure].id}

    rows: list[FrozenCount | CountPeriod] = [
        CountPeriod(**ids(key.area, key.measure), year=key.year, months=months) for key, months in made.lengths.items()
    ]
    for spot, decision in made.told.items():
        month = protection.month_numbered(spot.month)
        rows.append(FrozenCount(**ids(spot.area, spot.measure), month_on=month, **decision._asdict()))
    return with_changes(_document(source, {**source.told, **made.told})), rows


def _source(day: date) -> SnapshotInputs | None:
    moment = terms.frozen_at(day, now().astimezone(zone()))
    shown = select(Market).where(Market.released_at.is_not(None), Market.released_at <= moment).order_by(Market.slug)
    places = session.scalars(shown.options(selectinload(Market.call_in))).all()
    begins = {place.id: protection.number(terms.month_of(known_since(place))) for place in places}
    listed = session.scalars(select(Area).where(Area.market_id.is_(None) | Area.market_id.in_(begins))).all()
    areas = {CITY if area.part == AreaPart.CITY else area.id: area for area in listed}
    numbers = {area.id: number for number, area in areas.items()}
    previous, measures = snapshots.latest(), {measure.id: measure for measure in counts.measures()}

    def spot(area_id: int, measure_id: int, month: date) -> Spot:
        return Spot(measures[measure_id].key, numbers[area_id], protection.number(month))

    figures = {
        spot(area_id, measure_id, month): value
        for (area_id, measure_id, month), value in counts.plain_figures(numbers, measures).items()
        # Of a measure that is counted for the whole city only, none of a place.
        if numbers[area_id] == CITY or not measures[measure_id].city_only
    }
    if previous is None and not figures:
        return None
    frozen = session.scalars(select(FrozenCount).where(FrozenCount.area_id.in_(numbers)))
    told = {spot(row.area_id, row.measure_id, row.month_on): row.decision for row in frozen}
    periods = session.scalars(select(CountPeriod).where(CountPeriod.area_id.in_(numbers)))
    return SnapshotInputs(
        day=day,
        previous=previous,
        months=_months(day, previous, measures.values()),
        measures={measure.key: measure for measure in measures.values()},
        places=places,
        areas=areas,
        begins={number: begins[area.market_id] for number, area in areas.items() if area.market_id is not None},
        figures=figures,
        told=told,
        lengths={
            PeriodKey(numbers[one.area_id], measures[one.measure_id].key, one.year): one.months for one in periods
        },
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


def _document(source: SnapshotInputs, told: Mapping[Spot, CountDecision]) -> Document:
    counted = {spot.measure for spot in told} | (source.measures.keys() - counts.optional_keys())
    listed = [measure for key, measure in source.measures.items() if key in counted]
    return Document(
        site=current_portal.settings.site_name,
        frozen_on=source.day.isoformat(),
        previous=source.previous.digest if source.previous else None,
        months=tuple(map(terms.written, source.months)),
        measures=tuple(measure_shown(measure, guarded=measure.key in source.guarded) for measure in listed),
        places=tuple(_place(place, source, told) for place in source.places),
        city=_all_series([CITY], source, told),
        corrections=tuple(_corrections(source)),
    )


def _place(place: Market, source: SnapshotInputs, told: Mapping[Spot, CountDecision]) -> schema.PlaceShown:
    areas = sorted((area for area in source.areas.values() if area.market_id == place.id), key=lambda area: area.order)
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
        series=_all_series([area.id for area in areas], source, told),
        registration=registration,
        # Not for guarded measures: what was to be expected and what was found give the counts.
        findings=tuple(finding for finding in findings if finding.measure not in source.guarded),
    )


def _all_series(
    areas: Sequence[int], source: SnapshotInputs, told: Mapping[Spot, CountDecision]
) -> tuple[schema.SnapshotSeries, ...]:
    by_month: dict[tuple[int, str], dict[date, CountDecision]] = defaultdict(dict)
    for spot, decision in told.items():
        if source.covers(spot.month):
            by_month[spot.area, spot.measure][protection.month_numbered(spot.month)] = decision
    return tuple(
        snapshots.series(measure, source.areas[area].key, source.months, by_month[area, measure])
        for measure in source.measures
        for area in areas
        if (area, measure) in by_month
    )


def _corrections(source: SnapshotInputs) -> Iterable[Correction]:
    """Yield the measures with counts that changed since they were frozen. Those moved by chance cannot be compared."""
    changed: dict[str, set[date]] = defaultdict(set)
    for spot, decision in source.told.items():
        is_moved = decision.rule == protection.BY_PERIOD and spot.area == CITY
        months = [spot._replace(month=spot.month - ago) for ago in range(decision.months)]
        counted = [source.figures[month] for month in months if month in source.figures]
        if source.covers(spot.month) and counted and not is_moved and sum(counted) != decision.value:
            changed[spot.measure].add(protection.month_numbered(spot.month))
    for measure in source.measures:
        if measure in changed:
            yield Correction(measure=measure, months=tuple(map(terms.written, sorted(changed[measure]))))


def _decided(source: SnapshotInputs) -> protection.Protected:
    """Return the decisions on new counts, and the lengths of periods that they fix beside those fixed before."""
    guarded = {spot: value for spot, value in source.figures.items() if source.is_guarded(spot)}
    told = {spot: decision for spot, decision in source.told.items() if source.is_guarded(spot)}
    made = protection.protect(guarded, told, source.lengths, _rules(source, guarded, told))
    for spot, value in source.figures.items():
        measure, month = source.measures[spot.measure], protection.month_numbered(spot.month)
        is_new = spot not in source.told and source.covers(spot.month) and spot.measure not in source.guarded
        # The effort's own figures from before its place became public would tell when the work began.
        is_early = not measure.counted_anyway and spot.month < source.begins.get(spot.area, 0)
        if is_new and not is_early and terms.is_complete(month, measure.lag_days, source.day):
            made.told[spot] = CountDecision(value, shown=True, rule=BY_MONTH)
    return made


PURPOSE = "what the numbers of the city are moved by"
MONTHS_BEFORE = 12
"""The months before a place became public from which its volume is taken."""


def _rules(source: SnapshotInputs, guarded: Mapping[Spot, int], told: Mapping[Spot, CountDecision]) -> Rules:
    first, begins = protection.number(source.months[0]), source.begins
    policing = (measure for measure in source.measures.values() if measure.kind == MeasureKind.POLICING)
    apart = {measure.of_key or measure.key for measure in policing}
    old, last_told = _last_told(source, told, source.alone | apart)
    by_age: dict[tuple[int, str], dict[int, int]] = defaultdict(dict)
    for spot, value in guarded.items():
        if spot.area != CITY and 0 < begins[spot.area] - spot.month <= MONTHS_BEFORE:
            by_age[spot.area, spot.measure][begins[spot.area] - spot.month] = value
    early = {key: sum(months.values()) / max(months) for key, months in by_age.items()}

    def is_ready(measure: str, month: int) -> bool:
        lag = source.measures[measure].lag_days
        return source.covers(month) and terms.is_complete(protection.month_numbered(month), lag, source.day)

    def since(area: int, measure: str) -> int:
        if area == CITY:
            # What the city has alone now begins after everything that was told of the measure in another way.
            return max(first, old[CITY, measure] + 1, last_told[measure] + 1 if measure in source.alone else 0)
        begin = 0 if source.measures[measure].counted_anyway else begins[area]
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


def keep(document: Document, rows: Sequence[FrozenCount | CountPeriod]) -> str | None:
    """Publish a snapshot and return its hash; None if it is no longer later than the newest one and its successor."""
    day = date.fromisoformat(document.frozen_on)
    with db.work():
        # Begin as a writer: a read transaction that starts to write fails once another process has written.
        db.begin_writing()
        newest_on, newest = next(iter(snapshots.history()), (date.min, None))
        if newest_on >= day or document.previous != newest:
            return None
        content = schema.canonical(document)
        session.add_all([Snapshot(frozen_on=day, digest=schema.digest(content), content=content), *rows])
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


COMMANDS = AppGroup("indicators", help="Measures, monthly figures and what is published of them.")


@COMMANDS.command("verify")
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


@COMMANDS.command("audit")
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
