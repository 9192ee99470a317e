"""Guests of a congregation: each contact sees their own, who arranges the evening sees all, nobody else sees any."""

from typing import Any

from sqlalchemy.orm import Session

from portal.accounts.roles import Role
from portal.accounts.users import Member
from portal.core.web import Portal
from portal.partners.circle_rules import CircleRole
from portal.partners.circles import Membership
from portal.partners.reconciliation import planning
from portal.partners.reconciliation.rules import brings_guests, sees_names
from tests.conftest import Work
from tests.make import make_circle, make_member, sit_in
from tests.page import SAME_ORIGIN, Reader, reader_of
from tests.partners.sessions import accept_for, make_circle_session, part_of

PEOPLE = {
    "lead": (Role.COMMUNITY_LEAD, CircleRole.LEAD),
    "organizer": (Role.ORGANIZER, CircleRole.MEMBER),
    "zion": (Role.FAITH_PARTNER, CircleRole.MEMBER),
    "grace": (Role.FAITH_PARTNER, CircleRole.MEMBER),
    "facilitator": (Role.FACILITATOR, CircleRole.FACILITATOR),
    "observer": (Role.FAITH_PARTNER, CircleRole.OBSERVER),
}
ZION, GRACE = "Quince Cantor", "Perry Almond"


class City:
    """A session, at which two congregations have guests."""

    def __init__(self, session: Session) -> None:
        self.people: dict[str, Member] = {
            who: make_member(session, [role], name=f"Person {who}") for who, (role, _) in PEOPLE.items()
        }
        lead = self.people["lead"]
        self.circle = make_circle(session, lead, kind="reconciliation", with_police=True)
        for who, (_, seat) in PEOPLE.items():
            if who != "lead":
                sit_in(session, self.circle, self.people[who], seat)
        self.circle_session = make_circle_session(session, self.circle, lead, facilitator=self.people["facilitator"])
        accept_for(session, self.circle_session, *self.people.values())
        planning.keep_names(self.part("zion"), {"names": ZION}, 1, self.people["zion"])
        planning.keep_names(self.part("grace"), {"names": GRACE}, 1, self.people["grace"])
        self.address = f"circles/{self.circle.id}/sessions/{self.circle_session.id}"

    def part(self, who: str) -> Any:
        return part_of(self.circle, self.circle_session, self.people[who])


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


def test_each_contact_sees_their_own(app: Portal, city: City) -> None:
    seen: dict[str, set[str]] = {}
    for who, member in city.people.items():
        pages = [f"/en/{city.address}/{page}" for page in "/names/guests/notes/suggestions/plan/heads".split("/")]
        seen[who] = set().union(*(names_in(reader_of(app, member), page.rstrip("/")) for page in pages))
    some = {"lead": {ZION, GRACE}, "organizer": {ZION, GRACE}, "zion": {ZION}, "grace": {GRACE}}
    assert seen == {who: some.get(who, set()) for who in PEOPLE}


def test_a_contact_changes_and_erases_their_own(app: Portal, work: Work, city: City) -> None:
    page = reader_of(app, city.people["zion"])(f"/es/{city.address}/guests", quotes=(ZION,))
    assert ZION in page.text
    again = page.form_with("names").submit(names=f"{ZION}, wheelchair", quotes=(ZION, "wheelchair"))
    assert "wheelchair" in again.text
    organizer = reader_of(app, city.people["organizer"])
    listed = organizer(f"/es/{city.address}/names", quotes=(ZION, GRACE, "wheelchair", "Person zion", "Person grace"))
    assert listed.text.count(ZION) == 1
    assert {heading.text for heading in listed.find_all("h3")} >= {"Person zion", "Person grace"}
    again.form("/guests/forget").submit(sure="y")
    assert names_in(organizer, f"/es/{city.address}/names") == {GRACE}


def test_who_no_longer_leads_sees_only_their_own_guests(app: Portal, work: Work, city: City) -> None:
    with work() as session:
        elder = make_member(session, [Role.FAITH_PARTNER])
        seat = sit_in(session, city.circle, elder, CircleRole.LEAD)
        accept_for(session, city.circle_session, elder)
        planning.keep_names(city.part("zion"), {"names": ZION}, 1, city.people["zion"])
    reader = reader_of(app, elder)
    assert names_in(reader, f"/en/{city.address}/names") == {ZION}
    with work() as session:
        session.get_one(Membership, seat.id).role = CircleRole.MEMBER
    assert names_in(reader, f"/en/{city.address}/names") == names_in(reader, f"/en/{city.address}/guests") == set()


def test_nobody_under_18_is_named_by_anybody(app: Portal, city: City) -> None:
    text = "Quince y su niño, 12"
    for who, page in (("zion", "guests"), ("organizer", "names")):
        shown = reader_of(app, city.people[who])(f"/es/{city.address}/{page}", quotes=(ZION, GRACE, "Person"))
        refused = shown.form_with("names").submit(422, names=text, quotes=(text, ZION, GRACE, "Person"))
        assert "Aquí no se nombra a menores" in refused.text
    assert names_in(reader_of(app, city.people["zion"]), f"/es/{city.address}/guests") == {ZION}


def test_guests_named_before_anybody_arranges_are_saved_again(app: Portal, work: Work) -> None:
    with work() as session:
        lead, pastor, late = (
            make_member(session, [role]) for role in (Role.FACILITATOR, Role.FAITH_PARTNER, Role.ORGANIZER)
        )
        circle = make_circle(session, lead, pastor, kind="reconciliation")
        circle_session = make_circle_session(session, circle, lead)
        accept_for(session, circle_session, lead, pastor)
        planning.keep_names(part_of(circle, circle_session, pastor), {"names": ZION}, 3, pastor)
    address = f"/es/circles/{circle.id}/sessions/{circle_session.id}"
    nobody, again = "Todavía nadie organiza", "después de que usted guardó"
    zion, arranger = reader_of(app, pastor), reader_of(app, late)
    assert nobody in zion(f"{address}/guests", quotes=(ZION,)).text
    with work() as session:
        sit_in(session, circle, late, CircleRole.MEMBER)
        accept_for(session, circle_session, late)
    listed = arranger(f"{address}/names")
    assert "1 congregación anotó invitados antes" in listed.text and ZION not in listed.text
    page = zion(f"{address}/guests", quotes=(ZION,))
    assert nobody not in page.text and again in page.text
    assert again not in page.form_with("names").submit(quotes=(ZION,)).text
    assert ZION in arranger(f"{address}/names", quotes=(ZION, pastor.name)).text
