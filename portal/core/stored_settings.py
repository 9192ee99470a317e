"""Settings that administrators change in the portal: the tables, the action, and how every process notices.

The value that is stored here wins over the environment's, which is the first value. Only the names in `SETTABLE` can be
stored: no secret and no address of a machine is among them. A row that no longer fits is left out, and
`flask doctor check` says so; it never stops the start.

Each process asks for the cache version at most every `LOOK_SECONDS`, when a request, a job or a command begins, and
reads the rows again once it has changed. Settings never change in the middle of a request.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from contextlib import suppress
from datetime import datetime
from typing import Any

from flask import Flask, appcontext_pushed
from flask_babel import lazy_gettext as _l
from pydantic import ValidationError
from sqlalchemy import String, Text, delete, select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Mapped, mapped_column

from portal.config import Settings
from portal.core.audit import record
from portal.core.clock import now
from portal.core.db import Base, db, random_id, session
from portal.core.page_cache import CacheVersion, current_cache_version, renew_cache_version
from portal.core.portal import Portal, current_portal

LOOK_SECONDS = 0.5
SETTABLE = (
    *("site_name", "city_en", "city_es", "palette"),
    *("texts_from", "texts_until"),
    *("sms_number", "sms_more_numbers"),
    "exit_url",
    *("emergency_note_en", "emergency_note_es"),
    *("immigration_note_en", "immigration_note_es", "samaritan_note_en", "samaritan_note_es"),
    *("days_off", "review_weekday", "snapshot_day"),
    *("reports_per_address", "reports_in_all", "answers_per_address", "answers_in_all"),
    *("codes_per_address", "codes_in_all"),
)
"""The settings that can be stored."""


WORDS_CHANGED = "setting.words_changed"
DIVERTING = {
    **dict.fromkeys(("sms_number", "sms_more_numbers"), "setting.number_changed"),
    "exit_url": "setting.exit_changed",
    **dict.fromkeys(("site_name", "city_en", "city_es"), WORDS_CHANGED),
    **dict.fromkeys(("emergency_note_en", "emergency_note_es"), WORDS_CHANGED),
    **dict.fromkeys(("immigration_note_en", "immigration_note_es"), WORDS_CHANGED),
    **dict.fromkeys(("samaritan_note_en", "samaritan_note_es"), WORDS_CHANGED),
}
"""Settings that could lead residents to somebody else, with the audit actions that the members of desks read, too."""
LEAST = {
    name: Settings.model_fields[name].default // 2 for name in SETTABLE if name.endswith(("_per_address", "_in_all"))
}
"""The lowest limits that can be stored: lower ones would refuse honest people."""


class StoredSetting(Base):
    """A setting that an administrator changed. `member_id` is an account's id; nothing else says who it was."""

    __tablename__ = "core_setting"

    name: Mapped[str] = mapped_column(String(40), primary_key=True)
    value: Mapped[str] = mapped_column(Text)
    changed_at: Mapped[datetime]
    member_id: Mapped[int | None]


class SettingChange(Base):
    """One change of a setting, with the value in force before and after it."""

    __tablename__ = "core_setting_change"

    id: Mapped[int] = mapped_column(primary_key=True, default=random_id)
    name: Mapped[str] = mapped_column(String(40), index=True)
    before: Mapped[str] = mapped_column(Text)
    after: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime]
    member_id: Mapped[int | None]


def start(app: Portal) -> None:
    """Look for changed settings whenever a request, a job or a command begins."""
    appcontext_pushed.connect(_look, app)


def _look(app: Flask, **_more: Any) -> None:
    assert isinstance(app, Portal)
    moment = time.monotonic()
    if moment - app.settings_looked_at <= LOOK_SECONDS:
        return
    # It fails before the first `flask db upgrade`, or while the database is busy: what was in force stays.
    with suppress(SQLAlchemyError):
        _take_over(app)
    # Only now: another request that begins meanwhile must not go on with the old ones.
    app.settings_looked_at = moment


def _take_over(app: Portal) -> None:
    file = app.given_settings.sqlite_file
    if file is not None and not file.exists():
        # Connecting would create it.
        return
    version, stored = _read(app.settings_version)
    if stored is not None and stored != app.stored_settings:
        app.put_in_force(with_stored(app.given_settings, stored), stored)
    app.settings_version = version


