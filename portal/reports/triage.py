"""Rules of triage: categories, states, referrals, dispositions, deadlines, verdicts and published complaint counts.

Complaints about police conduct must not be seen arriving: their number is given for whole months and the whole city,
changes once a month on a fixed day, and is a span of ten, so that two consecutive spans do not reveal how many came in
between.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass
from datetime import date, timedelta
from enum import StrEnum

from portal.accounts.roles import WALLED_OFF, Role
from portal.core.hours import month_after
from portal.core.suppression import FEWEST_SHOWN


class Category(StrEnum):
    SELLING = "selling"
    HOUSE = "house"
    """Selling behind a door; counts as selling."""
    PROPERTY = "property"
    SERVICES = "services"
    CONDUCT = "conduct"
    OTHER = "other"
    UNSORTED = "unsorted"


SELLS = frozenset({Category.SELLING, Category.HOUSE})


class Channel(StrEnum):
    WEB = "web"
    TEXT = "text"
    RELAY = "relay"


class TriageState(StrEnum):
    NEW = "new"
    READ = "read"
    ASKED = "asked"
    PASSED = "passed"
    CLOSED = "closed"


class Referral(StrEnum):
    """The target of a referral. Complaints about police conduct only ever go to the oversight contact."""

    TEAM = "team"
    POLICE = "police"
    PROPERTY = "property"
    OUTREACH = "outreach"
    OVERSIGHT = "oversight"


class AnswerDelivery(StrEnum):
    ON_ITS_WAY = "on its way"
    ARRIVED = "arrived"
    FAILED = "failed"
    UNWANTED = "unwanted"


class Disposition(StrEnum):
    ACTED = "acted"
    NOT_SEEN = "not_seen"
    ONGOING = "ongoing"
    PROPERTY = "property"
    OUTREACH = "outreach"
    DUPLICATE = "duplicate"
    CANNOT = "cannot"
    NOT_OURS = "not_ours"
    NOT_REPORT = "not_report"
    """Ended without a word to anybody: a wrong number, an advertisement, a joke."""


TRIAGE, OVERSIGHT = "triage", "oversight"
"""The kinds of desks that read reports."""

NEXT: dict[TriageState, frozenset[TriageState]] = {
    TriageState.NEW: frozenset({TriageState.READ, TriageState.ASKED, TriageState.PASSED, TriageState.CLOSED}),
    TriageState.READ: frozenset({TriageState.ASKED, TriageState.PASSED, TriageState.CLOSED}),
    TriageState.ASKED: frozenset({TriageState.READ, TriageState.PASSED, TriageState.CLOSED}),
    TriageState.PASSED: frozenset({TriageState.ASKED, TriageState.PASSED, TriageState.CLOSED}),
    TriageState.CLOSED: frozenset({TriageState.READ}),
}
MUST_EXPLAIN = frozenset({Disposition.CANNOT, Disposition.NOT_OURS})
"""Dispositions that need a reason: the desk has to write it to the resident."""

READ_WITHIN = 1
"""Business days until a desk member has read a report."""
PASS_WITHIN = 3
"""Days until a report is passed on or more is asked."""
CLOSE_WITHIN = 7
"""Days until the resident has a plain answer."""
HELD_FOR = 3
"""Days after which a report that a desk member took is free again, unless they did something with it."""


def may_move(state: TriageState, to: TriageState) -> bool:
    return to in NEXT[state]


def may_end(category: Category, disposition: Disposition, text: str) -> bool:
    """Whether a report may end like this with these words, if any: a complaint about the police never without one."""
    if disposition is Disposition.NOT_REPORT:
        return category is not Category.CONDUCT
    return bool(text) or disposition not in MUST_EXPLAIN


def may_refer(category: Category, to: Referral) -> bool:
    """Whether a category may be passed on to a target: police conduct to oversight, and nothing else there."""
    return (category is Category.CONDUCT) == (to is Referral.OVERSIGHT)


def desk_for(category: Category) -> str:
    """Return the kind of desk that reads a report: oversight for police conduct, else triage."""
    return OVERSIGHT if category is Category.CONDUCT else TRIAGE


@dataclass(frozen=True)
class NextDue:
    """The next step that is due and its date; `step` is read, pass, close, have or answer."""

    step: str
    due_on: date

    def reading(self, today: date) -> str:
        if self.due_on < today:
            return "overdue"
        return "due_today" if self.due_on == today else "on_time"


def clock_of(state: TriageState, received_on: date) -> NextDue | None:
    """Return a report's running deadline; None when it is closed or waits for the resident."""
    if state is TriageState.NEW:
        return NextDue("read", next_business_day(received_on, READ_WITHIN))
    within = {TriageState.READ: ("pass", PASS_WITHIN), TriageState.PASSED: ("close", CLOSE_WITHIN)}
    step, days = within.get(state, ("", 0))
    return NextDue(step, received_on + timedelta(days=days)) if step else None


