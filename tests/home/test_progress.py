"""Pages of progress: one sentence first, nothing that is hidden, earlier snapshots as they were."""

import re

from flask.testing import FlaskClient
from sqlalchemy import update

from portal.core.i18n import date_words, speaking
from portal.core.page_cache import renew_cache_version
from portal.core.web import Portal
from portal.indicators.charts import PanelDrawing
from portal.indicators.snapshots import next_day
from portal.markets.places import Market
from tests.conftest import Work
from tests.indicators.published import MONTHS, a_document, a_place, calls, finding, publish
from tests.make import make_market
from tests.page import Reader

HERE = "/{}/places/elm-street/progress/"
SIZED = {"narrow": b'<svg width="270" height="204"/>', "wide": b'<svg width="633" height="264"/>'}


def test_counts_are_told_at_once_and_the_rest_folded(page: Reader, work: Work) -> None:
    """A tired neighbor reads one screen; a verdict waits for its day, a count does not."""
    waits = finding(refusal="not_yet", percent=None, diagnostics={"next_look": 12.0})
    with work() as session:
        make_market(session, "Elm Street")
        kept = publish(session, a_document(a_place(findings=[waits, waits | {"measure": "violent"}])))
    then = page(HERE.format("es") + f"{kept}/").text
    assert "Así se publicó" in then
    found = page(HERE.format("es"))
    first, main = " ".join(found.find("main .found").itertext()), found.find("main")
    assert "281 casos en los 12 meses hasta septiembre de 2026; 419" in first
    assert "Es muy pronto para decir por qué." in first
    folded = sum(len(" ".join(one.itertext()).split()) for one in main.iter("details"))
    every = len(" ".join(main.itertext()).split())
    assert every - folded < 170 and every < 480


def test_good_news_and_bad_look_the_same(page: Reader, work: Work) -> None:
    worse = {"percent": 41, "percent_low": 8, "percent_high": 83}
    with work() as session:
        for name in ("Elm Street", "Oak Street"):
            make_market(session, name)
        publish(session, a_document(a_place(), a_place("oak-street", findings=[finding(**worse)])))
    shapes = [
        [(part.tag, part.get("class")) for part in page(f"/en/places/{slug}/progress/").find("main section")]
        for slug in ("elm-street", "oak-street")
    ]
    assert shapes[0] == shapes[1]


def test_a_place_hidden_or_unpublished_has_no_page(client: FlaskClient, work: Work) -> None:
    with work() as session:
        make_market(session, "Elm Street", released=False)
        make_market(session, "Oak Street")
        publish(session)
    for path in (HERE.format("en"), YEAR.format("en", "2025/"), "/en/places/oak-street/progress/"):
        assert client.get(path).status_code == 404
    hidden, never = client.get(HERE.format("es")), client.get("/es/places/birch-street/progress/")
    assert hidden.text.replace("elm", "birch") == never.text


def test_places_with_a_result_come_first_also_on_paper(page: Reader, work: Work) -> None:
    with work() as session:
        for name in ("Elm Street", "Oak Street", "Ash Street"):
            make_market(session, name, status="held_12" if name == "Elm Street" else "holding")
        early = [
            a_place(slug, name={"en": f"{word} Street", "es": f"Calle {word}"}, findings=[])
            for slug, word in (("oak-street", "Oak"), ("ash-street", "Ash"))
        ]
        publish(session, a_document(*early, a_place()))
    found = page("/es/progress/")
    assert found.text.count("Aún sin resultado: es muy pronto.") == 2
    listed = [" ".join(one.itertext()) for one in found.find_all("ol.standings")]
    names = ("Calle Elm", "Calle Oak", "Calle Ash")
    assert [name in told for name, told in zip(names, listed, strict=True)] == [True] * 3
    # A council reads all of it on one sheet.
    sheet = found.follow("Todo en una hoja")
    rows = [" ".join(row.itertext()) for row in sheet.find_all("ol.standings li")]
    assert "Calle Elm" in rows[0] and "bajó alrededor de un tercio" in rows[0]
    assert "muy pronto" in rows[1]
    assert "0 en total" in sheet.text


