"""Asking that a desk is begun anew because its phrase is lost, and the answers of others. All of it is told at once."""

from __future__ import annotations

from portal.accounts import anew
from portal.accounts.actions.desk_keys import has_seat
from portal.accounts.models import CIRCLE, BeginAnew, Desk, Member
from portal.accounts.queries import holders
from portal.accounts.signals import desks_touched
from portal.core.audit import record
from portal.core.clock import now
from portal.core.db import db, session
from portal.core.errors import NotAllowed, Refused


def ask(desk: Desk, member: Member) -> None:
    """Ask to begin anew at a desk at which the member has a seat and that nobody can open.

    Raises NotAllowed, or Refused("circle_is_locked", "desk_is_open" or "anew_asked").
    """
    if desk.kind == CIRCLE:
        raise Refused("circle_is_locked")
    if not has_seat(desk.id, member.id) or not anew.had_key(desk.id):
        raise NotAllowed
    if holders(desk.id):
        raise Refused("desk_is_open")
    if not db.insert_new(BeginAnew, desk_id=desk.id, asked_by_id=member.id, asked_at=now(), agreed_by_id=None):
        raise Refused("anew_asked")
    record("desk.anew_asked", "desk", desk.id, member.id)
    desks_touched.send(None)


def agree(request: anew.Request, member: Member) -> None:
    """Be the second person. Raises NotAllowed for whom `rules.anew.may_agree` does not let."""
    if not request.may_be_agreed_by(member):
        raise NotAllowed
    session.get_one(BeginAnew, request.desk.id).agreed_by_id = member.id
    session.flush()
    record("desk.anew_agreed", "desk", request.desk.id, member.id)


def refuse(request: anew.Request, member: Member) -> None:
    """End a request: anybody with a seat at any desk may, and whoever asked. Raises NotAllowed."""
    if not anew.has_desk(member):
        raise NotAllowed
    anew.forget_request(request.desk.id)
    record("desk.anew_refused", "desk", request.desk.id, member.id)
    desks_touched.send(None)
