"""Passwords, sign-ins and the session cookie, throttling, and asking for the password again before risky actions.

The cookie holds two random tokens: the hash of one finds the `SignIn` row, the other opens the member's private key for
the length of a request. Nothing that the server stores opens it. No password is stored or logged here.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil
from types import MappingProxyType
from typing import NamedTuple, cast

import flask
import flask_login
from flask import Flask, abort, redirect, url_for
from flask.sessions import SecureCookieSession, SecureCookieSessionInterface
from flask_babel import LazyString, gettext as _, lazy_gettext as _l, ngettext
from flask_login import LoginManager
from flask_wtf import CSRFProtect
from nacl.public import PrivateKey
from sqlalchemy import delete, select, update
from sqlalchemy.orm import joinedload
from werkzeug.wrappers import Response
from zxcvbn_rs_py import zxcvbn

from portal.accounts import sign_in_rules
from portal.accounts.sign_in_rules import ThrottleWindow, Weakness
from portal.accounts.users import DeskKeyCopy, Member, SignIn
from portal.core import crypto, limits
from portal.core.audit import record
from portal.core.clock import now
from portal.core.db import db, session
from portal.core.forms import typed
from portal.core.hosts import is_encrypted_by_browser
from portal.core.portal import Portal, current_portal
from portal.core.web import words_kept


def weakness(password: str, person: Sequence[str] = (), here: Sequence[str] = ()) -> Weakness | None:
    """Return why a password is refused; `person`: its owner's name and address, `here`: names that all here know."""
    normal = sign_in_rules.normalise(password)
    return sign_in_rules.weakness(normal, person, here, lambda words: int(zxcvbn(normal, list(words)).score))


def stretch_right(
    stored: str,
    password: str,
    queue: crypto.Argon2Queue = crypto.KNOWN,
    shares: Mapping[str, int] = MappingProxyType({}),
) -> crypto.Stretched | None:
    """Stretch a password and return it if it is that of a proof, in a `queue` by `shares`. Raises HashingBusy."""
    # Without an account (an empty proof) it takes as long, so that timing does not reveal who has an account.
    stretched = crypto.stretch(password, stored, queue, shares)
    return stretched if stretched.proves(stored) else None


def store_password(member: Member, stretched: crypto.Stretched, private_key: PrivateKey | None) -> None:
    """Store what proves the password, and wrap the private key under it; None where only a passkey opens that."""
    member.password_hash = stretched.proof
    if private_key is not None:
        member.wrapped_private_key = crypto.wrap_with_password(private_key, stretched)


def opened_by(member: Member, stretched: crypto.Stretched) -> PrivateKey | None:
    """Return the private key that a member's right password opens; None if only a passkey does."""
    wrapped = member.wrapped_private_key
    return None if wrapped is None else crypto.unwrap_with_password(wrapped, stretched)


TOKEN_BYTES = 32


class Unlocked(NamedTuple):
    """A member whose password was right, and the private key if it opens that; `renewed` if the price has changed."""

    member_id: int
    private_key: PrivateKey | None
    renewed: crypto.Stretched | None


class Tokens(NamedTuple):
    """The tokens in the browser's cookie: one finds the sign-in, the other opens its key. Stored nowhere else."""

    sign_in: str
    unlock: str


def check_password(email: str, password: str, shares: Mapping[str, int] = MappingProxyType({})) -> Unlocked | None:
    """Return the unlocked member; None, equally slowly, for a wrong password or unknown address. Raises HashingBusy."""
    # Stretching takes long, so it is done outside of any transaction: writers must not wait for it.
    with db.new_session(writes=False) as reading:
        member = reading.scalar(
            select(Member).where(Member.email == sign_in_rules.normal_email(email), Member.left_at.is_(None))
        )
    stretched = stretch_right(member.password_hash if member else "", password, crypto.STRANGERS, shares)
    if stretched is None or member is None:
        return None
    renewed = crypto.stretch(password) if crypto.has_old_price(stretched.proof) else None
    return Unlocked(member.id, opened_by(member, stretched), renewed)


def begin_sign_in(
    member_id: int,
    private_key: PrivateKey | None,
    renewed: crypto.Stretched | None = None,
    *,
    passkey_id: int | None = None,
) -> Tokens:
    """Store a browser's sign-in, complete only with the passkey for both factors; locked without the private key."""
    if renewed:
        store_password(session.get_one(Member, member_id), renewed, private_key)
    unlock, wrapped = crypto.wrap_with_token(private_key) if private_key else ("", b"")
    token = secrets.token_urlsafe(TOKEN_BYTES)
    row = SignIn(member_id=member_id, token_hash=sign_in_hash(token), wrapped_private_key=wrapped, created_at=now())
    row.seen_at, row.without_password = sign_in_rules.to_the_minute(now()), passkey_id is not None
    session.add(row)
    session.flush()
    if passkey_id is not None:
        complete_sign_in(row, passkey_id)
    return Tokens(token, unlock)


