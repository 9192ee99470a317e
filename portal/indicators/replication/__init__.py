"""A package from which others reckon the printed changes of a snapshot anew: counts, plans and a script in Python.

Made from the snapshot alone, so that it can hold nothing that is not published.
"""

from __future__ import annotations

import csv
import hashlib
import io
import zipfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from importlib.resources import files

from portal.indicators.statistics.plans import Fixed, counted_in_all, fixed, of_equal_length, window
from portal.indicators.statistics.protection import NOISE_VARIANCE
from portal.indicators.statistics.schema import Document, ModelFinding, PlaceShown, Registration
from portal.indicators.statistics.sentences import said
from portal.indicators.statistics.terms import between, month_of, read, written

SCRIPTS = {"replicate.py": "replicate.py.txt", "README.txt": "README.txt"}
"""Files of the archive, with the names of ours: they are no modules of the portal."""
MADE_AT = (2026, 1, 1, 0, 0, 0)
"""The time of all files in the archive: the same snapshot always gives the same bytes."""
COUNTS = ("finding", "area", "month", "t", "side", "count")
COURSES = ("finding", "month", "t", "place", "areas")
FINDINGS = (
    *("finding", "place", "measure", "design", "model", "is_main", "level", "season", "first_after", "months_before"),
    *("besides", "change", "low", "high", "trend_before", "trend_before_p", "bent_low", "bent_high", "peak", "said"),
)
SURVEYS = (
    *("place", "measure", "earlier", "part_before", "whole_before", "later", "part_after", "whole_after"),
    *("moved_months", "noise_variance", "change", "low", "high"),
)
PLACEBOS = ("finding", "score")
RING = ("ring_count", "ring_low", "ring_high")
LEFT_OUT = ("finding", "place", "measure", "design", "model", "why")
TREND = ("trend_before", "trend_before_p", "bent_low", "bent_high", "peak")
Lines = list[Sequence[object]]


@dataclass
class _Study:
    place: PlaceShown
    zero: date
    plan: Fixed
    counts: Mapping[tuple[str, str], Mapping[date, int]]

    def areas(self, one: ModelFinding) -> list[str]:
        return ["place", *(() if one.design == "its" else self.plan.comparison)]

    @property
    def rings(self) -> list[str]:
        """The areas around the place and the comparison areas; empty unless there are both."""
        found = [area.key for area in self.place.areas if area.part in ("ring", "comparison_ring")]
        return found if len({key.split("-")[0] for key in found}) == 2 else []

    def around(self, one: ModelFinding) -> list[date]:
        """Return the months in which the rings are compared; none if the snapshot lacks months of the study."""
        if "ring_count" not in one.diagnostics or self.why_not(one):
            return []
        counted = counted_in_all([self.counts.get((one.measure, area), {}) for area in ["place", *self.rings]])
        return list(of_equal_length(window(self.plan, self.zero, counted)).months)

    def why_not(self, one: ModelFinding) -> str:
        """Return why a finding cannot be reckoned from what is published; "" if it can."""
        if one.refusal:
            return f"nothing was printed: {one.refusal}"
        months = set(map(read, one.months))
        missing = [area for area in self.areas(one) if not months <= self.counts.get((one.measure, area), {}).keys()]
        return f"not counted in this snapshot: {', '.join(missing) or 'its months'}" if missing or not months else ""


def package_of(document: Document, content: bytes) -> bytes:
    findings, counts, courses, placebos, left_out = tables = tuple(Lines() for _table in range(5))
    for place in document.places:
        if place.registration and (day := place.registration.delivered_on or place.delivered_on):
            _add_study(_study(document, place, place.registration, date.fromisoformat(day)), *tables)
    parts: dict[str, bytes] = {
        "snapshot.json": content,
        "counts.csv": _csv(COUNTS, counts),
        "courses.csv": _csv(COURSES, courses),
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


def _add_study(study: _Study, findings: Lines, counts: Lines, courses: Lines, placebos: Lines, left_out: Lines) -> None:
    place = study.place
    for one in place.findings:
        name = f"{place.slug}-{one.measure}-{one.design}-{one.model}"
        about = name, place.slug, one.measure, one.design, one.model
        if why := study.why_not(one):
            left_out.append((*about, why))
            continue
        counts += _months(study, name, one.measure, study.areas(one), list(map(read, one.months)))
        courses += [
            (name, each.month, between(study.zero, read(each.month)), each.place, each.areas) for each in one.course
        ]
        placebos += [(name, score) for score in one.placebos]
        findings.append((*about, int(one.is_main), *_numbers(study, one)))
    for one in place.findings:
        if one.is_main and (months := study.around(one)):
            name, ends = f"{place.slug}-{one.measure}-ring", (one.diagnostics[key] for key in RING)
            counts += _months(study, name, one.measure, study.rings, months)
            findings.append((name, place.slug, one.measure, "ring", "", 0, 0.95, *[""] * 4, *ends, *[""] * 6))


def _months(study: _Study, name: str, measure: str, areas: Iterable[str], months: Sequence[date]) -> Lines:
    return [
        (name, area, written(month), (t := between(study.zero, month)), "before" if t < 0 else "after", known[month])
        for area in areas
        for known in (study.counts[measure, area],)
        for month in months
    ]


def _study(document: Document, place: PlaceShown, plan: Registration, day: date) -> _Study:
    months = list(map(read, document.months))
    counts = {
        (one.measure, one.area): {
            month: value for month, value in zip(months, one.values, strict=True) if isinstance(value, int)
        }
        for one in place.series
    }
    return _Study(place, month_of(day), fixed(plan.plan), counts)


def _numbers(study: _Study, one: ModelFinding) -> tuple[object, ...]:
    beside = [other for other in study.place.findings if other.measure == one.measure]
    # What is left out because of missing counts may have decided.
    is_whole = all(other.refusal or not study.why_not(other) for other in beside)
    return (
        round(one.level / 100, 8) if one.level else 0.95,
        study.zero.month,
        study.plan.wash_out,
        study.plan.months_before,
        one.diagnostics.get("placebo_besides", ""),
        one.percent,
        one.percent_low,
        one.percent_high,
        *(one.diagnostics.get(name, "") if one.is_main else "" for name in TREND),
        said(one, beside).key.value if one.is_main and is_whole else "",
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
