"""When a resident is told. Pure."""

from __future__ import annotations

from portal.alerts.rules import is_to_be_told
from portal.core.jobs.retries import DeliveryState


def test_the_first_answer_and_one_lost_are_told() -> None:
    assert is_to_be_told(was_told=False, became=None)
    lost = {became for became in (*DeliveryState, None) if is_to_be_told(was_told=True, became=became)}
    assert lost == {DeliveryState.FAILED, DeliveryState.STALE}
