"""Pages for organizers about seats and answers, and the page on which a contact consents to reminders.

The link to the consent page is sent to that number or address and appears nowhere else: opening it proves that the
visitor reads messages there. A GET changes nothing, because virus scanners for mail open every link.
"""

from __future__ import annotations

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _, lazy_gettext as _l, ngettext
from werkzeug.wrappers import Response
from wtforms import BooleanField, RadioField, SelectChoice, SelectField, SelectMultipleField
from wtforms.validators import InputRequired

from portal.accounts.sign_in import current_user
from portal.core.audit import record
from portal.core.db import db
from portal.core.editing import done
from portal.core.forms import ProtectedForm, whole_number
from portal.core.i18n import LANGUAGES, date_words
from portal.core.slugs import token_of
from portal.core.statuses import NotAllowed, existing
from portal.core.texted import show_code
from portal.core.web import PUBLIC, AudienceBlueprint, keep_out_robots, members
from portal.meetings.meeting import OF_A_MEETING, PLANNERS, Meeting, editable_meeting, may_see_single_answers
from portal.meetings.rsvp import answering, outgoing, rsvp as rsvps, texts
from portal.meetings.rsvp.rsvp import answers_of, seats_of
from portal.meetings.rsvp.rules import BANDS, MOST_PEOPLE, Reminder, Why, read_choice, write_choice
from portal.meetings.rsvp.texts import CONSENT, LANGUAGE_NAMES, REMINDER_NAMES, WHY_NAMES


class SeatsForm(ProtectedForm):
    capacity = whole_number(_l("Seats in all"), 1, 9999, optional=True)
    close_hours = SelectField(
        _l("Until when people can answer"),
        choices=[
            SelectChoice(0, _l("When the meeting begins")),
            SelectChoice(12, _l("12 hours before")),
            SelectChoice(24, _l("1 day before")),
            SelectChoice(48, _l("2 days before")),
            SelectChoice(72, _l("3 days before")),
        ],
        coerce=int,
    )


class RemindersForm(ProtectedForm):
    """Form for the times of reminders; choosing none is allowed."""

    days, day, hours = (BooleanField(REMINDER_NAMES[reminder]) for reminder in Reminder)


class TakeOutAnswersForm(ProtectedForm):
    chosen = SelectMultipleField(
        _l("Answers"),
        choices=[],
        validate_choice=False,
        validators=[InputRequired(_l("Please choose at least one answer."))],
    )
    why = RadioField(
        _l("Why"),
        choices=[SelectChoice(why.value, name) for why, name in WHY_NAMES.items()],
        validators=[InputRequired(_l("Please say why. Whoever gave the answer reads it."))],
    )


class GiveForm(ProtectedForm):
    """Form for an answer that the host adds, also beyond the seats."""

    party = whole_number(_l("For how many people?"), 1, MOST_PEOPLE)
    language = SelectField(
        _l("Their language"), choices=[SelectChoice(language, LANGUAGE_NAMES[language]) for language in LANGUAGES]
    )


host_blueprint = AudienceBlueprint(
    "meetings_host", __name__, audience=members(*PLANNERS), url_prefix="/<lang:lang>/team/meetings"
)


@host_blueprint.get("/<int:meeting_id>/coming")
def coming(meeting_id: int) -> str:
    return _page(editable_meeting(meeting_id, current_user.id))


@host_blueprint.post("/<int:meeting_id>/seats")
def set_seats(meeting_id: int) -> ResponseReturnValue:
    meeting = editable_meeting(meeting_id, current_user.id, to_change=True)
    form = SeatsForm(obj=seats_of(meeting.id))
    if not form.validate():
        return _page(meeting, seats_form=form), 422
    answering.set_seats(meeting, form.capacity.data, form.close_hours.data, current_user.id)
    return done(url_for("meetings_host.coming", meeting_id=meeting.id), _("Saved."))


@host_blueprint.post("/<int:meeting_id>/reminders")
def set_reminders(meeting_id: int) -> Response:
    meeting = editable_meeting(meeting_id, current_user.id, to_change=True)
    form = RemindersForm()
    chosen = [reminder for reminder in Reminder if form[reminder.value].data]
    answering.open_seats(meeting).reminders = write_choice(chosen)
    # Queued ones that are no longer wanted are taken back.
    for rsvp in answers_of(meeting.id):
        outgoing.take_back(rsvp, set(Reminder).difference(chosen))
    record("meeting.reminders_set", "meeting", meeting.id, current_user.id)
    return done(url_for("meetings_host.coming", meeting_id=meeting.id), _("Saved."))


@host_blueprint.post("/<int:meeting_id>/give")
def give(meeting_id: int) -> ResponseReturnValue:
    """Add an answer; the code and the link are shown once, to be passed on."""
    meeting = editable_meeting(meeting_id, current_user.id, to_change=True)
    form = GiveForm()
    if not form.validate():
        return _page(meeting, give_form=form), 422
    rsvp = answering.add_answer(meeting, form.party.data, form.language.data, current_user.id)
    return render_template(
        "meetings/rsvp/given.html",
        meeting=meeting,
        rsvp=rsvp,
        code=show_code(outgoing.code_of(rsvp.id)),
        link=outgoing.private_link(rsvp),
    )


def _with_names(meeting_id: int, *, to_change: bool = False) -> Meeting:
    """Return a meeting whose single answers the member may read. Raises `NotAllowed` for others."""
    meeting = editable_meeting(meeting_id, current_user.id, to_change=to_change)
    if not may_see_single_answers(meeting, current_user.id, current_user.roles):
        raise NotAllowed
    return meeting


