"""Statements that are compiled once and handed to the database's driver as they are.

SQLAlchemy says how a statement is written, and how each value goes in and comes out. What it does besides, anew for
each run of a statement, takes several times as long as the database does.
"""

from __future__ import annotations

from collections import namedtuple
from collections.abc import Callable, Hashable, Mapping, Sequence
from functools import cache
from typing import Any, NamedTuple

from sqlalchemy import Executable, Select, Table
from sqlalchemy.dialects.postgresql import insert as insert_into_postgresql
from sqlalchemy.dialects.sqlite import insert as insert_into_sqlite
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeEngine

from portal.core.engines import ErrorTranslation

Process = Callable[[Any], Any]


class Ran(NamedTuple):
    """What came of it: the rows that were asked for, by name, and how many were written."""

    rows: Sequence[Any]
    written: int


class PreparedStatement:
    """A statement in the words of one kind of database. `names`: what it is given values for each time."""

    def __init__(self, statement: Executable, dialect: Dialect, names: Sequence[str]) -> None:
        compiled = statement.compile(dialect=dialect, column_keys=names)  # type: ignore[attr-defined]
        binds = compiled.binds
        self._dialect = dialect
        self._translation = ErrorTranslation(dialect)
        self._text = compiled.string
        self._is_positional = compiled.positional
        self._constants = {name: bind.value for name, bind in binds.items() if not bind.required}
        order = compiled.positiontup if compiled.positional else binds
        self._order = [(name, _on_the_way_in(binds[name].type, dialect)) for name in order]
        columns = statement.selected_columns if isinstance(statement, Select) else ()
        self._types = [column.type for column in columns]
        self._row: Any = namedtuple("Row", [str(column.key) for column in columns])  # type: ignore[misc]
        self._ways_out: list[Process | None] | None = None

    def run(self, driver: Any, values: Mapping[str, Any]) -> Ran:
        """Run it on a connection of the driver. Raises what SQLAlchemy would."""
        given = {**self._constants, **values} if self._constants else values
        pairs = [(name, given[name] if way_in is None else way_in(given[name])) for name, way_in in self._order]
        with self._translation:
            cursor = driver.execute(self._text, [pair[1] for pair in pairs] if self._is_positional else dict(pairs))
            rows = self._named(cursor) if self._types else ()
        return Ran(rows, cursor.rowcount)

    def _named(self, cursor: Any) -> list[Any]:
        if self._ways_out is None:
            kinds = (column[1] for column in cursor.description)
            self._ways_out = [
                type_.dialect_impl(self._dialect).result_processor(self._dialect, kind)
                for type_, kind in zip(self._types, kinds, strict=True)
            ]
        found = cursor.fetchall()
        for place, way_out in enumerate(self._ways_out):
            if way_out is not None:
                found = [(*row[:place], way_out(row[place]), *row[place + 1 :]) for row in found]
        return [self._row._make(row) for row in found]


def _on_the_way_in(type_: TypeEngine[Any], dialect: Dialect) -> Process | None:
    return type_.dialect_impl(dialect).bind_processor(dialect)


class Statements:
    """What is prepared for one engine, kept for as long as the engine is: for statements that a module put together."""

    def __init__(self, dialect: Dialect) -> None:
        self._dialect = dialect
        self._known: dict[Hashable, PreparedStatement] = {}

    def run(self, driver: Any, statement: Executable, values: Mapping[str, Any]) -> Sequence[Any]:
        """The rows that a statement finds; it takes the same names each time."""
        known = self._known.get(statement)
        if known is None:
            known = self._known[statement] = PreparedStatement(statement, self._dialect, tuple(values))
        return known.run(driver, values).rows

    def insert(self, driver: Any, into: Table, values: dict[str, Any], *, unless_there: bool = False) -> bool:
        """Write a row; with `unless_there` not where one is in the way that may be there once only. Whether it was."""
        for name, default in _defaults_of(into).items():
            if name not in values:
                values[name] = default()
        key = (into, unless_there, *values)
        known = self._known.get(key)
        if known is None:
            insert = insert_into_postgresql if self._dialect.name == "postgresql" else insert_into_sqlite
            statement = insert(into).on_conflict_do_nothing() if unless_there else into.insert()
            known = self._known[key] = PreparedStatement(statement, self._dialect, tuple(values))
        return known.run(driver, values).written == 1


@cache
def _defaults_of(table: Table) -> dict[str, Callable[[], Any]]:
    return {column.key: _default(column.default) for column in table.columns if column.default is not None}


def _default(default: Any) -> Callable[[], Any]:
    # SQLAlchemy lets each of these functions take a context, which none of ours looks at.
    return (lambda: default.arg(None)) if default.is_callable else (lambda: default.arg)