def next_business_day(day: date, after: int) -> date:
    while after > 0:
        day += timedelta(days=1)
        after -= day.weekday() < 5
    return day


CHECKED = frozenset({Disposition.ACTED, Disposition.ONGOING})
"""Dispositions that mean that the place was checked or is being worked on."""


def counts_for_place(category: Category, disposition: Disposition | None) -> bool:
    """Whether a report counts as selling at its place: unless it is not ours. A duplicate corroborates."""
    return category in SELLS and disposition not in (Disposition.NOT_OURS, Disposition.NOT_REPORT)


class ResidentVerdict(StrEnum):
    BETTER = "better"
    SAME = "same"
    WORSE = "worse"


VERDICT_TEXTS = {
    ResidentVerdict.BETTER: ("1", "better", "mejor"),
    ResidentVerdict.SAME: ("2", "same", "the same", "igual"),
    ResidentVerdict.WORSE: ("3", "worse", "peor"),
}
FIRST, LAST = timedelta(days=14), timedelta(days=28)
NOT_ASKED = frozenset({Disposition.NOT_OURS, Disposition.NOT_REPORT, Disposition.DUPLICATE})
"""Dispositions after which nobody is asked: there was nothing to improve, or another report is asked about."""
DONE = frozenset({Disposition.ACTED, Disposition.PROPERTY, Disposition.OUTREACH})
"""Dispositions that claim that something was done."""


def is_time(closed_on: date | None, disposition: Disposition | None, today: date) -> bool:
    """Whether the question is asked and an answer accepted; the first and the last day count."""
    return closed_on is not None and disposition not in (None, *NOT_ASKED) and FIRST <= today - closed_on <= LAST


def differs(verdict: ResidentVerdict, disposition: Disposition) -> bool:
    """Whether the resident disagrees: the desk says something was done, the resident sees no improvement."""
    return disposition in DONE and verdict is not ResidentVerdict.BETTER


def read_verdict(folded: str) -> ResidentVerdict | None:
    """Return the verdict if the whole text, folded, is one, such as "2" or "igual", or None."""
    return next((verdict for verdict, texts in VERDICT_TEXTS.items() if folded in texts), None)


BOUND_TO_A_PLACE = (Referral.TEAM, Referral.POLICE)
READERS = (*BOUND_TO_A_PLACE, Referral.OUTREACH, Referral.PROPERTY)
"""The targets with a desk of this kind, which reads referrals. The oversight contact reads the report itself."""


class WhyUnread(StrEnum):
    NO_MEMBER = "no_member"
    NO_KEY = "no_key"
    NOT_THERE = "not_there"
    """Members can open the desk, but none of them works at the place."""
    NO_PLACE = "no_place"
    """They read only what is sorted to a place of theirs, and this is sorted to none."""


ACKNOWLEDGE_WITHIN = 3
"""Days until receivers acknowledge a referral: 72 hours, in whole days because no hour is stored."""


def obstacle(category: Category, to: Referral, has_place: bool) -> str | None:
    """Return why the members at `to` may not read this report, as a message key; None if they may."""
    if to in READERS and category is Category.UNSORTED:
        # Every text message comes unsorted, and any of them may be about the police.
        return "sort_first"
    if category is Category.SERVICES and to in (Referral.POLICE, Referral.PROPERTY):
        return f"not_to_{to}"
    if to in BOUND_TO_A_PLACE and not has_place:
        return "place_first"
    if to is Referral.OUTREACH and category is not Category.SERVICES:
        return "services_first"
    return None


