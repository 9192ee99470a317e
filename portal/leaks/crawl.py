"""A crawler that reads everything open to a visitor: every address, every link from there, feeds and error pages."""

from __future__ import annotations

import html
import re
from collections import Counter, deque
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from ipaddress import IPv6Address
from pathlib import PurePosixPath
from secrets import randbits
from urllib.parse import parse_qsl, urljoin, urlsplit

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
# Random in every answer, whatever the database contains.
CHANGING = re.compile(rb'<input[^>]*name="(?:csrf_)?token"[^>]*>')
TOKEN = re.compile(r'<input[^>]*name="csrf_token"[^>]*value="([^"]+)"')
# Shows a new secret each time.
RANDOM = "/second-step/set-up/app"
MOST_ADDRESSES = 20_000
OF_A_KIND = 5
"""So many addresses of one kind a sample has: one template makes them all. The public's have every page of words."""
WORDLESS_OF_A_KIND = 2
"""Of pictures and PDF files, whose words cannot be searched; drawing them takes longest."""
Kind = tuple[str, ...]
Steady = tuple[int, tuple[tuple[str, str], ...], bytes]
METHODS = ("HEAD", "OPTIONS", "PUT", "DELETE")
"""Methods that a mere reader never uses."""


@dataclass(frozen=True)
class CrawlAnswer:
    """The response to a visitor's request."""

    address: str
    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes

    @property
    def text(self) -> str:
        """The headers and the decoded body."""
        lines = [f"{name}: {value}" for name, value in self.headers]
        return "\n".join([*lines, "", self.body.decode("utf-8", "replace")])

    @property
    def is_text(self) -> bool:
        """Whether the body has words that can be searched."""
        try:
            self.body.decode()
            return True
        except UnicodeDecodeError:
            return False

    @property
    def steady(self) -> Steady:
        """The parts that must be equal for two addresses that must be indistinguishable."""
        kept = tuple((name, value) for name, value in self.headers if name != "Set-Cookie")
        return self.status, kept, CHANGING.sub(b"", self.body)


