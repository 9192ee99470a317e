"""Which measure of a place leads, and why: the one that the locked plan says, never the one that looks best."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from portal.indicators.evaluation.rules.plans import fixed
from portal.indicators.panels.reading import Panel
from portal.indicators.snapshots.document import Deviation, Document, MeasureShown, PlaceShown


class Because(StrEnum):
    """Why it leads, or why nothing does."""

    NAMED = "named"
    """The plan says that the place is judged by it."""
    ONLY = "only"
    """An older plan that looks at nothing else."""
    LISTED_FIRST = "listed_first"
    """An older plan that does not say which of several counts most: the first on its list."""
    NOT_COUNTED = "not_counted"
    """It would lead, but the snapshot has nothing of it. Nothing else takes its place."""
    TOO_EARLY = "too_early"
    """There is a plan, and nothing was worked out yet."""
    NO_PLAN = "no_plan"


@dataclass(frozen=True)
class Lead:
    """What leads. `panel` is None where nothing can be said of it."""

    because: Because
    panel: Panel | None = None
    measure: MeasureShown | None = None
    of: int = 0
    """At how many measures the plan looks."""
    late: bool = False
    """The plan was locked after the call-in only."""
    chosen_later: Deviation | None = None
    """Another measure was chosen to judge by after the plan was locked."""
    later: MeasureShown | None = None
    deviations: int = 0
    """How much else was done otherwise than planned."""

    @property
    def is_as_promised(self) -> bool:
        """Named before the call-in, never changed since, and nothing was done otherwise."""
        return self.because is Because.NAMED and not (self.late or self.chosen_later or self.deviations)


def lead_of(document: Document, place: PlaceShown, panels: Sequence[Panel]) -> Lead:
    """What leads at a place."""
    plan, studied = place.registration, [panel for panel in panels if panel.main]
    if plan is None:
        return Lead(Because.NO_PLAN)
    if not studied:
        return Lead(Because.TOO_EARLY)
    named = fixed(plan.plan)
    key, of = named.leads or studied[0].measure.key, len(named.measures or studied)
    because = Because.NAMED if named.primary else Because.ONLY if of == 1 else Because.LISTED_FIRST
    panel = next((one for one in studied if one.measure.key == key), None)
    known = {one.key: one for one in document.measures}
    chosen = next((one for one in reversed(plan.deviations) if one.primary), None)
    return Lead(
        because if panel else Because.NOT_COUNTED,
        panel,
        known.get(key),
        of,
        not plan.before_call_in,
        chosen,
        known.get(chosen.primary or "") if chosen else None,
        sum(not one.primary for one in plan.deviations),
    )
