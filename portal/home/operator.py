"""Who runs the site, as its administrators state it. Everything here is public."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import CheckConstraint, String, Text, select
from sqlalchemy.orm import Mapped, mapped_column

from portal.core.audit import record
from portal.core.contact import OfficeContact
from portal.core.db import Base, Versioned, session
from portal.core.i18n import NOTHING, Bilingual, bilingual
from portal.core.page_cache import renew_cache_version, shared
from portal.core.stored_settings import WORDS_CHANGED

ONLY = 1
LICENSE_NAME, LICENSE_ADDRESS = "CC BY 4.0", "https://creativecommons.org/licenses/by/4.0/"
"""The terms of the published data."""


PAIRS = ("name", "hours", "notices")
"""The facts in both languages."""
UNSTATED = {"address": "", "phone": "", "email": "", **dict.fromkeys(PAIRS, NOTHING)}


class Operator(Versioned, Base):
    """The one row with the facts about who runs the site. Empty means: not stated."""

    __tablename__ = "home_operator"
    __table_args__ = (CheckConstraint(f"id = {ONLY}", name="only"),)

    id: Mapped[int] = mapped_column(primary_key=True, default=ONLY)
    name: Mapped[Bilingual] = bilingual("name", may_be_empty=True)
    address: Mapped[str] = mapped_column(Text)
    phone: Mapped[str] = mapped_column(String(40))
    hours: Mapped[Bilingual] = bilingual("hours", may_be_empty=True)
    email: Mapped[str] = mapped_column(String(254))
    notices: Mapped[Bilingual] = bilingual("notices", may_be_empty=True)
    """What law and residents want said besides: complaints, the press, what is hard for people with disabilities."""

    @property
    def contact(self) -> OfficeContact:
        return OfficeContact(self.phone, self.email)


def stored_operator() -> Operator | None:
    return session.get(Operator, ONLY)


def operator() -> Operator:
    """Return what is stated about who runs the site; nothing, if no administrator has."""
    return stored_operator() or Operator(id=ONLY, **UNSTATED)


def contact() -> OfficeContact:
    """Return the contact for the footer, kept as shared pages are (see `core.contact`)."""
    return shared(_contact_now)


def _contact_now() -> OfficeContact:
    with session.no_autoflush:
        row = session.execute(select(Operator.phone, Operator.email)).first()
    return OfficeContact(*row) if row else OfficeContact()


def state_operator(values: Mapping[str, Any], member_id: int | None) -> None:
    """Save some of the facts, pairs or their halves by name; the others stay. They are public at once."""
    facts = operator()
    for name, value in values.items():
        setattr(facts, name, value)
    session.add(facts)
    record(WORDS_CHANGED, "operator", ONLY, member_id)
    renew_cache_version()


AUDITED = {
    "operator.stated": _l("changed who runs this site"),
    "operator": _l("who runs this site"),
}
