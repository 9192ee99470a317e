"""What an import would change, as its pages show it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from portal.indicators.imports.actions.taking import Change
from portal.indicators.imports.queries import named_areas
from portal.indicators.models import Measure
from portal.indicators.queries import measures

MOST_SHOWN = 40


@dataclass(frozen=True)
class Shown:
    """By area and measure: from which month to which, how many figures are new, other than before, the same."""

    rows: list[tuple[str, Measure, date, date, int, int, int]]
    changed: list[tuple[str, Measure, Change]]
    changed_in_all: int


def shown(planned: Sequence[Change], member_id: int) -> Shown:
    """The same for a page; of the figures that are other than before the first ones."""
    names = {area.id: name for name, area in named_areas(member_id).items()}
    known = {measure.id: measure for measure in measures()}
    groups: dict[tuple[int, int], list[Change]] = {}
    for one in planned:
        groups.setdefault((one.area_id, one.measure_id), []).append(one)
    return Shown(
        rows=[(names[area], known[measure], *_summary(changes)) for (area, measure), changes in groups.items()],
        changed=[(names[one.area_id], known[one.measure_id], one) for one in planned if _differs(one)][:MOST_SHOWN],
        changed_in_all=sum(map(_differs, planned)),
    )


def _differs(one: Change) -> bool:
    return one.before is not None and one.before != one.after


def _summary(changes: Sequence[Change]) -> tuple[date, date, int, int, int]:
    months = [one.month_on for one in changes]
    new = sum(one.before is None for one in changes)
    other = sum(map(_differs, changes))
    return min(months), max(months), new, other, len(changes) - new - other
