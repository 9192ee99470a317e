"""An open question for a day in a circle of the demonstration, with answers and a guest's slip."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import time, timedelta
from typing import Any

from portal.core.clock import today, zone
from portal.demo.staff import Staff
from portal.organisations.rules import Side
from portal.partners.models import Circle
from portal.partners.polls.actions.polls import (
    Proposal,
    Says,
    answer,
    answer_as_guest,
    ask_guest,
    hash_of_code,
    propose,
)
from portal.partners.polls.rules.best import Choice
from portal.partners.polls.rules.slots import Span, span_on
from portal.partners.queries.circles import my_seat


def load_poll(circle: Circle, one: Mapping[str, Any], staff: Staff) -> None:
    """Ask, hand out slips, answer."""
    seat = my_seat(circle.id, staff.members[one["author"]])
    poll = propose(seat, _proposal(one, staff))
    poll.asked_on = today() - timedelta(days=one["days_ago"])
    for name in one["guests"]:
        slip = ask_guest(seat, poll, name, Side.COMMUNITY, is_essential=False)
        answer_as_guest(hash_of_code(slip.code), _says(one, name))
    for key in sorted({key for slot in one["slots"] for key in slot["says"]} - set(one["guests"])):
        answer(my_seat(circle.id, staff.members[key]), poll, _says(one, key))


def _proposal(one: Mapping[str, Any], staff: Staff) -> Proposal:
    words = {f"{name}_{lang}": one[name][lang] for name in ("question", "place") for lang in ("en", "es")}
    essential = [staff.members[key].id for key in one["essential"]]
    spans = [_span(slot, one["minutes"]) for slot in one["slots"]]
    return Proposal(words, spans, today() + timedelta(days=one["closes_in_days"]), essential, one["community_needed"])


def _span(slot: Mapping[str, Any], minutes: int) -> Span:
    return span_on(zone(), today() + timedelta(days=slot["in_days"]), time.fromisoformat(slot["at"]), minutes)


def _says(one: Mapping[str, Any], key: str) -> Says:
    return {place: Choice(slot["says"][key]) for place, slot in enumerate(one["slots"], 1) if key in slot["says"]}
