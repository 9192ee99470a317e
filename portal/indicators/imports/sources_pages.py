"""Team pages for sources of incident files: their tables of blocks, and the deletion of their stored mappings."""

from __future__ import annotations

from collections.abc import Sequence

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext
from werkzeug.wrappers import Response

from portal.accounts.sign_in import current_user
from portal.core.cells import Wrong
from portal.core.editing import is_sure
from portal.core.i18n import number
from portal.core.sheets import UnreadableWorkbook, cells_of
from portal.core.web import AudienceBlueprint, members
from portal.indicators.areas_pages import let_go
from portal.indicators.counts import measures
from portal.indicators.imports import taking
from portal.indicators.imports.incident_pages import SourceForm
from portal.indicators.imports.mapping import MOST_BLOCKS, from_json, read_blocks
from portal.indicators.imports.texts import block_headings, sentence
from portal.indicators.imports.uploads import IncidentSource, source

MOST_BYTES = 10 * 1024 * 1024
MOST_SHOWN = 40
blueprint = AudienceBlueprint(
    "figures_sources",
    __name__,
    audience=members("evaluator", "community_lead"),
    url_prefix="/<lang:lang>/team/figures/sources",
    largest=2 * MOST_BYTES,
)


blueprint.teardown_request(let_go)


@blueprint.get("/<int:source_id>")
def show(source_id: int) -> str:
    """The stored mapping of a source."""
    return _page(source(source_id), SourceForm(formdata=None))


@blueprint.post("/<int:source_id>/blocks")
def blocks(source_id: int) -> ResponseReturnValue:
    """Save a table of blocks, replacing the one before."""
    found, form = source(source_id), SourceForm()
    if not form.validate():
        return _page(found, form), 422
    try:
        cells = cells_of(form.file.data.stream.read(MOST_BYTES + 1), MOST_BYTES, 10 * MOST_BYTES)
    except UnreadableWorkbook as reason:
        return _page(found, form, [Wrong(reason.key, reason.line, reason.column)]), 422
    read, unread = read_blocks(cells.rows, block_headings())
    if wrong := cells.all_wrong(unread):
        return _page(found, form, wrong), 422
    taking.set_blocks(found, read, current_user.id)
    flash(
        ngettext("%(number)s block is kept.", "%(number)s blocks are kept.", len(read), number=number(len(read))),
        "success",
    )
    return redirect(url_for("figures_sources.show", source_id=found.id))


@blueprint.post("/<int:source_id>/drop")
def drop(source_id: int) -> Response:
    """Delete a source and its mapping after confirmation; its figures stay."""
    found = source(source_id)
    if not is_sure():
        return redirect(url_for("figures_sources.show", source_id=found.id))
    taking.drop_source(found, current_user.id)
    flash(_("The source is forgotten. Its figures stay."), "success")
    return redirect(url_for("figures_incidents.index"))


def _page(found: IncidentSource, form: SourceForm, wrong: Sequence[Wrong] = ()) -> str:
    said = [sentence(one, megabytes=MOST_BYTES >> 20, lines=MOST_BLOCKS) for one in wrong]
    return render_template(
        "indicators/imports/source.html",
        source=found,
        reading=from_json(found.mapping),
        names={measure.key: measure.name for measure in measures()},
        form=form,
        wrong=said[:MOST_SHOWN],
        more=max(0, len(said) - MOST_SHOWN),
    )
