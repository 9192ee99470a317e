"""Settings that administrators change in the portal: the tables, the action, and how every process notices.

The value that is stored here wins over the environment's, which is the first value. Only the names in `SETTABLE` can be
stored: no secret and no address of a machine is among them. A row that no longer fits is left out, and
`flask doctor check` says so; it never stops the start.

Each process asks for the cache version at most every `LOOK_SECONDS`, when a request, a job or a command begins, and
reads the rows again once it has changed. Settings never change in the middle of a request.

What residents read or call waits for a second person, or for a day: a lone administrator could else lead residents to
somebody else before anybody saw it. While a change waits, what was in force stays in force, and the same fields take no
other change. The features that keep what is changed plug `PUT_IN_FORCE`; the colleagues at the desks decide
(`accounts.desk_keys_pages`).
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from enum import StrEnum
from functools import partial
from typing import Any, NamedTuple

from flask import Flask, appcontext_pushed
from flask_babel import LazyString, lazy_gettext as _l
from pydantic import ValidationError
from sqlalchemy import String, Text, delete, select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Mapped, mapped_column

from portal.config import Settings
from portal.core.audit import record
from portal.core.clock import now
from portal.core.db import Base, db, random_id, session
from portal.core.jobs.engine import each_row
from portal.core.page_cache import CacheVersion, current_cache_version, renew_cache_version
from portal.core.portal import Hook, Portal, current_portal
from portal.core.statuses import NotAllowed, Refused, existing

LOOK_SECONDS = 0.5
CHANGED, WORDS_CHANGED = "setting.changed", "setting.words_changed"
NUMBER_CHANGED, EXIT_CHANGED = "setting.number_changed", "setting.exit_changed"
AUDITED = {
    CHANGED: _l("changed a setting"),
    NUMBER_CHANGED: _l("changed a phone number that residents use"),
    EXIT_CHANGED: _l("changed where “Leave this page” leads"),
    WORDS_CHANGED: _l("changed what residents read or call"),
    "setting": _l("setting"),
    "change.waits": _l("wants to change what residents read or call: it waits"),
    "change.agreed": _l("agreed to a change of what residents read or call"),
    "change.refused": _l("refused a change of what residents read or call, or took it back"),
    "change.in_force": _l("put a change of what residents read or call in force: its wait was over"),
    "change": _l("waiting change"),
}


class SettingsGroup(StrEnum):
    """Settings that are saved together, on a page of their own."""

    NAME = "name"
    NOTES = "notes"
    HOURS = "hours"
    TELEPHONE = "telephone"
    EXIT = "exit"
    DAYS = "days-off"
    REVIEWS = "reviews"
    FIGURES = "figures"
    LIMITS = "limits"


class Settable(NamedTuple):
    """A setting that can be stored; `action` is what the audit log says of a change."""

    name: str
    label: LazyString
    action: str = CHANGED


GROUPS: dict[SettingsGroup, tuple[LazyString, tuple[Settable, ...]]] = {
    SettingsGroup.NAME: (
        _l("Name and colors"),
        (
            Settable("site_name", _l("Name of this website"), WORDS_CHANGED),
            Settable("city_en", _l("City, in English"), WORDS_CHANGED),
            Settable("city_es", _l("City, in Spanish"), WORDS_CHANGED),
            Settable("palette", _l("Colors")),
        ),
    ),
    SettingsGroup.NOTES: (
        _l("911, immigration, overdose"),
        (
            Settable("emergency_note_en", _l("Beside “call 911”, in English"), WORDS_CHANGED),
            Settable("emergency_note_es", _l("Beside “call 911”, in Spanish"), WORDS_CHANGED),
            Settable("immigration_note_en", _l("About immigration, in English"), WORDS_CHANGED),
            Settable("immigration_note_es", _l("About immigration, in Spanish"), WORDS_CHANGED),
            Settable("samaritan_note_en", _l("What the law says about an overdose, in English"), WORDS_CHANGED),
            Settable("samaritan_note_es", _l("What the law says about an overdose, in Spanish"), WORDS_CHANGED),
        ),
    ),
    SettingsGroup.HOURS: (
        _l("Hours for texts"),
        (Settable("texts_from", _l("Texts go from")), Settable("texts_until", _l("Until"))),
    ),
    SettingsGroup.TELEPHONE: (
        _l("Phone numbers"),
        (
            Settable("sms_number", _l("Number for texts"), NUMBER_CHANGED),
            Settable("sms_more_numbers", _l("Further numbers for texts"), NUMBER_CHANGED),
        ),
    ),
    SettingsGroup.EXIT: (_l("“Leave this page”"), (Settable("exit_url", _l("Where it leads"), EXIT_CHANGED),)),
    SettingsGroup.DAYS: (_l("Days off"), (Settable("days_off", _l("Days without meetings")),)),
    SettingsGroup.REVIEWS: (_l("Day of the reviews"), (Settable("review_weekday", _l("Day of the week")),)),
    SettingsGroup.FIGURES: (_l("Day of the figures"), (Settable("snapshot_day", _l("Day of the month")),)),
    SettingsGroup.LIMITS: (
        _l("Limits"),
        (
            Settable("reports_per_address", _l("Reports an hour from one internet address")),
            Settable("reports_in_all", _l("Reports an hour in all")),
            Settable("answers_per_address", _l("Answers to meetings an hour from one internet address")),
            Settable("answers_in_all", _l("Answers to meetings an hour in all")),
            Settable("codes_per_address", _l("Wrong codes in 15 minutes from one internet address")),
            Settable("codes_in_all", _l("Wrong codes in 15 minutes in all")),
        ),
    ),
}
"""All that can be stored: the title and the settings of each group."""
SETTABLE = {setting.name: setting for _title, settings in GROUPS.values() for setting in settings}
DIVERTING = {name: setting.action for name, setting in SETTABLE.items() if setting.action != CHANGED}
"""Settings that could lead residents to somebody else, with the audit actions that the members of desks read, too."""
AUDITED |= {
    f"setting {setting.name}": setting.label if len(settings) > 1 else title
    for title, settings in GROUPS.values()
    for setting in settings
}
LEAST = {name: Settings.model_fields[name].default // 2 for name in SETTABLE if name.endswith(("_address", "_in_all"))}
"""The lowest limits that can be stored: lower ones would refuse honest people."""


class StoredSetting(Base):
    """A setting that an administrator changed. `member_id` is an account's id; nothing else says who it was."""

    __tablename__ = "core_setting"

    name: Mapped[str] = mapped_column(String(40), primary_key=True)
    value: Mapped[str] = mapped_column(Text)
    changed_at: Mapped[datetime]
    member_id: Mapped[int | None]


