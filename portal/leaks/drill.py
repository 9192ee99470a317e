"""The leak drill: visitors of every kind read everything, then request hidden places as if they were known.

The visitors are the public and, for each role, a member who was admitted nowhere. Everything happens in a rehearsal, so
that nothing is stored and nothing is sent. The tests run this same drill.

Timings are taken alternately, so that other load on the machine affects both sides. A single round on a busy machine
can mislead, so a difference counts only if every round shows it, in the same direction and large enough to matter.
"""

from __future__ import annotations

import logging
import secrets
import time
from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from statistics import median
from urllib.parse import quote

from sqlalchemy import select
from werkzeug.routing import Rule

from portal.accounts.roles import Role
from portal.core.db import db, session
from portal.core.i18n import LANGUAGES
from portal.core.jobs.outbox import OutboundMessage, cipher
from portal.core.portal import Portal
from portal.core.texted import CODE_LETTERS
from portal.leaks.canaries import Canary, add_insider, colleague, hidden_canaries, texts_in
from portal.leaks.crawl import METHODS, CrawlAnswer, Steady, Visitor
from portal.leaks.invention import add_canary

ASKED_BY_HAND = ("place", "q", "tag", "market")
"""Query parameters to try, whether a form offers them or not."""
PLACE = {"market_id", "slug"}
"""Parameters in addresses that may be a place."""
HEADERS = (
    {"If-None-Match": "*"},
    {"If-Modified-Since": "Wed, 21 Oct 2015 07:28:00 GMT"},
    {"Range": "bytes=0-9"},
    {"Accept-Language": "es"},
    {"Accept": "application/json"},
    {"Accept-Encoding": "br"},
)
"""Headers to send along with a request."""
TIMED = 2
"""How many of a visitor's pages about a place are timed: all look the place up in the same way."""


@dataclass(frozen=True)
class Probe:
    """One request."""

    method: str
    address: str
    form: dict[str, str] = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)


Pair = tuple[Probe, *tuple[Probe, ...]]
"""A request about what is hidden, and one or more that are equal to it but about what never was."""
INVENTIONS = 3
"""So many invented words are asked for in a search: one may, by chance, be near a word of a page or read as a call."""


