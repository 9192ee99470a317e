"""Snapshots are found by their hash, the newest first."""

from datetime import date

import pytest

from portal.core.statuses import NotFound
from portal.indicators.snapshots import snapshots
from portal.indicators.snapshots.snapshots import digest, latest


def put(session, day: str) -> str:
    content = snapshots.canonical(
        snapshots.Document(
            site="Alder Falls", frozen_on=day, previous=None, months=("2026-08",), measures=(), places=()
        )
    )
    session.add(snapshots.Snapshot(frozen_on=date.fromisoformat(day), digest=digest(content), content=content))
    session.flush()
    return digest(content)


@pytest.mark.both_databases
def test_the_newest_is_the_latest_and_none_is_lost(session) -> None:
    assert latest() is None
    older, newer = put(session, "2026-10-15"), put(session, "2026-11-15")
    found = latest()
    assert found is not None
    assert (found.digest, found.document.frozen_on) == (newer, "2026-11-15")
    assert [one[1] for one in snapshots.history()] == [newer, older]
    assert digest(snapshots.content_of(older)) == older


def test_no_other_hash_opens_anything(session) -> None:
    with pytest.raises(NotFound):
        snapshots.snapshot("0" * 64)
