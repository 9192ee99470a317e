"""Every form, as everybody, with fields of the wrong type: never an error of ours, and nothing else typed is lost."""

import io
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, fields
from functools import cache
from typing import Any
from urllib.parse import urlencode, urljoin, urlsplit
from xml.etree.ElementTree import Element

import html5lib
import pytest
from flask import g
from werkzeug.datastructures import MultiDict
from werkzeug.routing import Rule
from werkzeug.test import TestResponse

from portal.accounts.people_pages import FILTERS
from portal.config import ROOT
from portal.core.db import db
from portal.core.web import Portal
from portal.reports.worklist import Selection
from tests.conftest import Once
from tests.page import SAME_ORIGIN, _values
from tests.parser import QuickParser
from tests.wall.city import City
from tests.wall.table import WALL
from tests.wall.walk import Walker, addresses, asked, lets_in

DULL, MISSES, FEW_MISSES = 2, 12, 1
"""After so many pages of one kind without a new form, or that somebody may not read, the next kind is looked at."""
FIRST = (
    "lead, faith partner",
    "facilitator, runs the session",
    "organizer, of the place",
    "outside: administrator",
    "outside: triage",
)
"""They see most forms; whoever comes later has to try only the others."""


EVERYBODY = (*FIRST, *(who for who in WALL if who not in FIRST))
LEAST = {"forms": 120, "sent": 1_210, "compared": 200}
"""What the first people alone come to; 95 in 100 of what was measured."""
LEAST_ADDRESSES = 405
NOT_TYPED = {"csrf_token", "token"}
WORDS = ("textarea", "text", "search", "email", "tel", "url")
NUMBERS = ("9" * 25, "-1", "NaN", "1e999", "٣", "9" * 5_000)
DAYS = ("2026-02-31", "0001-01-01", "9999-12-31", "soon")
TEXTS = ("a\x00b", "🏳️‍🌈\u202e\ufeff\ud7ff" * 9, "x" * 30_000, "%s {{ 7*7 }} <b>", "", "9" * 25, "\udcff")
"""The last one is sent as a byte that is no UTF-8."""
WRONG = {
    **dict.fromkeys((*WORDS, "password"), TEXTS),
    **dict.fromkeys(("date", "month"), DAYS),
    "time": ("25:61", "noon", "18:30:00.5+02"),
    "number": NUMBERS,
    "hidden": (TEXTS[0], "-1", "9" * 25, ""),
    "file": ("words",),
}
CHOICES = ("nobody offers this", "9" * 25, "")
ASKED = {"GET": ("9" * 25, TEXTS[0] + TEXTS[-1]), "POST": ("9" * 25 + TEXTS[-1],)}
A_NAME = re.compile(
    r'request\.(?:args|form|values)(?:\.get|\.getlist)?[\[(]\s*"(\w+)"|"(\w+)" (?:not )?in request\.(?:form|values)'
)
# What may hide behind something else that is wrong: alone in its form, or with all of its kind.
ALONE = {"number": NUMBERS[:1]}
TOGETHER = {
    "number": NUMBERS[1:3],
    "date": DAYS[1:3],
    **dict.fromkeys(("select", "radio", "checkbox", "hidden"), CHOICES[:1]),
}
GOOD = {
    "date": "2026-12-09",
    "time": "18:30",
    "number": "3",
    "email": "someone@example.org",
    "tel": "336 555 0142",
    "url": "https://example.org/x",
}


@dataclass(frozen=True)
class Found:
    """A form that somebody was shown, filled in as the page has it."""

    action: str
    method: str
    values: MultiDict[str, str]
    kinds: dict[str, str]
    button: tuple[str, str] | None

    @property
    def shape(self) -> tuple[object, ...]:
        """What makes two forms the same: ids in addresses and in names do not."""
        return plain(self.action), self.method, tuple(sorted({plain(name) for name in self.kinds}))

    @property
    def names(self) -> list[str]:
        return [name for name in self.kinds if name not in NOT_TYPED]


def plain(name: str) -> str:
    return re.sub(r"\d+", "#", urlsplit(name).path)


def forms_of(page: str, html: str) -> Iterator[Found]:
    quick = QuickParser.parse(html)
    tree = quick.tree if quick is not None else html5lib.HTMLParser(namespaceHTMLElements=False).parse(html)
    for form in tree.iter("form"):
        controls = [one for one in form.iter() if one.tag in ("input", "textarea", "select") and one.get("name")]
        buttons = [one for one in form.iter("button") if one.get("name")]
        action = buttons[0].get("formaction", "") if buttons else ""
        yield Found(
            urljoin(page, action or form.get("action", "") or page),
            form.get("method", "get"),
            MultiDict((one.get("name", ""), value) for one in controls for value in _values(one)),
            {one.get("name", ""): kind_of(one) for one in controls},
            (buttons[0].get("name", ""), buttons[0].get("value", "")) if buttons else None,
        )


