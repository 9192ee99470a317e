"""Texting the name of a hidden place is answered like texting any other word."""

from __future__ import annotations

import re

import pytest
from sqlalchemy import select

from portal.config import Settings, SmsSender
from portal.core.jobs.outbox import OutboundMessage, cipher
from portal.core.sms.twilio import sign
from portal.core.web import Portal
from portal.reports.reports import Thread
from tests.conftest import Work
from tests.make import both, make_desk, make_market

TOKEN, OURS = "a-token-of-the-provider", "+15550100000"
CODE = re.compile(r"(?:\b[a-zñáéíóúü]+[, ]+){7}[a-zñáéíóúü]+\.")


@pytest.fixture
def settings(settings: Settings) -> Settings:
    return settings.model_copy(update={"sms_sender": SmsSender.CONSOLE, "sms_number": OURS, "twilio_auth_token": TOKEN})


def talk(app: Portal, work: Work, phone: str, *texts: str) -> list[str]:
    """What the portal answers to one phone, without the code words."""
    for number, body in enumerate(texts):
        form = {"MessageSid": f"SM{phone[1:]}{number:021d}", "From": phone, "To": OURS, "Body": body, "NumMedia": "0"}
        headers = {"X-Twilio-Signature": sign(TOKEN, "http://localhost/sms/twilio/inbound", form)}
        assert app.test_client().post("/sms/twilio/inbound", data=form, headers=headers).status_code == 200
    with work() as session:
        messages = session.scalars(select(OutboundMessage).order_by(OutboundMessage.created_at, OutboundMessage.id))
        waiting = [(cipher().decrypt(one.address), cipher().decrypt(one.body)) for one in messages]
    return [CODE.sub("…", body) for address, body in waiting if address == phone]


@pytest.mark.parametrize("first", ["They sell by the stairs.", "Venden junto a las escaleras."])
def test_its_name_is_a_word_like_any_other(app: Portal, work: Work, first: str) -> None:
    with work() as session:
        make_desk(session)
        make_market(session)
        hidden = make_market(session, "Quetzal Street", released=False)
        hidden.name = both("Quetzal Stairs", "Escaleras Quetzal")
    answers = [
        talk(app, work, phone, first, f"{name} Stairs", f"Escaleras {name}", "REPORT " + name)
        for phone, name in (("+13365550101", "Quetzal"), ("+13365550102", "Pelican"))
    ]
    assert answers[0] == answers[1]
    assert len(answers[0]) >= 2
    assert "uetzal" not in str(answers)
    with work() as session:
        assert {thread.market_id for thread in session.scalars(select(Thread))} == {None}
