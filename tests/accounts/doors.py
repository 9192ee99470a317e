"""Ways through the door, for tests of the rooms behind it."""

from __future__ import annotations

from datetime import timedelta

import pyotp

from portal.core.clock import now
from tests.make import PASSWORD, TOTP_SECRET
from tests.page import Form, Page, Reader


def code(after: timedelta = timedelta(0), secret: str = TOTP_SECRET) -> str:
    """The code that the app shows now, or a little later."""
    return pyotp.TOTP(secret).at(now() + after)


def password_form(page: Reader, door: str = "/en/sign-in") -> Form:
    """The form for e-mail address and password; beside it stands the one for a passkey."""
    return next(one for one in page(door).forms("/sign-in") if one.element.get("data-options") is None)


def give_password(
    page: Reader, password: str = PASSWORD, email: str = "ana@portal.test", door: str = "/en/sign-in", status: int = 200
) -> Page:
    """The first step."""
    return password_form(page, door).submit(status, email=email, password=password)


def sign_in(page: Reader, email: str = "ana@portal.test", after: timedelta = timedelta(0)) -> Page:
    """Both steps. `after`: a code of the app works once, so a second sign-in needs a later one."""
    return give_password(page, email=email).form("second-step/code").submit(code=code(after))


def reset(boss: Reader, member_id: int, **given: str) -> Page:
    """Make a link for a new password, saying yes when nobody else opens that desk."""
    sent = boss(f"/en/people/{member_id}").form("reset").send(**given)
    if sent.status_code != 409:
        return boss.read(sent, 200)
    return boss.read(sent, 409).form("reset").submit(even_last="y")
