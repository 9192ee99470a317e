"""Asks the index, and lets through only what the public may know of at this moment."""

from __future__ import annotations

from enum import Enum

from sqlalchemy import ColumnElement, Select, TableClause, and_, cast, or_, select
from sqlalchemy.dialects.postgresql import TSQUERY

from portal.core.db import session
from portal.home.search.kinds import FINDABLE
from portal.home.search.models import FTS5, TSVECTOR, WORDS, Entry
from portal.home.search.rules import Kind, Question, keys_in


class Where(Enum):
    """Where the words stand: every one of them in the title, or not."""

    TITLE = 1
    ELSEWHERE = 2


def may_be_known() -> ColumnElement[bool]:
    """The condition for entries of all that the public may know of at this moment."""
    return or_(*(and_(Entry.kind == one.kind, one.may_be_found) for one in FINDABLE))


def found_entries(
    question: Question, lang: str, where: Where, most: int, known: ColumnElement[bool]
) -> list[tuple[Kind, int]]:
    """What is found, by kind and id, at most so many: in the order of the kinds, the newest of a kind first.

    `known` is `may_be_known()`: a search asks twice, and to put it together takes longer than to answer.
    """
    rows = session.execute(_found(question, lang, where, known).limit(most))
    return [(Kind(row.kind), row.item_id) for row in rows]


def _found(question: Question, lang: str, where: Where, known: ColumnElement[bool]) -> Select[str, int]:
    words, key, matches = _fts5(question, where) if _is_sqlite() else _tsvector(question, where)
    joined = words.join(Entry, Entry.id == key)
    asked = select(Entry.kind, Entry.item_id).select_from(joined)
    return asked.where(matches, key.between(*keys_in(lang)), known).order_by(key)


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
