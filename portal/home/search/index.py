"""Keeps the index: whatever is written in a session is indexed in the same transaction, or not written at all."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from flask import Flask
from sqlalchemy import cast, delete, event, insert, select
from sqlalchemy.dialects.postgresql import TSVECTOR as TSVECTOR_TYPE
from sqlalchemy.engine import Connection
from sqlalchemy.orm import Session

from portal.core.db import random_id, session
from portal.core.i18n import LANGUAGES
from portal.home.search.kinds import FINDABLE, Findable
from portal.home.search.models import FTS5, TSVECTOR, Entry
from portal.home.search.rules import entry_key, words_of

BATCH = 500


def start(_app: Flask) -> None:
    """Listen to every session from now on."""
    if not event.contains(Session, "after_flush", keep_up):
        event.listen(Session, "after_flush", keep_up)


def keep_up(flushed: Session, _context: Any) -> None:
    """Called after rows were written, in their transaction: index what is new or changed, forget what is gone."""
    for one in FINDABLE:
        gone = [thing for thing in flushed.deleted if isinstance(thing, one.model)]
        kept = [
            thing
            for thing in (*flushed.new, *flushed.dirty)
            if isinstance(thing, one.model) and flushed.is_modified(thing, include_collections=False)
        ]
        if gone or kept:
            _forget(flushed.connection(), one, [*gone, *kept])
            _add(flushed.connection(), one, kept)


def rebuild() -> int:
    """Make the whole index anew, in the transaction at hand; returns the number of entries."""
    connection = session.connection()
    connection.execute(delete(Entry))
    return sum(_add(connection, one, batch) for one in FINDABLE for batch in _batches(one))


def _batches(one: Findable) -> Iterator[list[Any]]:
    last = 0
    while batch := session.scalars(select(one.model).where(one.key > last).order_by(one.key).limit(BATCH)).all():
        yield list(batch)
        last = getattr(batch[-1], one.key.key)


def _forget(connection: Connection, one: Findable, things: Iterable[Any]) -> None:
    ids = [getattr(thing, one.key.key) for thing in things]
    connection.execute(delete(Entry).where(Entry.kind == one.kind, Entry.item_id.in_(ids)))


def _add(connection: Connection, one: Findable, things: Iterable[Any]) -> int:
    entries, words = [], []
    for thing in things:
        title, texts = one.title(thing), one.texts(thing)
        for lang in LANGUAGES:
            key = entry_key(lang, one.kind, one.at(thing), random_id())
            entries.append({"id": key, "kind": one.kind, "item_id": getattr(thing, one.key.key), "lang": lang})
            words.append((key, words_of(title[lang]), words_of(" ".join(text[lang] or "" for text in texts if text))))
    if entries:
        connection.execute(insert(Entry), entries)
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
    """A `tsvector` as it is written: words of the title have the weight A."""
    weights: dict[str, list[str]] = {}
    for weight, words in (("1A", title), ("2D", body)):
        for word in dict.fromkeys(words):
            weights.setdefault(word, []).append(weight)
    return " ".join(f"'{word}':{','.join(found)}" for word, found in weights.items())
