"""The role wall of circles: every object, for everybody, over every address, with ids that are right and made up.

The table is the promise. Each one below asks every page of the feature with the true ids of a circle that they are in,
were in, are invited to, or have nothing to do with, and what they were shown is compared with the table.
"""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from nacl.public import PrivateKey
from sqlalchemy import select

from portal.accounts import people as accounts
from portal.accounts.roles import Role
from portal.accounts.users import DeskKeyCopy, desk_private_keys
from portal.core.crypto import CannotOpen, Cipher, open_key, private_key_from_seed
from portal.core.db import db
from portal.core.web import Portal
from portal.partners import circle_pages, handover_pages, members, notes_pages
from portal.partners.circle_rules import CircleRole, last_day
from portal.partners.circles import Membership, my_seat, waiting
from portal.partners.notes import answer, begin_topic
from tests.conftest import Work
from tests.make import both, make_circle, make_member, private_key_of, sit_in
from tests.partners import walls
from tests.partners.walls import COUNTS, NEVER, SEES, circle_of, enter, read_all, rules

ROOMS = (
    circle_pages.circles_blueprint,
    circle_pages.founding_blueprint,
    circle_pages.lead_blueprint,
    notes_pages.blueprint,
    handover_pages.blueprint,
)
# What is looked for on the pages.
NEEDLES = {
    "that the circle is there": "Zephyr circle",
    "what it is for": "Zephyr purpose",
    "its promise": "Zephyr promise",
    "who is in it": "Wanda Witness",
    "who is invited": "Ines Invited",
    "what is written": "Zephyr words",
    "what a topic is called": "Zephyr topic",
    "who wrote it": "Quentin Quill",
}
COUNTED = {"who is in it": "People in this circle: "}
WALL = {
    #                        there  for    promise people  invited words  topic  author
    "lead":                 (SEES,  SEES,  SEES,   SEES,   SEES,   SEES,  SEES,  SEES),
    "facilitator":          (SEES,  SEES,  SEES,   SEES,   NEVER,  SEES,  SEES,  SEES),
    "member":               (SEES,  SEES,  SEES,   SEES,   NEVER,  SEES,  SEES,  SEES),
    "interpreter":          (SEES,  SEES,  SEES,   SEES,   NEVER,  SEES,  SEES,  SEES),
    "observer":             (SEES,  SEES,  SEES,   SEES,   NEVER,  SEES,  SEES,  SEES),
    "police inside":        (SEES,  SEES,  SEES,   COUNTS, NEVER,  SEES,  SEES,  NEVER),
    "joined, not let in":   (SEES,  SEES,  SEES,   SEES,   NEVER,  NEVER, NEVER, SEES),
    "invited":              (SEES,  SEES,  SEES,   NEVER,  NEVER,  NEVER, NEVER, NEVER),
    "left":                 (NEVER, NEVER, NEVER,  NEVER,  NEVER,  NEVER, NEVER, NEVER),
    "removed by an administrator, and back": (NEVER,) * 8,
    "now police":           (NEVER,) * 8,
    "now administrator":    (NEVER,) * 8,
    **{f"outside: {role}": (NEVER,) * 8 for role in walls.OUTSIDE},
    "outside: no role":     (NEVER,) * 8,
}  # fmt: skip
OUTSIDE = ("left", "now police", "now administrator", "outside: administrator", "outside: no role")


class City:
    """A circle in which police sit, with everybody of the table in or around it."""

    def __init__(self, session) -> None:
        witness = make_member(session, [], name="Wanda Witness")
        writer = make_member(session, [], name="Quentin Quill")
        self.people, circle = circle_of(session, WALL, witness, writer, name="Zephyr circle")
        self.lead = self.people["lead"]
        circle.purpose = both("Zephyr purpose", "Propósito Céfiro")
        circle.statement.words = both("Zephyr promise", "Promesa Céfiro")
        self.circle, self.desk = circle.id, circle.desk_id
        words = {"title": "Zephyr topic", "body": "Zephyr words"}
        topic = begin_topic(my_seat(circle.id, writer), words, last_day(90, circle.founded_on))
        self.topic = topic.id
        self.note = answer(my_seat(circle.id, writer), topic, {"body": "Zephyr words again"}).id
        self._around(session, circle)
        ines = make_member(session, [], name="Ines Invited")
        members.invite(my_seat(circle.id, self.lead), ines.email, "", "en", CircleRole.MEMBER)
        self.membership = waiting(circle)[-1].membership.id
        self.member = witness.id

    def _around(self, session, circle) -> None:
        """Those who are not in the circle yet, or not any more."""
        ends = {"left": None, "removed by an administrator, and back": None}
        roles = {"now police": Role.POLICE_LIAISON, "now administrator": Role.ADMINISTRATOR}
        for who in (*ends, *roles):
            sit_in(session, circle, self.people[who], CircleRole.MEMBER)
        members.leave(my_seat(circle.id, self.people["left"]))
        for who, role in roles.items():
            accounts.give_roles(self.people[who], [role], None)
        gone = self.people["removed by an administrator, and back"]
        name = gone.name
        accounts.remove_member(gone, None)
        self.people["removed by an administrator, and back"] = make_member(session, [], name=name)
        invited = self.people["invited"]
        members.invite(my_seat(circle.id, self.lead), invited.email, "", "en", CircleRole.MEMBER)

    def holes(self, made_up: int | None = None) -> dict[str, int]:
        """What stands in the holes of an address; `made_up` in place of the circle's id."""
        return {
            "circle_id": made_up or self.circle,
            "topic_id": self.topic,
            "note_id": self.note,
            "member_id": self.member,
            "membership_id": self.membership,
        }


