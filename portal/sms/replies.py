"""Texts before they become reports: meeting or something else, paper slips, and verdicts.

A phone that was recently texted about a meeting is asked for the meaning of an ambiguous text before it becomes a
report. Nothing here ties a report to attendance: the words wait under the conversation's key, and are either dropped or
become a report like any first text.

Answers to slips touch no report, and nothing is kept that ties the phone to the slip or its answers. The code of one of
our slips never becomes a report, whatever else the text says: the desk would read who thinks what.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from flask_babel import gettext as _
from sqlalchemy import select

from portal.commitments.texts import SlipWord, slip_answer
from portal.core.clock import now, today
from portal.core.db import db, session
from portal.core.i18n import LANGUAGES as PORTAL_LANGUAGES
from portal.core.i18n import speaking
from portal.core.jobs import outbox
from portal.core.jobs.outbox import cipher
from portal.core.limits import give_back, may_try
from portal.core.portal import current_portal
from portal.core.shared_hooks import SLIP_KINDS
from portal.core.texted import SlipAnswer, SlipKind, Spotted, spotted
from portal.meetings.meeting import Meeting
from portal.meetings.rsvp.outgoing import private_link
from portal.meetings.rsvp.rsvp import answers_from
from portal.meetings.rsvp.texts import TEXTED, Texted, texted
from portal.reports.code import read_code
from portal.reports.reports import Thread
from portal.reports.threads import may_say, note_question, say_verdict
from portal.reports.triage import FIRST, LAST, ResidentVerdict, TriageState
from portal.reports.urgency import urgent
from portal.sms import effects
from portal.sms.conversations import (
    PhoneState,
    Purpose,
    Route,
    Unsorted,
    free_seats,
    has_opted_out,
    key_of,
    language_of,
    meetings_of,
    sender_hash,
    told_lately,
)
from portal.sms.dialogue import may_answer
from portal.sms.effects import OF_MEETINGS, DialogueStep, How
from portal.sms.either_rules import (
    Attends,
    EitherChoice,
    begins_with_staying_away,
    is_command,
    is_plainly_a_report,
    read_attendance,
    read_choice,
    says_cancel,
)
from portal.sms.keywords import Keyword, Language, OptOutReading, asks_who, guess, keyword, reads_as_opt_out
from portal.sms.outgoing import keep_wording, stop_texting
from portal.sms.rsvp_replies import reply
from portal.sms.rsvp_rules import read_meeting_text, read_near
from portal.sms.scene import Incoming, IntakeEffects, OpenConversation, drop, unsorted_of, wait_for_answer, words_of
from portal.sms.segments import clean
from portal.sms.texts import not_kept


@dataclass(frozen=True)
class Settled:
    """The outcome of an answered question: `words` to take in as a text of their own, or None if all is done."""

    words: str | None = None


DONE = Settled()
LANGUAGES: dict[Keyword | None, Language] = {Keyword.SPANISH: "es", Keyword.ENGLISH: "en"}


def ask_which(text: Incoming, talking: OpenConversation, standing: PhoneState) -> bool:
    """Keep a text that may be about a meeting and ask for its meaning.

    False: it is to be taken in like any text.
    """
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


def _may_be_either(text: Incoming, body: str, talking: OpenConversation, standing: PhoneState) -> bool:
    if text.picture_urls or text.provider_did or standing.opted_out or standing.doubted or not body:
        return False
    if says_cancel(body):
        return True
    plain = is_command(body) or asks_who(body) or is_plainly_a_report(body) or read_code(body)
    return talking.thread_id is None and not plain and reads_as_opt_out(body) is OptOutReading.NO


def mention_seat(text: Incoming, talking: OpenConversation) -> None:
    """Tell the sender of a report who also says that they do not come how to give up the seat."""
    body = clean(text.body)
    if not begins_with_staying_away(body) or urgent(body):
        return
    told = [meeting for meeting, _kind in told_lately(text.sender)]
    own = answers_from(*key_of(told[0], text.sender)) if len(told) == 1 else ()
    if len(own) == 1 and own[0].is_coming:
        with speaking(guess(body) or language_of(own[0])):
            reply(text, talking, texted(Texted.COUNTED_WITH, told[0], own[0], link=private_link(own[0])))


def free_what_was_cancelled(text: Incoming) -> None:
    """Free the one seat we texted about, after "cancel".

    The provider has taken "cancel" for an opt-out, so the sender cannot be asked.
    """
    told = told_lately(text.sender) if text.provider_did and says_cancel(clean(text.body)) else []
    if len(told) == 1:
        free_seats(text.sender, told[0][0])


def settle(text: Incoming, talking: OpenConversation) -> Settled | None:
    """Handle the answer to our question about an ambiguous text.

    None: no question is open, or this text does not answer it.
    """
    row = None if text.picture_urls else unsorted_of(text.sender)
    if row is None:
        return None
    body = clean(text.body)
    if row.cancels:
        return _settle_cancel(text, talking, row, body)
    return None if text.provider_did else _settle_text(text, talking, row, body)


def _settle_cancel(text: Incoming, talking: OpenConversation, row: Unsorted, body: str) -> Settled | None:
    choice = None if text.provider_did else read_choice(body)
    if says_cancel(body):
        # A repeated "cancel" means both the seat and all texts.
        choice = EitherChoice.BOTH
    if choice is None and read_attendance(body) not in (Attends.STAYS, Attends.COMES) and not is_command(body):
        return None
    drop(row)
    if choice is None:
        return None
    meeting = _meeting_of(text.sender)
    if choice is not EitherChoice.SECOND and meeting is not None:
        free_seats(text.sender, meeting)
    if choice is not EitherChoice.FIRST:
        return Settled("STOP")
    if meeting is not None:
        reply(text, talking, texted_in(row.language, Texted.AWAY, meeting))
    return DONE


def _settle_text(text: Incoming, talking: OpenConversation, row: Unsorted, body: str) -> Settled | None:
    choice, words = read_choice(body), words_of(row)
    if choice is EitherChoice.FIRST:
        drop(row)
        _say_how(text, talking, row.language)
        return DONE
    if choice is EitherChoice.SECOND or is_plainly_a_report(body):
        drop(row)
        return Settled(words if choice else f"{words}\n{body}")
    attends, language = read_attendance(body), LANGUAGES.get(keyword(body))
    if attends in (Attends.COMES, Attends.STAYS) or read_meeting_text(body):
        drop(row)
        return None
    if language is None and _is_something_else(body):
        return None
    if attends is not Attends.THANKS:
        # A text that answers none of this is added to the waiting one.
        more = "" if attends or language else f"\n{body}"
        _ask_again(text, talking, words + more, language or row.language)
    return DONE


def _ask_again(text: Incoming, talking: OpenConversation, words: str, language: str) -> None:
    wait_for_answer(text.sender, words, language)
    meeting = _meeting_of(text.sender)
    if meeting is not None:
        _ask(text, talking, meeting, language)


def _is_something_else(body: str) -> bool:
    """Whether a text has a meaning of its own, independent of the question.

    The waiting text goes on waiting.
    """
    nearly = read_near(body, in_report=False) is not None
    return is_command(body) or nearly or bool(read_code(body)) or reads_as_opt_out(body) is not OptOutReading.NO


def settle_late(row_id: int) -> None:
    """File a text as a report whose sender did not say what it is.

    An unexplained "cancel" ends the texts and frees the seat.
    """
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
    text = Incoming("", number or "", current_portal.settings.sms_number, words)
    talking = OpenConversation(None, DialogueStep.NONE, language, None, 0, now())
    IntakeEffects(text, talking, (), effects.DialogueState(language=spoken, opted_out=unheard), None, None).play(
        effects.FileReport(words)
    )
    if not unheard and talking.thread_id:
        # This phone was sent this question, not the answer to a first text.
        with speaking(language):
            said = keep_wording(str(TEXTED[Texted.EITHER]), spoken)
        session.get_one(Route, talking.thread_id).wording = said
    db.after_commit(db.forget_journal)


def _meeting_of(number: str) -> Meeting | None:
    """Return the meeting that the question was about."""
    told = [meeting for meeting, _kind in told_lately(number)] or meetings_of(number)
    return told[0] if told else None


def _ask(text: Incoming, talking: OpenConversation, meeting: Meeting, language: str, *, cancels: bool = False) -> None:
    reply(text, talking, texted_in(language, Texted.CANCEL_WHAT if cancels else Texted.EITHER, meeting))


def _say_how(text: Incoming, talking: OpenConversation, language: str) -> None:
    meeting = _meeting_of(text.sender)
    own = answers_from(*key_of(meeting, text.sender)) if meeting else ()
    if meeting is None or not own:
        reply(text, talking, texted_in(language, Texted.HOW_TO))
        return
    with speaking(language):
        mine = own[0] if len(own) == 1 else None
        reply(text, talking, texted(Texted.NOT_KEPT, meeting, mine, link=private_link(own[0])))


def texted_in(language: str, what: Texted, meeting: Meeting | None = None) -> str:
    """Return an answer about a meeting in this language."""
    with speaking(language):
        return texted(what, meeting)


QUARTER = 900


def take_slip(text: Incoming, talking: OpenConversation, language: Language | None) -> bool:
    """Count the answers of a paper slip and reply. False if the text holds no slip's code and may be a report.

    An unknown code counts as a slip's if only answers follow it: used slips are erased, and a sender who repeats one is
    told so.
    """
    may_be = [] if text.provider_did else spotted(clean(text.body))
    if not may_be:
        return False
    tries = _tries(text.sender)
    is_free = may_try(*tries)
    # Looked up even beyond the limit: else the desk would read a code. It reveals nothing, because by then a
    # phone has used up its automatic answers of the hour.
    found = next(((kind, one) for one in may_be for kind in _kinds() if kind.knows(one.code)), None)
    if found is None and (text.picture_urls or not _is_only_answers(may_be[0])):
        return False
    if not is_free:
        told, rest = _word(SlipWord.WAIT), ""
    elif found is None:
        told, rest = _word(SlipWord.UNKNOWN), ""
    else:
        # A valid code is not a guess: a family may send all its slips from one phone.
        give_back(*tries)
        kind, slip = found
        told, rest = kind.take(slip.code, slip.rest) or _word(SlipWord.UNKNOWN), slip.rest
    _answer(text, talking, told, language, says_more=_says_more(rest) or bool(text.picture_urls))
    return True


def _answer(
    text: Incoming, talking: OpenConversation, told: SlipAnswer, language: str | None, *, says_more: bool
) -> None:
    """Reply in the phone's language, else in the slip's own, else in both."""
    spoken = language or told.language
    sentences = []
    for lang in (spoken,) if spoken else PORTAL_LANGUAGES:
        with speaking(lang):
            sentences.append(told.words() + (f" {not_kept()}" if says_more and not told.is_done else ""))
    reply(text, talking, " / ".join(sentences))


def _kinds() -> Sequence[SlipKind]:
    return SLIP_KINDS.plugged()


def _is_only_answers(slip: Spotted) -> bool:
    return slip.leads and any(kind.reads(slip.rest) for kind in _kinds())


def _says_more(rest: str) -> bool:
    """Whether the rest of a text is more than answers to a slip."""
    return any(word.isalpha() for word in rest.split()) and not any(kind.reads(rest) for kind in _kinds())


def _word(word: SlipWord) -> SlipAnswer:
    return SlipAnswer(lambda: slip_answer(word))


def _tries(number: str) -> tuple[str, str, int, int]:
    most: int = current_portal.settings.codes_per_address
    return "promise slip by text", sender_hash(Purpose.TALK, number), most, QUARTER


ASK_WITHIN = timedelta(days=2)
"""A question that was not sent within this time is dropped, so that it does not come weeks late."""


def phones_to_ask() -> Sequence[int]:
    """Return the ids of closed reports with a route to a phone that is due to be asked for a verdict."""
    in_time = Thread.closed_on <= today() - FIRST, Thread.closed_on > today() - LAST
    open_yet = Thread.verdict.is_(None), Thread.verdict_asked_on.is_(None), Thread.doubt.is_(False)
    asked = select(Thread.id).join(Route, Route.thread_id == Thread.id)
    return session.scalars(
        asked.where(Thread.state == TriageState.CLOSED, Thread.texts_back, *in_time, *open_yet)
    ).all()


def ask_phone(thread_id: int) -> None:
    """Ask one phone for a verdict, by day and in its language.

    The words reveal nothing to a person looking over a shoulder.
    """
    route = session.get(Route, thread_id)
    thread = session.scalar(select(Thread).where(Thread.id == thread_id).with_for_update())
    if route is None or thread is None or thread.verdict_asked_on or not may_say(thread):
        return
    note_question(thread)
    site: str = current_portal.settings.site_name
    with speaking(route.language):
        body = question(site)
    number = cipher().decrypt(route.number)
    outbox.put(outbox.MessageKind.TEXT, number, body, by_day=True, send_before=now() + ASK_WITHIN)


def question(site: str) -> str:
    """Return the question for a verdict in the current language."""
    asked = _("Is it better now? Answer 1 better, 2 the same, 3 worse. STOP ends all texts.")
    return f"{site}: {asked}"


def take_verdict(text: Incoming, talking: OpenConversation, verdict: ResidentVerdict) -> bool:
    """Store the verdict on the report this phone was asked about last; False if it was asked about none."""
    thread = session.scalar(
        select(Thread)
        .join(Route, Route.thread_id == Thread.id)
        .where(Route.sender_hash == sender_hash(Purpose.REPORT, text.sender), Thread.verdict_asked_on.is_not(None))
        .order_by(Thread.verdict_asked_on.desc(), Thread.closed_on.desc(), Thread.id)
        .with_for_update(of=Thread)
    )
    if thread is None or not may_say(thread):
        return False
    say_verdict(thread, verdict)
    with speaking(thread.language):
        reply(text, talking, _("Thank you. We keep your answer beside ours, and count how often they differ."))
    return True
