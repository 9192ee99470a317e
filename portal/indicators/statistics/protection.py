"""Which guarded counts are published: by periods fixed beforehand at places, moved by chance for the whole city.

At a place the count of all is published by month, quarter, half-year or year, whichever was fixed before the year began
from what was known of its volume, and only from `FEWEST_SHOWN` on. Nothing is nested in a period: parts are published
for a whole year, and only if every period of that year is shown (measures that are counted now and then, such as
surveys, for each time). A part is shown if it and the others are none or at least `FEWEST_SHOWN`. So are parts that
exclude each other and may add up to their whole (arrests by group of people): all of them or none, with those of no
known group. Places have such a whole by year. Of a survey the number of those asked is published only if those who did
not answer are none or at least `FEWEST_SHOWN`. Nothing is published by language or by channel.

So no two published numbers of a place cover the same people in part, except within one such table, and a hidden number
may always be anything from 0 or 1 to `SMALL`. The city's numbers are those of half-years or years, moved by keyed noise
without a bound (two-sided geometric; Ghosh, Roughgarden and Sundararajan 2012), one draw for each, so that the city
without its places tells nothing certain; from `LEAST_MOVED` on. A person is in as many of them as their measure has
parts, and one: of those who know all others, each number moves the odds by e^(1/`SPREAD`) at most. Groups of people of
the whole city are exact, by year, as the public record is, where at least `FEWEST_SHOWN` are left without the places
that are shown; a place that would leave fewer is hidden. What is counted for the whole city and at no place (deaths)
has nothing that could be subtracted from it: it is published as that of a place is, by fixed periods and from
`FEWEST_SHOWN` on, and not moved. Everything takes time in proportion to the number of counts.
"""

from __future__ import annotations

import hmac
import math
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from hashlib import sha256
from typing import NamedTuple

from portal.core.suppression import FEWEST_SHOWN

SMALL = FEWEST_SHOWN - 1
"""Counts up to this are suppressed."""
CITY = 0
"""The area number of the whole city; all other numbers are places."""


class Spot(NamedTuple):
    """A count's position: measure, area and month (year × 12 + month)."""

    measure: str
    area: int
    month: int


BY_MONTH, BY_PERIOD, CITY_ALONE = 1, 2, 3
"""How a count was published: of a month and as it is (what is not guarded), by fixed periods at places and moved by
chance in the city, or of the city by fixed periods and as it is: no place has it, or the public record has it too.
"""


class CountDecision(NamedTuple):
    """The decision on a count when it was frozen: the number kept for it, and whether it is shown."""

    value: int
    """Of the whole city the number that is published, moved by chance unless by `CITY_ALONE`."""
    shown: bool
    months: int = 1
    rule: int = BY_PERIOD


def number(month: date) -> int:
    return month.year * 12 + month.month


def month_numbered(number: int) -> date:
    year, month = divmod(number - 1, 12)
    return date(year, month + 1, 1)


Counts = Mapping[Spot, int]
Parents = Mapping[str, str]


def guarded_with_family(guarded: Collection[str], of: Parents) -> set[str]:
    """Return the guarded measures with their parts and wholes, whose differences reveal people of guarded measures."""
    family: set[str] = set(guarded)
    while more := {one for pair in of.items() if family & set(pair) for one in pair} - family:
        family |= more
    return family


LENGTHS = (1, 3, 6, 12)
WORTH_A_PERIOD = 15
"""The mean count from which a period is long enough: then nine of ten periods reach `FEWEST_SHOWN`."""
UNKNOWN = 3
YEAR = 12
SPREAD = 4.0
"""The scale of the noise: 19 of 20 are moved by 12 or less, and 1 is at most e^(8/4) times as likely as 9."""
STEP = 10
"""The city's numbers are rounded to multiples of this, so that nobody takes them for exact."""
NOISE_VARIANCE = 2 * math.exp(-1 / SPREAD) / (1 - math.exp(-1 / SPREAD)) ** 2 + STEP**2 / 12
REACH = 13
"""How far a number of the city is moved at most in 19 of 20 cases, by noise and rounding."""
LEAST_MOVED = 30
"""The least that is shown moved: at most half of it is noise, and under `FEWEST_SHOWN` one in a hundred gets there."""
CITY_LENGTHS = (6, 12)
WORTH_IN_CITY = 2 * LEAST_MOVED
Series = Mapping[int, int]


