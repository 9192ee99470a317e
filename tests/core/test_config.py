"""Settings: a wrong one stops the start with one sentence that shows no value; those that administrators store win."""

import errno
import os
import re
import shutil
import sqlite3
import subprocess
import sys
from base64 import urlsafe_b64encode
from contextlib import closing

import psycopg
import pytest
from cryptography.fernet import Fernet
from flask import render_template_string
from sqlalchemy import select
from sqlalchemy.exc import OperationalError

from portal import config
from portal.app import create_app
from portal.config import ROOT, BadSettings, Palette, Settings, read_settings
from portal.core import migrations, page_cache, stored_settings
from portal.core.audit import AuditEvent
from portal.core.clock import now
from portal.core.db import db
from portal.core.migrations import BEHIND, OTHER_VERSION, UNREACHABLE, OtherVersion, sentence
from portal.core.stored_settings import SETTABLE, StoredSetting, store_settings

SECRET = "Wq7-zR3_mK9+tB5=xN1.cH8:vL2!pD6(gS4"
CIPHER = urlsafe_b64encode(bytes(range(32))).decode()
WHOLE = {
    "PORTAL_ENVIRONMENT": "production",
    "PORTAL_SECRET": SECRET,
    "PORTAL_CIPHER_KEYS": CIPHER,
    "PORTAL_PUBLIC_URL": "https://portal.example",
}


ONION = f"http://{'abcdefg2' * 7}.onion"
NO_ONION = ("portal.onion", "http://short.onion", f"{ONION}/en/", "ftp://x.onion", "https://portal.test")


def give(monkeypatch, **others):
    """Set the variables of a whole site, with others in their place."""
    for name in [name for name in os.environ if name.startswith("PORTAL_")]:
        monkeypatch.delenv(name)
    for name, value in (WHOLE | {f"PORTAL_{name.upper()}": value for name, value in others.items()}).items():
        monkeypatch.delenv(name, raising=False) if value is None else monkeypatch.setenv(name, value)


def refusal():
    """Why the settings are refused, if they are."""
    try:
        read_settings()
    except BadSettings as problem:
        return str(problem)
    return ""


def test_a_wrong_setting_is_named_and_not_shown(monkeypatch):
    for wrong, named in (
        ({"secret": None}, "PORTAL_SECRET"),
        ({"secret": "short"}, "PORTAL_SECRET"),
        ({"secret": "ababababababababababababababababababab"}, "PORTAL_SECRET"),
        ({"secret": config.DEVELOPMENT_SECRET}, "PORTAL_SECRET"),
        ({"cipher_keys": None}, "PORTAL_CIPHER_KEYS"),
        ({"cipher_keys": config.DEVELOPMENT_CIPHER}, "PORTAL_CIPHER_KEYS"),
        ({"cipher_keys": f"{CIPHER},{config.DEVELOPMENT_CIPHER}"}, "PORTAL_CIPHER_KEYS"),
        ({"cipher_keys": "hunter2hunter2"}, "PORTAL_CIPHER_KEYS: must be Fernet keys"),
        ({"cipher_keys": f"{CIPHER},ñandú"}, "PORTAL_CIPHER_KEYS: must be Fernet keys"),
        ({"cipher_keys": f"{CIPHER},"}, "PORTAL_CIPHER_KEYS: must be Fernet keys"),
        ({"public_url": "http://portal.example"}, "PORTAL_PUBLIC_URL"),
        ({"public_url": "portal.example"}, "PORTAL_PUBLIC_URL"),
        ({"demo": "yes"}, "PORTAL_DEMO"),
        ({"demo": "perhaps"}, "PORTAL_DEMO: must be true or false"),
        ({"environment": "staging"}, "PORTAL_ENVIRONMENT: must be development, production or test"),
        ({"timezone": "America/Gotham"}, "PORTAL_TIMEZONE"),
        ({"proxy_hops": "-1"}, "PORTAL_PROXY_HOPS"),
        ({"proxy_hops": "some"}, "PORTAL_PROXY_HOPS: must be a whole number"),
        ({"proxy_hops": "9"}, "PORTAL_PROXY_HOPS: must be 4 or less"),
        *(({"onion_url": wrong}, "PORTAL_ONION_URL: must be http") for wrong in NO_ONION),
        ({"sms_sender": "pigeon"}, "PORTAL_SMS_SENDER"),
        ({"sms_sender": "twilio"}, "PORTAL_TWILIO_AUTH_TOKEN"),
        ({"sms_number": "911"}, "PORTAL_SMS_NUMBER: must be + and the number with its country, such as"),
        ({"sms_regions": "us"}, "PORTAL_SMS_REGIONS: must be countries, two capital letters each, such as US PR"),
        ({"snapshot_day": "0"}, "PORTAL_SNAPSHOT_DAY: must be 1 or more"),
        ({"snapshot_from": "2022-13"}, "PORTAL_SNAPSHOT_FROM: must be a month such as 2022-01, or empty"),
        ({"exit_url": "javascript:1"}, "PORTAL_EXIT_URL: must begin with http:// or https://"),
        ({"exit_url": ""}, "PORTAL_EXIT_URL: must begin with http:// or https://"),
        *(
            ({"metrics_token": one}, "PORTAL_METRICS_TOKEN: must be 32 random")
            for one in ("short", "ñ" * 40, "a b" * 12)
        ),
        ({"limits_url": "memcached://secret@x"}, "PORTAL_LIMITS_URL: must be postgres or empty"),
    ):
        give(monkeypatch, **wrong)
        sentence = refusal()
        assert named in sentence
        assert "\n" not in sentence
        shown = [value for value in wrong.values() if value not in (None, "", "yes", "twilio", "0", "9", "us")]
        assert not [value for value in shown if value in sentence]
    give(monkeypatch, sms_regions="US XX")
    assert refusal() == "PORTAL_SMS_REGIONS: XX is no country that has telephone numbers"


