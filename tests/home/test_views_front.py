"""The front door, how it works, what other cities found, and what machines are told at the configured address."""

import re
from dataclasses import fields
from datetime import timedelta
from html import unescape
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from flask.testing import FlaskClient

from portal.app import create_app
from portal.config import Settings, SmsSender
from portal.core.clock import now
from portal.core.db import db
from portal.core.i18n import Bilingual
from portal.core.web import Portal
from portal.home.progress_pages import RESULTS
from portal.markets.gate_rules import is_neutral
from portal.news.library import is_address
from tests.checks import TELLING
from tests.conftest import Work
from tests.house.test_surfaces import PUBLIC, WHO
from tests.make import (
    both,
    make_call_in,
    make_guide,
    make_market,
    make_meeting,
    make_post,
)
from tests.page import Reader

TEXTING = {"sms_sender": SmsSender.CONSOLE, "sms_number": "+13365550100"}


def test_the_bare_address_follows_the_browsers_language(client: FlaskClient) -> None:
    for asked, lang in (("es-MX,es;q=0.9", "es"), ("fr, en;q=0.5", "en"), ("de", "en"), ("", "en")):
        answer = client.get("/", headers={"Accept-Language": asked})
        assert answer.location == f"/{lang}/"
        assert "Accept-Language" in answer.headers["Vary"]
        assert "Set-Cookie" not in answer.headers


def test_it_shows_places_the_next_meeting_and_three_posts(page: Reader, work: Work) -> None:
    with work() as session:
        make_market(session)
        make_meeting(session, title=both("Next one", "La próxima"))
        make_meeting(session, title=both("Later one", "La de después"), starts_at=now() + timedelta(days=30))
        for number in range(4):
            title, published_at = both(f"Post {number}", f"Nota {number}"), now() - timedelta(hours=number)
            make_post(session, title=title, published_at=published_at)
    front = page("/es/")
    shown, left_out = ("Calle Elm", "Tranquilo desde", "La próxima", "Nota 0", "Nota 2"), ("La de después", "Nota 3")
    assert [words for words in (*shown, *left_out) if words in front.text] == [*shown]
    assert front.has("a[href=/es/report/]") and front.has("a[href=/es/report/follow]")
    assert not any((link.get("href") or "").startswith("sms:") for link in front.find_all("a"))


def test_many_cancellations_do_not_bury_the_next_meeting(page: Reader, work: Work) -> None:
    off = {"state": "cancelled", "change_reason": both("Ill.", "Enferma.")}
    with work() as session:
        for day in range(1, 7):
            make_meeting(session, title=both(f"Off {day}", f"No {day}"), starts_at=now() + timedelta(days=day), **off)
        make_meeting(session, title=both("Takes place", "Se hace"), starts_at=now() + timedelta(days=60))
        make_meeting(session, title=both("Later", "Luego"), starts_at=now() + timedelta(days=90))
    text = page("/en/").text
    # What takes place comes first; what was called off is told beside it.
    assert text.index("Takes place") < text.index("Canceled") < text.index("Off 1")
    assert "Off 4" not in text and "Later" not in text


@pytest.mark.parametrize("settings", [TEXTING | {"immigration_note_es": "Aquí rige la ordenanza 12."}], indirect=True)
def test_where_texts_are_taken_the_number_is_there(page: Reader) -> None:
    front = page("/en/")
    assert front.has("a[href=sms:+13365550100]")
    assert "Aquí rige la ordenanza 12." in page("/es/who-can-see/").text


def test_who_can_see_tells_the_truth_for_each_way(page: Reader) -> None:
    text = page("/es/who-can-see/").text
    ip, status = "la dirección de internet (IP) de su teléfono", "Nunca preguntamos por papeles."
    assert [words for words in (ip, status, "Un juez", "pastor") if words not in text] == []
    assert "anonym" not in text and "anónim" not in text


def test_health_does_not_say_why_the_database_is_gone(client: FlaskClient, portal_dir: Path) -> None:
    healthy = client.get("/health")
    assert (healthy.status_code, healthy.text) == (200, "ok\n")
    db.engine.dispose()
    (portal_dir / "portal.db").write_bytes(b"not a database " * 99)
    sick = client.get("/health")
    assert (sick.status_code, sick.text) == (503, "unavailable\n")


def test_addresses_are_the_configured_one(settings: Settings) -> None:
    client = create_app(settings.model_copy(update={"public_url": "https://portal.test"})).test_client()
    assert '"https://portal.test/es/places/"' in client.get("/es/places/").text
    assert "<loc>https://portal.test/en/</loc>" in client.get("/sitemap.xml").text
    db.engine.dispose()


