"""How the shares of surveys changed, with an interval: worked out of what a snapshot publishes, and of nothing else."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from portal.indicators.snapshots.document import Document, MeasureShown, Series, SurveyChange, Value
from portal.indicators.snapshots.rules.surveyed import pair

DIGITS = 4
HERE = ("place", "city")
Counts = tuple[int, int]
"""How many said yes, of how many."""


def with_changes(document: Document) -> Document:
    """The same snapshot, with the changes that follow from the counts that are shown in it."""

    def found(series: Sequence[Series], day: str | None = None) -> tuple[SurveyChange, ...]:
        return tuple(_changes(document.measures, series, document.months, day[:7] if day else None))

    places = [one.model_copy(update={"changes": found(one.series, one.delivered_on)}) for one in document.places]
    return document.model_copy(update={"places": tuple(places), "city_changes": found(document.city)})


def _changes(
    measures: Sequence[MeasureShown], series: Sequence[Series], months: Sequence[str], month: str | None
) -> Iterator[SurveyChange]:
    known = {(one.measure, one.language): one.values for one in series if one.area in HERE and not one.channel}
    delivered = months.index(month) if month in months else None
    for measure in measures:
        for language in ("", "en", "es"):
            parts, wholes = known.get((measure.key, language)), known.get((measure.of or "", language))
            if measure.kind == "survey" and parts and wholes and (two := pair(parts, wholes, delivered)):
                earlier, later = (_counts(parts, wholes, place) for place in two)
                points, low, high = difference(earlier, later)
                yield SurveyChange(
                    measure=measure.key,
                    language=language,
                    earlier=months[two.earlier],
                    later=months[two.later],
                    points=points,
                    points_low=low,
                    points_high=high,
                )


def _counts(parts: Sequence[Value], wholes: Sequence[Value], place: int) -> Counts:
    part, whole = parts[place], wholes[place]
    return (part, whole) if isinstance(part, int) and isinstance(whole, int) else (0, 0)


def difference(earlier: Counts, later: Counts) -> tuple[float, float, float]:
    """How many more of 100 later than earlier, and the ends of the 95 % interval.

    Newcombe's hybrid score interval for independent proportions: method 10 of Newcombe (1998), *Statistics in
    Medicine* 17:873-890.
    """
    # Only where a snapshot is made: it takes a second and 140 MB.
    from statsmodels.stats.proportion import confint_proportions_2indep

    (part, whole), (part_before, whole_before) = later, earlier
    ends = confint_proportions_2indep(part, whole, part_before, whole_before, method="newcomb", compare="diff")
    points = part / whole - part_before / whole_before
    low, high = (round(100 * float(one), DIGITS) + 0.0 for one in ends)
    return round(100 * points, DIGITS) + 0.0, low, high
