"""Weekly hours as people write them ("Sunday 9–12, miércoles 6–8 pm"), and when they fall in some weeks."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, tzinfo

from portal.core.hours import NoSuchHour, moment_in

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
# Whoever writes "6–8" may mean a vigil or the evening; "9–12" is always the morning.
UNCERTAIN = range(1, 8)
# A piece has single spaces; patterns that allow for more can take long.
CLOCK = r"(\d{1,2})(?:[:.](\d{2}))? ?(am|pm|h)?"
SPAN = re.compile(rf"(?:(?:de|from) ?)?{CLOCK} ?(?:-|a|to|until|hasta) ?(?:las? )?{CLOCK}")


@dataclass(frozen=True, order=True)
class Weekly:
    """Every week on this day (0 is Monday), from and to; an end at 00:00 is the midnight after."""

    weekday: int
    starts: time
    ends: time

    def __str__(self) -> str:
        return f"{self.weekday} {self.starts:%H:%M}-{self.ends:%H:%M}"


class NotUnderstood(ValueError):
    """A piece of what was typed says no hours. `which_half`: it says some, but not whether morning or evening."""

    def __init__(self, piece: str, *, which_half: bool = False) -> None:
        super().__init__(piece)
        self.piece = piece
        self.which_half = which_half


def read_hours(text: str) -> tuple[Weekly, ...]:
    """The hours that a text names, in the order of the week. Raises NotUnderstood.

    A day stands for all hours after it up to the next day: "Sunday 9–10, 11–12, Wed 18–20" are three.
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
    """The hours in one line, for the database."""
    return "; ".join(map(str, hours))


def restored(line: str) -> tuple[Weekly, ...]:
    """The hours from what `stored` gave."""
    return tuple(_restored(piece) for piece in line.split("; ") if piece)


def held(hours: Sequence[Weekly], first: date, last: date, zone: tzinfo) -> Iterator[tuple[datetime, datetime]]:
    """When they are held from `first` to `last`, by the city's clock, whatever the clocks do meanwhile.

    An hour that the change to summer time leaves out begins when the clocks have gone forward.
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
    """Small letters without accents and dots, every kind of dash the same."""
    decomposed = unicodedata.normalize("NFKD", text.lower())
    letters = "".join(letter for letter in decomposed if not unicodedata.combining(letter))
    dashed = re.sub(r"[\u2010-\u2015\u2212]", "-", letters)
    return re.sub(r"\b([ap])\.?\s?m\b\.?", r"\1m", dashed)


def _pieces(text: str) -> list[str]:
    pieces = [" ".join(piece.split()) for piece in re.split(r"[,;\n\r]+", plain(text)[:LONGEST_TEXT])]
    return [piece for piece in pieces if piece]


def _days_in(piece: str) -> tuple[list[int], str]:
    """The days at the beginning of a piece, and what follows: "monday & friday 18-20", "los domingos 9-12"."""
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
        # "6–8 pm" means both; in "11–1 pm" the first is before noon.
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
