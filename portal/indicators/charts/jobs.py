"""Draws what the latest snapshot has, once it is there. Killed at any time, it goes on with what is missing."""

from __future__ import annotations

import time
from collections.abc import Iterator

from sqlalchemy import delete

from portal.core.db import db, random_id, session
from portal.core.edition import publish_edition
from portal.core.i18n import LANGUAGES, speaking
from portal.core.jobs.engine import Engine
from portal.core.jobs.rows import each_row
from portal.core.jobs.timetable import MINUTE
from portal.indicators.charts.models import FORMS, Drawing
from portal.indicators.charts.queries import Key, drawn
from portal.indicators.charts.specs import SIZES, WIDE, spec_of
from portal.indicators.charts.texts import labels_of
from portal.indicators.panels.reading import Panel, panels_of, panels_of_city
from portal.indicators.snapshots.document import Document
from portal.indicators.snapshots.queries import Frozen, latest

AT_MOST = 20.0
"""Seconds: a worker must not be kept from texts that wait."""


def start(jobs: Engine) -> None:
    """Add it to the timetable."""
    jobs.timed("drawings", MINUTE, draw_latest)


def draw_latest() -> None:
    """Draw what is not drawn of the latest snapshot, and throw those of earlier ones away."""
    with db.work():
        frozen = latest()
        known = drawn(frozen.digest) if frozen else set()
    if frozen is None:
        return
    wanted: list[tuple[Key, Panel]] = []
    each_row(shown_in(frozen.document), lambda shown: wanted.extend(drawings_of(*shown)))
    missing = [one for one in wanted if one[0] not in known]
    until = time.monotonic() + AT_MOST

    def draw(one: tuple[Key, Panel]) -> None:
        if time.monotonic() < until:
            _draw(frozen, *one)

    made = len(missing) - each_row(missing, draw)
    with db.work():
        gone = session.execute(delete(Drawing).where(Drawing.digest != frozen.digest).returning(Drawing.id)).all()
        # Not for one that fails each minute: kept pages would never be kept.
        if made or gone:
            publish_edition()


def shown_in(document: Document) -> list[tuple[str, Panel]]:
    """Every panel of a snapshot, with the slug of its place; the city has none."""
    shown = [("", panel) for panel in panels_of_city(document)]
    return shown + [(place.slug, panel) for place in document.places for panel in panels_of(document, place)]


def drawings_of(slug: str, panel: Panel) -> Iterator[tuple[Key, Panel]]:
    """The drawings that can be made of a panel."""
    for lang in LANGUAGES:
        with speaking(lang):
            if spec_of(panel, labels_of(panel), WIDE) is None:
                continue
        for form in FORMS:
            yield (slug, panel.measure.key, lang, form), panel


def _draw(frozen: Frozen, key: Key, panel: Panel) -> None:
    # An engine of its own comes with it: only the worker that draws pays for that.
    from portal.indicators.charts.drawing import png_of, svg_of

    slug, measure, lang, form = key
    with speaking(lang):
        labels = labels_of(panel)
    spec = spec_of(panel, labels, SIZES.get(form, WIDE))
    if spec is None:
        return
    content = png_of(spec) if form == "paper" else svg_of(spec, labels.title)
    with db.work():
        values = {"digest": frozen.digest, "slug": slug, "measure": measure, "lang": lang, "form": form}
        if (slug, measure, lang, form) not in drawn(frozen.digest):
            session.add(Drawing(id=random_id(), **values, content=content))
