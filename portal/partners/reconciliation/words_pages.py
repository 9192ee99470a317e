"""The pages of what is said around a session; members who may not use one of them get a 404."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, timedelta
from typing import Any

from flask import flash, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _, lazy_gettext as _l
from werkzeug.wrappers import Response
from wtforms import RadioField, SelectField, TextAreaField
from wtforms.validators import InputRequired

from portal.accounts.sign_in import current_user
from portal.accounts.users import member_names
from portal.core.clock import today
from portal.core.editing import Both, PublicWordsForm, WholeForm, line, lines
from portal.core.forms import DateField, FormPage, ProtectedForm, choices_of, long_text, refuse
from portal.core.i18n import date_words
from portal.core.statuses import NotFound
from portal.markets.publishing import asks_before_public
from portal.markets.texts import names_hidden_place
from portal.organisations.organisations import Office, open_offices
from portal.organisations.pages import office_names
from portal.partners import circles
from portal.partners.circle_rules import names_child
from portal.partners.circles import SealedWords, Words, circle_blueprint, my_keys, once_sure, open_text
from portal.partners.reconciliation import planning, rules, sessions
from portal.partners.reconciliation.rules import Envelope, QuoteScope, ThemeSource, ThemeState
from portal.partners.reconciliation.sessions import Participation, enter_session, in_session, page_of, to_session

GONE = _l("Erased for good.")
NO_CHILDREN = _l(
    "Children are not named here, and nobody’s age under 18. Leave them out, and tell whoever arranges the evening how"
    " many come along."
)
LINE_DAYS, SAID_ON = planning.REFUSALS["line_days"], _l("This day has not come yet.")


def day_field(
    label: Any, refusal: Any = "", is_wrong: Callable[[date], bool] = lambda _day: False, **render_kw: Any
) -> DateField:
    """Return the field of a day that must be given; one that `is_wrong` gets the `refusal`."""

    def check(_form: Any, field: DateField) -> None:
        if is_wrong(field.data):
            refuse(refusal)

    return DateField(label, validators=[InputRequired(), check], render_kw=render_kw)


class AskForm(WholeForm):
    ROW = sessions.Notice
    title = Both(line, _l("Title"), 100, _l("For example: What should residents and police talk about?"))
    about = Both(lines, _l("What it is about"), 800, rows=4)
    closes_on = day_field(
        _l("Last day for suggestions"), _l("Please choose today or a day ahead."), lambda day: day < today()
    )


class LockedNoteForm(ProtectedForm):
    note = long_text(_l("Your note"), 10_000)
    days = RadioField(
        _l("How long it stays"),
        choices=choices_of({days: sessions.DAYS_KEPT[days] for days in rules.LIFETIMES}),
        validators=[InputRequired(_l("Please choose one."))],
    )


class NamesForm(ProtectedForm):
    names = long_text(_l("Names, and what each needs to get there"), 10_000)
    days = RadioField(
        _l("How long after the session they stay"),
        choices=choices_of({days: sessions.DAYS_KEPT[days] for days in rules.NAMES_KEPT}),
        default=str(rules.NAMES_KEPT[0]),
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
    part, form = enter_session(circle_id, session_id, "plans"), AskForm()
    it, notice, surely = part.circle_session, part.circle_session.notice, None
    if not form.is_submitted():
        usual = {"closes_on": max(today(), it.held_on - timedelta(days=7))}
        form.process(data=form.shown(notice) if notice else usual)
    if not form.validate_on_submit() or names_hidden_place(form, current_user.id):
        if notice:
            surely = page_of(it, "session_table.stop"), _("Take it back now")
        own, publish = "reconciliation/ask.html", _("Publish in both languages")
        page = FormPage(_("Ask the public"), publish, (), in_session(part), own, surely=surely, keep=True)
        return page.show(form)
    planning.ask_public(part, form.title, form.about, form.closes_on.data)
    return to_session(part, _("The public can suggest something until %(day)s.", day=date_words(form.closes_on.data)))


@blueprint.post("/ask/stop")
def stop(circle_id: int, session_id: int) -> Response:
    part = enter_session(circle_id, session_id, "plans")
    words = _("The public notice is gone. What was suggested stays with whoever facilitates.")
    return once_sure(lambda: planning.stop_asking(part), words, page_of(part.circle_session))


@blueprint.get("/suggestions")
def suggestions(circle_id: int, session_id: int) -> str:
    part, keys = enter_session(circle_id, session_id, "facilitates"), my_keys()
    return sessions.session_page(
        "reconciliation/suggestions.html",
        part,
        suggestions=_opened(sessions.locked(part.circle_session, Envelope.SUGGESTION, part.seat.member)),
        themes=[(theme, open_text(theme, keys)) for theme in _asked_themes(part)],
    )


@blueprint.post("/suggestions")
def sort(circle_id: int, session_id: int) -> Response:
    part = enter_session(circle_id, session_id, "facilitates")
    checked = set(request.form.getlist("suggestion"))
    suggestions = sessions.locked(part.circle_session, Envelope.SUGGESTION, part.seat.member)
    rows = [row for row in suggestions if str(row.id) in checked]
    there = "session_table.suggestions"
    if not rows:
        flash(_("Please check at least one suggestion."), "warning")
        return to_session(part, endpoint=there)
    circles.require_open(part.seat.circle)
    if request.form.get("then") == "erase":
        return once_sure(lambda: planning.erase(rows), GONE, page_of(part.circle_session, there))
    theme = next((theme for theme in _asked_themes(part) if str(theme.id) == request.form.get("theme")), None)
    planning.group(rows, theme)
    return to_session(part, _("Sorted."), there)


@blueprint.route("/notes", methods=["GET", "POST"])
def notes(circle_id: int, session_id: int) -> ResponseReturnValue:
    part, form = enter_session(circle_id, session_id, "facilitates"), LockedNoteForm()
    if form.validate_on_submit():
        planning.write_note(part, {"note": form.note.data}, int(form.days.data))
        return to_session(part, endpoint="session_table.notes")
    written = _opened(sessions.locked(part.circle_session, Envelope.NOTE, part.seat.member))
    return sessions.session_page("reconciliation/notes.html", part, form=form, notes=written), form.http_status


@blueprint.post("/notes/<int:note_id>/delete")
def delete_note(circle_id: int, session_id: int, note_id: int) -> Response:
    part = enter_session(circle_id, session_id, "facilitates")
    note = sessions.one_of(sessions.locked(part.circle_session, Envelope.NOTE, part.seat.member), note_id)
    return once_sure(lambda: planning.erase([note]), GONE, page_of(part.circle_session, "session_table.notes"))


@blueprint.route("/names", methods=["GET", "POST"], defaults={"brings": False})
@blueprint.route("/guests", methods=["GET", "POST"], defaults={"brings": True}, endpoint="guests")
def names(circle_id: int, session_id: int, brings: bool) -> ResponseReturnValue:
    """Edit names for rides and name tags; who `brings` guests of a congregation reads and writes those alone."""
    part = enter_session(circle_id, session_id, "brings_guests" if brings else "sees_names")
    me = part.seat.member
    opened = _opened(sessions.locked(part.circle_session, Envelope.NAMES, me))
    own = [(row, words) for row, words in opened if row.guests_of_id == (me.id if brings else None)]
    form = (GuestsForm if brings else NamesForm)(data=own[0][1] if own else None)
    if form.validate_on_submit():
        planning.keep_names(part, {"names": form.names.data}, int(form.days.data), me if brings else None)
        return to_session(part, _("Saved. They erase themselves."), request.endpoint or "")
    guests = [(row, words) for row, words in opened if row.guests_of_id is not None and not brings]
    arranging = {member.id for member in sessions.arrangers(part.seat.circle)}
    page = sessions.session_page(
        "reconciliation/names.html",
        part,
        form=form,
        brings=brings,
        own=own,
        guests=guests,
        contacts=member_names(row.guests_of_id for row, _words in guests if row.guests_of_id),
        before=0 if brings else sessions.guests_before(part.circle_session, me),
        is_arranged=bool(arranging),
        # Who came to arrange it after the list was sealed cannot open it.
        is_unread=any(arranging - {key.member_id for key in row.keys} for row, _words in own),
    )
    return page, form.http_status


@blueprint.post("/names/forget", defaults={"brings": False}, endpoint="forget_names")
@blueprint.post("/guests/forget", defaults={"brings": True}, endpoint="forget_guests")
def forget(circle_id: int, session_id: int, brings: bool) -> Response:
    part = enter_session(circle_id, session_id, "brings_guests" if brings else "sees_names")
    whose = [sessions.SealedEnvelope.guests_of_id == part.seat.member.id] if brings else []
    return once_sure(lambda: planning.forget_names(part, *whose), GONE, page_of(part.circle_session))


def _opened(rows: Sequence[sessions.SealedEnvelope]) -> list[tuple[sessions.SealedEnvelope, Words | None]]:
    private_key = current_user.private_key()
    return [(row, planning.open_locked(row, current_user.id, private_key)) for row in rows]


def _asked_themes(part: Participation) -> list[sessions.Theme]:
    return [theme for theme in sessions.themes(part) if theme.source == ThemeSource.ASKED]


class ThemeForm(SealedWords, WholeForm):
    OPTIONAL_PAIRS, SEALED = ("few",), ("title", "body", "few")
    title = Both(line, _l("Theme"), 120)
    body = Both(lines, _l("What was said, in your words"), 2_000, rows=5)
    few = Both(
        lines,
        _l("How a few see it differently"),
        1_000,
        _l("When not everybody agrees. Leave both empty otherwise."),
        rows=3,
    )


class LineForm(PublicWordsForm, WholeForm):
    words = Both(lines, _l("The line"), 600, rows=3)
    by = Both(
        line, _l("How they want to be called"), 80, _l("For example: a grandmother. No name unless they want one.")
    )
    scope = RadioField(_l("Who may read it"), choices=choices_of(sessions.SCOPES), default=QuoteScope.CIRCLE.value)
    consent_on = day_field(_l("Day on which they agreed"), LINE_DAYS, lambda day: day > today(), beside="expires_on")
    expires_on = day_field(
        _l("Last day of their consent"), LINE_DAYS, lambda day: not rules.may_expire_on(day, today())
    )

    def __init__(self) -> None:
        super().__init__(data={"consent_on": today(), "expires_on": today() + timedelta(days=90)})


class SaidForm(PublicWordsForm, WholeForm):
    ROW = sessions.Acknowledgement
    office = SelectField(_l("Which office speaks"), validators=[InputRequired(_l("Please choose one."))])
    harm = Both(line, _l("Which harm it names"), 160)
    words = Both(lines, _l("What is said"), 4_000)
    spoken_on = day_field(_l("Day on which it was said"), SAID_ON, lambda day: day > today())

    def __init__(self, offices: Sequence[Office]) -> None:
        super().__init__()
        self.office.choices = choices_of(office_names(offices))

    def shown(self, row: sessions.Acknowledgement) -> dict[str, Any]:
        return super().shown(row) | {"office": str(row.office_id)}

    @property
    def values(self) -> dict[str, Any]:
        return super().values | {"office_id": int(self.office.data)}


class ReplyForm(PublicWordsForm, WholeForm):
    answer = Both(lines, _l("The answer"), 4_000, rows=6)
    by = Both(line, _l("Who answers"), 160, _l("For example: neighbors who were there. No names."))


@blueprint.route("/themes/new/<source>", methods=["GET", "POST"], defaults={"theme_id": None})
@blueprint.route("/themes/<int:theme_id>/edit", methods=["GET", "POST"], endpoint="edit_theme")
def new_theme(circle_id: int, session_id: int, theme_id: int | None, source: str = "") -> ResponseReturnValue:
    part, form = enter_session(circle_id, session_id, "facilitates"), ThemeForm()
    if theme_id is None:
        theme, is_whole = sessions.Theme(source=circles.chosen(ThemeSource, source)), form.validate_on_submit()
    else:
        theme = sessions.one_of(sessions.themes(part), theme_id)
        words = open_text(theme, my_keys())
        if words is None or theme.state == ThemeState.SHARED:
            raise NotFound
        is_whole = form.validate_over(words, theme.version)
    if not is_whole:
        rule = _(
            "In your own words, so that nobody can be recognized. The community approves it before police and agencies "
            "read it."
        )
        from_where = f"{sessions.SOURCES[theme.source]}. {rule}"
        return FormPage(_("A theme"), _("Save"), [from_where], in_session(part), keep=True).show(form)
    planning.keep_theme(part, theme, form.words)
    if theme_id is not None:
        return to_session(part, _("Saved. The community approves the new words."))
    there = "session_table.suggestions" if theme.source is ThemeSource.ASKED else "sessions.show"
    return to_session(part, _("Written. Now the community says whether the other side may read it."), there)


@blueprint.post("/themes/<int:theme_id>/approve")
def approve(circle_id: int, session_id: int, theme_id: int) -> Response:
    part, theme = _enter_theme("of_community", circle_id, session_id, theme_id)
    planning.approve_theme(part, theme, request.form.get("version", 0, int))
    return to_session(part, _("Approved. Whoever facilitates can now share it."))


@blueprint.post("/themes/<int:theme_id>/share")
def share(circle_id: int, session_id: int, theme_id: int) -> Response:
    part, theme = _enter_theme("facilitates", circle_id, session_id, theme_id)
    planning.share_theme(part, theme)
    return to_session(part, _("Shared with both sides."))


@blueprint.post("/themes/<int:theme_id>/delete")
def delete_theme(circle_id: int, session_id: int, theme_id: int) -> Response:
    part, theme = _enter_theme("facilitates", circle_id, session_id, theme_id)
    return once_sure(lambda: planning.delete_theme(part, theme), GONE, page_of(part.circle_session))


def _enter_theme(may: str, circle_id: int, session_id: int, theme_id: int) -> tuple[Participation, sessions.Theme]:
    part = enter_session(circle_id, session_id, may)
    return part, sessions.one_of(sessions.themes(part), theme_id)


@blueprint.route("/lines/new", methods=["GET", "POST"])
def new_line(circle_id: int, session_id: int) -> ResponseReturnValue:
    part, form = enter_session(circle_id, session_id, "plans"), LineForm()
    is_whole = form.validate_on_submit()
    if not is_whole or (form.scope.data == QuoteScope.PUBLIC and _must_not_go_out(form)):
        words = _(
            "Only with the consent of who said it. Tell them who will read it, until when, and that they can take it "
            "back at any time, by telling any of those who prepare the sessions. Then it is gone everywhere."
        )
        page = FormPage(_("A line, word by word"), _("Keep it"), [words], in_session(part), keep=True)
        return page.show(form)
    days = (form.consent_on.data, form.expires_on.data)
    planning.keep_line(part, QuoteScope(form.scope.data), form.words, form.by, *days)
    return to_session(part, _("Kept. It goes when the consent ends, or at once when it is withdrawn."))


@blueprint.post("/lines/<int:line_id>/withdraw")
def withdraw_line(circle_id: int, session_id: int, line_id: int) -> Response:
    part = enter_session(circle_id, session_id, "plans")
    quote = sessions.one_of(sessions.lines(part), line_id)
    words = _("The line is gone, everywhere.")
    return once_sure(lambda: planning.withdraw_line(part, quote), words, page_of(part.circle_session))


@blueprint.route("/acknowledgements/new", methods=["GET", "POST"], defaults={"said_id": None})
@blueprint.route("/acknowledgements/<int:said_id>/edit", methods=["GET", "POST"], endpoint="edit_said")
def new_said(circle_id: int, session_id: int, said_id: int | None) -> ResponseReturnValue:
    part, draft = enter_session(circle_id, session_id, "plans"), None
    if said_id is not None:
        draft = sessions.one_of(sessions.acknowledgements_of(part), said_id)
        if draft.published_on is not None:
            raise NotFound
    offices = open_offices()
    form = SaidForm(offices if draft is None or draft.office in offices else [*offices, draft.office])
    is_whole = form.validate_row(draft)
    publishes = request.form.get("then") == "publish"
    if not is_whole or names_hidden_place(form, current_user.id) or (publishes and asks_before_public(form)):
        return sessions.session_page("reconciliation/said.html", part, form=form), form.http_status
    kept = planning.draft_acknowledgement(part, form.values, draft)
    if publishes:
        planning.publish_acknowledgement(part, kept)
    return to_session(part, _("Published in both languages.") if publishes else _("Saved as a draft."))


@blueprint.route("/acknowledgements/<int:said_id>/answer", methods=["GET", "POST"])
def answer(circle_id: int, session_id: int, said_id: int) -> ResponseReturnValue:
    part, form = enter_session(circle_id, session_id, "of_community"), ReplyForm()
    said = sessions.one_of(sessions.acknowledgements_of(part), said_id)
    if not form.validate_on_submit() or _must_not_go_out(form):
        words = _("Your answer stands beside it for everybody, with today's date. An earlier answer is replaced.")
        title, publish = _("The community answers"), _("Publish in both languages")
        frame, own = in_session(part, said=said), "reconciliation/answer.html"
        return FormPage(title, publish, [words], frame, own, keep=True).show(form)
    planning.answer_acknowledgement(part, said, form.answer, form.by)
    return to_session(part, _("The answer stands beside it, for everybody."))


def _must_not_go_out(form: PublicWordsForm) -> bool:
    return names_hidden_place(form, current_user.id) or asks_before_public(form)
