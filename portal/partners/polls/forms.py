"""What we ask people when a circle looks for a day."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, time
from typing import Any

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import BooleanField, RadioField, SelectChoice, SelectField, SelectMultipleField
from wtforms.validators import InputRequired, NumberRange, Optional
from wtforms.widgets import CheckboxInput, ListWidget

from portal.core.clock import today, zone
from portal.core.editing import BOTH_LANGUAGES, WholeForm, both, english, line, spanish
from portal.core.fields import DateField, IntegerField, TimeField
from portal.core.forms import RoomForm, refuse, text
from portal.core.i18n import LANGUAGES, Bilingual
from portal.organisations.rules import Side
from portal.partners.polls.actions.polls import Proposal
from portal.partners.polls.models import CircleDate, Slot
from portal.partners.polls.rules.best import Choice
from portal.partners.polls.rules.slots import LENGTHS, MOST_SLOTS, USUAL_LENGTH, Span, span_on, wrong_slot
from portal.partners.polls.texts import CHOICE_NAMES, LENGTH_NAMES, REFUSALS, SIDE_NAMES, WRONG_SLOTS, slot_words
from portal.partners.queries.circles import Seat

QUESTION, PLACE = _l("What the day is for"), _l("Note about the place")
MISSING = _l("Please fill this in.")
PLACES = range(1, MOST_SLOTS + 1)
MOST_NEEDED = 50


def length_field(label: Any) -> SelectField:
    """How long it takes."""
    choices = [SelectChoice(str(minutes), LENGTH_NAMES[minutes]) for minutes in LENGTHS]
    return SelectField(label, choices=choices, default=str(USUAL_LENGTH))


def needed_field(label: Any) -> IntegerField:
    """How many of a side must be able to come."""
    return IntegerField(label, default=0, validators=[Optional(), NumberRange(0, MOST_NEEDED)])


class Proposing(WholeForm):
    """A question for a day, but for its times."""

    PAIRS = ("question",)
    question_en, question_es = line(english(QUESTION), 160), line(spanish(QUESTION), 160)
    place_en, place_es = line(english(PLACE), 300), line(spanish(PLACE), 300)
    closes_on = DateField(_l("Last day for answers"), validators=[InputRequired(MISSING)])
    minutes = length_field(_l("How long it takes"))
    community_needed = needed_field(_l("How many of the community must be able to come"))
    agencies_needed = needed_field(_l("How many of the agencies must be able to come"))
    essential = SelectMultipleField(
        _l("Without whom it cannot be held"),
        coerce=int,
        option_widget=CheckboxInput(),
        widget=ListWidget(prefix_label=False),
    )

    def __init__(self, people: Iterable[Seat], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.essential.choices = [SelectChoice(one.member.id, one.member.name) for one in people]

    def validate(self, extra_validators: Any = None) -> bool:
        """Both languages, times that can be kept, and a last day before them."""
        super().validate(extra_validators)
        place = self.pair("place")
        for half in ("en", "es"):
            if (place.en or place.es) and not place[half]:
                self.complain(f"place_{half}", BOTH_LANGUAGES)
        if self.closes_on.data is not None and self.closes_on.data < today():
            self.complain("closes_on", _l("Please choose today or a later day."))
        for number in PLACES:
            self._check(number)
        if not self.errors and not self.spans:
            self.complain("on_1", REFUSALS["poll_slots"])
        return not self.errors

    def _check(self, number: int) -> None:
        on, at = self._slot(number)
        if on is None and at is None:
            return
        if on is None or at is None:
            if not (self[f"on_{number}"].errors or self[f"at_{number}"].errors):
                self.complain(f"on_{number}" if on is None else f"at_{number}", WRONG_SLOTS["half"])
            return
        wrong = wrong_slot(zone(), on, at, self.closes_on.data, today())
        if wrong:
            self.complain(f"at_{number}" if wrong in ("no_hour", "twice") else f"on_{number}", WRONG_SLOTS[wrong])

    def _slot(self, number: int) -> tuple[date | None, time | None]:
        return self[f"on_{number}"].data, self[f"at_{number}"].data

    @property
    def spans(self) -> list[Span]:
        """The times that were typed, once they are valid."""
        slots = [self._slot(number) for number in PLACES]
        return [
            span_on(zone(), on, at, int(self.minutes.data)) for on, at in slots if on is not None and at is not None
        ]

    @property
    def proposal(self) -> Proposal:
        """What was typed."""
        words = {**both("question", self.pair("question")), **both("place", self.pair("place"))}
        needed = (self.community_needed.data or 0, self.agencies_needed.data or 0)
        return Proposal(words, self.spans, self.closes_on.data or today(), self.essential.data or (), *needed)


def _times() -> dict[str, Any]:
    fields: dict[str, Any] = {}
    for number in PLACES:
        fields[f"on_{number}"] = DateField(_l("Day %(number)d", number=number), validators=[Optional()])
        fields[f"at_{number}"] = TimeField(_l("Hour %(number)d", number=number), validators=[Optional()])
    return fields


ProposalForm: type[Proposing] = type("ProposalForm", (Proposing,), _times())


class GuestForm(RoomForm):
    """Whom to ask with a slip."""

    who = text(_l("Who it is, for yourselves"), 80)
    side = RadioField(
        _l("Side"),
        choices=[SelectChoice(side.value, SIDE_NAMES[side]) for side in (Side.COMMUNITY, Side.AGENCIES)],
        default=Side.COMMUNITY.value,
    )
    essential = BooleanField(_l("It cannot be held without them"))


class LastDayForm(RoomForm):
    """Another last day for answers."""

    closes_on = DateField(_l("Last day for answers"), validators=[InputRequired(MISSING)])


class ConfirmForm(RoomForm):
    """A step that mails are sent for."""


class MoveForm(RoomForm):
    """Another time for a date."""

    on = DateField(_l("Day"), validators=[InputRequired(MISSING)])
    at = TimeField(_l("Starts at"), validators=[InputRequired(MISSING)])
    minutes = length_field(_l("How long it takes"))

    def validate_at(self, field: Any) -> None:
        """An hour that exists once, from tomorrow on."""
        if self.on.data is None:
            return
        wrong = wrong_slot(zone(), self.on.data, field.data, None, today())
        if wrong:
            refuse(WRONG_SLOTS[wrong])

    @property
    def span(self) -> Span:
        """What was typed."""
        return span_on(zone(), self.on.data or today(), self.at.data or time(), int(self.minutes.data))

    @staticmethod
    def of(found: CircleDate) -> MoveForm:
        """Filled with the time as it is."""
        starts, length = found.starts_at.astimezone(zone()), found.ends_at - found.starts_at
        minutes = int(length.total_seconds() // 60)
        return MoveForm(
            on=starts.date(), at=starts.time(), minutes=str(minutes if minutes in LENGTHS else USUAL_LENGTH)
        )


def _choices(slots: Sequence[Slot]) -> dict[str, Any]:
    choices = [SelectChoice(choice.value, words) for choice, words in CHOICE_NAMES.items()]
    return {
        f"slot{slot.place}": RadioField(
            slot_words(slot.starts_at, slot.ends_at), choices=choices, validators=[Optional()]
        )
        for slot in slots
    }


def answer_form(base: type[FlaskForm], slots: Sequence[Slot], said: Mapping[int, Choice]) -> FlaskForm:
    """One question for each slot, `slot1` and so on, filled with what was said, by the place of the slot."""
    stored = {f"slot{place}": choice.value for place, choice in said.items()}
    form: FlaskForm = type("AnswerForm", (base,), _choices(slots))(data=stored)
    return form


def says_of(form: FlaskForm, slots: Sequence[Slot]) -> dict[int, Choice]:
    """What was chosen, by the place of the slot."""
    given = {slot.place: form[f"slot{slot.place}"].data for slot in slots}
    return {place: Choice(value) for place, value in given.items() if value}


def question_of(words: Mapping[str, str] | None, name: str = "question") -> Bilingual | None:
    """A sealed pair of texts, opened, where one half stands in for the other; None for one that is locked or empty."""
    en, es = (words.get(f"{name}_{lang}", "") for lang in LANGUAGES) if words else ("", "")
    return Bilingual(en=en or es, es=es or en) if en or es else None
