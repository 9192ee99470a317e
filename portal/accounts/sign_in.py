"""Passwords, sign-ins and the session cookie, throttling, and asking for the password again before risky actions.

The cookie holds two random tokens: the hash of one finds the `SignIn` row, the other opens the member's private key for
the length of a request. Nothing that the server stores opens it. No password is stored or logged here.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Any, cast

import flask
import flask_login
from flask import Flask, abort, redirect, url_for
from flask.sessions import SecureCookieSession, SecureCookieSessionInterface
from flask_babel import LazyString, ngettext
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_login import LoginManager
from flask_wtf import CSRFProtect
from nacl.public import PrivateKey
from sqlalchemy import delete, select
from werkzeug.wrappers import Response
from zxcvbn_rs_py import zxcvbn

from portal.accounts.password_strength import (
    COMMON_HERE,
    LEAST_STRENGTH,
    Weakness,
    content_weakness,
    length_weakness,
    normalise,
    strength_weakness,
    words_about,
)
from portal.accounts.sign_in_rules import (
    HOUR,
    MINUTE,
    STAY,
    ThrottleWindow,
    ending,
    locks_key,
    normal_email,
    sign_in_shares,
    sign_in_windows,
    stay_of,
    to_the_minute,
    worth_noting,
)
from portal.accounts.users import Member, Passkey, SignIn, holds_keys
from portal.core.audit import record
from portal.core.clock import now
from portal.core.crypto import (
    KNOWN,
    STRANGERS,
    Argon2Queue,
    HashingBusy,
    Stretched,
    derive,
    has_old_price,
    keyed_hash,
    stretch,
    unwrap_with_password,
    unwrap_with_token,
    wrap_with_password,
    wrap_with_token,
)
from portal.core.db import db, session
from portal.core.forms import typed
from portal.core.hosts import is_encrypted_by_browser
from portal.core.limits import give_back, is_honest, may_try, networks, note_honest, seconds_to_wait
from portal.core.portal import Portal, current_portal
from portal.core.web import words_kept


def weakness(password: str, person: Sequence[str] = (), here: Sequence[str] = ()) -> Weakness | None:
    """Return why a password is refused, or None.

    `person` holds the name and e-mail address of its owner, `here` the names that everybody in the city knows.
    """
    normal = normalise(password)
    if found := length_weakness(normal) or content_weakness(normal, person, here):
        return found
    known_here = (*COMMON_HERE, *words_about(here))
    for_neighbor = _strength(normal, known_here)
    if for_neighbor < LEAST_STRENGTH <= _strength(normal, COMMON_HERE):
        return Weakness.ABOUT_HERE
    return strength_weakness(_strength(normal, (*known_here, *words_about(person))), for_neighbor)


def _strength(password: str, words: Sequence[str]) -> int:
    return int(zxcvbn(password, list(words)).score)


def stretch_right(
    stored: str, password: str, queue: Argon2Queue = KNOWN, shares: Mapping[str, int] = MappingProxyType({})
) -> Stretched | None:
    """Stretch a password and return it if it is the one of a stored proof; raises HashingBusy.

    A caller not yet known waits in another `queue`, limited to `shares` of it. Without an account (an empty proof) it
    takes as long, so that timing does not reveal who has an account.
    """
    stretched = stretch(password, stored, queue, shares)
    return stretched if stretched.proves(stored) else None


def store_password(member: Member, stretched: Stretched, private_key: PrivateKey | None) -> None:
    """Store what proves the password, and wrap the private key under it; None where only a passkey opens that."""
    member.password_hash = stretched.proof
    if private_key is not None:
        member.wrapped_private_key = wrap_with_password(private_key, stretched)


def opened_by(member: Member, stretched: Stretched) -> PrivateKey | None:
    """Return the private key that a member's right password opens; None if only a passkey does."""
    wrapped = member.wrapped_private_key
    return None if wrapped is None else unwrap_with_password(wrapped, stretched)


