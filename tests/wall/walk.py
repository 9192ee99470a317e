"""One person walks over every address of the portal, and all that they were answered is kept for the walls to look at.

Who may open an address stands in `tests/house/surfaces.txt`, what stands in its holes in `City.holes` and in `OTHERS`.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from itertools import islice, product

from flask.testing import FlaskClient
from werkzeug.routing import Rule
from werkzeug.test import TestResponse

from portal.accounts.roles import Role
from portal.core.web import Portal
from portal.partners.callin.rules import EveningSheet
from tests.house.test_surfaces import MACHINES, PUBLIC, WHO
from tests.make import sign_in
from tests.page import SAME_ORIGIN, Reader, token_of
from tests.wall.city import City
from tests.wall.table import KNOWN, ONLY_CIRCLES, ROLES

Bare = tuple[int, dict[str, str], bytes]
"""Status, headers and bytes of an answer, without what is new with every second."""
MADE_UP = 2**61 + 77
DOOR = "/en/sign-in"
WITH_PUBLIC_PAGES = {"public", "police, member"}
WITH_FORMS = {*WITH_PUBLIC_PAGES, *KNOWN, "outside: administrator", "joined, not let in"}
SOUGHT = ("umber", "umberta", "umberto+voice")
LAST = ("account.", "circles.leave", "circles.decline", "circles_lead.", "circles_handover.", "second_step.")
"""Whose forms end something."""
TOKEN = re.compile(rb'name="csrf_token" value="[^"]+"')
HOLE = r"<(?:\w+(?:\([^)]*\))?:)?{}>"
NOBODYS: list[object] = [77]
NOBODYS_HOLES = """
    answer_id change_id day hours_id import_id invitation_id message_id milestone_id passkey_id position
    row_id rsvp_id source_id taught_id
""".split()
"""In these stands something that nobody has: nothing of the table hangs on them."""
OTHERS: dict[str, list[object]] = {
    "act": ["read"],
    "code": ["en"],
    "component": ["harm"],
    "consent": ["speak"],
    "done": ["done"],
    "file": ["picture"],
    "form": ["svg", "narrow", "wide", "json"],
    "given": ["no"],
    "item": ["step_1"],
    "kind": ["status", "meeting"],
    "lang": ["en"],
    "name": [f"{date.today():%Y-%m}", "hours"],
    "paper": ["letter"],
    "number": [1],
    "task": list(EveningSheet),
    "source": ["told", "suggested"],
    "standing": ["due"],
    "state": ["off"],
    "step": ["first", "judge", "evidence", "take", "yes"],
    "tag": ["light", "evidence"],
    "year": [date.today().year, 2025],
}


@dataclass(frozen=True)
class Answer:
    """What an address answered, and what one of nothing answered in its place if these two must be the same."""

    endpoint: str
    method: str
    page: str
    bare: Bare
    shown: str
    """All that there is to read, also on the page that a form leads to."""
    never: Bare | None = None

    @property
    def status(self) -> int:
        return self.bare[0]

    @property
    def is_at_door(self) -> bool:
        return self.status == 302 and self.bare[1]["Location"].partition("?")[0] == DOOR

    @property
    def is_in_a_circle(self) -> bool:
        return re.search(r"/circles/\d", self.page) is not None


def who_opens(endpoint: str) -> str:
    """Who may open an address, as listed; what is not listed only a demonstration has."""
    return WHO.get(endpoint, PUBLIC)


def bare(answer: TestResponse) -> Bare:
    headers = {name: value for name, value in answer.headers if name not in ("Date", "Set-Cookie", "Content-Length")}
    return answer.status_code, headers, TOKEN.sub(rb"", answer.data)


def holes_of(rule: Rule) -> list[str]:
    return re.findall(HOLE.format(r"(\w+)"), rule.rule)


def addresses(rule: Rule, holes: Mapping[str, Sequence[object]]) -> Iterator[str]:
    """The address of a rule with everything that may stand in it."""
    names = holes_of(rule)
    for values in product(*(holes.get(name, NOBODYS) for name in names)):
        found = rule.rule
        for name, value in zip(names, values, strict=True):
            found = re.sub(HOLE.format(name), str(value).replace("\\", r"\\"), found, count=1)
        yield found


def asked(app: Portal, method: str, who: str) -> list[Rule]:
    """What this person is asked to try. Public pages don't look who is signed in, which a test of the house proves."""
    found = [rule for rule in app.url_map.iter_rules() if method in (rule.methods or ())]
    if who in WITH_PUBLIC_PAGES:
        return found
    if who in ONLY_CIRCLES:
        return [rule for rule in found if "/circles/" in rule.rule or rule.endpoint in ("account.index", "today.index")]
    return [rule for rule in found if who_opens(rule.endpoint) not in (PUBLIC, MACHINES)]


