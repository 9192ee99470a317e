"""One's own password once more, before what a phone that was left lying open must not be enough for."""

from __future__ import annotations

from datetime import datetime, timedelta

from flask import redirect, url_for
from flask_babel import LazyString
from flask_babel import lazy_gettext as _l
from werkzeug.wrappers import Response

from portal.accounts import sessions
from portal.accounts.models import Member
from portal.accounts.passwords import password_matches
from portal.accounts.rules.throttle import sign_in_windows
from portal.accounts.sessions import person
from portal.accounts.throttle import account_key, let_in, may_pass, too_often
from portal.core.clock import now
from portal.core.crypto import Busy
from portal.core.limits import networks

GOOD_FOR = timedelta(minutes=10)
"""So long after signing in, or after the password was given once more, it is not asked for again."""
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


def password_first(back: str) -> Response | None:
    """Where to send whoever has to give the password once more and then goes on at `back`; None if they need not.

    Somebody who sets up their first second factor has just given it.
    """
    mine = person()
    if not mine.is_authenticated or _is_fresh(mine.sign_in.second_factor_at):
        return None
    again = sessions.kept(sessions.ONCE_MORE)
    if again is not None and _is_fresh(datetime.fromisoformat(again)):
        return None
    return redirect(url_for("account.once_more", next=back))


def note_password() -> None:
    """The password was right: it is good for `GOOD_FOR` in this browser."""
    sessions.keep(sessions.ONCE_MORE, now().isoformat())


def _is_fresh(given_at: datetime | None) -> bool:
    return given_at is not None and now() - given_at < GOOD_FOR
