"""Workers and requests killed at every step: real processes, a real database file, a provider over real HTTP."""

import signal

import pytest
from sqlalchemy import delete, select, update

from demo.exchange import Magic, Trick
from portal.core.clock import now
from portal.core.jobs.engine import Turn
from portal.core.jobs.outbox import OutboundMessage
from portal.core.jobs.retries import DeliveryState
from tests.core.fragile import AFTER_COMMIT, PHONE, WORDS, WORKER_STEPS
from tests.patience import wait_for
from tests.processes import heard_process, portal_process, texting

OFTEN = ("after the claim was committed", "answered but not read", "read but not settled")
STEPS = [*OFTEN, *(pytest.param(step, marks=pytest.mark.night) for step in WORKER_STEPS if step not in OFTEN)]


@pytest.mark.parametrize("step", STEPS)
def test_worker_killed_at_any_step_sends_exactly_one_text(step, settings, provider, box):
    message_id, settings = box.put(), texting(settings, provider)
    with portal_process(settings, "worker", kill_at=step) as process:
        assert process.wait() == -signal.SIGKILL
    box.put(words="The next one.")
    with box.work() as session:
        # Its lease is over. It was swept this minute; the next worker does so at its start, as a minute later.
        session.execute(update(OutboundMessage).values(lease_until=now()).where(OutboundMessage.lease_until > now()))
        session.execute(delete(Turn).where(Turn.name == "sweep"))
    with portal_process(settings, "worker") as process:
        wait_for(lambda: box.sent() == 2)
    assert process.returncode == 0
    assert box.row(message_id).state == DeliveryState.SENT
    assert sorted((text.to, text.body) for text in provider.exchange.sent) == [(PHONE, WORDS), (PHONE, "The next one.")]


def test_request_killed_before_it_woke_worker_is_swept_up(settings, provider, work):
    settings = texting(settings, provider)
    with portal_process(settings, "request", kill_at=AFTER_COMMIT) as process:
        assert process.wait() == -signal.SIGKILL
    with work() as session:
        assert session.scalars(select(OutboundMessage.state)).all() == [DeliveryState.DUE]
    with portal_process(settings, "worker"):
        wait_for(lambda: len(provider.exchange.sent) == 1)
        # One that is not killed wakes it, far sooner than the minute after which the sweep would find it.
        with portal_process(settings, "request") as request:
            assert request.wait() == 0
        wait_for(lambda: len(provider.exchange.sent) == 2)


def test_worker_told_to_stop_finishes_what_it_is_at(settings, provider, box):
    provider.slow = 2
    provider.exchange.next_tricks.append(Magic(Trick.SLOW))
    message_id = box.put()
    with portal_process(texting(settings, provider), "worker") as process:
        wait_for(lambda: provider.exchange.sent)
        process.send_signal(signal.SIGTERM)
        assert process.wait() == 0
    assert box.row(message_id).state == DeliveryState.SENT


def test_worker_whose_job_never_ends_leaves_without_a_crash(settings):
    """HiGHS aborts the process when one of its threads is unwound."""
    with heard_process(settings, "busy") as process:
        while "solving" not in process.stdout.readline():
            assert process.poll() is None
        process.send_signal(signal.SIGTERM)
        said, complaints = process.communicate()
    assert process.returncode == 0
    assert "what was not finished is done at the next start" in said
    assert "Shutdown timeout" not in complaints and "terminate" not in complaints
