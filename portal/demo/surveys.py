"""A survey that runs in Alder Falls: some have answered, some slips lie in the laundry, two are told to visitors."""

from __future__ import annotations

from collections.abc import Mapping
from random import Random
from typing import Any

from portal.core.i18n import LANGUAGES
from portal.demo.texts import days_ago
from portal.indicators.surveys.actions import answer, call_survey, print_slips
from portal.indicators.surveys.rules import CHANNELS, QUESTIONS
from portal.markets.models import Market


def load_survey(one: Mapping[str, Any], markets: Mapping[str, Market], lead_id: int) -> dict[str, str]:
    """Returns the code of one slip in each language that nobody has used."""
    survey = call_survey(markets[one["place"]], days_ago(one["opened"]), days_ago(-one["closes_in"]), lead_id)
    codes = print_slips(survey, dict.fromkeys(LANGUAGES, one["slips"]), lead_id)
    chance = Random(one["place"])
    for lang, some in codes.items():
        for code in some[: one["answered"][lang]]:
            says = {question: chance.random() < one["yes"] for question in QUESTIONS}
            answer(code, says, chance.choice([channel for channel in CHANNELS if channel != "paper"]))
    return {lang: some[-1] for lang, some in codes.items()}
