"""What happens to an account that has to reach the gate of a place."""

from __future__ import annotations

from typing import Any

from flask import Flask

from portal.accounts.signals import standing_changed
from portal.markets.actions.gate import drop_keys_of


def start(_app: Flask) -> None:
    """Connect to the signals of lower floors."""
    standing_changed.connect(_look_at_keys)


def _look_at_keys(member_id: Any) -> None:
    drop_keys_of(member_id)
