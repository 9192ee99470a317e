"""Decisions of a meeting that somebody takes on, taken over into the ledger of promises: each once.

A decision keeps its place there by its words and not by its row: every version of a report-back has rows of its own.
"""

from __future__ import annotations

from hashlib import blake2b

from sqlalchemy import select

from portal.accounts.models import Member
from portal.commitments.actions.promises import draft_commitment
from portal.commitments.models import Commitment, Pledge
from portal.commitments.queries import person, shown
from portal.core.clock import zone
from portal.core.db import session
from portal.core.errors import NotFound
from portal.meetings.models import Meeting
from portal.meetings.report_back.models import Decision
from portal.meetings.report_back.queries import published_versions


def origin_of(meeting: Meeting, decision: Decision) -> str:
    """What stands in the ledger for this decision."""
    words = blake2b(decision.what.en.casefold().strip().encode(), digest_size=8).hexdigest()
    return f"meeting {meeting.id} {words}"


def take_over(meeting: Meeting, position: int, member: Member) -> Commitment:
    """The promise for a published decision: the one that is there, or a new draft. Raises `NotFound`.

    Which office makes it is for the ledger to say: a report-back names whoever took it on, in words.
    """
    versions = published_versions(meeting.id)
    found = next((one for one in versions[0].decisions if one.position == position), None) if versions else None
    if found is None:
        raise NotFound
    origin = origin_of(meeting, found)
    there = session.scalars(select(Commitment).where(Commitment.origin == origin)).first()
    return there or draft_commitment(_pledge(meeting, found), member.id, person(member), origin)


def _pledge(meeting: Meeting, decision: Decision) -> Pledge:
    held_on = meeting.starts_at.astimezone(zone()).date() if meeting.starts_at else None
    return Pledge(
        what=decision.what,
        made_at=meeting.title,
        made_on=held_on,
        due_on=decision.by_on,
        market_id=meeting.market_id,
        credit=meeting.credit,
    )


def taken_over(meeting: Meeting) -> dict[int, Commitment]:
    """The promises of the newest report-back, by the position of the decision; drafts too, for the team."""
    versions = published_versions(meeting.id)
    origins = {origin_of(meeting, one): one.position for one in versions[0].decisions} if versions else {}
    found = session.scalars(select(Commitment).where(Commitment.origin.in_(origins))).all()
    return {origins[one.origin]: one for one in found if one.origin}


def public_promises(meeting: Meeting) -> dict[int, Commitment]:
    """Those of them that everybody may read."""
    there = taken_over(meeting)
    if not there:
        return {}
    ids = session.scalars(select(Commitment.id).where(shown(), Commitment.id.in_([one.id for one in there.values()])))
    public = set(ids)
    return {position: one for position, one in there.items() if one.id in public}