def version_for_pages(app: Portal) -> int:
    """Return the cache version for the page cache: no page of a new version is made with old settings."""
    version = current_cache_version()
    if version != app.settings_version:
        app.settings_looked_at = float("-inf")
    return version


def _read(known: int) -> tuple[int, dict[str, str] | None]:
    """Return the cache version, and the stored values if it is not the known one; outside of the request's session."""
    with db.engine.execution_options(portal_writes=False).connect() as connection:
        version = connection.execute(select(CacheVersion.number)).scalar() or 0
        if version == known:
            return version, None
        rows = connection.execute(select(StoredSetting.name, StoredSetting.value))
        return version, {row.name: row.value for row in rows}


def with_stored(given: Settings, stored: Mapping[str, str]) -> Settings:
    """Return the settings with the stored values in their place; unknown and invalid ones are left out."""
    settings = given
    for name in SETTABLE:
        settings = (_with(settings, name, stored[name]) or settings) if name in stored else settings
    return settings


def _with(settings: Settings, name: str, value: str) -> Settings | None:
    """Return a copy with one value, checked like the environment's; None if it does not fit or is too low."""
    if name in LEAST and value.isdecimal() and int(value) < LEAST[name]:
        return None
    copy = settings.model_copy()
    try:
        # It leaves a refused value in place: hence the copy.
        type(copy).__pydantic_validator__.validate_assignment(copy, name, value)
    except ValidationError:
        return None
    return copy


def refused_values(values: Mapping[str, str]) -> list[str]:
    """Return the names whose value `Settings` refuses, on top of those in force."""
    return [name for name, value in values.items() if _with(current_portal.settings, name, value) is None]


def text_of(settings: Settings, name: str) -> str:
    """Return a setting as it is stored."""
    return str(getattr(settings, name))


def store_settings(values: Mapping[str, str], member_id: int | None) -> list[str]:
    """Put these values in force, and return the names that changed. Raises `ValueError` for what `Settings` refuses.

    A value that is the environment's own is not stored: the environment rules again.
    """
    portal = current_portal
    changed = [name for name, value in values.items() if text_of(portal.settings, name) != value]
    if set(changed) - {*SETTABLE} or refused_values({name: values[name] for name in changed}):
        raise ValueError("a setting that cannot be stored")
    for name in changed:
        _store(name, values[name], member_id)
    if changed:
        renew_cache_version()
        db.after_commit(look_again)
    return changed


def _store(name: str, value: str, member_id: int | None) -> None:
    portal, moment = current_portal, now()
    before = text_of(portal.settings, name)
    session.add(SettingChange(name=name, before=before, after=value, at=moment, member_id=member_id))
    if value == text_of(portal.given_settings, name):
        session.execute(delete(StoredSetting).where(StoredSetting.name == name))
    else:
        session.merge(StoredSetting(name=name, value=value, changed_at=moment, member_id=member_id))
    record(DIVERTING.get(name, "setting.changed"), "setting", name, member_id)


def look_again() -> None:
    """Let the next request of this process read the stored values; others notice within `LOOK_SECONDS`."""
    current_portal.settings_looked_at = float("-inf")


def last_changes(names: Iterable[str]) -> list[SettingChange]:
    """Return the changes of these settings, newest first."""
    asked = select(SettingChange).where(SettingChange.name.in_(tuple(names)))
    return list(session.scalars(asked.order_by(SettingChange.at.desc(), SettingChange.id)))


def unfit_rows() -> list[str]:
    """Return the names of stored settings that are left out: unknown ones, and those with a value that does not fit."""
    rows = session.execute(select(StoredSetting.name, StoredSetting.value).order_by(StoredSetting.name))
    given = current_portal.given_settings
    return [row.name for row in rows if row.name not in SETTABLE or _with(given, row.name, row.value) is None]


AUDITED = {
    "setting.changed": _l("changed a setting"),
    "setting.number_changed": _l("changed a phone number that residents use"),
    "setting.exit_changed": _l("changed where “Leave this page” leads"),
    WORDS_CHANGED: _l("changed what residents read or call"),
    "setting": _l("setting"),
}
