"""What the walls of circles have in common: every address of some rooms, and what somebody is answered there."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any

from flask import Blueprint
from flask.testing import FlaskClient
from sqlalchemy import LargeBinary, select
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from portal.accounts.roles import Role
from portal.accounts.users import Member
from portal.core.db import Base
from portal.core.web import Portal
from portal.partners.circle_rules import CircleRole
from portal.partners.circles import Circle
from tests.make import make_circle, make_member, sign_in, sit_in
from tests.page import SAME_ORIGIN

SEES, COUNTS, NEVER = "sees", "counts", "never"
INSIDE = "police inside"
OUTSIDE = (Role.ADMINISTRATOR, Role.POLICE_LIAISON, Role.FACILITATOR, Role.COMMUNITY_LEAD)
"""Who is tried at each room; tests/wall tries every role at all of them."""
TOKEN = re.compile(rb'(name="csrf_token"[^>]* value=")[^"]+')
Bare = tuple[int, dict[str, str], bytes]


def rules(app: Portal, rooms: Iterable[Blueprint]) -> Iterator[tuple[str, str]]:
    """Every way to ask for something in these rooms: (method, address with holes)."""
    names = {room.name for room in rooms}
    for rule in app.url_map.iter_rules():
        if rule.endpoint.partition(".")[0] in names:
            address = re.sub(r"<(?:\w+(?:\([^)]*\))?:)?(\w+)>", r"{\1}", rule.rule.replace("<lang:lang>", "en"))
            for method in sorted((rule.methods or set()) & {"GET", "POST"}):
                yield method, address


def enter(app: Portal, member: Member) -> FlaskClient:
    """The browser of somebody who is signed in."""
    client = app.test_client()
    sign_in(client, member)
    return client


def people_of(session: Session, wall: Iterable[str], roles: Mapping[str, Collection[str]]) -> dict[str, Member]:
    """One person for each row of a wall."""
    return {who: make_member(session, roles.get(who, ()), name=f"Person {number}") for number, who in enumerate(wall)}


def circle_of(session: Session, wall: Iterable[str], *others: Member, **given: Any) -> tuple[dict[str, Member], Circle]:
    """A circle in which police sit, with one person for each row of a wall, and others in it."""
    people = people_of(session, wall, {f"outside: {role}": [role] for role in Role} | {INSIDE: [Role.POLICE_LIAISON]})
    circle = make_circle(session, people["lead"], *others, with_police=True, **given)
    for who in ("facilitator", "member", "interpreter", "observer"):
        sit_in(session, circle, people[who], CircleRole(who))
    sit_in(session, circle, people[INSIDE], CircleRole.MEMBER)
    sit_in(session, circle, people["joined, not let in"], CircleRole.MEMBER, with_key=False)
    return people, circle


def token_of(client: FlaskClient) -> str:
    """What a form must bring along."""
    found = re.search(r'name="csrf_token"[^>]* value="([^"]+)"', client.get("/en/account/").text)
    assert found
    return found[1]


def send(client: FlaskClient, address: str, **values: str) -> TestResponse:
    """Send a form as somebody who is signed in."""
    return client.post(address, data={"csrf_token": token_of(client), **values}, headers=SAME_ORIGIN)


def read_all(client: FlaskClient, pages: Iterable[str]) -> str:
    """Whatever somebody is shown on these pages."""
    return "\n".join(client.get(page, headers=SAME_ORIGIN).text for page in pages)


def bare(answer: TestResponse) -> Bare:
    """Status, headers and body, without what is new with every second."""
    headers = {name: value for name, value in answer.headers if name not in ("Date", "Set-Cookie")}
    return answer.status_code, headers, TOKEN.sub(rb"\1", answer.data)


def answers(client: FlaskClient, addresses: Iterable[tuple[str, str]], holes: Mapping[str, Any]) -> dict[Any, Bare]:
    """What each address answers, by method and address; forms bring a token and say that one is sure."""
    data = {"csrf_token": token_of(client), "sure": "y", "agree": "y", "body": "x", "slot1": "yes", "who": "x"}
    return {
        (method, address): bare(
            client.open(
                address.format(**holes), method=method, data=data if method == "POST" else None, headers=SAME_ORIGIN
            )
        )
        for method, address in addresses
    }


def told_apart(
    app: Portal,
    people: Iterable[Member],
    addresses: Collection[tuple[str, str]],
    holes: Mapping[str, Any],
    never: Mapping[str, Any],
) -> list[tuple[str, Any]]:
    """Who is answered something else at the true address than a 404 and what never was is answered, and where."""
    found = []
    for member in people:
        client = enter(app, member)
        true, made_up = (answers(client, addresses, one) for one in (holes, never))
        found += [(member.name, key) for key, one in true.items() if one != made_up[key] or one[0] != 404]
    return found


def every_blob(session: Session) -> Iterator[bytes]:
    """All that is stored in bytes."""
    for table in Base.metadata.sorted_tables:
        for column in table.columns:
            if isinstance(column.type, LargeBinary):
                yield from (value for value in session.scalars(select(column)) if value)


def every_text(session: Session) -> Iterator[str]:
    """All that is stored in words."""
    for table in Base.metadata.sorted_tables:
        for row in session.execute(select(table)):
            yield from (value for value in row if isinstance(value, str))
