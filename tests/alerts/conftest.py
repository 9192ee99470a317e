"""Noon in the city, and a portal that sends texts; `tests/following` has them."""

from __future__ import annotations

from tests.following.conftest import clock, session

__all__ = ["clock", "session"]
