"""Rules of reconciliation sessions: their parts, the agenda, and the permissions of members.

The two sides first meet separately. Narratives are not stored; themes are, and the community approves them before
police read them. The facilitator stands between the sides and approves nothing.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from datetime import date, timedelta
from enum import StrEnum
from typing import NamedTuple

from portal.accounts.roles import Role
from portal.organisations.sides import SIDES, OrganisationKind, TableSide
from portal.partners.circle_rules import Act, CircleRole, acts


class Component(StrEnum):
    HARM = "harm"
    LISTENING = "listening"
    FACTS = "facts"
    CHANGE = "change"


class Confidentiality(StrEnum):
    HERE = "here"
    THEMES = "themes"
    OPEN = "open"


class ThemeState(StrEnum):
    """The state of a theme. Police read a theme only when it is shared."""

    DRAFTED = "drafted"
    APPROVED = "approved"
    SHARED = "shared"


class ThemeSource(StrEnum):
    """The source of a theme: public suggestions before the session, or narratives at the session."""

    ASKED = "asked"
    TOLD = "told"


class QuoteScope(StrEnum):
    """The audience of a quote that its speaker allowed to be kept."""

    CIRCLE = "circle"
    SIDES = "sides"
    PUBLIC = "public"


class Envelope(StrEnum):
    SUGGESTION = "suggestion"
    NOTE = "note"
    NAMES = "names"


class Present(StrEnum):
    RESIDENTS = "residents"
    FAITH = "faith"
    ORGANIZERS = "organizers"
    SERVICES = "services"
    POLICE = "police"
    CITY = "city"
    INTERPRETERS = "interpreters"


NAMES_KEPT = (1, 3, 7, 14)
"""Days after a session for which names may be kept, for rides and name tags."""
LIFETIMES = (7, 30, 90)
"""Days for which the facilitator's notes may be kept."""
SUGGESTIONS_KEPT = timedelta(days=30)
"""After the day of the session."""
LONGEST_CONSENT = timedelta(days=365)
MOST_HEADS = 2_000
PLANNERS = (CircleRole.LEAD, CircleRole.FACILITATOR)
"""The circle roles that prepare sessions; `plans` excludes police among them."""
_LINE = re.compile(r"(\d{1,3})\s*(?:min\w*\.?)?[\s:.–-]+(\S.*)")


class AgendaLine(NamedTuple):
    minutes: int
    what: str


def read_agenda(text: str) -> list[AgendaLine] | None:
    """Parse an agenda with one line per item: `10 Welcome`. None if a line does not begin with its minutes."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    items = [AgendaLine(int(match[1]), match[2]) for line in lines if (match := _LINE.fullmatch(line))]
    return items if lines and len(items) == len(lines) else None


def same_minutes(items: Iterable[AgendaLine], others: Iterable[AgendaLine]) -> bool:
    """Return whether two language versions of an agenda have the same minutes, line by line."""
    return [item.minutes for item in items] == [item.minutes for item in others]


def plans(role: CircleRole, roles: Collection[str]) -> bool:
    """Return whether a member prepares sessions of their circle: its lead and facilitators, never police."""
    return role in PLANNERS and Act.TIDY in acts(role, roles)


def may_facilitate(role: CircleRole, roles: Collection[str], houses: Collection[str] = ()) -> bool:
    """Return whether a member can facilitate: one who prepares sessions and is not of police or an agency."""
    return plans(role, roles) and not is_of_agencies(roles, houses)


def sees_names(role: CircleRole, roles: Collection[str], houses: Collection[str] = ()) -> bool:
    """Return whether a member arranges rides and name tags, and so sees names: leads and organizers.

    Not members of the other side, and not facilitators, who need no list of names.
    """
    arranges = Role.ORGANIZER in roles and {Act.WRITE, Act.SEE_NAMES} <= acts(role, roles)
    return _is_of_community(role, roles, houses) and (role is CircleRole.LEAD or arranges)


def brings_guests(role: CircleRole, roles: Collection[str], houses: Collection[str] = ()) -> bool:
    """Return whether a member names the guests of their own congregation, and sees no other names."""
    writes = Role.FAITH_PARTNER in roles and Act.WRITE in acts(role, roles)
    return writes and _is_of_community(role, roles, houses) and not sees_names(role, roles, houses)


def is_of_agencies(roles: Collection[str], houses: Collection[str]) -> bool:
    """Return whether a member is on the side of police and agencies, by their role or their organisation."""
    if not {Role.POLICE_LIAISON, Role.SERVICES}.isdisjoint(roles):
        return True
    return any(SIDES[OrganisationKind(kind)] is TableSide.AGENCIES for kind in houses)


def _is_of_community(role: CircleRole, roles: Collection[str], houses: Collection[str]) -> bool:
    """Return whether a member is on the side of the community: not of the agencies, nor between both sides."""
    facilitates = Role.FACILITATOR in roles or role is CircleRole.FACILITATOR
    return not facilitates and not is_of_agencies(roles, houses)


def speaks_for_community(
    role: CircleRole, roles: Collection[str], houses: Collection[str], *, facilitates: bool
) -> bool:
    """Return whether a member speaks for the community; a facilitator must not approve their own text."""
    writes = role is not CircleRole.INTERPRETER and Act.WRITE in acts(role, roles)
    return writes and not facilitates and _is_of_community(role, roles, houses)


def may_read_theme(state: ThemeState, *, of_agencies: bool) -> bool:
    return state is ThemeState.SHARED or not of_agencies


def may_read_line(scope: QuoteScope, *, of_agencies: bool) -> bool:
    return scope is not QuoteScope.CIRCLE or not of_agencies


def days_in_order(community_on: date, agencies_on: date, held_on: date, report_on: date) -> bool:
    """Return whether each side meets by itself before the session, and the results are reported after it."""
    return max(community_on, agencies_on) < held_on < report_on


def may_expire_on(day: date, today: date) -> bool:
    """Return whether a consent may last until `day`, which must be within a year from today."""
    return today <= day <= today + LONGEST_CONSENT
