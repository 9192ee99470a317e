"""Explain errors of the database or the data folder to the operator, in one sentence that shows no value."""

from __future__ import annotations

import re
import sys
from types import TracebackType
from typing import Any

from portal.config import about_files
from portal.core.migrations import DatabaseTooOld, OtherVersion

BEHIND = "The database is not up to date: run `flask db upgrade`."
OTHER_VERSION = "This code does not know that revision, or not the one of the database: it is of another version."
TOO_OLD = (
    "This database was made before version 0.1.0 and cannot be upgraded: "
    "delete the data folder (var/) if it holds only the demonstration, or keep the version that made it."
)
UNREACHABLE = "The database server cannot be reached: look at PORTAL_DATABASE_URL."
SENTENCES = (
    (r"no such (table|column)|has no column named", BEHIND),
    (
        r'password authentication failed|no password supplied|role ".*" does not exist',
        "The database server refuses the user or the password in PORTAL_DATABASE_URL.",
    ),
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


def sentence(error: BaseException) -> str | None:
    """Return advice about an error of the database or of a file; None for other errors."""
    if isinstance(error, DatabaseTooOld):
        return TOO_OLD
    if isinstance(error, OtherVersion):
        return OTHER_VERSION
    if isinstance(error, OSError):
        return about_files(error)
    cause: BaseException = getattr(error, "orig", None) or error
    driver = type(cause).__module__.partition(".")[0]
    if driver not in ("sqlite3", "psycopg"):
        return None
    if getattr(cause, "sqlstate", None) in MISSING:
        return BEHIND
    found = next((says for words, says in SENTENCES if re.search(words, str(cause))), None)
    is_away = driver == "psycopg" and type(cause).__name__ in ("OperationalError", "ConnectionTimeout")
    return found or (UNREACHABLE if is_away else None)


def end(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> Any:
    """An `excepthook` for commands: prints the advice, or a traceback for unexplained errors."""
    says = sentence(error)
    if says is None:
        sys.__excepthook__(kind, error, trace)
    else:
        sys.stderr.write(f"{says}\n")
