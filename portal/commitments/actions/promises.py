"""A promise from draft to verdict. What was published is never written over: each step is added to its history."""

from __future__ import annotations

from datetime import date

from portal.commitments.actions.reminders import recall_reminders
from portal.commitments.models import Commitment, EvidenceFile, LedgerEntry, Milestone, Pledge
from portal.commitments.queries import file_in, files_of
from portal.commitments.rules.promises import Person, Step, Verdict, gaps, is_move, may_judge, may_write
from portal.core.addresses import random_tail, slug
from portal.core.audit import record
from portal.core.clock import now, today
from portal.core.db import session
from portal.core.errors import NotAllowed, Refused
from portal.core.files.kinds import CleanFile
from portal.core.i18n import Bilingual
from portal.core.translated import NOTHING
from portal.markets.actions.places import publish_about
from portal.markets.audited import deleted_unseen
from portal.markets.queries import is_shown
from portal.organisations.models import Office

MOST_FILES = 12
"""Of one promise at a time; a database is no album."""


def draft_commitment(pledge: Pledge, author_id: int, person: Person, origin: str | None = None) -> Commitment:
    """Begin to write a promise down; nobody outside the team sees it. Raises `NotAllowed`."""
    _require_writer(person, pledge.office_id)
    moment = now()
    commitment = Commitment(author_id=author_id, created_at=moment, updated_at=moment, origin=origin)
    commitment.take(pledge)
    session.add(commitment)
    session.flush()
    record("commitment.drafted", "commitment", commitment.id, author_id)
    return commitment


def edit_draft(commitment: Commitment, pledge: Pledge, editor_id: int, person: Person, *, same: bool = False) -> None:
    """Change a draft. Raises `NotAllowed`, and `Refused` for what is published."""
    _require_writer(person, commitment.office_id)
    _require_writer(person, pledge.office_id)
    if commitment.is_published:
        raise Refused("commitment_published")
    commitment.take(pledge, same=same)
    commitment.updated_at = now()
    record("commitment.drafted", "commitment", commitment.id, editor_id)


def delete_draft(commitment: Commitment, editor_id: int, person: Person) -> None:
    """Erase a draft for good. Raises `NotAllowed`, and `Refused` for what is published."""
    _require_writer(person, commitment.office_id)
    if commitment.is_published:
        raise Refused("commitment_published")
    # With its row goes what hides its place; the log still has to.
    act = "commitment.deleted" if is_shown(commitment.market_id) else deleted_unseen("commitment")
    record(act, "commitment", commitment.id, editor_id)
    session.delete(commitment)
    session.flush()


def missing(commitment: Commitment | Pledge) -> list[str]:
    """What keeps it from being published, by the names of the fields."""
    texts = {"what": commitment.what, "made_at": commitment.made_at}
    return gaps(texts, {"made_on": commitment.made_on, "due_on": commitment.due_on}, commitment.office_id)


def publish_commitment(commitment: Commitment, editor_id: int, person: Person) -> None:
    """Show it to everybody, for ever. Raises `NotAllowed`, and `Refused` while something is missing."""
    _require_writer(person, commitment.office_id)
    if commitment.is_published:
        return
    if missing(commitment):
        raise Refused("commitment_gaps")
    commitment.slug = commitment.slug or slug(commitment.what.en, random_tail())
    commitment.published_at = now()
    commitment.first_due_on = commitment.due_on
    _add(commitment, Step.MADE, NOTHING, editor_id, due_after=commitment.due_on)


def reword(commitment: Commitment, pledge: Pledge, editor_id: int, person: Person, *, same: bool = False) -> None:
    """Correct the words of a published promise; the old ones stay in its history. Raises `NotAllowed`, `Refused`."""
    _require_writer(person, commitment.office_id)
    if not (pledge.what.is_whole and pledge.made_at.is_whole):
        raise Refused("commitment_gaps")
    before = commitment.what
    commitment.take_texts(pledge, same=same)
    commitment.credit = pledge.credit
    if pledge.what != before:
        _add(commitment, Step.REWORDED, before, editor_id)
    else:
        _touch(commitment)


def move_due(commitment: Commitment, due_on: date, why: Bilingual, editor_id: int, person: Person) -> None:
    """Name another day, with a reason that everybody can read. Raises `NotAllowed`, `Refused`."""
    _require_writer(person, commitment.office_id)
    _require_open(commitment)
    if commitment.due_on is None or not is_move(commitment.due_on, due_on):
        raise Refused("commitment_same_day")
    _require_whole(why)
    before, commitment.due_on = commitment.due_on, due_on
    _add(commitment, Step.MOVED, why, editor_id, due_before=before, due_after=due_on)


