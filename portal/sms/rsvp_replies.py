"""Answers to meetings by text. They never touch a report; the phone is known only by a keyed hash per meeting."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from portal.core.i18n import LANGUAGES, speaking
from portal.core.slugs import public_address
from portal.core.statuses import Refused
from portal.meetings.meeting import Meeting, next_meetings
from portal.meetings.rsvp import answering
from portal.meetings.rsvp.outgoing import agree, private_link
from portal.meetings.rsvp.rsvp import Rsvp, locked_meeting, meeting_by_text_code, seats_of, text_codes_ahead
from portal.meetings.rsvp.rules import MOST_PEOPLE, ContactKind, ReminderConsent
from portal.meetings.rsvp.texts import REFUSALS, Texted, consent_by_text, says_needs, texted
from portal.sms.conversations import meetings_of, own_answers, told_lately
from portal.sms.effects import OF_MEETINGS, DialogueStep
from portal.sms.keywords import KNOWN_LANGUAGES, Language, guess
from portal.sms.needs import NOTHING, MissingNeed, Needs, people_with
from portal.sms.reading import Verdict
from portal.sms.rsvp_rules import RsvpReading, suggest
from portal.sms.texts import in_each
from portal.sms.turn import TextTurn

MOST_NAMED = 2
NEED_ASKED = {MissingNeed.AGES: "childcare", MissingNeed.LANGUAGE: "interpreter"}


def answer_meeting(turn: TextTurn) -> None:
    """Carry out a text about a meeting. The conversation drops its thread: else it would tell that a reporter comes."""
    rsvp, number = turn.reading.rsvp, turn.text.sender
    assert rsvp is not None
    goes_on = turn.talk.step in OF_MEETINGS
    if rsvp.code is None and not goes_on:
        rsvp = replace(rsvp, language=_language_of_answers(number) or rsvp.language)
    if turn.talk.language == "es" and guess(turn.text.body) is None:
        # MEET is a code that works in both languages.
        rsvp = replace(rsvp, language="es")
    turn.move(thread_id=None, step=DialogueStep.MEETING, language=rsvp.language)
    if rsvp.is_thanks:
        return
    meetings = _meetings(turn, rsvp, goes_on=goes_on)
    with speaking(rsvp.language):
        for words in _replies(turn, meetings, rsvp):
            turn.reply(words)
    if turn.reading.words and len(meetings) == 1:
        pass_to_host(turn, turn.reading.words, rsvp.language, meetings[0])


def _language_of_answers(number: str) -> Language | None:
    answers = (answer for meeting in meetings_of(number) for answer in own_answers(meeting, number))
    return next((KNOWN_LANGUAGES.get(answer.language) for answer in answers), None)


def language_for(turn: TextTurn) -> Language:
    return guess(turn.text.body) or _language_of_answers(turn.text.sender) or turn.talk.language or "en"


def take_notice(turn: TextTurn) -> None:
    """Thank somebody who comes late, or pass on a question for the host."""
    language = language_for(turn)
    if turn.reading.verdict is Verdict.LATE:
        with speaking(language):
            turn.reply(texted(Texted.LATE, meeting_spoken_of(turn.text.sender)))
    else:
        pass_to_host(turn, turn.reading.words, language)
    turn.move(thread_id=None, step=DialogueStep.MEETING, language=language)


def pass_to_host(
    turn: TextTurn, words: str, language: Language, meeting: Meeting | None = None, *, names_seat: bool = False
) -> None:
    """Put a question beside this phone's RSVP, sealed like its needs. `names_seat`: it may have been a refusal."""
    meeting = meeting or meeting_spoken_of(turn.text.sender)
    own = own_answers(meeting, turn.text.sender) if meeting else ()
    with speaking(language):
        if meeting is None or not own:
            turn.reply(texted(Texted.HOW_TO))
            return
        answering.note_for_host(own[0], words)
        is_counted = names_seat and own[0].is_coming and is_coded(meeting)
        what = Texted.STILL_COUNTED if is_counted else Texted.ASKED_HOST
        turn.reply(texted(what, meeting, own[0], link=private_link(own[0])))


def tell_next_meeting(turn: TextTurn) -> None:
    rsvp = turn.reading.rsvp
    tell_meeting(turn, rsvp.code if rsvp else None, language_for(turn), turn.text.body)


def tell_meeting(turn: TextTurn, code: str | None, language: Language, words: str) -> None:
    """Say when and where the meeting with this code, or the next, is. Whoever has an answer for it asks the host."""
    ahead = [] if code else [meeting for meeting in next_meetings() if not meeting.is_cancelled]
    meeting = meeting_by_text_code(code) if code else next(iter(ahead), None)
    if meeting is not None and own_answers(meeting, turn.text.sender):
        pass_to_host(turn, words, language, meeting)
        return
    with speaking(language):
        if meeting is None:
            turn.reply(texted(Texted.NONE_AHEAD))
            return
        what = Texted.NEXT if is_coded(meeting) else Texted.NEXT_UNCODED
        turn.reply(texted(what, meeting, link=_link(meeting, language)))


