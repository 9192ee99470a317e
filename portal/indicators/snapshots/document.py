"""The form of a snapshot, from which comes all that pages, charts, tables, the annual report and the open data say.

It is what is hashed, so nothing in it depends on when or by whom it is read. Figures that may not be published are
in it as `"hidden"`, not as numbers that somebody else is to leave out.
"""

from __future__ import annotations

import hashlib
import json
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

FORM = 1
"""Raised whenever a program that reads snapshots would have to change."""
HIDDEN: Literal["hidden"] = "hidden"
Month = Annotated[str, Field(pattern=r"^\d{4}-\d{2}$")]
Day = Annotated[str, Field(pattern=r"^\d{4}-\d{2}-\d{2}$")]
Hash = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
Value = Annotated[int, Field(ge=0, strict=True)] | Literal["hidden"] | None
"""A count; "hidden" for one that is not published; null where nothing was counted."""


def _later(nothing: Any) -> Any:
    """A field that came after the first snapshots: left out while it says nothing, so that those keep their bytes."""
    return Field(default=nothing, exclude_if=lambda value: not value)


class Part(BaseModel):
    """What all parts of a snapshot have in common: exactly these fields, and nothing is changed afterwards."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Words(Part):
    """A text in both languages."""

    en: str
    es: str

    def __getitem__(self, language: str) -> str:
        return self.es if language == "es" else self.en


class MeasureShown(Part):
    """What was counted."""

    key: str
    name: Words
    about: Words
    source: Words
    unit: Words
    kind: Literal["crime", "calls", "survey", "service", "portal"]
    direction: Literal["down", "up", "neither"]
    of: str | None = None
    guarded: bool


class Series(Part):
    """One value for each of the snapshot's months."""

    measure: str
    area: str
    """"place", "comparison-1", "ring-1", "comparison_ring-1"; "city" for the whole city."""
    language: Literal["", "en", "es"] = ""
    channel: Literal["", "web", "sms", "paper"] = ""
    values: tuple[Value, ...]
    sums: tuple[Value, ...] = ()
    """Of guarded measures: all that was counted since the first month, through each one. What lies between two months
    is the later sum minus the earlier one, even if the months themselves are hidden. Of others anybody can add."""


class Deviation(Part):
    """What was done otherwise than had been fixed beforehand, when, and why."""

    on: Day
    what: Words
    why: Words | None = None
    primary: str | None = _later(None)
    """The measure that was chosen to judge by after the plan was locked, if that is what was done."""


class Registration(Part):
    """What was fixed before the day of the call-in was entered. `digest`: the SHA-256 of the plan's canonical text."""

    digest: Hash
    locked_on: Day
    before_call_in: bool
    """Whether it really was fixed first. If not, the pages say so."""
    delivered_on: Day | None = None
    """The day from which the study counts, entered once the plan was locked."""
    plan: str
    """The canonical text itself, so that anybody can hash it."""
    primary: str | None = _later(None)
    """The measure that the plan says the place is judged by; a plan that is older than the question names none."""
    deviations: tuple[Deviation, ...] = ()


class Finding(Part):
    """What one model says about one measure: a change in percent or in a number, with its interval, or a refusal."""

    measure: str
    design: Literal["its", "did", "wdd", "synthetic"]
    model: str
    """"quasi_poisson", "poisson", "negative_binomial", "newey_west", "placebo", …"""
    is_main: bool
    """The one that was fixed beforehand; every other one stands beside it."""
    planned: bool = True
    """Whether the plan named it, as the main one or beside it."""
    refusal: str | None = None
    """Why nothing is said: "too_few_months", "not_yet", "too_few_events", "no_comparison", "too_few_areas",
    "no_fit"; None if something is."""
    months_before: int
    months_after: int
    percent: float | None = None
    percent_low: float | None = None
    percent_high: float | None = None
    """Change against what was to be expected, in percent, with the ends of its 95 % interval; minus is fewer."""
    count: float | None = None
    count_low: float | None = None
    count_high: float | None = None
    """The same in counts: for the weighted displacement difference."""
    p: float | None = None
    expected: tuple[float, ...] = ()
    expected_low: tuple[float, ...] = ()
    expected_high: tuple[float, ...] = ()
    """What was to be expected without the effort, for the months from `expected_from` on."""
    expected_from: Month | None = None
    diagnostics: dict[str, float] = {}
    """"dispersion", "autocorrelation", "expected" and "observed" (after), "placebo_rank", "placebos", "peak" (the last
    year before, by the years before it), "trend_before" (percent a year beside similar areas) with "trend_before_p"
    and "trend_carried" (the change if it just went on), "next_look" (after how many months it is judged next),
    "ring_count" with its ends "ring_low" and "ring_high", …"""
    residuals: tuple[float, ...] = ()
    residual_months: tuple[Month, ...] = _later(())
    """The month of each residual."""


class SurveyChange(Part):
    """How many more of 100 people asked said so in one month than in an earlier one, with its 95 % interval.

    By Newcombe's hybrid score method, from the two counts of each month that this snapshot shows.
    """

    measure: str
    language: Literal["", "en", "es"] = ""
    earlier: Month
    later: Month
    points: float
    points_low: float
    points_high: float
    """Minus is fewer."""


class AreaShown(Part):
    """Where was counted. Comparison areas have numbers, no names: nobody there asked to be compared."""

    key: str
    part: Literal["place", "comparison", "ring", "comparison_ring", "city"]
    population: int | None = None


class PlaceShown(Part):
    """All that is published about one place."""

    slug: str
    name: Words
    delivered_on: Day | None
    """When the message was delivered: the day of the call-in. None while it is not known."""
    status: str | None
    areas: tuple[AreaShown, ...]
    series: tuple[Series, ...]
    registration: Registration | None = None
    findings: tuple[Finding, ...] = ()
    changes: tuple[SurveyChange, ...] = _later(())


class Correction(Part):
    """Months of a measure of which a figure was changed after they were frozen: a note, since no number changes."""

    measure: str
    months: tuple[Month, ...]


class Document(Part):
    """A snapshot. `months` are the same for every place: a series that began later would tell when work began there."""

    form: Literal[1] = 1
    site: str
    frozen_on: Day
    previous: Hash | None
    """The digest of the snapshot before: nobody can change an earlier one without changing all later ones."""
    months: tuple[Month, ...]
    measures: tuple[MeasureShown, ...]
    places: tuple[PlaceShown, ...]
    city: tuple[Series, ...] = ()
    corrections: tuple[Correction, ...] = ()
    city_changes: tuple[SurveyChange, ...] = _later(())


def canonical(document: Document) -> bytes:
    """The bytes that are kept, hashed and served: JSON with sorted keys and no white space (UTF-8)."""
    plain = document.model_dump(mode="json")
    return json.dumps(plain, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False).encode()


def digest(content: bytes) -> str:
    """The SHA-256 of a snapshot, in hexadecimal."""
    return hashlib.sha256(content).hexdigest()