def complete_sign_in(sign_in: SignIn, passkey_id: int | None = None) -> None:
    sign_in.second_factor_at = now()
    sign_in.passkey_id = passkey_id
    record("member.signed_in", "member", sign_in.member_id, sign_in.member_id)


def end_sign_ins(member_id: int, by_id: int | None, but: int | None = None) -> None:
    theirs = delete(SignIn).where(SignIn.member_id == member_id)
    session.execute(theirs if but is None else theirs.where(SignIn.id != but))
    record("member.signed_out_everywhere", "member", member_id, by_id)


def sign_in_hash(token: str) -> str:
    return crypto.keyed_hash(key_for("sign-in"), token)


def key_for(purpose: str) -> bytes:
    """Return the key of keyed hashes with this purpose, from the secret of the settings."""
    return crypto.derive(current_portal.settings.secret.encode(), purpose)


class PasswordTry:
    """Who types a password: keyed hashes of the account, of the caller's address and of its network."""

    def __init__(self, email: str) -> None:
        self.account = crypto.keyed_hash(key_for("throttle"), sign_in_rules.normal_email(email))
        self.near, self.wide = limits.networks()[:2]

    @property
    def is_known(self) -> bool:
        """Whether the account's password was right from this address today."""
        return limits.is_honest(f"{self.account}:{self.near}")

    def windows(self) -> tuple[ThrottleWindow, ...]:
        return sign_in_rules.sign_in_windows(self.account, self.near, self.wide, is_known=self.is_known)

    def was_right(self) -> None:
        """Note that the password was right: from here on strangers nearby use up nothing of the member's."""
        limits.note_honest(self.near)
        limits.note_honest(f"{self.account}:{self.near}")


def may_pass(windows: Iterable[ThrottleWindow]) -> bool:
    """Count one try in every window and return True, or return False and count it in none."""
    counted: list[ThrottleWindow] = []
    for window in windows:
        counted.append(window)
        if not limits.may_try(*window):
            # Counted in the wide windows, one device's refused tries would keep its whole office out for a day.
            let_in(counted)
            return False
    return True


def wait_of(windows: Iterable[ThrottleWindow]) -> int:
    """Return the seconds until all windows let a try through again."""
    return max((limits.seconds_to_wait(*window) for window in windows), default=0)


def too_often(windows: Iterable[ThrottleWindow]) -> str:
    """Return the message for a caller refused by `may_pass`."""
    minutes = max(1, ceil(wait_of(windows) / sign_in_rules.MINUTE))
    hours = ceil(minutes / 60)
    words = _("There were too many tries. Please try again tomorrow.")
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
    return str(words)


def retry_after(windows: Iterable[ThrottleWindow]) -> dict[str, str]:
    return {"Retry-After": str(max(1, wait_of(windows)))}


def let_in(windows: Iterable[ThrottleWindow]) -> None:
    """Undo the count of a correct try: a church hall signs in from one address, again and again."""
    for window in windows:
        limits.give_back(*window)


# "_user_id" is the key that Flask-Login reads.
TOKEN, UNLOCK, CHALLENGE, NEW_APP, ONCE_MORE = "_user_id", "unlock", "challenge", "new_app", "once_more"


@dataclass(frozen=True)
class SessionUser:
    """A member who gave the password in this browser; `is_authenticated` once the second factor was given too."""

    member: Member
    sign_in: SignIn
    has_given_password = True

    @property
    def id(self) -> int:
        return self.member.id

    @property
    def roles(self) -> frozenset[str]:
        return self.member.roles

    @property
    def is_authenticated(self) -> bool:
        return self.sign_in.second_factor_at is not None

    @property
    def is_locked(self) -> bool:
        """Whether the password, or the passkey, must be given before this browser opens anything sealed."""
        return not self.sign_in.wrapped_private_key

    def private_key(self) -> PrivateKey:
        """Return the member's key for this request; while it is locked, ask for the password. Raises CannotOpen."""
        if self.is_locked:
            # A form with words in it is answered with these words.
            kept, here = typed(), flask.request.path if flask.request.method == "GET" else None
            door = redirect(url_for("account.unlock", next=here))
            abort(door if kept is None else words_kept(kept, "account.unlock", is_locked=True))
        return crypto.unwrap_with_token(self.sign_in.wrapped_private_key, str(flask.session.get(UNLOCK, "")))


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
        return is_encrypted_by_browser()


