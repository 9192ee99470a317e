"""Rules of the gate: whether the public may know of a place, how two members open it, and what would give it away.

A place is hidden until two different members, a community lead and a police liaison, have each confirmed with their own
sign-in. It then opens at a fixed hour, so that the moment of opening does not reveal when they decided. Also here:
which signals of selling count; which names a place may not have, since passers-by see them in addresses and on screens;
finding names in texts; and which words may stand on a share card.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterable, Mapping
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from typing import Protocol, TypeVar

from portal.markets.reviews import TWO_SOURCES_WITHIN


class GateKey(StrEnum):
    """The two roles that together open the gate."""

    COMMUNITY_LEAD = "community_lead"
    POLICE_LIAISON = "police_liaison"


SECOND_THOUGHT = timedelta(hours=1)
"""How long after the second key either holder may take theirs back before anything can be public."""
RELEASE_AT = time(10)
"""Local time of day at which places are released."""


class Confirmation(Protocol):
    """A key turned by a member."""

    member_id: int
    key: GateKey


Turned = TypeVar("Turned", bound=Confirmation)


def is_public(released_at: datetime | None, now: datetime) -> bool:
    """Return whether the public may know of a place: only from the hour of its release on."""
    return released_at is not None and released_at <= now


def public_since(published_at: datetime | None, released_at: datetime | None) -> datetime | None:
    """Return since when an object at a place is public: a date before the release would tell when work began."""
    if published_at is None or released_at is None:
        return published_at
    return max(published_at, released_at)


def key_of(roles: Collection[str]) -> GateKey | None:
    """Return the key of a member with these roles, or None; a member with both roles gets none."""
    held = [key for key in GateKey if key in roles]
    return held[0] if len(held) == 1 else None


def may_confirm(member_id: int, roles: Collection[str], given: Collection[Confirmation]) -> bool:
    """Return whether a member may turn their key now: it is theirs, not turned yet, and they turned no other."""
    key = key_of(roles)
    return key is not None and all(one.member_id != member_id and one.key != key for one in given)


def is_agreed(given: Collection[Confirmation]) -> bool:
    """Return whether both keys are turned, by two different members."""
    return {one.key for one in given} == set(GateKey) and len({one.member_id for one in given}) == len(GateKey)


def release_moment(agreed_at: datetime) -> datetime:
    """Return the next fixed hour at least an hour after `agreed_at`, in the city's zone: time for second thoughts."""
    earliest = agreed_at + SECOND_THOUGHT
    today = earliest.replace(hour=RELEASE_AT.hour, minute=0, second=0, microsecond=0)
    return today if today >= earliest else today + timedelta(days=1)


def still_count(given: Iterable[Turned], holders: Mapping[int, Collection[str]]) -> list[Turned]:
    """Return the confirmations of members who still hold that key; `holders`: the roles of admitted, active members."""
    return [one for one in given if key_of(holders.get(one.member_id, ())) == one.key]


def second_thought_ends(turned_at: Iterable[datetime]) -> datetime:
    """Return until when no single member can hasten a release: an hour after the last key was turned."""
    return max(turned_at) + SECOND_THOUGHT


NEW_FOR = timedelta(days=14)
"""How long a call-in has a page of its own, without the name of its place."""


def first_day(released_on: date, ended_on: date | None) -> date:
    """Return the first day on which the public could know of a place; an earlier date would tell when work began."""
    return released_on if ended_on is None else min(released_on, ended_on)


def opens_at(release: datetime, call_in_ended_at: datetime | None) -> datetime:
    """Return when an agreed place opens: the fixed hour, or the end of its call-in, before rumor can be first."""
    return release if call_in_ended_at is None else min(release, call_in_ended_at)


class EvidenceItem(StrEnum):
    """An item of evidence: a step, or a condition whose lack made other sites fail."""

    STEP_1 = "step_1"
    STEP_2 = "step_2"
    STEP_3 = "step_3"
    STEP_4 = "step_4"
    STEP_5 = "step_5"
    STEP_6 = "step_6"
    STEP_7 = "step_7"
    STEP_8 = "step_8"
    STEP_9 = "step_9"
    SPONSOR = "sponsor"
    COMMUNITY_LEAD = "community_lead"
    TRAINING = "training"
    COORDINATOR = "coordinator"
    ANALYST = "analyst"


class EvidenceState(StrEnum):
    OPEN = "open"
    GOING = "going"
    DONE = "done"


STEPS = tuple(item for item in EvidenceItem if item.startswith("step_"))

SOURCE_KEPT = timedelta(weeks=5)
"""After this long the source of a signal is erased; the signal itself has long been counted."""


class SellingNoticed(Protocol):
    """A signal of selling. `checked`: a team member saw it, acted on it, or is working on it."""

    source: str
    seen_on: date
    checked: bool


