"""Promises of the demonstration, made, moved and judged by the same actions as on the pages."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from typing import Any

from sqlalchemy import select

from demo.staff import Staff
from portal.commitments import promise_steps
from portal.commitments.promise_states import PromiseStep, PromiseVerdict
from portal.commitments.promises import Commitment, promise_actor
from portal.core.clock import today, zone
from portal.core.db import session
from portal.core.files.uploads import clean
from portal.core.i18n import Bilingual
from portal.markets.places import Market
from portal.organisations.organisations import Office

PUBLISHED_AT = time(9, 0)


def load_promises(texts: Mapping[str, Any], staff: Staff, markets: Mapping[str, Market]) -> None:
    """Load all promises, each with its history."""
    offices = {office.name.en: office for office in session.scalars(select(Office))}
    for one in texts["promises"]:
        _load(one, staff, offices[one["office"]], markets.get(one.get("place", "")))


def _load(one: Mapping[str, Any], staff: Staff, office: Office, market: Market | None) -> None:
    keeper = staff.members["simone"]
    between = promise_actor(keeper)
    values = {
        "what": _pair(one["what"]),
        "made_at": _pair(one["made_at"]),
        "made_on": _day(-one["made_days_ago"]),
        "due_on": _day(one.get("first_due_in_days", one["due_in_days"])),
        "office_id": office.id,
        "market_id": market.id if market else None,
    }
    it = promise_steps.draft_commitment(values, keeper.id, between)
    promise_steps.publish_commitment(it, keeper.id, between)
    if "milestone" in one:
        promise_steps.plan_milestone(it, _pair(one["milestone"]), _day(one["milestone_in_days"]), keeper.id, between)
        session.flush()
    if one.get("reached"):
        promise_steps.reach_milestone(it, it.milestones[0].id, keeper.id, between)
    if "moved" in one:
        promise_steps.move_due(it, _day(one["due_in_days"]), _pair(one["moved"]), keeper.id, between)
    if "evidence" in one:
        file = clean(one["evidence_file"].strip().encode()) if "evidence_file" in one else None
        promise_steps.add_evidence(it, _pair(one["evidence"]), "", keeper.id, between, file)
    if "claimed" in one:
        promise_steps.claim_kept(it, _pair(one["claimed"]), keeper.id, between)
    for verdict in PromiseVerdict:
        if verdict.value in one:
            judge = staff.members["ruth"]
            promise_steps.judge(it, verdict, _pair(one[verdict.value]), judge.id, promise_actor(judge))
    _set_back(it, one["made_days_ago"])


def _set_back(it: Commitment, made_days_ago: int) -> None:
    """Spread a promise's history evenly between the day it was made and today."""
    moments = len(it.entries)
    for number, entry in enumerate(it.entries):
        entry.at = _morning(_day(-made_days_ago + number * made_days_ago // (moments + 1)))
        if entry.step == PromiseStep.REACHED:
            it.milestones[0].reached_on = entry.at.date()
    it.created_at = it.updated_at = it.published_at = it.entries[0].at
    if it.judged_on is not None:
        it.judged_on = it.entries[-1].at.date()
    session.flush()


def _day(in_days: int) -> date:
    return today() + timedelta(days=in_days)


def _morning(day: date) -> datetime:
    return datetime.combine(day, PUBLISHED_AT, zone())


def _pair(texts: Mapping[str, str]) -> Bilingual:
    return Bilingual(en=texts["en"].strip(), es=texts["es"].strip())
