"""Who runs the site of Alder Falls, and the demands for records that came there."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from portal.core.clock import today
from portal.demo.texts import days_ago, pair
from portal.home.operator import OperatorFacts, state_operator
from portal.home.operator_pages import PAIRS
from portal.home.quarters import ended
from portal.home.records import DemandEnd, DemandFacts, begin_ledger, end_demand, file_demand, hold_for
from portal.reports.holds import HoldScope


def load_operator(told: Mapping[str, Any], member_id: int) -> None:
    """Load who runs the site, and the demands of the last quarters."""
    facts: dict[str, Any] = {name: text.strip() for name, text in told["operator"].items() if isinstance(text, str)}
    facts |= {name: pair(told["operator"][name]) for name in PAIRS}
    state_operator(OperatorFacts(**facts, checked_on=days_ago(told["operator"]["checked"])), member_id)
    begin_ledger(ended(today(), told["quarters"])[-1], member_id)
    for one in told["demands"]:
        _load_demand(one, member_id)


def _load_demand(one: Mapping[str, Any], member_id: int) -> None:
    facts = DemandFacts(one["kind"], days_ago(one["days_ago"]), one["about"], one["reference"])
    filed = file_demand(facts, member_id)
    if one.get("hold"):
        first, last = one["hold"]
        hold_for(filed, HoldScope(days_ago(first), days_ago(last), today() + timedelta(days=60)), member_id)
    if one.get("end"):
        end_demand(filed, DemandEnd(one["end"]), one.get("handed", ()), member_id)
