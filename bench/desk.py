"""Whether the desk's list costs more as reports become many: processor milliseconds for each page, in one process.

Most reports of a desk are closed and wait for the day on which they are erased; up to ten thousand are open here, a
third of them passed on. A search opens a bounded number of messages, however many there are.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from flask.testing import FlaskClient
from nacl.public import PublicKey
from sqlalchemy import insert, select

from bench import city, table
from bench.servers import cpu_ms
from portal.accounts.users import ActiveKey, Desk, DeskKey
from portal.core.clock import today
from portal.core.crypto import new_private_key, seal
from portal.core.db import db, random_id
from portal.reports.reports import PassedOn, Thread, ThreadMessage, about_message
from portal.reports.threads import message_columns
from portal.reports.triage import Category, Channel
from portal.reports.words import ReportWords
from tests.make import make_desk, make_market, make_member, sign_in
from tests.page import SAME_ORIGIN

SIZES, QUICK_SIZES = (1_000, 100_000, 1_000_000), (1_000, 20_000)
MOST_OPEN = 10_000
CHUNK = 10_000
LISTS = {
    "waiting": "/en/desk/",
    "open, last page": "/en/desk/?view=open&page={last}",
    "five filters at once": "/en/desk/?view=open&place=long-street-1&about=selling&language=es&channel=text&age=older",
    "closed": "/en/desk/?view=closed",
    "closed, at no place": "/en/desk/?view=closed&place=none",
}
WORDS = ReportWords("Three people sell by the bus stop every evening, and nobody can walk there.", where="by the stop")


def report(quick: bool) -> str:
    sizes = QUICK_SIZES if quick else SIZES
    columns = [_measured(size) for size in sizes]
    head = ["CPU ms", *(f"{size:,} reports, {min(size, MOST_OPEN):,} open" for size in sizes)]
    return table.aligned([head, *([name, *(column[name] for column in columns)] for name in columns[0])])


def _measured(size: int) -> dict[str, str]:
    with TemporaryDirectory() as folder, _founded(Path(folder), size) as (client, thread_id):
        last = min(size, MOST_OPEN) // 25
        pages = {name: partial(_ask, client, path.format(last=last)) for name, path in LISTS.items()}
        pages["one report"] = partial(_ask, client, f"/en/desk/{thread_id}")
        token = re.search('name="csrf_token" value="([^"]+)"', client.get("/en/desk/", headers=SAME_ORIGIN).text)
        assert token is not None
        search = partial(_ask, client, "/en/desk/search?view=open", words="heron", csrf_token=token[1])
        pages["search of 300"] = search
        return {name: f"{cpu_ms(page):.1f}" for name, page in pages.items()}


@contextmanager
def _founded(folder: Path, size: int) -> Iterator[tuple[FlaskClient, int]]:
    """A portal with a desk, so many reports and somebody signed in at the desk; and the id of an open report."""
    portal = city.empty(folder)
    with portal.app_context():
        with db.work() as session:
            member = make_member(session, ("triage",))
            make_desk(session, [member])
            make_desk(session, [make_member(session, ("services",))], "outreach")
            for number in range(20):
                make_market(session, f"Long Street {number + 1}")
        for begin in range(0, size, CHUNK):
            fill(range(begin, min(begin + CHUNK, size)))
        with db.work() as session:
            thread_id = session.scalars(select(Thread.id).where(Thread.state == "new").limit(1)).one()
    client = portal.test_client()
    sign_in(client, member)
    try:
        yield client, thread_id
    finally:
        db.engine.dispose()


def fill(numbers: range) -> None:
    """Insert reports: the first `MOST_OPEN` are open, and only these have words, as a closed one's are not read."""
    with db.work() as session:
        asked = select(Desk.kind, DeskKey.id, DeskKey.desk_id, DeskKey.public_key)
        rows = session.execute(asked.join(DeskKey, DeskKey.desk_id == Desk.id))
        keys = {row.kind: ActiveKey(row.id, row.desk_id, row.public_key) for row in rows}
        ours, theirs = keys["triage"], keys["outreach"]
        public = new_private_key().public_key
        threads = [_thread(number, ours.desk_id) for number in numbers]
        session.execute(insert(Thread), threads)
        open_ones = [thread for thread in threads if thread["closed_on"] is None]
        if not open_ones:
            return
        session.execute(insert(ThreadMessage), [_message(thread, ours, public) for thread in open_ones])
        sealed = seal(("bench",), WORDS.to_bytes(), [PublicKey(ours.public_key), public])
        box = {"box": sealed.box, "desk_key_id": ours.id, "key_for_desk": sealed.keys[0]}
        passed = box | {"passed_to": "outreach", "desk_id": theirs.desk_id, "category": Category.SERVICES.value}
        passed |= {"passed_on": today(), "answer_by": today(), "receiver_key_id": theirs.id, "version": 1, "mac": b""}
        # Nearly all were seen by those who got them; nobody has to be reminded of these.
        passed |= {"key_for_receiver": sealed.keys[1], "acknowledged_on": today()}
        referred = [thread["id"] for thread in open_ones if thread["state"] == "passed"]
        session.execute(insert(PassedOn), [passed | {"id": random_id(), "thread_id": number} for number in referred])


def _message(thread: dict[str, Any], ours: ActiveKey, public: PublicKey) -> dict[str, object]:
    about = about_message(thread["id"], 0, "resident", "words", today(), thread["language"])
    return {"id": random_id(), **message_columns(about, WORDS.to_bytes(), ours, public)}


def _thread(number: int, desk_id: int) -> dict[str, object]:
    is_open = number < MOST_OPEN
    day = today() - timedelta(days=number % 80)
    return {
        "id": random_id(),
        "locator": f"{random_id():064x}",
        "mac": b"",
        "public_key": bytes(32),
        "desk_id": desk_id,
        "market_id": None,
        "category": [category for category in Category if category is not Category.CONDUCT][number % 5],
        "channel": tuple(Channel)[number % len(Channel)],
        "language": ("en", "es")[number // 3 % 2],
        "urgent": number % 50 == 0,
        "received_on": day,
        "clock_from": day,
        "state": ("new", "read", "passed")[number % 3] if is_open else "closed",
        "waiting_since": day if is_open and number % 3 == 0 else None,
        "disposition": None if is_open else "acted",
        "closed_on": None if is_open else day,
        "length": 1,
        "version": 1,
    }


def _ask(client: FlaskClient, path: str, **form: str) -> None:
    answer = client.open(path, method="POST" if form else "GET", data=form or None, headers=SAME_ORIGIN)
    assert answer.status_code == 200, f"{path}: {answer.status_code}"
