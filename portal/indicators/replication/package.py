"""A package from which others reckon the printed changes of a snapshot anew: counts, plans and a script in Python.

Made from the snapshot alone, so that it can hold nothing that is not published.
"""

from __future__ import annotations

import csv
import hashlib
import io
import re
import zipfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from importlib.resources import files

from portal.indicators.evaluation.plans import StudyWindow, fixed, of_equal_length
from portal.indicators.measures import between, month_of, plus, read, span, written
from portal.indicators.snapshots.protection import NOISE_VARIANCE
from portal.indicators.snapshots.snapshots import Document, ModelFinding, PlaceShown, Registration

SCRIPTS = {"replicate.py": "replicate.py.txt", "README.txt": "README.txt"}
"""Files of the archive, with the names of ours: they are no modules of the portal."""
MADE_AT = (2026, 1, 1, 0, 0, 0)
"""The time of all files in the archive: the same snapshot always gives the same bytes."""
WASH_OUT = re.compile(r"^Months left out, from the call-in's own on: (\d+)$", re.MULTILINE)
BEFORE = re.compile(r"^Months before the call-in: (\d+)$", re.MULTILINE)
SEASONS = re.compile(r"^Time series: linear trend, (\d+) pairs of harmonics of the year, (.+)$", re.MULTILINE)
COUNTS = ("finding", "area", "month", "t", "side", "count")
FINDINGS = (
    "finding",
    "place",
    "measure",
    "design",
    "model",
    "is_main",
    "level",
    "season",
    "harmonics",
    "slope",
    "first_after",
    "besides",
    "change",
    "low",
    "high",
)
SURVEYS = (
    "place",
    "measure",
    "earlier",
    "part_before",
    "whole_before",
    "later",
    "part_after",
    "whole_after",
    "moved_months",
    "noise_variance",
    "change",
    "low",
    "high",
)
PLACEBOS = ("finding", "score")
RING = ("ring_count", "ring_low", "ring_high")
LEFT_OUT = ("finding", "place", "measure", "design", "model", "why")
ByMonth = Mapping[date, int]


@dataclass(frozen=True)
class _Study:
    """What a plan fixed, as far as the numbers depend on it."""

    place: PlaceShown
    zero: date
    comparison: tuple[str, ...]
    months_before: int
    wash_out: int
    harmonics: int
    with_slope: bool
    counts: Mapping[tuple[str, str], ByMonth]
    """By measure and area."""

    def areas(self, one: ModelFinding) -> list[str]:
        """Return the areas that a finding is computed from, the place first."""
        return ["place", *(() if one.design == "its" else self.comparison)]

    @property
    def rings(self) -> list[str]:
        """The areas around the place and the comparison areas; empty unless there are both."""
        found = [area.key for area in self.place.areas if area.part in ("ring", "comparison_ring")]
        return found if len({key.split("-")[0] for key in found}) == 2 else []

    def around(self, one: ModelFinding) -> list[date]:
        """Return the months in which the rings are compared."""
        sets = [frozenset(self.counts[one.measure, area]) for area in ["place", *self.rings]]
        counted = frozenset.intersection(*sets)
        before = [
            month for month in span(plus(self.zero, -self.months_before), plus(self.zero, -1)) if month in counted
        ]
        after = sorted(month for month in counted if month >= plus(self.zero, self.wash_out))[: one.months_after]
        whole = of_equal_length(StudyWindow(self.zero, tuple(before), tuple(after)))
        return [*whole.before, *whole.after]


def package_of(document: Document, content: bytes) -> bytes:
    """Return the archive for a snapshot and its bytes as they were hashed."""
    findings, counts, placebos, left_out = (list[Sequence[object]]() for _list in range(4))
    for place in document.places:
        if place.registration and (day := place.registration.delivered_on or place.delivered_on):
            study = _study(document, place, place.registration, month_of(date.fromisoformat(day)))
            _add_study(study, (findings, counts, placebos, left_out))
    parts: dict[str, bytes] = {
        "snapshot.json": content,
        "counts.csv": _csv(COUNTS, counts),
        "findings.csv": _csv(FINDINGS, findings),
        "placebos.csv": _csv(PLACEBOS, placebos),
        "surveys.csv": _csv(SURVEYS, _surveys(document)),
        "left_out.csv": _csv(LEFT_OUT, left_out),
        **{name: files(__package__).joinpath(kept).read_bytes() for name, kept in SCRIPTS.items()},
        **{f"plans/{one.slug}.txt": one.registration.plan.encode() for one in document.places if one.registration},
    }
    sums = "".join(f"{hashlib.sha256(data).hexdigest()}  {name}\n" for name, data in sorted(parts.items()))
    return _archive(parts | {"SHA256SUMS": sums.encode()})