TOKEN_BYTES = 32


@dataclass(frozen=True)
class Unlocked:
    """A member whose password was right, and the private key if it opens that; `renewed` if the price has changed."""

    member_id: int
    private_key: PrivateKey | None
    renewed: Stretched | None


@dataclass(frozen=True)
class Tokens:
    """The tokens in the browser's cookie: one finds the sign-in, the other opens its key. Stored nowhere else."""

    sign_in: str
    unlock: str


def check_password(email: str, password: str, shares: Mapping[str, int] = MappingProxyType({})) -> Unlocked | None:
    """Return the unlocked member; None, equally slowly, for a wrong password or an unknown address.

    `shares` limits how many requests from the caller's address or network may be in the queue at once, see
    `Argon2Queue.slot`. Raises HashingBusy.

    Stretching a password takes long, so it is done outside of any transaction: writers must not wait for it.
    """
    with db.new_session(writes=False) as reading:
        member = reading.scalar(select(Member).where(Member.email == normal_email(email), Member.left_at.is_(None)))
    stretched = stretch_right(member.password_hash if member else "", password, STRANGERS, shares)
    if stretched is None or member is None:
        return None
    renewed = stretch(password) if has_old_price(stretched.proof) else None
    return Unlocked(member.id, opened_by(member, stretched), renewed)


def begin_sign_in(member_id: int, private_key: PrivateKey | None, renewed: Stretched | None = None) -> Tokens:
    """Store the sign-in of a browser that gave the right password; the second factor is still to come.

    Without the private key it is locked: what is sealed opens only with a passkey.
    """
    if renewed:
        store_password(session.get_one(Member, member_id), renewed, private_key)
    return _tokens(SignIn(member_id=member_id), private_key)


def begin_with_passkey(passkey: Passkey, private_key: PrivateKey | None) -> Tokens:
    """Store the sign-in of a browser whose passkey stood for both factors.

    Without the private key it is locked: what is sealed opens only after the password, see `unlock`.
    """
    row = SignIn(member_id=passkey.member_id, without_password=True)
    tokens = _tokens(row, private_key)
    complete_sign_in(row, passkey.id)
    return tokens


def _tokens(row: SignIn, private_key: PrivateKey | None) -> Tokens:
    unlock, row.wrapped_private_key = wrap_with_token(private_key) if private_key else ("", b"")
    token = secrets.token_urlsafe(TOKEN_BYTES)
    row.token_hash = sign_in_hash(token)
    row.created_at = now()
    row.seen_at = to_the_minute(now())
    session.add(row)
    session.flush()
    return Tokens(token, unlock)


def complete_sign_in(sign_in: SignIn, passkey_id: int | None = None) -> None:
    """Mark a sign-in as complete after a correct second factor, which may have been a passkey."""
    sign_in.second_factor_at = now()
    sign_in.passkey_id = passkey_id
    record("member.signed_in", "member", sign_in.member_id, sign_in.member_id)


def end_sign_in(token: str) -> None:
    """Sign one browser out."""
    session.execute(delete(SignIn).where(SignIn.token_hash == sign_in_hash(token)))


def end_sign_ins(member_id: int, by_id: int | None, but: int | None = None) -> None:
    """Sign a member out of every browser, or of every one except the sign-in `but`."""
    theirs = delete(SignIn).where(SignIn.member_id == member_id)
    session.execute(theirs if but is None else theirs.where(SignIn.id != but))
    record("member.signed_out_everywhere", "member", member_id, by_id)


def sign_in_hash(token: str) -> str:
    """Return the keyed hash by which a browser's token is stored."""
    return keyed_hash(derive(secret(), "sign-in"), token)


def secret() -> bytes:
    """Return the secret of the settings, from which every keyed hash of accounts is derived."""
    found: str = current_portal.settings.secret
    return found.encode()


def account_key(email: str) -> str:
    """Return the keyed hash by which tries at one account are counted."""
    return keyed_hash(derive(secret(), "throttle"), normal_email(email))


