"""The pages of polls and dates: answers, ranking, the last day, choosing a date, moving and cancelling it, and guests.

A guest answers on a public page: a link that gets lost reveals only that a date is being sought.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta
from typing import Any, NamedTuple

from flask import make_response, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _, lazy_gettext as _l
from flask_wtf import FlaskForm
from sqlalchemy import select
from werkzeug.wrappers import Response
from wtforms import BooleanField, RadioField, SelectField, SelectMultipleField
from wtforms.validators import InputRequired, Optional
from wtforms.widgets import CheckboxInput, ListWidget

from portal.core import db, forms
from portal.core.clock import now, today, zone
from portal.core.editing import Both, WholeForm, done, line
from portal.core.forms import SHORT, DateField, FormPage, ProtectedForm, TimeField, choices_of, whole_number
from portal.core.i18n import LANGUAGES, Bilingual
from portal.core.slugs import public_address
from portal.core.statuses import NotAllowed, Refused, existing
from portal.core.web import PUBLIC, AudienceBlueprint
from portal.organisations.sides import TableSide
from portal.partners import circles
from portal.partners.circle_rules import Act
from portal.partners.circles import CircleSeat, Row, SealedWords, enter, inside, my_keys, open_text
from portal.partners.polls import deciding, polls, rules
from portal.partners.polls.deciding import PROPOSES
from portal.partners.polls.polls import WRONG_SLOTS, CircleDate, Guest, Poll, Slot, slot_words
from portal.partners.polls.rules import SlotChoice, SlotSpan

PLACES = range(1, rules.MOST_SLOTS + 1)
MOST_NEEDED = 50
MOST_BEST = 3
USUAL_QUESTION = Bilingual(en="Our next meeting", es="Nuestra próxima reunión")
DAYS_TO_ANSWER = timedelta(days=4)
"""As the form begins."""


def length_field(label: Any) -> SelectField:
    lengths = choices_of(polls.LENGTH_NAMES)
    return SelectField(label, choices=lengths, default=str(rules.USUAL_LENGTH), render_kw=SHORT)


class Proposing(SealedWords, WholeForm):
    """The form of a poll without the fields of its times, which `ProposalForm` adds."""

    ROW, OPTIONAL_PAIRS, SEALED = Poll, ("place",), ("question", "place")
    question, place = Both(line, _l("What the day is for"), 160), Both(line, _l("Note about the place"), 300)
    closes_on = DateField(_l("Last day for answers"), validators=[InputRequired()])
    minutes = length_field(_l("How long it takes"))
    community_needed = whole_number(
        _l("How many of the community must be able to come"), 0, MOST_NEEDED, usual=0, optional=True
    )
    agencies_needed = whole_number(
        _l("How many of the agencies must be able to come"), 0, MOST_NEEDED, usual=0, optional=True
    )
    essential = SelectMultipleField(
        _l("Without whom it cannot be held"),
        coerce=int,
        option_widget=CheckboxInput(),
        widget=ListWidget(prefix_label=False),
    )

    def __init__(self, people: Iterable[CircleSeat]) -> None:
        usual = {f"question_{lang}": USUAL_QUESTION[lang] for lang in LANGUAGES}
        super().__init__(data={**usual, "closes_on": today() + DAYS_TO_ANSWER})
        self.essential.choices = choices_of({seat.member.id: seat.member.name for seat in people})

    def validate(self, extra_validators: Any = None) -> bool:
        super().validate(extra_validators)
        if self.closes_on.data is not None and self.closes_on.data < today():
            self.complain("closes_on", _l("Please choose today or a later day."))
        for on, at in ((self[f"on_{number}"], self[f"at_{number}"]) for number in PLACES):
            if (on.data is None) != (at.data is None):
                if not (on.errors or at.errors):
                    self.complain(on.name if on.data is None else at.name, WRONG_SLOTS["half"])
            elif on.data is not None:
                wrong = rules.wrong_slot(zone(), on.data, at.data, self.closes_on.data, today())
                if wrong:
                    self.complain(at.name if wrong == "no_hour" else on.name, WRONG_SLOTS[wrong])
        if not self.errors and not self.spans:
            self.complain("on_1", polls.REFUSALS["poll_slots"])
        return not self.errors

    @property
    def spans(self) -> list[SlotSpan]:
        """The submitted times; call only after validation."""
        slots = [(self[f"on_{number}"].data, self[f"at_{number}"].data) for number in PLACES]
        return [rules.span_on(zone(), on, at, int(self.minutes.data)) for on, at in slots if on and at]


_times: dict[str, Any] = {}
for _number in PLACES:
    _times[f"on_{_number}"] = DateField(_l("Day %(number)d", number=_number), validators=[Optional()])
    _times[f"at_{_number}"] = TimeField(_l("Hour %(number)d", number=_number), validators=[Optional()])
ProposalForm: type[Proposing] = type("ProposalForm", (Proposing,), _times)


class LastDayForm(ProtectedForm):
    closes_on = DateField(
        _l("Last day for answers"),
        validators=[InputRequired()],
        description=_l("A question that was closed opens again. Whoever has not answered is reminded again."),
        render_kw=SHORT,
    )

    def __init__(self, poll: Poll) -> None:
        super().__init__(data={"closes_on": poll.closes_on})
        self.first_day = polls.first_day(poll)

    def validate_closes_on(self, field: Any) -> None:
        if not rules.is_last_day(field.data, self.first_day, today()):
            forms.refuse(polls.REFUSALS["poll_last_day"])


def answer_form(base: type[FlaskForm], slots: Sequence[Slot], answers: Mapping[int, SlotChoice]) -> FlaskForm:
    """Return a form with one question for each slot (`slot1`, …), filled with `answers`, by the place of the slot."""
    choices = choices_of(polls.CHOICE_NAMES)
    questions = {
        f"slot{slot.place}": RadioField(
            slot_words(slot.starts_at, slot.ends_at), choices=choices, validators=[Optional()]
        )
        for slot in slots
    }
    stored = {f"slot{place}": choice.value for place, choice in answers.items()}
    form: FlaskForm = type("AnswerForm", (base,), questions)(data=stored)
    return form


def says_of(form: FlaskForm, slots: Sequence[Slot]) -> dict[int, SlotChoice]:
    given = {slot.place: form[f"slot{slot.place}"].data for slot in slots}
    return {place: SlotChoice(value) for place, value in given.items() if value}


def question_of(words: Mapping[str, str] | None, name: str = "question") -> Bilingual | None:
    """Return a decrypted pair of texts; None if not decrypted, or in neither language."""
    return Bilingual(en=words[f"{name}_en"], es=words[f"{name}_es"]) if words and words[f"{name}_en"] else None


class MoveForm(ProtectedForm):
    on = DateField(_l("Day"), validators=[InputRequired()], render_kw=SHORT)
    at = TimeField(_l("Starts at"), validators=[InputRequired()], render_kw=SHORT)
    minutes = length_field(_l("How long it takes"))

    def validate_at(self, field: Any) -> None:
        """Require an unambiguous local time, tomorrow or later."""
        if self.on.data is None:
            return
        wrong = rules.wrong_slot(zone(), self.on.data, field.data, None, today())
        if wrong in ("past", "far"):
            self.on.errors = [WRONG_SLOTS[wrong]]
        elif wrong:
            forms.refuse(WRONG_SLOTS[wrong])

    def validate(self, extra_validators: Any = None) -> bool:
        return bool(super().validate(extra_validators)) and not self.errors


blueprint = circles.circle_blueprint("circles_polls", __name__, "polls")
for _words in (slot_words, polls.hours_words, polls.counts_words):
    blueprint.add_app_template_global(_words)
blueprint.add_app_template_global(polls.CHOICE_NAMES.__getitem__, "choice_name")


class PollPerson(NamedTuple):
    name: str
    choices: Sequence[SlotChoice | None]
    is_essential: bool
    guest_id: int | None = None


@blueprint.get("/")
def index(circle_id: int) -> str:
    seat, keys = enter(circle_id, Act.READ), my_keys()
    rows = polls.polls_of(seat.circle) if seat.is_admitted else ()
    questions = [(poll, question_of(open_text(poll, keys)), polls.takes_answers(poll)) for poll in rows]
    dates = polls.dates_ahead(seat.circle) if seat.is_admitted else ()
    asks = _may_ask(seat)
    return render_template("partners/polls/index.html", seat=seat, polls=questions, dates=dates, may_ask=asks)


@blueprint.route("/new", methods=["GET", "POST"])
def propose(circle_id: int) -> ResponseReturnValue:
    seat = enter(circle_id, PROPOSES)
    if not seat.is_admitted:
        raise NotAllowed
    form = ProposalForm(polls.asked_members(seat.circle))
    if not form.validate_on_submit():
        return render_template("partners/polls/new.html", seat=seat, form=form), form.http_status
    poll = deciding.propose(seat, form.words, form.spans, form.values, form.essential.data or ())
    words = _(
        "The circle is asked. Tell them, or wait: the portal reminds whoever has not answered and wants to be reminded."
    )
    return done(polls.poll_page(poll), words)


@blueprint.route("/<int:poll_id>/", methods=["GET", "POST"])
def show(circle_id: int, poll_id: int) -> ResponseReturnValue:
    seat, poll = _enter_row(Poll, circle_id, poll_id, Act.READ)
    form = answer_form(ProtectedForm, poll.slots, polls.answer_of(poll, seat.member.id))
    if form.validate_on_submit():
        deciding.answer(seat, poll, says_of(form, poll.slots))
        return done(polls.poll_page(poll), _("Your answer is saved. You can change it until the last day."))
    busy = polls.busy_with(poll.slots, seat.member.id)
    tally, words = polls.tally(seat.circle, poll, busy), open_text(poll, my_keys())
    names, is_answered = seat.may(Act.SEE_NAMES), tally.silent < len(tally.voters)
    best = sorted(poll.slots, key=lambda slot: tally.standings[slot.id].rank)[:MOST_BEST]
    page = render_template(
        "partners/polls/show.html",
        seat=seat,
        poll=poll,
        form=form,
        question=question_of(words),
        place=question_of(words, "place"),
        busy=busy,
        tally=tally,
        is_open=polls.takes_answers(poll),
        may_ask=_may_ask(seat),
        date=polls.date_from(poll),
        is_agreed=polls.agreed_date(poll) is not None,
        best=[(slot, polls.reasons(tally.standings[slot.id], busy[slot.id])) for slot in best if names and is_answered],
        people=_people(seat, poll, tally) if names else [],
    )
    return page, 422 if form.is_submitted() else 200


@blueprint.route("/<int:poll_id>/last-day", methods=["GET", "POST"])
def last_day(circle_id: int, poll_id: int) -> ResponseReturnValue:
    seat, poll = _enter_row(Poll, circle_id, poll_id, PROPOSES, to_change=True)
    form = LastDayForm(poll)
    if not form.validate_on_submit():
        first = _("The first time: %(when)s", when=slot_words(poll.slots[0].starts_at, poll.slots[0].ends_at))
        title = _("Change the last day for answers")
        return FormPage(title, _("Save"), [first], inside(seat), keep=True).show(form)
    deciding.set_last_day(seat, poll, form.closes_on.data)
    return done(polls.poll_page(poll), _("Answers are taken until the new day."))


def _enter_row(
    kind: type[Row], circle_id: int, row_id: int, act: Act, *, to_change: bool = False
) -> tuple[CircleSeat, Row]:
    """Return the seat of an admitted member and a row; others must learn no times and no answers: NotAllowed."""
    seat = enter(circle_id, act)
    if not seat.is_admitted:
        raise NotAllowed
    return seat, circles.in_circle(kind, seat.circle, row_id, to_change=to_change)


def _may_ask(seat: CircleSeat) -> bool:
    return seat.may(PROPOSES) and seat.is_admitted and seat.circle.closed_on is None


def _people(seat: CircleSeat, poll: Poll, tally: polls.PollTally) -> list[PollPerson]:
    """Return the matrix of answers, for members who may see names: members, then guests by name."""
    essential, keys = {voter.key for voter in tally.voters if voter.is_essential}, my_keys()
    sitting = [(one.member.id, one.member.name, None) for one in polls.asked_members(seat.circle)]
    opened = [(guest, open_text(guest, keys)) for guest in polls.guests(poll)]
    named = [(words["who"] if words else _("Locked for you"), guest.id) for guest, words in opened]
    named.sort(key=lambda guest: (guest[0].casefold(), guest[1]))
    asked = [*sitting, *((guest_id, name, guest_id) for name, guest_id in named)]
    return [
        PollPerson(name, [tally.answers[slot.id].get(key) for slot in poll.slots], key in essential, guest_id)
        for key, name, guest_id in asked
    ]


dates_blueprint = circles.circle_blueprint("circles_dates", __name__, "dates")


@dates_blueprint.post("/from/<int:poll_id>/<int:slot_id>")
def choose(circle_id: int, poll_id: int, slot_id: int) -> Response:
    seat, poll = _enter_row(Poll, circle_id, poll_id, PROPOSES, to_change=True)
    slot = existing(next((slot for slot in poll.slots if slot.id == slot_id), None))
    question = open_text(poll, my_keys())
    if question is None:
        raise Refused("circle_locked")
    date = deciding.choose(seat, poll, slot, question)
    return done(
        _date_page(date), _("The date is set. Everybody in the circle gets a mail that says when, and nothing else.")
    )


@dates_blueprint.get("/<int:date_id>/", endpoint="show")
def show_date(circle_id: int, date_id: int) -> str:
    seat, date = _enter_row(CircleDate, circle_id, date_id, Act.READ)
    words = open_text(date, my_keys())
    return render_template(
        "partners/polls/date.html",
        seat=seat,
        date=date,
        question=question_of(words),
        place=question_of(words, "place"),
        may_change=_may_ask(seat) and date.called_off_on is None and date.starts_at > now(),
    )


@dates_blueprint.get("/<int:date_id>/entry.ics")
def entry(circle_id: int, date_id: int) -> Response:
    """Return the date as a calendar file that contains only the time."""
    _seat, date = _enter_row(CircleDate, circle_id, date_id, Act.READ)
    headers = {"Content-Type": "text/calendar; charset=utf-8", "Content-Disposition": 'attachment; filename="date.ics"'}
    return make_response(deciding.entry_file(date), headers)


@dates_blueprint.route("/<int:date_id>/move", methods=["GET", "POST"])
def move(circle_id: int, date_id: int) -> ResponseReturnValue:
    seat, date = _enter_row(CircleDate, circle_id, date_id, PROPOSES, to_change=True)
    form = MoveForm()
    if not form.is_submitted():
        starts, minutes = date.starts_at.astimezone(zone()), (date.ends_at - date.starts_at).total_seconds() // 60
        length = minutes if minutes in rules.LENGTHS else rules.USUAL_LENGTH
        form = MoveForm(on=starts.date(), at=starts.time(), minutes=str(int(length)))
    if not form.validate_on_submit():
        now = _("Now: %(when)s", when=slot_words(date.starts_at, date.ends_at))
        words = [now, _("Everybody in the circle gets a mail, and calendars move it.")]
        return FormPage(_("Move the date"), _("Move it"), words, inside(seat), keep=True).show(form)
    moved = deciding.move(seat, date, rules.span_on(zone(), form.on.data, form.at.data, int(form.minutes.data)))
    words = _("The date is moved. Everybody in the circle gets a mail, and calendars move it.")
    return done(_date_page(date), words if moved else _("Nothing was changed."))


@dates_blueprint.post("/<int:date_id>/call-off")
def call_off(circle_id: int, date_id: int) -> Response:
    seat, date = _enter_row(CircleDate, circle_id, date_id, PROPOSES, to_change=True)
    words = _("The date is called off. Everybody in the circle gets a mail, and calendars take it out.")
    return circles.once_sure(lambda: deciding.call_off(seat, date), words, _date_page(date))


def _date_page(date: CircleDate) -> str:
    return url_for("circles_dates.show", circle_id=date.circle_id, date_id=date.id)


class GuestForm(ProtectedForm):
    who = forms.text(_l("Who it is, for yourselves"), 80, _l("Locked, and not shown to police."))
    side = RadioField(_l("Side"), choices=choices_of(polls.SIDE_NAMES), default=TableSide.COMMUNITY.value)
    essential = BooleanField(_l("It cannot be held without them"))


@blueprint.route("/<int:poll_id>/slips/new", methods=["GET", "POST"])
def ask_guest(circle_id: int, poll_id: int) -> ResponseReturnValue:
    (seat, poll), form = _enter_row(Poll, circle_id, poll_id, PROPOSES), GuestForm()
    if not form.validate_on_submit():
        return FormPage(_("Make a link"), _("Make the link"), frame=inside(seat), keep=True).show(form)
    side, essential = TableSide(form.side.data), bool(form.essential.data)
    _guest, token = deciding.ask_guest(seat, poll, form.who.data or "", side, is_essential=essential)
    # Shown once, in the response itself: the link must not appear in a URL or a cookie.
    links = {lang: public_address("when.by_link", lang=lang, token=token) for lang in LANGUAGES}
    return render_template("partners/polls/link.html", seat=seat, poll=poll, who=form.who.data, links=links)


@blueprint.post("/<int:poll_id>/slips/<int:guest_id>/withdraw")
def withdraw_guest(circle_id: int, poll_id: int, guest_id: int) -> Response:
    seat, poll = _enter_row(Poll, circle_id, poll_id, PROPOSES, to_change=True)
    deciding.withdraw_guest(seat, db.one(select(Guest).where(Guest.id == guest_id, Guest.poll_id == poll.id)))
    return done(polls.poll_page(poll), _("The link is taken back: it opens nothing any more."))


public_blueprint = AudienceBlueprint("when", __name__, audience=PUBLIC, url_prefix="/<lang:lang>/when")


@public_blueprint.route("/by/<token>", methods=["GET", "POST"])
def by_link(token: str) -> ResponseReturnValue:
    """Show the times to the holder of a link, or take their answer; a GET, which scanners make too, changes nothing."""
    guest, poll = deciding.guest_by_link(token)
    answer = polls.answer_of(poll, guest.id)
    form = answer_form(forms.PublicForm, poll.slots, answer)
    is_sent = form.is_submitted() and not forms.only_changes_language()
    if is_sent and form.validate():
        deciding.answer_as_guest(token, says_of(form, poll.slots))
        return redirect(url_for("when.by_link", token=token))
    page = render_template(
        "partners/polls/guest_answer.html",
        poll=poll,
        form=form,
        is_open=polls.takes_answers(poll),
        date=polls.agreed_date(poll),
        has_said=bool(answer),
    )
    return page, 422 if is_sent else 200
