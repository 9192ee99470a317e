"""The wall: everything in the table is asked for, over every address, as everybody, and compared with it."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator
from datetime import date
from itertools import islice, product

import pytest
from flask.testing import FlaskClient
from werkzeug.routing import Rule

from portal.accounts.roles import Role
from portal.commitments.feature import FEATURE
from portal.core.web import AudienceBlueprint, Portal
from portal.partners.callin.rules import EveningSheet
from portal.partners.circle_rules import PARTNERS
from portal.partners.feature import FEATURE as PARTNERS_FEATURE
from tests.conftest import Once
from tests.house.test_access import MACHINES, PUBLIC
from tests.house.test_surfaces import WHO
from tests.make import sign_in
from tests.page import SAME_ORIGIN, Reader
from tests.wall.city import City
from tests.wall.table import (
    ACCOUNT_LISTS,
    ACCOUNT_NAMES,
    COUNTED,
    COUNTS,
    MARKS,
    NEEDLES,
    NEVER,
    ROLES,
    SEATS,
    SEES,
    WALL,
)

MADE_UP = 2**61 + 77
WITH_PUBLIC_PAGES = {"public", "outside: police_liaison", "police, member"}
WITH_FORMS = {*WITH_PUBLIC_PAGES, "outside: administrator", "police, admitted", "joined, not let in"}
# What else stands in the holes of addresses; in any other hole NOBODYS, on which nothing of the table hangs.
NOBODYS: list[object] = [77]
OTHERS: dict[str, list[object]] = {
    "code": ["en"],
    "component": ["harm"],
    "consent": ["speak"],
    "done": ["done"],
    "form": ["svg", "narrow", "json"],
    "given": ["no"],
    "kind": ["status", "meeting"],
    "lang": ["en"],
    "name": [f"{date.today():%Y-%m}"],
    "paper": ["letter"],
    "number": [1],
    "task": list(EveningSheet),
    "source": ["told", "suggested"],
    "standing": ["due"],
    "state": ["off"],
    "step": ["first", "judge", "evidence", "take", "yes"],
    "tag": ["light"],
    "year": [date.today().year],
}
LAST = ("account.", "circles.leave", "circles.decline", "circles_lead.", "circles_handover.", "second_step.")


def holes_of(rule: Rule) -> list[str]:
    return re.findall(r"<(?:\w+(?:\([^)]*\))?:)?(\w+)>", rule.rule)


def addresses(rule: Rule, holes: dict[str, list[object]]) -> Iterator[str]:
    """The address of a rule with everything that may stand in it."""
    names = holes_of(rule)
    for values in product(*(holes.get(name, NOBODYS) for name in names)):
        found = rule.rule
        for name, value in zip(names, values, strict=True):
            found = re.sub(rf"<(?:\w+(?:\([^)]*\))?:)?{name}>", str(value), found, count=1)
        yield found


def token_of(client: FlaskClient) -> str:
    found = re.search(r'name="csrf_token" value="([^"]+)"', client.get("/en/account/").text)
    return found[1] if found else ""


def asked(app: Portal, method: str, who: str) -> list[Rule]:
    """What this person is asked to try. Public pages don't look who is signed in, which a test of the house proves."""
    found = [rule for rule in app.url_map.iter_rules() if method in (rule.methods or ())]
    if who in WITH_PUBLIC_PAGES:
        return found
    return [rule for rule in found if WHO[rule.endpoint] not in (PUBLIC, MACHINES)]


def lets_in(app: Portal, rule: Rule, who: str) -> bool:
    """Whether somebody's roles let them into a blueprint, which refuses others before it looks at the address."""
    room = app.blueprints.get(rule.endpoint.rpartition(".")[0])
    return not isinstance(room, AudienceBlueprint) or room.audience.admits(frozenset(ROLES.get(who, [])))


def asked_at(app: Portal, city: City, rule: Rule, who: str) -> list[str]:
    """The addresses that somebody tries of a rule: one where their roles alone let nobody in, else all."""
    found = addresses(rule, {**OTHERS, **city.holes})
    return list(found if lets_in(app, rule, who) else islice(found, 1))


def everything(client: FlaskClient, app: Portal, city: City, who: str) -> Iterator[tuple[str, str]]:
    """All that somebody can get shown: every address, a search, and every answer to a form; by endpoint."""

    def ask(method: str, endpoint: str, page: str, **data: str) -> tuple[str, str]:
        # What a form says by a flashed message stands on the page that it leads to.
        answer = client.open(
            page, method=method, data=data or None, headers=SAME_ORIGIN, follow_redirects=method == "POST"
        )
        return endpoint, answer.data.decode(errors="replace")

    for rule in asked(app, "GET", who):
        yield from (ask("GET", rule.endpoint, page) for page in asked_at(app, city, rule, who))
    yield ask("GET", "commitments.index", "/en/promises/")
    for lang, word in product(("en", "es"), ("umber", "umberta", "umberto+voice")):
        yield ask("GET", "search", f"/{lang}/search?q={word}")
    if who in WITH_FORMS:
        token = token_of(client)
        for rule in sorted(asked(app, "POST", who), key=lambda one: one.endpoint.startswith(LAST)):
            pages = asked_at(app, city, rule, who)
            yield from (ask("POST", rule.endpoint, page, csrf_token=token) for page in pages)
    if who == "by code":
        yield "report/follow", Reader(client)("/en/report/follow").form("report/follow").send(code=city.code).text


