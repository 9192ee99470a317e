"""Reading everything that everybody can read: every public address, every link from there, feeds and error pages."""

from __future__ import annotations

import html
import re
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import urljoin, urlsplit

from flask import Flask
from werkzeug.exceptions import HTTPException
from werkzeug.routing import Rule
from werkzeug.test import Client
from werkzeug.wrappers import Response

from portal.core.i18n import LANGUAGES
from portal.core.web import Room

LINKS = re.compile(r'(?:href|src|action|content|data-\w+)\s*=\s*"([^"]+)"|>\s*(https?://[^<\s]+)\s*<|URL[^:\n]*:(\S+)')
FORMS = re.compile(r"<form\b[^>]*>.*?</form>", re.DOTALL)
ATTRIBUTE = re.compile(r'\b(method|action|name|type)="([^"]*)"')
INPUTS = re.compile(r"<input\b[^>]*>")
# Random in every answer, whatever is in the database.
CHANGING = re.compile(rb'<input[^>]*name="token"[^>]*>')
MOST_ADDRESSES = 20_000


@dataclass(frozen=True)
class Answer:
    """What somebody gets who asks."""

    address: str
    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes

    @property
    def text(self) -> str:
        """The body as far as it can be read, with the headers before it."""
        lines = [f"{name}: {value}" for name, value in self.headers]
        return "\n".join([*lines, "", self.body.decode("utf-8", "replace")])

    @property
    def steady(self) -> tuple[int, tuple[tuple[str, str], ...], bytes]:
        """What has to be the same for two addresses that must not be told apart."""
        return self.status, self.headers, CHANGING.sub(b"", self.body)


class Visitor:
    """A browser of nobody in particular, at the portal of this process."""

    def __init__(self, app: Flask) -> None:
        self._app = app
        self._base: str = app.extensions["settings"].public_url
        self._client = Client(app, Response, use_cookies=False)

    def ask(self, address: str, method: str = "GET", **form: str) -> Answer:
        """Ask for an address of this site; redirects are not followed."""
        headers = {"Sec-Fetch-Site": "same-origin", "Accept-Encoding": "identity"}
        found = self._client.open(
            address, base_url=self._base, method=method, data=form or None, headers=headers, buffered=True
        )
        sent = tuple(sorted((name, value) for name, value in found.headers if name.lower() != "date"))
        return Answer(address, found.status_code, sent, found.get_data())

    def crawl(self) -> Iterator[Answer]:
        """Every answer that can be found, each once; at most `MOST_ADDRESSES`."""
        ahead = deque(dict.fromkeys(self.beginnings()))
        known = set(ahead)
        while ahead and len(known) <= MOST_ADDRESSES:
            answer = self.ask(ahead.popleft())
            yield answer
            for address in self.links(answer):
                if address not in known:
                    known.add(address)
                    ahead.append(address)

    def beginnings(self) -> Iterator[str]:
        """Every public address that needs nothing filled in, in every language, and some that go wrong."""
        for rule in public_rules(self._app):
            if rule.arguments <= {"lang"}:
                yield from (rule.rule.replace("<lang:lang>", lang) for lang in LANGUAGES)
        yield from ("/nowhere/", *(f"/{lang}/nowhere/" for lang in LANGUAGES))

    def links(self, answer: Answer) -> Iterator[str]:
        """The addresses of public pages to which an answer leads."""
        text = html.unescape(answer.body.decode("utf-8", "replace"))
        found = [next(filter(None, groups)) for groups in LINKS.findall(text)]
        found += [value for name, value in answer.headers if name.lower() in ("location", "link")]
        for link in found:
            parts = urlsplit(urljoin(f"{self._base}{answer.address}", link.strip()))
            address = f"{parts.path}?{parts.query}" if parts.query else parts.path
            if parts.netloc == urlsplit(self._base).netloc and self._is_public(parts.path):
                yield address

    def questions(self, answer: Answer) -> Iterator[tuple[str, str]]:
        """Where a page asks for words to look for: the address and the name of the field."""
        for form in FORMS.findall(answer.body.decode("utf-8", "replace")):
            about = dict(ATTRIBUTE.findall(form.partition(">")[0]))
            if about.get("method", "get").lower() != "get":
                continue
            fields = [dict(ATTRIBUTE.findall(one)) for one in INPUTS.findall(form)]
            for field in fields:
                if "name" in field and field.get("type", "text") in ("text", "search"):
                    address = urlsplit(urljoin(f"{self._base}{answer.address}", about.get("action", ""))).path
                    yield address, field["name"]

    def _is_public(self, path: str) -> bool:
        try:
            endpoint, _values = self._app.url_map.bind("").match(path, method="GET")
        except HTTPException:
            return False
        return is_open(self._app, str(endpoint))


def public_rules(app: Flask) -> list[Rule]:
    """Every rule whose address anybody may ask for."""
    return [rule for rule in app.url_map.iter_rules() if "GET" in (rule.methods or ()) and is_open(app, rule.endpoint)]


def is_open(app: Flask, endpoint: str) -> bool:
    """Whether a room lets everybody in."""
    room = app.blueprints.get(endpoint.rpartition(".")[0])
    return isinstance(room, Room) and room.audience.roles is None
