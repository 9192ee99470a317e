"""Keeping the list of organisations, their offices, and who belongs to them."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import delete

from portal.core.audit import record
from portal.core.clock import today
from portal.core.db import random_id, session
from portal.core.i18n import Bilingual
from portal.organisations.models import Belonging, Office, Organisation
from portal.organisations.rules import OrganisationKind


@dataclass(frozen=True)
class OrganisationDraft:
    """What an organisation is."""

    kind: OrganisationKind
    name: Bilingual


def add_organisation(draft: OrganisationDraft, by_id: int) -> Organisation:
    """Add an organisation to the list."""
    organisation = Organisation(id=random_id(), kind=draft.kind.value, name=draft.name)
    session.add(organisation)
    session.flush()
    record("organisation.added", "organisation", organisation.id, by_id)
    return organisation


def change_organisation(organisation: Organisation, draft: OrganisationDraft, by_id: int) -> None:
    """Change its kind or name."""
    organisation.kind, organisation.name = draft.kind.value, draft.name
    session.flush()
    record("organisation.changed", "organisation", organisation.id, by_id)


def keep_office(office: Office, name: Bilingual, contact: str, by_id: int, *, closed: bool = False) -> Office:
    """Add an office (a new row with its `organisation_id`), or change it. Promises that were made for it stay."""
    office.name, office.contact = name, contact
    office.closed_on = (office.closed_on or today()) if closed else None
    session.add(office)
    session.flush()
    record("organisation.changed", "organisation", office.organisation_id, by_id)
    return office


def set_people(organisation: Organisation, member_ids: Collection[int], by_id: int) -> None:
    """Say who belongs to an organisation: exactly these."""
    session.execute(delete(Belonging).where(Belonging.organisation_id == organisation.id))
    session.add_all(Belonging(organisation_id=organisation.id, member_id=one) for one in set(member_ids))
    session.flush()
    record("organisation.people_changed", "organisation", organisation.id, by_id)
