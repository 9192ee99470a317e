"""Studies with their deviations, results and placebo areas. A locked plan and a noted deviation are never changed.

Placebo areas show how places change by themselves. They are no `Area`: nothing lists them, and only their number and
the place's rank are published. Of an incident nothing is kept, only monthly counts.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from functools import partial
from typing import Any

from pydantic import TypeAdapter
from sqlalchemy import CheckConstraint, ForeignKey, LargeBinary, String, Text, select, update
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.core.audit import record
from portal.core.clock import now, today, zone
from portal.core.db import Base, Encrypted, EncryptedBytes, Versioned, added, db, random_id, session
from portal.core.i18n import Bilingual, bilingual
from portal.core.jobs.engine import current_engine, each_row
from portal.core.statuses import Refused
from portal.indicators import counts
from portal.indicators.areas import boundaries_of, outlines, overlapping
from portal.indicators.counts import Area, Import, Measure, unpack
from portal.indicators.statistics import closed_form, plans
from portal.indicators.statistics.closed_form import Foresight, HalfYear
from portal.indicators.statistics.plans import PLACE, DrawnAreas, Material, StudyPlan, digest, fixed
from portal.indicators.statistics.schema import Deviation, DocumentText, ModelFinding, Registration
from portal.indicators.statistics.terms import AreaPart, MeasureKind, is_complete, month_of, plus
from portal.markets.places import Market, call_in, known_markets

PLAN = TypeAdapter(StudyPlan)


class Study(Versioned, Base):
    """`text` and `digest` are those of the plan as it was locked."""

    __tablename__ = "indicators_study"
    __table_args__ = (
        CheckConstraint("(locked_at IS NULL) = (digest IS NULL)", name="locked"),
        CheckConstraint("(text IS NULL) = (digest IS NULL)", name="hashed"),
        CheckConstraint("delivered_on IS NULL OR locked_at IS NOT NULL", name="locked_first"),
    )

    id: Mapped[int] = mapped_column(primary_key=True, default=random_id)
    market_id: Mapped[int] = mapped_column(ForeignKey("markets_market.id", ondelete="CASCADE"), unique=True)
    plan: Mapped[str] = mapped_column(Encrypted())
    text: Mapped[str | None] = mapped_column(Encrypted())
    digest: Mapped[str | None] = mapped_column(String(64))
    locked_at: Mapped[datetime | None]
    locked_by_id: Mapped[int | None] = mapped_column(ForeignKey("accounts_member.id"))
    delivered_on: Mapped[date | None] = mapped_column(Encrypted(date.fromisoformat))

    deviations: Mapped[list[StudyDeviation]] = relationship(
        order_by="(StudyDeviation.done_on, StudyDeviation.noted_at)", cascade="all, delete-orphan"
    )
    result: Mapped[StudyResult | None] = relationship(cascade="all, delete-orphan")

    @property
    def planned(self) -> StudyPlan:
        return PLAN.validate_json(self.plan)


class StudyDeviation(Base):
    __tablename__ = "indicators_deviation"

    id: Mapped[int] = mapped_column(primary_key=True, default=random_id)
    study_id: Mapped[int] = mapped_column(ForeignKey("indicators_study.id", ondelete="CASCADE"), index=True)
    done_on: Mapped[date]
    what: Mapped[Bilingual] = bilingual("what", encrypted=True)
    why: Mapped[Bilingual] = bilingual("why", encrypted=True)
    measure: Mapped[str | None] = mapped_column(String(40))
    member_id: Mapped[int | None] = mapped_column(ForeignKey("accounts_member.id"))
    noted_at: Mapped[datetime]


class StudyResult(Base):
    """Both are None until they are computed."""

    __tablename__ = "indicators_result"

    study_id: Mapped[int] = mapped_column(ForeignKey("indicators_study.id", ondelete="CASCADE"), primary_key=True)
    inputs: Mapped[str | None] = mapped_column(String(64))
    content: Mapped[str | None] = mapped_column(Text, deferred=True)
    unfinished_since: Mapped[datetime | None]
    """When a computation began that has not ended, not even by another try."""


RULE = 1
"""Increased whenever the same file, areas and seed would give other placebo areas."""


class PlaceboSet(Base):
    """The placebo areas of a place. Once a plan with them is locked they are never drawn anew."""

    __tablename__ = "indicators_placebo_set"
    __table_args__ = (CheckConstraint("areas > 0", name="areas"),)

    id: Mapped[int] = mapped_column(primary_key=True, default=random_id)
    market_id: Mapped[int] = mapped_column(ForeignKey("markets_market.id", ondelete="CASCADE"), unique=True)
    rule: Mapped[int]
    seed: Mapped[str] = mapped_column(Encrypted())
    """Random, and kept: who knew it and has the file could see from areas passed over where a hidden place is."""
    inputs: Mapped[str] = mapped_column(String(64))
    """The hash of what else decides about them: the outlines of all places, the measure, the rule."""
    measure: Mapped[str] = mapped_column(String(40), default="")
    """The key of the measure in which they are similar; empty for all incidents together."""
    first_on: Mapped[date]
    last_on: Mapped[date]
    areas: Mapped[int]
    outlines: Mapped[bytes] = mapped_column(EncryptedBytes(), deferred=True)
    """Compressed: a JSON list of GeoJSON texts."""
    digest: Mapped[str] = mapped_column(String(64))
    made_at: Mapped[datetime]


class PlaceboCounts(Base):
    """The monthly counts of one measure in all areas of a set, by import: the latest counts, of those not undone."""

    __tablename__ = "indicators_placebo_counts"

    id: Mapped[int] = mapped_column(primary_key=True, default=random_id)
    set_id: Mapped[int] = mapped_column(ForeignKey("indicators_placebo_set.id", ondelete="CASCADE"), index=True)
    measure_id: Mapped[int] = mapped_column(ForeignKey("indicators_measure.id"), index=True)
    import_id: Mapped[int] = mapped_column(ForeignKey("indicators_import.id", ondelete="CASCADE"), index=True)
    first_on: Mapped[date]
    content: Mapped[bytes] = mapped_column(LargeBinary)
    """Compressed: for each area a JSON list of counts, one for each month from `first_on`; null if it was left out."""


FINDINGS = TypeAdapter(tuple[ModelFinding, ...])
LONGEST = timedelta(minutes=10)
"""Whatever has not ended after so long has failed, or its worker was killed."""
Series = dict[str, dict[str, dict[date, int]]]


def study_of(market: Market) -> Study | None:
    return session.scalar(select(Study).where(Study.market_id == market.id))


def placebo_set(market: Market) -> PlaceboSet | None:
    return session.scalars(select(PlaceboSet).where(PlaceboSet.market_id == market.id)).first()


def placebo_series(
    drawn: PlaceboSet, measures: Sequence[Measure], day: date | None = None
) -> Mapping[str, Sequence[Mapping[date, int]]]:
    """Return the counts of each placebo area by measure, if counted, and month, if that was complete on a day."""
    keys = {measure.id: measure for measure in measures}
    rows = (
        select(PlaceboCounts.measure_id, PlaceboCounts.first_on, PlaceboCounts.content)
        .join(Import, Import.id == PlaceboCounts.import_id)
        .where(PlaceboCounts.set_id == drawn.id, PlaceboCounts.measure_id.in_(keys), Import.undone_at.is_(None))
        .order_by(Import.made_at, Import.id)
    )
    series: dict[str, list[dict[date, int]]] = defaultdict(lambda: [{} for _area in range(drawn.areas)])
    for row in session.execute(rows):
        measure = keys[row.measure_id]
        for area, monthly in zip(series[measure.key], unpack(row.content), strict=True):
            for number, count in enumerate(monthly):
                month = plus(row.first_on, number)
                if count is not None and is_complete(month, measure.lag_days, day or today()):
                    area[month] = count
    return dict(series)


def known_studies(member_id: int) -> list[tuple[Market, Study | None]]:
    places = known_markets(member_id)
    studies = session.scalars(select(Study).where(Study.market_id.in_([place.id for place in places])))
    by_place = {study.market_id: study for study in studies}
    return [(place, by_place.get(place.id)) for place in places]


def measures_to_study() -> list[Measure]:
    """Return the measures that a plan may name: counts of events published unchanged, not of people."""
    whole = (measure for measure in counts.measures() if measure.of_key is None and not measure.guarded)
    return [measure for measure in whole if measure.kind in (MeasureKind.CRIME, MeasureKind.CALLS)]


def areas_to_compare(market: Market) -> list[Area]:
    return [area for area in counts.areas_of(market) if area.part == AreaPart.COMPARISON]


def call_in_day(market: Market) -> date | None:
    held = call_in(market.id)
    return held.ended_at.astimezone(zone()).date() if held and held.ended_at else None


def material_of(study: Study, begins_on: date, day: date | None = None) -> Material:
    """Return the inputs of results as of a day, for a call-in held on `begins_on`: counts of complete months alone."""
    market, plan, day = session.get_one(Market, study.market_id), study.planned, day or today()
    chosen = {measure.id: measure for measure in measures_to_study() if measure.key in plan.measures}
    keys = {area.id: key for key, area in used_areas(market, plan).items()}
    series: Series = {measure.key: {key: {} for key in keys.values()} for measure in chosen.values()}
    for (area_id, measure_id, month), value in counts.plain_figures(keys, chosen).items():
        measure = chosen[measure_id]
        if is_complete(month, measure.lag_days, day):
            series[measure.key][keys[area_id]][month] = value
    drawn = drawn_of(market, study)
    return Material(plan, begins_on, series, placebo_series(drawn, list(chosen.values()), day) if drawn else {})


def drawn_of(market: Market, study: Study) -> PlaceboSet | None:
    """Return the placebo areas that count in a study: once its plan is locked, only those that it names."""
    drawn = placebo_set(market)
    return drawn if drawn and (study.text is None or fixed(study.text).drawn == drawn.digest) else None


def foresights(market: Market, study: Study) -> list[Foresight]:
    """Return what the planned study could see by each of its measures, from months before the call-in alone."""
    begins_on = study.delivered_on or call_in_day(market) or today()
    material, plan, until = material_of(study, begins_on), study.planned, month_of(begins_on)

    def before(months: Mapping[date, int]) -> dict[date, int]:
        return {month: count for month, count in months.items() if month < until}

    foreseen = []
    for measure in sorted(material.series, key=lambda key: key != plan.primary):
        place, drawn = (
            material.series[measure].get(PLACE, {}),
            [before(months) for months in material.placebos.get(measure, ())],
        )
        about: dict[str, Any] = {"months_before": plan.months_before, "looks": plans.errors(plan), "drawn": drawn}
        areas = {key: before(months) for key, months in material.areas(measure, "comparison").items()}
        seen = partial(closed_form.foresee, measure, before(place), **about)
        foreseen.append(closed_form.with_odd_area(seen, areas))
    return foreseen


def half_years_of(market: Market, study: Study) -> list[tuple[str, list[HalfYear]]]:
    """Return how the place went against its areas, by measure, to the last look, or before it the call-in or today."""
    begins_on = study.delivered_on or call_in_day(market) or today()
    material, by_measure = material_of(study, begins_on), []
    for measure in sorted(material.series, key=lambda key: key != material.plan.primary):
        place = material.series[measure].get(PLACE, {})
        areas = list(material.areas(measure, "comparison").values())
        months = plans.counted_in_all([place, *areas])
        counted = [month for month in months if study.delivered_on or month < month_of(begins_on)]
        if halves := closed_form.half_years(place, areas, plans.window(material.plan, begins_on, counted)):
            by_measure.append((measure, halves))
    return by_measure


def outlines_of(market: Market, plan: StudyPlan) -> dict[str, str]:
    """Return a hash of the outline of each area that a plan uses, by the area's key."""
    drawn = {key: area.geometry for key, area in used_areas(market, plan).items()}
    # The outline of the place itself is its boundary on the map.
    drawn[PLACE] = boundaries_of([market.id]).get(market.id)
    return {key: digest(shape)[:16] for key, shape in drawn.items() if shape}


