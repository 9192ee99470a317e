"""Several numbers and their pace: which number a phone hears from, and how fast."""

from collections import Counter
from datetime import timedelta

import pytest
import time_machine
from sqlalchemy import select

from demo.provider import DEMO_ACCOUNT_SID, DEMO_NUMBER, Provider
from portal.core.clock import now
from portal.core.jobs import delivery, outbox
from portal.core.jobs.outbox import MessageKind, OutboundMessage
from portal.core.telephone import MemoryTelephone, TwilioTelephone
from portal.core.web import Portal
from portal.sms.outgoing import KnownSender, TextTransport, sender_for
from tests.make import deliver_ready
from tests.sms.talk import OURS, ROSA, post, values

FIRST, SECOND, TOLL_FREE = OURS, "+15550100001", "+18885550100"
HOUR = timedelta(hours=1)


@pytest.fixture(autouse=True)
def telephone(app: Portal, city: int) -> MemoryTelephone:
    app.settings.sms_more_numbers = f"{SECOND} {TOLL_FREE}"
    app.settings.sms_rate_local, app.settings.sms_rate_toll_free = 1.0, 2.0
    found = MemoryTelephone()
    app.telephone = found
    app.transports[MessageKind.TEXT] = TextTransport(found, "https://portal.test")
    return found


def deliver(app: Portal) -> None:
    with app.app_context():
        deliver_ready()


# ── Which number ─────────────────────────────────────────────────────────────────────────────────────────────────────


def test_phone_is_answered_from_number_it_wrote_to_last(app, work, telephone) -> None:
    for number in (FIRST, SECOND, TOLL_FREE):
        assert post(app, "They sell by the bus stop.", To=number).status_code == 200
        before = len(telephone.sent)
        deliver(app)
        assert {text.sender for text in telephone.sent[before:]} == {number}
    with time_machine.travel(now() + timedelta(days=20)):
        with work():
            outbox.put(MessageKind.TEXT, ROSA, "Common Ground: A person has answered.")
        deliver(app)
    assert telephone.sent[-1].sender == TOLL_FREE
    with work() as session:
        assert session.scalars(select(KnownSender.sender)).all() == [TOLL_FREE]
        assert ROSA not in "".join(session.scalars(select(KnownSender.phone_hash)))


def test_phones_that_never_wrote_keep_number_and_are_spread(app: Portal) -> None:
    phones = [f"+1555010{number:04}" for number in range(300)]
    with app.app_context():
        before = [sender_for(phone) for phone in phones]
        assert before == [sender_for(phone) for phone in phones]
        assert all(many > 60 for many in Counter(before).values())
        app.settings.sms_more_numbers = SECOND
        after = [sender_for(phone) for phone in phones]
    # Only those of the number that is gone get another one.
    assert all(new == old for old, new in zip(before, after, strict=True) if old != TOLL_FREE)


def test_a_number_that_was_given_up_is_not_used(app, work) -> None:
    post(app, "They sell by the bus stop.", To=SECOND)
    app.settings.sms_more_numbers = TOLL_FREE
    with app.app_context():
        assert sender_for(ROSA) in (FIRST, TOLL_FREE)


def test_with_one_number_nothing_is_remembered(app, work) -> None:
    app.settings.sms_more_numbers = ""
    post(app, "They sell by the bus stop.")
    assert values(work, KnownSender) == []


# ── How fast ─────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.both_databases
def test_announcements_wait_for_their_turn_and_dialogue_does_not(app, work, telephone) -> None:
    app.settings.sms_more_numbers = ""
    began = now()
    with time_machine.travel(began, tick=False):
        with work():
            for number in range(40):
                outbox.put(MessageKind.TEXT, f"+1555010{number:04}", "news", bulk=True)
            for number in range(40, 43):
                outbox.put(MessageKind.TEXT, f"+1555010{number:04}", "reminder")
            outbox.put(MessageKind.TEXT, ROSA, "answer", direct=True)
        deliver(app)
        # A bucket of ten segments: the answer and the reminders first, then news until half of it is left.
        assert [text.body for text in telephone.sent] == ["answer", "reminder", "reminder", "reminder", "news"]
        with work():
            outbox.put(MessageKind.TEXT, ROSA, "another answer", direct=True)
        deliver(app)
        assert telephone.sent[-1].body == "another answer"
    with work() as session:
        waiting = session.scalars(select(OutboundMessage).where(OutboundMessage.state == "due")).all()
        # Waiting is no attempt: nothing is in doubt, and the day after which a text is given up has not begun.
        assert {(one.attempts, one.sending_since) for one in waiting} == {(0, None)}
    before = len(telephone.sent)
    with time_machine.travel(began + timedelta(seconds=6), tick=False):
        deliver(app)
    assert 0 < len(telephone.sent) - before <= 6


