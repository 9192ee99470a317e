"""A plan has one text and one hash; what is missing keeps it from being locked; before is before."""

from dataclasses import fields, replace
from datetime import UTC, date, datetime, timedelta

import pytest

from portal.indicators.statistics import plans
from portal.indicators.statistics.plans import canonical, default_plan, digest, drawn_anew, feasible, fixed, gaps

PLAN = plans.StudyPlan("elm-street", ("drug_calls", "violent"), (1, 2, 3), primary="violent")
NAMES = {"drug_calls": "Calls about drugs", "violent": "Violent crime"}
OUTLINES = {"comparison-2": "00ff00ff00ff00ff", "comparison-1": "123456789abcdef0"}
THERE = ("place", "comparison-1", "comparison-2", "comparison-3", "comparison-4", "ring-1", "comparison_ring-1")
NONE_DRAWN = "Placebo areas: none were drawn; each comparison area is tried in turn\n"
CANONICAL = f"""\
Plan of a study, form 1
Place: elm-street
Measure: drug_calls (Calls about drugs)
Measure: violent (Violent crime)
Primary measure: violent (Violent crime)
Comparison areas: comparison-1, comparison-2, comparison-3
Ring around the place: counted
Outline of comparison-1: 123456789abcdef0
Outline of comparison-2: 00ff00ff00ff00ff
Outline of comparison-3: none
Outline of comparison_ring-1: none
Outline of place: none
Outline of ring-1: none
Main model: did:newey_west
Shown beside it: did:quasi_poisson, did:placebo, its:newey_west
{NONE_DRAWN}Placebos: at best the place ranks 1 of 4, which chance alone brings about 1 time in 4
Months before the call-in: 36
Months after the call-in, at most: 24
Months left out just before the call-in, for the investigation: 0
Months left out, from the call-in's own on: 1
Time series: linear trend, 2 pairs of harmonics of the year, a change of level
Interval: 100 percent less the error of its look. Lags for Newey-West: floor(4 * (n / 100)^(2/9)).
Error of all looks together: 5 percent, used up as 5 * (months / all months)^2: 1.25 after 12, 3.75 after 24
Nothing is said with fewer than 12 months before or 6 after,
and no percentage when fewer than 20 events were to be expected.
Verdict only after so many counted months: 12, 24
Fairly sure only by the widest of the intervals of the main model, of Newey-West and of placebos,
with at least 5 areas tried as placebos, and only if the change is more than
what a trend can account for, fitted over at most 60 months before and all after.
Trends tried: straight, and begun so many months before the call-in: 12, 24, 36.
No fall is fairly sure if the last year before had at least 1.25 times the events of years before.
No model draws random numbers, so there is no seed to fix.
"""
DRAWN = plans.DrawnAreas(56, 1, "violent", date(2021, 1, 1), date(2023, 12, 1), "ab" * 32, "cd" * 32)
OF_DRAWN = f"""\
Placebo areas: 56, drawn from a file of incidents by rule 1
Similar in: violent, 2021-01 to 2023-12
Hash of the placebo areas' outlines: {"ab" * 32}
Hash of the seed of their draw: {"cd" * 32}
"""
LOCKED = datetime(2026, 3, 10, 15, tzinfo=UTC)


def test_the_text_that_is_hashed_is_this() -> None:
    assert canonical(PLAN, NAMES, OUTLINES, THERE) == CANONICAL
    assert digest(CANONICAL) == "2179d47ac99a6f38626b7a92a8bfc9aa30f4c6b6109d94ee0bc2d1f00d686c56"
    with_drawn = CANONICAL.replace(NONE_DRAWN, OF_DRAWN).replace("1 of 4", "1 of 57").replace("time in 4", "time in 57")
    with_drawn = with_drawn.replace("so there is no seed", "so there is no other seed")
    assert canonical(PLAN, NAMES, OUTLINES, THERE, DRAWN) == with_drawn
    assert fixed(with_drawn).drawn == DRAWN.digest


def test_verdict_is_given_at_few_looks_and_at_end() -> None:
    for months_after, when in [(6, (6,)), (12, (12,)), (18, (12, 18)), (24, (12, 24)), (36, (12, 24, 36))]:
        assert plans.looks(replace(PLAN, months_after=months_after)) == when
        assert f"Verdict only after so many counted months: {', '.join(map(str, when))}" in lines_of(
            months_after=months_after
        )


def lines_of(*there: str, **given) -> list[str]:
    return canonical(replace(PLAN, **given), NAMES, {}, there).splitlines()


def test_plan_names_no_ring_or_model_it_cannot_have() -> None:
    alone = lines_of("place", main="its:newey_west")
    assert "Comparison areas: none" in alone
    assert "Ring around the place: there is none, so nothing is said of whether it moved" in alone
    assert "Shown beside it: none" in alone
    assert not [line for line in alone if "did" in line]
    assert [line for line in alone if line.startswith("Outline")] == ["Outline of place: none"]

    two = lines_of("place", "comparison-1", "comparison-3", "ring-1")
    assert "Comparison areas: comparison-1, comparison-3" in two
    assert "did:placebo" not in "".join(two)
    ring = "counted; no ring is around a comparison area, so nothing is said of whether it moved"
    assert f"Ring around the place: {ring}" in two
    assert "Ring around the place: not counted" in lines_of(*THERE, with_ring=False)


