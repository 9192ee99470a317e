"""litestream, as docs/operators.md sets it up: it copies while the portal writes, and what it restores opens."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

from sqlalchemy import delete, select, text

from portal.core.clock import now
from portal.core.db import db, session
from portal.reports.reports import Thread
from tests.backups.cities import check_city, make_city
from tests.make import make_report
from tests.patience import HANGS, wait_for

LITESTREAM = str(Path(sys.executable).parent / "litestream")


MANY = 50
"""Reports written while it copies: more than one emptying of SQLite's journal."""


def litestream(*args: str) -> None:
    subprocess.run([LITESTREAM, *args], check=True, capture_output=True, timeout=HANGS)


@contextmanager
def replicating(config: Path) -> Iterator[None]:
    """Run litestream beside the portal, and end it as a service manager does: it sends the rest and stops.

    Never by `replicate -once` while something writes: what 0.5.17 restores from that may be broken.
    """
    process = subprocess.Popen([LITESTREAM, "replicate", "-config", str(config)], stderr=subprocess.DEVNULL)
    try:
        yield
    finally:
        process.terminate()
        assert process.wait(HANGS) == 0


def test_what_is_restored_opens_and_what_was_erased_since_is_erased_again(app, work, empty, elsewhere, run, tmp_path):
    with work() as made:
        city = make_city(made)
        first = make_report("Erased later.").thread_id
    stop, filed = threading.Event(), []

    def keep_writing() -> None:
        while not stop.is_set():
            with work():
                filed.append(make_report("Written meanwhile.").thread_id)

    config = tmp_path / "litestream.yml"
    replica = tmp_path / "replica"
    config.write_text(
        f"dbs:\n  - path: {db.engine.url.database}\n    replica:\n      type: file\n      path: {replica}\n"
    )
    writer = threading.Thread(target=keep_writing)
    with replicating(config):
        writer.start()
        try:
            wait_for(lambda: len(filed) >= MANY and any(replica.rglob("*.ltx")))
        finally:
            stop.set()
            writer.join()
    with work():
        session.execute(delete(Thread).where(Thread.id == first))
    Path(db.engine.url.database).unlink()
    restored = Path(empty.removeprefix("sqlite:///"))
    restored.unlink()
    litestream("restore", "-integrity-check", "full", "-o", str(restored), f"file://{replica}")
    new = elsewhere()
    with new.app_context(), db.work():
        assert session.scalar(text("PRAGMA integrity_check")) == "ok"
        assert session.get(Thread, first)
        assert filed
        assert set(filed) <= set(session.scalars(select(Thread.id)))
        session.execute(delete(Thread).where(Thread.id.in_(filed)))
    since = f"{now() - timedelta(days=1):%Y-%m-%d}"
    ledger = app.settings.data_dir / "erasures"
    assert "Erased since: 1 rows" in run(new, "apply-erasures", "--since", since, "--erasures", ledger).output
    with new.app_context(), db.work():
        assert session.get(Thread, first) is None
        check_city(city)
