"""The ways of counting side by side: what a reader can check of the sentence above them, and nothing untrue of it."""

from __future__ import annotations

from typing import Any

import pytest

from portal.core.i18n import speaking
from portal.indicators.panels.panels import chance_words, short_sentence
from portal.indicators.panels.reading import Panel, panels_of, response_words
from portal.indicators.panels.texts import counted_from, method_sentences, panel_caveats
from portal.indicators.panels.ways import finding_facts, finding_head, finding_notes, finding_rows, once_in
from tests.indicators.panels.test_leading import LANGUAGES, lead
from tests.indicators.published import DELIVERED, MONTHS, a_document, a_place, finding

STEADY = {"trend_before": -1.0, "trend_before_p": 0.8, "trend_carried": -1.0, "trend_error": 0.01}


def way(model: str, low: float, high: float, design: str = "did", **given: Any) -> dict[str, Any]:
    ends = {"percent": -35.0, "percent_low": low, "percent_high": high, "level": 98.75, "planned": True}
    return finding(design=design, model=model, is_main=False, **ends | given)


def tried(low: float, high: float, areas: int = 6) -> dict[str, Any]:
    return way("placebo", low, high, diagnostics={"placebo_rank": 1.0, "placebos": float(areas)})


def panel(*findings: dict[str, Any]) -> Panel:
    document = a_document(a_place(findings=list(findings)))
    return panels_of(document, document.places[0])[0]


def main(low: float, high: float, **given: Any) -> dict[str, Any]:
    return way("newey_west", low, high, diagnostics=STEADY) | {"is_main": True} | given


PLAIN = way("quasi_poisson", -53.0, -11.0)
WIDER = tried(-59.0, 3.0)
COUNT = {"percent": None, "percent_low": None, "percent_high": None, "count": -96, "count_low": -187, "count_high": -5}
RINGS = way("poisson", 0, 0, "wdd", **COUNT, diagnostics={"ring_count": -30.0, "ring_low": -60.0, "ring_high": 1.0})
ALONE = way("poisson", 0, 0, "wdd", **COUNT)


def test_what_was_narrower_than_the_plain_way_is_marked_and_the_widest_named(app) -> None:
    shown = panel(main(-53.0, -11.0), PLAIN, WIDER)
    with app.app_context(), speaking("en"):
        between = [row[2] for row in finding_rows(shown)]
        notes = " ".join(finding_notes(shown))
        assert finding_facts(shown)[1] == ("Compared with similar areas (quasi-Poisson)", "−35%, between −53% and −11%")
    assert between == ["−53% and −11% *", "−53% and −11%", "−59% and +3%"]
    assert "* By itself this way is narrower." in notes
    assert "Here the widest is: compared with similar areas (each similar area tried in its place)." in notes
    with app.app_context(), speaking("en"):
        plain = panel(main(-54.0, -10.0), PLAIN)
        assert "*" not in "".join([*finding_notes(plain), *(row[2] for row in finding_rows(plain))])
        assert "Here the widest" not in " ".join(finding_notes(plain))


@LANGUAGES
def test_what_the_sentence_goes_by_is_said_as_it_is(app, lang: str) -> None:
    """Of each design other intervals stand in the same table, and wider ones among them."""
    areas = panel(main(-53.0, -11.0), way("newey_west", -63.0, -23.0, "its"))
    months = panel(main(-53.0, -11.0, design="its", model="poisson"), way("newey_west", -63.0, -3.0, "its"))
    alone = panel(main(-53.0, -11.0, design="its"), way("quasi_poisson", -53.0, -3.0))
    few = panel(main(-53.0, -11.0), tried(-90.0, 300.0, areas=4))
    with app.app_context(), speaking(lang):
        told = [" ".join(finding_notes(one)) for one in (areas, months, alone, few)]
    for found, words in zip(
        told,
        (
            {
                "en": "the widest of the ways that use similar areas",
                "es": "la más amplia de las que usan zonas parecidas",
            },
            {"en": "the wider of two", "es": "la más amplia de dos"},
            {"en": "by the first line alone", "es": "solo por la primera línea"},
            {"en": "there are too few of them", "es": "hay muy pocas"},
        ),
        strict=True,
    ):
        assert words[lang] in found
    assert {"en": "does not count here", "es": "no cuenta aquí"}[lang] not in told[0]


