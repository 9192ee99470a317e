"""What all pages for editing do alike: which button was pressed, where to go from there, and what is said meanwhile."""

from __future__ import annotations

from flask import flash, redirect, request
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from portal.core.editing import NOT_SURE

LAST_PAGE = 100_000


def pressed() -> str:
    """The button that was pressed: `save`, `preview`, `publish`, `schedule`."""
    return request.form.get("then", "")


def page_asked() -> int:
    """Which page of a long list is asked for; the first, if what stands there is no number."""
    return min(max(request.args.get("page", 1, int), 1), LAST_PAGE)


def is_sure() -> bool:
    """Whether the box was checked that stands before what cannot be undone; says so if it was not."""
    if "sure" in request.form:
        return True
    flash(NOT_SURE, "warning")
    return False


def kept_as_draft(form: str) -> Response:
    """Back to the form at the address `form`."""
    flash(_("Saved as a draft."), "success")
    return redirect(form)


def not_out_yet(form: str) -> Response:
    """Back to the form, which says at the address `form` what is missing."""
    flash(_("Saved as a draft. It can be published when nothing is missing."), "warning")
    return redirect(form)


def on_from(stale: frozenset[str], shelf: str, form: str) -> Response:
    """On to the list at the address `shelf`, but back to the form while one language is behind: there it is marked."""
    if not stale:
        return redirect(shelf)
    flash(_("One language is now older than the other. The page says so until you change that one too."), "warning")
    return redirect(form)


def draft_deleted(shelf: str) -> Response:
    """On to the list, without it."""
    flash(_("The draft is deleted."), "success")
    return redirect(shelf)
