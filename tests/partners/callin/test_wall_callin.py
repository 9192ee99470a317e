"""The wall of call-ins: every object, for everybody, over every address, with ids that are right and made up."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from portal.accounts.roles import Role
from portal.accounts.users import Member
from portal.core.db import Base, db
from portal.core.web import AudienceBlueprint, Portal
from portal.partners import members
from portal.partners.callin import call_in as actions
from portal.partners.callin.call_in import CallInCard, CallInItem, CallInOffer, lines
from portal.partners.callin.evening_rules import Consent, EveningState
from portal.partners.callin.rules import EveningSheet
from portal.partners.circle_rules import CircleRole
from portal.partners.circles import Circle, my_seat
from portal.partners.feature import FEATURE
from tests.conftest import Once, Work
from tests.make import let_in, make_circle, make_market, make_member, sign_in, sit_in
from tests.page import SAME_ORIGIN
from tests.partners.callin.evenings import add_voice, let_speak, plan

LINKED = "own_part"
"""What a private link opens; see test_own_part.py."""
ROOMS = [
    one for one in FEATURE.blueprints if one.import_name.startswith("portal.partners.callin.") and one.name != LINKED
]
SEES, COUNTS, NEVER = "sees", "counts", "never"
# What is looked for on the pages.
NEEDLES = {
    "that there is one": "Zephyr hall",
    "the running order": "Welcome and ground rules",
    "how many voices": "Community voice 5",
    "who speaks": "Wanda Witness",
    "their safety": "Zephyr safety",
    "what they say": "Zephyr notes",
    "which points": "You are worth something to us: 1",
    "the coordinator": "Zoe Zephyr",
    "what is offered": "Zephyr work",
    "what is owed": "Thank those who spoke",
    "the door": "zephyr group",
    "the place": "Zephyr Street",
}
OBJECTS = tuple(NEEDLES)
ALL, NOBODY = (SEES,) * 11, (NEVER,) * 12
INSIDE = (SEES, SEES, SEES, NEVER, NEVER, NEVER, SEES, SEES, SEES, SEES, NEVER, NEVER)
WALL = {
    #                       there  order  count  speaks safety notes  points coord. offers owed   door   place
    "faith partner, leads": (*ALL, NEVER),
    "organizer, leads":     (*ALL, NEVER),
    "community lead, leads, admitted": (*ALL, SEES),
    "facilitator, leads":   INSIDE,
    "services, leads":      INSIDE,
    "no role, leads":       INSIDE,
    "facilitator":          INSIDE,
    "community lead, member": INSIDE,
    "services, member":     INSIDE,
    "member":               INSIDE,
    "member, admitted":     (*INSIDE[:-1], SEES),
    "interpreter":          INSIDE,
    "observer":             INSIDE,
    "police inside":        (SEES, SEES, SEES, *(NEVER,) * 9),
    "joined, not let in":   (*(NEVER,) * 9, SEES, NEVER, NEVER),
    "invited":              NOBODY,
    "left":                 NOBODY,
    **{f"outside: {role}": NOBODY for role in Role},
    "outside: no role":     NOBODY,
}  # fmt: skip
ROLES = {
    "faith partner, leads": [Role.FAITH_PARTNER],
    "organizer, leads": [Role.ORGANIZER],
    "community lead, leads, admitted": [Role.COMMUNITY_LEAD],
    "facilitator, leads": [Role.FACILITATOR],
    "services, leads": [Role.SERVICES],
    "facilitator": [Role.FACILITATOR],
    "community lead, member": [Role.COMMUNITY_LEAD],
    "services, member": [Role.SERVICES],
    "member, admitted": [Role.ORGANIZER],
    "police inside": [Role.POLICE_LIAISON],
    **{f"outside: {role}": [role] for role in Role},
}
PLACES = {"facilitator": "facilitator", "interpreter": "interpreter", "observer": "observer"}
OUTSIDE = [who for who in WALL if who.startswith("outside")] + ["invited", "left"]


class City:
    """A circle in which police sit, which held a call-in, with everybody of the table in or around it."""

    def __init__(self, session) -> None:
        self.people: dict[str, Member] = {
            who: make_member(session, ROLES.get(who, []), name=f"Person {number}") for number, who in enumerate(WALL)
        }
        keeper = self.people["community lead, leads, admitted"]
        circle = make_circle(session, keeper, with_police=True)
        for who in WALL:
            if who not in OUTSIDE and self.people[who] is not keeper:
                role = CircleRole.LEAD if "leads" in who else CircleRole(PLACES.get(who, "member"))
                sit_in(session, circle, self.people[who], role, with_key=who != "joined, not let in")
        self._prepare(session, circle, keeper)
        sit_in(session, circle, self.people["left"], CircleRole.MEMBER)
        members.leave(my_seat(circle.id, self.people["left"]))
        members.invite(my_seat(circle.id, keeper), self.people["invited"].email, "", "en", CircleRole.MEMBER)

    def _prepare(self, session, circle: Circle, keeper: Member) -> None:
        seat, market = my_seat(circle.id, keeper), make_market(session, "Zephyr Street", released=False)
        let_in(session, market, keeper, self.people["member, admitted"])
        words = {"where": "Zephyr hall", "coordinator": "Zoe Zephyr", "apart": "zephyr group and another"}
        call_in = plan(circle, keeper, **words)
        voice = {"name": "Wanda Witness", "point": "worth", "safety": "Zephyr safety", "notes": "Zephyr notes"}
        card = add_voice(circle, keeper, call_in, *Consent, **voice)
        let_speak(circle, keeper, call_in, card)
        offer = actions.add_line(
            seat, call_in, CallInOffer(), {"what": "Zephyr work", "office": "", "made": "1", "delivered": "0"}
        )
        actions.move_on(seat, call_in, EveningState.READY)
        actions.move_on(seat, call_in, EveningState.ENDED)
        call_in.market_id = market.id
        session.flush()
        self.holes: dict[str, object] = {
            "circle_id": circle.id,
            "call_in_id": call_in.id,
            "card_id": card.id,
            "offer_id": offer.id,
        }
        self.holes |= {"item_id": lines(CallInItem, call_in)[0].id, "state": "off", "consent": "speak"}
        self.holes |= {"given": "no", "step": "first", "done": "done"}


@pytest.fixture
def city(once: Once) -> City:
    return once(City)


def addresses(app: Portal, holes: dict[str, object]) -> Iterator[tuple[str, str, str]]:
    """Every way to ask for something of call-ins: (method, the rule, the address)."""
    names = {room.name for room in ROOMS}
    for rule in app.url_map.iter_rules():
        if rule.endpoint.partition(".")[0] in names:
            pattern = re.sub(r"<(?:int:)?(\w+)>", r"{\1}", rule.rule.replace("<lang:lang>", "en"))
            for sheet in EveningSheet if "{task}" in pattern else (EveningSheet.LAW,):
                for method in sorted((rule.methods or set()) & {"GET", "POST"}):
                    yield method, pattern, pattern.format(**holes, task=sheet.value)


def token_of(client: FlaskClient) -> str:
    found = re.search(r'name="csrf_token" value="([^"]+)"', client.get("/en/account/").text)
    assert found
    return found[1]


@pytest.mark.parametrize("who", WALL)
def test_the_wall_stands(app: Portal, client: FlaskClient, city: City, who: str) -> None:
    sign_in(client, city.people[who])
    circle = f"/en/circles/{city.holes['circle_id']}/"
    around = (circle, f"{circle}handover/", "/en/circles/", "/en/account/", "/en/audit/", "/en/")
    pages = [address for method, _rule, address in addresses(app, city.holes) if method == "GET"]
    shown = "\n".join(client.get(page, headers=SAME_ORIGIN).text for page in (*pages, *around))
    found = {what: SEES if needle in shown else NEVER for what, needle in NEEDLES.items()}
    assert found == dict(zip(OBJECTS, WALL[who], strict=True))


@pytest.mark.parametrize("who", OUTSIDE)
def test_a_call_in_of_others_is_one_that_never_was(app: Portal, client: FlaskClient, city: City, who: str) -> None:
    sign_in(client, city.people[who])
    token = token_of(client)

    def answers(holes: dict[str, object]) -> dict[tuple[str, str, int], tuple]:
        found = {}
        for number, (method, rule, address) in enumerate(addresses(app, holes)):
            data = {"csrf_token": token, "sure": "y"} if method == "POST" else None
            got = client.open(address, method=method, data=data, headers=SAME_ORIGIN)
            headers = {name: value for name, value in got.headers if name not in ("Date", "Set-Cookie")}
            # The token of the page's forms says in which second it was made.
            body = re.sub(rb'name="csrf_token" value="[^"]+"', b"", got.data)
            headers.pop("Content-Length", None)
            found[method, rule, number] = (got.status_code, headers, body)
        return found

    true = answers(city.holes)
    assert {status for status, _headers, _body in true.values()} == {404}
    assert true == answers({**city.holes, "circle_id": 77})
    assert len(true) > 30


def test_what_belongs_to_one_circle_is_not_reached_through_another(
    app: Portal, client: FlaskClient, city: City, work: Work
) -> None:
    lead = city.people["outside: community_lead"]
    with work() as session:
        other = make_circle(session, lead, name="Other circle")
        mine = plan(other, lead)
        crossed = {**city.holes, "circle_id": other.id}
        within = {**crossed, "call_in_id": mine.id}
    sign_in(client, lead)
    token = token_of(client)
    for holes, needs in ((crossed, "call_in_id"), (within, "card_id|offer_id|item_id")):
        tried = [one for one in addresses(app, holes) if re.search(needs, one[1])]
        assert tried
        for method, _rule, address in tried:
            data = {"csrf_token": token, "sure": "y"} if method == "POST" else None
            assert client.open(address, method=method, data=data, headers=SAME_ORIGIN).status_code == 404, address


@pytest.mark.parametrize("who", [who for who in WALL if who not in OUTSIDE and WALL[who][3] == NEVER])
def test_whoever_does_not_keep_the_roster_changes_nothing_of_it(
    app: Portal, client: FlaskClient, city: City, work: Work, who: str
) -> None:
    sign_in(client, city.people[who])
    token = token_of(client)
    for method, rule, address in addresses(app, city.holes):
        if method == "POST" and re.search("/voices/|/door", rule):
            assert client.post(address, data={"csrf_token": token}, headers=SAME_ORIGIN).status_code == 403, address
    with work() as session:
        assert session.get(CallInCard, city.holes["card_id"])


def test_police_change_nothing(app: Portal, client: FlaskClient, city: City) -> None:
    sign_in(client, city.people["police inside"])
    token = token_of(client)
    for method, rule, address in addresses(app, city.holes):
        if method == "POST":
            data = {"csrf_token": token, "sure": "y"}
            # Nobody but a speaker has a part of their own.
            status = 404 if "/mine/" in rule else 403
            assert client.post(address, data=data, headers=SAME_ORIGIN).status_code == status, address


def test_no_room_of_call_ins_is_open_to_the_public() -> None:
    assert all(isinstance(room, AudienceBlueprint) and room.audience.roles is not None for room in ROOMS)


def test_the_database_and_its_file_hold_no_word(app: Portal, city: City, work: Work, settings) -> None:
    secret = [needle for what, needle in NEEDLES.items() if what not in ("the place", "what is owed", "which points")]
    with work() as session:
        texts = [
            str(value)
            for table in Base.metadata.sorted_tables
            if table.name.startswith("partners_call_in")
            for row in session.execute(select(table))
            for value in row
        ]
    assert texts
    assert not [needle for needle in secret if any(needle in text for text in texts)]
    db.engine.dispose()
    files = [path.read_bytes() for path in settings.data_dir.parent.rglob("portal.db*")]
    assert files
    assert not [needle for needle in secret if any(needle.encode() in file for file in files)]
    assert any(b"Zephyr Street" in file for file in files)


def test_names_of_columns_do_not_tell() -> None:
    columns = {
        column.name for table in Base.metadata.sorted_tables if "call_in_" in table.name for column in table.columns
    }
    assert not [name for name in columns if re.search("name|consent|speak|safe|block|phone|famil|invit", name)]