class SettingChange(Base):
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
    file = app.given_settings.sqlite_file
    # Connecting to a file that does not exist would create it. Reading fails before the first `flask db upgrade`, or
    # while the database is busy: what was in force stays.
    if file is None or file.exists():
        with suppress(SQLAlchemyError), db.engine.execution_options(portal_writes=False).connect() as connection:
            version = connection.execute(select(CacheVersion.number)).scalar() or 0
            if version != app.settings_version:
                rows = connection.execute(select(StoredSetting.name, StoredSetting.value))
                stored = {row.name: row.value for row in rows}
                if stored != app.stored_settings:
                    app.put_in_force(with_stored(app.given_settings, stored), stored)
            app.settings_version = version
    # Only now: another request that begins meanwhile must not go on with the old ones.
    app.settings_looked_at = moment


def version_for_pages(app: Portal) -> int:
    """Return the cache version for the page cache: no page of a new version is made with old settings."""
    version = current_cache_version()
    if version != app.settings_version:
        app.settings_looked_at = float("-inf")
    return version


def with_stored(given: Settings, stored: Mapping[str, str]) -> Settings:
    """Return the settings with the stored values in their place; unknown and invalid ones are left out."""
    settings = given
    for name in SETTABLE:
        if name in stored:
            settings = _with(settings, name, stored[name]) or settings
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
    return str(getattr(settings, name))


def store_settings(values: Mapping[str, str], member_id: int | None) -> list[str]:
    """Put these values in force, and return the names that changed. Raises `ValueError` for what `Settings` refuses.

    A value that is the environment's own is not stored: the environment rules again.
    """
    portal = current_portal
    changed = [name for name, value in values.items() if text_of(portal.settings, name) != value]
    if set(changed) - SETTABLE.keys() or refused_values({name: values[name] for name in changed}):
        raise ValueError("a setting that cannot be stored")
    for name in changed:
        before, value = text_of(portal.settings, name), values[name]
        session.add(SettingChange(name=name, before=before, after=value, at=now(), member_id=member_id))
        if value == text_of(portal.given_settings, name):
            session.execute(delete(StoredSetting).where(StoredSetting.name == name))
        else:
            session.merge(StoredSetting(name=name, value=value, changed_at=now(), member_id=member_id))
        record(SETTABLE[name].action, "setting", name, member_id)
    if changed:
        renew_cache_version()
        # The next request of this process reads them; others notice within `LOOK_SECONDS`.
        db.after_commit(partial(setattr, portal, "settings_looked_at", float("-inf")))
    return changed