def start(app: Portal) -> None:
    """Set up Flask-Login, the session cookie, and CSRF tokens, which the blueprints check."""
    app.config.update(
        SESSION_COOKIE_NAME="__Host-portal" if app.settings.secure_cookies else PLAIN_COOKIE,
        SESSION_COOKIE_SECURE=app.settings.secure_cookies,
        SESSION_COOKIE_HTTPONLY=True,
        # Not Strict: a member who follows a link in a mail would have to sign in again.
        SESSION_COOKIE_SAMESITE="Lax",
        PERMANENT_SESSION_LIFETIME=sign_in_rules.STAY.whole,
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
    if (user := _user_of(token)) is None:
        return None
    sign_in, moment = user.sign_in, now()
    # Another request may have noted it meanwhile, and the password been given since: then nothing is done twice.
    unchanged = SignIn.id == sign_in.id, SignIn.seen_at == sign_in.seen_at
    times = sign_in.created_at, sign_in.seen_at, sign_in.second_factor_at
    if sign_in_rules.has_ended(*times, moment, sign_in_rules.stay_of(user.roles)):
        with db.writing_apart():
            session.execute(delete(SignIn).where(*unchanged))
        return None
    if not sign_in_rules.worth_noting(sign_in.seen_at, moment):
        return user
    noted: dict[str, object] = {"seen_at": sign_in_rules.to_the_minute(moment)}
    if sign_in_rules.locks_key(sign_in.seen_at, moment):
        noted["wrapped_private_key"] = b""
    with db.writing_apart():
        session.execute(update(SignIn).where(*unchanged).values(noted))
    # A request that only reads began anew.
    return user if sign_in in session else _user_of(token)


def _user_of(token: str) -> SessionUser | None:
    """Return who has this sign-in, with their roles: one statement, since every page of the team begins with it."""
    row = session.execute(
        select(Member, SignIn)
        .join(SignIn, Member.id == SignIn.member_id)
        .where(SignIn.token_hash == sign_in_hash(token), Member.left_at.is_(None))
        .options(joinedload(Member.role_rows))
    )
    pair = row.unique().first()
    return SessionUser(*pair) if pair else None


def remember(tokens: Tokens) -> None:
    """Store the tokens in this browser's session and end the sign-in that it held before."""
    forget()
    # Not flask_login.login_user: it would put a hash of network address and user agent into the cookie.
    flask.session[TOKEN] = tokens.sign_in
    flask.session[UNLOCK] = tokens.unlock


def forget() -> None:
    if token := flask.session.get(TOKEN):
        session.execute(delete(SignIn).where(SignIn.token_hash == sign_in_hash(str(token))))
    flask.session.clear()


GOOD_FOR = timedelta(minutes=10)
"""How long after signing in, or after confirming the password, it is not asked for again."""
WRONG = _l("This is not your password.")
BUSY = _l("The server is busy. Please try again in a few seconds.")


def unlock(stretched: crypto.Stretched) -> None:
    """Open the member's key for this browser with the right password, and note that."""
    if private_key := opened_by(current_user.member, stretched):
        flask.session[UNLOCK], current_user.sign_in.wrapped_private_key = crypto.wrap_with_token(private_key)
    note_password()


def open_with_password_too(stretched: crypto.Stretched) -> None:
    """Wrap the member's key, which is open in this browser, under the right password again."""
    me = current_user
    store_password(me.member, stretched, me.private_key())
    record("member.password_opens", "member", me.id, me.id)


def must_unlock(who: SessionUser) -> bool:
    """Return whether a member is asked for the password right after signing in: they hold a key of a desk or circle."""
    copies = select(DeskKeyCopy.id).where(DeskKeyCopy.member_id == who.id)
    return who.is_locked and session.scalar(copies.limit(1)) is not None


def problem_with(
    member: Member, password: str, then: Callable[[crypto.Stretched], None] = lambda _stretched: None
) -> LazyString | str | None:
    """Return why this is not the member's own password; None if it is, after `then`. Tries count as at the sign-in."""
    who = PasswordTry(member.email)
    windows = who.windows()
    if not may_pass(windows):
        return too_often(windows)
    try:
        stretched = stretch_right(member.password_hash, password)
        if stretched is None:
            return WRONG
        then(stretched)
    except crypto.HashingBusy:
        let_in(windows)
        return BUSY
    let_in(windows)
    who.was_right()
    return None


def password_first(back: str) -> Response | None:
    """Return a redirect to confirm the password and then return to `back`, or None if that is not needed."""
    sign_in, again = current_user.sign_in, flask.session.get(ONCE_MORE)
    given_at = [datetime.fromisoformat(again)] if again is not None else []
    # A passkey does not count: whoever can unlock the phone could make another one, and keep it.
    if sign_in.second_factor_at is not None and not sign_in.without_password:
        given_at.append(sign_in.second_factor_at)
    # Who sets up their first second factor has just given it.
    if not current_user.is_authenticated or any(now() - at < GOOD_FOR for at in given_at):
        return None
    if (kept_words := typed()) is not None:
        return words_kept(kept_words, "account.once_more")
    return redirect(url_for("account.once_more", next=back))


def note_password(_stretched: crypto.Stretched | None = None) -> None:
    """Note that the password was confirmed in this browser; valid for `GOOD_FOR`."""
    flask.session[ONCE_MORE] = now().isoformat()
