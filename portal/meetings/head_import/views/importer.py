"""A table to fill in, what it would change, taking it over, undoing it."""

from __future__ import annotations

import json
from io import StringIO

from defusedcsv import csv
from flask import Response as FlaskResponse
from flask import flash, redirect, render_template, url_for
from flask.blueprints import BlueprintSetupState
from flask_babel import gettext as _
from flask_babel import ngettext
from flask_login import current_user
from werkzeug.exceptions import RequestEntityTooLarge
from werkzeug.wrappers import Response

from portal.core.cells import Wrong
from portal.core.clock import zone
from portal.core.i18n import language
from portal.core.sheets import MOST_BYTES, Unreadable, cells_of, left_out
from portal.core.web import Room, members
from portal.meetings.head_import import actions
from portal.meetings.head_import.forms import TableForm, YesForm, packed
from portal.meetings.head_import.queries import named_meetings, own_import, own_imports
from portal.meetings.head_import.rules import Line, read_table
from portal.meetings.head_import.texts import HEADINGS, REFUSALS, headings, sentence
from portal.meetings.report_back.actions import has_begun
from portal.meetings.report_back.queries import heads
from portal.meetings.report_back.rules import Side
from portal.meetings.report_back.texts import SIDE_NAMES

Answer = Response | str | tuple[str, int]
MOST_SHOWN = 40
room = Room(
    "meetings_heads",
    __name__,
    audience=members("organizer", "community_lead"),
    url_prefix="/<lang:lang>/team/head-counts",
    largest=2 * MOST_BYTES,
)


@room.record_once
def name_refusals(state: BlueprintSetupState) -> None:
    """Give the error page the sentences of this feature."""
    state.app.extensions.setdefault("refusals", {}).update(REFUSALS)


@room.errorhandler(RequestEntityTooLarge)
def say_that_it_is_too_large(_error: RequestEntityTooLarge) -> Answer:
    """The page with the sentence that a file gets which is a little too large."""
    return _page(TableForm(formdata=None), [Wrong("file_too_large")]), 413


@room.get("/")
def index() -> str:
    """The table to fill in, a place to send it to, and earlier imports."""
    return _page(TableForm(formdata=None))


@room.get("/head-counts.csv")
def table() -> FlaskResponse:
    """Every meeting that was held, with the counts so far. What starts like a formula is made harmless."""
    held = [meeting for meeting in named_meetings(current_user.id).values() if has_begun(meeting)]
    written = StringIO(newline="")
    writer = csv.writer(written)
    writer.writerow([*map(str, HEADINGS.values()), *(str(SIDE_NAMES[side]) for side in Side)])
    for meeting in held:
        counts, starts = heads(meeting.id), meeting.starts_at
        day = starts.astimezone(zone()).date().isoformat() if starts else ""
        writer.writerow([meeting.slug, day, meeting.title[language()], *(counts.get(side, "") for side in Side)])
    # The mark at the beginning lets every program for tables see the accents.
    answer = FlaskResponse("\ufeff" + written.getvalue(), mimetype="text/csv")
    answer.headers["Content-Disposition"] = 'attachment; filename="head-counts.csv"'
    return answer


@room.post("/")
def look() -> Answer:
    """Show what a table would change, or everything that is wrong with it. Nothing is changed yet."""
    form = TableForm()
    if not form.validate():
        return _page(form), 422
    content = form.content
    try:
        cells = cells_of(content)
    except Unreadable as reason:
        return _page(form, [Wrong(reason.key, reason.line, reason.column)]), 422
    found = read_table(cells.rows, headings())
    not_read = left_out(content)
    planned, unknown = actions.plan_import(found.lines, current_user.id)
    if wrong := cells.all_wrong(found.wrong, unknown):
        return _page(form, wrong, not_read), 422
    return _preview(found.lines, planned, not_read)


@room.post("/yes")
def take() -> Answer:
    """Take over what was shown, all of it or nothing."""
    form = YesForm()
    lines = form.lines
    planned, wrong = actions.plan_import(lines, current_user.id)
    if not form.validate() or not lines or wrong:
        return _page(TableForm(formdata=None), wrong or [Wrong("no_counts")]), 422
    if form.mark.data != actions.mark(planned):
        flash(_("Somebody has changed one of these counts in the meantime. Please look again."), "warning")
        return _preview(lines, planned, form.sheets), 409
    actions.import_heads(planned, current_user.id)
    said = ngettext("The counts of %(num)s meeting are kept.", "The counts of %(num)s meetings are kept.", len(planned))
    flash(said, "success")
    return redirect(url_for("meetings_heads.index"))


@room.post("/<int:import_id>/undo")
def undo(import_id: int) -> Response:
    """Put back what was there before."""
    actions.undo_import(own_import(import_id, current_user.id), current_user.id)
    flash(_("The counts are as they were before."), "success")
    return redirect(url_for("meetings_heads.index"))


def _preview(lines: list[Line], planned: list[actions.Planned], not_read: list[str]) -> str:
    form = YesForm(formdata=None, counts=packed(lines), mark=actions.mark(planned), not_read=json.dumps(not_read))
    rows = [(one.meeting, _changes(one)) for one in planned]
    return render_template("meetings/head_import/preview.html", form=form, rows=rows, left_out=not_read)


def _changes(one: actions.Planned) -> list[tuple[str, int | None, int]]:
    """What changes in one meeting: role, count before, count after."""
    return [
        (str(SIDE_NAMES[side]), one.before.get(side), one.after[side])
        for side in Side
        if side in one.after and one.before.get(side) != one.after[side]
    ]


def _page(form: TableForm, wrong: list[Wrong] | None = None, not_read: list[str] | None = None) -> str:
    """The page, with what is wrong with what was sent: perhaps the counts are in another sheet of it."""
    said = [sentence(one) for one in wrong or ()]
    return render_template(
        "meetings/head_import/index.html",
        form=form,
        wrong=said[:MOST_SHOWN],
        more=max(0, len(said) - MOST_SHOWN),
        left_out=not_read,
        imports=own_imports(current_user.id),
    )
