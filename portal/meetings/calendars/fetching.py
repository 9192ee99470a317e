"""Fetches a calendar from an address that somebody typed, and reaches nothing else by it.

The name is looked up once and every number behind it must lie in the open network; then that number is called, not the
name, so that a second answer of the name server cannot lead elsewhere. The same for every redirect. No cookies, no
password, no proxy from the environment, nothing packed (a few kilobytes can hold gigabytes), a limit on bytes and time.
"""

from __future__ import annotations

import socket
import ssl
import threading
import time
from dataclasses import dataclass
from http.client import HTTPException, HTTPMessage, HTTPResponse, HTTPSConnection
from urllib.parse import urljoin

from portal.meetings.calendars.importing import MOST_BYTES, NotImported
from portal.meetings.calendars.rules.addresses import BadAddress, Target, is_public, target
from portal.meetings.calendars.rules.problems import Problem

SECONDS = 20
SILENCE = 8
MOST_REDIRECTS = 3
CHUNK = 16_384
REDIRECTED = (301, 302, 303, 307, 308)
HEADERS = {"Accept": "text/calendar, */*;q=0.1", "Accept-Encoding": "identity", "User-Agent": "CommonGround-Calendar"}


@dataclass(frozen=True)
class Known:
    """What the other side said about the version that we have."""

    etag: str = ""
    last_modified: str = ""

    @property
    def headers(self) -> dict[str, str]:
        said = {"If-None-Match": self.etag, "If-Modified-Since": self.last_modified}
        return {name: value for name, value in said.items() if value}


@dataclass(frozen=True)
class Fetched:
    """What was answered; `content` is None when nothing changed since `Known`."""

    content: bytes | None
    known: Known


class Connection(HTTPSConnection):
    """A connection to one number, as the name that was asked for: certificate and Host are that name's."""

    def __init__(self, to: Target, number: str, seconds: float) -> None:
        super().__init__(to.host, to.port, timeout=seconds, context=ssl.create_default_context())
        self._number = number

    def connect(self) -> None:
        plain = socket.create_connection((self._number, self.port), timeout=self.timeout)
        try:
            self.sock = self._context.wrap_socket(plain, server_hostname=self.host)  # type: ignore[attr-defined]
        except BaseException:
            plain.close()
            raise


def fetch(url: str, known: Known, *, loopback: bool = False, seconds: float = SECONDS) -> Fetched:
    """Ask for a calendar. Raises NotImported. `loopback`: for tests, which ask their own machine on any port."""
    end = time.monotonic() + seconds
    try:
        for _hop in range(MOST_REDIRECTS + 1):
            answer = _ask(target(url, any_port=loopback), known, end, loopback)
            if isinstance(answer, Fetched):
                return answer
            url = urljoin(url, answer)
    except BadAddress as error:
        raise NotImported(Problem(error.key)) from None
    raise NotImported(Problem.REDIRECTS)


def _ask(to: Target, known: Known, end: float, loopback: bool) -> Fetched | str:
    """The answer of one server, or the address to which it sends us."""
    try:
        return _call(to, _number(to, loopback), known, end)
    except ssl.SSLCertVerificationError:
        problem = Problem.CERTIFICATE
    except TimeoutError:
        problem = Problem.TOO_SLOW
    except (OSError, HTTPException, ValueError):
        # Closed by our own clock, or by the other side.
        problem = Problem.TOO_SLOW if time.monotonic() >= end else Problem.NO_ANSWER
    raise NotImported(problem)


def _number(to: Target, loopback: bool) -> str:
    """The number to call. One that is not in the open network spoils all: the name is not what it says."""
    try:
        found = socket.getaddrinfo(to.host, to.port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        raise NotImported(Problem.NO_HOST) from None
    numbers = [str(where[0]) for _family, _kind, _protocol, _name, where in found]
    if not numbers or not all(is_public(number, loopback=loopback) for number in numbers):
        raise NotImported(Problem.NOT_PUBLIC)
    return numbers[0]


def _call(to: Target, number: str, known: Known, end: float) -> Fetched | str:
    left = end - time.monotonic()
    if left <= 0:
        raise TimeoutError
    connection = Connection(to, number, min(SILENCE, left))
    # Whoever sends a letter every few seconds is never silent; this ends it all the same.
    watch = threading.Timer(left, _hang_up, [connection])
    watch.daemon = True
    watch.start()
    try:
        connection.request("GET", to.path, headers={**HEADERS, **known.headers})
        with connection.getresponse() as answer:
            return _answer(answer, known, end)
    finally:
        watch.cancel()
        connection.close()


def _hang_up(connection: Connection) -> None:
    if connection.sock is not None:
        try:
            connection.sock.shutdown(socket.SHUT_RDWR)
        except OSError:
            return


def _answer(answer: HTTPResponse, known: Known, end: float) -> Fetched | str:
    headers = answer.headers
    if answer.status == 304 and known.headers:
        return Fetched(None, known)
    if answer.status in REDIRECTED and headers.get("Location"):
        return str(headers["Location"])
    if answer.status != 200:
        raise NotImported(_status_problem(answer.status))
    if headers.get("Content-Encoding", "identity").strip().lower() != "identity":
        raise NotImported(Problem.PACKED)
    return Fetched(_body(answer, end), _known(headers))


def _status_problem(status: int) -> Problem:
    known = {401: Problem.NOT_ALLOWED, 403: Problem.NOT_ALLOWED, 404: Problem.NOT_THERE, 410: Problem.NOT_THERE}
    return known.get(status, Problem.BROKEN)


def _body(answer: HTTPResponse, end: float) -> bytes:
    length = answer.headers.get("Content-Length", "")
    if length.isdigit() and int(length) > MOST_BYTES:
        raise NotImported(Problem.TOO_LARGE)
    content = bytearray()
    while chunk := answer.read1(CHUNK):
        content += chunk
        if len(content) > MOST_BYTES:
            raise NotImported(Problem.TOO_LARGE)
        if time.monotonic() >= end:
            raise TimeoutError
    if length.isdigit() and len(content) < int(length):
        raise OSError
    return bytes(content)


def _known(headers: HTTPMessage) -> Known:
    etag, changed = headers.get("ETag") or "", headers.get("Last-Modified") or ""
    # Only what can be sent back as it is.
    return Known(
        etag if len(etag) <= 200 and etag.isascii() and etag.isprintable() else "",
        changed if len(changed) <= 60 and changed.isascii() and changed.isprintable() else "",
    )
