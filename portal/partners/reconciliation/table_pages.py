"""The pages of a session's public notice and sealed envelopes: suggestions, notes, names and guests.

Members who may not use one of these pages get a 404.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from werkzeug.wrappers import Response
from wtforms import BooleanField, RadioField, SelectChoice, SelectField, TextAreaField
from wtforms.validators import InputRequired

from portal.accounts.sign_in import current_user
from portal.accounts.users import member_names
from portal.core.clock import today
from portal.core.editing import BOTH_LANGUAGES, EditorForm, WholeForm, both, in_both, is_sure, line, lines
from portal.core.forms import DateField, FormPage, ProtectedForm, PublicForm, long_text, refuse
from portal.core.i18n import date_words, language
from portal.core.pii import PersonalDetail, personal_details_and_names
from portal.core.web import SIGNED_IN, AudienceBlueprint
from portal.markets.map.sheets import names_of_the_city
from portal.markets.texts import names_hidden_place
from portal.organisations.organisations import Office
from portal.partners.circle_rules import names_child
from portal.partners.circles import Words, my_keys, open_text, require_open
from portal.partners.reconciliation import planning, sessions
from portal.partners.reconciliation.rules import LIFETIMES, NAMES_KEPT, Envelope, ThemeSource
from portal.partners.reconciliation.sessions import (
    Participation,
    ReconciliationSession,
    SealedEnvelope,
    Theme,
    enter_to,
    in_session,
    session_page,
)
from portal.partners.reconciliation.texts import DAYS_KEPT, NO_CHILDREN, PAST
from portal.partners.reconciliation.words_pages import day_field


class AskForm(WholeForm):
    """The form of the public notice that asks for suggestions."""

    PAIRS = ("title", "about")
    title_en, title_es = in_both(
        line, _l("Title"), 100, _l("For example: What should residents and police talk about?")
    )
    about_en, about_es = in_both(lines, _l("What it is about"), 800, rows=4)
    closes_on = day_field(_l("Last day for suggestions"))

    def validate_closes_on(self, field: DateField) -> None:
        """Refuse a day in the past."""
        if field.data < today():
            refuse(PAST)


def usual_close(circle_session: ReconciliationSession) -> date:
    """Return the usual last day for suggestions: a week before the session, and never in the past."""
    return max(today(), circle_session.held_on - timedelta(days=7))


LONGEST_SUGGESTION = 1_500


class SuggestionForm(PublicForm):
    """The form of a public suggestion. Nothing else is asked."""

    suggestion = long_text(_l("What should be talked about?"), LONGEST_SUGGESTION)
    sure = BooleanField(_l("Send it as it is"))
    found: tuple[PersonalDetail, ...] = ()

    def validate(self, extra_validators: Any = None) -> bool:
        """Ask for confirmation if the text contains details that could identify its author."""
        whole = super().validate(extra_validators)
        self.found = personal_details_and_names(self.suggestion.data or "", names_of_the_city) if whole else ()
        return whole and (bool(self.sure.data) or not self.found)


class LockedNoteForm(ProtectedForm):
    """The form of a note for the facilitator alone."""

    note = long_text(_l("Your note"), 10_000)
    days = RadioField(
        _l("How long it stays"),
        choices=[SelectChoice(str(days), DAYS_KEPT[days]) for days in LIFETIMES],
        validators=[InputRequired(_l("Please choose one."))],
    )


class NamesForm(ProtectedForm):
    """The form of names for rides and name tags."""

    names = long_text(_l("Names, and what each needs to get there"), 10_000)
    days = RadioField(
        _l("How long after the session they stay"),
        choices=[SelectChoice(str(days), DAYS_KEPT[days]) for days in NAMES_KEPT],
        default=str(NAMES_KEPT[0]),
    )

    def validate_names(self, field: TextAreaField) -> None:
        """Refuse names of people under 18: no list of the portal has them."""
        if names_child(field.data or ""):
            refuse(NO_CHILDREN)


class GuestsForm(NamesForm):
    """The form of the names of one's own guests."""

    names = long_text(_l("Your guests, and what each needs to get there"), 10_000)


ONE_THING = _l("One thing that can be seen to be done or not, without names of persons.")


