"""The results of all places together: what chance alone would bring among so many, and one pooled result.

Computed from what a snapshot publishes. Only places that are public count: the number of others would tell of them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext

from portal.core.i18n import language
from portal.indicators.statistics.closed_form import PooledChange, change_of, pooled
from portal.indicators.statistics.plans import Fixed, fixed
from portal.indicators.statistics.schema import Document, MeasureShown, ModelFinding, PlaceShown
from portal.indicators.statistics.sentences import Refusal, SentenceKey, amounts, said, widest
from portal.indicators.study_texts import amount_words, inside, signed_percent


@dataclass(frozen=True)
class PlaceResult:
    """The change at a place as it counts in the result of all places, in percent; or why it cannot."""

    place: PlaceShown
    held: bool
    """Whether a call-in was held. If not, months count from that of the lock on."""
    percent: float | None = None
    low: float | None = None
    high: float | None = None
    level: float = 95.0
    refusal: str | None = None
    waits: bool = False
    """Whether another look is planned."""
    weight: float = 0.0
    """Its part in the result of all places, in percent."""


@dataclass(frozen=True)
class CityResult:
    measure: MeasureShown
    places: tuple[PlaceResult, ...]
    change: PooledChange | None

    @property
    def used(self) -> list[PlaceResult]:
        return [one for one in self.places if one.refusal is None]

    @property
    def waiting(self) -> int:
        """The number of places that are to be judged again. Until none is, there is no verdict."""
        return sum(one.waits for one in self.used)


@dataclass(frozen=True)
class CityResults:
    studied: int
    fell: int
    rose: int
    judged: int
    results: tuple[CityResult, ...]
    """By measure: first the one by which most places are judged."""


def city_results(document: Document) -> CityResults:
    planned = [(place, fixed(place.registration.plan)) for place in document.places if place.registration is not None]
    keys = Counter(_key(place, plan) for place, plan in planned)
    judged = len(planned) - keys[SentenceKey.REFUSED]
    leads = Counter(plan.primary for _place, plan in planned)
    judged_by = sorted((one for one in document.measures if leads[one.key]), key=lambda one: -leads[one.key])
    results = tuple(_result(one, planned) for one in judged_by)
    return CityResults(len(planned), keys[SentenceKey.FELL], keys[SentenceKey.ROSE], judged, results)


def _key(place: PlaceShown, plan: Fixed) -> SentenceKey:
    found = [one for one in place.findings if one.measure == plan.primary]
    main = next((one for one in found if one.is_main), None)
    return said(main, found).key if main else SentenceKey.REFUSED


def _result(measure: MeasureShown, planned: Sequence[tuple[PlaceShown, Fixed]]) -> CityResult:
    found = [one for place, plan in planned if measure.key in plan.measures for one in _at(place, measure.key)]
    changes = [
        change_of(one.percent or 0, one.low or 0, one.high or 0, one.level) if one.refusal is None else None
        for one in found
    ]
    found = [
        replace(one, refusal=one.refusal or (None if change else Refusal.NO_FIT.value))
        for one, change in zip(found, changes, strict=True)
    ]
    whole = pooled([one for one in changes if one is not None])
    parts = iter(whole.weights if whole else ())
    found = [replace(one, weight=next(parts, 0.0)) if one.refusal is None else one for one in found]
    return CityResult(measure, tuple(found), whole)


def _at(place: PlaceShown, key: str) -> Iterator[PlaceResult]:
    found = [one for one in place.findings if one.measure == key]
    intended = place.registration.intended if place.registration else ()
    if found:
        yield _held(place, found)
    elif (one := next((one for one in intended if one.measure == key), None)) is not None:
        ends = (one.percent, one.percent_low, one.percent_high)
        yield PlaceResult(place, bool(place.delivered_on), *ends, one.level, one.refusal, bool(one.next_look))
    else:
        yield PlaceResult(place, bool(place.delivered_on), refusal=Refusal.NOT_YET.value)


def _held(place: PlaceShown, found: Sequence[ModelFinding]) -> PlaceResult:
    """Return the result by the main model, or by Newey-West if the main one compares with no other area."""
    by_areas = [one for one in found if one.design == "did"]
    main = next((one for one in by_areas if one.is_main), None)
    main = main or next((one for one in by_areas if one.model == "newey_west"), None)
    if main is None or main.refusal or main.percent is None:
        refusal = (main.refusal if main else None) or Refusal.NO_COMPARISON.value
        return PlaceResult(place, held=True, refusal=refusal)
    low, high = widest(main, found)
    waits = bool(main.diagnostics.get("next_look"))
    return PlaceResult(place, True, main.percent, low, high, main.level or 95.0, None, waits)


FELL = _l(
    "Over all %(places)s places together, %(measure)s fell by about %(about)s compared with similar areas; we are "
    "fairly sure it was between %(low)s and %(high)s."
)
ROSE = _l(
    "Over all %(places)s places together, %(measure)s rose by about %(about)s compared with similar areas; we are "
    "fairly sure it was between %(low)s and %(high)s."
)
UNCLEAR = _l(
    "Over all %(places)s places together, we can't tell whether %(measure)s went up or down compared with similar "
    "areas: it may have fallen by as much as %(low)s or risen by as much as %(high)s."
)
INTERIM = _l(
    "No verdict yet on %(measure)s over all places together: of %(places)s, %(waiting)s are to be judged again. So "
    "far: %(change)s, between %(from)s and %(to)s."
)
TOO_FEW = _l("No result yet for %(measure)s over all places together: that takes at least five places with a result.")


def city_sentence(one: CityResult) -> str:
    name, change = inside(one.measure.name[language()]), one.change
    known = {"measure": name, "places": len(one.used), "waiting": one.waiting}
    if change is None:
        return f"{TOO_FEW % known} {_so_far(len(one.used))}"
    ends = (change.percent, change.percent_low, change.percent_high)
    if one.waiting:
        numbers = zip(("change", "from", "to"), map(signed_percent, ends), strict=True)
        return str(INTERIM % (known | dict(numbers)))
    words = UNCLEAR if ends[1] < 0 < ends[2] else FELL if ends[2] <= 0 else ROSE
    sizes = zip(("about", "low", "high"), map(amount_words, amounts(*ends)), strict=True)
    return str(words % (known | dict(sizes)))


def _so_far(places: int) -> str:
    if not places:
        return str(_("So far there is none."))
    return str(ngettext("So far there is %(num)s.", "So far there are %(num)s.", places))


def city_notes(one: CityResult) -> list[str]:
    not_held = sum(not place.held for place in one.used)
    told = [_("Every public place whose plan was fixed counts, whether or not the meeting was held.")]
    if not_held:
        told.append(ngettext("In %(num)s of them it was not held.", "In %(num)s of them it was not held.", not_held))
    if left_out := len(one.places) - len(one.used):
        told.append(
            ngettext(
                "%(num)s cannot be counted yet, or has too few events.",
                "%(num)s cannot be counted yet, or have too few events.",
                left_out,
            )
        )
    return [str(words) for words in told]


def city_headline(found: CityResults) -> str:
    if not found.studied:
        return str(_("There is no place in these numbers yet."))
    words = _(
        "Places with a plan: %(all)s. The number fell in %(fell)s and rose in %(rose)s; in %(rest)s it is too early "
        "or too close to tell."
    )
    rest = found.studied - found.fell - found.rose
    return str(words) % {"all": found.studied, "fell": found.fell, "rose": found.rose, "rest": rest}
