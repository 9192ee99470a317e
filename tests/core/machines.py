"""A portal in a process of its own, as on a machine of its own, that does what a test asks of it.

All machines have one PostgreSQL; each has a data folder and a folder in memory of its own.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from sqlalchemy import update

from portal.app import create_app
from portal.core import limits
from portal.core.db import db, table
from portal.core.page_cache import renew_cache_version
from portal.core.portal import Portal
from portal.markets.places import Market
from tests.processes import FORKED


class Machine:
    """What the test holds of such a process."""

    def __init__(self, environment: dict[str, str]) -> None:
        self._pipe, theirs = FORKED.Pipe()
        self._process = FORKED.Process(target=answer, args=(environment, theirs))
        self._process.start()
        theirs.close()

    def ask(self, what: str, *given: object) -> Any:
        """Let it run the function of this module that has this name."""
        self._pipe.send((what, given))
        return self._pipe.recv()

    def end(self) -> None:
        self._pipe.close()
        self._process.join()


@contextmanager
def running(environment: dict[str, str], *names: str) -> Iterator[list[Machine]]:
    """Machines with these names, which are the names of their folders too."""
    machines = []
    try:
        for name in names:
            here = Path(environment["PORTAL_DATA_DIR"], name)
            here.mkdir()
            machines.append(Machine(environment | {"PORTAL_DATA_DIR": str(here), "PORTAL_MEMORY_DIR": str(here)}))
        yield machines
    finally:
        for machine in machines:
            machine.end()


def answer(environment: dict[str, str], pipe: Connection) -> None:
    os.environ.update(environment)
    app = create_app()
    while True:
        try:
            what, given = pipe.recv()
        except EOFError:
            return
        pipe.send(globals()[what](app, *given))


def limit(app: Portal, what: str, address: str, most: int) -> Any:
    """What a function of `limits` says to somebody at an address."""
    with app.test_request_context(environ_base={"REMOTE_ADDR": address}):
        return getattr(limits, what)("code", limits.address_key(), most, 3600)


def try_often(app: Portal, times: int, most: int) -> int:
    with app.app_context():
        return sum(limits.may_try("code", "everybody", most, 3600) for _each in range(times))


def salt(app: Portal) -> bytes:
    with app.app_context():
        return limits.salt_of_today()


def place_names(app: Portal) -> str:
    """The list of places as this machine serves it, from its page cache if it may."""
    app.page_cache._looked_at = 0.0
    return app.test_client().get("/en/places/").text


def rename(app: Portal, old: str, new: str) -> None:
    with app.app_context(), db.work() as session:
        places = table(Market)
        session.execute(update(places).where(places.c.slug == old).values(name_en=new))
        renew_cache_version()


def tick(app: Portal) -> None:
    app.engine.tick()


def take_turn(app: Portal, name: str) -> bool:
    """Whether this machine did the work of that entry of the timetable."""
    done: list[str] = []
    entry = next(one for one in app.engine._entries if one.name == name)
    object.__setattr__(entry, "work", lambda: done.append(name))
    app.engine.run(name, [])
    return bool(done)
