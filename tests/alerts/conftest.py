"""Noon in the city, and a portal that sends texts and mail."""

from __future__ import annotations

import pytest

from portal.core.jobs.outbox import MessageKind
from portal.core.web import Portal
from tests.core.transports import TestTransport
from tests.following.conftest import clock, session, settings

__all__ = ["clock", "session", "settings"]


@pytest.fixture
def app(app: Portal) -> Portal:
    app.transports[MessageKind.MAIL] = TestTransport()
    return app
