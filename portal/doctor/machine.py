"""Checks of this machine: settings, keys, translations, backup, leak drill, and the proxy in front."""

from __future__ import annotations

import os
from datetime import timedelta

from portal.config import DEVELOPMENT_CIPHER, DEVELOPMENT_SECRET, Settings, unknown_settings
from portal.core.catalogues import SPANISH, TRANSLATIONS, read, untranslated
from portal.core.clock import now
from portal.core.data_folder import LastDone, noted
from portal.core.hosts import Trap, trap
from portal.doctor.findings import CheckResult

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
