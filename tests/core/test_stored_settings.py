"""Settings that administrators store: they win over the environment's, every process notices, no bad row stops it."""

import pytest
from flask import render_template_string
from sqlalchemy import select

from portal.app import create_app
from portal.config import Palette, Settings
from portal.core import page_cache, stored_settings
from portal.core.audit import AuditEvent
from portal.core.clock import now
from portal.core.db import db
from portal.core.stored_settings import SETTABLE, StoredSetting, store_settings

SECRET = ("secret", "cipher", "token", "sid", "url", "dir", "engine", "hops", "sender")


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
    assert not [name for name in SETTABLE if name != "exit_url" and any(part in name for part in SECRET)]


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
