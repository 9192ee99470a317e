"""Answers to meetings by text. They never touch a report, and the phone is known by a key of that meeting alone."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

from flask import current_app

from portal.core.clock import now
from portal.core.errors import Refused
from portal.core.i18n import LANGUAGES, speaking
from portal.core.jobs import outbox
from portal.meetings.models import Meeting
from portal.meetings.rsvp.actions import (
    Contact,
    Wish,
    accept_reminders,
    agree,
    answer_again,
    cancel_rsvp,
    change_rsvp,
    contact_hash,
    file_rsvp,
    private_link,
    read_wish,
    take_seat,
)
from portal.meetings.rsvp.models import Rsvp
from portal.meetings.rsvp.queries import (
    answers_from,
    in_last_hours,
    locked_meeting,
    meeting_by_text_code,
    meetings_answered_ahead,
    seats_of,
    text_codes_ahead,
)
from portal.meetings.rsvp.rules.answers import MOST_PEOPLE, Agreed, ContactKind
from portal.meetings.rsvp.rules.seats import State
from portal.meetings.rsvp.texts import Texted, consent_by_text, refusal_by_text, texted
from portal.sms.actions.scene import Incoming, Talking
from portal.sms.queries import has_opted_out
from portal.sms.rules.answers import may_answer
from portal.sms.rules.near import Near, suggest
from portal.sms.rules.rsvp import Said, read_later
from portal.sms.rules.segments import clean

ANSWER_WITHIN = timedelta(hours=4)


def answer_meeting(text: Incoming, talking: Talking, said: Said) -> bool:
    """Do what a text about a meeting says, and answer. False: it is not about one after all."""
    if said.is_thanks:
        return True
    meetings = _meetings(text.sender, said)
    if not meetings and said.code is None and not said.sure:
        return False
    with speaking(said.language):
        reply(text, talking, _words(text.sender, meetings, said))
    return True


def answered_later(text: Incoming) -> Said | None:
    """What a lone "sí" says about the meetings that this phone answered to; None if it answered to none."""
    said = read_later(clean(text.body))
    ahead = meetings_answered_ahead() if said else []
    own = [one for meeting in ahead for one in answers_from(meeting.id, contact_hash(meeting.id, text.sender))]
    return replace(said, language="es" if own[0].language == "es" else "en") if said and own else None


def ask_what_is_meant(text: Incoming, talking: Talking, near: Near) -> bool:
    """Ask about a text that is nearly an answer. False where nothing can be asked: then it is kept as any text is."""
    if has_opted_out(text.sender) or not may_answer(talking.answers):
        return False
    languages = (near.language,) if near.language else LANGUAGES
    questions = []
    for language in languages:
        with speaking(language):
            questions.append(_question(near))
    reply(text, talking, " / ".join(questions))
    return True


def _question(near: Near) -> str:
    code = suggest(near.figures, text_codes_ahead())
    meeting = meeting_by_text_code(code) if code else None
    if meeting is None:
        return texted(Texted.NEARLY)
    what = Texted.NEARLY_COMES if near.comes else Texted.NEARLY_STAYS
    return texted(what, meeting, party=near.party if near.comes else None)


def _meetings(number: str, said: Said) -> list[Meeting]:
    """The one of its code; without a code, those ahead that this phone answered to."""
    if said.code is None:
        return [one for one in meetings_answered_ahead() if answers_from(one.id, contact_hash(one.id, number))]
    found = meeting_by_text_code(said.code)
    return [found] if found else []


def _words(number: str, meetings: list[Meeting], said: Said) -> str:
    if not meetings and said.code:
        is_near = suggest(said.code, text_codes_ahead())
        return _question(Near(said.comes, said.language, said.code, said.party)) if is_near else texted(Texted.UNKNOWN)
    if not meetings:
        return texted(Texted.HOW_TO)
    if len(meetings) > 1:
        return texted(Texted.HOW_TO) if said.comes else texted(Texted.WHICH_MEETING, meetings[0])
    return _done(number, locked_meeting(meetings[0].id), said)


def _done(number: str, meeting: Meeting, said: Said) -> str:
    """Do it; what there is to answer."""
    own = answers_from(meeting.id, contact_hash(meeting.id, number))
    mine = next((one for one in own if one.letter == said.letter), None) if said.letter else _only(own)
    if mine is None and not said.letter and len(own) > 1:
        return texted(Texted.WHICH, meeting, letters=[one.letter or "" for one in own])
    if said.asks and mine is not None:
        return _standing(meeting, mine)
    if said.party is not None and not 1 <= said.party <= MOST_PEOPLE:
        return texted(Texted.HOW_MANY, meeting)
    try:
        if not said.comes:
            return _stay(meeting, mine)
        return _come(meeting, mine, said, number)
    except Refused as refusal:
        return refusal_by_text(refusal.key, meeting)


def _only(own: Sequence[Rsvp]) -> Rsvp | None:
    return own[0] if len(own) == 1 else None


def _stay(meeting: Meeting, mine: Rsvp | None) -> str:
    if mine is None:
        return texted(Texted.NO_ANSWER, meeting)
    cancel_rsvp(meeting, mine)
    return texted(Texted.AWAY, meeting)


def _come(meeting: Meeting, mine: Rsvp | None, said: Said, number: str) -> str:
    if mine is None:
        wish = Wish(said.party or 1, contact=Contact(ContactKind.TEXT, number, Agreed.TEXT))
        mine = file_rsvp(meeting, wish, said.language, secrets.token_bytes(32), quietly=True)
    else:
        _go_on(meeting, mine, said)
    return _standing(meeting, mine)


def _standing(meeting: Meeting, mine: Rsvp) -> str:
    what = Texted.COUNTED if mine.is_coming else Texted.IN_LINE
    if mine.agreed_on is None and seats_of(meeting.id).reminders:
        agree(mine, Agreed.TEXT, consent_by_text(what))
    accept_reminders(meeting, mine)
    return texted(what, meeting, mine, link=private_link(mine))


def _go_on(meeting: Meeting, mine: Rsvp, said: Said) -> None:
    if mine.state == State.EXPIRED:
        answer_again(meeting, mine)
    elif mine.state == State.OFFERED or (mine.state == State.WAITING and in_last_hours(meeting)):
        take_seat(meeting, mine, quietly=True)
    if said.party is not None and said.party != mine.party:
        change_rsvp(meeting, mine, replace(read_wish(mine), party=said.party))


def reply(text: Incoming, talking: Talking, words: str) -> None:
    """One answer, within the limits that keep two robots from talking for ever; none after an opt-out."""
    if has_opted_out(text.sender) or not may_answer(talking.answers):
        return
    talking.answers += 1
    site: str = current_app.extensions["settings"].site_name
    outbox.put(outbox.Kind.TEXT, text.sender, f"{site}: {words}", direct=True, send_before=now() + ANSWER_WITHIN)
