"""Cards for other sites: what may stand in a frame, what they say, and that a hidden place has none."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta
from io import BytesIO
from xml.etree import ElementTree as ET

import pytest
from flask.testing import FlaskClient
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from PIL import Image

from portal.core.clock import now
from portal.core.i18n import speaking
from portal.core.page_cache import renew_cache_version
from portal.core.web import Portal
from portal.home.embed_pages import Card, EmbedItem, drawn, frame_code, in_words
from portal.markets.places import Market
from portal.meetings import planning
from portal.meetings.meeting import Meeting
from tests.conftest import Work
from tests.house.test_access import addresses
from tests.house.test_pages import address, public_rules
from tests.make import both, make_market, make_meeting
from tests.page import Reader

LANGUAGES = pytest.mark.parametrize("lang", ["en", "es"])
FRAMED = {"embeds.meeting", "embeds.place"}
PATHS = (
    "/embed/places/{}/",
    *(
        f"/embed/places/{{}}/{kind}{form}"
        for kind in ("meeting", "status", "progress")
        for form in ("", ".svg", ".png")
    ),
)
TEXT = st.text(st.sampled_from("abcdñÁ ¿-/mW\n"), max_size=300)


@pytest.fixture
def market(work: Work) -> Market:
    with work() as session:
        found = make_market(session, "Elm Street")
        session.flush()
        session.expunge(found)
        return found


def test_only_the_two_cards_may_stand_in_a_frame_of_another_site(
    app: Portal, client: FlaskClient, market: Market, work: Work
) -> None:
    with work() as session:
        make_meeting(session, slug="porch-evening", market_id=market.id)
    may = set()
    for rule in app.url_map.iter_rules():
        if "GET" not in (rule.methods or ()):
            continue
        url = address(rule, "en") if rule in list(public_rules(app)) and rule.endpoint in FRAMED else addresses(rule)[0]
        policy = client.get(url).headers.get("Content-Security-Policy", "")
        assert policy.count("frame-ancestors") == 1, url
        if "frame-ancestors 'none'" not in policy:
            may.add(rule.endpoint)
    assert may == FRAMED
    for url in ("/en/embed/nothing", "/en/embed/places/nothing/status", "/en/embed/meeting.exe"):
        answer = client.get(url)
        assert answer.status_code == 404
        assert "frame-ancestors 'none'" in answer.headers["Content-Security-Policy"]


@LANGUAGES
def test_a_card_runs_nothing_sets_nothing_and_asks_nobody(page: Reader, market: Market, work: Work, lang: str) -> None:
    with work() as session:
        make_meeting(session, title=both("Evening", "Tarde"), market_id=market.id)
    for path in ("/embed/meeting", "/embed/places/elm-street/meeting", "/embed/places/elm-street/status"):
        card = page(f"/{lang}{path}")
        headers = card.response.headers
        assert set(headers["Content-Security-Policy"].split("; ")) == {
            "default-src 'none'",
            "style-src 'self'",
            "base-uri 'none'",
            "form-action 'none'",
            "frame-ancestors *",
        }
        assert headers["Referrer-Policy"] == "no-referrer"
        assert headers["Cache-Control"] == "public, no-cache"
        assert not card.has("script")
        assert not card.has("form")
        assert {link.get("rel") for link in card.find_all("a")} == {"noopener noreferrer"}
        assert {link.get("target") for link in card.find_all("a")} == {"_blank"}


@LANGUAGES
def test_what_is_called_off_or_moved_says_so(app: Portal, page: Reader, work: Work, lang: str) -> None:
    with work() as session:
        first = make_meeting(session, title=both("First", "Primera"), starts_at=now() + timedelta(days=3))
        make_meeting(session, title=both("Second", "Segunda"))
        planning.cancel_meeting(first, both("Rain", "Lluvia"), first.author_id)
    text = page(f"/{lang}/embed/meeting").text
    words = ("Canceled", "First", "Second") if lang == "en" else ("Cancelada", "Primera", "Segunda")
    assert [text.index(word) for word in words] == sorted(text.index(word) for word in words)
    drawing = ET.fromstring(page.client.get(f"/{lang}/embed/meeting.svg").text)
    said = " ".join(found.text or "" for found in drawing.iter())
    assert all(word in said for word in words)


def test_a_move_is_on_the_card_as_soon_as_it_is_published(app: Portal, page: Reader, work: Work) -> None:
    with work() as session:
        meeting = make_meeting(session)
    assert "changed" not in page("/en/embed/meeting").text
    with work() as session:
        row = session.get_one(Meeting, meeting.id)
        plan = replace(row.plan, place=both("The park", "El parque"))
        planning.change_meeting(row, plan, both("Bigger", "Más grande"), row.author_id)
    app.page_cache._looked_at = 0.0
    card = page("/en/embed/meeting").text
    assert "The park" in card
    assert "The time or the place has changed" in card


@LANGUAGES
@pytest.mark.parametrize("path", PATHS)
def test_the_card_of_a_hidden_place_is_that_of_one_that_never_was(
    client: FlaskClient, work: Work, path: str, lang: str
) -> None:
    with work() as session:
        make_market(session, "Birch Street", released=False)
    hidden = client.get(f"/{lang}{path.format('birch-street')}")
    never = client.get(f"/{lang}{path.format('cedar-street')}")
    assert hidden.status_code == never.status_code == 404
    assert hidden.headers.to_wsgi_list() == never.headers.to_wsgi_list()
    assert hidden.data.replace(b"birch", b"cedar") == never.data


def test_a_meeting_at_a_hidden_place_is_on_no_card(app: Portal, client: FlaskClient, work: Work) -> None:
    before = client.get("/en/embed/meeting?1").data
    with work() as session:
        make_meeting(session, market_id=make_market(session, "Birch Street", released=False).id)
        renew_cache_version()
    assert client.get("/en/embed/meeting?2").data == before


@LANGUAGES
def test_the_code_to_copy_leads_to_the_cards(page: Reader, market: Market, work: Work, lang: str) -> None:
    with work() as session:
        session.get_one(Market, market.id).name = both('Elm "Old" & <Street>', "Calle & «Elm»")
    offer = page(f"/{lang}/embed/places/elm-street/")
    codes = ["".join(found.itertext()) for found in offer.find_all("pre")]
    assert len(codes) == 12
    sources = [found for code in codes for found in re.findall(r'src="http://localhost(/[^"]+)"', code)]
    assert len(sources) == 12
    assert all(page.client.get(source).status_code == 200 for source in sources)
    assert {source[:3] for source in sources} == {"/en", "/es"}
    assert not [code for code in codes if "<Street>" in code or "<script" in code]


def test_pictures_may_be_shown_elsewhere_and_pages_may_not_be_read_there(client: FlaskClient, market: Market) -> None:
    for url in ("/en/embed/meeting.png", "/es/embed/places/elm-street/status.svg"):
        assert client.get(url).headers["Cross-Origin-Resource-Policy"] == "cross-origin"
    assert client.get("/en/").headers["Cross-Origin-Resource-Policy"] == "same-origin"
    assert Image.open(BytesIO(client.get("/en/embed/meeting.png").data)).size == (480, 270)


def test_a_picture_is_heard_in_sentences_also_when_there_is_nothing_on_it() -> None:
    item = EmbedItem("Calls about drugs", ("They fell.", "Nobody knows why"), "https://x.example/", badge="")
    assert in_words(Card("Elm Street", "x", (item,), "", "")) == (
        "Elm Street. Calls about drugs. They fell. Nobody knows why."
    )
    assert in_words(Card("Next meeting: Elm", "x", (), "No meeting is planned right now.", "")) == (
        "Next meeting: Elm. No meeting is planned right now."
    )


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(title=TEXT, line=TEXT, eyebrow=TEXT.filter(str.strip), badge=st.sampled_from(["", "Canceled"]))
@example(title="W" * 300, line="A" * 300, eyebrow="wide " * 60, badge="Canceled")
@example(title="x", line="x", eyebrow="W" * 300, badge="")
def test_whatever_is_said_stays_on_the_picture(app: Portal, title: str, line: str, eyebrow: str, badge: str) -> None:
    item = EmbedItem(title, (line, line), "https://x.example/", badge=badge)
    card = Card("x", " ".join(eyebrow.split()), (item, item), "", "https://x.example/")
    with app.app_context(), speaking("en"):
        picture = Image.open(BytesIO(drawn(card, "png"))).convert("L")
    right, bottom = picture.size
    band = 48
    for room in ((0, band, 20, bottom), (right - 20, band, right, bottom), (0, bottom - 12, right, bottom)):
        assert picture.crop(room).getextrema()[0] > 245
    # In the band nothing comes near its edges.
    for room in (
        (0, 0, 20, band - 1),
        (right - 20, 0, right, band - 1),
        (0, 0, right, 8),
        (0, band - 8, right, band - 1),
    ):
        darkest, lightest = picture.crop(room).getextrema()
        assert lightest - darkest < 20


def test_a_name_cannot_break_out_of_the_code() -> None:
    code = frame_code(Card('"><script>', "", (), "", ""), "https://x.example/en/embed/meeting")
    assert "<script" not in code


@pytest.mark.parametrize("lang", ["en", "es"])
def test_a_shared_link_has_a_picture_and_words_that_name_nothing_to_be_ashamed_of(
    page: Reader, work: Work, lang: str
) -> None:
    with work() as session:
        make_market(session, "Elm Street")
    for path in ("", "places/elm-street/", "news/"):
        shown = page(f"/{lang}/{path}")
        said = {meta.get("property") or meta.get("name"): meta.get("content") or "" for meta in shown.find_all("meta")}
        assert said["description"] == said["og:description"] != ""
        picture = page.client.get("/" + said["og:image"].split("/", 3)[3])
        assert picture.data.startswith(b"\x89PNG")
        assert not re.search(r"drug|droga", said["description"] + said["og:title"], re.IGNORECASE)
