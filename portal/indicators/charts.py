"""Drawings of the latest snapshot: their table, queries, and the job that renders them.

Drawings can be rendered again at any time, so those of earlier snapshots are deleted.
"""

from __future__ import annotations

import re
import time

from flask_babel import gettext as _
from sqlalchemy import CheckConstraint, LargeBinary, String, UniqueConstraint, delete, func, select
from sqlalchemy.orm import Mapped, mapped_column

from portal.core.db import Base, db, random_id, session
from portal.core.i18n import LANGUAGES, language, speaking
from portal.core.jobs.engine import each_row
from portal.core.page_cache import renew_cache_version
from portal.core.statuses import NotFound
from portal.indicators.chart_specs import FEWEST_DRAWN, SIZES, Labels, spec_of
from portal.indicators.panels.panels import lead_of
from portal.indicators.panels.reading import Panel, panels_of
from portal.indicators.panels.texts import panel_title
from portal.indicators.snapshots.snapshots import Document, Frozen, PlaceShown, latest

FORMS = ("narrow", "wide")
"""For phones and for large screens."""


class PanelDrawing(Base):
    """One rendered panel in one language and one form."""

    __tablename__ = "indicators_drawing"
    __table_args__ = (
        UniqueConstraint("digest", "slug", "measure", "lang", "form"),
        CheckConstraint(f"lang IN {LANGUAGES!r}", name="lang"),
        CheckConstraint(f"form IN {FORMS!r}", name="form"),
    )

    id: Mapped[int] = mapped_column(primary_key=True, default=random_id)
    digest: Mapped[str] = mapped_column(String(64))
    """The digest of the snapshot."""
    slug: Mapped[str] = mapped_column(String(60))
    """The slug of the place."""
    measure: Mapped[str] = mapped_column(String(40))
    lang: Mapped[str] = mapped_column(String(2))
    form: Mapped[str] = mapped_column(String(6))
    content: Mapped[bytes] = mapped_column(LargeBinary, deferred=True)


Key = tuple[str, str, str, str]
Sizes = dict[str, tuple[int, int]]
"""Width and height in CSS pixels, by form."""
START = 400
"""Bytes at the beginning of an SVG that contain its width and height."""
SIZE = re.compile(rb'<svg [^>]*width="(\d{1,4})[.\d]*" height="(\d{1,4})')


def drawn(digest: str) -> set[Key]:
    """Return the keys of the drawings that exist for a snapshot: slug, measure, language and form."""
    asked = select(PanelDrawing.slug, PanelDrawing.measure, PanelDrawing.lang, PanelDrawing.form).where(
        PanelDrawing.digest == digest
    )
    return {(row.slug, row.measure, row.lang, row.form) for row in session.execute(asked)}


def drawings_of(digest: str, slug: str, lang: str) -> dict[str, Sizes]:
    """Return the sizes of a place's drawings by measure, if every form exists; pages reserve that room."""
    begins = func.substr(PanelDrawing.content, 1, START).label("begins")
    asked = select(PanelDrawing.measure, PanelDrawing.form, begins).where(
        PanelDrawing.digest == digest,
        PanelDrawing.slug == slug,
        PanelDrawing.lang == lang,
    )
    found: dict[str, Sizes] = {}
    for row in session.execute(asked):
        if size := SIZE.search(bytes(row.begins)):
            found.setdefault(row.measure, {})[row.form] = (int(size[1]), int(size[2]))
    return {measure: sizes for measure, sizes in found.items() if len(sizes) == len(FORMS)}


def drawing(digest: str, slug: str, measure: str, lang: str, form: str) -> bytes:
    """Return the content of a drawing. Raise `NotFound` if there is none."""
    asked = select(PanelDrawing.content).filter_by(digest=digest, slug=slug, measure=measure, lang=lang, form=form)
    is_asked_right = re.fullmatch(r"[0-9a-f]{64}", digest) and re.fullmatch(r"[a-z0-9_]{1,40}", measure)
    found = session.scalar(asked) if is_asked_right else None
    if found is None:
        raise NotFound
    return found


def labels_of(panel: Panel) -> Labels:
    """Return the chart texts in the current language."""
    return Labels(
        title=panel_title(panel),
        here=str(_("Here")),
        similar=str(_("Similar areas, same level")),
        expected=str(_("What was to be expected")),
        by_areas=str(_("As in similar areas")),
        message=str(_("Community meeting")),
        band=str(_("usual range had nothing changed")),
        unit=str(_("%(unit)s a month", unit=panel.measure.unit[language()])),
    )


AT_MOST = 20.0
"""Seconds per run: the worker must not keep waiting text messages from being sent."""


def draw_latest() -> None:
    """Render the missing drawings of the latest snapshot and delete those of earlier ones."""
    with db.work():
        frozen = latest()
        known = drawn(frozen.digest) if frozen else set()
    if frozen is None:
        return
    wanted: list[tuple[Key, Panel]] = []
    each_row(frozen.document.places, lambda place: wanted.extend(wanted_drawings(frozen.document, place)))
    missing = [one for one in wanted if one[0] not in known]
    until = time.monotonic() + AT_MOST

    def draw(one: tuple[Key, Panel]) -> None:
        if time.monotonic() < until:
            _draw(frozen, *one)

    made = len(missing) - each_row(missing, draw)
    with db.work():
        gone = session.execute(
            delete(PanelDrawing).where(PanelDrawing.digest != frozen.digest).returning(PanelDrawing.id)
        ).all()
        # Only if something changed: a drawing that fails every minute must not empty the page cache every minute.
        if made or gone:
            renew_cache_version()


def wanted_drawings(document: Document, place: PlaceShown) -> list[tuple[Key, Panel]]:
    """Return key and panel of each drawing of a place's leading panel, in every language and form; empty if none."""
    panel = lead_of(document, place, panels_of(document, place)).panel
    if panel is None or len(panel.counted) < FEWEST_DRAWN:
        return []
    return [((place.slug, panel.measure.key, lang, form), panel) for lang in LANGUAGES for form in FORMS]


def _draw(frozen: Frozen, key: Key, panel: Panel) -> None:
    # Imported by the calling worker only: vl-convert loads a JavaScript engine.
    from portal.indicators.chart_drawing import svg_of

    slug, measure, lang, form = key
    with speaking(lang):
        labels = labels_of(panel)
    spec = spec_of(panel, labels, SIZES[form])
    if spec is None:
        return
    content = svg_of(spec, labels.title)
    with db.work():
        values = {"digest": frozen.digest, "slug": slug, "measure": measure, "lang": lang, "form": form}
        if (slug, measure, lang, form) not in drawn(frozen.digest):
            session.add(PanelDrawing(id=random_id(), **values, content=content))