def test_no_refusal_speaks_as_a_library_does(monkeypatch):
    for value in ("☃", "", "-1", "99999", "[1", "Mars/Olympus", "US pr", "2022-13"):
        for field in Settings.model_fields:
            give(monkeypatch, **{field: value})
            said = refusal()
            assert not re.search(r"[Ii]nput|[Ss]tring|should|pattern|parse|JSON|type=|error|pydantic", said)


def test_what_is_wrong_with_a_file_is_said():
    full = "The disk is full: make room, then start again."
    shut = "/data/a cannot be opened or written to: look at PORTAL_DATA_DIR and at whose that is."
    for code, says in (
        (errno.ENOSPC, full),
        (errno.EDQUOT, full),
        (errno.EROFS, shut),
        (errno.EACCES, shut),
        (errno.EIO, "/data/a cannot be read: the disk has a fault."),
        (errno.ECONNREFUSED, None),
    ):
        assert config.about_files(OSError(code, "in other words", "/data/a")) == says


def test_outside_production_secrets_are_made_up(monkeypatch):
    give(monkeypatch, proxy_hops="1", city_es="San José", onion_url=f"{ONION}/")
    settings = read_settings()
    assert (settings.secret, settings.onion_url) == (SECRET, ONION)
    assert (settings.proxy_hops, settings.city_es, settings.secure_cookies) == (1, "San José", True)
    give(monkeypatch, environment="development", secret=None, cipher_keys=None, public_url=None)
    settings = read_settings()
    assert settings.secret == config.DEVELOPMENT_SECRET
    assert settings.is_development
    assert not settings.secure_cookies


def test_without_any_setting_it_is_production(monkeypatch):
    give(monkeypatch, environment=None, secret=None)
    assert "PORTAL_SECRET" in refusal()


def test_database_lies_in_data_folder_unless_it_is_named(tmp_path):
    given = {"environment": "test", "data_dir": tmp_path}
    assert Settings(**given).database == f"sqlite:///{tmp_path}/portal.db"
    assert Settings(**given, database_url="postgresql://db/x").database == "postgresql+psycopg://db/x"
    # A variable that is no setting is named, with the nearest.
    for name, nearest in (
        ("PORTAL_SMTP_ULR", "PORTAL_SMTP_URL"),
        ("PORTAL_PROXYHOPS", "PORTAL_PROXY_HOPS"),
        ("PORTAL_CIPHER_KEY", "PORTAL_CIPHER_KEYS"),
        ("PORTAL_TWILIO_TOKEN", "PORTAL_TWILIO_AUTH_TOKEN"),
        ("PORTAL_COLOUR", ""),
    ):
        assert config.unknown_settings(["PATH", "portal_secret", "PORTAL_SMTP_URL", name]) == {name: nearest}


