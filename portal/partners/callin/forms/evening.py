"""What we ask those who prepare a call-in. Nowhere is the name of somebody who is called in asked for."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, Field, RadioField, SelectChoice, SelectField
from wtforms.validators import DataRequired, NumberRange, Optional

from portal.core.clock import today
from portal.core.editing import EditorForm, line, lines
from portal.core.fields import DateField, IntegerField, TimeField
from portal.core.forms import RoomForm, readable, refuse, text
from portal.markets.models import Market
from portal.partners.callin.evening import Voice
from portal.partners.callin.rules.delicate import delicate
from portal.partners.callin.rules.names import Found, named_there, not_neutral, obvious_name
from portal.partners.callin.rules.run import LONGEST_PART, Part
from portal.partners.callin.rules.voices import WORDS, Point, Who
from portal.partners.callin.texts import (
    NAMES_REFUSED,
    NO_NAME_FOR_YOUTH,
    NO_NAME_WHERE,
    PARTS,
    POINTS,
    ROOM_NAMES,
    SAFETY,
    WHO,
)

FILL_IN = _l("Please fill this in.")
MOST_PEOPLE = 99
WRONG_NUMBER = _l("Please write a number from %(min)d to %(max)d.")
ANSWERS = ((_l("Not asked yet"), ""), (_l("Yes"), "yes"), (_l("No"), "no"))


def _count(label: Any) -> IntegerField:
    return IntegerField(label, validators=[Optional(), readable, NumberRange(0, MOST_PEOPLE, WRONG_NUMBER)])


def _refuse_names(field: Field, rule: Callable[[str], Found | None]) -> None:
    """No name of anybody who was called in, as far as a rule can see."""
    found = rule(field.data or "")
    if found is not None:
        refuse(NAMES_REFUSED[found])


class CallInForm(EditorForm):
    """Day, hour, place and the one coordinator."""

    held_on = DateField(_l("Day"), validators=[readable, DataRequired(FILL_IN)])
    begins = TimeField(_l("Begins at"), validators=[Optional(), readable])
    where = line(_l("Where people meet"))
    people = _count(_l("How many people are called in"))
    coordinator = line(_l("Coordinator of services"), 80)
    reach = line(_l("How the coordinator is reached at work"))
    market = SelectField(_l("Place that it belongs to"), coerce=str)

    def __init__(self, places: Sequence[Market], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        named = [SelectChoice(str(place.id), str(place.name)) for place in places]
        self.market.choices = [SelectChoice("", _l("None")), *named]

    def validate_where(self, field: Field) -> None:
        """Every sheet has it: a building or a street, nobody's name."""
        if found := named_there(field.data or ""):
            refuse(NAMES_REFUSED[found] if found is Found.NUMBER else NO_NAME_WHERE)

    @property
    def words(self) -> dict[str, str]:
        """What is sealed."""
        return {
            "begins": self.begins.data.strftime("%H:%M") if self.begins.data else "",
            "people": "" if self.people.data is None else str(self.people.data),
            **{name: self[name].data or "" for name in ("where", "coordinator", "reach")},
        }

    @property
    def market_id(self) -> int | None:
        """The place that was chosen."""
        return int(self.market.data) if self.market.data else None


class DoorForm(EditorForm):
    """What the door must know, in neutral labels."""

    labels = lines(_l("People called in, as labels"), 600)
    apart = lines(_l("Who must not meet at the door"), 600)
    chairs = lines(_l("What happens with empty chairs"), 1_000)

    def validate_labels(self, field: Field) -> None:
        """Counts and labels only."""
        _refuse_names(field, not_neutral)

    def validate_apart(self, field: Field) -> None:
        """Counts and labels only."""
        _refuse_names(field, not_neutral)

    def validate_chairs(self, field: Field) -> None:
        """Sentences, without a name."""
        _refuse_names(field, obvious_name)

    @property
    def words(self) -> dict[str, str]:
        """What is sealed."""
        return {name: self[name].data or "" for name in ("labels", "apart", "chairs")}


