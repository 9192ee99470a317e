"""From code words to where their thread is found and to the key that opens it, with the secrets of this site."""

from __future__ import annotations

from contextlib import nullcontext
from threading import BoundedSemaphore

from flask import current_app
from nacl.public import PrivateKey

from portal.core.crypto import private_key_from_seed, site_key
from portal.reports.sealing import locator, stretch, thread_seed

# A place is free again after a tenth of a millisecond, so everybody may wait for one.
_slots = BoundedSemaphore(2)
_slow_lane = BoundedSemaphore(1)


def stretch_code(code: tuple[str, ...], *, slowly: bool = False) -> bytes:
    """What the locator and the thread's key are derived from; a few at once, of those that go `slowly` one."""
    with _slow_lane if slowly else nullcontext(), _slots:
        return stretch(code, _subkey("report codes"))


def locator_of(code: tuple[str, ...], *, slowly: bool = False) -> str:
    """Where the thread of these code words is found."""
    return locator_from(stretch_code(code, slowly=slowly))


def key_of(code: tuple[str, ...]) -> PrivateKey:
    """The key that opens the thread of these code words."""
    return key_from(stretch_code(code))


def locator_from(stretched: bytes) -> str:
    """`locator_of` for who has stretched the code already."""
    return locator(stretched, _subkey("report locators"))


def key_from(stretched: bytes) -> PrivateKey:
    """`key_of` for who has stretched the code already."""
    return private_key_from_seed(thread_seed(stretched))


def _subkey(purpose: str) -> bytes:
    secret: str = current_app.extensions["settings"].secret
    return site_key(secret, purpose)
