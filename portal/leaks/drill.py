"""The drill itself: somebody of every kind reads everything, then asks for what is hidden as if it were known.

Who it plays: the public, and for each role of the role wall somebody whom nobody admitted anywhere. All of it happens
in a rehearsal, so that nothing stays and nothing is sent. The tests of the house run this same drill.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Iterable
from contextlib import nullcontext
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from flask import Flask
from sqlalchemy import select

from portal.accounts.rules.roles import Role
from portal.core.db import db, session
from portal.core.front import Front
from portal.core.jobs.outbox import Parcel, cipher
from portal.leaks.canaries import Canary
from portal.leaks.colleagues import add_colleagues, add_insider
from portal.leaks.crawl import Visitor
from portal.leaks.files import texts_in
from portal.leaks.hidden import hidden_canaries
from portal.leaks.invention import add_canary
from portal.leaks.probes import Probe, alike, pairs, timed_pairs
from portal.leaks.timing import told_apart_in_time

JOBS = (
    *("seats", "codes of meetings", "scheduled news", "reviews", "releases"),
    *("reminders of promises", "reminders of circles"),
)
"""What the timetable does that may write to somebody; run in the rehearsal, and what they write is read."""
Site = dict[str, tuple[int, tuple[tuple[str, str], ...], bytes]]


@dataclass(frozen=True)
class Leak:
    """Where something was found, and what kind of thing; never the thing."""

    where: str
    what: str


@dataclass(frozen=True)
class Report:
    """What the drill did and found."""

    leaks: tuple[Leak, ...] = ()
    answers: int = 0
    pairs: int = 0
    times: int = 0
    places: int = 0
    visitors: int = 1
    messages: int = 0


def run(
    app: Flask,
    files: Iterable[Path] = (),
    *,
    invent: bool = False,
    roles: Collection[Role] = tuple(Role),
    tell: Callable[[str], None] = lambda _step: None,
) -> Report:
    """The whole drill; nothing of it stays. `invent`: with an invented place. `files`: logs, exports, backups.

    `roles`: whom to play besides the public. `tell` hears what is done next, for whoever waits.
    """
    with db.rehearsal():
        crowd = [Visitor(app), *add_colleagues(app, roles)]
        insider_id = add_insider()
        if invent:
            tell("Reading the site as it is …")
        before = sites(app, crowd) if invent else {}
        with db.rehearsal() if invent else nullcontext():
            if invent:
                add_canary(insider_id)
            look = Look(app, crowd, tell)
            look.read_everything()
            look.ask_for_what_is_hidden()
            if invent:
                look.take_times()
            look.listen_to_jobs()
            look.search(files)
        # The invented place is gone again: what is as before now was another for its sake alone.
        look.compare(before)
    forget_pages(app)
    return look.report


def sites(app: Flask, crowd: Iterable[Visitor]) -> dict[str, Site]:
    """Everything that each can read, as it is now."""
    forget_pages(app)
    with db.looking():
        return {visitor.name: visitor.site() for visitor in crowd}


def forget_pages(app: Flask) -> None:
    """Let no page be answered that was kept ready before something was added or taken away."""
    front = app.wsgi_app
    if isinstance(front, Front):
        front.forget()


class Look:
    """One look at the portal by everybody in a crowd, and what was found so far."""

    def __init__(self, app: Flask, crowd: list[Visitor], tell: Callable[[str], None]) -> None:
        self._tell = tell
        self._app = app
        self._crowd = crowd
        self._leaks: dict[Leak, None] = {}
        self._after: dict[str, Site] = {visitor.name: {} for visitor in crowd}
        self._questions: dict[str, list[tuple[str, str]]] = {}
        self._pairs = self._times = self._messages = 0
        with db.work():
            self._canaries = hidden_canaries()

    @property
    def report(self) -> Report:
        """What was done and found."""
        asked = sum(len(site) for site in self._after.values())
        return Report(
            tuple(self._leaks),
            asked,
            self._pairs,
            self._times,
            len(self._canaries),
            len(self._crowd),
            self._messages,
        )

    def read_everything(self) -> None:
        """Each follows every link, and what they are given is searched; so is what the portal logs of it."""
        forget_pages(self._app)
        with db.looking(), Ear() as ear:
            for visitor in self._crowd:
                self._tell(f"Reading everything as {visitor.name or 'the public'} …")
                questions = set()
                for answer in visitor.crawl():
                    self._after[visitor.name][answer.address] = answer.steady
                    self._see(_by(visitor, answer.address), f"{answer.address}\n{answer.text}")
                    questions |= set(visitor.questions(answer))
                self._questions[visitor.name] = sorted(questions)
        self._see("the log", "\n".join(ear.lines))

    def ask_for_what_is_hidden(self) -> None:
        """Each asks for it, and for the same that never was: byte for byte."""
        with db.looking():
            for visitor in self._crowd:
                self._tell(f"Asking as {visitor.name or 'the public'} for what is hidden, and for what never was …")
                for one in self._canaries:
                    for hidden, never in pairs(visitor, one, self._questions[visitor.name]):
                        self._pairs += 1
                        if not alike(visitor, hidden, never):
                            said = f"{hidden.method} is answered otherwise than for a place that never was"
                            self._note(one, _by(visitor, hidden.address), said)

    def take_times(self) -> None:
        """How long it takes to be told nothing. One place is enough: all are looked for in the same way."""
        with db.looking():
            for visitor in self._crowd:
                self._tell(f"Taking times as {visitor.name or 'the public'} …")
                for one in self._canaries[:1]:
                    for hidden, never in timed_pairs(visitor, one):
                        self._times += 1
                        if told_apart_in_time(partial(_ask, visitor, hidden), partial(_ask, visitor, never)):
                            self._note(one, _by(visitor, hidden.address), "takes longer or shorter than what never was")

    def listen_to_jobs(self) -> None:
        """Let the timetable do what it does, and read what waits to be sent; it never is."""
        self._tell("Reading what waits to be sent, and files …")
        engine = self._app.extensions["engine"]
        for name in JOBS:
            engine.run(name, [])
        with db.work():
            bodies = session.scalars(select(Parcel.body).where(Parcel.body.is_not(None))).all()
            waiting = [cipher().decrypt(body or b"") for body in bodies]
        self._messages = len(waiting)
        for text in waiting:
            self._see("a parcel in the outbox", text)

    def search(self, files: Iterable[Path]) -> None:
        """Look into files; what is packed is unpacked."""
        for path in files:
            for name, text in texts_in(path):
                self._see(name, text)

    def compare(self, before: dict[str, Site]) -> None:
        """Whether anything was another for the invented place: it must be as before again now that it is gone."""
        forget_pages(self._app)
        with db.looking():
            for visitor in self._crowd if before else ():
                was, became = before[visitor.name], self._after[visitor.name]
                for address in {*was, *became}:
                    if was.get(address) == became.get(address):
                        continue
                    now = visitor.ask(address).steady
                    if now == was.get(address) or (address not in was and now != became[address]):
                        self._add(Leak(_by(visitor, self._masked(address)), "is another page while a place is hidden"))

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
    """Hears what the portal logs meanwhile."""

    def __init__(self) -> None:
        super().__init__()
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        """Remember a line."""
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
