"""Who runs the site, as its administrators state it: table, queries, the action, and security.txt.

Everything here is public.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import timedelta
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import CheckConstraint, String, Text, select
from sqlalchemy.orm import Mapped, mapped_column

from portal.core.audit import record
from portal.core.clock import today
from portal.core.contact import OfficeContact, dial
from portal.core.db import Base, Versioned, session
from portal.core.editing import both
from portal.core.i18n import NOTHING, Bilingual, bilingual
from portal.core.page_cache import renew_cache_version, shared
from portal.core.slugs import address_here
from portal.core.stored_settings import WORDS_CHANGED

ONLY = 1
SECURITY_DAYS = 180
"""How long security.txt says that it holds; RFC 9116 wants less than a year. It is renewed each day."""


LICENSE_NAME, LICENSE_ADDRESS = "CC BY 4.0", "https://creativecommons.org/licenses/by/4.0/"
"""The terms of the published data."""


@dataclass(frozen=True)
class OperatorFacts:
    """What an administrator enters about who runs the site. Empty means: not stated."""

    name: Bilingual = NOTHING
    address: str = ""
    phone: str = ""
    hours: Bilingual = NOTHING
    email: str = ""
    notices: Bilingual = NOTHING
    """What law and residents want said besides: complaints, the press, what is hard for people with disabilities."""

    @property
    def contact(self) -> OfficeContact:
        return OfficeContact(self.phone, self.email)


FACTS = tuple(field.name for field in fields(OperatorFacts))
PAIRS = ("name", "hours", "notices")
"""The facts in both languages."""


class Operator(Versioned, Base):
    """The one row with the facts about who runs the site."""

    __tablename__ = "home_operator"
    __table_args__ = (CheckConstraint(f"id = {ONLY}", name="only"),)

    id: Mapped[int] = mapped_column(primary_key=True, default=ONLY)
    name: Mapped[Bilingual] = bilingual("name", may_be_empty=True)
    address: Mapped[str] = mapped_column(Text)
    phone: Mapped[str] = mapped_column(String(40))
    hours: Mapped[Bilingual] = bilingual("hours", may_be_empty=True)
    email: Mapped[str] = mapped_column(String(254))
    notices: Mapped[Bilingual] = bilingual("notices", may_be_empty=True)

    @property
    def facts(self) -> OperatorFacts:
        return OperatorFacts(**{name: getattr(self, name) for name in FACTS})


def stored_operator() -> Operator | None:
    """Return the row, if an administrator has saved one."""
    return session.get(Operator, ONLY)


def operator() -> OperatorFacts:
    """Return what is stated about who runs the site."""
    stored = stored_operator()
    return stored.facts if stored else OperatorFacts()


def contact() -> OfficeContact:
    """Return the contact for the footer, kept as shared pages are (see `core.contact`)."""
    return shared(_contact_now)


def _contact_now() -> OfficeContact:
    with session.no_autoflush:
        row = session.execute(select(Operator.phone, Operator.email)).first()
    return OfficeContact(row.phone, row.email) if row else OfficeContact()


def as_values(facts: OperatorFacts) -> dict[str, str]:
    """Return the facts as text, by the names of the form's fields, with lines that end alike."""
    values = {name: str(getattr(facts, name) or "") for name in FACTS if name not in PAIRS}
    values |= {key: text for name in PAIRS for key, text in both(name, getattr(facts, name)).items()}
    return {name: text.replace("\r\n", "\n") for name, text in values.items()}


def restate(values: Mapping[str, str], member_id: int | None) -> None:
    """Save some of the facts, given as text by the names of the form's fields; the others stay."""
    typed: dict[str, Any] = {**as_values(operator()), **values}
    typed |= {name: Bilingual(typed.pop(f"{name}_en"), typed.pop(f"{name}_es")) for name in PAIRS}
    state_operator(OperatorFacts(**typed), member_id)


def state_operator(facts: OperatorFacts, member_id: int | None) -> None:
    """Save who runs the site; it is public at once."""
    stored = stored_operator()
    if stored is None:
        stored = Operator(id=ONLY)
        session.add(stored)
    for name in FACTS:
        setattr(stored, name, getattr(facts, name))
    record(WORDS_CHANGED, "operator", ONLY, member_id)
    renew_cache_version()


def security_lines() -> list[str] | None:
    """Return the lines of security.txt (RFC 9116), or None if there is nobody to write to."""
    office = operator().contact
    if not office.is_given:
        return None
    expires = today() + timedelta(days=SECURITY_DAYS)
    return [
        f"Contact: {f'mailto:{office.email}' if office.email else dial(office.phone)}",
        f"Expires: {expires:%Y-%m-%d}T00:00:00Z",
        "Preferred-Languages: en, es",
        f"Canonical: {address_here('operator.security_txt')}",
        f"Policy: {address_here('operator.about', lang='en')}#security",
    ]


AUDITED = {
    "operator.stated": _l("changed who runs this site"),
    "operator": _l("who runs this site"),
}
