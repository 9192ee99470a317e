"""The sentence that everybody reads first: what is said of which numbers, word for word, in both languages."""

from pathlib import Path

from portal.core.i18n import speaking
from portal.core.web import Portal
from portal.indicators.statistics.schema import ModelFinding
from portal.indicators.statistics.sentences import (
    Amount,
    Caveat,
    Doubt,
    Refusal,
    SentenceKey,
    amount,
    said,
    too_few_placebos,
    widest,
)
from portal.indicators.studies_texts import CAVEATS, caveat_sentences, finding_sentence

WORDINGS = Path(__file__).with_name("sentences.txt")
CALLS = {"en": "Calls about drugs", "es": "Llamadas por drogas"}


def finding(design: str = "did", **given) -> ModelFinding:
    common = {"measure": "drug_calls", "model": "newey_west", "is_main": True, "months_before": 36, "months_after": 24}
    return ModelFinding(design=design, **common | given)


def by_placebos(areas: int, **given) -> ModelFinding:
    return finding(model="placebo", diagnostics={"placebo_rank": 1, "placebos": areas}, **given)


def percents(middle: float, low: float, high: float) -> dict:
    return {"percent": middle, "percent_low": low, "percent_high": high}


STEADY = {"trend_before": -1.0, "trend_before_p": 0.8, "bent_low": 1.0, "bent_high": -1.0}
"""Of a place that went like similar areas before: beside a trend its rise is a rise and its fall a fall."""


def beside(areas: int, low: float = -20.0, high: float = -20.0) -> list[ModelFinding]:
    """What the placebos say, by default nothing that widens an interval."""
    return [by_placebos(areas, is_main=False, **percents(-20.0, low, high))]


def steady(**given) -> ModelFinding:
    return finding(diagnostics=STEADY | given.pop("diagnostics", {}), **given)


FELL, ROSE = percents(-33.0, -50.9, -19.2), percents(24.6, 9.1, 41.4)
BENT = {"bent_low": -40.0, "bent_high": 5.0}
FALLING, RISING = ({"trend_before": trend, "trend_before_p": 0.01} for trend in (-8.0, 8.0))
TOLD: dict[str, tuple[ModelFinding, list[ModelFinding]]] = {
    "fell": (steady(**FELL), beside(5)),
    "rose": (steady(**ROSE), beside(5, 10.0, 10.0)),
    "fell_against_months": (finding("its", **percents(-28.4, -36.0, -20.0)), beside(6)),
    "too_few_areas_to_be_sure": (steady(**FELL), beside(4)),
    "rose_with_too_few_areas": (steady(**ROSE), []),
    "fell_before_already": (steady(**FELL, diagnostics=BENT | FALLING), beside(8)),
    "rose_before_already": (steady(**ROSE, diagnostics=BENT | RISING), beside(8, 10, 10)),
    "fell_and_little_is_known": (steady(**FELL, diagnostics=BENT), beside(8)),
    "fell_although_it_rose_before": (steady(**FELL, diagnostics=RISING), beside(8)),
    "fell_from_a_peak": (steady(**FELL, diagnostics={"peak": 1.25}), beside(8)),
    "both_doubts": (steady(**FELL, diagnostics=BENT | FALLING), beside(3)),
    "rank_among_few": (by_placebos(18, **ROSE).model_copy(update={"diagnostics": STEADY | {"placebos": 18}}), []),
    "widened": (steady(**FELL), beside(5, -60.0, -3.0)),
    "unclear_by_placebos": (steady(**FELL), beside(5, -60.0, 10.3)),
    "unclear": (steady(**percents(-12.0, -30.0, 10.3)), beside(5)),
    "unclear_in_words": (steady(**percents(0.0, -33.0, 49.0)), beside(5)),
    "unclear_and_too_few_areas": (steady(**percents(-12.0, -30.0, 10.3)), beside(4, -90.0, 300.0)),
} | {why.value: (finding(refusal=why.value, diagnostics={"next_look": 12}), []) for why in Refusal}


def wordings() -> dict[str, list[str]]:
    """By the name of a case, the sentence in English and in Spanish."""
    cases = WORDINGS.read_text(encoding="utf-8").strip().split("\n\n")
    return {name: sentences for name, *sentences in (case.splitlines() for case in cases)}


def test_word_for_word(app: Portal) -> None:
    written = wordings()
    assert set(written) == set(TOLD)
    for name, (main, others) in TOLD.items():
        for lang, sentence in zip(("en", "es"), written[name], strict=True):
            with app.app_context(), speaking(lang):
                assert finding_sentence(main, CALLS[lang], others) == sentence, name


def test_part_is_said_in_words_where_one_is_near() -> None:
    for percent, number, fraction in [
        (-33.3, 33, "third"),
        (-31.3, 31, None),
        (-31.4, 31, "third"),
        (35.4, 35, None),
        (50.0, 50, "half"),
        (12.0, 12, "tenth"),
        (12.1, 12, None),
        (-22.4, 22, None),
        (-22.6, 23, None),
        (23.0, 23, "quarter"),
        (0.3, 0, None),
        (140.0, 140, None),
    ]:
        assert amount(percent) == Amount(number, fraction)


