"""Pages for importing head counts: upload of a table, preview of the changes, confirmation and undo."""

from __future__ import annotations

import json
from io import StringIO
from typing import Any

from defusedcsv import csv
from flask import Response as FlaskResponse
from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext
from flask_wtf.file import FileField
from werkzeug.datastructures import FileStorage
from werkzeug.exceptions import RequestEntityTooLarge
from werkzeug.wrappers import Response
from wtforms import HiddenField

from portal.accounts.sign_in import current_user
from portal.core.cells import Wrong
from portal.core.clock import now, zone
from portal.core.forms import ProtectedForm
from portal.core.i18n import language
from portal.core.sheets import MOST_BYTES, UnreadableWorkbook, cells_of, left_out
from portal.core.web import AudienceBlueprint, members
from portal.meetings import congregations
from portal.meetings.congregations import (
    HEADINGS,
    MOST_HEADS,
    MOST_LINES,
    HeadCountLine,
    headings,
    named_meetings,
    own_import,
    own_imports,
    read_table,
    sentence,
)
from portal.meetings.meeting import Meeting
from portal.meetings.report_back import SIDE_NAMES, has_begun, heads
from portal.meetings.report_back_rules import SIDES, AttendeeRole
from portal.meetings.texts import MISSING


class TableForm(ProtectedForm):
    """Form for uploading a table."""

    table = FileField(_l("Table with the counts (CSV or XLSX)"))

    def validate(self, extra_validators: Any = None) -> bool:
        whole: bool = super().validate(extra_validators)
        if not isinstance(self.table.data, FileStorage) or not self.table.data.filename:
            self.table.errors = [MISSING]
        return whole and not self.errors

    @property
    def content(self) -> bytes:
        """The bytes of the uploaded file."""
        return bytes(self.table.data.read())


class ConfirmCountsForm(ProtectedForm):
    """Carries the previewed counts. They come back from a browser, so they are validated like any other table."""

    counts = HiddenField()
    mark = HiddenField()
    not_read = HiddenField()

    @property
    def lines(self) -> list[HeadCountLine]:
        """The previewed counts; empty if they were tampered with."""
        try:
            given = json.loads(self.counts.data or "")
        except (ValueError, RecursionError):
            return []
        right = isinstance(given, dict) and len(given) <= MOST_LINES and all(map(_is_right, given.values()))
        return [HeadCountLine(0, slug, heads) for slug, heads in given.items()] if right else []

    @property
    def sheets(self) -> list[str]:
        """The names of the sheets that were not read; empty if they were tampered with."""
        try:
            given = json.loads(self.not_read.data or "")
        except (ValueError, RecursionError):
            return []
        return [name for name in given if isinstance(name, str)] if isinstance(given, list) else []


def packed(lines: list[HeadCountLine]) -> str:
    """Return the counts as JSON for the hidden field."""
    return json.dumps({line.meeting: dict(line.heads) for line in lines})


def _is_right(heads: object) -> bool:
    if not isinstance(heads, dict) or not heads or not set(heads) <= set(SIDES):
        return False
    return all(type(count) is int and 0 <= count <= MOST_HEADS for count in heads.values())


MOST_SHOWN = 40
blueprint = AudienceBlueprint(
    "meetings_heads",
    __name__,
    audience=members("organizer", "community_lead"),
    url_prefix="/<lang:lang>/team/head-counts",
    largest=2 * MOST_BYTES,
)


@blueprint.errorhandler(RequestEntityTooLarge)
def say_that_it_is_too_large(_error: RequestEntityTooLarge) -> ResponseReturnValue:
    """Answer a file that exceeds the limit of the request with the same message as one that is slightly too large."""
    return _page(TableForm(formdata=None), [Wrong("file_too_large")]), 413


@blueprint.get("/")
def index() -> str:
    """Show the form, the table to fill in and earlier imports."""
    return _page(TableForm(formdata=None))