def kind_of(control: Element) -> str:
    if control.tag != "input":
        return control.tag
    return "number" if control.get("inputmode") in ("numeric", "decimal") else control.get("type", "text")


def a_file() -> tuple[io.BytesIO, str]:
    return io.BytesIO(b"\x89PNG\r\n\x1a\n and no picture \xff\xfe"), "x.png"


def filled(form: Found) -> MultiDict[str, Any]:
    """As somebody would send it who has filled in everything that is empty."""
    values: MultiDict[str, Any] = MultiDict(form.values)
    for name in form.names:
        if form.kinds[name] in (*WORDS, *GOOD) and not values.get(name):
            values[name] = GOOD.get(form.kinds[name], "Some words")
    if form.button:
        values[form.button[0]] = form.button[1]
    return values


def attempts(form: Found) -> Iterator[tuple[set[str], MultiDict[str, Any]]]:
    """What is sent, and which fields of it are wrong: all at once, then those of a kind, then some by themselves."""
    everything = set(form.names)
    most = max((len(WRONG.get(form.kinds[name], CHOICES)) for name in form.names), default=0)
    for number in range(most):
        values = filled(form)
        for name in form.names:
            bad = WRONG.get(form.kinds[name], CHOICES)
            values[name] = bad[number % len(bad)]
        yield everything, values
    for sent in ([a_file()], ["one", "two"], []):
        values = filled(form)
        for name in form.names:
            # A file that was sent is closed.
            values.setlist(name, [a_file()] if sent and not isinstance(sent[0], str) else sent)
        yield everything, values
    for kind, bad in TOGETHER.items():
        names = {name for name in form.names if form.kinds[name] == kind}
        for value in bad if names else ():
            yield names, MultiDict({**filled(form), **dict.fromkeys(names, value)})
    for name in form.names:
        for value in ALONE.get(form.kinds[name], ()):
            yield {name}, MultiDict({**filled(form), name: value})


class Crawler(Walker):
    """Somebody who sends every form that they are shown, wrongly."""

    def __init__(self, app: Portal, city: City, who: str) -> None:
        super().__init__(app, city, who)
        self.faults: list[str] = []
        self.sent = self.compared = 0

    def forms(self, seen: set[tuple[object, ...]], dull: Counter[str]) -> Iterator[Found]:
        """Those that nobody was shown before, where their roles let them in."""
        for rule in asked(self.app, "GET", self.who):
            if not lets_in(rule, self.who):
                continue
            left = FEW_MISSES if rule.endpoint in dull else MISSES
            for page in addresses(rule, self.holes) if "lang" in rule.arguments else ():
                if dull[rule.endpoint] >= DULL or not left:
                    break
                answer = self.client.get(page, headers=SAME_ORIGIN)
                self._note(f"GET {plain(page)}", answer)
                if answer.status_code != 200:
                    left -= 1
                    continue
                dull[rule.endpoint] += 1 if answer.mimetype == "text/html" else DULL
                for form in forms_of(page, answer.text) if answer.mimetype == "text/html" else ():
                    if form.kinds and form.shape not in seen:
                        seen.add(form.shape)
                        dull[rule.endpoint] = 0
                        yield form

    def send_wrongly(self, form: Found) -> None:
        for wrong, values in attempts(form):
            self.app.limits.run("DELETE FROM tries")
            # Who is signed out by it is not, as nothing is kept.
            cookies = dict(self.client._cookies)
            answer = self._send(form, values)
            self.client._cookies = cookies
            if answer is None:
                continue
            self.sent += 1
            self._note(f"{form.method} {plain(form.action)} with {values}", answer)
            if answer.status_code == 422 and wrong != set(form.names):
                self._look_for(form, wrong, values, answer)

    def _send(self, form: Found, values: MultiDict[str, Any]) -> TestResponse | None:
        if not all(isinstance(value, str) for _name, value in values.items(multi=True)):
            # A form that is read has no files.
            return self.client.post(form.action, data=values, headers=SAME_ORIGIN) if form.method == "post" else None
        pairs = [(name, value.encode("utf-8", "surrogateescape")) for name, value in values.items(multi=True)]
        coded = urlencode(pairs)
        if form.method == "get":
            return self.client.get(f"{urlsplit(form.action).path}?{coded}", headers=SAME_ORIGIN)
        kind = "application/x-www-form-urlencoded"
        return self.client.post(form.action, data=coded, content_type=kind, headers=SAME_ORIGIN)

    def _note(self, what: str, answer: TestResponse) -> None:
        if answer.status_code >= 500:
            self.faults.append(f"{self.who}: {what[:300]}: {answer.status_code}")

    def _look_for(self, form: Found, wrong: set[str], values: MultiDict[str, Any], answer: TestResponse) -> None:
        """Where the form is shown again, everything else stands in it as it was typed."""
        for again in forms_of(form.action, answer.text):
            if again.shape == form.shape:
                self.compared += 1
                lost = [
                    name
                    for name in form.names
                    if name not in wrong
                    and form.kinds[name] in (*WORDS, *GOOD)
                    and again.values.get(name, "").split() != values[name].split()
                ]
                if lost:
                    self.faults.append(f"{self.who}: {form.method} {plain(form.action)}, wrong: {wrong}: lost {lost}")


