"""Pages of progress: one sentence first, nothing that is hidden, earlier snapshots as they were."""

from __future__ import annotations

from flask.testing import FlaskClient

from portal.core.i18n import date_words, speaking
from portal.core.web import Portal
from portal.indicators.snapshots.snapshots import next_day
from tests.conftest import Work
from tests.indicators.published import a_document, a_place, finding, publish
from tests.make import make_market
from tests.page import Reader

HERE = "/{}/places/elm-street/progress/"


def test_a_sentence_comes_first_then_the_rest(page: Reader, known: str) -> None:
    for lang in ("en", "es"):
        found = page(HERE.format(lang))
        lead = {"en": "fell by about a third", "es": "bajó alrededor de un tercio"}[lang]
        assert lead in " ".join(found.find("main .found").itertext())
        assert known in found.text
        for words in ({"en": "What other cities found", "es": "Qué encontraron otras ciudades"}[lang], "Peoria"):
            assert words in found.text


HALVES = [
    {"first": "2024-01", "last": "2024-06", "percent": 4.0, "percent_low": -21.0, "percent_high": 38.0},
    {"first": "2024-07", "last": "2024-12", "percent": -3.0, "percent_low": -26.0, "percent_high": 28.0},
    {"first": "2025-03", "last": "2025-08", "percent": -40.0, "percent_low": -58.0, "percent_high": -15.0},
]
MIX = [
    {"area": "comparison-2", "percent": 64.3, "times": 0.7},
    {"area": "comparison-1", "percent": 35.1, "times": 0.3},
    {"area": "comparison-3", "percent": 0.4, "times": 0.01},
    {"area": "comparison-4", "percent": 0.2, "times": 0.01},
]


def test_half_years_and_weights_are_drawn_without_a_script(page: Reader, client: FlaskClient, work: Work) -> None:
    main = finding(design="did", model="newey_west", event_study=HALVES)
    with work() as session:
        make_market(session, "Elm Street")
        found = [main, finding(design="synthetic", model="placebo", is_main=False, weights=MIX)]
        known = publish(session, a_document(a_place(findings=found)))
    for lang in ("en", "es"):
        shown = page(HERE.format(lang))
        # One dot for each half year, from the snapshot alone: it is drawn for earlier ones too.
        assert len(list(shown.find_all("figure svg circle"))) == len(HALVES)
        assert len(list(page(HERE.format(lang) + f"{known}/").find_all("figure svg circle"))) == len(HALVES)
        mix, halves = ([[" ".join(cell.itertext()) for cell in row] for row in one.iterfind(".//tbody/tr")]
                       for one in list(shown.find_all("details table"))[1:3])  # fmt: skip
        assert ["".join(filter(str.isdigit, row[1])) for row in mix] == ["64", "35", "1"]
        assert [row[0] for row in mix] == {
            "en": ["Similar area 2", "Similar area 1", "2 other areas together"],
            "es": ["Zona parecida 2", "Zona parecida 1", "2 zonas más, juntas"],
        }[lang]
        assert [row[0] for row in halves][::2] == {
            "en": ["Jan–Jun\xa02024", "Mar–Aug\xa02025"],
            "es": ["ene–jun\xa02024", "mar–ago\xa02025"],
        }[lang]
        published = client.get(f"/data/v1/snapshots/{known}.json").json["places"][0]["findings"]
        assert (published[0]["event_study"], published[1]["weights"]) == (HALVES, MIX)


def test_good_news_and_bad_look_the_same(page: Reader, work: Work) -> None:
    with work() as session:
        make_market(session, "Elm Street")
        worse = finding(measure="violent", percent=41, percent_low=8, percent_high=83)
        publish(session, a_document(a_place(findings=[finding(), worse])))
    panels = [
        one for one in page(HERE.format("en")).find_all("article.panel") if one.get("id") in ("violent", "drug_calls")
    ]
    shapes = [[(part.tag, part.get("class")) for part in panel][:3] for panel in panels]
    assert shapes[0] == shapes[1]


