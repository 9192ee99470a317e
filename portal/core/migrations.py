"""Migrations: run them (`flask db`), tell whether the database is current, explain errors without showing a value."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import TracebackType
from typing import TYPE_CHECKING, Any

import click
from flask.cli import AppGroup
from sqlalchemy import Connection, inspect, text

from portal.config import ROOT, about_files
from portal.core.db import db
from portal.core.portal import Portal

if TYPE_CHECKING:
    from alembic.config import Config

VERSIONS = ROOT / "migrations" / "versions"
WITHOUT_MODEL = "home_search"
"""The index of the search, and the prefix of the shadow tables that SQLite keeps for it."""


class Dangling(Exception):
    """A row refers to one that does not exist."""


@contextmanager
def changing(connection: Connection) -> Iterator[None]:
    """Commit the migrations run inside at the end, all or nothing.

    SQLite alters a table by replacing it with a copy, which would delete the rows that refer to it: so its foreign keys
    are off meanwhile and checked before the commit (https://sqlite.org/lang_altertable.html#otheralter).
    """
    driver: Any = connection.connection.dbapi_connection
    is_sqlite = connection.dialect.name == "sqlite"
    if is_sqlite:
        driver.execute("PRAGMA foreign_keys=OFF")
    try:
        yield
        if is_sqlite and connection.exec_driver_sql("PRAGMA foreign_key_check").first() is not None:
            raise Dangling
        connection.commit()
    finally:
        connection.rollback()
        if is_sqlite:
            driver.execute("PRAGMA foreign_keys=ON")


def has_a_model(name: str | None, kind: str, _parents: object) -> bool:
    """Return whether a table has a model; the search index is built differently in each database and has none."""
    return kind != "table" or not str(name).startswith(WITHOUT_MODEL)


class OtherVersion(Exception):
    """The database has run a migration that this code does not know."""


@contextmanager
def _alembic() -> Iterator[Config]:
    """Alembic's configuration with a connection; raises `OtherVersion`."""
    from alembic.config import Config
    from alembic.script.revision import RevisionError
    from alembic.util import CommandError

    with db.engine.connect() as connection, changing(connection):
        config = Config()
        config.set_main_option("script_location", str(ROOT / "migrations"))
        config.attributes["connection"] = connection
        try:
            yield config
        except (CommandError, RevisionError) as error:
            raise OtherVersion from error


def upgrade(to: str = "head") -> None:
    """Run the migrations up to `to`. Raises `OtherVersion`."""
    from alembic import command

    with _alembic() as config:
        command.upgrade(config, to)


def downgrade(to: str) -> None:
    """Undo the migrations down to `to`; "base" undoes all. Raises `OtherVersion`."""
    from alembic import command

    with _alembic() as config:
        command.downgrade(config, to)


def newest() -> str:
    """Return the newest revision of this code; its number begins the name of its file."""
    return max(path.name for path in VERSIONS.glob("[0-9]*.py")).partition("_")[0]


def stored() -> str:
    """Return the database's revision, empty if there is none. Does without alembic, so workers need not load it."""
    with db.engine.execution_options(portal_writes=False).connect() as connection:
        if not inspect(connection).has_table("alembic_version"):
            return ""
        return connection.scalar(text("SELECT version_num FROM alembic_version")) or ""


def is_current() -> bool:
    """Return whether the database has run every migration that this code knows, and no other."""
    return stored() == newest()


def is_behind() -> bool:
    return stored() < newest()


BEHIND = "The database is not up to date: run `flask db upgrade`."
OTHER_VERSION = "This code does not know that revision, or not the one of the database: it is of another version."
UNREACHABLE = "The database server cannot be reached: look at PORTAL_DATABASE_URL."
NOT_LET_IN = r'password authentication failed|no password supplied|role ".*" does not exist'
"""What PostgreSQL says of a user or a password that it refuses."""
SENTENCES = (
    (r"no such (table|column)|has no column named", BEHIND),
    (NOT_LET_IN, "The database server refuses the user or the password in PORTAL_DATABASE_URL."),
    (r'database ".*" does not exist', "The database that PORTAL_DATABASE_URL names does not exist: make it first."),
    (
        r"permission denied",
        "The user in PORTAL_DATABASE_URL may not do this: it needs all rights in its database and schema.",
    ),
    (
        r"unable to open database file|readonly database",
        "The database's file cannot be opened or written to: look at PORTAL_DATA_DIR and PORTAL_DATABASE_URL.",
    ),
    (r"disk is full|No space left", "The disk is full: make room, then start again."),
    (r"is not a database|malformed", "The database's file is damaged, or is no database: restore a backup."),
    (r"is locked", "Another process holds the database: try again in a moment."),
)
"""Patterns of drivers' messages, and the advice for each."""
MISSING = {"42P01", "42703"}
"""PostgreSQL's codes for missing tables and columns."""
ENDED = ("08", "57P")
"""How its codes begin for a connection that broke, and a server that stops or only begins."""


def sentence(error: BaseException) -> str | None:
    """Return advice about an error of the database or of a file; None for other errors."""
    if isinstance(error, OtherVersion):
        return OTHER_VERSION
    if isinstance(error, OSError):
        return about_files(error)
    cause: BaseException = getattr(error, "orig", None) or error
    driver = type(cause).__module__.partition(".")[0]
    if driver not in ("sqlite3", "psycopg", "pyrage"):
        return None
    if getattr(cause, "sqlstate", None) in MISSING:
        return BEHIND
    advice = next((says for words, says in SENTENCES if re.search(words, str(cause))), None)
    is_ended = (getattr(cause, "sqlstate", None) or "").startswith(ENDED)
    is_away = driver == "psycopg" and (is_ended or type(cause).__name__ in ("OperationalError", "ConnectionTimeout"))
    return advice or (UNREACHABLE if is_away else None)


def end(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> Any:
    """An `excepthook` for commands: prints the advice, or a traceback for unexplained errors."""
    says = sentence(error)
    if says is None:
        sys.__excepthook__(kind, error, trace)
    else:
        sys.stderr.write(f"{says}\n")


def start(app: Portal) -> None:
    app.cli.add_command(commands)


commands = AppGroup("db", help="The database's form.")


@commands.command("upgrade")
@click.argument("to", default="head")
def upgrade_now(to: str) -> None:
    """Run the migrations, up to TO if it is given."""
    upgrade(to)
    click.echo("the database is up to date" if is_current() else f"the database is at {to}")


@commands.command("downgrade")
@click.argument("to")
def downgrade_now(to: str) -> None:
    """Undo migrations down to TO; "base" undoes all, and with them all that is stored."""
    downgrade(to)
    click.echo(f"the database is at {to}")