def shown(app: Portal, city: City, who: str) -> dict[str, str]:
    """What somebody reads on every page of circles, and on the pages around them."""
    around = "/en/account/ /es/circles/ /en/circles/board/ /en/audit/ /en/people/ /en/desk/ /en/colleagues/".split()
    pages = [address.format(**city.holes()) for method, address in rules(app, ROOMS) if method == "GET"]
    text = read_all(enter(app, city.people[who]), (*pages, *around))
    counted = {what: COUNTS for what, words in COUNTED.items() if words in text}
    seen = {what: SEES for what, needle in NEEDLES.items() if needle in text}
    if Role.ADMINISTRATOR in city.people[who].roles:
        # Who has an account is an administrator's business; who sits in a circle is not, and is tried below.
        seen |= dict.fromkeys(("who is in it", "who is invited", "who wrote it"), NEVER)
    return dict.fromkeys(NEEDLES, NEVER) | counted | seen


def test_the_wall_stands(app: Portal, city: City) -> None:
    found = {who: shown(app, city, who) for who in WALL}
    assert found == {who: dict(zip(NEEDLES, row, strict=True)) for who, row in WALL.items()}


def test_a_circle_of_others_is_one_that_never_was(app: Portal, city: City) -> None:
    addresses = [one for one in rules(app, ROOMS) if "{circle_id}" in one[1]]
    assert len(addresses) > 30
    people = [city.people[who] for who in OUTSIDE]
    assert walls.told_apart(app, people, addresses, city.holes(), city.holes(made_up=77)) == []


def test_nothing_of_one_circle_is_reached_through_another(app: Portal, city: City, work: Work) -> None:
    with work() as session:
        other = make_circle(session, city.people["outside: facilitator"], name="Other circle")
        mine = {**city.holes(), "circle_id": other.id}
    addresses = [one for one in rules(app, ROOMS) if re.search("topic_id|note_id|member_id|membership_id", one[1])]
    crossed = walls.answers(enter(app, city.people["outside: facilitator"]), addresses, mine)
    assert {status for status, _headers, _body in crossed.values()} == {404}
    with work() as session:
        assert session.get(Membership, city.membership)


def test_an_administrator_learns_from_the_log_who_acted(app: Portal, city: City) -> None:
    client = enter(app, city.people["outside: administrator"])
    log = client.get("/en/audit/").text
    assert "invited somebody to a circle" in log and str(city.circle) not in log
    assert "Zephyr" not in log
    for page in ("/en/people/", f"/en/people/{city.member}"):
        assert not re.search("Zephyr|círculo|a circle", client.get(page).text)


def test_without_a_members_key_all_rows_open_nothing(app: Portal, city: City, work: Work) -> None:
    """A thief has every row, the secret, the cipher's keys, and plays an administrator with a key of their own."""
    with work() as session:
        administrator = city.people["outside: administrator"]
        blobs = list(walls.every_blob(session))
        texts = "\n".join(walls.every_text(session))
        assert "Zephyr words" not in texts and "Zephyr topic" not in texts
        assert not [blob for blob in blobs if b"Zephyr" in blob]
        cipher: Cipher = app.cipher
        keys = [private_key_from_seed(blob[:32]) for blob in blobs if len(blob) >= 32]
        keys += [PrivateKey(blob[:32]) for blob in blobs if len(blob) >= 32]
        keys += [private_key_from_seed(app.secret_key[:32]), private_key_of(administrator)]
        copies = session.scalars(select(DeskKeyCopy.sealed_private_key)).all()
        assert copies
        assert not any(opens(open_key, copy, key) for copy in copies for key in keys)
        assert not any(opens(cipher.decrypt, blob) for blob in blobs if blob in copies)
        assert desk_private_keys(administrator.id, private_key_of(administrator)) == {}
        # Whoever sits there does open them: the test could fail.
        assert any(opens(open_key, copy, private_key_of(city.lead)) for copy in copies)


@pytest.mark.usefixtures("city")
def test_the_file_holds_no_word(settings) -> None:
    db.engine.dispose()
    found = [path for path in settings.data_dir.parent.rglob("portal.db*") if b"Zephyr words" in path.read_bytes()]
    assert found == []
    assert any(b"Zephyr purpose" in path.read_bytes() for path in settings.data_dir.parent.rglob("portal.db*"))


def opens(way: Callable[..., object], *given: object) -> bool:
    """Whether a key opens what is locked."""
    try:
        way(*given)
    except CannotOpen:
        return False
    return True
