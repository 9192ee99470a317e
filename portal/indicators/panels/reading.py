"""Panels from a snapshot: what is drawn, what is written beside it, and what no sum is made of because it is hidden."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from functools import cached_property

from flask_babel import format_date, format_decimal
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from portal.core.i18n import language
from portal.core.i18n import percent as percent_i18n
from portal.indicators import measures
from portal.indicators.evaluation.plans import fixed
from portal.indicators.evaluation.texts import inside
from portal.indicators.snapshots.snapshots import (
    AreaShown,
    Deviation,
    Document,
    MeasureShown,
    ModelFinding,
    PlaceShown,
    Registration,
    SnapshotSeries,
    SurveyChange,
    Value,
)
from portal.indicators.snapshots.table import percent

Values = tuple[Value, ...]
YEAR = 12
FEWEST_TO_COMPARE = 12
"""Months that must lie before the message for two levels to be compared."""
SPARSE = 12
"""Fewer counted months than this are single marks rather than a line."""


@dataclass(frozen=True)
class Year:
    """The sum of a calendar year; None when a month of it is hidden or was not counted."""

    year: str
    total: int | None


@dataclass(frozen=True)
class Panel:
    """One measure of one place, or of the city."""

    measure: MeasureShown
    months: tuple[str, ...]
    values: Values
    asked: Values = ()
    """What `values` are a part of; empty unless they are one."""
    similar: Values = ()
    """The sum of the comparison areas; empty without any."""
    around: Values = ()
    """The sum of the rings around the place."""
    spoke: tuple[tuple[str, Values, Values], ...] = ()
    """By language: its code, the values, and what they are a part of."""
    delivered: str | None = None
    """The month in which the message was delivered."""
    findings: tuple[ModelFinding, ...] = ()
    changes: tuple[SurveyChange, ...] = ()
    """Of a survey: all who were asked, then by language."""
    deviations: tuple[Deviation, ...] = ()
    """What was done otherwise than planned, but for the choice of another measure to judge by."""
    planned_late: bool = False
    """What would be counted was fixed after the call-in only."""

    @cached_property
    def main(self) -> ModelFinding | None:
        """What was fixed beforehand as the answer."""
        return next((one for one in self.findings if one.is_main), None)

    @cached_property
    def others(self) -> tuple[ModelFinding, ...]:
        """What other models say."""
        return tuple(one for one in self.findings if not one.is_main)

    @cached_property
    def counted(self) -> tuple[int, ...]:
        """The places of months with a number that is shown."""
        return tuple(place for place, value in enumerate(self.values) if isinstance(value, int))

    @property
    def is_share(self) -> bool:
        return bool(self.asked)

    @property
    def is_sparse(self) -> bool:
        return len(self.counted) < SPARSE

    @property
    def has_hidden(self) -> bool:
        return "hidden" in self.values

    @cached_property
    def shares(self) -> tuple[int | None, ...]:
        """In percent, for months in which both numbers are shown."""
        return tuple(map(percent, self.values, self.asked)) if self.is_share else ()

    @cached_property
    def ahead(self) -> range:
        """The places of months for which an expectation was worked out."""
        found = self.main
        if found is None or found.expected_from not in self.months:
            return range(0)
        first = self.months.index(found.expected_from)
        return range(first, min(first + len(found.expected), len(self.months)))

    @property
    def goes_by_areas(self) -> bool:
        """What was to be expected is what similar areas did, brought to the level here: one line, not two."""
        return bool(self.ahead and self.similar and self.main and self.main.design == "did")

    @cached_property
    def expected(self) -> tuple[float | None, ...]:
        """What was to be expected month by month; empty if nothing was worked out.

        Of similar areas for the months before too, so that anybody can see whether they went alike until then.
        """
        if not self.ahead or self.main is None:
            return ()
        line: list[float | None] = [None] * len(self.months)
        line[self.ahead.start : self.ahead.stop] = self.main.expected[: len(self.ahead)]
        if self.goes_by_areas:
            known = [place for place in self.ahead if isinstance(self.similar[place], int)]
            theirs = sum(value for place in known if isinstance(value := self.similar[place], int))
            part = sum(line[place] or 0.0 for place in known) / theirs if theirs else 0.0
            before = self.similar[: self.ahead.start]
            line[: self.ahead.start] = [value * part if isinstance(value, int) else None for value in before]
        return tuple(line)

    @cached_property
    def scaled(self) -> tuple[float | None, ...]:
        """The comparison areas, brought to the level that the place had before the message; empty if that is not known.

        Empty too where they are what was to be expected: then `expected` is the same line.
        """
        level, theirs = (self._level_before(values) for values in (self.values, self.similar))
        if not level or not theirs or self.goes_by_areas:
            return ()
        return tuple(value * level / theirs if isinstance(value, int) else None for value in self.similar)

    def _level_before(self, values: Values) -> float | None:
        before = self.months.index(self.delivered) if self.delivered in self.months else 0
        known = [value for value in values[:before] if isinstance(value, int)]
        return sum(known) / len(known) if len(known) >= FEWEST_TO_COMPARE else None

    @cached_property
    def first_and_last(self) -> tuple[float, float] | None:
        """The average month of the first twelve and of the last twelve that are shown; None if they would overlap."""
        if len(self.counted) < 2 * YEAR:
            return None
        numbers = [value for value in self.values if isinstance(value, int)]
        return sum(numbers[:YEAR]) / YEAR, sum(numbers[-YEAR:]) / YEAR

    @cached_property
    def years(self) -> tuple[Year, ...]:
        """Sums of the calendar years that the snapshot has whole."""
        by_year: dict[str, list[Value]] = defaultdict(list)
        for month, value in zip(self.months, self.values, strict=True):
            by_year[month[:4]].append(value)
        return tuple(Year(year, total(values)) for year, values in by_year.items() if len(values) == YEAR)


def total(values: Iterable[Value]) -> int | None:
    """A sum, or None if any of it is hidden or missing."""
    known = list(values)
    return sum(value for value in known if isinstance(value, int)) if all(isinstance(v, int) for v in known) else None


def panels_of(document: Document, place: PlaceShown) -> tuple[Panel, ...]:
    """The panels of a place: the one that leads first, all that was fixed beforehand, then the order of measures."""
    delivered = place.delivered_on[:7] if place.delivered_on else None
    by_measure: dict[str, list[ModelFinding]] = defaultdict(list)
    for finding in place.findings:
        by_measure[finding.measure].append(finding)
    plan = fixed(place.registration.plan if place.registration else "")
    # A chart shows the areas that the plan compares with: whoever adds others later changes no line of it.
    areas = [one for one in place.areas if one.part != "comparison" or one.key in (plan.comparison or (one.key,))]
    shown = _panels(document, place.series, areas, place.changes)
    told = [replace(one, delivered=delivered) for one in shown]
    told = [_studied(one, by_measure[one.measure.key], place.registration) for one in told]
    return tuple(sorted(told, key=lambda panel: (panel.main is None, panel.measure.key != plan.leads)))


def _studied(panel: Panel, found: list[ModelFinding], plan: Registration | None) -> Panel:
    if plan is None or not found:
        return replace(panel, findings=tuple(found))
    otherwise = tuple(one for one in plan.deviations if not one.primary)
    return replace(panel, findings=tuple(found), planned_late=not plan.before_call_in, deviations=otherwise)


def panels_of_city(document: Document) -> tuple[Panel, ...]:
    """The panels of the whole city."""
    return tuple(_panels(document, document.city, (), document.city_changes, here="city"))


def place_named(document: Document, slug: str) -> PlaceShown | None:
    """What the snapshot has about a place, if anything."""
    return next((place for place in document.places if place.slug == slug), None)


def _panels(
    document: Document,
    series: Sequence[SnapshotSeries],
    areas: Sequence[AreaShown],
    changes: Sequence[SurveyChange],
    here: str = "place",
) -> list[Panel]:
    known = {(one.measure, one.area, one.language): one.values for one in series if one.channel == ""}
    wholes = {measure.of for measure in document.measures}
    return [
        Panel(
            measure=measure,
            months=document.months,
            values=known[measure.key, here, ""],
            asked=known.get((measure.of or "", here, ""), ()),
            similar=_sum(known.get((measure.key, area.key, "")) for area in areas if area.part == "comparison"),
            around=_sum(known.get((measure.key, area.key, "")) for area in areas if area.part == "ring"),
            spoke=tuple(
                (lang, known[measure.key, here, lang], known.get((measure.of or "", here, lang), ()))
                for lang in ("en", "es")
                if (measure.key, here, lang) in known
            ),
            changes=tuple(one for one in changes if one.measure == measure.key),
        )
        for measure in document.measures
        # What others are a part of is told with them.
        if (measure.key, here, "") in known and not (measure.kind == "survey" and measure.key in wholes)
    ]


def _sum(parts: Iterable[Values | None]) -> Values:
    """The sum of areas, month by month; hidden or missing as soon as one of them is."""
    known = [part for part in parts if part is not None]
    return tuple(_add(column) for column in zip(*known, strict=True))


def _add(column: Sequence[Value]) -> Value:
    if any(value is None for value in column):
        return None
    return "hidden" if "hidden" in column else total(column)


LANGUAGE_NAMES = {"en": _l("in English"), "es": _l("in Spanish")}


def month_words(month: str) -> str:
    """A month of a snapshot in words: "March 2026"."""
    return str(format_date(measures.read(month), "MMMM 'de' y" if language() == "es" else "MMMM y"))


def day_words(day: str) -> str:
    """A day of a snapshot in words."""
    return str(format_date(date.fromisoformat(day), "long"))


def value_words(value: Value) -> str:
    """A value as a table shows it."""
    if value is None:
        return "–"
    return str(_("not shown")) if value == "hidden" else str(format_decimal(value))


def percent_words(value: int | str | None) -> str:
    """A share as a table shows it."""
    return "–" if value is None else percent_i18n(str(value))


class ShareDirection(StrEnum):
    """Which way a share went, as far as anybody can tell."""

    MORE = "more"
    FEWER = "fewer"
    UNCLEAR = "unclear"


SENTENCES = {
    ShareDirection.MORE: _l(
        "It was %(then)s of 100 in %(earlier)s and %(now)s in %(later)s: more. We are fairly sure that it rose by "
        "between %(low)s and %(high)s of 100."
    ),
    ShareDirection.FEWER: _l(
        "It was %(then)s of 100 in %(earlier)s and %(now)s in %(later)s: fewer. We are fairly sure that it fell by "
        "between %(low)s and %(high)s of 100."
    ),
    ShareDirection.UNCLEAR: _l(
        "It was %(then)s of 100 in %(earlier)s and %(now)s in %(later)s. We can't tell yet whether that is a change: "
        "it may have fallen by up to %(low)s of 100 or risen by up to %(high)s."
    ),
}


def way(change: SurveyChange) -> ShareDirection:
    """Unclear as long as no change at all lies within the interval."""
    if change.points_low > 0:
        return ShareDirection.MORE
    return ShareDirection.FEWER if change.points_high < 0 else ShareDirection.UNCLEAR


def change_sentence(panel: Panel, change: SurveyChange) -> str:
    """What a change says, in the same words whichever way it went."""
    values, asked = _counts(panel, change.language)
    earlier, later = panel.months.index(change.earlier), panel.months.index(change.later)
    which = way(change)
    ends = [change.points_low, change.points_high]
    low, high = (_size(one, which) for one in (reversed(ends) if which is ShareDirection.FEWER else ends))
    said = {
        "now": percent(values[later], asked[later]),
        "then": percent(values[earlier], asked[earlier]),
        "later": month_words(change.later),
        "earlier": month_words(change.earlier),
        "low": low,
        "high": high,
    }
    return str(SENTENCES[which]) % said


def change_caveats(panel: Panel) -> list[str]:
    """The same by language, and whether anybody was asked before the message."""
    found = []
    if panel.delivered and panel.changes[0].earlier >= panel.delivered:
        found.append(str(_("Nobody was asked before the message. So this cannot say what the message changed.")))
    for change in panel.changes:
        if change.language:
            words = {"language": LANGUAGE_NAMES[change.language], "said": inside(change_sentence(panel, change))}
            found.append(str(_("Those who answered %(language)s: %(said)s", **words)))
    return found


def _counts(panel: Panel, lang: str) -> tuple[Values, Values]:
    if not lang:
        return panel.values, panel.asked
    return next((values, asked) for code, values, asked in panel.spoke if code == lang)


def _size(points: float, which: ShareDirection) -> int | str:
    """An end of an interval in whole points; never a bare 0, which would say that there is none."""
    return round(abs(points)) or (1 if which is ShareDirection.UNCLEAR else str(_("less than 1")))
