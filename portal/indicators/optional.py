"""Measures that only some cities have figures of: arrests and stops by group of people, overdoses. Off until added."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from sqlalchemy import func, select

from portal.core.audit import record
from portal.core.db import session
from portal.core.i18n import Bilingual
from portal.core.statuses import NotFound
from portal.indicators.counts import MEASURE_TEXTS, Measure

FILE = Path(__file__).parent / "optional.toml"


@dataclass(frozen=True)
class OptionalSet:
    """Measures that are added together; each is the columns of a `Measure`, with texts by language."""

    key: str
    name: Bilingual
    measures: tuple[dict[str, Any], ...]

    @property
    def keys(self) -> frozenset[str]:
        return frozenset(one["key"] for one in self.measures)


@cache
def optional_sets() -> tuple[OptionalSet, ...]:
    """Return all sets in their order."""
    content: dict[str, Any] = tomllib.loads(FILE.read_text(encoding="utf-8"))
    return tuple(
        OptionalSet(one["key"], Bilingual(**one["name"]), (*one["measures"], *_groups(one, content["groups"])))
        for one in content["sets"]
    )


def _groups(one: dict[str, Any], groups: Sequence[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """Yield a part of the first measure of a set for each group of people."""
    whole = one["measures"][0]
    for group in groups if "groups" in one else ():
        texts = {
            name: {lang: words % group["name"][lang] for lang, words in one["groups"][name].items()}
            for name in ("name", "about")
        }
        yield whole | texts | {"key": f"{whole['key']}_{group['key']}", "of_key": whole["key"]}


@cache
def optional_keys() -> frozenset[str]:
    """Return the keys of all measures that only some cities count."""
    return frozenset(key for one in optional_sets() for key in one.keys)


def missing_sets() -> list[OptionalSet]:
    """Return the sets of which a measure is not there."""
    known = set(session.scalars(select(Measure.key)))
    return [one for one in optional_sets() if not one.keys <= known]


def add_optional(key: str, member_id: int) -> int:
    """Add the measures of a set that are missing, after all others. Return how many. Raise `NotFound` for no set."""
    found = next((one for one in optional_sets() if one.key == key), None)
    if found is None:
        raise NotFound
    known = set(session.scalars(select(Measure.key)))
    last = session.scalar(select(func.max(Measure.position)))
    new = [one for one in found.measures if one["key"] not in known]
    for position, one in enumerate(new, 0 if last is None else last + 1):
        session.add(Measure(position=position, **(one | {name: Bilingual(**one[name]) for name in MEASURE_TEXTS})))
        record("measure.defined", "measure", one["key"], member_id)
    session.flush()
    return len(new)
