"""Workers and requests killed at every step: real processes, a real database file, a provider over real HTTP."""

import signal

import pytest
from sqlalchemy import select

from demo.provider import Provider
from demo.reports import Magic, Trick
from portal.core.audit import AuditEvent
from portal.core.jobs import outbox
from portal.core.jobs.outbox import MessageKind, OutboundMessage
from portal.core.jobs.retries import DeliveryState
from tests.core.fragile import PHONE, REQUEST_STEPS, WORDS, WORKER_STEPS
from tests.patience import wait_for

SHORT_LEASE = "0.5"


@pytest.fixture
def provider():
    with Provider() as provider:
        yield provider


@pytest.fixture
def settings(texting, provider):
    return texting(provider)


@pytest.fixture
def state_of(work):
    def state_of(message_id):
        with work() as session:
            return session.get(OutboundMessage, message_id).state

    return state_of


@pytest.fixture
def put(work):
    def put(words=WORDS):
        with work():
            return outbox.put(MessageKind.TEXT, PHONE, words).id

    return put


OFTEN = ("after the claim was committed", "answered but not read", "read but not settled")
STEPS = [*OFTEN, *(pytest.param(step, marks=pytest.mark.night) for step in WORKER_STEPS if step not in OFTEN)]


@pytest.mark.parametrize("step", STEPS)
def test_worker_killed_at_any_step_sends_exactly_one_text(step, portal_process, provider, put, state_of):
    message_id = put()
    with portal_process("worker", "--lease", SHORT_LEASE, kill_at=step) as process:
        assert process.wait() == -signal.SIGKILL
    next_id = put("The next one.")
    with portal_process("worker") as process:
        wait_for(lambda: state_of(message_id) == state_of(next_id) == DeliveryState.SENT)
    assert process.returncode == 0
    assert sorted((text.to, text.body) for text in provider.sent) == [(PHONE, WORDS), (PHONE, "The next one.")]


def test_a_request_killed_before_its_commit_leaves_nothing(portal_process, work):
    with portal_process("request", kill_at=REQUEST_STEPS[0]) as process:
        assert process.wait() == -signal.SIGKILL
    with work() as session:
        assert session.scalars(select(OutboundMessage)).all() == []
        assert session.scalars(select(AuditEvent)).all() == []


def test_request_killed_before_it_woke_worker_is_swept_up(portal_process, provider, work):
    with portal_process("request", kill_at=REQUEST_STEPS[1]) as process:
        assert process.wait() == -signal.SIGKILL
    with work() as session:
        assert session.scalars(select(OutboundMessage.state)).all() == [DeliveryState.DUE]
    with portal_process("worker"):
        wait_for(lambda: provider.sent)
    assert len(provider.sent) == 1


def test_a_request_wakes_a_worker_at_once(portal_process, provider):
    with portal_process("worker"), portal_process("request") as request:
        assert request.wait() == 0
        # Far sooner than the minute after which the sweep would find it.
        wait_for(lambda: provider.sent)
    assert len(provider.sent) == 1


def test_worker_told_to_stop_finishes_what_it_is_at(portal_process, provider, put, state_of):
    provider.slow = 2
    provider.exchange.next_tricks.append(Magic(Trick.SLOW))
    message_id = put()
    with portal_process("worker") as process:
        wait_for(lambda: provider.sent)
        process.send_signal(signal.SIGTERM)
        assert process.wait() == 0
    assert state_of(message_id) == DeliveryState.SENT


def test_worker_whose_job_never_ends_leaves_without_a_crash(heard_process):
    """HiGHS aborts the process when one of its threads is unwound."""
    with heard_process("busy") as process:
        while "solving" not in process.stdout.readline():
            assert process.poll() is None
        process.send_signal(signal.SIGTERM)
        said, complaints = process.communicate()
    assert process.returncode == 0
    assert "what was not finished is done at the next start" in said
    assert "Shutdown timeout" not in complaints and "terminate" not in complaints