NAMES = {"s": "http://www.sitemaps.org/schemas/sitemap/0.9", "x": "http://www.w3.org/1999/xhtml"}
PLACE = "/places/elm-street/"
PATHS = ("/", "/places/", PLACE, f"{PLACE}call-in/", "/news/lamps", "/meetings/porch", "/search/")


def card_of(page: Reader, path: str) -> dict[str, str]:
    answer = page.client.get(path)
    text = answer.text if answer.mimetype == "text/html" else ""
    return {name: unescape(said) for name, said in re.findall(r'<meta property="(og:\w+)" content="([^"]*)">', text)}


def fill(work: Work) -> None:
    long_ago = now() - timedelta(days=300)
    with work() as session:
        market = make_market(session)
        market.why_here = both("Neighbors asked.", "Los vecinos lo pidieron.")
        make_call_in(session, market, now() - timedelta(days=2))
        make_market(session, "Birch Street", released=False)
        told = {"slug": "lamps", "title": both("Lamps", "Luces"), "market_id": market.id}
        make_post(session, **told, published_at=long_ago, updated_at=long_ago)
        make_meeting(session, slug="porch", title=both("Porch", "Patio"))
        make_guide(session, slug="k7f2qd")
        make_guide(session, slug="elsewhere", body=both("", ""), url="https://example.org/a.pdf")


def test_the_sitemap_has_every_page_in_both_languages(client: FlaskClient, work: Work) -> None:
    fill(work)
    answer = client.get("/sitemap.xml", headers={"Host": "evil.example"})
    assert answer.mimetype == "application/xml"
    tree = ET.fromstring(answer.data)
    pages = {page.findtext("s:loc", namespaces=NAMES): page for page in tree.findall("s:url", NAMES)}
    assert all(address.startswith("http://localhost/") for address in pages)
    assert all(client.get(address.removeprefix("http://localhost")).status_code == 200 for address in pages)
    for page in pages.values():
        others = {link.get("hreflang"): link.get("href") for link in page.findall("x:link", NAMES)}
        assert set(others) == {"en", "es"}
        assert set(others.values()) <= set(pages)
    paths = ("places/elm-street/", "places/elm-street/call-in/", "news/lamps", "meetings/porch", "guides/read/k7f2qd")
    assert all(f"http://localhost/{lang}/{path}" in pages for lang in ("en", "es") for path in paths)
    assert "birch" not in answer.text and "elsewhere" not in answer.text
    # It knows days only, and none before the release.
    days = [day for page in pages.values() if (day := page.findtext("s:lastmod", namespaces=NAMES))]
    assert days and all(re.fullmatch(r"\d{4}-\d\d-\d\d", day) for day in days)
    assert min(days) >= (now() - timedelta(days=31)).date().isoformat()
    text = client.get("/robots.txt", headers={"Host": "evil.example"}).text
    assert text.startswith("User-agent: *")
    assert "Sitemap: http://localhost/sitemap.xml\n" in text
    assert "Disallow: /*/search/\n" in text
    assert "team" not in text


def test_each_page_names_itself_its_twin_and_neutral_words(page: Reader, work: Work) -> None:
    fill(work)
    for lang, locale in (("en", "en_US"), ("es", "es_US")):
        for path in PATHS:
            found = page(f"/{lang}{path}", headers={"Host": "evil.example"})
            assert "evil" not in found.response.text
            assert found.find("link[rel=canonical]").get("href") == f"http://localhost/{lang}{path}"
            here = {language: f"http://localhost/{language}{path}" for language in ("en", "es")}
            twins = {link.get("hreflang"): link.get("href") for link in found.find_all("link[rel=alternate]")}
            twins.pop(None, None)
            assert twins == here | {"x-default": here["en"]}
            card = card_of(page, f"/{lang}{path}")
            assert (card["og:url"], card["og:site_name"], card["og:locale"]) == (here[lang], "Common Ground", locale)
            assert not [words for words in card.values() if TELLING.search(words)]
            # One picture for all pages: that of a place would say how it stands to whoever sees the phone.
            assert card["og:image"] == f"http://localhost/{lang}/embed/site.png"


