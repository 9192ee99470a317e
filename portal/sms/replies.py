"""Texts that are no report: the question "a meeting or a report?", news, paper slips, and verdicts.

Nothing ties a report to attendance: words wait under the conversation's key, and go to a host or become a report.
Nothing kept ties a phone to its slip, and a slip's code never becomes a report: the desk would read who thinks what.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

from flask_babel import gettext as _, lazy_gettext as _l
from sqlalchemy import Select, select

from portal.commitments.hearings import SLIP_UNKNOWN, SLIP_WAIT
from portal.core.clock import day_of, now, today
from portal.core.db import db, session
from portal.core.feature import SLIP_KINDS
from portal.core.i18n import LANGUAGES, in_language, speaking
from portal.core.jobs import outbox
from portal.core.jobs.engine import each_row
from portal.core.limits import give_back, may_try
from portal.core.portal import current_portal
from portal.core.reading.danger import is_pressing
from portal.core.reading.reader import After, Meaning, model
from portal.core.texted import SlipAnswer, SlipKind, Spotted, spotted
from portal.following import by_text
from portal.following.following import Subscription, asked_with, names_of
from portal.following.texts import LEFT, LEFT_ALL, fitting, question_text
from portal.meetings.meeting import Meeting
from portal.meetings.rsvp.outgoing import private_link
from portal.meetings.rsvp.rsvp import meeting_by_text_code, seats_of, text_codes_ahead
from portal.meetings.rsvp.texts import Texted, texted
from portal.reports.reports import Thread
from portal.reports.threads import is_due_for_verdict, may_say, say_verdict
from portal.reports.triage import read_verdict
from portal.sms import conversations, rsvp_replies
from portal.sms.choices import EitherChoice
from portal.sms.conversations import Purpose, Route, Unsorted, sender_hash, unsorted_of, way_to
from portal.sms.effects import OF_MEETINGS, DialogueState, DialogueStep, How, KeepWords
from portal.sms.keywords import KNOWN_LANGUAGES, Keyword, Language, fold, keyword
from portal.sms.outgoing import ConsentWording, stop_texting
from portal.sms.policy import SURELY, says_cancel
from portal.sms.reading import NewsQuestion, Reading, ReceivedText, Verdict
from portal.sms.rsvp_replies import language_for, meeting_spoken_of
from portal.sms.rsvp_rules import IN_DOUBT, read_sentence
from portal.sms.texts import in_each
from portal.sms.turn import Incoming, TextTurn


def ask_which(turn: TextTurn) -> None:
    """Keep a text that may be about a meeting, or "cancel", and ask for its meaning."""
    cancels, rsvp = turn.reading.verdict is Verdict.CANCEL_WHICH, turn.reading.rsvp
    language = language_for(turn)
    waits = unsorted_of(turn.text.sender)
    words = f"{waits.body}\n{turn.text.body}" if waits else turn.text.body
    # What waits is more than the seat: "cancel" is added to it.
    was_asked = waits and not waits.cancels
    cancels = cancels and not was_asked
    conversations.wait_for_answer(turn.text.sender, words, language, cancels=cancels)
    named = meeting_by_text_code(rsvp.code) if rsvp and rsvp.code else None
    if not was_asked:
        _ask(turn, language, Texted.CANCEL_WHAT if cancels else Texted.EITHER, named)


def ask_again(turn: TextTurn) -> None:
    if row := unsorted_of(turn.text.sender):
        language: Language = "es" if turn.reading.command is Keyword.SPANISH else "en"
        conversations.wait_for_answer(turn.text.sender, row.body, language)
        _ask(turn, language, Texted.EITHER, _named_in(row.body))


def _ask(turn: TextTurn, language: Language, question: Texted, named: Meeting | None) -> None:
    meeting = named or meeting_spoken_of(turn.text.sender)
    if meeting is not None:
        turn.reply(in_language(language, lambda: texted(question, meeting)))


def _named_in(words: str) -> Meeting | None:
    sentence = read_sentence(words, text_codes_ahead)
    return meeting_by_text_code(sentence.rsvp.code) if sentence and sentence.rsvp.code else None


def settle_either(turn: TextTurn) -> Reading | None:
    """Pass a waiting text, with what was written since, on to the host; or it is heard as a report."""
    row, number = unsorted_of(turn.text.sender), turn.text.sender
    if row is None:
        # It was filed in the meantime.
        return Reading(Verdict.REPORT)
    words, language = f"{row.body}\n{turn.reading.words}".strip(), row.language
    conversations.drop(row)
    if turn.reading.choice is not EitherChoice.FIRST:
        turn.text = replace(turn.text, body=words)
        return Reading(Verdict.REPORT)
    named = _named_in(words)
    meeting = named or meeting_spoken_of(number)
    is_away = model().read(words, After.REMINDER).of[Meaning.RSVP_NO] > SURELY[Meaning.RSVP_NO]
    counted = conversations.free_seats(number, meeting) if is_away and not IN_DOUBT.search(fold(words)) else 0
    if meeting and counted:
        turn.reply(in_language(language, lambda: rsvp_replies.away(meeting, counted)))
    elif named is not None:
        rsvp_replies.tell_meeting(turn, seats_of(named.id).text_code, language, words)
    else:
        rsvp_replies.pass_to_host(turn, words, language, names_seat=True)
    turn.move(thread_id=None, step=DialogueStep.MEETING, language=language_for(turn))
    return None


def settle_cancel(turn: TextTurn) -> Reading | None:
    """Free the seats that "cancel" meant; if all texts were meant, it is heard as STOP."""
    row, choice = unsorted_of(turn.text.sender), turn.reading.choice
    turn.move(language=row.language if row else "en")
    conversations.drop(row)
    if choice is not EitherChoice.SECOND:
        turn.move(thread_id=None)
        meeting = meeting_spoken_of(turn.text.sender)
        counted = conversations.free_seats(turn.text.sender, meeting)
        if choice is EitherChoice.FIRST and meeting is not None:
            turn.reply(in_language(turn.talk.language or "en", lambda: rsvp_replies.away(meeting, counted)))
    return None if choice is EitherChoice.FIRST else Reading(Verdict.COMMAND, Keyword.STOP)


def mention_seat(turn: TextTurn) -> None:
    """Tell the sender of a report who also says that they do not come how to give up the seat."""
    meetings = list(conversations.told_lately(turn.text.sender))
    own = conversations.own_answers(meetings[0], turn.text.sender) if len(meetings) == 1 else ()
    if len(own) == 1 and own[0].is_coming:
        with speaking(language_for(turn)):
            turn.reply(texted(Texted.COUNTED_WITH, meetings[0], own[0], link=private_link(own[0])))


def free_what_was_cancelled(turn: TextTurn) -> int:
    """Free the one seat that "cancel" may mean: the provider took that for an opt-out, so we cannot ask."""
    number = turn.text.sender
    if not turn.text.provider_did or not says_cancel(turn.text.body):
        return 0
    meetings = list(conversations.told_lately(number)) or (
        conversations.meetings_of(number) if turn.talk.step in OF_MEETINGS else []
    )
    return conversations.free_seats(number, meetings[0]) if len(meetings) == 1 else 0


TRY_AGAIN = timedelta(minutes=5)


def file_unsorted() -> None:
    """File texts as reports whose senders did not say in time whether they are about a meeting."""
    with db.work():
        late = session.scalars(select(Unsorted.id).where(Unsorted.expires_at <= now()).limit(50)).all()

    def put_off(row_id: int) -> bool:
        """Postpone a text that cannot be filed without a desk, so that it holds up no other."""
        row = session.get(Unsorted, row_id, with_for_update=True)
        if row is not None:
            row.expires_at = now() + TRY_AGAIN
        return row is not None

    each_row(late, settle_late, begin=put_off)


def settle_late(row_id: int) -> None:
    """File a text as a report whose sender did not say what it is. "Cancel" ends the texts and frees the seat."""
    row = session.get(Unsorted, row_id)
    if row is None:
        return
    number = row.number
    if row.cancels and number:
        conversations.free_seats(number, meeting_spoken_of(number))
        stop_texting(number, How.KEYWORD)
    elif not row.cancels:
        words = row.body
        unheard = number is None or conversations.has_opted_out(number)
        text = Incoming("", number or "", current_portal.settings.sms_number, words)
        turn = TextTurn(text, DialogueState(language=row.language, opted_out=unheard))
        turn.keep_words(KeepWords(words, is_pressing=is_pressing(words)))
        if not unheard:
            # This phone was sent this question, not the answer to a first text.
            with speaking(row.language):
                wording = ConsentWording.keep(str(Texted.EITHER.value), row.language)
            session.get_one(Route, turn.talk.thread_id).wording = wording
    conversations.drop(row)


def news_question_of(number: str) -> NewsQuestion:
    """Return whether a phone's yes or no is about news: it was asked, and told of no meeting on a later day."""
    row = by_text.pending_of(number)
    if row is None:
        return NewsQuestion.NONE
    asked_on = day_of(row.asked_at)
    if not conversations.told_lately(number, asked_on):
        return NewsQuestion.LAST
    return NewsQuestion.NONE if conversations.told_lately(number, asked_on + timedelta(days=1)) else NewsQuestion.BOTH


