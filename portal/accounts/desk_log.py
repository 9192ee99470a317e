"""What was done with accounts and desks, for everybody with a seat at a desk: a part of the audit log.

An administrator must not be the only one who reads what an administrator did. Of people, it names whoever has the
role of a desk and whoever runs the accounts; that somebody else was invited, say to a circle, it does not tell.
"""

from __future__ import annotations

from sqlalchemy import String, and_, cast, exists, or_, select

from portal.accounts.models import Invitation, Member, RoleHeld
from portal.accounts.queries import PAGE_SIZE, Log, desks
from portal.accounts.rules.roles import SEAT_OF, Role
from portal.core.audit import AuditEvent
from portal.core.db import session

OF_ACCOUNTS = (
    *("member.reset", "member.second_factor_cleared", "member.password_renewed"),
    *("member.roles_given", "member.removed", "member.restored"),
)
OF_DESKS = (
    *("desk.set_up", "desk.begun_anew", "desk.phrase_replaced", "desk.opened_with_phrase", "desk.key_changed"),
    *("desk.closed", "desk.anew_asked", "desk.anew_agreed", "desk.anew_refused"),
)
NAMED = (*SEAT_OF, Role.ADMINISTRATOR)


def log_for_desks(page: int, size: int = PAGE_SIZE) -> Log:
    """A page of it, the newest first."""
    ours = [str(desk.id) for desk in desks()]
    # Without roles it is a link to a circle, or for a new password, which has a line of its own.
    with_roles = exists().where(cast(Invitation.id, String) == AuditEvent.object_id, Invitation.roles != "")
    shown = or_(
        AuditEvent.action.in_(OF_ACCOUNTS),
        and_(AuditEvent.action.in_(OF_DESKS), AuditEvent.object_id.in_(ours)),
        and_(AuditEvent.action == "invitation.sent", with_roles),
    )
    asked = select(AuditEvent).where(shown).order_by(AuditEvent.id.desc())
    rows = session.scalars(asked.limit(size + 1).offset((page - 1) * size)).all()
    return Log(rows[:size], _names(), len(rows) > size)


def _names() -> dict[int, str]:
    named = select(Member.id, Member.name).join(RoleHeld, RoleHeld.member_id == Member.id)
    rows = session.execute(named.where(RoleHeld.role.in_(NAMED)))
    return {row.id: row.name for row in rows}
