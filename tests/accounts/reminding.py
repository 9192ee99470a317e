"""What the tests of reminders share: a day in the city at noon, a portal that texts, what waits to go out."""

import re
from datetime import UTC, datetime

from sqlalchemy import select

from portal.core.db import session
from portal.core.jobs.outbox import OutboundMessage
from portal.core.jobs.retries import UNSETTLED
from portal.core.portal import current_portal

NOON = datetime(2026, 6, 10, 16, 0, tzinfo=UTC)
"""Noon in the city."""
PHONE = "+13365550123"


def send_texts(app):
    """Let the portal have a number of its own."""
    app.settings = app.settings.model_copy(update={"sms_number": "+13365550100"})


def posted():
    """(kind, address, body) of everything that waits to go out, in no order."""
    rows = session.scalars(select(OutboundMessage).where(OutboundMessage.state.in_(UNSETTLED)))
    return [(row.kind, row.address, row.body) for row in rows]


def code_sent():
    """The code of the last text that waits."""
    found = re.search(r"\b(\d{6})\b", next(body for kind, _to, body in posted() if kind == "text"))
    assert found
    return found[1]


def forget_limits():
    """Let everybody try anew."""
    current_portal.limits.run("DELETE FROM tries")