class Period(NamedTuple):
    first: int
    last: int

    @property
    def months(self) -> int:
        return self.last - self.first + 1

    def total(self, counts: Series) -> int | None:
        """Return the sum of the months that were counted; None if none was."""
        values = [counts[month] for month in range(self.first, self.last + 1) if month in counts]
        return sum(values) if values else None


class PeriodKey(NamedTuple):
    """Whose periods have a length: an area, a measure that is no part of another, and a year."""

    area: int
    measure: str
    year: int


@dataclass(frozen=True)
class Rules:
    parents: Mapping[str, str]
    is_ready: Callable[[str, int], bool]
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
    told: dict[Spot, CountDecision] = field(default_factory=dict)
    lengths: dict[PeriodKey, int] = field(default_factory=dict)


def length_for(mean: float, lengths: Sequence[int] = LENGTHS, worth: int = WORTH_A_PERIOD) -> int:
    return next((months for months in lengths if mean * months >= worth), YEAR)


def year_of(month: int) -> int:
    return (month - 1) // YEAR


def is_fine(value: int) -> bool:
    """Return whether a count of people points to nobody: none, or enough of them."""
    return value == 0 or value >= FEWEST_SHOWN


def keyed_noise(secret: bytes) -> Callable[[Spot], int]:
    """Return the noise of a city's numbers: the same for one spot each time, unknown without the secret."""

    def noise(spot: Spot) -> int:
        key = f"{spot.measure} {spot.month}"
        drawn = hmac.digest(secret, key.encode(), sha256)
        # Geometric variables with P(k) proportional to e^(-k / `SPREAD`), each from 64 random bits.
        shares = ((int.from_bytes(part) + 0.5) / 2**64 for part in (drawn[:8], drawn[8:16]))
        up, down = (math.floor(-math.log(share) * SPREAD) for share in shares)
        return up - down

    return noise


def protect(
    counts: Counts, told: Mapping[Spot, CountDecision], lengths: Mapping[PeriodKey, int], rules: Rules
) -> Protected:
    """Decide on all counts that are ready and not in `told`. Counts that contradict others are left out for now."""
    work = _Protection(counts, told, lengths, rules)
    for area, root in work.roots:
        work.decide(area, root)
    for group in sorted(group for group, whole in rules.parents.items() if whole in rules.apart):
        work.decide_group_of_city(group)
    return work.made


