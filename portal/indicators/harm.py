"""Crime weighted by harm: a city's own table of weights by type of incident, and the measure that is counted by it.

Weights are whole numbers, such as the days of the Cambridge Crime Harm Index. A sum of weights varies far more than a
count, so no study takes it: its models are for counts.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from portal.core.audit import record
from portal.core.cells import Wrong
from portal.indicators.counts import FigureEntry, Measure, measures
from portal.indicators.measures import type_key

MOST_TYPES, MOST_WEIGHT, LONGEST_TYPE = 500, 100_000, 80
WEIGHT = re.compile(r"[\t;,:=]\s{0,9}(?P<weight>[0-9]{1,6})$")


@dataclass(frozen=True)
class Weights:
    """A named table of weights by type, as they were written."""

    name: str = ""
    of: Mapping[str, int] | None = None

    @property
    def by_key(self) -> dict[str, int]:
        """The weights by type in lower case, as files are counted."""
        return {type_key(kind): weight for kind, weight in (self.of or {}).items()}


def read_weights(text: str) -> tuple[dict[str, int], list[Wrong]]:
    """Read a weight from each line: a type, then a whole number after a tab, semicolon, comma, colon or equals sign."""
    found: dict[str, int] = {}
    keys: set[str] = set()
    wrong: list[Wrong] = []
    for line, said in enumerate(text.splitlines(), 1):
        if not said.strip():
            continue
        one = WEIGHT.search(said.strip())
        kind = said.strip()[: one.start()].strip() if one else ""
        if one is None or not kind or int(one["weight"]) > MOST_WEIGHT or len(kind) > LONGEST_TYPE:
            wrong.append(Wrong("no_weight", line, said=said.strip()[:LONGEST_TYPE]))
        elif type_key(kind) in keys:
            wrong.append(Wrong("weight_twice", line, said=kind))
        else:
            keys.add(type_key(kind))
            found[kind] = int(one["weight"])
    return found, wrong or ([Wrong("too_many_weights")] if len(found) > MOST_TYPES else [])


def weights_of(measure: Measure) -> Weights:
    """Return the weights of a measure; without any if it is not weighted or nobody has sent them."""
    kept = measure.weights or {}
    return Weights(kept.get("name", ""), kept.get("of"))


def weigh(measure: Measure, weights: Weights, member_id: int) -> None:
    """Set the weights of a measure. Months that were counted before stay until their file is imported again."""
    measure.weights = {"name": weights.name, "of": dict(weights.of or {})}
    record("measure.weighed", "measure", measure.key, member_id)


def weighted_measures() -> list[Measure]:
    """Return the measures that are counted by weights."""
    return [one for one in measures() if one.is_weighted]


def weighted_counts(
    types: Sequence[tuple[str, int]],
    cells: Collection[tuple[int, int, date, int]],
    areas: Sequence[int],
    months: Sequence[date],
) -> list[FigureEntry]:
    """Return the weighted figures of these months, including zeros; none of a measure of which no type has a weight.

    `cells`: index of the type, area, month and number of incidents. Types without a weight add nothing.
    """
    found: list[FigureEntry] = []
    for measure in weighted_measures():
        by_key = weights_of(measure).by_key
        weights = [by_key.get(type_key(name), 0) for name, _count in types]
        if not any(weights):
            continue
        sums = {(area, month): 0 for area in areas for month in months}
        for kind, area, month, number in cells:
            if (area, month) in sums:
                sums[area, month] += weights[kind] * number
        found += [FigureEntry(area, measure.id, month, total) for (area, month), total in sums.items()]
    return found


def unweighted(types: Sequence[tuple[str, int]]) -> list[str]:
    """Return the types of a file that add nothing to a measure that other types of it count in by weight."""
    found: dict[str, None] = {}
    for measure in weighted_measures():
        by_key = weights_of(measure).by_key
        missing = [name for name, _count in types if type_key(name) not in by_key]
        found |= dict.fromkeys(missing if len(missing) < len(types) else ())
    return list(found)
