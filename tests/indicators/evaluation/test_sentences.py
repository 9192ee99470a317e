"""The sentence that everybody reads first: what is said of which numbers, word for word, in both languages."""

from pathlib import Path

import pytest

from portal.core.i18n import speaking
from portal.core.web import Portal
from portal.indicators.evaluation.rules.refusals import Refusal, too_few_placebos
from portal.indicators.evaluation.rules.sentences import (
    Amount,
    Fraction,
    Key,
    Verdict,
    amount,
    disagreement,
    said,
    verdict,
)
from portal.indicators.evaluation.texts import CAVEATS, caveat_sentences, few_placebos, finding_sentence
from portal.indicators.snapshots.document import Finding, MeasureShown, Words

WORDINGS = Path(__file__).with_name("sentences.txt")
CALLS = MeasureShown(
    key="drug_calls",
    name=Words(en="Calls about drugs", es="Llamadas por drogas"),
    about=Words(en="", es=""),
    source=Words(en="", es=""),
    unit=Words(en="calls", es="llamadas"),
    kind="calls",
    direction="down",
    guarded=False,
)


def finding(design: str = "did", **given) -> Finding:
    common = {"measure": "drug_calls", "model": "newey_west", "is_main": True, "months_before": 36, "months_after": 24}
    return Finding(design=design, **common | given)


def by_placebos(areas: int, **given) -> Finding:
    return finding(model="placebo", diagnostics={"placebo_rank": 1, "placebos": areas}, **given)


def percents(middle: float, low: float, high: float) -> dict:
    return {"percent": middle, "percent_low": low, "percent_high": high}


def counts(middle: float, low: float, high: float) -> dict:
    return {"count": middle, "count_low": low, "count_high": high}


TOLD = {
    "fell": finding(**percents(-33.0, -50.9, -19.2)),
    "fell_against_months": finding("its", **percents(-28.4, -36.0, -20.0)),
    "rose": finding(**percents(24.6, 9.1, 41.4)),
    "fell_or_chance": by_placebos(3, **percents(-33.0, -50.9, -19.2)),
    "rose_or_chance": by_placebos(18, **percents(24.6, 9.1, 41.4)),
    "fell_by_many_placebos": by_placebos(19, **percents(-33.0, -50.9, -19.2)),
    "unclear": finding(**percents(-12.0, -30.0, 10.3)),
    "unclear_in_words": finding(**percents(0.0, -33.0, 49.0)),
    "fewer": finding("wdd", **counts(-118, -195.6, -40.4)),
    "more": finding("wdd", **counts(57.2, 12.0, 102.4)),
    "unclear_count": finding("wdd", **counts(-6, -40.2, 28.2)),
} | {why.value: finding(refusal=why.value) for why in Refusal}


def wordings() -> dict[str, list[str]]:
    """By the name of a case, the sentence in English and in Spanish."""
    cases = WORDINGS.read_text(encoding="utf-8").strip().split("\n\n")
    return {name: sentences for name, *sentences in (case.splitlines() for case in cases)}


@pytest.mark.parametrize("name", TOLD)
def test_word_for_word(app: Portal, name: str) -> None:
    for lang, sentence in zip(("en", "es"), wordings()[name], strict=True):
        with app.app_context(), speaking(lang):
            assert finding_sentence(TOLD[name], CALLS, 24) == sentence


def test_no_wording_is_left_over() -> None:
    assert set(wordings()) == set(TOLD)


@pytest.mark.parametrize(
    ("percent", "number", "fraction"),
    [
        (-33.3, 33, Fraction.THIRD),
        (-31.3, 31, None),
        (-31.4, 31, Fraction.THIRD),
        (35.4, 35, None),
        (50.0, 50, Fraction.HALF),
        (12.0, 12, Fraction.TENTH),
        (12.1, 12, None),
        (-22.4, 22, None),
        (-22.6, 23, None),
        (23.0, 23, Fraction.QUARTER),
        (0.3, 0, None),
        (140.0, 140, None),
    ],
)
def test_a_part_is_said_in_words_where_one_is_near(percent: float, number: int, fraction: Fraction | None) -> None:
    assert amount(percent) == Amount(number, fraction)


