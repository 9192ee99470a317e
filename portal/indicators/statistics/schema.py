"""The document of a snapshot: what is published, and so what is hashed. See `snapshots`."""

from __future__ import annotations

import hashlib
import json
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from portal.core.parity import BilingualText

FORM: Literal[1] = 1
"""The format version, increased whenever programs that read snapshots would have to change."""
HIDDEN: Literal["hidden"] = "hidden"
Month = Annotated[str, Field(pattern=r"^\d{4}-\d{2}$")]
Day = Annotated[str, Field(pattern=r"^\d{4}-\d{2}-\d{2}$")]
Hash = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
Value = Annotated[int, Field(ge=0, strict=True)] | Literal["hidden"] | None
"""A count; "hidden" if it is suppressed; null where nothing was counted."""


def _later(nothing: Any) -> Any:
    """Return a field that was added later: omitted while empty, so that earlier snapshots keep their bytes."""
    return Field(default=nothing, exclude_if=lambda value: not value)


class DocumentPart(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class DocumentText(DocumentPart):
    en: str
    es: str

    @classmethod
    def of(cls, text: BilingualText) -> DocumentText:
        return cls(en=text.en, es=text.es)

    def __getitem__(self, language: str) -> str:
        return self.es if language == "es" else self.en


class MeasureShown(DocumentPart):
    key: str
    name: DocumentText
    about: DocumentText
    source: DocumentText
    unit: DocumentText
    kind: Literal["crime", "calls", "survey", "service", "portal", "policing"]
    direction: Literal["down", "up", "neither"]
    of: str | None = None
    guarded: bool
    residents: int | None = _later(None)
    """Of a group of people: how many of 100 residents of the city belong to it, as the city says."""


class SnapshotSeries(DocumentPart):
    measure: str
    area: str
    """"place", "comparison-1", "ring-1", "comparison_ring-1"; "city" for the whole city."""
    values: tuple[Value, ...]
    covers: tuple[Annotated[int, Field(ge=0)], ...] = _later(())
    """The months that each value counts, to its own; 0 for none. Empty if each is its own. Others: see `protection`."""
    moved_from: Month | None = _later(None)
    """The first month of numbers that were moved by chance and rounded to tens; only of the whole city."""


class Deviation(DocumentPart):
    on: Day
    what: DocumentText
    why: DocumentText | None = None
    measure: str | None = _later(None)
    """The measure whose results it concerns; None for those of all."""

    def hits(self, measure: str) -> bool:
        return self.measure in (None, measure)


class Registration(DocumentPart):
    """The plan, locked before the call-in day was entered. `digest`: the SHA-256 of the plan's canonical text."""

    digest: Hash
    locked_on: Day
    before_call_in: bool
    """Whether it was locked before the call-in took place. If not, the pages say so."""
    delivered_on: Day | None = None
    """The day from which the study counts, entered once the plan was locked."""
    plan: str
    """The canonical text itself, so that every reader can hash it."""
    deviations: tuple[Deviation, ...] = ()
    intended: tuple[IntendedFinding, ...] = _later(())
    """Where no call-in was held: the change since the month of the lock, which counts in the result of all places."""


class IntendedFinding(DocumentPart):
    """The change in a place since its call-in or lock, in percent, by the widest interval; None where it is refused."""

    measure: str
    percent: float | None = None
    percent_low: float | None = None
    percent_high: float | None = None
    level: float = 95.0
    refusal: str | None = None
    next_look: int | None = None


class CourseMonth(DocumentPart):
    """What was counted in a month: at the place, and in all comparison areas together; null if not in all of them."""

    month: Month
    place: int
    areas: int | None


class ModelFinding(DocumentPart):
    measure: str
    design: Literal["its", "did"]
    model: str
    """"newey_west", "quasi_poisson" or "placebo"."""
    is_main: bool
    refusal: str | None = None
    """A `sentences.Refusal`; None if there is a result."""
    months_before: int
    months_after: int
    percent: float | None = None
    percent_low: float | None = None
    percent_high: float | None = None
    """Change relative to the expected counts, in percent, with its interval (see `level`); negative is fewer."""
    p: float | None = None
    expected: tuple[float, ...] = ()
    expected_low: tuple[float, ...] = ()
    expected_high: tuple[float, ...] = ()
    """Expected counts without the effort, and between which two a single month keeps 95 times in 100."""
    expected_from: Month | None = None
    diagnostics: dict[str, float] = {}
    """"dispersion", "autocorrelation", "expected" and "observed" (after), "placebo_rank", "placebos",
    "placebo_besides" (the variance that areas share besides chance), "peak" (mean of the last year before, divided by
    that of the years before it), "trend_before" (percent a year relative to similar areas) with "trend_before_p",
    "bent_low" and "bent_high" (the change beside a trend that goes on), "next_look" (the number of months after which
    the next verdict is given), "ring_count" with its ends "ring_low" and "ring_high", …
    """
    months: tuple[Month, ...] = _later(())
    level: float | None = _later(None)
    """The level of the intervals in percent: 100 less this look's share of the error."""
    course: tuple[CourseMonth, ...] = _later(())
    """Of the main model: the counts by which trend and peak are reckoned, before the call-in and after."""
    placebos: tuple[float, ...] = _later(())
    """Each area's change in its own error, the least first: counts would tell where they lie, and where none does."""


class SurveyChange(DocumentPart):
    """The change per 100 respondents between two months of a survey measure, with its 95 % interval."""

    measure: str
    earlier: Month
    later: Month
    points: float
    points_low: float
    points_high: float
    """Negative is fewer."""


class AreaShown(DocumentPart):
    """A counted area. Comparison areas have numbers and no names: their residents never agreed to be compared."""

    key: str
    part: Literal["place", "comparison", "ring", "comparison_ring", "city"]


class PlaceShown(DocumentPart):
    slug: str
    name: DocumentText
    delivered_on: Day | None
    """The day of the call-in, when the message was delivered. None if it is not known."""
    status: str | None
    areas: tuple[AreaShown, ...]
    series: tuple[SnapshotSeries, ...]
    registration: Registration | None = None
    findings: tuple[ModelFinding, ...] = ()
    changes: tuple[SurveyChange, ...] = _later(())


class Correction(DocumentPart):
    """Months of a measure with figures changed after they were frozen: a note only, since published numbers stay."""

    measure: str
    months: tuple[Month, ...]


class Document(DocumentPart):
    """A snapshot. All places have the same `months`: a series starting later would reveal when work began there."""

    form: Literal[1] = FORM
    site: str
    frozen_on: Day
    previous: Hash | None
    """The digest of the previous snapshot, so that changing one invalidates all later ones."""
    months: tuple[Month, ...]
    measures: tuple[MeasureShown, ...]
    places: tuple[PlaceShown, ...]
    city: tuple[SnapshotSeries, ...] = ()
    corrections: tuple[Correction, ...] = ()
    city_changes: tuple[SurveyChange, ...] = _later(())


def canonical(document: Document) -> bytes:
    """Return the bytes that are stored, hashed and served: JSON with sorted keys and no white space (UTF-8)."""
    plain = document.model_dump(mode="json")
    return json.dumps(plain, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False).encode()


def digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
