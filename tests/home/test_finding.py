"""What machines are told: sitemap, other languages, cards where a link is shared. All at the configured address."""

from __future__ import annotations

import re
from datetime import timedelta
from html import unescape
from xml.etree import ElementTree as ET

from flask.testing import FlaskClient

from portal.app import create_app
from portal.config import Settings
from portal.core.clock import now
from portal.core.db import db
from portal.core.web import Portal
from portal.markets.gate_rules import is_neutral
from tests.checks import TELLING
from tests.conftest import Work
from tests.house.test_pages import public_rules
from tests.make import both, make_call_in, make_guide, make_market, make_meeting, make_post
from tests.page import Reader

NAMES = {"s": "http://www.sitemaps.org/schemas/sitemap/0.9", "x": "http://www.w3.org/1999/xhtml"}
PATHS = (
    *("/", "/places/", "/places/elm-street/", "/places/elm-street/why-here/", "/news/lamps", "/meetings/porch"),
    "/search/",
)


def fill(work: Work, post: str = "Lamps", meeting: str = "Porch") -> None:
    with work() as session:
        market = make_market(session)
        market.why_here = both("Neighbors asked.", "Los vecinos lo pidieron.")
        make_call_in(session, market, now() - timedelta(days=2))
        make_market(session, "Birch Street", released=False)
        long_ago = now() - timedelta(days=300)
        make_post(
            session,
            slug="lamps",
            title=both(post, "Luces"),
            market_id=market.id,
            published_at=long_ago,
            updated_at=long_ago,
        )
        make_meeting(session, slug="porch", title=both(meeting, "Patio"))
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
    paths = ("places/elm-street/", "places/elm-street/why-here/", "news/lamps", "meetings/porch", "guides/read/k7f2qd")
    assert all(f"http://localhost/{lang}/{path}" in pages for lang in ("en", "es") for path in paths)
    assert "birch" not in answer.text
    assert "elsewhere" not in answer.text


def test_it_knows_days_only_and_none_before_the_release(client: FlaskClient, work: Work) -> None:
    fill(work)
    days = re.findall(r"<lastmod>(.*?)</lastmod>", client.get("/sitemap.xml").text)
    assert days
    assert all(re.fullmatch(r"\d{4}-\d\d-\d\d", day) for day in days)
    assert min(days) >= (now() - timedelta(days=31)).date().isoformat()


def test_robots_are_sent_to_sitemap_and_not_to_search(client: FlaskClient) -> None:
    text = client.get("/robots.txt", headers={"Host": "evil.example"}).text
    assert "Sitemap: http://localhost/sitemap.xml\n" in text
    assert "Disallow: /*/search/\n" in text
    assert "team" not in text


def test_each_page_names_itself_and_its_twin(page: Reader, work: Work) -> None:
    fill(work)
    for lang in ("en", "es"):
        for path in PATHS:
            found = page(f"/{lang}{path}", headers={"Host": "evil.example"})
            assert found.find("link[rel=canonical]").get("href") == f"http://localhost/{lang}{path}"
            twins = {
                link.get("hreflang"): link.get("href")
                for link in found.find_all("link[rel=alternate]")
                if link.get("hreflang")
            }
            here = {language: f"http://localhost/{language}{path}" for language in ("en", "es")}
            assert twins == here | {"x-default": here["en"]}
            assert "evil" not in found.response.text


def test_a_shared_link_says_neutral_words(page: Reader, work: Work) -> None:
    fill(work, "Drug lamps", "Police tips")
    for lang in ("en", "es"):
        for path in PATHS:
            text = page.client.get(f"/{lang}{path}").text
            card = dict(re.findall(r'<meta property="(og:\w+)" content="([^"]*)">', text))
            assert card["og:url"] == f"http://localhost/{lang}{path}"
            assert card["og:site_name"] == "Common Ground"
            assert card["og:locale"] == ("en_US" if lang == "en" else "es_US")
            assert not [words for words in card.values() if TELLING.search(words)]
            # One picture for all pages: that of a place would say how it stands to whoever sees the phone.
            assert card["og:image"] == f"http://localhost/{lang}/embed/site.png"


def card_of(page: Reader, path: str) -> dict[str, str]:
    answer = page.client.get(path)
    text = answer.text if answer.mimetype == "text/html" else ""
    return {name: unescape(said) for name, said in re.findall(r'<meta property="(og:\w+)" content="([^"]*)">', text)}


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
    for lang in ("en", "es"):
        for path, name in (
            ("news/lamps", {"en": "News", "es": "Noticias"}),
            ("meetings/porch", {"en": "Meeting", "es": "Reunión"}),
            ("guides/read/k7f2qd", {"en": "Tools and guides", "es": "Herramientas y guías"}),
        ):
            card = card_of(page, f"/{lang}/{path}")
            assert card["og:title"] == f"{name[lang]} · Common Ground"
            assert all(is_neutral(words) for words in card.values())


def test_no_fixed_page_has_a_telling_card(app: Portal, page: Reader) -> None:
    rules = [rule for rule in public_rules(app) if rule.arguments == {"lang"}]
    cards = {
        (rule.endpoint, lang): card_of(page, rule.rule.replace("<lang:lang>", lang))
        for rule in rules
        for lang in ("en", "es")
    }
    assert len(cards) > 20
    found = {one: name for one, card in cards.items() for name in ("og:title", "og:description") if name in card}
    assert found
    assert not [
        one for one, card in cards.items() for name, said in card.items() if ":url" not in name and not is_neutral(said)
    ]


def test_an_error_names_no_address(client: FlaskClient) -> None:
    for url in ("/en/nowhere", "/en/places/birch-street/"):
        text = client.get(url).text
        assert "canonical" not in text
        assert "og:url" not in text
        assert "localhost" not in text


def test_the_address_is_the_configured_one(settings: Settings) -> None:
    app = create_app(settings.model_copy(update={"public_url": "https://ground.example"}))
    client = app.test_client()
    assert '"https://ground.example/es/places/"' in client.get("/es/places/").text
    assert "<loc>https://ground.example/en/</loc>" in client.get("/sitemap.xml").text
    db.engine.dispose()
