"""Panels read from a snapshot. A sum that includes a suppressed value is suppressed, so that nobody can derive it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property
from typing import Any

from flask_babel import format_date, gettext as _

from portal.core.i18n import number, percent
from portal.indicators import areas
from portal.indicators.statistics import schema, terms
from portal.indicators.statistics.closed_form import whole_percent
from portal.indicators.statistics.plans import fixed
from portal.indicators.statistics.schema import Document, ModelFinding, SnapshotSeries, SurveyChange, Value

Values = tuple[Value, ...]
Covers = tuple[int, ...]
"""The number of months that each value counts; empty if each counts its own."""
YEAR = 12
FEWEST_TO_COMPARE = 12
"""Months."""
HANDED = "handed"
POLICING = "policing"
SPARSE = 12
"""With fewer counted months a panel is shown in bars: a line through a few points says nothing."""


@dataclass(frozen=True)
class Panel:
    measure: schema.MeasureShown
    months: tuple[str, ...]
    values: Values
    asked: Values = ()
    """The whole that `values` are a part of, over the same months; empty if the measure is not a share."""
    covers: Covers = ()
    moved_from: str | None = None
    """The first month of numbers that were moved by chance."""
    handed: Values = ()
    """Of surveys, those who were given a slip or a form; empty where nobody wrote that down."""
    similar: Values = ()
    delivered: str | None = None
    findings: tuple[ModelFinding, ...] = ()
    changes: tuple[SurveyChange, ...] = ()
    deviations: tuple[schema.Deviation, ...] = ()
    too_few_areas: int | None = None
    """The similar areas of the plan, if they are so few that no result can ever be called fairly sure."""
    wash_out: int = 1
    """The months from the meeting's own on that count on neither side."""
    groups: tuple[tuple[schema.MeasureShown, Values, Covers], ...] = ()
    """Of arrests and stops: each group of people with its numbers of whole years."""

    @cached_property
    def main(self) -> ModelFinding | None:
        return next((finding for finding in self.findings if finding.is_main), None)

    @cached_property
    def monthly(self) -> tuple[float | None, ...]:
        """The values as means of a month: that of a quarter stands in each of its three months."""
        means: list[float | None] = [None] * len(self.months)
        for place, value in enumerate(self.values):
            if isinstance(value, int):
                many = self.covers[place] if self.covers else 1
                first = max(0, place - many + 1)
                means[first : place + 1] = [value / many if many > 1 else value] * (place + 1 - first)
        return tuple(means)

    @cached_property
    def counted(self) -> tuple[int, ...]:
        return tuple(place for place, value in enumerate(self.values) if isinstance(value, int))

    @property
    def is_sparse(self) -> bool:
        return sum(value is not None for value in self.monthly) < SPARSE

    @cached_property
    def shares(self) -> tuple[int | None, ...]:
        """Percentages, for months in which both numbers are published as they are."""
        exact = map(whole_percent, self.values, self.asked) if self.asked else ()
        return tuple(None if self.is_moved(place) else share for place, share in enumerate(exact))

    @cached_property
    def told(self) -> tuple[int, ...]:
        """The indices of what has a number to tell; of a share both have to be shown, unless chance moved them."""
        if not self.asked:
            return self.counted
        return tuple(place for place in self.counted if self.shares[place] is not None or self.is_moved(place))

    def is_moved(self, place: int) -> bool:
        return self.moved_from is not None and self.months[place] >= self.moved_from

    @cached_property
    def ahead(self) -> range:
        if self.main is None or self.main.expected_from not in self.months:
            return range(0)
        first = self.months.index(self.main.expected_from)
        return range(first, min(first + len(self.main.expected), len(self.months)))

    @property
    def goes_by_areas(self) -> bool:
        """Whether the expected line is that of similar areas, scaled to the place: one line instead of two."""
        return bool(self.ahead and self.main and self.similar and self.main.design == "did")

    @cached_property
    def expected(self) -> tuple[float | None, ...]:
        """Expected counts by month; by similar areas earlier ones too, to show whether trends are parallel."""
        if not self.ahead or self.main is None:
            return ()
        line: list[float | None] = [None] * len(self.months)
        line[self.ahead.start : self.ahead.stop] = self.main.expected[: len(self.ahead)]
        if self.goes_by_areas:
            # The expected line is that of similar areas at another level: continue it to the months before.
            theirs = zip(self.main.expected, self.similar[self.ahead.start : self.ahead.stop], strict=False)
            counted = [(expected, count) for expected, count in theirs if isinstance(count, int)]
            in_all = sum(count for _expected, count in counted)
            level = sum(expected for expected, _count in counted) / in_all if in_all else 0.0
            before = self.similar[: self.ahead.start]
            line[: self.ahead.start] = [count * level if isinstance(count, int) else None for count in before]
        return tuple(line)

    @cached_property
    def scaled(self) -> tuple[float | None, ...]:
        """The comparison areas at the place's level before the message; empty if that is unknown or `goes_by_areas`."""
        before = self.months.index(self.delivered) if self.delivered in self.months else 0
        levels: list[float] = []
        for values in (self.values, self.similar):
            numbers = [value for value in values[:before] if isinstance(value, int)]
            levels.append(sum(numbers) / len(numbers) if len(numbers) >= FEWEST_TO_COMPARE else 0)
        level, theirs = levels
        if not level or not theirs or self.goes_by_areas:
            return ()
        return tuple(value * level / theirs if isinstance(value, int) else None for value in self.similar)

    @cached_property
    def first_and_last(self) -> tuple[float, float] | None:
        """The monthly means of the first and last twelve published months; None if these would overlap."""
        numbers = [value for value in self.monthly if value is not None]
        if len(numbers) < 2 * YEAR or self.moved_from:
            return None
        return sum(numbers[:YEAR]) / YEAR, sum(numbers[-YEAR:]) / YEAR

    @cached_property
    def years(self) -> dict[str, int | None]:
        """The totals of calendar years; None if one of the months is suppressed or not counted."""
        by_year: dict[str, list[Value]] = defaultdict(list)
        covered: dict[str, int] = defaultdict(int)
        for place, (month, value) in enumerate(zip(self.months, self.values, strict=True)):
            many = self.covers[place] if self.covers else 1
            covered[month[:4]] += many if isinstance(value, int) else 0
            by_year[month[:4]].append(value if many else 0)
        whole = {year: values for year, values in by_year.items() if len(values) == YEAR}
        return {year: total(values) if covered[year] == YEAR else None for year, values in whole.items()}


