"""The provider over real HTTP, and the outbox as a test looks at it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy import func, select

from demo.provider import Provider
from portal.core.jobs import delivery, outbox
from portal.core.jobs.outbox import MessageKind, OutboundMessage
from portal.core.jobs.retries import DeliveryState
from portal.core.portal import Portal
from tests.conftest import Work
from tests.core.fragile import PHONE, WORDS
from tests.patience import HANGS


@pytest.fixture
def provider() -> Iterator[Provider]:
    with Provider(late=HANGS, slow=0.05) as running:
        yield running


class Outbox:
    """Texts of one portal: put in, delivered, and looked at."""

    def __init__(self, app: Portal, work: Work) -> None:
        self.app, self.work = app, work

    def put(self, address: str = PHONE, words: str = WORDS, **options: object) -> int:
        with self.work():
            return outbox.put(MessageKind.TEXT, address, words, **options).id

    def row(self, message_id: int) -> OutboundMessage:
        with self.work() as session:
            return session.get_one(OutboundMessage, message_id)

    def sent(self) -> int:
        """How many have come to that end."""
        with self.work() as session:
            return session.scalar(select(func.count()).where(OutboundMessage.state == DeliveryState.SENT)) or 0

    def deliver(self, message_id: int) -> None:
        with self.app.app_context():
            delivery.deliver(message_id)

    def note_wakes(self) -> list[tuple[object, ...]]:
        """From now on, every call that wakes a worker."""
        calls: list[tuple[object, ...]] = []
        self.app.wake = lambda *call: calls.append(call)
        return calls


@pytest.fixture
def box(app: Portal, work: Work) -> Outbox:
    return Outbox(app, work)


def tick(app: Portal) -> None:
    """A minute of a worker: ask for what is due, and do it."""
    app.engine.tick()
    while (task := app.engine.queue.dequeue()) is not None:
        app.engine.run(*task.args)