def test_nothing_is_sure_with_nothing_inside_the_interval() -> None:
    for low, high, key in [
        (-40, -0.1, SentenceKey.FELL),
        (-40, 0, SentenceKey.FELL),
        (-40, 0.1, SentenceKey.UNCLEAR),
        (-0.1, 40, SentenceKey.UNCLEAR),
        (0, 40, SentenceKey.ROSE),
        (0.1, 40, SentenceKey.ROSE),
        (0, 0, SentenceKey.UNCLEAR),
    ]:
        middle = (low + high) / 2
        assert said(steady(**percents(middle, low, high)), beside(5, middle, middle)).key is key


def test_never_between_equal_ends_nor_less_than_something() -> None:
    told = said(finding(**percents(-33, -35, -32)))
    assert (told.low, told.high) == (Amount(32), Amount(35)), "not between a third and a third"
    told = said(finding(**percents(-18, -33.2, 0.4)), beside(5))
    assert (told.key, told.low, told.high) == (SentenceKey.UNCLEAR, Amount(33), Amount(1))


def test_finding_from_before_trends_were_examined_makes_nobody_sure() -> None:
    """Snapshots that were frozen earlier speak by the same rule."""
    told = said(finding(**FELL), beside(8))
    assert (told.key, told.doubts) == (SentenceKey.FELL_OR_CHANCE, (Doubt.LITTLE_KNOWN,))


def test_change_that_trend_may_account_for_is_not_sure() -> None:
    """An end at no change is not beyond it; what a trend leaves of a rise says nothing of a fall."""
    for end in (-0.1, 0.0, 5.0):
        fell = steady(**FELL, diagnostics={"bent_high": end, "bent_low": 0.0})
        rose = steady(**ROSE, diagnostics={"bent_low": -end, "bent_high": 0.0})
        kept = () if end < 0 else (Doubt.LITTLE_KNOWN,)
        assert said(fell, beside(5)).doubts == said(rose, beside(5, 10.0, 10.0)).doubts == kept, end
    against = steady(**FELL, diagnostics=BENT | RISING)
    assert said(against, beside(5)).doubts == (Doubt.LITTLE_KNOWN,)


def test_after_peak_no_fall_is_sure_but_rise_is() -> None:
    for peak, doubts in ((1.2499, ()), (1.25, (Doubt.PEAK,))):
        fell, rose = (steady(**one, diagnostics={"peak": peak}) for one in (FELL, ROSE))
        assert said(fell, beside(5)).doubts == doubts, peak
        assert said(rose, beside(5, 10.0, 10.0)).doubts == ()


def test_widest_of_three_intervals_counts_among_same_kind_models() -> None:
    main = steady(model="quasi_poisson", **percents(-30, -40, -20))
    others = [
        steady(**percents(-30, -45, -10)),
        by_placebos(9, **percents(-28, -35, -5)),
        finding("its", **percents(-30, -90, 90)),
        by_placebos(9, refusal="no_fit"),
    ]
    assert widest(main, others) == (-45, -5)
    assert widest(main, []) == (-40, -20)
    # A t of two degrees of freedom goes anywhere: then it is said that these are too few.
    assert widest(main, [others[0], by_placebos(4, **percents(-28, -80, 70))]) == (-45, -10)


def test_rank_among_few_areas_is_never_taken_for_sure(app: Portal) -> None:
    fell, unclear = percents(-33.0, -50.9, -19.2), percents(-33.0, -50.9, 3.0)
    for lang, once in (
        ("en", "by chance alone it is this one once in 4 times"),
        ("es", "por pura casualidad es este una de cada 4 veces"),
    ):
        with app.app_context(), speaking(lang):
            for told in (by_placebos(3, **fell), by_placebos(3, **unclear)):
                assert once in caveat_sentences(told, "crime")[0]
            for sure in (by_placebos(19, **fell), finding(**fell), by_placebos(3, refusal="no_fit")):
                assert once not in " ".join(caveat_sentences(sure, "crime"))
    assert said(by_placebos(3, **fell)).key is SentenceKey.FELL_OR_CHANCE
    for areas in range(3, 30):
        too_few = too_few_placebos("placebo", {"placebos": areas})
        assert too_few == (areas if 1 / (areas + 1) > 0.05 else 0), "the smallest share by chance"


def test_every_refusal_and_every_caveat_has_words(app: Portal) -> None:
    with app.app_context(), speaking("es"):
        assert len({finding_sentence(finding(refusal=one.value), CALLS["en"]) for one in Refusal}) == len(Refusal)
        assert len({str(words) for words in CAVEATS.values()}) == len(CAVEATS)
        assert len(caveat_sentences(finding("its", **percents(-3, -5, -1)), "crime", planned_late=True)) == 3
        assert caveat_sentences(finding(refusal="no_fit"), "calls") == []
        of_calls, of_crime = (caveat_sentences(finding(**percents(-3, -5, -1)), kind) for kind in ("calls", "crime"))
        assert of_calls == [*of_crime, str(CAVEATS[Caveat.TRUST])]
