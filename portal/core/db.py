"""The database: declarative base, session, and one commit at the edge.

A request or a job has one session and commits once, at its edge. A request that may write begins with a write
transaction, so that SQLite never has to upgrade a read transaction (which fails at once if another connection wrote
meanwhile).
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from functools import cache, wraps
from typing import Any, Generic, ParamSpec, TypeVar, cast

import sqlalchemy as sa
from flask import g, has_app_context
from sqlalchemy.dialects.postgresql import insert as insert_into_postgresql
from sqlalchemy.dialects.sqlite import insert as insert_into_sqlite
from sqlalchemy.engine import Connection, Dialect
from sqlalchemy.orm import DeclarativeBase, InstrumentedAttribute, Mapped, Session, declared_attr, mapped_column
from sqlalchemy.sql.dml import ReturningInsert
from sqlalchemy.sql.operators import eq, is_, is_not, ne
from werkzeug.local import LocalProxy

from portal.core.crypto import CannotOpen
from portal.core.engines import copy, opened
from portal.core.erasures import WAITING, written_first
from portal.core.portal import Portal, current_portal
from portal.core.statuses import NotFound, existing

T = TypeVar("T")
Found = TypeVar("Found")
P = ParamSpec("P")

NAMES = {
    "ix": "ix_%(column_0_label)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}


class Moment(sa.TypeDecorator[datetime]):
    """A datetime in UTC; SQLite drops the zone, so it is added again on reading."""

    impl = sa.DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a moment without a time zone")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        return None if value is None else value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


RAISE = "raise"


class Encrypted(sa.TypeDecorator[Any]):
    """A text, or what `read` makes of one, under the server's cipher; NULL and empty texts stay as they are.

    For what must not be read in a copy of the database. SQL can neither compare nor sort it, since equal texts differ
    when encrypted: it may ask whether there is something, and all else is done with the rows.
    """

    impl = sa.Text
    cache_ok = True

    class comparator_factory(sa.TypeDecorator.Comparator[Any]):  # noqa: N801 - SQLAlchemy's name
        def operate(self, op: Any, *other: Any, **more: Any) -> Any:
            # SQLAlchemy also asks whether a column is itself, as a key of its dictionaries.
            is_itself = op is eq and hash(other[0]) == hash(self.expr)
            if op in (is_, is_not) or is_itself or (op in (eq, ne) and other == ("",)):
                return super().operate(op, *other, **more)
            raise TypeError("an encrypted column cannot be compared or sorted in SQL")

    def __init__(self, read: Callable[[str], Any] = str, *, lost: Any = RAISE) -> None:
        """With `lost` that stands for what no key opens any more, so that its row can still be erased and counted."""
        super().__init__()
        self.read, self.lost = read, lost

    def process_bind_param(self, value: Any, dialect: Dialect) -> str | None:
        return value if value is None or value == "" else current_portal.cipher.encrypt(str(value)).decode()

    def process_result_value(self, value: str | None, dialect: Dialect) -> Any:
        try:
            return self.read(current_portal.cipher.decrypt(value.encode())) if value else value
        except CannotOpen:
            if self.lost is RAISE:
                raise
            return self.lost


class EncryptedBytes(sa.TypeDecorator[bytes]):
    """The same for bytes: the cipher takes texts, so each byte is a letter of Latin-1."""

    impl = sa.LargeBinary
    cache_ok = True

    def process_bind_param(self, value: bytes | None, dialect: Dialect) -> bytes | None:
        return current_portal.cipher.encrypt(value.decode("latin-1")) if value else value

    def process_result_value(self, value: bytes | None, dialect: Dialect) -> bytes | None:
        return current_portal.cipher.decrypt(value).encode("latin-1") if value else value


class Base(DeclarativeBase):
    """Base of all models; constraint names follow one convention so that migrations can find them.

    A column annotated with a `StrEnum` holds its values as text, is read as its members, and gets a CHECK of its name.
    """

    metadata = sa.MetaData(naming_convention=NAMES)
    type_annotation_map = {
        datetime: Moment,
        # SQLite only assigns row ids by itself in a column of type exactly INTEGER.
        int: sa.BigInteger().with_variant(sa.Integer, "sqlite"),
        StrEnum: sa.Enum(StrEnum, native_enum=False, length=20, values_callable=lambda kind: list(map(str, kind))),
    }

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        for column in cls.__table__.columns if "__tablename__" in vars(cls) else ():
            if isinstance(column.type, sa.Enum):
                values = ", ".join(f"'{value}'" for value in column.type.enums)
                table(cls).append_constraint(sa.CheckConstraint(f"{column.name} IN ({values})", name=column.name))


class Versioned:
    """Mixin for rows that count their changes: saving one that was changed meanwhile raises `StaleDataError`."""

    version: Mapped[int] = mapped_column(nullable=False)

    @declared_attr.directive
    def __mapper_args__(cls) -> dict[str, Any]:  # noqa: N805 - SQLAlchemy hands over the class
        return {"version_id_col": cls.version}


def random_id() -> int:
    """Return a primary key that reveals neither the number of rows nor their order."""
    return secrets.randbits(62) + 1


class Database:
    def __init__(self) -> None:
        self._use(opened("sqlite://"))
        self._rehearsed: Connection | None = None
        self._rehearsals = 0
        self._looking = False

    def open(self, url: str) -> None:
        self._use(opened(url))

    def _use(self, engine: sa.Engine) -> None:
        self.engine = engine
        # One pool seen in two ways, made once: making them for every session took as long as a question.
        self._views = {writes: engine.execution_options(portal_writes=writes) for writes in (True, False)}

    def start(self, app: Portal) -> None:
        """Open the database of the settings; roll back and close sessions that requests leave open."""
        self.open(app.settings.database)
        app.teardown_appcontext(lambda _error: self.close())

    def new_session(self, writes: bool) -> Session:
        if self._rehearsed is not None:
            return Session(self._rehearsed, expire_on_commit=False, join_transaction_mode="create_savepoint")
        return Session(self._views[writes], expire_on_commit=False)

    @contextmanager
    def rehearsal(self) -> Iterator[None]:
        """Discard everything that is committed inside, unseen by other connections: for drills on a live site.

        `after_commit()` steps never run, so nothing is sent. A nested rehearsal starts from the state of the outer one.
        On SQLite it happens in a copy in memory, so that no writer has to wait; on PostgreSQL in one transaction, which
        does not see changes that others make meanwhile.
        """
        engine, rehearsed = self.engine, self._rehearsed
        self._rehearsals += 1
        try:
            if engine.dialect.name == "sqlite":
                self.open("sqlite://")
                copy(engine, self.engine)
                yield
                self.engine.dispose()
            elif rehearsed is not None:
                with rehearsed.begin_nested() as part:
                    yield
                    part.rollback()
            else:
                steady = engine.execution_options(isolation_level="REPEATABLE READ")
                with steady.connect() as connection, connection.begin() as whole:
                    self._rehearsed = connection
                    yield
                    whole.rollback()
        finally:
            self._rehearsals -= 1
            self._rehearsed = rehearsed
            self._use(engine)

    @contextmanager
    def looking(self) -> Iterator[None]:
        """Keep no trace of requests made inside, not even that they were made: for comparing two responses."""
        self._looking = True
        try:
            yield
        finally:
            self._looking = False

    def session(self) -> Session:
        if "db_session" not in g:
            g.db_session = self.new_session(g.get("db_writes", True))
        current: Session = g.db_session
        return current

    def insert(self, model: type[Base], **values: Any) -> None:
        """Insert a row at once, without an object of the mapper; columns with a default may be left out."""
        self.session().execute(_insert_of(model), values)

    def insert_new(self, model: type[Base], **values: Any) -> bool:
        """Insert a row unless a unique constraint is in the way; return whether it was inserted."""
        statement = _insert_new_of(model, self.engine.dialect.name)
        return self.session().execute(statement, values).first() is not None

    def read_only(self) -> None:
        """Mark this request as read-only; must come before its first query."""
        g.db_writes = False

    def begin_writing(self) -> None:
        """End what was only read so far; from the next query on this request writes, and others who write wait."""
        self._end()
        g.db_writes = True

    @contextmanager
    def writing_apart(self) -> Iterator[None]:
        """Write something in a request that otherwise reads, in a short transaction of its own.

        What the request read before is to be read again. A request that writes anyway writes it with the rest.
        """
        reads = not g.get("db_writes", True)
        if reads:
            self.begin_writing()
        yield
        if reads:
            self.commit()
            self._end()
            self.read_only()

    def commit(self) -> None:
        """Commit, then run the `after_commit()` steps. Only the edge of a request or job calls this."""
        if self._looking:
            self.rollback()
            return
        if "db_session" in g:
            if self._rehearsals:
                g.db_session.info.pop(WAITING, None)
            with written_first(g.db_session):
                g.db_session.commit()
        for step in g.pop("db_after_commit", []):
            if not self._rehearsals:
                step()

    def rollback(self) -> None:
        """Discard everything since the last commit, and the steps that waited for it."""
        g.pop("db_after_commit", None)
        if "db_session" in g:
            g.db_session.info.pop(WAITING, None)
            g.db_session.rollback()

    def close(self) -> None:
        if has_app_context():
            self._end()
        g.pop("db_after_commit", None)

    def _end(self) -> None:
        g.pop("db_found", None)
        if (ended := g.pop("db_session", None)) is not None:
            ended.close()

    def after_commit(self, step: Callable[[], object]) -> None:
        """Run `step` once this request or job has committed, never if it rolls back."""
        g.setdefault("db_after_commit", []).append(step)

    def forget_journal(self) -> bool:
        """Checkpoint SQLite's journal, which holds pages as they were before data was erased.

        Return False if a reader was active and it must be tried again; callers that erase have a timetable for that.
        """
        if self.engine.dialect.name != "sqlite":
            return True
        connection = self.engine.raw_connection()
        try:
            cursor = connection.cursor()
            cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            answer = cursor.fetchone()
            return answer is not None and answer[0] == 0
        finally:
            connection.close()

    @contextmanager
    def work(self) -> Iterator[Session]:
        """One unit of work of a job: commits at the end, rolls back on an error."""
        try:
            yield self.session()
            self.commit()
        except BaseException:
            self.rollback()
            raise
        finally:
            self.close()


# Built once: building one takes longer than the database needs to run it.
@cache
def _insert_of(model: type[Base]) -> sa.Insert:
    return sa.insert(table(model))


@cache
def _insert_new_of(model: type[Base], dialect: str) -> ReturningInsert[Any]:
    into = insert_into_postgresql if dialect == "postgresql" else insert_into_sqlite
    return into(table(model)).on_conflict_do_nothing().returning(sa.literal(1))


def one(rows: sa.Select[T], *, to_change: bool = False) -> T:
    """Return the row that a query selects, locked `to_change` it. Raises `NotFound` if there is none."""
    if to_change:
        rows = rows.with_for_update(of=rows.column_descriptions[0]["entity"])
    return existing(session.scalars(rows).one_or_none())


def added(row: T) -> T:
    """Add a row and flush, so that rows that refer to it can follow."""
    session.add(row)
    session.flush()
    return row


def once_per_page(find: Callable[P, Found]) -> Callable[P, Found]:
    """Remember what a query finds while a page is made that only reads; a request that may write asks each time."""

    @wraps(find)
    def remembered(*args: P.args, **kwargs: P.kwargs) -> Found:
        if g.get("db_writes", True):
            return find(*args, **kwargs)
        results: dict[Any, Found] = g.setdefault("db_found", {})
        call = find, args, tuple(kwargs.items())
        if call not in results:
            results[call] = find(*args, **kwargs)
        return results[call]

    return remembered


def table(model: type[Base]) -> sa.Table:
    return cast(sa.Table, model.__table__)


db = Database()
session: Session = LocalProxy(db.session)  # type: ignore[assignment]


@dataclass(frozen=True)
class Leaf(Generic[T]):
    """A page of a list. `older` and `newer` are the slugs after which its neighbors begin, if any."""

    rows: Sequence[T]
    older: str | None = None
    is_first: bool = True
    newer: str | None = None
    """None on the first leaf, and on the second, whose newer neighbor begins after no row."""


def leaf(rows: sa.Select[T], slug: InstrumentedAttribute[Any], size: int, after: str | int | None = None) -> Leaf[T]:
    """Return the rows after the one with this slug, or the first ones. Raises `NotFound` beyond the end."""
    slugs: Sequence[Any] = session.scalars(rows.with_only_columns(slug)).all()
    if after is not None and after not in slugs[:-1]:
        raise NotFound
    begin = 0 if after is None else slugs.index(after) + 1
    older = slugs[begin + size - 1] if len(slugs) > begin + size else None
    # The previous leaf ends with the row that this one begins after.
    newer = slugs[begin - size - 1] if begin > size else None
    return Leaf(session.scalars(rows.offset(begin).limit(size)).all(), older, begin == 0, newer)


def numbered_page(rows: sa.Select[T], page: int, size: int) -> tuple[Sequence[T], bool]:
    """Return a page of a list by its number, from 1, and whether there are more."""
    listed = session.scalars(rows.offset((page - 1) * size).limit(size + 1)).all()
    return listed[:size], len(listed) > size
