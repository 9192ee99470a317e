"""A city that takes texts, and a phone to text it."""

import pytest
from sqlalchemy import select

from portal.config import Settings, SmsSender
from portal.core.jobs.outbox import OutboundMessage
from portal.core.web import Portal
from tests.conftest import Work
from tests.make import make_desk, make_market
from tests.sms.talk import OLD_TOKEN, OURS, ROSA, TOKEN, Say, make_room, post


@pytest.fixture
def settings(settings: Settings) -> Settings:
    return settings.model_copy(
        update={
            "sms_sender": SmsSender.CONSOLE,
            "sms_number": OURS,
            "twilio_auth_token": TOKEN,
            "twilio_auth_token_old": OLD_TOKEN,
        }
    )


@pytest.fixture
def city(work: Work) -> int:
    """A desk, a place, one that is hidden, and a meeting that is answered by text, whose id this is."""
    with work() as session:
        make_desk(session)
        make_market(session)
        make_market(session, "Hidden Hollow", released=False)
        return make_room(session)


@pytest.fixture
def say(app: Portal, work: Work, city: int) -> Say:
    """Text the portal; what it answers, all in one."""

    def say(body: str, sender: str = ROSA, **more: str) -> str:
        with work() as session:
            before = set(session.scalars(select(OutboundMessage.id)))
        assert post(app, body, sender, **more).status_code == 200
        with work() as session:
            rows = session.scalars(select(OutboundMessage).order_by(OutboundMessage.created_at))
            return "\n".join(row.body for row in rows if row.id not in before and row.body)

    return say