def test_a_bad_setting_ends_the_start_with_one_sentence(tmp_path):
    done = start({"PORTAL_ENVIRONMENT": "production", "PORTAL_PUBLIC_URL": "https://portal.test"})
    sentence = "PORTAL_SECRET is missing or weak: give at least 32 random characters"
    assert (done.returncode, done.stderr.strip()) == (1, sentence)
    # So does a database that is away.
    given = {"PORTAL_ENVIRONMENT": "development", "PORTAL_DATA_DIR": str(tmp_path)}
    given["PORTAL_DATABASE_URL"] = "postgresql://portal:a-password@127.0.0.1:1/portal"
    done = start(
        given, "import wsgi; wsgi.app.test_cli_runner().invoke(args=['db', 'upgrade'], catch_exceptions=False)"
    )
    assert (done.returncode, done.stderr.strip()) == (1, migrations.UNREACHABLE)
    # But a key is made before there are settings.
    command = [sys.executable, "-m", "flask", "doctor", "new-key"]
    done = subprocess.run(command, cwd=ROOT, env={}, capture_output=True, text=True, check=True)
    Fernet(done.stdout.strip())
    assert done.stderr == ""


def start(environment, code="import wsgi"):
    command = [sys.executable, "-c", code]
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)


REFUSED = "The database server refuses the user or the password in PORTAL_DATABASE_URL."
NO_DATABASE = "The database that PORTAL_DATABASE_URL names does not exist: make it first."
CLOSED = "The database's file cannot be opened or written to: look at PORTAL_DATA_DIR and PORTAL_DATABASE_URL."
FULL = "The disk is full: make room, then start again."
LOCKED = "Another process holds the database: try again in a moment."
DAMAGED = "The database's file is damaged, or is no database: restore a backup."


def test_commands_say_why_they_cannot_use_the_database(app, database, sqlite_template, tmp_path):
    (tmp_path / "text.db").write_text("This is a text and no database at all. " * 20)
    for revision in ("0999", "0049"):
        path = shutil.copy(sqlite_template, tmp_path / f"{revision}.db")
        with closing(sqlite3.connect(path)) as connection, connection:
            connection.execute(f"UPDATE alembic_version SET version_num = '{revision}'")
    for url, arguments, says in (
        (f"sqlite:///{tmp_path / 'empty.db'}", "worker", BEHIND),
        (f"sqlite:///{tmp_path / 'text.db'}", "db upgrade", DAMAGED),
        (f"sqlite:///{tmp_path / '0999.db'}", "db upgrade", OTHER_VERSION),
        (f"sqlite:///{tmp_path / '0049.db'}", "db upgrade", OTHER_VERSION),
        (database, "db upgrade 0999", OTHER_VERSION),
        (database, "db downgrade baes", OTHER_VERSION),
        ("postgresql+psycopg://portal:a-password@127.0.0.1:1/portal", "db upgrade", UNREACHABLE),
    ):
        db.open(url)
        done = app.test_cli_runner().invoke(args=arguments.split())
        said = sentence(done.exception) or done.output.strip().removeprefix("Error: ")
        assert (done.exit_code, said) == (1, says)
        db.engine.dispose()


def wrapped(cause):
    return OperationalError(None, None, cause)


def test_what_drivers_say():
    for error, says in (
        (wrapped(psycopg.OperationalError('FATAL:  password authentication failed for user "portal"')), REFUSED),
        (wrapped(psycopg.OperationalError("fe_sendauth: no password supplied")), REFUSED),
        (wrapped(psycopg.OperationalError('FATAL:  database "portal" does not exist')), NO_DATABASE),
        # As the queue of jobs meets it, and in whatever language the server speaks.
        (psycopg.OperationalError("Verbindungsaufbau abgelehnt"), UNREACHABLE),
        (wrapped(psycopg.errors.UndefinedTable('relation "core_outbox" does not exist')), BEHIND),
        (wrapped(sqlite3.OperationalError("no such column: core_outbox.by_day")), BEHIND),
        (wrapped(sqlite3.OperationalError("attempt to write a readonly database")), CLOSED),
        (wrapped(sqlite3.OperationalError("database or disk is full")), FULL),
        (sqlite3.OperationalError("database is locked"), LOCKED),
        (OtherVersion(), OTHER_VERSION),
        (wrapped(sqlite3.OperationalError("near SELEKT: syntax error")), None),
        (ValueError("no such table"), None),
    ):
        assert sentence(error) == says, error


