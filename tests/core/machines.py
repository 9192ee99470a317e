"""A portal in a process of its own, as on a machine of its own, that does what a test asks of it.

All machines have one PostgreSQL; each has a data folder and a folder in memory of its own.
"""

import os
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import update

from portal.app import create_app
from portal.core import limits
from portal.core.db import db, table
from portal.core.page_cache import renew_cache_version
from portal.markets.places import Market
from tests.processes import FORKED


class Machine:
    """What the test holds of such a process."""

    def __init__(self, environment):
        self._pipe, theirs = FORKED.Pipe()
        self._process = FORKED.Process(target=answer, args=(environment, theirs))
        self._process.start()
        theirs.close()

    def ask(self, what, *given):
        """Let it run the function of this module that has this name."""
        self._pipe.send((what, given))
        return self._pipe.recv()

    def end(self):
        self._pipe.close()
        self._process.join()


@contextmanager
def running(environment, *names):
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


def answer(environment, pipe):
    os.environ.update(environment)
    app = create_app()
    while True:
        try:
            what, given = pipe.recv()
        except EOFError:
            return
        pipe.send(globals()[what](app, *given))


def limit(app, what, address, most):
    """What a function of `limits` says to somebody at an address."""
    with app.test_request_context(environ_base={"REMOTE_ADDR": address}):
        return getattr(limits, what)("code", limits.address_key(), most, 3600)


def try_often(app, times, most):
    with app.app_context():
        return sum(limits.may_try("code", "everybody", most, 3600) for _each in range(times))


def salt(app):
    with app.app_context():
        return limits.salt_of_today()


def place_names(app):
    """The list of places as this machine serves it, from its page cache if it may."""
    app.page_cache._looked_at = 0.0
    return app.test_client().get("/en/places/").text


def rename(app, old, new):
    with app.app_context(), db.work() as session:
        places = table(Market)
        session.execute(update(places).where(places.c.slug == old).values(name_en=new))
        renew_cache_version()


def tick(app):
    app.engine.tick()


def take_turn(app, name):
    """Whether this machine did the work of that entry of the timetable."""
    done = []
    entry = next(one for one in app.engine._entries if one.name == name)
    object.__setattr__(entry, "work", lambda: done.append(name))
    app.engine.run(name, [])
    return bool(done)
