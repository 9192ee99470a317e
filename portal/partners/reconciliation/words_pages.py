"""The pages of a session's themes, quotes and acknowledgements, and the public pages of acknowledgements."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from werkzeug.wrappers import Response
from wtforms import RadioField, SelectChoice, SelectField
from wtforms.validators import InputRequired

from portal.accounts.sign_in import current_user
from portal.core.clock import today
from portal.core.editing import BOTH_LANGUAGES, PublicWordsForm, WholeForm, both, in_both, is_sure, line, lines
from portal.core.forms import DateField, FormPage, refuse
from portal.core.i18n import language
from portal.core.statuses import NotFound
from portal.core.web import PUBLIC, SIGNED_IN, AudienceBlueprint, shared_page
from portal.markets.publishing import asks_before_public
from portal.markets.texts import names_hidden_place
from portal.organisations.organisations import Office, open_offices
from portal.partners.circles import Words, my_keys, open_text
from portal.partners.reconciliation import sessions, telling
from portal.partners.reconciliation.rules import QuoteScope, ThemeSource, ThemeState, may_expire_on
from portal.partners.reconciliation.sessions import (
    Acknowledgement,
    Participation,
    enter_to,
    in_session,
    public_acknowledgement,
    public_acknowledgements,
    public_lines,
    session_page,
)
from portal.partners.reconciliation.telling import AcknowledgementText
from portal.partners.reconciliation.texts import A_DAY, REFUSALS, SCOPES, SOURCES


def day_field(label: Any, **render_kw: Any) -> DateField:
    """Return a required date field."""
    return DateField(label, validators=[InputRequired(A_DAY)], render_kw=render_kw)


CALLED = _l("How they want to be called")


class ThemeForm(WholeForm):
    """The form of a theme in the facilitator's words."""

    PAIRS = ("title", "body")
    title_en, title_es = in_both(line, _l("Theme"), 120)
    body_en, body_es = in_both(lines, _l("What was said, in your words"), 2_000, rows=5)
    few_en, few_es = in_both(
        lines,
        _l("How a few see it differently"),
        1_000,
        _l("When not everybody agrees. Leave both empty otherwise."),
        rows=3,
    )

    def validate(self, extra_validators: Any = None) -> bool:
        """Require the minority view in both languages or in none."""
        super().validate(extra_validators)
        if bool(self.few_en.data) != bool(self.few_es.data):
            self.complain("few_es" if self.few_en.data else "few_en", BOTH_LANGUAGES)
        return not self.errors

    @property
    def words(self) -> Words:
        """The content to be sealed."""
        return {
            name: self[name].data or "" for pair in ("title", "body", "few") for name in both(pair, self.pair(pair))
        }


class LineForm(PublicWordsForm, WholeForm):
    """The form of a quote with its speaker's consent."""

    PAIRS = ("words", "by")
    words_en, words_es = in_both(lines, _l("The line"), 600, rows=3)
    by_en, by_es = in_both(line, CALLED, 80, _l("For example: a grandmother. No name unless they want one."))
    scope = RadioField(
        _l("Who may read it"),
        choices=[SelectChoice(one.value, SCOPES[one]) for one in QuoteScope],
        default=QuoteScope.CIRCLE.value,
    )
    consent_on = day_field(_l("Day on which they agreed"), beside="expires_on")
    expires_on = day_field(_l("Last day of their consent"))

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(data={"consent_on": today(), "expires_on": today() + timedelta(days=90)}, **kwargs)

    def validate_consent_on(self, field: DateField) -> None:
        """Refuse a consent dated in the future."""
        if field.data > today():
            refuse(REFUSALS["line_days"])

    def validate_expires_on(self, field: DateField) -> None:
        """Require a consent that ends within a year."""
        if not may_expire_on(field.data, today()):
            refuse(REFUSALS["line_days"])


