"""The pages of circles: coming in, writing, changing, handing over, leaving."""

from typing import Any

from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.accounts.roles import Role
from portal.organisations.organisations import Organisation
from portal.partners.circle_rules import CircleRole
from portal.partners.circles import Membership
from portal.partners.notes import Note
from tests.conftest import Work
from tests.make import make_circle, make_member, sign_in, sit_in
from tests.page import SAME_ORIGIN, Reader, send, token_of

WRITTEN = ("Who speaks first", "The mother of Elm, then Pastor Ruth.")


class City(dict[str, Any]):
    """A circle of three: its lead, an elder who writes, an observer; and somebody who is in nothing."""

    def __init__(self, session: Session) -> None:
        lead = make_member(session, [Role.COMMUNITY_LEAD], name="Ruth Lead")
        elder = make_member(session, [], name="Ezra Elder", language="es")
        observer = make_member(session, [Role.ORGANIZER], name="Olga Observer")
        stranger = make_member(session, [Role.FACILITATOR], name="Sam Stranger")
        circle = make_circle(session, lead, elder)
        sit_in(session, circle, observer, CircleRole.OBSERVER)
        super().__init__(lead=lead, elder=elder, observer=observer, stranger=stranger, circle=circle.id)


def url(city, rest="", lang="en"):
    return f"/{lang}/circles/{city['circle']}/{rest}"


def write(client: FlaskClient, city, title="Who speaks first", body="The mother of Elm, then Pastor Ruth.") -> str:
    answer = send(client, url(city, "notebook/new"), title=title, body=body, days="90")
    assert answer.status_code == 302, answer.text
    return answer.location


def test_every_page_of_a_circle_is_a_proper_page(page: Reader, city, work: Work) -> None:
    sign_in(page.client, city["lead"])
    topic = write(page.client, city).replace("/en/", "/es/")
    for rest in (
        *("", "promise", "leave", "notebook/", "notebook/new", "handover/", "lead/people", "lead/edit"),
        *("lead/promise", "lead/close", "phrase/new", "phrase"),
    ):
        page(url(city, rest, "es"), quotes=WRITTEN)
    for address in (topic, f"{topic}edit/{topic.rstrip('/').rpartition('/')[2]}", "/es/circles/", "/es/circles/new/"):
        page(address, quotes=WRITTEN)


def test_only_the_author_changes_and_only_who_tidies_deletes(page: Reader, city, work: Work) -> None:
    sign_in(page.client, city["elder"])
    topic = write(page.client, city)
    number = topic.rstrip("/").rpartition("/")[2]
    sign_in(page.client, city["lead"])
    assert page.client.get(f"{topic}edit/{number}").status_code == 403
    assert send(page.client, f"{topic}delete/{number}").location == topic
    assert send(page.client, f"{topic}delete/{number}", sure="y").status_code == 302
    page(topic, 404)
    with work() as session:
        assert session.scalars(select(Note)).all() == []


def test_a_new_promise_comes_before_anything_else(page: Reader, city) -> None:
    sign_in(page.client, city["lead"])
    send(page.client, url(city, "lead/promise"), words_en="New words.", words_es="Otras.", version="1")
    page(url(city))
    sign_in(page.client, city["elder"])
    for rest in ("", "notebook/", "notebook/new"):
        assert page.client.get(url(city, rest)).location == url(city, "promise")
    shown = page(url(city, "promise"))
    assert "New words." in shown.text
    statement = shown.find("input[name=statement]").get("value")
    for given, status in (({"statement": statement}, 422), ({"statement": "5", "agree": "y"}, 409)):
        assert send(page.client, url(city, "promise"), **given).status_code == status
    assert send(page.client, url(city, "promise"), statement=statement, agree="y").location == url(city)
    page(url(city))