@dataclass(frozen=True)
class PasswordTry:
    """Who types a password: keyed hashes of the account, of the caller's address and of its network."""

    account: str
    near: str
    wide: str

    @property
    def is_known(self) -> bool:
        """Whether the account's password was right from this address today."""
        return is_honest(f"{self.account}:{self.near}")

    def windows(self) -> tuple[ThrottleWindow, ...]:
        """Return the windows in which the password counts."""
        return sign_in_windows(self.account, self.near, self.wide, is_known=self.is_known)

    def shares(self) -> dict[str, int]:
        """Return the shares of the queue in which it is checked."""
        return sign_in_shares(self.near, self.wide, is_known=self.is_known)

    def was_right(self) -> None:
        """Note that the password was right: from here on strangers nearby use up nothing of the member's."""
        note_honest(self.near)
        note_honest(f"{self.account}:{self.near}")


def password_try(email: str) -> PasswordTry:
    """Return who types the password of the account with this address."""
    return PasswordTry(account_key(email), *networks()[:2])


def may_pass(windows: Iterable[ThrottleWindow]) -> bool:
    """Count one try in every window and return True, or return False and count it in none.

    A refused try must not count in the wide windows: one device would keep its whole office out for a day.
    """
    counted: list[ThrottleWindow] = []
    for window in windows:
        counted.append(window)
        if not may_try(*window):
            let_in(counted)
            return False
    return True


def wait_of(windows: Iterable[ThrottleWindow]) -> int:
    """Return the seconds until all windows let a try through again."""
    return max((seconds_to_wait(*window) for window in windows), default=0)


def too_often(windows: Iterable[ThrottleWindow]) -> str:
    """Return the message for a caller refused by `may_pass`."""
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


def retry_after(windows: Iterable[ThrottleWindow]) -> dict[str, str]:
    """Return the same wait as a `Retry-After` header."""
    return {"Retry-After": str(max(1, wait_of(windows)))}


def let_in(windows: Iterable[ThrottleWindow]) -> None:
    """Undo the count of a correct try: a church hall signs in from one address, again and again."""
    for window in windows:
        give_back(*window)


# "_user_id" is the key that Flask-Login reads.
TOKEN, UNLOCK, CHALLENGE, NEW_APP, ONCE_MORE = "_user_id", "unlock", "challenge", "new_app", "once_more"


class SessionUser:
    """A member who gave the password in this browser; `is_authenticated` once the second factor was given too."""

    has_given_password = True

    def __init__(self, member: Member, sign_in: SignIn) -> None:
        self.member = member
        self.sign_in = sign_in

    @property
    def id(self) -> int:
        """The member's id."""
        return self.member.id

    @property
    def roles(self) -> frozenset[str]:
        """The member's roles at this moment."""
        return self.member.roles

    @property
    def is_authenticated(self) -> bool:
        """Whether both factors were given."""
        return self.sign_in.second_factor_at is not None

    @property
    def is_locked(self) -> bool:
        """Whether the password, or the passkey, must be given before this browser opens anything sealed."""
        return not self.sign_in.wrapped_private_key

    def private_key(self) -> PrivateKey:
        """Return the member's private key, for this request only. Raises CannotOpen.

        While it is locked, the request is answered by asking for the password.
        """
        if self.is_locked:
            abort(ask_to_unlock())
        return unwrap_with_token(self.sign_in.wrapped_private_key, str(flask.session.get(UNLOCK, "")))


class Nobody:
    """A browser without a sign-in."""

    has_given_password = False
    is_authenticated = False
    roles: frozenset[str] = frozenset()
    id = None


PLAIN_COOKIE = "portal"


