"""How the settings that administrators keep are written, and what becomes of a change (`core.stored_settings`).

Stored as the environment writes it (`+13365550100`, `12-24 Christmas Eve|Nochebuena`), shown as people write it.
Nothing here is a secret: all of it stands on public pages, or decides when phones ring and how much is taken in.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import time

from babel.dates import format_time, get_day_names
from flask import flash
from flask_babel import gettext as _, lazy_gettext as _l, ngettext

from portal.accounts.desk_keys import had_key
from portal.accounts.roles import DeskKind
from portal.accounts.users import desks, desks_touched
from portal.config import Palette, Settings
from portal.core.contact import read_number, telephone
from portal.core.i18n import LOCALES, language
from portal.core.stored_settings import GROUPS, SettingsGroup, let_wait, text_of
from portal.meetings.series_rules import days_off

PALETTES = {
    Palette.GREEN: _l("Green"),
    Palette.LAKE: _l("Lake"),
    Palette.BLUE: _l("Blue"),
    Palette.VIOLET: _l("Violet"),
    Palette.PLUM: _l("Plum"),
    Palette.SLATE: _l("Slate"),
}
NUMBERS = ("sms_number", "sms_more_numbers")


def clock_words(hour: int) -> str:
    """Return an hour of the day as the reader writes it: "9:00 PM"."""
    return str(format_time(time(hour), "h:mm a", locale=LOCALES[language()]))


def weekday_words(weekday: int) -> str:
    """Return the name of a day of the week, Monday being 0."""
    return str(get_day_names(locale=LOCALES[language()])[weekday])


def as_typed(name: str, value: str) -> str:
    """Return a stored value as it stands in a form."""
    if name in NUMBERS:
        return ", ".join(map(telephone, value.split()))
    if name == "days_off":
        return "\n".join(f"{when} {english} | {spanish}" for when, (english, spanish) in days_off(value))
    return value


def as_stored(name: str, typed: str) -> str:
    """Return what was typed as it is stored; numbers and days that cannot be read stay as they are, to be refused."""
    if name in NUMBERS:
        return " ".join(read_number(number) or number for part in typed.split(",") if (number := part.strip()))
    if name == "days_off":
        return "; ".join(line.strip() for line in typed.splitlines() if line.strip())
    if name == "exit_url" and "." in typed and not {*typed} & {*": "}:
        return f"https://{typed}"
    return typed


def in_words(name: str, value: str) -> str:
    """Return a stored value as people read it in a sentence."""
    if name in ("texts_from", "texts_until") and value.isdigit() and int(value) < 24:
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
        return str(
            ngettext(
                "%(num)s report an hour from one address",
                "%(num)s reports an hour from one address",
                settings.reports_per_address,
            )
        )
    if group is SettingsGroup.NOTES:
        return str(getattr(settings, f"immigration_note_{language()}"))
    other = "city_en" if language() == "es" else "city_es"
    _title, shown = GROUPS[group]
    values = [in_words(setting.name, text_of(settings, setting.name)) for setting in shown if setting.name != other]
    return " · ".join(filter(None, values)) or str(_("None"))


def waits_for_second(subject: str, changes: Mapping[str, tuple[str, str]], member_id: int) -> bool:
    """Let a change wait, say so to who made it, and tell the members of all desks; return whether it waits.

    It does once the city's desk ever had a key: before, nobody can report, and nobody could agree to a change.
    Afterwards whatever residents read or call waits when it changes: words alone can lead them to somebody else, too.
    """
    if not any(desk.kind == DeskKind.TRIAGE and had_key(desk.id) for desk in desks()):
        return False
    let_wait(subject, changes, member_id)
    desks_touched.send(None)
    flash(_("It waits until somebody at the desk agrees, or for 24 hours. Until then nothing changes."), "success")
    return True
