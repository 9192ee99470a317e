"""Adding calendars of others, changing them, and reading them again."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from urllib.parse import urlsplit

from flask import current_app
from sqlalchemy import delete

from portal.core.audit import record
from portal.core.clock import now, today, zone
from portal.core.crypto import Cipher
from portal.core.db import db, random_id, session
from portal.core.i18n import Bilingual
from portal.meetings.calendars.fetching import Fetched, Known, fetch
from portal.meetings.calendars.importing import Entry, Held, NotImported, read_file
from portal.meetings.calendars.models import OutsideCalendar, OutsideEvent, Source
from portal.meetings.calendars.rules.evenings import Kind
from portal.meetings.calendars.rules.hours import Weekly, stored
from portal.meetings.calendars.rules.problems import Problem, must_read_in_full, next_look

DAY, LEASE = timedelta(days=1), timedelta(minutes=10)


def add_calendar(name: Bilingual, kind: Kind, source: Source, member_id: int) -> OutsideCalendar:
    """A calendar that holds nothing yet; fill it with what its source gives before the transaction ends."""
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
    """The weekly hours from now on."""
    calendar.hours = stored(hours)
    session.add(calendar)
    session.flush()


def add_days(calendar: OutsideCalendar, first: date, last: date) -> None:
    """Days on which there is no school, say, the last one included."""
    begins, ends = (datetime.combine(day, time(), zone()) for day in (first, last + DAY))
    session.add(calendar)
    session.flush()
    session.add(OutsideEvent(calendar_id=calendar.id, starts_at=begins, ends_at=ends, whole_day=True))
    session.flush()


def remove_days(calendar: OutsideCalendar, event_id: int) -> None:
    """Take one stretch of days out again; one that is gone already is gone."""
    session.execute(delete(OutsideEvent).where(OutsideEvent.id == event_id, OutsideEvent.calendar_id == calendar.id))


def set_address(calendar: OutsideCalendar, url: str) -> None:
    """Where it is fetched from; a worker looks within a minute."""
    calendar.address, calendar.host = _cipher().encrypt(url), urlsplit(url).hostname or ""
    calendar.etag = calendar.last_modified = ""
    calendar.problem, calendar.failures, calendar.read_at = None, 0, None
    look_soon(calendar)
    session.add(calendar)
    session.flush()


def look_soon(calendar: OutsideCalendar) -> None:
    """Let a worker look at its address within a minute."""
    calendar.look_at = now()


def change_calendar(calendar: OutsideCalendar, name: Bilingual, member_id: int) -> None:
    """Give it another name, and note that somebody changed it."""
    calendar.name = name
    record("calendar.changed", "calendar", calendar.id, member_id)


def delete_calendar(calendar: OutsideCalendar, member_id: int) -> None:
    """Erase it with everything that it holds."""
    record("calendar.deleted", "calendar", calendar.id, member_id)
    session.execute(delete(OutsideEvent).where(OutsideEvent.calendar_id == calendar.id))
    session.delete(calendar)
    session.flush()


def take_entries(calendar: OutsideCalendar, held: Held) -> None:
    """What it holds now, instead of what it held. Only of public events more than the time is kept."""
    session.add(calendar)
    session.flush()
    session.execute(delete(OutsideEvent).where(OutsideEvent.calendar_id == calendar.id))
    session.add_all(_rows(calendar, held.entries))
    calendar.left_out, calendar.read_at, calendar.problem, calendar.failures = held.left_out, now(), None, 0
    session.flush()


def _rows(calendar: OutsideCalendar, entries: Iterable[Entry]) -> list[OutsideEvent]:
    is_told = calendar.kind == Kind.PARTNER
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


# --- addresses ---


@dataclass(frozen=True)
class Asked:
    """What a look at an address needs to know, taken along so that nobody waits for the transaction meanwhile."""

    url: str
    known: Known


@dataclass(frozen=True)
class Seen:
    """What a look brought: entries, or that nothing changed (`held` None), or a problem."""

    known: Known
    held: Held | None = None
    problem: Problem | None = None


def look(calendar_id: int) -> None:
    """Fetch a calendar and read it. Nothing is locked while we wait for the other side."""
    with db.work():
        asked = _asked(session.get(OutsideCalendar, calendar_id))
    if asked is None:
        return
    seen = _look(asked)
    with db.work():
        calendar = session.get(OutsideCalendar, calendar_id, with_for_update=True)
        # Meanwhile it may have been erased, or have got another address.
        if calendar is not None and calendar.address is not None and _cipher().decrypt(calendar.address) == asked.url:
            _note(calendar, seen)


def _asked(calendar: OutsideCalendar | None) -> Asked | None:
    if calendar is None or calendar.address is None:
        return None
    # A worker that dies meanwhile, or a second one that is as quick, does not ask again at once.
    calendar.look_at = now() + LEASE
    in_full = must_read_in_full(calendar.read_at, now())
    known = Known() if in_full else Known(calendar.etag, calendar.last_modified)
    return Asked(_cipher().decrypt(calendar.address), known)


def _look(asked: Asked) -> Seen:
    loopback: bool = current_app.extensions["settings"].calendars_from_here
    try:
        found: Fetched = fetch(asked.url, asked.known, loopback=loopback)
        held = read_file(found.content, zone(), today()) if found.content is not None else None
    except NotImported as error:
        return Seen(asked.known, problem=error.problem)
    return Seen(found.known, held)


def _note(calendar: OutsideCalendar, seen: Seen) -> None:
    """Keep what was seen. After a problem the entries stay that we have: yesterday's are better than none."""
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
    found: Cipher = current_app.extensions["cipher"]
    return found
