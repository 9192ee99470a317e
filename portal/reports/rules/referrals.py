"""Where a report may be passed on so that somebody reads it here, by when they answer, and what they answer."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from datetime import date, timedelta

from portal.reports.rules.triage import CLOSE_WITHIN, Category, Clock, Disposition, Referral

READERS = {Referral.TEAM: "team", Referral.POLICE: "police", Referral.OUTREACH: "outreach"}
"""The kind of desk that reads what is passed on there. Whatever is not here goes outside of the portal."""
RECEIVED = tuple(to.value for to in READERS)
BOUND_TO_A_PLACE = frozenset({Referral.TEAM, Referral.POLICE})

ACKNOWLEDGE_WITHIN = 3
"""Days until they have said that they have it."""


def obstacle(category: Category, to: Referral, has_place: bool) -> str | None:
    """Why the people there may not read this report, as the key of a sentence; None if they may."""
    if to in READERS and category is Category.UNSORTED:
        # Every text comes unsorted, and any of them may be about the police.
        return "sort_first"
    if to is Referral.POLICE and category is Category.SERVICES:
        return "not_to_police"
    if to in BOUND_TO_A_PLACE and not has_place:
        return "place_first"
    if to is Referral.OUTREACH and category is not Category.SERVICES:
        return "services_first"
    return None


def answer_by(clock_from: date, passed_on: date) -> date:
    """By when they answer: while what the resident was promised can be kept, but never before they need say a word."""
    return max(clock_from + timedelta(days=CLOSE_WITHIN), acknowledge_by(passed_on))


def acknowledge_by(passed_on: date) -> date:
    """By when somebody says that they have it."""
    return passed_on + timedelta(days=ACKNOWLEDGE_WITHIN)


def clock_of_referral(
    passed_on: date, answer_by: date, acknowledged_on: date | None, answered_on: date | None
) -> Clock | None:
    """The clock that runs for those to whom it was passed on: `have` it, then `answer`; None when they answered."""
    if answered_on is not None:
        return None
    if acknowledged_on is None:
        return Clock("have", acknowledge_by(passed_on))
    return Clock("answer", answer_by)


@dataclass(frozen=True)
class Finding:
    """What they found or did, and how they would close it: the desk decides."""

    what: str
    ending: Disposition

    def to_bytes(self) -> bytes:
        """What is sealed."""
        return json.dumps(asdict(self), ensure_ascii=False).encode()

    @classmethod
    def from_bytes(cls, opened: bytes) -> Finding:
        """What `to_bytes` made."""
        parts = json.loads(opened)
        return cls(parts["what"], Disposition(parts["ending"]))
