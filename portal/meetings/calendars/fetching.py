"""Import of outside calendars: read files in a child process, fetch addresses that an organizer typed, store entries.

Against server-side request forgery: the host name is resolved once, every IP address behind it must be public, and the
connection goes to that IP address, so that a second answer of the name server cannot lead elsewhere (DNS rebinding).
The same holds for every redirect. No cookies, no password, no proxy from the environment, no compressed answers (a few
kilobytes can expand to gigabytes), a limit on bytes and on time.
"""

from __future__ import annotations

import json
import socket
import ssl
import subprocess
import sys
import threading
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from datetime import time as time_of_day
from http.client import HTTPException, HTTPMessage, HTTPResponse, HTTPSConnection
from pathlib import Path
from typing import Any
from urllib.parse import urljoin, urlsplit
from zoneinfo import ZoneInfo

from sqlalchemy import delete

from portal.core.audit import record
from portal.core.clock import now, today, zone
from portal.core.crypto import Cipher
from portal.core.db import db, random_id, session
from portal.core.i18n import Bilingual
from portal.core.jobs.engine import each_row
from portal.core.portal import current_portal
from portal.meetings.calendars import reading
from portal.meetings.calendars.calendars import CalendarSource, OutsideCalendar, OutsideEvent, calendars_to_look_at
from portal.meetings.calendars.hours import (
    BadAddress,
    CalendarKind,
    CalendarProblem,
    Target,
    Weekly,
    is_public,
    must_read_in_full,
    next_look,
    stored,
    target,
)

DAYS_AHEAD = timedelta(days=400)
PATIENCE = 60
"""Limit in seconds of wall-clock time, for a busy machine; the limit of CPU time is lower."""
MOST_BYTES = reading.MOST_BYTES


@dataclass(frozen=True)
class CalendarEntry:
    """An entry of a calendar, before it is stored."""

    starts_at: datetime
    ends_at: datetime
    whole_day: bool
    title: str
    venue: str


@dataclass(frozen=True)
class CalendarContents:
    """The entries of a calendar, and the number of events that could not be read."""

    entries: tuple[CalendarEntry, ...]
    left_out: int


class NotImported(Exception):
    """Raised when a calendar could not be read or fetched; `problem` is the reason."""

    def __init__(self, problem: CalendarProblem) -> None:
        super().__init__(problem)
        self.problem = problem