@pytest.mark.both_databases
def test_whoever_is_in_danger_goes_before_sixty_waiting(app, work, telephone) -> None:
    app.settings.sms_more_numbers = ""
    with time_machine.travel(now(), tick=False):
        with work():
            for number in range(60):
                outbox.put(MessageKind.TEXT, f"+1555010{number:04}", "receipt", direct=True)
        for number, words in enumerate(["They are shooting at us", "no respira mi hijo", "HELP"]):
            post(app, words, f"+15550109{number:03}")
            with work() as session:
                due = OutboundMessage.state == "due", OutboundMessage.urgent
                [urgent] = session.scalars(select(OutboundMessage.id).where(*due)).all()
            # The queue that wakes the workers, and whoever looks for what is ready.
            assert app.engine.queue.dequeue().args == ["deliver", [urgent]]
            before = len(telephone.sent)
            deliver(app)
            answer = telephone.sent[before]
            assert (answer.to, "911" in answer.body) == (f"+15550109{number:03}", True), words
        # By then the pace is used up: nothing else went beside the last two, and nothing twice.
        assert len(telephone.sent) == before + 1 < 60
        assert len({text.to for text in telephone.sent}) == len(telephone.sent)


def test_all_goes_out_in_time_that_it_takes(app, work, telephone) -> None:
    app.settings.sms_more_numbers = ""
    began, seconds = now(), 0
    with work():
        for number in range(12):
            outbox.put(MessageKind.TEXT, f"+1555010{number:04}", "news " * 40, bulk=True)
    while len(telephone.sent) < 12:
        seconds += 1
        with time_machine.travel(began + timedelta(seconds=seconds), tick=False):
            deliver(app)
        assert seconds < 40
    # Twenty-four segments at one a second, less the half of the bucket that announcements may use at once.
    assert 14 <= seconds <= 26


def test_pump_wakes_as_many_as_numbers_take_urgent_first(app, work) -> None:
    woken: list[int] = []
    with work():
        news = [outbox.put(MessageKind.TEXT, ROSA, "news", bulk=True) for _each in range(20)]
        answer = outbox.put(MessageKind.TEXT, ROSA, "answer", direct=True)
    app.wake = lambda message_id, _priority: woken.append(message_id)
    with app.app_context():
        delivery.pump()
        # One worker at a time: what another one asks within the second changes nothing.
        delivery.pump()
    assert woken[0] == answer
    assert len(woken) == 1 + 1 + 1 + 2
    assert set(woken[1:]) < set(news)


def test_announcements_wake_few_workers_and_none_that_is_behind(app, work, monkeypatch: pytest.MonkeyPatch) -> None:
    woken: list[int] = []
    asked: list[str] = []
    app.wake = lambda message_id, _priority: woken.append(message_id)
    with work():
        for _each in range(8):
            outbox.put(MessageKind.TEXT, ROSA, "news", bulk=True)
        mail = outbox.put(MessageKind.MAIL, "rosa@example.org", "news", bulk=True)
    # Texts in bulk wake nobody when they are put.
    assert woken == [mail]
    monkeypatch.setattr(app.engine, "enqueue", lambda name, *_ids, **_how: asked.append(name))
    monkeypatch.setattr(delivery, "MOST_AT_ONCE", 5)
    monkeypatch.setattr(app.engine, "waiting", lambda: delivery.LEAST_WAITING)
    with app.app_context():
        # A large backlog is pumped, and the pump looks again a second later.
        delivery.sweep()
        delivery.pump()
    assert (woken, asked) == ([mail], ["pump", "pump"])


def test_job_for_later_stays_in_queue_until_then(app) -> None:
    app.engine.enqueue("pump", delay=timedelta(seconds=30))
    assert app.engine.waiting() == 1
    task = app.engine.queue.dequeue()
    assert not app.engine.queue.ready_to_run(task)
    with time_machine.travel(now() + timedelta(seconds=31)):
        assert app.engine.queue.ready_to_run(task)


def test_text_that_is_refused_for_credentials_is_tried_again() -> None:
    with Provider() as provider:
        outcome = TwilioTelephone(DEMO_ACCOUNT_SID, "a", DEMO_NUMBER, provider.url).send(ROSA, "one", "", HOUR)
        assert (type(outcome).__name__, getattr(outcome, "reason", "")) == ("Retry", "credentials refused")
