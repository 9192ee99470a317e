"""What keeps the tests quick and weakens none: what portals make alike is made once, and no disk is waited for."""

from __future__ import annotations

import gc
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from copy import copy
from pathlib import Path
from typing import Any

from portal.app import create_app
from portal.config import Settings
from portal.core import counters, limits, logs
from portal.core.db import db
from portal.core.portal import Portal

# What a PostgreSQL need not do that is thrown away in any case: nothing has to outlive a power cut.
HASTE = ("fsync = off", "full_page_writes = off", "synchronous_commit = off", "max_wal_size = '64MB'")
ENOUGH = 2 << 30

# What tests ask for that takes a portal, a database, a browser or a process.
ASKS = re.compile(
    r"def \w+\([^)]*\b(ana|app|box|client|database|page|postgresql_server|session|town|visit|work)\b"
    r"|\bsubprocess\b|\bChildren\b"
)


def is_pure(file: Path) -> bool:
    """Whether a file has nothing but tests that ask for none of this."""
    return not ASKS.search(file.read_text("utf-8"))


def memory() -> Path | None:
    """A place for files in memory, where the machine has one with room enough."""
    folder = Path("/dev/shm")
    return folder if folder.is_dir() and shutil.disk_usage(folder).free >= ENOUGH else None


def collect_rarely() -> None:
    """Leave alone in every garbage collection what was imported; portals that are gone are still collected."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 10, 5)


Container = dict[Any, Any] | list[Any] | set[Any]
PARTS = ("settings", "engine", "page_cache", "csrf", "cli", "jinja_env")
"""What changes of a portal, beside itself."""
KEPT = 4
_portals: dict[str, Kept] = {}


class Kept:
    """A portal that is made once for these settings, and is as new for every test."""

    def __init__(self, settings: Settings) -> None:
        self.portal = create_app(settings)
        self._engine, self._counts = db.engine, counters.store
        self._rules = self._count_rules()
        parts = (self.portal, *(getattr(self.portal, part) for part in PARTS))
        self._contents = [(one, copy(one)) for one in containers([vars(part) for part in parts])]
        self._globals = {**self.portal.jinja_env.globals}

    def begin(self) -> None:
        """Take back all that a test did to it, and be the portal of this process, with new files."""
        for container, contents in self._contents:
            container.clear()
            if isinstance(container, list):
                container.extend(contents)
            else:
                container.update(contents)
        db._use(self._engine)
        counters.store = self._counts
        limits.start(self.portal)
        logs.start(self.portal)

    def end(self) -> None:
        """Let go of the files."""
        counters.store = None
        if "queue" in vars(self.portal.engine):
            self.portal.engine.queue.storage.close()
        for engine in (db.engine, self._engine):
            engine.dispose()
        env = self.portal.jinja_env
        if env.cache is not None and any(env.globals.get(name) is not one for name, one in self._globals.items()):
            # Imported macros keep the globals with which they were loaded.
            env.cache.clear()

    def _count_rules(self) -> int:
        return sum(1 for _rule in self.portal.url_map.iter_rules())

    @property
    def is_whole(self) -> bool:
        """Whether it has the addresses with which it was made: one more cannot be taken back."""
        return self._count_rules() == self._rules


def containers(thing: object) -> Iterator[Container]:
    """Every dictionary, list and set in `thing`, to any depth."""
    if isinstance(thing, dict | list | set):
        yield thing
        for part in thing.values() if isinstance(thing, dict) else thing:
            yield from containers(part)


@contextmanager
def portal_for(settings: Settings) -> Iterator[Portal]:
    """A portal with these settings, as if it was made for one test."""
    key = settings.model_dump_json()
    kept = _portals.pop(key, None) or Kept(settings)
    kept.begin()
    yield kept.portal
    kept.end()
    # What counts for monitoring does so from its start on.
    if kept.is_whole and not settings.metrics_token:
        _portals[key] = kept
        for oldest in [*_portals][:-KEPT]:
            del _portals[oldest]
