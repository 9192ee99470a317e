"""The roles of a circle: what each may do, who may hold them, and when a circle has lost its lead.

A circle's role is not a role of the portal. The portal's roles (`accounts.rules.roles`) say who may sit in a circle at
all; the circle's role says what they do there. Police read and write where police sit, and learn no name.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from enum import StrEnum

from portal.accounts.rules.roles import Role


class CircleRole(StrEnum):
    """What somebody is in a circle."""

    LEAD = "lead"
    FACILITATOR = "facilitator"
    MEMBER = "member"
    INTERPRETER = "interpreter"
    OBSERVER = "observer"


class Kind(StrEnum):
    """What a circle is for."""

    MORAL_VOICE = "moral_voice"
    RECONCILIATION = "reconciliation"
    WORK = "work"


class Act(StrEnum):
    """What somebody may do in a circle. A feature that adds pages asks for one of these."""

    READ = "read"
    WRITE = "write"
    SEE_NAMES = "see_names"
    TIDY = "tidy"
    """Delete what somebody else wrote."""
    ADMIT = "admit"
    """Hand the circle's key to somebody who joined."""
    LEAD = "lead"
    """Invite, remove, give roles, describe, close."""


_READS = frozenset({Act.READ, Act.SEE_NAMES})
_WRITES = _READS | {Act.WRITE}
ACTS: Mapping[CircleRole, frozenset[Act]] = {
    CircleRole.LEAD: frozenset(Act),
    CircleRole.FACILITATOR: _WRITES | {Act.TIDY, Act.ADMIT},
    CircleRole.MEMBER: _WRITES,
    CircleRole.INTERPRETER: _WRITES,
    CircleRole.OBSERVER: _READS,
}
# Police never learn who attended or spoke.
POLICE_ACTS = frozenset({Act.READ, Act.WRITE})
POLICE_ROLES = frozenset({CircleRole.MEMBER, CircleRole.OBSERVER})

FOUNDERS = frozenset({Role.COMMUNITY_LEAD, Role.FAITH_PARTNER, Role.FACILITATOR})
PARTNERS = FOUNDERS | {Role.ORGANIZER, Role.SERVICES, Role.POLICE_LIAISON}
VOICES_NEEDED = 2


def acts(role: CircleRole, roles: Collection[str]) -> frozenset[Act]:
    """What somebody with this role of the circle, and these of the portal, may do there."""
    return ACTS[role] & POLICE_ACTS if Role.POLICE_LIAISON in roles else ACTS[role]


def may_found(roles: Collection[str]) -> bool:
    """Whether somebody with these roles of the portal may found a circle."""
    return not FOUNDERS.isdisjoint(roles)


def may_sit(roles: Collection[str], *, with_police: bool) -> bool:
    """Whether somebody with these roles of the portal may sit in a circle.

    Somebody without any may: an elder or an interpreter who was invited to this one circle. Whoever only counts,
    oversees, sorts reports or runs accounts may not.
    """
    if Role.ADMINISTRATOR in roles:
        return False
    if Role.POLICE_LIAISON in roles:
        return with_police
    return not roles or not PARTNERS.isdisjoint(roles)


def may_hold(role: CircleRole, roles: Collection[str]) -> bool:
    """Whether somebody with these roles of the portal may be this in a circle: police neither lead nor facilitate."""
    return Role.POLICE_LIAISON not in roles or role in POLICE_ROLES


def is_last_lead(member_id: int, leads: Collection[int]) -> bool:
    """Whether the circle would be without a lead once this person is gone."""
    return set(leads) == {member_id}


def may_name_lead(role: CircleRole, roles: Collection[str]) -> bool:
    """Whether somebody has a voice when a circle that lost its lead needs another."""
    return Role.POLICE_LIAISON not in roles and Act.WRITE in ACTS[role]


def has_enough_voices(named_by: Collection[int], voters: Collection[int], community_leads: Collection[int]) -> bool:
    """Whether those who named somebody make that person the lead: two, the only one left, or a community lead.

    All of them sit in the circle and can open its texts already, and so does whom they name: no reader is added,
    whatever roles an administrator gives to whom.
    """
    counted = set(named_by) & set(voters)
    return bool(counted & set(community_leads)) or len(counted) >= min(VOICES_NEEDED, len(voters) or VOICES_NEEDED)
