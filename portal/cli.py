"""The `flask` commands."""

from __future__ import annotations

from flask import Flask

from portal.core.jobs import cli as jobs


def start(app: Flask) -> None:
    """Add the commands of every feature."""
    jobs.start(app)
