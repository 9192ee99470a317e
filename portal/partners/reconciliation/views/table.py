"""What is on the facilitator's table: asking the public, what it suggests, notes, names for the evening, guests.

To whoever may not have a page of these it is not there at all.
"""

from __future__ import annotations

from collections.abc import Sequence

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from portal.accounts.phrase_pages import Answer
from portal.accounts.queries import member_names
from portal.accounts.sessions import person
from portal.core.editing import both
from portal.core.editors import is_sure
from portal.core.i18n import date_words
from portal.core.web import SIGNED_IN, Room
from portal.markets.naming import names_hidden_place
from portal.partners.reconciliation.actions import locked, sittings
from portal.partners.reconciliation.door import enter_to
from portal.partners.reconciliation.forms.planning import AskForm, usual_close
from portal.partners.reconciliation.forms.telling import GuestsForm, LockedNoteForm, NamesForm
from portal.partners.reconciliation.models import Locked, Theme
from portal.partners.reconciliation.queries import sittings as stored
from portal.partners.reconciliation.queries.sittings import Part
from portal.partners.reconciliation.rules import Envelope, Source
from portal.partners.sealing import Words, my_keys, open_text

room = Room(
    "session_table",
    __name__,
    audience=SIGNED_IN,
    url_prefix="/<lang:lang>/circles/<int:circle_id>/sessions/<int:session_id>",
)
Opened = list[tuple[Locked, Words | None]]


@room.route("/ask", methods=["GET", "POST"])
def ask(circle_id: int, session_id: int) -> Answer:
    """Ask the public for suggestions, or change what it reads."""
    part, form = enter_to("plans", circle_id, session_id), AskForm()
    notice = part.sitting.notice
    if not form.is_submitted():
        form = AskForm(data={"closes_on": usual_close(part.sitting)})
        if notice is not None:
            words = {**both("title", notice.title), **both("about", notice.about)}
            form = AskForm(data={**words, "closes_on": notice.closes_on})
        return _ask_page(part, form)
    if not form.validate() or names_hidden_place(form, person().id):
        return _ask_page(part, form), 422
    sittings.ask_public(part, form.pair("title"), form.pair("about"), form.closes_on.data)
    flash(_("The public can suggest something until %(day)s.", day=date_words(form.closes_on.data)), "success")
    return _to(circle_id, session_id)


@room.post("/ask/stop")
def stop(circle_id: int, session_id: int) -> Response:
    """Take the public notice back."""
    part = enter_to("plans", circle_id, session_id)
    if is_sure():
        sittings.stop_asking(part)
        flash(_("The public notice is gone. What was suggested stays with whoever facilitates."), "success")
    return _to(circle_id, session_id)


@room.get("/suggestions")
def suggestions(circle_id: int, session_id: int) -> str:
    """What the public suggested, for whoever facilitates and nobody else."""
    part = enter_to("facilitates", circle_id, session_id)
    keys = my_keys()
    return render_template(
        "reconciliation/suggestions.html",
        seat=part.seat,
        it=part.sitting,
        suggestions=_opened(stored.locked(part.sitting, Envelope.SUGGESTION, part.seat.member)),
        themes=[(one, open_text(one, keys)) for one in _asked_themes(part)],
    )


@room.post("/suggestions")
def sort(circle_id: int, session_id: int) -> Response:
    """Put the checked ones under a theme, or erase them."""
    part = enter_to("facilitates", circle_id, session_id)
    chosen = set(request.form.getlist("suggestion"))
    rows = [row for row in stored.locked(part.sitting, Envelope.SUGGESTION, part.seat.member) if str(row.id) in chosen]
    there = redirect(url_for("session_table.suggestions", circle_id=circle_id, session_id=session_id))
    if not rows:
        flash(_("Please check at least one suggestion."), "warning")
        return there
    sittings.require_open(part.seat.circle)
    if request.form.get("then") == "erase":
        if is_sure():
            locked.erase(rows)
            flash(_("Erased for good."), "success")
        return there
    theme = next((one for one in _asked_themes(part) if str(one.id) == request.form.get("theme")), None)
    locked.group(rows, theme)
    flash(_("Sorted."), "success")
    return there