def plan_milestone(commitment: Commitment, what: Bilingual, due_on: date, editor_id: int, person: Person) -> None:
    """Name a step on the way, with its own day. Raises `NotAllowed`, `Refused`."""
    _require_writer(person, commitment.office_id)
    _require_open(commitment)
    _require_whole(what)
    commitment.milestones.append(Milestone(what=what, due_on=due_on))
    _add(commitment, Step.PLANNED, what, editor_id, due_after=due_on)


def reach_milestone(commitment: Commitment, milestone_id: int, editor_id: int, person: Person) -> None:
    """Say that a step on the way is done. Raises `NotAllowed`, `Refused`."""
    _require_writer(person, commitment.office_id)
    found = next((one for one in commitment.milestones if one.id == milestone_id and one.reached_on is None), None)
    if found is None:
        raise Refused("commitment_milestone")
    found.reached_on = today()
    _add(commitment, Step.REACHED, found.what, editor_id, due_before=found.due_on)


def add_evidence(
    commitment: Commitment, what: Bilingual, url: str, editor_id: int, person: Person, file: CleanFile | None = None
) -> None:
    """Show something that tells how it goes: in words, by a link, with a file. Raises `NotAllowed`, `Refused`."""
    _require_writer(person, commitment.office_id)
    _require_published(commitment)
    _require_whole(what)
    if file is not None and len(files_of(commitment)) >= MOST_FILES:
        raise Refused("commitment_files")
    _add(commitment, Step.EVIDENCE, what, editor_id, url=url, file=EvidenceFile.of(file) if file else None)


def take_out_file(commitment: Commitment, file_id: int, why: Bilingual, editor_id: int, person: Person) -> None:
    """Erase a file that was shown as evidence; that it was there, and why not any more, stays in the history.

    Raises `NotAllowed`, `NotFound`, `Refused`.
    """
    _require_writer(person, commitment.office_id)
    _require_whole(why)
    file = file_in(commitment, file_id)
    file.content, file.taken_out_on = None, today()
    _add(commitment, Step.WITHDRAWN, why, editor_id)


def claim_kept(commitment: Commitment, what: Bilingual, editor_id: int, person: Person) -> None:
    """The office says that it did what it promised; the other side has the word now. Raises `NotAllowed`, `Refused`."""
    _require_writer(person, commitment.office_id)
    _require_open(commitment)
    _require_whole(what)
    _add(commitment, Step.CLAIMED, what, editor_id)


def judge(commitment: Commitment, verdict: Verdict, why: Bilingual, judge_id: int, person: Person) -> None:
    """The other side says whether it was kept. Raises `NotAllowed`, `Refused`.

    A broken promise may still be kept, and a kept one turn out not to be: a later word stands beside the earlier one.
    """
    _require_judge(commitment, person)
    _require_whole(why)
    if commitment.verdict == verdict:
        raise Refused("commitment_same_verdict")
    commitment.verdict, commitment.judged_on = verdict.value, today()
    _add(commitment, Step(verdict.value), why, judge_id)


def reopen(commitment: Commitment, why: Bilingual, judge_id: int, person: Person) -> None:
    """The other side takes its word back: it is open again. Raises `NotAllowed`, `Refused`."""
    _require_judge(commitment, person)
    _require_whole(why)
    if commitment.verdict is None:
        raise Refused("commitment_open")
    commitment.verdict = commitment.judged_on = None
    _add(commitment, Step.REOPENED, why, judge_id)


def _add(commitment: Commitment, step: Step, text: Bilingual, by_id: int, **more: object) -> None:
    """One more line of its history, in the log too, and on the public pages."""
    position = max((entry.position for entry in commitment.entries), default=0) + 1
    commitment.entries.append(LedgerEntry(position=position, step=step.value, text=text, by_id=by_id, at=now(), **more))
    record(f"commitment.{step.value}", "commitment", commitment.id, by_id)
    recall_reminders(commitment, step)
    _touch(commitment)


def _touch(commitment: Commitment) -> None:
    commitment.updated_at = now()
    publish_about(commitment.market_id)


def _require_writer(person: Person, office_id: int | None) -> None:
    """Whoever may write at all may begin a draft that is nobody's yet; to publish it asks for an office."""
    office = session.get(Office, office_id) if office_id is not None else None
    if not may_write(person, office.organisation_id if office else None):
        raise NotAllowed


def _require_judge(commitment: Commitment, person: Person) -> None:
    _require_published(commitment)
    house = commitment.office.organisation if commitment.office else None
    if house is None or not may_judge(person, house.id, house.kind):
        raise NotAllowed


def _require_published(commitment: Commitment) -> None:
    if not commitment.is_published:
        raise Refused("commitment_draft")


def _require_open(commitment: Commitment) -> None:
    _require_published(commitment)
    if commitment.verdict is not None:
        raise Refused("commitment_judged")


def _require_whole(text: Bilingual) -> None:
    if not text.is_whole:
        raise Refused("commitment_gaps")
