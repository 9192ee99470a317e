"""The drill itself: read everything public, then ask for what is hidden as if it were known."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from babel.messages.pofile import read_po
from flask import Flask
from sqlalchemy import not_, or_, select
from werkzeug.routing import Rule

from portal.config import ROOT
from portal.core.addresses import TAIL_LETTERS
from portal.core.db import db, session
from portal.core.i18n import LANGUAGES
from portal.core.jobs.outbox import Parcel, cipher
from portal.leaks.canaries import Canary, canary
from portal.leaks.crawl import Answer, Visitor, public_rules
from portal.markets.models import Market
from portal.markets.queries import public_markets, released
from portal.markets.rules.names import words

# Texts that come with the program and are the same in every city.
CATALOGUE = ROOT / "translations" / "es" / "LC_MESSAGES" / "messages.po"
SHIPPED = (ROOT / "portal" / "home" / "results.py", ROOT / "portal" / "news" / "library" / "literature.toml")
ASKED_BY_HAND = ("place", "q", "tag", "market")
"""Names that a query may have, whether a form offers them or not."""


@dataclass(frozen=True)
class Leak:
    """Where something was found, and what kind of thing; never the thing."""

    where: str
    what: str


@dataclass(frozen=True)
class Report:
    """What the drill did and found."""

    leaks: tuple[Leak, ...]
    answers: int
    places: int


def run(app: Flask, files: Iterable[Path] = ()) -> Report:
    """The whole drill; reads only. `files` are logs and exports to search too."""
    with db.work():
        canaries = hidden_canaries()
        waiting = [text for text in _parcels() if text]
    visitor = Visitor(app)
    leaks: dict[Leak, None] = {}
    asked, questions = 0, set()
    for answer in visitor.crawl():
        asked += 1
        leaks |= dict.fromkeys(seen(answer.address, f"{answer.address}\n{answer.text}", canaries))
        questions |= set(visitor.questions(answer))
    for one in canaries:
        probes = list(pairs(app, one, sorted(questions)))
        asked += 2 * len(probes)
        leaks |= dict.fromkeys(told_apart(visitor, one, probes))
    for text in waiting:
        leaks |= dict.fromkeys(seen("a parcel in the outbox", text, canaries))
    for path in files:
        leaks |= dict.fromkeys(seen(path.name, path.read_bytes().decode("utf-8", "replace"), canaries))
    return Report(tuple(leaks), asked, len(canaries))


def hidden_canaries() -> list[Canary]:
    """A canary for each hidden place."""
    said = shipped_words()
    for market in public_markets():
        for text in (market.name, market.own_name):
            said |= {*words(text.en), *words(text.es)}
    hidden = session.scalars(select(Market).where(or_(Market.released_at.is_(None), not_(released()))))
    return [
        canary(one.slug, one.id, (one.name.en, one.name.es, one.own_name.en, one.own_name.es), said) for one in hidden
    ]


def shipped_words() -> set[str]:
    """Every word of the texts that come with the program."""
    with CATALOGUE.open("rb") as file:
        texts = [str(text) for message in read_po(file) for text in (message.id, message.string)]
    return {word for text in [*texts, *(path.read_text("utf-8") for path in SHIPPED)] for word in words(text)}


def seen(where: str, text: str, canaries: Iterable[Canary]) -> Iterator[Leak]:
    """What of any hidden place stands in a text."""
    for one in canaries:
        yield from (Leak(one.masked(where), what) for what in one.seen_in(text))


Probe = tuple[str, str, dict[str, str]]


def pairs(app: Flask, one: Canary, questions: Iterable[tuple[str, str]]) -> Iterator[tuple[Probe, Probe]]:
    """Questions about a hidden place, each beside the same one about a place that never was."""
    never = "".join(sign if sign == "-" else secrets.choice(TAIL_LETTERS) for sign in one.slug)
    other = never.replace("-", " ")
    for rule in public_rules(app):
        if rule.arguments - {"lang"}:
            for lang in LANGUAGES:
                yield ("GET", filled(rule, lang, one.slug), {}), ("GET", filled(rule, lang, never), {})
    for lang in LANGUAGES:
        for name in ASKED_BY_HAND:
            for path in (f"/{lang}/", f"/{lang}/report/", f"/{lang}/places/", f"/{lang}/news/"):
                yield ("GET", f"{path}?{name}={one.slug}", {}), ("GET", f"{path}?{name}={never}", {})
        yield ("POST", f"/{lang}/report/", {"market": one.slug}), ("POST", f"/{lang}/report/", {"market": never})
    for path, name in questions:
        for text in sorted(one.names):
            same_length = (other * (len(text) // len(other) + 1))[: len(text)]
            yield ("GET", f"{path}?{name}={text}", {}), ("GET", f"{path}?{name}={same_length}", {})


def filled(rule: Rule, lang: str, slug: str) -> str:
    """The rule's address for one place; a number that it asks for is the first."""
    address = rule.rule.replace("<lang:lang>", lang)
    while "<" in address:
        before, _, rest = address.partition("<")
        hole, _, after = rest.partition(">")
        address = f"{before}{'1' if hole.startswith('int') else slug}{after}"
    return address


def told_apart(visitor: Visitor, one: Canary, probes: Iterable[tuple[Probe, Probe]]) -> Iterator[Leak]:
    """Where a hidden place is answered otherwise than one that never was."""
    for hidden, never in probes:
        ours, theirs = (visitor.ask(address, method, **form) for method, address, form in (hidden, never))
        if _without(ours, hidden) != _without(theirs, never):
            yield Leak(one.masked(hidden[1]), f"{hidden[0]} is answered otherwise than for a place that never was")


def _without(answer: Answer, probe: Probe) -> tuple[int, str, str]:
    """The answer without what was asked: a page may repeat the question, and nothing else of it."""
    _method, address, form = probe
    asked = {address.rpartition("=")[2] if "=" in address else address, *form.values()}
    asked |= {part for part in address.strip("/").split("/") if "-" in part}
    status, headers, body = answer.steady
    texts = [str(headers), body.decode("utf-8", "replace")]
    for word in sorted(asked, key=len, reverse=True):
        for form_of in (word, word.replace(" ", "%20"), word.replace(" ", "+")):
            texts = [text.replace(form_of, "…") for text in texts]
    return status, texts[0], texts[1]


def _parcels() -> Iterator[str]:
    """What waits in the outbox, opened; nothing of it is kept or printed."""
    for body in session.scalars(select(Parcel.body).where(Parcel.body.is_not(None))):
        yield cipher().decrypt(body or b"")
