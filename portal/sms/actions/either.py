"""The meeting, or something else? A phone that was just written to is asked before anything becomes a report.

Nothing here ties a report to who comes: the words wait under the key of the conversation, and either are dropped, or
become a report as any first text does.
"""

from __future__ import annotations

from dataclasses import dataclass

from flask import current_app

from portal.core.clock import now
from portal.core.db import db, session
from portal.core.i18n import speaking
from portal.core.jobs.outbox import cipher
from portal.meetings.models import Meeting
from portal.meetings.rsvp.actions import private_link
from portal.meetings.rsvp.queries import answers_from
from portal.meetings.rsvp.texts.texted import TEXTED, Texted, texted
from portal.reports.rules.code import read_code
from portal.reports.rules.urgency import urgent
from portal.sms.actions.consent import keep_wording
from portal.sms.actions.outgoing import stop_texting
from portal.sms.actions.rsvp import reply
from portal.sms.actions.scene import Incoming, Scene, Talking
from portal.sms.actions.told import free_seats, key_of, language_of, meetings_of, told_lately
from portal.sms.actions.unsorted import drop, unsorted_of, wait_for_answer, words_of
from portal.sms.models import Route, Unsorted
from portal.sms.queries import Standing, has_opted_out
from portal.sms.rules import effects
from portal.sms.rules.answers import may_answer
from portal.sms.rules.effects import OF_MEETINGS, How, Step
from portal.sms.rules.either import (
    Attends,
    Choice,
    begins_with_staying_away,
    is_command,
    is_plainly_a_report,
    read_attendance,
    read_choice,
    says_cancel,
)
from portal.sms.rules.keywords import Keyword, keyword
from portal.sms.rules.language import Language, guess
from portal.sms.rules.near import read_near
from portal.sms.rules.opt_outs import OptOutReading, reads_as_opt_out
from portal.sms.rules.rsvp import read_meeting_text
from portal.sms.rules.segments import clean
from portal.sms.rules.who import asks_who


@dataclass(frozen=True)
class Settled:
    """What is known now: nothing more is to be done, or these words are to be taken in as a text of their own."""

    words: str | None = None


DONE = Settled()
LANGUAGES: dict[Keyword | None, Language] = {Keyword.SPANISH: "es", Keyword.ENGLISH: "en"}


def ask_which(text: Incoming, talking: Talking, standing: Standing) -> bool:
    """Keep a text that may be about a meeting and ask what it is. False: it is to be taken in as any text."""
    body = clean(text.body)
    if not _may_be_either(text, body, talking, standing):
        return False
    about = [meeting for meeting, _kind in told_lately(text.sender)]
    if talking.step in OF_MEETINGS:
        about = about or meetings_of(text.sender)
    if not about or not may_answer(talking.answers):
        return False
    language = guess(body) or language_of(answers_from(*key_of(about[0], text.sender))[0])
    wait_for_answer(text.sender, body, language, cancels=says_cancel(body))
    _ask(text, talking, about[0], language, cancels=says_cancel(body))
    return True


def _may_be_either(text: Incoming, body: str, talking: Talking, standing: Standing) -> bool:
    if text.picture_urls or text.provider_did or standing.opted_out or standing.doubted or not body:
        return False
    if says_cancel(body):
        return True
    plain = is_command(body) or asks_who(body) or is_plainly_a_report(body) or read_code(body)
    return talking.thread_id is None and not plain and reads_as_opt_out(body) is OptOutReading.NO


def mention_seat(text: Incoming, talking: Talking) -> None:
    """Say how to give up the seat to whoever reports something and says beside it that they do not come."""
    body = clean(text.body)
    if not begins_with_staying_away(body) or urgent(body):
        return
    told = [meeting for meeting, _kind in told_lately(text.sender)]
    own = answers_from(*key_of(told[0], text.sender)) if len(told) == 1 else ()
    if len(own) == 1 and own[0].is_coming:
        with speaking(guess(body) or language_of(own[0])):
            reply(text, talking, texted(Texted.COUNTED_WITH, told[0], own[0], link=private_link(own[0])))


def free_what_was_cancelled(text: Incoming) -> None:
    """The provider has taken "cancel" for an opt-out, so nobody can be asked: the one seat we wrote about goes too."""
    told = told_lately(text.sender) if text.provider_did and says_cancel(clean(text.body)) else []
    if len(told) == 1:
        free_seats(text.sender, told[0][0])


def settle(text: Incoming, talking: Talking) -> Settled | None:
    """Take the answer to what was asked. None: nothing was asked, or this text is no answer to it."""
    row = None if text.picture_urls else unsorted_of(text.sender)
    if row is None:
        return None
    body = clean(text.body)
    if row.cancels:
        return _settle_cancel(text, talking, row, body)
    return None if text.provider_did else _settle_text(text, talking, row, body)


