"""Promises of the demonstration, made, moved and judged by the same actions as on the pages."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import select

from demo.staff import Staff
from demo.texts import days_ago, morning, pair
from portal.commitments import promise_steps
from portal.commitments.promise_rules import PromiseStep, PromiseVerdict
from portal.commitments.promises import Commitment, promise_actor
from portal.core.db import session
from portal.core.files.uploads import clean
from portal.markets.places import Market
from portal.organisations.organisations import Office


def load_promises(texts: Mapping[str, Any], staff: Staff, markets: Mapping[str, Market]) -> None:
    """Load all promises, each with its history."""
    offices = {office.name.en: office for office in session.scalars(select(Office))}
    for given in texts["promises"]:
        market = markets.get(given.get("place", ""))
        promise = _take_steps(given, staff, offices[given["office"]].id, market.id if market else None)
        _spread(promise, given["made_days_ago"])


def _take_steps(given: Mapping[str, Any], staff: Staff, office_id: int, market_id: int | None) -> Commitment:
    keeper, judge = staff.members["simone"], staff.members["ruth"]
    by = promise_actor(keeper)
    values = {
        "what": pair(given["what"]),
        "made_at": pair(given["made_at"]),
        "made_on": days_ago(given["made_days_ago"]),
        "due_on": days_ago(-given.get("first_due_in_days", given["due_in_days"])),
        "office_id": office_id,
        "market_id": market_id,
    }
    promise = promise_steps.draft_commitment(values, by)
    promise_steps.publish_commitment(promise, by)
    if "milestone" in given:
        due_on = days_ago(-given["milestone_in_days"])
        promise_steps.plan_milestone(promise, pair(given["milestone"]), due_on, by)
        session.flush()
    if given.get("reached"):
        promise_steps.reach_milestone(promise, promise.milestones[0].id, by)
    if "moved" in given:
        promise_steps.move_due(promise, days_ago(-given["due_in_days"]), pair(given["moved"]), by)
    if "evidence" in given:
        file = clean(given["evidence_file"].strip().encode()) if "evidence_file" in given else None
        promise_steps.add_evidence(promise, pair(given["evidence"]), "", by, file)
    if "claimed" in given:
        promise_steps.claim_kept(promise, pair(given["claimed"]), by)
    for verdict in PromiseVerdict:
        if verdict.value in given:
            why = pair(given[verdict.value])
            promise_steps.judge(promise, verdict, why, promise_actor(judge))
    return promise


def _spread(promise: Commitment, made_days_ago: int) -> None:
    """Spread a promise's history evenly between the day it was made and today."""
    steps = len(promise.entries) + 1
    for number, entry in enumerate(promise.entries):
        entry.at = morning(days_ago(made_days_ago - number * made_days_ago // steps))
        if entry.step is PromiseStep.REACHED:
            promise.milestones[0].reached_on = entry.at.date()
    promise.created_at = promise.updated_at = promise.published_at = promise.entries[0].at
    if promise.judged_on is not None:
        promise.judged_on = promise.entries[-1].at.date()
    session.flush()