def test_hidden_numbers_are_on_no_page(page: Reader, known: str) -> None:
    for lang in ("en", "es"):
        rows = [" ".join("".join(row.itertext()).split()) for row in page(HERE.format(lang)).find_all("#reports tr")]
        hidden = {"en": "not shown", "es": "no se muestra"}[lang]
        assert any(hidden in row for row in rows)
        assert not any(row.endswith((" 8", " 9")) for row in rows)


def test_place_hidden_again_or_unpublished_has_no_page(client: FlaskClient, work: Work) -> None:
    with work() as session:
        make_market(session, "Elm Street", released=False)
        make_market(session, "Oak Street")
        publish(session)
    assert client.get(HERE.format("en")).status_code == 404
    assert client.get("/en/places/oak-street/progress/").status_code == 404
    hidden, never = client.get(HERE.format("es")), client.get("/es/places/birch-street/progress/")
    assert hidden.text.replace("elm", "birch") == never.text


def test_places_with_a_result_come_first_others_say_why(page: Reader, work: Work) -> None:
    names = ("Elm Street", "Oak Street", "Ash Street")
    with work() as session:
        for name in ("Elm Street", "Oak Street", "Ash Street"):
            make_market(session, name)
        early = [
            a_place(slug, name={"en": f"{word} Street", "es": f"Calle {word}"}, findings=[])
            for slug, word in (("oak-street", "Oak"), ("ash-street", "Ash"))
        ]
        publish(session, a_document(*early, a_place()))
    found = page("/en/progress/")
    assert found.text.count("No result yet: it is too early.") == 2
    listed = [" ".join(one.itertext()) for one in found.find_all("ol.standings")]
    assert [name in told for name, told in zip(names, listed, strict=True)] == [True] * 3


def test_an_earlier_snapshot_stays_as_it_was(page: Reader, known: str, work: Work) -> None:
    with work() as session:
        newer = publish(session, a_document(a_place(findings=[]), frozen_on="2026-12-15", previous=known))
    assert "too early to say" in page(HERE.format("en")).text
    then = page(HERE.format("en") + f"{known}/")
    assert "fell by about a third" in then.text
    assert "This is how it was published on November 15, 2026." in then.text
    assert newer in then.follow("See how it is now").text
    assert page(f"/en/progress/{known}/").follow("Elm Street").path.endswith(f"{known}/")


def test_before_anything_is_published_the_page_says_when(app: Portal, page: Reader) -> None:
    for lang in ("en", "es"):
        with app.app_context(), speaking(lang):
            day = date_words(next_day())
        found = page(f"/{lang}/progress/")
        assert {"en": "Nothing is published yet.", "es": "Todavía no se ha publicado nada."}[lang] in found.text
        assert day in found.text
        # No page leads a program to what is not there yet.
        for link in page(f"/{lang}/open-data/").find_all(".facts a"):
            assert page.client.get(link.get("href")).status_code == 200


def test_no_other_hash_is_a_snapshot(client: FlaskClient, known: str) -> None:
    for digest in ("0" * 64, "x", "%00", "0" * 63 + "G"):
        for address in (
            f"/en/progress/{digest}/",
            HERE.format("en") + f"{digest}/",
            f"/data/v1/snapshots/{digest}.json",
        ):
            assert client.get(address).status_code == 404


def test_the_place_and_the_front_page_lead_to_it(page: Reader, known: str) -> None:
    assert page("/en/places/elm-street/").follow("What was counted").path == HERE.format("en")
    assert page("/en/").follow("How it is going").follow("Elm Street").path == HERE.format("en")
    assert HERE.format("es") in page.client.get("/sitemap.xml").text


FEW = {"design": "did", "model": "placebo", "diagnostics": {"placebo_rank": 1, "placebos": 3}}
ONCE = {"en": "by chance alone it is this one once in 4 times", "es": "por pura casualidad es este una de cada 4 veces"}


def test_three_similar_areas_make_nobody_fairly_sure(page: Reader, work: Work) -> None:
    with work() as session:
        make_market(session, "Elm Street")
        publish(session, a_document(a_place(findings=[finding(**FEW)])))
    for lang in ("en", "es"):
        chance = {"en": "there are too few similar areas to be sure", "es": "hay muy pocas zonas parecidas para"}[lang]
        sure = {"en": "we are fairly sure it was", "es": "estamos bastante seguros de que"}[lang]
        here = page(HERE.format(lang))
        for found in (here, page(f"/{lang}/progress/")):
            assert chance in found.text
            assert sure not in found.text
        year = page(f"/{lang}/places/elm-street/year/2025/")
        for found in (here, year):
            assert ONCE[lang] in found.text