def is_coded(meeting: Meeting) -> bool:
    return seats_of(meeting.id).text_code is not None


def _link(meeting: Meeting, language: Language) -> str:
    return public_address("meetings.meeting", lang=language, slug=meeting.slug)


def meeting_spoken_of(number: str) -> Meeting | None:
    """Return the meeting that we last texted this phone about, else the next one that it has an answer for."""
    return next(iter(told_lately(number) or meetings_of(number)), None)


def ask_what_is_meant(turn: TextTurn) -> None:
    """Ask about a mistyped answer. It is neither kept nor a report; an open question of a report stays open."""
    near = turn.reading.near
    assert near is not None
    languages = (near.language,) if near.language else LANGUAGES
    turn.reply(in_each(languages, lambda: _question(near.figures, near.party, comes=near.comes)))
    if turn.talk.thread_id is None:
        is_meeting = near.language or turn.talk.step in OF_MEETINGS
        turn.move(step=DialogueStep.MEETING if is_meeting else DialogueStep.NONE)
    turn.move(language=turn.talk.language or near.language)


def ask_about_last_meetings(turn: TextTurn, language: Language, *, comes: bool) -> None:
    """Ask whether a yes or no was about the meetings that this phone was told of, or those that it spoke of since."""
    number = turn.text.sender
    notified = [] if turn.talk.step in OF_MEETINGS else list(told_lately(number))
    if meetings := notified or meetings_of(number):
        turn.reply(_which(meetings, language, comes=comes))


def _which(meetings: Sequence[Meeting], language: Language, *, comes: bool) -> str:
    """Return the question for which of these meetings a yes or no was; a text has room to name two."""
    if len(meetings) > MOST_NAMED:
        return texted(Texted.HOW_TO) if comes else texted(Texted.WHICH_MEETING, meetings[0])
    coded = Texted.NEARLY_COMES if comes else Texted.NEARLY_STAYS
    return " / ".join(
        texted(coded, meeting)
        if is_coded(meeting)
        else texted(Texted.NEXT_UNCODED, meeting, link=_link(meeting, language))
        for meeting in meetings
    )


def _question(figures: str, party: int | None, *, comes: bool) -> str:
    """Return the question whether the meeting was meant whose code is nearest to these figures."""
    code = suggest(figures, text_codes_ahead())
    meeting = meeting_by_text_code(code) if code else None
    if meeting is None:
        return texted(Texted.NEARLY)
    return texted(Texted.NEARLY_COMES, meeting, party=party) if comes else texted(Texted.NEARLY_STAYS, meeting)


def _meetings(turn: TextTurn, rsvp: RsvpReading, *, goes_on: bool) -> list[Meeting]:
    """Return the meeting of a text's code, else those with an RSVP of this phone, or the one we just texted about."""
    if rsvp.code:
        return list(filter(None, [meeting_by_text_code(rsvp.code)]))
    own = meetings_of(turn.text.sender)
    # What this phone was told before it last spoke of a meeting does not show which it means.
    since = turn.spoken_at if goes_on else None
    notified = list(told_lately(turn.text.sender, since)) if len(own) > 1 else []
    return notified if len(notified) == 1 else own


def _replies(turn: TextTurn, meetings: list[Meeting], rsvp: RsvpReading) -> list[str]:
    """Carry out a text about these meetings, and return the answers in their order."""
    if len(meetings) == 1:
        return _carry_out(turn, locked_meeting(meetings[0].id), rsvp)
    if not meetings:
        if not rsvp.code:
            return [texted(Texted.HOW_TO)]
        is_near = suggest(rsvp.code, text_codes_ahead()) is not None
        return [_question(rsvp.code, rsvp.party, comes=rsvp.comes) if is_near else texted(Texted.UNKNOWN)]
    if rsvp.needs != NOTHING:
        return [texted(Texted.WHICH_NEEDS, meetings[0])]
    if rsvp.asks or (rsvp.comes and rsvp.party is None):
        return [_which(meetings, rsvp.language, comes=rsvp.comes)]
    return [texted(Texted.HOW_TO) if rsvp.comes else texted(Texted.WHICH_MEETING, meetings[0])]


