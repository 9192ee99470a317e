"""Who runs the site of Alder Falls, and the demands for records that came there."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from portal.core.clock import today
from portal.demo.texts import days_ago, pair
from portal.home.demands import Demands, count_demands
from portal.home.operator import OperatorFacts, state_operator
from portal.home.operator_pages import PAIRS
from portal.home.quarters import ended


def load_operator(told: Mapping[str, Any], member_id: int) -> None:
    """Load who runs the site, and the demands of the last quarters, the newest first."""
    facts: dict[str, Any] = {name: text.strip() for name, text in told["operator"].items() if isinstance(text, str)}
    facts |= {name: pair(told["operator"][name]) for name in PAIRS}
    state_operator(OperatorFacts(**facts, checked_on=days_ago(told["operator"]["checked"])), member_id)
    quarters = told["quarters"]
    for quarter, one in zip(ended(today(), len(quarters)), quarters, strict=True):
        counted: dict[str, Any] = {name: pair(value) if name == "handed" else value for name, value in one.items()}
        count_demands(quarter, Demands(**counted), member_id)
