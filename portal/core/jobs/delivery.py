"""Deliver messages from the outbox through their transports, and the `worker` command.

One delivery: claim, commit, deliver outside of any transaction, settle, commit.
"""

from __future__ import annotations

import logging
import os
import secrets
import sys
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Protocol

import click

from portal.core import migrations
from portal.core.clock import now
from portal.core.crypto import CannotOpen
from portal.core.db import db
from portal.core.jobs import outbox, retries
from portal.core.jobs.engine import current_engine, each_row
from portal.core.jobs.outbox import Claim, MessageKind
from portal.core.jobs.retries import DeliveryState, RetryStep
from portal.core.outcomes import Outcome, Retry, Unknown, Unreachable
from portal.core.portal import current_portal
from portal.core.troubles import BEHIND
from portal.core.web import log_error

if TYPE_CHECKING:
    from huey.consumer import Consumer


MOST_AT_ONCE = 500
_chance = secrets.SystemRandom().random
log = logging.getLogger("portal.jobs")


class Transport(Protocol):
    """Delivers messages of one kind to a provider; found in `app.transports` under its kind."""

    def deliver(self, address: str, body: str, parcel_id: int, valid_for: timedelta) -> Outcome:
        """Hand the message to the provider. Called without an open session; any exception counts as `Unknown`."""

    def find(self, address: str, body: str, since: datetime, known: Collection[str]) -> str | None:
        """Return the provider's id of this message if it has it and the id is not in `known`. Raises `Unreachable`."""

    def is_suppressed(self, address: str) -> bool:
        """Return whether this address has opted out; called in the transaction of the claim."""


@dataclass(frozen=True)
class ReadableMessage:
    """A claimed message, decrypted, with its transport; exists in memory only."""

    held: Claim
    courier: Transport | None
    address: str
    body: str


def deliver(parcel_id: int) -> None:
    """Deliver a message if it is ready and no other worker holds it; safe to call at any time, any number of times."""
    with db.work():
        parcel = _take(parcel_id)
    if parcel is None:
        return
    step = _ask(parcel) if parcel.held.in_doubt else _send(parcel)
    with db.work():
        written = outbox.settle(parcel.held, step)
    if written:
        _tell(parcel_id, step.state)
    if written and step.state is DeliveryState.DUE and parcel.held.in_doubt:
        current_portal.wake(parcel_id, False)
    if written:
        _wake_followers(parcel_id)
    if written and step.state not in retries.UNSETTLED:
        # The row no longer has address and body, but SQLite's journal still does.
        db.forget_journal()


def _wake_followers(parcel_id: int) -> None:
    """Wake workers for messages that waited for this one; those that must wait longer are refused when claimed."""
    with db.work():
        waiting = outbox.followers(parcel_id)
    for follower_id, direct in waiting:
        current_portal.wake(follower_id, direct)


def sweep() -> None:
    """Wake workers for every ready message: never announced, due again, or left by a worker that died."""
    with db.work():
        ready = outbox.ready_ids(MOST_AT_ONCE)
    wake = current_portal.wake
    for parcel_id, direct in ready:
        wake(parcel_id, direct)


def forget_journal() -> None:
    """Empty SQLite's journal of erased data each minute, in case a reader blocked an earlier attempt."""
    db.forget_journal()


def deliver_ready() -> int:
    """Deliver all that is ready in this process, without a queue; return the number of messages looked at."""
    looked_at = 0
    while True:
        with db.work():
            ready = outbox.ready_ids(MOST_AT_ONCE)
        if not ready:
            return looked_at
        failed = each_row([parcel_id for parcel_id, _direct in ready], deliver)
        looked_at += len(ready)
        if failed:
            # Failed messages may still be ready; the sweep finds them again.
            return looked_at


def _take(parcel_id: int) -> ReadableMessage | None:
    """Claim and decrypt a message. One that must not be sent after all is settled in the same transaction."""
    held = outbox.claim(parcel_id, current_portal.lease)
    if held is None:
        return None
    courier = current_portal.transports.get(held.kind)
    try:
        address, body = outbox.cipher().decrypt(held.address), outbox.cipher().decrypt(held.body)
    except CannotOpen:
        _settle_now(held, RetryStep(DeliveryState.FAILED, failure="cannot be opened"))
        return None
    parcel = ReadableMessage(held, courier, address, body)
    end = None if held.in_doubt else _end_before_sending(parcel)
    if end is None:
        return parcel
    _settle_now(held, end)
    return None


