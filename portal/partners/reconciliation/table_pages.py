"""The pages of a session's public notice and sealed envelopes: suggestions, notes, names and guests.

Members who may not use one of these pages get a 404. The public pages for anonymous suggestions set no cookie and ask
for no name; of the time only the week is kept, and a single person reads them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import Any

from flask import flash, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import format_date, gettext as _, lazy_gettext as _l
from werkzeug.wrappers import Response
from wtforms import BooleanField, RadioField, SelectChoice, TextAreaField
from wtforms.validators import InputRequired

from portal.accounts.sign_in import current_user
from portal.accounts.users import member_names
from portal.core.clock import today
from portal.core.db import session
from portal.core.editing import Both, WholeForm, is_sure, line, lines
from portal.core.feature import PublicLink
from portal.core.forms import DateField, FormPage, ProtectedForm, PublicForm, long_text, only_changes_language, refuse
from portal.core.i18n import date_words, language
from portal.core.limits import RateLimit, attempt
from portal.core.pii import PersonalDetail, personal_details_and_names
from portal.core.web import PUBLIC, AudienceBlueprint, shared_page
from portal.markets.map.sheets import names_of_the_city
from portal.markets.texts import names_hidden_place
from portal.partners.circle_rules import names_child
from portal.partners.circles import Words, circle_blueprint, my_keys, open_text, require_open
from portal.partners.reconciliation import planning, sessions
from portal.partners.reconciliation.rules import LIFETIMES, NAMES_KEPT, Envelope, ThemeSource
from portal.partners.reconciliation.sessions import Participation, SealedEnvelope, enter_to, in_session, to_session
from portal.partners.reconciliation.texts import DAYS_KEPT, NO_CHILDREN, PAST
from portal.partners.reconciliation.words_pages import day_field

LONGEST_SUGGESTION = 1_500
SUGGESTIONS = RateLimit(near=10, wide=40, everybody=300, reserved=10, seconds=3600)
MOST_LINKED = 3


class AskForm(WholeForm):
    ROW, PAIRS = sessions.Notice, ("title", "about")
    title = Both(line, _l("Title"), 100, _l("For example: What should residents and police talk about?"))
    about = Both(lines, _l("What it is about"), 800, rows=4)
    closes_on = day_field(_l("Last day for suggestions"))

    def validate_closes_on(self, field: DateField) -> None:
        if field.data < today():
            refuse(PAST)


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
    note = long_text(_l("Your note"), 10_000)
    days = RadioField(
        _l("How long it stays"),
        choices=[SelectChoice(str(days), DAYS_KEPT[days]) for days in LIFETIMES],
        validators=[InputRequired(_l("Please choose one."))],
    )


class NamesForm(ProtectedForm):
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
    names = long_text(_l("Your guests, and what each needs to get there"), 10_000)


blueprint = circle_blueprint("session_table", __name__, "sessions/<int:session_id>")


@blueprint.route("/ask", methods=["GET", "POST"])
def ask(circle_id: int, session_id: int) -> ResponseReturnValue:
    part, form = enter_to("plans", circle_id, session_id), AskForm()
    it, notice, surely = part.circle_session, part.circle_session.notice, None
    if not form.is_submitted():
        usual = {"closes_on": max(today(), it.held_on - timedelta(days=7))}
        form.process(data=form.shown(notice) if notice else usual)
    if not form.validate_on_submit() or names_hidden_place(form, current_user.id):
        if notice:
            surely = sessions.page_of(it, "session_table.stop"), _("Take it back now")
        own, publish = "reconciliation/ask.html", _("Publish in both languages")
        page = FormPage(_("Ask the public"), publish, (), in_session(part), own, surely=surely, keep=True)
        return page.show(form)
    planning.ask_public(part, form.title, form.about, form.closes_on.data)
    return to_session(part, _("The public can suggest something until %(day)s.", day=date_words(form.closes_on.data)))


@blueprint.post("/ask/stop")
def stop(circle_id: int, session_id: int) -> Response:
    part = enter_to("plans", circle_id, session_id)
    if is_sure():
        planning.stop_asking(part)
        flash(_("The public notice is gone. What was suggested stays with whoever facilitates."), "success")
    return to_session(part)


@blueprint.get("/suggestions")
def suggestions(circle_id: int, session_id: int) -> str:
    """Show the public suggestions, to the facilitator only."""
    part = enter_to("facilitates", circle_id, session_id)
    keys = my_keys()
    return sessions.session_page(
        "reconciliation/suggestions.html",
        part,
        suggestions=_opened(sessions.locked(part.circle_session, Envelope.SUGGESTION, part.seat.member)),
        themes=[(theme, open_text(theme, keys)) for theme in _asked_themes(part)],
    )


@blueprint.post("/suggestions")
def sort(circle_id: int, session_id: int) -> Response:
    part = enter_to("facilitates", circle_id, session_id)
    checked = set(request.form.getlist("suggestion"))
    suggestions = sessions.locked(part.circle_session, Envelope.SUGGESTION, part.seat.member)
    rows = [row for row in suggestions if str(row.id) in checked]
    there = to_session(part, endpoint="session_table.suggestions")
    if not rows:
        flash(_("Please check at least one suggestion."), "warning")
        return there
    require_open(part.seat.circle)
    if request.form.get("then") == "erase":
        if is_sure():
            planning.erase(rows)
            flash(_("Erased for good."), "success")
        return there
    theme = next((theme for theme in _asked_themes(part) if str(theme.id) == request.form.get("theme")), None)
    planning.group(rows, theme)
    flash(_("Sorted."), "success")
    return there


@blueprint.route("/notes", methods=["GET", "POST"])
def notes(circle_id: int, session_id: int) -> ResponseReturnValue:
    """List and write notes that only the facilitator can open."""
    part, form = enter_to("facilitates", circle_id, session_id), LockedNoteForm()
    if form.validate_on_submit():
        planning.write_note(part, {"note": form.note.data}, int(form.days.data))
        return to_session(part, endpoint="session_table.notes")
    written = _opened(sessions.locked(part.circle_session, Envelope.NOTE, part.seat.member))
    return sessions.session_page("reconciliation/notes.html", part, form=form, notes=written), form.http_status


@blueprint.post("/notes/<int:note_id>/delete")
def delete_note(circle_id: int, session_id: int, note_id: int) -> Response:
    part = enter_to("facilitates", circle_id, session_id)
    note = sessions.one_of(sessions.locked(part.circle_session, Envelope.NOTE, part.seat.member), note_id)
    if is_sure():
        planning.erase([note])
        flash(_("Erased for good."), "success")
    return to_session(part, endpoint="session_table.notes")


@blueprint.route("/names", methods=["GET", "POST"])
def names(circle_id: int, session_id: int) -> ResponseReturnValue:
    """Edit the names for rides and name tags, for those who arrange the evening; they are erased automatically."""
    part = enter_to("sees_names", circle_id, session_id)
    opened = _opened(sessions.locked(part.circle_session, Envelope.NAMES, part.seat.member))
    stored = [(row, words) for row, words in opened if row.guests_of_id is None]
    form = NamesForm()
    if form.validate_on_submit():
        planning.keep_names(part, {"names": form.names.data}, int(form.days.data))
        return to_session(part, _("Saved. They erase themselves."), "session_table.names")
    if not form.is_submitted() and stored and stored[0][1]:
        form = NamesForm(data=stored[0][1])
    guests = [(row, words) for row, words in opened if row.guests_of_id is not None]
    contacts = member_names(row.guests_of_id for row, _words in guests if row.guests_of_id)
    page = sessions.session_page(
        "reconciliation/names.html",
        part,
        form=form,
        found=stored,
        guests=guests,
        contacts=contacts,
        before=sessions.guests_before(part.circle_session, part.seat.member),
    )
    return page, form.http_status


@blueprint.post("/names/forget")
def forget_names(circle_id: int, session_id: int) -> Response:
    part = enter_to("sees_names", circle_id, session_id)
    if is_sure():
        planning.forget_names(part)
        flash(_("Erased for good."), "success")
    return to_session(part)


@blueprint.route("/guests", methods=["GET", "POST"])
def guests(circle_id: int, session_id: int) -> ResponseReturnValue:
    """Edit the names of one's own guests, for the contact of a congregation; guests of others are not shown."""
    part, form = enter_to("brings_guests", circle_id, session_id), GuestsForm()
    stored = _opened(sessions.own_guests(part.circle_session, part.seat.member))
    if form.validate_on_submit():
        planning.keep_guests(part, {"names": form.names.data}, int(form.days.data))
        return to_session(part, _("Saved. They erase themselves."), "session_table.guests")
    if not form.is_submitted() and stored and stored[0][1]:
        form = GuestsForm(data=stored[0][1])
    page = sessions.session_page(
        "reconciliation/guests.html",
        part,
        form=form,
        found=stored,
        is_arranged=bool(sessions.arrangers(part.seat.circle)),
        is_unread=sessions.is_unread([row for row, _words in stored], part.seat.circle),
    )
    return page, form.http_status


