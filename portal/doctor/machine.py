"""Checks of this machine: settings, keys, disk, files, translations, and the proxy in front."""

from __future__ import annotations

import os
import shutil
from datetime import timedelta

from portal.config import DEVELOPMENT_CIPHER, DEVELOPMENT_SECRET, Settings, unknown_settings
from portal.core.catalogues import SPANISH, TRANSLATIONS, read, untranslated
from portal.core.clock import now
from portal.core.noted import LastDone, noted
from portal.core.private import open_to_others
from portal.core.proxies import Trap, trap
from portal.doctor.findings import CheckResult

LEAST_FREE = 500 * 1024 * 1024
LEAST_MEMORY = 16 * 1024 * 1024
MOST_NAMED = 3
BACKUP_EACH = timedelta(days=2)
DRILL_EACH = timedelta(days=8)
"""A backup and a drill each night are recommended: one that failed once is no alarm yet."""


def settings_known(_settings: Settings) -> CheckResult:
    """Check that every `PORTAL_…` variable is a setting; a misspelled one would silently do nothing."""
    unknown = unknown_settings(os.environ)
    return CheckResult("settings", not unknown, "; ".join(unknown) or "every PORTAL_… variable is one")


def keys(settings: Settings) -> CheckResult:
    """Check that the secrets are not the development values."""
    weak = DEVELOPMENT_SECRET in settings.secret or DEVELOPMENT_CIPHER in settings.cipher_keys
    if weak:
        return CheckResult("keys", settings.is_development, "the development values: never for a real city")
    count = len(settings.cipher_keys.split(","))
    return CheckResult("keys", True, f"a secret of {len(settings.secret)} characters, {count} cipher key(s)")


def disk(settings: Settings) -> CheckResult:
    """Check that the data folder has enough free space, and the folder in memory too."""
    try:
        free = shutil.disk_usage(settings.data_dir).free
        in_memory = shutil.disk_usage(settings.in_memory).free
    except OSError:
        return CheckResult("disk", False, "the data folder (PORTAL_DATA_DIR) cannot be read")
    if in_memory < LEAST_MEMORY:
        return CheckResult("disk", False, f"{in_memory // 1024**2} MiB free in memory: limits can no longer be counted")
    return CheckResult("disk", free >= LEAST_FREE, f"{free // 1024**2} MiB free in the data folder")


def files(settings: Settings) -> CheckResult:
    """Check that other users of this machine cannot read stored files."""
    try:
        found = open_to_others(settings)
    except OSError:
        return CheckResult("files", False, "the data folder (PORTAL_DATA_DIR) cannot be read")
    if not found:
        return CheckResult("files", True, "only the portal's user can read them")
    named = ", ".join(str(path) for path in found[:MOST_NAMED])
    more = f" and {len(found) - MOST_NAMED} more" if len(found) > MOST_NAMED else ""
    return CheckResult("files", False, f"others can reach {named}{more}: `chmod go=` them, as the portal cannot")


def spanish(_settings: Settings) -> CheckResult:
    """Check that every message is translated into Spanish."""
    missing = untranslated(read(TRANSLATIONS / SPANISH))
    return CheckResult("spanish", not missing, f"{len(missing)} text(s) are missing" if missing else "whole")


def proxy(settings: Settings) -> CheckResult:
    """Check that the portal can distinguish residents by address, with or without a proxy."""
    noticed, hops = trap(settings), settings.proxy_hops
    if noticed is Trap.IGNORED or (not hops and settings.secure_cookies):
        seen = "requests do come through a proxy" if noticed else "PORTAL_PUBLIC_URL is https"
        return CheckResult("proxy", False, f"{seen}, but PORTAL_PROXY_HOPS is 0: all residents count as one address")
    if noticed is Trap.SILENT:
        return CheckResult("proxy", False, "it sends no X-Forwarded-For: all residents count as one address")
    return CheckResult("proxy", True, f"{hops} in front" if hops else "none in front")


def backup(settings: Settings) -> CheckResult:
    """Check that a backup was made on this machine in the last two days."""
    found = noted(LastDone.BACKUP, settings)
    if found is None:
        return CheckResult("backup", False, "none was made on this machine: `flask backup`, each night")
    age = now() - found[0]
    return CheckResult("backup", age <= BACKUP_EACH, f"the last one is {_days(age)} old")


def leak_drill(settings: Settings) -> CheckResult:
    """Check that the whole leak drill ran in the last week, and found nothing."""
    found = noted(LastDone.LEAK_DRILL, settings)
    if found is None:
        return CheckResult("leak drill", False, "it never ran here: `flask doctor leaks --canary`, each night")
    age, leaks = now() - found[0], found[1]
    says = f"{_days(age)} ago, {leaks} leak(s)" if leaks else f"{_days(age)} ago, no leak"
    return CheckResult("leak drill", age <= DRILL_EACH and not leaks, says)


def _days(age: timedelta) -> str:
    return f"{age.days} day(s)" if age.days else f"{age.seconds // 3600} hour(s)"