@pytest.mark.parametrize(("level", "times"), [(None, 20), (96.25, 27), (98.75, 80)])
def test_how_many_intervals_miss_follows_from_their_level(app, level: float | None, times: int) -> None:
    shown = panel(main(-53.0, -11.0, level=level))
    assert once_in([shown]) == times
    with app.app_context(), speaking("es"):
        assert f"1 de cada {times} intervalos" in chance_words([shown])
        assert f"1 de cada {times} intervalos" in " ".join(finding_notes(shown))
        assert any(f"1 vez de cada {times}" in words for words in method_sentences(6, 1, once_in([shown])))
        assert f"nivel: {level or 95:g} %" in finding_head(shown).replace("\N{NO-BREAK SPACE}", " ")


def test_a_way_with_another_level_says_it(app) -> None:
    shown = panel(main(-53.0, -11.0), way("quasi_poisson", -50.0, -20.0, level=95.0))
    with app.app_context(), speaking("en"):
        assert [row[2] for row in finding_rows(shown)] == ["−53% and −11%", "−50% and −20% (level: 95%)"]


def test_without_any_result_nothing_is_said_of_intervals(app) -> None:
    with app.app_context(), speaking("en"):
        refused = panel(main(-53.0, -11.0, percent=None, refusal="not_yet", diagnostics={"next_look": 12.0}))
        assert chance_words([refused, refused]) == "2 things were looked at in all."


def test_a_number_of_the_place_with_the_streets_around_says_so(app) -> None:
    with app.app_context(), speaking("en"):
        names = [finding_rows(panel(main(-53.0, -11.0), one))[1][0] for one in (RINGS, ALONE)]
    assert names[0].startswith("Place and streets around together, compared with similar areas (in number)")
    assert names[1].startswith("Compared with similar areas (in number)")


@LANGUAGES
def test_a_way_that_disagrees_is_named(app, lang: str) -> None:
    with app.app_context(), speaking(lang):
        told = panel_caveats(panel(main(-53.0, -11.0), PLAIN, WIDER, RINGS))
    named = {
        "en": "Another way of counting is surer that something changed: place and streets around together",
        "es": "Con otra forma de calcular es más seguro que algo cambió: el lugar y las calles de alrededor juntos",
    }
    assert sum(one.startswith(named[lang]) for one in told) == 1


def test_months_that_were_used_are_said_and_where_a_way_uses_others(app) -> None:
    shown = panel(
        main(-53.0, -11.0, months_before=34, months_after=12), RINGS | {"months_before": 12, "months_after": 12}
    )
    with app.app_context(), speaking("en"):
        assert "Used: 34 months before and 12 after" in " ".join(finding_notes(shown))
        assert finding_rows(shown)[1][0].endswith("; 12 months before, 12 after")


@LANGUAGES
def test_the_months_of_a_sentence_are_named_for_a_paper_about_a_year(app, lang: str) -> None:
    dated = {"residuals": [0.1] * len(MONTHS), "residual_months": list(MONTHS)}
    after = {"months_after": len(MONTHS) - DELIVERED}
    with app.app_context(), speaking(lang):
        (said,) = counted_from(panel(main(-53.0, -11.0, **dated, **after)))
        (number,) = counted_from(panel(RINGS | after | {"is_main": True}, PLAIN | dated | after))
        assert counted_from(panel(main(-53.0, -11.0))) == []
    assert said == number
    assert {"en": "August 2024 to September 2026.", "es": "de agosto de 2024 a septiembre de 2026"}[lang] in said


@LANGUAGES
def test_where_nobody_knows_how_many_were_asked_that_is_said(app, lang: str) -> None:
    document = a_document()
    panels = [one for one in panels_of(document, document.places[0]) if one.measure.kind == "survey"]
    with app.app_context(), speaking(lang):
        assert {"en": "we do not know of how many asked", "es": "no se sabe a cuántas"}[lang] in response_words(panels)
        assert response_words([]) == ""


@LANGUAGES
def test_why_a_place_has_no_result_fits_in_a_line(app, lang: str) -> None:
    plan = "Measure: drug_calls (Calls)\nPrimary measure: drug_calls (Calls)\n"
    waits = finding(percent=None, refusal="not_yet", diagnostics={"next_look": 12.0})
    seldom = finding(percent=None, refusal="too_few_events")
    with app.app_context(), speaking(lang):
        told = [short_sentence(one) for one in (lead(plan, waits), lead(plan, seldom), lead(plan), lead(None))]
    assert {"en": "once 12 months after", "es": "contados 12 meses después"}[lang] in told[0]
    assert len(set(told)) == 4
    assert all(one.startswith(("No result", "Aún sin resultado", "Sin resultado")) and len(one) < 110 for one in told)