NEVER_STORED = ("secret", "cipher", "token", "sid", "url", "dir", "engine", "hops", "sender")


@pytest.fixture(autouse=True)
def at_once(monkeypatch):
    """Nobody waits for half a second."""
    monkeypatch.setattr(page_cache, "LOOK_SECONDS", -1)
    monkeypatch.setattr(stored_settings, "LOOK_SECONDS", -1)


def in_force(app):
    """The settings at the beginning of the next request or job."""
    with app.app_context():
        return app.settings


def test_no_secret_or_address_of_machine_can_be_stored():
    assert set(SETTABLE) <= set(Settings.model_fields)
    assert not [name for name in SETTABLE if name != "exit_url" and any(part in name for part in NEVER_STORED)]


@pytest.mark.both_databases
def test_stored_value_wins_until_it_is_put_back(app, work):
    first = app.settings.site_name
    with work():
        assert store_settings({"site_name": "Harbor Ground", "texts_until": "21"}, 7) == ["site_name"]
    assert in_force(app).site_name == "Harbor Ground"
    with work():
        assert store_settings({"site_name": first}, 7) == ["site_name"]
    assert in_force(app) is app.given_settings
    with work() as session:
        assert session.scalars(select(StoredSetting)).all() == []
        changes = stored_settings.last_changes(["site_name"])
        assert [(one.before, one.after) for one in changes] == [("Harbor Ground", first), (first, "Harbor Ground")]
        assert {one.member_id for one in changes} == {7}
        events = session.scalars(select(AuditEvent)).all()
        assert {(one.action, one.object_type, one.object_id) for one in events} == {
            ("setting.words_changed", "setting", "site_name")
        }


def test_another_process_notices_without_a_restart(app, settings, client):
    other = create_app(settings)
    assert in_force(other).snapshot_day == 15
    assert "palettes.css" not in client.get("/en/").text
    given = {"snapshot_day": "9", "palette": "plum", "city_en": "Birchfield", "site_name": "Harbor Ground"}
    with app.app_context():
        with db.work():
            store_settings(given, None)
        assert app.settings.snapshot_day == 15, "nothing changes in the middle of a request"
    assert in_force(other).snapshot_day == 9
    with other.app_context():
        assert render_template_string("{{ settings.palette }}") == Palette.PLUM
    # Public pages are renewed.
    found = client.get("/en/").text
    for shown in ("Birchfield", 'data-palette="plum"', "palettes.css"):
        assert shown in found
    assert "Common Ground" not in found


def test_what_the_environment_may_not_hold_cannot_be_stored(app, work):
    for name, value in (
        ("texts_from", "7"),
        ("texts_until", "22"),
        ("texts_until", "17"),
        ("exit_url", "javascript:alert(1)"),
        ("sms_number", "555"),
        ("snapshot_day", "31"),
        ("reports_in_all", "0"),
        ("days_off", "Christmas"),
        ("palette", "pink"),
        # What is not on the list.
        *((name, "x" * 40) for name in ("secret", "cipher_keys", "database_url", "public_url", "timezone", "demo")),
    ):
        with app.app_context():
            assert name not in SETTABLE or stored_settings.refused_values({name: value}) == [name]
        with pytest.raises(ValueError, match="cannot be stored"), work():
            store_settings({name: value}, None)
        assert in_force(app) is app.given_settings


def test_unknown_and_broken_rows_are_left_out_and_named(app, work):
    rows = {"colour": "red", "secret": "x" * 40, "snapshot_day": "tomorrow", "city_en": "Birchfield"}
    with work() as session:
        session.add_all(StoredSetting(name=name, value=value, changed_at=now()) for name, value in rows.items())
        page_cache.renew_cache_version()
    found = in_force(app)
    assert (found.city_en, found.snapshot_day, found.secret) == ("Birchfield", 15, app.given_settings.secret)
    with app.app_context():
        assert stored_settings.unfit_rows() == ["colour", "secret", "snapshot_day"]
    # One that is refused when it is put in place takes no other with it.
    found = stored_settings.with_stored(app.given_settings, {"exit_url": "weather", "site_name": "Harbor Ground"})
    assert (found.exit_url, found.site_name) == (app.given_settings.exit_url, "Harbor Ground")
