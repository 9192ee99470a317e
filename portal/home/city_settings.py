"""The settings that administrators keep: their groups, where each value comes from, and how each is written.

A value is stored as the environment writes it (`+13365550100`, `12-24 Christmas Eve|Nochebuena`) and shown as people
write it.
Nothing here is a secret: all of it stands on public pages, or decides when phones ring and how much is taken in.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import time
from enum import StrEnum

from babel.dates import format_time, get_day_names
from flask_babel import LazyString, ngettext
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from portal.accounts.desk_keys import had_key
from portal.accounts.roles import DeskKind
from portal.accounts.users import desks, desks_touched
from portal.config import Palette, Settings
from portal.core.contact import read_number, telephone
from portal.core.i18n import LOCALES, language, moment
from portal.core.portal import current_portal
from portal.core.stored_settings import SettingChange, text_of
from portal.core.waiting_changes import let_wait
from portal.meetings.series_rules import days_off


class SettingsGroup(StrEnum):
    """A page of settings that are saved together."""

    NAME = "name"
    NOTES = "notes"
    HOURS = "hours"
    TELEPHONE = "telephone"
    EXIT = "exit"
    DAYS = "days-off"
    REVIEWS = "reviews"
    FIGURES = "figures"
    LIMITS = "limits"


GROUPS = {
    SettingsGroup.NAME: ("site_name", "city_en", "city_es", "palette"),
    SettingsGroup.NOTES: (
        *("emergency_note_en", "emergency_note_es"),
        *("immigration_note_en", "immigration_note_es"),
        *("samaritan_note_en", "samaritan_note_es"),
    ),
    SettingsGroup.HOURS: ("texts_from", "texts_until"),
    SettingsGroup.TELEPHONE: ("sms_number", "sms_more_numbers"),
    SettingsGroup.EXIT: ("exit_url",),
    SettingsGroup.DAYS: ("days_off",),
    SettingsGroup.REVIEWS: ("review_weekday",),
    SettingsGroup.FIGURES: ("snapshot_day",),
    SettingsGroup.LIMITS: (
        *("reports_per_address", "reports_in_all", "answers_per_address", "answers_in_all"),
        *("codes_per_address", "codes_in_all"),
    ),
}
TITLES = {
    SettingsGroup.NAME: _l("Name and colors"),
    SettingsGroup.NOTES: _l("911, immigration, overdose"),
    SettingsGroup.HOURS: _l("Hours for texts"),
    SettingsGroup.TELEPHONE: _l("Phone numbers"),
    SettingsGroup.EXIT: _l("“Leave this page”"),
    SettingsGroup.DAYS: _l("Days off"),
    SettingsGroup.REVIEWS: _l("Day of the reviews"),
    SettingsGroup.FIGURES: _l("Day of the figures"),
    SettingsGroup.LIMITS: _l("Limits"),
}
LABELS = {
    "site_name": _l("Name of this website"),
    "city_en": _l("City, in English"),
    "city_es": _l("City, in Spanish"),
    "palette": _l("Colors"),
    "emergency_note_en": _l("Beside “call 911”, in English"),
    "emergency_note_es": _l("Beside “call 911”, in Spanish"),
    "immigration_note_en": _l("About immigration, in English"),
    "immigration_note_es": _l("About immigration, in Spanish"),
    "samaritan_note_en": _l("What the law says about an overdose, in English"),
    "samaritan_note_es": _l("What the law says about an overdose, in Spanish"),
    "texts_from": _l("Texts go from"),
    "texts_until": _l("Until"),
    "sms_number": _l("Number for texts"),
    "sms_more_numbers": _l("Further numbers for texts"),
    "exit_url": _l("Where it leads"),
    "days_off": _l("Days without meetings"),
    "review_weekday": _l("Day of the week"),
    "snapshot_day": _l("Day of the month"),
    "reports_per_address": _l("Reports an hour from one internet address"),
    "reports_in_all": _l("Reports an hour in all"),
    "answers_per_address": _l("Answers to meetings an hour from one internet address"),
    "answers_in_all": _l("Answers to meetings an hour in all"),
    "codes_per_address": _l("Wrong codes in 15 minutes from one internet address"),
    "codes_in_all": _l("Wrong codes in 15 minutes in all"),
}
AUDITED_NAMES = {
    f"setting {name}": TITLES[group] if len(names) == 1 else LABELS[name]
    for group, names in GROUPS.items()
    for name in names
}
"""What the audit log calls a setting."""
PALETTES = {
    Palette.GREEN: _l("Green"),
    Palette.LAKE: _l("Lake"),
    Palette.BLUE: _l("Blue"),
    Palette.VIOLET: _l("Violet"),
    Palette.PLUM: _l("Plum"),
    Palette.SLATE: _l("Slate"),
}
KEPT = (
    (
        ("closed reports", "silent reports"),
        _l("Reports"),
        _l("90 days after they are closed; a year if they never are"),
    ),
    (("where to tell of answers",), _l("Numbers for an answer"), _l("28 days after the report is closed")),
    (("settled messages",), _l("Texts and mail"), _l("until they are sent")),
    (("answers to meetings",), _l("Answers to meetings"), _l("until the day after; the sums stay")),
    (("accounts that were ended",), _l("Ended accounts"), _l("1 day")),
    (("audit events",), _l("Audit log"), _l("2 years")),
    (("monthly figures and snapshots",), _l("Published figures"), _l("for good")),
)
"""How long the portal keeps what people ask about: the rules that each line is about, its name and how long."""
WAITS_NOW = _l("It waits until somebody at the desk agrees, or for 24 hours. Until then nothing changes.")
NUMBERS = GROUPS[SettingsGroup.TELEPHONE]
HOURS = GROUPS[SettingsGroup.HOURS]


@dataclass(frozen=True)
class SettingOrigin:
    """Where the value of a setting comes from; `change` is the last one of those that are in the portal."""

    name: str
    label: str
    is_stored: bool
    change: SettingChange | None
    who: str

    @property
    def when(self) -> str:
        return moment(self.change.at) if self.change else ""


def clock_words(hour: int) -> str:
    return str(format_time(time(hour), "h:mm a", locale=LOCALES[language()]))


def weekday_words(weekday: int) -> str:
    """Return the name of a day of the week, Monday being 0."""
    return str(get_day_names(locale=LOCALES[language()])[weekday])


def as_typed(name: str, value: str) -> str:
    if name in NUMBERS:
        return ", ".join(telephone(one) for one in value.split())
    if name == "days_off":
        return "\n".join(f"{when} {english} | {spanish}" for when, (english, spanish) in days_off(value))
    return value


def as_stored(name: str, typed: str) -> str:
    """Return what was typed as it is stored; numbers and days that cannot be read stay as they are, to be refused."""
    if name in NUMBERS:
        return " ".join(read_number(one) or one for part in typed.split(",") if (one := part.strip()))
    if name == "days_off":
        return "; ".join(line.strip() for line in typed.splitlines() if line.strip())
    if name == "exit_url" and "." in typed and not {*typed} & {*": "}:
        return f"https://{typed}"
    return typed


def in_words(name: str, value: str) -> str:
    if name in HOURS and value.isdigit() and int(value) < 24:
        return clock_words(int(value))
    if name == "review_weekday" and value in {*"0123456"}:
        return weekday_words(int(value))
    if name == "palette":
        return str(PALETTES[Palette(value)]) if value in {*Palette} else value
    return as_typed(name, value).replace("\n", "; ")


def summary(group: SettingsGroup, settings: Settings) -> str:
    if group is SettingsGroup.HOURS:
        hours = {"start": clock_words(settings.texts_from), "end": clock_words(settings.texts_until)}
        return str(_("%(start)s to %(end)s", **hours))
    if group is SettingsGroup.FIGURES:
        return str(_("On day %(day)s of each month", day=settings.snapshot_day))
    if group is SettingsGroup.LIMITS:
        most = settings.reports_per_address
        return str(
            ngettext("%(num)s report an hour from one address", "%(num)s reports an hour from one address", most)
        )
    if group is SettingsGroup.NOTES:
        return settings.immigration_note_es if language() == "es" else settings.immigration_note_en
    other = "city_en" if language() == "es" else "city_es"
    values = [in_words(name, text_of(settings, name)) for name in GROUPS[group] if name != other]
    return " · ".join(filter(None, values)) or str(_("None"))


def origins(group: SettingsGroup, changes: Sequence[SettingChange], names: dict[int, str]) -> list[SettingOrigin]:
    newest = {change.name: change for change in reversed(changes)}
    stored = current_portal.stored_settings
    return [
        SettingOrigin(name, str(LABELS[name]), name in stored, newest.get(name), who_did(newest.get(name), names))
        for name in GROUPS[group]
    ]


def who_did(change: SettingChange | None, names: dict[int, str]) -> str:
    return names.get(change.member_id or 0, str(_("somebody"))) if change else ""


def has_opened() -> bool:
    """Return whether the city's desk ever had a key: before, nobody can report, and nobody could agree to a change.

    Afterwards whatever residents read or call waits when it changes: words alone can lead them to somebody else, too.
    """
    return any(desk.kind == DeskKind.TRIAGE and had_key(desk.id) for desk in desks())


def ask_for_change(subject: str, changes: Mapping[str, tuple[str, str]], member_id: int) -> LazyString:
    """Let a change wait and tell the members of all desks; return what is said to who made it."""
    let_wait(subject, changes, member_id)
    desks_touched.send(None)
    return WAITS_NOW
