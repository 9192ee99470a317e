"""Changes of what residents read or call that wait for a second person, or for a day: the table and the actions.

A lone administrator could else lead residents to somebody else before anybody saw it. While a change waits, what was in
force stays in force, and the same fields take no other change. The features that keep what is changed plug
`PUT_IN_FORCE`; the colleagues at the desks decide (`accounts.desk_keys_pages`).
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta

from flask_babel import lazy_gettext as _l
from sqlalchemy import String, Text, select
from sqlalchemy.orm import Mapped, mapped_column

from portal.core.audit import record
from portal.core.clock import now
from portal.core.db import Base, random_id, session
from portal.core.jobs.engine import each_row
from portal.core.portal import Hook
from portal.core.statuses import NotAllowed, Refused, existing

WAIT = timedelta(days=1)


class WaitingChange(Base):
    """One save that waits. `subject` says what it is of, and `fields` holds the values before and after, by name."""

    __tablename__ = "core_waiting_change"

    id: Mapped[int] = mapped_column(primary_key=True, default=random_id)
    subject: Mapped[str] = mapped_column(String(40))
    fields: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime]
    member_id: Mapped[int | None]

    @property
    def changes(self) -> dict[str, tuple[str, str]]:
        """The values before and after, by the name of the field."""
        return {name: (before, after) for name, (before, after) in json.loads(self.fields).items()}

    @property
    def counts_at(self) -> datetime:
        """When it takes effect if nobody refuses it."""
        return self.at + WAIT


PutInForce = Callable[[Mapping[str, str], int | None], object]
PUT_IN_FORCE: Hook[tuple[str, PutInForce]] = Hook("how waiting changes of a subject take effect")
"""Functions by subject that save new values, given by name, for the member who made the change."""


def waiting_changes(subject: str = "") -> Sequence[WaitingChange]:
    """Return the changes that wait, all or of one subject, the oldest first."""
    changes = select(WaitingChange).order_by(WaitingChange.at, WaitingChange.id)
    return session.scalars(changes.where(WaitingChange.subject == subject) if subject else changes).all()


def waiting_fields(subject: str) -> frozenset[str]:
    return frozenset(name for change in waiting_changes(subject) for name in change.changes)


def waiting_change(change_id: int) -> WaitingChange:
    """Return a change that still waits. Raises `NotFound`: it may have been decided meanwhile."""
    return existing(session.get(WaitingChange, change_id, with_for_update=True))


def let_wait(subject: str, changes: Mapping[str, tuple[str, str]], member_id: int) -> None:
    """Let new values, given with those in force, wait. Raises `Refused` if a change of the same field waits already."""
    if waiting_fields(subject) & changes.keys():
        raise Refused("change_waits")
    change = WaitingChange(id=random_id(), subject=subject, fields=json.dumps(changes), at=now(), member_id=member_id)
    session.add(change)
    record("change.waits", "change", change.id, member_id)


def agree_to_change(change: WaitingChange, member_id: int) -> None:
    """Put a change in force as the second person. Raises `NotAllowed` for who made it, or Refused("change_unfit")."""
    if member_id == change.member_id:
        raise NotAllowed
    record("change.agreed", "change", change.id, member_id)
    _put_in_force(change)


def refuse_change(change: WaitingChange, member_id: int | None) -> None:
    session.delete(change)
    record("change.refused", "change", change.id, member_id)


def settle_waiting_changes() -> None:
    due = select(WaitingChange.id).where(WaitingChange.at <= now() - WAIT).order_by(WaitingChange.at)
    each_row(session.scalars(due).all(), _settle)


def _settle(change_id: int) -> None:
    if change := session.get(WaitingChange, change_id, with_for_update=True):
        try:
            _put_in_force(change)
        except Refused:
            refuse_change(change, None)
        else:
            record("change.in_force", "change", change.id, None)


def _put_in_force(change: WaitingChange) -> None:
    values = {name: after for name, (_before, after) in change.changes.items()}
    try:
        dict(PUT_IN_FORCE.plugged())[change.subject](values, change.member_id)
    except ValueError as error:
        # The settings of the server changed while it waited.
        raise Refused("change_unfit") from error
    session.delete(change)


REFUSALS = {
    "change_waits": _l("A change of this waits already. Take it back first, or let somebody decide about it."),
    "change_unfit": _l("This can no longer be used here. Refuse it, and ask whoever runs the server."),
}
AUDITED = {
    "change.waits": _l("wants to change what residents read or call: it waits"),
    "change.agreed": _l("agreed to a change of what residents read or call"),
    "change.refused": _l("refused a change of what residents read or call, or took it back"),
    "change.in_force": _l("put a change of what residents read or call in force: its wait was over"),
    "change": _l("waiting change"),
}
OF_CHANGES = ("change.waits", "change.agreed", "change.refused", "change.in_force")
"""The actions of which the members of desks read."""
