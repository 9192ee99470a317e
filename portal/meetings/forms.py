"""Forms for meetings: all fields of a meeting, the scope of an edit in a series, and why one is moved or canceled."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from functools import partial
from typing import Any

from flask import request
from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, HiddenField, RadioField, SelectChoice
from wtforms.validators import Optional
from wtforms.widgets import HiddenInput

from portal.core.clock import zone
from portal.core.editing import Both, EditorForm, both, line, lines
from portal.core.forms import DateField, ProtectedForm, TimeField, choices_of
from portal.core.hours import NoSuchHour, hours_on, moment_in
from portal.core.i18n import LANGUAGES, NOTHING, Bilingual, language
from portal.following.notices import in_both
from portal.markets.publishing import PlaceField, PublishingForm
from portal.meetings import readiness
from portal.meetings.meeting import PLANNED, Meeting, MeetingPlan
from portal.meetings.readiness import NEEDS, NEVER_LATE, TEXTS, LinkFor, Mode
from portal.meetings.texts import NEED_NAMES, REFUSALS, SHORT_ANSWERS, WRONG_DATES

REASONS = {
    "weather": _l("The weather is dangerous."),
    "sickness": _l("The hosts are sick."),
    "room": _l("The room is not free."),
    "building": _l("The power or the heat is out."),
    "interpreter": _l("We found no interpreter."),
    "mourning": _l("Our community is in mourning."),
    "families": _l("Many families are busy then."),
    "helper": _l("Whoever was to help cannot come."),
    "holiday": _l("That day is a holiday."),
}
OWN_WORDS = ""


def is_empty(*row: Bilingual | date | int | None) -> bool:
    """Return whether nothing is written in a row of a form: no text in either language, no day and no number."""
    return all(value in (NOTHING, None) for value in row)


def rows_sent(field: str, most: int) -> int:
    """Return how many rows a form was sent with, by the name of a field that each has: "point{}_en"."""
    return sum(field.format(number) in request.form for number in range(1, most + 1))


def joined(chosen: Bilingual | None, own: Bilingual) -> Bilingual:
    """Return a reason followed by own words; in one language alone they empty the other, whose readers learn less."""
    if chosen is None or own == NOTHING:
        return chosen or own
    return Bilingual(**{lang: f"{chosen[lang]} {own[lang]}" if own[lang] else "" for lang in LANGUAGES})


class GivesReason:
    """Mixin for forms that ask why. The form has the text `reason` for own words."""

    why = RadioField(
        _l("Reason"),
        choices=choices_of(REASONS | {OWN_WORDS: _l("None of these: I write it myself")}),
        default=OWN_WORDS,
        validators=[Optional()],
    )

    @property
    def given_reason(self: Any) -> Bilingual:
        """The reason in both languages, chosen or in own words; one half is empty if it was left out."""
        chosen = REASONS.get(self.why.data)
        return joined(in_both(partial(str, chosen)) if chosen else None, self.reason)

    def asks_for_reason(self: Any) -> bool:
        """Return whether the reason is missing in a language; adds one error where it can be given."""
        if self.given_reason.is_whole:
            return False
        missing = [lang for lang in LANGUAGES if not self.reason[lang]]
        if len(missing) == len(LANGUAGES):
            self.complain("why", REFUSALS["meeting_reason"])
        else:
            key = "meeting_reason_half" if self.why.data in REASONS else "meeting_reason"
            self.complain(f"reason_{missing[0]}", REFUSALS[key])
        return True


class OneLanguageFirst:
    """Mixin for forms whose `texts` are written in one language `first`; the other may follow, folded below."""

    texts: Sequence[str]

    @property
    def first(self: Any) -> str:
        """The language in which more is there, else the reader's."""
        written = {lang: sum(bool(self[f"{name}_{lang}"].data) for name in self.texts) for lang in LANGUAGES}
        return language() if written["en"] == written["es"] else max(LANGUAGES, key=lambda lang: written[lang])

    @property
    def second(self: Any) -> str:
        return "es" if self.first == "en" else "en"

    @property
    def due(self: Any) -> int:
        """How many texts are there in the first language only."""
        halves = ((self[f"{name}_{self.first}"].data, self[f"{name}_{self.second}"].data) for name in self.texts)
        return sum(bool(first) > bool(second) for first, second in halves)

    def name_first_language(self: Any) -> None:
        """Leave the language out of the labels of texts that are written in the reader's language."""
        for name in self.texts if self.first == language() else ():
            self[f"{name}_{self.first}"].label.text = getattr(type(self), name).label


