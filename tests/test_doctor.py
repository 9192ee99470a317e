"""`flask doctor` and `flask db`: what they find, and what they say about it."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from cryptography.fernet import Fernet
from sqlalchemy import select

from portal import doctor
from portal.app import create_app
from portal.config import DEVELOPMENT_SECRET, Environment, SmsSender
from portal.core.clock import now
from portal.core.db import db
from portal.core.jobs import outbox
from portal.core.jobs.outbox import Kind
from portal.core.jobs.timetable import Turn
from tests.core.couriers import TestCourier


@pytest.fixture
def healthy(app):
    """A portal in which everything is in place."""
    app.extensions["couriers"][Kind.MAIL] = TestCourier()
    app.extensions["settings"].secret = "x7f3k9q2m5v8b1n4c6z0a9s8d7f6g5h4"
    app.extensions["settings"].cipher_keys = Fernet.generate_key().decode()
    app.extensions["engine"].tick()
    app.extensions["engine"].run("sweep", [])
    return app


@pytest.fixture
def check(healthy):
    def check():
        result = healthy.test_cli_runner().invoke(args=["doctor", "check"])
        return result.exit_code, result.output

    return check


def test_a_healthy_portal(check):
    code, output = check()
    assert "LOOK" not in output
    assert code == 0


def test_no_secret_is_shown(check, healthy):
    _code, output = check()
    assert healthy.extensions["settings"].secret not in output
    assert healthy.extensions["settings"].cipher_keys not in output


def finds(output, sentence):
    return any(line.startswith("LOOK") and sentence in line for line in output.splitlines())


def test_development_keys(check, healthy):
    healthy.extensions["settings"].secret = DEVELOPMENT_SECRET
    code, output = check()
    assert code == 1
    assert finds(output, "keys: the development values")


def test_little_disk(check, monkeypatch):
    monkeypatch.setattr(doctor, "LEAST_FREE", 2**62)
    assert finds(check()[1], "MiB free in the data folder")


def test_no_data_folder(check, healthy, tmp_path):
    healthy.extensions["settings"].data_dir = tmp_path / "nowhere"
    assert finds(check()[1], "disk: the data folder (PORTAL_DATA_DIR) cannot be read")


def test_a_telephone_without_a_courier(check, healthy):
    healthy.extensions["settings"].sms_sender = SmsSender.TWILIO
    assert finds(check()[1], "telephone: no courier for texts")


def test_no_mail(check, healthy):
    healthy.extensions["couriers"].clear()
    assert finds(check()[1], "mail: invitations wait until PORTAL_SMTP_URL is set")


def test_an_engine_that_does_not_answer(check, healthy):
    healthy.extensions["engine"].queue.storage.conn.execute("DROP TABLE task")
    assert finds(check()[1], "jobs engine: embedded, cannot be reached")


def test_a_database_that_is_away(check, tmp_path):
    db.open(f"sqlite:///{tmp_path / 'nowhere' / 'portal.db'}")
    assert finds(check()[1], "database: sqlite cannot be read (OperationalError)")


def test_a_database_of_another_time(check, tmp_path):
    db.open(f"sqlite:///{tmp_path / 'empty.db'}")
    assert finds(check()[1], "database: sqlite, run `flask db upgrade`")


def test_a_clock_that_runs_behind(check, work):
    with work() as session:
        row = session.get_one(outbox.Parcel, outbox.put(Kind.TEXT, "+1", "words").id)
        row.created_at = now() + timedelta(hours=1)
    assert finds(check()[1], "clock: runs behind what is stored")


def test_an_outbox_that_nobody_empties(check, work):
    with work():
        outbox.put(Kind.TEXT, "+1", "words", due_at=now() - timedelta(hours=1))
    assert finds(check()[1], "outbox: 1 parcel(s) late by more than 15 minutes")


@pytest.mark.parametrize(("hour", "is_late"), [(3, False), (16, True)])
def test_what_waits_for_the_morning_is_not_late(app, hour, is_late):
    with time_machine.travel(datetime(2026, 6, 2, hour, tzinfo=UTC), tick=False), app.app_context(), db.work():
        outbox.put(Kind.TEXT, "+1", "words", due_at=now() - timedelta(hours=1), by_day=True)
        assert doctor._outbox().good is not is_late


def test_no_worker(check, work):
    with work() as session:
        session.scalars(select(Turn).where(Turn.name == "sweep")).one().done_for = now() - timedelta(hours=1)
    assert finds(check()[1], "worker: start `flask worker`")


def test_a_new_key_is_one(app, settings):
    key = app.test_cli_runner().invoke(args=["doctor", "new-key"]).output.strip()
    assert len(key) == 44
    create_app(settings.model_copy(update={"cipher_keys": key, "environment": Environment.TEST}))


def test_the_database_can_be_brought_up_and_down(app):
    run = app.test_cli_runner().invoke
    assert run(args=["db", "current"]).output == "the database is up to date\n"
    assert run(args=["db", "downgrade", "base"]).exit_code == 0
    behind = run(args=["db", "current"])
    assert (behind.exit_code, behind.output) == (1, "the database is not up to date: run `flask db upgrade`\n")
    assert run(args=["db", "upgrade"]).output == "the database is up to date\n"