@pytest.mark.parametrize(
    ("low", "high", "key"),
    [
        (-40, -0.1, Key.FELL),
        (-40, 0, Key.FELL),
        (-40, 0.1, Key.UNCLEAR),
        (-0.1, 40, Key.UNCLEAR),
        (0, 40, Key.ROSE),
        (0.1, 40, Key.ROSE),
        (0, 0, Key.UNCLEAR),
    ],
)
def test_nothing_is_sure_with_nothing_inside_the_interval(low: float, high: float, key: Key) -> None:
    assert said(finding(**percents((low + high) / 2, low, high)), 24).key is key


def test_never_between_a_third_and_a_third() -> None:
    told = said(finding(**percents(-33, -35, -32)), 24)
    assert (told.low, told.high) == (Amount(32), Amount(35))


def test_other_models_that_come_to_something_else_are_counted() -> None:
    fell, unclear = finding(**percents(-30, -40, -20)), finding(**percents(-30, -60, 20))
    fewer, refused = finding("wdd", **counts(-9, -12, -3)), finding(refusal="no_fit")
    assert disagreement(fell, [fell, fewer, refused]) is None
    assert disagreement(fell, [fell, unclear, refused]) == (1, 2)
    assert disagreement(unclear, [fell, fewer, unclear]) == (2, 3)
    assert disagreement(fell, [finding(**percents(30, 20, 40))]) == (1, 1)
    assert disagreement(refused, [fell]) is None
    assert verdict(refused) is None


def test_never_as_much_as_less_than_something() -> None:
    told = said(finding(**percents(-18, -33.2, 0.4)), 6)
    assert (told.key, told.low, told.high) == (Key.UNCLEAR, Amount(33), Amount(1))


@pytest.mark.parametrize("lang", ["en", "es"])
def test_a_rank_among_few_areas_is_never_taken_for_sure(app: Portal, lang: str) -> None:
    fell, unclear = percents(-33.0, -50.9, -19.2), percents(-33.0, -50.9, 3.0)
    once = {
        "en": "by chance alone it is this one once in 4 times",
        "es": "por pura casualidad es este una de cada 4 veces",
    }
    with app.app_context(), speaking(lang):
        for told in (by_placebos(3, **fell), by_placebos(3, **unclear)):
            assert once[lang] in caveat_sentences(told)[0]
            assert once[lang] in few_placebos(finding(**fell), told)
        for sure in (by_placebos(19, **fell), finding(**fell), by_placebos(3, refusal="no_fit")):
            assert once[lang] not in " ".join(caveat_sentences(sure))
            assert few_placebos(sure) == ""
    assert verdict(by_placebos(3, **fell)) is Verdict.UNCLEAR
    assert disagreement(finding(**fell), [by_placebos(3, **fell)]) is None
    assert disagreement(finding(**fell), [by_placebos(3, **unclear)]) == (1, 1)


def test_the_smallest_share_by_chance_is_one_in_as_many_as_are_ranked() -> None:
    areas = range(3, 30)
    too_few = [too_few_placebos("placebo", {"placebos": number}) for number in areas]
    assert too_few == [number if 1 / (number + 1) > 0.05 else 0 for number in areas]


@pytest.mark.parametrize("lang", ["en", "es"])
def test_every_refusal_and_every_caveat_has_words(app: Portal, lang: str) -> None:
    with app.app_context(), speaking(lang):
        assert len({finding_sentence(finding(refusal=one.value), CALLS, 3) for one in Refusal}) == len(Refusal)
        assert len({str(words) for words in CAVEATS.values()}) == len(CAVEATS)
        assert len(caveat_sentences(finding("its", **percents(-3, -5, -1)), planned_late=True)) == 3
        assert caveat_sentences(finding(refusal="no_fit")) == []
