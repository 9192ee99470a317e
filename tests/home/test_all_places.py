"""All places together: what chance alone brings among so many, one result with its sentence, and the same as data."""

import csv
import io
import json
from typing import Any

import pytest

from portal.core.i18n import speaking
from portal.indicators.city_results import CityResults, city_headline, city_notes, city_results, city_sentence
from tests.indicators.published import a_document, a_place, finding, publish

PLAN = "Measure: drug_calls (Calls about drugs)\nPrimary measure: drug_calls (Calls about drugs)\n"
STEADY = {"trend_before": 0.5, "trend_before_p": 0.9, "bent_low": 1.0, "bent_high": -1.0}


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


FELL = [place(slug, low, low + 30) for slug, low in zip("abcde", (-50.0, -45.0, -40.0, -42.0, -48.0), strict=True)]
NEVER = never_held("f", percent=5.0, percent_low=-15.0, percent_high=30.0, level=96.25)


def results(*places: dict[str, Any]) -> CityResults:
    return city_results(a_document(*places))


def test_what_fell_everywhere_fell_in_the_city(app) -> None:
    found = results(*FELL)
    assert (found.studied, found.judged, found.fell, found.rose) == (5, 5, 5, 0)
    (one,) = found.results
    assert one.change is not None
    assert one.change.percent_high < 0
    assert sum(place.weight for place in one.places) == pytest.approx(100)
    # A place counts where nothing was held; one without a plan is not studied.
    whole = results(*FELL, NEVER, a_place("z", registration=None))
    assert whole.studied == 6
    assert whole.results[0].change.percent > one.change.percent
    assert [place.held for place in whole.results[0].places] == [True, True, True, True, True, False]
    with app.app_context(), speaking("es"):
        assert "En los 5 lugares juntos" in city_sentence(one)
        assert "En 1 no se hizo la reunión con quienes vendían." in city_notes(whole.results[0])


def test_fewer_than_five_and_early_looks_are_refused(app) -> None:
    few, waiting = results(*FELL[:2]).results[0], results(*FELL, place("g", -40.0, -2.0, waits=True)).results[0]
    assert few.change is None
    assert waiting.waiting == 1
    with app.app_context(), speaking("es"):
        assert "al menos cinco lugares con resultado" in city_sentence(few)
        assert "Aún no hay un resultado de llamadas" in city_sentence(waiting)
    with app.app_context(), speaking("en"):
        told = [city_sentence(results(*places).results[0]) for places in (FELL[:1], FELL[:2])]
    assert [one.rpartition("so far: ")[2] for one in told] == ["1.", "2."]


def test_what_a_place_refuses_is_counted_as_left_out(app) -> None:
    seldom = a_place("g", findings=[finding(design="did", refusal="too_few_events", percent=None)])
    seldom["registration"] |= {"plan": PLAN}
    (one,) = results(*FELL, seldom, never_held("h", refusal="not_yet")).results
    assert [place.change.refusal for place in one.places] == [*[None] * 5, "too_few_events", "not_yet"]
    assert len(one.used) == 5
    with app.app_context(), speaking("en"):
        assert "2 cannot be counted yet, or have too few events." in city_notes(one)


def test_the_headline_counts_the_places(app) -> None:
    unplanned = results(a_place("z", registration=None))
    assert unplanned.results == ()
    with app.app_context(), speaking("es"):
        told = city_headline(results(*FELL, place("e", -30, 20)))
        assert "ningún lugar en estos números" in city_headline(unplanned)
    assert "bajó en 5 y subió en 0; en 1 no se puede saber" in told


def test_the_page_and_the_data_say_the_same(client, page, work) -> None:
    with work() as session:
        publish(session, a_document(*FELL, NEVER))
    shown = page("/es/progress/").text
    assert "Todos los lugares juntos" in shown and "el número bajó en 5" in shown
    found = json.loads(client.get("/data/v1/all-places.json").data)
    (one,) = found["results"]
    assert (found["places_studied"], one["places"]) == (6, 6)
    assert one["sentence_en"].startswith("Over all 6 places together")
    assert one["sentence_es"].startswith("En los 6 lugares juntos")
    assert [place["call_in_held"] for place in one["by_place"]] == [True, True, True, True, True, False]
    rows = list(csv.DictReader(io.StringIO(client.get("/data/v1/all-places.csv").text)))
    assert [row["place"] for row in rows] == ["", "a", "b", "c", "d", "e", "f"]
    assert float(rows[0]["percent"]) == one["percent"]
    assert sum(float(row["weight"]) for row in rows[1:]) == pytest.approx(100, abs=0.01)
