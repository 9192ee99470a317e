"""Pure rules of outside calendars: permitted addresses, free evenings, weekly hours as typed, when to fetch again.

Addresses must be https on the usual port, and their IP addresses public. Otherwise an attacker who may type an address
could make the server request what only the server can reach: databases, the machine's own pages, the cloud's keys.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, tzinfo
from enum import StrEnum
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from urllib.parse import SplitResult, urlsplit

from portal.core.hours import NoSuchHour, hours_on, moment_in

HTTPS = 443
LONGEST = 1_000
# IPv6 ranges that embed IPv4 addresses: translated ones are judged by the embedded address, tunnels are refused.
TRANSLATED = ip_network("64:ff9b::/96")
TUNNELS = (ip_network("2002::/16"), ip_network("2001::/32"), ip_network("64:ff9b:1::/48"), ip_network("::/96"))


@dataclass(frozen=True)
class Target:
    """A permitted address, split into host, port and path."""

    host: str
    port: int
    path: str


class BadAddress(ValueError):
    """An address that must not be fetched; `key` is the reason."""

    def __init__(self, key: str) -> None:
        super().__init__(key)
        self.key = key


def target(url: str, *, any_port: bool = False) -> Target:
    """Return the parts of an address that may be fetched. Raises `BadAddress`."""
    if len(url) > LONGEST or not url.isascii() or re.search(r"[\x00-\x20\x7f\"<>\\^`{|}]", url):
        raise BadAddress("no_address")
    try:
        parts = urlsplit(url)
        port = parts.port or HTTPS
    except ValueError:
        raise BadAddress("no_address") from None
    _check(parts)
    if port != HTTPS and not any_port:
        raise BadAddress("port")
    path = parts.path or "/"
    return Target(parts.hostname or "", port, f"{path}?{parts.query}" if parts.query else path)


def _check(parts: SplitResult) -> None:
    if parts.scheme.lower() not in ("https", "webcal", "webcals"):
        raise BadAddress("not_https" if parts.scheme.lower() == "http" else "no_address")
    if "@" in parts.netloc:
        raise BadAddress("password")
    if not re.fullmatch(r"[a-z0-9._-]{1,253}|[0-9a-f:.]{2,45}", parts.hostname or ""):
        raise BadAddress("no_address")


def is_public(address: str, *, loopback: bool = False) -> bool:
    """Return whether an IP address is public. `loopback`: only tests may ask their own machine."""
    try:
        number = ip_address(address)
    except ValueError:
        return False
    if loopback and number.is_loopback:
        return True
    return _is_open(number)


def _is_open(number: IPv4Address | IPv6Address) -> bool:
    if isinstance(number, IPv6Address):
        if number.ipv4_mapped is not None:
            return _is_open(number.ipv4_mapped)
        if number in TRANSLATED:
            return _is_open(IPv4Address(int(number) & 0xFFFFFFFF))
        if any(number in tunnel for tunnel in TUNNELS) or number.is_site_local or number.scope_id:
            return False
    return number.is_global and not (number.is_multicast or number.is_reserved or number.is_unspecified)


SUGGESTED = 3
DAYS_AROUND = 28
"""Free evenings are searched up to this many days before and after the wanted one."""
NOTICE = timedelta(hours=72)
"""The minimum notice of a suggested evening: residents must be able to arrange a ride, a sitter or a shift."""
PROPOSED_AFTER = timedelta(days=14)
FAMILY_EVENING = timedelta(hours=3)
ON_THE_WAY = timedelta(hours=1)


class CalendarKind(StrEnum):
    """The kinds of events that keep families busy."""

    MEETING = "meeting"
    WORSHIP = "worship"
    SCHOOL = "school"
    PARTNER = "partner"
    OTHER = "other"
    HOLIDAY = "holiday"


# The margin before and after an event in which families cannot be elsewhere. Two meetings on one evening call on the
# same families twice.
NEAR = {CalendarKind.MEETING: FAMILY_EVENING, CalendarKind.PARTNER: FAMILY_EVENING}


@dataclass(frozen=True)
class TimeSpan:
    """A start and an end."""

    starts: datetime
    ends: datetime


@dataclass(frozen=True)
class BusySpan(TimeSpan):
    """A span in which something is held. `name` is the calendar, `title` the entry; both may be shown on pages."""

    kind: CalendarKind
    name: str
    title: str = ""
    whole_day: bool = False


def overlap(one: TimeSpan, other: TimeSpan, near: timedelta = timedelta(0)) -> bool:
    """Return whether two spans overlap or are less than `near` apart."""
    return one.starts < other.ends + near and other.starts < one.ends + near


def in_the_way(wanted: TimeSpan, held: Iterable[BusySpan]) -> tuple[BusySpan, ...]:
    """Return the spans on the same evening, whole days first, then by start."""
    found = {one for one in held if overlap(wanted, one, _near(one))}
    return tuple(sorted(found, key=lambda one: (not one.whole_day, one.starts, one.ends, one.name, one.title)))


def _near(one: BusySpan) -> timedelta:
    # The evening before a day without school is as free as any other.
    return timedelta(0) if one.whole_day else NEAR.get(one.kind, ON_THE_WAY)


def span_on(day: date, starts: time, ends: time, zone: tzinfo) -> TimeSpan | None:
    """Return these hours on a day; None if a clock change skips one of them or the end is not after the start."""
    try:
        found = TimeSpan(*hours_on(zone, day, starts, ends))
    except NoSuchHour:
        return None
    return found if found.ends > found.starts else None


def free_days(
    wanted: date,
    hours: tuple[time, time],
    busy_on: Callable[[TimeSpan], Sequence[BusySpan]],
    now: datetime,
    zone: tzinfo,
) -> list[date]:
    """Return the days nearest to the wanted one on which these hours are free, in calendar order.

    Of two days that are equally near the later one is preferred: it leaves more time to tell people.
    """
    found: list[date] = []
    for distance in range(1, DAYS_AROUND + 1):
        for day in (wanted + timedelta(days=distance), wanted - timedelta(days=distance)):
            span = span_on(day, *hours, zone)
            if len(found) < SUGGESTED and span and span.starts >= now + NOTICE and not busy_on(span):
                found.append(day)
    return sorted(found)


DAYS = (
    ("monday", "lunes"),
    ("tuesday", "martes"),
    ("wednesday", "miercoles"),
    ("thursday", "jueves"),
    ("friday", "viernes"),
    ("saturday", "sabado"),
    ("sunday", "domingo"),
)
SHORTEST_NAME = 3
LONGEST_TEXT = 1_000
MOST_HOURS = 30
MIDNIGHT = timedelta(days=1)
# "6–8" may mean early morning or evening; "9–12" is always the morning.
UNCERTAIN = range(1, 8)
# A piece has single spaces; a pattern that allows more of them can take very long on hostile text.
CLOCK = r"(\d{1,2})(?:[:.](\d{2}))? ?(am|pm|h)?"
SPAN = re.compile(rf"(?:(?:de|from) ?)?{CLOCK} ?(?:-|a|to|until|hasta) ?(?:las? )?{CLOCK}")


@dataclass(frozen=True, order=True)
class Weekly:
    """A weekly span: weekday (0 is Monday), start and end. An end at 00:00 is the midnight after."""

    weekday: int
    starts: time
    ends: time

    def __str__(self) -> str:
        return f"{self.weekday} {self.starts:%H:%M}-{self.ends:%H:%M}"


class NotUnderstood(ValueError):
    """Raised for a piece of text that holds no hours; with `which_half`, hours that may be morning or evening."""

    def __init__(self, piece: str, *, which_half: bool = False) -> None:
        super().__init__(piece)
        self.piece = piece
        self.which_half = which_half


def read_hours(text: str) -> tuple[Weekly, ...]:
    """Return the hours that a text names, in the order of the week. Raises `NotUnderstood`.

    A day applies to all hours after it up to the next day: "Sunday 9–10, 11–12, Wed 18–20" yields three.
    """
    found: set[Weekly] = set()
    days: list[int] = []
    for piece in _pieces(text):
        named, rest = _days_in(piece)
        days = named or days
        span = SPAN.fullmatch(rest)
        if not days or span is None or len(found) >= MOST_HOURS:
            raise NotUnderstood(piece)
        starts, ends = _span(span, piece)
        found |= {Weekly(day, starts, ends) for day in days}
    return tuple(sorted(found))


def stored(hours: Iterable[Weekly]) -> str:
    """Return the hours as one line for the database."""
    return "; ".join(map(str, hours))


def restored(line: str) -> tuple[Weekly, ...]:
    """Return the hours from the output of `stored`."""
    return tuple(_restored(piece) for piece in line.split("; ") if piece)


def held(hours: Sequence[Weekly], first: date, last: date, zone: tzinfo) -> Iterator[tuple[datetime, datetime]]:
    """Yield start and end of each occurrence from `first` to `last` by local time, across clock changes.

    An hour that the change to summer time skips begins when the clocks have gone forward.
    """
    for number in range((last - first).days + 1):
        day = first + timedelta(days=number)
        for one in hours:
            if one.weekday == day.weekday():
                end_day = day if one.ends > time() else day + MIDNIGHT
                starts, ends = _moment(zone, day, one.starts), _moment(zone, end_day, one.ends)
                if ends > starts:
                    yield starts, ends


def _moment(zone: tzinfo, day: date, clock: time) -> datetime:
    try:
        return moment_in(zone, day, clock)
    except NoSuchHour:
        return moment_in(zone, day, clock.replace(hour=clock.hour + 1, minute=0))


def plain(text: str) -> str:
    """Return the text in lower case without accents, with one kind of dash and with am/pm normalized."""
    decomposed = unicodedata.normalize("NFKD", text.lower())
    letters = "".join(letter for letter in decomposed if not unicodedata.combining(letter))
    dashed = re.sub(r"[\u2010-\u2015\u2212]", "-", letters)
    return re.sub(r"\b([ap])\.?\s?m\b\.?", r"\1m", dashed)


def _pieces(text: str) -> list[str]:
    pieces = [" ".join(piece.split()) for piece in re.split(r"[,;\n\r]+", plain(text)[:LONGEST_TEXT])]
    return [piece for piece in pieces if piece]


def _days_in(piece: str) -> tuple[list[int], str]:
    """Return the days at the beginning of a piece and the rest: "monday & friday 18-20", "los domingos 9-12"."""
    words, days = piece.split(), list[int]()
    while words and not words[0][0].isdigit():
        word = words[0].strip(".:&+")
        day = _day(word)
        if day is None and word not in ("", "and", "y", "e", "every", "el", "los", "on", "cada", "from", "de", "las"):
            return days, " ".join(words)
        days += [day] if day is not None else []
        words = words[1:]
    return days, " ".join(words)


def _day(word: str) -> int | None:
    if len(word) < SHORTEST_NAME:
        return None
    forms = (word, word.removesuffix("s"))
    fits = (number for number, names in enumerate(DAYS) if any(name.startswith(forms) for name in names))
    return next(fits, None)


def _span(found: re.Match[str], piece: str) -> tuple[time, time]:
    hour, minute, half, end_hour, end_minute, end_half = found.groups()
    first, last = int(hour), int(end_hour)
    is_uncertain = not half and not end_half and first in UNCERTAIN and last <= 12 and len(hour) == 1
    if is_uncertain:
        raise NotUnderstood(piece, which_half=True)
    if end_half in ("am", "pm") and not half:
        # In "6–8 pm" the suffix applies to both; in "11–1 pm" the first is before noon.
        half = end_half if first % 12 <= last % 12 else "am"
    starts, ends = _clock(first, minute, half, piece), _clock(last, end_minute, end_half, piece)
    if ends <= starts and ends != time():
        raise NotUnderstood(piece)
    return starts, ends


def _clock(hour: int, minute: str | None, half: str | None, piece: str) -> time:
    if half in ("am", "pm"):
        if not 1 <= hour <= 12:
            raise NotUnderstood(piece)
        hour = hour % 12 + (12 if half == "pm" else 0)
    try:
        return time(0 if hour == 24 else hour, int(minute or 0))
    except ValueError:
        raise NotUnderstood(piece) from None


def _restored(piece: str) -> Weekly:
    day, span = piece.split(" ")
    starts, ends = (time.fromisoformat(clock) for clock in span.split("-"))
    return Weekly(int(day), starts, ends)


class CalendarProblem(StrEnum):
    """The reasons why nothing was read; their messages are in `texts`."""

    NO_ADDRESS = "no_address"
    NOT_HTTPS = "not_https"
    PASSWORD = "password"  # noqa: S105 - the name of a problem
    PORT = "port"
    NO_HOST = "no_host"
    NOT_PUBLIC = "not_public"
    NO_ANSWER = "no_answer"
    TOO_SLOW = "too_slow"
    CERTIFICATE = "certificate"
    REDIRECTS = "redirects"
    NOT_THERE = "not_there"
    NOT_ALLOWED = "not_allowed"
    BROKEN = "broken"
    TOO_LARGE = "too_large"
    PACKED = "packed"
    NO_CALENDAR = "no_calendar"
    TOO_MUCH = "too_much"


PROBLEMS = tuple(problem.value for problem in CalendarProblem)
EVERY = timedelta(hours=6)
LONGEST_PAUSE = timedelta(days=2)
IN_FULL = timedelta(days=30)
"""The interval of a full read even if the server reports no change: time passes, and events repeat."""


def next_look(failures: int, now: datetime) -> datetime:
    """Return when to fetch an address next: the pause doubles with each failure, up to `LONGEST_PAUSE`."""
    return now + min(EVERY * int(2 ** min(failures, 8)), LONGEST_PAUSE)


def must_read_in_full(read_at: datetime | None, now: datetime) -> bool:
    """Return whether the calendar must be read in full, so that "not modified" would not do."""
    return read_at is None or now - read_at > IN_FULL
