"""What happens elsewhere that has to reach a phone."""

from __future__ import annotations

from flask import Flask


def start(app: Flask) -> None:
    """Connect to the signals of lower floors."""