def test_a_badge_above_numbers_says_whose_word_it_is(page: Reader, work: Work) -> None:
    """Calm for 12 months above 124 calls is what people see. That a meeting was held is a fact."""
    words = "Así lo ven los vecinos y el equipo"
    with work() as session:
        make_market(session, "Elm Street", status="held_12")
        make_market(session, "Oak Street", status="message_delivered")
        publish(session, a_document(a_place(), a_place("oak-street")))
    for slug, times in (("elm-street", 1), ("oak-street", 0)):
        for path in ("", "progress/"):
            assert page(f"/es/places/{slug}/{path}").text.count(words) == times


def test_an_earlier_snapshot_stays_as_it_was(page: Reader, known: str, work: Work) -> None:
    with work() as session:
        newer = publish(session, a_document(a_place(findings=[]), frozen_on="2026-12-15", previous=known))
    assert "it is too early" in page(HERE.format("en")).text
    then = page(HERE.format("en") + f"{known}/")
    assert "fell by about a third" in then.text
    assert "This is how it was published on November 15, 2026." in then.text
    assert newer in then.follow("See how it is now").text
    assert page(f"/en/progress/{known}/").follow("Elm Street").path.endswith(f"{known}/")
    # It leads to its own numbers and stays where its hash says; a newer one leads back to it.
    for path, newest in (("/es/progress/", "/es/open-data/"), (HERE.format("es"), "/data/v1/places/elm-street.csv")):
        kept, now = ([one.get("href") for one in page(at).find_all("#along a")] for at in (f"{path}{known}/", path))
        assert kept == [*(f"/data/v1/snapshots/{known}.{form}" for form in ("json", "zip")), f"{path}{known}/"]
        assert now[:2] == [newest, f"{path}{newer}/"]
    assert page("/es/progress/").follow("15 de noviembre").path == f"/es/progress/{known}/"


def test_before_anything_is_published_the_page_says_when(app: Portal, page: Reader, work: Work) -> None:
    with work() as session, speaking("es"):
        make_market(session, "Elm Street")
        day = date_words(next_day())
    found = page("/es/progress/")
    assert "Todavía no se ha publicado nada." in found.text and day in found.text
    # No page leads anybody to what is not there yet.
    assert page.client.get(HERE.format("en")).status_code == 404
    assert not [
        link for link in page("/en/places/elm-street/").find_all("main a") if "progress" in link.get("href", "")
    ]
    for link in page("/es/open-data/").find_all(".facts a"):
        assert page.client.get(link.get("href")).status_code == 200


def test_no_other_hash_is_a_snapshot(client: FlaskClient, known: str) -> None:
    for digest in ("0" * 64, "x", "%00", "0" * 63 + "G"):
        for address in (
            f"/en/progress/{digest}/",
            f"{HERE.format('en')}{digest}/",
            f"/data/v1/snapshots/{digest}.json",
        ):
            assert client.get(address).status_code == 404


def test_a_drawing_has_words_for_who_cannot_see(page: Reader, known: str, work: Work) -> None:
    with work() as session:
        drawn = {"digest": known, "slug": "elm-street", "measure": "drug_calls", "lang": "es"}
        session.add_all([PanelDrawing(form=form, content=content, **drawn) for form, content in SIZED.items()])
    found = page(HERE.format("es"))
    assert "las zonas parecidas" in found.find("main img").get("alt")
    # The page leaves room for it, so that nothing jumps when it comes.
    sizes = [(one.get("width"), one.get("height")) for one in map(found.find, ("main source", "main img"))]
    assert sizes == [("633", "264"), ("270", "204")]
    source = found.find("main source").get("srcset")
    answer = page.client.get(source)
    assert (answer.mimetype, answer.data) == ("image/svg+xml", SIZED["wide"])
    # A place that is hidden keeps its drawings to itself.
    with work() as session:
        session.execute(update(Market).values(released_at=None))
        renew_cache_version()
    page.client.application.page_cache.forget()
    assert page.client.get(source).status_code == 404


