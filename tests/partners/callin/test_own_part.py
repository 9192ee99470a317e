"""A speaker's own part: by account and by private link, what is taken back, who learns of it, and the walls."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
import time_machine
from flask.testing import FlaskClient
from sqlalchemy import select

from portal.accounts.roles import Role
from portal.core.audit import AuditEvent
from portal.core.clock import now, today
from portal.core.web import Portal
from portal.partners.callin import call_in as actions
from portal.partners.callin.call_in import CallInCard, CallInItem, CallInLink, CallInPlan, CallInTaken, lines
from portal.partners.callin.evening_rules import Consent, EveningState
from portal.partners.circle_rules import CircleRole
from portal.partners.circles import Circle, my_seat
from tests.conftest import Work
from tests.make import make_circle, make_member, sign_in, sit_in
from tests.page import SAME_ORIGIN, Reader
from tests.partners.callin.evenings import add_voice, let_speak, opened, plan
from tests.partners.callin.test_views_callin import send, url

NAMES = ("Vera Voice", "Sara Spare", "Ruth Lead", "Ezra Elder", "Hall", "Cora Coordinator", "desk 4")


@pytest.fixture
def city(work: Work):
    """A call-in tomorrow: Vera speaks first and has no account, Ezra second with his; police sit in the circle."""
    with work() as session:
        lead = make_member(session, [Role.FAITH_PARTNER], name="Ruth Lead")
        elder = make_member(session, [], name="Ezra Elder")
        other = make_member(session, [], name="Olga Other")
        police = make_member(session, [Role.POLICE_LIAISON], name="Pat Police")
        circle = make_circle(session, lead, elder, other, with_police=True)
        sit_in(session, circle, police, CircleRole.MEMBER)
        call_in = plan(circle, lead, today() + timedelta(days=1))
        vera = add_voice(circle, lead, call_in, *Consent)
        ezra = add_voice(
            circle, lead, call_in, Consent.SPEAK, Consent.PHOTO, name="Ezra", point="worth", member=str(elder.id)
        )
        let_speak(circle, lead, call_in, vera, ezra)
        found = {"lead": lead, "elder": elder, "other": other, "police": police}
        return {**found, "circle": circle.id, "call_in": call_in.id, "voice": vera.id, "ezra": ezra.id}


def link(page: Reader, city, lang: str = "en") -> str:
    """Make a link for Vera as the lead does, and return its path."""
    sign_in(page.client, city["lead"])
    card = url(city, f"voices/{city['voice']}/")
    made = page.read(send(page.client, f"{card}link", of=card), quotes=NAMES)
    page.client.delete_cookie("session")
    found = re.search(rf"/{lang}/my-part/[\w-]+/", made.response.text)
    assert found
    return found[0]


def stranger(app: Portal) -> Reader:
    return Reader(app.test_client())


@pytest.mark.parametrize("lang", ["en", "es"])
def test_a_link_shows_her_own_part_and_nothing_else(app: Portal, page: Reader, city, lang: str) -> None:
    path = link(page, city, lang)
    shown = stranger(app)(path, quotes=NAMES)
    assert {"en": "The harm it does", "es": "El daño que hace"}[lang] in shown.text
    assert "6:38" in shown.text
    assert not [name for name in NAMES if name != "Hall" and name in shown.response.text]
    assert {"en": "worth something", "es": "vale"}[lang] not in shown.text
    headers = shown.response.headers
    assert headers["Cache-Control"] == "no-store"
    assert headers["Referrer-Policy"] == "same-origin"
    assert headers["X-Robots-Tag"] == "noindex"
    assert "Set-Cookie" not in headers
    assert "og:url" not in shown.response.text
    asked = stranger(app)(f"{path}photo")
    assert asked.response.text.count("my-part") > 0


def test_the_link_is_kept_as_a_hash_and_its_copy_sealed(page: Reader, city, work: Work) -> None:
    token = link(page, city).split("/")[-2]
    assert len(token) >= 43
    with work() as session:
        row = session.scalars(select(CallInLink)).one()
        assert token not in row.token_hash
        assert b"Hall" not in row.box
        assert [one.action for one in session.scalars(select(AuditEvent))].count("circle.call_in_link") == 1


@pytest.mark.both_databases
def test_what_is_taken_back_counts_at_once_everywhere_and_the_lead_learns_of_it(
    app: Portal, page: Reader, city, work: Work
) -> None:
    path, client = link(page, city), app.test_client()
    assert client.post(f"{path}name", headers=SAME_ORIGIN).status_code == 200
    done = Reader(client).read(client.post(f"{path}speak", headers=SAME_ORIGIN))
    assert "You took it back: I speak that evening" in done.text
    assert "What I say" not in stranger(app)(path).text
    with work() as session:
        circle, call_in = session.get_one(Circle, city["circle"]), session.get_one(CallInPlan, city["call_in"])
        evening = opened(circle, city["lead"], call_in)
        assert not evening.cards[city["voice"]].says_yes
        assert evening.cards[city["voice"]].said_name == ""
        assert evening.cards[city["voice"]].taken == {Consent.NAME, Consent.SPEAK}
        assert not evening.lines[1].is_spoken
        assert not session.scalars(select(AuditEvent).where(AuditEvent.action.contains("consent"))).all()
    sign_in(page.client, city["lead"])
    today_page = page("/en/team/today/", quotes=NAMES)
    assert "A voice took a yes back" in today_page.text
    card = page(url(city, f"voices/{city['voice']}/"), quotes=NAMES)
    assert "They took something back themselves" in card.text
    send(page.client, url(city, f"voices/{city['voice']}/seen"), of=url(city, f"voices/{city['voice']}/"))
    assert "took a yes back" not in page("/en/team/today/", quotes=NAMES).text
    with work() as session:
        assert not session.scalars(select(CallInTaken)).all()
        circle, call_in = session.get_one(Circle, city["circle"]), session.get_one(CallInPlan, city["call_in"])
        assert not opened(circle, city["lead"], call_in).cards[city["voice"]].says_yes


def test_whoever_only_sits_in_the_circle_does_not_hear_of_it(app: Portal, page: Reader, city) -> None:
    app.test_client().post(f"{link(page, city)}photo", headers=SAME_ORIGIN)
    for who in ("other", "police", "elder"):
        sign_in(page.client, city[who])
        assert "took a yes back" not in page("/en/team/today/", quotes=NAMES).text


def test_the_copy_follows_what_the_lead_changes(app: Portal, page: Reader, city, work: Work) -> None:
    path, client = link(page, city), page.client
    sign_in(client, city["lead"])
    card = url(city, f"voices/{city['voice']}/")
    form = page(f"{card}edit", quotes=NAMES).form(f"voices/{city['voice']}/edit")
    form.send(point="stop")
    with work() as session:
        call_in = session.get_one(CallInPlan, city["call_in"])
        first = lines(CallInItem, call_in)[0].id
    item = url(city, f"run/{first}/")
    seen = re.search(r'name="version"[^>]*value="(\w+)"', client.get(item).text)[1]
    change = {"part": "welcome", "room": "1", "minutes": "20", "about": "", "voice": "", "version": seen}
    assert send(client, item, of=item, **change).status_code == 302
    send(client, f"{card}consent/photo/no", of=card)
    shown = stranger(app)(path, quotes=NAMES)
    assert "It has to stop" in shown.text
    assert "6:50" in shown.text
    assert "Taken back on" in shown.text


def test_a_lead_who_says_yes_again_for_her_ends_what_she_took_back(app: Portal, page: Reader, city) -> None:
    path = link(page, city)
    app.test_client().post(f"{path}photo", headers=SAME_ORIGIN)
    sign_in(page.client, city["lead"])
    card = url(city, f"voices/{city['voice']}/")
    send(page.client, f"{card}consent/photo/yes", of=card)
    assert "They took something back" not in page(card, quotes=NAMES).text
    assert "Take back: You may take my picture" in stranger(app)(path, quotes=NAMES).response.text


@pytest.mark.both_databases
def test_a_link_opens_nothing_after_its_evening_nor_when_it_was_taken_back(app: Portal, page: Reader, city) -> None:
    first = link(page, city)
    second = link(page, city)
    unknown = stranger(app)(first, 404).response.data
    assert "Ask whoever gave it to you" in unknown.decode()
    assert unknown == stranger(app)(f"/en/my-part/{'x' * 43}/", 404).response.data
    assert stranger(app)(second, quotes=NAMES).title.startswith("My part")
    with time_machine.travel(now() + timedelta(days=2)):
        assert stranger(app)(second, quotes=NAMES)
    with time_machine.travel(now() + timedelta(days=3)):
        assert stranger(app)(second, 404).response.data == unknown
        assert app.test_client().post(f"{second}photo", headers=SAME_ORIGIN).status_code == 404
    sign_in(page.client, city["lead"])
    card = url(city, f"voices/{city['voice']}/")
    send(page.client, f"{card}link/end", of=card)
    assert stranger(app)(second, 404).response.data == unknown


def test_trying_links_is_limited(app: Portal, page: Reader, city) -> None:
    path, client = link(page, city), app.test_client()
    answers = [client.get(f"/en/my-part/{number:043}/").status_code for number in range(60)]
    assert set(answers) == {404, 429}
    assert client.get(path).status_code == 429


def test_another_site_takes_nothing_back(app: Portal, page: Reader, city) -> None:
    path = link(page, city)
    foreign = {"Sec-Fetch-Site": "cross-site"}
    assert app.test_client().post(f"{path}photo", headers=foreign).status_code == 403
    assert app.test_client().get(f"{path}nothing").status_code == 404


@pytest.mark.parametrize("lang", ["en", "es"])
def test_with_an_account_she_sees_her_own_part_and_takes_it_back(page: Reader, city, work: Work, lang: str) -> None:
    sign_in(page.client, city["elder"])
    assert url(city, "mine/", lang) in page(url(city, "", lang), quotes=NAMES).response.text
    shown = page(url(city, "mine/", lang), quotes=NAMES)
    assert "6:41" in shown.text
    assert "Vera" not in shown.response.text
    asked = page(url(city, "mine/photo", lang), quotes=NAMES)
    assert asked.form("").send().status_code == 200
    with work() as session:
        circle, call_in = session.get_one(Circle, city["circle"]), session.get_one(CallInPlan, city["call_in"])
        voice = opened(circle, city["lead"], call_in).cards[city["ezra"]]
        assert voice.taken == {Consent.PHOTO}
        assert voice.says_yes
        mine = session.scalars(select(AuditEvent).where(AuditEvent.actor_id == city["elder"].id)).all()
        assert not [one for one in mine if one.action.startswith("circle.")]


@pytest.mark.parametrize("who", ["other", "police", "lead"])
def test_nobody_else_has_that_page(page: Reader, city, who: str) -> None:
    sign_in(page.client, city[who])
    for rest in ("mine/", "mine/photo"):
        page(url(city, rest), 404, quotes=NAMES)
    answer = send(page.client, url(city, "mine/photo"), of="/en/account/")
    assert answer.status_code == 404


@pytest.mark.parametrize("who", ["other", "police", "elder"])
def test_only_whoever_keeps_the_list_makes_a_link(client: FlaskClient, city, who: str) -> None:
    sign_in(client, city[who])
    for step in ("link", "link/end", "seen"):
        assert send(client, url(city, f"voices/{city['voice']}/{step}"), of="/en/account/").status_code == 403


def test_an_account_belongs_to_one_voice(page: Reader, city) -> None:
    sign_in(page.client, city["lead"])
    form = page(url(city, f"voices/{city['voice']}/edit"), quotes=NAMES).form("/edit")
    refused = form.send(member=str(city["elder"].id))
    assert refused.status_code == 422
    assert "belongs to somebody else who speaks" in refused.text
    assert str(city["police"].id) not in refused.text


def test_what_was_called_off_makes_no_link(page: Reader, city, work: Work) -> None:
    path = link(page, city)
    with work() as session:
        circle, call_in = session.get_one(Circle, city["circle"]), session.get_one(CallInPlan, city["call_in"])
        actions.move_on(my_seat(circle.id, city["lead"]), call_in, EveningState.OFF)
    assert "It was called off" in stranger(page.client.application)(path, quotes=NAMES).text
    sign_in(page.client, city["lead"])
    card = url(city, f"voices/{city['voice']}/")
    assert send(page.client, f"{card}link", of=card).status_code == 409


def test_whoever_is_forgotten_loses_the_link_too(app: Portal, page: Reader, city, work: Work) -> None:
    path = link(page, city)
    with work() as session:
        session.delete(session.get_one(CallInCard, city["voice"]))
    stranger(app)(path, 404)
    with work() as session:
        assert not session.scalars(select(CallInLink)).all()