def text_of(market: Market, study: Study) -> str:
    """Return the text of the plan: as locked, or as it would be locked now."""
    if study.text is not None:
        return study.text
    names, plan = {measure.key: measure.name.en for measure in measures_to_study()}, lockable(market, study)
    drawn = drawn_of(market, study)
    placebos = None
    if drawn is not None:
        months, hashes = (drawn.first_on, drawn.last_on), (drawn.digest, digest(drawn.seed))
        placebos = DrawnAreas(drawn.areas, drawn.rule, drawn.measure, *months, *hashes)
    there = [area.key for area in counts.areas_of(market)]
    return plans.canonical(plan, names, outlines_of(market, plan), there, placebos)


def lockable(market: Market, study: Study) -> StudyPlan:
    """Reduced to the models and areas available now."""
    there = [area.key for area in counts.areas_of(market)]
    return plans.feasible(replace(study.planned, place=market.name.en), there)


def used_areas(market: Market, plan: StudyPlan) -> dict[str, Area]:
    parts = (AreaPart.PLACE, *((AreaPart.RING, AreaPart.COMPARISON_RING) if plan.with_ring else ()))
    areas = {area.key: area for area in counts.areas_of(market)}
    compared = {f"comparison-{rank}" for rank in plan.comparison}
    return {key: area for key, area in areas.items() if area.part in parts or key in compared}


