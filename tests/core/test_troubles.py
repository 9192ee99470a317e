"""A command that cannot use the database says in one sentence why."""

import shutil
import sqlite3
from contextlib import closing

import psycopg
from sqlalchemy.exc import OperationalError

from portal.core.cli import BEHIND, OTHER_VERSION, TOO_OLD, UNREACHABLE, sentence
from portal.core.db import db
from portal.core.migrations import DatabaseTooOld, OtherVersion

REFUSED = "The database server refuses the user or the password in PORTAL_DATABASE_URL."
NO_DATABASE = "The database that PORTAL_DATABASE_URL names does not exist: make it first."
CLOSED = "The database's file cannot be opened or written to: look at PORTAL_DATA_DIR and PORTAL_DATABASE_URL."
FULL = "The disk is full: make room, then start again."
LOCKED = "Another process holds the database: try again in a moment."
DAMAGED = "The database's file is damaged, or is no database: restore a backup."


def test_commands_say_why_they_cannot_use_the_database(app, database, sqlite_template, tmp_path):
    (tmp_path / "text.db").write_text("This is a text and no database at all. " * 20)
    for revision in ("0999", "0049"):
        path = shutil.copy(sqlite_template, tmp_path / f"{revision}.db")
        with closing(sqlite3.connect(path)) as connection, connection:
            connection.execute(f"UPDATE alembic_version SET version_num = '{revision}'")
    for url, arguments, says in (
        (f"sqlite:///{tmp_path / 'empty.db'}", "worker", BEHIND),
        (f"sqlite:///{tmp_path / 'text.db'}", "db upgrade", DAMAGED),
        (f"sqlite:///{tmp_path / '0999.db'}", "db upgrade", OTHER_VERSION),
        (f"sqlite:///{tmp_path / '0049.db'}", "db upgrade", TOO_OLD),
        (database, "db upgrade 0999", OTHER_VERSION),
        (database, "db downgrade baes", OTHER_VERSION),
        ("postgresql+psycopg://portal:a-password@127.0.0.1:1/portal", "db upgrade", UNREACHABLE),
    ):
        db.open(url)
        done = app.test_cli_runner().invoke(args=arguments.split())
        said = sentence(done.exception) or done.output.strip().removeprefix("Error: ")
        assert (done.exit_code, said) == (1, says)
        db.engine.dispose()


def wrapped(cause):
    return OperationalError(None, None, cause)


def test_what_drivers_say():
    for error, says in (
        (wrapped(psycopg.OperationalError('FATAL:  password authentication failed for user "portal"')), REFUSED),
        (wrapped(psycopg.OperationalError("fe_sendauth: no password supplied")), REFUSED),
        (wrapped(psycopg.OperationalError('FATAL:  database "portal" does not exist')), NO_DATABASE),
        # As the queue of jobs meets it, and in whatever language the server speaks.
        (psycopg.OperationalError("Verbindungsaufbau abgelehnt"), UNREACHABLE),
        (wrapped(psycopg.errors.UndefinedTable('relation "core_outbox" does not exist')), BEHIND),
        (wrapped(sqlite3.OperationalError("no such column: core_outbox.by_day")), BEHIND),
        (wrapped(sqlite3.OperationalError("attempt to write a readonly database")), CLOSED),
        (wrapped(sqlite3.OperationalError("database or disk is full")), FULL),
        (sqlite3.OperationalError("database is locked"), LOCKED),
        (OtherVersion(), OTHER_VERSION),
        (DatabaseTooOld(), TOO_OLD),
        (wrapped(sqlite3.OperationalError("near SELEKT: syntax error")), None),
        (ValueError("no such table"), None),
    ):
        assert sentence(error) == says, error
