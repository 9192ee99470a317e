"""The search of published content, in the language of the reader: the index, the results, and the command.

The index holds what features declare as `findable`, published or not, but nothing about a place until the hour of its
release is set: whoever copies the database can read it. At search time the query that each page uses decides what the
public may find, and nothing is ranked by how rare a word is: a hidden text could be noticed by that.
`home_search` has no model: on SQLite it is a virtual table (FTS5), on PostgreSQL one with a `tsvector`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import product
from typing import Any

import click
from flask import render_template, url_for
from flask.cli import AppGroup
from flask_babel import lazy_gettext as _l
from markupsafe import Markup
from sqlalchemy import ColumnElement, and_, cast, column, delete, event, false, insert, or_, select, table, text
from sqlalchemy.dialects.postgresql import TSQUERY
from sqlalchemy.engine import Connection
from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import get_history

from portal.core.db import db, session
from portal.core.feature import Findable, FixedPage, FoundItem, Reader, ResultKind, features
from portal.core.i18n import LANGUAGES, language
from portal.core.portal import Portal, current_portal
from portal.home.search_rules import MOST_PAGES, PAGE, SearchQuestion, snippet, words_of
from portal.markets.places import Market

MOST_TITLES = 2_000  # in which a misspelled word is looked for
INDEX = table("home_search", *map(column, "kind item_id lang position title body words rowid".split()))
"""Titles and bodies are folded words, PostgreSQL makes `words` of them; the results are in the order of `position`."""
FIXED = ResultKind("page", 3, _l("On this site"))


def findable() -> list[Findable]:
    return [kind for feature in features() for kind in feature.findable]


def start(_app: Portal) -> None:
    if not event.contains(Session, "after_flush", keep_up):
        event.listen(Session, "after_flush", keep_up)


def keep_up(flushed: Session, _context: Any) -> None:
    """After a flush, index new and changed rows and remove deleted ones, in the same transaction."""
    touched = [*flushed.new, *flushed.dirty, *flushed.deleted]
    places = [row for row in flushed.dirty if isinstance(row, Market)]
    # Those whose hour of release is set or canceled: all that is about them comes or goes.
    turned = [place.id for place in places if get_history(place, "released_at").has_changes()]
    for one in findable():
        rows = {getattr(row, one.key.key): row for row in touched if isinstance(row, one.model)}
        owners = {getattr(row, owner) for part, owner in one.parts.items() for row in touched if isinstance(row, part)}
        rows |= {owner: flushed.get(one.model, owner) for owner in owners - rows.keys()}
        if turned and one.place is not None:
            there = flushed.scalars(select(one.model).where(one.place.in_(turned), one.key.not_in(rows))).unique()
            rows |= {getattr(row, one.key.key): row for row in there}
        if rows:
            theirs = (INDEX.c.kind == one.kind.name, INDEX.c.item_id.in_(rows))
            flushed.connection().execute(delete(INDEX).where(*theirs))
            _add(flushed.connection(), one, [row for row in rows.values() if row and row not in flushed.deleted])


def rebuild() -> int:
    """Rebuild the whole index in the current transaction; return the number of entries."""
    connection = session.connection()
    if connection.dialect.name == "postgresql":
        # Two that index the same row at once would each add it. SQLite has a single writer anyway.
        connection.execute(text("LOCK TABLE home_search IN SHARE ROW EXCLUSIVE MODE"))
    connection.execute(delete(INDEX))
    return sum(_add(connection, kind, session.scalars(select(kind.model)).unique()) for kind in findable())


def _add(connection: Connection, one: Findable, rows: Iterable[Any]) -> int:
    hidden: set[Any] = set()
    if one.place is not None:
        places = select(Market.id).where(Market.released_at.is_(None))
        hidden.update(connection.scalars(select(one.key).where(one.place.in_(places))))
    shown = [row for row in rows if getattr(row, one.key.key) not in hidden]
    entries = []
    for row, lang in product(shown, LANGUAGES):
        texts = " ".join(text[lang] or "" for text in (*one.texts(row), *one.besides(row)) if text)
        since = one.at(row) or datetime.fromtimestamp(0, UTC)
        entries.append(
            {
                "kind": one.kind.name,
                "item_id": getattr(row, one.key.key),
                "lang": lang,
                # The kinds in their order, the newest of a kind first.
                "position": (one.kind.order << 40) - int(since.timestamp()),
                "title": " ".join(words_of(one.title(row)[lang])),
                "body": " ".join(words_of(texts)),
            }
        )
    if entries:
        connection.execute(insert(INDEX).values(dict.fromkeys(entries[0])), entries)
    return len(entries)


def _may_be_known(lang: str) -> ColumnElement[bool]:
    """Return the condition for entries in a language that the public may know of now."""
    kinds = []
    for one in findable():
        public = one.public(one.key == INDEX.c.item_id).with_only_columns(one.key).order_by(None).correlate(INDEX)
        kinds.append(and_(INDEX.c.kind == one.kind.name, public.exists()))
    return and_(INDEX.c.lang == lang, or_(false(), *kinds))


def _fts5(question: SearchQuestion) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    choices = [[f'"{word}"' for word in same] for same in question.choices]
    choices[-1][0] += " *"
    every = " AND ".join(f"({' OR '.join(same)})" for same in choices)
    titled = select(INDEX.c.rowid).where(column("home_search").op("MATCH")(f"title : ({every})"))
    return column("home_search").op("MATCH")(every), INDEX.c.rowid.in_(titled.correlate(None))


def _tsvector(question: SearchQuestion) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    def every(weight: str) -> Any:
        choices = [[f"'{word}':{weight}" for word in same] for same in question.choices]
        choices[-1][0] = f"'{question.words[-1]}':*{weight}"
        return cast(" & ".join(f"({' | '.join(same)})" for same in choices), TSQUERY)

    return INDEX.c.words.op("@@")(every("AD")), INDEX.c.words.op("@@")(every("A"))


@dataclass(frozen=True)
class SearchResults:
    groups: Sequence[tuple[str, Sequence[FoundItem]]]
    """A page of results by kind."""
    first: Sequence[FoundItem]
    """The ways to report something, if they may help."""
    more: bool
    is_empty: bool
    is_respelled: bool
    """These were found for words like those that were typed."""


def search(question: SearchQuestion, page: int) -> SearchResults:
    """Return results the public may see now: matching titles first, then fixed pages, then other texts."""
    typed, begin, end = question, (page - 1) * PAGE, page * PAGE
    hits = _found(question, end + 1)
    if not hits:
        titles = select(INDEX.c.title).where(_may_be_known(language())).order_by(INDEX.c.position).limit(MOST_TITLES)
        question = typed.respelled(word for title in session.scalars(titles) for word in title.split())
        hits = _found(question, end + 1) if question != typed else []
    wants_to_tell, needs_help = typed.wants_to_tell and page == 1, typed.asks_for_help and page == 1
    is_empty = not hits and not typed.wants_to_tell and not needs_help
    readers = Reader.REPORTING if wants_to_tell or is_empty else Reader(0)
    readers |= Reader.NEEDING_HELP if needs_help else Reader(0)
    return SearchResults(
        groups=_groups(hits[begin:end], question, needs_help),
        more=len(hits) > end and page < MOST_PAGES,
        first=[_page(page, str(page.about), question) for page in _for(readers)],
        is_empty=is_empty,
        is_respelled=bool(hits) and question != typed,
    )


def _found(question: SearchQuestion, most: int) -> list[tuple[str, Any]]:
    """Return the name of a kind with the id of a row, or with a fixed page."""
    matches, in_title = (_fts5 if session.get_bind().dialect.name == "sqlite" else _tsvector)(question)
    entries = select(INDEX.c.kind, INDEX.c.item_id, in_title).where(matches, _may_be_known(language()))
    rows = session.execute(entries.order_by(in_title.desc(), INDEX.c.position, INDEX.c.item_id).limit(most)).all()
    pages = [(FIXED.name, page) for page in _for(Reader.SEARCHING) if question.is_in(_texts(page)[1])]
    return [*(tuple(row[:2]) for row in rows if row[2]), *pages, *(tuple(row[:2]) for row in rows if not row[2])]


def _groups(
    hits: Sequence[tuple[str, Any]], question: SearchQuestion, needs_help: bool
) -> list[tuple[str, list[FoundItem]]]:
    """Return the results by kind, in the order of kinds, each with its heading."""
    kinds_of_rows = {one.kind.name: one for one in findable()}
    first = {name for name, one in kinds_of_rows.items() if one.is_help and needs_help}
    every = (FIXED, *(one.kind for one in kinds_of_rows.values()))
    kinds = sorted(every, key=lambda kind: (kind.name not in first, kind.order))
    groups = []
    for kind in kinds:
        these = [item for name, item in hits if name == kind.name]
        if kind is FIXED:
            results = [_page(page, _texts(page)[0], question) for page in these]
        else:
            results, kept = [], kinds_of_rows[kind.name]
            rows = kept.read(these)
            for row in (rows[row_id] for row_id in these if row_id in rows):
                passage = snippet([text[language()] for text in kept.texts(row)], question)
                results.append(replace(kept.show(row), parts=passage))
        if results:
            groups.append((str(kind.heading), results))
    return groups


def _page(page: FixedPage, text: str, question: SearchQuestion) -> FoundItem:
    return FoundItem(str(page.title), url_for(page.endpoint), parts=snippet([text], question))


def _for(reader: Reader) -> list[FixedPage]:
    """Return the fixed pages that are shown to a reader who is one of these, in their order."""
    pages = (page for feature in features() for page in feature.pages if reader & page.readers)
    return sorted(pages, key=lambda page: page.order)


def _texts(page: FixedPage) -> tuple[str, frozenset[str]]:
    """Return the text and words of a page, cached for the life of the process, as no row influences them."""
    kept, key = current_portal.kept_texts, (page.endpoint, language())
    if key not in kept:
        whole = render_template(page.template, **page.values) if page.template else f"</h1>{page.about}"
        # Without the frame, and without the heading, which is shown as the title.
        body = whole.partition("</h1>")[2].partition("</main>")[0].replace("<", " <")
        text = str(Markup(body).striptags())  # noqa: S704 - its tags are taken out
        kept[key] = (text, frozenset(words_of(f"{page.title} {text}")))
    return kept[key]


def fill() -> None:
    """Index everything after an upgrade that emptied the index (it has to, if entries are built differently)."""
    with db.work():
        if session.execute(select(INDEX.c.kind).limit(1)).first() is None:
            rebuild()


commands = AppGroup("search", help="The index of what can be found.")


@commands.command("rebuild")
def rebuild_index() -> None:
    """Make the index anew, after a restore or whenever it is in doubt; the portal may run meanwhile."""
    with db.work():
        entries = rebuild()
    click.echo(f"Entries in the index: {entries}.")
