"""The `flask` commands."""

from __future__ import annotations

from flask import Flask


def start(app: Flask) -> None:
    """Add the commands of every feature."""
