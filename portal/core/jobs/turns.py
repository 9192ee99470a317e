"""When timetable entries were last done, and whether the clock may be trusted since then.

A clock that jumps ahead would make everything over at once: reports, keys, what waits to be sent. So whoever erases,
and the timetable, ask here first. If the clock was last trusted more than two days ago (`SILENCE`), or in the future,
another one must agree: the kernel's, if a time server keeps it, or that of a server elsewhere. So an honest outage
delays nothing; otherwise an administrator confirms the date.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address

from flask_babel import lazy_gettext as _l
from sqlalchemy import ColumnElement, String, func, or_, select, update
from sqlalchemy.orm import Mapped, mapped_column

from portal.core.audit import record
from portal.core.clock import kernel_time, now, today
from portal.core.db import Base, db, session
from portal.core.jobs.retries import Unreachable
from portal.core.portal import current_portal

NEVER = datetime(2000, 1, 1, tzinfo=UTC)
CLOCK = "clock"
"""The turn that says when the clock was last trusted."""
SILENCE = timedelta(days=2)
APART = timedelta(minutes=5)
SLACK = timedelta(hours=1)


class Turn(Base):
    """When a timetable entry was last done (`done_for`, the time it was due), and until when a worker holds it."""

    __tablename__ = "core_turn"

    name: Mapped[str] = mapped_column(String(40), primary_key=True)
    done_for: Mapped[datetime]
    taken_until: Mapped[datetime]


class ClockDoubted(Exception):
    """Nothing is erased, since the date may be wrong; see `doubts()`."""


def is_free(moment: datetime, hold: timedelta) -> ColumnElement[bool]:
    """Return whether no worker holds a turn; nobody holds one for longer than `hold`, unless their clock was wrong."""
    return or_(Turn.taken_until <= moment, Turn.taken_until > moment + hold + SLACK)


def may_tick(name: str, pause: timedelta) -> bool:
    """Return whether nobody did this within the last `pause`; of several workers that ask at once one may go on."""
    moment = now()
    free = update(Turn).where(Turn.name == name, is_free(moment, pause)).values(taken_until=moment + pause)
    with db.work():
        db.insert_new(Turn, name=name, done_for=NEVER, taken_until=NEVER)
        return session.execute(free.returning(Turn.name)).scalar() is not None


def last_trusted() -> datetime | None:
    """Return when the clock was last trusted; where that was never noted, when work was last done; None if never."""
    noted = session.scalar(select(Turn.done_for).where(Turn.name == CLOCK))
    return noted or session.scalar(select(func.max(Turn.done_for)).where(Turn.done_for > NEVER))


def is_clock_doubted() -> bool:
    """Return whether the clock waits for somebody to confirm it, as far as this machine alone can tell."""
    return _is_far(last_trusted()) and not _agrees(kernel_time())


def may_trust_clock() -> bool:
    """Return whether the date may be relied on. In units of work of its own, since it may ask other servers."""
    with db.work():
        last = last_trusted()
    is_far = _is_far(last)
    if is_far and not any(map(_agrees, other_clocks())):
        with db.work():
            # Else what is done whatever the date would pass for the last work.
            db.insert_new(Turn, name=CLOCK, done_for=last, taken_until=NEVER)
        return False
    if is_far or last is None or abs(now() - last) > SLACK:
        with db.work():
            trust_clock()
    return True


def trust_clock() -> None:
    db.insert_new(Turn, name=CLOCK, done_for=NEVER, taken_until=NEVER)
    session.execute(update(Turn).where(Turn.name == CLOCK).values(done_for=now()))


def doubts() -> str:
    """Return what an operator has to know about a doubted clock."""
    return (
        f"it says {now():%Y-%m-%d %H:%M} UTC, the last work was at {last_trusted():%Y-%m-%d %H:%M}, and no time server "
        f"agrees. Nothing is erased or begun. Set it right, or if it is: `flask retention confirm-date {today()}`"
    )


def confirm_clock(by_id: int | None) -> None:
    """Go on with the date of the clock, since an administrator says that it is right."""
    trust_clock()
    record("clock.confirmed", "clock", today(), by_id)


AUDITED = {"clock.confirmed": _l("said that the date of the server is right"), "clock": _l("date")}


def _is_far(last: datetime | None) -> bool:
    return last is not None and abs(now() - last) > SILENCE


def _agrees(moment: datetime | None) -> bool:
    return moment is not None and abs(now() - moment) < APART


def other_clocks() -> Iterator[datetime | None]:
    """Yield the time by each clock that a wrong one here would not set wrong, too."""
    yield kernel_time()
    with db.work():
        moment = _database_time()
    yield moment
    if current_portal.telephone is not None:
        with suppress(Unreachable):
            yield current_portal.telephone.time()


def _database_time() -> datetime | None:
    """Return the time of a PostgreSQL with a public address: one nearby may run on this machine, by the same clock."""
    if db.engine.dialect.name != "postgresql":
        return None
    ((address, moment),) = session.execute(select(func.host(func.inet_server_addr()), func.clock_timestamp()))
    return moment if address and ip_address(address).is_global else None
