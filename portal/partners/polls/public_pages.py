"""Guests of a poll: the page that creates their links, and the public page on which they answer.

A link that gets lost reveals only that a date is being sought.
"""

from __future__ import annotations

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from werkzeug.wrappers import Response
from wtforms import BooleanField, RadioField, SelectChoice

from portal.core.forms import FormPage, ProtectedForm, PublicForm, only_changes_language, text
from portal.core.i18n import LANGUAGES
from portal.core.slugs import public_address
from portal.core.statuses import NotFound
from portal.core.web import PUBLIC, SIGNED_IN, AudienceBlueprint
from portal.organisations.sides import TableSide
from portal.partners.circles import inside
from portal.partners.polls import deciding, polls
from portal.partners.polls.deciding import PROPOSES, answer_as_guest, hash_of_token
from portal.partners.polls.pages import answer_form, enter_opened, says_of
from portal.partners.polls.polls import Guest, Poll, guest_key
from portal.partners.polls.rules import SlotChoice
from portal.partners.polls.texts import SIDE_NAMES


class GuestForm(ProtectedForm):
    """The form of a new guest."""

    who = text(_l("Who it is, for yourselves"), 80, _l("Locked, and not shown to police."))
    side = RadioField(
        _l("Side"),
        choices=[SelectChoice(side.value, SIDE_NAMES[side]) for side in (TableSide.COMMUNITY, TableSide.AGENCIES)],
        default=TableSide.COMMUNITY.value,
    )
    essential = BooleanField(_l("It cannot be held without them"))


guests_blueprint = AudienceBlueprint(
    "circles_polls_guests",
    __name__,
    audience=SIGNED_IN,
    url_prefix="/<lang:lang>/circles/<int:circle_id>/polls/<int:poll_id>/slips",
)


@guests_blueprint.route("/new", methods=["GET", "POST"])
def ask(circle_id: int, poll_id: int) -> ResponseReturnValue:
    """Create a link for a guest."""
    seat, form = enter_opened(circle_id, PROPOSES), GuestForm()
    poll = polls.poll(seat.circle, poll_id)
    if not form.validate_on_submit():
        return FormPage(_("Make a link"), _("Make the link"), frame=inside(seat), keep=True).show(form)
    side, essential = TableSide(form.side.data), bool(form.essential.data)
    made = deciding.ask_guest(seat, poll, form.who.data or "", side, is_essential=essential)
    # Shown once, in the response itself: the link must not appear in a URL or a cookie.
    links = {lang: public_address("when.by_link", lang=lang, token=made.token) for lang in LANGUAGES}
    return render_template("partners/polls/link.html", seat=seat, poll=poll, who=form.who.data, links=links)


@guests_blueprint.post("/<int:guest_id>/withdraw")
def withdraw(circle_id: int, poll_id: int, guest_id: int) -> Response:
    """Delete a guest's link and the answers given with it."""
    seat = enter_opened(circle_id, PROPOSES)
    poll = polls.poll(seat.circle, poll_id, to_change=True)
    deciding.withdraw_guest(seat, polls.guest(poll, guest_id))
    flash(_("The link is taken back: it opens nothing any more."), "success")
    return redirect(url_for("circles_polls.show", circle_id=circle_id, poll_id=poll_id))


public_blueprint = AudienceBlueprint("when", __name__, audience=PUBLIC, url_prefix="/<lang:lang>/when")


@public_blueprint.get("/by/<token>")
def by_link(token: str) -> str:
    """Show the times to the holder of a link. A GET changes nothing, as link scanners request it too."""
    guest, poll = _linked(token)
    return _ask(guest, poll, answer_form(PublicForm, poll.slots, _said(guest, poll)))


@public_blueprint.post("/by/<token>")
def answer_by_link(token: str) -> ResponseReturnValue:
    """Save a guest's answer given with a link."""
    guest, poll = _linked(token)
    filled = answer_form(PublicForm, poll.slots, {})
    if only_changes_language():
        return _ask(guest, poll, filled)
    if not filled.validate():
        return _ask(guest, poll, filled), 422
    answer_as_guest(token, says_of(filled, poll.slots))
    return redirect(url_for("when.by_link", token=token))


def _linked(token: str) -> tuple[Guest, Poll]:
    found = polls.guest_found(hash_of_token(token))
    if found is None:
        raise NotFound
    return found


def _said(guest: Guest, poll: Poll) -> dict[int, SlotChoice]:
    said, key = polls.said(poll), guest_key(guest.id)
    return {slot.place: said[slot.id][key] for slot in poll.slots if key in said[slot.id]}


def _ask(guest: Guest, poll: Poll, form: FlaskForm) -> str:
    date = polls.agreed_date(poll)
    shown = date if date is not None and date.called_off_on is None else None
    return render_template(
        "partners/polls/guest_answer.html",
        poll=poll,
        form=form,
        is_open=polls.takes_answers(poll),
        date=shown,
        has_said=bool(_said(guest, poll)),
    )
