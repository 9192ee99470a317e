"""Guests of a congregation: each contact sees their own, who arranges the evening sees all, nobody else sees any."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from portal.accounts.roles import Role
from portal.accounts.users import DeskKeyCopy, Member
from portal.core.clock import today
from portal.core.web import Portal
from portal.partners.circle_rules import CircleRole
from portal.partners.circles import Membership
from portal.partners.reconciliation import planning
from portal.partners.reconciliation.rules import brings_guests, sees_names
from portal.partners.reconciliation.sessions import ReconciliationSession, SealedEnvelope
from tests.conftest import Work
from tests.make import make_circle, make_member, sign_in, sit_in
from tests.page import SAME_ORIGIN, Form, Reader
from tests.partners.sessions import accept_for, make_circle_session, part_of

LANGUAGES = pytest.mark.parametrize("lang", ["en", "es"])
BOTH = pytest.mark.both_databases
PEOPLE = {
    "lead": (Role.COMMUNITY_LEAD, CircleRole.LEAD),
    "organizer": (Role.ORGANIZER, CircleRole.MEMBER),
    "zion": (Role.FAITH_PARTNER, CircleRole.MEMBER),
    "grace": (Role.FAITH_PARTNER, CircleRole.MEMBER),
    "facilitator": (Role.FACILITATOR, CircleRole.FACILITATOR),
    "member": (None, CircleRole.MEMBER),
    "observer": (Role.FAITH_PARTNER, CircleRole.OBSERVER),
    "services": (Role.SERVICES, CircleRole.MEMBER),
    "police": (Role.POLICE_LIAISON, CircleRole.MEMBER),
}
ZION, GRACE = "Quince Cantor", "Perry Almond"


class City:
    """A session, at which two congregations have guests."""

    def __init__(self, session: Session) -> None:
        self.people: dict[str, Member] = {
            who: make_member(session, [role] if role else [], name=f"Person {who}") for who, (role, _) in PEOPLE.items()
        }
        lead = self.people["lead"]
        self.circle = make_circle(session, lead, kind="reconciliation", with_police=True)
        for who, (_, seat) in PEOPLE.items():
            if who != "lead":
                sit_in(session, self.circle, self.people[who], seat)
        self.circle_session = make_circle_session(session, self.circle, lead, facilitator=self.people["facilitator"])
        accept_for(session, self.circle_session, *self.people.values())
        planning.keep_guests(self.part("zion"), {"names": ZION}, 1)
        planning.keep_guests(self.part("grace"), {"names": GRACE}, 1)
        self.address = f"circles/{self.circle.id}/sessions/{self.circle_session.id}"

    def part(self, who: str) -> Any:
        return part_of(self.circle, self.circle_session, self.people[who])


@pytest.fixture
def city(work: Work) -> City:
    with work() as session:
        return City(session)


def enter(app: Portal, member: Member) -> Reader:
    client = app.test_client()
    sign_in(client, member)
    return Reader(client)


def names_in(reader: Reader, address: str) -> set[str]:
    text = reader.client.get(address, headers=SAME_ORIGIN).text
    return {name for name in (ZION, GRACE) if name in text}


def test_who_brings_guests_sees_no_other_names() -> None:
    for seat in CircleRole:
        for role in Role:
            if brings_guests(seat, [role]):
                assert role is Role.FAITH_PARTNER
                assert not sees_names(seat, [role])
    assert brings_guests(CircleRole.MEMBER, [Role.FAITH_PARTNER])
    assert not brings_guests(CircleRole.OBSERVER, [Role.FAITH_PARTNER])
    assert not brings_guests(CircleRole.LEAD, [Role.FAITH_PARTNER])
    # A pastor who belongs to an agency sits on the other side.
    assert not brings_guests(CircleRole.MEMBER, [Role.FAITH_PARTNER], ["police"])
    assert not brings_guests(CircleRole.MEMBER, [Role.FAITH_PARTNER, Role.SERVICES])


@BOTH
@pytest.mark.parametrize("who", PEOPLE)
def test_each_contact_sees_their_own_and_who_arranges_sees_all(app: Portal, city: City, who: str) -> None:
    reader = enter(app, city.people[who])
    pages = ("", "/names", "/guests", "/notes", "/suggestions", "/plan", "/heads")
    seen = {name for page in pages for name in names_in(reader, f"/en/{city.address}{page}")}
    everything = {ZION, GRACE}
    assert seen == {"lead": everything, "organizer": everything, "zion": {ZION}, "grace": {GRACE}}.get(who, set())


@pytest.mark.parametrize("who", [who for who in PEOPLE if who not in ("zion", "grace")])
@pytest.mark.parametrize("page", ["guests", "guests/forget"])
def test_for_everybody_else_there_is_no_such_page(app: Portal, city: City, who: str, page: str) -> None:
    client = enter(app, city.people[who]).client
    true, never = (
        bare(client, f"/en/circles/{city.circle.id}/sessions/{one}/{page}") for one in (city.circle_session.id, 77)
    )
    assert true == never
    assert true[0] == 404


def bare(client: FlaskClient, address: str) -> tuple[int, bytes]:
    token = re.search(r'name="csrf_token" value="([^"]+)"', client.get("/en/account/").text)
    data = {"csrf_token": token[1] if token else ""}
    method = "POST" if address.endswith("forget") else "GET"
    answer = client.open(address, method=method, data=data if method == "POST" else None, headers=SAME_ORIGIN)
    return answer.status_code, re.sub(rb'name="csrf_token" value="[^"]+"', b"", answer.data)


@LANGUAGES
def test_a_contact_changes_and_erases_their_own_and_nobody_elses(
    app: Portal, work: Work, city: City, lang: str
) -> None:
    zion = enter(app, city.people["zion"])
    page = zion(f"/{lang}/{city.address}/guests", quotes=(ZION,))
    assert ZION in page.text
    form = Form(page, page.find("form.measure"))
    again = form.submit(names=f"{ZION}, wheelchair", quotes=(ZION, "wheelchair"))
    assert "wheelchair" in again.text
    organizer = enter(app, city.people["organizer"])
    listed = organizer(
        f"/{lang}/{city.address}/names", quotes=(ZION, GRACE, "wheelchair", "Person zion", "Person grace")
    )
    assert listed.text.count(ZION) == 1
    assert [heading.text for heading in listed.find_all("h3")][-2:] in (
        ["Person zion", "Person grace"],
        ["Person grace", "Person zion"],
    )
    again.form("/guests/forget").submit(sure="y")
    assert names_in(organizer, f"/{lang}/{city.address}/names") == {GRACE}


@BOTH
def test_the_list_of_who_arranges_leaves_the_guests_alone(work: Work, city: City) -> None:
    with work() as session:
        planning.keep_names(city.part("organizer"), {"names": "Hall key: Sam"}, 3)
        planning.keep_names(city.part("lead"), {"names": "Hall key: Kim"}, 3)
        assert session.scalar(select(SealedEnvelope.id).where(SealedEnvelope.guests_of_id.is_(None))) is not None
        assert len(session.scalars(select(SealedEnvelope.id)).all()) == 3
        planning.forget_names(city.part("lead"))
        assert session.scalars(select(SealedEnvelope.id)).all() == []


def test_who_no_longer_leads_sees_only_their_own_guests(app: Portal, work: Work, city: City) -> None:
    with work() as session:
        elder = make_member(session, [Role.FAITH_PARTNER])
        seat = sit_in(session, city.circle, elder, CircleRole.LEAD)
        accept_for(session, city.circle_session, elder)
        planning.keep_guests(city.part("zion"), {"names": ZION}, 1)
    reader = enter(app, elder)
    assert names_in(reader, f"/en/{city.address}/names") == {ZION}
    with work() as session:
        session.get_one(Membership, seat.id).role = CircleRole.MEMBER.value
    assert names_in(reader, f"/en/{city.address}/names") == set()
    assert names_in(reader, f"/en/{city.address}/guests") == set()


@LANGUAGES
@pytest.mark.parametrize("text", ["Perry, 12", "Quince y su niño", "Quince and her child"])
def test_nobody_under_18_is_named_by_anybody(app: Portal, city: City, lang: str, text: str) -> None:
    for who, page in (("zion", "guests"), ("organizer", "names")):
        reader = enter(app, city.people[who])
        shown = reader(f"/{lang}/{city.address}/{page}", quotes=(ZION, GRACE, "Person"))
        refused = Form(shown, shown.find("form.measure")).submit(422, names=text, quotes=(text, ZION, GRACE, "Person"))
        assert ("Children are not named here" if lang == "en" else "Aquí no se nombra a menores") in refused.text
    assert names_in(enter(app, city.people["zion"]), f"/{lang}/{city.address}/guests") == {ZION}


@pytest.mark.parametrize(("who", "page"), [("zion", "guests"), ("organizer", "names")])
def test_how_long_they_stay_is_kept(app: Portal, city: City, who: str, page: str) -> None:
    reader = enter(app, city.people[who])
    quotes = (ZION, GRACE)
    shown = reader(f"/en/{city.address}/{page}", quotes=quotes)
    shown = Form(shown, shown.find("form.measure")).submit(names=ZION, days="7", quotes=quotes)
    assert Form(shown, shown.find("form.measure")).values["days"] == "7"
    again = Form(shown, shown.find("form.measure")).submit(names=f"{ZION} and one more", quotes=quotes)
    assert Form(again, again.find("form.measure")).values["days"] == "7"


@LANGUAGES
def test_nobody_is_named_for_a_session_that_is_over(app: Portal, work: Work, city: City, lang: str) -> None:
    zion = enter(app, city.people["zion"])
    address = f"/{lang}/{city.address}/guests"
    page = zion(address, quotes=(ZION,))
    held(work, city, days_ago=0)
    page = Form(page, page.find("form.measure")).submit(names=ZION, quotes=(ZION,))
    held(work, city, days_ago=1)
    over = "This session is over" if lang == "en" else "Esta sesión ya pasó"
    assert over in Form(page, page.find("form.measure")).submit(409, names=GRACE).text
    page = zion(address, quotes=(ZION,))
    assert over in page.text
    assert ZION in page.text
    assert not page.has("textarea")
    page.form("/guests/forget").submit(sure="y")
    assert names_in(zion, address) == set()


def held(work: Work, city: City, days_ago: int) -> None:
    with work() as session:
        circle_session = session.get_one(ReconciliationSession, city.circle_session.id)
        day = today() - timedelta(days=days_ago)
        circle_session.community_on = circle_session.agencies_on = day - timedelta(days=3)
        circle_session.held_on, circle_session.report_on = day, day + timedelta(days=9)


@LANGUAGES
def test_guests_named_before_anybody_arranges_are_saved_again(app: Portal, work: Work, lang: str) -> None:
    with work() as session:
        lead, pastor, late = (
            make_member(session, [role]) for role in (Role.FACILITATOR, Role.FAITH_PARTNER, Role.ORGANIZER)
        )
        circle = make_circle(session, lead, pastor, kind="reconciliation")
        circle_session = make_circle_session(session, circle, lead)
        accept_for(session, circle_session, lead, pastor)
    address = f"/{lang}/circles/{circle.id}/sessions/{circle_session.id}"
    zion, nobody = enter(app, pastor), "Nobody arranges" if lang == "en" else "Todavía nadie organiza"
    page = zion(f"{address}/guests")
    assert nobody in page.text
    page = Form(page, page.find("form.measure")).submit(names=ZION, days="3", quotes=(ZION,))
    assert nobody in page.text
    with work() as session:
        sit_in(session, circle, late, CircleRole.MEMBER)
        accept_for(session, circle_session, late)
    arranger = enter(app, late)
    before = "1 congregation named guests before you came" if lang == "en" else "1 congregación nombró invitados antes"
    page = arranger(f"{address}/names")
    assert before in page.text
    assert ZION not in page.text
    page = zion(f"{address}/guests", quotes=(ZION,))
    assert nobody not in page.text
    again = "after you saved this" if lang == "en" else "después de que usted guardó"
    assert again in page.text
    page = Form(page, page.find("form.measure")).submit(quotes=(ZION,))
    assert again not in page.text
    page = arranger(f"{address}/names", quotes=(ZION, pastor.name))
    assert before not in page.text
    assert ZION in page.text


@LANGUAGES
@pytest.mark.parametrize(("who", "pages"), [("lead", {"names"}), ("organizer", {"names"}), ("zion", {"guests"})])
@pytest.mark.parametrize("is_let_in", [True, False])
def test_the_session_leads_to_the_names(
    app: Portal, work: Work, city: City, lang: str, who: str, pages: set[str], is_let_in: bool
) -> None:
    if not is_let_in:
        with work() as session:
            session.execute(delete(DeskKeyCopy).where(DeskKeyCopy.member_id == city.people[who].id))
    page = enter(app, city.people[who])(f"/{lang}/{city.address}")
    links = {link.get("href", "").rpartition("/")[2] for link in page.find_all("main a")}
    assert links & {"names", "guests", "notes", "suggestions"} == pages


def test_nothing_stands_in_clear(work: Work, city: City) -> None:
    with work() as session:
        rows = session.execute(select(SealedEnvelope.__table__)).all()
    assert not [row for row in rows if ZION in str(row) or GRACE in str(row)]
