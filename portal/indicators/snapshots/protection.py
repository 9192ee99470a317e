"""Which guarded counts are published: by periods fixed beforehand at places, moved by chance for the whole city.

At a place the count of all is published by month, quarter, half-year or year, whichever was fixed before the year began
from what was known of its volume, and only from `FEWEST_SHOWN` on. Nothing is nested in a period: parts, languages and
channels are published for a whole year, and only if every period of that year is shown (measures that are counted now
and then, such as surveys, for each time). A part is shown if it and the others are none or at least `FEWEST_SHOWN`.
Languages are shown all or none: only if every cell of them, with and without each part, and those of no known
language, is none or at least `FEWEST_SHOWN`. Channels likewise. So are parts that exclude each other and may add up to
their whole (arrests by group of people): all of them or none, with those of no known group. Places have such a whole by
year, and the city has such parts by year.

Of a survey the number of those asked frames the number of those who answered: it is published only if those who did not
answer are none or at least `FEWEST_SHOWN`, and by language only if that holds in each and the answers are shown so too.

So no two published numbers of a place cover the same people in part, except within one such table, and a hidden number
may always be anything from 0 or 1 to `SMALL`. The city's numbers are moved by keyed noise without a bound
(two-sided geometric; Ghosh, Roughgarden and Sundararajan 2012), so that the city without its places tells nothing
certain. Whatever that noise is large against is not published: of a measure that is no part less than `LEAST_MOVED`.
What is counted for the whole city and at no place (deaths) has nothing that could be subtracted from it: it is
published as that of a place is, by fixed periods and from `FEWEST_SHOWN` on, and not moved. Everything takes time in
proportion to the number of counts.
"""

from __future__ import annotations

import hmac
import math
from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from typing import NamedTuple

from portal.core.suppression import FEWEST_SHOWN
from portal.indicators.snapshots.table import (
    ALL,
    BY_PERIOD,
    CITY,
    CITY_ALONE,
    CountDecision,
    CountLine,
    Counts,
    Parents,
    Spot,
)

LENGTHS = (1, 3, 6, 12)
"""Months in a period."""
WORTH_A_PERIOD = 15
"""The mean count from which a period is long enough: then nine of ten periods reach `FEWEST_SHOWN`."""
UNKNOWN = 3
"""The length where nothing is known of the volume."""
YEAR = 12
SPREAD = 4.0
"""The scale of the noise: 19 of 20 numbers are moved by 12 or less, and a count of 1 is at most e^(8/4) times as
likely as one of 9.
"""
STEP = 5
"""The city's numbers are rounded to multiples of this, so that nobody takes them for exact."""
NOISE_VARIANCE = 2 * math.exp(-1 / SPREAD) / (1 - math.exp(-1 / SPREAD)) ** 2 + STEP**2 / 12
"""Of a number of the city: of the noise, and of rounding."""
REACH = 14
"""How far a number of the city is moved at most in 19 of 20 cases, by noise and rounding."""
LEAST_MOVED = 30
"""The least number of the city that is published after it was moved, if it is no part: the movement is at most half of
it, and one of fewer than `FEWEST_SHOWN` is taken for so many once in a hundred times or less.
"""
Series = Mapping[int, int]
"""Counts by month."""


class Period(NamedTuple):
    """A period by its first and last month."""

    first: int
    last: int

    @property
    def months(self) -> int:
        return self.last - self.first + 1

    def total(self, counts: Series) -> int | None:
        """Return the sum of the months that were counted; None if none was."""
        known = [counts[month] for month in range(self.first, self.last + 1) if month in counts]
        return sum(known) if known else None


class PeriodKey(NamedTuple):
    """Whose periods have a length: an area, a measure that is no part of another, and a year."""

    area: int
    measure: str
    year: int


@dataclass(frozen=True)
class Rules:
    """What a decision depends on besides the counts."""

    parents: Parents
    is_ready: Callable[[str, int], bool]
    """Whether the month of a measure is complete."""
    since: Callable[[int, str], int]
    """The first month of an area in which counts of a measure may be published by this rule."""
    before: Callable[[int, str], float | None]
    """The mean count of a month before anything was published of an area; None if it is not known."""
    noise: Callable[[Spot], int]
    each_time: Collection[str] = ()
    """The measures that are counted now and then: each month is a period, and each has its own table."""
    frames: Mapping[str, str] = field(default_factory=dict)
    """The measure of those who answered, by that of those who were asked, which is counted at the same times."""
    apart: Collection[str] = ()
    """The measures whose parts exclude each other, such as groups of people."""
    alone: Collection[str] = ()
    """The measures that are counted for the whole city and at no place, as are all of their parts."""