class Sessions(SecureCookieSessionInterface):
    """Flask's cookie sessions; a request without the cookie, as most public ones are, gets an empty one at once."""

    def open_session(self, app: Flask, request: flask.Request) -> SecureCookieSession | None:
        if self.get_cookie_name(app) not in request.cookies:
            return self.session_class()
        return super().open_session(app, request)

    def get_cookie_name(self, app: Flask) -> str:
        """Return a name without `__Host-` for an onion address with http: not every browser takes one from there."""
        return super().get_cookie_name(app) if is_encrypted_by_browser() else PLAIN_COOKIE

    def get_cookie_secure(self, app: Flask) -> bool:
        """Return whether the cookie is for https only."""
        return is_encrypted_by_browser()


def start(app: Portal) -> None:
    """Set up Flask-Login, the session cookie, and CSRF tokens, which the blueprints check."""
    app.config.update(
        SESSION_COOKIE_NAME="__Host-portal" if app.settings.secure_cookies else PLAIN_COOKIE,
        SESSION_COOKIE_SECURE=app.settings.secure_cookies,
        SESSION_COOKIE_HTTPONLY=True,
        # Not Strict: a member who follows a link in a mail would have to sign in again.
        SESSION_COOKIE_SAMESITE="Lax",
        PERMANENT_SESSION_LIFETIME=STAY.whole,
        # The token lives as long as the session: a form left open over lunch must still be accepted.
        WTF_CSRF_TIME_LIMIT=None,
        # `AudienceBlueprint` checks it once the user is known. Not strict: some browsers send no Referer; Origin is
        # checked.
        WTF_CSRF_CHECK_DEFAULT=False,
        WTF_CSRF_SSL_STRICT=False,
    )
    app.session_interface = Sessions()
    app.csrf = CSRFProtect(app)
    manager = LoginManager()
    # Off: it would bind the session to network address and user agent, which change all day on a phone.
    manager.session_protection = None
    manager.anonymous_user = Nobody
    manager.user_loader(find_person)
    # Not init_app: it would touch the session after every response, public pages included.
    app.login_manager = manager  # type: ignore[attr-defined]


current_user = cast(SessionUser, flask_login.current_user)
"""The user of this browser, with its type; only for blueprints that are not public."""


def find_person(token: str) -> SessionUser | None:
    """Return the user of this token, unless the sign-in has ended or the member has left."""
    found = _signed_in(token)
    if found is not None and _is_to_be_noted(*found):
        has_ended = _has_ended(*found)
        with db.writing_apart():
            _note(token)
        found = None if has_ended else _signed_in(token)
    return SessionUser(*found) if found else None


def _signed_in(token: str) -> tuple[Member, SignIn] | None:
    row = session.execute(
        select(Member, SignIn)
        .join(SignIn, Member.id == SignIn.member_id)
        .where(SignIn.token_hash == sign_in_hash(token), Member.left_at.is_(None))
    ).first()
    return (row[0], row[1]) if row else None


def _has_ended(member: Member, sign_in: SignIn) -> bool:
    times = sign_in.created_at, sign_in.seen_at, sign_in.second_factor_at
    return ending(*times, now(), stay_of(member.roles)) is not None


def _is_to_be_noted(member: Member, sign_in: SignIn) -> bool:
    seen = sign_in.seen_at
    return _has_ended(member, sign_in) or locks_key(seen, now()) or worth_noting(seen, now())


def _note(token: str) -> None:
    """Delete a sign-in that has ended; lock the key of one that paused, and note that it is used."""
    if (found := _signed_in(token)) is None:
        return
    member, sign_in = found
    if _has_ended(member, sign_in):
        session.delete(sign_in)
        return
    if locks_key(sign_in.seen_at, now()):
        sign_in.wrapped_private_key = b""
    if worth_noting(sign_in.seen_at, now()):
        sign_in.seen_at = to_the_minute(now())


def remember(tokens: Tokens) -> None:
    """Store the tokens in this browser's session and end the sign-in that it held before."""
    forget()
    # Not flask_login.login_user: it would put a hash of network address and user agent into the cookie.
    flask.session[TOKEN] = tokens.sign_in
    flask.session[UNLOCK] = tokens.unlock