def _end_before_sending(parcel: ReadableMessage) -> RetryStep | None:
    held = parcel.held
    if retries.is_stale(held.send_before, now()):
        return RetryStep(DeliveryState.STALE)
    if parcel.courier is not None and not held.owed and parcel.courier.is_suppressed(parcel.address):
        return RetryStep(DeliveryState.SUPPRESSED)
    return None


def _settle_now(held: Claim, step: RetryStep) -> None:
    outbox.settle(held, step)
    db.after_commit(lambda: _tell(held.id, step.state))
    for follower_id, direct in outbox.followers(held.id):
        db.after_commit(partial(current_portal.wake, follower_id, direct))


def _send(parcel: ReadableMessage) -> RetryStep:
    held = parcel.held
    outcome = _outcome(parcel)
    return retries.after_sending(outcome, held.attempts, held.first_tried_at, now(), _chance())


def _outcome(parcel: ReadableMessage) -> Outcome:
    if parcel.courier is None:
        # An operator can fix this, and then the message should still go out.
        return Retry("no courier")
    valid_for = retries.valid_for(parcel.held.send_before, now())
    try:
        return parcel.courier.deliver(parcel.address, parcel.body, parcel.held.id, valid_for)
    except Exception as error:  # noqa: BLE001 - a transport's fault must not leave the message unsettled
        log_error(error)
        # The provider may or may not have accepted it.
        return Unknown("error")


def _ask(parcel: ReadableMessage) -> RetryStep:
    held = parcel.held
    try:
        found = _find(parcel)
    except Unreachable:
        return retries.after_no_answer(held.first_tried_at, now(), _chance())
    return retries.after_asking(found, held.first_tried_at, now())


def _find(parcel: ReadableMessage) -> str | None:
    if parcel.courier is None:
        raise Unreachable
    since = parcel.held.first_tried_at
    known = _known(parcel.held.kind, since)
    return parcel.courier.find(parcel.address, parcel.body, since, known)


def _known(kind: MessageKind, since: datetime) -> frozenset[str]:
    with db.work():
        return outbox.known_ids(kind, since)


def _tell(parcel_id: int, state: DeliveryState) -> None:
    log.info("parcel %s is %s", parcel_id, state)


LONGEST_REST = 0.5
"""Longest pause in seconds between two polls of an idle SQLite queue; the other engines wake their workers."""
LEAVE_WITHIN = 12
"""Seconds in which a stopping worker may finish: longer than the timeout of any provider."""


@click.command()
@click.option("--threads", default=4, show_default=True, help="How many jobs at once.")
@click.option("--lease", type=float, help="Seconds until a text whose worker died is looked at again (default 120).")
def worker(threads: int, lease: float | None) -> None:
    """Send what is waiting, keep the timetable; stops gracefully on SIGTERM."""
    if lease is not None:
        current_portal.lease = timedelta(seconds=lease)
    if migrations.is_behind():
        raise click.ClickException(BEHIND)
    engine = current_engine()
    consumer = engine.queue.create_consumer(
        workers=threads, max_delay=LONGEST_REST, graceful_signal="TERM", shutdown_timeout=LEAVE_WITHIN
    )
    # huey logs a message about its own time limit; `_leave` explains it to the operator.
    logging.getLogger("huey.consumer").addFilter(lambda record: "Shutdown timeout" not in str(record.msg))
    click.echo(f"worker: {threads} threads, engine {engine.kind}, stops on SIGTERM or Ctrl-C")
    # Not through the timetable, whose entry the last worker may have taken this minute before it died.
    engine.guard("sweep", sweep)
    consumer.run()
    _leave(consumer)


def _leave(consumer: Consumer) -> None:
    """Exit at once if a job still runs: it is repeated at the next start."""
    if not any(thread.is_alive() for _worker, thread in consumer.worker_threads):
        return
    click.echo("worker: stopped; what was not finished is done at the next start")
    sys.stdout.flush()
    logging.shutdown()
    # Python would unwind the threads, and a job inside HiGHS would then abort the process.
    os._exit(0)
