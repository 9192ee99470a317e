"""Checks of this machine: settings, keys, disk, files, translations, and the proxy in front."""

from __future__ import annotations

import os
import shutil

from portal.config import DEVELOPMENT_CIPHER, DEVELOPMENT_SECRET, Settings, unknown_settings
from portal.core.catalogues import SPANISH, TRANSLATIONS, read, untranslated
from portal.core.private import open_to_others
from portal.core.proxies import Trap, trap
from portal.doctor.findings import CheckResult

LEAST_FREE = 500 * 1024 * 1024
MOST_NAMED = 3


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
    """Check that the data folder has enough free space."""
    try:
        free = shutil.disk_usage(settings.data_dir).free
    except OSError:
        return CheckResult("disk", False, "the data folder (PORTAL_DATA_DIR) cannot be read")
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
