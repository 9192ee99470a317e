"""What a speaker sees of a call-in: their own part, by account or by a private link, and taking a consent back.

A link opens a copy of the part, sealed to a key that is made from the link. Of the link itself the server keeps a keyed
hash: whoever has the disk and the settings reads no part. The copy is made again whenever a member changes the evening.

No action here is written to the audit log with the speaker as its author: the log would say who speaks.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from datetime import date, time, timedelta
from typing import NamedTuple

from flask import g, render_template, url_for
from flask_babel import gettext as _
from nacl.public import PrivateKey
from sqlalchemy import delete, select
from werkzeug.exceptions import TooManyRequests

from portal.core import crypto, limits
from portal.core.clock import today
from portal.core.db import added, db, random_id, session
from portal.core.forms import guesses
from portal.core.i18n import language, other_language
from portal.core.portal import Portal, current_portal
from portal.core.statuses import NotFound, Refused, existing
from portal.core.vouched import key_of
from portal.core.web import PUBLIC, AudienceBlueprint, keep_out_robots
from portal.partners import circles
from portal.partners.callin import call_ins, evening_rules
from portal.partners.callin.call_ins import CallInCard, CallInLink, CallInPlan, CallInTaken
from portal.partners.callin.evening import OpenedCallIn, Voice, enter_evening, open_evening
from portal.partners.callin.evening_rules import Agreement, Consent, EveningState, VoicePoint, agreed
from portal.partners.circle_rules import Act
from portal.partners.circles import Circle, CircleSeat, Words, seal_words, unseal_words

TOKEN_BYTES = 32
AFTERWARDS = timedelta(days=1)
"""How long after its evening a link still works: the next morning somebody may not want their picture used."""


class SpeakingTurn(NamedTuple):
    starts: time | None
    minutes: int
    room: int


class OwnPart(NamedTuple):
    """The part of one speaker: no name, nobody else's part, nothing about safety and no notes."""

    call_in: CallInPlan
    words: Words
    begins: time | None
    point: VoicePoint | None
    turns: list[SpeakingTurn]
    consents: Mapping[Consent, Agreement]


def _part(call_in: CallInPlan, words: Words) -> OwnPart:
    begins = time.fromisoformat(words["begins"]) if words["begins"] else None
    point = VoicePoint(words["point"]) if words["point"] else None
    turns = []
    for starts, minutes, room in (turn.split(" ") for turn in words["turns"].splitlines()):
        turns.append(SpeakingTurn(time.fromisoformat(starts) if starts else None, int(minutes), int(room)))
    return OwnPart(call_in, words, begins, point, turns, {consent: agreed(words, consent) for consent in Consent})


def last_day(call_in: CallInPlan) -> date:
    return call_in.held_on + AFTERWARDS


def opened(token: str) -> tuple[CallInLink, OwnPart]:
    """Return a link and the part that it opens; no link, one taken back and one that is over raise one `NotFound`."""
    rows = select(CallInLink).where(CallInLink.token_hash == _hash(token))
    link = existing(session.scalars(rows.execution_options(populate_existing=True)).first())
    call_in = session.get_one(CallInPlan, session.get_one(CallInCard, link.card_id).call_in_id)
    if today() > last_day(call_in):
        raise NotFound
    return link, _part(call_in, existing(unseal_words(link, link.sealed_key, _key(token))))


def make_link(seat: CircleSeat, evening: OpenedCallIn, voice: Voice) -> str:
    """Make a link for a speaker, in place of an earlier one, and return its token. Raises Refused("call_in_over")."""
    call_ins.require_roster(seat)
    if evening.call_in.state == EveningState.OFF or today() > last_day(evening.call_in):
        raise Refused("call_in_over")
    session.execute(delete(CallInLink).where(CallInLink.card_id == voice.card.id))
    token = secrets.token_urlsafe(TOKEN_BYTES)
    link = CallInLink(id=random_id(), card_id=voice.card.id, token_hash=_hash(token))
    link.public_key = bytes(_key(token).public_key)
    link.vouch()
    _seal(link, _words(evening, voice))
    added(link)
    seat.record("circle.call_in_link")
    return token


def take_back_by_link(token: str, consent: Consent) -> OwnPart:
    """Take back a consent with a link; it takes effect at once and everywhere. Raises like `opened`."""
    # The circle is locked: a lead who changes the same card at this moment waits, and then sees it.
    rows = select(Circle).where(Circle.id == opened(token)[1].call_in.circle_id).with_for_update(of=Circle)
    circle = session.execute(rows.execution_options(populate_existing=True)).scalar_one()
    link, part = opened(token)
    if part.consents[consent].holds:
        _record(circle, link.card_id, consent)
        _seal(link, evening_rules.take_back(part.words, consent, today()))
    return opened(token)[1]