def take_follow(turn: TextTurn) -> None:
    """Answer a text about following. What the answer asks is no question about a report."""
    leaves, folded = turn.reading.verdict is Verdict.UNFOLLOW, fold(turn.text.body)
    answer = by_text.answer_follow(turn.text.sender, folded, fold, turn.language or "en", leaves=leaves)
    if answer.words:
        turn.reply(answer.words)
    language = KNOWN_LANGUAGES.get(answer.language) or turn.talk.language
    turn.move(language=language, step=DialogueStep.ASIDE if answer.asks else DialogueStep.NONE)


def decline_news(turn: TextTurn) -> None:
    """Close every question about news that a phone has not agreed to, and say so of the last one."""
    if row := by_text.pending_of(turn.text.sender):
        with speaking(turn.language or "en"):
            _close(turn, row)
    turn.move(step=DialogueStep.NONE)


def _close(turn: TextTurn, row: Subscription) -> None:
    names = names_of(asked_with(row))
    by_text.close_questions(turn.text.sender)
    turn.reply(fitting(LEFT, names) if names else str(LEFT_ALL))


def name_both(turn: TextTurn) -> None:
    """Name the question about news and the meetings that a yes or no may answer. A no closes the question."""
    row, language = by_text.pending_of(turn.text.sender), language_for(turn)
    if row is None:
        return
    comes = keyword(turn.text.body) is not Keyword.SKIP
    with speaking(language):
        if comes:
            turn.reply(question_text(names_of(asked_with(row))))
        else:
            _close(turn, row)
        rsvp_replies.ask_about_last_meetings(turn, language, comes=comes)


