"""The six-digit codes that an authenticator app would show for the people of the demonstration."""

from __future__ import annotations

from datetime import datetime

import pyotp

from portal.accounts.rules.second_factor import STEP_SECONDS, steps_to_try


def code_at(totp_secret: str, at: datetime) -> str:
    """What the app shows at a moment."""
    return pyotp.TOTP(totp_secret).at(int(at.timestamp()))


def next_good(totp_secret: str, at: datetime, last_step: int | None) -> str | None:
    """The first code from now on that was not used yet; None when the next two were, which half a minute heals."""
    present = int(at.timestamp()) // STEP_SECONDS
    good = [step for step in steps_to_try(at, last_step) if step >= present]
    return pyotp.TOTP(totp_secret).generate_otp(good[0]) if good else None
