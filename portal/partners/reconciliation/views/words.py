"""What becomes words: themes and who lets them through, lines with consent, acknowledgements and their answers."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from portal.accounts.phrase_pages import Answer
from portal.accounts.sessions import person
from portal.core.editors import is_sure
from portal.core.errors import NotFound
from portal.core.web import SIGNED_IN, Room
from portal.markets.naming import names_hidden_place
from portal.organisations.models import Office
from portal.organisations.queries import open_offices
from portal.partners.reconciliation.actions import words
from portal.partners.reconciliation.actions.words import Said
from portal.partners.reconciliation.door import enter_to
from portal.partners.reconciliation.forms.telling import LineForm, ReplyForm, SaidForm, ThemeForm
from portal.partners.reconciliation.models import Acknowledgement
from portal.partners.reconciliation.queries import sittings as stored
from portal.partners.reconciliation.queries.sittings import Part
from portal.partners.reconciliation.rules import Scope, Source, State
from portal.partners.sealing import my_keys, open_text

room = Room(
    "session_words",
    __name__,
    audience=SIGNED_IN,
    url_prefix="/<lang:lang>/circles/<int:circle_id>/sessions/<int:session_id>",
)


@room.route("/themes/new/<source>", methods=["GET", "POST"])
def new_theme(circle_id: int, session_id: int, source: str) -> Answer:
    """Write a theme."""
    part, form = enter_to("facilitates", circle_id, session_id), ThemeForm()
    if source not in set(Source):
        raise NotFound
    if not form.is_submitted():
        return _theme_page(part, form, source)
    if not form.validate():
        return _theme_page(part, form, source), 422
    words.write_theme(part, Source(source), form.words)
    flash(_("Written. Now the community says whether the other side may read it."), "success")
    if source == Source.ASKED:
        return redirect(url_for("session_table.suggestions", circle_id=circle_id, session_id=session_id))
    return _to(circle_id, session_id)


@room.route("/themes/<int:theme_id>/edit", methods=["GET", "POST"])
def edit_theme(circle_id: int, session_id: int, theme_id: int) -> Answer:
    """Write a theme anew; the community approves it again."""
    part, form = enter_to("facilitates", circle_id, session_id), ThemeForm()
    theme = stored.theme(part, theme_id)
    now = open_text(theme, my_keys())
    if now is None or theme.state == State.SHARED:
        raise NotFound
    if not form.is_submitted():
        return _theme_page(part, ThemeForm(data={**now, "version": str(theme.version)}), theme.source)
    if form.is_behind(theme.version):
        form.version.data = str(theme.version)
        return _theme_page(part, form, theme.source, newer=form.differences(now)), 409
    if not form.validate():
        return _theme_page(part, form, theme.source), 422
    words.change_theme(part, theme, form.words)
    flash(_("Saved. The community approves the new words."), "success")
    return _to(circle_id, session_id)


@room.post("/themes/<int:theme_id>/approve")
def approve(circle_id: int, session_id: int, theme_id: int) -> Response:
    """The community lets a theme through, as it was shown."""
    part = enter_to("of_community", circle_id, session_id)
    words.approve_theme(part, stored.theme(part, theme_id), request.form.get("version", 0, type=int))
    flash(_("Approved. Whoever facilitates can now share it."), "success")
    return _to(circle_id, session_id)


@room.post("/themes/<int:theme_id>/share")
def share(circle_id: int, session_id: int, theme_id: int) -> Response:
    """Let both sides read a theme."""
    part = enter_to("facilitates", circle_id, session_id)
    words.share_theme(part, stored.theme(part, theme_id))
    flash(_("Shared with both sides."), "success")
    return _to(circle_id, session_id)


@room.post("/themes/<int:theme_id>/delete")
def delete_theme(circle_id: int, session_id: int, theme_id: int) -> Response:
    """Erase a theme."""
    part = enter_to("facilitates", circle_id, session_id)
    theme = stored.theme(part, theme_id)
    if is_sure():
        words.delete_theme(part, theme)
        flash(_("Erased for good."), "success")
    return _to(circle_id, session_id)


@room.route("/lines/new", methods=["GET", "POST"])
def new_line(circle_id: int, session_id: int) -> Answer:
    """Keep a line word by word, with consent."""
    part, form = enter_to("plans", circle_id, session_id), LineForm()
    if not form.is_submitted():
        return _line_page(part, form)
    whole = form.validate()
    if not whole or (form.scope.data == Scope.PUBLIC and names_hidden_place(form, person().id)):
        return _line_page(part, form), 422
    days = (form.consent_on.data, form.expires_on.data)
    words.keep_line(part, Scope(form.scope.data), form.pair("words"), form.pair("by"), *days)
    flash(_("Kept. It goes when the consent ends, or at once when it is withdrawn."), "success")
    return _to(circle_id, session_id)


@room.post("/lines/<int:line_id>/withdraw")
def withdraw_line(circle_id: int, session_id: int, line_id: int) -> Response:
    """Forget a line everywhere."""
    part = enter_to("plans", circle_id, session_id)
    line = stored.line(part, line_id)
    if is_sure():
        words.withdraw_line(part, line)
        flash(_("The line is gone, everywhere."), "success")
    return _to(circle_id, session_id)


@room.route("/acknowledgements/new", methods=["GET", "POST"])
def new_said(circle_id: int, session_id: int) -> Answer:
    """Write down what an office says."""
    return _say(enter_to("plans", circle_id, session_id), None)


@room.route("/acknowledgements/<int:said_id>/edit", methods=["GET", "POST"])
def edit_said(circle_id: int, session_id: int, said_id: int) -> Answer:
    """Change it before it is public."""
    part = enter_to("plans", circle_id, session_id)
    found = stored.acknowledgement_in(part, said_id)
    if found.published_on is not None:
        raise NotFound
    return _say(part, found)


@room.route("/acknowledgements/<int:said_id>/answer", methods=["GET", "POST"])
def answer(circle_id: int, session_id: int, said_id: int) -> Answer:
    """The community answers."""
    part, form = enter_to("of_community", circle_id, session_id), ReplyForm()
    found = stored.acknowledgement_in(part, said_id)
    if not form.is_submitted():
        return render_template("reconciliation/answer.html", seat=part.seat, it=part.sitting, said=found, form=form)
    if not form.validate() or names_hidden_place(form, person().id):
        page = render_template("reconciliation/answer.html", seat=part.seat, it=part.sitting, said=found, form=form)
        return page, 422
    words.answer_acknowledgement(part, found, form.pair("answer"), form.pair("by"))
    flash(_("The answer stands beside it, for everybody."), "success")
    return _to(circle_id, session_id)


def _say(part: Part, found: Acknowledgement | None) -> Answer:
    form = SaidForm(_offices(found), found)
    if not form.is_submitted():
        return _said_page(part, form, found)
    if found is not None and form.is_behind(found.version):
        form.version.data = str(found.version)
        return _said_page(part, form, found), 409
    if not form.validate() or names_hidden_place(form, person().id):
        return _said_page(part, form, found), 422
    said = Said(int(form.office.data), form.pair("harm"), form.pair("words"), form.spoken_on.data)
    kept = words.draft_acknowledgement(part, said, found)
    if request.form.get("then") == "publish":
        words.publish_acknowledgement(part, kept)
        flash(_("Published in both languages."), "success")
    else:
        flash(_("Saved as a draft."), "success")
    return _to(part.seat.circle.id, part.sitting.id)


def _offices(found: Acknowledgement | None) -> list[Office]:
    offices = [office for _house, office in open_offices()]
    return offices if found is None or found.office in offices else [*offices, found.office]


def _theme_page(part: Part, form: ThemeForm, source: str, newer: object = None) -> str:
    return render_template(
        "reconciliation/theme.html", seat=part.seat, it=part.sitting, form=form, source=source, newer=newer
    )


def _line_page(part: Part, form: LineForm) -> str:
    return render_template("reconciliation/line.html", seat=part.seat, it=part.sitting, form=form)


def _said_page(part: Part, form: SaidForm, found: Acknowledgement | None) -> str:
    return render_template("reconciliation/said.html", seat=part.seat, it=part.sitting, form=form, said=found)


def _to(circle_id: int, session_id: int) -> Response:
    return redirect(url_for("sessions.show", circle_id=circle_id, session_id=session_id))