def test_everything_leads_to_it_and_a_sentence_comes_first(page: Reader, known: str) -> None:
    assert page("/en/").follow("How it is going").follow("Elm Street").path == HERE.format("en")
    assert HERE.format("es") in page.client.get("/sitemap.xml").text
    english = page("/en/places/elm-street/").follow("How it is going")
    assert english.path == HERE.format("en")
    # What must be said along with it.
    assert "This does not look at other areas." in english.text and "in the streets around" in english.text
    found = page(HERE.format("es"))
    assert "bajó alrededor de un tercio" in " ".join(found.find("main .found").itertext())
    assert known in found.text
    # Of the reports, of which two months are hidden, the newest number alone is told.
    told = " ".join(found.find("#all-portal").itertext())
    assert "18 en septiembre de 2026." in told
    assert not re.search(r"\b[89] (in|en) ", told)


PLAN = "Measure: drug_calls (Calls)\nMeasure: violent (Violent crime)\nPrimary measure: violent (Violent crime)\n"


def test_what_was_named_beforehand_leads_everywhere_though_another_fell(page: Reader, work: Work) -> None:
    place = a_place(findings=[finding(), finding(measure="violent", percent=41, percent_low=8, percent_high=83)])
    place["registration"]["plan"] = PLAN
    with work() as session:
        make_market(session, "Elm Street")
        publish(session, a_document(place))
    rose, fell = "delitos violentos subió", "drogas bajó"
    for path in ("places/elm-street/", "progress/"):
        text = page(f"/es/{path}").text
        assert rose in text and fell not in text
        assert "elegimos de antemano para decidir" in text
    feed = page.client.get("/es/open-data/snapshots.atom").text
    assert rose in feed and fell not in feed
    text = " ".join(page(HERE.format("es")).find("main").itertext())
    assert text.index(rose) < text.index("También se miró") < text.index(fell)


def test_what_was_done_otherwise_stands_beside_the_plan(page: Reader, work: Work) -> None:
    """Two sentences of the plan, wherever each is read; what concerns one measure stands beside that one alone."""
    made = a_place(findings=[finding(), finding(measure="violent")])
    only = {"on": "2025-03-01", "what": {"en": "Fights alone.", "es": "Solo peleas."}, "measure": "violent"}
    made["registration"]["deviations"].append(only)
    with work() as session:
        make_market(session, "Elm Street")
        publish(session, a_document(made))
    what, alone = "Se dejó una zona.", "Solo peleas."
    here = page(HERE.format("es"))
    first, beside = (" ".join(here.find(place).itertext()) for place in ("main section", "#beside"))
    assert what in first and what in beside
    assert alone in beside and alone not in first
    city = page("/es/progress/").text
    assert what in city and alone not in city


# --- A year on paper: from one snapshot, with its numbers and those of the year before ---

YEAR = "/{}/places/elm-street/year/{}"


def test_a_year_has_its_sums_and_last_years(page: Reader, known: str) -> None:
    read = page(YEAR.format("es", "2025/"))
    counted = list(zip(MONTHS, calls(30, 12), strict=True))
    sums = [str(sum(value for month, value in counted if month.startswith(year))) for year in ("2024", "2025")]
    rows = (("".join(row.itertext()), row) for row in read.find_all("tr"))
    share = next(row for said, row in rows if "%" in said and "100" not in said)
    of_100 = share.findall("td")[-1].text
    assert [words for words in (*sums, known, "Calle Elm en 2025", of_100) if words not in read.text] == []
    text = page(YEAR.format("en", "2025/")).text
    assert "fell by about" not in text and "2026" not in text.partition("<main")[2].partition("Numbers published on")[0]


def test_only_whole_years_since_the_call_in_have_reports(client: FlaskClient, known: str) -> None:
    progress = client.get("/en/places/elm-street/progress/").text
    for year in ("2022", "2023", "2026", "1999"):
        assert client.get(YEAR.format("en", f"{year}/")).status_code == 404
        assert f"/year/{year}/" not in progress
