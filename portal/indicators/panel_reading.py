"""Panels read from a snapshot. A sum that includes a suppressed value is suppressed, so that nobody can derive it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property
from typing import Any, NamedTuple

from flask_babel import format_date, gettext as _, lazy_gettext as _l

from portal.core.i18n import number, percent
from portal.indicators import areas
from portal.indicators.statistics import schema, terms
from portal.indicators.statistics.changes import whole_percent
from portal.indicators.statistics.plans import fixed
from portal.indicators.statistics.schema import Document, ModelFinding, SnapshotSeries, SurveyChange, Value

Values = tuple[Value, ...]
Covers = tuple[int, ...]
"""The number of months that each value counts; empty if each counts its own."""
YEAR = 12
FEWEST_TO_COMPARE = 12
"""Months required before the message for comparing two levels."""
HANDED = "handed"
POLICING = "policing"
SPARSE = 12
"""With fewer counted months, values are drawn as points."""


class Year(NamedTuple):
    """The total of a calendar year; None if one of its months is suppressed or not counted."""

    year: str
    total: int | None


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
    has_places: bool = True
    """Whether places have numbers of it, too, which somebody could subtract from the city's."""
    handed: Values = ()
    """Of surveys, those who were given a slip or a form; empty where nobody wrote that down."""
    similar: Values = ()
    delivered: str | None = None
    findings: tuple[ModelFinding, ...] = ()
    changes: tuple[SurveyChange, ...] = ()
    deviations: tuple[schema.Deviation, ...] = ()
    planned_late: bool = False
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
    def is_share(self) -> bool:
        return bool(self.asked)

    @property
    def is_sparse(self) -> bool:
        return sum(value is not None for value in self.monthly) < SPARSE

    @property
    def has_hidden(self) -> bool:
        return "hidden" in self.values

    @cached_property
    def shares(self) -> tuple[int | None, ...]:
        """Percentages, for months in which both numbers are published as they are."""
        exact = tuple(map(whole_percent, self.values, self.asked)) if self.is_share else ()
        return tuple(None if self.is_moved(place) else share for place, share in enumerate(exact))

    def is_moved(self, place: int) -> bool:
        return self.moved_from is not None and self.months[place] >= self.moved_from

    @cached_property
    def ahead(self) -> range:
        """The indices of the months with expected counts."""
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
        level, theirs = (self._level_before(values) for values in (self.values, self.similar))
        if not level or not theirs or self.goes_by_areas:
            return ()
        return tuple(value * level / theirs if isinstance(value, int) else None for value in self.similar)

    def _level_before(self, values: Values) -> float | None:
        before = self.months.index(self.delivered) if self.delivered in self.months else 0
        numbers = [value for value in values[:before] if isinstance(value, int)]
        return sum(numbers) / len(numbers) if len(numbers) >= FEWEST_TO_COMPARE else None

    @cached_property
    def first_and_last(self) -> tuple[float, float] | None:
        """The monthly means of the first and last twelve published months; None if these would overlap."""
        numbers = [value for value in self.monthly if value is not None]
        if len(numbers) < 2 * YEAR or self.moved_from:
            return None
        return sum(numbers[:YEAR]) / YEAR, sum(numbers[-YEAR:]) / YEAR

    @cached_property
    def years(self) -> tuple[Year, ...]:
        by_year: dict[str, list[Value]] = defaultdict(list)
        covered: dict[str, int] = defaultdict(int)
        for place, (month, value) in enumerate(zip(self.months, self.values, strict=True)):
            many = self.covers[place] if self.covers else 1
            covered[month[:4]] += many if isinstance(value, int) else 0
            by_year[month[:4]].append(value if many else 0)
        whole = {year: total(values) if covered[year] == YEAR else None for year, values in by_year.items()}
        return tuple(Year(year, whole[year]) for year, values in by_year.items() if len(values) == YEAR)


def total(values: Iterable[Value]) -> int | None:
    """Return a sum, or None if one of the values is suppressed or missing."""
    numbers = list(values)
    return (
        sum(value for value in numbers if isinstance(value, int)) if all(isinstance(v, int) for v in numbers) else None
    )


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
            studied["planned_late"] = not registration.before_call_in
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
    at_places = {line.measure for place in document.places for line in place.series if line.area == "place"}
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
        groups = [group for group in document.measures if group.kind == POLICING and group.of == measure.key]
        yield Panel(
            measure=measure,
            months=document.months,
            values=own.values,
            asked=_whole(lines.get((measure.of or "", here)), own),
            covers=own.covers,
            moved_from=own.moved_from,
            has_places=measure.key in at_places,
            handed=handed.values if handed else (),
            similar=tuple(_add(column) for column in zip(*parts, strict=True)),
            changes=tuple(change for change in changes if change.measure == measure.key),
            groups=tuple(
                (group, line.values, line.covers) for group in groups if (line := lines.get((group.key, here)))
            ),
        )


def _whole(whole: SnapshotSeries | None, part: SnapshotSeries) -> Values:
    """Return the whole over the same months as the values of a part; empty without a whole."""
    if whole is None or whole.covers == part.covers:
        return whole.values if whole else ()
    return tuple(
        None if value is None else _over(whole, place, part.covers[place] if part.covers else 1)
        for place, value in enumerate(part.values)
    )


def _over(series: SnapshotSeries, last: int, months: int) -> Value:
    """Return the sum of a series over some months, if its values are shown and end where these begin and end."""
    covered, values = 0, list[Value]()
    for place in range(max(0, last - months + 1), last + 1):
        many = series.covers[place] if series.covers else int(series.values[place] is not None)
        covered += many
        values += [series.values[place]] if many else []
    return (_add(values) if values else None) if covered <= months else "hidden"


def _add(values: Sequence[Value]) -> Value:
    """Return a sum: None or "hidden" as soon as one of the values is."""
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


CHANGED = _l("It was %(then)s of 100 in %(earlier)s and %(now)s in %(later)s. That is seldom chance.")
UNCLEAR = _l("It was %(then)s of 100 in %(earlier)s and %(now)s in %(later)s. That can be chance.")


def change_sentence(panel: Panel, change: SurveyChange) -> str:
    values, wholes = panel.values, panel.asked
    earlier, later = panel.months.index(change.earlier), panel.months.index(change.later)
    shares = (whole_percent(values[place], wholes[place]) for place in (earlier, later))
    about = _("about %(number)s") if any(map(panel.is_moved, (earlier, later))) else "%(number)s"
    then, now = (str(about) % {"number": share} for share in shares)
    months = {"later": month_words(change.later), "earlier": month_words(change.earlier)}
    words = UNCLEAR if change.points_low <= 0 <= change.points_high else CHANGED
    return str(words) % (months | {"then": then, "now": now})


def response_words(panels: Sequence[Panel]) -> str:
    """Return how many of those asked answered the newest survey, "" if that is not known."""
    for panel in panels:
        for place in reversed(range(len(panel.months) if panel.handed and panel.asked else 0)):
            handed, answered = panel.handed[place], panel.asked[place]
            if isinstance(handed, int) and isinstance(answered, int) and handed >= answered > 0:
                words = _("In %(month)s %(asked)s people were asked and %(answered)s answered: %(rate)s of 100.")
                numbers = {"asked": moved_words(panel, place, handed), "answered": moved_words(panel, place, answered)}
                rate = round(100 * answered / handed)
                return str(words) % (numbers | {"month": month_words(panel.months[place]), "rate": rate})
    return ""
