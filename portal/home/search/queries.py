"""Asks the index, and lets through only what the public may know of at this moment."""

from __future__ import annotations

from enum import Enum

from sqlalchemy import ColumnElement, Select, TableClause, cast, select
from sqlalchemy.dialects.postgresql import TSQUERY

from portal.core.db import session
from portal.home.search.kinds import BY_KIND, Findable
from portal.home.search.models import FTS5, TSVECTOR, WORDS, Entry
from portal.home.search.rules import Kind, Question, first_key, last_key


class Where(Enum):
    """What has every word in its title stands before what has them elsewhere."""

    TITLE = 1
    ELSEWHERE = 2


def found_ids(kind: Kind, question: Question, lang: str, most: int) -> list[int]:
    """The ids of what is found of one kind, at most so many: by title first, then the newest."""
    ids: list[int] = []
    for where in Where:
        if len(ids) < most:
            ids += session.scalars(_found(BY_KIND[kind], question, lang, where).limit(most - len(ids)))
    return ids


def _found(one: Findable, question: Question, lang: str, where: Where) -> Select[int]:
    words, key, matches = _fts5(question, where) if _is_sqlite() else _tsvector(question, where)
    between = key.between(first_key(lang, one.kind), last_key(lang, one.kind))
    joined = words.join(Entry, Entry.id == key)
    return select(Entry.item_id).select_from(joined).where(matches, between, one.may_be_found).order_by(key.desc())


def _is_sqlite() -> bool:
    return session.get_bind().dialect.name == "sqlite"


def _fts5(question: Question, where: Where) -> tuple[TableClause, ColumnElement[int], ColumnElement[bool]]:
    *whole, begun = question.words
    every = " ".join([*(f'"{word}"' for word in whole), f'"{begun}" *'])
    asked = f"title : ({every})" if where is Where.TITLE else f"({every}) NOT (title : ({every}))"
    return FTS5, FTS5.c.rowid, FTS5.c[WORDS].op("MATCH")(asked)


def _tsvector(question: Question, where: Where) -> tuple[TableClause, ColumnElement[int], ColumnElement[bool]]:
    *whole, begun = question.words

    def every(weight: str) -> str:
        ended = f":{weight}" if weight else ""
        return " & ".join([*(f"'{word}'{ended}" for word in whole), f"'{begun}':*{weight}"])

    asked = every("A") if where is Where.TITLE else f"({every('')}) & !({every('A')})"
    return TSVECTOR, TSVECTOR.c.id, TSVECTOR.c.words.op("@@")(cast(asked, TSQUERY))
