"""The search index: updated in the transaction of every write, rebuilt by command, and queried.

It holds the kinds that features declare as `findable`. The words are in `home_search_words`, which differs by database:
on SQLite it is a virtual table (FTS5), on PostgreSQL a table with a `tsvector`; deleting an entry deletes its words.
Results are never ranked by how rare a word is: hidden content would influence the ranking and could be noticed.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from enum import Enum
from typing import Any

import click
from flask.cli import AppGroup
from sqlalchemy import (
    ColumnElement,
    Select,
    String,
    TableClause,
    UniqueConstraint,
    and_,
    cast,
    column,
    delete,
    event,
    exists,
    false,
    insert,
    or_,
    select,
    table,
    text,
)
from sqlalchemy.dialects.postgresql import TSQUERY
from sqlalchemy.dialects.postgresql import TSVECTOR as TSVECTOR_TYPE
from sqlalchemy.engine import Connection
from sqlalchemy.orm import Mapped, Session, mapped_column

from portal.core.db import Base, db, random_id, session
from portal.core.findable import Findable
from portal.core.i18n import LANGUAGES
from portal.core.jobs.engine import each_row
from portal.core.portal import Portal, current_portal
from portal.home.search.rules import SearchQuestion, entry_key, keys_in, words_of

BATCH = 500
WORDS = "home_search_words"
FTS5 = table(WORDS, column("rowid"), column("title"), column("body"), column(WORDS))
TSVECTOR = table(WORDS, column("id"), column("words"))


class SearchEntry(Base):
    """An indexed item in one language. `item_id` is the id of the place, meeting, report-back and so on."""

    __tablename__ = "home_search"
    __table_args__ = (UniqueConstraint("kind", "item_id", "lang"),)

    id: Mapped[int] = mapped_column(primary_key=True, default=random_id)
    """Built by `rules.entry_key`."""
    kind: Mapped[str] = mapped_column(String(40))
    """The name of a declared `ResultKind`. No CHECK: a feature adds a kind without a migration."""
    item_id: Mapped[int]
    lang: Mapped[str] = mapped_column(String(2))


def start(_app: Portal) -> None:
    """Listen to every session from now on."""
    if not event.contains(Session, "after_flush", keep_up):
        event.listen(Session, "after_flush", keep_up)


def keep_up(flushed: Session, _context: Any) -> None:
    """After a flush, index new and changed rows and remove deleted ones, in the same transaction."""
    for one in current_portal.findable.values():
        gone = _by_id(one, flushed.deleted)
        kept = _by_id(one, (thing for thing in (*flushed.new, *flushed.dirty) if flushed.is_modified(thing)))
        for owner_id in _owners(flushed, one) - gone.keys() - kept.keys():
            owner = flushed.get(one.model, owner_id)
            kept |= {owner_id: owner} if owner else {}
        if gone or kept:
            _forget(flushed.connection(), one, [*gone, *kept])
            _add(flushed.connection(), one, kept.values())


def _by_id(one: Findable, things: Iterable[Any]) -> dict[int, Any]:
    return {getattr(thing, one.key.key): thing for thing in things if isinstance(thing, one.model)}


def _owners(flushed: Session, one: Findable) -> set[int]:
    """Return the ids of the rows of which a part was added, changed or deleted."""
    touched = [*flushed.new, *flushed.dirty, *flushed.deleted]
    return {
        getattr(thing, column) for part, column in one.parts.items() for thing in touched if isinstance(thing, part)
    }


def rebuild() -> int:
    """Rebuild the whole index in the current transaction; return the number of entries."""
    _keep_others_out()
    session.connection().execute(delete(SearchEntry))
    return sum(fill_up(one) for one in current_portal.findable.values())


def fill_up(one: Findable) -> int:
    """Index the missing rows of this kind in the current transaction; return the number of new entries."""
    _keep_others_out()
    connection = session.connection()
    return sum(_add(connection, one, batch) for batch in _batches(one))


def _keep_others_out() -> None:
    """Make other writers wait: two that index the same row at once would each add it.

    SQLite has a single writer anyway.
    """
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text("LOCK TABLE home_search IN SHARE ROW EXCLUSIVE MODE"))


def _batches(one: Findable) -> Iterator[list[Any]]:
    last = 0
    known = exists().where(SearchEntry.kind == one.kind.name, SearchEntry.item_id == one.key)
    missing = select(one.model).where(~known).order_by(one.key).limit(BATCH)
    while batch := session.scalars(missing.where(one.key > last)).all():
        yield list(batch)
        last = getattr(batch[-1], one.key.key)


def _forget(connection: Connection, one: Findable, ids: Iterable[int]) -> None:
    theirs = (SearchEntry.kind == one.kind.name, SearchEntry.item_id.in_(list(ids)))
    connection.execute(delete(SearchEntry).where(*theirs))


def _add(connection: Connection, one: Findable, things: Iterable[Any]) -> int:
    entries, words = [], []
    for thing in things:
        title, texts = one.title(thing), [*one.texts(thing), *one.besides(thing)]
        for lang in LANGUAGES:
            key = entry_key(lang, one.kind.order, one.at(thing), random_id())
            entries.append({"id": key, "kind": one.kind.name, "item_id": getattr(thing, one.key.key), "lang": lang})
            words.append((key, words_of(title[lang]), words_of(" ".join(text[lang] or "" for text in texts if text))))
    if entries:
        connection.execute(insert(SearchEntry), entries)
        if connection.dialect.name == "sqlite":
            _add_to_fts5(connection, words)
        else:
            _add_vectors(connection, words)
    return len(entries)


def _add_to_fts5(connection: Connection, rows: Iterable[tuple[int, list[str], list[str]]]) -> None:
    values = [{"rowid": key, "title": " ".join(title), "body": " ".join(body)} for key, title, body in rows]
    connection.execute(insert(FTS5).values(rowid=None, title=None, body=None), values)


def _add_vectors(connection: Connection, rows: Iterable[tuple[int, list[str], list[str]]]) -> None:
    for key, title, body in rows:
        connection.execute(insert(TSVECTOR).values(id=key, words=cast(_vector(title, body), TSVECTOR_TYPE)))


def _vector(title: Iterable[str], body: Iterable[str]) -> str:
    """Return the literal of a `tsvector`; words of the title have weight A."""
    weights: dict[str, list[str]] = {}
    for weight, words in (("1A", title), ("2D", body)):
        for word in dict.fromkeys(words):
            weights.setdefault(word, []).append(weight)
    return " ".join(f"'{word}':{','.join(found)}" for word, found in weights.items())


class Where(Enum):
    """Whether all words are in the title, or not."""

    TITLE = 1
    ELSEWHERE = 2


def may_be_known() -> ColumnElement[bool]:
    """Return the condition for entries that the public may know of now."""
    known = (and_(SearchEntry.kind == one.kind.name, _is_public(one)) for one in current_portal.findable.values())
    return or_(false(), *known)


def _is_public(one: Findable) -> ColumnElement[bool]:
    """Return the condition for an entry whose row the public may know of now."""
    found = one.public(one.key == SearchEntry.item_id).with_only_columns(one.key).order_by(None)
    return found.correlate(SearchEntry).exists()


def found_entries(
    question: SearchQuestion, lang: str, where: Where, most: int, known: ColumnElement[bool]
) -> list[tuple[str, int]]:
    """Return kind and id of at most `most` matches, in the order of kinds, the newest of a kind first.

    `known` is `may_be_known()`: a search asks twice, and building the condition takes longer than running it.
    """
    rows = session.execute(_found(question, lang, where, known).limit(most))
    return [(row.kind, row.item_id) for row in rows]


def _found(question: SearchQuestion, lang: str, where: Where, known: ColumnElement[bool]) -> Select[str, int]:
    words, key, matches = _fts5(question, where) if _is_sqlite() else _tsvector(question, where)
    joined = words.join(SearchEntry, SearchEntry.id == key)
    asked = select(SearchEntry.kind, SearchEntry.item_id).select_from(joined)
    return asked.where(matches, key.between(*keys_in(lang)), known).order_by(key)


def _is_sqlite() -> bool:
    return session.get_bind().dialect.name == "sqlite"


def _fts5(question: SearchQuestion, where: Where) -> tuple[TableClause, ColumnElement[int], ColumnElement[bool]]:
    *whole, (begun, *others) = question.choices
    last = [f'"{begun}" *', *(f'"{word}"' for word in others)]
    every = " AND ".join(f"({' OR '.join(one)})" for one in [*([f'"{word}"' for word in one] for one in whole), last])
    asked = f"title : ({every})" if where is Where.TITLE else f"({every}) NOT (title : ({every}))"
    return FTS5, FTS5.c.rowid, FTS5.c[WORDS].op("MATCH")(asked)


def _tsvector(question: SearchQuestion, where: Where) -> tuple[TableClause, ColumnElement[int], ColumnElement[bool]]:
    *whole, (begun, *others) = question.choices

    def every(weight: str) -> str:
        ended = f":{weight}" if weight else ""
        last = [f"'{begun}':*{weight}", *(f"'{word}'{ended}" for word in others)]
        return " & ".join(
            f"({' | '.join(one)})" for one in [*([f"'{word}'{ended}" for word in one] for one in whole), last]
        )

    asked = every("A") if where is Where.TITLE else f"({every('')}) & !({every('A')})"
    return TSVECTOR, TSVECTOR.c.id, TSVECTOR.c.words.op("@@")(cast(asked, TSQUERY))


def fill() -> None:
    """Index all missing rows: everything after an upgrade that emptied the index, nothing on any other day."""
    each_row(current_portal.findable.values(), fill_up)


commands = AppGroup("search", help="The index of what can be found.")


@commands.command("rebuild")
def rebuild_index() -> None:
    """Make the index anew, after a restore or whenever it is in doubt; the portal may run meanwhile."""
    with db.work():
        entries = rebuild()
    click.echo(f"Entries in the index: {entries}.")