def findings_of(study: Study) -> tuple[ModelFinding, ...]:
    content = study.result.content if study.result else None
    return FINDINGS.validate_json(content) if content else ()


def stale_material(study: Study) -> Material | None:
    """Return the inputs of its results if figures or plan have changed since these were computed, or none were."""
    if study.delivered_on is None:
        return None
    material = material_of(study, study.delivered_on)
    return material if material.digest != (study.result.inputs if study.result else None) else None


def has_failed(study: Study) -> bool:
    since = study.result.unfinished_since if study.result else None
    return since is not None and since < now() - LONGEST


def registration_of(study: Study, day: date | None = None) -> Registration | None:
    """Return the published facts of a locked plan as of a day, without later deviations; None if not locked then."""
    if study.locked_at is None or study.digest is None or study.text is None:
        return None
    locked_on = study.locked_at.astimezone(zone()).date()
    if day is not None and locked_on > day:
        return None
    held = call_in(study.market_id)
    ended_at = held.ended_at if held else None
    deviations = []
    for noted in study.deviations:
        if day is None or noted.done_on <= day:
            texts = {"what": DocumentText.of(noted.what), "why": DocumentText.of(noted.why)}
            deviations.append(Deviation(on=noted.done_on.isoformat(), measure=noted.measure, **texts))
    return Registration(
        digest=study.digest,
        locked_on=locked_on.isoformat(),
        delivered_on=study.delivered_on.isoformat() if study.delivered_on else None,
        before_call_in=plans.was_before(study.locked_at, locked_on, ended_at, study.delivered_on),
        plan=study.text,
        deviations=tuple(deviations),
    )


