"""What keeps the tests quick and weakens none: what portals make alike is made once, and no disk is waited for."""

from __future__ import annotations

import gc
import re
import shutil
from pathlib import Path
from types import CodeType
from typing import Any

from jinja2.bccache import Bucket, BytecodeCache
from sqlalchemy import Dialect, Engine
from sqlalchemy.util import LRUCache
from werkzeug.routing import Map, Rule

from portal.core import db, engines

# What a PostgreSQL need not do that is thrown away in any case: nothing has to outlive a power cut.
HASTE = ("fsync = off", "full_page_writes = off", "synchronous_commit = off", "max_wal_size = '64MB'")
ENOUGH = 2 << 30

SLOWEST = (
    *("tests/journeys/", "tests/demo/test_city.py", "tests/test_leaks_drill.py", "tests/core/test_jobs_"),
    *(
        "tests/wall/",
        "tests/house/test_hidden_places.py",
        "tests/house/test_wrong_types.py",
        "tests/meetings/rsvp/test_",
        "tests/demo/",
    ),
)
"""Where tests stand that take seconds each, the longest first."""


def slowest_first(test: str) -> int:
    """The place of a test among all: so that two processes that share them come to an end together."""
    return next((place for place, start in enumerate(SLOWEST) if test.startswith(start)), len(SLOWEST))


# What tests ask for that takes a portal, a database, a browser or a process.
ASKS = re.compile(
    r"def \w+\([^)]*\b(app|client|database|page|postgresql_server|session|town|visit|work)\b"
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


class Compiled(BytecodeCache):
    """Templates compiled by an earlier test: every test has a portal of its own, and all have the same templates."""

    def __init__(self) -> None:
        self._known: dict[str, tuple[str, CodeType]] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        checksum, code = self._known.get(bucket.key, ("", None))
        if checksum == bucket.checksum:
            bucket.code = code

    def dump_bytecode(self, bucket: Bucket) -> None:
        assert bucket.code
        self._known[bucket.key] = (bucket.checksum, bucket.code)


COMPILED = Compiled()
_compile = Rule.compile
_rules: dict[object, Rule] = {}


def compile_once(rule: Rule) -> None:
    """What a rule matches and how its address is built: as the same rule of an earlier portal, never changed since."""
    # Converters may look at their map, so only maps that are made alike share.
    kind = (type(rule), *_facts(rule.map))
    key = (kind, rule.rule, rule.subdomain, rule.host, rule.merge_slashes, tuple(sorted((rule.defaults or {}).items())))
    known = _rules.get(key)
    if known is None:
        _compile(rule)
        _rules[key] = rule
        return
    rule._parts, rule._trace, rule._converters = known._parts, known._trace, known._converters
    rule.arguments = set(known.arguments)
    rule._build = known._build.__func__.__get__(rule, None)
    rule._build_unknown = known._build_unknown.__func__.__get__(rule, None)


def _facts(known: Map) -> tuple[object, ...]:
    return (known.host_matching, known.sort_parameters, tuple(sorted(known.converters.items())))


_opened = db.opened
_first = engines.sqlite("sqlite://")
# Once it was connected to, a dialect knows what it speaks to.
_first.connect().close()
_statements: LRUCache[Any, Any] = LRUCache(3_000)
_shared: dict[str, tuple[Dialect, LRUCache[Any, Any]]] = {_first.dialect.name: (_first.dialect, _statements)}


def opened(url: str) -> Engine:
    """The database at `url`; a statement is put in words once for all databases of a kind, which have one schema."""
    engine = _opened(url)
    dialect, statements = _shared.setdefault(engine.dialect.name, (engine.dialect, LRUCache(3_000)))
    # Known once a first connection was made; until then each finds out for itself.
    if getattr(dialect, "server_version_info", None):
        engine.dialect, engine._compiled_cache = dialect, statements
    return engine


db.opened = opened
Rule.compile = compile_once  # type: ignore[assignment]
