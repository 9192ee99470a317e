"""What workers do for studies: compute the results whenever figures or plans have changed."""

from __future__ import annotations

from datetime import date

from sqlalchemy import ColumnElement, Update, and_, or_, select, update

from portal.core.clock import now
from portal.core.db import db, session
from portal.core.jobs.engine import Engine
from portal.core.jobs.rows import each_row
from portal.core.jobs.timetable import HOUR, MINUTE
from portal.indicators.evaluation.actions import JOB, ask_for_results, note_drawn_anew
from portal.indicators.evaluation.models import Study, StudyResult
from portal.indicators.evaluation.queries import (
    FINDINGS,
    delivered_studies,
    findings_of,
    material_of,
    must_be_computed,
    registration_by,
    study_of,
)
from portal.indicators.evaluation.rules.material import Material
from portal.indicators.evaluation.rules.states import LEASE, MOST_TRIES, State
from portal.indicators.snapshots.document import Finding, Registration
from portal.markets.models import Market

STEP = 10


def start(jobs: Engine) -> None:
    """Offer the job, and look each minute for what was asked for and each hour for what has changed."""
    jobs.job(JOB, compute)
    jobs.timed("studies asked for", MINUTE, compute_asked)
    jobs.timed("studies", HOUR, ask_where_stale)


def compute_asked() -> None:
    """Compute what is due, or what another worker began and never ended."""
    with db.work():
        _give_up()
        waiting = session.scalars(select(StudyResult.study_id).where(_is_free())).all()
    each_row(waiting, compute)


def ask_where_stale() -> None:
    """Ask for the results of every study whose figures have changed; note where areas were drawn anew."""
    with db.work():
        locked = session.scalars(select(Study.id).where(Study.locked_at.is_not(None))).all()
        delivered = delivered_studies()
    each_row(locked, lambda study_id: note_drawn_anew(session.get_one(Study, study_id)))
    each_row(delivered, _ask_if_stale)


def _ask_if_stale(study_id: int) -> None:
    study = session.get_one(Study, study_id)
    if must_be_computed(study):
        ask_for_results(study)


def bring_up_to_date() -> None:
    """Compute everything that has changed, now: before a snapshot is frozen."""
    ask_where_stale()
    compute_asked()


def published_findings(market: Market, day: date) -> tuple[Registration | None, tuple[Finding, ...]]:
    """What the snapshot of a day says of the study of a place: what was fixed by then, and what was found.

    It follows from the months that were complete on that day and are in the snapshot beside it, however late that is
    frozen. What was computed last is taken when it follows from the same; else it is computed here, for nobody else.
    """
    study = study_of(market)
    registration = registration_by(study, day) if study else None
    material = material_of(study, day) if study and registration else None
    if study is None or registration is None or material is None:
        return registration, ()
    if study.result and study.result.inputs == material.digest:
        return registration, findings_of(study)
    from portal.indicators.evaluation.methods.findings import findings

    return registration, findings(material)


def compute(study_id: int) -> None:
    """Compute the results of a study, unless somebody else is at it. No transaction is open while it is computed."""
    material = _begin(study_id)
    if material is None:
        return
    findings = _findings(study_id, material)
    content = FINDINGS.dump_json(findings).decode()
    with db.work():
        session.execute(_of(study_id).values(content=content, inputs=material.digest, computed_at=now()))
        # Who asked again meanwhile gets another turn.
        ended = {"state": State.DONE.value, "progress": 100, "tries": 0, "taken_until": None}
        session.execute(_of(study_id).where(StudyResult.state == State.RUNNING).values(**ended))


def _findings(study_id: int, material: Material) -> tuple[Finding, ...]:
    # Only here, in a worker: it takes a second and 140 MB.
    from portal.indicators.evaluation.methods.findings import findings

    said = 0

    def say(progress: int) -> None:
        nonlocal said
        if progress >= said + STEP and progress < 100:
            said = progress
            with db.work():
                session.execute(_of(study_id).where(StudyResult.state == State.RUNNING).values(progress=progress))

    return findings(material, say)


def _begin(study_id: int) -> Material | None:
    """Take the study, and what its results follow from; None if there is nothing to do."""
    with db.work():
        taken = {"state": State.RUNNING.value, "progress": 0, "tries": StudyResult.tries + 1}
        claim = _of(study_id).where(_is_free()).values(**taken, taken_until=now() + LEASE)
        if session.execute(claim.returning(StudyResult.study_id)).scalar() is None:
            return None
        return material_of(session.get_one(Study, study_id))


def _give_up() -> None:
    """Nobody tries for ever: what ended a worker several times would end it again."""
    hopeless = and_(_is_lost(), StudyResult.tries >= MOST_TRIES)
    session.execute(_change().where(hopeless).values(state=State.FAILED.value, taken_until=None))


def _is_free() -> ColumnElement[bool]:
    return or_(StudyResult.state == State.DUE, and_(_is_lost(), StudyResult.tries < MOST_TRIES))


def _is_lost() -> ColumnElement[bool]:
    """A worker began and has not been heard of since."""
    return and_(StudyResult.state == State.RUNNING, StudyResult.taken_until <= now())


def _of(study_id: int) -> Update:
    return _change().where(StudyResult.study_id == study_id)


def _change() -> Update:
    return update(StudyResult).execution_options(synchronize_session=False)
