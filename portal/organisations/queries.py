"""Finding organisations, their offices, and who belongs to them."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from sqlalchemy import select

from portal.accounts.models import Member
from portal.accounts.queries import members
from portal.accounts.rules.roles import Role
from portal.core.db import session
from portal.core.errors import NotFound
from portal.organisations.models import Belonging, Office, Organisation

OUTSIDE = frozenset({Role.ADMINISTRATOR, Role.EVALUATOR, Role.OVERSIGHT})


def organisations() -> list[Organisation]:
    """All of them, by name in the reader's language."""
    found = session.scalars(select(Organisation)).all()
    return sorted(found, key=lambda one: str(one.name).casefold())


def organisation(organisation_id: int) -> Organisation:
    """One of them, or `NotFound`."""
    found = session.get(Organisation, organisation_id)
    if found is None:
        raise NotFound
    return found


def office(office_id: int) -> Office:
    """An office, also one that is closed, or `NotFound`."""
    found = session.get(Office, office_id)
    if found is None:
        raise NotFound
    return found


def open_offices() -> list[tuple[Organisation, Office]]:
    """Every office that can promise something now."""
    return [(one, office) for one in organisations() for office in one.offices if office.closed_on is None]


def people_of(organisation_id: int) -> set[int]:
    """Ids of the members who belong to an organisation."""
    rows = session.scalars(select(Belonging.member_id).where(Belonging.organisation_id == organisation_id))
    return set(rows)


def people_to_choose() -> list[Member]:
    """Members who may belong to an organisation: not those who run the accounts, or only count."""
    return [member for member in members() if not member.roles & OUTSIDE]


def houses_of(member_ids: Collection[int]) -> dict[int, list[Organisation]]:
    """The organisations of these members, by member."""
    rows: Sequence[tuple[int, Organisation]] = [
        (member_id, found)
        for member_id, found in session.execute(
            select(Belonging.member_id, Organisation)
            .join(Organisation, Organisation.id == Belonging.organisation_id)
            .where(Belonging.member_id.in_(member_ids))
        )
    ]
    return {one: [found for member_id, found in rows if member_id == one] for one in member_ids}


def organisations_of(member_id: int) -> frozenset[int]:
    """The ids of the organisations that somebody belongs to."""
    return frozenset(session.scalars(select(Belonging.organisation_id).where(Belonging.member_id == member_id)))
