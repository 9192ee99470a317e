"""What a speaker sees of a call-in: their own part, by account or by a private link, and taking a consent back.

A link opens a copy of the part, sealed to a key that is made from the link. Of the link itself the server keeps a keyed
hash: whoever has the disk and the settings reads no part. The copy is made again whenever a member changes the evening.

No action here is written to the audit log with the speaker as its author: the log would say who speaks.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, time, timedelta
from typing import NamedTuple

from nacl.public import PrivateKey
from sqlalchemy import delete, select

from portal.core.clock import today
from portal.core.crypto import About, CannotOpen, derive, keyed_hash, private_key_from_seed, seal, site_key, unseal
from portal.core.db import random_id, session
from portal.core.portal import Portal, current_portal
from portal.core.statuses import NotFound, Refused
from portal.core.vouched import key_of
from portal.partners.callin.call_in import (
    CallInCard,
    CallInLink,
    CallInPlan,
    CallInTaken,
    evening_changed,
    note_for_audit,
    require_roster,
)
from portal.partners.callin.evening import OpenedCallIn, Voice, open_evening
from portal.partners.callin.evening_rules import (
    Agreement,
    Consent,
    EveningState,
    VoicePoint,
    agreed,
    take_back,
)
from portal.partners.circles import Circle, CircleSeat, Words, my_keys

TOKEN_BYTES = 32
AFTERWARDS = timedelta(days=1)
"""How long after its evening a link still works: the next morning somebody may not want their picture used."""


class SpeakingTurn(NamedTuple):
    """One turn of a speaker: when, how many minutes, in which room."""

    starts: time | None
    minutes: int
    room: int


@dataclass(frozen=True)
class OwnPart:
    """The part of one speaker: no name, nobody else's part, nothing about safety and no notes."""

    held_on: date
    state: EveningState
    words: Words

    @property
    def begins(self) -> time | None:
        """When the evening begins."""
        return _time(self.words["begins"])

    @property
    def point(self) -> VoicePoint | None:
        """The one point that they make."""
        return VoicePoint(self.words["point"]) if self.words["point"] else None

    @property
    def turns(self) -> list[SpeakingTurn]:
        """Their turns; none if nobody has given them one, or they do not speak."""
        found = (one.split(" ") for one in self.words["turns"].splitlines())
        return [SpeakingTurn(_time(starts), int(minutes), int(room)) for starts, minutes, room in found]

    @property
    def consents(self) -> dict[Consent, Agreement]:
        """Their consents, with dates."""
        return {consent: agreed(self.words, consent) for consent in Consent}


@dataclass(frozen=True)
class LinkedPart:
    """A part that was opened with a link."""

    link: CallInLink
    call_in: CallInPlan
    words: Words

    @property
    def part(self) -> OwnPart:
        """The part as its holder sees it."""
        return OwnPart(self.call_in.held_on, EveningState(self.call_in.state), self.words)


def last_day(call_in: CallInPlan) -> date:
    """Return the last day on which the links of a call-in work."""
    return call_in.held_on + AFTERWARDS


def link_of(card: CallInCard) -> CallInLink | None:
    """Return the link of a speaker, or None."""
    return session.scalars(select(CallInLink).where(CallInLink.card_id == card.id)).first()


def own_voice(evening: OpenedCallIn, member_id: int) -> Voice | None:
    """Return the speaker whose account this is; None for everybody else."""
    return next((one for one in evening.cards.values() if one.words["member"] == str(member_id)), None)


def part_of(evening: OpenedCallIn, voice: Voice) -> OwnPart:
    """Return the part of one speaker of an opened call-in."""
    stored = evening.call_in
    return OwnPart(stored.held_on, EveningState(stored.state), _words(evening, voice))


def opened(token: str) -> LinkedPart:
    """Return the part that a link opens.

    An unknown link, one that was taken back and one whose evening is over raise the same `NotFound`.
    """
    asked = select(CallInLink).where(CallInLink.token_hash == _hash(token))
    link = session.scalars(asked.execution_options(populate_existing=True)).first()
    if link is None:
        raise NotFound
    call_in = session.get_one(CallInPlan, session.get_one(CallInCard, link.card_id).call_in_id)
    if today() > last_day(call_in):
        raise NotFound
    try:
        words = json.loads(unseal(_about(link), link.box, link.sealed_key, _key(token)))
    except CannotOpen:
        raise NotFound from None
    return LinkedPart(link, call_in, words)


