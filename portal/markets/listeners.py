"""What happens to an account that has to reach the places: keys that count no longer, seats that are empty now."""

from __future__ import annotations

from typing import Any

from flask import Flask

from portal.accounts.signals import standing_changed
from portal.markets.actions.gate import drop_keys_of
from portal.markets.actions.seats import note_seats_of


def start(_app: Flask) -> None:
    """Connect to the signals of lower floors."""
    standing_changed.connect(_look_at_places)


def _look_at_places(member_id: Any) -> None:
    drop_keys_of(member_id)
    note_seats_of(member_id)
