"""A package from which others reckon a snapshot's printed changes anew, made from what is published alone."""

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
from portal.indicators.statistics.schema import Document, ModelFinding, PlaceShown
from portal.indicators.statistics.sentences import said
from portal.indicators.statistics.terms import between, month_of, read, written

SCRIPTS = {"replicate.py": "replicate.py.txt", "README.txt": "README.txt"}
"""Files of the archive, with the names of ours: they are no modules of the portal."""
MADE_AT = (2026, 1, 1, 0, 0, 0)
"""The time of all files in the archive: the same snapshot always gives the same bytes."""
HEADS = {
    "counts": ("finding", "area", "month", "t", "side", "count"),
    "courses": ("finding", "month", "t", "place", "areas"),
    "findings": (
        *("finding", "place", "measure", "design", "model", "is_main", "level", "season", "first_after"),
        *("months_before", "besides", "change", "low", "high", "trend_before", "trend_before_p", "bent_low"),
        *("bent_high", "peak", "said"),
    ),
    "placebos": ("finding", "score"),
    "surveys": (
        *("place", "measure", "earlier", "part_before", "whole_before", "later", "part_after", "whole_after"),
        *("moved_months", "noise_variance", "change", "low", "high"),
    ),
    "left_out": ("finding", "place", "measure", "design", "model", "why"),
}
RING = ("ring_count", "ring_low", "ring_high")
TREND = ("trend_before", "trend_before_p", "bent_low", "bent_high", "peak")
Tables = dict[str, list[Sequence[object]]]


@dataclass
class _Study:
    place: PlaceShown
    zero: date
    plan: Fixed
    counts: Mapping[tuple[str, str], Mapping[date, int]]

    def areas(self, finding: ModelFinding) -> list[str]:
        return ["place", *(() if finding.design == "its" else self.plan.comparison)]

    @property
    def rings(self) -> list[str]:
        """The areas around the place and the comparison areas; empty unless there are both."""
        rings = [area.key for area in self.place.areas if area.part in ("ring", "comparison_ring")]
        return rings if len({key.split("-")[0] for key in rings}) == 2 else []

    def why_not(self, finding: ModelFinding) -> str:
        """Return why a finding cannot be reckoned from what is published; "" if it can."""
        if finding.refusal:
            return f"nothing was printed: {finding.refusal}"
        months, measure = set(map(read, finding.months)), finding.measure
        missing = [key for key in self.areas(finding) if not months <= self.counts.get((measure, key), {}).keys()]
        return f"not counted in this snapshot: {', '.join(missing) or 'its months'}" if missing or not months else ""

    def lines(self, name: str, measure: str, areas: Iterable[str], months: Sequence[date]) -> list[Sequence[object]]:
        lines: list[Sequence[object]] = []
        for area in areas:
            for month in months:
                t = between(self.zero, month)
                side, count = "before" if t < 0 else "after", self.counts[measure, area][month]
                lines.append((name, area, written(month), t, side, count))
        return lines


def package_of(document: Document, content: bytes) -> bytes:
    tables: Tables = {name: [] for name in HEADS}
    months = list(map(read, document.months))
    for place in document.places:
        if place.registration and (day := place.registration.delivered_on or place.delivered_on):
            counts = {}
            for line in place.series:
                told = zip(months, line.values, strict=True)
                counts[line.measure, line.area] = {month: value for month, value in told if isinstance(value, int)}
            zero = month_of(date.fromisoformat(day))
            _add_study(_Study(place, zero, fixed(place.registration.plan), counts), tables)
    tables["surveys"] += _surveys(document)
    parts: dict[str, bytes] = {
        "snapshot.json": content,
        **{name: files(__package__).joinpath(kept).read_bytes() for name, kept in SCRIPTS.items()},
        **{f"plans/{one.slug}.txt": one.registration.plan.encode() for one in document.places if one.registration},
    }
    for name, lines in tables.items():
        text = io.StringIO()
        csv.writer(text, lineterminator="\n").writerows([HEADS[name], *lines])
        parts[f"{name}.csv"] = text.getvalue().encode()
    sums = "".join(f"{hashlib.sha256(data).hexdigest()}  {name}\n" for name, data in sorted(parts.items()))
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in sorted({**parts, "SHA256SUMS": sums.encode()}.items()):
            entry = zipfile.ZipInfo(f"replication/{name}", MADE_AT)
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, data)
    return made.getvalue()


def _add_study(study: _Study, tables: Tables) -> None:
    place, plan = study.place, study.plan
    for finding in place.findings:
        name = f"{place.slug}-{finding.measure}-{finding.design}-{finding.model}"
        about = name, place.slug, finding.measure, finding.design, finding.model
        if why := study.why_not(finding):
            tables["left_out"].append((*about, why))
            continue
        months = list(map(read, finding.months))
        tables["counts"] += study.lines(name, finding.measure, study.areas(finding), months)
        for month in finding.course:
            t = between(study.zero, read(month.month))
            tables["courses"].append((name, month.month, t, month.place, month.areas))
        tables["placebos"] += [(name, score) for score in finding.placebos]
        fixed_numbers = (study.zero.month, plan.wash_out, plan.months_before)
        tables["findings"].append((*about, int(finding.is_main), *_numbers(study, finding, fixed_numbers)))
    for finding in place.findings:
        if not finding.is_main or "ring_count" not in finding.diagnostics or study.why_not(finding):
            continue
        counted = counted_in_all([study.counts.get((finding.measure, key), {}) for key in ["place", *study.rings]])
        # None, if the snapshot lacks months of the study.
        if months := list(of_equal_length(window(plan, study.zero, counted)).months):
            name, ends = f"{place.slug}-{finding.measure}-ring", (finding.diagnostics[key] for key in RING)
            tables["counts"] += study.lines(name, finding.measure, study.rings, months)
            ring = name, place.slug, finding.measure, "ring", ""
            tables["findings"].append((*ring, 0, 0.95, *[""] * 4, *ends, *[""] * 6))


def _numbers(study: _Study, finding: ModelFinding, fixed_numbers: Sequence[int]) -> Iterator[object]:
    beside = [other for other in study.place.findings if other.measure == finding.measure]
    # What is left out because of missing counts may have decided.
    is_whole = all(other.refusal or not study.why_not(other) for other in beside)
    yield round(finding.level / 100, 8) if finding.level else 0.95
    yield from fixed_numbers
    yield finding.diagnostics.get("placebo_besides", "")
    yield from (finding.percent, finding.percent_low, finding.percent_high)
    yield from (finding.diagnostics.get(name, "") if finding.is_main else "" for name in TREND)
    yield said(finding, beside).key.value if finding.is_main and is_whole else ""


def _surveys(document: Document) -> Iterator[Sequence[object]]:
    places = [(place.slug, place.series, place.changes) for place in document.places]
    of = {measure.key: measure.of for measure in document.measures}
    for slug, series, changes in [("", document.city, document.city_changes), *places]:
        lines = {line.measure: line for line in series if line.area in ("place", "city")}
        for change in changes:
            part, whole = lines[change.measure], lines[of[change.measure] or ""]
            months = (change.earlier, change.later)
            before, after = ((part.values[at], whole.values[at]) for at in map(document.months.index, months))
            moved = sum(part.moved_from is not None and month >= part.moved_from for month in months)
            printed = (change.points, change.points_low, change.points_high)
            yield slug, change.measure, months[0], *before, months[1], *after, moved, NOISE_VARIANCE, *printed
