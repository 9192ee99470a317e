"""What a session of reconciliation is made of, and who may see and say what about it.

The two sides meet apart first. What was told is not kept; themes are, and the community approves them before police
read them. Whoever facilitates stands between the sides and approves nothing.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from portal.accounts.roles import Role
from portal.organisations.sides import SIDES, OrganisationKind, TableSide
from portal.partners.circle_rules import Act, CircleRole, acts


class Component(StrEnum):
    """The four parts of reconciliation; a session is about one of them."""

    HARM = "harm"
    LISTENING = "listening"
    FACTS = "facts"
    CHANGE = "change"


class Confidentiality(StrEnum):
    """How confidential a session is, agreed beforehand."""

    HERE = "here"
    THEMES = "themes"
    OPEN = "open"


class ThemeState(StrEnum):
    """How far a theme has come. Police read none that is not shared."""

    DRAFTED = "drafted"
    APPROVED = "approved"
    SHARED = "shared"


class ThemeSource(StrEnum):
    """Where a theme comes from: what the public suggested before, or what was told at the session."""

    ASKED = "asked"
    TOLD = "told"


class QuoteScope(StrEnum):
    """Who may read a line that somebody let us keep word by word."""

    CIRCLE = "circle"
    SIDES = "sides"
    PUBLIC = "public"


class Envelope(StrEnum):
    """What is locked for single persons and not for the whole circle."""

    SUGGESTION = "suggestion"
    NOTE = "note"
    NAMES = "names"


class Present(StrEnum):
    """As what somebody was there. Nobody's name."""

    RESIDENTS = "residents"
    FAITH = "faith"
    ORGANIZERS = "organizers"
    SERVICES = "services"
    POLICE = "police"
    CITY = "city"
    INTERPRETERS = "interpreters"


COMPONENTS, LEVELS, STATES, SOURCES, SCOPES, ENVELOPES, PRESENTS = (
    tuple(one.value for one in kind)
    for kind in (Component, Confidentiality, ThemeState, ThemeSource, QuoteScope, Envelope, Present)
)
NAMES_KEPT = (1, 3, 7, 14)
"""Days after a session for which names may be kept, for rides and name tags."""
LIFETIMES = (7, 30, 90)
"""Days for which the facilitator's notes may be kept."""
SUGGESTIONS_KEPT = timedelta(days=30)
"""After the day of the session."""
LONGEST_CONSENT = timedelta(days=365)
MOST_HEADS = 2_000
PLANNERS = (CircleRole.LEAD.value, CircleRole.FACILITATOR.value)
"""Who prepares sessions of their circle; `plans` asks whether somebody of the police is among them, too."""
_LINE = re.compile(r"(\d{1,3})\s*(?:min\w*\.?)?[\s:.–-]+(\S.*)")


@dataclass(frozen=True)
class AgendaLine:
    """A line of an agenda: how many minutes, and what happens."""

    minutes: int
    what: str


def read_agenda(text: str) -> list[AgendaLine] | None:
    """An agenda as it is typed, a line each: `10 Welcome`. None when a line does not begin with its minutes."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    found = [_LINE.fullmatch(line) for line in lines]
    if not lines or not all(found):
        return None
    return [AgendaLine(int(one[1]), one[2]) for one in found if one]


def minutes_of(items: Iterable[AgendaLine]) -> int:
    """How long an agenda takes."""
    return sum(item.minutes for item in items)


def same_minutes(one: Iterable[AgendaLine], other: Iterable[AgendaLine]) -> bool:
    """Whether two languages of an agenda say the same of time, line by line."""
    return [item.minutes for item in one] == [item.minutes for item in other]


def monday(day: date) -> date:
    """The first day of its week: nothing finer is kept of when a suggestion came."""
    return day - timedelta(days=day.weekday())


def plans(role: CircleRole, roles: Collection[str]) -> bool:
    """Whether somebody prepares sessions of their circle: its lead and its facilitators."""
    return role in PLANNERS and Act.TIDY in acts(role, roles)


def may_facilitate(role: CircleRole, roles: Collection[str], houses: Collection[str] = ()) -> bool:
    """Whether somebody can stand between the sides: nobody of police or an agency, and nobody who only looks on."""
    return plans(role, roles) and not is_of_agencies(roles, houses)


def sees_names(role: CircleRole, roles: Collection[str], houses: Collection[str] = ()) -> bool:
    """Whether somebody arranges rides and name tags: leads and organizers.

    Nobody of the other side, and nobody who facilitates: whoever stands between the sides needs no list of names.
    """
    if Role.FACILITATOR in roles or role is CircleRole.FACILITATOR or is_of_agencies(roles, houses):
        return False
    return role is CircleRole.LEAD or (Role.ORGANIZER in roles and {Act.WRITE, Act.SEE_NAMES} <= acts(role, roles))


def brings_guests(role: CircleRole, roles: Collection[str], houses: Collection[str] = ()) -> bool:
    """Whether somebody names the guests of their own congregation, and sees no other names."""
    if Role.FACILITATOR in roles or role is CircleRole.FACILITATOR or is_of_agencies(roles, houses):
        return False
    return Role.FAITH_PARTNER in roles and Act.WRITE in acts(role, roles) and not sees_names(role, roles, houses)


def is_of_agencies(roles: Collection[str], houses: Collection[str]) -> bool:
    """Whether somebody sits on the side of police and agencies: by their role, or by the house they belong to."""
    if not {Role.POLICE_LIAISON, Role.SERVICES}.isdisjoint(roles):
        return True
    return any(SIDES[OrganisationKind(kind)] is TableSide.AGENCIES for kind in houses)


def speaks_for_community(
    role: CircleRole, roles: Collection[str], houses: Collection[str], *, facilitates: bool
) -> bool:
    """Whether somebody's word is the community's. Whoever wrote it down as facilitator does not approve it too."""
    if facilitates or Role.FACILITATOR in roles or role in (CircleRole.FACILITATOR, CircleRole.INTERPRETER):
        return False
    return Act.WRITE in acts(role, roles) and not is_of_agencies(roles, houses)


def may_read_theme(state: ThemeState, *, of_agencies: bool) -> bool:
    """Whether somebody of the circle reads a theme that has come so far."""
    return state is ThemeState.SHARED or not of_agencies


def may_read_line(scope: QuoteScope, *, of_agencies: bool) -> bool:
    """Whether somebody of the circle reads a line that was kept."""
    return scope is not QuoteScope.CIRCLE or not of_agencies


def days_in_order(community_on: date, agencies_on: date, held_on: date, report_on: date) -> bool:
    """Whether each side meets by itself before both do, and what came of it is told afterwards."""
    return max(community_on, agencies_on) < held_on < report_on


def may_expire_on(day: date, today: date) -> bool:
    """Whether a consent may last until then: it must end some day."""
    return today <= day <= today + LONGEST_CONSENT
