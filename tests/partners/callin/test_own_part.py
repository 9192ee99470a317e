"""A speaker's own part: by account and by private link, what is taken back, who learns of it, and the walls."""

import re
from datetime import timedelta
from typing import Any

import time_machine
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.accounts.roles import Role
from portal.core.audit import AuditEvent
from portal.core.clock import now, today
from portal.core.web import Portal
from portal.partners.callin.call_ins import CallInCard, CallInLink, CallInPlan, CallInTaken
from portal.partners.callin.evening import OpenedCallIn
from portal.partners.callin.evening_rules import Consent
from portal.partners.circle_rules import CircleRole
from portal.partners.circles import Circle
from tests.conftest import Work
from tests.make import make_circle, make_member, sign_in, sit_in
from tests.page import SAME_ORIGIN, Reader, send
from tests.partners.callin.evenings import add_voice, let_speak, opened, plan
from tests.partners.callin.test_views_callin import url

NAMES = ("Vera Voice", "Sara Spare", "Ruth Lead", "Ezra Elder", "Hall", "Cora Coordinator", "desk 4")


class City(dict[str, Any]):
    """A call-in tomorrow: Vera speaks first and has no account, Ezra second with his; police sit in the circle."""

    def __init__(self, session: Session) -> None:
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
        super().__init__(lead=lead, elder=elder, other=other, police=police)
        self.update(circle=circle.id, call_in=call_in.id, voice=vera.id, ezra=ezra.id)


def link(page: Reader, city, lang: str = "en") -> str:
    """Make a link for Vera as the lead does, and return its path."""
    sign_in(page.client, city["lead"])
    card = url(city, f"voices/{city['voice']}/")
    made = page.read(send(page.client, f"{card}link"), quotes=NAMES)
    page.client.delete_cookie("session")
    found = re.search(rf"/{lang}/my-part/[\w-]+/", made.response.text)
    assert found
    return found[0]


def stranger(app: Portal) -> Reader:
    return Reader(app.test_client())


def evening(session: Session, city) -> OpenedCallIn:
    """The call-in as the lead opens it."""
    circle, call_in = session.get_one(Circle, city["circle"]), session.get_one(CallInPlan, city["call_in"])
    return opened(circle, city["lead"], call_in)


def test_a_link_shows_her_own_part_and_nothing_else(app: Portal, page: Reader, city) -> None:
    path = link(page, city, "es")
    shown = stranger(app)(path, quotes=NAMES)
    assert "El daño que hace" in shown.text and "6:38" in shown.text
    assert not [name for name in NAMES if name != "Hall" and name in shown.response.text]
    assert "vale" not in shown.text
    headers = shown.response.headers
    assert headers["Cache-Control"] == "no-store"
    assert headers["Referrer-Policy"] == "same-origin"
    assert headers["X-Robots-Tag"] == "noindex"
    assert "Set-Cookie" not in headers
    assert "og:url" not in shown.response.text
    # Whoever opens the address of a form as a page, as scanners of links do, takes nothing back.
    assert "6:38" in stranger(app)(f"{path}photo", quotes=NAMES).text


def test_the_link_is_kept_as_a_hash(page: Reader, city, work: Work) -> None:
    path = link(page, city)
    token = path.split("/")[-2]
    assert len(token) >= 43
    with work() as session:
        row = session.scalars(select(CallInLink)).one()
        assert token not in row.token_hash and b"Hall" not in row.box
        assert [one.action for one in session.scalars(select(AuditEvent))].count("circle.call_in_link") == 1
    # Trying links is limited.
    answers = [page.client.get(f"/en/my-part/{number:043}/").status_code for number in range(60)]
    assert set(answers) == {404, 429}
    assert page.client.get(path).status_code == 429


def test_what_is_taken_back_counts_at_once_everywhere(app: Portal, page: Reader, city, work: Work) -> None:
    path, client = link(page, city), app.test_client()
    assert client.post(f"{path}name", headers=SAME_ORIGIN).status_code == 200
    done = Reader(client).read(client.post(f"{path}speak", headers=SAME_ORIGIN))
    assert "You took it back: I speak that evening" in done.text
    assert "What I say" not in stranger(app)(path).text
    with work() as session:
        now_open = evening(session, city)
        voice = now_open.cards[city["voice"]]
        assert (voice.says_yes, voice.said_name) == (False, "")
        assert voice.taken == {Consent.NAME, Consent.SPEAK}
        assert not now_open.lines[1].is_spoken
        assert not session.scalars(select(AuditEvent).where(AuditEvent.action.contains("consent"))).all()
    sign_in(page.client, city["lead"])
    assert "1 voice took a yes back" in page("/en/team/today/", quotes=NAMES).text
    card = page(url(city, f"voices/{city['voice']}/"), quotes=NAMES)
    assert "They took something back themselves" in card.text
    send(page.client, url(city, f"voices/{city['voice']}/seen"))
    assert "took a yes back" not in page("/en/team/today/", quotes=NAMES).text
    with work() as session:
        assert not session.scalars(select(CallInTaken)).all()
        assert not evening(session, city).cards[city["voice"]].says_yes


def test_who_only_sits_in_the_circle_opens_nothing(app: Portal, page: Reader, city) -> None:
    app.test_client().post(f"{link(page, city)}photo", headers=SAME_ORIGIN)
    for who in ("other", "police", "elder", "lead"):
        sign_in(page.client, city[who])
        if who != "lead":
            assert "took a yes back" not in page("/en/team/today/", quotes=NAMES).text
        if who != "elder":
            page(url(city, "mine/"), 404, quotes=NAMES)
            assert send(page.client, url(city, "mine/photo")).status_code == 404


def test_a_link_opens_nothing_after_its_evening(app: Portal, page: Reader, city, work: Work) -> None:
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
    send(page.client, url(city, f"voices/{city['voice']}/link/end"))
    assert stranger(app)(second, 404).response.data == unknown
    # Whoever is forgotten loses the link too.
    third = link(page, city)
    with work() as session:
        session.delete(session.get_one(CallInCard, city["voice"]))
    stranger(app)(third, 404)
    with work() as session:
        assert not session.scalars(select(CallInLink)).all()


def test_with_an_account_she_sees_her_own_part(page: Reader, city, work: Work) -> None:
    sign_in(page.client, city["elder"])
    assert url(city, "mine/", "es") in page(url(city, "", "es"), quotes=NAMES).response.text
    shown = page(url(city, "mine/", "es"), quotes=NAMES)
    assert "6:41" in shown.text
    assert "Vera" not in shown.response.text
    assert shown.form("mine/photo").send().status_code == 200
    with work() as session:
        voice = evening(session, city).cards[city["ezra"]]
        assert voice.taken == {Consent.PHOTO} and voice.says_yes
        mine = session.scalars(select(AuditEvent).where(AuditEvent.actor_id == city["elder"].id)).all()
        assert not [one for one in mine if one.action.startswith("circle.")]
