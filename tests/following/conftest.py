"""A clock at noon, a portal that texts, and short ways to followers and what was queued for them."""

from collections.abc import Iterator

import pytest
import time_machine
from sqlalchemy.orm import Session

from portal.config import SmsSender
from portal.core import db
from portal.core.web import Portal
from tests.following.followers import NOON, OURS, TOKEN


@pytest.fixture(autouse=True)
def clock(app: Portal) -> Iterator[time_machine.Traveller]:
    """It is noon in the city, on a day without a change of clocks, and texts go out."""
    sms = {"sms_sender": SmsSender.CONSOLE, "sms_number": OURS, "twilio_auth_token": TOKEN}
    app.settings = app.settings.model_copy(update=sms)
    with time_machine.travel(NOON, tick=False) as traveller:
        yield traveller


@pytest.fixture
def session(app: Portal) -> Iterator[Session]:
    """The session of the moment: jobs close theirs, and one kept by the test would be a second writer."""
    with app.app_context():
        yield db.session
