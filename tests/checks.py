"""What every page must be, whoever asks for it; `page.py` runs all of it on every page that any test reads."""

import json
import re
from collections.abc import Iterator
from functools import cache, lru_cache
from xml.etree.ElementTree import Element

from babel.messages.pofile import read_po
from flask import Flask
from werkzeug.exceptions import HTTPException
from werkzeug.test import TestResponse

from portal.config import ROOT
from portal.core.i18n import NAMES
from portal.core.web import CONTENT_SECURITY_POLICY, PUBLIC, AudienceBlueprint

SPANISH = ROOT / "translations" / "es" / "LC_MESSAGES" / "messages.po"
# A tab or a history that somebody else sees must not say what the page is about.
TELLING = re.compile(
    r"\b(drugs?|drogas?|reports?|avis\w+|denunci\w+|police|polic[ií]a|dealers?|tips?)\b", re.IGNORECASE
)
# Not one of these is a Spanish word.
ENGLISH = re.compile(r"\b(the|and|with|your|you|this|that|of|please|for|what|not|are|is|we|our)\b", re.IGNORECASE)
LOADED = ("stylesheet", "icon", "preload", "modulepreload", "manifest", "preconnect", "dns-prefetch", "prefetch")
# What Enter may press in a form with several buttons; without a value it is the plain “Save”.
HARMLESS = (None, "save", "show", "sort")
READ_ALOUD = ("aria-label", "alt", "placeholder", "title", "data-busy", "data-left", "data-over", "data-text")


def check_page(app: Flask, response: TestResponse, tree: Element, quotes: tuple[str, ...]) -> None:
    """Raise AssertionError for the first thing that is not as it must be."""
    place = f"{response.request.method} {response.request.path}"
    language = language_of(response)
    public = is_public(app, response)
    assert tree.get("lang") == language, f"{place}: lang is {tree.get('lang')}"
    assert len(list(tree.iter("h1"))) == 1, f"{place}: not exactly one h1"
    for problem in (
        *_headers(response, public),
        *_title(tree, public),
        *_identities(tree),
        *_labels(tree),
        *_inline_code(tree),
        *_resources(tree),
        *_stops(tree),
        *enter_does_harm(tree),
        *(_english(tree, quotes) if language == "es" else ()),
        *_own_names_of_languages(tree, "en" if language == "es" else "es"),
    ):
        raise AssertionError(f"{place}: {problem}")


def has_number(text: str, number: str) -> bool:
    """Whether a telephone number stands in a text in whatever way it is written; four figures alone may be of an id."""
    return re.search(r"[^\d<>]{0,3}".join(number[-7:]), text) is not None


def place_of(app: Flask, response: TestResponse) -> str:
    """The endpoint that a page is from, and its language; only the language where no endpoint has its address."""
    request = response.request
    try:
        endpoint, _values = app.url_map.bind("localhost").match(request.path, method=request.method)
    except HTTPException:
        endpoint = ""
    return f"{endpoint} {language_of(response)}"


def is_public(app: Flask, response: TestResponse) -> bool:
    """Whether everybody may read the page: its room is public, or no room has its address."""
    endpoint = place_of(app, response).partition(" ")[0]
    room = app.blueprints.get(endpoint.rpartition(".")[0])
    return not endpoint or (isinstance(room, AudienceBlueprint) and room.audience is PUBLIC)


def language_of(response: TestResponse) -> str:
    """The language that a page must be in."""
    return "es" if response.request.path.startswith("/es/") else "en"


def _headers(response: TestResponse, public: bool) -> Iterator[str]:
    policy = CONTENT_SECURITY_POLICY
    if response.headers.get("Content-Security-Policy") != policy:
        yield "no content security policy"
    if "Cache-Control" not in response.headers:
        yield "no Cache-Control"
    if public and "Set-Cookie" in response.headers:
        yield "a public page sets a cookie"


def _title(tree: Element, public: bool) -> Iterator[str]:
    title = "".join(found.text or "" for found in tree.iter("title") if found.text).strip()
    if not title:
        yield "no title"
    if public and (telling := TELLING.search(title)):
        yield f"the title says {telling[0]!r}"


def _identities(tree: Element) -> Iterator[str]:
    ids = [found.get("id") for found in tree.iter() if found.get("id")]
    yield from (f"two elements are #{name}" for name in set(ids) if ids.count(name) > 1)
    for found in tree.iter():
        for attribute in ("for", "aria-labelledby", "aria-describedby", "aria-controls"):
            yield from (
                f"{attribute} names #{name}, which is not there"
                for name in found.get(attribute, "").split()
                if name not in ids
            )


def _labels(tree: Element) -> Iterator[str]:
    named = {label.get("for") for label in tree.iter("label")}
    inside = {control for label in tree.iter("label") for control in label.iter()}
    for control in tree.iter():
        if control.tag not in ("input", "select", "textarea") or control.get("type") in ("hidden", "submit"):
            continue
        labelled = control.get("id") in named or control in inside
        if not labelled and not control.get("aria-label") and not control.get("aria-labelledby"):
            yield f"{control.tag} {control.get('name')} has no label"