@blueprint.get("/head-counts.csv")
def table() -> FlaskResponse:
    """Send all held meetings with their counts as CSV.

    The csv module is defusedcsv: cells that start like a formula are made harmless.
    """
    begun = Meeting.starts_at <= now()
    held = [meeting for meeting in named_meetings(current_user.id, begun).values() if has_begun(meeting)]
    written = StringIO(newline="")
    writer = csv.writer(written)
    writer.writerow([*map(str, HEADINGS.values()), *(str(SIDE_NAMES[side]) for side in AttendeeRole)])
    for meeting in held:
        counts, starts = heads(meeting.id), meeting.starts_at
        day = starts.astimezone(zone()).date().isoformat() if starts else ""
        writer.writerow(
            [meeting.slug, day, meeting.title[language()], *(counts.get(side, "") for side in AttendeeRole)]
        )
    # The byte order mark lets spreadsheet programs read the accents.
    answer = FlaskResponse("\ufeff" + written.getvalue(), mimetype="text/csv")
    answer.headers["Content-Disposition"] = 'attachment; filename="head-counts.csv"'
    return answer


@blueprint.post("/")
def look() -> ResponseReturnValue:
    """Preview the changes of a table, or show all its errors. Nothing is changed yet."""
    form = TableForm()
    if not form.validate():
        return _page(form), 422
    content = form.content
    try:
        cells = cells_of(content)
    except UnreadableWorkbook as reason:
        return _page(form, [Wrong(reason.key, reason.line, reason.column)]), 422
    found = read_table(cells.rows, headings())
    not_read = left_out(content)
    planned, unknown = congregations.plan_import(found.lines, current_user.id)
    if wrong := cells.all_wrong(found.wrong, unknown):
        return _page(form, wrong, not_read), 422
    return _preview(found.lines, planned, not_read)


@blueprint.post("/yes")
def take() -> ResponseReturnValue:
    """Import the previewed counts, all or nothing."""
    form = ConfirmCountsForm()
    lines = form.lines
    planned, wrong = congregations.plan_import(lines, current_user.id)
    if not form.validate() or not lines or wrong:
        return _page(TableForm(formdata=None), wrong or [Wrong("no_counts")]), 422
    if form.mark.data != congregations.mark(planned):
        flash(_("Somebody has changed one of these counts in the meantime. Please look again."), "warning")
        return _preview(lines, planned, form.sheets), 409
    congregations.import_heads(planned, current_user.id)
    said = ngettext("The counts of %(num)s meeting are kept.", "The counts of %(num)s meetings are kept.", len(planned))
    flash(said, "success")
    return redirect(url_for("meetings_heads.index"))


@blueprint.post("/<int:import_id>/undo")
def undo(import_id: int) -> Response:
    """Undo an import."""
    congregations.undo_import(own_import(import_id, current_user.id), current_user.id)
    flash(_("The counts are as they were before."), "success")
    return redirect(url_for("meetings_heads.index"))


def _preview(lines: list[HeadCountLine], planned: list[congregations.Planned], not_read: list[str]) -> str:
    form = ConfirmCountsForm(
        formdata=None, counts=packed(lines), mark=congregations.mark(planned), not_read=json.dumps(not_read)
    )
    rows = [(one.meeting, _changes(one)) for one in planned]
    return render_template("meetings/head_import/preview.html", form=form, rows=rows, left_out=not_read)


def _changes(one: congregations.Planned) -> list[tuple[str, int | None, int]]:
    """Return the changes in one meeting: role, count before, count after."""
    return [
        (str(SIDE_NAMES[side]), one.before.get(side), one.after[side])
        for side in AttendeeRole
        if side in one.after and one.before.get(side) != one.after[side]
    ]


def _page(form: TableForm, wrong: list[Wrong] | None = None, not_read: list[str] | None = None) -> str:
    """Render the page with its errors and the sheets that were not read: the counts may be in one of those."""
    said = [sentence(one) for one in wrong or ()]
    return render_template(
        "meetings/head_import/index.html",
        form=form,
        wrong=said[:MOST_SHOWN],
        more=max(0, len(said) - MOST_SHOWN),
        left_out=not_read,
        imports=own_imports(current_user.id),
    )
