"""The measure: a bare Flask app that says hello, and one that stores a text with as much care as the portal does."""

from __future__ import annotations

import os
import sqlite3
import threading
from typing import cast

from flask import Flask, request

app = Flask(__name__)
local = threading.local()


@app.get("/")
def hello() -> str:
    """What costs least."""
    return "Hello, world!"


@app.post("/")
def insert() -> str:
    """One row, on the disk before it is answered."""
    with connection() as database:
        database.execute("INSERT INTO text (body) VALUES (?)", (request.get_data(),))
    return "Thank you."


def connection() -> sqlite3.Connection:
    """The connection of this thread."""
    if not hasattr(local, "connection"):
        local.connection = opened(os.environ["BARE_DATABASE"])
    return cast(sqlite3.Connection, local.connection)


def opened(path: str) -> sqlite3.Connection:
    """The database with the pragmas of the portal that say how safely it writes."""
    made = sqlite3.connect(path, timeout=5)
    made.execute("PRAGMA journal_mode=WAL")
    made.execute("PRAGMA synchronous=FULL")
    made.execute("CREATE TABLE IF NOT EXISTS text (id INTEGER PRIMARY KEY, body BLOB)")
    return made
