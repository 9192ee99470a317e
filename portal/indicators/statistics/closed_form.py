"""What needs no model: shares and changes between surveys, what a study could see, half years, all places together."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from math import exp, expm1, inf, log, pi, sqrt, tan
from statistics import NormalDist

from portal.indicators.statistics import plans
from portal.indicators.statistics.plans import ERROR, LEAST_TO_BE_SURE, SHORTEST_BEFORE, ByMonth, StudyWindow
from portal.indicators.statistics.protection import NOISE_VARIANCE
from portal.indicators.statistics.schema import Document, SnapshotSeries, SurveyChange, Value
from portal.indicators.statistics.sentences import LEAST_EXPECTED

POWER = 0.8
"""A fall counts as visible if it would be found in so many of ten studies."""
TYPICAL_FALL = 0.3
ERRORS_BESIDE = 2.3
"""The errors that a change takes beside a trend, as simulated: 1.96, and the cost of trying many (`models.trends`)."""
HIDES = 2 / 3
"""An area hides much if without it a fall would show that is at most this part of what shows with it."""
NORMAL = NormalDist()


class Blind(StrEnum):
    TOO_FEW_MONTHS = "too_few_months"
    NO_COMPARISON = "no_comparison"
    TOO_FEW_AREAS = "too_few_areas"
    TOO_FEW_EVENTS = "too_few_events"


@dataclass(frozen=True)
class LookAhead:
    """What can be seen after `months`; shares are of 1, None with fewer than 20 events or if areas are not known."""

    months: int
    expected: float
    smallest_fall: float | None
    power: float | None


@dataclass(frozen=True)
class Foresight:
    measure: str
    months: int
    monthly: float
    blind: Blind | None
    outlooks: tuple[LookAhead, ...] = ()
    odd: tuple[str, float] | None = None
    """The comparison area that alone hides much, and the smallest fall that would show without it."""

    @property
    def smallest_fall(self) -> float:
        """The smallest fall that would show at the last look; infinite if that is not known."""
        return (self.outlooks[-1].smallest_fall if self.outlooks else None) or inf


@dataclass(frozen=True)
class CountsBefore:
    """Monthly counts before a call-in, the earliest first: those of the place, and of each comparison area."""

    ours: Sequence[int]
    others: Sequence[Sequence[int]]
    tried: Sequence[tuple[Sequence[int], Sequence[Sequence[int]]]]
    """The areas tried in its place, each with those that it is held against."""


def foresee(
    measure: str,
    place: ByMonth,
    areas: Sequence[ByMonth],
    months_before: int,
    looks: Mapping[int, float],
    drawn: Sequence[ByMonth] = (),
) -> Foresight:
    """Return what a study could see at each look by its newest `months_before` months.

    With too few areas: as if there were enough like these. `looks`: how often each look's interval may leave out the
    truth (`plans.errors`). `drawn`: the placebo areas, if the measure was counted in them.
    """
    every = sorted(plans.counted_in_all([place, *areas, *drawn]))
    months = every[-months_before:]
    monthly = sum(place[month] for month in months) / len(months) if months else 0.0
    if len(months) < SHORTEST_BEFORE:
        return Foresight(measure, len(months), monthly, Blind.TOO_FEW_MONTHS)
    if not areas:
        return Foresight(measure, len(months), monthly, Blind.NO_COMPARISON)
    others = [[area[month] for month in months] for area in areas]
    left_out = [(one, others[:number] + others[number + 1 :]) for number, one in enumerate(others)]
    by_lot = [([area[month] for month in months], others) for area in drawn]
    before = CountsBefore([place[month] for month in months], others, by_lot or left_out)
    trend_months = len(every[-plans.TREND_MONTHS :])
    outlooks = tuple(_outlook(before, look, error, trend_months) for look, error in looks.items())
    blind = Blind.TOO_FEW_AREAS if len(drawn or areas) < LEAST_TO_BE_SURE else None
    if not sum(map(sum, before.others)) or all(one.expected < LEAST_EXPECTED for one in outlooks):
        blind = Blind.TOO_FEW_EVENTS
    return Foresight(measure, len(months), monthly, blind, outlooks)


def _widening(before: int, after: int) -> float:
    """Return how many times wider chance is beside the worst trend: a step's squares by what the trend leaves."""
    step, factors = before * after / (before + after), []
    for first in (-before, *(-bend for bend in plans.BENDS if before - bend >= SHORTEST_BEFORE)):
        line = [max(0, month - first) for month in range(-before, after)]
        mean = sum(line) / len(line)
        slope = sum(value - mean for value in line[before:]) ** 2 / sum((value - mean) ** 2 for value in line)
        factors.append(step / (step - slope))
    return sqrt(max(factors))