def test_card_of_post_meeting_and_guide_is_their_own(page: Reader, work: Work) -> None:
    with work() as session:
        make_post(session, slug="lamps", title=both("Lamps & paths", "Luces"), summary=both("They\n glow.", "Brillan."))
        meeting = make_meeting(session, slug="porch", title=both("Porch", "Portal"))
        make_meeting(session, slug="off", state="cancelled", change_reason=both("Ill.", "Enferma."))
        make_guide(session, slug="k7f2qd", title=both("A list", "Una lista"), about=both("x" * 300, "Para todos."))
        make_market(session)
    card = card_of(page, "/en/news/lamps")
    assert (card["og:title"], card["og:description"]) == ("Lamps & paths · Common Ground", "They glow.")
    assert card_of(page, "/es/news/lamps")["og:description"] == "Brillan."
    card = card_of(page, "/en/meetings/porch")
    assert card["og:title"] == "Porch · Common Ground"
    assert card["og:description"].endswith(f". {meeting.place.en}")
    assert card_of(page, "/en/meetings/off")["og:description"].startswith("This meeting is canceled. ")
    assert card_of(page, "/es/guides/read/k7f2qd")["og:title"] == "Una lista · Common Ground"
    assert len(card_of(page, "/en/guides/read/k7f2qd")["og:description"]) < 210
    assert card_of(page, "/es/places/elm-street/")["og:title"].startswith("Calle Elm")
    assert card_of(page, "/es/how-it-works/")["og:title"] == "Cómo funciona · Common Ground"


def test_telling_words_stay_off_the_card(page: Reader, work: Work) -> None:
    telling = both("They sell dr\u200bugs at the D r u g corner", "Venden cocaína y avisaron a la policía")
    with work() as session:
        make_post(session, slug="lamps", title=telling, summary=telling)
        make_meeting(session, slug="porch", title=telling, place=telling)
        make_guide(session, slug="k7f2qd", title=telling, about=telling)
    for path, name in (
        ("news/lamps", both("News", "Noticias")),
        ("meetings/porch", both("Meeting", "Reunión")),
        ("guides/read/k7f2qd", both("Tools and guides", "Herramientas y guías")),
    ):
        for lang in ("en", "es"):
            card = card_of(page, f"/{lang}/{path}")
            assert card["og:title"] == f"{name[lang]} · Common Ground"
            assert all(is_neutral(words) for words in card.values())


def test_no_fixed_page_has_a_telling_card(app: Portal, page: Reader) -> None:
    fixed = [rule for rule in app.url_map.iter_rules() if rule.arguments == {"lang"} and "GET" in (rule.methods or ())]
    rules = [rule.rule for rule in fixed if WHO[rule.endpoint] == PUBLIC]
    paths = [rule.replace("<lang:lang>", lang) for rule in rules for lang in ("en", "es")]
    cards = {path: card_of(page, path) for path in paths}
    assert len([card for card in cards.values() if "og:title" in card]) > 20
    said = [(path, words) for path, card in cards.items() for name, words in card.items() if ":url" not in name]
    assert [one for one in said if not is_neutral(one[1])] == []


def test_an_error_names_no_address(client: FlaskClient) -> None:
    for url in ("/en/nowhere", "/en/places/birch-street/"):
        text = client.get(url).text
        assert [word for word in ("canonical", "og:url", "localhost") if word in text] == []


def test_every_result_shows_its_design_and_how_sure(page: Reader) -> None:
    for lang, unknown in (("en", "In others nothing changed"), ("es", "En otras no cambió nada")):
        assert unknown in page(f"/{lang}/how-it-works/").text
        found = page(f"/{lang}/other-cities/")
        for result in RESULTS:
            shown = (result.place, result.finding, result.numbers, result.design, result.certainty)
            assert [one[lang] for one in shown if one[lang] not in found.text] == []
            assert result.source in found.text and (not result.url or found.has(f"a[href={result.url}]"))


def test_the_table_holds_all_published_numbers() -> None:
    texts = [getattr(result, field.name) for result in RESULTS for field in fields(result)]
    assert all(text.is_whole for text in texts if isinstance(text, Bilingual))
    assert [result.source for result in RESULTS if not is_address(result.url)] == ["Central District News, 2010"]
    assert "No change found" in [result.finding.en for result in RESULTS]
    for source, numbers in (
        ("2012", ("0.854",)),
        ("2010", ("7.3",)),
        ("Corsaro, McGarrell, 2009", ("55", "18.1")),
        ("RAND", ("28", "56", "16", "4")),
    ):
        result = next(one for one in RESULTS if source in one.source)
        told = [result.numbers[lang] + result.design[lang] for lang in ("en", "es")]
        assert [number for number in numbers for words in told if number not in words] == []