@dataclass
class Protected:
    """The decisions on new counts, and the lengths that were fixed."""

    told: dict[Spot, CountDecision] = field(default_factory=dict)
    lengths: dict[PeriodKey, int] = field(default_factory=dict)


def length_for(mean: float) -> int:
    """Return the length of periods for a mean count of a month."""
    return next((months for months in LENGTHS if mean * months >= WORTH_A_PERIOD), YEAR)


def year_of(month: int) -> int:
    """Return the calendar year of a month number (year × 12 + month)."""
    return (month - 1) // YEAR


def rule_of(area: int) -> int:
    """Return how counts of an area are published that are not moved."""
    return CITY_ALONE if area == CITY else BY_PERIOD


def is_fine(value: int) -> bool:
    """Return whether a count of people points to nobody: none, or enough of them."""
    return value == 0 or value >= FEWEST_SHOWN


def keyed_noise(secret: bytes) -> Callable[[Spot], int]:
    """Return the noise of a city's numbers: the same for one spot each time, unknown without the secret."""

    def noise(spot: Spot) -> int:
        key = f"{spot.measure} {spot.line.language} {spot.line.channel} {spot.month}"
        drawn = hmac.digest(secret, key.encode(), sha256)
        up, down = (_geometric(int.from_bytes(part)) for part in (drawn[:8], drawn[8:16]))
        return up - down

    return noise


def _geometric(drawn: int) -> int:
    """Return a geometric variable with P(k) proportional to e^(-k / `SPREAD`), from 64 random bits."""
    return math.floor(-math.log((drawn + 0.5) / 2**64) * SPREAD)


def protect(
    counts: Counts, told: Mapping[Spot, CountDecision], lengths: Mapping[PeriodKey, int], rules: Rules
) -> Protected:
    """Decide on all counts that are ready and not in `told`. Counts that contradict others are left out for now."""
    work = _Protection(counts, told, lengths, rules)
    for measure in work.in_order:
        work.decide_city(measure)
    for area, root in work.at_places:
        work.decide_place(area, root)
    return work.made