def test_what_is_missing_when_fixed_is_not_counted_later() -> None:
    planned = feasible(PLAN, ["place", "comparison-2"])
    assert (planned.comparison, planned.with_ring) == ((2,), False)
    assert feasible(planned, THERE) == planned
    assert feasible(PLAN, THERE) == PLAN


def test_what_a_locked_text_names_is_read_from_it() -> None:
    areas = ("comparison-1", "comparison-2", "comparison-3")
    numbers = PLAN.months_before, PLAN.months_after, PLAN.investigation, PLAN.wash_out
    assert fixed(CANONICAL) == plans.Fixed(("drug_calls", "violent"), "violent", areas, "", *numbers)
    assert fixed(canonical(replace(PLAN, comparison=()), NAMES, {}, THERE)).comparison == ()
    assert fixed("").primary == ""
    text = canonical(PLAN, {"drug_calls": "Calls\nPrimary measure: drug_calls"}, {})
    assert fixed(text).primary == "violent", "a name cannot pretend to be a line"


def test_by_which_measure_it_is_judged_changes_no_number() -> None:
    materials = [plans.Material(plan, date(2026, 3, 10), {}) for plan in (PLAN, replace(PLAN, primary="drug_calls"))]
    assert len({one.digest for one in materials}) == 1
    assert plans.Material(replace(PLAN, months_before=24), date(2026, 3, 10), {}).digest != materials[0].digest


OTHER = {
    "place": "oak-street",
    "measures": ("violent",),
    "comparison": (1, 2),
    "with_ring": False,
    "main": "its:newey_west",
    "months_before": 24,
    "months_after": 12,
    "investigation": 6,
    "wash_out": 0,
    "primary": "drug_calls",
}


def test_whatever_is_planned_otherwise_has_another_hash() -> None:
    assert OTHER.keys() == {field.name for field in fields(plans.StudyPlan)}
    others = [canonical(replace(PLAN, **{name: value}), NAMES, OUTLINES, THERE) for name, value in OTHER.items()]
    assert len({CANONICAL, *others}) == len(OTHER) + 1
    other = OUTLINES | {"comparison-2": "0" * 16}
    assert digest(canonical(PLAN, NAMES, other, THERE)) != digest(CANONICAL)
    assert drawn_anew(CANONICAL, other) == ["comparison-2"]
    assert drawn_anew(CANONICAL, {}) == ["comparison-1", "comparison-2"]
    assert drawn_anew(CANONICAL, OUTLINES) == []
    assert drawn_anew(CANONICAL, OUTLINES | {"ring-1": "new"}) == ["ring-1"], "drawn nowhere before"


def test_main_model_is_one_of_those_known() -> None:
    assert [plans.StudyPlan("elm", main=str(one)).main_choice for one in plans.KNOWN] == list(plans.KNOWN)
    for text in ("", "its", "its:placebo", "wdd:poisson", "did:poisson"):
        with pytest.raises(ValueError):  # noqa: PT011 - what is said is for nobody
            _ = plans.StudyPlan("elm", main=text).main_choice


def test_form_begins_with_similar_areas_if_any() -> None:
    assert default_plan("elm", ["violent"], [1]).main == "did:newey_west"
    assert default_plan("elm", ["violent"], []).main == "its:newey_west"
    assert gaps(default_plan("elm", ["violent"], [])) == ["primary"]
    assert default_plan("elm", ["violent"], [1]).investigation == 6


def test_gaps() -> None:
    its, placebo = {"main": "its:newey_west"}, {"main": "did:placebo"}
    for missing, plans_with in (
        (
            [],
            (
                {"months_before": 12, "months_after": 6, "wash_out": 0},
                {"measures": ("violent",)},
                {"comparison": ()} | its,
                {"comparison": (1, 2, 3)} | placebo,
            ),
        ),
        (["measures", "primary"], ({"measures": ()},)),
        (["primary"], ({"primary": ""}, {"primary": "property"})),
        (["comparison"], ({"comparison": ()}, {"comparison": (1, 2)} | placebo)),
    ):
        for given in plans_with:
            assert gaps(replace(PLAN, **given)) == missing
    assert gaps(PLAN) == []


def test_before_is_before() -> None:
    for ended_at, day, before in (
        (None, None, True),
        (LOCKED + timedelta(seconds=1), date(2026, 3, 10), True),
        (LOCKED, date(2026, 3, 10), False),
        (LOCKED - timedelta(days=400), date(2025, 2, 3), False),
        (None, date(2026, 3, 11), True),
        (None, date(2026, 3, 10), False),
        (None, date(2026, 3, 9), False),
    ):
        assert plans.was_before(LOCKED, LOCKED.date(), ended_at, day) is before


def test_plan_with_placebo_areas_needs_no_three_similar_areas() -> None:
    plan = replace(PLAN, comparison=(1,), main="did:placebo")
    assert gaps(plan) == ["comparison"]
    assert gaps(plan, DRAWN.count) == []
    assert "did:placebo" not in canonical(replace(plan, main="did:newey_west"), NAMES, {}, THERE)
    assert "did:placebo" in canonical(replace(plan, main="did:newey_west"), NAMES, {}, THERE, DRAWN)
