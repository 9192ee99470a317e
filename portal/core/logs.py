"""Logging without personal details: no address, no path, no user text, no exception text."""

from __future__ import annotations

import logging
import os

from portal.config import unknown_settings
from portal.core.portal import Portal


def start(app: Portal) -> None:
    """Log one plain line per event to standard error; libraries that would log payloads stay at WARNING."""
    if not logging.getLogger("portal").handlers:
        handler = logging.StreamHandler()
        handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
        logging.getLogger("portal").addHandler(handler)
    logging.getLogger("portal").setLevel(logging.INFO)
    logging.getLogger("portal").propagate = app.settings.environment == "test"
    for name in ("twilio", "twilio.http_client", "urllib3", "sqlalchemy.engine", "huey"):
        logging.getLogger(name).setLevel(logging.WARNING)
    for sentence in unknown_settings(os.environ):
        logging.getLogger("portal").warning(sentence)
