"""A call-in as one member may see it: decrypted with their keys, without the parts hidden from them.

Every page, print sheet and stage view is built from it, so that a withdrawn consent disappears from all of them at
once.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, time
from functools import cached_property

from portal.partners.callin import call_in as queries
from portal.partners.callin.call_in import CallInCard, CallInItem, CallInPlan
from portal.partners.callin.evening_rules import (
    WORDS,
    Amiss,
    Consent,
    EveningState,
    Lack,
    Matrix,
    Place,
    RunItem,
    RunPart,
    Slots,
    VoicePoint,
    VoicePreparation,
    Who,
    agreed,
    amiss,
    is_checked,
    lacks,
    matrix,
    speaks,
    starts,
    take_back,
    total,
    unprepared,
    who_is_planned,
    who_speaks,
)
from portal.partners.callin.rules import keeps_roster
from portal.partners.circles import CircleSeat, Keys, Words, open_text

PLAN_WORDS = ("begins", "where")
DOOR_WORDS = frozenset({"labels", "apart", "chairs"})
INSIDE_WORDS = frozenset({"people", "coordinator", "reach"})


@dataclass(frozen=True)
class Voice:
    """A community voice, also called speaker, as keepers of the roster see them."""

    card: CallInCard
    words: Words
    spares: frozenset[int]
    taken: frozenset[Consent] = frozenset()
    """What they took back themselves, and no lead has seen yet; `words` are without it already."""

    @property
    def who(self) -> Who:
        """The capacity in which they speak."""
        return Who(self.words.get("who") or Who.OTHER)

    @property
    def point(self) -> VoicePoint | None:
        """The one point that they make."""
        return VoicePoint(self.words["point"]) if self.words.get("point") else None

    @property
    def name(self) -> str:
        """Their name on the roster."""
        return self.words.get("name", "")

    @property
    def said_name(self) -> str:
        """The name that may be said aloud; empty without their consent."""
        return self.name if agreed(self.words, Consent.NAME).holds else ""

    @property
    def consents(self) -> dict[Consent, object]:
        """Their consents, with dates."""
        return {consent: agreed(self.words, consent) for consent in Consent}

    @property
    def says_yes(self) -> bool:
        """Whether they currently consent to speak."""
        return speaks(self.words)

    @property
    def is_spare(self) -> bool:
        """Whether they are an alternate for another speaker."""
        return self.card.id in self.spares

    @property
    def open(self) -> list[VoicePreparation]:
        """The preparations that are still open."""
        return unprepared(self.words, self.spares, self.card.id)


@dataclass(frozen=True)
class ScheduledItem:
    """An item with its start time. `number` counts the speakers; `voice`, `planned` only for keepers of the roster."""

    row: CallInItem
    part: RunPart
    about: str
    starts: time | None
    number: int | None = None
    point: VoicePoint | None = None
    is_spoken: bool = True
    by_spare: bool = False
    voice: Voice | None = None
    planned: Voice | None = None


@dataclass(frozen=True)
class OpenedCallIn:
    """A decrypted call-in. `words` is None for a member who is not admitted yet."""

    call_in: CallInPlan
    words: Words | None
    items: list[tuple[CallInItem, Words]]
    cards: Mapping[int, Voice]
    has_coordinator: bool
    """Also set for police, who do not learn the name."""
    lacked: list[Lack]
    """The requirements that were missing when the call-in took place nonetheless."""
    sees_roster: bool
    sees_points: bool

    @property
    def plain(self) -> list[RunItem]:
        """The run as input for the rules."""
        return [RunItem(RunPart(words["part"]), row.room, row.minutes) for row, words in self.items]

    @property
    def begins(self) -> time | None:
        """When the first item begins."""
        written = (self.words or {}).get("begins", "")
        return time.fromisoformat(written) if written else None

    @property
    def total(self) -> int:
        """Minutes, without the meal."""
        return total(self.plain)

    @property
    def amiss(self) -> list[Amiss]:
        """The problems of the run."""
        return amiss(self.plain)

    @property
    def planned(self) -> int:
        """The number of speakers in the run: the only fact about them that the whole circle knows."""
        return sum(item.part is RunPart.VOICE for item in self.plain)

    @property
    def voices(self) -> list[Voice]:
        """The speakers, for keepers of the roster; empty for others."""
        return list(self.cards.values()) if self.sees_roster else []

    @property
    def took_back(self) -> bool:
        """Whether a speaker took something back themselves that no lead has seen yet; False but for keepers."""
        return any(voice.taken for voice in self.voices)

    @property
    def speaking(self) -> list[Voice]:
        """The speakers to count on at present, for keepers of the roster."""
        once = {voice.card.id: voice for voice in self._counted_on}
        return list(once.values()) if self.sees_roster else []

    @property
    def turns(self) -> list[Voice]:
        """Like `speaking`, but an alternate who stands in for two speakers appears twice."""
        return self._counted_on if self.sees_roster else []

    @property
    def matrix(self) -> Matrix:
        """The number of speakers for each point; alternates count only once the speaker they replace has withdrawn."""
        return matrix(
            (voice.point for voice in self._counted_on if voice.says_yes),
            (voice.point for voice in self._counted_on if not voice.says_yes),
        )

    @cached_property
    def lines(self) -> list[ScheduledItem]:
        """The run with its start times; speakers, and for police their points too, are left out where hidden."""
        hours = starts(self.begins, self.plain) if self.begins else [None] * len(self.items)
        found, number = [], 0
        for (row, words), hour in zip(self.items, hours, strict=True):
            part = RunPart(words["part"])
            number += part is RunPart.VOICE
            found.append(self._line(row, words, part, hour, number))
        return found

    @property
    def run(self) -> list[Place]:
        """The items with their stored room and minutes."""
        return [Place(row.id, row.room, row.minutes) for row, _words in self.items]

    @property
    def lacks(self) -> list[Lack]:
        """The requirements that are missing before the call-in is ready."""
        words = self.words or {}
        return lacks(
            begins=words.get("begins", ""),
            coordinator=self.has_coordinator,
            wrong=self.amiss,
            items=len(self.items),
            slots=self._slots,
        )

    @property
    def is_ready_no_more(self) -> bool:
        """Whether it was declared ready and something is missing now, such as a speaker who withdrew."""
        return self.call_in.state == EveningState.READY and self.words is not None and bool(self.lacks)

    def _line(self, row: CallInItem, words: Words, part: RunPart, hour: time | None, number: int) -> ScheduledItem:
        if part is not RunPart.VOICE:
            return ScheduledItem(row, part, words.get("about", ""), hour)
        planned, voice = self._speaker(words)
        return ScheduledItem(
            row,
            part,
            "",
            hour,
            number,
            voice.point if voice and self.sees_points else None,
            is_spoken=voice is not None,
            by_spare=voice is not planned and voice is not None,
            voice=voice if self.sees_roster else None,
            planned=planned if self.sees_roster else None,
        )

    def turns_of(self, card_id: int) -> list[ScheduledItem]:
        """Return the items in which a speaker is counted on: their own until they withdraw, and others they take on."""
        found = []
        for (_row, words), line in zip(self.items, self.lines, strict=True):
            if line.part is RunPart.VOICE:
                planned, now = self._speaker(words)
                stays = planned is not None and not agreed(planned.words, Consent.SPEAK).taken_on
                there = planned if stays else now
                found += [line] if there and there.card.id == card_id else []
        return found

    @property
    def _counted_on(self) -> list[Voice]:
        words = {card_id: voice.words for card_id, voice in self.cards.items()}
        own = (card_id for card_id, voice in self.cards.items() if not voice.is_spare)
        found = [who_is_planned(card_id, words) for card_id in own]
        return [self.cards[card_id] for card_id in found if card_id is not None]

    def _speaker(self, words: Words) -> tuple[Voice | None, Voice | None]:
        """Return the speaker the item is planned for, and the one who speaks at present."""
        planned = int(words.get("voice") or 0)
        now = who_speaks(planned, {card_id: voice.words for card_id, voice in self.cards.items()})
        return self.cards.get(planned), self.cards.get(now or 0)

    @property
    def _slots(self) -> Slots:
        speaking = [self._speaker(words)[1] for _row, words in self.items if RunPart(words["part"]) is RunPart.VOICE]
        there = [voice for voice in speaking if voice is not None]
        # One person counts once.
        once = {voice.card.id for voice in there}
        return Slots(len(speaking), len(once), len({one.card.id for one in there if is_checked(one.words)}))


def _known(words: Words | None, seat: CircleSeat) -> Words | None:
    """Return the sealed text without the parts hidden from this member.

    Instructions for the door are for keepers of the roster; police learn no name and no number.
    """
    if words is None:
        return None
    hidden: frozenset[str] = frozenset() if keeps_roster(seat.role, seat.member.roles) else DOOR_WORDS
    more: frozenset[str] = INSIDE_WORDS if seat.is_police else frozenset()
    known = (*PLAN_WORDS, *sorted(INSIDE_WORDS), *sorted(DOOR_WORDS))
    return {name: words.get(name, "") for name in known if name not in hidden | more}


def _taken_back(call_in: CallInPlan, keys: Keys) -> dict[int, dict[Consent, date]]:
    found: dict[int, dict[Consent, date]] = {}
    for row in queries.taken_back(call_in):
        if words := open_text(row, keys):
            found.setdefault(row.card_id, {})[Consent(words["consent"])] = date.fromisoformat(words["on"])
    return found


def _voice(card: CallInCard, words: Words, spares: frozenset[int], taken: Mapping[Consent, date]) -> Voice:
    for consent, day in taken.items():
        words = take_back(words, consent, day)
    return Voice(card, words, spares, frozenset(taken))


def open_evening(seat: CircleSeat, call_in: CallInPlan, keys: Keys) -> OpenedCallIn:
    """Decrypt a call-in with these keys, as far as the member in this seat may see it."""
    items = [(row, open_text(row, keys)) for row in queries.lines(CallInItem, call_in)]
    cards = [(card, open_text(card, keys)) for card in queries.lines(CallInCard, call_in)]
    blank = dict.fromkeys((*WORDS, "notes"), "")
    opened = [(card, {**blank, **words}) for card, words in cards if words is not None]
    taken = _taken_back(call_in, keys)
    words = open_text(call_in, keys)
    spares = frozenset(int(words["alternate"]) for _card, words in opened if words.get("alternate"))
    return OpenedCallIn(
        call_in,
        _known(words, seat),
        [(row, words) for row, words in items if words is not None],
        {card.id: _voice(card, words, spares, taken.get(card.id, {})) for card, words in opened},
        has_coordinator=bool((words or {}).get("coordinator")),
        lacked=[Lack(lack) for lack in (words or {}).get("lacked", "").split()],
        sees_roster=keeps_roster(seat.role, seat.member.roles),
        sees_points=not seat.is_police,
    )