def make_link(seat: CircleSeat, evening: OpenedCallIn, voice: Voice) -> str:
    """Make a link for a speaker, in place of an earlier one, and return its token. Raises Refused("call_in_over")."""
    require_roster(seat)
    stored = evening.call_in
    if stored.state == EveningState.OFF or today() > last_day(stored):
        raise Refused("call_in_over")
    session.execute(delete(CallInLink).where(CallInLink.card_id == voice.card.id))
    token = secrets.token_urlsafe(TOKEN_BYTES)
    link = CallInLink(id=random_id(), card_id=voice.card.id, token_hash=_hash(token))
    link.public_key = bytes(_key(token).public_key)
    link.vouch()
    _seal(link, _words(evening, voice))
    session.add(link)
    session.flush()
    note_for_audit("link", seat)
    return token


def end_link(seat: CircleSeat, card: CallInCard) -> None:
    """Delete the link of a speaker: it opens nothing any more."""
    require_roster(seat)
    session.execute(delete(CallInLink).where(CallInLink.card_id == card.id))
    note_for_audit("link_ended", seat)


def take_back_by_link(token: str, consent: Consent) -> LinkedPart:
    """Take back a consent with a link; it takes effect at once and everywhere. Raises like `opened`."""
    circle = _locked(opened(token).call_in)
    linked = opened(token)
    if agreed(linked.words, consent).holds:
        _record(circle, linked.link.card_id, consent)
        _seal(linked.link, take_back(linked.words, consent, today()))
        session.flush()
    return opened(token)


def take_back_own(seat: CircleSeat, evening: OpenedCallIn, consent: Consent) -> OwnPart:
    """Take back a consent of the signed-in speaker. Raises `NotFound` for everybody else."""
    voice = own_voice(evening, seat.member.id)
    if voice is None:
        raise NotFound
    if agreed(voice.words, consent).holds:
        _record(seat.circle, voice.card.id, consent)
        evening_changed.send(evening.call_in, seat=seat)
    fresh = open_evening(seat, evening.call_in, my_keys())
    return part_of(fresh, fresh.cards[voice.card.id])


def start(_app: Portal) -> None:
    """Make the copies again whenever an evening changes."""
    evening_changed.connect(_copy)


def _copy(call_in: CallInPlan, *, seat: CircleSeat) -> None:
    asked = select(CallInLink).join(CallInCard, CallInCard.id == CallInLink.card_id)
    links: Sequence[CallInLink] = session.scalars(asked.where(CallInCard.call_in_id == call_in.id)).all()
    if not links:
        return
    evening = open_evening(seat, call_in, my_keys())
    for link in links:
        if link.card_id in evening.cards:
            _seal(link, _words(evening, evening.cards[link.card_id]))
    session.flush()


def _words(evening: OpenedCallIn, voice: Voice) -> dict[str, str]:
    ends = [f"{consent.value}_{end}" for consent in Consent for end in ("given", "taken")]
    turns = [
        f"{line.starts.strftime('%H:%M') if line.starts else ''} {line.row.minutes} {line.row.room}"
        for line in evening.turns_of(voice.card.id)
    ]
    plan = evening.words or {}
    return {
        **{name: plan.get(name, "") for name in ("begins", "where")},
        "point": voice.words["point"],
        "turns": "\n".join(turns),
        **{end: voice.words.get(end, "") for end in ends},
    }


def _record(circle: Circle, card_id: int, consent: Consent) -> None:
    # Not through `require_open`: a consent can be taken back in a closed circle, too.
    row = CallInTaken(id=random_id(), card_id=card_id)
    row.store(circle, {"consent": consent.value, "on": today().isoformat()})


def _locked(call_in: CallInPlan) -> Circle:
    """Return the circle, locked: a lead who changes the same card at this moment waits, and then sees it."""
    asked = select(Circle).where(Circle.id == call_in.circle_id).with_for_update(of=Circle)
    return session.execute(asked.execution_options(populate_existing=True)).scalar_one()


def _seal(link: CallInLink, words: Words) -> None:
    sealed = seal(_about(link), json.dumps(dict(words), ensure_ascii=False).encode(), [key_of(link)])
    link.box, link.sealed_key = sealed.box, sealed.keys[0]


def _about(link: CallInLink) -> About:
    return (link.__tablename__, link.id, link.card_id)


def _key(token: str) -> PrivateKey:
    return private_key_from_seed(derive(token.encode(), "own part"))


def _hash(token: str) -> str:
    return keyed_hash(site_key(current_portal.settings.secret, "own part link"), token)


def _time(written: str) -> time | None:
    return time.fromisoformat(written) if written else None