PLAN = "Measure: drug_calls (Calls)\nMeasure: violent (Violent crime)\nPrimary measure: violent (Violent crime)\n"


def test_what_was_named_beforehand_leads_everywhere_though_another_fell(page: Reader, work: Work) -> None:
    place = a_place(findings=[finding(), finding(measure="violent", percent=41, percent_low=8, percent_high=83)])
    place["registration"]["plan"] = PLAN
    with work() as session:
        make_market(session, "Elm Street")
        publish(session, a_document(place))
    for lang in ("en", "es"):
        rose = {"en": "violent crime rose by about", "es": "delitos violentos subió"}[lang]
        fell = {"en": "drugs fell by about", "es": "drogas bajó"}[lang]
        said = {"en": "we said beforehand we would judge by", "es": "elegimos de antemano para decidir"}[lang]
        for path in ("places/elm-street/", "progress/"):
            text = page(f"/{lang}/{path}").text
            assert rose in text
            assert fell not in text
            assert said in text
        feed = page.client.get(f"/{lang}/open-data/snapshots.atom").text
        assert rose in feed
        assert fell not in feed
        for path in ("places/elm-street/progress/", "places/elm-street/year/2025/"):
            found = page(f"/{lang}/{path}")
            text = " ".join(found.find("main").itertext())
            beside = {"en": "Also looked at", "es": "También se miró"}[lang]
            assert text.index(said) < text.index(beside) < text.index(fell)
            assert text.index(rose) < text.index(beside)
            assert {"en": "about 1 of 20 intervals", "es": "1 de cada 20 intervalos"}[lang] in text


def test_where_other_ways_of_counting_disagree_that_is_said(page: Reader, work: Work) -> None:
    steady = {"design": "did", "diagnostics": {"trend_carried": -1.0, "placebos": 19}}
    others = [
        finding(**steady, model="placebo", is_main=False),
        finding(percent_high=12.0, is_main=False),
        finding(design="wdd", model="poisson", is_main=False, percent=None, count=-9, count_low=-12, count_high=-3),
    ]
    with work() as session:
        make_market(session, "Elm Street")
        publish(session, a_document(a_place(findings=[finding(**steady, model="newey_west"), *others])))
    for lang in ("en", "es"):
        panel = " ".join(page(HERE.format(lang)).find("#drug_calls").itertext())
        named = {
            "en": "cannot tell or says otherwise: before and after, with trend and season (quasi-Poisson).",
            "es": "dice otra cosa: antes y después, con tendencia y época del año (cuasi-Poisson).",
        }
        assert named[lang] in panel


def test_what_was_done_otherwise_stands_beside_the_plan(page: Reader, work: Work) -> None:
    """Two sentences of the plan, wherever each is read; what concerns one measure stands beside that one alone."""
    with work() as session:
        make_market(session, "Elm Street")
        made = a_place(findings=[finding(), finding(measure="violent")])
        only = {"on": "2025-03-01", "what": {"en": "Fights alone.", "es": "Solo peleas."}, "measure": "violent"}
        made["registration"]["deviations"].append(only)
        publish(session, a_document(made))
    for lang in ("en", "es"):
        what = {"en": "One area was left out.", "es": "Se dejó una zona."}[lang]
        alone = {"en": "Fights alone.", "es": "Solo peleas."}[lang]
        here = page(HERE.format(lang))
        for key in ("drug_calls", "violent"):
            panel = here.find(f"#{key}")
            beside = [" ".join(one.itertext()) for one in panel.findall("p")]
            assert what in beside[1]
        year = page(f"/{lang}/places/elm-street/year/2025/")
        assert year.text.count(what) == 3
        assert alone not in " ".join(here.find("#drug_calls").itertext())
        assert alone in " ".join(here.find("#violent").itertext())
        city = page(f"/{lang}/progress/").text
        assert what in city
        assert alone not in city
