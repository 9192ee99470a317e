"""Six-digit codes from an authenticator app, and the recovery codes for when it is lost."""

from datetime import datetime
from hmac import compare_digest
from secrets import token_bytes

import pyotp

from portal.accounts.rules.second_factor import (
    RECOVERY_BYTES,
    RECOVERY_CODES,
    recovery_codes,
    steps_to_try,
    typed_digits,
    typed_recovery_code,
)
from portal.core.crypto import keyed_hash


def new_totp_secret() -> str:
    """Return 160 random bits in base 32."""
    return pyotp.random_base32()


def totp_address(secret: str, email: str, site: str) -> str:
    """Return the otpauth:// address that the square code on the page holds."""
    return pyotp.TOTP(secret).provisioning_uri(name=email, issuer_name=site)


def accepted_step(secret: str, typed: str, at: datetime, last_step: int | None) -> int | None:
    """Return the time step that a typed code belongs to, to be stored as the last one used, or None if it is wrong."""
    totp, digits = pyotp.TOTP(secret), typed_digits(typed)
    matching = [step for step in steps_to_try(at, last_step) if compare_digest(totp.generate_otp(step), digits)]
    return matching[0] if matching else None


def new_recovery_codes() -> tuple[str, ...]:
    """Return ten codes to be shown once; only their `recovery_hash` is kept."""
    return recovery_codes(token_bytes(RECOVERY_BYTES) for _ in range(RECOVERY_CODES))


def recovery_hash(key: bytes, member_id: int, typed: str) -> str:
    """Return what is stored of a recovery code, and looked for, and deleted when it was used."""
    return keyed_hash(key, f"{member_id}:{typed_recovery_code(typed)}")
