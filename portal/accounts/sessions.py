"""Who is signed in at this browser.

The cookie holds two random tokens: the hash of one finds the sign-in, the other opens the member's private key
for the length of a request. Nothing that the server keeps opens it.
"""

from __future__ import annotations

from typing import Any, cast

import flask
from flask import Flask
from flask.sessions import SecureCookieSession, SecureCookieSessionInterface
from flask_login import LoginManager, current_user
from flask_wtf import CSRFProtect
from nacl.public import PrivateKey
from sqlalchemy import select

from portal.accounts.actions.sign_in import Tokens, end_sign_in, sign_in_hash
from portal.accounts.models import Member, SignIn
from portal.accounts.rules.sessions import STAY, ending, to_the_minute, worth_noting
from portal.accounts.texts import REFUSALS
from portal.core.clock import now
from portal.core.crypto import unwrap_with_token
from portal.core.db import session

# "_user_id" is where Flask-Login looks.
TOKEN, UNLOCK, CHALLENGE, NEW_APP, ONCE_MORE = "_user_id", "unlock", "challenge", "new_app", "once_more"


class Person:
    """Somebody who gave the password at this browser; `is_authenticated` once the second factor was given too."""

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

    def private_key(self) -> PrivateKey:
        """The member's private key, for this request only. Raises CannotOpen."""
        return unwrap_with_token(self.sign_in.wrapped_private_key, str(flask.session.get(UNLOCK, "")))


class Nobody:
    """A browser in which nobody gave a password."""

    has_given_password = False
    is_authenticated = False
    roles: frozenset[str] = frozenset()
    id = None


class Sessions(SecureCookieSessionInterface):
    """Flask's sessions; without a cookie, as the public comes, nothing is made ready to read one."""

    def open_session(self, app: Flask, request: flask.Request) -> SecureCookieSession | None:
        if self.get_cookie_name(app) not in request.cookies:
            return self.session_class()
        return super().open_session(app, request)


def start(app: Flask) -> None:
    """Flask-Login, a cookie that only we can read, and CSRF tokens, which the rooms ask for."""
    app.config.update(
        SESSION_COOKIE_NAME="__Host-portal" if app.extensions["settings"].secure_cookies else "portal",
        SESSION_COOKIE_SECURE=app.extensions["settings"].secure_cookies,
        SESSION_COOKIE_HTTPONLY=True,
        # Not Strict: whoever follows a link in a mail would have to sign in again.
        SESSION_COOKIE_SAMESITE="Lax",
        PERMANENT_SESSION_LIFETIME=STAY.whole,
        # The token lives as long as the session: a page left open over lunch must still send.
        WTF_CSRF_TIME_LIMIT=None,
        # `Room` asks, after it knows who it is; it looks at Origin too, where some browsers send no Referer.
        WTF_CSRF_CHECK_DEFAULT=False,
        WTF_CSRF_SSL_STRICT=False,
    )
    app.session_interface = Sessions()
    CSRFProtect(app)
    manager = LoginManager()
    # Off: it would tie the session to network address and user agent, which a phone changes all day.
    manager.session_protection = None
    manager.anonymous_user = Nobody
    manager.user_loader(find_person)
    # Not init_app: it would look at the session after every answer, public pages included.
    app.login_manager = manager  # type: ignore[attr-defined]
    app.extensions.setdefault("refusals", {}).update(REFUSALS)


def person() -> Person:
    """Whoever is at this browser; only in rooms that are not public."""
    return cast(Person, current_user)


def find_person(token: str) -> Person | None:
    """Whoever holds this token, unless the sign-in is over or the member has left."""
    found = session.execute(
        select(SignIn, Member)
        .join(Member, Member.id == SignIn.member_id)
        .where(SignIn.token_hash == sign_in_hash(token), Member.left_at.is_(None))
    ).first()
    if found is None:
        return None
    sign_in, member = found
    if ending(sign_in.created_at, sign_in.seen_at, sign_in.second_factor_at, now()):
        session.delete(sign_in)
        return None
    if worth_noting(sign_in.seen_at, now()):
        sign_in.seen_at = to_the_minute(now())
    return Person(member, sign_in)


def remember(tokens: Tokens) -> None:
    """Give this browser its tokens, in place of whoever was signed in here before."""
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
    """Put something into the cookie until the next step (`CHALLENGE`, `NEW_APP`, `ONCE_MORE`)."""
    flask.session[name] = value


def kept(name: str) -> str | None:
    """What `keep` put there."""
    value: Any = flask.session.get(name)
    return str(value) if value is not None else None


def drop(name: str) -> str | None:
    """Take out what `keep` put there; a challenge must not answer twice."""
    value: Any = flask.session.pop(name, None)
    return str(value) if value is not None else None
