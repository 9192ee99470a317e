"""Planning a study, locking the plan, saying when the call-in was, noting what was done otherwise."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from functools import partial

from portal.core.audit import record
from portal.core.clock import now, today
from portal.core.db import db, session
from portal.core.errors import Refused
from portal.core.i18n import LANGUAGES, Bilingual
from portal.core.jobs.engine import current_engine
from portal.indicators.evaluation.models import Study, StudyDeviation, StudyResult
from portal.indicators.evaluation.queries import (
    call_in_day,
    drawn_anew_in,
    judged_by,
    lockable,
    measures_to_study,
    study_of,
    text_of,
)
from portal.indicators.evaluation.rules import plans
from portal.indicators.evaluation.rules.plans import Plan, fixed
from portal.indicators.evaluation.rules.states import State
from portal.markets.models import Market

JOB = "study"
CORRECTED = Bilingual(
    en="The day of the call-in was entered as {old} and corrected to {new}.",
    es="El día del «call-in» se anotó como {old} y se corrigió a {new}.",
)
DRAWN_ANEW = Bilingual(
    en="Areas were drawn anew after the plan was locked: {areas}.",
    es="Se dibujaron de nuevo zonas después de cerrar el plan con llave: {areas}.",
)
SEEN_BY_ITSELF = Bilingual(
    en="The portal noticed it by itself; who did it can add the reason.",
    es="El portal lo notó solo; quien lo hizo puede agregar la razón.",
)
JUDGED_OTHERWISE = Bilingual(
    en="Another measure was chosen to judge by: “{new}” instead of “{old}”.",
    es="Se eligió otra medida para juzgar: «{new}» en vez de «{old}».",
)
JUDGED_LATE = Bilingual(
    en="The plan named no measure to judge by. “{new}” was chosen afterwards.",
    es="El plan no decía con qué medida juzgar. Después se eligió «{new}».",
)
WRONG_DAY = Bilingual(en="It had been entered wrongly.", es="Se había anotado mal.")


def keep_plan(market: Market, plan: Plan, member_id: int) -> Study:
    """Write the plan down; it may have gaps until it is locked. Raises `Refused` once it is."""
    plan = replace(plan, place=market.slug)
    study = study_of(market)
    if study is None:
        study = Study(market_id=market.id, plan=plans.written(plan))
        session.add(study)
    elif study.locked_at is not None:
        raise Refused("study_locked")
    study.plan = plans.written(plan)
    session.flush()
    record("study.planned", "market", market.id, member_id)
    return study


def lock_plan(market: Market, study: Study, member_id: int) -> None:
    """Fix the plan for ever. Raises `Refused` for gaps and for a plan that is locked already."""
    if study.locked_at is not None:
        raise Refused("study_locked")
    plan = lockable(market, study)
    if plans.gaps(plan):
        raise Refused("study_gaps")
    study.text = text_of(market, study)
    study.plan = plans.written(plan)
    study.digest = plans.digest(study.text)
    study.locked_at, study.locked_by_id = now(), member_id
    session.flush()
    record("study.locked", "market", market.id, member_id)


def enter_day(market: Market, study: Study, day: date, member_id: int) -> None:
    """Say when the call-in was. Raises `Refused` before the plan is locked, and for a day that cannot be right.

    A correction is a deviation: which months count depends on it.
    """
    if study.locked_at is None:
        raise Refused("study_not_locked")
    known = call_in_day(market)
    if day > today() or (known is not None and day != known):
        raise Refused("study_day")
    if study.delivered_on is not None and study.delivered_on != day:
        old, new = study.delivered_on.isoformat(), day.isoformat()
        what = Bilingual(CORRECTED.en.format(old=old, new=new), CORRECTED.es.format(old=old, new=new))
        note_deviation(market, study, what, WRONG_DAY, today(), member_id)
    study.delivered_on = day
    record("study.day_entered", "market", market.id, member_id)
    ask_for_results(study)


def note_deviation(market: Market, study: Study, what: Bilingual, why: Bilingual, day: date, member_id: int) -> None:
    """Add what was done otherwise; nothing that stands there is changed. Raises `Refused` before the plan is locked."""
    if study.locked_at is None:
        raise Refused("study_not_locked")
    if not (what.is_whole and why.is_whole) or day > today():
        raise Refused("study_deviation")
    study.deviations.append(StudyDeviation(done_on=day, what=what, why=why, member_id=member_id, noted_at=now()))
    session.flush()
    record("study.deviation_noted", "market", market.id, member_id)


def judge_by(market: Market, study: Study, key: str, why: Bilingual, member_id: int) -> None:
    """Choose another measure to judge by: a deviation. What was fixed beforehand still leads wherever it is read.

    Raises `Refused` for one that the plan does not look at, and for the one by which it is judged already.
    """
    old = judged_by(study)
    if study.text is None or key == old or key not in fixed(study.text).measures:
        raise Refused("study_primary")
    names = {one.key: one.name for one in measures_to_study()}
    words = {lang: {"new": _name(key, names, lang), "old": _name(old, names, lang)} for lang in LANGUAGES}
    said = JUDGED_OTHERWISE if old else JUDGED_LATE
    what = Bilingual(said.en.format(**words["en"]), said.es.format(**words["es"]))
    note_deviation(market, study, what, why, today(), member_id)
    study.deviations[-1].judged_by = key
    session.flush()


def _name(key: str, names: Mapping[str, Bilingual], lang: str) -> str:
    return names[key][lang] if key in names else key


def note_drawn_anew(study: Study) -> None:
    """Add, once, which areas were drawn anew since the plan was locked: nobody has to confess to it."""
    keys = ", ".join(drawn_anew_in(study))
    what = Bilingual(DRAWN_ANEW.en.format(areas=keys), DRAWN_ANEW.es.format(areas=keys))
    if keys and what not in [one.what for one in study.deviations]:
        study.deviations.append(StudyDeviation(done_on=today(), what=what, why=SEEN_BY_ITSELF, noted_at=now()))
        session.flush()


def ask_for_results(study: Study) -> None:
    """Let a worker compute the results anew, soon. What was found before stays until then."""
    if study.delivered_on is None:
        raise Refused("study_no_day")
    if study.result is None:
        study.result = StudyResult()
    study.result.state, study.result.progress, study.result.tries = State.DUE.value, 0, 0
    session.flush()
    db.after_commit(partial(current_engine().enqueue, JOB, study.id))
