"""The walls: everybody walks over every address, and each wall looks at all that they were answered."""

import logging

import pytest

from portal.accounts.roles import Role
from portal.core.web import Portal
from portal.partners.circle_rules import PARTNERS
from tests.conftest import Once
from tests.house.test_surfaces import MACHINES, PUBLIC, WHO
from tests.wall.city import City
from tests.wall.table import (
    ACCOUNT_LISTS,
    ACCOUNT_NAMES,
    COUNTED,
    COUNTS,
    KNOWN,
    MARKS,
    NEEDLES,
    NEVER,
    NOT_SIGNED_IN,
    ROLES,
    SEATS,
    SEES,
    WALL,
)
from tests.wall.walk import NOBODYS_HOLES, OTHERS, Answer, Walker, asked, holes_of, lets_in

# Machines that need no signature, because they learn and change nothing.
UNSIGNED = {"health.check", "health.no_icon"}


@pytest.mark.parametrize("who", WALL)
def test_the_wall_stands(app: Portal, once: Once, caplog: pytest.LogCaptureFixture, who: str) -> None:
    with caplog.at_level(logging.DEBUG):
        answers = list(Walker(app, once(City), who).walk())
    assert {what: standing(answers, what) for what in NEEDLES} == told(WALL[who])
    assert not [needle for needle in NEEDLES.values() if needle in caplog.text]
    assert doors_that_are_wrong(app, who, answers) == []
    # What they may not know of never was.
    assert [(one.method, one.page) for one in answers if one.never not in (None, one.bare)] == []
    assert who not in KNOWN or sum(one.never is not None for one in answers) > 100
    assert "circle_id" in KNOWN.get(who, ["circle_id"]) or {one.status for one in answers if one.is_in_a_circle} == {
        404
    }
    assert [(one.method, one.page) for one in answers if one.status >= 500] == []
    in_rooms = [one for one in answers if WHO[one.endpoint] not in (PUBLIC, MACHINES)]
    assert {one.bare[1].get("Cache-Control") for one in in_rooms} == {"no-store"}


def standing(answers: list[Answer], what: str) -> str:
    texts = [one.shown for one in answers if what not in ACCOUNT_NAMES or not one.endpoint.startswith(ACCOUNT_LISTS)]
    if any(NEEDLES[what] in text for text in texts):
        return SEES
    return COUNTS if what in COUNTED and any(COUNTED[what] in text for text in texts) else NEVER


def told(row: str) -> dict[str, str]:
    return dict(zip(NEEDLES, (MARKS[mark] for mark in "".join(row.split())), strict=True))


def doors_that_are_wrong(app: Portal, who: str, answers: list[Answer]) -> list[object]:
    """The addresses that let in whom they should not, or nobody whom they should."""
    if who in NOT_SIGNED_IN:
        return [(one.method, one.page) for one in answers if not is_right_for_nobody(one)]
    opened = {one.endpoint for one in answers if one.method == "GET" and one.status != 403}
    # Behind an id, a seat may decide further; whom the room shuts out is refused at every address.
    rooms = [rule for rule in asked(app, "GET", who) if "_id" not in rule.rule]
    wrong: list[object] = [rule for rule in rooms if (rule.endpoint in opened) != lets_in(rule, who)]
    shut = {rule.endpoint for rule in app.url_map.iter_rules() if not lets_in(rule, who)}
    return wrong + [(one.method, one.page) for one in answers if one.endpoint in shut and one.status != 403]


def is_right_for_nobody(answer: Answer) -> bool:
    """Without a sign-in, rooms lead to the door, public pages do not, and machines must sign."""
    if WHO[answer.endpoint] == PUBLIC:
        return not answer.is_at_door and answer.status not in (401, 403, 405)
    if WHO[answer.endpoint] == MACHINES:
        return (answer.status < 400) == (answer.endpoint in UNSIGNED)
    return answer.is_at_door


def test_the_table_speaks_of_every_role_inside_and_outside() -> None:
    outside = {f"outside: {role}" for role in Role} | {"outside: no role"}
    assert outside <= set(WALL)
    assert set(ROLES) | set(SEATS) <= set(WALL)
    # Each role that may sit in a circle sits in one.
    assert {role for who in SEATS for role in ROLES.get(who, [])} == {*PARTNERS}


def test_every_hole_of_an_address_is_filled(app: Portal, once: Once) -> None:
    """What is new in an address stands in the city, or is said to have nothing of the table."""
    named = {name for rule in app.url_map.iter_rules() for name in holes_of(rule)}
    assert named == {*OTHERS, *once(City).holes, *NOBODYS_HOLES}