@blueprint.post("/guests/forget")
def forget_guests(circle_id: int, session_id: int) -> Response:
    part = enter_to("brings_guests", circle_id, session_id)
    if is_sure():
        planning.forget_guests(part)
        flash(_("Erased for good."), "success")
    return to_session(part)


def _opened(rows: Sequence[SealedEnvelope]) -> list[tuple[SealedEnvelope, Words | None]]:
    private_key = current_user.private_key()
    return [(row, planning.open_locked(row, current_user.id, private_key)) for row in rows]


def _asked_themes(part: Participation) -> list[sessions.Theme]:
    return [theme for theme in sessions.themes(part) if theme.source == ThemeSource.ASKED]


listening_blueprint = AudienceBlueprint("listening", __name__, audience=PUBLIC, url_prefix="/<lang:lang>/listening")


@listening_blueprint.get("/")
@shared_page
def index() -> str:
    return render_template("reconciliation/listening.html", notices=sessions.open_notices())


@listening_blueprint.get("/<slug>", endpoint="ask")
def ask_public(slug: str) -> str:
    return _suggesting(sessions.open_notice(slug), SuggestionForm())


@listening_blueprint.post("/<slug>")
def send(slug: str) -> ResponseReturnValue:
    """Save a suggestion; if it is refused, the form comes back with the text and the errors."""
    notice, form = sessions.open_notice(slug), SuggestionForm()
    if only_changes_language():
        return _suggesting(notice, form)
    if not form.validate():
        return _suggesting(notice, form), 422
    if not attempt("suggestion", SUGGESTIONS).passed:
        return _suggesting(notice, form, too_many=True), 429
    circle_session = session.get_one(sessions.ReconciliationSession, notice.session_id)
    planning.suggest(circle_session, {"suggestion": form.suggestion.data or "", "lang": language()}, form.nonce)
    return render_template("reconciliation/suggested.html", it=notice)


def _suggesting(notice: sessions.Notice, form: SuggestionForm, *, too_many: bool = False) -> str:
    return render_template("reconciliation/suggest.html", it=notice, form=form, too_many=too_many)


def open_links() -> Iterator[PublicLink]:
    """Yield links to the sessions that take suggestions now, and to what offices have acknowledged, if anything."""
    for notice in sessions.open_notices()[:MOST_LINKED]:
        until = _("until %(day)s", day=format_date(notice.closes_on, "long"))
        yield PublicLink(_("Suggest what should be talked about"), url_for("listening.ask", slug=notice.slug), until)
    if sessions.public_acknowledgements():
        yield PublicLink(_("What offices have acknowledged"), url_for("acknowledgements.index"))
