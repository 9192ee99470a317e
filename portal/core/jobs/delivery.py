"""Deliver messages from the outbox through their transports; the `worker` command; what the monitoring learns of both.

One delivery: claim, commit, deliver outside of any transaction, settle, commit. What is told of outbox, timetable and
workers is coarse enough that no single message shows.
"""

from __future__ import annotations

import logging
import os
import secrets
import sys
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Collection, Iterator
from datetime import datetime, timedelta
from functools import partial
from math import ceil
from typing import TypeVar

import click
from sqlalchemy import func, select

from portal.core import migrations
from portal.core.clock import now, today
from portal.core.db import db, session
from portal.core.health import Gauge
from portal.core.jobs import outbox, retries
from portal.core.jobs.engine import NEVER, QUEUE_AWAY, Turn, current_engine, may_tick
from portal.core.jobs.outbox import LATE, Claim, Letter, OutboundMessage
from portal.core.jobs.retries import UNSETTLED, DeliveryState, Priority, RetryStep, Unreachable
from portal.core.logs import LogEvent, log_error
from portal.core.migrations import BEHIND, UNREACHABLE, sentence
from portal.core.portal import Hook, current_portal
from portal.core.suppression import at_least

MOST_AT_ONCE = 500
PUMP_EVERY = timedelta(seconds=1)
LEAST_WAITING = 50
"""With fewer jobs in the queue, the pump adds to it."""
_chance = secrets.SystemRandom().random


class Transport(ABC):
    """Delivers messages of one kind. By default the provider takes any number and cannot be asked about them."""

    @abstractmethod
    def deliver(self, address: str, letter: Letter, message_id: int, valid_for: timedelta) -> retries.Outcome:
        """Hand the message to the provider. Called without an open session; any exception counts as `Unknown`."""

    def find(self, address: str, body: str, since: datetime, known: Collection[str]) -> str | None:
        """Return the provider's id of this message if it has it and the id is not in `known`. Raises `Unreachable`."""
        return None

    def is_suppressed(self, address: str) -> bool:
        """Return whether this address has opted out; called in the transaction of the claim."""
        return False

    def admit(self, address: str, body: str, priority: Priority) -> timedelta:
        """Return how long this message has to wait, zero if it may go now; called in the transaction of the claim."""
        return retries.NO_WAIT

    def a_second(self) -> float:
        return MOST_AT_ONCE

    def note_end(self, address: str, body: str, step: RetryStep) -> None:  # noqa: B027 - most need not know
        """Learn what became of a message; called in the transaction that settles it."""


class NoTransport(Transport):
    """Stands in until an operator has named a provider: then the message should still go out."""

    def deliver(self, address: str, letter: Letter, message_id: int, valid_for: timedelta) -> retries.Outcome:
        return retries.Retry("no transport")

    def find(self, address: str, body: str, since: datetime, known: Collection[str]) -> str | None:
        raise Unreachable


WITHDRAWN: Hook[Callable[[int], bool]] = Hook("messages that are not sent after all")
"""Say of the id of a message that is about to be sent whether what it says is no longer true, or hidden."""


def deliver(message_id: int) -> None:
    """Deliver a message if it is ready and no other worker holds it; safe to call at any time, any number of times."""
    with db.work():
        held = _take(message_id)
    if held is None:
        return
    step = _ask(held) if held.in_doubt else _send(held)
    with db.work():
        written = outbox.settle(held, step)
        if written or step.state is DeliveryState.SENT:
            # The provider may have called back before it answered, and the callback has settled it then.
            _note_end(held, step)
        if written and step.state is DeliveryState.DUE and held.in_doubt:
            db.after_commit(partial(current_portal.wake, message_id, held.priority))


def sweep() -> None:
    """Wake workers for every ready message: never announced, due again, or left by a worker that died."""
    with db.work():
        ready = outbox.ready_ids(MOST_AT_ONCE)
    if len(ready) == MOST_AT_ONCE:
        # As many as the provider takes, each second until nothing waits.
        current_engine().enqueue("pump", delay=PUMP_EVERY)
    else:
        for message_id, priority in ready:
            current_portal.wake(message_id, priority)


