"""What happens to an account that has to reach the lines of meetings: somebody else looks after them."""

from __future__ import annotations

from typing import Any

from flask import Flask

from portal.accounts.signals import standing_changed
from portal.meetings.rsvp.actions.host import hand_lines_on


def start(_app: Flask) -> None:
    """Connect to the signals of lower floors."""
    standing_changed.connect(_hand_on)


def _hand_on(member_id: Any) -> None:
    hand_lines_on(member_id)
