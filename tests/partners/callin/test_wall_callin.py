"""The wall of call-ins: every object, for everybody, over every address, with ids that are right and made up."""

from __future__ import annotations

import re

import pytest
from sqlalchemy import select

from portal.accounts.roles import Role
from portal.accounts.users import Member
from portal.core.db import Base, db
from portal.core.web import Portal
from portal.partners import members
from portal.partners.callin import call_in as actions
from portal.partners.callin.call_in import CallInCard, CallInItem, CallInOffer, lines
from portal.partners.callin.evening_rules import Consent, EveningState
from portal.partners.callin.rules import EveningSheet
from portal.partners.circle_rules import CircleRole
from portal.partners.circles import Circle, my_seat
from portal.partners.feature import FEATURE
from tests.conftest import Work
from tests.make import let_in, make_circle, make_market, sit_in
from tests.partners import walls
from tests.partners.callin.evenings import add_voice, let_speak, plan
from tests.partners.walls import NEVER, SEES, answers, enter, people_of, read_all, rules, told_apart

LINKED = "own_part"
"""What a private link opens; see test_own_part.py."""
ROOMS = [
    one for one in FEATURE.blueprints if one.import_name.startswith("portal.partners.callin.") and one.name != LINKED
]
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
    **{f"outside: {role}": NOBODY for role in walls.OUTSIDE},
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
    **{f"outside: {role}": [role] for role in walls.OUTSIDE},
}
PLACES = {"facilitator": "facilitator", "interpreter": "interpreter", "observer": "observer"}
OUTSIDE = [who for who in WALL if who.startswith("outside")] + ["invited", "left"]


class City:
    """A circle in which police sit, which held a call-in, with everybody of the table in or around it."""

    def __init__(self, session) -> None:
        self.people = people_of(session, WALL, ROLES)
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


def addresses(app: Portal) -> list[tuple[str, str]]:
    """Every way to ask for something of call-ins, and for each of its sheets: (method, address with holes)."""
    return [
        (method, address.replace("{task}", sheet.value))
        for method, address in rules(app, ROOMS)
        for sheet in (EveningSheet if "{task}" in address else (EveningSheet.LAW,))
    ]


def test_the_wall_stands(app: Portal, city: City) -> None:
    circle = f"/en/circles/{city.holes['circle_id']}/"
    around = (circle, f"{circle}handover/", "/en/circles/", "/en/account/", "/en/audit/", "/en/")
    pages = [address.format(**city.holes) for method, address in addresses(app) if method == "GET"]
    texts = {who: read_all(enter(app, city.people[who]), (*pages, *around)) for who in WALL}
    needles = NEEDLES.values()
    assert {who: tuple(SEES if one in text else NEVER for one in needles) for who, text in texts.items()} == WALL


def test_a_call_in_of_others_never_was(app: Portal, city: City) -> None:
    everything = addresses(app)
    assert len(everything) > 30
    people = [city.people[who] for who in ("invited", "left", "outside: administrator", "outside: community_lead")]
    assert told_apart(app, people, everything, city.holes, {**city.holes, "circle_id": 77}) == []


def test_nothing_of_one_circle_is_reached_through_another(app: Portal, city: City, work: Work) -> None:
    lead = city.people["outside: community_lead"]
    with work() as session:
        other = make_circle(session, lead, name="Other circle")
        mine = plan(other, lead)
        crossed = {**city.holes, "circle_id": other.id}
        within = {**crossed, "call_in_id": mine.id}
    client = enter(app, lead)
    for holes, needs in ((crossed, "call_in_id"), (within, "card_id|offer_id|item_id")):
        found = answers(client, [one for one in addresses(app) if re.search(needs, one[1])], holes)
        assert {status for status, _headers, _body in found.values()} == {404}, needs


def test_whoever_keeps_no_roster_changes_nothing_of_it(app: Portal, city: City, work: Work) -> None:
    inside = [who for who in WALL if who not in OUTSIDE and WALL[who][3] == NEVER]
    tried = [one for one in addresses(app) if one[0] == "POST" and re.search("/voices/|/door", one[1])]
    for who in inside:
        found = answers(enter(app, city.people[who]), tried, city.holes)
        assert {status for status, _headers, _body in found.values()} == {403}, who
    with work() as session:
        assert session.get(CallInCard, city.holes["card_id"])


def test_police_change_nothing(app: Portal, city: City) -> None:
    tried = [one for one in addresses(app) if one[0] == "POST"]
    found = answers(enter(app, city.people["police inside"]), tried, city.holes)
    # Nobody but a speaker has a part of their own.
    assert not [key for key, one in found.items() if one[0] != (404 if "/mine/" in key[1] else 403)]


@pytest.mark.usefixtures("city")
def test_the_database_and_its_file_hold_no_word(work: Work, settings) -> None:
    secret = [needle for what, needle in NEEDLES.items() if what not in ("the place", "what is owed", "which points")]
    with work() as session:
        tables = [table for table in Base.metadata.sorted_tables if table.name.startswith("partners_call_in")]
        texts = "\n".join(str(row) for table in tables for row in session.execute(select(table)))
    assert texts and not [needle for needle in secret if needle in texts]
    db.engine.dispose()
    files = [path.read_bytes() for path in settings.data_dir.parent.rglob("portal.db*")]
    assert not [needle for needle in secret if any(needle.encode() in file for file in files)]
    assert any(b"Zephyr Street" in file for file in files)
