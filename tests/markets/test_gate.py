"""A hidden place, and whatever is tied to it, is nowhere: not a byte tells it from a place that never was."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, timedelta

import pytest
import time_machine
from flask.testing import FlaskClient
from shapely import box
from sqlalchemy import select

from portal.core.clock import now
from portal.core.page_cache import CacheVersion, renew_cache_version
from portal.markets.map.importing import set_boundary
from portal.markets.places import Market, public_names
from portal.meetings import planning
from portal.meetings.meeting import Meeting, MeetingChange
from portal.meetings.readiness import AttendeeRole
from portal.meetings.report_back import count_heads
from portal.news import posts
from portal.news.posts import Post
from tests.conftest import Work
from tests.make import (
    both,
    make_call_in,
    make_decision,
    make_market,
    make_meeting,
    make_member,
    make_post,
    make_report_back,
)

LISTS = (
    *("", "places/", "meetings/", "meetings/past/", "meetings.ics", "report/", "who-can-see/", "guides/"),
    *("news/", "news.atom", "news/tags/light/"),
)
# The canary sings in a week and sang three days ago.
MONTHS = tuple(f"meetings/month/{date.today() + timedelta(days=days):%Y-%m}/" for days in (-3, 7))
ITS_OWN = (
    *("places/canary-street/", "meetings/canary-evening", "meetings/canary-evening.ics", "news/canary-light"),
    *("news/tags/canary/", "news/tags/canary/older-than/canary-light/"),
)
ALSO_LISTS = (
    *("tonight/", "search/?q=canary", "search/?q=canar", "search/?q=street", "search/?q=calle", "search/?q=canario"),
    *("guides/", "how-it-works/", "other-cities/", "poster-a4.pdf", "poster-letter.svg", "nowhere/"),
)
ALSO_ITS_OWN = (
    *("meetings/canary-evening/flyer-a4.pdf", "meetings/canary-evening/flyer.png"),
    "places/canary-street/call-in/",
    *("places/canary-street/poster-a4.pdf", "places/canary-street/poster-letter.svg"),
)
IN_NO_LANGUAGE = ("/sitemap.xml", "/robots.txt")
NAME = both("Canary Street", "Calle Canario")
# It changes with every look, whatever is in the database.
CHANGING = ('name="token"',)


def hide_a_canary(work: Work) -> None:
    """A place that is hidden, with a meeting to come, one that was, and news."""
    with work() as session:
        market = Market(
            slug="canary-street",
            name=NAME,
            about=both("Canary", "Canario"),
            own_name=both("The canary", "El canario"),
            services=both("Canary help", "Ayuda del canario"),
            why_here=both("Canary reasons", "Razones del canario"),
            decisions=[make_decision()],
        )
        session.add(market)
        session.flush()
        # It has ended, but only one of two people has agreed.
        make_call_in(session, market, keys=1).message = NAME
        title, tied = both("Canary evening", "Tarde del canario"), {"market_id": market.id}
        make_meeting(session, title=title, **tied)
        over = make_meeting(session, title=both("Canary past", "Canario"), starts_at=now() - timedelta(days=3), **tied)
        make_report_back(session, over)
        session.add(MeetingChange(meeting_id=over.id, kind="moved", changed_at=now(), notice_hours=5))
        make_meeting(session, title=both("Canary off", "Canario"), state="cancelled", change_reason=title, **tied)
        make_post(session, title=both("Canary light", "Luz del canario"), tag="canary", **tied)
        earlier = now() - timedelta(days=1)
        make_post(session, title=both("Canary dusk", "Canario"), tag="canary", published_at=earlier, **tied)
        make_post(session, title=both("Canary lamp", "Foco del canario"), tag="light", **tied)
        renew_cache_version()


def answer(client: FlaskClient, url: str) -> tuple[int, Mapping[str, str], bytes]:
    """Status, headers and body, without the token of a form, which is random."""
    found = client.get(url)
    lines = [line for line in found.data.splitlines() if not any(sign.encode() in line for sign in CHANGING)]
    return found.status_code, dict(found.headers), b"\n".join(lines)


def test_not_a_byte_changes_with_a_new_hidden_place(client: FlaskClient, work: Work) -> None:
    with work() as session:
        market = make_market(session, "Open Street")
        make_meeting(session, market_id=market.id)
        make_post(session, market_id=market.id, tag="light")
    urls = [*(f"/es/{path}" for path in (*LISTS, *MONTHS, *ALSO_LISTS, *ITS_OWN, *ALSO_ITS_OWN)), *IN_NO_LANGUAGE]
    before = {url: answer(client, url) for url in urls}
    hide_a_canary(work)
    for released_at in (None, now() + timedelta(hours=1)):
        with work() as session:
            session.query(Market).filter_by(slug="canary-street").one().released_at = released_at
            renew_cache_version()
        after = {url: answer(client, url) for url in urls}
        assert [url for url in urls if before[url] != after[url]] == [], released_at
        assert {after[f"/es/{path}"][0] for path in (*ITS_OWN, *ALSO_ITS_OWN)} == {404}
        quoted = {url for url in urls if "?q=" in url}
        assert not any(b"anar" in body for url, (code, _, body) in after.items() if code == 200 and url not in quoted)


@pytest.mark.both_databases
def test_from_the_hour_of_its_release_all_is_there(client: FlaskClient, work: Work) -> None:
    hide_a_canary(work)
    assert client.get("/es/places/canary-street/").status_code == 404
    with work() as session:
        session.query(Market).one().released_at = now()
        renew_cache_version()
    client.application.page_cache._looked_at = 0.0
    assert {client.get(f"/es/{path}").status_code for path in (*ITS_OWN, *ALSO_ITS_OWN)} == {200}
    place = client.get("/es/places/canary-street/").text
    assert all(text["es"] in place for text in (NAME, both("Canary evening", "Tarde del canario")))
    found = client.get("/es/search/?q=canario").text
    assert all(text["es"] in found for text in (NAME, both("reasons", "Razones")))
    assert "/places/canary-street/call-in/" in client.get("/sitemap.xml?later").text


def test_forms_name_no_place_before_its_hour(work: Work) -> None:
    with work() as session:
        make_market(session).released_at = now() + timedelta(hours=1)
        session.flush()
        assert public_names() == []
    with time_machine.travel(now() + timedelta(hours=2)), work():
        assert [one.slug for one in public_names()] == ["elm-street"]


def test_feeds_date_nothing_before_the_release(client: FlaskClient, work: Work) -> None:
    hide_a_canary(work)
    with work() as session:
        release = (now() + timedelta(days=2)).replace(microsecond=0)
        session.query(Market).one().released_at = release
    with pytest.MonkeyPatch.context() as patch:
        for module in ("portal.markets.places", "portal.meetings.meeting", "portal.news.posts"):
            patch.setattr(f"{module}.now", lambda: release + timedelta(hours=1))
        atom, calendar = client.get("/en/news.atom?later").text, client.get("/en/meetings.ics?later").text
    day = release.astimezone(client.application.settings.zone).date()
    assert f"<updated>{day}T00:00:00-" in atom
    assert f"<published>{day}T00:00:00-" in atom
    stamps = {line for line in calendar.splitlines() if line.startswith(("DTSTAMP", "LAST-MODIFIED"))}
    assert stamps == {f"DTSTAMP:{release:%Y%m%dT%H%M%S}Z", f"LAST-MODIFIED:{release:%Y%m%dT%H%M%S}Z"}


def edition(work: Work) -> int:
    with work() as session:
        return session.scalars(select(CacheVersion.number)).one()


@pytest.mark.parametrize("hidden", [True, False], ids=["hidden", "public"])
def test_only_what_everybody_sees_empties_the_kept_pages(work: Work, hidden: bool) -> None:
    """All pages made anew in one minute would tell that something is being prepared somewhere."""
    with work() as session:
        editor = make_member(session, ["organizer"])
        market = make_market(session, "Canary Street", released=not hidden)
        meeting = make_meeting(session, editor, published=False, market_id=market.id)
        post = make_post(session, editor, published=False, market_id=market.id)
        over = make_meeting(session, editor, starts_at=now() - timedelta(days=2), market_id=market.id)
        ids = editor.id, market.id, meeting.id, post.id, over.id
    editor_id, market_id, meeting_id, post_id, over_id = ids

    def change(session, plan):
        row = session.get_one(Meeting, meeting_id)
        planning.change_meeting(row, plan(row.plan), both("Rain", "Lluvia"), editor_id)

    acts = (
        lambda session: planning.publish_meeting(session.get_one(Meeting, meeting_id), editor_id),
        lambda session: change(session, lambda plan: replace(plan, title=both("Canary", "Canario"))),
        lambda session: planning.cancel_meeting(
            session.get_one(Meeting, meeting_id), both("Rain", "Lluvia"), editor_id
        ),
        lambda session: posts.publish_post(session.get_one(Post, post_id), editor_id),
        lambda session: posts.take_back_post(session.get_one(Post, post_id), editor_id),
        lambda session: count_heads(session.get_one(Meeting, over_id), {AttendeeRole.RESIDENTS: 12}, editor_id),
        lambda session: set_boundary(session.get_one(Market, market_id), box(-80.01, 36.0, -80.0, 36.01)),
    )
    for number, act in enumerate(acts):
        before = edition(work)
        with work() as session:
            act(session)
        assert (edition(work) == before) is hidden, number