def total(values: Iterable[Value]) -> int | None:
    """None if one of the values is suppressed or missing."""
    whole = 0
    for value in values:
        if not isinstance(value, int):
            return None
        whole += value
    return whole


def panels_of(document: Document, place: schema.PlaceShown) -> tuple[Panel, ...]:
    """Return the panels of a place: the leading one, the others in the plan, then the rest in the order of measures."""
    registration = place.registration
    plan = fixed(registration.plan if registration else "")
    # A chart shows the areas named in the plan, so that areas added later change none of its lines.
    areas = [area for area in place.areas if area.part != "comparison" or area.key in (plan.comparison or (area.key,))]
    panels = []
    for panel in _panels(document, place.series, areas, place.changes):
        key = panel.measure.key
        findings = tuple(finding for finding in place.findings if finding.measure == key)
        studied: dict[str, Any] = {"findings": findings}
        studied["delivered"] = place.delivered_on[:7] if place.delivered_on else None
        if registration and findings:
            studied["deviations"] = tuple(deviation for deviation in registration.deviations if deviation.hits(key))
            studied["too_few_areas"] = len(plan.comparison) if plan.too_few_areas else None
            studied["wash_out"] = plan.wash_out
        panels.append(replace(panel, **studied))
    return tuple(sorted(panels, key=lambda panel: (panel.main is None, panel.measure.key != plan.primary)))


def panels_of_city(document: Document) -> tuple[Panel, ...]:
    return tuple(_panels(document, document.city, (), document.city_changes, here="city"))


def place_named(document: Document, slug: str) -> schema.PlaceShown | None:
    return next((place for place in document.places if place.slug == slug), None)


