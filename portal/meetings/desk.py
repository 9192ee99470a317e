"""What lies ahead for organizers: the next fortnight with its open tasks, and the coming weeks by day and on a map."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import combinations
from typing import Any, NamedTuple

from babel.dates import format_skeleton
from flask_babel import get_locale, gettext as _, ngettext
from sqlalchemy import ColumnElement, and_, case, func, or_, select

from portal.accounts.users import member_names
from portal.core.clock import now, today, zone
from portal.core.db import session
from portal.core.i18n import LANGUAGES
from portal.markets.map import frame
from portal.markets.map.drawing import MapDrawing, city_map
from portal.markets.map.sheets import Mark, landmarks
from portal.markets.places import public_markets
from portal.meetings.busy import UpcomingBusy, ahead
from portal.meetings.evenings import BusyKind, overlap
from portal.meetings.meeting import PAGE, Meeting, known_meetings, may_see_single_answers, not_over
from portal.meetings.readiness import NEEDS, MeetingState, OfferAnswer, missing, wrong_dates
from portal.meetings.report_back import owes_report, standings
from portal.meetings.rsvp.reminder_times import ask_by
from portal.meetings.rsvp.rsvp import Rsvp, Sums, seats_of, sums_of
from portal.meetings.rsvp.seats import RsvpState
from portal.meetings.rsvp.texts import LANGUAGE_NAMES
from portal.meetings.suggestions import evening_at

WEEKS = 4
CLOSE = timedelta(hours=3)
AHEAD = timedelta(days=14)
AROUND = timedelta(days=30)


class Pin(NamedTuple):
    number: int
    x: int
    y: int
    name: dict[str, str]
    held: Sequence[UpcomingBusy]


@dataclass(frozen=True)
class Pinned(MapDrawing):
    pins: Sequence[Pin] = ()

    @property
    def landmarks(self) -> list[Mark]:
        """The landmarks whose name no pin covers; those under a pin are named beside the map."""
        numbers = [frame.about(pin.x, pin.y) for pin in self.pins]
        return [mark for mark in self.layers.landmarks if frame.is_free(mark.box, self.height, numbers)]


class Day(NamedTuple):
    """What is held on a day and what else keeps families busy; `twice`: two gatherings are less than `CLOSE` apart."""

    day: date
    gatherings: Sequence[UpcomingBusy]
    besides: Sequence[UpcomingBusy]
    twice: bool


def around(member_id: int) -> dict[str, Any]:
    """Return the coming weeks as far as the member may know of them: by day, on the map, and what has which number."""
    first, drawn = today(), city_map([])
    held = ahead(first, first + timedelta(weeks=WEEKS), member_id)
    pins = _pins(held, drawn) if drawn else []
    days = [_day(first + timedelta(days=number), held) for number in range(7 * WEEKS + 1)]
    return {
        "days": [day for day in days if day.gatherings or any(busy.kind == BusyKind.HOLIDAY for busy in day.besides)],
        "map": Pinned(drawn.height, drawn.layers, (), pins) if drawn else None,
        "numbers": {id(busy): pin.number for pin in pins for busy in pin.held},
    }


def _day(day: date, held: Sequence[UpcomingBusy]) -> Day:
    gatherings: list[UpcomingBusy] = []
    besides: list[UpcomingBusy] = []
    for busy in held:
        begins = busy.starts.astimezone(zone()).date()
        ends = (busy.ends - timedelta(seconds=1)).astimezone(zone()).date()
        if begins == day or (busy.whole_day and begins <= day <= ends):
            (gatherings if busy.kind == BusyKind.MEETING else besides).append(busy)
    twice = any(overlap(busy, other, CLOSE) for busy, other in combinations(gatherings, 2))
    return Day(day, gatherings, besides, twice)


def _pins(held: Sequence[UpcomingBusy], drawn: MapDrawing) -> list[Pin]:
    """Return a pin for each landmark that a venue names and for each released place at which something is held."""
    gatherings = [(busy, busy.meeting) for busy in held if busy.meeting]
    used = {meeting.market_id for _busy, meeting in gatherings}
    drawing = city_map([market for market in public_markets() if market.id in used])
    places = {outline.market.id: outline for outline in drawing.outlines} if drawing else {}
    marks = _landmark_spots(drawn)
    spots: dict[tuple[int, int], tuple[dict[str, str], list[UpcomingBusy]]] = {}
    for busy, meeting in gatherings:
        outline = places.get(meeting.market_id or 0)
        texts = [text.casefold() for text in (busy.venue, meeting.place.en, meeting.place.es)]
        for spot, names in marks:
            if any(name and name.casefold() in text for name in names.values() for text in texts):
                spots.setdefault(spot, (names, []))[1].append(busy)
                break
        else:
            if outline is not None:
                names = {lang: outline.market.name[lang] for lang in LANGUAGES}
                spots.setdefault((outline.x, outline.y), (names, []))[1].append(busy)
    placed = frame.apart(list(spots), drawn.height)
    return [
        Pin(number, *spot, *named) for number, (spot, named) in enumerate(zip(placed, spots.values(), strict=True), 1)
    ]


def _landmark_spots(drawn: MapDrawing) -> list[tuple[tuple[int, int], dict[str, str]]]:
    """Return landmarks inside the map, longest names first: “High school” before “School”."""
    marks = [(spot, {lang: name[lang] for lang in LANGUAGES}) for spot, name in landmarks()]
    inside = [(spot, name) for spot, name in marks if frame.about(*spot, radius=0).is_within(drawn.height)]
    return sorted(inside, key=lambda mark: (-max(map(len, mark[1].values())), mark[0]))


def fortnight(member_id: int, roles: frozenset[str], page: int = 1) -> dict[str, Any]:
    """Return the desk of a member: meetings ahead, drafts without a day, reports owed; of each a part, and how many.

    Meetings at hidden places are there only if the member is admitted there.
    """
    coming = case((Meeting.ends_at > now(), Meeting.starts_at))
    first = (coming.is_(None), coming, Meeting.starts_at.desc())
    held, in_all = _some(member_id, held_soon(), order=first, page=page)
    busy = ahead(today() - AROUND, today() + AHEAD + AROUND, member_id) if held else ()
    names = member_names(meeting.author_id for meeting in held)
    owed, owed_in_all = _some(member_id, owes_report(), order=(Meeting.report_back_on, Meeting.id))
    no_day = and_(Meeting.state == MeetingState.DRAFT, Meeting.starts_at.is_(None))
    undated, undated_in_all = _some(member_id, no_day, order=(Meeting.updated_at.desc(), Meeting.id))
    promises = standings(owed)
    glances: list[dict[str, Any]] = []
    for meeting in held:
        author, may_ask = names.get(meeting.author_id, ""), may_see_single_answers(meeting, member_id, roles)
        own = {"evening": evening_at(meeting, busy), "author": author, "may_ask": may_ask}
        glances.append(_tasks(meeting) | own)
    return {
        "glances": glances,
        "held": in_all,
        "page": page,
        "more": in_all > page * PAGE,
        "open_points": sum(len(glance["gaps"]) + len(glance["uncertain"]) for glance in glances),
        "undated": [(meeting, len(missing(meeting.plan))) for meeting in undated],
        "undated_in_all": undated_in_all,
        "owed": [(meeting, promises[meeting.id]) for meeting in owed],
        "owed_in_all": owed_in_all,
        # The meeting to copy when nothing is planned.
        "latest": None if held else _to_copy(member_id),
    }


def _tasks(meeting: Meeting) -> dict[str, Any]:
    """Return what is left to do for a meeting and who comes."""
    (gaps, uncertain), sums = open_fields(meeting), sums_of(meeting.id)
    return {
        "meeting": meeting,
        "gaps": gaps,
        "uncertain": uncertain,
        "coming": _coming_line(sums, seats_of(meeting.id).capacity),
        "needs": _need_lines(meeting, sums),
        "asking": _asking(meeting),
    }


def _some(
    member_id: int, these: ColumnElement[bool], *, order: Sequence[Any], page: int = 1
) -> tuple[Sequence[Meeting], int]:
    meetings = known_meetings(member_id, these)
    in_all = session.scalar(meetings.with_only_columns(func.count(Meeting.id))) or 0
    return session.scalars(meetings.order_by(*order).offset((page - 1) * PAGE).limit(PAGE)).all(), in_all


def _to_copy(member_id: int) -> Meeting | None:
    """Return the next published meeting, or else the last one."""
    published = known_meetings(member_id, Meeting.state != MeetingState.DRAFT)
    coming = published.where(not_over()).order_by(Meeting.starts_at).limit(1)
    return session.scalar(coming) or session.scalar(published.order_by(Meeting.starts_at.desc()).limit(1))


def held_soon() -> ColumnElement[bool]:
    """Return the condition for meetings of which `is_soon` holds."""
    stands = or_(Meeting.state == MeetingState.DRAFT, and_(Meeting.state == MeetingState.PUBLISHED, not_over()))
    return and_(stands, Meeting.ends_at.is_not(None), Meeting.starts_at < now() + AHEAD)


def is_soon(meeting: Meeting) -> bool:
    """Return whether a meeting, perhaps still a draft, is in the coming fortnight."""
    if meeting.starts_at is None or meeting.ends_at is None or meeting.is_cancelled:
        return False
    # A draft whose day has passed needs another one.
    return (meeting.is_draft or not meeting.is_over) and meeting.starts_at < now() + AHEAD


def open_fields(meeting: Meeting) -> tuple[list[str], list[str]]:
    """Return the form fields that are empty or hold a wrong day, and the needs whose provider has not confirmed."""
    gaps = list(missing(meeting.plan)) if meeting.is_draft else []
    if meeting.is_draft and "in_past" in wrong_dates(meeting.plan, now(), zone()):
        gaps.append("held_on")
    return gaps, [need for need in NEEDS if getattr(meeting, need) == OfferAnswer.ASKED]


def _asking(meeting: Meeting) -> Mapping[str, Any]:
    """Return how many who need childcare or a ride, and can be reached, are to ask or silent, and until when."""
    coming = select(Rsvp).where(
        Rsvp.meeting_id == meeting.id, Rsvp.state == RsvpState.COMING, Rsvp.contact_hash.is_not(None)
    )
    needing = [rsvp for rsvp in session.scalars(coming) if rsvp.needs_preparing]
    until = max((rsvp.ask_by for rsvp in needing if rsvp.ask_by), default=ask_by(meeting.held_on or today(), today()))
    to_ask = sum(rsvp.ask_by is None for rsvp in needing)
    silent = sum(rsvp.ask_by is not None and rsvp.confirmed_on is None for rsvp in needing)
    return {"to_ask": to_ask, "silent": silent, "until": until}


def day_name(day: date | datetime) -> str:
    local = day.astimezone(zone()).date() if isinstance(day, datetime) else day
    name = format_skeleton("MMMMEEEEd", local, locale=get_locale())
    return name[:1].upper() + name[1:]


def _coming_line(sums: Sums, seats: int | None) -> str:
    people = ngettext("%(num)s person is coming", "%(num)s people are coming", sums.people)
    return f"{people} ({_('of %(seats)s', seats=seats)})" if seats else str(people)


def _need_lines(meeting: Meeting, sums: Sums) -> list[tuple[str, str, bool]]:
    """Return for each need a sentence, the field that answers it, and whether it is counted on and not certain."""
    lines = []
    if children := sum(sums.children):
        words = ngettext("%(num)s child needs childcare", "%(num)s children need childcare", children)
        lines.append((words, "childcare", True))
    if sums.rides_needed or sums.seats_offered:
        needed = ngettext("%(num)s person needs a ride", "%(num)s people need a ride", sums.rides_needed)
        offered = ngettext("%(num)s seat in a car is offered", "%(num)s seats in cars are offered", sums.seats_offered)
        lines.append((f"{needed}; {offered}", "ride", sums.rides_needed > sums.seats_offered))
    if sums.interpreters:
        names = ", ".join(f"{LANGUAGE_NAMES[key]}: {count}" for key, count in sorted(sums.interpreters.items()))
        lines.append((_("Interpreter wished for: %(languages)s", languages=names), "interpreter", True))
    needs = []
    for words, need, is_needed in lines:
        lacks = is_needed and getattr(meeting, need) != OfferAnswer.YES
        needs.append((f"{words} – {_('and that is not certain yet')}" if lacks else str(words), need, lacks))
    return needs
