"""Counts tries in the windows of `rules/throttle.py`, and says how long to wait when there were too many."""

from __future__ import annotations

from collections.abc import Iterable

from flask_babel import gettext as _
from flask_babel import ngettext

from portal.accounts.actions.sign_in import secret
from portal.accounts.rules.email import normal_email
from portal.accounts.rules.throttle import HOUR, MINUTE, Window
from portal.core.crypto import derive, keyed_hash
from portal.core.limits import give_back, may_try, seconds_to_wait


def account_key(email: str) -> str:
    """What tries at one account are counted by."""
    return keyed_hash(derive(secret(), "throttle"), normal_email(email))


def may_pass(windows: Iterable[Window]) -> bool:
    """Count one try in every window and return True, or return False and count it in none.

    A try that is refused must not count in the wide windows: one device would keep its whole office out for a day.
    """
    counted: list[Window] = []
    for window in windows:
        counted.append(window)
        if not may_try(*window):
            let_in(counted)
            return False
    return True


def wait_of(windows: Iterable[Window]) -> int:
    """Seconds until all windows let a try through again."""
    return max((seconds_to_wait(*window) for window in windows), default=0)


def too_often(windows: Iterable[Window]) -> str:
    """What to say to whoever `may_pass` refused."""
    minutes = max(1, -(-wait_of(windows) // MINUTE))
    hours = -(-minutes * MINUTE // HOUR)
    if minutes < 60:
        words = ngettext(
            "There were too many tries. Please wait %(num)d minute and try again.",
            "There were too many tries. Please wait %(num)d minutes and try again.",
            minutes,
        )
    elif hours < 12:
        words = ngettext(
            "There were too many tries. Please wait %(num)d hour and try again.",
            "There were too many tries. Please wait %(num)d hours and try again.",
            hours,
        )
    else:
        words = _("There were too many tries. Please try again tomorrow.")
    return str(words)


def retry_after(windows: Iterable[Window]) -> dict[str, str]:
    """The header that says the same to programs."""
    return {"Retry-After": str(max(1, wait_of(windows)))}


def let_in(windows: Iterable[Window]) -> None:
    """What was tried was right: it does not count. A church hall signs in from one address, again and again."""
    for window in windows:
        give_back(*window)
