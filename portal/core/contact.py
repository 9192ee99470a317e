"""The contact that stands in the footer of every public page: a phone number, an e-mail address, or nothing yet.

The feature above that keeps it answers the hook. It is read in the request's own session: a second connection for it
would be waited for by those who hold the first, until all wait. Where that session is broken the footer names nobody.
"""

from __future__ import annotations

import re
from typing import NamedTuple, Protocol

from flask import g
from sqlalchemy.exc import SQLAlchemyError

from portal.core.portal import Hook

EXTENSION = re.compile(r"(?:ext|x|#)[. ]{0,3}([0-9]{1,6})$", re.IGNORECASE)


class OfficeContact(NamedTuple):
    """How residents reach who runs the site; the phone number as it was typed."""

    phone: str = ""
    email: str = ""

    @property
    def is_given(self) -> bool:
        return bool(self.phone or self.email)


class ReadContact(Protocol):
    """Returns the stored contact."""

    def __call__(self) -> OfficeContact: ...


CONTACT: Hook[ReadContact] = Hook("the contact in the footer")


def contact() -> OfficeContact:
    """Return the contact, read once per request; empty if there is none or the database cannot be read."""
    if "contact" not in g:
        g.contact = _read()
    found: OfficeContact = g.contact
    return found


def _read() -> OfficeContact:
    try:
        return next((read() for read in CONTACT.plugged()), OfficeContact())
    except SQLAlchemyError:
        return OfficeContact()


def dial(phone: str) -> str:
    """Return the address of a `tel:` link: "(336) 555-0100 ext. 4" is "tel:+13365550100;ext=4", "311" is "tel:311"."""
    extension = EXTENSION.search(phone.strip())
    digits = re.sub(r"[^0-9+]", "", phone.strip()[: extension.start()] if extension else phone)
    is_national = len(digits) == 10 and not digits.startswith("+")
    is_long = len(digits) == 11 and digits.startswith("1")
    number = f"+1{digits}" if is_national else f"+{digits}" if is_long else digits
    return f"tel:{number};ext={extension[1]}" if extension else f"tel:{number}"


def can_be_dialed(phone: str) -> bool:
    """Return whether a typed phone number has a number of digits that can be dialed: 311, or 7 to 15."""
    digits = re.sub(r"[^0-9]", "", EXTENSION.sub("", phone.strip()))
    return re.fullmatch(r"[0-9A-Za-z+().,#\- ]{3,40}", phone.strip()) is not None and (
        len(digits) == 3 or 7 <= len(digits) <= 15
    )
