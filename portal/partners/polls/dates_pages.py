"""The pages of a circle's dates: choosing one from a poll, calendar entry, moving and cancelling."""

from __future__ import annotations

from datetime import time
from typing import Any

from flask import flash, make_response, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from werkzeug.wrappers import Response
from wtforms.validators import InputRequired

from portal.core.clock import today, zone
from portal.core.forms import SHORT, DateField, FormPage, ProtectedForm, TimeField, refuse
from portal.core.statuses import NotFound, Refused
from portal.core.web import SIGNED_IN, AudienceBlueprint
from portal.partners.circle_rules import Act
from portal.partners.circles import inside, my_keys, open_text
from portal.partners.forms import SureForm
from portal.partners.polls import deciding, polls
from portal.partners.polls.deciding import PROPOSES
from portal.partners.polls.feeds import CONTENT_TYPE, entry_file
from portal.partners.polls.pages import MISSING, enter_opened, length_field, question_of
from portal.partners.polls.polls import CircleDate
from portal.partners.polls.rules import LENGTHS, USUAL_LENGTH, SlotSpan, span_on, wrong_slot
from portal.partners.polls.texts import WRONG_SLOTS, slot_words


class ConfirmForm(ProtectedForm):
    """Confirmation of a step that sends mails."""


class MoveForm(ProtectedForm):
    """The form of a new time for a date."""

    on = DateField(_l("Day"), validators=[InputRequired(MISSING)], render_kw=SHORT)
    at = TimeField(_l("Starts at"), validators=[InputRequired(MISSING)], render_kw=SHORT)
    minutes = length_field(_l("How long it takes"))

    def validate_at(self, field: Any) -> None:
        """Require an unambiguous local time, tomorrow or later."""
        if self.on.data is None:
            return
        wrong = wrong_slot(zone(), self.on.data, field.data, None, today())
        if wrong in ("past", "far"):
            self.on.errors = [WRONG_SLOTS[wrong]]
        elif wrong:
            refuse(WRONG_SLOTS[wrong])

    def validate(self, extra_validators: Any = None) -> bool:
        return bool(super().validate(extra_validators)) and not self.errors

    @property
    def span(self) -> SlotSpan:
        """The submitted time."""
        return span_on(zone(), self.on.data or today(), self.at.data or time(), int(self.minutes.data))

    @staticmethod
    def of(found: CircleDate) -> MoveForm:
        """Return the form filled with the current time of a date."""
        starts, length = found.starts_at.astimezone(zone()), found.ends_at - found.starts_at
        minutes = int(length.total_seconds() // 60)
        return MoveForm(
            on=starts.date(), at=starts.time(), minutes=str(minutes if minutes in LENGTHS else USUAL_LENGTH)
        )


blueprint = AudienceBlueprint(
    "circles_dates", __name__, audience=SIGNED_IN, url_prefix="/<lang:lang>/circles/<int:circle_id>/dates"
)


@blueprint.route("/from/<int:poll_id>/<int:slot_id>", methods=["GET", "POST"])
def choose(circle_id: int, poll_id: int, slot_id: int) -> ResponseReturnValue:
    """Make a slot of a poll the date, after confirmation."""
    seat, form = enter_opened(circle_id, PROPOSES), ConfirmForm()
    poll = polls.poll(seat.circle, poll_id, to_change=form.is_submitted())
    slot = next((one for one in poll.slots if one.id == slot_id), None)
    if slot is None:
        raise NotFound
    if not form.is_submitted():
        busy = polls.busy_with([slot], seat.member.id)[slot.id]
        told = _(
            "Everybody in the circle who was let in gets a mail with an entry for their calendar. It says when, and "
            "not what for, where or with whom. The question takes no more answers."
        )
        words, about = [*busy, told], slot_words(slot.starts_at, slot.ends_at)
        back = url_for("circles_polls.show", circle_id=circle_id, poll_id=poll_id), _("Back to the question")
        page = FormPage(_("Choose this time"), _("Set this date"), words, inside(seat), about=about, back=back)
        return page.show(form)
    question = open_text(poll, my_keys())
    if question is None:
        raise Refused("circle_locked")
    date = deciding.choose(seat, poll, slot, question)
    flash(_("The date is set. Everybody in the circle gets a mail that says when, and nothing else."), "success")
    return _to(circle_id, date.id)


@blueprint.get("/<int:date_id>/")
def show(circle_id: int, date_id: int) -> str:
    """Show a date with its purpose and place."""
    seat = enter_opened(circle_id, Act.READ)
    date = polls.date_of(seat.circle, date_id)
    words = open_text(date, my_keys())
    may_change = seat.may(PROPOSES) and date.called_off_on is None and not polls.is_over(date.starts_at)
    return render_template(
        "partners/polls/date.html",
        seat=seat,
        date=date,
        question=question_of(words),
        place=question_of(words, "place"),
        may_change=may_change and seat.circle.closed_on is None,
    )


@blueprint.get("/<int:date_id>/entry.ics")
def entry(circle_id: int, date_id: int) -> Response:
    """Return the date as a calendar file that contains only the time."""
    seat = enter_opened(circle_id, Act.READ)
    answer = make_response(entry_file(polls.date_of(seat.circle, date_id)))
    answer.headers["Content-Type"] = CONTENT_TYPE
    answer.headers["Content-Disposition"] = 'attachment; filename="date.ics"'
    return answer


@blueprint.route("/<int:date_id>/move", methods=["GET", "POST"])
def move(circle_id: int, date_id: int) -> ResponseReturnValue:
    """Move a date."""
    seat = enter_opened(circle_id, PROPOSES)
    date, form = polls.date_of(seat.circle, date_id, to_change=True), MoveForm()
    if not form.is_submitted():
        form = MoveForm.of(date)
    if not form.validate_on_submit():
        now = _("Now: %(when)s", when=slot_words(date.starts_at, date.ends_at))
        words = [now, _("Everybody in the circle gets a mail, and calendars move it.")]
        return FormPage(_("Move the date"), _("Move it"), words, inside(seat), keep=True).show(form)
    if deciding.move(seat, date, form.span):
        flash(_("The date is moved. Everybody in the circle gets a mail, and calendars move it."), "success")
    else:
        flash(_("Nothing was changed."), "success")
    return _to(circle_id, date_id)


@blueprint.route("/<int:date_id>/call-off", methods=["GET", "POST"])
def call_off(circle_id: int, date_id: int) -> ResponseReturnValue:
    """Cancel a date."""
    seat, form = enter_opened(circle_id, PROPOSES), SureForm()
    date = polls.date_of(seat.circle, date_id, to_change=form.is_submitted())
    if not form.validate_on_submit():
        told = _("Everybody in the circle gets a mail, and calendars take it out.")
        title, about = _("Call off the date"), slot_words(date.starts_at, date.ends_at)
        return FormPage(title, _("Call it off"), [told], inside(seat), about=about, danger=True).show(form)
    deciding.call_off(seat, date)
    flash(_("The date is called off. Everybody in the circle gets a mail, and calendars take it out."), "success")
    return _to(circle_id, date_id)


def _to(circle_id: int, date_id: int) -> Response:
    return redirect(url_for("circles_dates.show", circle_id=circle_id, date_id=date_id))
