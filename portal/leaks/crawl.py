"""Reading everything that somebody can read: every address open to them, every link from there, feeds, error pages."""

from __future__ import annotations

import html
import re
from collections import deque
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from ipaddress import IPv6Address
from secrets import randbits
from urllib.parse import urljoin, urlsplit

from werkzeug.exceptions import HTTPException
from werkzeug.routing import Rule
from werkzeug.test import Client
from werkzeug.wrappers import Response

from portal.core.i18n import LANGUAGES
from portal.core.portal import Portal
from portal.core.web import AudienceBlueprint

LINKS = re.compile(r'(?:href|src|action|content|data-\w+)\s*=\s*"([^"]+)"|>\s*(https?://[^<\s]+)\s*<|URL[^:\n]*:(\S+)')
FORMS = re.compile(r"<form\b[^>]*>.*?</form>", re.DOTALL)
ATTRIBUTE = re.compile(r'\b(method|action|name|type)="([^"]*)"')
INPUTS = re.compile(r"<input\b[^>]*>")
# Random in every answer, whatever is in the database.
CHANGING = re.compile(rb'<input[^>]*name="(?:csrf_)?token"[^>]*>')
TOKEN = re.compile(r'<input[^>]*name="csrf_token"[^>]*value="([^"]+)"')
# It shows another new secret each time.
RANDOM = "/second-step/set-up/app"
MOST_ADDRESSES = 20_000
METHODS = ("HEAD", "OPTIONS", "PUT", "DELETE")
"""How nobody asks who only wants to read."""


@dataclass(frozen=True)
class CrawlAnswer:
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
        kept = tuple((name, value) for name, value in self.headers if name != "Set-Cookie")
        return self.status, kept, CHANGING.sub(b"", self.body)


class Visitor:
    """A browser at the portal of this process: of nobody in particular, or of somebody with a role and a cookie."""

    def __init__(
        self, app: Portal, *, name: str = "", roles: frozenset[str] | None = None, cookie: str | None = None
    ) -> None:
        self.name = name
        self.roles = roles
        self._app = app
        self._base: str = app.settings.public_url
        self._client = Client(app, Response, use_cookies=cookie is not None)
        self._host = urlsplit(self._base).hostname or "localhost"
        if cookie is not None:
            self._client.set_cookie(app.config["SESSION_COOKIE_NAME"], cookie, domain=self._host, secure=True, path="/")

    def ask(self, address: str, method: str = "GET", also: Mapping[str, str] | None = None, **form: str) -> CrawlAnswer:
        """Ask for an address of this site; redirects are not followed. `also`: headers that others do not send."""
        headers = {"Sec-Fetch-Site": "same-origin", "Accept-Encoding": "identity", **(also or {})}
        # A context of its own: inside of a command's, one request would go on as whoever asked before.
        with self._app.app_context(), self._unsaid(method):
            found = self._client.open(
                address,
                base_url=self._base,
                # From somewhere else each time: what counts by address must not answer one of two otherwise.
                environ_base={"REMOTE_ADDR": str(IPv6Address(randbits(128)))},
                method=method,
                data=form or None,
                headers=headers,
                buffered=True,
            )
        sent = tuple(sorted((name, value) for name, value in found.headers if name.lower() != "date"))
        return CrawlAnswer(address, found.status_code, sent, found.get_data())

    @contextmanager
    def _unsaid(self, method: str) -> Iterator[None]:
        """Forget what a form that was sent had to say on the next page: that is no answer to what is asked next."""
        name = self._app.config["SESSION_COOKIE_NAME"]
        before = self._client.get_cookie(name, domain=self._host) if self.roles is not None else None
        yield
        if before is not None and method == "POST":
            self._client.set_cookie(name, before.value, domain=self._host, secure=True, path="/")

    def token(self) -> str:
        """What a form of somebody who is signed in has to bring along."""
        found = TOKEN.search(self.ask("/en/account/").body.decode("utf-8", "replace"))
        return found[1] if found else ""

    def site(self) -> dict[str, tuple[int, tuple[tuple[str, str], ...], bytes]]:
        """Every answer by its address, without what is random."""
        return {answer.address: answer.steady for answer in self.crawl()}

    def crawl(self) -> Iterator[CrawlAnswer]:
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
        """Every address of theirs that needs nothing filled in, in every language, and some that go wrong."""
        for rule in self.rules():
            if rule.arguments <= {"lang"} and not rule.rule.endswith(RANDOM):
                yield from (rule.rule.replace("<lang:lang>", lang) for lang in LANGUAGES)
        yield from ("/nowhere/", *(f"/{lang}/nowhere/" for lang in LANGUAGES))

    def links(self, answer: CrawlAnswer) -> Iterator[str]:
        """The addresses of pages open to them to which an answer leads."""
        text = html.unescape(answer.body.decode("utf-8", "replace"))
        found = [next(filter(None, groups)) for groups in LINKS.findall(text)]
        found += [value for name, value in answer.headers if name.lower() in ("location", "link")]
        for link in found:
            parts = urlsplit(urljoin(f"{self._base}{answer.address}", link.strip()))
            address = f"{parts.path}?{parts.query}" if parts.query else parts.path
            if parts.netloc == urlsplit(self._base).netloc and self._may_open(parts.path):
                yield address

    def questions(self, answer: CrawlAnswer) -> Iterator[tuple[str, str]]:
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

    def rules(self, method: str = "GET") -> list[Rule]:
        """Every rule whose address they may ask for with this method."""
        rules = self._app.url_map.iter_rules()
        return [rule for rule in rules if method in (rule.methods or ()) and self._is_let_in(rule.endpoint)]

    def _may_open(self, path: str) -> bool:
        try:
            endpoint, _values = self._app.url_map.bind("").match(path, method="GET")
        except HTTPException:
            return False
        return self._is_let_in(str(endpoint)) and not path.endswith(RANDOM)

    def _is_let_in(self, endpoint: str) -> bool:
        """Whether a room is theirs. Public rooms are nobody's but the public's: they are the same for everybody."""
        room = self._app.blueprints.get(endpoint.rpartition(".")[0])
        if not isinstance(room, AudienceBlueprint) or room.audience.machine:
            return False
        if self.roles is None or room.audience.roles is None:
            return self.roles is None and room.audience.roles is None
        return room.audience.admits(self.roles)
