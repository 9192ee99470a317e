"""The page cache: WSGI middleware that answers public pages that are the same for every reader, before Flask.

A page is cached, compressed, until the cache version changes or the minute ends: content that becomes public at a set
hour (a release, news, the end of a meeting) appears on the minute, on every page and in every process at once. Other
processes notice a new version by reading its number, at most every `LOOK_SECONDS`. A page is only cached if its view
marked it as shared, it sets no cookie, and the request has no query.

Pages that differ from one reader to the next in a few words only are rendered once with marks, then filled in
(`filled`). The report form and its receipt carry a token or code words of their own, so the page cache cannot keep
them; rendering them anew takes ten times as long as everything else that the form needs. What is kept lives as long as
the process, so it may depend on nothing but its key, the language, the settings and the contact in the footer: on no
other row of the database, no date and nothing that a resident wrote. The words that are filled in are not kept.
"""

from __future__ import annotations

import gzip
import hashlib
import logging
import re
import struct
import time
from collections.abc import Callable, Hashable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, TypeVar

import brotli
from markupsafe import escape
from sqlalchemy import select, update
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Mapped, mapped_column

from portal.core import counters
from portal.core.contact import contact
from portal.core.db import Base, db, session
from portal.core.hosts import ASKED_BY_ONION, on_onion
from portal.core.i18n import language
from portal.core.logs import LogEvent
from portal.core.portal import current_portal

Environ = dict[str, Any]
StartResponse = Callable[..., Any]
Application = Callable[[Environ, StartResponse], Iterable[bytes]]
MINUTE = 60
LOOK_SECONDS = 0.5
MOST_PAGES = 2_000
DYNAMIC_QUALITY = 5
"""For uncached pages: a form has 500 bytes less than with quality 2, for a tenth of a millisecond."""
STEP = 1024
FEWEST = {"gzip": 8 * STEP, "": 32 * STEP}
"""The length of most answers to forms, by content coding: that of a thread with some 10,000 characters, too."""
NOT_WANTED = ("q=0", "q=0.0", "q=0.00", "q=0.000")
NO_VERSION = LogEvent("cache.no_version", logging.WARNING, "the cache version could not be read")

T = TypeVar("T")
CodedPage = tuple[list[tuple[str, str]], list[tuple[str, str]], str, bytes]
"""A page in one content coding: headers, headers of a 304, ETag, body."""


@dataclass(frozen=True, slots=True)
class Page:
    """A cached page, and how it is sent in each content coding requested so far."""

    headers: list[tuple[str, str]]
    body: bytes
    minute: int
    """The minute of the request that rendered it."""
    coded: dict[str, CodedPage] = field(default_factory=dict)