def pump() -> None:
    """Wake workers, second after second, for what waits for the provider's limits; if this ends early, see `sweep`."""
    if not may_tick("pump", PUMP_EVERY * 0.9):
        return
    ready: list[tuple[int, Priority]] = []
    for kind, transport in current_portal.transports.items():
        # As many of each kind as may go within about a second.
        with db.work():
            ready += outbox.ready_ids(min(ceil(transport.a_second()) + 1, MOST_AT_ONCE), kind)
    if (current_engine().waiting() or 0) < LEAST_WAITING:
        # Else the workers are behind, and would be woken twice for the same messages.
        for message_id, priority in ready:
            current_portal.wake(message_id, priority)
    if ready:
        current_engine().enqueue("pump", delay=PUMP_EVERY)


def _take(message_id: int) -> Claim | None:
    """Claim a message. One that must not be sent after all is settled in the same transaction."""
    held = outbox.claim(message_id, current_portal.lease)
    if held is None or held.in_doubt:
        return held
    if end := _end_before_sending(held):
        outbox.settle(held, end)
        _note_end(held, end)
        return None
    if wait := _transport(held).admit(held.address, held.letter.body, held.priority):
        # The provider's limits do not admit it yet.
        outbox.put_back(held, now() + wait)
        db.after_commit(partial(current_engine().enqueue, "pump", delay=max(wait, PUMP_EVERY)))
        return None
    return held


def _transport(held: Claim) -> Transport:
    return current_portal.transports.get(held.kind) or NoTransport()


def _note_end(held: Claim, step: RetryStep) -> None:
    if step.state not in UNSETTLED:
        _transport(held).note_end(held.address, held.letter.body, step)


def _end_before_sending(held: Claim) -> RetryStep | None:
    if retries.is_stale(held.send_before, now()):
        return RetryStep(DeliveryState.STALE)
    if any(is_withdrawn(held.id) for is_withdrawn in WITHDRAWN.plugged()):
        return RetryStep(DeliveryState.SUPPRESSED)
    if not held.owed and _transport(held).is_suppressed(held.address):
        return RetryStep(DeliveryState.SUPPRESSED)
    return None


def _send(held: Claim) -> RetryStep:
    valid_for = retries.valid_for(held.send_before, now())
    outcome: retries.Outcome
    try:
        outcome = _transport(held).deliver(held.address, held.letter, held.id, valid_for)
    except Exception as error:  # noqa: BLE001 - a transport's fault must not leave the message unsettled
        log_error(error)
        # The provider may or may not have accepted it.
        outcome = retries.Unknown("error")
    return retries.after_sending(outcome, held.attempts, held.sending_since, now(), _chance())


def _ask(held: Claim) -> RetryStep:
    since = held.sending_since
    with db.work():
        known = outbox.known_ids(held.kind, since)
    try:
        provider_id = _transport(held).find(held.address, held.letter.body, since, known)
    except Unreachable:
        return retries.after_no_answer(since, now(), _chance())
    return retries.after_asking(provider_id, since, now())


LONGEST_REST = 0.5
"""Longest pause in seconds between two polls of an idle SQLite queue; the other engines wake their workers."""
LEAVE_WITHIN = 12
"""Seconds in which a stopping worker may finish: longer than the timeout of any provider."""
LOOK_AGAIN = 2.0
"""Seconds until a server that is away is asked again, and the longest pause of a thread whose queue is."""
SAY_AGAIN = 60.0
"""Seconds until it is said again that the queue is away."""
AWAY = LogEvent("worker.waits", logging.WARNING, "the worker waits for the database server")
T = TypeVar("T")


