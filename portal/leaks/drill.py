"""The leak drill (`flask doctor leaks`): visitors of every kind read everything, then ask for hidden places.

The visitors are the public and, for each role, a member who was admitted nowhere. Everything happens in a rehearsal, so
that nothing is stored and nothing is sent. The tests run this same drill.
"""

from __future__ import annotations

import logging
import os
import re
import secrets
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from functools import partial
from io import StringIO
from itertools import chain, product, repeat
from pathlib import Path
from statistics import median
from urllib.parse import quote

import click
from flask.cli import with_appcontext
from sqlalchemy import select
from werkzeug.routing import Rule

from portal.accounts.roles import Role
from portal.core import migrations
from portal.core.data_folder import LastDone, note
from portal.core.db import db, session
from portal.core.i18n import LANGUAGES
from portal.core.jobs.outbox import OutboundMessage
from portal.core.logs import log
from portal.core.migrations import BEHIND
from portal.core.portal import Portal, current_portal
from portal.core.texted import CODE_LETTERS
from portal.leaks.canaries import Canary, add_canary, add_insider, colleague, hidden_canaries, texts_in
from portal.leaks.crawl import METHODS, Steady, Visitor

ASKED_BY_HAND = ("place", "q", "tag", "market")
"""Query parameters to try, whether a form offers them or not."""
PAGE = "/places/<slug>/"
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
    method: str
    address: str
    form: dict[str, str] = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)


Pair = tuple[Probe, *tuple[Probe, ...]]
"""A request about what is hidden, and one or more that are equal to it but about what never was."""
INVENTIONS = 3
"""So many invented words are asked for in a search: one may, by chance, be near a word of a page or read as a call."""


