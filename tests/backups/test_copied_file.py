"""A copy of SQLite's file, made while the portal writes: it opens, and what was erased since is erased again."""

import sqlite3
import threading
from contextlib import closing
from datetime import timedelta
from pathlib import Path

from sqlalchemy import delete, select, text

from portal.core.clock import now
from portal.core.db import db, session
from portal.reports.reports import Thread
from tests.backups.cities import check_city, make_city, run
from tests.make import make_report
from tests.patience import wait_for

MANY = 20
"""Reports written before the copy is made."""


def test_restored_file_opens_and_erases_what_was_erased_since(app, work, empty, elsewhere, tmp_path):
    with work() as made:
        city = make_city(made)
        first = make_report("Erased later.").thread_id
    stop, filed = threading.Event(), []

    def keep_writing() -> None:
        while not stop.is_set():
            with work():
                written = make_report("Written meanwhile.").thread_id
            # Only what was committed must be in the copy.
            filed.append(written)

    copy = tmp_path / "copy.db"
    writer = threading.Thread(target=keep_writing)
    writer.start()
    try:
        wait_for(lambda: len(filed) >= MANY)
        known = list(filed)
        with closing(sqlite3.connect(db.engine.url.database)) as source, closing(sqlite3.connect(copy)) as target:
            source.backup(target)
    finally:
        stop.set()
        writer.join()
    with work():
        session.execute(delete(Thread).where(Thread.id == first))
    run(app, "backup", "--only-erasures")
    Path(db.engine.url.database).unlink()
    restored = Path(empty.removeprefix("sqlite:///"))
    copy.replace(restored)
    new = elsewhere()
    with new.app_context(), db.work():
        assert session.scalar(text("PRAGMA integrity_check")) == "ok"
        assert session.get(Thread, first)
        assert set(known) <= set(session.scalars(select(Thread.id)))
        session.execute(delete(Thread).where(Thread.id.in_(filed)))
    since = f"{now() - timedelta(days=1):%Y-%m-%d}"
    assert "Erased since: 1 rows" in run(new, "apply-erasures", "--since", since).output
    with new.app_context(), db.work():
        assert session.get(Thread, first) is None
        check_city(city)
