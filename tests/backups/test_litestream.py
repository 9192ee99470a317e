"""litestream, as docs/operators.md sets it up: it copies while the portal writes, and what it restores opens."""

from __future__ import annotations

import subprocess
import sys
import threading
from datetime import timedelta
from pathlib import Path

from sqlalchemy import delete, select, text

from portal.core.clock import now
from portal.core.db import db, session
from portal.reports.reports import Thread
from tests.backups.cities import check_city, make_city
from tests.make import make_report
from tests.patience import HANGS

LITESTREAM = str(Path(sys.executable).parent / "litestream")


def litestream(*args: str) -> None:
    subprocess.run([LITESTREAM, *args], check=True, capture_output=True, timeout=HANGS)


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
    writer.start()
    try:
        for _time in range(2):
            litestream("replicate", "-once", "-config", str(config))
    finally:
        stop.set()
        writer.join()
    litestream("replicate", "-once", "-config", str(config))
    with work():
        session.execute(delete(Thread).where(Thread.id == first))
    Path(db.engine.url.database).unlink()
    restored = Path(empty.removeprefix("sqlite:///"))
    restored.unlink()
    litestream("restore", "-o", str(restored), f"file://{replica}")
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
