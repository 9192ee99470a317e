"""Who is signed in at this browser."""

from __future__ import annotations

from flask import Flask
from flask_login import LoginManager


def start(app: Flask) -> None:
    """Flask-Login, and CSRF for everything that is not public."""
    # No context processor: a public page must not even look whether somebody is signed in.
    manager = LoginManager(app, add_context_processor=False)
    manager.user_loader(lambda _token: None)