def pairs(visitor: Visitor, one: Canary, questions: Iterable[tuple[str, str]]) -> Iterator[Pair]:
    """Yield every pair of requests, hidden and nonexistent, that a visitor can make about a hidden place."""
    yield from _addresses(visitor, one)
    if visitor.roles is None:
        yield from _oddities(visitor, one)
        yield from _by_hand(one)
    for path, name in questions:
        for text in sorted(one.names):
            invented = (_never(one.slug).replace("-", " ") for _time in range(INVENTIONS))
            same_length = [(never * (len(text) // len(never) + 1))[: len(text)] for never in invented]
            yield Probe("GET", f"{path}?{name}={text}"), *(Probe("GET", f"{path}?{name}={it}") for it in same_length)


def timed_pairs(visitor: Visitor, one: Canary) -> Iterator[Pair]:
    """Yield the pairs of requests that are timed."""
    rules = [rule for rule in visitor.rules() if "market_id" in rule.arguments or rule.rule.endswith("/places/<slug>/")]
    for rule in rules[:TIMED]:
        yield from _filled(rule, "GET", "en", (one.number, one.slug), (_never(one.number), _never(one.slug)), {})
    if visitor.roles is None:
        there, never = (f"/es/report/?place={slug}" for slug in (one.slug, _never(one.slug)))
        yield Probe("GET", there), Probe("GET", never)


def alike(visitor: Visitor, hidden: Probe, *nevers: Probe) -> bool:
    """Whether the first request is answered like one of the others."""
    ours = _answer(visitor, hidden)
    return any(_answer(visitor, never) == ours for never in nevers)


def _answer(visitor: Visitor, probe: Probe) -> tuple[int, str, str]:
    return _without(visitor.ask(probe.address, probe.method, probe.headers, **probe.form), probe)


def _addresses(visitor: Visitor, one: Canary) -> Iterator[Pair]:
    """Yield every address with a parameter that the place fits, to read it and to send a form to it."""
    token = {"csrf_token": visitor.token()} if visitor.roles is not None else {}
    for method, form in (("GET", {}), ("POST", token)):
        for rule in visitor.rules(method):
            if not rule.arguments - {"lang"}:
                continue
            # The team's pages look a record up before they choose the language, so one language suffices.
            for lang in LANGUAGES if visitor.roles is None else LANGUAGES[:1]:
                for number, slug in _handles(one, rule, visitor.roles is None):
                    yield from _filled(rule, method, lang, (number, slug), (_never(number), _never(slug)), form)


def _handles(one: Canary, rule: Rule, is_public: bool) -> Iterator[tuple[str, str]]:
    """Yield the ids and slugs that fit an address: those of the kind of record that it is about."""
    # Addresses of lists by place contain the slug of the place.
    kinds = [] if "/places/<" in rule.rule else [kind for kind in one.tied if f"/{kind}/" in rule.rule]
    if kinds:
        yield from one.tied[kinds[0]]
    # The team's other addresses are about records of tables in which nothing has the id of a place.
    elif is_public or rule.arguments & PLACE:
        yield one.number, one.slug


def _filled(
    rule: Rule, method: str, lang: str, there: tuple[str, str], never: tuple[str, str], form: dict[str, str]
) -> Iterator[Pair]:
    yield Probe(method, filled(rule, lang, *there), form), Probe(method, filled(rule, lang, *never), form)


def filled(rule: Rule, lang: str, number: str, slug: str) -> str:
    """Return the rule's address for one place; a second id that it needs is 1."""
    address, first = rule.rule.replace("<lang:lang>", lang), True
    while "<" in address:
        before, _, rest = address.partition("<")
        hole, _, after = rest.partition(">")
        part = (number if first else "1") if hole.startswith("int") else slug
        first = first and not hole.startswith("int")
        address = f"{before}{part}{after}"
    return address


def _oddities(visitor: Visitor, one: Canary) -> Iterator[Pair]:
    """Yield unusual requests for the page of the place."""
    never = _never(one.slug)
    pages = [rule for rule in visitor.rules() if rule.rule.endswith("/places/<slug>/")]
    for rule in pages:
        there, gone = filled(rule, "es", "1", one.slug), filled(rule, "es", "1", never)
        for method in METHODS:
            yield Probe(method, there), Probe(method, gone)
        for headers in HEADERS:
            yield Probe("GET", there, headers=headers), Probe("GET", gone, headers=headers)
        for odd in (_upper, _percent, _dotted, _ended, _unended, _twice):
            yield Probe("GET", odd(there, one.slug)), Probe("GET", odd(gone, never))


def _upper(address: str, slug: str) -> str:
    return address.replace(slug, slug.upper())


def _percent(address: str, slug: str) -> str:
    return address.replace(slug, "".join(f"%{ord(sign):02x}" for sign in slug))


def _dotted(address: str, slug: str) -> str:
    return address.replace(slug, f"%2e/{quote(slug)}")


def _ended(address: str, slug: str) -> str:
    return address.replace(slug, f"{slug}%00")


def _unended(address: str, _slug: str) -> str:
    return address.rstrip("/")


def _twice(address: str, slug: str) -> str:
    return address.replace(slug, f"/{slug}")


def _by_hand(one: Canary) -> Iterator[Pair]:
    never = _never(one.slug)
    for lang in LANGUAGES:
        for name in ASKED_BY_HAND:
            for path in (f"/{lang}/", f"/{lang}/report/", f"/{lang}/places/", f"/{lang}/news/"):
                yield Probe("GET", f"{path}?{name}={one.slug}"), Probe("GET", f"{path}?{name}={never}")
        whole = {"what": "They sell.", "category": "selling"}
        for form in ({}, whole):
            there, gone = ({"market": slug, **form} for slug in (one.slug, never))
            yield Probe("POST", f"/{lang}/report/", there), Probe("POST", f"/{lang}/report/", gone)


def _never(handle: str) -> str:
    """Return a slug or id of the same form that never existed."""
    if handle.isdigit():
        return str(int(handle) ^ 1 ^ (secrets.randbits(20) << 8))
    return "".join(sign if sign == "-" else secrets.choice(CODE_LETTERS) for sign in handle)


def _without(answer: CrawlAnswer, probe: Probe) -> tuple[int, str, str]:
    """Return the answer without the requested values: a page may repeat these, and nothing else of the request."""
    asked = {probe.address.rpartition("=")[2] if "=" in probe.address else probe.address, *probe.form.values()}
    asked |= {part for part in probe.address.strip("/").split("/") if "-" in part or part.isdigit()}
    status, headers, body = answer.steady
    texts = [str(headers), body.decode("utf-8", "replace")]
    for word in sorted(asked, key=len, reverse=True):
        for form_of in (word, word.replace(" ", "%20"), word.replace(" ", "+")):
            texts = [text.replace(form_of, "…") for text in texts]
    return status, texts[0], texts[1]


SAMPLES = 60
ROUNDS = 3
SURE = 4.0
"""Standard deviations per round: one round in sixteen thousand reaches them by chance, three in the same direction
practically never."""
NEAR = 1.25
"""Within this ratio of the medians a difference is too small to be exploited over a network."""
Timings = tuple[list[float], list[float]]


def told_apart_in_time(one: Callable[[], object], other: Callable[[], object]) -> bool:
    """Whether `one` and `other` can be distinguished by their duration."""
    ways = set()
    for _round in range(ROUNDS):
        way = differ(*measured(one, other))
        if way == 0:
            return False
        ways.add(way)
    return len(ways) == 1


def measured(one: Callable[[], object], other: Callable[[], object], samples: int = SAMPLES) -> Timings:
    """Return the durations of both in seconds, called alternately."""
    found: Timings = ([], [])
    for turn in range(samples):
        for which in (0, 1) if turn % 2 else (1, 0):
            start = time.perf_counter()
            (one, other)[which]()
            found[which].append(time.perf_counter() - start)
    return found


def differ(ones: list[float], others: list[float]) -> int:
    """Return -1 or 1 if one side takes significantly and noticeably longer than the other, else 0."""
    sure, ratio = surprise(ones, others), median(ones) / median(others)
    if abs(sure) < SURE or 1 / NEAR < ratio < NEAR:
        return 0
    return 1 if sure > 0 else -1


def surprise(ones: list[float], others: list[float]) -> float:
    """Return the Mann-Whitney U as standard deviations from its mean under equal distributions."""
    ranked = sorted([(value, 0) for value in ones] + [(value, 1) for value in others])
    ranks = sum(rank for rank, (_value, group) in enumerate(ranked, 1) if group == 0)
    n, m = len(ones), len(others)
    u = ranks - n * (n + 1) / 2
    return float((u - n * m / 2) / (n * m * (n + m + 1) / 12) ** 0.5)


JOBS = (
    *("reminders", "codes of meetings", "scheduled news", "reviews", "releases", "news for followers"),
    *("telling followers", "reminders of promises", "reminders of circles", "polls of circles"),
)
"""Timed jobs that may write messages; they run in the rehearsal, and their messages are searched."""
ONION = "the public over Tor"
Arrival = Callable[[], Visitor]


@dataclass(frozen=True)
class Leak:
    """The location and kind of a finding, never the finding itself."""

    where: str
    what: str


@dataclass(frozen=True)
class Report:
    """The extent and the findings of a drill."""

    leaks: tuple[Leak, ...] = ()
    answers: int = 0
    pairs: int = 0
    times: int = 0
    places: int = 0
    visitors: int = 1
    messages: int = 0


def run(
    app: Portal,
    files: Iterable[Path] = (),
    *,
    invent: bool = False,
    roles: Collection[Role] = tuple(Role),
    tell: Callable[[str], None] = lambda _step: None,
) -> Report:
    """Run the whole drill in a rehearsal, so that nothing of it is stored.

    `invent`: with an invented place. `files`: logs, exports, backups. `roles`: roles to play besides the public. `tell`
    is called with the next step, to show progress.
    """
    look = Look(app, tell)
    for arrive in crowd(app, roles):
        # One rehearsal for each visitor: what a long transaction holds, the city would wait for.
        with db.rehearsal():
            visitor, insider_id = arrive(), add_insider()
            with invented(insider_id) if invent else nullcontext():
                look.read_everything(visitor)
                look.ask_for_what_is_hidden(visitor)
                if invent:
                    look.take_times(visitor)
            if invent:
                look.compare(visitor, insider_id)
    look.listen_to_jobs(invent)
    look.search(files)
    forget_pages(app)
    return look.report


def crowd(app: Portal, roles: Collection[Role]) -> list[Arrival]:
    """Return how each visitor arrives, within a rehearsal."""
    return [partial(Visitor, app), *over_onion(app), *(partial(colleague, app, role) for role in roles)]


@contextmanager
def invented(insider_id: int) -> Iterator[None]:
    """Let there be an invented place, which is gone afterwards."""
    with db.rehearsal():
        add_canary(insider_id)
        yield


def over_onion(app: Portal) -> list[Arrival]:
    """Return how the visitor of the onion address arrives, if the portal has one."""
    url = app.settings.onion_url
    return [partial(Visitor, app, name=ONION, base=url)] if url else []


def forget_pages(app: Portal) -> None:
    """Clear the page cache, so that no answer predates an addition or a removal."""
    app.page_cache.forget()


class Look:
    """What the visitors found in the portal so far."""

    def __init__(self, app: Portal, tell: Callable[[str], None]) -> None:
        self._tell = tell
        self._app = app
        self._leaks: dict[Leak, None] = {}
        self._canaries: list[Canary] = []
        self._after: dict[str, Steady] = {}
        """What the visitor who is here now read, by address."""
        self._questions: set[tuple[str, str]] = set()
        self._visitors: set[str] = set()
        self._messages: set[int] = set()
        self._answers = self._pairs = self._times = self._places = 0

    @property
    def report(self) -> Report:
        """The extent and the findings so far."""
        return Report(
            tuple(self._leaks),
            self._answers,
            self._pairs,
            self._times,
            self._places,
            len(self._visitors - {ONION}),
            len(self._messages),
        )

    def read_everything(self, visitor: Visitor) -> None:
        """Let a visitor follow every link; search the answers and the portal's log."""
        self._tell(f"Reading everything as {visitor.name or 'the public'} …")
        self._look_for_what_is_hidden()
        self._visitors.add(visitor.name)
        self._after, self._questions = {}, set()
        forget_pages(self._app)
        with db.looking(), Ear() as ear:
            for answer in visitor.crawl(sample=True):
                self._after[answer.address] = answer.steady
                self._see(_by(visitor, answer.address), f"{answer.address}\n{answer.text}")
                self._see_other_host(visitor, answer)
                self._questions |= set(visitor.questions(answer))
        self._answers += len(self._after)
        self._see("the log", "\n".join(ear.lines))

    def _look_for_what_is_hidden(self) -> None:
        with db.work():
            self._canaries = hidden_canaries()
        self._places = max(self._places, len(self._canaries))

    def _see_other_host(self, visitor: Visitor, answer: CrawlAnswer) -> None:
        """Report a page of the onion address that leads out of Tor."""
        if visitor.name == ONION and visitor.leads_to(self._app.settings.public_url, answer):
            self._add(Leak(_by(visitor, self._masked(answer.address)), "leads to the public address"))

    def ask_for_what_is_hidden(self, visitor: Visitor) -> None:
        """Compare, byte for byte, the answers for hidden places with those for nonexistent ones."""
        self._tell(f"Asking as {visitor.name or 'the public'} for what is hidden, and for what never was …")
        with db.looking():
            for one in self._canaries:
                for hidden, *nevers in pairs(visitor, one, sorted(self._questions)):
                    self._pairs += 1
                    if not alike(visitor, hidden, *nevers):
                        said = f"{hidden.method} is answered otherwise than for a place that never was"
                        self._note(one, _by(visitor, hidden.address), said)

    def take_times(self, visitor: Visitor) -> None:
        """Compare how long both answers take.

        One place suffices: all are looked up in the same way.
        """
        self._tell(f"Taking times as {visitor.name or 'the public'} …")
        with db.looking():
            for one in self._canaries[:1]:
                for hidden, *nevers in timed_pairs(visitor, one):
                    self._times += 1
                    if told_apart_in_time(partial(_ask, visitor, hidden), partial(_ask, visitor, nevers[0])):
                        self._note(one, _by(visitor, hidden.address), "takes longer or shorter than what never was")

    def compare(self, visitor: Visitor, insider_id: int) -> None:
        """Report what a visitor reads otherwise whenever there is an invented place, of which there is none now."""
        # The team's templates are the same in every language, so one language suffices.
        langs = LANGUAGES if visitor.roles is None else LANGUAGES[:1]
        others = tuple(f"/{lang}/" for lang in LANGUAGES if lang not in langs)
        without = self._ask_again(visitor, [address for address in self._after if not address.startswith(others)])
        suspects = [address for address in without if without[address] != self._after[address]]
        if not suspects:
            return
        with invented(insider_id):
            meanwhile = self._ask_again(visitor, suspects)
        # A page that is another one each time tells nothing.
        for address, answer in self._ask_again(visitor, suspects).items():
            if answer == without[address] != meanwhile[address]:
                self._add(Leak(_by(visitor, self._masked(address)), "is another page while a place is hidden"))

    def _ask_again(self, visitor: Visitor, addresses: Iterable[str]) -> dict[str, Steady]:
        forget_pages(self._app)
        with db.looking():
            return {address: visitor.ask(address).steady for address in addresses}

    def listen_to_jobs(self, invent: bool) -> None:
        """Run the timed jobs, each in a rehearsal, and search the messages that wait to be sent; they never are."""
        self._tell("Reading what waits to be sent, and files …")
        for name in JOBS:
            with db.rehearsal():
                if invent:
                    add_canary(add_insider())
                self._look_for_what_is_hidden()
                self._app.engine.run(name, [])
                self._read_messages()

    def _read_messages(self) -> None:
        waiting = select(OutboundMessage.id, OutboundMessage.body).where(OutboundMessage.body.is_not(None))
        with db.work():
            for number, body in session.execute(waiting):
                if number not in self._messages:
                    self._messages.add(number)
                    self._see("a message in the outbox", cipher().decrypt(body or b""))

    def search(self, files: Iterable[Path]) -> None:
        """Search files, including those in archives."""
        self._look_for_what_is_hidden()
        for path in files:
            for name, text in texts_in(path):
                self._see(name, text)

    def _see(self, where: str, text: str) -> None:
        for one in self._canaries:
            for what in one.seen_in(text):
                self._note(one, where, what)

    def _note(self, one: Canary, where: str, what: str) -> None:
        self._add(Leak(one.masked(where), what))

    def _add(self, leak: Leak) -> None:
        self._leaks[leak] = None

    def _masked(self, text: str) -> str:
        for one in self._canaries:
            text = one.masked(text)
        return text


class Ear(logging.Handler):
    """A handler that collects the portal's log lines."""

    def __init__(self) -> None:
        super().__init__()
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        """Store a line."""
        self.lines.append(record.getMessage())

    def __enter__(self) -> Ear:
        logging.getLogger("portal").addHandler(self)
        return self

    def __exit__(self, *_error: object) -> None:
        logging.getLogger("portal").removeHandler(self)


def _by(visitor: Visitor, address: str) -> str:
    return f"{address} (as {visitor.name})" if visitor.name else address


def _ask(visitor: Visitor, probe: Probe) -> object:
    return visitor.ask(probe.address, probe.method)
