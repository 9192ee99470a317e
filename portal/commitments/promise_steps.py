"""Actions on promises, each added to a history that is never overwritten; their reminders and monthly counts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import select

from portal.accounts.reminders import STILL_LATE, WEEK, Due, nearness, present, take_back
from portal.accounts.users import Member
from portal.commitments import promises
from portal.commitments.promise_rules import PromiseActor, PromiseStep, PromiseVerdict, may_write
from portal.commitments.promises import Commitment, EvidenceFile, LedgerEntry, Milestone, promise_actor
from portal.core.audit import record
from portal.core.clock import now, today, zone
from portal.core.db import added, session
from portal.core.feature import MonthlyTally
from portal.core.files.uploads import CleanFile
from portal.core.hours import month_after
from portal.core.i18n import NOTHING, Bilingual
from portal.core.statuses import NotAllowed, Refused
from portal.markets import status
from portal.markets.place_actions import publish_about
from portal.markets.places import new_slug, public_names
from portal.organisations.organisations import Office, people_of

ABOUT = "promise "
NAMES_DAY = (PromiseStep.MADE, PromiseStep.MOVED)
ENDS = (PromiseStep.MOVED, PromiseStep.CLAIMED, PromiseStep.KEPT, PromiseStep.BROKEN)
"""Steps after which a waiting reminder of the due date is no longer true."""


def promises_to_remind() -> Sequence[int]:
    """Return the ids of open promises, hidden ones included, whose day is near or just past."""
    near = Commitment.due_on.between(today() - STILL_LATE, today() + WEEK)
    is_open = Commitment.published_at.is_not(None), Commitment.verdict.is_(None)
    return session.scalars(select(Commitment.id).where(*is_open, near)).all()


def reminders_of(promise_id: int) -> list[Due]:
    """Return the reminders of a promise that are due now, for those who answer for it."""
    promise = session.get(Commitment, promise_id)
    if promise is None or promise.due_on is None:
        return []
    telling = (*NAMES_DAY, PromiseStep.CLAIMED, PromiseStep.REOPENED)
    if [entry.step for entry in promise.entries if entry.step in telling][-1:] == [PromiseStep.CLAIMED]:
        # The office says that it is done: the promise waits for the other side.
        return []
    named_on = max(entry.at for entry in promise.entries if entry.step in NAMES_DAY).astimezone(zone()).date()
    near = nearness(promise.due_on, named_on, today())
    if near is None:
        return []
    # The members of its organization who may write about it; without any, its author.
    people = present(people_of(promise.office.organisation_id) if promise.office else ()).values()
    members = [each for each in people if promise.may_be_written(promise_actor(each)) and _knows(each, promise)]
    if not members:
        members = [member for member in present([promise.author_id]).values() if _knows(member, promise)]
    return [Due(promise.due_on, f"{ABOUT}{promise.id}", near, member.id) for member in members]


def _knows(member: Member, promise: Commitment) -> bool:
    seen = select(Commitment.id).where(Commitment.id == promise.id, promises.may_see(member))
    return session.scalar(seen) is not None


MOST_FILES = 12
"""Per promise; the database is not meant for photo albums."""


def draft_commitment(values: Mapping[str, Any], by: PromiseActor, origin: str | None = None) -> Commitment:
    """Create a draft of a promise, visible only to the team. Raises `NotAllowed`."""
    _require_writer(by, values.get("office_id"))
    commitment = added(Commitment(author_id=by.id, origin=origin, **values))
    record("commitment.drafted", "commitment", commitment.id, by.id)
    return commitment


def edit_draft(commitment: Commitment, values: Mapping[str, Any], by: PromiseActor, *, same: bool = False) -> None:
    """Change a draft. Raises `NotAllowed`, and `Refused` for a published promise."""
    _require_writer(by, commitment.office_id)
    _require_writer(by, values.get("office_id", commitment.office_id))
    if commitment.is_published:
        raise Refused("commitment_published")
    commitment.take_values(values, same=same)
    commitment.updated_at = now()
    record("commitment.drafted", "commitment", commitment.id, by.id)


def missing(commitment: Commitment) -> list[str]:
    """Return the names of the fields that prevent publication: no text may be in one language only."""
    halves = status.missing(commitment.texts, commitment.PARITY)
    others = {"made_on": commitment.made_on, "due_on": commitment.due_on, "office": commitment.office_id}
    return [*halves, *(name for name, value in others.items() if value is None)]


def publish_commitment(commitment: Commitment, by: PromiseActor) -> None:
    """Publish a promise permanently. Raises `NotAllowed`, and `Refused` while something is missing."""
    _require_writer(by, commitment.office_id)
    if commitment.is_published:
        return
    if missing(commitment):
        raise Refused("commitment_gaps")
    commitment.slug = commitment.slug or new_slug(commitment.what.en, commitment.market_id)
    commitment.published_at = now()
    commitment.first_due_on = commitment.due_on
    _add(commitment, PromiseStep.MADE, NOTHING, by.id, due_after=commitment.due_on)


def reword(commitment: Commitment, words: Mapping[str, Any], by: PromiseActor, *, same: bool = False) -> None:
    """Correct the words of a published promise; the old ones stay in its history. Raises `NotAllowed`, `Refused`."""
    _require_writer(by, commitment.office_id)
    before = commitment.what
    commitment.take_values(words, same=same)
    if not all(text.is_whole for text in commitment.texts.values()):
        raise Refused("commitment_gaps")
    if commitment.what != before:
        _add(commitment, PromiseStep.REWORDED, before, by.id)
    else:
        _touch(commitment)


def move_due(commitment: Commitment, due_on: date, why: Bilingual, by: PromiseActor) -> None:
    """Change the due date, with a public reason. Raises `NotAllowed`, `Refused`."""
    _require_open(commitment, why, by)
    if commitment.due_on in (None, due_on):
        raise Refused("commitment_same_day")
    before, commitment.due_on = commitment.due_on, due_on
    _add(commitment, PromiseStep.MOVED, why, by.id, due_before=before, due_after=due_on)


def plan_milestone(commitment: Commitment, what: Bilingual, due_on: date, by: PromiseActor) -> None:
    """Add a milestone with a due date of its own. Raises `NotAllowed`, `Refused`."""
    _require_open(commitment, what, by)
    commitment.milestones.append(Milestone(what=what, due_on=due_on))
    _add(commitment, PromiseStep.PLANNED, what, by.id, due_after=due_on)


def reach_milestone(commitment: Commitment, milestone_id: int, by: PromiseActor) -> None:
    """Mark a milestone as reached. Raises `NotAllowed`, `Refused`."""
    _require_writer(by, commitment.office_id)
    ahead = {milestone.id: milestone for milestone in commitment.milestones if milestone.reached_on is None}
    milestone = ahead.get(milestone_id)
    if milestone is None:
        raise Refused("commitment_milestone")
    milestone.reached_on = today()
    _add(commitment, PromiseStep.REACHED, milestone.what, by.id, due_before=milestone.due_on)


def add_evidence(
    commitment: Commitment, what: Bilingual, url: str, by: PromiseActor, file: CleanFile | None = None
) -> None:
    """Add evidence of progress: words, and a link or a file if there is one. Raises `NotAllowed`, `Refused`."""
    _require_open(commitment, what, by, is_judged=True)
    if file is not None and len(promises.files_of(commitment)) >= MOST_FILES:
        raise Refused("commitment_files")
    _add(commitment, PromiseStep.EVIDENCE, what, by.id, url=url, file=EvidenceFile.of(file) if file else None)


def take_out_file(commitment: Commitment, file_id: int, why: Bilingual, by: PromiseActor) -> None:
    """Erase a file; that it was there, and why it is gone, stays. Raises `NotAllowed`, `NotFound`, `Refused`."""
    _require_writer(by, commitment.office_id)
    _require_whole(why)
    file = promises.file_in(commitment, file_id)
    file.content, file.taken_out_on = None, today()
    _add(commitment, PromiseStep.WITHDRAWN, why, by.id)


def claim_kept(commitment: Commitment, what: Bilingual, by: PromiseActor) -> None:
    """Record the office's claim that it is kept; the verdict is the other side's. Raises `NotAllowed`, `Refused`."""
    _require_open(commitment, what, by)
    _add(commitment, PromiseStep.CLAIMED, what, by.id)


def judge(commitment: Commitment, verdict: PromiseVerdict | None, why: Bilingual, by: PromiseActor) -> None:
    """Record the other side's verdict, or None: it takes its word back. Raises `NotAllowed`, `Refused`.

    It stands beside an earlier one: a broken promise may still be kept, and a kept one turn out not to be.
    """
    if not commitment.is_published:
        raise Refused("commitment_draft")
    if not commitment.may_be_judged(by):
        raise NotAllowed
    _require_whole(why)
    if commitment.verdict == verdict:
        raise Refused("commitment_same_verdict" if verdict else "commitment_open")
    commitment.verdict, commitment.judged_on = verdict, today() if verdict else None
    _add(commitment, PromiseStep(verdict) if verdict else PromiseStep.REOPENED, why, by.id)


def _add(commitment: Commitment, step: PromiseStep, text: Bilingual, by_id: int, **more: object) -> None:
    """Append an entry to the history, record it in the audit log, and invalidate the page cache where it is shown."""
    position = max((entry.position for entry in commitment.entries), default=0) + 1
    commitment.entries.append(LedgerEntry(position=position, step=step, text=text, by_id=by_id, at=now(), **more))
    record(f"commitment.{step}", "commitment", commitment.id, by_id)
    if step in ENDS:
        take_back(f"{ABOUT}{commitment.id}")
    _touch(commitment)


def _touch(commitment: Commitment) -> None:
    commitment.updated_at = now()
    publish_about(commitment.market_id)


def _require_writer(by: PromiseActor, office_id: int | None) -> None:
    """Raise `NotAllowed` unless the member may write for this office; a draft without one needs any writing role."""
    office = session.get(Office, office_id) if office_id is not None else None
    if not may_write(by, office.organisation_id if office else None):
        raise NotAllowed


def _require_open(commitment: Commitment, text: Bilingual, by: PromiseActor, *, is_judged: bool = False) -> None:
    """Raise `NotAllowed` or `Refused` unless this may be added to a published promise, even one that `is_judged`."""
    _require_writer(by, commitment.office_id)
    if not commitment.is_published:
        raise Refused("commitment_draft")
    if commitment.verdict is not None and not is_judged:
        raise Refused("commitment_judged")
    _require_whole(text)


def _require_whole(text: Bilingual) -> None:
    if not text.is_whole:
        raise Refused("commitment_gaps")


def monthly_promises(month_on: date) -> Iterable[MonthlyTally]:
    """Yield the number of promises due in a month, and of those judged kept, by place and for the city."""
    due, kept = Counter[int | None](), Counter[int | None]()
    rows = select(Commitment.market_id, Commitment.verdict).where(promises.shown())
    for row in session.execute(rows.where(Commitment.due_on >= month_on, Commitment.due_on < month_after(month_on))):
        for place in {None, row.market_id}:
            due[place] += 1
            kept[place] += row.verdict == PromiseVerdict.KEPT
    for place in (None, *(market.id for market in public_names())):
        yield MonthlyTally("promises_due", place, due[place])
        yield MonthlyTally("promises_kept", place, kept[place])


REFUSALS = {
    "commitment_published": _l("A published promise stays as it is. Correct its words or name another day instead."),
    "commitment_gaps": _l("This cannot be published yet: something is missing in one of the languages."),
    "commitment_draft": _l("This promise is still a draft. Publish it first."),
    "commitment_judged": _l("This promise was judged already. The other side can take its word back."),
    "commitment_open": _l("Nobody has judged this promise yet."),
    "commitment_same_day": _l("This is the day that stands there already. Please name another one."),
    "commitment_same_verdict": _l("That is what stands there already."),
    "commitment_files": _l("There are 12 files already. Take one out first, or link to a page that shows the rest."),
    "commitment_milestone": _l("This step was reached already."),
}
AUDITED = {
    "commitment.drafted": _l("wrote down a promise"),
    "commitment.deleted": _l("deleted the draft of a promise"),
    "commitment.deleted_unseen": _l("deleted the draft of a promise"),
    "commitment.made": _l("published a promise"),
    "commitment.moved": _l("named another day for a promise"),
    "commitment.reworded": _l("corrected the words of a promise"),
    "commitment.planned": _l("planned a step of a promise"),
    "commitment.reached": _l("said that a step of a promise was reached"),
    "commitment.evidence": _l("added evidence to a promise"),
    "commitment.withdrawn": _l("took a file out of the evidence of a promise"),
    "commitment.claimed": _l("said for an office that a promise is done"),
    "commitment.kept": _l("judged a promise as kept"),
    "commitment.broken": _l("judged a promise as broken"),
    "commitment.reopened": _l("took back what was said of a promise"),
    "commitment": _l("promise"),
}