class SaidForm(PublicWordsForm, WholeForm):
    """The form of an office's acknowledgement."""

    PAIRS = ("harm", "words")
    office = SelectField(_l("Which office speaks"), validators=[InputRequired(_l("Please choose one."))])
    harm_en, harm_es = in_both(line, _l("Which harm it names"), 160)
    words_en, words_es = in_both(lines, _l("What is said"), 4_000)
    spoken_on = day_field(_l("Day on which it was said"))

    def validate_spoken_on(self, field: DateField) -> None:
        """Refuse a day in the future."""
        if field.data > today():
            refuse(REFUSALS["acknowledgement_day"])

    def __init__(self, offices: Sequence[Office], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        lang = language()
        self.office.choices = [
            SelectChoice(str(one.id), f"{one.organisation.name[lang]}: {one.name[lang]}") for one in offices
        ]


def _as_typed(found: Acknowledgement) -> dict[str, Any]:
    values = {"office": str(found.office_id), "spoken_on": found.spoken_on}
    return {**values, **both("harm", found.harm), **both("words", found.words)}


class ReplyForm(PublicWordsForm, WholeForm):
    """The form of the community's answer to an acknowledgement."""

    PAIRS = ("answer", "by")
    answer_en, answer_es = in_both(lines, _l("The answer"), 4_000, rows=6)
    by_en, by_es = in_both(line, _l("Who answers"), 160, _l("For example: neighbors who were there. No names."))


words_blueprint = AudienceBlueprint(
    "session_words",
    __name__,
    audience=SIGNED_IN,
    url_prefix="/<lang:lang>/circles/<int:circle_id>/sessions/<int:session_id>",
)


@words_blueprint.route("/themes/new/<source>", methods=["GET", "POST"])
def new_theme(circle_id: int, session_id: int, source: str) -> ResponseReturnValue:
    """Write a theme."""
    part, form = enter_to("facilitates", circle_id, session_id), ThemeForm()
    if source not in set(ThemeSource):
        raise NotFound
    if not form.validate_on_submit():
        return _theme_page(part, form, source)
    telling.write_theme(part, ThemeSource(source), form.words)
    flash(_("Written. Now the community says whether the other side may read it."), "success")
    if source == ThemeSource.ASKED:
        return redirect(url_for("session_table.suggestions", circle_id=circle_id, session_id=session_id))
    return _to(circle_id, session_id)


@words_blueprint.route("/themes/<int:theme_id>/edit", methods=["GET", "POST"])
def edit_theme(circle_id: int, session_id: int, theme_id: int) -> ResponseReturnValue:
    """Edit a theme; the community must approve it again."""
    part, form = enter_to("facilitates", circle_id, session_id), ThemeForm()
    theme = sessions.theme(part, theme_id)
    now = open_text(theme, my_keys())
    if now is None or theme.state == ThemeState.SHARED:
        raise NotFound
    if not form.validate_over(now, theme.version):
        return _theme_page(part, form, theme.source)
    telling.change_theme(part, theme, form.words)
    flash(_("Saved. The community approves the new words."), "success")
    return _to(circle_id, session_id)


@words_blueprint.post("/themes/<int:theme_id>/approve")
def approve(circle_id: int, session_id: int, theme_id: int) -> Response:
    """Approve a theme for the community, in the version that was shown."""
    part = enter_to("of_community", circle_id, session_id)
    telling.approve_theme(part, sessions.theme(part, theme_id), request.form.get("version", 0, type=int))
    flash(_("Approved. Whoever facilitates can now share it."), "success")
    return _to(circle_id, session_id)


@words_blueprint.post("/themes/<int:theme_id>/share")
def share(circle_id: int, session_id: int, theme_id: int) -> Response:
    """Share a theme with both sides."""
    part = enter_to("facilitates", circle_id, session_id)
    telling.share_theme(part, sessions.theme(part, theme_id))
    flash(_("Shared with both sides."), "success")
    return _to(circle_id, session_id)


@words_blueprint.post("/themes/<int:theme_id>/delete")
def delete_theme(circle_id: int, session_id: int, theme_id: int) -> Response:
    """Delete a theme after confirmation."""
    part = enter_to("facilitates", circle_id, session_id)
    theme = sessions.theme(part, theme_id)
    if is_sure():
        telling.delete_theme(part, theme)
        flash(_("Erased for good."), "success")
    return _to(circle_id, session_id)


@words_blueprint.route("/lines/new", methods=["GET", "POST"])
def new_line(circle_id: int, session_id: int) -> ResponseReturnValue:
    """Store a quote with its speaker's consent."""
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
    telling.keep_line(part, QuoteScope(form.scope.data), form.pair("words"), form.pair("by"), *days)
    flash(_("Kept. It goes when the consent ends, or at once when it is withdrawn."), "success")
    return _to(circle_id, session_id)


@words_blueprint.post("/lines/<int:line_id>/withdraw")
def withdraw_line(circle_id: int, session_id: int, line_id: int) -> Response:
    """Delete a quote everywhere after confirmation."""
    part = enter_to("plans", circle_id, session_id)
    line = sessions.line(part, line_id)
    if is_sure():
        telling.withdraw_line(part, line)
        flash(_("The line is gone, everywhere."), "success")
    return _to(circle_id, session_id)


@words_blueprint.route("/acknowledgements/new", methods=["GET", "POST"])
def new_said(circle_id: int, session_id: int) -> ResponseReturnValue:
    """Write an acknowledgement."""
    return _say(enter_to("plans", circle_id, session_id), None)


@words_blueprint.route("/acknowledgements/<int:said_id>/edit", methods=["GET", "POST"])
def edit_said(circle_id: int, session_id: int, said_id: int) -> ResponseReturnValue:
    """Edit an acknowledgement that is not public yet."""
    part = enter_to("plans", circle_id, session_id)
    found = sessions.acknowledgement_in(part, said_id)
    if found.published_on is not None:
        raise NotFound
    return _say(part, found)


@words_blueprint.route("/acknowledgements/<int:said_id>/answer", methods=["GET", "POST"])
def answer(circle_id: int, session_id: int, said_id: int) -> ResponseReturnValue:
    """Write the community's answer."""
    part, form = enter_to("of_community", circle_id, session_id), ReplyForm()
    found = sessions.acknowledgement_in(part, said_id)
    if not form.validate_on_submit() or _must_not_go_out(form):
        words = _("Your answer stands beside it for everybody, with today's date. An earlier answer is replaced.")
        title, publish = _("The community answers"), _("Publish in both languages")
        frame, own = in_session(part, said=found), "reconciliation/answer.html"
        return FormPage(title, publish, [words], frame, own, keep=True).show(form)
    telling.answer_acknowledgement(part, found, form.pair("answer"), form.pair("by"))
    flash(_("The answer stands beside it, for everybody."), "success")
    return _to(circle_id, session_id)


def _must_not_go_out(form: PublicWordsForm) -> bool:
    return names_hidden_place(form, current_user.id) or asks_before_public(form)


def _say(part: Participation, found: Acknowledgement | None) -> ResponseReturnValue:
    form = SaidForm(_offices(found))
    is_whole = form.validate_over(_as_typed(found), found.version) if found else form.validate_on_submit()
    publishes = request.form.get("then") == "publish"
    if not is_whole or names_hidden_place(form, current_user.id) or (publishes and asks_before_public(form)):
        return session_page("reconciliation/said.html", part, form=form, said=found), form.http_status
    said = AcknowledgementText(int(form.office.data), form.pair("harm"), form.pair("words"), form.spoken_on.data)
    kept = telling.draft_acknowledgement(part, said, found)
    if publishes:
        telling.publish_acknowledgement(part, kept)
        flash(_("Published in both languages."), "success")
    else:
        flash(_("Saved as a draft."), "success")
    return _to(part.seat.circle.id, part.circle_session.id)


def _offices(found: Acknowledgement | None) -> list[Office]:
    offices = [office for _house, office in open_offices()]
    return offices if found is None or found.office in offices else [*offices, found.office]


def _theme_page(part: Participation, form: ThemeForm, source: str) -> tuple[str, int]:
    words = _(
        "In your own words, so that nobody can be recognized. The community approves it before police and agencies "
        "read it."
    )
    from_where = f"{SOURCES[ThemeSource(source)]}. {words}"
    return FormPage(_("A theme"), _("Save"), [from_where], in_session(part), keep=True).show(form)


def _to(circle_id: int, session_id: int) -> Response:
    return redirect(url_for("sessions.show", circle_id=circle_id, session_id=session_id))


acknowledgements_blueprint = AudienceBlueprint(
    "acknowledgements", __name__, audience=PUBLIC, url_prefix="/<lang:lang>/acknowledgements"
)


@acknowledgements_blueprint.get("/")
@shared_page
def index() -> str:
    """List the published acknowledgements, newest first."""
    return render_template("reconciliation/acknowledgements.html", said=public_acknowledgements())


@acknowledgements_blueprint.get("/<slug>")
def show(slug: str) -> str:
    """Show an acknowledgement. It bypasses the page cache, so that a withdrawn quote is gone at the next request."""
    found = public_acknowledgement(slug)
    lines = public_lines(found.session_id)
    return render_template("reconciliation/acknowledgement.html", it=found, lines=lines)
