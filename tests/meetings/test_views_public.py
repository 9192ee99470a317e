"""Meetings as everybody sees them."""

import json
from datetime import datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from portal.config import ROOT
from portal.core.clock import now, today
from portal.core.hours import month_after
from portal.meetings.readiness import MONTHS_SHOWN
from tests.conftest import Work
from tests.make import both, make_market, make_meeting
from tests.page import Reader


def test_the_page_says_what_people_need_to_know(page: Reader, work: Work) -> None:
    purpose = both("First <b>thing</b>.\r\n\r\nBring:\r\n- chairs\r\n- soup", "Uno.\n\nDos.")
    with work() as session:
        link = "https://meet.example/elm"
        slug = make_meeting(session, market_id=make_market(session).id, online_url=link, purpose=purpose).slug
    found = page(f"/es/meetings/{slug}")
    told = ("Uno.", "sala 2", "sin escalones", "Cuidado de niños Ya preguntamos", "Transporte No")
    assert [words for words in told if words not in found.text] == []
    assert found.find(f"a[href={link}]").get("rel") == "noopener noreferrer nofollow"
    assert found.has(f"a[href=/es/meetings/{slug}.ics]") and found.has("link[hreflang=en]")
    # Paragraphs and lines of a purpose stay.
    parts = ["".join(part.itertext()) for part in page(f"/en/meetings/{slug}").find_all(".measure p.lines")]
    assert parts == ["First <b>thing</b>.", "Bring:\n- chairs\n- soup"]
    assert "pre-line" in (ROOT / "static" / "portal.css").read_text().partition(".lines {")[2].partition("}")[0]


def test_a_change_is_shown_with_its_reason(page: Reader, work: Work) -> None:
    reason = both("The hall is closed.", "El salón está cerrado.")
    for state, said, status in (
        ("published", "Cambió", "EventRescheduled"),
        ("cancelled", "está cancelada", "EventCancelled"),
    ):
        with work() as session:
            slug = make_meeting(session, slug=state, state=state, change_reason=reason).slug
        found = page(f"/es/meetings/{slug}")
        assert reason.es in found.text and said in found.text
        assert found.has(f"a[href=/es/meetings/{slug}.ics]") == (state == "published")
        assert event(page, slug=state)["eventStatus"] == f"https://schema.org/{status}"


def test_a_canceled_meeting_promises_nothing_any_more(page: Reader, work: Work) -> None:
    online = {"mode": "hybrid", "online_url": "https://meet.example/1", "link_for": "everybody"}
    with work() as session:
        stands = make_meeting(session, **online)
        off = make_meeting(session, **online, state="cancelled", change_reason=both("Rain.", "Lluvia."))
    before, after = (page(f"/es/meetings/{one.slug}") for one in (stands, off))
    for words in ("Qué va a haber", "Participar en línea"):
        assert words in before.text and words not in after.text
    assert not after.has("a[href=https://meet.example/1]")
    # Both are in the list, the canceled one in a line.
    listed = page("/es/meetings/")
    assert [len(list(listed.find_all(part))) for part in ("article", "article .needs", "p.gone")] == [1, 1, 1]


def test_lists_tell_what_comes_from_what_was(page: Reader, work: Work) -> None:
    with work() as session:
        make_meeting(session, title=both("Ahead", "Adelante"))
        make_meeting(session, title=both("Behind", "Atrás"), starts_at=now() - timedelta(days=2))
        make_meeting(session, title=both("Secret plan", "Plan secreto"), published=False)
    for path, shown in (("meetings/", {"Adelante"}), ("meetings/past/", {"Atrás"})):
        text = page(f"/es/{path}").text
        assert {title for title in ("Adelante", "Atrás", "Plan secreto") if title in text} == shown


def test_a_month_shows_its_meetings_on_their_days(page: Reader, work: Work) -> None:
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
    found = page(f"/es/meetings/month/{later:%Y-%m}/", quotes=("First", "Last"))
    held = {
        "".join(cell.find("span[@class='number']").itertext()): ["".join(link.itertext()) for link in cell.iter("a")]
        for cell in found.find_all("td")
        if cell.get("class") != "free"
    }
    assert [[title.split(",")[0] for title in titles] for titles in held.values()] == [["Nada", "First"], ["Last"]]
    assert list(held) == ["1", str(last.day)]
    assert "Cancelada" in found.text


def test_months_lead_to_their_neighbours_and_no_further(page: Reader, work: Work) -> None:
    this = page("/en/meetings/").follow("Month by month")
    assert len([link for link in this.find_all("a.button") if link.get("rel") in ("prev", "next")]) == 2
    with work():
        last = month_after(today().replace(day=1), MONTHS_SHOWN)
    assert not page(f"/en/meetings/month/{last:%Y-%m}/").has("a[rel=next]")
    for name in ("2019-01", "2099-01", "2026-13", "now"):
        page(f"/en/meetings/month/{name}/", 404)


def test_a_meeting_over_before_the_release_stays_unseen(page: Reader, work: Work) -> None:
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


# --- Meetings for search engines: what the page shows, in its language, and nothing else ---


def event(page: Reader, lang: str = "en", slug: str = "porch") -> dict[str, Any]:
    script = page(f"/{lang}/meetings/{slug}").find("script[type=application/ld+json]")
    found: dict[str, Any] = json.loads(script.text or "")
    return found


def test_a_meeting_is_an_event_in_its_language(page: Reader, work: Work) -> None:
    typed = both("</script><script>alert('1')</script> & co", "Tarde en el portal")
    with work() as session:
        meeting = make_meeting(session, slug="porch", title=typed)
    found = event(page, "es")
    assert found == found | {
        "@type": "Event",
        "name": meeting.title.es,
        "description": meeting.purpose.es,
        "inLanguage": "es",
        "url": "http://localhost/es/meetings/porch",
        "eventStatus": "https://schema.org/EventScheduled",
        "eventAttendanceMode": "https://schema.org/OfflineEventAttendanceMode",
        "location": [{"@type": "Place", "name": meeting.place.es, "address": meeting.place.es}],
    }
    assert datetime.fromisoformat(found["startDate"]) == meeting.starts_at
    assert datetime.fromisoformat(found["endDate"]) == meeting.ends_at
    assert found["organizer"]["name"] == meeting.host.es
    assert event(page)["name"] == typed.en, "nothing that is typed ends the block"


def test_a_link_for_those_who_come_is_left_out(page: Reader, work: Work) -> None:
    for mode, link_for, kinds, url in (
        ("online", "everybody", ["VirtualLocation"], "https://meet.test/x"),
        ("online", "coming", ["VirtualLocation"], "http://localhost/en/meetings/online-coming"),
        ("hybrid", "everybody", ["Place", "VirtualLocation"], "https://meet.test/x"),
        ("hybrid", "coming", ["Place", "VirtualLocation"], "http://localhost/en/meetings/hybrid-coming"),
    ):
        with work() as session:
            slug = f"{mode}-{link_for}"
            make_meeting(session, slug=slug, mode=mode, link_for=link_for, online_url="https://meet.test/x")
        found = event(page, slug=slug)
        assert [one["@type"] for one in found["location"]] == kinds
        assert found["location"][-1]["url"] == url
