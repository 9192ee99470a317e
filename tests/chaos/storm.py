"""What goes wrong in a storm, in an order that a number decides, and what must be so when it is over."""

import os
import random
import signal
import time
from collections import Counter
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any

from sqlalchemy import Row, func, select, text, update
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from demo.exchange import Magic, Trick
from demo.provider import Provider
from portal.accounts.users import Desk, DeskKey
from portal.core.clock import now
from portal.core.jobs.delivery import sweep
from portal.core.jobs.outbox import OutboundMessage
from portal.core.jobs.retries import UNSETTLED
from portal.core.portal import Portal
from portal.reports import intake
from portal.reports.reports import Thread, ThreadMessage, opened_by_desk, opened_by_resident, thread_by_locator
from tests.chaos.machines import Machines
from tests.chaos.network import Line
from tests.chaos.people import Told
from tests.conftest import Work
from tests.make import private_key_of
from tests.patience import wait_for

Trouble = Callable[[], None]
SHORT = 0.0
LIES = (Trick.SLOW, Trick.CUT_TAKEN, Trick.CUT_LOST, Trick.BROKEN_TWICE, Trick.BUSY_TWICE, Trick.TOLD_TWICE)
AHEAD = (90.0, -90.0)
"""Seconds by which the clock of a worker is wrong: less than a lease, within which nobody else touches a text."""
FULL = 64 * 1024
"""Bytes beyond which no file may grow while the disk is full; the database is larger."""
LASTS = (0.3, 1.2)


def seconds() -> float:
    """How long a storm lasts: CHAOS_SECONDS, or until everything happened once."""
    return float(os.environ.get("CHAOS_SECONDS", SHORT))


def seed() -> int:
    """The number that decides what happens when: CHAOS_SEED, or always the same."""
    return int(os.environ.get("CHAOS_SEED", "7"))


def lies(provider: Provider, chance: random.Random) -> None:
    """Let the text company misbehave with the next texts."""
    provider.exchange.next_tricks.extend(Magic(chance.choice(LIES)) for _each in range(4))


OTHERS_HERE = "FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"


def answer(work: Work, question: str) -> Row[Any] | None:
    """Ask the database; None while it still recovers from what was done to it before."""
    try:
        with work() as session:
            return session.execute(text(question)).first()
    except OperationalError:
        return None


def end_connections(work: Work) -> None:
    """Let the database end all its connections, whatever they are at."""
    wait_for(lambda: answer(work, f"SELECT count(pg_terminate_backend(pid)) {OTHERS_HERE}"))


def kill_database(work: Work) -> None:
    """Kill one of its processes: PostgreSQL then ends all others, forgets its memory and recovers from its journal."""

    def killed() -> bool:
        if other := answer(work, f"SELECT pid {OTHERS_HERE} LIMIT 1"):
            # It may have ended by itself meanwhile.
            with suppress(ProcessLookupError):
                os.kill(other.pid, signal.SIGKILL)
                return True
        return False

    wait_for(killed)


def expect_no_loss(work: Work) -> None:
    """Let the PostgreSQL of tests keep what it confirmed when it is killed, as one in a city does."""
    with work() as session:
        name = session.execute(text("SELECT current_database()")).scalar()
        session.execute(text(f"ALTER DATABASE {name} SET synchronous_commit = on"))


def troubles(
    machines: Machines, provider: Provider, lines: Mapping[str, Line], chance: random.Random, work: Work
) -> dict[str, Trouble]:
    """Everything that can go wrong, by its name; each comes to an end by itself."""

    def for_a_while(begin: Trouble, end: Trouble) -> Trouble:
        def happen() -> None:
            begin()
            time.sleep(chance.uniform(*LASTS))
            end()

        return happen

    found: dict[str, Trouble] = {
        "web killed": machines.kill_web,
        "half of web killed": machines.kill_half_of_web,
        "worker killed": machines.kill_worker,
        "clock of a worker wrong": lambda: machines.kill_worker(chance.choice(AHEAD)),
        "text company lies": lambda: lies(provider, chance),
    }
    for name, line in lines.items():
        found[f"{name} cut"] = for_a_while(line.cut, line.heal)
        found[f"{name} silent"] = for_a_while(line.hold, line.heal)
    if "database" in lines:
        found["database ends connections"] = lambda: end_connections(work)
        found["database killed"] = lambda: kill_database(work)
    else:
        found["disk full"] = for_a_while(lambda: machines.forbid_to_write(FULL), lambda: machines.forbid_to_write(-1))
    return found