def _settle_cancel(text: Incoming, talking: Talking, row: Unsorted, body: str) -> Settled | None:
    choice = None if text.provider_did else read_choice(body)
    if says_cancel(body):
        # Said twice, it means all of it.
        choice = Choice.BOTH
    if choice is None and read_attendance(body) not in (Attends.STAYS, Attends.COMES) and not is_command(body):
        return None
    drop(row)
    if choice is None:
        return None
    meeting = _meeting_of(text.sender)
    if choice is not Choice.SECOND and meeting is not None:
        free_seats(text.sender, meeting)
    if choice is not Choice.FIRST:
        return Settled("STOP")
    if meeting is not None:
        reply(text, talking, texted_in(row.language, Texted.AWAY, meeting))
    return DONE


def _settle_text(text: Incoming, talking: Talking, row: Unsorted, body: str) -> Settled | None:
    choice, words = read_choice(body), words_of(row)
    if choice is Choice.FIRST:
        drop(row)
        _say_how(text, talking, row.language)
        return DONE
    if choice is Choice.SECOND or is_plainly_a_report(body):
        drop(row)
        return Settled(words if choice else f"{words}\n{body}")
    attends, language = read_attendance(body), LANGUAGES.get(keyword(body))
    if attends in (Attends.COMES, Attends.STAYS) or read_meeting_text(body):
        drop(row)
        return None
    if language is None and _is_something_else(body):
        return None
    if attends is not Attends.THANKS:
        # What answers none of this belongs to what waits.
        more = "" if attends or language else f"\n{body}"
        _ask_again(text, talking, words + more, language or row.language)
    return DONE


def _ask_again(text: Incoming, talking: Talking, words: str, language: str) -> None:
    wait_for_answer(text.sender, words, language)
    meeting = _meeting_of(text.sender)
    if meeting is not None:
        _ask(text, talking, meeting, language)


def _is_something_else(body: str) -> bool:
    """Whether a text has a meaning of its own, whatever was asked; what waits goes on waiting."""
    nearly = read_near(body, in_report=False) is not None
    return is_command(body) or nearly or bool(read_code(body)) or reads_as_opt_out(body) is not OptOutReading.NO


def settle_late(row_id: int) -> None:
    """Nobody said what it is: a person reads it. "Cancel" that nobody explained ends the texts and frees the seat."""
    row = session.get(Unsorted, row_id)
    if row is None:
        return
    number = cipher().decrypt(row.number) if row.number else None
    if row.cancels and number:
        meeting = _meeting_of(number)
        if meeting is not None:
            free_seats(number, meeting)
        stop_texting(number, How.KEYWORD)
    elif not row.cancels:
        _file(number, words_of(row), row.language)
    drop(row)


def _file(number: str | None, words: str, language: str) -> None:
    unheard = number is None or has_opted_out(number)
    spoken: Language = "es" if language == "es" else "en"
    text = Incoming("", number or "", current_app.extensions["settings"].sms_number, words)
    talking = Talking(None, Step.NONE, language, None, 0, now())
    Scene(text, talking, (), effects.Talk(language=spoken, opted_out=unheard), None, None).play(
        effects.FileReport(words)
    )
    if not unheard and talking.thread_id:
        # They were told this, and not what a first text is answered with.
        with speaking(language):
            said = keep_wording(str(TEXTED[Texted.EITHER]), spoken)
        session.get_one(Route, talking.thread_id).wording = said
    db.after_commit(db.forget_journal)


def _meeting_of(number: str) -> Meeting | None:
    """The meeting that was asked about."""
    told = [meeting for meeting, _kind in told_lately(number)] or meetings_of(number)
    return told[0] if told else None


def _ask(text: Incoming, talking: Talking, meeting: Meeting, language: str, *, cancels: bool = False) -> None:
    reply(text, talking, texted_in(language, Texted.CANCEL_WHAT if cancels else Texted.EITHER, meeting))


def _say_how(text: Incoming, talking: Talking, language: str) -> None:
    meeting = _meeting_of(text.sender)
    own = answers_from(*key_of(meeting, text.sender)) if meeting else ()
    if meeting is None or not own:
        reply(text, talking, texted_in(language, Texted.HOW_TO))
        return
    with speaking(language):
        mine = own[0] if len(own) == 1 else None
        reply(text, talking, texted(Texted.NOT_KEPT, meeting, mine, link=private_link(own[0])))


def texted_in(language: str, what: Texted, meeting: Meeting | None = None) -> str:
    """An answer about a meeting in this language."""
    with speaking(language):
        return texted(what, meeting)
