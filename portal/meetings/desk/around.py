"""What everybody holds in the coming weeks, by day, and where: so that two do not call the same families at once."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from portal.core.clock import today, zone
from portal.core.i18n import LANGUAGES
from portal.markets.map import labels
from portal.markets.map.drawing import Drawing, Outline, city_map
from portal.markets.map.queries import landmarks
from portal.markets.map.sheets import Mark
from portal.markets.queries import public_markets
from portal.meetings.calendars.queries import Listed, ahead
from portal.meetings.calendars.rules.evenings import Kind, overlap

WEEKS = 4
GATHERINGS = (Kind.MEETING, Kind.PARTNER)
CLOSE = timedelta(hours=3)


@dataclass(frozen=True)
class Pin:
    """A spot on the map, its number, what it is called in each language, and what is held there."""

    number: int
    x: int
    y: int
    name: dict[str, str]
    held: Sequence[Listed]


@dataclass(frozen=True)
class Pinned(Drawing):
    """The map of the city with pins on it."""

    pins: Sequence[Pin] = ()

    @property
    def landmarks(self) -> list[Mark]:
        """Landmarks whose name no pin covers; what lies under a pin is named beside the map."""
        numbers = [labels.about(pin.x, pin.y) for pin in self.pins]
        return [mark for mark in self.layers.landmarks if labels.is_free(mark.box, self.height, numbers)]


@dataclass(frozen=True)
class Day:
    """What is held on a day, and what else keeps families busy; `twice`: two call people on one evening."""

    day: date
    gatherings: Sequence[Listed]
    besides: Sequence[Listed]
    twice: bool


@dataclass(frozen=True)
class Around:
    """The coming weeks: by day, and on the map."""

    days: Sequence[Day]
    map: Pinned | None

    def number_of(self, one: Listed) -> int | None:
        """The number on the map; None for what is held at no place that the map knows."""
        pins = self.map.pins if self.map else ()
        return next((pin.number for pin in pins if any(one is held for held in pin.held)), None)


def around(member_id: int) -> Around:
    """What a member may know of."""
    first, last = today(), today() + timedelta(weeks=WEEKS)
    held = ahead(first, last, member_id).held
    gatherings = [one for one in held if one.kind in GATHERINGS]
    drawn = city_map([])
    days = [_day(day, held) for day in _days(first, last)]
    return Around(
        days=[one for one in days if one.gatherings or any(also.kind != Kind.WORSHIP for also in one.besides)],
        map=Pinned(drawn.height, drawn.layers, (), _pins(gatherings, drawn)) if drawn else None,
    )


def _days(first: date, last: date) -> Iterator[date]:
    for number in range((last - first).days + 1):
        yield first + timedelta(days=number)


def _is_on(one: Listed, day: date) -> bool:
    begins, ends = one.starts.astimezone(zone()).date(), (one.ends - timedelta(seconds=1)).astimezone(zone()).date()
    return begins <= day <= ends if one.whole_day else begins == day


def _day(day: date, held: Sequence[Listed]) -> Day:
    found = [one for one in held if _is_on(one, day)]
    gatherings = [one for one in found if one.kind in GATHERINGS]
    twice = any(
        overlap(one, other, CLOSE) for number, one in enumerate(gatherings) for other in gatherings[number + 1 :]
    )
    return Day(day, gatherings, [one for one in found if one.kind not in GATHERINGS], twice)


def _pins(gatherings: Sequence[Listed], drawn: Drawing) -> list[Pin]:
    """One for each landmark that a venue names, and for each released place at which something is held."""
    spots: dict[tuple[int, int], tuple[dict[str, str], list[Listed]]] = {}
    known = _landmark_spots(drawn)
    places = {outline.market.id: outline for outline in _outlines(gatherings)}
    for one in gatherings:
        outline = places.get(one.meeting.market_id or 0) if one.meeting else None
        mark = next((mark for mark in known if _names(mark, one)), None)
        if mark is not None:
            spots.setdefault(mark[0], (mark[1], []))[1].append(one)
        elif outline is not None:
            name = {lang: outline.market.name[lang] for lang in LANGUAGES}
            spots.setdefault((outline.x, outline.y), (name, []))[1].append(one)
    placed = labels.apart(list(spots), drawn.height)
    return [
        Pin(number, *spot, *said) for number, (spot, said) in enumerate(zip(placed, spots.values(), strict=True), 1)
    ]


def _outlines(gatherings: Sequence[Listed]) -> Sequence[Outline]:
    ids = {one.meeting.market_id for one in gatherings if one.meeting}
    drawing = city_map([market for market in public_markets() if market.id in ids])
    return drawing.outlines if drawing else ()


def _landmark_spots(drawn: Drawing) -> list[tuple[tuple[int, int], dict[str, str]]]:
    """Landmarks inside the map, those with the longest names first: “High school” before “School”."""
    found = [(spot, {lang: name[lang] for lang in LANGUAGES}) for spot, name in landmarks()]
    inside = [(spot, name) for spot, name in found if labels.about(*spot, radius=0).is_within(drawn.height)]
    return sorted(inside, key=lambda mark: (-max(map(len, mark[1].values())), mark[0]))


def _names(mark: tuple[tuple[int, int], dict[str, str]], one: Listed) -> bool:
    said = [one.venue, *([one.meeting.place.en, one.meeting.place.es] if one.meeting else [])]
    return any(name and name.casefold() in text.casefold() for name in mark[1].values() for text in said)