def is_corroborated(one: SellingNoticed, others: Collection[SellingNoticed]) -> bool:
    """Return whether a signal counts for the alarm.

    It does if it was checked, or if another source gave one less than fourteen days before or after it. The same source
    twice is one source; a signal neither checked nor joined by another is heard and does not count.
    """
    return one.checked or any(
        other.source != one.source and abs(other.seen_on - one.seen_on) < TWO_SOURCES_WITHIN for other in others
    )


def is_fresh(seen_on: date, today: date) -> bool:
    """Return whether a signal of that day may still be counted or withdrawn; later its source is erased."""
    return today - SOURCE_KEPT < seen_on <= today


TELLING_STARTS = tuple(
    """
    drug drog narco cocain kokain fentan methamph metanf marihuan marijuan cannabis opioid opiace delinc criminal
    """.split()
)
TELLING_WORDS = frozenset(
    """
    crack meth dope weed heroin heroina cristal perico dealer dealers dealing pusher pushers junkie junkies
    trafficker traffickers traficante traficantes venta ventas vendedores
    crime crimes crimen crimenes delito delitos gang gangs pandilla pandillas mara maras hotspot
    """.split()
)

PHRASES = ("open air market", "mercado al aire libre")
SPELLED_OUT = re.compile(r"(?<![a-z0-9])[a-z](?: [a-z]){2,}(?![a-z0-9])")


def telling_word(name: str) -> str | None:
    """Return the first word in a name that would reveal a market, in either language, even spelled out ("D r u g")."""
    text = " ".join(words(name))
    # Runs of single letters, and each ending of them.
    rows = [row.replace(" ", "") for row in SPELLED_OUT.findall(text)]
    spelled = [row[start:] for row in rows for start in range(len(row))]
    telling = (word for word in (*text.split(), *spelled) if word in TELLING_WORDS or word.startswith(TELLING_STARTS))
    return next(telling, None) or next((phrase for phrase in PHRASES if f" {phrase} " in f" {text} "), None)


def words(text: str) -> list[str]:
    """Return the words of a text in lower case without accents: "Las Gradas, 2.º" gives las, gradas, 2, o."""
    return re.findall(r"[a-z0-9]+", _plain(text))


def named_in(text: str, names: Iterable[str]) -> str | None:
    """Return the first of these names that occurs in a text as whole words, ignoring accents, punctuation and spaces.

    "Canal Steps" is found in "#canalsteps" too, and the other way round.
    """
    row = f" {_row(text)} "
    for name in names:
        letters = _row(name).replace(" ", "")
        if letters and re.search(f" {' ?'.join(letters)} ", row):
            return name
    return None


def without_names(text: str, names: Collection[str]) -> str:
    """Return a text without paragraphs with one of the names: editors may forget not to name a hidden place."""
    return "\n\n".join(part for part in re.split(r"\n\s*\n", text) if named_in(part, names) is None)


def _row(text: str) -> str:
    return " ".join(re.findall(r"[^\W_]+", _plain(text)))


def _plain(text: str) -> str:
    """Return a text in lower case without accents and invisible characters."""
    text = unicodedata.normalize("NFKD", text.casefold())
    if text.isascii():
        return text
    return "".join(sign for sign in text if not unicodedata.combining(sign) and unicodedata.category(sign) != "Cf")


MOST_SIGNS = 200
CARD_STARTS = tuple("polic denunci arrest overdos sobredos avis report prostitu shoot tirote allanamient vend".split())
CARD_WORDS = frozenset(
    """
    cop cops sheriff tip tips snitch snitches informer informers informant informants soplon soplones
    sell sells selling sold seller sellers raid raids redada redadas bust busts operativo operativos
    jail prison parole probation carcel prision felony felon felons adicto adictos addict addicts
    """.split()
)


def is_neutral(text: str) -> bool:
    """Return whether a text mentions neither drugs, crime, police nor informing, in either language."""
    terms = words(text)
    return telling_word(text) is None and not any(word in CARD_WORDS or word.startswith(CARD_STARTS) for word in terms)


def on_card(text: str, instead: str) -> str:
    """Return a text as one line, cut between words; `instead` if it is empty or not neutral."""
    line = " ".join(text.split())
    if not line or not is_neutral(line):
        return instead
    return line if len(line) <= MOST_SIGNS else f"{line[:MOST_SIGNS].rpartition(' ')[0] or line[:MOST_SIGNS]} …"


CHECKED_AHEAD = timedelta(days=42)
"""How far ahead planned gatherings are checked."""


def exposed(gatherings: Iterable[int | None], public: Collection[int]) -> frozenset[int]:
    """Return the hidden places for which people meet while no gathering is planned for a public one.

    `gatherings` has the place of each coming meeting or session, drafts included; None for one without a place, which
    is no cover. An observer who watches where the team goes in these weeks could learn of such a place.
    """
    places = {place for place in gatherings if place is not None}
    return frozenset() if places & set(public) else frozenset(places - set(public))