PLACE, ACCESS, HOST = _l("Where"), _l("How to get in: door, steps, parking, bus"), _l("Who hosts it")
NO_ADDRESS = _l(
    "This is not a whole address. It begins with https:// and has no spaces and no password: https://meet.example.org/elm"
)
NOT_ONLINE = _l("You chose “In person only”. Empty this field, or choose that people can also join online.")
NO_STREET = _l("Please give number, street and city, such as 110 Elm Street, Alder Falls. All else goes above.")
TAKEN_BACK = _l("You take this back: please say below why. Whoever counts on it is told.")
DEADLINE_STAYS = _l("The day of the meeting is another one now. Is this day still right? Change it, or save again.")


OFFERED = choices_of(SHORT_ANSWERS)


class MeetingForm(OneLanguageFirst, GivesReason, PublishingForm):
    """All fields of a meeting. A deadline that nobody chose follows its day; about any other the form asks."""

    ROW = Meeting
    texts = TEXTS
    filled = ""
    """The part that a button has just filled in; see `meetings.suggestions`."""
    replaced: tuple[str, ...] = ()
    """Own words that it replaced."""
    asks_about_deadline = False
    title = Both(line, _l("Title"), 120)
    purpose = Both(lines, _l("What the meeting is for"))
    held_on = DateField(_l("Day"), validators=[Optional()])
    starts = TimeField(_l("Starts at"), validators=[Optional()])
    ends = TimeField(_l("Ends at"), validators=[Optional()])
    place = Both(line, PLACE)
    access = Both(lines, ACCESS, 1_000)
    address = line(_l("Street address"), 200)
    mode = RadioField(
        _l("How people take part"),
        choices=[
            SelectChoice(Mode.IN_PERSON.value, _l("In person only")),
            SelectChoice(Mode.ONLINE.value, _l("Online only")),
            SelectChoice(Mode.HYBRID.value, _l("In person and online")),
        ],
        validators=[Optional()],
    )
    online_url = line(_l("Address for joining online"), 300)
    link_for = RadioField(
        _l("Who sees the address for joining"),
        choices=[
            SelectChoice(LinkFor.EVERYBODY.value, _l("Everybody, on the public page")),
            SelectChoice(LinkFor.COMING.value, _l("Only people who said that they come")),
        ],
        default=LinkFor.EVERYBODY.value,
        validators=[Optional()],
    )
    host = Both(line, HOST)
    interpreter, childcare, food, ride = (
        RadioField(NEED_NAMES[need], choices=OFFERED, validators=[Optional()]) for need in NEEDS
    )
    report_back_by = Both(line, _l("Who tells people afterwards what came of it"))
    report_back_on = DateField(_l("By which day"), validators=[Optional()])
    shown_day = DateField(widget=HiddenInput(), validators=[Optional()])
    shown_deadline = DateField(widget=HiddenInput(), validators=[Optional()])
    """With `shown_day`: the day of the meeting and its deadline as the page showed them together."""
    follows = HiddenField()
    """Whether nobody chose that deadline."""
    keep_venue = BooleanField(_l("Keep this venue, to choose it next time"))
    market = PlaceField(_l("At which of our places"))
    reason = Both(lines, _l("Why it was changed"), 500)
    evening = HiddenField()
    """The hash of the conflicts on that evening that the organizer was shown."""

    def shown(self, row: Meeting) -> dict[str, Any]:
        starts, ends = row.hours or (None, None)
        return super().shown(row) | {"held_on": row.held_on, "starts": starts, "ends": ends}

    def put(self, **values: Any) -> None:
        """Fill in fields, in place of what was typed there; a text in both languages."""
        for name, value in values.items():
            halves = both(name, value) if isinstance(value, Bilingual) else {name: value}
            for field, content in halves.items():
                self[field].data, self[field].raw_data = content, None

    @property
    def first(self) -> str:
        """The language that is written first; of a draft with texts in one language only, that one."""
        written = [lang for lang in LANGUAGES if self.title[lang] or self.purpose[lang] or self.place[lang]]
        original = self.original.data if self.original.data in LANGUAGES else language()
        return written[0] if len(written) == 1 else str(original)

    @property
    def due(self) -> int:
        """How many texts still lack the second language; without people in the room, a meeting needs no door."""
        has_door = self.mode.data != Mode.ONLINE
        needed = (name for name in TEXTS if has_door or name not in NEVER_LATE)
        return sum(not self[f"{name}_{self.second}"].data for name in needed)

    def validate(self, extra_validators: Any = None) -> bool:
        whole: bool = super().validate(extra_validators)
        self._check_hours()
        if self.online_url.data and not readiness.is_online_address(self.online_url.data):
            self.complain("online_url", NO_ADDRESS)
        elif self.online_url.data and self.mode.data == Mode.IN_PERSON:
            self.complain("online_url", NOT_ONLINE)
        if self.address.data and not readiness.is_street_address(self.address.data):
            self.complain("address", NO_STREET)
        # A deadline that nobody chose moves along with the meeting; about any other the form asks.
        day, deadline = self.held_on.data, self.shown_deadline.data
        is_moved = day is not None and self.shown_day.data is not None and day != self.shown_day.data
        if is_moved and deadline is not None and self.report_back_on.data == deadline:
            if self.follows.data:
                self.put_deadline(day + (deadline - self.shown_day.data))
            else:
                self.asks_about_deadline = True
        return whole and not self.errors

    def _check_hours(self) -> None:
        hours = (self.held_on, self.starts, self.ends)
        unread = any(field.errors for field in hours)
        if unread or not any(field.data for field in hours):
            return
        for field in hours:
            if field.data is None:
                self.complain(field.name, _l("Please give the day, the start and the end, or leave all three empty."))
                return
        at_fault = "starts"
        try:
            moment_in(zone(), self.held_on.data, self.starts.data)
            at_fault = "ends"
            starts_at, ends_at = hours_on(zone(), *(field.data for field in hours))
            if ends_at <= starts_at:
                self.complain(*WRONG_DATES["order"])
        except NoSuchHour:
            self.complain(at_fault, _l("The clocks change on that day: this hour does not exist."))

    def put_deadline(self, deadline: date) -> None:
        self.put(report_back_on=deadline)
        if self.held_on.data is not None:
            self.put(shown_day=self.held_on.data, shown_deadline=deadline, follows="y")

    @property
    def is_deadline_chosen(self) -> bool:
        deadline = self.report_back_on.data
        return deadline is not None and not (self.follows.data and self.shown_deadline.data == deadline)

    def show_deadline_with_day(self) -> None:
        """Note what the page shows together. Call it when the form is shown."""
        day, deadline = self.held_on.data, self.report_back_on.data
        is_usual = not self.is_submitted() and deadline == readiness.told_on(None, day)
        if day and deadline and self.newer is None:
            follows = "" if self.is_deadline_chosen and not is_usual else "y"
            self.put(shown_day=day, shown_deadline=deadline, follows=follows)

    def stops_for_deadline(self) -> bool:
        """Return whether to ask about a chosen deadline of a meeting that moves; adds the question to the field."""
        if self.asks_about_deadline and not self.report_back_on.errors:
            self.complain("report_back_on", DEADLINE_STAYS)
        return self.asks_about_deadline

    @property
    def plan(self) -> MeetingPlan:
        day = self.held_on.data
        starts_at, ends_at = hours_on(zone(), day, self.starts.data, self.ends.data) if day else (None, None)
        values = self.values | {name: self[name].data or None for name in ("mode", *NEEDS)}
        values |= {"starts_at": starts_at, "ends_at": ends_at, "credit": self.credit}
        values["link_for"] = self.link_for.data or LinkFor.EVERYBODY
        values["report_back_on"] = readiness.told_on(self.report_back_on.data, day)
        if values["mode"] == Mode.ONLINE:
            # A venue that is no longer used must not stand on a flyer.
            values |= {"place": NOTHING, "access": NOTHING, "address": ""}
        return MeetingPlan(**{name: values[name] for name in PLANNED})

    def gaps(self, row: Meeting | None = None) -> Sequence[str]:
        return readiness.said_once(readiness.missing((row or self).plan), self.first)

    def is_blank(self) -> bool:
        """Extend the base: what is filled in by itself does not count."""
        return not self.says_something(("title", "purpose", "place"), self.first)

    def lacks_reason(self, before: MeetingPlan, counted: Mapping[str, str] | None = None) -> bool:
        """Return whether the form moves a published meeting or takes back an offer without a reason; adds errors.

        `counted`: a phrase for each offer about how many people count on it.
        """
        gone = readiness.taken_back(before, self.plan)
        if not (gone or readiness.moves(before, self.plan)) or not self.asks_for_reason():
            return False
        for need in gone:
            self.complain(need, f"{(counted or {}).get(need, '')} {TAKEN_BACK}".strip())
        return True


def field_name(name: str) -> str:
    field = getattr(MeetingForm, name)
    return str(field.args[0] if field.args else field.kwargs["label"])


class CancelForm(GivesReason, EditorForm):
    reason = Both(lines, _l("Why it is canceled"), 500)


class ScopeForm(ProtectedForm):
    scope = RadioField(
        _l("What you changed holds for"),
        choices=choices_of({"this": _l("Only this date"), "all": _l("All dates that are still to come")}),
        default="this",
    )