def _outlook(before: CountsBefore, look: int, allowed: float, known: int) -> LookAhead:
    count = len(before.ours)
    expected = sum(before.ours) / count * look
    theirs: float = sum(map(sum, before.others))
    if expected < LEAST_EXPECTED or not theirs:
        return LookAhead(look, expected, None, None)
    between = _between(before, min(look, count // 2), look)
    if between is None and len(before.tried) < LEAST_TO_BE_SURE:
        return LookAhead(look, expected, None, None)
    theirs *= max(1.0, LEAST_TO_BE_SURE / len(before.others))
    spread = max(1.0, dispersion([before.ours, *before.others]))
    # After a fall there are fewer events to go by.
    cells = (sum(before.ours), expected * (1 - TYPICAL_FALL), theirs, theirs / count * look)
    by_chance = sqrt(spread * sum(1 / cell for cell in cells))
    # The interval is the wider one: of chance alone, and of what areas differ by.
    reach, areas = student(count + look - 2, allowed) * by_chance, max(len(before.tried), LEAST_TO_BE_SURE)
    if between is not None:
        reach = max(reach, student(areas - 1, allowed) * between * sqrt(1 + 1 / areas))
    error = max(by_chance, between or 0.0)
    # A change must also be there beside a trend that goes on; see `sentences.said`.
    whole = (expected / look * known, cells[1], theirs / count * known, cells[3])
    beside = sqrt(spread * sum(1 / cell for cell in whole)) * _widening(known, look)
    wanted = NORMAL.inv_cdf(POWER)
    visible = max(reach + wanted * error, (ERRORS_BESIDE + wanted) * beside)
    size = -log(1 - TYPICAL_FALL)
    power = min(NORMAL.cdf((size - reach) / error), NORMAL.cdf(size / beside - ERRORS_BESIDE))
    return LookAhead(look, expected, 1 - exp(-visible), power)


def _between(before: CountsBefore, after: int, look: int) -> float | None:
    """Return how much areas change against each other in a study with `look` months after; None if that is not known.

    Seen in the last `after` months before, on the logarithm. What chance alone brings there is replaced by what it
    brings in the longer study; the rest grows with the time between the two sides.
    """
    changes, chance = [], 0.0
    count, spread = len(before.ours), max(1.0, dispersion([before.ours, *before.others]))
    late, early = slice(count - after, None), slice(count - after)
    for ours, others in before.tried:
        theirs = [sum(sum(area[side]) for area in others) for side in (late, early)]
        cells = (sum(ours[late]), sum(ours[early]), *theirs)
        if min(cells) > 0:
            changes.append(log(cells[0] / cells[1]) - log(cells[2] / cells[3]))
            chance += spread * sum(1 / cell for cell in cells)
    if len(changes) < 2:
        return None
    seen, chance = sum(change * change for change in changes) / (len(changes) - 1), chance / len(changes)
    shorter, whole = 1 / after + 1 / (count - after), 1 / look + 1 / count
    return sqrt(max(0.0, seen - chance) * (count + look) / count + chance * whole / shorter)


def with_odd_area(seen: Callable[[Sequence[ByMonth]], Foresight], areas: Mapping[str, ByMonth]) -> Foresight:
    """Return what `seen` does with all areas, and name the one, if there is one, that hides most of it."""
    foreseen = seen(list(areas.values()))
    falls = {area: seen([areas[one] for one in areas if one != area]).smallest_fall for area in areas}
    odd = min(falls, key=falls.__getitem__, default="")
    hides = bool(odd) and falls[odd] <= HIDES * foreseen.smallest_fall < inf
    return replace(foreseen, odd=(odd, falls[odd])) if hides else foreseen


def student(freedom: int, error: float = ERROR) -> float:
    """Return the half-width in standard errors. Hill (1970), Algorithm 396 of the ACM: four digits from 3 degrees."""
    if freedom < 3:
        return 1 / tan(pi * error / 2) if freedom < 2 else sqrt(2 / (error * (2 - error)) - 2)
    n = freedom
    a = 1 / (n - 0.5)
    b = 48 / a**2
    c = ((20700 * a / b - 98) * a - 16) * a + 96.36
    d = ((94.5 / (b + c) - 3) / b + 1) * sqrt(a * pi / 2) * n
    y: float = (d * error) ** (2 / n)
    if y <= 0.05 + a:
        y = ((1 / (((n + 6) / (n * y) - 0.089 * d - 0.822) * (n + 2) * 3) + 0.5 / (n + 4)) * y - 1) * (n + 1) / (
            n + 2
        ) + 1 / y
        return sqrt(n * y)
    x = NORMAL.inv_cdf(error / 2)
    y = x * x
    c += 0.3 * (n - 4.5) * (x + 0.6) if n < 5 else 0.0
    c = (((0.05 * d * x - 5) * x - 7) * x - 2) * x + b + c
    y = (((((0.4 * y + 6.3) * y + 36) * y + 94.5) / c - y - 3) / b + 1) * x
    return sqrt(n * expm1(a * y * y))


def dispersion(*sides: Sequence[Sequence[float]]) -> float:
    """Return Pearson's chi-squared by its freedom: effects of areas and months cancel. A side has a row by area."""
    chi_squared, freedom = 0.0, 0
    for side in sides:
        rows = [row for row in side if sum(row)]
        columns = [column for column in zip(*rows, strict=True) if sum(column)]
        if len(rows) < 2 or len(columns) < 2:
            continue
        areas = [sum(row) for row in zip(*columns, strict=True)]
        whole = sum(areas)
        for column, month in zip(columns, map(sum, columns), strict=True):
            for count, area in zip(column, areas, strict=True):
                usual = area * month / whole
                chi_squared += (count - usual) ** 2 / usual
        freedom += (len(areas) - 1) * (len(columns) - 1)
    return chi_squared / freedom if freedom else 1.0


HALF_YEAR = 6
FEWEST_MONTHS = 3
"""A shorter piece at the beginning of the months before is left out."""


@dataclass(frozen=True)
class HalfYear:
    """A half year beside similar areas, held against all months before. `change` and `reach` are logarithms."""

    first: date
    last: date
    change: float
    reach: float
    """Half the width of the band around `change`."""
    is_after: bool


def half_years(place: ByMonth, areas: Sequence[ByMonth], whole: StudyWindow) -> list[HalfYear]:
    """Return changes by six months away from the call-in. A side's bands hold together: 1 in 20 leaves one out."""
    base, halves = _sums(place, areas, whole.before), []
    if min(base) <= 0:
        return []
    spread = max(1.0, dispersion([[series[month] for month in whole.before] for series in (place, *areas)]))
    for side, is_after in ((whole.before[::-1], False), (whole.after, True)):
        pieces = [side[start : start + HALF_YEAR] for start in range(0, len(side), HALF_YEAR)]
        pieces = [piece for piece in pieces if len(piece) >= FEWEST_MONTHS]
        for months in pieces if is_after else pieces[::-1]:
            part = _sums(place, areas, months)
            if min(part) <= 0:
                continue
            # A half year before is itself a part of what it is held against, so that less of it is left to chance.
            sign = 1 if is_after else -1
            variance = spread * sum(1 / one + sign / every for one, every in zip(part, base, strict=True))
            change = log(part[0] / part[1]) - log(base[0] / base[1])
            reach = NORMAL.inv_cdf(1 - ERROR / len(pieces) / 2) * sqrt(max(0.0, variance))
            halves.append(HalfYear(min(months), max(months), change, reach, is_after))
    return halves


def _sums(place: ByMonth, areas: Sequence[ByMonth], months: Sequence[date]) -> tuple[int, int]:
    return sum(place[month] for month in months), sum(area[month] for area in areas for month in months)


LEAST_PLACES = 5
"""With fewer places nobody knows how much places differ."""
STEPS = 60
"""Halvings of the interval in which the variance between places is sought."""
LARGEST_VARIANCE = 10.0


@dataclass(frozen=True)
class PlaceChange:
    """The change at a place: the logarithm of its ratio, and the standard error of that."""

    log_ratio: float
    error: float


@dataclass(frozen=True)
class PooledChange:
    """The change over all places in percent, with its 95 % interval, and how much places differ."""

    percent: float
    percent_low: float
    percent_high: float
    between: float
    """The standard deviation of the true changes between places, on the logarithm."""
    weights: tuple[float, ...]
    """The part of each place, in percent."""


def change_of(percent: float, low: float, high: float, level: float) -> PlaceChange | None:
    """Return a place's change from its interval, all in percent; None if the interval has no width or no end."""
    ends = [1 + one / 100 for one in (percent, low, high)]
    if min(ends) <= 0 or high <= low:
        return None
    error = (log(ends[2]) - log(ends[1])) / 2 / NORMAL.inv_cdf(0.5 + level / 200)
    return PlaceChange(log(ends[0]), error)


def pooled(changes: Sequence[PlaceChange]) -> PooledChange | None:
    """Return the change over all places by inverse variances and random effects; None with fewer than `LEAST_PLACES`.

    The variance between places after Paule and Mandel (1982); the interval after Hartung and Knapp (2001) and Sidik and
    Jonkman (2002), never narrower than the plain one (Knapp and Hartung 2003), with Student's t.
    """
    if len(changes) < LEAST_PLACES:
        return None
    freedom = len(changes) - 1
    # The variance between places that leaves as much scatter as chance would; it falls as that grows.
    variance, most = 0.0, LARGEST_VARIANCE if _weighted(changes, 0.0)[2] > freedom else 0.0
    for _step in range(STEPS):
        middle = (variance + most) / 2
        variance, most = (middle, most) if _weighted(changes, middle)[2] > freedom else (variance, middle)
    variance = (variance + most) / 2
    weights, middle, scatter = _weighted(changes, variance)
    factor = max(1.0, scatter / freedom)
    reach = student(freedom, ERROR) * sqrt(factor / sum(weights))
    change, low, high = (100 * (exp(middle + end) - 1) for end in (0.0, -reach, reach))
    parts = tuple(100 * weight / sum(weights) for weight in weights)
    return PooledChange(change, low, high, sqrt(variance), parts)


def _weighted(changes: Sequence[PlaceChange], variance: float) -> tuple[list[float], float, float]:
    """Return the weights of places, their weighted mean, and how much they scatter around it."""
    weights = [1 / (change.error**2 + variance) for change in changes]
    middle = sum(w * change.log_ratio for w, change in zip(weights, changes, strict=True)) / sum(weights)
    scatter = sum(w * (change.log_ratio - middle) ** 2 for w, change in zip(weights, changes, strict=True))
    return weights, middle, scatter


def whole_percent(part: Value, whole: Value) -> int | None:
    """Return whole percent, half up; 0 or 100 only if exactly none or all: a rounded "100 %" would deny the others."""
    if not isinstance(part, int) or not isinstance(whole, int) or whole == 0:
        return None
    near = (200 * part + whole) // (2 * whole)
    return near if part in (0, whole) else min(max(near, 1), 99)


def pair(parts: Sequence[Value], wholes: Sequence[Value], delivered: int | None) -> tuple[int, int] | None:
    """Return the last month before the message and the newest since, else the first and the newest, of those shown."""
    places = [
        place
        for place, (part, whole) in enumerate(zip(parts, wholes, strict=True))
        if isinstance(part, int) and isinstance(whole, int) and 0 <= part <= whole and whole > 0
    ]
    if len(places) < 2:
        return None
    before = [place for place in places if delivered is not None and place < delivered]
    return before[-1] if before and places[-1] > before[-1] else places[0], places[-1]


DIGITS = 4
HERE = ("place", "city")
Counts = tuple[int, int]


def with_changes(document: Document) -> Document:
    places = []
    for place in document.places:
        changes = _changes(document, place.series, place.delivered_on[:7] if place.delivered_on else None)
        places.append(place.model_copy(update={"changes": tuple(changes)}))
    city = tuple(_changes(document, document.city, None))
    return document.model_copy(update={"places": tuple(places), "city_changes": city})


def _changes(document: Document, series: Sequence[SnapshotSeries], month: str | None) -> Iterator[SurveyChange]:
    months = document.months
    here = [line for line in series if line.area in HERE]
    values = {line.measure: line.values for line in here}
    moved_from = min((line.moved_from for line in here if line.moved_from), default="9999-12")
    delivered = months.index(month) if month in months else None
    for measure in document.measures:
        parts, wholes = values.get(measure.key), values.get(measure.of or "")
        if measure.kind != "survey" or not parts or not wholes or not (two := pair(parts, wholes, delivered)):
            continue
        both = ((parts[at], wholes[at]) for at in two)
        shown = [(part, whole) for part, whole in both if isinstance(part, int) and isinstance(whole, int)]
        points, low, high = difference(*shown)
        moved = [count for at, count in zip(two, shown, strict=True) if months[at] >= moved_from]
        if moved:
            # Of counts that were moved by chance the interval is wider.
            noise = sum(NOISE_VARIANCE * (1 + (part / whole) ** 2) / whole**2 for part, whole in moved)
            down, up = (sqrt((points - end) ** 2 + (196 * sqrt(noise)) ** 2) for end in (low, high))
            low, high = round(max(points - down, -100.0), DIGITS), round(min(points + up, 100.0), DIGITS)
        ends = {"points": points, "points_low": low, "points_high": high}
        yield SurveyChange(measure=measure.key, earlier=months[two[0]], later=months[two[1]], **ends)


def difference(earlier: Counts, later: Counts) -> tuple[float, float, float]:
    """Return the change per 100 respondents with its 95 % interval, by method 10 of Newcombe (1998)."""
    # Imported only where a snapshot is made: it takes a second and 140 MB.
    from statsmodels.stats.proportion import confint_proportions_2indep

    (part, whole), (part_before, whole_before) = later, earlier
    ends = confint_proportions_2indep(part, whole, part_before, whole_before, method="newcomb", compare="diff")
    points = part / whole - part_before / whole_before
    low, high = (round(100 * float(one), DIGITS) + 0.0 for one in ends)
    return round(100 * points, DIGITS) + 0.0, low, high
