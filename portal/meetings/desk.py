"""Planning aids for organizers: evenings and their conflicts, the coming weeks, the next fortnight, earlier inputs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from hashlib import blake2b
from typing import Any

from babel.dates import format_skeleton
from flask import request
from flask_babel import get_locale, ngettext
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import ColumnElement, and_, case, func, or_, select

from portal.accounts.users import member_names
from portal.core.clock import now, today, zone
from portal.core.db import session
from portal.core.i18n import LANGUAGES
from portal.markets.map import frame
from portal.markets.map.drawing import MapDrawing, PlaceOutline, city_map
from portal.markets.map.sheets import Mark, landmarks
from portal.markets.places import may_be_known, public_markets
from portal.meetings.busy import BusyEvenings, UpcomingBusy, ahead, evening_lines
from portal.meetings.evenings import DAYS_AROUND, PROPOSED_AFTER, BusyKind, TimeSpan, free_days, overlap, span_on
from portal.meetings.forms import MeetingForm
from portal.meetings.meeting import PAGE, Meeting, known_meetings, may_see_single_answers, not_over
from portal.meetings.readiness import NEEDS, USUAL_REPORT, MeetingState, OfferAnswer, missing, wrong_dates
from portal.meetings.report_back import owes_report, standings
from portal.meetings.report_back_rules import ReportBackState
from portal.meetings.rsvp.reminder_times import ask_by
from portal.meetings.rsvp.rsvp import MeetingSeats, Rsvp, Sums, seats_of, sums_of
from portal.meetings.rsvp.seats import RsvpState
from portal.meetings.rsvp.texts import LANGUAGE_NAMES
from portal.meetings.texts import NEED_NAMES

USUAL_HOURS = time(18, 30), time(20)
MARGIN = timedelta(days=1)
WEEKS_TRIED = 4
LOOK, TAKE = "look", "day:"


@dataclass(frozen=True)
class EveningOverview:
    """Conflicts on an evening, shown in the editor beside the day.

    `lines`: a sentence for each conflict; `free`: days to choose instead.
    """

    lines: Sequence[str] = ()
    free: Sequence[date] = ()
    is_clear: bool = False
    """A day and hours were given, and no known event collides with them."""

    @property
    def mark(self) -> str:
        """A hash of the lines for the form, to tell whether the organizer has seen them."""
        return blake2b("\n".join(self.lines).encode(), digest_size=8).hexdigest() if self.lines else ""


def evening_of(form: MeetingForm, member_id: int, meeting: Meeting | None = None) -> EveningOverview:
    """Return the conflicts of the evening in a form that this member may know of; empty for a past evening."""
    hours = _hours(form, member_id)
    day = form.held_on.data
    wanted = span_on(day, *hours, zone()) if day and form.starts.data and form.ends.data else None
    if (day is not None and wanted is None) or (wanted is not None and wanted.starts <= now()):
        return EveningOverview()
    around = day or today() + PROPOSED_AFTER
    known = _known(around, member_id)
    meeting_id = meeting.id if meeting is not None else None
    lines = evening_lines(known.against(wanted, meeting_id)) if wanted else []
    if wanted is not None and not lines:
        return EveningOverview(is_clear=True)
    return EveningOverview(lines, _free(around, hours, known, meeting_id))


def evening_at(meeting: Meeting, known: BusyEvenings) -> EveningOverview:
    """Return the conflicts of a planned meeting, from busy spans that are already loaded."""
    if meeting.starts_at is None or meeting.ends_at is None:
        return EveningOverview()
    starts, ends = (moment.astimezone(zone()) for moment in (meeting.starts_at, meeting.ends_at))
    lines = evening_lines(known.against(TimeSpan(meeting.starts_at, meeting.ends_at), meeting.id))
    if not lines:
        return EveningOverview(is_clear=True)
    return EveningOverview(lines, _free(starts.date(), (starts.time(), ends.time()), known, meeting.id))


def taken_on(days: Sequence[date], meeting: Meeting, member_id: int) -> dict[date, list[str]]:
    """Return sentences about conflicts with the hours of a meeting for each of these days; free days are left out."""
    if not days or meeting.starts_at is None or meeting.ends_at is None:
        return {}
    hours = meeting.starts_at.astimezone(zone()).time(), meeting.ends_at.astimezone(zone()).time()
    known = ahead(min(days) - MARGIN, max(days) + MARGIN, member_id)
    spans = {day: span_on(day, *hours, zone()) for day in days}
    lines = {day: evening_lines(known.against(span, meeting.id)) for day, span in spans.items() if span}
    return {day: said for day, said in lines.items() if said}


def was_seen(form: MeetingForm, evening: EveningOverview) -> bool:
    """Return whether there are no conflicts or the sender of the form was already shown exactly these.

    Stores the hash of the shown conflicts in the form for the next submission.
    """
    seen = not evening.lines or form.evening.data == evening.mark
    form.evening.data = evening.mark
    return seen


def only_looks(form: MeetingForm, member_id: int) -> bool:
    """Return whether the pressed button saves nothing: it checks the evening or takes a free day into the form."""
    then = request.form.get("then", "")
    if then.startswith(TAKE):
        _take(form, then.removeprefix(TAKE), member_id)
    looks = then == LOOK or then.startswith(TAKE)
    form.filled = "day" if looks else ""
    return looks


def propose_day(form: MeetingForm, pattern: Meeting, member_id: int) -> None:
    """Fill a day into the form of a copy: soon, free as far as known, on the same day of the week if possible."""
    if pattern.starts_at is None or pattern.ends_at is None:
        return
    starts, ends = (moment.astimezone(zone()) for moment in (pattern.starts_at, pattern.ends_at))
    hours = starts.time(), ends.time()
    first = _next_like(starts.date())
    known = _known(first + timedelta(days=DAYS_AROUND // 2), member_id)
    weeks = (first + timedelta(weeks=number) for number in range(WEEKS_TRIED))
    near = _free(first, hours, known, None)
    day = next(
        (one for one in weeks if _is_free(one, hours, known)),
        min(near, key=lambda day: abs(day - first), default=first),
    )
    form.held_on.data, form.starts.data, form.ends.data = day, *hours
    form.put_deadline(day + _report_after(pattern))


def _next_like(day: date) -> date:
    """Return the first same weekday at least a week ahead, for notice, and after the day of the pattern."""
    earliest = max(today() + timedelta(days=7), day + timedelta(days=1))
    return earliest + timedelta(days=(day.weekday() - earliest.weekday()) % 7)


def _is_free(day: date, hours: tuple[time, time], known: BusyEvenings) -> bool:
    span = span_on(day, *hours, zone())
    return span is not None and not known.against(span)


def _take(form: MeetingForm, typed: str, member_id: int) -> None:
    try:
        day = date.fromisoformat(typed)
    except ValueError:
        return
    starts, ends = _hours(form, member_id)
    latest = _latest(member_id)
    shown, told = form.shown_with, form.report_back_on.data
    for name, value in {"held_on": day, "starts": starts, "ends": ends}.items():
        form[name].data, form[name].raw_data = value, None
    if form.is_deadline_chosen and told is not None and told >= day:
        return
    usual = day + (_report_after(latest) if latest else USUAL_REPORT)
    form.put_deadline(shown.after(day) if shown and told == shown.told_on and told >= shown.held_on else usual)


def _hours(form: MeetingForm, member_id: int) -> tuple[time, time]:
    """Return the typed hours, else those of the meeting that this member created last."""
    if form.starts.data and form.ends.data:
        return form.starts.data, form.ends.data
    latest = _latest(member_id)
    if latest is None or latest.starts_at is None or latest.ends_at is None:
        return USUAL_HOURS
    return latest.starts_at.astimezone(zone()).time(), latest.ends_at.astimezone(zone()).time()


def _latest(member_id: int) -> Meeting | None:
    own = select(Meeting).where(Meeting.author_id == member_id, Meeting.starts_at.is_not(None))
    return session.scalars(own.order_by(Meeting.created_at.desc(), Meeting.id).limit(1)).first()


def _report_after(pattern: Meeting) -> timedelta:
    if pattern.report_back_on is None or pattern.starts_at is None:
        return USUAL_REPORT
    return max(pattern.report_back_on - pattern.starts_at.astimezone(zone()).date(), timedelta(0))


def _known(around: date, member_id: int) -> BusyEvenings:
    reach = timedelta(days=DAYS_AROUND) + MARGIN
    return ahead(around - reach, around + reach, member_id)


def _free(around: date, hours: tuple[time, time], known: BusyEvenings, meeting_id: int | None) -> list[date]:
    return free_days(around, hours, lambda span: known.against(span, meeting_id), now(), zone())


WEEKS = 4
CLOSE = timedelta(hours=3)


@dataclass(frozen=True)
class Pin:
    """A numbered spot on the map, with its name in each language and the events held there."""

    number: int
    x: int
    y: int
    name: dict[str, str]
    held: Sequence[UpcomingBusy]


@dataclass(frozen=True)
class Pinned(MapDrawing):
    """The map of the city with pins."""

    pins: Sequence[Pin] = ()

    @property
    def landmarks(self) -> list[Mark]:
        """The landmarks whose name no pin covers; those under a pin are named beside the map."""
        numbers = [frame.about(pin.x, pin.y) for pin in self.pins]
        return [mark for mark in self.layers.landmarks if frame.is_free(mark.box, self.height, numbers)]


@dataclass(frozen=True)
class Day:
    """The gatherings of a day and other events that keep families busy.

    `twice`: two gatherings on this day are less than `CLOSE` apart.
    """

    day: date
    gatherings: Sequence[UpcomingBusy]
    besides: Sequence[UpcomingBusy]
    twice: bool


@dataclass(frozen=True)
class Around:
    """The coming weeks, by day and on the map."""

    days: Sequence[Day]
    map: Pinned | None

    def number_of(self, one: UpcomingBusy) -> int | None:
        """Return the number of an event on the map, or None if it is at no place that the map knows."""
        pins = self.map.pins if self.map else ()
        return next((pin.number for pin in pins if any(one is held for held in pin.held)), None)


def around(member_id: int) -> Around:
    """Return the coming weeks as far as the member may know of them."""
    first, last = today(), today() + timedelta(weeks=WEEKS)
    held = ahead(first, last, member_id).held
    gatherings = [one for one in held if one.kind == BusyKind.MEETING]
    drawn = city_map([])
    days = [_day(day, held) for day in _days(first, last)]
    return Around(
        days=[one for one in days if one.gatherings or any(also.kind == BusyKind.HOLIDAY for also in one.besides)],
        map=Pinned(drawn.height, drawn.layers, (), _pins(gatherings, drawn)) if drawn else None,
    )


def _days(first: date, last: date) -> Iterator[date]:
    for number in range((last - first).days + 1):
        yield first + timedelta(days=number)


def _is_on(one: UpcomingBusy, day: date) -> bool:
    begins, ends = one.starts.astimezone(zone()).date(), (one.ends - timedelta(seconds=1)).astimezone(zone()).date()
    return begins <= day <= ends if one.whole_day else begins == day


def _day(day: date, held: Sequence[UpcomingBusy]) -> Day:
    found = [one for one in held if _is_on(one, day)]
    gatherings = [one for one in found if one.kind == BusyKind.MEETING]
    twice = any(
        overlap(one, other, CLOSE) for number, one in enumerate(gatherings) for other in gatherings[number + 1 :]
    )
    return Day(day, gatherings, [one for one in found if one.kind != BusyKind.MEETING], twice)


def _pins(gatherings: Sequence[UpcomingBusy], drawn: MapDrawing) -> list[Pin]:
    """Return a pin for each landmark that a venue names and for each released place at which something is held."""
    spots: dict[tuple[int, int], tuple[dict[str, str], list[UpcomingBusy]]] = {}
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
    placed = frame.apart(list(spots), drawn.height)
    return [
        Pin(number, *spot, *said) for number, (spot, said) in enumerate(zip(placed, spots.values(), strict=True), 1)
    ]


def _outlines(gatherings: Sequence[UpcomingBusy]) -> Sequence[PlaceOutline]:
    ids = {one.meeting.market_id for one in gatherings if one.meeting}
    drawing = city_map([market for market in public_markets() if market.id in ids])
    return drawing.outlines if drawing else ()


def _landmark_spots(drawn: MapDrawing) -> list[tuple[tuple[int, int], dict[str, str]]]:
    """Return landmarks inside the map, longest names first: “High school” before “School”."""
    found = [(spot, {lang: name[lang] for lang in LANGUAGES}) for spot, name in landmarks()]
    inside = [(spot, name) for spot, name in found if frame.about(*spot, radius=0).is_within(drawn.height)]
    return sorted(inside, key=lambda mark: (-max(map(len, mark[1].values())), mark[0]))


def _names(mark: tuple[tuple[int, int], dict[str, str]], one: UpcomingBusy) -> bool:
    said = [one.venue, *([one.meeting.place.en, one.meeting.place.es] if one.meeting else [])]
    return any(name and name.casefold() in text.casefold() for name in mark[1].values() for text in said)


AHEAD = timedelta(days=14)
AROUND = timedelta(days=30)


@dataclass(frozen=True)
class Asking:
    """Numbers of people who need childcare or a ride and can be reached."""

    to_ask: int
    """Those who were not asked yet whether they still need it."""
    silent: int
    """Those who were asked and have not answered."""
    until: date


@dataclass(frozen=True)
class Glance:
    """A meeting of the coming fortnight with its open tasks."""

    meeting: Meeting
    gaps: Sequence[str]
    """Form fields that are empty or hold a wrong day."""
    uncertain: Sequence[str]
    """Needs whose provider was asked and has not confirmed."""
    sums: Sums
    seats: MeetingSeats
    asking: Asking
    evening: EveningOverview
    author: str
    may_ask: bool

    @property
    def children(self) -> int:
        return sum(self.sums.children)

    @property
    def lacks_childcare(self) -> bool:
        """Whether families count on childcare that is not certain."""
        return self.children > 0 and self.meeting.childcare != OfferAnswer.YES

    @property
    def lacks_rides(self) -> bool:
        return self.sums.rides_needed > self.sums.seats_offered and self.meeting.ride != OfferAnswer.YES

    @property
    def lacks_interpreter(self) -> bool:
        return self.sums.interpreters.total() > 0 and self.meeting.interpreter != OfferAnswer.YES


@dataclass(frozen=True)
class Fortnight:
    """The desk: meetings ahead, drafts without a day, report-backs that are due; of each a part, and how many."""

    glances: Sequence[Glance]
    held: int
    page: int
    undated: Sequence[tuple[Meeting, int]]
    undated_in_all: int
    owed: Sequence[tuple[Meeting, ReportBackState]]
    owed_in_all: int
    latest: Meeting | None
    """The meeting to copy when nothing is planned."""

    @property
    def more(self) -> bool:
        """Whether another page of meetings follows."""
        return self.held > self.page * PAGE

    @property
    def open_points(self) -> int:
        """The number of tasks to complete before the meetings of this page."""
        return sum(len(one.gaps) + len(one.uncertain) for one in self.glances)


def fortnight(member_id: int, roles: frozenset[str], page: int = 1) -> Fortnight:
    """Return the desk of a member; meetings at hidden places only if the member is admitted there."""
    coming = case((Meeting.ends_at > now(), Meeting.starts_at))
    first = (coming.is_(None), coming, Meeting.starts_at.desc())
    held, in_all = _some(member_id, held_soon(), order=first, page=page)
    known = ahead(today() - AROUND, today() + AHEAD + AROUND, member_id) if held else BusyEvenings(())
    names = member_names(one.author_id for one in held)
    owed, owed_in_all = _some(member_id, owes_report(), order=(Meeting.report_back_on, Meeting.id))
    no_day = and_(Meeting.state == MeetingState.DRAFT, Meeting.starts_at.is_(None))
    undated, undated_in_all = _some(member_id, no_day, order=(Meeting.updated_at.desc(), Meeting.id))
    promises = standings(owed)
    return Fortnight(
        glances=[_glance(one, known, names, member_id, roles) for one in held],
        held=in_all,
        page=page,
        undated=[(one, len(missing(one.plan))) for one in undated],
        undated_in_all=undated_in_all,
        owed=[(one, promises[one.id]) for one in owed],
        owed_in_all=owed_in_all,
        latest=None if held else _to_copy(member_id),
    )


def _some(
    member_id: int, these: ColumnElement[bool], *, order: Sequence[Any], page: int = 1
) -> tuple[Sequence[Meeting], int]:
    """Return a page of these meetings, and how many there are in all."""
    found = known_meetings(member_id, these)
    in_all = session.scalar(found.with_only_columns(func.count(Meeting.id))) or 0
    return session.scalars(found.order_by(*order).offset((page - 1) * PAGE).limit(PAGE)).all(), in_all


def _to_copy(member_id: int) -> Meeting | None:
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
    return (meeting.is_draft or meeting.ends_at > now()) and meeting.starts_at < now() + AHEAD


def _glance(
    meeting: Meeting, known: BusyEvenings, names: dict[int, str], member_id: int, roles: frozenset[str]
) -> Glance:
    gaps, uncertain = open_fields(meeting)
    return Glance(
        meeting=meeting,
        gaps=gaps,
        uncertain=uncertain,
        sums=sums_of(meeting.id),
        seats=seats_of(meeting.id),
        asking=_asking(meeting),
        evening=evening_at(meeting, known),
        author=names.get(meeting.author_id, ""),
        may_ask=may_see_single_answers(meeting, member_id, roles),
    )


def open_fields(meeting: Meeting) -> tuple[list[str], list[str]]:
    """Return the form fields that are empty or hold a wrong day, and the needs whose provider has not confirmed."""
    wrong = ["held_on"] if "in_past" in wrong_dates(meeting.plan, now(), zone()) and meeting.is_draft else []
    gaps = [*missing(meeting.plan), *wrong] if meeting.is_draft else []
    return gaps, [need for need in NEEDS if getattr(meeting, need) == OfferAnswer.ASKED]


def _asking(meeting: Meeting) -> Asking:
    coming = select(Rsvp).where(
        Rsvp.meeting_id == meeting.id, Rsvp.state == RsvpState.COMING, Rsvp.contact_hash.is_not(None)
    )
    needing = [one for one in session.scalars(coming) if one.needs_preparing]
    starts_on = meeting.starts_at.astimezone(zone()).date() if meeting.starts_at else today()
    return Asking(
        to_ask=sum(one.ask_by is None for one in needing),
        silent=sum(one.ask_by is not None and one.confirmed_on is None for one in needing),
        until=max((one.ask_by for one in needing if one.ask_by), default=ask_by(starts_on, today())),
    )


FIELDS = ("title", "place", "host", "report_back_by")
MEETINGS, CHOICES = 60, 12


def typed_before(member_id: int) -> dict[str, list[str]]:
    """Return distinct earlier values of these fields from the latest meetings, by the name of the form field."""
    latest = select(Meeting).where(may_be_known(Meeting.market_id, member_id))
    meetings = session.scalars(latest.order_by(Meeting.updated_at.desc(), Meeting.id).limit(MEETINGS)).all()
    return {f"{name}_{lang}": _choices(meetings, name, lang) for name in FIELDS for lang in LANGUAGES}


def _choices(meetings: Sequence[Meeting], name: str, lang: str) -> list[str]:
    said = (getattr(one, name)[lang].strip() for one in meetings)
    return list(dict.fromkeys(text for text in said if text))[:CHOICES]


EVENING_TAKEN = _l("Saved as a draft, not published: something else is on that evening. See below.")


def day_name(day: date | datetime) -> str:
    """Return a day without its year, for a heading or a button."""
    name = format_skeleton("MMMMEEEEd", _local(day), locale=get_locale())
    return name[:1].upper() + name[1:]


def _local(day: date | datetime) -> date:
    return day.astimezone(zone()).date() if isinstance(day, datetime) else day


def field_name(name: str) -> str:
    """Return the label of a field of the meeting form."""
    field = getattr(MeetingForm, name)
    return str(field.args[0] if field.args else field.kwargs["label"])


def need_name(need: str) -> str:
    """Return the name of a need."""
    return str(NEED_NAMES[need])


def coming_line(glance: Glance) -> str:
    """Return a sentence about the number of people coming and of seats."""
    sums = glance.sums
    said = ngettext("%(num)s person is coming", "%(num)s people are coming", sums.people)
    if glance.seats.capacity:
        said = f"{said} ({_('of %(seats)s', seats=glance.seats.capacity)})"
    return str(said)


def need_lines(glance: Glance) -> list[tuple[str, str, bool]]:
    """Return for each need a sentence, the field that answers it, and whether anything is lacking."""
    return [line for line in (_childcare(glance), _rides(glance), _interpreter(glance)) if line]


def _childcare(glance: Glance) -> tuple[str, str, bool] | None:
    if not glance.children:
        return None
    said = ngettext("%(num)s child needs childcare", "%(num)s children need childcare", glance.children)
    return f"{said}{_lack(glance.lacks_childcare)}", "childcare", glance.lacks_childcare


def _rides(glance: Glance) -> tuple[str, str, bool] | None:
    sums = glance.sums
    if not sums.rides_needed and not sums.seats_offered:
        return None
    needed = ngettext("%(num)s person needs a ride", "%(num)s people need a ride", sums.rides_needed)
    offered = ngettext("%(num)s seat in a car is offered", "%(num)s seats in cars are offered", sums.seats_offered)
    return f"{needed}; {offered}{_lack(glance.lacks_rides)}", "ride", glance.lacks_rides


def _interpreter(glance: Glance) -> tuple[str, str, bool] | None:
    asked = sorted(glance.sums.interpreters.items())
    if not asked:
        return None
    names = ", ".join(f"{LANGUAGE_NAMES[key]}: {count}" for key, count in asked)
    said = _("Interpreter wished for: %(languages)s", languages=names)
    return f"{said}{_lack(glance.lacks_interpreter)}", "interpreter", glance.lacks_interpreter


def _lack(lacks: bool) -> str:
    return f" – {_('and that is not certain yet')}" if lacks else ""
