"""Who prepares a meeting sees sums; names and needs only whoever answers for it, or a community lead."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, render_template, url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from flask_login import current_user
from werkzeug.wrappers import Response

from portal.core.codes import show_code
from portal.core.errors import NotAllowed, Refused
from portal.core.i18n import date_words
from portal.core.web import Room, members
from portal.meetings.models import Meeting
from portal.meetings.queries import editable_meeting, may_see_single_answers
from portal.meetings.rsvp import actions
from portal.meetings.rsvp.actions.keys import private_link
from portal.meetings.rsvp.actions.wishes import read_wish
from portal.meetings.rsvp.forms import GiveForm, RemindersForm, SeatsForm
from portal.meetings.rsvp.models import Rsvp
from portal.meetings.rsvp.queries import answers_of, held_seats, reminded, seats_of, sums_of
from portal.meetings.rsvp.reach import Reach, reach_in_words, standing_reach
from portal.meetings.rsvp.rules.seats import HOLDING, State, free_reserved, free_seats
from portal.meetings.rsvp.texts import LANGUAGE_NAMES, REFUSALS, RIDE_NAMES, ages_in_words, band_names

Answer = Response | str | tuple[str, int]
room = Room(
    "meetings_host",
    __name__,
    audience=members("organizer", "community_lead"),
    url_prefix="/<lang:lang>/team/meetings",
)


@room.get("/<int:meeting_id>/coming")
def coming(meeting_id: int) -> str:
    """Sums, seats, and the ways on."""
    return _page(editable_meeting(meeting_id, current_user.id))


@room.post("/<int:meeting_id>/seats")
def set_seats(meeting_id: int) -> Answer:
    """Say how many seats there are; whoever waits is offered what that frees."""
    meeting = editable_meeting(meeting_id, current_user.id, to_change=True)
    form = SeatsForm(seats_of(meeting.id))
    if not form.validate():
        return _page(meeting, seats_form=form), 422
    actions.set_seats(meeting, form.room, form.close_hours.data, current_user.id)
    flash(_("Saved."), "success")
    return redirect(url_for("meetings_host.coming", meeting_id=meeting.id))


@room.post("/<int:meeting_id>/reminders")
def set_reminders(meeting_id: int) -> Answer:
    """Say when people are reminded."""
    meeting = editable_meeting(meeting_id, current_user.id, to_change=True)
    form = RemindersForm(seats_of(meeting.id))
    if not form.validate():
        return _page(meeting), 422
    actions.set_reminders(meeting, form.chosen, current_user.id)
    flash(_("Saved."), "success")
    return redirect(url_for("meetings_host.coming", meeting_id=meeting.id))


@room.post("/<int:meeting_id>/give")
def give(meeting_id: int) -> Answer:
    """Give reserved seats away; the code and the link are shown once, to be handed on."""
    meeting = editable_meeting(meeting_id, current_user.id, to_change=True)
    form = GiveForm()
    if not form.validate():
        return _page(meeting, give_form=form), 422
    try:
        rsvp = actions.give_seats(meeting, form.party.data, form.language.data, current_user.id)
    except Refused as refusal:
        form.party.errors = [REFUSALS[refusal.key]]
        return _page(meeting, give_form=form), 409
    code, link = show_code(actions.code_of(rsvp.id)), private_link(rsvp)
    return render_template("meetings/rsvp/given.html", meeting=meeting, rsvp=rsvp, code=code, link=link)


@room.get("/<int:meeting_id>/coming/list")
def names(meeting_id: int) -> str:
    """What single people told the host."""
    meeting = editable_meeting(meeting_id, current_user.id)
    if not _may_see_names(meeting):
        raise NotAllowed
    own = answers_of(meeting.id, *HOLDING)
    return render_template(
        "meetings/rsvp/names.html",
        meeting=meeting,
        prepare=[_shown(one) for one in own if one.needs_preparing],
        others=[_shown(one) for one in own if not one.needs_preparing and (one.access_needs or one.first_name)],
        ride_names=RIDE_NAMES,
        may_be_asked=actions.may_be_asked(meeting),
    )


@room.post("/<int:meeting_id>/coming/ask")
def ask_again(meeting_id: int) -> Answer:
    """Ask those who need childcare or a ride whether that is still so."""
    meeting = editable_meeting(meeting_id, current_user.id, to_change=True)
    if not _may_see_names(meeting):
        raise NotAllowed
    asked, until = actions.ask_again(meeting, current_user.id)
    said = ngettext("%(num)s answer was asked about", "%(num)s answers were asked about", asked)
    flash(f"{said} ({_('until %(day)s', day=date_words(until))}).", "success")
    return redirect(url_for("meetings_host.names", meeting_id=meeting.id))


def _may_see_names(meeting: Meeting) -> bool:
    return may_see_single_answers(meeting, current_user.id, current_user.roles)


def _page(meeting: Meeting, seats_form: SeatsForm | None = None, give_form: GiveForm | None = None) -> str:
    seats, held = seats_of(meeting.id), held_seats(meeting.id)
    return render_template(
        "meetings/rsvp/coming.html",
        meeting=meeting,
        sums=sums_of(meeting.id),
        seats=seats,
        held=held,
        free=free_seats(seats.room, held),
        to_give=free_reserved(seats.room, held),
        bands=band_names(),
        languages=LANGUAGE_NAMES,
        seats_form=seats_form or SeatsForm(seats, formdata=None),
        give_form=give_form or GiveForm(formdata=None),
        reminders_form=RemindersForm(seats, formdata=None),
        reminded=reminded(meeting.id),
        erased=bool(seats.sums),
        reach=reach_in_words(reach) if (reach := standing_reach(meeting)) != Reach() else "",
        may_see_names=_may_see_names(meeting),
    )


def _shown(rsvp: Rsvp) -> dict[str, Any]:
    wish = read_wish(rsvp)
    return {
        "name": wish.first_name,
        "party": wish.party,
        "ages": ages_in_words(wish.ages),
        "ride": rsvp.ride,
        "ride_seats": rsvp.ride_seats,
        "access": wish.access_needs,
        "reached": rsvp.contact is not None,
        "ask_by": rsvp.ask_by,
        "confirmed": rsvp.confirmed_on is not None and rsvp.ask_by is not None,
        "offered": rsvp.state == State.OFFERED,
    }
