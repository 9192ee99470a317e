"""Rules of circles: roles and permissions, naming a new lead, and a check for names of minors.

A circle's role is not a role of the portal. The portal's roles (`accounts.roles`) decide who may sit in a circle at
all; the circle's role decides what they may do there. Police read and write where police sit, and learn no name.

The check for minors, in English and Spanish, finds only the obvious. A need of an adult ("child care", "silla para
niño") names no child and is accepted.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from enum import StrEnum

from portal.accounts.roles import Role

ADULT = 18
NEEDS = re.compile(
    r"\b(?:child(?:ren)?(?:['’]?s)?|kids?|baby|infant)[\s-]*(?:car[\s-]*)?(?:care|seats?)\b"
    r"|\b(?:silla|asiento|cuidado)\s+(?:para|de)\s+(?:(?:su|los|las|un|una)\s+)?(?:ni[ñn][oa]s?|beb[eé]s?)\b",
    re.IGNORECASE,
)
WORDS = re.compile(
    r"\b(?:child|children|kids?|bab(?:y|ies)|toddlers?|infants?|minors|a\s+minor|teens?|teenagers?|under[\s-]?aged?"
    r"|(?:little|small|young)\s+(?:boys?|girls?|ones?)|boys?|girls?"
    r"|ni[ñn][oa]s?|ni[ñn]it[oa]s?|beb[eé]s?|chiquit[oa]s?|menor(?:es)?\s+de\s+edad|menores|adolescentes?"
    r"|muchachit[oa]s?|chamac[oa]s?|nen[ea]s?)\b",
    re.IGNORECASE,
)
AGES = (
    re.compile(
        r"\b(\d{1,2})[\s-]*(?:y(?:ea)?rs?\b(?:[\s-]*old)?|y\.?/?o\b|a[ñn]os?\b|months?\b|mes(?:es)?\b)", re.IGNORECASE
    ),
    re.compile(r"\b(?:aged?|edad)(?:\s+de)?[\s:]*(\d{1,2})\b", re.IGNORECASE),
    # An age behind a name: "Luz (9)", "Luz, 9".
    re.compile(r"[^\W\d_]\s*\(\s*(\d{1,2})\s*\)"),
    re.compile(r"[^\W\d_]\s*,\s*(\d{1,2})\s*(?=$|[,;.])", re.MULTILINE),
)


def names_child(text: str) -> bool:
    """Return whether a list of names mentions a person under 18."""
    text = NEEDS.sub(" ", text)
    ages = (int(age) for pattern in AGES for age in pattern.findall(text))
    return WORDS.search(text) is not None or any(age < ADULT for age in ages)


class CircleRole(StrEnum):
    LEAD = "lead"
    FACILITATOR = "facilitator"
    MEMBER = "member"
    INTERPRETER = "interpreter"
    OBSERVER = "observer"


class CircleKind(StrEnum):
    MORAL_VOICE = "moral_voice"
    RECONCILIATION = "reconciliation"
    WORK = "work"


class Act(StrEnum):
    """A permission in a circle. Pages pass the one that they require to `circles.enter`."""

    READ = "read"
    WRITE = "write"
    SEE_NAMES = "see_names"
    TIDY = "tidy"
    """Delete notes of other members."""
    ADMIT = "admit"
    """Hand the circle's key to a member who joined."""
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
    return ACTS[role] & POLICE_ACTS if Role.POLICE_LIAISON in roles else ACTS[role]


def may_found(roles: Collection[str]) -> bool:
    return not FOUNDERS.isdisjoint(roles)


def may_sit(roles: Collection[str], *, with_police: bool) -> bool:
    """Return whether these portal roles allow sitting in a circle.

    A person without any role may: an elder or an interpreter who was invited to this one circle. Administrators may
    not, nor members who are only evaluator, oversight contact, triage volunteer, or property and cleanup.
    """
    if Role.ADMINISTRATOR in roles:
        return False
    if Role.POLICE_LIAISON in roles:
        return with_police
    return not roles or not PARTNERS.isdisjoint(roles)


def may_hold(role: CircleRole, roles: Collection[str]) -> bool:
    """Return whether a member with these portal roles may hold this circle role: police neither lead nor facilitate."""
    return Role.POLICE_LIAISON not in roles or role in POLICE_ROLES


def is_last_lead(member_id: int, leads: Collection[int]) -> bool:
    return set(leads) == {member_id}


def may_name_lead(role: CircleRole, roles: Collection[str]) -> bool:
    """Return whether a member takes part when a circle that lost its lead names a new one."""
    return Role.POLICE_LIAISON not in roles and Act.WRITE in ACTS[role]


def has_enough_voices(named_by: Collection[int], voters: Collection[int], community_leads: Collection[int]) -> bool:
    """Return whether those who named a member make them lead: two voters, the only voter left, or a community lead.

    Voters and candidate sit in the circle and can already open its texts, so that no reader is added, regardless of the
    roles that an administrator gives to members.
    """
    counted = set(named_by) & set(voters)
    return bool(counted & set(community_leads)) or len(counted) >= min(VOICES_NEEDED, len(voters) or VOICES_NEEDED)
