"""Counts tries in the windows of `rules/throttle.py`."""

from __future__ import annotations

from collections.abc import Iterable

from portal.accounts.actions.sign_in import secret
from portal.accounts.rules.email import normal_email
from portal.accounts.rules.throttle import Window
from portal.core.crypto import derive, keyed_hash
from portal.core.limits import give_back, may_try


def account_key(email: str) -> str:
    """What tries at one account are counted by."""
    return keyed_hash(derive(secret(), "throttle"), normal_email(email))


def may_pass(windows: Iterable[Window]) -> bool:
    """Count one try in every window, also when an earlier one said no; whether all let it through."""
    answers = [may_try(*window) for window in windows]
    return all(answers)


def let_in(windows: Iterable[Window]) -> None:
    """What was tried was right: it does not count. A church hall signs in from one address, again and again."""
    for window in windows:
        give_back(*window)
