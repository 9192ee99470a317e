"""Noon in the city, and a portal that sends texts; `tests/following` has them."""

from tests.following.conftest import clock, session

__all__ = ["clock", "session"]