JOB = "study"
CORRECTED = Bilingual(
    en="The day of the call-in was entered as {old} and corrected to {new}.",
    es="El día de la reunión con quienes vendían se anotó como {old} y se corrigió a {new}.",
)
DRAWN_ANEW = Bilingual(
    en="Areas were drawn anew after the plan was locked: {areas}.",
    es="Se dibujaron de nuevo zonas después de cerrar el plan con llave: {areas}.",
)
SEEN_BY_ITSELF = Bilingual(
    en="The portal noticed it by itself; who did it can add the reason.",
    es="El portal lo notó solo; quien lo hizo puede agregar la razón.",
)
WRONG_DAY = Bilingual(en="It had been entered wrongly.", es="Se había anotado mal.")


def keep_plan(market: Market, plan: StudyPlan, member_id: int) -> Study:
    """The plan may have gaps until it is locked. Raises `Refused` once it is."""
    study = study_of(market) or Study(market_id=market.id)
    if study.locked_at is not None:
        raise Refused("study_locked")
    study.plan = PLAN.dump_json(replace(plan, place=market.name.en)).decode()
    added(study)
    record("study.planned", "market", market.id, member_id)
    return study


def lock_plan(market: Market, study: Study, member_id: int) -> None:
    """Raises `Refused` if the plan has gaps, is locked already, or its areas overlap."""
    if study.locked_at is not None:
        raise Refused("study_locked")
    plan = lockable(market, study)
    drawn = drawn_of(market, study)
    if plans.gaps(plan, drawn.areas if drawn else 0):
        raise Refused("study_gaps")
    if overlapping(outlines(list(used_areas(market, plan).values()))):
        raise Refused("study_overlaps")
    study.text = text_of(market, study)
    study.plan = PLAN.dump_json(plan).decode()
    study.digest = plans.digest(study.text)
    study.locked_at, study.locked_by_id = now(), member_id
    session.flush()
    record("study.locked", "market", market.id, member_id)


