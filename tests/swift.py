"""What keeps the tests quick and weakens none: what portals make alike is made once, and no disk is waited for."""

from __future__ import annotations

import gc
import os
import re
import shutil
from pathlib import Path
from types import CodeType
from typing import Any

from flask import Flask
from flask.sansio.blueprints import BlueprintSetupState
from jinja2.bccache import Bucket, BytecodeCache
from sqlalchemy import Dialect, Engine
from sqlalchemy.util import LRUCache
from werkzeug.routing import Map, Rule, RuleFactory
from whitenoise import WhiteNoise

from portal.core import db, engines

# What a PostgreSQL need not do that is thrown away in any case: nothing has to outlive a power cut.
HASTE = ("fsync = off", "full_page_writes = off", "synchronous_commit = off", "max_wal_size = '64MB'")
ENOUGH = 2 << 30

SLOWEST = (
    *(
        "tests/demo/test_city.py",
        "tests/house/test_wrong_types.py",
        "tests/journeys/",
        "tests/chaos/",
        "tests/core/test_jobs_",
    ),
    *("tests/wall/", "tests/meetings/rsvp/test_", "tests/test_leaks_drill.py", "tests/house/test_hidden_places.py"),
    *("tests/house/test_access.py", "tests/house/test_patterns.py", "tests/demo/", "tests/indicators/"),
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


class SharedMap(Map):
    """Rules that are put in order once for all portals that have the same."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.known: list[Rule] = []

    @property
    def kind(self) -> tuple[object, ...]:
        """What rules may depend on: converters may look at their map, so only maps that are made alike share rules."""
        return self.host_matching, self.sort_parameters, tuple(sorted(self.converters.items()))

    def add(self, rulefactory: RuleFactory) -> None:
        """Bind new rules."""
        for rule in rulefactory.get_rules(self):
            rule.bind(self)
            self.share(rule)

    def share(self, rule: Rule) -> None:
        """Add a rule that is bound, perhaps to another map of this kind."""
        self.known.append(rule)
        self._remap = True

    def update(self) -> None:
        """Put the rules in order, or take the order of the first portal that had just these."""
        if self._remap:
            order = tuple(map(id, self.known))
            if order not in _ordered:
                first = Map(host_matching=self.host_matching)
                for rule in self.known:
                    first._matcher.add(rule)
                    first._rules_by_endpoint.setdefault(rule.endpoint, []).append(rule)
                first.update()
                _ordered[order] = first, [*self.known]
            first, _rules = _ordered[order]
            self._matcher, self._rules_by_endpoint, self._remap = first._matcher, first._rules_by_endpoint, False


_ordered: dict[tuple[int, ...], tuple[Map, list[Rule]]] = {}
_rules: dict[object, Rule] = {}
add_url_rule_of_flask = BlueprintSetupState.add_url_rule


def add_url_rule(
    state: BlueprintSetupState, rule: str, endpoint: str | None = None, view_func: Any = None, **options: Any
) -> None:
    """Add a blueprint's rule as the first portal made it; rules never change."""
    app, name = state.app, f"{state.name}.{endpoint or view_func.__name__}"
    assert isinstance(app.url_map, SharedMap)
    place = (type(app), state.blueprint, state.name, state.url_prefix, *app.url_map.kind)
    key = (place, rule, endpoint, view_func, str(options))
    if key not in _rules or app.view_functions.get(name, view_func) != view_func:
        add_url_rule_of_flask(state, rule, endpoint, view_func, **options)
        _rules.setdefault(key, app.url_map.known[-1])
        return
    app.url_map.share(_rules[key])
    app.view_functions[name] = view_func


_list_files = WhiteNoise.update_files_dictionary
_files: dict[object, dict[str, Any]] = {}


def list_files(served: WhiteNoise, root: str, prefix: str) -> None:
    """List the static files in a folder as the first portal that found just these in it."""
    folder = Path(root).resolve()
    found = tuple(sorted((file.name, file.stat().st_mtime_ns) for file in folder.iterdir()))
    key = (folder, prefix, served.max_age, served.add_headers_function, found)
    if key not in _files:
        before = {*served.files}
        _list_files(served, f"{folder}{os.sep}", prefix)
        _files[key] = {url: file for url, file in served.files.items() if url not in before}
    served.files.update(_files[key])


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
Flask.url_map_class = SharedMap
BlueprintSetupState.add_url_rule = add_url_rule  # type: ignore[assignment]
WhiteNoise.update_files_dictionary = list_files