def told_about(category: Category, to: Referral) -> Category:
    """Return what members at `to` are told it is about: who mends a light need not know that it is about selling."""
    return Category.PROPERTY if to is Referral.PROPERTY else category


def needs_own_words(category: Category, to: Referral) -> bool:
    """Whether the desk may not pass on all that the resident wrote: most of it is not about the target's work."""
    return to is Referral.PROPERTY and category in SELLS


def answer_by(clock_from: date, passed_on: date) -> date:
    """Return the date by which receivers answer: as was promised to the resident, not before they acknowledge."""
    return max(clock_from + timedelta(days=CLOSE_WITHIN), acknowledge_by(passed_on))


def acknowledge_by(passed_on: date) -> date:
    return passed_on + timedelta(days=ACKNOWLEDGE_WITHIN)


def clock_of_referral(
    passed_on: date, answer_by: date, acknowledged_on: date | None, answered_on: date | None
) -> NextDue | None:
    """Return the receivers' deadline: to say that they `have` it, then to `answer`; None once they have."""
    if answered_on is not None:
        return None
    if acknowledged_on is None:
        return NextDue("have", acknowledge_by(passed_on))
    return NextDue("answer", answer_by)


NEEDS_MORE = "more"
"""What a form sends in the place of an ending, when receivers need to know more first."""


@dataclass(frozen=True)
class ReferralFinding:
    """The receivers' finding and proposed ending, None if they need to know more first; the desk decides."""

    what: str
    ending: Disposition | None

    @property
    def outcome(self) -> str:
        return self.ending or NEEDS_MORE

    def to_bytes(self) -> bytes:
        return json.dumps(asdict(self), ensure_ascii=False).encode()

    @classmethod
    def from_bytes(cls, opened: bytes) -> ReferralFinding:
        parts = json.loads(opened)
        return cls(parts["what"], Disposition(parts["ending"]) if parts["ending"] else None)


def proposed_step(findings: Collection[ReferralFinding | None]) -> str:
    """Return the next step that the findings of live referrals propose, such as "close acted"; None: no answer yet."""
    endings = [finding.ending for finding in findings if finding is not None]
    if None in endings:
        return "ask"
    # Closing ends every referral, so it is proposed once all have answered.
    return f"close {endings[-1]}" if endings and len(endings) == len(findings) else "answer"


FROZEN_ON = 8
"""Day of the month on which the one before is frozen: by then the desk has sorted the reports of its last evening."""
LOOK_BACK = 2
"""Months that can still be counted late. A report is erased 90 days after it was closed."""
MONTHS = 12
HEARS = frozenset({Role.ORGANIZER, Role.COMMUNITY_LEAD, Role.EVALUATOR})


@dataclass(frozen=True)
class Complaints:
    """From `low` to `high` complaints between two days. Fewer than `FEWEST_SHOWN` are not distinguished from none."""

    low: int
    first_on: date
    last_on: date

    @property
    def high(self) -> int:
        return self.low + FEWEST_SHOWN - 1


def may_hear(roles: Collection[str]) -> bool:
    """Whether a member is told the number of complaints: never police, nor administrators of accounts."""
    return not HEARS.isdisjoint(roles) and WALLED_OFF.isdisjoint(roles)


def to_freeze(today: date) -> list[date]:
    ended = (month_after(today, -number) for number in range(1, LOOK_BACK + 1))
    return [month for month in ended if today >= month_after(month).replace(day=FROZEN_ON)]


def said_of(counts: Mapping[date, int]) -> Complaints | None:
    """Return the published span of the twelve months up to the last frozen one; None if none is frozen."""
    if not counts:
        return None
    last = max(counts)
    window = (month_after(last, -number) for number in range(MONTHS))
    there = [month for month in window if month in counts]
    return Complaints(sum(counts[month] for month in there) // FEWEST_SHOWN * FEWEST_SHOWN, min(there), last)