class _Protection:
    def __init__(
        self, counts: Counts, told: Mapping[Spot, CountDecision], lengths: Mapping[PeriodKey, int], rules: Rules
    ) -> None:
        self.told, self.lengths, self.rules = told, lengths, rules
        self.made = Protected()
        self.series: dict[tuple[int, str], dict[int, int]] = defaultdict(dict)
        for spot, value in counts.items():
            self.series[spot.area, spot.measure][spot.month] = value
        self.at_places = Counter[tuple[str, int]]()
        """How many of a group of people places show in a year."""
        for spot, one in told.items():
            self._count_at_places(spot, one)
        self.in_order = sorted({measure for _area, measure in self.series}, key=lambda one: (self._depth(one), one))
        """Wholes before their parts."""
        roots = {(area, measure) for area, measure in self.series if measure not in rules.parents}
        self.roots = sorted(roots, key=lambda one: (one[1] in rules.frames, one))
        """Measures that are no parts, by area. Those who answered come before those who were asked."""

    def _depth(self, measure: str) -> int:
        depth = 0
        while (measure := self.rules.parents.get(measure, "")) and depth < len(self.rules.parents):
            depth += 1
        return depth

    def decision(self, measure: str, area: int, month: int) -> CountDecision | None:
        spot = Spot(measure, area, month)
        return self.told.get(spot) or self.made.told.get(spot)

    def tell(self, measure: str, area: int, period: Period, value: int, *, shown: bool, rule: int) -> None:
        spot = Spot(measure, area, period.last)
        if spot not in self.told:
            self.made.told[spot] = CountDecision(value, shown, period.months, rule)
            self._count_at_places(spot, self.made.told[spot])

    def _count_at_places(self, spot: Spot, one: CountDecision) -> None:
        if spot.area != CITY and one.shown and self.rules.parents.get(spot.measure) in self.rules.apart:
            self.at_places[spot.measure, year_of(spot.month)] += one.value

    def is_ready(self, root: str, month: int) -> bool:
        """Return whether a month of a measure is complete, and that of those who answered, if it frames them."""
        return all(self.rules.is_ready(one, month) for one in (root, self.rules.frames.get(root, root)))

    def decide(self, area: int, root: str) -> None:
        is_moved = area == CITY and root not in self.rules.alone
        if area != CITY and root in self.rules.alone:
            return
        first = self.rules.since(area, root)
        for year in range(year_of(first), year_of(max(self.series[area, root], default=first)) + 1):
            start = max(first, year * YEAR + 1)
            if not self.is_ready(root, start):
                return
            length = self._length(PeriodKey(area, root, year), is_moved=is_moved)
            lasts = range((start - 1) // length * length + length, (year + 1) * YEAR + 1, length)
            periods = [Period(max(start, last - length + 1), last) for last in lasts]
            if is_moved:
                for period in periods:
                    self._decide_moved(root, period)
                continue
            for period in periods:
                self._decide_period(area, root, period)
            for parts in [[one] for one in periods] if root in self.rules.each_time else [periods]:
                _Table(self, area, root, parts).decide()

    def family(self, root: str, area: int) -> list[str]:
        family = [root]
        for measure in self.in_order:
            if self.rules.parents.get(measure) in family and (area, measure) in self.series:
                family.append(measure)
        return family

    def _length(self, key: PeriodKey, *, is_moved: bool) -> int:
        if key.measure in self.rules.each_time:
            return 1
        if key.measure in self.rules.apart and not is_moved:
            # A month of arrests at a place would tell when the police were there.
            return YEAR
        if key not in self.lengths:
            # The volume as readers know it: from the year before, else from before publication.
            before = range((key.year - 1) * YEAR + 1, key.year * YEAR + 1)
            decided = [one for month in before if (one := self.decision(key.measure, key.area, month))]
            mean = self.rules.before(key.area, key.measure)
            if decided:
                mean = sum(one.value for one in decided if one.shown) / sum(one.months for one in decided)
            if is_moved:
                length = CITY_LENGTHS[0] if mean is None else length_for(mean, CITY_LENGTHS, WORTH_IN_CITY)
            else:
                length = UNKNOWN if mean is None else length_for(mean)
            self.made.lengths.setdefault(key, length)
        return self.lengths.get(key) or self.made.lengths[key]

    def _decide_moved(self, root: str, period: Period) -> None:
        """Decide on the city's numbers of a period: never more than the whole that they are a part of."""
        for measure in self.family(root, CITY):
            value, whole = period.total(self.series[CITY, measure]), self.rules.parents.get(measure)
            if whole in self.rules.apart or value is None or not self.rules.is_ready(measure, period.last):
                continue
            near = max(0, value + self.rules.noise(Spot(measure, CITY, period.last)) + STEP // 2) // STEP * STEP
            if whole:
                above = self.decision(whole, CITY, period.last)
                near = min(near, above.value if above else 0)
            self.tell(measure, CITY, period, near, shown=near >= LEAST_MOVED, rule=BY_PERIOD)

    def decide_group_of_city(self, group: str) -> None:
        """Decide on a group of the whole city, for each year in which every month of its whole was counted."""
        counts, wholes = (self.series[CITY, one] for one in (group, self.rules.parents[group]))
        for year in sorted({year_of(month) for month in counts}):
            period = Period(year * YEAR + 1, (year + 1) * YEAR)
            months = range(period.first, period.last + 1)
            if all(self.rules.is_ready(group, month) and month in wholes for month in months):
                value = period.total(counts) or 0
                left = value - self.at_places[group, year]
                self.tell(group, CITY, period, value, shown=left >= FEWEST_SHOWN, rule=CITY_ALONE)

    def _decide_period(self, area: int, root: str, period: Period) -> None:
        value = period.total(self.series[area, root])
        if value is not None and self.is_ready(root, period.last):
            answered = self.decision(self.rules.frames.get(root, ""), area, period.last)
            # Of those asked who did not answer, as far as readers can tell.
            unanswered = value - answered.value if answered and answered.shown else 0
            is_shown = value >= FEWEST_SHOWN and is_fine(unanswered)
            self.tell(root, area, period, value, shown=is_shown, rule=CITY_ALONE if area == CITY else BY_PERIOD)


class _Table:
    """The parts of one measure in one area, over periods that follow one another."""

    def __init__(self, work: _Protection, area: int, root: str, periods: list[Period]) -> None:
        self.work, self.area, self.root = work, area, root
        self.family = work.family(root, area)
        decided = [(one, told) for one in periods if (told := work.decision(root, area, one.last))]
        counted = [told for _period, told in decided]
        # What begins with a month in which nothing was counted does not cover it.
        self.whole = Period(decided[0][0].first if decided else periods[0].first, periods[-1].last)
        self.is_open = bool(counted) and all(one.shown for one in counted)
        """Whether readers know how many there were in all."""
        self.totals = {root: sum(one.value for one in counted)} if counted else {}
        self.shown = {root} if self.is_open else set()

    def decide(self) -> None:
        if not self.totals or not self.work.is_ready(self.root, self.whole.last):
            return
        if self.root in self.work.rules.apart:
            self._decide_groups()
        else:
            for measure in self.family[1:]:
                self._decide_part(measure)

    def _value(self, measure: str) -> int | None:
        return self.whole.total(self.work.series[self.area, measure])

    def _decision(self, measure: str) -> CountDecision | None:
        return self.work.decision(measure, self.area, self.whole.last)

    def _tell(self, measure: str, value: int, *, shown: bool) -> None:
        rule = CITY_ALONE if self.area == CITY else BY_PERIOD
        self.work.tell(measure, self.area, self.whole, value, shown=shown, rule=rule)

    def _decide_part(self, measure: str) -> None:
        parent, value = self.work.rules.parents[measure], self._value(measure)
        if not self._decision(measure) and value is not None and self.work.rules.is_ready(measure, self.whole.last):
            left = self.totals.get(parent, -1) - value
            if left < 0:
                return
            self._tell(measure, value, shown=parent in self.shown and is_fine(value) and is_fine(left))
        if (told := self._decision(measure)) is not None:
            self.totals[measure] = told.value
            if told.shown:
                self.shown.add(measure)

    def _decide_groups(self) -> None:
        """Decide on parts that exclude each other once all are ready: all or none; one that comes later is hidden."""
        values = {one: value for one in self.family[1:] if (value := self._value(one)) is not None}
        if not values or not all(self.work.rules.is_ready(one, self.whole.last) for one in self.family):
            return
        left, is_late = self.totals[self.root] - sum(values.values()), any(map(self._decision, values))
        if left < 0 and not is_late:
            return
        is_shown = self.is_open and not is_late and all(map(is_fine, (*values.values(), left)))
        is_shown = is_shown and all(self._leaves_enough(one, value) for one, value in values.items())
        for measure, value in values.items():
            self._tell(measure, value, shown=is_shown)

    def _leaves_enough(self, group: str, value: int) -> bool:
        """Return whether so many are left of the city's exact number that a hidden place may have up to `SMALL`."""
        city = self.work.decision(group, CITY, self.whole.last)
        if city is None or not city.shown:
            return True
        return city.value - self.work.at_places[group, year_of(self.whole.last)] - value >= FEWEST_SHOWN
