"""Meetings as everybody sees them."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from portal.config import ROOT
from portal.core.clock import now
from portal.core.portal import Portal
from portal.meetings.readiness import MONTHS_SHOWN, month_after
from tests.conftest import Work
from tests.make import both, make_market, make_meeting, make_series
from tests.page import Reader

LANGUAGES = pytest.mark.parametrize("lang", ["en", "es"])


@LANGUAGES
def test_the_page_says_what_people_need_to_know(page: Reader, work: Work, lang: str) -> None:
    with work() as session:
        market = make_market(session)
        slug = make_meeting(session, market_id=market.id, online_url="https://meet.example/elm").slug
    found = page(f"/{lang}/meetings/{slug}")
    told = {
        "en": (
            "We plan the summer.",
            "Library, room 2",
            "no steps",
            "Childcare We have asked",
            "Ride No",
            "Elm Street",
        ),
        "es": ("Planeamos el verano.", "sala 2", "sin escalones", "Cuidado de niños Ya preguntamos", "Transporte No"),
    }
    assert [words for words in told[lang] if words not in found.text] == []
    assert found.find("a[href=https://meet.example/elm]").get("rel") == "noopener noreferrer nofollow"
    assert found.has(f"a[href=/{lang}/meetings/{slug}.ics]")
    assert found.has(f"link[hreflang={'es' if lang == 'en' else 'en'}]")


def test_paragraphs_and_lines_of_a_purpose_stay_and_nothing_in_it_is_markup(page: Reader, work: Work) -> None:
    purpose = both("First <b>thing</b>.\r\n\r\nBring:\r\n- chairs\r\n- soup", "Uno.\n\nDos.")
    with work() as session:
        slug = make_meeting(session, purpose=purpose).slug
    found = page(f"/en/meetings/{slug}")
    parts = ["".join(part.itertext()) for part in found.find_all(".measure p.lines")]
    assert parts == ["First <b>thing</b>.", "Bring:\n- chairs\n- soup"]
    assert "pre-line" in (ROOT / "static" / "portal.css").read_text().partition(".lines {")[2].partition("}")[0]


@LANGUAGES
@pytest.mark.parametrize("state", ["published", "cancelled"])
def test_a_change_is_shown_with_its_reason(page: Reader, work: Work, lang: str, state: str) -> None:
    with work() as session:
        reason = both("The hall is closed.", "El salón está cerrado.")
        slug = make_meeting(session, state=state, change_reason=reason).slug
    found = page(f"/{lang}/meetings/{slug}")
    assert reason[lang] in found.text
    said = {
        ("en", "published"): "has changed",
        ("es", "published"): "Cambió",
        ("en", "cancelled"): "is canceled",
        ("es", "cancelled"): "está cancelada",
    }
    assert said[lang, state] in found.text
    assert found.has(f"a[href=/{lang}/meetings/{slug}.ics]") == (state == "published")


@LANGUAGES
def test_a_canceled_meeting_promises_nothing_any_more(page: Reader, work: Work, lang: str) -> None:
    promised = ("What there will be", "Join online") if lang == "en" else ("Qué habrá", "Participar en línea")
    with work() as session:
        stands = make_meeting(session, mode="hybrid", online_url="https://meet.example/1", link_for="everybody").slug
        off = make_meeting(
            session,
            mode="hybrid",
            online_url="https://meet.example/2",
            link_for="everybody",
            state="cancelled",
            change_reason=both("Rain.", "Lluvia."),
        ).slug
    before, after = page(f"/{lang}/meetings/{stands}"), page(f"/{lang}/meetings/{off}")
    for words in promised:
        assert words in before.text
        assert words not in after.text
    assert not after.has("a[href=https://meet.example/2]")
    # Both are in the list; only of one it says what there is.
    cards = list(page(f"/{lang}/meetings/").find_all("article"))
    assert len(cards) == 2
    assert sum("needs" in (part.get("class") or "") for card in cards for part in card.iter()) == 1


@LANGUAGES
def test_lists_tell_what_comes_from_what_was(page: Reader, work: Work, lang: str) -> None:
    with work() as session:
        make_meeting(session, title=both("Ahead", "Adelante"))
        make_meeting(session, title=both("Behind", "Atrás"), starts_at=now() - timedelta(days=2))
        make_meeting(session, title=both("Secret plan", "Plan secreto"), published=False)
    ahead, behind = ("Ahead", "Behind") if lang == "en" else ("Adelante", "Atrás")
    upcoming, past = page(f"/{lang}/meetings/"), page(f"/{lang}/meetings/past/")
    assert ahead in upcoming.text
    assert behind not in upcoming.text
    assert behind in past.text
    assert ahead not in past.text
    assert "ecret" not in upcoming.text + past.text


def test_an_empty_list_says_so(page: Reader) -> None:
    assert "No meeting is planned" in page("/en/meetings/").text
    assert "ninguna reunión planeada" in page("/es/meetings/").text


def test_the_past_comes_in_pages(page: Reader, work: Work) -> None:
    with work() as session:
        for number in range(21):
            make_meeting(session, starts_at=now() - timedelta(days=number + 2))
    assert len(list(page("/en/meetings/past/").find_all("article"))) == 20
    second = page("/en/meetings/past/").follow("Older")
    assert len(list(second.find_all("article"))) == 1
    assert second.follow("Newer").path == "/en/meetings/past/"
    page("/en/meetings/past/older-than/nothing/", 404)


@pytest.mark.both_databases
@pytest.mark.parametrize("slug", ["nothing", "A", "%00", "x" * 300, "é"])
def test_what_is_no_address_is_nothing(page: Reader, slug: str) -> None:
    page(f"/en/meetings/{slug}", 404)
    page(f"/en/news/{slug}", 404)
    page(f"/en/meetings/{slug}.ics", 404)


@LANGUAGES
def test_a_month_shows_its_meetings_on_their_days(page: Reader, work: Work, lang: str) -> None:
    with work() as session:
        zone = ZoneInfo("America/New_York")
        later = month_after(now().astimezone(zone).date().replace(day=1), 2)
        # Half past eleven at night in the city is the next day, and for the last one the next month, in UTC.
        last = month_after(later) - timedelta(days=1)
        for day, title in ((later, "First"), (last, "Last"), (month_after(later), "Next month")):
            starts = datetime.combine(day, time(23, 30), zone)
            make_meeting(session, title=both(title, f"{title}, sí"), starts_at=starts)
        off = datetime.combine(later, time(8), zone)
        make_meeting(session, title=both("Off", "Nada"), starts_at=off, state="cancelled", change_reason=both("x", "y"))
    found = page(f"/{lang}/meetings/month/{later:%Y-%m}/", quotes=("First", "Last"))
    held = {
        "".join(cell.find("span[@class='number']").itertext()): ["".join(link.itertext()) for link in cell.iter("a")]
        for cell in found.find_all("td")
        if cell.get("class") != "free"
    }
    assert [[title.split(",")[0] for title in titles] for titles in held.values()] == [
        ["Off" if lang == "en" else "Nada", "First"],
        ["Last"],
    ]
    assert list(held) == ["1", str(last.day)]
    assert ("Canceled" if lang == "en" else "Cancelada") in found.text


def test_months_lead_to_their_neighbours_and_no_further(page: Reader) -> None:
    this = page("/en/meetings/").follow("Month by month")
    assert len([link for link in this.find_all("a.button") if link.get("rel") in ("prev", "next")]) == 2
    for way in ("prev", "next"):
        here, seen = this, 0
        while here.has(f"a[rel={way}]"):
            here, seen = page(here.find(f"a[rel={way}]").get("href", "")), seen + 1
        assert seen == MONTHS_SHOWN
    for name in ("2019-01", "2099-01", "2026-13", "now"):
        page(f"/en/meetings/month/{name}/", 404)


def test_a_meeting_that_was_over_before_its_place_was_known_stays_unseen(page: Reader, work: Work) -> None:
    with work() as session:
        market = make_market(session, "Elm Street")
        market.released_at = now() - timedelta(days=5)
        session.flush()
        before = make_meeting(session, starts_at=now() - timedelta(days=9), market_id=market.id, slug="before-it")
        make_meeting(session, starts_at=now() - timedelta(days=3), market_id=market.id, slug="after-it")
    assert page("/en/meetings/after-it")
    page("/en/meetings/before-it", 404)
    assert not page("/en/meetings/past/").has("a[href=/en/meetings/before-it]")
    assert before.slug not in page.client.get("/sitemap.xml").text


@LANGUAGES
def test_a_calendar_is_subscribed_to_by_a_link_or_by_its_address(
    app: Portal, page: Reader, work: Work, lang: str
) -> None:
    app.settings.public_url = "https://alderfalls.example"
    with work() as session:
        series = make_series(session, make_meeting(session), slug="porch-series").slug
    for path, file in (("meetings/", "meetings.ics"), (f"meetings/series/{series}/", f"meetings/series/{series}.ics")):
        shown = page(f"/{lang}/{path}")
        links = {link.get("href") for link in shown.find_all("main a")}
        assert {f"webcal://alderfalls.example/{lang}/{file}", f"/{lang}/{file}"} <= links
        assert f"https://alderfalls.example/{lang}/{file}" in shown.text
