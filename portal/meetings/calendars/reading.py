"""Parser for untrusted iCalendar files, run as a process of its own with limited resources.

A small file can demand endless work: an event that repeats every second, or on each 30th of February. So this is a
program: it knows nothing of the portal, has no secret in its environment, and the system kills it when it takes too
much time or memory. It reads the file from standard input and writes the result as JSON to standard output.
"""

from __future__ import annotations

import json
import resource
import sys
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

MOST_BYTES = 1_000_000
MOST_COMPONENTS = 5_000
MOST_FOUND = 2_000
MOST_DATES = 1_000
CPU_SECONDS, MEMORY_BYTES = 8, 768 * 1024 * 1024
LONGEST_TITLE = 120
YEARS = range(1970, 2200)
ONCE = ("DTSTART", "DTEND", "DURATION", "RECURRENCE-ID", "UID", "STATUS", "CLASS")
TOO_OFTEN = frozenset({"SECONDLY", "MINUTELY", "HOURLY"})
PRIVATE = frozenset({"PRIVATE", "CONFIDENTIAL"})
HOUR, DAY, SLICE = timedelta(hours=1), timedelta(days=1), timedelta(days=31)
# Raised by the libraries for files that are no calendars.
READER_ERRORS = (ValueError, LookupError, TypeError, AttributeError, ArithmeticError)
NO_CALENDAR, TOO_MUCH = "no_calendar", "too_much"


class NotRead(Exception):
    """Raised when nothing can be read; `problem` is the reason."""

    def __init__(self, problem: str) -> None:
        super().__init__(problem)
        self.problem = problem


def read(content: bytes, zone: ZoneInfo, first: date, last: date) -> dict[str, Any]:
    """Return `events` of the file from `first` to `last`, and the number of those `left_out`. Raises `NotRead`.

    Times without a time zone are taken as the city's local time.
    """
    calendar = _calendar(content)
    left_out = _bound(calendar)
    events: list[dict[str, Any]] = []
    for found in _occurrences(calendar, first, last):
        event = _event(found, zone)
        events += [event] if event else []
        if len(events) > MOST_FOUND:
            raise NotRead(TOO_MUCH)
    return {"events": events, "left_out": left_out}


def _calendar(content: bytes) -> Any:
    from icalendar import Calendar

    if len(content) > MOST_BYTES:
        raise NotRead(TOO_MUCH)
    # Reject files of another kind before a parser spends time on them.
    if b"BEGIN:VCALENDAR" not in content[:4096].upper():
        raise NotRead(NO_CALENDAR)
    text = _text(content)
    if text.upper().count("\nBEGIN:") > 4 * MOST_COMPONENTS:
        raise NotRead(TOO_MUCH)
    try:
        calendar = Calendar.from_ical(text)
    except READER_ERRORS:
        raise NotRead(NO_CALENDAR) from None
    if len(calendar.subcomponents) > MOST_COMPONENTS:
        raise NotRead(TOO_MUCH)
    return calendar


def _text(content: bytes) -> str:
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = content.decode("latin-1")
    return text.replace("\x00", "")


def _bound(calendar: Any) -> int:
    """Remove components that are not needed and events that cannot be expanded; return the number of lost events."""
    events = [part for part in calendar.subcomponents if part.name == "VEVENT"]
    kept = [part for part in events if _can_be_read(part)]
    for part in kept:
        part.subcomponents.clear()  # alarms
    zones = [part for part in calendar.subcomponents if part.name == "VTIMEZONE"]
    calendar.subcomponents[:] = [*zones, *kept]
    return len(events) - len(kept)


def _can_be_read(event: Any) -> bool:
    """Return whether an event has a start and a bearable rate of repetition.

    Other defects show when the event is used.
    """
    try:
        once = not any(isinstance(event.get(name), list) for name in ONCE)
        return once and event["DTSTART"].dt.year in YEARS and not _never_ends(event)
    except READER_ERRORS:
        return False


def _never_ends(event: Any) -> bool:
    rules = _listed(event.get("RRULE")) + _listed(event.get("EXRULE"))
    often = any(TOO_OFTEN & {str(value).upper() for value in _listed(rule.get("FREQ"))} for rule in rules)
    dates = sum(len(getattr(part, "dts", ())) for name in ("RDATE", "EXDATE") for part in _listed(event.get(name)))
    return often or dates > MOST_DATES


def _listed(value: Any) -> list[Any]:
    if value is None:
        return []
    return list(value) if isinstance(value, list | tuple) else [value]


def _occurrences(calendar: Any, first: date, last: date) -> Iterator[Any]:
    """Yield every occurrence once, slice by slice, so that excessive repetition is noticed early."""
    import recurring_ical_events

    try:
        asked = recurring_ical_events.of(calendar, skip_bad_series=True)
    except READER_ERRORS:
        raise NotRead(NO_CALENDAR) from None
    seen: set[tuple[str, str, str]] = set()
    while first <= last:
        until = min(first + SLICE, last + DAY)
        try:
            slice_of = asked.between(datetime.combine(first, time()), datetime.combine(until, time()))
        except READER_ERRORS:
            raise NotRead(NO_CALENDAR) from None
        for found in slice_of:
            mark = (str(found.get("UID", "")), str(found["DTSTART"].dt), str(found.get("SUMMARY", "")))
            if mark not in seen:
                seen.add(mark)
                yield found
        first = until


def _event(found: Any, zone: ZoneInfo) -> dict[str, Any] | None:
    """Return an entry, or None for an event that is cancelled, private or malformed."""
    try:
        return _sensible(found, zone)
    except READER_ERRORS:
        return None


def _sensible(found: Any, zone: ZoneInfo) -> dict[str, Any] | None:
    if str(found.get("STATUS", "")).upper() == "CANCELLED" or str(found.get("CLASS", "")).upper() in PRIVATE:
        return None
    starts, ends = found["DTSTART"].dt, found["DTEND"].dt if "DTEND" in found else found["DTSTART"].dt
    whole_day = not isinstance(starts, datetime)
    begins, stops = _moment(starts, zone), _moment(ends, zone)
    if stops <= begins:
        stops = _moment(starts + DAY, zone) if whole_day else begins + HOUR
    return {
        "starts": begins.isoformat(),
        "ends": stops.isoformat(),
        "whole_day": whole_day,
        "title": _words(found.get("SUMMARY")),
        "venue": _words(found.get("LOCATION")),
    }


def _moment(value: date, zone: ZoneInfo) -> datetime:
    local = value if isinstance(value, datetime) else datetime.combine(value, time())
    return (local if local.tzinfo else local.replace(tzinfo=zone)).astimezone(UTC)


def _words(value: Any) -> str:
    said = "".join(letter if letter.isprintable() else " " for letter in str(value or ""))
    return " ".join(said.split())[:LONGEST_TITLE]


def limit() -> None:
    """Set limits of CPU time, memory and file size beyond which the system kills this process."""
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def main(arguments: list[str]) -> None:
    """Read standard input and print JSON; the arguments are the city's time zone, the first day and the last."""
    limit()
    name, first, last = arguments
    try:
        said = read(
            sys.stdin.buffer.read(MOST_BYTES + 1), ZoneInfo(name), date.fromisoformat(first), date.fromisoformat(last)
        )
    except NotRead as error:
        said = {"problem": error.problem}
    except (MemoryError, RecursionError):
        said = {"problem": TOO_MUCH}
    sys.stdout.write(json.dumps(said))


if __name__ == "__main__":
    main(sys.argv[1:])