def _carry_out(turn: TextTurn, meeting: Meeting, rsvp: RsvpReading) -> list[str]:
    # Held until the end: each step asks for them, and the session forgets what nobody holds.
    own, seats = own_answers(meeting, turn.text.sender), seats_of(meeting.id)
    meant = [answer for answer in own if answer.letter == rsvp.letter] if rsvp.letter else own
    answer = meant[0] if len(meant) == 1 else None
    if meeting.is_cancelled:
        # No RSVP is counted for it.
        if answer is None or rsvp.comes or rsvp.asks:
            return [texted(Texted.CANCELLED, meeting, link=private_link(answer) if answer else "").strip()]
        answering.cancel_rsvp(meeting, answer)
        return [texted(Texted.CANCELLED_AWAY, meeting)]
    if answer is None and not rsvp.letter and len(own) > 1:
        return [texted(Texted.WHICH, meeting, letters=[each.letter or "" for each in own])]
    if rsvp.asks and answer is not None:
        if not answer.is_coming:
            return [texted(Texted.NOT_COUNTED, meeting, answer)]
        is_asked = not rsvp.comes and seats.text_code is not None
        return [texted(Texted.NEARLY_STAYS, meeting, answer) if is_asked else _standing(meeting, answer)]
    if rsvp.party is not None and not 1 <= rsvp.party <= MOST_PEOPLE:
        return [texted(Texted.HOW_MANY, meeting)]
    try:
        if rsvp.comes:
            return _come(turn, meeting, answer, rsvp)
        if answer is None:
            return [texted(Texted.NO_ANSWER, meeting)]
        answering.cancel_rsvp(meeting, answer)
        return [away(meeting, answer.party)]
    except Refused as refusal:
        return [f"{REFUSALS[refusal.key]} {_link(meeting, rsvp.language)}"]


def away(meeting: Meeting, party: int) -> str:
    """Return the confirmation that somebody does not come; its way back counts as many people as before."""
    return texted(Texted.AWAY, meeting, party=party if party > 1 else None)


def _come(turn: TextTurn, meeting: Meeting, answer: Rsvp | None, rsvp: RsvpReading) -> list[str]:
    wish, is_new = _wish(answering.read_wish(answer) if answer else answering.Wish(1), rsvp), answer is None
    if len(wish.ages) > wish.party:
        return [texted(Texted.MORE_CHILDREN, meeting, answer)]
    if answer is None:
        wish = replace(wish, contact=answering.Contact(ContactKind.TEXT, turn.text.sender, ReminderConsent.TEXT))
        answer = answering.file_rsvp(meeting, wish, rsvp.language, secrets.token_bytes(32), quietly=True)
    else:
        if wish != answering.read_wish(answer):
            answering.change_rsvp(meeting, answer, wish)
        answering.answer_again(meeting, answer)
    words, missing_need = [], rsvp.needs.asks
    needed = {"childcare": rsvp.needs.ages, "interpreter": rsvp.needs.interpreter, "ride": rsvp.needs.ride}
    # What was just asked for and is not there: no other answer would say so before the day of the meeting.
    missing = [need for need in answer.counts_on if need in needed and (is_new or needed[need])]
    missing = [need for need in missing if meeting.has_no(need)]
    if is_new or rsvp.code or rsvp.party is not None or rsvp.needs == NOTHING:
        words.append(_standing(meeting, answer))
    if rsvp.needs != Needs(asks=missing_need) and not words and not missing:
        words.append(texted(Texted.NOTED, meeting, answer, link=private_link(answer)))
    if missing:
        words.append(texted(Texted.NOT_THERE_NOTED, meeting, what_not=missing))
    if missing_need in NEED_ASKED and meeting.has_no(NEED_ASKED[missing_need]):
        words.append(texted(Texted.NOT_THERE, meeting, what_not=[NEED_ASKED[missing_need]]))
    elif missing_need:
        words.append(texted(Texted[f"ASK_{missing_need.name}"], meeting))
        turn.move(step=DialogueStep.AGES if missing_need is MissingNeed.AGES else turn.talk.step)
    return words


def _wish(before: answering.Wish, rsvp: RsvpReading) -> answering.Wish:
    """Return the wish with the stated needs applied; needs not mentioned stay as they were."""
    needs = rsvp.needs
    stated: dict[str, Any] = {"ages": needs.ages, "interpreter": needs.interpreter, "ride": needs.ride}
    stated |= {"ride_seats": None if needs.ride is None else needs.ride_seats, "access_needs": needs.access or None}
    party = people_with(len(needs.ages or ()), rsvp.party, before.party)
    return replace(before, party=party, **{name: need for name, need in stated.items() if need is not None})


def _standing(meeting: Meeting, answer: Rsvp) -> str:
    what = Texted.COUNTED_WITH if says_needs(answer) else Texted.COUNTED
    if answer.agreed_on is None and seats_of(meeting.id).reminders:
        agree(answer, ReminderConsent.TEXT, consent_by_text(what))
    answering.accept_reminders(meeting, answer)
    return texted(what, meeting, answer, link=private_link(answer))
