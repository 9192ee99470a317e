"""All that the results of a study follow from, in one piece, with its digest: another digest, and they are stale."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import date

from portal.indicators.evaluation.rules.plans import Plan
from portal.indicators.rules.months import written

METHOD = 3
"""Raised whenever the same figures would give another result, or say more of it."""
ByMonth = Mapping[date, int]


@dataclass(frozen=True)
class Material:
    """`series`: by measure and area ("place", "comparison-1", "ring-1", "comparison_ring-1"), complete months only."""

    plan: Plan
    delivered_on: date
    series: Mapping[str, Mapping[str, ByMonth]]
    population: Mapping[str, int] = field(default_factory=dict)

    @property
    def digest(self) -> str:
        """The SHA-256 of all of it and of the methods' number."""
        whole = {
            "method": METHOD,
            # By which measure a place is judged changes no number.
            "plan": {name: value for name, value in asdict(self.plan).items() if name != "primary"},
            "delivered_on": self.delivered_on.isoformat(),
            "population": dict(self.population),
            "series": {
                key: {
                    area: {written(month): count for month, count in months.items()} for area, months in areas.items()
                }
                for key, areas in self.series.items()
            },
        }
        return hashlib.sha256(json.dumps(whole, sort_keys=True).encode()).hexdigest()

    def areas(self, measure: str, part: str) -> list[ByMonth]:
        """The series of the areas of a part, in the order of their numbers."""
        found = [(int(key.rpartition("-")[2]), one) for key, one in self.series[measure].items() if _is(key, part)]
        return [one for _rank, one in sorted(found, key=lambda pair: pair[0])]


def _is(key: str, part: str) -> bool:
    return key.rpartition("-")[0] == part