def lets_in(rule: Rule, who: str) -> bool:
    """Whether somebody's roles let them into a room, which refuses others before it looks at the address."""
    allowed = set(who_opens(rule.endpoint).split(" or "))
    return not allowed <= set(Role) or bool(allowed & set(ROLES.get(who, [])))


def public_pages(app: Portal, client: FlaskClient, city: City, statuses: Mapping[str, int]) -> dict[str, str]:
    """By endpoint, the first address of each public page that answers so, with a hole for the language."""
    found = {}
    for rule in app.url_map.iter_rules():
        if who_opens(rule.endpoint) == PUBLIC and "GET" in (rule.methods or ()):
            wanted = statuses.get(rule.endpoint, 200)
            pages = addresses(rule, {**OTHERS, **city.holes, "lang": ["{lang}"]})
            shown = (page for page in pages if client.get(page.format(lang="en")).status_code == wanted)
            found[rule.endpoint] = next(shown, "")
    assert [endpoint for endpoint, page in found.items() if not page] == []
    return found


class Walker:
    """Somebody of the table, in a city that has everything."""

    def __init__(self, app: Portal, city: City, who: str) -> None:
        self.app, self.city, self.who = app, city, who
        self.client = app.test_client()
        if who in city.people:
            sign_in(self.client, city.people[who])
        self.holes = {**OTHERS, **city.holes}
        self.token = token_of(self.client) if who in city.people else ""
        self._nothing: dict[tuple[str, str], Bare] = {}

    def walk(self) -> Iterator[Answer]:
        """All that somebody can get shown: every address, a search, and every answer to a form."""
        for rule in asked(self.app, "GET", self.who):
            yield from self.answers(rule, "GET")
        yield self.ask("GET", "/en/promises/", "commitments.index")
        for lang, word in product(("en", "es"), SOUGHT):
            yield self.ask("GET", f"/{lang}/search/?q={word}", "search.find")
        if self.who in WITH_FORMS:
            for rule in sorted(asked(self.app, "POST", self.who), key=lambda one: one.endpoint.startswith(LAST)):
                yield from self.answers(rule, "POST")
        if self.who == "by code":
            page = Reader(self.client)("/en/report/follow").form("report/follow").send(code=self.city.code)
            yield Answer("reports_follow.read", "POST", "/en/report/follow", bare(page), page.text)

    def answers(self, rule: Rule, method: str) -> Iterator[Answer]:
        """Every address of a rule; one where their roles alone let nobody in."""
        found = addresses(rule, {**self.holes, **self._circle(rule)})
        for page in found if lets_in(rule, self.who) else islice(found, 1):
            answer = self.ask(method, page, rule.endpoint)
            if self._must_be_nothing(rule, answer):
                answer = replace(answer, never=self._of_nothing(rule, answer))
            yield answer

    def _circle(self, rule: Rule) -> dict[str, list[object]]:
        """The circle in which a thing is; through another it is asked for in test_rooms.py."""
        names = {name for name in holes_of(rule) if name.endswith("_id")}
        if "circle_id" not in names or len(names) == 1:
            return {}
        return {"circle_id": [(self.city.listening if "session_id" in names else self.city.circle).id]}

    def ask(self, method: str, page: str, endpoint: str = "", **sent: object) -> Answer:
        if method == "GET":
            got = self.client.get(page, headers=SAME_ORIGIN)
        else:
            data = {"csrf_token": self.token, **({"sure": "y"} if self.who in KNOWN else {}), **sent}
            # What a form says by a flashed message stands on the page that it leads to.
            got = self.client.post(page, data=data, headers=SAME_ORIGIN, follow_redirects=True)
        return Answer(endpoint, method, page, bare((*got.history, got)[0]), got.get_data().decode(errors="replace"))

    def _must_be_nothing(self, rule: Rule, answer: Answer) -> bool:
        """Whether they may not even know that this is there; a promise that everybody can read is no secret."""
        refused = answer.status >= 400 and answer.status != 422
        name = self._thing(rule)
        known = not name or name in KNOWN.get(self.who, (name,))
        return refused and not known and str(self.city.public_promise) not in answer.page

    def _thing(self, rule: Rule) -> str:
        """The last id of an address; those before it say where it hangs."""
        names = [name for name in holes_of(rule) if name.endswith("_id") and name in self.city.holes]
        return names[-1] if names else ""

    def _of_nothing(self, rule: Rule, answer: Answer) -> Bare:
        page = answer.page
        for value in self.holes[self._thing(rule)]:
            page = page.replace(f"/{value}", f"/{MADE_UP}")
        key = answer.method, page
        if key not in self._nothing:
            self._nothing[key] = self.ask(*key, rule.endpoint).bare
        return self._nothing[key]