def _panels(
    document: Document,
    series: Sequence[SnapshotSeries],
    areas: Sequence[schema.AreaShown],
    changes: Sequence[SurveyChange],
    here: str = "place",
) -> Iterator[Panel]:
    lines = {(line.measure, line.area): line for line in series}
    wholes = {measure.of for measure in document.measures} | {HANDED}
    similar = [area.key for area in areas if area.part == "comparison"]
    for measure in document.measures:
        own = lines.get((measure.key, here))
        # A survey measure that others are a part of is shown together with them, as is the number of people asked.
        # Groups of people stand in a table beside their whole, not each with a drawing of its own.
        beside = measure.key in wholes if measure.kind == "survey" else measure.kind == POLICING and measure.of
        if own is None or beside:
            continue
        parts = [line.values for key in similar if (line := lines.get((measure.key, key)))]
        handed = lines.get((HANDED, here)) if measure.kind == "survey" else None
        of_it = (group for group in document.measures if group.kind == POLICING and group.of == measure.key)
        groups = [(group, line.values, line.covers) for group in of_it if (line := lines.get((group.key, here)))]
        yield Panel(
            measure=measure,
            months=document.months,
            values=own.values,
            asked=_whole(lines.get((measure.of or "", here)), own),
            covers=own.covers,
            moved_from=own.moved_from,
            handed=handed.values if handed else (),
            similar=tuple(_add(column) for column in zip(*parts, strict=True)),
            changes=tuple(change for change in changes if change.measure == measure.key),
            groups=tuple(groups),
        )


def _whole(whole: SnapshotSeries | None, part: SnapshotSeries) -> Values:
    """Return the whole over a part's months: empty without one, "hidden" where their periods do not coincide."""
    if whole is None or whole.covers == part.covers:
        return whole.values if whole else ()
    sums: list[Value] = []
    for last, value in enumerate(part.values):
        months, covered, values = part.covers[last] if part.covers else 1, 0, list[Value]()
        for place in range(max(0, last - months + 1), last + 1):
            many = whole.covers[place] if whole.covers else int(whole.values[place] is not None)
            covered += many
            values += [whole.values[place]] if many else []
        is_counted = value is not None and values
        sums.append((_add(values) if covered <= months else "hidden") if is_counted else None)
    return tuple(sums)


def _add(values: Sequence[Value]) -> Value:
    if any(value is None for value in values):
        return None
    return "hidden" if "hidden" in values else total(values)


def month_words(month: str) -> str:
    return areas.month_words(terms.read(month))


def period_words(months: Sequence[str], place: int, covers: Covers = ()) -> str:
    """Return the months that a value counts: "March 2026", "January–March 2026" or "2026"."""
    many = min(covers[place] if covers else 1, place + 1)
    if many <= 1:
        return month_words(months[place])
    first, last = months[place - many + 1], months[place]
    if many == YEAR and last.endswith("-12"):
        return last[:4]
    name = str(format_date(terms.read(first), "MMMM" if first[:4] == last[:4] else "MMMM y"))
    return f"{name}–{month_words(last)}"


def day_words(day: str) -> str:
    return str(format_date(date.fromisoformat(day), "long"))


def value_words(value: Value) -> str:
    if value is None:
        return "–"
    return str(_("not shown")) if value == "hidden" else number(value)


def moved_words(panel: Panel, place: int, value: Value) -> str:
    if not isinstance(value, int) or not panel.is_moved(place):
        return value_words(value)
    return str(_("about %(number)s", number=number(value)))


def percent_words(value: int | str | None) -> str:
    return "–" if value is None else percent(str(value))


def change_sentence(change: SurveyChange) -> str:
    words = _("A change like that since %(month)s is seldom chance.")
    if change.points_low <= 0 <= change.points_high:
        words = _("The change since %(month)s can be chance.")
    return str(words) % {"month": month_words(change.earlier)}


def response_words(panels: Sequence[Panel]) -> str:
    """Return how many of those asked answered the newest survey, "" if that is not known."""
    for panel in panels:
        for place in reversed(range(len(panel.months) if panel.handed and panel.asked else 0)):
            handed, answered = panel.handed[place], panel.asked[place]
            if isinstance(handed, int) and isinstance(answered, int) and handed >= answered > 0:
                words = _("In %(month)s %(asked)s were asked and %(answered)s answered.")
                numbers = {"asked": moved_words(panel, place, handed), "answered": moved_words(panel, place, answered)}
                return str(words) % (numbers | {"month": month_words(panel.months[place])})
    return ""
