"""What is odd in a file of incidents, in sentences, each with the first places where it stands."""

from __future__ import annotations

from flask_babel import gettext as _

from portal.core.i18n import number
from portal.core.sheet_texts import at
from portal.indicators.areas.texts import month_words
from portal.indicators.imports.actions.incidents import Counted
from portal.indicators.imports.texts import COME_AGAIN, ODD, as_in, quoted, taken_before
from portal.indicators.models import Import


def findings(found: Counted, before: Import | None) -> list[tuple[str, list[str]]]:
    """A sentence for each kind of thing, with examples by line and column. `before`: when it was taken over already."""
    notes: list[tuple[str, list[str]]] = [(taken_before(before), [])] if before else []
    if found.rows and not found.inside and found.outside:
        notes.append((_("No row lies in any area. Perhaps the projection is another, or x and y are exchanged."), []))
    for key, (rows, examples) in found.odd.items():
        words = as_in if key in COME_AGAIN else quoted
        places = [at(line, column, words(said)) for line, column, said in examples]
        notes.append((str(ODD[key]) % {"number": number(rows), "line": number(examples[0][0])}, places))
    return notes + [(said, []) for said in _about_months(found)]


def _about_months(found: Counted) -> list[str]:
    cover = found.coverage
    said = []
    if not cover.months:
        said.append(_("There is no month in it that is over."))
    elif cover.first is None:
        said.append(_("It seems to cover no month whole. If it does all the same, say so below."))
    if cover.first is not None and (names := ", ".join(map(month_words, cover.partial))):
        said.append(_("It seems not to cover these months whole: %(months)s.", months=names))
    empty = [month for month in cover.months if not found.months.get(month)]
    if names := ", ".join(map(month_words, empty)):
        said.append(_("There is no row in these months: %(months)s. They would become zero.", months=names))
    return said