def last_changes(names: Iterable[str]) -> list[SettingChange]:
    changes = select(SettingChange).where(SettingChange.name.in_(tuple(names)))
    return list(session.scalars(changes.order_by(SettingChange.at.desc(), SettingChange.id)))


def unfit_rows() -> list[str]:
    """Return the names of stored settings that are left out: unknown ones, and those with a value that does not fit."""
    rows = session.execute(select(StoredSetting.name, StoredSetting.value).order_by(StoredSetting.name))
    given = current_portal.given_settings
    return [row.name for row in rows if row.name not in SETTABLE or _with(given, row.name, row.value) is None]


WAIT = timedelta(days=1)


class WaitingChange(Base):
    """One save that waits. `subject` says what it is of, and `fields` holds the values before and after, by name."""

    __tablename__ = "core_waiting_change"

    id: Mapped[int] = mapped_column(primary_key=True, default=random_id)
    subject: Mapped[str] = mapped_column(String(40))
    fields: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime]
    member_id: Mapped[int | None]

    @property
    def changes(self) -> dict[str, tuple[str, str]]:
        return {name: (before, after) for name, (before, after) in json.loads(self.fields).items()}

    @property
    def counts_at(self) -> datetime:
        return self.at + WAIT


PutInForce = Callable[[Mapping[str, str], int | None], object]
PUT_IN_FORCE: Hook[tuple[str, PutInForce]] = Hook("how waiting changes of a subject take effect")
"""Functions by subject that save new values, given by name, for the member who made the change."""


def waiting_changes(subject: str = "") -> Sequence[WaitingChange]:
    changes = select(WaitingChange).order_by(WaitingChange.at, WaitingChange.id)
    return session.scalars(changes.where(WaitingChange.subject == subject) if subject else changes).all()


def waiting_fields(subject: str) -> frozenset[str]:
    return frozenset(name for change in waiting_changes(subject) for name in change.changes)


def waiting_change(change_id: int) -> WaitingChange:
    """Return a change that still waits. Raises `NotFound`: it may have been decided meanwhile."""
    return existing(session.get(WaitingChange, change_id, with_for_update=True))


def let_wait(subject: str, changes: Mapping[str, tuple[str, str]], member_id: int) -> None:
    """Let new values, given with those in force, wait. Raises `Refused` if a change of the same field waits already."""
    if waiting_fields(subject) & changes.keys():
        raise Refused("change_waits")
    change = WaitingChange(id=random_id(), subject=subject, fields=json.dumps(changes), at=now(), member_id=member_id)
    session.add(change)
    record("change.waits", "change", change.id, member_id)


def agree_to_change(change: WaitingChange, member_id: int) -> None:
    """Put a change in force as the second person. Raises `NotAllowed` for who made it, or Refused("change_unfit")."""
    if member_id == change.member_id:
        raise NotAllowed
    record("change.agreed", "change", change.id, member_id)
    _put_in_force(change)


def refuse_change(change: WaitingChange, member_id: int | None) -> None:
    session.delete(change)
    record("change.refused", "change", change.id, member_id)


def settle_waiting_changes() -> None:
    due = select(WaitingChange.id).where(WaitingChange.at <= now() - WAIT).order_by(WaitingChange.at)
    each_row(session.scalars(due).all(), _settle)


def _settle(change_id: int) -> None:
    if change := session.get(WaitingChange, change_id, with_for_update=True):
        try:
            _put_in_force(change)
        except Refused:
            refuse_change(change, None)
        else:
            record("change.in_force", "change", change.id, None)


def _put_in_force(change: WaitingChange) -> None:
    values = {name: after for name, (_before, after) in change.changes.items()}
    try:
        dict(PUT_IN_FORCE.plugged())[change.subject](values, change.member_id)
    except ValueError as error:
        # The settings of the server changed while it waited.
        raise Refused("change_unfit") from error
    session.delete(change)


REFUSALS = {
    "change_waits": _l("A change of this waits already. Take it back first, or let somebody decide about it."),
    "change_unfit": _l("This can no longer be used here. Refuse it, and ask whoever runs the server."),
}
OF_CHANGES = ("change.waits", "change.agreed", "change.refused", "change.in_force")
"""The actions of which the members of desks read."""