def rage(found: Mapping[str, Trouble], told: Told, chance: random.Random, lasts: float) -> list[str]:
    """Let each happen once in some order, and again until the time is over; return what happened, in its order.

    Each meets a portal that works: before the next one somebody was told that something came.
    """
    end, happened = time.monotonic() + lasts, list[str]()
    while len(happened) < len(found) or time.monotonic() < end:
        for name in chance.sample(sorted(found), len(found)):
            accepted = told.count()
            found[name]()
            happened.append(name)
            wait_for(lambda: told.count() > accepted)  # noqa: B023 - asked at once
    return happened


def settle(app: Portal, work: Work, machines: Machines) -> Counter[str]:
    """Wait until every text has come to its end, and count how. Pauses between tries and leases end at once."""
    waits = OutboundMessage.state.in_(UNSETTLED)

    def end_leases() -> None:
        with work() as session:
            session.execute(update(OutboundMessage).where(waits).values(lease_until=now()))

    def look() -> bool:
        with work() as session:
            session.execute(update(OutboundMessage).where(waits, OutboundMessage.due_at > now()).values(due_at=now()))
            row = OutboundMessage
            waiting = session.execute(select(row.kind, row.state, row.due_at, row.lease_until).where(waits)).all()
        with app.app_context():
            # As the timetable does each minute.
            sweep()
        assert machines.is_working(), f"no worker is left to send {waiting}"
        return not waiting

    # Nobody sends who could not know that their lease is over.
    machines.rest(end_leases)
    wait_for(look)
    with work() as session:
        rows = session.execute(select(OutboundMessage.state, func.count()).group_by(OutboundMessage.state)).all()
    return Counter({str(state): count for state, count in rows})


def story(happened: list[str], settled: Counter[str], told: Told) -> str:
    """Return what a storm was like, for whoever watches."""
    troubles = ", ".join(f"{name} {count}×" for name, count in sorted(Counter(happened).items()))
    accepted = (
        f"{len(told.reports)} reports and {len(told.texts)} texts accepted, {told.refused} tries without an answer"
    )
    return f"\nseed {seed()}: {troubles}\n{accepted}; outbox: {dict(settled)}\n"


def broken_promises(work: Work, told: Told, provider: Provider) -> list[str]:
    """Whatever is not as it must be, in words."""
    with work() as session:
        return [*reports_lost(session, told), *texts_twice(session, told, provider), *orphans(session)]


def reports_lost(session: Session, told: Told) -> list[str]:
    """Each report that was accepted is there once, and opens with its code and at its desk; no other is there."""
    desk = session.scalars(select(Desk).where(Desk.kind == "triage")).one()
    keys = {row.id: private_key_of(row) for row in session.scalars(select(DeskKey).where(DeskKey.desk_id == desk.id))}
    at_the_desk = Counter(
        message.words.what if message.words else "what does not open"
        for thread in session.scalars(select(Thread))
        for message in opened_by_desk(thread, keys)
    )
    promised = Counter([*told.reports, *told.texts.values()])
    wrong = [f"{words!r}: {at_the_desk[words]} times" for words in promised if at_the_desk[words] != 1]
    wrong += [f"nobody sent {words!r}" for words in at_the_desk if words not in promised]
    for words, code in told.reports.items():
        thread = thread_by_locator(intake.locator_of(code))
        opened = (
            [one.words.what for one in opened_by_resident(thread, intake.key_of(code)) if one.words] if thread else []
        )
        if opened != [words]:
            wrong.append(f"{words!r} with its code: {opened}")
    return wrong


def texts_twice(session: Session, told: Told, provider: Provider) -> list[str]:
    """Each phone got each text at most once; as many arrived as are settled as sent; each got its code words."""
    wrong = []
    arrived = 0
    for phone in told.texts:
        screen = Counter(line.body for line in provider.exchange.screen(phone) if not line.mine)
        arrived += screen.total()
        wrong += [f"{phone} got {body!r} {count} times" for body, count in screen.items() if count > 1]
        wrong += [] if screen else [f"{phone} was not answered"]
    sent = session.scalar(select(func.count()).where(OutboundMessage.state == "sent"))
    return wrong if arrived == sent else [*wrong, f"{sent} were sent and {arrived} arrived"]


def orphans(session: Session) -> list[str]:
    """No message without its thread, no thread without a message, and no key that fits nothing."""
    lost = session.scalar(
        select(func.count()).select_from(ThreadMessage).where(ThreadMessage.thread_id.not_in(select(Thread.id)))
    )
    empty = session.scalar(
        select(func.count()).select_from(Thread).where(Thread.id.not_in(select(ThreadMessage.thread_id)))
    )
    return [f"{lost} messages without a report, {empty} reports without a message"] if lost or empty else []