class PromiseMadeForm(EditorForm):
    """The form of a promise that an office made at the session; its day and occasion are known."""

    what_en, what_es = in_both(lines, _l("What is promised"), 600, ONE_THING, rows=3)
    office = SelectField(_l("Which office promises it"), render_kw={"beside": "due_on"})
    due_on = day_field(_l("By when"))

    def __init__(self, offices: Sequence[Office], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        lang = language()
        self.office.choices = [
            SelectChoice(str(one.id), f"{one.organisation.name[lang]}: {one.name[lang]}") for one in offices
        ]

    def validate(self, extra_validators: Any = None) -> bool:
        """Require both languages."""
        super().validate(extra_validators)
        for name in ("what_en", "what_es"):
            if not self[name].data:
                self.complain(name, BOTH_LANGUAGES)
        return not self.errors


blueprint = AudienceBlueprint(
    "session_table",
    __name__,
    audience=SIGNED_IN,
    url_prefix="/<lang:lang>/circles/<int:circle_id>/sessions/<int:session_id>",
)
Opened = list[tuple[SealedEnvelope, Words | None]]


@blueprint.route("/ask", methods=["GET", "POST"])
def ask(circle_id: int, session_id: int) -> ResponseReturnValue:
    """Publish or edit the notice that asks for suggestions."""
    part, form = enter_to("plans", circle_id, session_id), AskForm()
    notice = part.circle_session.notice
    if not form.is_submitted():
        stored = {**both("title", notice.title), **both("about", notice.about)} if notice else {}
        form.process(data={**stored, "closes_on": notice.closes_on if notice else usual_close(part.circle_session)})
    if not form.validate_on_submit() or names_hidden_place(form, current_user.id):
        return _ask_page(part, form)
    planning.ask_public(part, form.pair("title"), form.pair("about"), form.closes_on.data)
    flash(_("The public can suggest something until %(day)s.", day=date_words(form.closes_on.data)), "success")
    return _to(circle_id, session_id)


@blueprint.post("/ask/stop")
def stop(circle_id: int, session_id: int) -> Response:
    """Withdraw the public notice."""
    part = enter_to("plans", circle_id, session_id)
    if is_sure():
        planning.stop_asking(part)
        flash(_("The public notice is gone. What was suggested stays with whoever facilitates."), "success")
    return _to(circle_id, session_id)


@blueprint.get("/suggestions")
def suggestions(circle_id: int, session_id: int) -> str:
    """Show the public suggestions, to the facilitator only."""
    part = enter_to("facilitates", circle_id, session_id)
    keys = my_keys()
    return session_page(
        "reconciliation/suggestions.html",
        part,
        suggestions=_opened(sessions.locked(part.circle_session, Envelope.SUGGESTION, part.seat.member)),
        themes=[(one, open_text(one, keys)) for one in _asked_themes(part)],
    )


@blueprint.post("/suggestions")
def sort(circle_id: int, session_id: int) -> Response:
    """Assign the checked suggestions to a theme, or erase them."""
    part = enter_to("facilitates", circle_id, session_id)
    chosen = set(request.form.getlist("suggestion"))
    rows = [
        row
        for row in sessions.locked(part.circle_session, Envelope.SUGGESTION, part.seat.member)
        if str(row.id) in chosen
    ]
    there = redirect(url_for("session_table.suggestions", circle_id=circle_id, session_id=session_id))
    if not rows:
        flash(_("Please check at least one suggestion."), "warning")
        return there
    require_open(part.seat.circle)
    if request.form.get("then") == "erase":
        if is_sure():
            planning.erase(rows)
            flash(_("Erased for good."), "success")
        return there
    theme = next((one for one in _asked_themes(part) if str(one.id) == request.form.get("theme")), None)
    planning.group(rows, theme)
    flash(_("Sorted."), "success")
    return there


@blueprint.route("/notes", methods=["GET", "POST"])
def notes(circle_id: int, session_id: int) -> ResponseReturnValue:
    """List and write notes that only the facilitator can open."""
    part, form = enter_to("facilitates", circle_id, session_id), LockedNoteForm()
    if form.validate_on_submit():
        planning.write_note(part, {"note": form.note.data}, int(form.days.data))
        return redirect(url_for("session_table.notes", circle_id=circle_id, session_id=session_id))
    found = _opened(sessions.locked(part.circle_session, Envelope.NOTE, part.seat.member))
    return session_page("reconciliation/notes.html", part, form=form, notes=found), form.http_status


@blueprint.post("/notes/<int:note_id>/delete")
def delete_note(circle_id: int, session_id: int, note_id: int) -> Response:
    """Erase a note now."""
    part = enter_to("facilitates", circle_id, session_id)
    note = sessions.locked_one(part.circle_session, Envelope.NOTE, part.seat.member, note_id)
    if is_sure():
        planning.erase([note])
        flash(_("Erased for good."), "success")
    return redirect(url_for("session_table.notes", circle_id=circle_id, session_id=session_id))


@blueprint.route("/names", methods=["GET", "POST"])
def names(circle_id: int, session_id: int) -> ResponseReturnValue:
    """Edit the names for rides and name tags, for those who arrange the evening; they are erased automatically."""
    part = enter_to("sees_names", circle_id, session_id)
    opened = _opened(sessions.locked(part.circle_session, Envelope.NAMES, part.seat.member))
    found = [(row, words) for row, words in opened if row.guests_of_id is None]
    form = NamesForm()
    if form.validate_on_submit():
        planning.keep_names(part, {"names": form.names.data}, int(form.days.data))
        flash(_("Saved. They erase themselves."), "success")
        return redirect(url_for("session_table.names", circle_id=circle_id, session_id=session_id))
    if not form.is_submitted() and found and found[0][1]:
        form = NamesForm(data=found[0][1])
    guests = [(row, words) for row, words in opened if row.guests_of_id is not None]
    contacts = member_names(row.guests_of_id for row, _words in guests if row.guests_of_id)
    page = session_page(
        "reconciliation/names.html",
        part,
        form=form,
        found=found,
        guests=guests,
        contacts=contacts,
        before=sessions.guests_before(part.circle_session, part.seat.member),
    )
    return page, form.http_status


@blueprint.post("/names/forget")
def forget_names(circle_id: int, session_id: int) -> Response:
    """Erase the names now."""
    part = enter_to("sees_names", circle_id, session_id)
    if is_sure():
        planning.forget_names(part)
        flash(_("Erased for good."), "success")
    return _to(circle_id, session_id)


@blueprint.route("/guests", methods=["GET", "POST"])
def guests(circle_id: int, session_id: int) -> ResponseReturnValue:
    """Edit the names of one's own guests, for the contact of a congregation; guests of others are not shown."""
    part, form = enter_to("brings_guests", circle_id, session_id), GuestsForm()
    found = _opened(sessions.own_guests(part.circle_session, part.seat.member))
    if form.validate_on_submit():
        planning.keep_guests(part, {"names": form.names.data}, int(form.days.data))
        flash(_("Saved. They erase themselves."), "success")
        return redirect(url_for("session_table.guests", circle_id=circle_id, session_id=session_id))
    if not form.is_submitted() and found and found[0][1]:
        form = GuestsForm(data=found[0][1])
    page = session_page(
        "reconciliation/guests.html",
        part,
        form=form,
        found=found,
        is_arranged=bool(sessions.arrangers(part.seat.circle)),
        is_unread=sessions.is_unread([row for row, _words in found], part.seat.circle),
    )
    return page, form.http_status


@blueprint.post("/guests/forget")
def forget_guests(circle_id: int, session_id: int) -> Response:
    """Erase the names of one's own guests now."""
    part = enter_to("brings_guests", circle_id, session_id)
    if is_sure():
        planning.forget_guests(part)
        flash(_("Erased for good."), "success")
    return _to(circle_id, session_id)


def _opened(rows: Sequence[SealedEnvelope]) -> Opened:
    me = current_user
    private_key = me.private_key()
    return [(row, planning.open_locked(row, me.id, private_key)) for row in rows]


def _asked_themes(part: Participation) -> list[Theme]:
    return [one for one in sessions.themes(part) if one.source == ThemeSource.ASKED]


def _ask_page(part: Participation, form: AskForm) -> tuple[str, int]:
    it, surely = part.circle_session, None
    if it.notice:
        stop = url_for("session_table.stop", circle_id=part.seat.circle.id, session_id=it.id)
        surely = stop, _("Take it back now")
    own, publish = "reconciliation/ask.html", _("Publish in both languages")
    page = FormPage(_("Ask the public"), publish, (), in_session(part), own, surely=surely, keep=True)
    return page.show(form)


def _to(circle_id: int, session_id: int) -> Response:
    return redirect(url_for("sessions.show", circle_id=circle_id, session_id=session_id))
