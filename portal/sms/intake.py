"""Intake of a text: taken in once, read, and its verdict carried out; answered through the outbox.

`consider` reads and seals without writing; `take_in` writes. What a text is decides `portal.sms.reading`; `FOLLOWS`
says what follows from the verdicts that are no report.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy import BigInteger, bindparam, func, select, update

from portal.core.clock import now, today
from portal.core.db import db, random_id, session, table
from portal.core.limits import may_try
from portal.core.portal import current_portal
from portal.core.statuses import Refused
from portal.markets.places import NamedPlace
from portal.meetings.rsvp.rsvp import text_codes_ahead
from portal.reports.code import CODE_WORDS, find_code, readings, without_code, words_alone
from portal.reports.intake import SealedReport, report_opened_by
from portal.reports.reports import Thread
from portal.reports.triage import read_verdict
from portal.sms import effects
from portal.sms.choices import EitherChoice, PlaceName
from portal.sms.conversations import (
    Conversation,
    Inbound,
    PhoneState,
    Purpose,
    Route,
    meetings_of,
    places,
    sender_hash,
    standing_of,
    told_lately,
)
from portal.sms.dialogue import URGENT_ANSWERS, WINDOW, HeardTurn, hear, in_one_breath, may_answer
from portal.sms.effects import OF_MEETINGS, Code, DialogueStep, FileReport
from portal.sms.follow_replies import (
    decline_news,
    follow_places,
    follows_news,
    name_both,
    news_question_of,
    take_follow,
)
from portal.sms.intake_effects import (
    Incoming,
    IntakeEffects,
    OpenConversation,
    OpenedReport,
    drop,
    drop_part,
    keep_part,
    part_of,
    seal_words,
    unsorted_of,
    words_of,
)
from portal.sms.keywords import KNOWN_LANGUAGES, Keyword, Language, fold, guess, keyword
from portal.sms.reading import OpenQuestion, PhoneContext, Reading, ReceivedText, Verdict, read
from portal.sms.replies import (
    ask_again,
    ask_which,
    drop_cancel,
    free_what_was_cancelled,
    holds_slip,
    mention_seat,
    settle_cancel,
    settle_either,
    take_slip,
    take_verdict,
    was_asked,
)
from portal.sms.rsvp_replies import (
    answer_meeting,
    ask_what_is_meant,
    language_of_answers,
    pass_to_host,
    take_lateness,
    tell_meeting,
)
from portal.sms.segments import clean
from portal.sms.texts import how_many_listed

TALK_LASTS = timedelta(hours=2)
BREATH = timedelta(seconds=6)
"""Who writes again within this time has not read our answer: a long message comes in parts, each a text of its own."""
HOUR = 3600
MOST_REPORTS = 3
"""New reports of one phone within an hour; what it writes beyond that is added to the last of them."""
MOST_KEPT = 60
"""Texts of one phone that are kept within an hour, beside those of danger."""
MOST_KEPT_IN_ALL = 3000
"""Texts of all phones within an hour; beyond them each phone still has `RESERVED`, a whole dialogue."""
RESERVED = 10


@dataclass(frozen=True)
class Considered:
    """The decision about a text for the state of its phone, with the sealed report that begins with it, if any."""

    standing: PhoneState
    markets: Sequence[NamedPlace]
    heard: HeardTurn
    reading: Reading
    sealed: SealedReport | None = None


@dataclass
class TextTurn:
    """A text whose sender has the floor, with the state of its phone and its verdict."""

    text: Incoming
    standing: PhoneState
    talking: OpenConversation
    reading: Reading

    @property
    def talk(self) -> effects.DialogueState:
        return _talk(self.talking, self.standing)

    @property
    def language(self) -> Language:
        """The language for answers about meetings."""
        return guess(self.text.body) or language_of_answers(self.text.sender) or self.talk.language or "en"


def consider(text: Incoming) -> Considered | None:
    """Read a text, decide and seal without the write lock, so that other writers need not wait.

    Returns None for what is no report: only `take_in` carries that out.
    """
    standing = standing_of(text.our_number, text.sender)
    reading = _read(text, standing, _go_on(standing))
    if reading.verdict not in REPORTS:
        return None
    considered = _decide(text, standing, reading)
    filed = next((effect for effect in considered.heard.effects if isinstance(effect, FileReport)), None)
    if filed is None:
        return considered
    try:
        return replace(considered, sealed=seal_words(filed, considered.heard.talk, text.sender))
    except Refused:
        # `take_in` raises it again; it knows whether the text had come before.
        return considered


def take_in(text: Incoming, considered: Considered | None = None) -> bool:
    """Take a text in and queue the answers; False if it had come before and nothing was done."""
    if not _is_new(text.message_id):
        return False
    _wait_for_turn(text.sender)
    standing = standing_of(text.our_number, text.sender)
    talking = _go_on(standing)
    turn = TextTurn(text, standing, talking, _read(text, standing, talking))
    if turn.reading.verdict in (Verdict.COMMAND, Verdict.MEETING):
        drop_cancel(text.sender)
    follow = FOLLOWS.get(turn.reading.verdict)
    if follow is None:
        _hear(turn, considered)
        return True
    if turn.reading.help:
        # No other answer to this text will name help.
        _first_help(turn)
    follow(turn)
    return True


def turn_away(text: Incoming) -> None:
    """Answer that no desk is open to read texts. Nothing of the text is kept."""
    if not _is_new(text.message_id):
        return
    _wait_for_turn(text.sender)
    standing = standing_of(text.our_number, text.sender)
    talking = _go_on(standing)
    talk = _talk(talking, standing)
    reading = _read(text, standing, talking)
    calls_for_help = reading.help or reading.command is Keyword.HELP
    if not talk.opted_out or (calls_for_help and not talk.blocked):
        closed = effects.SpokenAnswer(effects.Saying.CLOSED, guess(text.body) or talk.language)
        IntakeEffects(text, talking, (), talk, None, None).play(closed)
    _keep(text, talking, talk)


def _read(text: Incoming, standing: PhoneState, talking: OpenConversation) -> Reading:
    did = keyword(text.provider_did) if text.provider_did else None
    received = ReceivedText(clean(text.body), len(text.picture_urls), did)
    return _read_code(text, received) or read(received, _context(text, standing, talking))


def _read_code(text: Incoming, received: ReceivedText) -> Reading | None:
    """Recognise what only becomes code words by what they open: hidden among others, or the rest of a part."""
    body = received.body
    if received.provider_did or find_code(body):
        return None
    if readings(body) and (opened := report_opened_by(body)):
        return Reading(Verdict.CODE_WORDS, words=without_code(body, opened[1]), help=received.help)
    whole = f"{part_of(text.sender)} {body}" if words_alone(body) else ""
    is_rest = bool(readings(whole)) and words_alone(whole) <= CODE_WORDS
    return Reading(Verdict.CODE_WORDS) if is_rest else None


def _context(text: Incoming, standing: PhoneState, talking: OpenConversation) -> PhoneContext:
    """Return what is known of the phone of a text."""
    number, row = text.sender, unsorted_of(text.sender)
    told = told_lately(number)
    since = told_lately(number, _spoken_at(standing)) if told else []
    return PhoneContext(
        talking.step,
        KNOWN_LANGUAGES.get(talking.language),
        in_report=talking.thread_id is not None,
        opted_out=standing.opted_out,
        doubted=standing.doubted,
        blocked=standing.blocked,
        waiting=(OpenQuestion.CANCEL if row.cancels else OpenQuestion.EITHER) if row else None,
        told=tuple(kind for _meeting, kind in told),
        told_since=tuple(kind for _meeting, kind in since),
        may_answer=may_answer(talking.answers),
        has_seat=lambda: bool(meetings_of(number)),
        was_asked=lambda: was_asked(number),
        is_slip=holds_slip,
        codes=text_codes_ahead,
        places=follow_places,
        follows=lambda: follows_news(number),
        news_question=lambda: news_question_of(number),
    )


def _spoken_at(standing: PhoneState) -> datetime | None:
    return standing.spoken.expires_at - TALK_LASTS if standing.spoken else None


# --- what follows from a verdict ---


def _first_help(turn: TextTurn) -> None:
    talk = turn.talk
    if talk.blocked:
        return
    said = effects.SpokenAnswer(URGENT_ANSWERS[turn.reading.help[0]], guess(turn.text.body))
    IntakeEffects(turn.text, turn.talking, (), talk, None, None).play(said)


def _meeting(turn: TextTurn) -> None:
    """Answer a meeting.

    The conversation drops its thread: otherwise its row would say that a reporter attends a meeting. The meeting is not
    stored either; it is found by that meeting's keyed hash, or asked for.
    """
    said = turn.reading.rsvp
    assert said is not None
    if said.code is None and turn.talking.step not in OF_MEETINGS:
        said = replace(said, language=language_of_answers(turn.text.sender) or said.language)
    if turn.talk.language == "es" and guess(turn.text.body) is None:
        # MEET is a code that works in both languages.
        said = replace(said, language="es")
    since = _spoken_at(turn.standing) if turn.talking.step in OF_MEETINGS else None
    step = answer_meeting(turn.text, turn.talking, said, turn.reading.words, since)
    turn.talking.thread_id = None
    _keep(turn.text, turn.talking, replace(turn.talk, step=step, language=said.language))


def _question(turn: TextTurn) -> None:
    pass_to_host(turn.text, turn.talking, turn.reading.words, turn.language)
    _of_meeting(turn)


def _next_meeting(turn: TextTurn) -> None:
    rsvp = turn.reading.rsvp
    tell_meeting(turn.text, turn.talking, rsvp.code if rsvp else None, turn.language)
    _keep(turn.text, turn.talking, turn.talk)


def _late(turn: TextTurn) -> None:
    take_lateness(turn.text, turn.talking, turn.language)
    _of_meeting(turn)


def _of_meeting(turn: TextTurn) -> None:
    turn.talking.thread_id = None
    _keep(turn.text, turn.talking, replace(turn.talk, step=DialogueStep.MEETING, language=turn.language))


def _nearly(turn: TextTurn) -> None:
    """Ask about a mistyped answer. It is neither kept nor a report; an open question of a report stays open."""
    near = turn.reading.near
    assert near is not None
    ask_what_is_meant(turn.text, turn.talking, near)
    talk = turn.talk
    if turn.talking.thread_id is None:
        about = DialogueStep.MEETING if near.language or talk.step in OF_MEETINGS else DialogueStep.NONE
        talk = replace(talk, step=about)
    _keep(turn.text, turn.talking, replace(talk, language=talk.language or near.language))


def _which(turn: TextTurn) -> None:
    rsvp = turn.reading.rsvp
    code = rsvp.code if rsvp else None
    ask_which(turn.text, turn.talking, cancels=turn.reading.verdict is Verdict.CANCEL_WHICH, code=code)
    _keep(turn.text, turn.talking, turn.talk)


def _again(turn: TextTurn) -> None:
    ask_again(turn.text, turn.talking, turn.reading.words, turn.reading.command)
    _keep(turn.text, turn.talking, turn.talk)


def _either(turn: TextTurn) -> None:
    words = settle_either(turn.text, turn.talking, turn.reading.choice, turn.reading.words)
    if words is None:
        _of_meeting(turn)
    else:
        _hear(TextTurn(replace(turn.text, body=words), turn.standing, turn.talking, Reading(Verdict.REPORT)), None)


def _cancel(turn: TextTurn) -> None:
    if turn.reading.choice is not EitherChoice.SECOND:
        # A seat is given up, as in `_meeting`.
        turn.talking.thread_id = None
    ends_all, language = settle_cancel(turn.text, turn.talking, turn.reading.choice)
    turn.talking.language = language
    if ends_all:
        _hear(replace(turn, reading=Reading(Verdict.COMMAND, Keyword.STOP)), None)
    else:
        _keep(turn.text, turn.talking, turn.talk)


def _slip(turn: TextTurn) -> None:
    take_slip(turn.text, turn.talking, turn.talk.language)
    _keep(turn.text, turn.talking, turn.talk)


def _follow(turn: TextTurn) -> None:
    asks = take_follow(turn.text, turn.talking, leaves=turn.reading.verdict is Verdict.UNFOLLOW)
    _keep(turn.text, turn.talking, replace(turn.talk, step=DialogueStep.ASIDE if asks else DialogueStep.NONE))


def _no_news(turn: TextTurn) -> None:
    decline_news(turn.text, turn.talking, guess(turn.text.body) or turn.talk.language or "en")
    _keep(turn.text, turn.talking, replace(turn.talk, step=DialogueStep.NONE))


def _which_question(turn: TextTurn) -> None:
    name_both(turn.text, turn.talking, turn.language)
    _keep(turn.text, turn.talking, turn.talk)


def _better(turn: TextTurn) -> None:
    verdict = read_verdict(fold(clean(turn.text.body)))
    assert verdict is not None
    take_verdict(turn.text, turn.talking, verdict)
    _keep(turn.text, turn.talking, turn.talk)


REPORTS = frozenset(
    {Verdict.REPORT, Verdict.URGENT, Verdict.DOUBT, Verdict.DOUBT_AGAIN, Verdict.LEAVES, Verdict.QUIET}
    | {Verdict.TAKE_BACK, Verdict.THREAT, Verdict.ABOUT_AND_REPORT, Verdict.NOT_FOR_US}
)
"""The verdicts whose words are kept for the desk."""
FOLLOWS: dict[Verdict, Callable[[TextTurn], None]] = {
    Verdict.MEETING: _meeting,
    Verdict.QUESTION: _question,
    Verdict.LATE: _late,
    Verdict.NEXT_MEETING: _next_meeting,
    Verdict.NEARLY: _nearly,
    Verdict.EITHER: _which,
    Verdict.CANCEL_WHICH: _which,
    Verdict.EITHER_AGAIN: _again,
    Verdict.EITHER_ANSWER: _either,
    Verdict.CANCEL_ANSWER: _cancel,
    Verdict.SLIP: _slip,
    Verdict.FOLLOW: _follow,
    Verdict.UNFOLLOW: _follow,
    Verdict.NO_NEWS: _no_news,
    Verdict.WHICH_QUESTION: _which_question,
    Verdict.BETTER: _better,
}
"""Without a report. The effects of all other verdicts are decided by the state machine of the conversation."""


def _hear(turn: TextTurn, considered: Considered | None) -> None:
    """Continue the conversation with a text that is a report or adds to one, or is a command or a question."""
    text, standing, talking = turn.text, turn.standing, turn.talking
    _bound_strays(turn)
    if turn.reading.verdict in REPORTS:
        if not turn.reading.help and not _may_keep(text.sender):
            _too_many(turn)
            return
        if turn.reading.verdict not in (Verdict.DOUBT, Verdict.DOUBT_AGAIN, Verdict.NOT_FOR_US):
            text = _with_waiting(text)
        if turn.reading.verdict is not Verdict.NOT_FOR_US:
            _bound_reports(turn)
    opened, code = _open(text) if turn.reading.verdict is Verdict.CODE_WORDS else (None, Code.NONE)
    is_current = (
        considered is not None
        and (considered.standing, considered.reading) == (standing, turn.reading)
        and (text, talking.thread_id) == (turn.text, _go_on(standing).thread_id)
    )
    if considered is None or not is_current:
        # Another text of this phone or a message of the desk came first: the decision may be outdated.
        considered = _decide(text, standing, turn.reading, talking, code)
    heard = considered.heard
    freed = free_what_was_cancelled(text, of_meeting=talking.step in OF_MEETINGS)
    told = next((effect for effect in heard.effects if isinstance(effect, effects.SpokenAnswer)), None)
    intake_effects = IntakeEffects(text, talking, considered.markets, heard.talk, opened, considered.sealed, told)
    for effect in heard.effects:
        intake_effects.play(effect)
    is_answered = turn.reading.verdict in REPORTS and turn.reading.verdict is not Verdict.QUIET
    if is_answered and turn.reading.stays_away and not turn.reading.help:
        mention_seat(text, talking)
    if freed:
        # As in `_meeting`.
        talking.thread_id = None
    _keep(text, talking, heard.talk)


def _with_waiting(text: Incoming) -> Incoming:
    """Return the text with the words that waited for their sender to say what they are: now it is a report."""
    row = unsorted_of(text.sender)
    if row is None or row.cancels:
        return text
    body = f"{words_of(row)}\n{text.body}"
    drop(row)
    return replace(text, body=body)


def _may_keep(number: str) -> bool:
    """Count a text that is kept, and return whether it may be."""
    phone = sender_hash(Purpose.TALK, number)
    return may_try("text kept", phone, MOST_KEPT, HOUR) and (
        may_try("text kept", "everybody", MOST_KEPT_IN_ALL, HOUR) or may_try("text reserved", phone, RESERVED, HOUR)
    )


def _too_many(turn: TextTurn) -> None:
    """Say once an hour that texts are not kept."""
    if not turn.standing.opted_out and may_try(
        "told of too many", sender_hash(Purpose.TALK, turn.text.sender), 1, HOUR
    ):
        said = effects.SpokenAnswer(effects.Saying.TOO_MANY, guess(turn.text.body) or turn.talk.language)
        IntakeEffects(turn.text, turn.talking, (), turn.talk, None, None).play(said)
    _keep(turn.text, turn.talking, turn.talk)


def _bound_strays(turn: TextTurn) -> None:
    """Let a machine that goes on fill one report, not the list of the desk."""
    is_stray = turn.reading.verdict is Verdict.NOT_FOR_US
    if is_stray and not may_try("not for us", sender_hash(Purpose.TALK, turn.text.sender), MOST_REPORTS, HOUR):
        turn.reading = replace(turn.reading, verdict=Verdict.REPORT)


def _bound_reports(turn: TextTurn) -> None:
    """Let a phone that has begun many reports within the hour add to its last one."""
    if turn.talking.thread_id is not None:
        return
    mine = Route.sender_hash == sender_hash(Purpose.REPORT, turn.text.sender)
    of_phone = select(Thread.id).join(Route, Route.thread_id == Thread.id).where(mine)
    if turn.reading.verdict is Verdict.TAKE_BACK:
        # What is taken back is the last report of this phone, as long as it can be answered.
        last = of_phone.order_by(Thread.received_on.desc(), Thread.id)
        turn.talking.thread_id = session.scalar(last.limit(1))
        if turn.talking.thread_id is not None:
            return
    phone = sender_hash(Purpose.TALK, turn.text.sender)
    if not may_try("report by text", phone, MOST_REPORTS, HOUR):
        of_today = of_phone.where(Thread.received_on == today())
        turn.talking.thread_id = session.scalar(of_today.order_by(Thread.id).limit(1))


def _decide(
    text: Incoming,
    standing: PhoneState,
    reading: Reading,
    talking: OpenConversation | None = None,
    code: Code = Code.NONE,
) -> Considered:
    markets, names = places()
    talk = _talk(talking or _go_on(standing), standing)
    body, pictures, listed = clean(text.body), len(text.picture_urls), _listed(talk, names)
    spoken_at = _spoken_at(standing)
    heard = None
    if spoken_at is not None and now() - spoken_at < BREATH:
        heard = in_one_breath(talk, body, reading, places=names, pictures=pictures, listed=listed)
    heard = heard or hear(talk, body, reading=reading, places=names, pictures=pictures, code=code, listed=listed)
    return Considered(standing, markets, heard, reading)


def _open(text: Incoming) -> tuple[OpenedReport | None, Code]:
    """Return the report that code words open, also with those that came just before; words to be completed wait."""
    body, part = clean(text.body), part_of(text.sender)
    for words in (body, f"{part} {body}", f"{body} {part}") if part else (body,):
        if opened := report_opened_by(words):
            drop_part(text.sender)
            return OpenedReport(*opened), Code.RIGHT
    found = find_code(body)
    if found is None or not found.is_part:
        drop_part(text.sender)
        return None, Code.WRONG
    is_more = not readings(f"{part} {body}")
    keep_part(text.sender, f"{part} {body}" if is_more else body)
    return None, Code.WRONG if part and not is_more else Code.PART


def _listed(talk: effects.DialogueState, names: tuple[PlaceName, ...]) -> int | None:
    """Return how many places had a number when this phone was asked where."""
    if talk.step != DialogueStep.WHERE:
        return None
    return how_many_listed(talk.language, site=current_portal.settings.site_name, places=names)


def _is_new(message_id: str) -> bool:
    """Record the message; the database refuses the second of two simultaneous deliveries."""
    note = sender_hash(Purpose.MESSAGE, message_id)
    return db.insert_new(Inbound, id=random_id(), provider="twilio", message_hash=note, received_on=today())


TURN = select(func.pg_advisory_xact_lock(bindparam("phone", type_=BigInteger)).label("lock"))


def _wait_for_turn(number: str) -> None:
    """Serialize texts of one sender, because texts sent close together arrive at once.

    SQLite has a single writer anyway.
    """
    if db.engine.dialect.name == "postgresql":
        session.execute(TURN, {"phone": int(sender_hash(Purpose.TALK, number)[:15], 16)})


def _go_on(standing: PhoneState) -> OpenConversation:
    """Return the conversation that a text belongs to: the last one, or a new one if that has expired."""
    spoken, moment = standing.spoken, now()
    if spoken is None:
        return OpenConversation(None, DialogueStep.NONE, None, standing.asked_id, 0, moment + WINDOW)
    talking = OpenConversation(
        spoken.id, DialogueStep(spoken.step), spoken.language, spoken.thread_id, spoken.answers, spoken.window_until
    )
    if spoken.expires_at <= moment:
        # If the desk asked this phone for more, the next text is the answer, however late.
        talking.step, talking.thread_id = DialogueStep.NONE, standing.asked_id
    elif talking.thread_id is None:
        # Texts about a meeting came in between.
        talking.thread_id = standing.asked_id
    if spoken.window_until <= moment:
        talking.answers, talking.window_until = 0, moment + WINDOW
    return talking


def _talk(talking: OpenConversation, at: PhoneState) -> effects.DialogueState:
    language = KNOWN_LANGUAGES.get(talking.language)
    return effects.DialogueState(talking.step, language, talking.thread_id, at.opted_out, at.blocked, at.doubted)


GOES_ON = update(table(Conversation)).where(table(Conversation).c.id == bindparam("talk_id"))


def _keep(text: Incoming, talking: OpenConversation, talk: effects.DialogueState) -> None:
    row = {
        "step": talk.step,
        "language": talk.language,
        "thread_id": talking.thread_id,
        "answers": talking.answers,
        "window_until": talking.window_until,
        "expires_at": now() + TALK_LASTS,
    }
    if talking.id is not None:
        session.execute(GOES_ON, {"talk_id": talking.id, **row})
        return
    sender = sender_hash(Purpose.TALK, text.sender)
    db.insert(Conversation, our_number=text.our_number, sender_hash=sender, **row)
