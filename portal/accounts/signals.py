"""What others may want to know of a member."""

from __future__ import annotations

from blinker import Signal

standing_changed = Signal("sender is the member's id: roles, account or password are others than before")
"""Sent in the same transaction: what somebody may no longer do must not outlive it by a minute."""

desks_touched = Signal("sender is None, or the id of a member who is to hear of it though the seat is gone")
"""Something was done about who can open a desk: everybody with a seat at any desk is told, see `notices`."""
