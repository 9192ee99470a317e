"""The public pages for anonymous suggestions to sessions: no cookie, no name, no time of day, and a single reader."""

from __future__ import annotations

from collections.abc import Iterator

from flask import render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import format_date
from flask_babel import gettext as _

from portal.core.feature import PublicLink
from portal.core.forms import only_changes_language
from portal.core.i18n import language
from portal.core.limits import RateLimit, attempt
from portal.core.web import PUBLIC, AudienceBlueprint, shared_page
from portal.partners.reconciliation.planning import suggest
from portal.partners.reconciliation.sessions import open_notice, open_notices, public_acknowledgements
from portal.partners.reconciliation.table_pages import SuggestionForm

SUGGESTIONS = RateLimit(near=10, wide=40, everybody=300, reserved=10, seconds=3600)
MOST_LINKED = 3
blueprint = AudienceBlueprint("listening", __name__, audience=PUBLIC, url_prefix="/<lang:lang>/listening")


@blueprint.get("/")
@shared_page
def index() -> str:
    """List the sessions that take suggestions now."""
    return render_template("reconciliation/listening.html", notices=open_notices())


@blueprint.get("/<slug>")
def ask(slug: str) -> str:
    """Show the notice of a session and the form."""
    notice, _circle_session = open_notice(slug)
    return _page(notice, SuggestionForm())


@blueprint.post("/<slug>")
def send(slug: str) -> ResponseReturnValue:
    """Save a suggestion; if it is refused, the form comes back with the text and the errors."""
    notice, circle_session = open_notice(slug)
    form = SuggestionForm()
    if only_changes_language():
        return _page(notice, form)
    if not form.validate():
        return _page(notice, form), 422
    if not attempt("suggestion", SUGGESTIONS).passed:
        return _page(notice, form, too_many=True), 429
    suggest(circle_session, {"suggestion": form.suggestion.data or "", "lang": language()}, form.nonce)
    return render_template("reconciliation/suggested.html", it=notice)


def _page(notice: object, form: SuggestionForm, *, too_many: bool = False) -> str:
    return render_template("reconciliation/suggest.html", it=notice, form=form, too_many=too_many)


def open_links() -> Iterator[PublicLink]:
    """Yield links to the sessions that take suggestions now, and to what offices have acknowledged, if anything."""
    for notice in open_notices()[:MOST_LINKED]:
        until = _("until %(day)s", day=format_date(notice.closes_on, "long"))
        yield PublicLink(_("Suggest what should be talked about"), url_for("listening.ask", slug=notice.slug), until)
    if public_acknowledgements():
        yield PublicLink(_("What offices have acknowledged"), url_for("acknowledgements.index"))