def pairs(visitor: Visitor, canary: Canary, questions: Iterable[tuple[str, str]]) -> Iterator[Pair]:
    """Yield every pair of requests, hidden and nonexistent, that a visitor can make about a hidden place."""
    yield from _addresses(visitor, canary)
    if visitor.roles is None:
        yield from _oddities(visitor, canary)
        yield from _by_hand(canary)
    for path, name in questions:
        for text in sorted(canary.names):
            invented = (_never(canary.slug).replace("-", " ") for _time in range(INVENTIONS))
            same_length = [(never * (len(text) // len(never) + 1))[: len(text)] for never in invented]
            yield Probe("GET", f"{path}?{name}={text}"), *(Probe("GET", f"{path}?{name}={it}") for it in same_length)


def timed_pairs(visitor: Visitor, canary: Canary) -> Iterator[tuple[Probe, Probe]]:
    rules = [rule for rule in visitor.rules() if "market_id" in rule.arguments or rule.rule.endswith(PAGE)]
    for rule in rules[:TIMED]:
        yield _filled(rule, "GET", "en", (canary.number, canary.slug), {})
    if visitor.roles is None:
        there, never = (f"/es/report/?place={slug}" for slug in (canary.slug, _never(canary.slug)))
        yield Probe("GET", there), Probe("GET", never)


def alike(visitor: Visitor, hidden: Probe, *nevers: Probe) -> bool:
    ours = _answer(visitor, hidden)
    return any(_answer(visitor, never) == ours for never in nevers)


def _answer(visitor: Visitor, probe: Probe) -> tuple[int, str, str]:
    """Return the answer without the requested values: a page may repeat these, and nothing else of the request."""
    answer = visitor.ask(probe.address, probe.method, probe.headers, **probe.form)
    words = {probe.address.rpartition("=")[2] if "=" in probe.address else probe.address, *probe.form.values()}
    words |= {part for part in probe.address.strip("/").split("/") if "-" in part or part.isdigit()}
    status, headers, body = answer.steady
    texts = [str(headers), body.decode("utf-8", "replace")]
    for word in sorted(words, key=len, reverse=True):
        for form_of in (word, word.replace(" ", "%20"), word.replace(" ", "+")):
            texts = [text.replace(form_of, "…") for text in texts]
    return status, texts[0], texts[1]


def _addresses(visitor: Visitor, canary: Canary) -> Iterator[Pair]:
    """Yield every address with a parameter that the place fits, to read it and to send a form to it."""
    token = {"csrf_token": visitor.token()} if visitor.roles is not None else {}
    for method, form in (("GET", {}), ("POST", token)):
        for rule in visitor.rules(method):
            if not rule.arguments - {"lang"}:
                continue
            # The team's pages look a record up before they choose the language, so one language suffices.
            for lang in LANGUAGES if visitor.roles is None else LANGUAGES[:1]:
                for handle in _handles(canary, rule, visitor.roles is None):
                    yield _filled(rule, method, lang, handle, form)


def _handles(canary: Canary, rule: Rule, is_public: bool) -> Iterable[tuple[str, str]]:
    """Return the ids and slugs that fit an address: those of the kind of record that it is about."""
    # Addresses of lists by place contain the slug of the place.
    kinds = [] if "/places/<" in rule.rule else [kind for kind in canary.tied if f"/{kind}/" in rule.rule]
    if kinds:
        return canary.tied[kinds[0]]
    # The team's other addresses are about records of tables in which nothing has the id of a place.
    return [(canary.number, canary.slug)] if is_public or rule.arguments & PLACE else []


def _filled(rule: Rule, method: str, lang: str, there: tuple[str, str], form: dict[str, str]) -> tuple[Probe, Probe]:
    """Return the requests to a rule with an id and a slug, and with others of the same form."""
    number, slug = there
    never = filled(rule, lang, _never(number), _never(slug))
    return Probe(method, filled(rule, lang, number, slug), form), Probe(method, never, form)


def filled(rule: Rule, lang: str, number: str, slug: str) -> str:
    """Return the rule's address for one place; a second id that it needs is 1."""
    numbers = chain([number], repeat("1"))
    address = rule.rule.replace("<lang:lang>", lang)
    return re.sub("<(int)?[^>]*>", lambda hole: next(numbers) if hole[1] else slug, address)


def _oddities(visitor: Visitor, canary: Canary) -> Iterator[Pair]:
    never = _never(canary.slug)
    for rule in visitor.rules():
        if rule.rule.endswith(PAGE):
            there, gone = filled(rule, "es", "1", canary.slug), filled(rule, "es", "1", never)
            for method in METHODS:
                yield Probe(method, there), Probe(method, gone)
            for headers in HEADERS:
                yield Probe("GET", there, headers=headers), Probe("GET", gone, headers=headers)
            for hidden, other in zip(_odd(there, canary.slug), _odd(gone, never), strict=True):
                yield Probe("GET", hidden), Probe("GET", other)


def _odd(address: str, slug: str) -> Iterator[str]:
    """Yield unusual ways to write an address with this slug."""
    percent = "".join(f"%{ord(sign):02x}" for sign in slug)
    for written in (slug.upper(), percent, f"%2e/{quote(slug)}", f"{slug}%00", f"/{slug}"):
        yield address.replace(slug, written)
    yield address.rstrip("/")


def _by_hand(canary: Canary) -> Iterator[Pair]:
    there, never = canary.slug, _never(canary.slug)
    for lang, name, path in product(LANGUAGES, ASKED_BY_HAND, ("", "report/", "places/", "news/")):
        asked = f"/{lang}/{path}?{name}="
        yield Probe("GET", f"{asked}{there}"), Probe("GET", f"{asked}{never}")
    for lang, form in product(LANGUAGES, ({}, {"what": "They sell.", "category": "selling"})):
        address = f"/{lang}/report/"
        yield Probe("POST", address, {"market": there, **form}), Probe("POST", address, {"market": never, **form})


def _never(handle: str) -> str:
    """Return a slug or id of the same form that never existed."""
    if handle.isdigit():
        return str(int(handle) ^ 1 ^ (secrets.randbits(20) << 8))
    return "".join(sign if sign == "-" else secrets.choice(CODE_LETTERS) for sign in handle)


SAMPLES = 60
ROUNDS = 3
SURE = 4.0
"""Standard deviations per round: one round in sixteen thousand reaches them by chance, three in the same direction
practically never."""
NEAR = 1.25
"""Within this ratio of the medians a difference is too small to be exploited over a network."""


def told_apart_in_time(one: Callable[[], object], other: Callable[[], object]) -> bool:
    """Whether `one` and `other`, called alternately so that other load affects both, differ in time in every round."""
    ways = set()
    for _round in range(ROUNDS):
        seconds: tuple[list[float], list[float]] = ([], [])
        for turn in range(SAMPLES):
            for which in (0, 1) if turn % 2 else (1, 0):
                start = time.perf_counter()
                (one, other)[which]()
                seconds[which].append(time.perf_counter() - start)
        ways.add(differ(*seconds))
        if 0 in ways:
            return False
    return len(ways) == 1


def differ(ones: list[float], others: list[float]) -> int:
    """Return -1 or 1 if one side takes significantly and noticeably longer than the other, else 0."""
    ranked = sorted([(value, 0) for value in ones] + [(value, 1) for value in others])
    ranks = sum(rank for rank, (_value, group) in enumerate(ranked, 1) if group == 0)
    n, m = len(ones), len(others)
    u = ranks - n * (n + 1) / 2
    # The Mann-Whitney U as standard deviations from its mean under equal distributions.
    sure, ratio = (u - n * m / 2) / (n * m * (n + m + 1) / 12) ** 0.5, median(ones) / median(others)
    if abs(sure) < SURE or 1 / NEAR < ratio < NEAR:
        return 0
    return 1 if sure > 0 else -1


JOBS = (
    *("reminders", "codes of meetings", "scheduled news", "reviews", "releases", "news for followers"),
    *("telling followers", "reminders of promises", "reminders of circles"),
)
"""Timed jobs that may write messages; they run in the rehearsal, and their messages are searched."""
ONION = "the public over Tor"


@dataclass(frozen=True)
class Leak:
    """Where and of what kind a finding is, never the finding itself."""

    where: str
    what: str


@dataclass
class Report:
    leaks: list[Leak] = field(default_factory=list)
    answers: int = 0
    pairs: int = 0
    times: int = 0
    places: int = 0
    roles: int = 0
    messages: int = 0


def run(app: Portal, files: Iterable[Path], roles: Iterable[Role], *, invent: bool) -> Report:
    """Run the drill as the public and as `roles`. `files`: logs, exports, backups. `invent`: with an invented place."""
    look, onion = Look(app), app.settings.onion_url
    arrivals: list[Callable[[], Visitor]] = [partial(Visitor, app)]
    arrivals += [partial(Visitor, app, name=ONION, base=onion)] if onion else []
    arrivals += [partial(colleague, app, role) for role in roles]
    for arrive in arrivals:
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
    app.page_cache.forget()
    return look.report


@contextmanager
def invented(insider_id: int) -> Iterator[None]:
    with db.rehearsal():
        add_canary(insider_id)
        yield


class Look:
    def __init__(self, app: Portal) -> None:
        self.report = Report()
        self._app = app
        self._canaries: list[Canary] = []
        self._after: dict[str, Steady] = {}
        """What the visitor who is here now read, by address."""
        self._questions: set[tuple[str, str]] = set()
        self._messages: set[int] = set()

    def read_everything(self, visitor: Visitor) -> None:
        """Let a visitor follow every link; search the answers and the portal's log."""
        click.echo(f"Reading everything as {visitor.name or 'the public'} …", err=True)
        self._look_for_what_is_hidden()
        self.report.roles += visitor.roles is not None
        self._after, self._questions = {}, set()
        # So that no answer predates an addition or a removal.
        self._app.page_cache.forget()
        lines = StringIO()
        ear = logging.StreamHandler(lines)
        log.addHandler(ear)
        try:
            with db.looking():
                for answer in visitor.crawl(sample=True):
                    self._after[answer.address] = answer.steady
                    self._see(_by(visitor, answer.address), f"{answer.address}\n{answer.text}")
                    if visitor.name == ONION and visitor.leads_to(self._app.settings.public_url, answer):
                        # Out of Tor.
                        self._add(_by(visitor, answer.address), "leads to the public address")
                    self._questions |= set(visitor.questions(answer))
        finally:
            log.removeHandler(ear)
        self.report.answers += len(self._after)
        self._see("the log", lines.getvalue())

    def _look_for_what_is_hidden(self) -> None:
        with db.work():
            self._canaries = hidden_canaries()
        self.report.places = max(self.report.places, len(self._canaries))

    def ask_for_what_is_hidden(self, visitor: Visitor) -> None:
        """Compare, byte for byte, the answers for hidden places with those for nonexistent ones."""
        click.echo(f"Asking as {visitor.name or 'the public'} for what is hidden, and for what never was …", err=True)
        with db.looking():
            for canary in self._canaries:
                for hidden, *nevers in pairs(visitor, canary, sorted(self._questions)):
                    self.report.pairs += 1
                    if not alike(visitor, hidden, *nevers):
                        what = f"{hidden.method} is answered otherwise than for a place that never was"
                        self._add(_by(visitor, hidden.address), what)

    def take_times(self, visitor: Visitor) -> None:
        """Compare how long both answers take; one place suffices, as all are looked up in the same way."""
        click.echo(f"Taking times as {visitor.name or 'the public'} …", err=True)
        with db.looking():
            for canary in self._canaries[:1]:
                for hidden, never in timed_pairs(visitor, canary):
                    self.report.times += 1
                    if told_apart_in_time(partial(visitor.ask, hidden.address), partial(visitor.ask, never.address)):
                        self._add(_by(visitor, hidden.address), "takes longer or shorter than what never was")

    def compare(self, visitor: Visitor, insider_id: int) -> None:
        """Report what a visitor reads otherwise whenever there is an invented place, of which there is none now."""
        # The team's templates are the same in every language, so one language suffices.
        others = () if visitor.roles is None else tuple(f"/{lang}/" for lang in LANGUAGES[1:])
        without = self._ask_again(visitor, [address for address in self._after if not address.startswith(others)])
        suspects = [address for address in without if without[address] != self._after[address]]
        if not suspects:
            return
        with invented(insider_id):
            meanwhile = self._ask_again(visitor, suspects)
        # A page that is another one each time tells nothing.
        for address, answer in self._ask_again(visitor, suspects).items():
            if answer == without[address] != meanwhile[address]:
                self._add(_by(visitor, address), "is another page while a place is hidden")

    def _ask_again(self, visitor: Visitor, addresses: Iterable[str]) -> dict[str, Steady]:
        self._app.page_cache.forget()
        with db.looking():
            return {address: visitor.ask(address).steady for address in addresses}

    def listen_to_jobs(self, invent: bool) -> None:
        """Run the timed jobs, each in a rehearsal, and search the messages that wait to be sent; they never are."""
        click.echo("Reading what waits to be sent, and files …", err=True)
        waiting = select(OutboundMessage.id).where(OutboundMessage.body.is_not(None))
        for name in JOBS:
            with db.rehearsal():
                if invent:
                    add_canary(add_insider())
                self._look_for_what_is_hidden()
                self._app.engine.run(name, [])
                with db.work():
                    for number in set(session.scalars(waiting)) - self._messages:
                        self._messages.add(number)
                        message = session.get_one(OutboundMessage, number)
                        words = (message.subject, message.body, message.leave, (message.calendar or b"").decode())
                        self._see("a message in the outbox", "\n".join(word or "" for word in words))
        self.report.messages = len(self._messages)

    def search(self, files: Iterable[Path]) -> None:
        self._look_for_what_is_hidden()
        for path in files:
            for name, text in texts_in(path):
                self._see(name, text)

    def _see(self, where: str, text: str) -> None:
        for canary in self._canaries:
            for what in canary.seen_in(text):
                self._add(where, what)

    def _add(self, where: str, what: str) -> None:
        """Note a leak once. What is printed of it must not be one: no place is named in it."""
        for canary in self._canaries:
            where = canary.masked(where)
        if (leak := Leak(where, what)) not in self.report.leaks:
            self.report.leaks.append(leak)


def _by(visitor: Visitor, address: str) -> str:
    return f"{address} (as {visitor.name})" if visitor.name else address


@click.command("leaks")
@click.option(
    "--also",
    "files",
    multiple=True,
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="A log, an export or a backup to search too; may be given several times. What is packed is unpacked.",
)
@click.option(
    "--canary",
    "with_canary",
    is_flag=True,
    help="Look for an invented hidden place as well: it is gone afterwards, and nobody else ever sees it.",
)
@click.option(
    "--as",
    "roles",
    multiple=True,
    type=click.Choice(["public", *(role.value for role in Role)]),
    help="Play only these besides the public; may be given several times. Without it every role is played.",
)
@with_appcontext
def leaks(files: tuple[Path, ...], with_canary: bool, roles: tuple[str, ...]) -> None:
    """Read everything, as the public and as each role, and look for hidden places in it; ends with 1 if one is told.

    It changes nothing, sends nothing, and what it prints names no place. When all was drilled is noted.
    """
    # Residents come first.
    os.setpriority(os.PRIO_PROCESS, 0, 10)
    if migrations.is_behind():
        raise click.ClickException(BEHIND)
    played = [role for role in Role if not roles or role in roles]
    report = run(current_portal, files, played, invent=with_canary)
    if not roles and report.places:
        note(LastDone.LEAK_DRILL, current_portal.settings, faults=len(report.leaks))
    for leak in report.leaks:
        click.echo(f"LEAK {leak.where}: {leak.what}")
    who = f"the public and {report.roles} members of one role each, whom nobody admitted"
    click.echo(
        f"Read {report.answers} answers to {who if report.roles else 'the public'},"
        f" {report.messages} messages that wait, and {len(files)} files."
    )
    if report.places:
        click.echo(
            f"Asked {report.pairs} times for one of {report.places} hidden places and for one that never was; "
            f"took the time of {report.times} of these pairs."
        )
        leaks_found = f"{len(report.leaks)} leaks: each line above is a way to learn of a hidden place."
        click.echo(leaks_found if report.leaks else "No leak: nothing told of a hidden place.")
    else:
        click.echo("No place is hidden, so nothing was looked for. Run it with --canary to look for an invented one.")
    if report.leaks:
        raise SystemExit(1)
