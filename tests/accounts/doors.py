"""Ways through the door, for tests of the rooms behind it."""

from datetime import timedelta

import pyotp

from portal.core.clock import now
from tests.make import PASSWORD, TOTP_SECRET


def code(after=timedelta(0), secret=TOTP_SECRET):
    """The code that the app shows now, or a little later."""
    return pyotp.TOTP(secret).at(now() + after)


def password_form(page, door="/en/sign-in"):
    """The form for e-mail address and password; beside it stands the one for a passkey."""
    return next(one for one in page(door).forms("/sign-in") if one.element.get("data-options") is None)


def give_password(page, password=PASSWORD, email="ana@portal.test", door="/en/sign-in", status=200):
    """The first step."""
    return password_form(page, door).submit(status, email=email, password=password)


def sign_in(page, email="ana@portal.test", after=timedelta(0)):
    """Both steps. `after`: a code of the app works once, so a second sign-in needs a later one."""
    return give_password(page, email=email).form("second-step/code").submit(code=code(after))


def reset(boss, member_id, **given):
    """Make a link for a new password, saying yes when nobody else opens that desk."""
    sent = boss(f"/en/people/{member_id}").form("reset").send(**given)
    if sent.status_code != 409:
        return boss.read(sent, 200)
    return boss.read(sent, 409).form("reset").submit(even_last="y")
