"""Guests of a poll: the page that creates their links, and the public page on which they answer.

A link that gets lost reveals only that a date is being sought.
"""

from __future__ import annotations

from flask import redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from sqlalchemy import select
from werkzeug.wrappers import Response
from wtforms import BooleanField, RadioField, SelectChoice

from portal.core import db
from portal.core.form_page import FormPage
from portal.core.forms import ProtectedForm, PublicForm, only_changes_language, text
from portal.core.i18n import LANGUAGES
from portal.core.slugs import public_address
from portal.core.web import PUBLIC, AudienceBlueprint
from portal.organisations.sides import TableSide
from portal.partners.circles import circle_blueprint, done, in_circle, inside
from portal.partners.polls import deciding, polls
from portal.partners.polls.deciding import PROPOSES, guest_by_link
from portal.partners.polls.pages import answer_form, enter_opened, says_of
from portal.partners.polls.polls import Guest, Poll, answer_of, guest_key
from portal.partners.polls.texts import SIDE_NAMES


class GuestForm(ProtectedForm):
    who = text(_l("Who it is, for yourselves"), 80, _l("Locked, and not shown to police."))
    side = RadioField(
        _l("Side"),
        choices=[SelectChoice(side.value, words) for side, words in SIDE_NAMES.items()],
        default=TableSide.COMMUNITY.value,
    )
    essential = BooleanField(_l("It cannot be held without them"))


guests_blueprint = circle_blueprint("circles_polls_guests", __name__, "polls/<int:poll_id>/slips")


@guests_blueprint.route("/new", methods=["GET", "POST"])
def ask(circle_id: int, poll_id: int) -> ResponseReturnValue:
    seat, form = enter_opened(circle_id, PROPOSES), GuestForm()
    poll = in_circle(Poll, seat.circle, poll_id)
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
    poll = in_circle(Poll, seat.circle, poll_id, to_change=True)
    deciding.withdraw_guest(seat, db.one(select(Guest).where(Guest.id == guest_id, Guest.poll_id == poll.id)))
    return done(_("The link is taken back: it opens nothing any more."), polls.poll_page(poll))


public_blueprint = AudienceBlueprint("when", __name__, audience=PUBLIC, url_prefix="/<lang:lang>/when")


@public_blueprint.get("/by/<token>")
def by_link(token: str) -> str:
    """Show the times to the holder of a link. A GET changes nothing, as link scanners request it too."""
    guest, poll = guest_by_link(token)
    return _ask(guest, poll, answer_form(PublicForm, poll.slots, answer_of(poll, guest_key(guest.id))))


@public_blueprint.post("/by/<token>")
def answer_by_link(token: str) -> ResponseReturnValue:
    guest, poll = guest_by_link(token)
    form = answer_form(PublicForm, poll.slots, {})
    if only_changes_language():
        return _ask(guest, poll, form)
    if not form.validate():
        return _ask(guest, poll, form), 422
    deciding.answer_as_guest(token, says_of(form, poll.slots))
    return redirect(url_for("when.by_link", token=token))


def _ask(guest: Guest, poll: Poll, form: FlaskForm) -> str:
    return render_template(
        "partners/polls/guest_answer.html",
        poll=poll,
        form=form,
        is_open=polls.takes_answers(poll),
        date=polls.agreed_date(poll),
        has_said=bool(answer_of(poll, guest_key(guest.id))),
    )
