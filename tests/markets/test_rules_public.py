"""When the public may know of a place, and of what is tied to it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from portal.markets.gate_rules import is_public, public_since

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
DAY = timedelta(days=1)


@pytest.mark.parametrize(
    ("released_at", "known"), [(None, False), (NOW + timedelta(seconds=1), False), (NOW, True), (NOW - DAY, True)]
)
def test_a_place_is_known_from_the_hour_of_its_release(released_at: datetime | None, known: bool) -> None:
    assert is_public(released_at, NOW) is known


@pytest.mark.parametrize(
    ("published_at", "released_at", "since"),
    [
        (None, None, None),
        (None, NOW, None),
        (NOW, None, NOW),
        (NOW, NOW - DAY, NOW),
        # Written before the release: its true date would tell since when the place was being worked on.
        (NOW - DAY, NOW, NOW),
    ],
)
def test_nothing_is_dated_before_its_place_was_known(
    published_at: datetime | None, released_at: datetime | None, since: datetime | None
) -> None:
    assert public_since(published_at, released_at) == since
