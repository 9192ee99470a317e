"""A clock that tests put forward; `pytest.mark.time_machine` says where it begins."""

from __future__ import annotations

import pytest
from time_machine import TimeMachineFixture


@pytest.fixture
def clock(time_machine: TimeMachineFixture) -> TimeMachineFixture:
    return time_machine
