"""The measure: a bare Flask app that says hello, and one that stores a text with as much care as the portal does.

And the least that a sealed report can cost: the same insert with the portal's sealing before it and nothing else, no
form, no check, no limit, no question to the database.
"""

from __future__ import annotations

import os
import sqlite3
import threading
from contextlib import closing
from typing import cast

from flask import Flask, abort, request
from nacl.utils import random

from portal.core.crypto import locator, new_private_key, private_key_from_seed, seal, stretch_words, thread_seed
from portal.core.telephone import signature_valid
from portal.reports.code import NONCE_SIZE, words_from

DESK = new_private_key().public_key
SALT = bytes(32)
SEALED = """
CREATE TABLE IF NOT EXISTS sealed (
    id INTEGER PRIMARY KEY, locator TEXT UNIQUE, public_key BLOB, box BLOB, desk BLOB, resident BLOB
)
"""
TEXTS = "CREATE TABLE IF NOT EXISTS sealed_text (id INTEGER PRIMARY KEY, message TEXT UNIQUE, box BLOB, desk BLOB)"
app = Flask(__name__)
local = threading.local()


@app.get("/")
def hello() -> str:
    return "Hello, world!"


@app.post("/")
def insert() -> str:
    """One row, on the disk before it is answered."""
    with connection() as database:
        database.execute("INSERT INTO text (body) VALUES (?)", (request.get_data(),))
    return "Thank you."


@app.post("/sealed")
def insert_sealed() -> str:
    """One row with a report that a desk and a resident's code can open, and its code."""
    code = words_from(random(NONCE_SIZE), "en")
    stretched = stretch_words(code, SALT)
    resident = private_key_from_seed(thread_seed(stretched)).public_key
    sealed = seal(("bare",), request.get_data(), [DESK, resident])
    row = (locator(stretched, SALT), bytes(resident), sealed.box, *sealed.keys)
    with connection() as database:
        database.execute("INSERT INTO sealed (locator, public_key, box, desk, resident) VALUES (?, ?, ?, ?, ?)", row)
    return " ".join(code)


@app.post("/sms/twilio/inbound")
def insert_text() -> str:
    """One row with a text that a desk can open, once for each id of the provider, if the provider signed it."""
    signature = request.headers.get("X-Twilio-Signature")
    token, public = (os.environ[name] for name in ("PORTAL_TWILIO_AUTH_TOKEN", "PORTAL_PUBLIC_URL"))
    if not signature_valid((token,), public, request.path, request.form, signature):
        abort(403)
    sealed = seal(("bare",), request.form["Body"].encode(), [DESK])
    row = (request.form["MessageSid"], sealed.box, *sealed.keys)
    with connection() as database:
        database.execute("INSERT OR IGNORE INTO sealed_text (message, box, desk) VALUES (?, ?, ?)", row)
    return "<Response/>"


def connection() -> sqlite3.Connection:
    """The connection of this thread, which writes as safely as the portal's."""
    if not hasattr(local, "connection"):
        local.connection = sqlite3.connect(os.environ["BARE_DATABASE"], timeout=5)
        local.connection.execute("PRAGMA synchronous=FULL")
    return cast(sqlite3.Connection, local.connection)


def make_database(path: str) -> None:
    """Make the database. Its journal is chosen once: SQLite refuses that, without waiting, to many at the same time."""
    with closing(sqlite3.connect(path)) as made:
        made.execute("PRAGMA journal_mode=WAL")
        made.execute("CREATE TABLE IF NOT EXISTS text (id INTEGER PRIMARY KEY, body BLOB)")
        made.execute(SEALED)
        made.execute(TEXTS)
