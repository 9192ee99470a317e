"""Texts that are no report: the question "a meeting or a report?", paper slips, and verdicts.

Nothing here ties a report to attendance: the words wait under the conversation's key, and either go to the host of the
meeting or become a report like any first text.

Answers to slips touch no report, and nothing is kept that ties the phone to the slip or its answers. The code of one of
our slips never becomes a report, whatever else the text says: the desk would read who thinks what.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from flask_babel import gettext as _
from sqlalchemy import Select, select

from portal.commitments.texts import SlipWord, slip_answer
from portal.core.clock import now
from portal.core.db import db, session
from portal.core.i18n import LANGUAGES as PORTAL_LANGUAGES
from portal.core.i18n import speaking
from portal.core.jobs import outbox
from portal.core.jobs.outbox import cipher
from portal.core.limits import give_back, may_try
from portal.core.portal import current_portal
from portal.core.reading.danger import is_pressing
from portal.core.reading.reader import After, Meaning, model
from portal.core.shared_hooks import SLIP_KINDS
from portal.core.texted import SlipAnswer, SlipKind, Spotted, spotted
from portal.meetings.meeting import Meeting
from portal.meetings.rsvp.outgoing import private_link
from portal.meetings.rsvp.rsvp import answers_from, meeting_by_text_code, seats_of, text_codes_ahead
from portal.meetings.rsvp.texts import TEXTED, Texted, texted
from portal.reports.reports import Thread
from portal.reports.threads import is_due_for_verdict, may_say, note_question, say_verdict
from portal.reports.triage import ResidentVerdict
from portal.sms import effects
from portal.sms.choices import EitherChoice
from portal.sms.conversations import (
    Purpose,
    Route,
    Unsorted,
    free_seats,
    has_opted_out,
    key_of,
    meetings_of,
    sender_hash,
    told_lately,
)
from portal.sms.effects import DialogueStep, How
from portal.sms.intake_effects import (
    Incoming,
    IntakeEffects,
    OpenConversation,
    drop,
    unsorted_of,
    wait_for_answer,
    words_of,
)
from portal.sms.keywords import Keyword, Language, fold, guess
from portal.sms.outgoing import keep_wording, stop_texting
from portal.sms.plain_rules import says_cancel
from portal.sms.policy import SURELY
from portal.sms.reading import ReceivedText
from portal.sms.rsvp_replies import (
    away,
    language_of_answers,
    meeting_spoken_of,
    pass_to_host,
    reply,
    tell_meeting,
)
from portal.sms.rsvp_rules import IN_DOUBT, read_sentence
from portal.sms.segments import clean
from portal.sms.texts import not_kept

LANGUAGES: dict[Keyword | None, Language] = {Keyword.SPANISH: "es", Keyword.ENGLISH: "en"}


def ask_which(text: Incoming, talking: OpenConversation, *, cancels: bool, code: str | None = None) -> None:
    """Keep a text that may be about a meeting, or "cancel", and ask for its meaning; `code` names the meeting."""
    body = clean(text.body)
    language = guess(body) or language_of_answers(text.sender) or "en"
    wait_for_answer(text.sender, body, language, cancels=cancels)
    _ask(text, talking, language, cancels=cancels, meeting=meeting_by_text_code(code) if code else None)


def ask_again(text: Incoming, talking: OpenConversation, more: str, command: Keyword | None) -> None:
    """Ask once more; what was written meanwhile is added to the waiting text."""
    row = unsorted_of(text.sender)
    if row is None:
        return
    language = LANGUAGES.get(command) or row.language
    wait_for_answer(text.sender, f"{words_of(row)}\n{more}".strip(), language)
    _ask(text, talking, language, meeting=_named_in(words_of(row)))


def _named_in(words: str) -> Meeting | None:
    """Return the meeting whose code stands in a waiting text."""
    found = read_sentence(words, text_codes_ahead)
    return meeting_by_text_code(found.rsvp.code) if found and found.rsvp.code else None


def settle_either(text: Incoming, talking: OpenConversation, choice: EitherChoice | None, more: str) -> str | None:
    """Pass a waiting text on to the host, or return it, with what was written since, to be taken in as a report."""
    row = unsorted_of(text.sender)
    if row is None:
        return more
    words = f"{words_of(row)}\n{more}".strip()
    drop(row)
    if choice is not EitherChoice.FIRST:
        return words
    spoken: Language = "es" if row.language == "es" else "en"
    named = _named_in(words)
    if _says_away(words) and _gave_up(text, talking, named or meeting_spoken_of(text.sender), spoken):
        return None
    if named is None:
        pass_to_host(text, talking, words, spoken, names_seat=True)
    else:
        tell_meeting(text, talking, seats_of(named.id).text_code, spoken, words)
    return None


def _says_away(words: str) -> bool:
    """Whether words that their sender called an answer to a meeting say that they stay away."""
    is_sure = model().read(words, After.REMINDER).of[Meaning.RSVP_NO] > SURELY[Meaning.RSVP_NO]
    return is_sure and not IN_DOUBT.search(fold(words))


def _gave_up(text: Incoming, talking: OpenConversation, meeting: Meeting | None, language: Language) -> bool:
    """Free the seats of this phone for a meeting and say so; False if it has none."""
    counted = free_seats(text.sender, meeting) if meeting is not None else 0
    if meeting is None or not counted:
        return False
    with speaking(language):
        reply(text, talking, away(meeting, counted))
    return True


def settle_cancel(text: Incoming, talking: OpenConversation, choice: EitherChoice | None) -> tuple[bool, Language]:
    """Free the seats that "cancel" meant; return whether it meant all texts too, and the language of our question."""
    row = unsorted_of(text.sender)
    language: Language = "es" if row and row.language == "es" else "en"
    if row is not None:
        drop(row)
    meeting = meeting_spoken_of(text.sender)
    counted = free_seats(text.sender, meeting) if choice is not EitherChoice.SECOND and meeting is not None else 0
    if choice is EitherChoice.FIRST and meeting is not None:
        with speaking(language):
            reply(text, talking, away(meeting, counted))
    return choice is not EitherChoice.FIRST, language


def drop_cancel(number: str) -> None:
    """Forget a waiting "cancel" whose sender has said otherwise what they want."""
    row = unsorted_of(number)
    if row is not None and row.cancels:
        drop(row)


def mention_seat(text: Incoming, talking: OpenConversation) -> None:
    """Tell the sender of a report who also says that they do not come how to give up the seat."""
    body = clean(text.body)
    told = [meeting for meeting, _kind in told_lately(text.sender)]
    own = answers_from(*key_of(told[0], text.sender)) if len(told) == 1 else ()
    if len(own) == 1 and own[0].is_coming:
        with speaking(guess(body) or language_of_answers(text.sender) or "en"):
            reply(text, talking, texted(Texted.COUNTED_WITH, told[0], own[0], link=private_link(own[0])))


def free_what_was_cancelled(text: Incoming, *, of_meeting: bool) -> int:
    """Free the one seat that "cancel" may mean: we texted about it, or it was spoken of last.

    The provider has taken "cancel" for an opt-out, so the sender cannot be asked. Returns for how many people.
    """
    if not text.provider_did or not says_cancel(clean(text.body)):
        return 0
    told = [meeting for meeting, _kind in told_lately(text.sender)] or (meetings_of(text.sender) if of_meeting else [])
    return free_seats(text.sender, told[0]) if len(told) == 1 else 0


def settle_late(row_id: int) -> None:
    """File a text as a report whose sender did not say what it is.

    An unexplained "cancel" ends the texts and frees the seat.
    """
    row = session.get(Unsorted, row_id)
    if row is None:
        return
    number = cipher().decrypt(row.number) if row.number else None
    if row.cancels and number:
        meeting = meeting_spoken_of(number)
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
        effects.FileReport(words, is_pressing=is_pressing(words))
    )
    if not unheard and talking.thread_id:
        # This phone was sent this question, not the answer to a first text.
        with speaking(language):
            said = keep_wording(str(TEXTED[Texted.EITHER]), spoken)
        session.get_one(Route, talking.thread_id).wording = said
    db.after_commit(db.forget_journal)


def _ask(
    text: Incoming, talking: OpenConversation, language: str, *, cancels: bool = False, meeting: Meeting | None = None
) -> None:
    meeting = meeting or meeting_spoken_of(text.sender)
    if meeting is not None:
        with speaking(language):
            reply(text, talking, texted(Texted.CANCEL_WHAT if cancels else Texted.EITHER, meeting))


QUARTER = 900


def holds_slip(text: ReceivedText) -> bool:
    """Return whether a text holds a slip's code.

    An unknown code counts as a slip's if only answers follow it: used slips are erased, and a sender who repeats one is
    told so. Looking reveals nothing: beyond the limit of tries a phone has used up its automatic answers of the hour.
    """
    may_be = [] if text.provider_did else spotted(text.body)
    if not may_be:
        return False
    return _known(may_be) is not None or (not text.pictures and _is_only_answers(may_be[0]))


def _known(may_be: Sequence[Spotted]) -> tuple[SlipKind, Spotted] | None:
    return next(((kind, one) for one in may_be for kind in _kinds() if kind.knows(one.code)), None)


def take_slip(text: Incoming, talking: OpenConversation, language: Language | None) -> None:
    """Count the answers of a paper slip and reply."""
    tries = _tries(text.sender)
    is_free = may_try(*tries)
    found = _known(spotted(clean(text.body)))
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
    asked = select(Thread.id).join(Route, Route.thread_id == Thread.id)
    return session.scalars(asked.where(is_due_for_verdict(), Thread.texts_back, Thread.doubt.is_(False))).all()


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


def was_asked(number: str) -> bool:
    """Return whether this phone was asked whether it is better now, and may still answer."""
    thread = session.scalar(_asked(number))
    return thread is not None and may_say(thread)


def take_verdict(text: Incoming, talking: OpenConversation, verdict: ResidentVerdict) -> None:
    """Store the verdict on the report this phone was asked about last."""
    thread = session.scalar(_asked(text.sender).with_for_update(of=Thread))
    if thread is None or not may_say(thread):
        return
    say_verdict(thread, verdict)
    with speaking(thread.language):
        reply(text, talking, _("Thank you. We keep your answer beside ours, and count how often they differ."))


def _asked(number: str) -> Select[Thread]:
    return (
        select(Thread)
        .join(Route, Route.thread_id == Thread.id)
        .where(Route.sender_hash == sender_hash(Purpose.REPORT, number), Thread.verdict_asked_on.is_not(None))
        .order_by(Thread.verdict_asked_on.desc(), Thread.closed_on.desc(), Thread.id)
        .limit(1)
    )
