"""Asking people without an account: a slip with a link and a code, shown once."""

from __future__ import annotations

from flask import flash, redirect, render_template, url_for
from flask_babel import gettext as _
from markupsafe import Markup
from werkzeug.wrappers import Response

from portal.accounts.phrase_pages import Answer
from portal.core.addresses import public_address
from portal.core.codes import show_code
from portal.core.i18n import LANGUAGES, language
from portal.core.web import SIGNED_IN, Room
from portal.organisations.rules import Side
from portal.partners.polls import queries as stored
from portal.partners.polls.actions import polls as acts
from portal.partners.polls.actions.polls import PROPOSES
from portal.partners.polls.forms import GuestForm
from portal.partners.polls.texts import slip_words
from portal.partners.polls.views.polls import enter_opened

room = Room(
    "circles_polls_guests",
    __name__,
    audience=SIGNED_IN,
    url_prefix="/<lang:lang>/circles/<int:circle_id>/polls/<int:poll_id>/slips",
)


@room.route("/new", methods=["GET", "POST"])
def ask(circle_id: int, poll_id: int) -> Answer:
    """Make a slip for somebody."""
    seat, form = enter_opened(circle_id, PROPOSES), GuestForm()
    poll = stored.poll(seat.circle, poll_id)
    if not form.is_submitted():
        return render_template("partners/polls/guest.html", seat=seat, poll=poll, form=form)
    if not form.validate():
        return render_template("partners/polls/guest.html", seat=seat, poll=poll, form=form), 422
    side, essential = Side(form.side.data), bool(form.essential.data)
    slip = acts.ask_guest(seat, poll, form.who.data or "", side, is_essential=essential)
    # Shown once, on the answer itself: a link must not stand in an address or a cookie.
    links = {lang: public_address("when.by_link", lang=lang, token=slip.token) for lang in LANGUAGES}
    spans = [(slot.starts_at, slot.ends_at) for slot in poll.slots]
    return render_template(
        "partners/polls/slip.html",
        seat=seat,
        poll=poll,
        who=form.who.data,
        code=show_code(slip.code),
        links=links,
        words=[slip_words(lang, spans, poll.closes_on) for lang in LANGUAGES],
        square=_square(links[language()]),
    )


@room.post("/<int:guest_id>/withdraw")
def withdraw(circle_id: int, poll_id: int, guest_id: int) -> Response:
    """Take a slip back, with what was said by it."""
    seat = enter_opened(circle_id, PROPOSES)
    poll = stored.poll(seat.circle, poll_id, to_change=True)
    acts.withdraw_guest(seat, stored.guest(poll, guest_id))
    flash(_("The slip is taken back: its link and its code open nothing any more."), "success")
    return redirect(url_for("circles_polls.show", circle_id=circle_id, poll_id=poll_id))


def _square(address: str) -> Markup:
    import segno

    return Markup(segno.make(address, error="m").svg_inline(scale=3, border=4, light="#fff", dark="#000"))  # noqa: S704