def enter_day(market: Market, study: Study, day: date, member_id: int) -> None:
    """Set the day of the call-in, a correction as a deviation: other months count. Raises `Refused`."""
    if study.locked_at is None:
        raise Refused("study_not_locked")
    ended_on = call_in_day(market)
    if day > today() or (ended_on is not None and day != ended_on):
        raise Refused("study_day")
    if study.delivered_on is not None and study.delivered_on != day:
        days = {"old": study.delivered_on.isoformat(), "new": day.isoformat()}
        what = Bilingual(CORRECTED.en.format(**days), CORRECTED.es.format(**days))
        note_deviation(market, study, what=what, why=WRONG_DAY, day=today(), member_id=member_id)
    study.delivered_on, study.result = day, study.result or StudyResult()
    record("study.day_entered", "market", market.id, member_id)
    session.flush()
    db.after_commit(partial(current_engine().enqueue, JOB, study.id))


def note_deviation(
    market: Market, study: Study, what: Bilingual, why: Bilingual, day: date, member_id: int, measure: str | None = None
) -> None:
    """Append a deviation; without `measure` it concerns all results. Raises `Refused` if not whole, over or planned."""
    if study.text is None:
        raise Refused("study_not_locked")
    is_planned = measure is None or measure in fixed(study.text).measures
    if not (what.is_whole and why.is_whole and is_planned) or day > today():
        raise Refused("study_deviation")
    about = {"what": what, "why": why, "measure": measure, "member_id": member_id}
    study.deviations.append(StudyDeviation(done_on=day, noted_at=now(), **about))
    session.flush()
    record("study.deviation_noted", "market", market.id, member_id)


def note_drawn_anew(study_id: int) -> None:
    """Record redrawn areas as a deviation, once for each set of areas, without relying on a member to report it."""
    study = session.get_one(Study, study_id)
    marks = outlines_of(session.get_one(Market, study.market_id), study.planned)
    keys = ", ".join(plans.drawn_anew(study.text or "", marks))
    what = Bilingual(DRAWN_ANEW.en.format(areas=keys), DRAWN_ANEW.es.format(areas=keys))
    if keys and what not in [deviation.what for deviation in study.deviations]:
        study.deviations.append(StudyDeviation(done_on=today(), what=what, why=SEEN_BY_ITSELF, noted_at=now()))
        session.flush()


def compute_stale() -> None:
    with db.work():
        locked = session.scalars(select(Study.id).where(Study.locked_at.is_not(None))).all()
    each_row(locked, note_drawn_anew)
    each_row(locked, compute)


def compute(study_id: int) -> None:
    """Compute and store the results of a study, unless its figures are those of the last time. Twice is harmless."""
    with db.work():
        study = session.get(Study, study_id)
        material = stale_material(study) if study else None
        if material and study and study.result:
            study.result.unfinished_since = study.result.unfinished_since or now()
    if material is None:
        return
    # Imported only here, in a worker: it takes a second and 140 MB.
    from portal.indicators.statistics.findings import findings

    content = FINDINGS.dump_json(findings(material)).decode()
    with db.work():
        store = update(StudyResult).where(StudyResult.study_id == study_id)
        store = store.values(content=content, inputs=material.digest, unfinished_since=None)
        session.execute(store.execution_options(synchronize_session=False))


def published_findings(market: Market, day: date) -> tuple[Registration | None, tuple[ModelFinding, ...]]:
    """Return plan and findings as of a day, even if frozen late: the stored ones if their inputs are the same."""
    study = study_of(market)
    registration = registration_of(study, day) if study else None
    if study is None or registration is None:
        return None, ()
    from portal.indicators.statistics import findings

    if study.delivered_on is None:
        # No call-in was held: what changed from the month of the lock on.
        since = material_of(study, call_in_day(market) or date.fromisoformat(registration.locked_on), day)
        return registration.model_copy(update={"intended": findings.intended(since)}), ()
    material = material_of(study, study.delivered_on, day)
    is_stored = study.result is not None and study.result.inputs == material.digest
    return registration, findings_of(study) if is_stored else findings.findings(material)
