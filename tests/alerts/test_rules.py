"""When a resident is told. Pure."""

from __future__ import annotations

from portal.alerts.rules import is_to_be_told
from portal.core.jobs.retries import UNSETTLED, DeliveryState


def test_the_first_answer_is_told() -> None:
    assert is_to_be_told(was_told=False, became=None)


def test_until_she_has_looked_nothing_more_is_told() -> None:
    assert [
        became
        for became in (*UNSETTLED, DeliveryState.SENT, DeliveryState.SUPPRESSED, None)
        if is_to_be_told(was_told=True, became=became)
    ] == []


def test_what_was_lost_told_nothing() -> None:
    assert [
        became
        for became in (DeliveryState.FAILED, DeliveryState.STALE)
        if not is_to_be_told(was_told=True, became=became)
    ] == []
