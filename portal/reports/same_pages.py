"""Pages on which the desk closes several reports as the same as one, and parts them again."""

from __future__ import annotations

from collections.abc import Sequence

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext

from portal.accounts.sign_in import current_user
from portal.core.web import AudienceBlueprint, members
from portal.reports import same
from portal.reports.desk_access import market_names, my_keys, my_thread, my_worklist, to_thread
from portal.reports.desk_pages import go_on, typed_there
from portal.reports.reports import Thread, first_words
from portal.reports.texts import CHANNELS, DESK_CATEGORIES, STATES

blueprint = AudienceBlueprint(
    "desk_same", __name__, audience=members("triage", "oversight"), url_prefix="/<lang:lang>/desk"
)


@blueprint.get("/<int:thread_id>/same")
def choose(thread_id: int) -> ResponseReturnValue:
    """Show open reports of the same place, to choose those that tell of the same matter."""
    found = my_thread(thread_id)
    if not same.may_have_same(found):
        return to_thread(thread_id)
    return _page(found, same.perhaps_the_same(found))


@blueprint.post("/<int:thread_id>/same")
def close(thread_id: int) -> ResponseReturnValue:
    """Ask once whether the chosen reports are the same, then close them."""
    found = my_thread(thread_id)
    chosen = {int(one) for one in request.form.getlist("same") if one.isdecimal()}
    others = [other for other in same.perhaps_the_same(found) if other.id in chosen]
    if not others:
        flash(_("Choose at least one report that is still open."), "warning")
        return redirect(url_for("desk_same.choose", thread_id=thread_id, **my_worklist().kept))
    if "sure" not in request.form:
        return _page(found, others, asked=True)
    many = same.close_as_same(found, chosen, current_user.id)
    flash(
        ngettext(
            "%(num)s report is closed as the same as this one.",
            "%(num)s reports are closed as the same as this one.",
            many,
        ),
        "success",
    )
    return to_thread(thread_id)


@blueprint.post("/<int:thread_id>/part")
def part(thread_id: int) -> ResponseReturnValue:
    """Take up a report again that was closed as the same as another."""
    found = my_thread(thread_id)
    typed = typed_there(found)
    same.part(found, current_user.id)
    flash(_("It is open again, and on its own."), "success")
    return go_on(found, typed)


def _page(found: Thread, others: Sequence[Thread], *, asked: bool = False) -> str:
    begins = first_words([found, *others], my_keys())
    return render_template(
        "reports/desk_same.html",
        thread=found,
        others=others,
        begins=begins,
        asked=asked,
        markets=market_names(),
        selection=my_worklist().selection,
        categories=DESK_CATEGORIES,
        channels=CHANNELS,
        states=STATES,
    )
