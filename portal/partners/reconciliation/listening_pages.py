"""The public pages for anonymous suggestions to sessions: no cookie, no name, no time of day, and a single reader."""

from __future__ import annotations

from flask import render_template
from werkzeug.wrappers import Response

from portal.core.forms import only_changes_language
from portal.core.i18n import language
from portal.core.limits import Share, attempt
from portal.core.web import PUBLIC, AudienceBlueprint, shared_page
from portal.partners.reconciliation.planning import suggest
from portal.partners.reconciliation.sessions import open_notice, open_notices
from portal.partners.reconciliation.table_pages import SuggestionForm

Answer = Response | str | tuple[str, int]
SUGGESTIONS = Share(near=10, wide=40, everybody=300, reserved=10, seconds=3600)
blueprint = AudienceBlueprint("listening", __name__, audience=PUBLIC, url_prefix="/<lang:lang>/listening")


@blueprint.get("/")
@shared_page
def index() -> str:
    """List the sessions that take suggestions now."""
    return render_template("reconciliation/listening.html", notices=open_notices())


@blueprint.get("/<slug>")
def ask(slug: str) -> str:
    """Show the notice of a session and the form."""
    notice, _sitting = open_notice(slug)
    return _page(notice, SuggestionForm())


@blueprint.post("/<slug>")
def send(slug: str) -> Answer:
    """Save a suggestion; if it is refused, the form comes back with the text and the errors."""
    notice, sitting = open_notice(slug)
    form = SuggestionForm()
    if only_changes_language():
        return _page(notice, form)
    if not form.validate():
        return _page(notice, form), 422
    if not attempt("suggestion", SUGGESTIONS).passed:
        return _page(notice, form, too_many=True), 429
    suggest(sitting, {"suggestion": form.suggestion.data or "", "lang": language()}, form.nonce)
    return render_template("reconciliation/suggested.html", it=notice)


def _page(notice: object, form: SuggestionForm, *, too_many: bool = False) -> str:
    return render_template("reconciliation/suggest.html", it=notice, form=form, too_many=too_many)
