"""What tests of the demonstration share."""

import socket
import sqlite3
from contextlib import closing
from datetime import date
from pathlib import Path

import psutil
import pytest

from portal.config import Settings
from portal.core.clock import today
from portal.core.db import db
from portal.core.web import Portal
from portal.demo import city
from portal.demo.sign_ins import Handover
from tests.conftest import Work


@pytest.fixture(scope="session")
def loaded() -> dict[date, tuple[Path, Handover]]:
    """The city as it was loaded in this process on a day: a file to copy, and what was handed over."""
    return {}


@pytest.fixture
def handover(app: Portal, work: Work, shared_dir: Path, loaded: dict[date, tuple[Path, Handover]]) -> Handover:
    """The city is there, loaded once for all tests on SQLite; what exists in clear only then."""
    with app.app_context():
        day, database = today(), db.engine.url.database
        is_file = db.engine.dialect.name == "sqlite"
    if is_file and day in loaded:
        kept, handed_over = loaded[day]
        copy(kept, Path(str(database)))
        return handed_over
    with work():
        handed_over = city.load()
    if is_file:
        loaded[day] = shared_dir / f"city-{day}.db", handed_over
        copy(Path(str(database)), loaded[day][0])
    return handed_over


def copy(here: Path, there: Path) -> None:
    """Copy a database, also into one that is open."""
    with closing(sqlite3.connect(here)) as source, closing(sqlite3.connect(there)) as target:
        source.backup(target)


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """As in a demonstration, but that no telephone company answers."""
    ours = {
        "demo": True,
        "sms_number": "+12025550100",
        "twilio_auth_token": "t" * 32,
        "twilio_account_sid": "AC" + "0" * 32,
    }
    return settings.model_copy(update={**ours, "twilio_api_base": f"http://127.0.0.1:{free_port()}"})


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def is_gone(process: psutil.Process) -> bool:
    """Whether a process has ended; who should have waited for it may be gone as well."""
    try:
        return not process.is_running() or bool(process.status() == psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return True