@host_blueprint.get("/<int:meeting_id>/coming/list")
def names(meeting_id: int) -> str:
    meeting = _with_names(meeting_id)
    answers = answers_of(meeting.id)
    coming = [rsvp for rsvp in answers if rsvp.is_coming]
    others = [rsvp for rsvp in coming if not rsvp.needs_preparing]
    return render_template(
        "meetings/rsvp/names.html",
        meeting=meeting,
        asking=[rsvp for rsvp in answers if rsvp.asked_on],
        prepare=[rsvp for rsvp in coming if rsvp.needs_preparing],
        others=[rsvp for rsvp in others if rsvp.access_needs or rsvp.first_name],
        may_be_asked=answering.may_be_asked(meeting),
    )


@host_blueprint.post("/<int:meeting_id>/coming/list/<int:rsvp_id>/read")
def read(meeting_id: int, rsvp_id: int) -> Response:
    """Mark the question of an answer as read; the words stay beside it."""
    meeting = _with_names(meeting_id, to_change=True)
    existing(next((rsvp for rsvp in answers_of(meeting.id) if rsvp.id == rsvp_id), None)).asked_on = None
    return redirect(url_for("meetings_host.names", meeting_id=meeting.id))


@host_blueprint.post("/<int:meeting_id>/coming/ask")
def ask_again(meeting_id: int) -> ResponseReturnValue:
    meeting = _with_names(meeting_id, to_change=True)
    number, until = answering.ask_again(meeting, current_user.id)
    words = ngettext("%(num)s answer was asked about", "%(num)s answers were asked about", number)
    words = f"{words} ({_('until %(day)s', day=date_words(until))})."
    return done(url_for("meetings_host.names", meeting_id=meeting.id), words)


def _page(meeting: Meeting, seats_form: SeatsForm | None = None, give_form: GiveForm | None = None) -> str:
    seats, reach = seats_of(meeting.id), rsvps.standing_reach(meeting)
    reminders = dict.fromkeys(read_choice(seats.reminders), True)
    return render_template(
        "meetings/rsvp/coming.html",
        meeting=meeting,
        sums=rsvps.sums_of(meeting.id),
        seats=seats,
        held=rsvps.held_seats(meeting.id),
        bands=[_("%(youngest)d to %(oldest)d years", youngest=low, oldest=high) for low, high in BANDS],
        languages=LANGUAGE_NAMES,
        seats_form=seats_form or SeatsForm(obj=seats, formdata=None),
        give_form=give_form or GiveForm(formdata=None),
        reminders_form=RemindersForm(formdata=None, data=reminders),
        erased=bool(seats.sums),
        reach=rsvps.reach_in_words(reach) if any(reach) else "",
        may_see_names=may_see_single_answers(meeting, current_user.id, current_user.roles),
    )


answers_blueprint = AudienceBlueprint(
    "meetings_answers", __name__, audience=members(*PLANNERS), url_prefix=f"{OF_A_MEETING}/answers"
)


@answers_blueprint.get("/")
@answers_blueprint.post("/take-out", endpoint="take_out")
def index(meeting_id: int) -> ResponseReturnValue:
    """List all answers, latest first, and take out the chosen ones; residents who left a contact are told why."""
    meeting = editable_meeting(meeting_id, current_user.id, to_change=request.method == "POST")
    form, latest_first = TakeOutAnswersForm(), answers_of(meeting.id)[::-1]
    if form.validate_on_submit():
        chosen = [rsvp for rsvp in latest_first if str(rsvp.id) in form.chosen.data]
        taken = answering.take_out(meeting, chosen, Why(form.why.data), current_user.id)
        words = ngettext("%(num)s answer is taken out.", "%(num)s answers are taken out.", taken)
        return done(url_for("meetings_answers.index", meeting_id=meeting.id), words)
    page = render_template(
        "meetings/rsvp/answers.html",
        meeting=meeting,
        form=form,
        standing=[rsvp for rsvp in latest_first if rsvp.is_coming],
        gone=[rsvp for rsvp in latest_first if not rsvp.is_coming],
        picked=request.form.getlist("chosen"),
        reached=texts.REACHED,
        why_names=WHY_NAMES,
    )
    return page, form.http_status


remind_blueprint = AudienceBlueprint("meetings_remind", __name__, audience=PUBLIC, url_prefix="/<lang:lang>/meetings")
remind_blueprint.after_request(keep_out_robots)


@remind_blueprint.get("/reminder/<token>")
@remind_blueprint.post("/reminder/<token>/<any(yes, erase):step>", endpoint="answer")
def ask(token: str, step: str | None = None) -> str:
    """Ask for consent to reminders; record it, or erase the contact if the answer was not theirs."""
    rsvp = outgoing.written_to(token)
    meeting = rsvps.meeting_of(rsvp, to_change=step is not None)
    if step == "yes":
        answering.accept_reminders(meeting, rsvp)
    elif step == "erase":
        # The contact is erased; the answer itself stays.
        answering.forget_contact(rsvp)
        db.after_commit(db.forget_journal)
    return render_template(
        "meetings/rsvp/remind.html",
        rsvp=rsvp,
        meeting=meeting,
        token=token,
        done=step,
        consent=CONSENT,
        answer_token=token_of(outgoing.MINE, rsvp.id),
    )
