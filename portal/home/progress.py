"""What the pages of progress show: panels of the latest snapshot by their kinds, with what is drawn of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from portal.core.errors import NotFound
from portal.core.i18n import language
from portal.indicators.charts.queries import Sizes, drawings_of
from portal.indicators.evaluation.rules.plans import fixed
from portal.indicators.panels.leading import Because, Lead, lead_of
from portal.indicators.panels.reading import Panel, panels_of, panels_of_city, place_named
from portal.indicators.panels.texts import KINDS
from portal.indicators.snapshots.document import PlaceShown, Words
from portal.indicators.snapshots.queries import Frozen, latest, snapshot


@dataclass(frozen=True)
class Progress:
    """Everything that is published about a place, or (`place` None) the city, in one snapshot."""

    frozen: Frozen
    is_latest: bool
    place: PlaceShown | None
    panels: Sequence[Panel]
    drawn: Mapping[str, Sizes]
    """The measures of which there are drawings, and how large these are."""

    @cached_property
    def lead(self) -> Lead:
        """The measure that leads, and why."""
        return lead_of(self.frozen.document, self.place, self.panels) if self.place else Lead(Because.NO_PLAN)

    @property
    def studied(self) -> Sequence[Panel]:
        """Every measure that was fixed beforehand: good news and bad in the same size."""
        return [panel for panel in self.panels if panel.main]

    @property
    def beside(self) -> Sequence[Panel]:
        """Those that were looked at beside the one that leads."""
        return [panel for panel in self.studied if panel is not self.lead.panel]

    @property
    def asked_again(self) -> Sequence[Panel]:
        """What residents were asked more than once, so that a change can be told, or that it cannot be told yet."""
        return [panel for panel in self.panels if panel.changes]

    @property
    def compared(self) -> int:
        """With how many areas the place is compared: those of the plan, else all that are counted."""
        areas = [one.key for one in self.place.areas if one.part == "comparison"] if self.place else []
        plan = self.place.registration if self.place else None
        return len(set(areas) & set((fixed(plan.plan).comparison if plan else ()) or areas))

    @property
    def measure_names(self) -> Mapping[str, Words]:
        """How everything that is counted is called, by its key."""
        return {one.key: one.name for one in self.frozen.document.measures}

    @property
    def rings(self) -> int:
        """How many areas lie around the place."""
        return sum(one.part == "ring" for one in self.place.areas) if self.place else 0

    @property
    def by_kind(self) -> Iterator[tuple[str, Sequence[Panel]]]:
        """All other measures, in the order of kinds."""
        rest = [panel for panel in self.panels if not panel.main]
        for kind in KINDS:
            if found := [panel for panel in rest if panel.measure.kind == kind]:
                yield kind, found


def progress_at(slug: str, digest: str | None = None) -> Progress:
    """What is published about a place, now or in an earlier snapshot. Raises `NotFound`."""
    frozen, is_latest = _chosen(digest)
    place = place_named(frozen.document, slug)
    if place is None:
        raise NotFound
    return _progress(frozen, is_latest, place)


def progress_of_city(digest: str | None = None) -> Progress:
    """The same for the whole city."""
    return _progress(*_chosen(digest), None)


def lead_at(slug: str) -> Lead | None:
    """What leads at a place in the newest snapshot, if that tells of it."""
    return progress_at(slug).lead if is_in_numbers(slug) else None


def is_in_numbers(slug: str) -> bool:
    """Whether the newest snapshot tells of a place."""
    newest = latest()
    return newest is not None and place_named(newest.document, slug) is not None


def _chosen(digest: str | None) -> tuple[Frozen, bool]:
    newest = latest()
    if newest is None:
        raise NotFound
    return (newest, True) if digest in (None, newest.digest) else (snapshot(digest or ""), False)


def _progress(frozen: Frozen, is_latest: bool, place: PlaceShown | None) -> Progress:
    panels = panels_of(frozen.document, place) if place else panels_of_city(frozen.document)
    drawn = drawings_of(frozen.digest, place.slug if place else "", language()) if is_latest else {}
    return Progress(frozen, is_latest, place, panels, drawn)
