"""What people are asked who come to a meeting, and what its organizers are asked about seats."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import current_app
from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, RadioField, SelectChoice, SelectField, SelectMultipleField, StringField, TextAreaField
from wtforms.validators import InputRequired, NumberRange, Optional, ValidationError

from portal.config import SmsSender
from portal.core.fields import IntegerField
from portal.core.forms import PublicForm, RoomForm, at_most, strip
from portal.core.i18n import LANGUAGES
from portal.core.numbers import is_texted, read_number
from portal.meetings.rsvp.actions.wishes import Contact, Wish, read_wish
from portal.meetings.rsvp.models import Rsvp, Seats
from portal.meetings.rsvp.rules.answers import (
    INTERPRETERS,
    MOST_PEOPLE,
    MOST_RIDE_SEATS,
    OLDEST_CHILD,
    ContactKind,
    Ride,
    TooOld,
    read_ages,
)
from portal.meetings.rsvp.rules.news import Reminder, read_choice
from portal.meetings.rsvp.rules.seats import Room
from portal.meetings.rsvp.texts import LANGUAGE_NAMES, REMINDER_NAMES, RIDE_NAMES, WHY_NAMES, ages_in_words

HOW_MANY = _l("Please give a number from 1 to %(most)d.", most=MOST_PEOPLE)
WHICH_AGES = _l("Please write the ages as numbers, like 3, 5, 11. For a baby write 0.")
ABROAD = _l("We cannot send texts to numbers there. Please give an e-mail address instead.")
TOO_OLD = _l(
    "Childcare is for children up to %(oldest)d years. Whoever is older counts above and has no age here.",
    oldest=OLDEST_CHILD,
)
WHICH_SEATS = _l("Please say how many can ride with you, from 1 to 8.")
NOT_REACHED = _l("Please give a whole phone number with area code, or an e-mail address.")
NO_TEXTS = _l("Texts are switched off here. Please give an e-mail address, or leave this empty.")
CLOSE_HOURS = {
    0: _l("When the meeting begins"),
    12: _l("12 hours before"),
    24: _l("1 day before"),
    48: _l("2 days before"),
    72: _l("3 days before"),
}


def _people(label: Any) -> IntegerField:
    return IntegerField(label, validators=[InputRequired(HOW_MANY), NumberRange(1, MOST_PEOPLE, HOW_MANY)])


class RsvpForm(PublicForm):
    """How many come; everything else only if it helps them to come."""

    party = _people(_l("How many people, with children?"))
    ages = StringField(_l("Ages of children who need childcare"), filters=[strip], validators=[at_most(40)])
    interpreter = SelectField(_l("Interpreter"), validators=[Optional()])
    ride = RadioField(_l("How do you get there?"), default=Ride.NONE.value)
    ride_seats = IntegerField(
        _l("How many can ride with you?"),
        validators=[Optional(), NumberRange(0, MOST_RIDE_SEATS, _l("Please give a number from 0 to 8."))],
    )
    access_needs = TextAreaField(
        _l("What else should be ready for you?"), filters=[strip], validators=[Optional(), at_most(500)]
    )
    first_name = StringField(_l("A first name for the host"), filters=[strip], validators=[Optional(), at_most(40)])
    contact = StringField(
        _l("Phone or e-mail, for a reminder and news of changes"),
        filters=[strip],
        validators=[Optional(), at_most(120)],
    )
    forget_needs = BooleanField(_l("Erase what I need"))
    forget_name = BooleanField(_l("Erase my first name"))
    forget_contact = BooleanField(_l("Erase the phone number or e-mail"))

    def __init__(self, stored: Rsvp | None = None, **kwargs: Any) -> None:
        super().__init__(data=as_typed(stored) if stored else None, **kwargs)
        self._kept = read_wish(stored) if stored else Wish(party=1)
        names = ((language, LANGUAGE_NAMES[language]) for language in INTERPRETERS)
        self.interpreter.choices = [SelectChoice("", _l("I need none")), *(SelectChoice(*one) for one in names)]
        self.ride.choices = [SelectChoice(ride.value, name) for ride, name in RIDE_NAMES.items()]

    def validate(self, extra_validators: Any = None) -> bool:
        whole = super().validate(extra_validators)
        # What may be left out asks no more by itself.
        if self.ride.data == Ride.OFFERS and not self.ride_seats.data and not self.ride_seats.errors:
            self.ride_seats.errors = [WHICH_SEATS]
            whole = False
        return whole

    def validate_ages(self, field: StringField) -> None:
        try:
            ages = read_ages(field.data or "")
        except TooOld:
            raise ValidationError(str(TOO_OLD)) from None
        except ValueError:
            raise ValidationError(str(WHICH_AGES)) from None
        if not self.party.errors and len(ages) > self.party.data:
            raise ValidationError(str(_l("These are more children than people. Please count them above too.")))

    def validate_contact(self, field: StringField) -> None:
        contact = read_contact(field.data or "")
        if field.data and contact is None:
            raise ValidationError(str(NOT_REACHED))
        if contact is None or contact.kind is not ContactKind.TEXT:
            return
        if current_app.extensions["settings"].sms_sender is SmsSender.OFF:
            raise ValidationError(str(NO_TEXTS))
        if not is_texted(contact.address):
            raise ValidationError(str(ABROAD))

    @property
    def wish(self) -> Wish:
        """What was typed. The form must be valid."""
        return Wish(
            party=self.party.data,
            ages=read_ages(self.ages.data or ""),
            interpreter=self.interpreter.data or "",
            ride=Ride(self.ride.data or ""),
            ride_seats=self.ride_seats.data or 0,
            access_needs=self.access_needs.data or ("" if self.forget_needs.data else self._kept.access_needs),
            first_name=self.first_name.data or ("" if self.forget_name.data else self._kept.first_name),
            contact=read_contact(self.contact.data or ""),
            forget_contact=bool(self.forget_contact.data),
        )


def as_typed(rsvp: Rsvp) -> dict[str, Any]:
    """An answer as the fields of the form hold it.

    Needs, name and contact are not shown again: a text carries the link, and whoever holds the phone may open it. They
    stay as they are unless something is written in their place, or they are erased.
    """
    wish = read_wish(rsvp)
    return {
        "party": wish.party,
        "ages": ages_in_words(wish.ages),
        "interpreter": wish.interpreter,
        "ride": wish.ride.value,
        "ride_seats": wish.ride_seats or None,
    }


def read_contact(typed: str) -> Contact | None:
    """A phone or an address of mail as somebody typed it, or None."""
    if "@" in typed:
        name, _at, host = typed.rpartition("@")
        whole = name and "." in host.strip(".") and typed.isascii() and typed.isprintable() and " " not in typed
        return Contact(ContactKind.MAIL, typed) if whole else None
    number = read_number(typed)
    return Contact(ContactKind.TEXT, number) if number else None


class CodeForm(PublicForm):
    """The code of an answer."""

    answer_code = StringField(
        _l("Your code"), filters=[strip], validators=[InputRequired(_l("Please type your code.")), at_most(60)]
    )


class SeatsForm(RoomForm):
    """How many people there is room for."""

    capacity = IntegerField(
        _l("Seats in all"), validators=[Optional(), NumberRange(1, 9999, _l("Please give a number from 1 to 9999."))]
    )
    reserved = IntegerField(
        _l("Of these, kept for you to give away"),
        validators=[Optional(), NumberRange(0, 9999, _l("Please give a number from 0 to 9999."))],
    )
    close_hours = SelectField(_l("Until when people can answer"), coerce=int)

    def __init__(self, seats: Seats, **kwargs: Any) -> None:
        stored = {
            "capacity": seats.capacity,
            "reserved": seats.reserved or None,
            "close_hours": seats.close_hours,
        }
        super().__init__(data=stored, **kwargs)
        self.close_hours.choices = [SelectChoice(hours, name) for hours, name in CLOSE_HOURS.items()]

    def validate_reserved(self, field: IntegerField) -> None:
        if (field.data or 0) > (self.capacity.data or 0):
            raise ValidationError(str(_l("These cannot be more than the seats in all.")))

    @property
    def room(self) -> Room:
        return Room(self.capacity.data, self.reserved.data or 0)


class RemindersForm(RoomForm):
    """When people are reminded; nothing chosen is a choice too."""

    days = BooleanField(REMINDER_NAMES[Reminder.DAYS])
    day = BooleanField(REMINDER_NAMES[Reminder.DAY])
    hours = BooleanField(REMINDER_NAMES[Reminder.HOURS])

    def __init__(self, seats: Seats, **kwargs: Any) -> None:
        chosen = read_choice(seats.reminders)
        super().__init__(data={reminder.value: reminder in chosen for reminder in Reminder}, **kwargs)

    @property
    def chosen(self) -> list[Reminder]:
        return [reminder for reminder in Reminder if self[reminder.value].data]


class TakeOutForm(RoomForm):
    """Which answers are taken out, and why."""

    chosen = SelectMultipleField(_l("Answers"), validate_choice=False)
    why = RadioField(
        _l("Why"),
        choices=[SelectChoice(why.value, name) for why, name in WHY_NAMES.items()],
        validators=[InputRequired(_l("Please say why. Whoever gave the answer reads it."))],
    )

    def __init__(self, answers: Sequence[Rsvp], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.chosen.choices = [SelectChoice(str(one.id), str(one.position)) for one in answers]

    def validate_chosen(self, field: SelectMultipleField) -> None:
        if not field.data:
            raise ValidationError(str(_l("Please choose at least one answer.")))


class GiveForm(RoomForm):
    """Seats for somebody who was promised them."""

    party = _people(_l("For how many people?"))
    language = SelectField(_l("Their language"))

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.language.choices = [SelectChoice(language, LANGUAGE_NAMES[language]) for language in LANGUAGES]
