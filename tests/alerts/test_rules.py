"""When a resident is told. Pure."""

from __future__ import annotations

import pytest

from portal.alerts.rules import is_to_be_told
from portal.core.jobs.retries import UNSETTLED, DeliveryState


def test_the_first_answer_is_told() -> None:
    assert is_to_be_told(was_told=False, became=None)


@pytest.mark.parametrize("became", [*UNSETTLED, DeliveryState.SENT, DeliveryState.SUPPRESSED, None])
def test_until_she_has_looked_nothing_more_is_told(became: DeliveryState | None) -> None:
    assert not is_to_be_told(was_told=True, became=became)


@pytest.mark.parametrize("became", [DeliveryState.FAILED, DeliveryState.STALE])
def test_what_was_lost_told_nothing(became: DeliveryState) -> None:
    assert is_to_be_told(was_told=True, became=became)