def read_file(content: bytes, zone: ZoneInfo, today: date) -> CalendarContents:
    """Return the entries of a calendar file from today on, for the next 400 days. Raises `NotImported`."""
    if len(content) > MOST_BYTES:
        raise NotImported(CalendarProblem.TOO_LARGE)
    # Run the script by its path, not as a module: with -I, neither the environment nor the folder can add code.
    program = [sys.executable, "-I", str(Path(reading.__file__))]
    try:
        done = subprocess.run(
            [*program, zone.key, today.isoformat(), (today + DAYS_AHEAD).isoformat()],
            input=content,
            capture_output=True,
            timeout=PATIENCE,
            env={},
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise NotImported(CalendarProblem.TOO_MUCH) from None
    if done.returncode < 0:
        # Killed by the system: it exceeded its limit of CPU time or memory.
        raise NotImported(CalendarProblem.TOO_MUCH)
    if done.returncode:
        raise NotImported(CalendarProblem.NO_CALENDAR)
    return _checked(json.loads(done.stdout))


def _checked(said: dict[str, Any]) -> CalendarContents:
    if "problem" in said:
        raise NotImported(CalendarProblem(said["problem"]))
    return CalendarContents(tuple(_entries(said["events"])), int(said["left_out"]))


def _entries(events: list[dict[str, Any]]) -> Iterator[CalendarEntry]:
    for one in events[: reading.MOST_FOUND]:
        starts, ends = (datetime.fromisoformat(one[name]) for name in ("starts", "ends"))
        if starts < ends:
            yield CalendarEntry(starts, ends, bool(one["whole_day"]), str(one["title"])[:120], str(one["venue"])[:120])


SECONDS = 20
SILENCE = 8
MOST_REDIRECTS = 3
CHUNK = 16_384
REDIRECTED = (301, 302, 303, 307, 308)
HEADERS = {"Accept": "text/calendar, */*;q=0.1", "Accept-Encoding": "identity", "User-Agent": "CommonGround-Calendar"}


@dataclass(frozen=True)
class Known:
    """The validators (`ETag`, `Last-Modified`) that the server sent with the version that is stored."""

    etag: str = ""
    last_modified: str = ""

    @property
    def headers(self) -> dict[str, str]:
        said = {"If-None-Match": self.etag, "If-Modified-Since": self.last_modified}
        return {name: value for name, value in said.items() if value}


@dataclass(frozen=True)
class Fetched:
    """The answer of a server; `content` is None when nothing has changed since `Known`."""

    content: bytes | None
    known: Known


class Connection(HTTPSConnection):
    """A connection to one IP address that uses the requested host name for the certificate and the Host header."""

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
    """Fetch a calendar and follow redirects. Raises `NotImported`.

    `loopback` is for tests, which ask their own machine on any port.
    """
    end = time.monotonic() + seconds
    try:
        for _hop in range(MOST_REDIRECTS + 1):
            answer = _ask(target(url, any_port=loopback), known, end, loopback)
            if isinstance(answer, Fetched):
                return answer
            url = urljoin(url, answer)
    except BadAddress as error:
        raise NotImported(CalendarProblem(error.key)) from None
    raise NotImported(CalendarProblem.REDIRECTS)


def _ask(to: Target, known: Known, end: float, loopback: bool) -> Fetched | str:
    """Return the answer of one server, or the address to which it redirects."""
    try:
        return _call(to, _number(to, loopback), known, end)
    except ssl.SSLCertVerificationError:
        problem = CalendarProblem.CERTIFICATE
    except TimeoutError:
        problem = CalendarProblem.TOO_SLOW
    except (OSError, HTTPException, ValueError):
        # Closed by our own timer, or by the other side.
        problem = CalendarProblem.TOO_SLOW if time.monotonic() >= end else CalendarProblem.NO_ANSWER
    raise NotImported(problem)


def _number(to: Target, loopback: bool) -> str:
    """Return the IP address to connect to.

    A name with any address that is not public is refused: an attacker may mix both kinds.
    """
    try:
        found = socket.getaddrinfo(to.host, to.port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        raise NotImported(CalendarProblem.NO_HOST) from None
    numbers = [str(where[0]) for _family, _kind, _protocol, _name, where in found]
    if not numbers or not all(is_public(number, loopback=loopback) for number in numbers):
        raise NotImported(CalendarProblem.NOT_PUBLIC)
    return numbers[0]


def _call(to: Target, number: str, known: Known, end: float) -> Fetched | str:
    left = end - time.monotonic()
    if left <= 0:
        raise TimeoutError
    connection = Connection(to, number, min(SILENCE, left))
    # A server that sends a byte every few seconds never triggers the socket timeout; this timer closes the connection.
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
        raise NotImported(CalendarProblem.PACKED)
    return Fetched(_body(answer, end), _known(headers))


def _status_problem(status: int) -> CalendarProblem:
    known = {
        401: CalendarProblem.NOT_ALLOWED,
        403: CalendarProblem.NOT_ALLOWED,
        404: CalendarProblem.NOT_THERE,
        410: CalendarProblem.NOT_THERE,
    }
    return known.get(status, CalendarProblem.BROKEN)


def _body(answer: HTTPResponse, end: float) -> bytes:
    length = answer.headers.get("Content-Length", "")
    if length.isdigit() and int(length) > MOST_BYTES:
        raise NotImported(CalendarProblem.TOO_LARGE)
    content = bytearray()
    while chunk := answer.read1(CHUNK):
        content += chunk
        if len(content) > MOST_BYTES:
            raise NotImported(CalendarProblem.TOO_LARGE)
        if time.monotonic() >= end:
            raise TimeoutError
    if length.isdigit() and len(content) < int(length):
        raise OSError
    return bytes(content)


def _known(headers: HTTPMessage) -> Known:
    etag, changed = headers.get("ETag") or "", headers.get("Last-Modified") or ""
    # Keep only values that can be sent back unchanged.
    return Known(
        etag if len(etag) <= 200 and etag.isascii() and etag.isprintable() else "",
        changed if len(changed) <= 60 and changed.isascii() and changed.isprintable() else "",
    )


DAY, LEASE = timedelta(days=1), timedelta(minutes=10)


def add_calendar(name: Bilingual, kind: CalendarKind, source: CalendarSource, member_id: int) -> OutsideCalendar:
    """Add a calendar without entries; the caller fills it from its source in the same transaction."""
    calendar = OutsideCalendar(
        id=random_id(),
        name=name,
        kind=kind,
        source=source,
        added_by_id=member_id,
        added_at=now(),
        failures=0,
        left_out=0,
    )
    record("calendar.added", "calendar", calendar.id, member_id)
    return calendar


def set_hours(calendar: OutsideCalendar, hours: Sequence[Weekly]) -> None:
    """Set the weekly hours of a calendar."""
    calendar.hours = stored(hours)
    session.add(calendar)
    session.flush()


def add_days(calendar: OutsideCalendar, first: date, last: date) -> None:
    """Add a stretch of whole days, the last one included: days without school, for example."""
    begins, ends = (datetime.combine(day, time_of_day(), zone()) for day in (first, last + DAY))
    session.add(calendar)
    session.flush()
    session.add(OutsideEvent(calendar_id=calendar.id, starts_at=begins, ends_at=ends, whole_day=True))
    session.flush()


def remove_days(calendar: OutsideCalendar, event_id: int) -> None:
    """Remove a stretch of days; does nothing if it is already removed."""
    session.execute(delete(OutsideEvent).where(OutsideEvent.id == event_id, OutsideEvent.calendar_id == calendar.id))


def set_address(calendar: OutsideCalendar, url: str) -> None:
    """Set the address of a calendar; a worker fetches it within a minute."""
    calendar.address, calendar.host = _cipher().encrypt(url), urlsplit(url).hostname or ""
    calendar.etag = calendar.last_modified = ""
    calendar.problem, calendar.failures, calendar.read_at = None, 0, None
    look_soon(calendar)
    session.add(calendar)
    session.flush()


def look_soon(calendar: OutsideCalendar) -> None:
    """Schedule a fetch of the address within a minute."""
    calendar.look_at = now()


def change_calendar(calendar: OutsideCalendar, name: Bilingual, member_id: int) -> None:
    """Rename a calendar and record an audit event."""
    calendar.name = name
    record("calendar.changed", "calendar", calendar.id, member_id)


def delete_calendar(calendar: OutsideCalendar, member_id: int) -> None:
    """Delete a calendar with all its entries."""
    record("calendar.deleted", "calendar", calendar.id, member_id)
    session.execute(delete(OutsideEvent).where(OutsideEvent.calendar_id == calendar.id))
    session.delete(calendar)
    session.flush()


def take_entries(calendar: OutsideCalendar, held: CalendarContents) -> None:
    """Replace the entries of a calendar. Title and venue are stored only for public events of partners."""
    session.add(calendar)
    session.flush()
    session.execute(delete(OutsideEvent).where(OutsideEvent.calendar_id == calendar.id))
    session.add_all(_rows(calendar, held.entries))
    calendar.left_out, calendar.read_at, calendar.problem, calendar.failures = held.left_out, now(), None, 0
    session.flush()


def _rows(calendar: OutsideCalendar, entries: Iterable[CalendarEntry]) -> list[OutsideEvent]:
    is_told = calendar.kind == CalendarKind.PARTNER
    return [
        OutsideEvent(
            calendar_id=calendar.id,
            starts_at=one.starts_at,
            ends_at=one.ends_at,
            whole_day=one.whole_day,
            title=one.title if is_told else "",
            venue=one.venue if is_told else "",
        )
        for one in entries
    ]


@dataclass(frozen=True)
class FetchRequest:
    """The data that a fetch needs, copied so that the transaction need not stay open during the request."""

    url: str
    known: Known


@dataclass(frozen=True)
class FetchOutcome:
    """The outcome of a fetch: entries, or no change (`held` is None), or a problem."""

    known: Known
    held: CalendarContents | None = None
    problem: CalendarProblem | None = None


def look(calendar_id: int) -> None:
    """Fetch a calendar and read it. No row stays locked while we wait for the other side."""
    with db.work():
        asked = _asked(session.get(OutsideCalendar, calendar_id))
    if asked is None:
        return
    seen = _look(asked)
    with db.work():
        calendar = session.get(OutsideCalendar, calendar_id, with_for_update=True)
        # Meanwhile it may have been deleted or given another address.
        if calendar is not None and calendar.address is not None and _cipher().decrypt(calendar.address) == asked.url:
            _note(calendar, seen)


def _asked(calendar: OutsideCalendar | None) -> FetchRequest | None:
    if calendar is None or calendar.address is None:
        return None
    # A lease: after a crash, or in a second worker at the same moment, the address is not fetched again at once.
    calendar.look_at = now() + LEASE
    in_full = must_read_in_full(calendar.read_at, now())
    known = Known() if in_full else Known(calendar.etag, calendar.last_modified)
    return FetchRequest(_cipher().decrypt(calendar.address), known)


def _look(asked: FetchRequest) -> FetchOutcome:
    loopback: bool = current_portal.settings.calendars_from_here
    try:
        found: Fetched = fetch(asked.url, asked.known, loopback=loopback)
        held = read_file(found.content, zone(), today()) if found.content is not None else None
    except NotImported as error:
        return FetchOutcome(asked.known, problem=error.problem)
    return FetchOutcome(found.known, held)


def _note(calendar: OutsideCalendar, seen: FetchOutcome) -> None:
    """Store the outcome of a fetch.

    After a problem the stored entries are kept: yesterday's are better than none.
    """
    calendar.looked_at = now()
    if seen.problem is not None:
        calendar.problem, calendar.failures = seen.problem, calendar.failures + 1
    else:
        calendar.problem, calendar.failures = None, 0
        calendar.etag, calendar.last_modified = seen.known.etag, seen.known.last_modified
    if seen.held is not None:
        take_entries(calendar, seen.held)
    calendar.look_at = next_look(calendar.failures, now())


def _cipher() -> Cipher:
    found: Cipher = current_portal.cipher
    return found


AT_ONCE = 2
"""Calendars per minute; each may take as long as its server makes it wait, within the limits above."""


def look_at_all() -> None:
    """Fetch the calendars that are due, each in its own transactions."""
    with db.work():
        ids = calendars_to_look_at()
    each_row(ids[:AT_ONCE], look)