class PageCache:
    """WSGI middleware; `version` returns the current cache version.

    `is_for_onion` says of a request whether it is for the onion address. Both addresses have pages of their own, since
    each links to itself.
    """

    def __init__(self, app: Application, version: Callable[[], int], is_for_onion: Callable[[Environ], bool]) -> None:
        self._app = app
        self._version = version
        self._is_for_onion = is_for_onion
        self._number = -1
        self._looked_at = 0.0
        self._pages: dict[str, Page] = {}
        self.read: dict[Hashable, tuple[tuple[int, int], Any]] = {}
        """What `shared` read last, with the standing at which it did; kept for while the database is away."""

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        if self._is_for_onion(environ):
            environ[ASKED_BY_ONION] = True
        moment = time.monotonic()
        if moment - self._looked_at > LOOK_SECONDS:
            self._look(moment)
        if environ["REQUEST_METHOD"] not in ("GET", "HEAD"):
            return self._ask(environ, start_response)
        page = self._pages.get(_key(environ)) if not environ.get("QUERY_STRING") else None
        if page is None or page.minute != _minute():
            return self._ask(environ, start_response)
        counters.add("page_cache|hit")
        return _answer(page, environ, start_response)

    def forget(self) -> None:
        """Drop every page: the database was replaced, whatever its cache version says."""
        self._number, self._looked_at, self._pages = -1, 0.0, {}
        self.read.clear()

    def standing(self) -> tuple[int, int]:
        """Return the version and minute of the latest request; looking it up would take a second connection."""
        return self._number, _minute()

    def _look(self, moment: float) -> None:
        self._looked_at = moment
        try:
            number = self._version()
        except SQLAlchemyError:
            # A busy database must not take the public pages down with it.
            NO_VERSION.log()
            return
        if number != self._number:
            self._number = number
            self._pages = {}

    def _ask(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        if environ["REQUEST_METHOD"] == "HEAD":
            # Rendered as a whole page: otherwise a HEAD request would reveal which pages are cached.
            _close(self._ask({**environ, "REQUEST_METHOD": "GET"}, start_response))
            return []
        answer: list[Any] = []
        number, pages, minute = self._number, self._pages, _minute()
        chunks = self._app(environ, lambda *given: answer.extend(given[:2]))
        status, headers = answer[0], answer[1]
        if not _may_compress(status, headers, environ):
            start_response(status, headers)
            return chunks
        body = b"".join(chunks)
        _close(chunks)
        if environ["REQUEST_METHOD"] == "POST" and not status.startswith("3"):
            coding = _coding(environ, ("gzip",))
            body = _padded(body, coding)
        elif self._may_keep(environ, headers) and number == self._number:
            counters.add("page_cache|miss")
            # `pages` is the dictionary of the version that was current before the page was rendered.
            page = pages[_key(environ)] = Page(headers, body, minute)
            return _answer(page, environ, start_response)
        else:
            coding = _coding(environ)
            body = _compress(body, coding, DYNAMIC_QUALITY)
        start_response(status, _with(headers, coding, len(body)))
        return [body]

    def _may_keep(self, environ: Environ, headers: list[tuple[str, str]]) -> bool:
        return (
            environ.get("portal.shared") is True
            and not environ.get("QUERY_STRING")
            and len(self._pages) < MOST_PAGES
            and not any(name.lower() == "set-cookie" for name, _ in headers)
        )


def _key(environ: Environ) -> str:
    path: str = environ["PATH_INFO"]
    # No path begins with a letter.
    return f"onion{path}" if ASKED_BY_ONION in environ else path


def _minute() -> int:
    return int(time.time() // MINUTE)


def _close(chunks: Iterable[bytes]) -> None:
    if hasattr(chunks, "close"):
        chunks.close()


def _may_compress(status: str, headers: list[tuple[str, str]], environ: Environ) -> bool:
    # Pages of signed-in members are not compressed: their length could leak a secret next to text that an attacker
    # chooses (BREACH). Answers to open forms are: no other site can send one with the code words, and they are padded.
    if "portal.open" not in environ:
        return False
    named = {name.lower(): value for name, value in headers}
    kind = named.get("content-type", "")
    is_text = kind.startswith("text/") or "xml" in kind or "json" in kind or kind == "application/pdf"
    # Responses with an ETag of their own (downloads) are sent in exactly that version.
    is_whole = "content-encoding" not in named and "etag" not in named
    return is_text and is_whole and not status.startswith(("204", "304"))


def _answer(page: Page, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
    coding = _coding(environ)
    if coding not in page.coded:
        # Compressed at the first request for it.
        packed = _compress(page.body, coding, 11)
        tag = f'"{hashlib.blake2b(packed, digest_size=12).hexdigest()}"'
        whole = [*_with(page.headers, coding, len(packed)), ("ETag", tag)]
        unchanged = [pair for pair in whole if pair[0].lower() not in ("content-length", "content-type")]
        page.coded[coding] = (whole, unchanged, tag, packed)
    headers, unchanged, tag, body = page.coded[coding]
    tags = environ.get("HTTP_IF_NONE_MATCH")
    if tags and (tags == "*" or tag in tags):
        start_response("304 NOT MODIFIED", unchanged)
        return []
    start_response("200 OK", headers)
    return [] if environ["REQUEST_METHOD"] == "HEAD" else [body]


def _coding(environ: Environ, codings: tuple[str, ...] = ("br", "gzip")) -> str:
    return _best_coding(environ.get("HTTP_ACCEPT_ENCODING", ""), codings)


@lru_cache(maxsize=256)
def _best_coding(accepted: str, codings: tuple[str, ...]) -> str:
    parts = [part.strip().partition(";") for part in accepted.lower().split(",")]
    offered = {name.strip() for name, _, quality in parts if quality.strip() not in NOT_WANTED}
    return next((coding for coding in codings if coding in offered), "")


def _compress(body: bytes, coding: str, quality: int) -> bytes:
    if coding == "br":
        return bytes(brotli.compress(body, quality=quality))
    return gzip.compress(body, compresslevel=min(quality, 9), mtime=0) if coding == "gzip" else body


def _padded(body: bytes, coding: str) -> bytes:
    """Return the answer to a form in whole kilobytes, so that its length tells whoever sees the line next to nothing.

    Code words that open a report and those that do not look alike, and so does a long answer. What is added to gzip is
    a field of its header that readers skip (RFC 1952, 2.3.1.1), otherwise spaces at the end.
    """
    packed = _compress(body, coding, 6)
    length = max(FEWEST[coding], -(-(len(packed) + 6) // STEP) * STEP)
    if not coding:
        return packed.ljust(length)
    spare = length - len(packed) - 6
    skipped = struct.pack("<H2sH", spare + 4, b"CG", spare) + bytes(spare)
    return packed[:3] + b"\4" + packed[4:10] + skipped + packed[10:]


def _with(headers: list[tuple[str, str]], coding: str, length: int) -> list[tuple[str, str]]:
    kept = [pair for pair in headers if pair[0].lower() not in ("content-length", "vary", "etag")]
    varies = [value for name, value in headers if name.lower() == "vary"]
    kept += [("Content-Length", str(length)), ("Vary", ", ".join([*varies, "Accept-Encoding"]))]
    return [*kept, ("Content-Encoding", coding)] if coding else kept


class CacheVersion(Base):
    """The cache version: one row, updated in the same transaction as the content that becomes public."""

    __tablename__ = "core_cache_version"

    id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[int]


def renew_cache_version() -> None:
    """Increment the cache version: cached pages become invalid once this transaction commits."""
    changed = session.execute(
        update(CacheVersion).values(number=CacheVersion.number + 1).returning(CacheVersion.number)
    )
    if changed.scalar() is None:
        session.add(CacheVersion(id=1, number=1))


def current_cache_version() -> int:
    with db.engine.execution_options(portal_writes=False).connect() as connection:
        return connection.execute(select(CacheVersion.number)).scalar() or 0


def shared(read: Callable[..., T], *args: Hashable) -> T:
    """Return what `read(*args)` returns; it is called once for each cache version and minute, as shared pages are."""
    cache = current_portal.page_cache
    standing, kept = cache.standing(), cache.read.get((read, args))
    if kept is None or kept[0] != standing:
        kept = cache.read[read, args] = (standing, read(*args))
    value: T = kept[1]
    return value


# Unicode assigns these characters no meaning, so no text contains them.
BEFORE, AFTER = "\ue000", "\ue001"
MOST_KEPT = 100
MARK = re.compile(f"{BEFORE}(.+?){AFTER}")


def filled(key: Hashable, words: Mapping[str, str], render: Callable[[Mapping[str, str]], str]) -> str:
    """Return what `render(words)` would; it is called with marks for words, once for `key`, language, contact, host."""
    kept = current_portal.prerendered
    whole_key = (key, language(), contact(), on_onion())
    parts = kept.get(whole_key)
    if parts is None:
        if len(kept) >= MOST_KEPT:
            # Keys may hold names of places, which change.
            kept.clear()
        marks = {name: f"{BEFORE}{name}{AFTER}" for name in words}
        parts = kept[whole_key] = MARK.split(render(marks))
    return "".join(escape(words[part]) if place % 2 else part for place, part in enumerate(parts))
