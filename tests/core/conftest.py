"""The provider over real HTTP, and the outbox as a test looks at it."""

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import undefer

from demo.provider import Provider
from portal.core.jobs import delivery, outbox
from portal.core.jobs.outbox import MessageKind, OutboundMessage
from portal.core.jobs.retries import DeliveryState
from tests.core.fragile import PHONE, WORDS
from tests.patience import HANGS


@pytest.fixture
def provider():
    with Provider(late=HANGS, slow=0.05) as running:
        yield running


class Outbox:
    """Texts of one portal: put in, delivered, and looked at."""

    def __init__(self, app, work):
        self.app, self.work = app, work

    def put(self, address=PHONE, words=WORDS, **options):
        with self.work():
            return outbox.put(MessageKind.TEXT, address, words, **options)

    def row(self, message_id):
        with self.work() as session:
            return session.get_one(OutboundMessage, message_id, options=[undefer("*")])

    def sent(self):
        """How many have come to that end."""
        with self.work() as session:
            return session.scalar(select(func.count()).where(OutboundMessage.state == DeliveryState.SENT)) or 0

    def deliver(self, message_id):
        with self.app.app_context():
            delivery.deliver(message_id)

    def note_wakes(self):
        """From now on, every call that wakes a worker."""
        calls = []
        self.app.wake = lambda *call: calls.append(call)
        return calls


@pytest.fixture
def box(app, work):
    return Outbox(app, work)


def tick(app):
    """A minute of a worker: ask for what is due, and do it."""
    app.engine.tick()
    while (task := app.engine.queue.dequeue()) is not None:
        app.engine.run(*task.args)