def _inline_code(tree: Element) -> Iterator[str]:
    for found in tree.iter():
        if found.tag == "script" and found.get("type") == "application/ld+json" and not found.get("src"):
            # A block of data, which no browser runs; `Event` on a meeting's page is the only one.
            json.loads(found.text or "")
        elif found.tag == "style" or (found.tag == "script" and (found.text or "").strip()):
            yield f"an inline {found.tag}"
        for name, value in found.attrib.items():
            if name == "style" or name.startswith("on") or value.strip().lower().startswith("javascript:"):
                yield f"inline code: {name}={value}"


def _resources(tree: Element) -> Iterator[str]:
    loaded = [(found, found.get("src", "")) for found in tree.iter() if "src" in found.attrib]
    loaded += [(found, found.get("href", "")) for found in tree.iter("link") if found.get("rel") in LOADED]
    for found, address in loaded:
        if not re.match(r"/(?!/)|data:,", address):
            yield f"{found.tag} is loaded from elsewhere: {address}"


def _english(tree: Element, quotes: tuple[str, ...]) -> Iterator[str]:
    for text in spoken(tree, but_not="en"):
        for quote in quotes:
            text = text.replace(quote, "")
        if _is_english(text):
            yield f"English on a Spanish page: {text!r}"


def _stops(tree: Element) -> Iterator[str]:
    """“12:01 a.m.” ends a sentence with its own full stop."""
    for text in spoken(tree):
        if re.search(r"\b[ap]\.\s?m\.\.(?!\.)", text):
            yield f"two full stops: {text!r}"


def enter_does_harm(tree: Element) -> Iterator[str]:
    """Enter presses the first button of a form: of several, that must be the one that is there for it."""
    for form in tree.iter("form"):
        inside, name = set(form.iter("button")), form.get("id", "")
        buttons = [
            one
            for one in tree.iter("button")
            if one.get("type", "submit") == "submit"
            and (one.get("form", name) == name if one in inside else one.get("form") == name)
        ]
        typed = [one for one in form.iter() if one.tag in ("input", "select") and one.get("type") != "hidden"]
        if len(buttons) > 1 and typed and "data-enter" not in buttons[0].attrib:
            yield f"Enter presses {buttons[0].get('value')!r}: put default_button first"
        for one in buttons:
            if "data-enter" in one.attrib and one.get("value") not in HARMLESS:
                yield f"Enter presses {one.get('value')!r}, which may do harm"


def _own_names_of_languages(tree: Element, other: str) -> Iterator[str]:
    """A language is called by its own name only where people choose theirs, and is then marked to be in it."""
    for text in spoken(tree, but_not=other):
        if re.search(rf"\b{NAMES[other]}\b", text):
            yield f"the reader's language has another name for {NAMES[other]}: {text!r}"


@lru_cache(maxsize=20_000)
def _is_english(text: str) -> bool:
    known, patterns = english_texts()
    if text in known:
        return True
    return bool(ENGLISH.search(text)) or any(pattern.fullmatch(text) for pattern in patterns)


def spoken(tree: Element, but_not: str | None = None) -> Iterator[str]:
    """Every text that is seen or read aloud, but for what is marked to be in the language `but_not`."""
    if but_not is not None and tree.get("lang") == but_not:
        return
    if isinstance(tree.tag, str) and tree.tag not in ("script", "style"):
        yield from (" ".join(tree.attrib[name].split()) for name in READ_ALOUD if tree.get(name))
        if tree.text and tree.text.strip():
            yield " ".join(tree.text.split())
        for inner in tree:
            yield from spoken(inner, but_not)
            if inner.tail and inner.tail.strip():
                yield " ".join(inner.tail.split())


@cache
def english_texts() -> tuple[frozenset[str], tuple[re.Pattern[str], ...]]:
    """The English texts of the catalogue that are said otherwise in Spanish: fixed ones, and those with gaps."""
    fixed, patterns = set(), []
    with SPANISH.open("rb") as file:
        pairs = [
            (one, other) for message in read_po(file, locale="es") for one, other in _pairs(message.id, message.string)
        ]
    for english, spanish in pairs:
        text = " ".join(english.split())
        if text == " ".join(spanish.split()) or not text:
            continue
        if "%(" in text:
            if len(re.sub(r"%\(\w+\)[sd]|\W", "", text)) < 4:
                continue
            patterns.append(re.compile(re.sub(r"%\\\(\w+\\\)[sd]", ".+", re.escape(text)).replace("%%", "%")))
        else:
            fixed.add(text)
    return frozenset(fixed), tuple(patterns)


def _pairs(english: object, spanish: object) -> Iterator[tuple[str, str]]:
    ones = english if isinstance(english, list | tuple) else (english,)
    others = spanish if isinstance(spanish, list | tuple) else (spanish,) * len(ones)
    yield from ((str(one or ""), str(other or "")) for one, other in zip(ones, others, strict=False))