class _Protection:
    """The counts by series during the decisions."""

    def __init__(
        self, counts: Counts, told: Mapping[Spot, CountDecision], lengths: Mapping[PeriodKey, int], rules: Rules
    ) -> None:
        self.told, self.lengths, self.rules = told, lengths, rules
        self.made = Protected()
        self.series: dict[tuple[int, str], dict[CountLine, dict[int, int]]] = defaultdict(lambda: defaultdict(dict))
        for spot, value in counts.items():
            if not all(spot.line):
                self.series[spot.area, spot.measure][spot.line][spot.month] = value
        for by_line in self.series.values():
            _fill_totals(by_line)
        self.in_order = sorted({measure for _area, measure in self.series}, key=lambda one: (self._depth(one), one))
        roots = {
            (area, measure)
            for area, measure in self.series
            if measure not in rules.parents and (area == CITY) == (measure in rules.alone)
        }
        self.at_places = sorted(roots, key=lambda one: (one[1] in rules.frames, one))
        """Measures that are no parts, by place, and of the city those that it has alone. Those who answered come before
        those who were asked.
        """

    def _depth(self, measure: str) -> int:
        depth = 0
        while (measure := self.rules.parents.get(measure, "")) and depth < len(self.rules.parents):
            depth += 1
        return depth

    def decision(self, spot: Spot) -> CountDecision | None:
        """Return what was decided on a count, now or in an earlier snapshot."""
        return self.told.get(spot) or self.made.told.get(spot)

    def is_ready(self, root: str, month: int) -> bool:
        """Return whether a month of a measure is complete, and that of those who answered, if it frames them."""
        return all(self.rules.is_ready(one, month) for one in (root, self.rules.frames.get(root, root)))

    def _root(self, measure: str) -> str:
        for _step in self.rules.parents:
            measure = self.rules.parents.get(measure, measure)
        return measure

    # The whole city

    def decide_city(self, measure: str) -> None:
        """Decide on the numbers of the whole city, month by month: never more than the whole or all of them."""
        if self._root(measure) in self.rules.alone:
            return
        if (whole := self.rules.parents.get(measure)) in self.rules.apart:
            self._decide_city_years(measure, whole or "")
            return
        for line, by_month in sorted(self.series.get((CITY, measure), {}).items()):
            for month, value in sorted(by_month.items()):
                spot = Spot(measure, CITY, line, month)
                if spot not in self.told and self.rules.is_ready(measure, month):
                    self.made.told[spot] = self._moved(spot, value)

    def _decide_city_years(self, measure: str, whole: str) -> None:
        """Decide on a group of the whole city, for each year in which every month of its whole was counted."""
        counts, wholes = (self.series.get((CITY, one), {}).get(ALL, {}) for one in (measure, whole))
        for year in sorted({year_of(month) for month in counts}):
            period = Period(year * YEAR + 1, (year + 1) * YEAR)
            months = range(period.first, period.last + 1)
            spot, value = Spot(measure, CITY, ALL, period.last), period.total(counts)
            is_ready = all(self.rules.is_ready(measure, month) and month in wholes for month in months)
            if spot in self.told or value is None or not is_ready:
                continue
            near = max(0, value + self.rules.noise(spot) + STEP // 2) // STEP * STEP
            of_all = [self.decision(Spot(whole, CITY, ALL, month)) for month in months]
            if all(one and one.shown for one in of_all):
                near = min(near, sum(one.value for one in of_all if one))
            self.made.told[spot] = CountDecision(near, near >= LEAST_MOVED, YEAR)

    def _moved(self, spot: Spot, value: int) -> CountDecision:
        near = max(0, value + self.rules.noise(spot) + STEP // 2) // STEP * STEP
        above = [spot._replace(line=ALL)] if spot.line != ALL else []
        # A part is told as a share of its whole, so the movement has to be small against that.
        least = LEAST_MOVED
        if parent := self.rules.parents.get(spot.measure):
            above.append(spot._replace(measure=parent))
            least = FEWEST_SHOWN
        for other in above:
            whole = self.decision(other)
            near = min(near, whole.value if whole and whole.shown else 0)
        return CountDecision(near, near >= least)

    # Places, and what only the city has

    def decide_place(self, area: int, root: str) -> None:
        """Decide on a measure of a place and on its parts, year by year."""
        months = self.series[area, root][ALL]
        first = self.rules.since(area, root)
        for year in range(year_of(first), year_of(max(months, default=first)) + 1):
            start = max(first, year * YEAR + 1)
            if not self.is_ready(root, start):
                return
            periods = list(self._periods(PeriodKey(area, root, year), start))
            for period in periods:
                self._decide_period(area, root, period)
            tables = [[one] for one in periods] if root in self.rules.each_time else [periods]
            for parts in tables:
                _PlaceTable(self, area, root, parts).decide()

    def _periods(self, key: PeriodKey, start: int) -> Iterator[Period]:
        length = self._length(key)
        end = (key.year + 1) * YEAR
        while start <= end:
            last = (start - 1) // length * length + length
            yield Period(start, last)
            start = last + 1

    def _length(self, key: PeriodKey) -> int:
        if key.measure in self.rules.each_time:
            return 1
        if key.measure in self.rules.apart:
            # A month of arrests at a place would tell when the police were there.
            return YEAR
        if key not in self.lengths:
            mean = self._volume(key)
            self.made.lengths.setdefault(key, UNKNOWN if mean is None else length_for(mean))
        return self.lengths.get(key) or self.made.lengths[key]

    def _volume(self, key: PeriodKey) -> float | None:
        """Return the mean count of a month as readers know it from the year before, else from before publication."""
        before = range((key.year - 1) * YEAR + 1, key.year * YEAR + 1)
        known = [self.decision(Spot(key.measure, key.area, ALL, month)) for month in before]
        decided = [one for one in known if one]
        if decided:
            return sum(one.value for one in decided if one.shown) / sum(one.months for one in decided)
        return self.rules.before(key.area, key.measure)

    def _decide_period(self, area: int, root: str, period: Period) -> None:
        spot = Spot(root, area, ALL, period.last)
        value = period.total(self.series[area, root][ALL])
        if spot not in self.told and value is not None and self.is_ready(root, period.last):
            is_shown = value >= FEWEST_SHOWN and is_fine(self._unanswered(spot, value))
            self.made.told[spot] = CountDecision(value, is_shown, period.months, rule_of(area))

    def _unanswered(self, asked: Spot, value: int) -> int:
        """Return how many of those asked did not answer, as far as readers can tell; 0 if they cannot."""
        answered = self.decision(asked._replace(measure=self.rules.frames.get(asked.measure, "")))
        return value - answered.value if answered and answered.shown else 0


def _fill_totals(by_line: dict[CountLine, dict[int, int]]) -> None:
    """Add the total of months that have lines only."""
    sums: dict[int, dict[bool, int]] = defaultdict(lambda: defaultdict(int))
    for line, by_month in by_line.items():
        if line != ALL:
            for month, value in by_month.items():
                sums[month][bool(line.language)] += value
    for month, by_kind in sums.items():
        by_line[ALL].setdefault(month, by_kind.get(True, by_kind.get(False, 0)))


class _PlaceTable:
    """The parts, languages and channels of one measure at one place, over periods that follow one another."""

    def __init__(self, work: _Protection, area: int, root: str, periods: list[Period]) -> None:
        self.work, self.area, self.root = work, area, root
        self.family = [root]
        for measure in work.in_order:
            if work.rules.parents.get(measure) in self.family and (area, measure) in work.series:
                self.family.append(measure)
        found = [(one, told) for one in periods if (told := self._decision(root, one.last))]
        counted = [told for _period, told in found]
        # What begins with a month in which nothing was counted does not cover it.
        self.whole = Period(found[0][0].first if found else periods[0].first, periods[-1].last)
        self.is_open = bool(counted) and all(one.shown for one in counted)
        """Whether readers know how many there were in all."""
        self.totals = {root: sum(one.value for one in counted)} if counted else {}
        self.shown = {root} if self.is_open else set()

    def _decision(self, measure: str, last: int, line: CountLine = ALL) -> CountDecision | None:
        return self.work.decision(Spot(measure, self.area, line, last))

    def decide(self) -> None:
        """Decide on what is ready: each part as soon as it is, lines once all of the family are."""
        if not self.totals or not self.work.is_ready(self.root, self.whole.last):
            return
        if self.root in self.work.rules.apart:
            self._decide_groups()
        else:
            for measure in self.family[1:]:
                self._decide_part(measure)
        if all(self.work.rules.is_ready(measure, self.whole.last) for measure in self.family):
            for is_language in (True, False):
                self._decide_lines(is_language)

    def _value(self, measure: str, line: CountLine = ALL) -> int | None:
        return self.whole.total(self.work.series[self.area, measure].get(line, {}))

    def _tell(self, measure: str, line: CountLine, value: int, shown: bool) -> None:
        spot = Spot(measure, self.area, line, self.whole.last)
        if spot not in self.work.told:
            self.work.made.told[spot] = CountDecision(value, shown, self.whole.months, rule_of(self.area))

    def _decide_part(self, measure: str) -> None:
        parent = self.work.rules.parents[measure]
        told, value = self._decision(measure, self.whole.last), self._value(measure)
        if told is None and value is not None and self.work.rules.is_ready(measure, self.whole.last):
            left = self.totals.get(parent, -1) - value
            if left < 0:
                return
            self._tell(measure, ALL, value, parent in self.shown and is_fine(value) and is_fine(left))
            told = self._decision(measure, self.whole.last)
        if told is not None:
            self.totals[measure] = told.value
            if told.shown:
                self.shown.add(measure)

    def _decide_groups(self) -> None:
        """Decide on parts that exclude each other once all are ready: all or none; one that comes later is hidden."""
        last = self.whole.last
        values = {one: value for one in self.family[1:] if (value := self._value(one)) is not None}
        if not values or not all(self.work.rules.is_ready(one, last) for one in self.family):
            return
        left, is_late = self.totals[self.root] - sum(values.values()), any(self._decision(one, last) for one in values)
        if left < 0 and not is_late:
            return
        is_shown = self.is_open and not is_late and all(map(is_fine, (*values.values(), left)))
        for measure, value in values.items():
            self._tell(measure, ALL, value, is_shown)

    def _decide_lines(self, is_language: bool) -> None:
        """Decide on languages, or on channels: all of them or none."""
        values = {one: self._lines(one, is_language) for one in self.family if one in self.totals}
        if not values.get(self.root):
            return
        cells = [cell for one in values if one in self.shown for cell in self._cells(one, values)]
        if any(cell < 0 for cell in cells):
            return
        is_shown = all(map(is_fine, [*cells, *self._unanswered(values[self.root])]))
        for measure, lines in values.items():
            for line, value in lines.items():
                self._tell(measure, line, value, is_shown and measure in self.shown)

    def _unanswered(self, asked: Mapping[CountLine, int]) -> Iterator[int]:
        """Yield by line how many of those asked did not answer; -1, which is never fine, if the answers are hidden."""
        answers = self.work.rules.frames.get(self.root, "")
        for line, value in asked.items() if answers else ():
            answered = self._decision(answers, self.whole.last, line)
            yield value - answered.value if answered and answered.shown else -1

    def _lines(self, measure: str, is_language: bool) -> dict[CountLine, int]:
        found = self.work.series[self.area, measure]
        lines = {line: self.whole.total(found[line]) for line in found if line != ALL}
        return {line: one for line, one in lines.items() if one is not None and bool(line.language) == is_language}

    def _cells(self, measure: str, values: Mapping[str, Mapping[CountLine, int]]) -> list[int]:
        """Return the cells of a measure by line: its own, those of no known line, and the others of its whole."""
        lines, parent = values[measure], self.work.rules.parents.get(measure, "")
        own = [*lines.values(), self.totals[measure] - sum(lines.values())] if lines else []
        if not lines or parent not in values:
            return own
        whole = values[parent]
        others = [whole.get(line, 0) - lines.get(line, 0) for line in {*whole, *lines}]
        left = self.totals[parent] - self.totals[measure] - sum(others)
        return [*own, *others, left]
