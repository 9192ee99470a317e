"""Tables, queries and actions of organisations, their offices, and the members who belong to them."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import ForeignKey, String, delete, select
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.accounts.roles import Role
from portal.accounts.users import Member, members
from portal.core.audit import record
from portal.core.clock import today
from portal.core.db import Base, Versioned, added, random_id, session
from portal.core.i18n import Bilingual, bilingual
from portal.core.statuses import existing
from portal.organisations.sides import OrganisationKind

A_MEMBER = "accounts_member.id"
AN_ORGANISATION = "organisations_organisation.id"


class Organisation(Versioned, Base):
    """An organisation that takes part: a congregation, a group of residents, an agency, the police."""

    __tablename__ = "organisations_organisation"

    id: Mapped[int] = mapped_column(primary_key=True, default=random_id)
    kind: Mapped[OrganisationKind]
    name: Mapped[Bilingual] = bilingual("name")

    offices: Mapped[list[Office]] = relationship(cascade="all, delete-orphan", lazy="selectin")


class Office(Base):
    """A named post of an organisation. Promises are made by offices, because the people in them change."""

    __tablename__ = "organisations_office"

    id: Mapped[int] = mapped_column(primary_key=True, default=random_id)
    organisation_id: Mapped[int] = mapped_column(ForeignKey(AN_ORGANISATION), index=True)
    name: Mapped[Bilingual] = bilingual("name")
    contact: Mapped[str] = mapped_column(String(200), default="")
    """How the office is reached, as on its own letterhead; never a private address."""
    closed_on: Mapped[date | None]
    """Since when no promise can be made for it any more."""

    organisation: Mapped[Organisation] = relationship(lazy="joined", back_populates="offices")


class Belonging(Base):
    __tablename__ = "organisations_belonging"

    organisation_id: Mapped[int] = mapped_column(ForeignKey(AN_ORGANISATION, ondelete="CASCADE"), primary_key=True)
    member_id: Mapped[int] = mapped_column(ForeignKey(A_MEMBER, ondelete="CASCADE"), primary_key=True)


OUTSIDE = frozenset({Role.ADMINISTRATOR, Role.EVALUATOR, Role.OVERSIGHT})


def organisations() -> list[Organisation]:
    return sorted(session.scalars(select(Organisation)), key=lambda organisation: str(organisation.name).casefold())


def organisation(organisation_id: int) -> Organisation:
    return existing(session.get(Organisation, organisation_id))


def open_offices() -> list[Office]:
    return [office for house in organisations() for office in house.offices if office.closed_on is None]


def people_of(organisation_id: int) -> set[int]:
    return set(session.scalars(select(Belonging.member_id).where(Belonging.organisation_id == organisation_id)))


def people_to_choose() -> list[Member]:
    """Return the members who may belong to an organisation: not administrators, evaluators or oversight."""
    return [member for member in members() if not member.roles & OUTSIDE]


def houses_of(member_ids: Collection[int]) -> dict[int, list[Organisation]]:
    theirs = select(Belonging.member_id, Organisation).join(Organisation, Organisation.id == Belonging.organisation_id)
    houses: dict[int, list[Organisation]] = {member_id: [] for member_id in member_ids}
    for member_id, house in session.execute(theirs.where(Belonging.member_id.in_(member_ids))):
        houses[member_id].append(house)
    return houses


def organisations_of(member_id: int) -> frozenset[int]:
    return frozenset(session.scalars(select(Belonging.organisation_id).where(Belonging.member_id == member_id)))


def keep_organisation(organisation: Organisation | None, values: Mapping[str, Any], by_id: int) -> Organisation:
    action = "organisation.changed" if organisation else "organisation.added"
    organisation = organisation or Organisation()
    organisation.kind, organisation.name = values["kind"], values["name"]
    added(organisation)
    record(action, "organisation", organisation.id, by_id)
    return organisation


def keep_office(office: Office, values: Mapping[str, Any], by_id: int, *, closed: bool = False) -> None:
    """Add an office (a new row with its `organisation_id`) or change it. Promises made for it stay."""
    office.name, office.contact = values["name"], values["contact"]
    office.closed_on = (office.closed_on or today()) if closed else None
    added(office)
    record("organisation.changed", "organisation", office.organisation_id, by_id)


def set_people(organisation: Organisation, member_ids: Collection[int], by_id: int) -> None:
    session.execute(delete(Belonging).where(Belonging.organisation_id == organisation.id))
    session.add_all(Belonging(organisation_id=organisation.id, member_id=member_id) for member_id in set(member_ids))
    session.flush()
    record("organisation.people_changed", "organisation", organisation.id, by_id)


KIND_NAMES = {
    OrganisationKind.CONGREGATION: _l("Congregation"),
    OrganisationKind.GROUP: _l("Group of residents"),
    OrganisationKind.AGENCY: _l("Agency"),
    OrganisationKind.POLICE: _l("Police"),
}
AUDITED = {
    "organisation.added": _l("added an organization"),
    "organisation.changed": _l("changed an organization"),
    "organisation.people_changed": _l("changed who belongs to an organization"),
    "organisation": _l("organization"),
}
