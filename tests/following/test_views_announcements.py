"""What organizers see while they write, send and stop an announcement."""

from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select

from portal.accounts.users import Member
from portal.core.clock import today
from portal.core.web import Portal
from portal.following.announcements import FollowerAnnouncement
from portal.following.notices import tell_followers
from tests.conftest import Work
from tests.following.followers import SAFETY, make_follower, queued
from tests.make import let_in, make_market, make_member, sign_in
from tests.page import SAME_ORIGIN, Page, Reader, reader_of

ROOM = "/en/team/announcements/"
EN, ES = "The street is closed on Friday.", "La calle cierra el viernes."
QUOTES = (EN, ES)


@pytest.fixture(autouse=True)
def organizer(client: FlaskClient, work: Work) -> int:
    with work() as session:
        make_market(session, "Elm Street")
        member = make_member(session, ["organizer"])
    sign_in(client, member)
    return member.id


def write(page: Reader, en: str = EN, es: str = ES, audience: str = "safety", **given: object) -> Page:
    form = page(f"{ROOM}new").form("announcements")
    sent = form.send(audience=audience, words_en=en, words_es=es, **given)
    return page(sent.location, quotes=(en, es)) if sent.status_code == 302 else page.read(sent, sent.status_code)


def follow(work: Work, count: int) -> None:
    with work() as session:
        for _number in range(count):
            make_follower(session, SAFETY)


def step(page: Page, text: str) -> Page:
    form = next(form for form in page.tree.iter("form") if text in " ".join(form.itertext()))
    data = {one.get("name"): one.get("value") for one in form.iter("input") if one.get("name")}
    sent = page.reader.client.post(form.get("action"), data=data, headers=SAME_ORIGIN)
    assert sent.status_code == 302
    return page.reader(sent.location, quotes=QUOTES)


def test_a_small_number_stays_small(page: Reader, work: Work) -> None:
    none = write(page).text
    follow(work, 9)
    few = write(page).text
    assert "fewer than 10" in few
    assert few == none
    follow(work, 2)
    with work() as session:
        make_follower(session, SAFETY, language="es")
    shown = write(page)
    assert "Common Ground: The street is closed on Friday. STOP ends texts." in shown.text
    assert "Common Ground: La calle cierra el viernes. Para no recibir: ALTO." in shown.text
    assert "How many hear it 12" in shown.text and "at most $0.25" in shown.text
    assert "It goes out now." in step(shown, "Send it").text
    with work() as session:
        tell_followers()
        bodies = sorted(body for _address, body in queued(session))
        assert len(bodies) == 12 and bodies[0].endswith(f"{ES} Para no recibir: ALTO.")
        assert set(bodies[1:]) == {f"Common Ground: {EN} STOP ends texts."}


def test_two_people_beyond_fifty(app: Portal, page: Reader, work: Work) -> None:
    follow(work, 51)
    waiting = step(write(page), "Ask a second person")
    assert "Somebody else has to agree" in waiting.text
    assert "Agree and send it" not in waiting.text
    # A form kept open or made by hand changes nothing, nor is it edited while it waits.
    refused = page.client.post(f"{waiting.path}/approve", data=waiting.form("withdraw").values, headers=SAME_ORIGIN)
    assert refused.status_code == 409
    opened = page.client.get(f"{waiting.path}/edit")
    assert opened.location == waiting.path
    assert "That is not possible any more." in page(opened.location, quotes=QUOTES).text
    with work() as session:
        lead = make_member(session, ["community_lead"])
    agreed = step(reader_of(app, lead)(waiting.path, quotes=QUOTES), "Agree and send it")
    assert "Agreed. It goes out now." in agreed.text
    paused = step(agreed, "Pause")
    assert "Let it go on" in paused.text
    assert "Nothing more of it goes out." in step(paused, "Recall").text


def test_what_carriers_hold_back_and_what_is_too_long(page: Reader) -> None:
    shown = write(page, "FREE FOOD tonight!! bit.ly/abc", "á" * 200)
    for warning in ("A short link", "Words in capitals", "“Free” and “gratis”", "Several exclamation"):
        assert warning in shown.text
    assert "Too long" in shown.text
    assert "Long because of: á" in shown.text
    assert "Send it" not in shown.text


def test_what_is_wrong_is_said_and_kept(page: Reader, work: Work) -> None:
    with work():
        day = today()
    assert write(page, "", "").response.status_code == 422
    past = write(page, until=str(day - timedelta(days=1)))
    assert "That day is over for messages." in past.text
    assert past.form("announcements").values["words_es"] == ES
    assert write(page, until=str(day + timedelta(days=15))).response.status_code == 422
    nowhere = page(f"{ROOM}new").form("announcements").values
    nowhere["audience"] = "place-nowhere"
    assert page.client.post(f"{ROOM}new", data=nowhere, headers=SAME_ORIGIN).status_code == 422


def test_hidden_place_is_not_offered_nor_its_name_sent(page: Reader, work: Work, organizer: int) -> None:
    with work() as session:
        let_in(session, make_market(session, "Zanzibar Street", released=False), session.get_one(Member, organizer))
    assert "Zanzibar" not in page(f"{ROOM}new").text
    for typed in ("#ZanzibarStreet", "zanzibar-street", "Zan zibar street"):
        assert "name a place that is not public" in write(page, f"Meet at {typed}.", ES).text
    shown = write(page, "Meet at Zanzibar Street.", ES)
    assert "name a place that is not public" in shown.text
    assert "Send it" not in shown.text
    with work() as session:
        row_id = int(shown.path.rstrip("/").rpartition("/")[2])
    form = shown.follow("Change it", quotes=("Meet at Zanzibar Street.", ES)).form("delete").values
    page.client.post(f"{ROOM}{row_id}/submit", data=form, headers=SAME_ORIGIN)
    with work() as session:
        assert session.get_one(FollowerAnnouncement, row_id).is_draft


def test_a_draft_is_deleted_when_one_is_sure(page: Reader, work: Work) -> None:
    form = write(page).follow("Change it", quotes=QUOTES).form("delete")
    form.send()
    with work() as session:
        assert session.scalars(select(FollowerAnnouncement.id)).all()
    form.send(sure="y")
    with work() as session:
        assert session.scalars(select(FollowerAnnouncement.id)).all() == []


def test_names_in_an_announcement_are_asked_about_once(page: Reader, work: Work) -> None:
    named = ("Ask Rosa Gomez at 336-555-0187.", "Pregunte a Rosa Gómez al 336-555-0187.")
    asked = write(page, *named)
    assert asked.response.status_code == 422
    assert "336-555-0187" in " ".join(asked.find("#may_be_public-error").itertext())
    with work() as session:
        assert session.scalar(select(func.count(FollowerAnnouncement.id))) == 0
    assert "What now" in asked.form("announcements").submit(quotes=named, may_be_public="y").text
    with work() as session:
        row = session.scalars(select(FollowerAnnouncement)).one()
    page(f"{ROOM}{row.id}/edit", quotes=named).form("edit").submit(quotes=named)
