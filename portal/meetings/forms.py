"""Forms for meetings: all fields of a meeting, the scope of an edit in a series, and why one is moved or canceled.

Reasons that people give again and again are there to choose from, each a sentence in both languages.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, HiddenField, RadioField, SelectChoice, SelectField
from wtforms.validators import Optional

from portal.core.clock import zone
from portal.core.editing import EditorForm, both, credit_fields, english, line, lines, spanish
from portal.core.forms import DateField, ProtectedForm, TimeField
from portal.core.hours import NoSuchHour, hours_on, moment_in
from portal.core.i18n import LANGUAGES, NOTHING, Bilingual, language, speaking
from portal.markets.places import Market
from portal.markets.publishing import PublishingForm
from portal.markets.team_pages import place_choices
from portal.meetings.meeting import Meeting, MeetingPlan
from portal.meetings.readiness import (
    NEEDS,
    NEVER_LATE,
    TEXTS,
    LinkFor,
    Mode,
    ToldWith,
    comes_in_person,
    is_online_address,
    is_street_address,
    missing,
    moves,
    one_language_left_behind,
    said_once,
    taken_back,
    told_on,
)
from portal.meetings.texts import LINK_FOR_NAMES, MODE_NAMES, NEED_NAMES, REFUSALS, SHORT_ANSWERS, WRONG_DATES


class ReadyReason(StrEnum):
    """A reason that people give again and again."""

    WEATHER = "weather"
    SICKNESS = "sickness"
    ROOM = "room"
    BUILDING = "building"
    INTERPRETER = "interpreter"
    MOURNING = "mourning"
    FAMILIES = "families"
    HELPER = "helper"
    HOLIDAY = "holiday"


REASON_TEXTS = {
    ReadyReason.WEATHER: _l("The weather is dangerous."),
    ReadyReason.SICKNESS: _l("The hosts are sick."),
    ReadyReason.ROOM: _l("The room is not free."),
    ReadyReason.BUILDING: _l("The power or the heat is out."),
    ReadyReason.INTERPRETER: _l("We found no interpreter."),
    ReadyReason.MOURNING: _l("Our community is in mourning."),
    ReadyReason.FAMILIES: _l("Many families are busy then."),
    ReadyReason.HELPER: _l("Whoever was to help cannot come."),
    ReadyReason.HOLIDAY: _l("That day is a holiday."),
}
OWN_WORDS = ""


def in_both_languages(reason: ReadyReason) -> Bilingual:
    """Return the sentence of a reason in each language, whatever the language of the page."""
    said = {}
    for lang in LANGUAGES:
        with speaking(lang):
            said[lang] = str(REASON_TEXTS[reason])
    return Bilingual(**said)


def joined(chosen: Bilingual | None, own: Bilingual) -> Bilingual:
    """Return a chosen reason followed by own words.

    Own words in one language leave the other one empty: its readers would be told less.
    """
    if chosen is None or own == NOTHING:
        return chosen or own
    return Bilingual(**{lang: f"{chosen[lang]} {own[lang]}" if own[lang] else "" for lang in LANGUAGES})


class GivesReason:
    """Mixin for forms that ask why. The form has the fields `reason_en` and `reason_es` for own words."""

    why = RadioField(
        _l("Reason"),
        choices=[
            *(SelectChoice(reason.value, text) for reason, text in REASON_TEXTS.items()),
            SelectChoice(OWN_WORDS, _l("None of these: I write it myself")),
        ],
        default=OWN_WORDS,
        validators=[Optional()],
    )

    @property
    def reason(self: Any) -> Bilingual:
        """The reason in both languages, chosen or in own words; one half is empty if it was left out."""
        known = self.why.data in set(ReadyReason)
        chosen = in_both_languages(ReadyReason(self.why.data)) if known else None
        return joined(chosen, self.pair("reason"))

    def asks_for_reason(self: Any) -> bool:
        """Return whether the reason is missing in a language; adds one error where it can be given."""
        said = self.reason
        if said.is_whole:
            return False
        own = self.pair("reason")
        missing = [lang for lang in LANGUAGES if not own[lang]]
        if len(missing) == len(LANGUAGES):
            self.complain("why", REFUSALS["meeting_reason"])
        else:
            chosen = self.why.data in set(ReadyReason)
            self.complain(f"reason_{missing[0]}", REFUSALS["meeting_reason_half" if chosen else "meeting_reason"])
        return True


TITLE, PURPOSE, HOST = _l("Title"), _l("What the meeting is for"), _l("Who hosts it")
PLACE, ACCESS = _l("Where"), _l("How to get in: door, steps, parking, bus")
REPORT_BACK, REASON = _l("Who tells people afterwards what came of it"), _l("Why it was changed")
WHY = _l("Why it is canceled")
TEXT_NAMES = dict(zip(TEXTS, (TITLE, PURPOSE, PLACE, ACCESS, HOST, REPORT_BACK), strict=True))
NO_ADDRESS = _l(
    "This is not a whole address. It begins with https:// and has no spaces and no password: https://meet.example.org/elm"
)

NOT_ONLINE = _l("You chose “In person only”. Empty this field, or choose that people can also join online.")


NO_STREET = _l("Please give number, street and city, such as 110 Elm Street, Alder Falls. All else goes above.")
TAKEN_BACK = _l("You take this back: please say below why. Whoever counts on it is told.")


DEADLINE_STAYS = _l("The day of the meeting is another one now. Is this day still right? Change it, or save again.")


def need_field(need: str) -> RadioField:
    """Return a field that asks whether a need is provided for; "no" is a valid answer."""
    choices = [SelectChoice(answer.value, label) for answer, label in SHORT_ANSWERS.items()]
    return RadioField(NEED_NAMES[need], choices=choices, validators=[Optional()])


class MeetingForm(GivesReason, PublishingForm):
    """All fields of a meeting. The texts are written first in `first`; the other language may follow."""

    ROW = Meeting
    TEXTS = TEXTS
    filled = ""
    """The part that a button has just filled in; see `meetings.suggestions`."""
    replaced: tuple[str, ...] = ()
    """Own words that it replaced."""
    title_en, title_es = line(english(TITLE), 120), line(spanish(TITLE), 120)
    purpose_en, purpose_es = lines(english(PURPOSE)), lines(spanish(PURPOSE))
    held_on = DateField(_l("Day"), validators=[Optional()])
    starts = TimeField(_l("Starts at"), validators=[Optional()])
    ends = TimeField(_l("Ends at"), validators=[Optional()])
    place_en, place_es = line(english(PLACE)), line(spanish(PLACE))
    access_en, access_es = lines(english(ACCESS), 1_000), lines(spanish(ACCESS), 1_000)
    address = line(_l("Street address"), 200)
    mode = RadioField(
        _l("How people take part"),
        choices=[SelectChoice(mode.value, MODE_NAMES[mode]) for mode in Mode],
        validators=[Optional()],
    )
    online_url = line(_l("Address for joining online"), 300)
    link_for = RadioField(
        _l("Who sees the address for joining"),
        choices=[SelectChoice(one.value, LINK_FOR_NAMES[one]) for one in LinkFor],
        default=LinkFor.EVERYBODY.value,
        validators=[Optional()],
    )
    host_en, host_es = line(english(HOST)), line(spanish(HOST))
    interpreter, childcare, food, ride = (need_field(need) for need in NEEDS)
    report_back_by_en, report_back_by_es = line(english(REPORT_BACK)), line(spanish(REPORT_BACK))
    report_back_on = DateField(_l("By which day"), validators=[Optional()])
    told_with = HiddenField()
    """The `ToldWith` of the page: a deadline that nobody chose follows the meeting, any other is asked about."""
    keep_venue = BooleanField(_l("Keep this venue, to choose it next time"))
    market: Any = SelectField(_l("At which of our places"), validators=[Optional()])
    reason_en, reason_es = lines(english(REASON), 500), lines(spanish(REASON), 500)
    evening = HiddenField()
    """The hash of the conflicts on that evening that the organizer was shown."""

    def __init__(self, markets: Sequence[Market], stored: Meeting | None = None, **kwargs: Any) -> None:
        super().__init__(stored, **kwargs)
        self._ids = {market.slug: market.id for market in markets}
        self.shown_with = ToldWith.read(self.told_with.data)
        self.asks_about_deadline = False
        self.market.choices = place_choices(markets)

    @property
    def market_id(self) -> int | None:
        return self._ids.get(self.market.data)

    @property
    def first(self) -> str:
        """The language that is written first; of a draft with texts in one language only, that one."""
        halves = {lang: [self[f"{name}_{lang}"].data for name in ("title", "purpose", "place")] for lang in LANGUAGES}
        said = [lang for lang in LANGUAGES if any(halves[lang])]
        original = self.original.data if self.original.data in LANGUAGES else language()
        return said[0] if len(said) == 1 else str(original)

    @property
    def second(self) -> str:
        """The language that may follow."""
        return "es" if self.first == "en" else "en"

    @property
    def due(self) -> int:
        """How many texts still lack the second language."""
        return sum(not self[f"{name}_{self.second}"].data for name in self.asked)

    @property
    def asked(self) -> tuple[str, ...]:
        """The texts that this meeting needs: without people in the room, no door."""
        return tuple(name for name in TEXTS if name not in NEVER_LATE or comes_in_person(self.mode.data or None))

    def validate(self, extra_validators: Any = None) -> bool:
        whole: bool = super().validate(extra_validators)
        self._check_hours()
        if self.online_url.data and not is_online_address(self.online_url.data):
            self.complain("online_url", NO_ADDRESS)
        elif self.online_url.data and self.mode.data == Mode.IN_PERSON:
            self.complain("online_url", NOT_ONLINE)
        if self.address.data and not is_street_address(self.address.data):
            self.complain("address", NO_STREET)
        self._follow_the_day()
        return whole and not self.errors

    def _follow_the_day(self) -> None:
        """Move a deadline that nobody chose along with the meeting; note whether to ask about any other."""
        shown, day = self.shown_with, self.held_on.data
        if shown is None or not shown.beside(day, self.report_back_on.data):
            return
        self.asks_about_deadline = not shown.by_itself
        if shown.by_itself:
            self.put_deadline(shown.after(day))

    def put_deadline(self, told_on: date) -> None:
        """Fill in a deadline that nobody chose."""
        self.report_back_on.data, self.report_back_on.raw_data = told_on, None
        if self.held_on.data is not None:
            self.shown_with = ToldWith(self.held_on.data, told_on, by_itself=True)

    @property
    def is_deadline_chosen(self) -> bool:
        """Whether somebody chose the deadline that the form has."""
        told, shown = self.report_back_on.data, self.shown_with
        return told is not None and not (shown and shown.by_itself and shown.told_on == told)

    def show_deadline_with_day(self) -> None:
        """Note what the page shows together. Call it when the form is shown."""
        day, told = self.held_on.data, self.report_back_on.data
        by_itself = not self.is_deadline_chosen or (not self.is_submitted() and told == told_on(None, day))
        if day and told and self.newer is None:
            self.told_with.data = ToldWith(day, told, by_itself).written

    def stops_for_deadline(self) -> bool:
        """Return whether to ask about a chosen deadline of a meeting that moves; adds the question to the field."""
        if self.asks_about_deadline and not self.report_back_on.errors:
            self.complain("report_back_on", DEADLINE_STAYS)
        return self.asks_about_deadline

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
            starts_at, ends_at = self._moments()
            if ends_at <= starts_at:
                self.complain(*WRONG_DATES["order"])
        except NoSuchHour:
            self.complain(at_fault, _l("The clocks change on that day: this hour does not exist."))

    def _moments(self) -> tuple[datetime, datetime]:
        day: date = self.held_on.data
        return hours_on(zone(), day, self.starts.data, self.ends.data)

    @property
    def plan(self) -> MeetingPlan:
        """The plan as typed. The form must be valid."""
        starts_at, ends_at = self._moments() if self.held_on.data is not None else (None, None)
        texts: dict[str, Any] = {name: self.pair(name) for name in TEXTS}
        answers: dict[str, Any] = {need: self[need].data or None for need in NEEDS}
        mode = self.mode.data or None
        if not comes_in_person(mode):
            # A venue that is no longer used must not stand on a flyer.
            texts |= dict.fromkeys(NEVER_LATE, Bilingual(en="", es=""))
        return MeetingPlan(
            **texts,
            **answers,
            mode=mode,
            address=(self.address.data or "") if comes_in_person(mode) else "",
            online_url=self.online_url.data or "",
            link_for=self.link_for.data or LinkFor.EVERYBODY.value,
            report_back_on=told_on(self.report_back_on.data, self.held_on.data),
            starts_at=starts_at,
            ends_at=ends_at,
            market_id=self.market_id,
            credit=self.credit,
        )

    def gaps(self, stored: Any = None) -> Sequence[str]:
        return said_once(missing((stored or self).plan), self.first)

    def is_blank(self) -> bool:
        """Extend the base: what is filled in by itself does not count."""
        return not self.says_something(("title", "purpose", "place"), self.first)

    def say_all_is_missing(self) -> None:
        """Mark what an empty form lacks: each once. The way in and the host come with the place."""
        self[f"title_{self.first}"].errors = []
        self.say_what_is_missing([gap for gap in self.gaps() if not gap.startswith(("access", "host"))])

    def name_first_language(self) -> None:
        """Leave the language out of the labels of texts that are written in the reader's language."""
        if self.first == language():
            for name, label in TEXT_NAMES.items():
                self[f"{name}_{self.first}"].label.text = label

    def say_what_is_wrong(self, wrong: Sequence[str]) -> None:
        """Add the result of `wrong_dates` as errors of the fields."""
        for key in wrong:
            self.complain(*WRONG_DATES[key])

    def typed(self, stored: Any) -> dict[str, Any]:
        """Extend the base."""
        starts, ends = (moment.astimezone(zone()) if moment else None for moment in (stored.starts_at, stored.ends_at))
        same = ("mode", "address", "online_url", "link_for", "report_back_on", *NEEDS)
        return (
            credit_fields(stored.credit)
            | {key: text for name in self.TEXTS for key, text in both(name, getattr(stored, name)).items()}
            | {name: getattr(stored, name) for name in same}
            | {
                "held_on": starts.date() if starts else None,
                "starts": starts.time() if starts else None,
                "ends": ends.time() if ends else None,
                "market": stored.market.slug if stored.market else "",
            }
        )

    def leaves_a_language_behind(self, before: MeetingPlan) -> bool:
        """Return whether readers of one language would miss the new place or access; adds errors to the fields."""
        behind = () if self.same.data else one_language_left_behind(before, self.plan)
        for name in behind:
            self.complain(name, REFUSALS["meeting_one_language"])
        return bool(behind)

    def lacks_reason(self, before: MeetingPlan, counted: Mapping[str, str] | None = None) -> bool:
        """Return whether the form moves a published meeting or takes back an offer without a reason; adds errors.

        `counted`: a phrase for each offer about how many people count on it.
        """
        gone = taken_back(before, self.plan)
        if not (gone or moves(before, self.plan)) or not self.asks_for_reason():
            return False
        for need in gone:
            self.complain(need, f"{(counted or {}).get(need, '')} {TAKEN_BACK}".strip())
        return True


class CancelForm(GivesReason, EditorForm):
    """Form for the reason of cancelling, in both languages."""

    reason_en, reason_es = lines(english(WHY), 500), lines(spanish(WHY), 500)

    def validate(self, extra_validators: Any = None) -> bool:
        whole: bool = super().validate(extra_validators)
        return not self.asks_for_reason() and whole and not self.errors


class ScopeForm(ProtectedForm):
    """Form for the scope of an edit; it is part of the form of the meeting."""

    scope = RadioField(
        _l("What you changed holds for"),
        choices=[
            SelectChoice("this", _l("Only this date")),
            SelectChoice("all", _l("All dates that are still to come")),
        ],
        default="this",
    )

    @property
    def is_for_all(self) -> bool:
        return bool(self.scope.data == "all")
