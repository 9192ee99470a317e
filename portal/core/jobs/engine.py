"""Wakes workers: which queue engine, and the call that hands it a row's id."""

from __future__ import annotations

from flask import Flask


def start(app: Flask) -> None:
    """Offer `wake(parcel_id)` to the outbox."""
    app.extensions.setdefault("wake", lambda _parcel_id: None)
