"""Commands: one that cannot use the database says in one sentence why; how far a long one is."""

import io
import shutil
import sqlite3
from contextlib import closing

import psycopg
from sqlalchemy.exc import OperationalError

from portal.core import migrations
from portal.core.cli import BEHIND, OTHER_VERSION, TOO_OLD, UNREACHABLE, ProgressOutput, sentence
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


class Terminal(io.StringIO):
    def isatty(self):
        return True


def test_progress_is_few_whole_lines_or_one_written_over():
    for total in (1, 3, 4, 45, 1000):
        lines = shown(io.StringIO(), total).splitlines()
        assert lines[-1] == f"Doing: {total} of {total}"
        assert len(lines) <= 5
        assert not [line for line in lines if "\r" in line or "\x1b" in line]
    said = shown(Terminal(), 3)
    assert said.split("\r\x1b[K") == ["", "Doing: 1 of 3 …", "Doing: 2 of 3 …", "Doing: 3 of 3\n"]


def shown(out, total):
    progress = ProgressOutput("Doing", out)
    for done in range(1, total + 1):
        progress.at(done, total)
    return out.getvalue()


def test_every_migration_is_told_of_once(tmp_path):
    told = []
    db.open(f"sqlite:///{tmp_path / 'new.db'}")
    migrations.upgrade(tell=lambda *how_far: told.append(how_far))
    migrations.upgrade(tell=lambda *how_far: told.append(how_far))
    db.engine.dispose()
    total = len(list(migrations.VERSIONS.glob("[0-9]*.py")))
    assert told == [(done, total) for done in range(1, total + 1)]