QUARTER = 900


def holds_slip(text: ReceivedText) -> bool:
    """Return whether a text holds a slip's code, be it unknown if only answers follow: used slips are erased.

    Looking reveals nothing: beyond the limit of tries a phone has used up its automatic answers of the hour.
    """
    slips = [] if text.provider_did else spotted(text.body)
    if not slips or _of_ours(slips):
        return bool(slips)
    return not text.pictures and slips[0].leads and _is_answered_by(slips[0].rest)


def _of_ours(slips: Sequence[Spotted]) -> tuple[SlipKind, Spotted] | None:
    return next(((kind, slip) for slip in slips for kind in SLIP_KINDS.plugged() if kind.knows(slip.code)), None)


def _is_answered_by(rest: str) -> bool:
    return any(kind.reads(rest) for kind in SLIP_KINDS.plugged())


def take_slip(turn: TextTurn) -> None:
    """Count the answers of a paper slip, and reply in the phone's language, else in the slip's own, else in both."""
    ours, rest = _of_ours(spotted(turn.text.body)), ""
    tries = "promise slip by text", turn.hash(Purpose.TALK), current_portal.settings.codes_per_address, QUARTER
    answer = SlipAnswer(lambda: str(SLIP_UNKNOWN))
    if not may_try(*tries):
        answer = SlipAnswer(lambda: str(SLIP_WAIT))
    elif ours is not None:
        # A valid code is not a guess: a family may send all its slips from one phone.
        give_back(*tries)
        kind, slip = ours
        answer, rest = kind.take(slip.code, slip.rest) or answer, slip.rest
    is_more = any(word.isalpha() for word in rest.split()) and not _is_answered_by(rest)
    says_more = (is_more or bool(turn.text.picture_urls)) and not answer.is_done
    spoken = turn.talk.language or answer.language
    words = (lambda: f"{answer.words()} {NOT_KEPT}") if says_more else answer.words
    turn.reply(in_each((spoken,) if spoken else LANGUAGES, words))


NOT_KEPT = _l("The rest was not kept. Write it again without the code.")
"""Follows a slip's answer when the text held more: the rest may have been meant for us."""


IS_IT_BETTER = _l("Is it better now? Answer 1 better, 2 the same, 3 worse. STOP ends all texts.")
ASK_WITHIN = timedelta(days=2)
"""A question that was not sent within this time is dropped, so that it does not come weeks late."""


def ask_whether_better() -> None:
    """Ask each phone that is due for a verdict in its own transaction, so that a crashed run asks no phone twice."""
    with db.work():
        due = select(Thread.id).join(Route, Route.thread_id == Thread.id)
        ids = session.scalars(due.where(is_due_for_verdict(), Thread.texts_back, Thread.doubt.is_(False))).all()
    each_row(ids, _ask_phone)


def _ask_phone(thread_id: int) -> None:
    """Ask one phone for a verdict, by day, in its language, and in words that reveal nothing over a shoulder."""
    route = way_to(thread_id)
    thread = session.scalar(select(Thread).where(Thread.id == thread_id).with_for_update())
    if route is None or thread is None or thread.verdict_asked_on or not may_say(thread):
        return
    thread.verdict_asked_on = today()
    with speaking(route.language):
        body = f"{current_portal.settings.site_name}: {IS_IT_BETTER}"
    number = outbox.cipher().decrypt(route.number)
    outbox.put(outbox.MessageKind.TEXT, number, body, by_day=True, send_before=now() + ASK_WITHIN)


def was_asked(number: str) -> bool:
    thread = session.scalar(_asked(number))
    return thread is not None and may_say(thread)


def take_verdict(turn: TextTurn) -> None:
    thread = session.scalar(_asked(turn.text.sender).with_for_update(of=Thread))
    verdict = read_verdict(fold(turn.text.body))
    if thread is None or verdict is None or not may_say(thread):
        return
    say_verdict(thread, verdict)
    with speaking(thread.language):
        turn.reply(_("Thank you. We keep your answer beside ours, and count how often they differ."))


def _asked(number: str) -> Select[Thread]:
    own = Route.sender_hash == sender_hash(Purpose.REPORT, number)
    asked = select(Thread).join(Route, Route.thread_id == Thread.id).where(own, Thread.verdict_asked_on.is_not(None))
    return asked.order_by(Thread.verdict_asked_on.desc(), Thread.closed_on.desc(), Thread.id).limit(1)
