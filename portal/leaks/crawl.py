"""A crawler that reads everything open to a visitor: every address, every link from there, feeds and error pages."""

from __future__ import annotations

import html
import re
from collections import Counter, deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from ipaddress import IPv6Address
from pathlib import PurePosixPath
from secrets import randbits
from typing import Any
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
CHANGING = re.compile(rb'<input[^>]*name="(?:[\w-]*csrf_)?token"[^>]*>')
TOKEN = re.compile(r'<input[^>]*name="csrf_token"[^>]*value="([^"]+)"')
# Shows a new secret each time.
RANDOM = "/second-step/set-up/app"
MOST_ADDRESSES = 20_000
OF_A_KIND = 3
"""So many addresses of one kind a sample has: one template makes them all. The public's have every page of words."""
WORDLESS_OF_A_KIND = 2
"""Of pictures and PDF files, whose words cannot be searched; drawing them takes longest."""
Kind = tuple[str, ...]
Steady = tuple[int, tuple[tuple[str, str], ...], bytes]
METHODS = ("HEAD", "OPTIONS", "PUT", "DELETE")
"""Methods that a mere reader never uses."""


@dataclass(frozen=True)
class CrawlAnswer:
    address: str
    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes

    @property
    def content(self) -> str:
        return self.body.decode("utf-8", "replace")

    @property
    def text(self) -> str:
        return "\n".join([*(f"{name}: {value}" for name, value in self.headers), "", self.content])

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
        self.name, self.roles = name, roles
        self._app = app
        self._base: str = base or app.settings.public_url
        self._host = urlsplit(self._base).hostname or "localhost"
        self._client = Client(app, Response, use_cookies=cookie is not None)
        if cookie is not None:
            self._sign_in(cookie)

    def _sign_in(self, cookie: str) -> None:
        name = self._app.config["SESSION_COOKIE_NAME"]
        self._client.set_cookie(name, cookie, domain=self._host, secure=True, path="/")

    def ask(self, address: str, method: str = "GET", also: Mapping[str, str] | None = None, **form: str) -> CrawlAnswer:
        """Request an address of this site without following redirects. `also`: additional headers."""
        # A new client address each time: rate limits must not make two answers differ.
        client = str(IPv6Address(randbits(128)))
        headers = {"Sec-Fetch-Site": "same-origin", "Accept-Encoding": "identity", **(also or {})}
        if hops := self._app.settings.proxy_hops:
            # As the proxy would, which would else be taken for one that forwards none.
            headers["X-Forwarded-For"] = ", ".join([client] * hops)
        name, is_member = self._app.config["SESSION_COOKIE_NAME"], self.roles is not None
        before = self._client.get_cookie(name, domain=self._host) if is_member and method == "POST" else None
        # A context of its own: inside a command's context, a request would inherit the previous visitor's state.
        with self._app.app_context():
            response = self._client.open(
                address,
                base_url=self._base,
                environ_base={"REMOTE_ADDR": client},
                method=method,
                data=form or None,
                headers=headers,
                buffered=True,
            )
        if before is not None:
            # Without what was flashed after a form: it would stand in the next answer.
            self._sign_in(before.value)
        sent = tuple(sorted((name, value) for name, value in response.headers if name.lower() != "date"))
        return CrawlAnswer(address, response.status_code, sent, response.get_data())

    def token(self) -> str:
        token = TOKEN.search(self.ask("/en/account/").content)
        return token[1] if token else ""

    def site(self) -> dict[str, Steady]:
        return {answer.address: answer.steady for answer in self.crawl()}

    def crawl(self, *, sample: bool = False) -> Iterator[CrawlAnswer]:
        """Yield every answer that can be found, each once; at most `MOST_ADDRESSES`, of a `sample` fewer."""
        ahead = deque(dict.fromkeys(self.beginnings()))
        known, done = set(ahead), Counter[Kind]()
        most = OF_A_KIND if sample and self.roles is not None else MOST_ADDRESSES
        while ahead and len(known) <= MOST_ADDRESSES:
            address = ahead.popleft()
            kind = self._kind(address)
            if done[kind] >= most:
                continue
            answer = self.ask(address)
            is_wordless = answer.content.encode() != answer.body
            done[kind] += most // WORDLESS_OF_A_KIND if sample and is_wordless else 1
            yield answer
            for address in self.links(answer):
                if address not in known:
                    known.add(address)
                    ahead.append(address)

    def _kind(self, address: str) -> Kind:
        """Return what addresses have in common that one view answers alike."""
        path, _, query = address.partition("?")
        endpoint, values = self._view(path)
        if not endpoint:
            return (address,)
        return endpoint, values.get("lang", ""), PurePosixPath(path).suffix, *sorted(dict(parse_qsl(query)))

    def beginnings(self) -> Iterator[str]:
        """Yield the visitor's addresses without parameters, in every language, and some that do not exist."""
        for rule in self.rules():
            if rule.arguments <= {"lang"} and not rule.rule.endswith(RANDOM):
                yield from (rule.rule.replace("<lang:lang>", lang) for lang in LANGUAGES)
        yield from ("/nowhere/", *(f"/{lang}/nowhere/" for lang in LANGUAGES))

    def leads_to(self, site: str, answer: CrawlAnswer) -> bool:
        """Return whether an answer leads to `site`, the other address of the portal, by a link, a header or a feed."""
        # Code to be copied into other sites is text here, with its quotes escaped.
        links = (*_links_in(answer.content), *(value for _name, value in answer.headers))
        return any(html.unescape(link).strip().startswith(site) for link in links)

    def links(self, answer: CrawlAnswer) -> Iterator[str]:
        """Yield the addresses that an answer links to and the visitor may open."""
        headers = [value for name, value in answer.headers if name.lower() in ("location", "link")]
        for link in (*_links_in(html.unescape(answer.content)), *headers):
            parts = urlsplit(urljoin(f"{self._base}{answer.address}", link.strip()))
            if parts.netloc == urlsplit(self._base).netloc and self._may_open(parts.path):
                yield f"{parts.path}?{parts.query}" if parts.query else parts.path

    def questions(self, answer: CrawlAnswer) -> Iterator[tuple[str, str]]:
        """Yield the search forms of a page: address and field name."""
        for form in FORMS.findall(answer.content):
            about = dict(ATTRIBUTE.findall(form.partition(">")[0]))
            if about.get("method", "get").lower() != "get":
                continue
            address = urlsplit(urljoin(f"{self._base}{answer.address}", about.get("action", ""))).path
            for field in (dict(ATTRIBUTE.findall(tag)) for tag in INPUTS.findall(form)):
                if "name" in field and field.get("type", "text") in ("text", "search"):
                    yield address, field["name"]

    def rules(self, method: str = "GET") -> list[Rule]:
        rules = self._app.url_map.iter_rules()
        return [rule for rule in rules if method in (rule.methods or ()) and self._is_let_in(rule.endpoint)]

    def _view(self, path: str) -> tuple[str, Mapping[str, Any]]:
        """Return the endpoint that answers at a path, with its arguments; without a name if there is none."""
        try:
            endpoint, values = self._app.url_map.bind("").match(path, method="GET")
        except HTTPException:
            return "", {}
        return str(endpoint), values

    def _may_open(self, path: str) -> bool:
        return self._is_let_in(self._view(path)[0]) and not path.endswith(RANDOM)

    def _is_let_in(self, endpoint: str) -> bool:
        """Whether a blueprint is open to the visitor; public ones, the same for all, are left to the anonymous one."""
        room = self._app.blueprints.get(endpoint.rpartition(".")[0])
        if not isinstance(room, AudienceBlueprint) or room.audience.machine:
            return False
        if self.roles is None or room.audience.roles is None:
            return self.roles is None and room.audience.roles is None
        return room.audience.admits(self.roles)


def _links_in(text: str) -> list[str]:
    return [next(filter(None, groups)) for groups in LINKS.findall(text)]
