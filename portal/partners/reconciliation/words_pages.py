"""The pages of a session's themes, quotes and acknowledgements, and the public pages of acknowledgements."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from flask import flash, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _, lazy_gettext as _l
from werkzeug.wrappers import Response
from wtforms import RadioField, SelectChoice, SelectField
from wtforms.validators import InputRequired

from portal.accounts.sign_in import current_user
from portal.core.clock import today
from portal.core.editing import BOTH_LANGUAGES, Both, PublicWordsForm, WholeForm, is_sure, line, lines
from portal.core.forms import DateField, FormPage, refuse
from portal.core.i18n import language
from portal.core.statuses import NotFound
from portal.core.web import PUBLIC, AudienceBlueprint, shared_page
from portal.markets.publishing import asks_before_public
from portal.markets.texts import names_hidden_place
from portal.organisations.organisations import Office, open_offices
from portal.partners.circles import SealedWords, chosen, circle_blueprint, my_keys, open_text
from portal.partners.reconciliation import sessions, telling
from portal.partners.reconciliation.rules import QuoteScope, ThemeSource, ThemeState, may_expire_on
from portal.partners.reconciliation.sessions import Acknowledgement, Participation, enter_to, in_session, to_session
from portal.partners.reconciliation.texts import A_DAY, REFUSALS, SCOPES, SOURCES

CALLED = _l("How they want to be called")


def day_field(label: Any, **render_kw: Any) -> DateField:
    return DateField(label, validators=[InputRequired(A_DAY)], render_kw=render_kw)


def office_choices(offices: Sequence[Office]) -> list[SelectChoice]:
    lang = language()
    return [
        SelectChoice(str(office.id), f"{office.organisation.name[lang]}: {office.name[lang]}") for office in offices
    ]


class ThemeForm(SealedWords, WholeForm):
    PAIRS, SEALED = ("title", "body"), ("title", "body", "few")
    title = Both(line, _l("Theme"), 120)
    body = Both(lines, _l("What was said, in your words"), 2_000, rows=5)
    few = Both(
        lines,
        _l("How a few see it differently"),
        1_000,
        _l("When not everybody agrees. Leave both empty otherwise."),
        rows=3,
    )

    def validate(self, extra_validators: Any = None) -> bool:
        """Require the minority view in both languages or in none."""
        super().validate(extra_validators)
        if bool(self.few.en) != bool(self.few.es):
            self.complain("few_es" if self.few.en else "few_en", BOTH_LANGUAGES)
        return not self.errors


class LineForm(PublicWordsForm, WholeForm):
    PAIRS = ("words", "by")
    words = Both(lines, _l("The line"), 600, rows=3)
    by = Both(line, CALLED, 80, _l("For example: a grandmother. No name unless they want one."))
    scope = RadioField(
        _l("Who may read it"),
        choices=[SelectChoice(scope.value, label) for scope, label in SCOPES.items()],
        default=QuoteScope.CIRCLE.value,
    )
    consent_on = day_field(_l("Day on which they agreed"), beside="expires_on")
    expires_on = day_field(_l("Last day of their consent"))

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(data={"consent_on": today(), "expires_on": today() + timedelta(days=90)}, **kwargs)

    def validate_consent_on(self, field: DateField) -> None:
        if field.data > today():
            refuse(REFUSALS["line_days"])

    def validate_expires_on(self, field: DateField) -> None:
        if not may_expire_on(field.data, today()):
            refuse(REFUSALS["line_days"])


class SaidForm(PublicWordsForm, WholeForm):
    ROW, PAIRS = Acknowledgement, ("harm", "words")
    office = SelectField(_l("Which office speaks"), validators=[InputRequired(_l("Please choose one."))])
    harm = Both(line, _l("Which harm it names"), 160)
    words = Both(lines, _l("What is said"), 4_000)
    spoken_on = day_field(_l("Day on which it was said"))

    def shown(self, row: Acknowledgement) -> dict[str, Any]:
        return super().shown(row) | {"office": str(row.office_id)}

    @property
    def values(self) -> dict[str, Any]:
        return super().values | {"office_id": int(self.office.data)}

    def validate_spoken_on(self, field: DateField) -> None:
        if field.data > today():
            refuse(REFUSALS["acknowledgement_day"])

    def __init__(self, offices: Sequence[Office], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.office.choices = office_choices(offices)


class ReplyForm(PublicWordsForm, WholeForm):
    PAIRS = ("answer", "by")
    answer = Both(lines, _l("The answer"), 4_000, rows=6)
    by = Both(line, _l("Who answers"), 160, _l("For example: neighbors who were there. No names."))


words_blueprint = circle_blueprint("session_words", __name__, "sessions/<int:session_id>")


@words_blueprint.route("/themes/new/<source>", methods=["GET", "POST"])
def new_theme(circle_id: int, session_id: int, source: str) -> ResponseReturnValue:
    part, form = enter_to("facilitates", circle_id, session_id), ThemeForm()
    origin = chosen(ThemeSource, source)
    if not form.validate_on_submit():
        return _theme_page(part, form, origin)
    telling.write_theme(part, origin, form.words)
    there = "session_table.suggestions" if origin is ThemeSource.ASKED else "sessions.show"
    return to_session(part, _("Written. Now the community says whether the other side may read it."), there)


@words_blueprint.route("/themes/<int:theme_id>/edit", methods=["GET", "POST"])
def edit_theme(circle_id: int, session_id: int, theme_id: int) -> ResponseReturnValue:
    """Edit a theme; the community must approve it again."""
    part, form = enter_to("facilitates", circle_id, session_id), ThemeForm()
    theme = sessions.one_of(sessions.themes(part), theme_id)
    words = open_text(theme, my_keys())
    if words is None or theme.state == ThemeState.SHARED:
        raise NotFound
    if not form.validate_over(words, theme.version):
        return _theme_page(part, form, theme.source)
    telling.change_theme(part, theme, form.words)
    return to_session(part, _("Saved. The community approves the new words."))


@words_blueprint.post("/themes/<int:theme_id>/approve")
def approve(circle_id: int, session_id: int, theme_id: int) -> Response:
    """Approve a theme for the community, in the version that was shown."""
    part = enter_to("of_community", circle_id, session_id)
    theme = sessions.one_of(sessions.themes(part), theme_id)
    telling.approve_theme(part, theme, request.form.get("version", 0, type=int))
    return to_session(part, _("Approved. Whoever facilitates can now share it."))


@words_blueprint.post("/themes/<int:theme_id>/share")
def share(circle_id: int, session_id: int, theme_id: int) -> Response:
    part = enter_to("facilitates", circle_id, session_id)
    telling.share_theme(part, sessions.one_of(sessions.themes(part), theme_id))
    return to_session(part, _("Shared with both sides."))


@words_blueprint.post("/themes/<int:theme_id>/delete")
def delete_theme(circle_id: int, session_id: int, theme_id: int) -> Response:
    part = enter_to("facilitates", circle_id, session_id)
    theme = sessions.one_of(sessions.themes(part), theme_id)
    if is_sure():
        telling.delete_theme(part, theme)
        flash(_("Erased for good."), "success")
    return to_session(part)


@words_blueprint.route("/lines/new", methods=["GET", "POST"])
def new_line(circle_id: int, session_id: int) -> ResponseReturnValue:
    part, form = enter_to("plans", circle_id, session_id), LineForm()
    is_whole = form.validate_on_submit()
    if not is_whole or (form.scope.data == QuoteScope.PUBLIC and _must_not_go_out(form)):
        words = _(
            "Only with the consent of who said it. Tell them who will read it, until when, and that they can take it "
            "back at any time, by telling any of those who prepare the sessions. Then it is gone everywhere."
        )
        page = FormPage(_("A line, word by word"), _("Keep it"), [words], in_session(part), keep=True)
        return page.show(form)
    days = (form.consent_on.data, form.expires_on.data)
    telling.keep_line(part, QuoteScope(form.scope.data), form.words, form.by, *days)
    return to_session(part, _("Kept. It goes when the consent ends, or at once when it is withdrawn."))


@words_blueprint.post("/lines/<int:line_id>/withdraw")
def withdraw_line(circle_id: int, session_id: int, line_id: int) -> Response:
    part = enter_to("plans", circle_id, session_id)
    line = sessions.one_of(sessions.lines(part), line_id)
    if is_sure():
        telling.withdraw_line(part, line)
        flash(_("The line is gone, everywhere."), "success")
    return to_session(part)


@words_blueprint.route("/acknowledgements/new", methods=["GET", "POST"])
def new_said(circle_id: int, session_id: int) -> ResponseReturnValue:
    return _say(enter_to("plans", circle_id, session_id), None)


@words_blueprint.route("/acknowledgements/<int:said_id>/edit", methods=["GET", "POST"])
def edit_said(circle_id: int, session_id: int, said_id: int) -> ResponseReturnValue:
    part = enter_to("plans", circle_id, session_id)
    draft = sessions.one_of(sessions.acknowledgements_of(part), said_id)
    if draft.published_on is not None:
        raise NotFound
    return _say(part, draft)


@words_blueprint.route("/acknowledgements/<int:said_id>/answer", methods=["GET", "POST"])
def answer(circle_id: int, session_id: int, said_id: int) -> ResponseReturnValue:
    part, form = enter_to("of_community", circle_id, session_id), ReplyForm()
    said = sessions.one_of(sessions.acknowledgements_of(part), said_id)
    if not form.validate_on_submit() or _must_not_go_out(form):
        words = _("Your answer stands beside it for everybody, with today's date. An earlier answer is replaced.")
        title, publish = _("The community answers"), _("Publish in both languages")
        frame, own = in_session(part, said=said), "reconciliation/answer.html"
        return FormPage(title, publish, [words], frame, own, keep=True).show(form)
    telling.answer_acknowledgement(part, said, form.answer, form.by)
    return to_session(part, _("The answer stands beside it, for everybody."))


def _must_not_go_out(form: PublicWordsForm) -> bool:
    return names_hidden_place(form, current_user.id) or asks_before_public(form)


def _say(part: Participation, draft: Acknowledgement | None) -> ResponseReturnValue:
    offices = [office for _house, office in open_offices()]
    form = SaidForm(offices if draft is None or draft.office in offices else [*offices, draft.office])
    is_whole = form.validate_row(draft)
    publishes = request.form.get("then") == "publish"
    if not is_whole or names_hidden_place(form, current_user.id) or (publishes and asks_before_public(form)):
        return sessions.session_page("reconciliation/said.html", part, form=form, said=draft), form.http_status
    kept = telling.draft_acknowledgement(part, form.values, draft)
    if publishes:
        telling.publish_acknowledgement(part, kept)
    return to_session(part, _("Published in both languages.") if publishes else _("Saved as a draft."))


def _theme_page(part: Participation, form: ThemeForm, source: ThemeSource) -> tuple[str, int]:
    words = _(
        "In your own words, so that nobody can be recognized. The community approves it before police and agencies "
        "read it."
    )
    from_where = f"{SOURCES[source]}. {words}"
    return FormPage(_("A theme"), _("Save"), [from_where], in_session(part), keep=True).show(form)


acknowledgements_blueprint = AudienceBlueprint(
    "acknowledgements", __name__, audience=PUBLIC, url_prefix="/<lang:lang>/acknowledgements"
)


@acknowledgements_blueprint.get("/")
@shared_page
def index() -> str:
    return render_template("reconciliation/acknowledgements.html", said=sessions.public_acknowledgements())


@acknowledgements_blueprint.get("/<slug>")
def show(slug: str) -> str:
    """Show an acknowledgement. It bypasses the page cache, so that a withdrawn quote is gone at the next request."""
    said = sessions.public_acknowledgement(slug)
    lines = sessions.public_lines(said.session_id)
    return render_template("reconciliation/acknowledgement.html", it=said, lines=lines)
