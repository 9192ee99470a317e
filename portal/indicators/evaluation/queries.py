"""Studies, what they are computed from, and what of them is published. Whoever asks has asked for the place before."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from datetime import date

from pydantic import TypeAdapter
from sqlalchemy import select

from portal.core.clock import today, zone
from portal.core.db import session
from portal.core.i18n import Bilingual
from portal.indicators.evaluation.models import Study
from portal.indicators.evaluation.rules.material import Material
from portal.indicators.evaluation.rules.plans import (
    PLACE,
    Plan,
    canonical,
    digest,
    drawn_anew,
    feasible,
    fixed,
    was_before,
)
from portal.indicators.evaluation.rules.states import State
from portal.indicators.evaluation.rules.windows import is_complete
from portal.indicators.models import Area, Figure, Measure
from portal.indicators.queries import areas_of, measures
from portal.indicators.rules.measures import Kind, Part
from portal.indicators.snapshots.document import Deviation, Finding, Registration, Words
from portal.markets.map.models import MapFeature
from portal.markets.models import Market
from portal.markets.queries import call_in, known_markets

FINDINGS = TypeAdapter(tuple[Finding, ...])
COUNTED = (Kind.CRIME.value, Kind.CALLS.value)


def study_of(market: Market) -> Study | None:
    """The study of a place, if there is one."""
    return session.scalars(select(Study).where(Study.market_id == market.id)).first()


def known_studies(member_id: int) -> list[tuple[Market, Study | None]]:
    """Every place that a member may know of, each with its study."""
    places = known_markets(member_id)
    found = session.scalars(select(Study).where(Study.market_id.in_([place.id for place in places])))
    by_place = {one.market_id: one for one in found}
    return [(place, by_place.get(place.id)) for place in places]


def measures_to_study() -> list[Measure]:
    """The measures that a plan may name: counts of events, published as they are. Counts of people are none of them."""
    return [one for one in measures() if one.kind in COUNTED and one.of_key is None and not one.guarded]


def areas_to_compare(market: Market) -> list[Area]:
    """The comparison areas of a place that a plan may name."""
    return [area for area in areas_of(market) if area.part == Part.COMPARISON]


def call_in_day(market: Market) -> date | None:
    """The day on which the call-in ended, where the portal knows it."""
    found = call_in(market.id)
    return found.ended_at.astimezone(zone()).date() if found and found.ended_at else None


def material_of(study: Study, day: date | None = None) -> Material | None:
    """All that the results of a study follow from; None as long as the day of the call-in is not known.

    Its months are those that were complete on `day`, by default today.
    """
    if study.delivered_on is None:
        return None
    market, plan = session.get_one(Market, study.market_id), study.planned
    areas = {_key(area): area for area in areas_of(market) if _is_used(area, plan)}
    chosen = [one for one in measures_to_study() if one.key in plan.measures]
    populations = {key: area.population for key, area in areas.items() if area.population}
    return Material(plan, study.delivered_on, _series(areas, chosen, day or today()), populations)


def outlines_of(market: Market, plan: Plan) -> dict[str, str]:
    """A mark of how each area of a plan is drawn: the same for the same outline."""
    drawn = {_key(area): area.geometry for area in areas_of(market) if _is_used(area, plan)}
    # The place itself is drawn on the map.
    boundary = session.scalars(select(MapFeature.geometry).where(MapFeature.market_id == market.id)).first()
    return {key: digest(shape)[:16] for key, shape in (drawn | {PLACE: boundary}).items() if shape}


def drawn_anew_in(study: Study) -> list[str]:
    """The areas that were drawn anew since the plan was locked."""
    if study.text is None:
        return []
    return drawn_anew(study.text, outlines_of(session.get_one(Market, study.market_id), study.planned))


def text_of(market: Market, study: Study) -> str:
    """The plan as it was locked, or as it would be now."""
    if study.text is not None:
        return study.text
    names, plan = {one.key: one.name.en for one in measures_to_study()}, lockable(market, study)
    return canonical(plan, names, outlines_of(market, plan), _area_keys(market))


def lockable(market: Market, study: Study) -> Plan:
    """The plan as far as it can be carried out with the areas that there are."""
    return feasible(replace(study.planned, place=market.slug), _area_keys(market))


def _area_keys(market: Market) -> list[str]:
    return [_key(area) for area in areas_of(market)]


def judged_by(study: Study) -> str:
    """The measure by which a locked study is judged now: that of the plan, or one chosen since. Empty for none."""
    chosen = [one.judged_by for one in study.deviations if one.judged_by]
    return chosen[-1] if chosen else fixed(study.text or "").primary


def _key(area: Area) -> str:
    return area.part if area.part == Part.PLACE else f"{area.part}-{area.rank}"


def _is_used(area: Area, plan: Plan) -> bool:
    if area.part == Part.COMPARISON:
        return area.rank in plan.comparison
    return area.part == Part.PLACE or plan.with_ring


def _series(areas: dict[str, Area], chosen: Sequence[Measure], day: date) -> dict[str, dict[str, dict[date, int]]]:
    """By measure and area, the months that were complete on a day."""
    asked = select(Figure.area_id, Figure.measure_id, Figure.month_on, Figure.value).where(
        Figure.area_id.in_([area.id for area in areas.values()]),
        Figure.measure_id.in_([one.id for one in chosen]),
        Figure.language == "",
        Figure.channel == "",
    )
    found: dict[tuple[int, int], dict[date, int]] = defaultdict(dict)
    for row in session.execute(asked.order_by(Figure.month_on)):
        found[row.measure_id, row.area_id][row.month_on] = row.value
    return {
        one.key: {key: _complete(found[one.id, area.id], one.lag_days, day) for key, area in areas.items()}
        for one in chosen
    }


def _complete(counts: dict[date, int], lag_days: int, day: date) -> dict[date, int]:
    return {month: count for month, count in counts.items() if is_complete(month, lag_days, day)}


def findings_of(study: Study) -> tuple[Finding, ...]:
    """What was computed last."""
    content = study.result.content if study.result else None
    return FINDINGS.validate_json(content) if content else ()


def is_stale(study: Study) -> bool:
    """Whether figures or plan have changed since it was computed last, or it never was."""
    material = material_of(study)
    inputs = study.result.inputs if study.result else None
    return material is not None and material.digest != inputs


def registration_of(study: Study) -> Registration | None:
    """What was fixed, when, and whether that was before the call-in; None as long as nothing is."""
    if study.locked_at is None or study.digest is None or study.text is None:
        return None
    locked_on = study.locked_at.astimezone(zone()).date()
    held = call_in(study.market_id)
    ended_at = held.ended_at if held else None
    return Registration(
        digest=study.digest,
        locked_on=locked_on.isoformat(),
        delivered_on=study.delivered_on.isoformat() if study.delivered_on else None,
        before_call_in=was_before(study.locked_at, locked_on, ended_at, study.delivered_on),
        plan=study.text,
        primary=fixed(study.text).primary or None,
        deviations=tuple(
            Deviation(on=one.done_on.isoformat(), what=_words(one.what), why=_words(one.why), primary=one.judged_by)
            for one in study.deviations
        ),
    )


def registration_by(study: Study, day: date) -> Registration | None:
    """`registration_of` as it was on a day: None if nothing was fixed by then; deviations noted later are left out."""
    registration = registration_of(study)
    if registration is None or date.fromisoformat(registration.locked_on) > day:
        return None
    noted = tuple(one for one in registration.deviations if date.fromisoformat(one.on) <= day)
    return registration.model_copy(update={"deviations": noted})


def delivered_studies() -> Sequence[int]:
    """The ids of the studies whose call-in was held."""
    return session.scalars(select(Study.id).where(Study.delivered_on.is_not(None))).all()


def must_be_computed(study: Study) -> bool:
    """Whether its results are not those of its plan and figures, and nobody has asked for them yet."""
    return (not study.result or study.result.state in (State.DONE, State.FAILED)) and is_stale(study)


def _words(text: Bilingual) -> Words:
    return Words(en=text.en, es=text.es)
