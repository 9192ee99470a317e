"""All places together, from what a snapshot publishes, so the public ones: the number of others would tell of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from flask_babel import gettext as _, lazy_gettext as _l, ngettext

from portal.core.i18n import language
from portal.indicators.statistics.closed_form import PooledChange, change_of, pooled
from portal.indicators.statistics.plans import Fixed, fixed
from portal.indicators.statistics.schema import Document, IntendedFinding, MeasureShown, PlaceShown
from portal.indicators.statistics.sentences import Refusal, SentenceKey, amounts, by_widest, said
from portal.indicators.studies_texts import amount_words, inside, signed_percent


@dataclass(frozen=True)
class PlaceResult:
    place: PlaceShown
    change: IntendedFinding
    weight: float

    @property
    def held(self) -> bool:
        """Whether a call-in was held. If not, months count from that of the lock on."""
        return self.place.delivered_on is not None


@dataclass(frozen=True)
class CityResult:
    measure: MeasureShown
    places: tuple[PlaceResult, ...]
    change: PooledChange | None

    @property
    def used(self) -> list[PlaceResult]:
        return [place for place in self.places if place.change.refusal is None]

    @property
    def waiting(self) -> int:
        """The number of places that are to be judged again. Until none is, there is no verdict."""
        return sum(place.change.next_look is not None for place in self.used)


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
    keys = Counter[SentenceKey]()
    for place, plan in planned:
        findings = [finding for finding in place.findings if finding.measure == plan.primary]
        main = next((finding for finding in findings if finding.is_main), None)
        keys[said(main, findings).key if main else SentenceKey.REFUSED] += 1
    leads = Counter(plan.primary for _place, plan in planned)
    measures = [measure for measure in document.measures if leads[measure.key]]
    results = tuple(_result(measure, planned) for measure in sorted(measures, key=lambda one: -leads[one.key]))
    moved = {"fell": keys[SentenceKey.FELL], "rose": keys[SentenceKey.ROSE]}
    return CityResults(len(planned), **moved, judged=len(planned) - keys[SentenceKey.REFUSED], results=results)


def _result(measure: MeasureShown, planned: Sequence[tuple[PlaceShown, Fixed]]) -> CityResult:
    changes, places = [], []
    for place in (place for place, plan in planned if measure.key in plan.measures):
        found = _at(place, measure.key)
        change = change_of(found.percent or 0, found.percent_low or 0, found.percent_high or 0, found.level)
        if change is None:
            found = found.model_copy(update={"refusal": found.refusal or Refusal.NO_FIT.value})
        else:
            changes.append(change)
        places.append((place, found))
    whole = pooled(changes)
    parts = iter(whole.weights if whole else ())
    results = (PlaceResult(place, found, 0.0 if found.refusal else next(parts, 0.0)) for place, found in places)
    return CityResult(measure, tuple(results), whole)


def _at(place: PlaceShown, key: str) -> IntendedFinding:
    """Return the result by the main model, or by Newey-West if the main one compares with no other area."""
    findings = [finding for finding in place.findings if finding.measure == key]
    by_areas = [finding for finding in findings if finding.design == "did"]
    main = next((finding for finding in by_areas if finding.is_main), None)
    main = main or next((finding for finding in by_areas if finding.model == "newey_west"), None)
    if main is not None:
        return by_widest(main, findings)
    if findings:
        return IntendedFinding(measure=key, refusal=Refusal.NO_COMPARISON.value)
    intended = place.registration.intended if place.registration else ()
    not_yet = IntendedFinding(measure=key, refusal=Refusal.NOT_YET.value)
    return next((change for change in intended if change.measure == key), not_yet)


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
TOO_FEW = _l("No result yet for %(measure)s: that takes at least five places with a result; so far: %(places)s.")


def city_sentence(result: CityResult) -> str:
    change, places = result.change, len(result.used)
    values = {"measure": inside(result.measure.name[language()]), "places": places, "waiting": result.waiting}
    if change is None:
        return str(TOO_FEW % values)
    ends = (change.percent, change.percent_low, change.percent_high)
    if result.waiting:
        numbers = zip(("change", "from", "to"), map(signed_percent, ends), strict=True)
        return str(INTERIM % (values | dict(numbers)))
    words = UNCLEAR if ends[1] < 0 < ends[2] else FELL if ends[2] <= 0 else ROSE
    sizes = zip(("about", "low", "high"), map(amount_words, amounts(*ends)), strict=True)
    return str(words % (values | dict(sizes)))


def city_notes(result: CityResult) -> list[str]:
    notes = [_("Every public place with a plan counts.")]
    if not_held := sum(not place.held for place in result.used):
        notes.append(ngettext("In %(num)s no call-in was held.", "In %(num)s no call-in was held.", not_held))
    if left_out := len(result.places) - len(result.used):
        notes.append(
            ngettext(
                "%(num)s cannot be counted yet, or has too few events.",
                "%(num)s cannot be counted yet, or have too few events.",
                left_out,
            )
        )
    return [str(words) for words in notes]


def city_headline(together: CityResults) -> str:
    if not together.studied:
        return str(_("There is no place in these numbers yet."))
    words = _(
        "Of %(all)s places with a plan, the number fell in %(fell)s and rose in %(rose)s; in %(rest)s we can't tell."
    )
    rest = together.studied - together.fell - together.rose
    return str(words) % {"all": together.studied, "fell": together.fell, "rose": together.rose, "rest": rest}
