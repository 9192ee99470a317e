"""Takes a parcel from the outbox to its courier: claim, commit, deliver outside of any transaction, settle, commit."""

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
    """Takes parcels of one kind out of the house; found in `app.transports` under its kind."""

    def deliver(self, address: str, body: str, parcel_id: int, valid_for: timedelta) -> Outcome:
        """Hand it to the provider. Called without any open session; whatever it raises counts as `Unknown`."""

    def find(self, address: str, body: str, since: datetime, known: Collection[str]) -> str | None:
        """The provider's name for this very parcel if it has it and is not one of `known`. Raises `Unreachable`."""

    def is_suppressed(self, address: str) -> bool:
        """Whether this address wants nothing from us; asked in the transaction of the claim."""


@dataclass(frozen=True)
class ReadableMessage:
    """What a courier is given, readable; it exists in memory only."""

    held: Claim
    courier: Transport | None
    address: str
    body: str


def deliver(parcel_id: int) -> None:
    """Deliver a parcel if it is ready and no other worker holds it; safe to call at any time, any number of times."""
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
        # What was erased in the row still stands in the journal.
        db.forget_journal()


def _wake_followers(parcel_id: int) -> None:
    """Wake workers for what had to wait for this parcel; those that still must are refused when they are claimed."""
    with db.work():
        waiting = outbox.followers(parcel_id)
    for follower_id, direct in waiting:
        current_portal.wake(follower_id, direct)


def sweep() -> None:
    """Wake workers for whatever is ready: what was never woken, waited its time, or lost its worker."""
    with db.work():
        ready = outbox.ready_ids(MOST_AT_ONCE)
    wake = current_portal.wake
    for parcel_id, direct in ready:
        wake(parcel_id, direct)


def forget_journal() -> None:
    """Each minute: empty SQLite's journal of what was erased since, should somebody have been reading before."""
    db.forget_journal()


def deliver_ready() -> int:
    """Deliver all that is ready here and now, without any queue; returns how many parcels were looked at."""
    looked_at = 0
    while True:
        with db.work():
            ready = outbox.ready_ids(MOST_AT_ONCE)
        if not ready:
            return looked_at
        failed = each_row([parcel_id for parcel_id, _direct in ready], deliver)
        looked_at += len(ready)
        if failed:
            # They may still be ready; the sweep finds them again.
            return looked_at


def _take(parcel_id: int) -> ReadableMessage | None:
    """Claim and open a parcel. What must not be sent after all is settled at once, in the same transaction."""
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
        # An operator can put this right, and then it should still go.
        return Retry("no courier")
    valid_for = retries.valid_for(parcel.held.send_before, now())
    try:
        return parcel.courier.deliver(parcel.address, parcel.body, parcel.held.id, valid_for)
    except Exception as error:  # noqa: BLE001 - a courier's fault must not keep the parcel from being settled
        log_error(error)
        # On either side of the provider's yes.
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
"""Seconds between two looks into an idle SQLite queue; the other engines wake their workers by themselves."""
LEAVE_WITHIN = 12
"""Seconds that a worker is given to finish: longer than a provider is waited for."""


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
    # It speaks of its own time limit; `_leave` says what that means.
    logging.getLogger("huey.consumer").addFilter(lambda record: "Shutdown timeout" not in str(record.msg))
    click.echo(f"worker: {threads} threads, engine {engine.kind}, stops on SIGTERM or Ctrl-C")
    # Not by the timetable, which may have had its turn this minute before the last worker died.
    engine.guard("sweep", sweep)
    consumer.run()
    _leave(consumer)


def _leave(consumer: Consumer) -> None:
    """End the process here and now if a job still runs: it is done again at the next start."""
    if not any(thread.is_alive() for _worker, thread in consumer.worker_threads):
        return
    click.echo("worker: stopped; what was not finished is done at the next start")
    sys.stdout.flush()
    logging.shutdown()
    # Python would unwind the threads, and a job that is in HiGHS would abort at that.
    os._exit(0)
