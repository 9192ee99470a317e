"""Questions about a hidden place, each beside the same one about a place that never was."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from urllib.parse import quote

from werkzeug.routing import Rule

from portal.core.codes import CODE_LETTERS
from portal.core.i18n import LANGUAGES
from portal.leaks.canaries import Canary
from portal.leaks.crawl import METHODS, Answer, Visitor

ASKED_BY_HAND = ("place", "q", "tag", "market")
"""Names that a query may have, whether a form offers them or not."""
HEADERS = (
    {"If-None-Match": "*"},
    {"If-Modified-Since": "Wed, 21 Oct 2015 07:28:00 GMT"},
    {"Range": "bytes=0-9"},
    {"Accept-Language": "es"},
    {"Accept": "application/json"},
    {"Accept-Encoding": "br"},
)
"""What may be asked along with an address."""
TIMED = 2
"""So many of somebody's pages about a place are measured: they all find the place in the same way."""


@dataclass(frozen=True)
class Probe:
    """One question."""

    method: str
    address: str
    form: dict[str, str] = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)


Pair = tuple[Probe, Probe]


def pairs(visitor: Visitor, one: Canary, questions: Iterable[tuple[str, str]]) -> Iterator[Pair]:
    """Everything that a visitor can ask about one hidden place."""
    yield from _addresses(visitor, one)
    if visitor.roles is None:
        yield from _oddities(visitor, one)
        yield from _by_hand(one)
    never = _never(one.slug).replace("-", " ")
    for path, name in questions:
        for text in sorted(one.names):
            same_length = (never * (len(text) // len(never) + 1))[: len(text)]
            yield Probe("GET", f"{path}?{name}={text}"), Probe("GET", f"{path}?{name}={same_length}")


def timed_pairs(visitor: Visitor, one: Canary) -> Iterator[Pair]:
    """Some of them, to be measured."""
    rules = [rule for rule in visitor.rules() if "market_id" in rule.arguments or rule.rule.endswith("/places/<slug>/")]
    for rule in rules[:TIMED]:
        yield from _filled(rule, "GET", "en", (one.number, one.slug), (_never(one.number), _never(one.slug)), {})
    if visitor.roles is None:
        there, never = (f"/es/report/?place={slug}" for slug in (one.slug, _never(one.slug)))
        yield Probe("GET", there), Probe("GET", never)


def alike(visitor: Visitor, hidden: Probe, never: Probe) -> bool:
    """Whether both are answered alike."""
    ours, theirs = (visitor.ask(probe.address, probe.method, probe.headers, **probe.form) for probe in (hidden, never))
    return _without(ours, hidden) == _without(theirs, never)


def _addresses(visitor: Visitor, one: Canary) -> Iterator[Pair]:
    """Every address with a hole, with everything of the place that fits: read it, and send a form to it."""
    token = {"csrf_token": visitor.token()} if visitor.roles is not None else {}
    for method, form in (("GET", {}), ("POST", token)):
        for rule in visitor.rules(method):
            if not rule.arguments - {"lang"}:
                continue
            # The team's pages find a thing before they choose their words: one language will do.
            for lang in LANGUAGES if visitor.roles is None else LANGUAGES[:1]:
                for number, slug in _handles(one, rule):
                    yield from _filled(rule, method, lang, (number, slug), (_never(number), _never(slug)), form)


def _handles(one: Canary, rule: Rule) -> Iterator[tuple[str, str]]:
    """The numbers and addresses of it that may stand in such an address: those of what the address is about."""
    # What is listed by place has the address of the place in it.
    kinds = [] if "/places/<" in rule.rule else [kind for kind in one.tied if f"/{kind}/" in rule.rule]
    yield from one.tied[kinds[0]] if kinds else [(one.number, one.slug)]


def _filled(
    rule: Rule, method: str, lang: str, there: tuple[str, str], never: tuple[str, str], form: dict[str, str]
) -> Iterator[Pair]:
    yield Probe(method, filled(rule, lang, *there), form), Probe(method, filled(rule, lang, *never), form)


def filled(rule: Rule, lang: str, number: str, slug: str) -> str:
    """The rule's address for one place; a second number that it asks for is the first that there is."""
    address, first = rule.rule.replace("<lang:lang>", lang), True
    while "<" in address:
        before, _, rest = address.partition("<")
        hole, _, after = rest.partition(">")
        part = (number if first else "1") if hole.startswith("int") else slug
        first = first and not hole.startswith("int")
        address = f"{before}{part}{after}"
    return address


def _oddities(visitor: Visitor, one: Canary) -> Iterator[Pair]:
    """The page of the place asked for in ways in which nobody asks for a page."""
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
    """One that looks the same and never was."""
    if handle.isdigit():
        return str(int(handle) ^ 1 ^ (secrets.randbits(20) << 8))
    return "".join(sign if sign == "-" else secrets.choice(CODE_LETTERS) for sign in handle)


def _without(answer: Answer, probe: Probe) -> tuple[int, str, str]:
    """The answer without what was asked: a page may repeat the question, and nothing else of it."""
    asked = {probe.address.rpartition("=")[2] if "=" in probe.address else probe.address, *probe.form.values()}
    asked |= {part for part in probe.address.strip("/").split("/") if "-" in part or part.isdigit()}
    status, headers, body = answer.steady
    texts = [str(headers), body.decode("utf-8", "replace")]
    for word in sorted(asked, key=len, reverse=True):
        for form_of in (word, word.replace(" ", "%20"), word.replace(" ", "+")):
            texts = [text.replace(form_of, "…") for text in texts]
    return status, texts[0], texts[1]
