"""How what was decided is written as the document of a snapshot."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

from portal.core.clock import zone
from portal.core.i18n import Bilingual
from portal.indicators.models import Area, Measure
from portal.indicators.rules.measures import Part
from portal.indicators.rules.months import written
from portal.indicators.snapshots import queries
from portal.indicators.snapshots.document import (
    AreaShown,
    Correction,
    Document,
    Finding,
    MeasureShown,
    PlaceShown,
    Registration,
    Series,
    Words,
)
from portal.indicators.snapshots.rules.counts import Line, Told, guarded_with_family
from portal.indicators.snapshots.series import series
from portal.markets.models import CallIn, Market


class Cell(NamedTuple):
    """Which count."""

    area_id: int
    measure_id: int
    month_on: date
    language: str
    channel: str


@dataclass(frozen=True)
class Source:
    """Everything a snapshot is made from, read at once."""

    site: str
    day: date
    previous: queries.Frozen | None
    months: tuple[date, ...]
    measures: Sequence[Measure]
    places: Sequence[Market]
    areas: Sequence[Area]
    begins: Mapping[int, date]
    """The first month of the effort's own figures, by the place's id; the city is not in it."""
    figures: Mapping[Cell, int]
    told: Mapping[Cell, Told]
    findings: Mapping[int, tuple[Registration | None, tuple[Finding, ...]]]

    @property
    def guarded(self) -> Collection[str]:
        """The keys of the measures whose small counts are hidden."""
        of = {one.key: one.of_key for one in self.measures if one.of_key}
        return guarded_with_family({one.key for one in self.measures if one.guarded}, of)


def written_as(source: Source, told: Mapping[Cell, Told]) -> Document:
    """The snapshot with everything that is told."""
    city = [area for area in source.areas if area.part == Part.CITY]
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


def _words(text: Bilingual) -> Words:
    return Words(en=text.en, es=text.es)


def _place(place: Market, source: Source, told: Mapping[Cell, Told]) -> PlaceShown:
    order = list(Part)
    areas = sorted(
        (a for a in source.areas if a.market_id == place.id), key=lambda a: (order.index(Part(a.part)), a.rank)
    )
    registration, findings = source.findings[place.id]
    guarded = source.guarded
    return PlaceShown(
        slug=place.slug,
        name=_words(place.name),
        delivered_on=_delivered(place.call_in, source.day) or (registration.delivered_on if registration else None),
        status=next((one.status for one in place.decisions if one.since_on <= source.day), None),
        areas=tuple(AreaShown(key=_key(a), part=Part(a.part).value, population=a.population) for a in areas),
        series=_all_series(areas, source, told),
        registration=registration,
        # Residuals and expected counts together are the counts.
        findings=tuple(one for one in findings if one.measure not in guarded),
    )


def _key(area: Area) -> str:
    return area.part if area.part in (Part.PLACE, Part.CITY) else f"{area.part}-{area.rank}"


def _delivered(call_in: CallIn | None, day: date) -> str | None:
    on = call_in.ended_at.astimezone(zone()).date() if call_in and call_in.ended_at else None
    return on.isoformat() if on and on <= day else None


def _all_series(areas: Sequence[Area], source: Source, told: Mapping[Cell, Told]) -> tuple[Series, ...]:
    lines: dict[tuple[int, int, Line], dict[date, Told]] = defaultdict(dict)
    ids = {area.id for area in areas}
    for cell, one in told.items():
        if cell.area_id in ids and cell.month_on in source.months:
            lines[cell.area_id, cell.measure_id, Line(cell.language, cell.channel)][cell.month_on] = one
    guarded = source.guarded
    found = []
    for measure in source.measures:
        for area in areas:
            for line in sorted(one for *of, one in lines if of == [area.id, measure.id]):
                told_of = lines[area.id, measure.id, line]
                is_guarded = measure.key in guarded
                found.append(series(measure.key, _key(area), line, source.months, told_of, guarded=is_guarded))
    return tuple(found)


def _corrections(source: Source) -> Iterable[Correction]:
    for one in source.measures:
        changed = {
            cell.month_on
            for cell, told in source.told.items()
            if cell.measure_id == one.id and source.figures.get(cell, told.value) != told.value
        }
        if months := sorted(changed & set(source.months)):
            yield Correction(measure=one.key, months=tuple(map(written, months)))
