"""The call-in that a circle of the demonstration prepares; nobody who is called in is named, and nobody is anybody."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from portal.core.clock import today
from portal.partners.callin import actions
from portal.partners.callin.models import CallInCard, CallInItem, CallInOffer, CallInPlan
from portal.partners.callin.queries import lines
from portal.partners.callin.rules.run import USUAL, Part
from portal.partners.callin.rules.voices import Consent, give, take_back
from portal.partners.queries.circles import Seat

PLAN = ("begins", "where", "people", "coordinator", "reach", "labels", "apart", "chairs")
TEXTS = ("who", "name", "point", "asked_by", "block", "door", "ride", "support", "interpreter", "notes")


def load_call_in(seat: Seat, one: Mapping[str, Any]) -> None:
    """Plan it as its lead would: the usual run, those who speak, what is offered."""
    held_on = today() + timedelta(days=one["in_days"])
    found = actions.plan_call_in(seat, held_on, {name: one[name] for name in PLAN}, None)
    actions.fill_run(seat, found)
    cards = _load_voices(seat, found, one["voices"])
    _let_speak(seat, found, [card for name, card in cards.items() if name not in _spares(one["voices"])])
    for offer in one["offers"]:
        actions.add_line(seat, found, CallInOffer(), {**offer, "made": "0", "delivered": "0"})


def _load_voices(seat: Seat, found: CallInPlan, voices: list[Mapping[str, Any]]) -> dict[str, CallInCard]:
    cards: dict[str, CallInCard] = {}
    # Whoever steps in comes first: the others say who it is.
    for one in sorted(voices, key=lambda voice: "alternate" in voice):
        alternate = cards[one["alternate"]].id if "alternate" in one else ""
        cards[one["name"]] = actions.add_line(seat, found, CallInCard(), {**_words(one), "alternate": str(alternate)})
    return {one["name"]: cards[one["name"]] for one in voices}


def _words(one: Mapping[str, Any]) -> dict[str, str]:
    day = today()
    words = {name: one.get(name, "") for name in TEXTS}
    words |= {"safety": "", "rehearsed": (day - timedelta(days=3)).isoformat() if one.get("rehearsed") else ""}
    for consent in one["consents"]:
        words = give(words, Consent(consent), day - timedelta(days=6))
    for consent in one.get("taken_back", ()):
        words = take_back(words, Consent(consent), day)
    return words


def _spares(voices: list[Mapping[str, Any]]) -> set[str]:
    return {one["alternate"] for one in voices if "alternate" in one}


def _let_speak(seat: Seat, found: CallInPlan, cards: list[CallInCard]) -> None:
    voices = [row for row, item in zip(lines(CallInItem, found), USUAL, strict=True) if item.part is Part.VOICE]
    for row, card in zip(voices, cards, strict=False):
        words = {"part": Part.VOICE.value, "about": "", "voice": str(card.id)}
        actions.change_line(seat, found, row, words)
