"""An error that somebody meets who is signed in leads them back into their rooms, and tells them of nothing hidden."""

from __future__ import annotations

import pytest
from flask.testing import FlaskClient
from sqlalchemy import event

from portal.core.db import db
from portal.core.web import Portal
from tests.conftest import Work
from tests.make import make_market, make_member, sign_in
from tests.page import SAME_ORIGIN, Reader

LANGUAGES = pytest.mark.parametrize("lang", ["en", "es"])
WORDS = {"en": ("Back to my work", "Back to where you were"), "es": ("Volver a mi trabajo", "Volver a donde estaba")}


@pytest.fixture
def organizer(app: Portal, work: Work) -> FlaskClient:
    with work() as session:
        member = make_member(session, ["organizer"])
    client = app.test_client()
    sign_in(client, member)
    return client


@LANGUAGES
@pytest.mark.parametrize(("path", "status"), [("audit/", 403), ("team/meetings/77", 404), ("desk/5", 403)])
def test_somebody_signed_in_is_led_back_to_their_rooms(
    organizer: FlaskClient, lang: str, path: str, status: int
) -> None:
    found = Reader(organizer)(f"/{lang}/{path}", status)
    assert found.has("body.room")
    assert not found.has("form.sign-out")
    assert WORDS[lang][0] in found.text
    assert found.find("main a.button").get("href") == f"/{lang}/team/today/"


def test_it_leads_to_the_page_before_if_that_can_be_opened(organizer: FlaskClient) -> None:
    headers = {"Referer": "http://localhost/en/team/news/"}
    found = Reader(organizer)("/en/team/news/77", 404, headers=headers)
    assert found.find("main a.button").get("href") == "/en/team/news/"
    assert WORDS["en"][1] in found.text


@LANGUAGES
def test_the_public_pages_stay_the_same_for_everybody(
    app: Portal, organizer: FlaskClient, work: Work, lang: str
) -> None:
    for path in (f"/{lang}/places/nowhere/", f"/{lang}/news/nothing", f"/{lang}/team/nowhere/"):
        ours, theirs = organizer.get(path), app.test_client().get(path)
        assert ours.status_code == 404
        assert ours.data == theirs.data
        assert "Cookie" not in theirs.headers.get("Vary", "")
    foreign = {"Sec-Fetch-Site": "cross-site"}
    refused = organizer.post(f"/{lang}/report/", headers=foreign)
    assert refused.status_code == 403
    assert 'class="room"' not in refused.text
    assert "Cookie" not in app.test_client().get(f"/{lang}/nowhere").headers.get("Vary", "")


@LANGUAGES
def test_a_hidden_place_and_none_are_the_same_to_somebody_inside(organizer: FlaskClient, work: Work, lang: str) -> None:
    with work() as session:
        hidden = make_market(session, "Canary Street", released=False).id
    answers = [
        organizer.get(f"/{lang}/team/places/{number}/", headers={"Referer": f"http://localhost/{lang}/team/places/"})
        for number in (hidden, hidden + 1)
    ]
    assert [one.status_code for one in answers] == [404, 404]
    assert answers[0].data == answers[1].data
    assert answers[0].headers == answers[1].headers


def test_a_form_that_is_too_long_or_out_of_date_keeps_the_frame_too(organizer: FlaskClient) -> None:
    assert 'class="room"' in organizer.post("/en/team/news/new", data={"title_en": "x"}, headers=SAME_ORIGIN).text
    long = organizer.post("/en/team/news/new", data={"title_en": "x" * 400_000}, headers=SAME_ORIGIN)
    assert long.status_code == 413
    assert 'class="room"' in long.text


@pytest.mark.parametrize("path", ["audit/", "team/meetings/77", "desk/5"])
def test_a_refusal_asks_only_who_it_is(organizer: FlaskClient, path: str) -> None:
    organizer.get(f"/en/{path}")
    asked: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_more: object) -> None:
        # The version of the page cache is asked twice a second, whatever else is.
        if statement.startswith("SELECT") and "core_cache_version" not in statement:
            asked.append(statement)

    event.listen(db.engine, "before_cursor_execute", note)
    organizer.get(f"/en/{path}")
    event.remove(db.engine, "before_cursor_execute", note)
    # The member with their sign-in, their roles, and the thing that was asked for.
    assert len(asked) <= 3, asked