def _archive(parts: Mapping[str, bytes]) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in sorted(parts.items()):
            entry = zipfile.ZipInfo(f"replication/{name}", MADE_AT)
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, data)
    return made.getvalue()


def _csv(head: Sequence[str], lines: Iterable[Sequence[object]]) -> bytes:
    made = io.StringIO()
    writer = csv.writer(made, lineterminator="\n")
    writer.writerows([head, *lines])
    return made.getvalue().encode()


def _add_study(study: _Study, to: tuple[list[Sequence[object]], ...]) -> None:
    (findings, counts, placebos, left_out), place = to, study.place
    for one in place.findings:
        name = f"{place.slug}-{one.measure}-{one.design}-{one.model}"
        if why := _why_not(study, one):
            left_out.append((name, place.slug, one.measure, one.design, one.model, why))
            continue
        _add_counts(study, counts, name, one.measure, study.areas(one), list(map(read, one.months)))
        placebos += [(name, score) for score in one.placebos]
        findings.append((name, place.slug, one.measure, one.design, one.model, int(one.is_main), *_numbers(study, one)))
    for one in place.findings:
        if (
            one.is_main
            and "ring_count" in one.diagnostics
            and all((one.measure, area) in study.counts for area in study.rings)
        ):
            name, ends = f"{place.slug}-{one.measure}-ring", (one.diagnostics[key] for key in RING)
            _add_counts(study, counts, name, one.measure, study.rings, study.around(one))
            findings.append((name, place.slug, one.measure, "ring", "", 0, 0.95, *[""] * 5, *ends))


def _add_counts(
    study: _Study, counts: list[Sequence[object]], name: str, measure: str, areas: Iterable[str], months: Iterable[date]
) -> None:
    for area in areas:
        known = study.counts[measure, area]
        for month in months:
            side = "after" if month >= study.zero else "before"
            counts.append((name, area, written(month), between(study.zero, month), side, known[month]))


def _why_not(study: _Study, one: ModelFinding) -> str:
    """Return why a finding cannot be reckoned from what is published; "" if it can."""
    if one.refusal:
        return f"nothing was printed: {one.refusal}"
    months = set(map(read, one.months))
    missing = [area for area in study.areas(one) if not months <= set(study.counts.get((one.measure, area), ()))]
    return f"not counted in this snapshot: {', '.join(missing) or 'its months'}" if missing or not months else ""


def _study(document: Document, place: PlaceShown, plan: Registration, zero: date) -> _Study:
    counts = {
        (one.measure, one.area): {
            read(month): value
            for month, value in zip(document.months, one.values, strict=True)
            if isinstance(value, int)
        }
        for one in place.series
    }
    seasons, wash_out, before = (found.search(plan.plan) for found in (SEASONS, WASH_OUT, BEFORE))
    listed = fixed(plan.plan).comparison or tuple(one.key for one in place.areas if one.part == "comparison")
    return _Study(
        place,
        zero,
        listed,
        int(before[1]) if before else 36,
        int(wash_out[1]) if wash_out else 1,
        int(seasons[1]) if seasons else 2,
        bool(seasons and "slope" in seasons[2]),
        counts,
    )


def _numbers(study: _Study, one: ModelFinding) -> tuple[object, ...]:
    return (
        round(one.level / 100, 8) if one.level else 0.95,
        study.zero.month,
        study.harmonics,
        int(study.with_slope),
        study.wash_out,
        one.diagnostics.get("placebo_besides", ""),
        one.percent,
        one.percent_low,
        one.percent_high,
    )


def _surveys(document: Document) -> Iterator[Sequence[object]]:
    lists = [
        ("", document.city, document.city_changes),
        *((one.slug, one.series, one.changes) for one in document.places),
    ]
    of = {one.key: one.of for one in document.measures}
    for slug, series, changes in lists:
        known = {one.measure: one for one in series if one.area in ("place", "city")}
        for one in changes:
            part, whole = known[one.measure], known[of[one.measure] or ""]
            ends = [(part.values[at], whole.values[at]) for at in map(document.months.index, (one.earlier, one.later))]
            moved = sum(part.moved_from is not None and month >= part.moved_from for month in (one.earlier, one.later))
            printed = (one.points, one.points_low, one.points_high)
            yield slug, one.measure, one.earlier, *ends[0], one.later, *ends[1], moved, NOISE_VARIANCE, *printed
