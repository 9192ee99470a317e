"""A call-in as one member may see it: decrypted with their keys, without the parts hidden from them.

Every page, print sheet and stage view is built from it, so that a withdrawn consent disappears from all of them at
once. `enter_evening` is the entry point of all pages of a call-in.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, time
from functools import cached_property
from typing import NamedTuple

from portal.core.forms import FormFrame
from portal.core.statuses import NotAllowed
from portal.partners.callin import call_ins, evening_rules
from portal.partners.callin.call_ins import CallInCard, CallInItem, CallInPlan
from portal.partners.callin.evening_rules import Agreement, Consent, Lack, RunItem, RunPart, VoicePoint, Who, agreed
from portal.partners.callin.rules import keeps_roster
from portal.partners.circle_rules import Act, CircleKind
from portal.partners.circles import CircleSeat, Keys, Words, enter, in_circle, my_keys, open_text


class Voice(NamedTuple):
    """A community voice, also called speaker, as keepers of the roster see them."""

    card: CallInCard
    words: Words
    who: Who
    point: VoicePoint | None
    name: str
    said_name: str
    """The name that may be said aloud; empty without their consent."""
    consents: Mapping[Consent, Agreement]
    says_yes: bool
    is_spare: bool
    open: list[evening_rules.VoicePreparation]
    taken: frozenset[Consent]
    """What they took back themselves, and no lead has seen yet; `words` are without it already."""


class ScheduledItem(NamedTuple):
    """An item with its start time. `number` counts the speakers; `voice`, `planned` only for keepers of the roster."""

    row: RunItem
    part: RunPart
    about: str
    starts: time | None
    number: int | None = None
    point: VoicePoint | None = None
    is_spoken: bool = True
    by_spare: bool = False
    expected: int | None = None
    """The card of who is counted on: the speaker until they withdraw, then whoever steps in."""
    voice: Voice | None = None
    planned: Voice | None = None


@dataclass(frozen=True)
class OpenedCallIn:
    """A decrypted call-in. `words` is None for a member who is not admitted yet."""

    call_in: CallInPlan
    words: Words | None
    begins: time | None
    run: list[RunItem]
    cards: Mapping[int, Voice]
    has_coordinator: bool
    """Also set for police, who do not learn the name."""
    lacked: list[Lack]
    """The requirements that were missing when the call-in took place nonetheless."""
    sees_roster: bool
    sees_points: bool

    @property
    def total(self) -> int:
        return evening_rules.total(self.run)

    @property
    def amiss(self) -> list[evening_rules.Amiss]:
        return evening_rules.amiss(self.run)

    @property
    def planned(self) -> int:
        """The number of speakers in the run: the only fact about them that the whole circle knows."""
        return sum(item.part is RunPart.VOICE for item in self.run)

    @property
    def voices(self) -> list[Voice]:
        return list(self.cards.values()) if self.sees_roster else []

    @property
    def turns(self) -> list[Voice]:
        """Like `speaking`, but an alternate who stands in for two speakers appears twice."""
        return self._counted_on if self.sees_roster else []

    @property
    def speaking(self) -> list[Voice]:
        return list({voice.card.id: voice for voice in self.turns}.values())

    @property
    def matrix(self) -> evening_rules.Matrix:
        """The number of speakers for each point; alternates count only once the speaker they replace has withdrawn."""
        yes = [voice.point for voice in self._counted_on if voice.says_yes]
        return evening_rules.matrix(yes, (voice.point for voice in self._counted_on if not voice.says_yes))

    @cached_property
    def lines(self) -> list[ScheduledItem]:
        """The run with its start times; speakers, and for police their points too, are left out where hidden."""
        hours = evening_rules.starts(self.begins, self.run) if self.begins else [None] * len(self.run)
        lines, number = [], 0
        for item, hour in zip(self.run, hours, strict=True):
            if item.part is not RunPart.VOICE:
                lines.append(ScheduledItem(item, item.part, item.about, hour))
                continue
            number += 1
            planned, voice = self._speaker(item)
            stays = planned is not None and not planned.consents[Consent.SPEAK].taken_on
            there = planned if stays else voice
            line = ScheduledItem(
                item,
                item.part,
                "",
                hour,
                number,
                point=voice.point if voice and self.sees_points else None,
                is_spoken=voice is not None,
                by_spare=voice is not planned and voice is not None,
                expected=there.card.id if there else None,
            )
            lines.append(line._replace(voice=voice, planned=planned) if self.sees_roster else line)
        return lines

    @property
    def lacks(self) -> list[Lack]:
        speaking = [self._speaker(item)[1] for item in self.run if item.part is RunPart.VOICE]
        # One person counts once.
        there = {voice.card.id: voice for voice in speaking if voice is not None}
        checked = sum(evening_rules.is_checked(voice.words) for voice in there.values())
        return evening_rules.lacks(
            begins=(self.words or {}).get("begins", ""),
            coordinator=self.has_coordinator,
            wrong=self.amiss,
            items=len(self.run),
            planned=len(speaking),
            spoken=len(there),
            checked=checked,
        )

    @property
    def is_ready_no_more(self) -> bool:
        """Whether it was declared ready and something is missing now, such as a speaker who withdrew."""
        is_ready = self.call_in.state == evening_rules.EveningState.READY
        return is_ready and self.words is not None and bool(self.lacks)

    def voice_of(self, member_id: int) -> Voice | None:
        """Return the speaker whose account this is; None for everybody else."""
        return next((voice for voice in self.cards.values() if voice.words["member"] == str(member_id)), None)

    @cached_property
    def _counted_on(self) -> list[Voice]:
        own = (card_id for card_id, voice in self.cards.items() if not voice.is_spare)
        planned = [evening_rules.who_is_planned(card_id, self._said) for card_id in own]
        return [self.cards[card_id] for card_id in planned if card_id is not None]

    @cached_property
    def _said(self) -> Mapping[int, Words]:
        return {card_id: voice.words for card_id, voice in self.cards.items()}

    def _speaker(self, item: RunItem) -> tuple[Voice | None, Voice | None]:
        """Return the speaker the item is planned for, and the one who speaks at present."""
        now = evening_rules.who_speaks(item.voice, self._said)
        return self.cards.get(item.voice), self.cards.get(now or 0)


def open_evening(seat: CircleSeat, call_in: CallInPlan, keys: Keys) -> OpenedCallIn:
    """Decrypt a call-in for a member: only keepers of the roster read of the door, and police no name and no number."""
    words, sees_roster = open_text(call_in, keys), keeps_roster(seat.role, seat.member.roles)
    inside = () if seat.is_police else evening_rules.INSIDE_WORDS
    shown = (*evening_rules.PLAN_WORDS, *inside, *(evening_rules.DOOR_WORDS if sees_roster else ()))
    rows = [(row, open_text(row, keys)) for row in call_ins.lines(CallInItem, call_in)]
    run = [
        RunItem(RunPart(text["part"]), row.room, row.minutes, row.id, text["about"], int(text["voice"] or 0))
        for row, text in rows
        if text is not None
    ]
    plan = words or {}
    return OpenedCallIn(
        call_in,
        None if words is None else {name: words.get(name, "") for name in shown},
        time.fromisoformat(plan["begins"]) if plan.get("begins") else None,
        run,
        cards=_cards(call_in, keys),
        has_coordinator=bool(plan.get("coordinator")),
        lacked=[Lack(lack) for lack in plan.get("lacked", "").split()],
        sees_roster=sees_roster,
        sees_points=not seat.is_police,
    )


def _cards(call_in: CallInPlan, keys: Keys) -> dict[int, Voice]:
    """Return the speakers by card, without what they took back themselves."""
    blank, taken = dict.fromkeys((*evening_rules.WORDS, "notes"), ""), dict[int, frozenset[Consent]]()
    rows = {card.id: (card, open_text(card, keys)) for card in call_ins.lines(CallInCard, call_in)}
    opened = {card_id: (card, {**blank, **text}) for card_id, (card, text) in rows.items() if text is not None}
    spares = frozenset(int(text["alternate"]) for _card, text in opened.values() if text["alternate"])
    for row in call_ins.taken_back(call_in):
        if (text := open_text(row, keys)) and row.card_id in opened:
            consent, (card, before) = Consent(text["consent"]), opened[row.card_id]
            opened[card.id] = card, evening_rules.take_back(before, consent, date.fromisoformat(text["on"]))
            taken[card.id] = taken.get(card.id, frozenset()) | {consent}
    cards = {}
    for card, words in opened.values():
        consents = {consent: agreed(words, consent) for consent in Consent}
        cards[card.id] = Voice(
            card,
            words,
            who=Who(words["who"] or Who.OTHER),
            point=VoicePoint(words["point"]) if words["point"] else None,
            name=words["name"],
            said_name=words["name"] if consents[Consent.NAME].holds else "",
            consents=consents,
            says_yes=consents[Consent.SPEAK].holds,
            is_spare=card.id in spares,
            open=evening_rules.unprepared(words, spares, card.id),
            taken=taken.get(card.id, frozenset()),
        )
    return cards


def enter_evening(
    circle_id: int, call_in_id: int, act: Act, *, roster: bool = False, police: bool = True, to_change: bool = False
) -> tuple[CircleSeat, OpenedCallIn]:
    """Return the signed-in member's seat and the call-in, decrypted; `to_change` locks its run against other changes.

    `roster` admits only members who may know the speakers, `police=False` no police (else NotAllowed).
    """
    seat = enter(circle_id, act, CircleKind.MORAL_VOICE)
    call_in = in_circle(CallInPlan, seat.circle, call_in_id, to_change=to_change)
    if (roster and not keeps_roster(seat.role, seat.member.roles)) or (seat.is_police and not police):
        raise NotAllowed
    return seat, open_evening(seat, call_in, my_keys())


def in_evening(seat: CircleSeat, evening: OpenedCallIn) -> FormFrame:
    return FormFrame("partners/callin/frame.html", {"seat": seat, "evening": evening})