def forget() -> None:
    """Sign this browser out."""
    if token := flask.session.get(TOKEN):
        end_sign_in(str(token))
    flask.session.clear()


def keep(name: str, value: str) -> None:
    """Store a value in the session until the next step (`CHALLENGE`, `NEW_APP`, `ONCE_MORE`)."""
    flask.session[name] = value


def kept(name: str) -> str | None:
    """Return the value stored by `keep`."""
    value: Any = flask.session.get(name)
    return str(value) if value is not None else None


def drop(name: str) -> str | None:
    """Remove and return the value stored by `keep`; a challenge must not be answered twice."""
    value: Any = flask.session.pop(name, None)
    return str(value) if value is not None else None


GOOD_FOR = timedelta(minutes=10)
"""How long after signing in, or after confirming the password, it is not asked for again."""
WRONG = _l("This is not your password.")
BUSY = _l("The server is busy. Please try again in a few seconds.")


def unlock(password: str) -> LazyString | str | None:
    """Open the member's key for this browser and note the password, or return why it does not pass."""
    mine = current_user
    stretched = _tried(mine.member, password)
    if not isinstance(stretched, Stretched):
        return stretched
    if private_key := opened_by(mine.member, stretched):
        flask.session[UNLOCK], mine.sign_in.wrapped_private_key = wrap_with_token(private_key)
    note_password()
    return None


def open_with_password_too(password: str) -> LazyString | str | None:
    """Wrap the member's key, which is open in this browser, under the password again, or return why not."""
    mine, private_key = current_user, current_user.private_key()
    stretched = _tried(mine.member, password)
    if not isinstance(stretched, Stretched):
        return stretched
    store_password(mine.member, stretched, private_key)
    record("member.password_opens", "member", mine.id, mine.id)
    return None


def must_unlock(who: SessionUser) -> bool:
    """Return whether a member is asked for the password right after signing in, since their key opens something."""
    return who.is_locked and holds_keys(who.id)


def ask_to_unlock() -> Response:
    """Return a redirect to the page that asks for the password, or, to a form with words in it, these words."""
    if (kept := typed()) is not None:
        return words_kept(kept, "account.unlock", is_locked=True)
    here = flask.request.path if flask.request.method == "GET" else None
    return redirect(url_for("account.unlock", next=here))


def problem_with(member: Member, password: str) -> LazyString | str | None:
    """Return why this does not pass as the member's own password, or None. Tries count as at the sign-in."""
    tried = _tried(member, password)
    return None if isinstance(tried, Stretched) else tried


def _tried(member: Member, password: str) -> Stretched | LazyString | str:
    who = password_try(member.email)
    windows = who.windows()
    if not may_pass(windows):
        return too_often(windows)
    try:
        stretched = stretch_right(member.password_hash, password)
    except HashingBusy:
        let_in(windows)
        return BUSY
    if stretched is None:
        return WRONG
    let_in(windows)
    who.was_right()
    return stretched


def password_first(back: str) -> Response | None:
    """Return a redirect to confirm the password and then return to `back`, or None if that is not needed.

    A member who is setting up their first second factor has just given it. A passkey does not count: whoever can unlock
    the phone could make another one, and keep it. Words in a form are shown, to be sent once the password is given.
    """
    mine = current_user
    is_given = not mine.sign_in.without_password
    if not mine.is_authenticated or (is_given and _is_fresh(mine.sign_in.second_factor_at)):
        return None
    again = kept(ONCE_MORE)
    if again is not None and _is_fresh(datetime.fromisoformat(again)):
        return None
    if (kept_words := typed()) is not None:
        return words_kept(kept_words, "account.once_more")
    return redirect(url_for("account.once_more", next=back))


def note_password() -> None:
    """Note that the password was confirmed in this browser; valid for `GOOD_FOR`."""
    keep(ONCE_MORE, now().isoformat())


def _is_fresh(given_at: datetime | None) -> bool:
    return given_at is not None and now() - given_at < GOOD_FOR
