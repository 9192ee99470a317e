"""The address that is typed from a poster: the four figures of the texts lead to the page of the meeting."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask.testing import FlaskClient

from portal.core.clock import now
from portal.core.portal import Portal
from portal.meetings.rsvp import pages
from portal.meetings.rsvp.rsvp import MeetingSeats
from tests.conftest import Work
from tests.make import make_market, make_meeting
from tests.page import Reader

LANGUAGES = pytest.mark.parametrize("lang", ["en", "es"])


def make_coded(work: Work, code: str = "1601", **given: object) -> str:
    with work() as session:
        meeting = make_meeting(session, **given)
        session.flush()
        session.add(MeetingSeats(meeting_id=meeting.id, close_hours=0, text_code=code))
        return meeting.slug or ""


@LANGUAGES
@pytest.mark.parametrize("typed", ["1601", "1601/", "MEET1601", "16-01", "1601.", "16%2001", "1601)", "reunion-1601"])
def test_the_figures_lead_to_the_meeting(client: FlaskClient, work: Work, lang: str, typed: str) -> None:
    slug = make_coded(work)
    for way in ("r", "R"):
        answer = client.get(f"/{lang}/{way}/{typed}")
        assert (answer.status_code, answer.location) == (302, f"/{lang}/meetings/{slug}")
        # The figures pass to another meeting later.
        assert answer.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize(("wanted", "lang"), [("es-MX,es;q=0.9,en;q=0.5", "es"), ("en-US", "en"), ("vi", "en")])
def test_without_a_language_the_browser_decides(client: FlaskClient, work: Work, wanted: str, lang: str) -> None:
    slug = make_coded(work)
    answer = client.get("/r/1601", headers={"Accept-Language": wanted})
    assert answer.location == f"/{lang}/meetings/{slug}"
    assert "Accept-Language" in answer.headers["Vary"]


@LANGUAGES
def test_what_nobody_may_know_is_what_never_was(client: FlaskClient, work: Work, lang: str) -> None:
    with work() as session:
        hidden = make_market(session, "Birch Street", released=False).id
    make_coded(work, "1601", market_id=hidden)
    make_coded(work, "1709", state="draft", published_at=None)
    make_coded(work, "1820", starts_at=now() - timedelta(days=2))
    never = client.get(f"/{lang}/r/1999")
    for typed in ("1601", "1709", "1820", "160", "16011", "x", "%00", "١٦٠١", "1" * 400):
        answer = client.get(f"/{lang}/r/{typed}")
        assert (answer.status_code, answer.text) == (404, never.text)
        assert answer.headers.to_wsgi_list() == never.headers.to_wsgi_list()


def test_guesses_are_counted_and_right_addresses_are_not(
    client: FlaskClient, work: Work, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_coded(work)
    monkeypatch.setattr(pages, "WRONG_ADDRESSES", pages.WRONG_ADDRESSES._replace(near=3))
    assert {client.get("/r/1601").status_code for _each in range(6)} == {302}
    assert [client.get("/r/1999").status_code for _each in range(4)] == [404, 404, 404, 429]


@LANGUAGES
def test_the_page_shows_the_address_to_type(app: Portal, page: Reader, work: Work, lang: str) -> None:
    app.settings.public_url = "https://alderfalls.example"
    slug = make_coded(work)
    assert "alderfalls.example/r/1601" in page(f"/{lang}/meetings/{slug}").text
    past = make_coded(work, "1709", starts_at=now() - timedelta(days=2))
    assert "/r/" not in page(f"/{lang}/meetings/{past}").text
