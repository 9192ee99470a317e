"""Shared by all editor views: the pressed button, the redirect that follows, and the message shown meanwhile."""

from __future__ import annotations

from flask import flash, redirect, request
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from portal.core.editing import NOT_SURE

LAST_PAGE = 100_000


def pressed() -> str:
    """Return the name of the pressed button: `save`, `preview`, `publish`, `schedule`."""
    return request.form.get("then", "")


def page_asked() -> int:
    """Return the requested page of a long list; the first if the argument is not a number."""
    return min(max(request.args.get("page", 1, int), 1), LAST_PAGE)


def id_asked(name: str) -> int | None:
    """Return the row id in an argument of the URL; None if there is none that a database could hold."""
    given = request.args.get(name, 0, int)
    return given if 0 < given < 2**63 else None


def is_sure() -> bool:
    """Return whether the confirmation box of an irreversible action was checked; flashes a message if not."""
    if "sure" in request.form:
        return True
    flash(NOT_SURE, "warning")
    return False


def kept_as_draft(form: str) -> Response:
    """Redirect back to the form at the URL `form`."""
    flash(_("Saved as a draft."), "success")
    return redirect(form)


def not_out_yet(form: str) -> Response:
    """Redirect back to the form at the URL `form`, which shows what is missing."""
    flash(_("Saved as a draft. It can be published when nothing is missing."), "warning")
    return redirect(form)


def on_from(stale: frozenset[str], shelf: str, form: str) -> Response:
    """Redirect to the list `shelf`, or back to the form while one language is stale: it is marked there."""
    if not stale:
        return redirect(shelf)
    flash(_("One language is now older than the other. The page says so until you change that one too."), "warning")
    return redirect(form)


def draft_deleted(shelf: str) -> Response:
    """Redirect to the list, which no longer has the draft."""
    flash(_("The draft is deleted."), "success")
    return redirect(shelf)