@cache
def names_that_are_read() -> list[str]:
    """The parameters that some view takes from an address or a form by name, and those of filters."""
    sources = (path.read_text(encoding="utf-8") for path in (ROOT / "portal").rglob("*.py"))
    found = {first or second for text in sources for first, second in A_NAME.findall(text)}
    return sorted(found | set(FILTERS) | {field.name for field in fields(Selection)})


def send_names(walker: Crawler, rule: Rule, page: str) -> Iterator[str]:
    """Send all that may be read and no form may have named, each twice; say what is an error of ours."""
    names, client = names_that_are_read(), walker.client
    cookies = dict(client._cookies)
    for method, bad in [(one, bad) for one in ASKED if one in (rule.methods or ()) for bad in ASKED[one]]:
        pairs = [(name, bad.encode("utf-8", "surrogateescape")) for name in (*names, *names)]
        walker.app.limits.run("DELETE FROM tries")
        if method == "GET":
            answer = client.get(f"{page}?{urlencode(pairs)}", headers=SAME_ORIGIN)
        else:
            coded = urlencode([("csrf_token", walker.token), *pairs])
            kind = "application/x-www-form-urlencoded"
            answer = client.post(page, data=coded, content_type=kind, headers=SAME_ORIGIN)
        client._cookies = cookies
        if answer.status_code >= 500:
            yield f"{method} {plain(page)} with {bad[:20]!r}: {answer.status_code}"


def keep_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let everything be written as far as the database can say no, and then taken back."""

    def commit() -> None:
        if "db_session" in g:
            g.db_session.flush()
        db.rollback()

    monkeypatch.setattr(db, "commit", commit)


@pytest.fixture
def crawlers(app: Portal, once: Once, monkeypatch: pytest.MonkeyPatch) -> dict[str, Crawler]:
    """Everybody, in a city that has something of everything and keeps nothing more."""
    city = once(City)
    found = {who: Crawler(app, city, who) for who in EVERYBODY}
    assert all(found[who].token for who in WALL if who in city.people)
    keep_nothing(monkeypatch)
    return found


@pytest.mark.parametrize(
    "people", [FIRST, pytest.param(EVERYBODY[len(FIRST) :], marks=pytest.mark.night)], ids=["first", "others"]
)
def test_wrong_types_are_no_error_and_lose_nothing_else(crawlers: dict[str, Crawler], people: tuple[str, ...]) -> None:
    seen: set[tuple[object, ...]] = set()
    dull: Counter[str] = Counter()
    faults: list[str] = []
    sent = compared = 0
    for who in people:
        crawler = crawlers[who]
        for form in crawler.forms(seen, dull):
            crawler.send_wrongly(form)
        faults += crawler.faults
        sent, compared = sent + crawler.sent, compared + crawler.compared
    assert faults == []
    come_to = {"forms": len(seen), "sent": sent, "compared": compared}
    assert people != FIRST or all(come_to[what] >= least for what, least in LEAST.items()), come_to


def test_no_parameter_of_any_address_is_an_error(app: Portal, crawlers: dict[str, Crawler]) -> None:
    """Also those that stand in links and in no form; by the first person whose roles let them into that room."""
    left = {rule.rule: rule for rule in app.url_map.iter_rules() if "lang" in rule.arguments}
    every, faults = len(left), []
    for who in EVERYBODY:
        walker = crawlers[who]
        mine = [rule for method in ("GET", "POST") for rule in asked(app, method, who) if lets_in(rule, who)]
        for rule in mine:
            if left.pop(rule.rule, None):
                page = next(addresses(rule, walker.holes))
                faults += [f"{who}: {fault}" for fault in send_names(walker, rule, page)]
    assert faults == []
    assert every - len(left) >= LEAST_ADDRESSES, (every - len(left), sorted(left))