def take_back_own(seat: CircleSeat, evening: OpenedCallIn, consent: Consent) -> OwnPart:
    """Take back a consent of the signed-in speaker. Raises `NotFound` for everybody else."""
    voice = existing(evening.voice_of(seat.member.id))
    if agreed(voice.words, consent).holds:
        _record(seat.circle, voice.card.id, consent)
        call_ins.evening_changed.send(evening.call_in, seat=seat)
    fresh = open_evening(seat, evening.call_in, circles.my_keys())
    return _part(fresh.call_in, _words(fresh, fresh.cards[voice.card.id]))


def start(_app: Portal) -> None:
    call_ins.evening_changed.connect(_copy)


def _copy(call_in: CallInPlan, *, seat: CircleSeat) -> None:
    rows = select(CallInLink).join(CallInCard, CallInCard.id == CallInLink.card_id)
    links: Sequence[CallInLink] = session.scalars(rows.where(CallInCard.call_in_id == call_in.id)).all()
    if not links:
        return
    evening = open_evening(seat, call_in, circles.my_keys())
    for link in links:
        if link.card_id in evening.cards:
            _seal(link, _words(evening, evening.cards[link.card_id]))


def _words(evening: OpenedCallIn, voice: Voice) -> dict[str, str]:
    ends = [f"{consent.value}_{end}" for consent in Consent for end in ("given", "taken")]
    turns = [
        f"{line.starts.strftime('%H:%M') if line.starts else ''} {line.row.minutes} {line.row.room}"
        for line in evening.lines
        if line.expected == voice.card.id
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


def _seal(link: CallInLink, words: Words) -> None:
    sealed = seal_words(link.about, words, [key_of(link)])
    link.box, link.sealed_key = sealed.box, sealed.keys[0]


def _key(token: str) -> PrivateKey:
    return crypto.private_key_from_seed(crypto.derive(token.encode(), "own part"))


def _hash(token: str) -> str:
    return crypto.keyed_hash(crypto.site_key(current_portal.settings.secret, "own part link"), token)


inside_blueprint = circles.circle_blueprint("own_part_inside", __name__, "call-ins/<int:call_in_id>/mine")
link_blueprint = AudienceBlueprint("own_part", __name__, audience=PUBLIC, url_prefix="/<lang:lang>/my-part/<token>")


@inside_blueprint.get("/")
def show(circle_id: int, call_in_id: int) -> str:
    seat, evening = enter_evening(circle_id, call_in_id, Act.READ)
    voice = existing(evening.voice_of(seat.member.id))
    return _page(_part(evening.call_in, _words(evening, voice)), seat=seat)


@inside_blueprint.post("/<consent>")
def take_back(circle_id: int, call_in_id: int, consent: str) -> str:
    seat, evening = enter_evening(circle_id, call_in_id, Act.READ)
    which = circles.chosen(Consent, consent)
    return _page(take_back_own(seat, evening, which), which, seat=seat)


@link_blueprint.get("/")
def by_link(token: str) -> str:
    """Show the part of a link. A GET changes nothing, as link scanners request it too."""
    return _page(_part_of_link(token), token=token)


@link_blueprint.post("/<consent>", endpoint="take_back")
def take_back_with_link(token: str, consent: str) -> str:
    _part_of_link(token)
    which = circles.chosen(Consent, consent)
    return _page(take_back_by_link(token, which), which, token=token)


@link_blueprint.errorhandler(NotFound)
def say_that_it_ended(_error: NotFound) -> tuple[str, int]:
    """Say where a new link comes from. It is the same for a link that has ended and one that never was."""
    db.rollback()
    g.is_error = True
    title, message = _("This link does not work any more"), _("Ask whoever gave it to you for a new one.")
    return render_template("errors/error.html", title=title, message=message, status=410), 404


@link_blueprint.before_request
def keep_off_paper() -> None:
    """Keep the link out of the page itself: a printed page would say where it is from."""
    g.is_private = True


link_blueprint.after_request(keep_out_robots)


def _part_of_link(token: str) -> OwnPart:
    tried = limits.attempt("own part", guesses())
    if not tried.passed:
        raise TooManyRequests
    _link, part = opened(token)
    # It was not a guess: several who speak may share the network of a church.
    limits.take_back(tried)
    return part


def _page(part: OwnPart, done: Consent | None = None, *, seat: CircleSeat | None = None, token: str = "") -> str:
    def address(lang: str) -> str:
        if token:
            return url_for("own_part.by_link", lang=lang, token=token)
        return call_ins.page_of(part.call_in, "own_part_inside.show", lang=lang)

    return render_template(
        "partners/callin/own.html",
        seat=seat,
        part=part,
        base=address(language()),
        translated=address(other_language()),
        until=last_day(part.call_in) if token else None,
        done=done,
    )
