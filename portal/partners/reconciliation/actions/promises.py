"""Entering what was promised at a session into the ledger that everybody can read."""

from __future__ import annotations

from datetime import date

from portal.commitments.actions.promises import draft_commitment
from portal.commitments.models import Commitment, Pledge
from portal.commitments.queries import person
from portal.commitments.rules.promises import KEEPERS, SPEAKERS, may_write
from portal.core.addresses import random_tail
from portal.core.db import session
from portal.core.i18n import Bilingual
from portal.organisations.models import Office
from portal.organisations.queries import open_offices
from portal.partners.reconciliation.actions.sittings import require_over
from portal.partners.reconciliation.queries.sittings import Part, origin_of
from portal.partners.reconciliation.rules import Component
from portal.partners.reconciliation.texts.patterns import OCCASIONS


def offices_of(part: Part) -> list[Office]:
    """The offices for which somebody may write down a promise."""
    me = person(part.seat.member)
    if me.roles.isdisjoint(KEEPERS | SPEAKERS):
        return []
    return [office for house, office in open_offices() if may_write(me, house.id)]


def enter_promise(part: Part, what: Bilingual, office_id: int, due_on: date) -> Commitment:
    """Draft a promise with the day and the occasion of the session. Raises NotAllowed, Refused."""
    require_over(part.sitting)
    pledge = Pledge(
        what=what,
        made_at=OCCASIONS[Component(part.sitting.component)],
        made_on=part.sitting.held_on,
        due_on=due_on,
        office_id=office_id,
    )
    member = part.seat.member
    made = draft_commitment(pledge, member.id, person(member), origin=origin_of(part.sitting) + random_tail())
    session.flush()
    return made
