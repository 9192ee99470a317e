"""The city that is measured: its settings, its migrated database, its people, places and reports."""

from __future__ import annotations

import os
import secrets
import sqlite3
from base64 import urlsafe_b64encode
from contextlib import closing
from pathlib import Path

from bench.bare import make_database
from portal.app import create_app
from portal.core import migrations
from portal.core.db import db
from portal.core.portal import Portal
from tests.indicators.published import publish
from tests.make import make_desk, make_market, make_meeting, make_member, make_post, make_report

REPORTS = 1_000
PLACES = ("Elm Street", "Oak Corner", "Mill Park")
NUMBER = "+12025550100"
PLENTY = str(10**9)


def environment(folder: Path) -> dict[str, str]:
    """Production settings with secrets of their own; nothing slows somebody who sends very many reports."""
    return {
        "PORTAL_ENVIRONMENT": "production",
        "PORTAL_PUBLIC_URL": "https://localhost",
        "PORTAL_DATA_DIR": str(folder),
        "PORTAL_SECRET": secrets.token_urlsafe(48),
        "PORTAL_CIPHER_KEYS": urlsafe_b64encode(secrets.token_bytes(32)).decode(),
        "PORTAL_REPORTS_PER_ADDRESS": PLENTY,
        "PORTAL_REPORTS_IN_ALL": PLENTY,
        # No worker runs, so nothing is sent.
        "PORTAL_SMS_SENDER": "twilio",
        "PORTAL_SMS_NUMBER": NUMBER,
        "PORTAL_TWILIO_ACCOUNT_SID": "AC" + secrets.token_hex(16),
        "PORTAL_TWILIO_AUTH_TOKEN": secrets.token_hex(16),
        "BARE_DATABASE": str(folder / "bare.db"),
    }


def empty(folder: Path, **settings: str) -> Portal:
    """Set the environment, with further settings, and return a portal with a migrated database without rows."""
    os.environ.update(environment(folder) | settings)
    make_database(os.environ["BARE_DATABASE"])
    portal = create_app()
    # Browsers come by HTTPS.
    portal.config["PREFERRED_URL_SCHEME"] = "https"
    with portal.app_context():
        migrations.upgrade()
    return portal


def found(folder: Path, **settings: str) -> Portal:
    """Return a portal with people, places and reports; it has no open connection."""
    portal = empty(folder, **settings)
    with portal.app_context():
        with db.work() as session:
            triage, organizer = make_member(session, ("triage",)), make_member(session, ("organizer",))
            make_desk(session, [triage])
            make_desk(session, [], "oversight")
            market, *_others = [make_market(session, name) for name in PLACES]
            for _each in range(3):
                make_meeting(session, organizer, market_id=market.id)
                make_post(session, organizer, market_id=market.id)
            publish(session)
        for number in range(REPORTS):
            with db.work():
                make_report(f"Cars stop at the corner all evening and leave at once ({number}).")
    db.engine.dispose()
    return portal


def count(folder: Path, table: str) -> int:
    name = "bare.db" if table in ("text", "sealed") else "portal.db"
    with closing(sqlite3.connect(folder / name)) as database:
        return int(database.execute(f"SELECT count(*) FROM {table}").fetchone()[0])
