"""Early warnings: each cause by itself, and none where the work is whole."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest

from portal.markets.fidelity import Concern, FidelityLine, Work, call_in_is_late, concerns, out_of_order
from portal.markets.gate_rules import STEPS, EvidenceItem, EvidenceState
from portal.markets.status import PlaceSeat, Turnover

TODAY = date(2026, 11, 24)
DAY = timedelta(days=1)
DONE: dict[str, FidelityLine] = {item: FidelityLine(EvidenceState.DONE, TODAY - 300 * DAY) for item in EvidenceItem}
WHOLE = Work(
    shown={
        **DONE,
        **{step: FidelityLine(EvidenceState.DONE, TODAY - (100 - number) * DAY) for number, step in enumerate(STEPS)},
    },
    has_owner=True,
    has_deputy=True,
    call_in_held=True,
    missed_in_a_row=0,
)


def without(*items: EvidenceItem, state: EvidenceState = EvidenceState.OPEN) -> Work:
    return replace(WHOLE, shown={**WHOLE.shown, **{item: FidelityLine(state) for item in items}})


def test_nothing_is_said_where_all_is_in_place() -> None:
    assert concerns(WHOLE, TODAY) == ()


def test_before_the_first_step_only_people_are_asked_for() -> None:
    assert concerns(Work({}, False, False, False, 0), TODAY) == (Concern.NO_OWNER, Concern.NO_DEPUTY)


def test_a_public_place_has_begun_even_if_nothing_is_noted() -> None:
    found = concerns(Work({}, True, True, True, 0, is_public=True), TODAY)
    assert found == (
        Concern.NO_SPONSOR,
        Concern.NO_COMMUNITY_LEAD,
        Concern.NOT_TRAINED,
        Concern.NO_COORDINATOR,
        Concern.NO_ANALYST,
    )


@pytest.mark.parametrize(
    ("work", "concern"),
    [
        (without(EvidenceItem.SPONSOR), Concern.NO_SPONSOR),
        (without(EvidenceItem.SPONSOR, state=EvidenceState.GOING), Concern.NO_SPONSOR),
        (without(EvidenceItem.COMMUNITY_LEAD), Concern.NO_COMMUNITY_LEAD),
        (without(EvidenceItem.TRAINING), Concern.NOT_TRAINED),
        (without(EvidenceItem.COORDINATOR), Concern.NO_COORDINATOR),
        (without(EvidenceItem.ANALYST), Concern.NO_ANALYST),
        (replace(WHOLE, has_owner=False), Concern.NO_OWNER),
        (replace(WHOLE, turnovers={PlaceSeat.OWNER: Turnover(2, 0, True)}), Concern.TURNOVER),
        (replace(WHOLE, turnovers={PlaceSeat.SPONSOR: Turnover(0, 60, True)}), Concern.TURNOVER),
        (replace(WHOLE, has_deputy=False), Concern.NO_DEPUTY),
        (replace(WHOLE, missed_in_a_row=2), Concern.REVIEWS_MISSED),
        (without(EvidenceItem.STEP_3), Concern.OUT_OF_ORDER),
    ],
)
def test_each_cause_is_seen_alone(work: Work, concern: Concern) -> None:
    assert concerns(work, TODAY) == (concern,)


def test_one_missed_review_is_no_pattern() -> None:
    assert concerns(replace(WHOLE, missed_in_a_row=1), TODAY) == ()


def test_nobody_coordinates_help_before_help_is_offered() -> None:
    early = Work({EvidenceItem.STEP_1: FidelityLine(EvidenceState.GOING)}, True, True, False, 0)
    assert Concern.NO_COORDINATOR not in concerns(early, TODAY)
    assert Concern.NO_SPONSOR in concerns(early, TODAY)


def test_steps_are_out_of_order_by_their_days_as_well() -> None:
    late = replace(WHOLE, shown={**WHOLE.shown, EvidenceItem.STEP_5: FidelityLine(EvidenceState.DONE, TODAY)})
    assert out_of_order(late) == (EvidenceItem.STEP_6, EvidenceItem.STEP_5)
    assert out_of_order(WHOLE) is None


@pytest.mark.parametrize(("days", "is_late"), [(183, False), (184, True)])
def test_half_a_year_after_the_cases_the_call_in_is_late(days: int, is_late: bool) -> None:
    shown = {EvidenceItem.STEP_4: FidelityLine(EvidenceState.DONE, TODAY - days * DAY)}
    work = Work(shown, True, True, False, 0)
    assert call_in_is_late(work, TODAY) is is_late
    assert not call_in_is_late(replace(work, call_in_held=True), TODAY)


def test_concerns_come_with_what_ended_the_work_elsewhere_first() -> None:
    nobody = replace(without(EvidenceItem.SPONSOR, EvidenceItem.ANALYST), has_owner=False)
    assert concerns(nobody, TODAY) == (Concern.NO_SPONSOR, Concern.NO_OWNER, Concern.NO_ANALYST)