class Visitor:
    """A client of the portal in this process: anonymous, or with a role and a cookie."""

    def __init__(
        self,
        app: Portal,
        *,
        name: str = "",
        roles: frozenset[str] | None = None,
        cookie: str | None = None,
        base: str | None = None,
    ) -> None:
        self.name = name
        self.roles = roles
        self._app = app
        self._base: str = base or app.settings.public_url
        self._client = Client(app, Response, use_cookies=cookie is not None)
        self._host = urlsplit(self._base).hostname or "localhost"
        if cookie is not None:
            self._client.set_cookie(app.config["SESSION_COOKIE_NAME"], cookie, domain=self._host, secure=True, path="/")

    def ask(self, address: str, method: str = "GET", also: Mapping[str, str] | None = None, **form: str) -> CrawlAnswer:
        """Request an address of this site without following redirects. `also`: additional headers."""
        # A new client address each time: rate limits must not make two answers differ.
        client = str(IPv6Address(randbits(128)))
        headers = {"Sec-Fetch-Site": "same-origin", "Accept-Encoding": "identity", **(also or {})}
        if hops := self._app.settings.proxy_hops:
            # As the proxy would, which would else be taken for one that forwards none.
            headers["X-Forwarded-For"] = ", ".join([client] * hops)
        # A context of its own: inside a command's context, a request would inherit the previous visitor's state.
        with self._app.app_context(), self._unsaid(method):
            found = self._client.open(
                address,
                base_url=self._base,
                environ_base={"REMOTE_ADDR": client},
                method=method,
                data=form or None,
                headers=headers,
                buffered=True,
            )
        sent = tuple(sorted((name, value) for name, value in found.headers if name.lower() != "date"))
        return CrawlAnswer(address, found.status_code, sent, found.get_data())

    @contextmanager
    def _unsaid(self, method: str) -> Iterator[None]:
        """Discard flashed messages after a form was sent, so that they do not appear in the next answer."""
        name = self._app.config["SESSION_COOKIE_NAME"]
        before = self._client.get_cookie(name, domain=self._host) if self.roles is not None else None
        yield
        if before is not None and method == "POST":
            self._client.set_cookie(name, before.value, domain=self._host, secure=True, path="/")

    def token(self) -> str:
        """Return the CSRF token that a signed-in visitor's forms need."""
        found = TOKEN.search(self.ask("/en/account/").body.decode("utf-8", "replace"))
        return found[1] if found else ""

    def site(self) -> dict[str, Steady]:
        """Return every answer by address, without random parts."""
        return {answer.address: answer.steady for answer in self.crawl()}

    def crawl(self, *, sample: bool = False) -> Iterator[CrawlAnswer]:
        """Yield every answer that can be found, each once; at most `MOST_ADDRESSES`, of a `sample` fewer."""
        ahead = deque(dict.fromkeys(self.beginnings()))
        known = set(ahead)
        asked: Counter[Kind] = Counter()
        most = OF_A_KIND if sample and self.roles is not None else MOST_ADDRESSES
        while ahead and len(known) <= MOST_ADDRESSES:
            address = ahead.popleft()
            kind = self._kind(address)
            if asked[kind] >= most:
                continue
            answer = self.ask(address)
            asked[kind] += most // WORDLESS_OF_A_KIND if sample and not answer.is_text else 1
            yield answer
            for address in self.links(answer):
                if address not in known:
                    known.add(address)
                    ahead.append(address)

    def _kind(self, address: str) -> Kind:
        """Return what addresses have in common that one view answers alike."""
        path, _, query = address.partition("?")
        try:
            endpoint, values = self._app.url_map.bind("").match(path, method="GET")
        except HTTPException:
            return (address,)
        return endpoint, values.get("lang", ""), PurePosixPath(path).suffix, *sorted(dict(parse_qsl(query)))

    def beginnings(self) -> Iterator[str]:
        """Yield the visitor's addresses without parameters, in every language, and some that do not exist."""
        for rule in self.rules():
            if rule.arguments <= {"lang"} and not rule.rule.endswith(RANDOM):
                yield from (rule.rule.replace("<lang:lang>", lang) for lang in LANGUAGES)
        yield from ("/nowhere/", *(f"/{lang}/nowhere/" for lang in LANGUAGES))

    def leads_to(self, site: str, answer: CrawlAnswer) -> bool:
        """Return whether an answer leads to `site`, the other address of the portal, by a link, a header or a feed.

        Code to be copied into other sites is text here, with its quotes escaped.
        """
        text = answer.body.decode("utf-8", "replace")
        found = [next(filter(None, groups)) for groups in LINKS.findall(text)]
        found += [value for _name, value in answer.headers]
        return any(html.unescape(link).strip().startswith(site) for link in found)

    def links(self, answer: CrawlAnswer) -> Iterator[str]:
        """Yield the addresses that an answer links to and the visitor may open."""
        text = html.unescape(answer.body.decode("utf-8", "replace"))
        found = [next(filter(None, groups)) for groups in LINKS.findall(text)]
        found += [value for name, value in answer.headers if name.lower() in ("location", "link")]
        for link in found:
            parts = urlsplit(urljoin(f"{self._base}{answer.address}", link.strip()))
            address = f"{parts.path}?{parts.query}" if parts.query else parts.path
            if parts.netloc == urlsplit(self._base).netloc and self._may_open(parts.path):
                yield address

    def questions(self, answer: CrawlAnswer) -> Iterator[tuple[str, str]]:
        """Yield the search forms of a page: address and field name."""
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
        """Return the rules that the visitor may request with this method."""
        rules = self._app.url_map.iter_rules()
        return [rule for rule in rules if method in (rule.methods or ()) and self._is_let_in(rule.endpoint)]

    def _may_open(self, path: str) -> bool:
        try:
            endpoint, _values = self._app.url_map.bind("").match(path, method="GET")
        except HTTPException:
            return False
        return self._is_let_in(str(endpoint)) and not path.endswith(RANDOM)

    def _is_let_in(self, endpoint: str) -> bool:
        """Whether a blueprint is open to the visitor.

        Public blueprints are left to the anonymous visitor: they are the same for everybody.
        """
        room = self._app.blueprints.get(endpoint.rpartition(".")[0])
        if not isinstance(room, AudienceBlueprint) or room.audience.machine:
            return False
        if self.roles is None or room.audience.roles is None:
            return self.roles is None and room.audience.roles is None
        return room.audience.admits(self.roles)