@click.command()
@click.option("--threads", default=4, show_default=True, help="How many jobs at once.")
@click.option("--lease", type=float, help="Seconds until a text whose worker died is looked at again (default 120).")
def worker(threads: int, lease: float | None) -> None:
    """Send what is waiting, keep the timetable; stops gracefully on SIGTERM."""
    if lease is not None:
        current_portal.lease = timedelta(seconds=lease)
    if _once_reached(migrations.is_behind):
        raise click.ClickException(BEHIND)
    engine = current_engine()
    queue = _once_reached(lambda: engine.queue)
    rest = LOOK_AGAIN if queue.storage.blocking else LONGEST_REST
    consumer = queue.create_consumer(
        workers=threads, max_delay=rest, graceful_signal="TERM", shutdown_timeout=LEAVE_WITHIN
    )
    # huey logs a message about its own time limit; below it is explained to the operator.
    logging.getLogger("huey.consumer").addFilter(lambda record: "Shutdown timeout" not in str(record.msg))
    once = said_once()
    for name in ("Worker", "Scheduler"):
        logging.getLogger(f"huey.consumer.{name}").addFilter(once)
    click.echo(f"worker: {threads} threads, engine {current_portal.settings.jobs_engine}, stops on SIGTERM or Ctrl-C")
    # Not through the timetable, whose entry the last worker may have taken this minute before it died.
    engine.guard("sweep", sweep)
    consumer.run()
    if any(thread.is_alive() for _worker, thread in consumer.worker_threads):
        # A job still runs: it is repeated at the next start. Python would unwind the threads, and a job inside HiGHS
        # would then abort the process.
        click.echo("worker: stopped; what was not finished is done at the next start")
        sys.stdout.flush()
        logging.shutdown()
        os._exit(0)


def _once_reached(ask: Callable[[], T]) -> T:
    """Return what `ask` returns once the database server can be reached: both may have been started together."""
    is_told = False
    while True:
        try:
            return ask()
        except Exception as error:
            if sentence(error) != UNREACHABLE:
                raise
        if not is_told:
            AWAY.log()
        is_told = True
        time.sleep(LOOK_AGAIN)


def said_once() -> Callable[[logging.LogRecord], bool]:
    """Return a filter of what huey logs: a line a minute while the queue is away, instead of a traceback each try."""
    quiet_until = float("-inf")

    def filtered(record: logging.LogRecord) -> bool:
        nonlocal quiet_until
        if record.exc_info and record.created > quiet_until:
            quiet_until = record.created + SAY_AGAIN
            QUEUE_AWAY.log(error=getattr(record.exc_info[0], "__name__", "error"))
        return not record.exc_info

    return filtered


MINUTES_APART = 15
SETTLED = tuple(state for state in DeliveryState if state not in UNSETTLED)
LATE_HELP = "Messages late by more than 15 minutes, by state, rounded up to tens."
SETTLED_HELP = "Messages that came to their end yesterday, by state, rounded up to tens."
OLDEST_HELP = "Age of the oldest late message, in quarters of an hour."


def gauges() -> Iterator[Gauge]:
    """Yield late and settled messages by state, and when timetable and worker were last at work.

    An answer to a text is a message: what waits for less than a quarter of an hour, or ended today, is left out.
    """
    late = select(OutboundMessage.state, func.count(), func.min(outbox.WAITS_SINCE)).where(outbox.waits(LATE))
    rows = session.execute(late.group_by(OutboundMessage.state)).all()
    counts = {state: count for state, count, _since in rows}
    for state in UNSETTLED:
        yield Gauge("portal_outbox_late", LATE_HELP, at_least(counts.get(state, 0)), {"state": state})
    # Since when the oldest should have gone.
    oldest = min((since for _state, _count, since in rows), default=None)
    quarters = (now() - oldest) // timedelta(minutes=MINUTES_APART) if oldest else 0
    yield Gauge("portal_outbox_oldest_late_minutes", OLDEST_HELP, quarters * MINUTES_APART)
    settled = select(OutboundMessage.state, func.count()).where(
        # The index on state and due_at bounds what is read.
        OutboundMessage.state.in_(SETTLED),
        OutboundMessage.due_at > now() - timedelta(days=4),
        OutboundMessage.settled_on == today() - timedelta(days=1),
    )
    counts = dict(session.execute(settled.group_by(OutboundMessage.state)).all())
    for state in SETTLED:
        yield Gauge("portal_outbox_settled_yesterday", SETTLED_HELP, at_least(counts.get(state, 0)), {"state": state})
    for name, done_for in session.execute(select(Turn.name, Turn.done_for).where(Turn.done_for > NEVER)):
        age = (now() - done_for).total_seconds()
        if name == "sweep":
            yield Gauge("portal_worker_silent_seconds", "Seconds since a worker was last at work.", age)
        yield Gauge("portal_timetable_age_seconds", "Seconds since an entry was last done.", age, {"entry": name})
    is_up = current_engine().waiting() is not None
    yield Gauge("portal_jobs_engine_up", "Whether the queue of jobs can be reached.", is_up)