@room.route("/notes", methods=["GET", "POST"])
def notes(circle_id: int, session_id: int) -> Answer:
    """Notes that only whoever facilitates can open; write one."""
    part, form = enter_to("facilitates", circle_id, session_id), LockedNoteForm()
    if form.is_submitted() and form.validate():
        locked.write_note(part, {"note": form.note.data}, int(form.days.data))
        return redirect(url_for("session_table.notes", circle_id=circle_id, session_id=session_id))
    found = _opened(stored.locked(part.sitting, Envelope.NOTE, part.seat.member))
    page = render_template("reconciliation/notes.html", seat=part.seat, it=part.sitting, form=form, notes=found)
    return page, 422 if form.errors else 200


@room.post("/notes/<int:note_id>/delete")
def delete_note(circle_id: int, session_id: int, note_id: int) -> Response:
    """Erase a note now."""
    part = enter_to("facilitates", circle_id, session_id)
    note = stored.locked_one(part.sitting, Envelope.NOTE, part.seat.member, note_id)
    if is_sure():
        locked.erase([note])
        flash(_("Erased for good."), "success")
    return redirect(url_for("session_table.notes", circle_id=circle_id, session_id=session_id))


@room.route("/names", methods=["GET", "POST"])
def names(circle_id: int, session_id: int) -> Answer:
    """Names for rides and name tags, for those who arrange the evening; they erase themselves."""
    part = enter_to("sees_names", circle_id, session_id)
    opened = _opened(stored.locked(part.sitting, Envelope.NAMES, part.seat.member))
    found = [(row, words) for row, words in opened if row.guests_of_id is None]
    form = NamesForm()
    if form.is_submitted() and form.validate():
        locked.keep_names(part, {"names": form.names.data}, int(form.days.data))
        flash(_("Saved. They erase themselves."), "success")
        return redirect(url_for("session_table.names", circle_id=circle_id, session_id=session_id))
    if not form.is_submitted() and found and found[0][1]:
        form = NamesForm(data=found[0][1])
    guests = [(row, words) for row, words in opened if row.guests_of_id is not None]
    contacts = member_names(row.guests_of_id for row, _words in guests if row.guests_of_id)
    page = render_template(
        "reconciliation/names.html",
        seat=part.seat,
        it=part.sitting,
        form=form,
        found=found,
        guests=guests,
        contacts=contacts,
        before=stored.guests_before(part.sitting, part.seat.member),
    )
    return page, 422 if form.errors else 200


@room.post("/names/forget")
def forget_names(circle_id: int, session_id: int) -> Response:
    """Erase the names now."""
    part = enter_to("sees_names", circle_id, session_id)
    if is_sure():
        locked.forget_names(part)
        flash(_("Erased for good."), "success")
    return _to(circle_id, session_id)


@room.route("/guests", methods=["GET", "POST"])
def guests(circle_id: int, session_id: int) -> Answer:
    """The names of one's own guests, for a contact of a congregation: those of others are not there."""
    part, form = enter_to("brings_guests", circle_id, session_id), GuestsForm()
    found = _opened(stored.own_guests(part.sitting, part.seat.member))
    if form.is_submitted() and form.validate():
        locked.keep_guests(part, {"names": form.names.data}, int(form.days.data))
        flash(_("Saved. They erase themselves."), "success")
        return redirect(url_for("session_table.guests", circle_id=circle_id, session_id=session_id))
    if not form.is_submitted() and found and found[0][1]:
        form = GuestsForm(data=found[0][1])
    page = render_template(
        "reconciliation/guests.html",
        seat=part.seat,
        it=part.sitting,
        form=form,
        found=found,
        is_arranged=bool(stored.arrangers(part.seat.circle)),
        is_unread=stored.is_unread([row for row, _words in found], part.seat.circle),
    )
    return page, 422 if form.errors else 200


@room.post("/guests/forget")
def forget_guests(circle_id: int, session_id: int) -> Response:
    """Erase the names of one's own guests now."""
    part = enter_to("brings_guests", circle_id, session_id)
    if is_sure():
        locked.forget_guests(part)
        flash(_("Erased for good."), "success")
    return _to(circle_id, session_id)


def _opened(rows: Sequence[Locked]) -> Opened:
    me = person()
    private_key = me.private_key()
    return [(row, locked.open_locked(row, me.id, private_key)) for row in rows]


def _asked_themes(part: Part) -> list[Theme]:
    return [one for one in stored.themes(part) if one.source == Source.ASKED]


def _ask_page(part: Part, form: AskForm) -> str:
    return render_template("reconciliation/ask.html", seat=part.seat, it=part.sitting, form=form)


def _to(circle_id: int, session_id: int) -> Response:
    return redirect(url_for("sessions.show", circle_id=circle_id, session_id=session_id))
