"""One's own password once more, before what a phone that was left lying open must not be enough for."""

from __future__ import annotations

from flask_babel import LazyString
from flask_babel import lazy_gettext as _l

from portal.accounts.models import Member
from portal.accounts.passwords import password_matches
from portal.accounts.rules.throttle import sign_in_windows
from portal.accounts.throttle import account_key, let_in, may_pass, too_often
from portal.core.crypto import Busy
from portal.core.limits import networks

WRONG = _l("This is not your password.")
BUSY = _l("The server is busy. Please try again in a few seconds.")


def problem_with(member: Member, password: str) -> LazyString | str | None:
    """Why this does not pass as the member's own password; None if it does. Tries count as at the sign-in."""
    windows = sign_in_windows(account_key(member.email), *networks()[:2])
    if not may_pass(windows):
        return too_often(windows)
    try:
        if not password_matches(member.password_hash, password):
            return WRONG
    except Busy:
        let_in(windows)
        return BUSY
    let_in(windows)
    return None