class ItemForm(EditorForm):
    """An item of the run."""

    part = SelectField(_l("What"), choices=[SelectChoice(part.value, PARTS[part]) for part in Part])
    about = line(_l("In your own words"), 120)
    room = RadioField(
        _l("Where"), choices=[SelectChoice(str(room), label) for room, label in ROOM_NAMES.items()], default="1"
    )
    minutes = IntegerField(
        _l("Minutes"), validators=[DataRequired(FILL_IN), readable, NumberRange(1, LONGEST_PART, WRONG_NUMBER)]
    )
    voice = SelectField(_l("Who speaks"), coerce=str)

    def __init__(self, voices: Sequence[Voice] | None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        if voices is None:
            del self.voice
        else:
            self.voice.choices = [SelectChoice("", _l("Nobody yet")), *_choices(voices)]

    def validate_about(self, field: Field) -> None:
        """Everybody in the circle reads it, and every sheet has it."""
        _refuse_names(field, obvious_name)

    def words(self, before: Mapping[str, str]) -> dict[str, str]:
        """What is sealed; who speaks stays as it was for whoever may not know it."""
        voice = self.voice.data if "voice" in self else before.get("voice", "")
        is_voice = self.part.data == Part.VOICE
        return {"part": self.part.data, "about": self.about.data or "", "voice": (voice or "") if is_voice else ""}


class VoiceForm(EditorForm):
    """Somebody who speaks, and how they are prepared. What they agree to is written down apart, with its day."""

    name = line(_l("What we call them"), 80)
    who = SelectField(_l("As what they speak"), choices=[SelectChoice(who.value, WHO[who]) for who in Who])
    point = RadioField(
        _l("Their one point"),
        choices=[SelectChoice("", _l("Not decided yet")), *(SelectChoice(one.value, POINTS[one]) for one in Point)],
        default="",
    )
    asked_by = line(_l("Who asked them"), 80)
    rehearsed = DateField(_l("Rehearsal held on"), validators=[Optional(), readable])
    interpreter = line(_l("Interpreter"), 80)
    support = line(_l("Who sits beside them"), 80)
    block = RadioField(SAFETY["block"], choices=[SelectChoice(value, label) for label, value in ANSWERS], default="")
    door = RadioField(SAFETY["door"], choices=[SelectChoice(value, label) for label, value in ANSWERS], default="")
    ride = RadioField(SAFETY["ride"], choices=[SelectChoice(value, label) for label, value in ANSWERS], default="")
    safety = lines(_l("More about their safety"), 600)
    alternate = SelectField(_l("Who steps in for them"), coerce=str)
    notes = lines(_l("What they want to say, in a few lines"), 2_000)

    sure = BooleanField(_l("Save it as it is"))
    found: tuple[str, ...] = ()
    """What the writer is asked to look at once more."""

    TEXTS = (*(word for word in WORDS if word != "rehearsed"), "notes")

    def __init__(self, others: Sequence[Voice], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.alternate.choices = [SelectChoice("", _l("Nobody yet")), *_choices(others)]

    def validate_rehearsed(self, field: Field) -> None:
        """One that is still to come was not held."""
        if field.data and field.data > today():
            refuse(_l("That day is still to come. Write it down when the rehearsal was held."))

    def validate_name(self, field: Field) -> None:
        """No name of somebody who may be under 18; of others there must be one, to know them by."""
        if self.who.data == Who.YOUTH and field.data:
            refuse(NO_NAME_FOR_YOUTH)
        if self.who.data != Who.YOUTH and not field.data:
            refuse(FILL_IN)

    def validate(self, extra_validators: Any = None) -> bool:
        """Names, numbers and threats are said once more before they are kept: a voice says none of them."""
        whole = super().validate(extra_validators)
        self.found = delicate(self.notes.data or "", self.safety.data or "") if whole else ()
        return whole and (bool(self.sure.data) or not self.found)

    @property
    def words(self) -> dict[str, str]:
        """What is sealed, without the consents."""
        day = self.rehearsed.data
        texts = {name: self[name].data or "" for name in self.TEXTS}
        return {**texts, "rehearsed": day.isoformat() if day else ""}


class OfferForm(RoomForm):
    """A line of the services."""

    what = text(_l("What is offered"), 120)
    office = line(_l("Which office gives it"), 120)
    made = _count(_l("Offers made"))
    delivered = _count(_l("Offers delivered"))

    def validate_what(self, field: Field) -> None:
        """Offers are counted, not those to whom they are made."""
        _refuse_names(field, obvious_name)

    def validate_delivered(self, field: Field) -> None:
        """Nobody delivers what was not offered."""
        if (field.data or 0) > (self.made.data or 0):
            refuse(_l("More were delivered than were made. Please check both numbers."))

    @property
    def words(self) -> dict[str, str]:
        """What is sealed."""
        counts = {name: str(self[name].data or 0) for name in ("made", "delivered")}
        return {"what": self.what.data or "", "office": self.office.data or "", **counts}


class StepForm(RoomForm):
    """Something that was owed is done."""

    reached = _count(_l("How many were reached"))


class EndForm(RoomForm):
    """The evening is over, or does not take place."""

    sure = BooleanField(_l("I am sure"), validators=[DataRequired(_l("Please check the box first."))])


def _choices(voices: Sequence[Voice]) -> list[SelectChoice]:
    return [SelectChoice(str(one.card.id), one.name or WHO[one.who]) for one in voices]
