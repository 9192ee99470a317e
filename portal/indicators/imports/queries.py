"""Files that somebody sent in, imports that somebody made, and what files may be about."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from sqlalchemy import select

from portal.core.cells import heading
from portal.core.db import session
from portal.core.errors import NotFound
from portal.core.i18n import LANGUAGES
from portal.indicators.areas.rules import key_of
from portal.indicators.imports.models import Source, Upload
from portal.indicators.models import Area, Import, Measure
from portal.indicators.queries import first_own_month, known_areas, measures
from portal.indicators.rules.measures import FileKind, Part
from portal.markets.models import Market
from portal.markets.queries import known_markets

LATEST = 12


def own_upload(upload_id: int, member_id: int, kind: FileKind, *, to_change: bool = False) -> Upload:
    """A file that a member sent in, or `NotFound`; those of others may be about places that this one does not know."""
    asked = select(Upload).where(Upload.id == upload_id, Upload.member_id == member_id, Upload.kind == kind.value)
    found = session.scalars(asked.with_for_update() if to_change else asked).first()
    if found is None:
        raise NotFound
    return found


def own_uploads(member_id: int, kind: FileKind) -> Sequence[Upload]:
    """What a member sent in and has not taken over yet."""
    mine = select(Upload).where(Upload.member_id == member_id, Upload.kind == kind.value)
    return session.scalars(mine.order_by(Upload.sent_at.desc()).limit(LATEST)).all()


def own_imports(member_id: int) -> Sequence[Import]:
    """The latest imports of a member."""
    mine = select(Import).where(Import.member_id == member_id)
    return session.scalars(mine.order_by(Import.made_at.desc()).limit(LATEST)).all()


def own_import(import_id: int, member_id: int) -> Import:
    """One import of a member, or `NotFound`."""
    found = session.get(Import, import_id, with_for_update=True)
    if found is None or found.member_id != member_id:
        raise NotFound
    return found


def taken_before(upload: Upload) -> Import | None:
    """The last import of the very same file that still stands, whoever made it: who asks has that file in hand."""
    same = select(Import).where(Import.digest == upload.digest, Import.kind == upload.kind, Import.undone_at.is_(None))
    return session.scalars(same.order_by(Import.made_at.desc()).limit(1)).first()


def sources() -> Sequence[Source]:
    """Who publishes incidents, by name."""
    return session.scalars(select(Source).order_by(Source.name, Source.id)).all()


def source(source_id: int) -> Source:
    """One source, or `NotFound`."""
    found = session.get(Source, source_id)
    if found is None:
        raise NotFound
    return found


def named_areas(member_id: int) -> dict[str, Area]:
    """The areas that a member may know of, by what tables call them: "linden-corner/ring-1", "city"."""
    slugs = {market.id: market.slug for market in known_markets(member_id)}
    order = {part: number for number, part in enumerate(Part)}
    found = [area for area in known_areas(member_id) if area.market_id is None or area.market_id in slugs]
    found.sort(key=lambda area: (slugs.get(area.market_id or 0, ""), order[Part(area.part)], area.rank))
    return {_name(area, slugs): area for area in found}


def _name(area: Area, slugs: dict[int, str]) -> str:
    key = key_of(area.part, area.rank)
    return key if area.market_id is None else f"{slugs[area.market_id]}/{key}"


def named_measures() -> dict[str, Measure]:
    """Measures by what tables may call them, in small letters: key, or name in either language."""
    found: dict[str, Measure] = {}
    for measure in reversed(measures()):
        found |= {heading(measure.name[lang]): measure for lang in LANGUAGES}
    return found | {measure.key: measure for measure in measures()}


class Beginnings:
    """From which month on an area may have figures of a measure; asked once for each place."""

    def __init__(self) -> None:
        self._first: dict[int, date | None] = {}

    def may_have(self, area: Area, measure: Measure, month: date) -> bool:
        """Whether a figure of that month may be written down."""
        if measure.counted_anyway or area.market_id is None:
            return True
        if area.market_id not in self._first:
            self._first[area.market_id] = first_own_month(session.get_one(Market, area.market_id))
        first = self._first[area.market_id]
        return first is not None and first <= month
