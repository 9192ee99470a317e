"""Every line that a plan can have is read out in the reader's language."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from itertools import product

import pytest
from flask import Flask

from portal.core.i18n import LANGUAGES, speaking
from portal.indicators.evaluation.plans import DrawnAreas, StudyPlan, canonical
from portal.indicators.panels.texts import plan_in_words
from portal.indicators.snapshots.snapshots import DocumentText

MEASURES = {
    "drugs": DocumentText(en="Drug calls", es="Llamadas por drogas"),
    "violent": DocumentText(en="Violence", es="Violencia"),
}
PLAN = StudyPlan("elm-street", ("drugs", "violent"), (1, 2, 3), primary="drugs")
THERE = ("comparison-1", "comparison-2", "comparison-3")
DRAWN = DrawnAreas(56, 1, "drugs", date(2024, 1, 1), date(2026, 1, 1), "3f", "4a")
RINGS = ("ring-1", "comparison_ring-1")


def plans() -> Iterator[str]:
    """The text of a plan of every kind."""
    for slope, wash_out, with_ring in product((False, True), (0, 1, 3), (False, True)):
        plan = replace(PLAN, with_slope=slope, wash_out=wash_out, with_ring=with_ring)
        names = {"drugs": "Drug calls", "violent": "Violence (serious)"}
        for there in ((), THERE, (*THERE, "ring-1"), (*THERE, *RINGS)):
            yield canonical(plan, names, {"place": "3f2a"}, there)
            yield canonical(replace(plan, investigation=6), names, {"place": "3f2a"}, there)
            if there:
                yield canonical(plan, names, {"place": "3f2a"}, there, DRAWN)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_no_line_is_left_as_it_was_written(app: Flask, lang: str) -> None:
    with app.test_request_context(), speaking(lang):
        for text in plans():
            said = plan_in_words(text, MEASURES, lang)
            assert not set(said) & set(text.splitlines())
            assert all(one.endswith(".") for one in said)
            assert MEASURES["drugs"][lang] in said[0]


def test_what_is_fixed_is_said_in_numbers(app: Flask) -> None:
    text = canonical(replace(PLAN, harmonics=2), {"drugs": "Drug calls"}, {"place": "3f2a"}, (*THERE, *RINGS))
    with app.test_request_context(), speaking("en"):
        said = " ".join(plan_in_words(text, MEASURES, "en"))
    for part in ("Drug calls; Violence", "judge by one of them: Drug calls", "3 similar areas", "36 months before"):
        assert part in said
    for part in ("no more than 24 months", "2 waves", "once in 4 times", "6 outlines", "fewer than 20 cases"):
        assert part in said


def test_a_line_that_nobody_knows_is_shown_as_it_is(app: Flask) -> None:
    with app.test_request_context(), speaking("es"):
        assert plan_in_words("Plan of a study, form 9\nSomething: new\n", MEASURES, "es") == ["Something: new"]
