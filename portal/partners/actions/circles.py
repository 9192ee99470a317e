"""Founding a circle, saying what it is for, what its members promise each other, and closing it on purpose."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import delete

from portal.accounts.actions.desk_keys import erase_keys, give_seat, new_circle_desk
from portal.accounts.models import Member
from portal.core.audit import record
from portal.core.clock import today
from portal.core.db import random_id, session
from portal.core.errors import NotAllowed, Refused
from portal.core.i18n import Bilingual
from portal.partners.models import Circle, Membership, Statement
from portal.partners.queries.circles import Seat
from portal.partners.rules.circles import CircleRole, Kind, may_found


@dataclass(frozen=True)
class Founding:
    """What a circle is, as its founder says it."""

    kind: Kind
    name: Bilingual
    purpose: Bilingual
    statement: Bilingual
    with_police: bool


def found_circle(founding: Founding, founder: Member) -> Circle:
    """Found a circle and lead it. It takes no text before the founder has made its recovery phrase, and so its key.

    Raises NotAllowed.
    """
    if not may_found(founder.roles):
        raise NotAllowed
    desk = new_circle_desk()
    circle = Circle(
        id=random_id(),
        desk_id=desk.id,
        kind=founding.kind.value,
        name=founding.name,
        purpose=founding.purpose,
        with_police=founding.with_police,
        founded_on=today(),
    )
    circle.statements = [_statement(1, founding.statement)]
    session.add(circle)
    session.flush()
    membership = Membership(circle_id=circle.id, member_id=founder.id, role=CircleRole.LEAD.value, invited_on=today())
    membership.joined_on, membership.agreed_to_id = today(), circle.statement.id
    session.add(membership)
    session.flush()
    give_seat(desk, founder.id, founder.id)
    record("circle.founded", "circle", circle.id, founder.id)
    return circle


def describe_circle(seat: Seat, name: Bilingual, purpose: Bilingual) -> None:
    """Change what it is called and what it is for."""
    seat.circle.name, seat.circle.purpose = name, purpose
    session.flush()
    record("circle.described", "circle", seat.circle.id, seat.member.id)


def restate(seat: Seat, words: Bilingual) -> Statement:
    """Write the promise anew. Everybody accepts it before they read on; whoever wrote it has."""
    statement = _statement(seat.circle.statement.edition + 1, words)
    seat.circle.statements.insert(0, statement)
    session.flush()
    seat.membership.agreed_to_id = statement.id
    session.flush()
    record("circle.restated", "circle", seat.circle.id, seat.member.id)
    return statement


def agree(seat: Seat, statement_id: int) -> None:
    """Accept the promise as it was shown. Raises Refused("statement_changed") when it is a newer one by now."""
    if seat.circle.statement.id != statement_id:
        raise Refused("statement_changed")
    seat.membership.agreed_to_id = statement_id
    session.flush()


def close_circle(seat: Seat) -> None:
    """End a circle on purpose: it can be read for 30 days more, and then everything in it is erased."""
    seat.circle.closed_on = seat.circle.closed_on or today()
    waiting = delete(Membership).where(Membership.circle_id == seat.circle.id, Membership.joined_on.is_(None))
    session.execute(waiting)
    session.flush()
    record("circle.closed", "circle", seat.circle.id, seat.member.id)


def erase_circles(desk_ids: Sequence[int]) -> None:
    """Erase the circles of these desks, with all that was written there and the keys; the desks go next."""
    session.execute(delete(Circle).where(Circle.desk_id.in_(desk_ids)).execution_options(synchronize_session=False))
    erase_keys(desk_ids)


def _statement(edition: int, words: Bilingual) -> Statement:
    return Statement(id=random_id(), edition=edition, words=words, made_on=today())
