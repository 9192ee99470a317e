"""The page on which a desk covers parts of a picture for good: a face, a house number, the view from a window."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, render_template, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from werkzeug.wrappers import Response
from wtforms import BooleanField, SelectMultipleField
from wtforms.validators import DataRequired
from wtforms.widgets import CheckboxInput

from portal.accounts.roles import READS_REPORTS
from portal.accounts.sign_in import current_user
from portal.accounts.users import desk_private_keys, open_desks
from portal.core.db import db
from portal.core.files.apart import NotTaken
from portal.core.files.rewriting import CELLS_A_SIDE, covered
from portal.core.forms import ProtectedForm
from portal.core.statuses import Refused
from portal.core.web import AudienceBlueprint, members
from portal.reports import threads
from portal.reports.reports import Thread, attachment, thread_at_desk


class CoverForm(ProtectedForm):
    """The parts of a picture that are to be covered: cells of a grid, numbered row by row."""

    cells = SelectMultipleField(
        _l("What nobody should see"),
        coerce=int,
        option_widget=CheckboxInput(),
        validators=[DataRequired(_l("Please choose at least one part of the picture."))],
    )
    sure = BooleanField(
        _l("I am sure: what I cover is gone for good"),
        validators=[DataRequired(_l("Please say that you are sure: it cannot be undone."))],
    )

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.cells.choices = [
            (cell, _("Row %(row)s, column %(column)s", row=cell // CELLS_A_SIDE + 1, column=cell % CELLS_A_SIDE + 1))
            for cell in range(CELLS_A_SIDE**2)
        ]


blueprint = AudienceBlueprint(
    "desk_cover", __name__, audience=members("triage", "oversight"), url_prefix="/<lang:lang>/desk"
)


@blueprint.get("/<int:thread_id>/picture/<int:message_id>/cover")
def show(thread_id: int, message_id: int) -> str:
    """Show a picture under a grid of boxes to tick."""
    thread, _jpeg, _key = _opened(thread_id, message_id)
    return _page(thread, message_id, CoverForm())


@blueprint.post("/<int:thread_id>/picture/<int:message_id>/cover")
def cover(thread_id: int, message_id: int) -> Response | tuple[str, int]:
    """Replace a picture with a copy of which parts are covered."""
    thread, jpeg, key = _opened(thread_id, message_id)
    form = CoverForm()
    if not form.validate():
        return _page(thread, message_id, form), 422
    member_id, desk_id = current_user.id, thread.desk_id
    # It takes a second, for which no connection is held.
    db.close()
    try:
        made = covered(jpeg, form.cells.data or ())
    except NotTaken:
        raise Refused("cover_later") from None
    thread = thread_at_desk(thread_id, [desk_id])
    threads.replace_picture(thread, message_id, key, made, member_id)
    flash(_("Covered. Nobody can open the picture as it was any more."), "success")
    return redirect(url_for("desk_cover.show", thread_id=thread_id, message_id=message_id))


def _opened(thread_id: int, message_id: int) -> tuple[Thread, bytes, bytes]:
    """Return a report of the signed-in member's desks, and a picture of it with its sealed key. Raises `NotFound`."""
    keys = desk_private_keys(current_user.id, current_user.private_key())
    thread = thread_at_desk(thread_id, open_desks(current_user.id, keys, READS_REPORTS))
    jpeg = attachment(thread, message_id, keys, "picture")
    return thread, jpeg, next(one.key_for_desk for one in thread.messages if one.id == message_id)


def _page(thread: Thread, message_id: int, form: CoverForm) -> str:
    return render_template("reports/cover.html", thread=thread, message_id=message_id, form=form)
