"""The pages of a circle's polls: the form of a poll, answers, ranking, and the last day for answers.

The dates that result are in `dates_pages`, guests and their slips in `public_pages`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, time
from typing import Any

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from werkzeug.wrappers import Response
from wtforms import RadioField, SelectChoice, SelectField, SelectMultipleField
from wtforms.validators import InputRequired, NumberRange, Optional
from wtforms.widgets import CheckboxInput, ListWidget

from portal.core.clock import today, zone
from portal.core.editing import BOTH_LANGUAGES, WholeForm, both, in_both, line
from portal.core.forms import SHORT, DateField, FormPage, IntegerField, ProtectedForm, TimeField
from portal.core.i18n import LANGUAGES, Bilingual
from portal.core.statuses import NotAllowed
from portal.core.web import SIGNED_IN, AudienceBlueprint
from portal.partners.circle_rules import Act
from portal.partners.circles import CircleSeat, enter, inside, my_keys, open_text
from portal.partners.polls import deciding
from portal.partners.polls import polls as stored
from portal.partners.polls.deciding import PROPOSES, Proposal
from portal.partners.polls.polls import Guest, Poll, PollTally, Slot, guest_key, member_key
from portal.partners.polls.rules import (
    LENGTHS,
    MOST_SLOTS,
    USUAL_LENGTH,
    SlotChoice,
    SlotSpan,
    best_first,
    is_last_day,
    span_on,
    wrong_slot,
)
from portal.partners.polls.texts import (
    CHOICE_NAMES,
    LENGTH_NAMES,
    REFUSALS,
    WRONG_SLOTS,
    counts_words,
    day_words,
    hours_words,
    reasons,
    slot_words,
)

QUESTION, PLACE = _l("What the day is for"), _l("Note about the place")
MISSING = _l("Please fill this in.")
PLACES = range(1, MOST_SLOTS + 1)
MOST_NEEDED = 50


def length_field(label: Any) -> SelectField:
    """Return the field for the length of a date."""
    choices = [SelectChoice(str(minutes), LENGTH_NAMES[minutes]) for minutes in LENGTHS]
    return SelectField(label, choices=choices, default=str(USUAL_LENGTH), render_kw=SHORT)


def needed_field(label: Any) -> IntegerField:
    """Return the field for the number of people needed of one side."""
    return IntegerField(label, default=0, validators=[Optional(), NumberRange(0, MOST_NEEDED)])


class Proposing(WholeForm):
    """The form of a poll without the fields of its times, which `ProposalForm` adds."""

    PAIRS = ("question",)
    question_en, question_es = in_both(line, QUESTION, 160)
    place_en, place_es = in_both(line, PLACE, 300)
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

    def __init__(self, people: Iterable[CircleSeat], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.essential.choices = [SelectChoice(one.member.id, one.member.name) for one in people]

    def validate(self, extra_validators: Any = None) -> bool:
        """Require both languages, valid times, and a last day for answers before them."""
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
    def spans(self) -> list[SlotSpan]:
        """The submitted times; call only after validation."""
        slots = [self._slot(number) for number in PLACES]
        return [
            span_on(zone(), on, at, int(self.minutes.data)) for on, at in slots if on is not None and at is not None
        ]

    @property
    def proposal(self) -> Proposal:
        """The submitted poll."""
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


class LastDayForm(ProtectedForm):
    """The form of a new last day for answers."""

    closes_on = DateField(
        _l("Last day for answers"),
        validators=[InputRequired(MISSING)],
        description=_l("A question that was closed opens again. Whoever has not answered gets one more mail."),
        render_kw=SHORT,
    )


def _choices(slots: Sequence[Slot]) -> dict[str, Any]:
    choices = [SelectChoice(choice.value, words) for choice, words in CHOICE_NAMES.items()]
    return {
        f"slot{slot.place}": RadioField(
            slot_words(slot.starts_at, slot.ends_at), choices=choices, validators=[Optional()]
        )
        for slot in slots
    }


def answer_form(base: type[FlaskForm], slots: Sequence[Slot], said: Mapping[int, SlotChoice]) -> FlaskForm:
    """Return a form with one question for each slot (`slot1`, …), filled with `said`, by the place of the slot."""
    stored = {f"slot{place}": choice.value for place, choice in said.items()}
    form: FlaskForm = type("AnswerForm", (base,), _choices(slots))(data=stored)
    return form


def says_of(form: FlaskForm, slots: Sequence[Slot]) -> dict[int, SlotChoice]:
    """Return the chosen answers by the place of the slot."""
    given = {slot.place: form[f"slot{slot.place}"].data for slot in slots}
    return {place: SlotChoice(value) for place, value in given.items() if value}


def question_of(words: Mapping[str, str] | None, name: str = "question") -> Bilingual | None:
    """Return a decrypted pair of texts, an empty half replaced by the other; None if not decrypted or empty."""
    en, es = (words.get(f"{name}_{lang}", "") for lang in LANGUAGES) if words else ("", "")
    return Bilingual(en=en or es, es=es or en) if en or es else None


MOST_BEST = 3
blueprint = AudienceBlueprint(
    "circles_polls", __name__, audience=SIGNED_IN, url_prefix="/<lang:lang>/circles/<int:circle_id>/polls"
)
blueprint.add_app_template_global(slot_words, "slot_words")
blueprint.add_app_template_global(day_words, "day_words")
blueprint.add_app_template_global(hours_words, "hours_words")
blueprint.add_app_template_global(counts_words, "counts_words")
blueprint.add_app_template_global(CHOICE_NAMES.__getitem__, "choice_name")


@dataclass(frozen=True)
class PollPerson:
    """A person who is asked, as a row of the matrix. `guest_id` is set for guests."""

    name: str
    choices: Sequence[SlotChoice | None]
    is_essential: bool
    guest_id: int | None = None


@blueprint.get("/")
def index(circle_id: int) -> str:
    """List the polls of the circle, and its coming dates."""
    seat, keys = enter(circle_id, Act.READ), my_keys()
    found = stored.polls(seat.circle) if seat.is_admitted else []
    polls = [(one, question_of(open_text(one, keys)), stored.takes_answers(one)) for one in found]
    dates = stored.dates_ahead(seat.circle) if seat.is_admitted else []
    return render_template("partners/polls/index.html", seat=seat, polls=polls, dates=dates, may_ask=_may_ask(seat))


@blueprint.route("/new", methods=["GET", "POST"])
def propose(circle_id: int) -> ResponseReturnValue:
    """Create a poll."""
    seat = enter_opened(circle_id, PROPOSES)
    form = ProposalForm(stored.asked_members(seat.circle))
    if not form.validate_on_submit():
        return render_template("partners/polls/new.html", seat=seat, form=form), form.http_status
    poll = deciding.propose(seat, form.proposal)
    flash(_("The circle is asked. Tell them, or wait: the portal reminds whoever has not answered."), "success")
    return _to(circle_id, poll.id)


@blueprint.route("/<int:poll_id>/", methods=["GET", "POST"])
def show(circle_id: int, poll_id: int) -> ResponseReturnValue:
    """Show a poll with its results, and answer it."""
    seat = enter_opened(circle_id, Act.READ)
    poll = stored.poll(seat.circle, poll_id)
    form = answer_form(ProtectedForm, poll.slots, _mine(seat, poll))
    if not form.is_submitted():
        return _show(seat, poll, form)
    if not seat.may(Act.WRITE):
        raise NotAllowed
    if not form.validate():
        return _show(seat, poll, form), 422
    deciding.answer(seat, poll, says_of(form, poll.slots))
    flash(_("Your answer is saved. You can change it until the last day."), "success")
    return _to(circle_id, poll_id)


@blueprint.post("/<int:poll_id>/stop")
def stop(circle_id: int, poll_id: int) -> Response:
    """Stop taking answers."""
    seat = enter_opened(circle_id, PROPOSES)
    deciding.stop(seat, stored.poll(seat.circle, poll_id, to_change=True))
    flash(_("No more answers are taken."), "success")
    return _to(circle_id, poll_id)


@blueprint.route("/<int:poll_id>/last-day", methods=["GET", "POST"])
def last_day(circle_id: int, poll_id: int) -> ResponseReturnValue:
    """Change the last day for answers."""
    seat, form = enter_opened(circle_id, PROPOSES), LastDayForm()
    poll = stored.poll(seat.circle, poll_id, to_change=form.is_submitted())
    if not form.is_submitted():
        form = LastDayForm(closes_on=poll.closes_on)
    elif form.validate() and not is_last_day(form.closes_on.data, stored.first_day(poll), today()):
        form.closes_on.errors = [REFUSALS["poll_last_day"]]
    if not form.is_submitted() or form.errors:
        first = _("The first time: %(when)s", when=slot_words(poll.slots[0].starts_at, poll.slots[0].ends_at))
        title = _("Change the last day for answers")
        return FormPage(title, _("Save"), [first], inside(seat), keep=True).show(form)
    deciding.set_last_day(seat, poll, form.closes_on.data)
    flash(_("Answers are taken until the new day."), "success")
    return _to(circle_id, poll_id)


def enter_opened(circle_id: int, act: Act) -> CircleSeat:
    """Return the seat of an admitted member; others must learn no times and no answers. Raises NotAllowed."""
    seat = enter(circle_id, act)
    if not seat.is_admitted:
        raise NotAllowed
    return seat


def _may_ask(seat: CircleSeat) -> bool:
    return seat.may(PROPOSES) and seat.is_admitted and seat.circle.closed_on is None


def _to(circle_id: int, poll_id: int) -> Response:
    return redirect(url_for("circles_polls.show", circle_id=circle_id, poll_id=poll_id))


def _mine(seat: CircleSeat, poll: Poll) -> dict[int, SlotChoice]:
    said, key = stored.said(poll), member_key(seat.member.id)
    return {slot.place: said[slot.id][key] for slot in poll.slots if key in said[slot.id]}


def _show(seat: CircleSeat, poll: Poll, form: FlaskForm) -> str:
    keys = my_keys()
    busy = stored.busy_with(poll.slots, seat.member.id)
    tally, words = stored.tally(seat.circle, poll, busy), open_text(poll, keys)
    names = seat.may(Act.SEE_NAMES)
    return render_template(
        "partners/polls/show.html",
        seat=seat,
        poll=poll,
        form=form,
        question=question_of(words),
        place=question_of(words, "place"),
        busy=busy,
        tally=tally,
        is_open=stored.takes_answers(poll),
        may_ask=_may_ask(seat),
        date=stored.date_from(poll),
        is_agreed=stored.agreed_date(poll) is not None,
        best=_best(poll, tally, busy) if names else [],
        people=_people(seat, poll, tally) if names else [],
    )


def _best(poll: Poll, tally: PollTally, busy: Mapping[int, list[str]]) -> list[tuple[Slot, list[str]]]:
    """Return the best slots with the reasons, once there is an answer."""
    if tally.silent == len(tally.voters):
        return []
    slots = {slot.place: slot for slot in poll.slots}
    order = best_first(list(tally.standings.values()))[:MOST_BEST]
    return [(slots[one.slot], reasons(one, busy[slots[one.slot].id])) for one in order]


def _people(seat: CircleSeat, poll: Poll, tally: PollTally) -> list[PollPerson]:
    """Return the matrix of answers, for members who may see names."""
    essential = {one.key for one in tally.voters if one.is_essential}

    def row(key: str, name: str, guest: Guest | None = None) -> PollPerson:
        choices = [tally.said[slot.id].get(key) for slot in poll.slots]
        return PollPerson(name, choices, key in essential, guest.id if guest else None)

    members = [row(member_key(one.member.id), one.member.name) for one in stored.asked_members(seat.circle)]
    return members + [row(guest_key(one.id), name, one) for one, name in guest_names(poll)]


def guest_names(poll: Poll) -> list[tuple[Guest, str]]:
    """Return the guests of a poll with their names, for members who may see names."""
    keys = my_keys()
    opened: list[tuple[Guest, Any]] = [(one, open_text(one, keys)) for one in stored.guests(poll)]
    return sorted(((one, words["who"] if words else _("Locked for you")) for one, words in opened), key=_by_name)


def _by_name(one: tuple[Guest, str]) -> tuple[str, int]:
    return one[1].casefold(), one[0].id
