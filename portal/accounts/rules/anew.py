"""When a desk whose key nobody can open may be begun anew without its recovery phrase, and who may say yes.

An administrator can let themselves into any account, so neither an account nor a role is enough. A request waits
where everybody with a seat sees it, and needs somebody whom colleagues of another desk let in long before.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from portal.accounts.rules.roles import WALLED_OFF

WAIT = timedelta(days=7)
"""Long enough that whoever looks in once a week sees it in time."""


@dataclass(frozen=True)
class Second:
    """Somebody who may be the second person: their account, and the desks whose present key they hold, since when."""

    member_id: int
    roles: frozenset[str]
    created_at: datetime
    renewed_at: datetime | None
    """When they last chose a password by a link, which an administrator makes."""
    opens: Collection[tuple[int, datetime]]


def takes_effect_at(asked_at: datetime) -> datetime:
    """Return the moment from which a request that was agreed to may be carried out."""
    return asked_at + WAIT


def may_agree(second: Second, desk_id: int, asked_by_id: int, now: datetime) -> bool:
    """Say whether somebody may be the second person for beginning a desk anew.

    They open another desk, and nobody made, renewed or seated their account within the time that a request waits.
    Police never are: of two desks they would help to choose who reads what is said about them.
    """
    before = now - WAIT
    if second.member_id == asked_by_id or not WALLED_OFF.isdisjoint(second.roles):
        return False
    if second.created_at > before or (second.renewed_at is not None and second.renewed_at > before):
        return False
    return any(other != desk_id and since <= before for other, since in second.opens)


def may_begin(asked_at: datetime, renewed_at: datetime | None, *, agreed: bool, now: datetime) -> bool:
    """Say whether whoever asked may go on: time is up, a second person agreed, and their account is still theirs."""
    is_theirs = renewed_at is None or renewed_at < asked_at
    return agreed and is_theirs and now >= takes_effect_at(asked_at)