def standing(shown: list[tuple[str, str]], what: str) -> str:
    texts = [text for endpoint, text in shown if what not in ACCOUNT_NAMES or not endpoint.startswith(ACCOUNT_LISTS)]
    if any(NEEDLES[what] in text for text in texts):
        return SEES
    return COUNTS if what in COUNTED and any(COUNTED[what] in text for text in texts) else NEVER


def told(row: str) -> dict[str, str]:
    return dict(zip(NEEDLES, (MARKS[mark] for mark in row.split()), strict=True))


@pytest.mark.parametrize("who", WALL)
def test_the_wall_stands(app: Portal, once: Once, caplog: pytest.LogCaptureFixture, who: str) -> None:
    city = once(City)
    client = app.test_client()
    if who in city.people:
        sign_in(client, city.people[who])
    with caplog.at_level(logging.DEBUG):
        shown = list(everything(client, app, city, who))
    assert {what: standing(shown, what) for what in NEEDLES} == told(WALL[who])
    assert not [needle for needle in NEEDLES.values() if needle in caplog.text]


def test_the_table_speaks_of_every_role_inside_and_outside() -> None:
    outside = {f"outside: {role}" for role in Role} | {"outside: no role"}
    assert outside <= set(WALL)
    assert set(ROLES) | set(SEATS) <= set(WALL)
    # Each role that may sit in a circle sits in one.
    assert {role for who in SEATS for role in ROLES.get(who, [])} == {*PARTNERS}


def test_every_hole_of_the_partners_room_is_filled(app: Portal, once: Once) -> None:
    city = once(City)
    known = set(OTHERS) | set(city.holes) | {"file_id", "milestone_id"}
    # What is passed on stands in the table as well.
    rooms = {"received"} | {room.name for room in (*PARTNERS_FEATURE.blueprints, *FEATURE.blueprints)}
    ours = [rule for rule in app.url_map.iter_rules() if rule.endpoint.partition(".")[0] in rooms]
    assert len(ours) > 100
    assert {name for rule in ours for name in holes_of(rule)} - known == set()


def answer(client: FlaskClient, method: str, page: str, token: str) -> tuple[int, dict[str, str], bytes]:
    """Status, headers and bytes, without what is new with every second."""
    data = {"csrf_token": token, "sure": "y"} if method == "POST" else None
    got = client.open(page, method=method, data=data, headers=SAME_ORIGIN)
    headers = {name: value for name, value in got.headers if name not in ("Date", "Set-Cookie", "Content-Length")}
    return got.status_code, headers, re.sub(rb'name="csrf_token" value="[^"]+"', b"", got.data)


# That these are there is known to whoever is inside.
KNOWN = {
    "outside: police_liaison": set(),
    "police, member": {"circle_id", "call_in_id", "session_id", "poll_id", "date_id", "topic_id", "note_id"},
    "police, admitted": {"market_id"},
    "police, of the place": {"market_id", "referral_id"},
}


@pytest.mark.parametrize("who", KNOWN)
def test_what_police_may_not_know_never_was(app: Portal, once: Once, who: str) -> None:
    city = once(City)
    client = app.test_client()
    sign_in(client, city.people[who])
    token, holes, compared = token_of(client), {**OTHERS, **city.holes}, 0
    never: dict[tuple[str, str], object] = {}
    for method, rule in ((way, rule) for way in ("GET", "POST") for rule in asked(app, way, who)):
        names = [name for name in holes_of(rule) if name.endswith("_id") and name in city.holes]
        if not names or names[-1] in KNOWN[who] or rule.endpoint.startswith(LAST):
            continue
        # The last id of an address is the thing; those before it say where it hangs.
        for page in asked_at(app, city, rule, who):
            true = answer(client, method, page, token)
            # A promise that everybody can read may be refused: that it is there is no secret.
            if true[0] < 400 or true[0] == 422 or str(city.public_promise) in page:
                continue
            made_up = page
            for value in (str(one) for one in holes[names[-1]]):
                made_up = made_up.replace(f"/{value}", f"/{MADE_UP}")
            if (method, made_up) not in never:
                never[method, made_up] = answer(client, method, made_up, token)
            assert never[method, made_up] == true, (method, page)
            compared += 1
    assert compared > 100
