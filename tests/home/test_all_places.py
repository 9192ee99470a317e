"""All places together: what chance alone brings among so many, one result with its sentence, and the same as data."""

from __future__ import annotations

import csv
import io
import json
from typing import Any

import pytest

from portal.core.i18n import speaking
from portal.indicators.panels.city import CityResults, city_notes, city_results, city_sentence, places_by_chance
from portal.indicators.snapshots.snapshots import Document
from tests.indicators.published import a_document, a_place, finding, publish

PLAN = "Measure: drug_calls (Calls about drugs)\nPrimary measure: drug_calls (Calls about drugs)\n"
STEADY = {"trend_before": 0.5, "trend_before_p": 0.9, "trend_carried": 1.0}


def place(slug: str, low: float, high: float, *, waits: bool = False, **given: Any) -> dict[str, Any]:
    """A place whose calls changed by something between these ends, as five similar areas leave no doubt of."""
    middle = 100 * (((1 + low / 100) * (1 + high / 100)) ** 0.5 - 1)
    ends = {"design": "did", "percent": middle, "percent_low": low, "percent_high": high, "level": 96.25}
    looks = {"next_look": 24.0} if waits else {}
    found = [
        finding(model="newey_west", diagnostics=STEADY | looks, **ends),
        finding(model="placebo", is_main=False, diagnostics={"placebos": 5.0}, **ends),
    ]
    made = a_place(slug, findings=found, **given)
    made["registration"] |= {"plan": PLAN}
    return made


def never_held(slug: str, **intended: Any) -> dict[str, Any]:
    """A place whose plan was locked and where no call-in was held."""
    made = a_place(slug, findings=[], delivered_on=None)
    made["registration"] |= {"plan": PLAN, "intended": [{"measure": "drug_calls", **intended}]}
    return made


FELL = [place("a", -50.0, -20.0), place("b", -45.0, -10.0), place("c", -40.0, -5.0)]
NEVER = never_held("d", percent=5.0, percent_low=-15.0, percent_high=30.0, level=96.25)


def results(*places: dict[str, Any]) -> CityResults:
    return city_results(a_document(*places))


def test_what_fell_everywhere_fell_in_the_city(app) -> None:
    found = results(*FELL)
    assert (found.studied, found.judged, found.fell, found.rose) == (3, 3, 3, 0)
    (one,) = found.results
    assert one.change is not None
    assert one.change.percent_high < 0
    assert sum(place.weight for place in one.places) == pytest.approx(100)
    said = {"en": "Over all 3 places together, calls about drugs fell by about", "es": "En los 3 lugares juntos"}
    for lang in ("en", "es"):
        with app.app_context(), speaking(lang):
            assert said[lang] in city_sentence(one)


def test_a_place_counts_where_nothing_was_held(app) -> None:
    whole, held = results(*FELL, NEVER).results[0], results(*FELL).results[0]
    assert whole.change and held.change
    assert whole.change.percent > held.change.percent
    assert [one.held for one in whole.places] == [True, True, True, False]
    for lang in ("en", "es"):
        with app.app_context(), speaking(lang):
            assert {"en": "In 1 of them it was not held.", "es": "En 1 de ellos no se hizo."}[lang] in city_notes(whole)


def test_fewer_than_three_are_refused_and_looks_waited_for(app) -> None:
    few, waiting = results(*FELL[:2]).results[0], results(*FELL, place("e", -40.0, -2.0, waits=True)).results[0]
    assert few.change is None
    assert waiting.waiting == 1
    for lang in ("en", "es"):
        with app.app_context(), speaking(lang):
            assert {
                "en": "three places with a result. So far there are 2.",
                "es": "al menos tres lugares con resultado",
            }[lang] in (city_sentence(few))
            assert {"en": "No verdict yet on calls", "es": "Aún no hay un resultado de llamadas"}[lang] in (
                city_sentence(waiting)
            )


def test_what_a_place_refuses_is_counted_as_left_out(app) -> None:
    seldom = a_place("e", findings=[finding(design="did", refusal="too_few_events", percent=None)])
    seldom["registration"] |= {"plan": PLAN}
    early = never_held("f", refusal="not_yet")
    (one,) = results(*FELL, seldom, early).results
    assert [place.refusal for place in one.places] == [None, None, None, "too_few_events", "not_yet"]
    assert len(one.used) == 3
    with app.app_context(), speaking("en"):
        assert "2 cannot be counted yet, or have too few events." in city_notes(one)


def test_how_many_fall_by_chance_is_said(app) -> None:
    for lang in ("en", "es"):
        with app.app_context(), speaking(lang):
            fifty = [place(f"p{number}", -30, 20) for number in range(50)]
            few, many = (places_by_chance(results(*places)) for places in (FELL, fifty))
        assert {"en": "here most likely in none", "es": "aquí, lo más probable es que en ninguno"}[lang] in few
        assert {"en": "It fell in 3 of them", "es": "Bajó en 3 y"}[lang] in few
        assert {"en": "here in about 1", "es": "aquí, en unos 1"}[lang] in many
        assert {"en": "It fell in 0 of them", "es": "Bajó en 0 y"}[lang] in many


def test_one_place_is_not_said_in_the_plural(app) -> None:
    with app.app_context(), speaking("en"):
        told = [city_sentence(results(*places).results[0]) for places in (FELL[:1], FELL[:2])]
    assert [one.rpartition("So far ")[2] for one in told] == ["there is 1.", "there are 2."]


def published(session, *places: dict[str, Any]) -> Document:
    document = a_document(*places)
    publish(session, document)
    return document


def test_the_page_of_the_city_says_it(page, work) -> None:
    with work() as session:
        publish(session, a_document(*FELL, NEVER))
    for lang in ("en", "es"):
        shown = page(f"/{lang}/progress/").text
        assert {"en": "All places together", "es": "Todos los lugares juntos"}[lang] in shown
        assert {"en": "Places with a plan: 4.", "es": "Lugares con plan: 4."}[lang] in shown


def test_the_same_as_data(client, work) -> None:
    with work() as session:
        publish(session, a_document(*FELL, NEVER))
    found = json.loads(client.get("/data/v1/all-places.json").data)
    (one,) = found["results"]
    assert (found["places_studied"], found["places_to_fall_by_chance"], one["places"]) == (4, 0.1, 4)
    assert one["sentence_en"].startswith("Over all 4 places together")
    assert one["sentence_es"].startswith("En los 4 lugares juntos")
    assert [place["call_in_held"] for place in one["by_place"]] == [True, True, True, False]
    rows = list(csv.DictReader(io.StringIO(client.get("/data/v1/all-places.csv").text)))
    assert [row["place"] for row in rows] == ["", "a", "b", "c", "d"]
    assert float(rows[0]["percent"]) == one["percent"]
    assert sum(float(row["weight"]) for row in rows[1:]) == pytest.approx(100, abs=0.01)


def test_a_place_without_a_plan_is_no_studied_place() -> None:
    found = results(*FELL, a_place("z", registration=None))
    assert found.studied == 3
    assert results(a_place("z", registration=None)).results == ()
