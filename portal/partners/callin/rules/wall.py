"""Who may know what of a call-in. The list of those who speak is as sensitive as a tip."""

from __future__ import annotations

from collections.abc import Collection
from enum import StrEnum

from portal.accounts.rules.roles import Role
from portal.partners.rules.circles import CircleRole


class Sheet(StrEnum):
    """The plan of the evening on paper, for one task each."""

    HOST = "host"
    SPEAKER = "speaker"
    SERVICES = "services"
    LAW = "law"
    DOOR = "door"


KEEP_ROSTER = frozenset({Role.COMMUNITY_LEAD, Role.ORGANIZER, Role.FAITH_PARTNER})
SEALED_SHEETS = frozenset({Sheet.HOST, Sheet.DOOR})
"""Sheets with names of voices, or with what must be kept apart: printed by whoever keeps the roster."""
POLICE_SHEETS = frozenset({Sheet.LAW})


def keeps_roster(role: CircleRole, roles: Collection[str]) -> bool:
    """Whether somebody may know who speaks, and what makes them safe: a lead who organizes or is of the faith."""
    return role is CircleRole.LEAD and Role.POLICE_LIAISON not in roles and not KEEP_ROSTER.isdisjoint(roles)


def sheets(role: CircleRole, roles: Collection[str]) -> list[Sheet]:
    """The sheets that somebody in the circle may open."""
    if Role.POLICE_LIAISON in roles:
        return [sheet for sheet in Sheet if sheet in POLICE_SHEETS]
    if keeps_roster(role, roles):
        return list(Sheet)
    return [sheet for sheet in Sheet if sheet not in SEALED_SHEETS]
