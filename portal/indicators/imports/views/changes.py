"""What an import would change, as its pages show it, and as a table with every figure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from io import StringIO

from defusedcsv import csv
from flask import Response
from flask_babel import gettext as _

from portal.accounts.sessions import person
from portal.core.i18n import language
from portal.indicators.areas.texts import area_name
from portal.indicators.imports.actions.taking import Change, Origin, Replaced, differs, replaced
from portal.indicators.imports.forms import YesForm
from portal.indicators.imports.queries import named_areas
from portal.indicators.imports.rules.months_table import AREA, MEASURE, MONTH
from portal.indicators.imports.texts import HEADINGS, origin_words
from portal.indicators.models import Measure
from portal.indicators.queries import measures
from portal.indicators.rules.months import written
from portal.markets.queries import known_markets

MOST_SHOWN = 40


@dataclass(frozen=True)
class Tally:
    """How many figures are new, other than before, the same."""

    new: int
    other: int
    same: int


@dataclass(frozen=True)
class Group:
    """The figures of a place, or of the whole city (`name` is empty): by area and measure, from month to month."""

    name: str
    rows: list[tuple[str, Measure, date, date, Tally]]
    tally: Tally


@dataclass(frozen=True)
class Shown:
    """What would change: figures that came from elsewhere first, then by place, then the first of the changed ones."""

    elsewhere: list[tuple[str, int]]
    """Whose figures would be replaced, in words, and how many of them."""
    groups: list[Group]
    tally: Tally
    changed: list[tuple[str, str, Measure, Change, str]]
    """Place, area, measure, what changes, and where the figure came from if that is elsewhere."""

    @property
    def replaced(self) -> int:
        return sum(number for _words, number in self.elsewhere)


class Names:
    """What places, areas and measures are called that a member may know of."""

    def __init__(self, member_id: int) -> None:
        self.slugs = {area.id: name for name, area in named_areas(member_id).items()}
        places = {market.id: market.name[language()] for market in known_markets(member_id)}
        areas = named_areas(member_id).values()
        self.places = {area.id: places.get(area.market_id or 0, "") for area in areas}
        self.areas = {area.id: area_name(area) for area in areas}
        self.measures = {measure.id: measure for measure in measures()}

    def of(self, one: Change) -> tuple[str, str, Measure]:
        """Place, area and measure of a change."""
        return self.places[one.area_id], self.areas[one.area_id], self.measures[one.measure_id]


def shown(planned: Sequence[Change], origin: Origin) -> Shown:
    """The same for a page; of the figures that are other than before the first ones."""
    names, sources = Names(person().id), replaced(planned, origin)
    words = origin_words(sources)
    by_place: dict[str, list[Change]] = {}
    for one in planned:
        by_place.setdefault(names.places[one.area_id], []).append(one)
    changed = [one for one in planned if differs(one)]
    # What came from elsewhere stands first: of that a yes is asked.
    changed.sort(key=lambda one: one.before_import not in sources)
    return Shown(
        elsewhere=sorted(_by_words(words, sources).items()),
        groups=[_group(name, changes, names) for name, changes in by_place.items()],
        tally=_tally(planned),
        changed=[(*names.of(one), one, words.get(one.before_import, "")) for one in changed[:MOST_SHOWN]],
    )


def agreed(form: YesForm, planned: Sequence[Change], origin: Origin) -> bool:
    """Whether whoever takes it over has said yes to what would be replaced that came from elsewhere."""
    return form.may_replace(needed=bool(replaced(planned, origin)))


def every_change(planned: Sequence[Change], origin: Origin) -> Response:
    """Every figure that is new or other than before, as a table; formulas are made harmless."""
    names, words = Names(person().id), origin_words(replaced(planned, origin))
    file = StringIO(newline="")
    writer = csv.writer(file)
    heads = (HEADINGS[AREA], HEADINGS[MEASURE], HEADINGS[MONTH], _("So far"), _("Then"), _("Came from elsewhere"))
    writer.writerow(map(str, heads))
    for one in planned:
        if one.before != one.after:
            before = "" if one.before is None else one.before
            spot = names.slugs[one.area_id], names.measures[one.measure_id].key, written(one.month_on)
            writer.writerow([*spot, before, one.after, words.get(one.before_import, "") if differs(one) else ""])
    answer = Response("\ufeff" + file.getvalue(), mimetype="text/csv")
    answer.headers["Content-Disposition"] = 'attachment; filename="changes.csv"'
    return answer


def _by_words(words: dict[int | None, str], sources: dict[int | None, Replaced]) -> Counter[str]:
    found: Counter[str] = Counter()
    for key, one in sources.items():
        found[words[key]] += one.cells
    return found


def _group(name: str, changes: Sequence[Change], names: Names) -> Group:
    by_series: dict[tuple[int, int], list[Change]] = {}
    for one in changes:
        by_series.setdefault((one.area_id, one.measure_id), []).append(one)
    rows = [
        (names.areas[area], names.measures[measure], *_span(theirs), _tally(theirs))
        for (area, measure), theirs in by_series.items()
    ]
    return Group(name, rows, _tally(changes))


def _span(changes: Sequence[Change]) -> tuple[date, date]:
    months = [one.month_on for one in changes]
    return min(months), max(months)


def _tally(changes: Sequence[Change]) -> Tally:
    new, other = sum(one.before is None for one in changes), sum(map(differs, changes))
    return Tally(new, other, len(changes) - new - other)