def test_whoever_writes_where_police_sit_is_told(page: Reader, work: Work) -> None:
    with work() as session:
        lead, officer = make_member(session, [Role.FACILITATOR]), make_member(session, [Role.POLICE_LIAISON])
        ours = {"circle": make_circle(session, lead, officer, with_police=True).id}
    sign_in(page.client, lead)
    assert "Police sit in this circle" in page(url(ours, "notebook/new")).text
    assert "Police sit in this circle" not in page(url(ours, "notebook/")).text


def test_who_is_in_no_circle_sees_none(page: Reader, city, work: Work) -> None:
    with work() as session:
        administrator, loner = make_member(session, [Role.ADMINISTRATOR]), make_member(session, [])
    sign_in(page.client, administrator)
    page("/en/circles/", 404)
    sign_in(page.client, loner)
    assert "You are in no circle." in page("/en/circles/").text
    for member, linked in ((loner, False), (city["stranger"], True), (city["elder"], True)):
        sign_in(page.client, member)
        assert (">Circles</a>" in page("/en/account/").response.text) is linked


def test_organisations_and_offices(page: Reader, city, work: Work) -> None:
    sign_in(page.client, city["lead"])
    assert page("/en/organizations/new")
    gaps = send(page.client, "/en/organizations/new", kind="agency", name_en="Public Works", name_es="")
    assert gaps.status_code == 422 and "Public Works" in gaps.text
    made = send(page.client, "/en/organizations/new", kind="agency", name_en="Public Works", name_es="Obras Públicas")
    here = made.location
    page(here)
    new = f"{here}offices/new"
    assert send(page.client, new, name_en="Lights", name_es="Luces", contact="lights@city.test").location == here
    assert "lights@city.test" in page(here).text
    with work() as session:
        office = session.scalars(select(Organisation)).one().offices[0]
    page(f"{here}offices/{office.id}")
    send(page.client, f"{here}offices/{office.id}", name_en="Lamps", name_es="Luces", closed="y")
    assert "Lamps" in page(here).text and "Closed" in page(here).text
    assert send(page.client, f"{here}people", people=str(city["elder"].id)).location == here
    assert "Ezra Elder" in page(here).text
    assert "Public Works" in page(url(city)).text
    stale = send(page.client, here, kind="group", name_en="X", name_es="Y", version="99")
    assert stale.status_code == 409 and "Public Works" in stale.text
    sign_in(page.client, city["elder"])
    page("/en/organizations/", 403)


def test_invitations_on_the_page(page: Reader, city, work: Work) -> None:
    sign_in(page.client, city["lead"])
    here = url(city, "lead/people")
    whom = {"name": "Nora", "language": "es", "role": "interpreter"}
    link = send(page.client, here, email="nora@portal.test", **whom)
    assert "/invitation/" in link.text and link.headers["Cache-Control"] == "no-store"
    assert send(page.client, here, email="no address", **whom).status_code == 422
    twice = send(page.client, here, email=city["elder"].email, **whom)
    assert twice.status_code == 422 and "in the circle or invited already" in twice.text
    with work() as session:
        known = make_member(session, [], name="Ken Known")
        row = session.scalars(select(Membership).where(Membership.joined_on.is_(None))).one().id
    assert send(page.client, here, email=known.email, **whom).location == here
    assert "Ken Known" in page(here).text and "Nora" in page(here).text
    assert send(page.client, url(city, f"lead/invitations/{row}/withdraw")).location == here
    assert "Nora" not in page(here).text
    sign_in(page.client, known)
    assert "Elm circle" in page("/en/circles/").text
    assert send(page.client, url(city, "decline")).location == "/en/circles/"
    page(url(city, "invitation"), 404)


def test_a_lead_cannot_try_addresses_without_end(page: Reader, city) -> None:
    sign_in(page.client, city["lead"])
    here = url(city, "lead/people")
    whom = {"email": city["elder"].email, "name": "E", "language": "es", "role": "member"}
    data = {"csrf_token": token_of(page.client), **whom}
    tries = [page.client.post(here, data=data, headers=SAME_ORIGIN).status_code for _each in range(41)]
    assert tries == [422] * 40 + [429]
