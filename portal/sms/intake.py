"""Intake of a text: taken in once, read once, and its verdict carried out; answered through the outbox.

`portal.sms.reading` decides what a text is, and `portal.sms.dialogue` what follows, but where `FOLLOWS` says otherwise.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

from sqlalchemy import BigInteger, ColumnElement, bindparam, func, select

from portal.core.clock import now, today
from portal.core.db import db, random_id, session
from portal.core.limits import may_try
from portal.core.page_cache import shared
from portal.following.by_text import places_by_name
from portal.markets.places import public_names
from portal.meetings.rsvp.rsvp import text_codes_ahead
from portal.reports import code
from portal.reports.intake import report_opened_by
from portal.reports.reports import Thread
from portal.sms import conversations, replies, rsvp_replies
from portal.sms.choices import MOST_LISTED
from portal.sms.conversations import Purpose, Route, sender_hash
from portal.sms.dialogue import REPORTS, HeardText, hear, in_one_breath
from portal.sms.effects import Code, DialogueStep, Saying, SpokenAnswer
from portal.sms.keywords import Keyword, clean, fold, guess, keyword
from portal.sms.reading import OpenQuestion, PhoneContext, Reading, ReceivedText, Verdict, read
from portal.sms.texts import how_many_listed
from portal.sms.turn import Incoming, TextTurn

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


def take_in(text: Incoming) -> TextTurn | None:
    """Take a text in and queue the answers; None if it had come before and nothing was done."""
    turn = _begun(text)
    if turn is not None:
        _follow(turn)
        turn.keep()
    return turn


def turn_away(text: Incoming) -> TextTurn | None:
    """Answer that no desk is open to read texts. Nothing of the text is kept."""
    turn = _begun(text)
    if turn is not None:
        calls_for_help = turn.reading.help or turn.reading.command is Keyword.HELP
        if not turn.talk.opted_out or (calls_for_help and not turn.talk.blocked):
            turn.answer(SpokenAnswer(Saying.CLOSED, turn.language))
        turn.keep()
    return turn


TURN = select(func.pg_advisory_xact_lock(bindparam("phone", type_=BigInteger)).label("lock"))


def _begun(text: Incoming) -> TextTurn | None:
    """Read a text, unless it came before, once no other of its phone is being taken in: several may come at once."""
    values = {"id": random_id(), "provider": "twilio", "message_hash": sender_hash(Purpose.MESSAGE, text.message_id)}
    # The database refuses the second of two simultaneous deliveries.
    if not db.insert_new(conversations.Inbound, **values, received_on=today()):
        return None
    if db.engine.dialect.name == "postgresql":
        # SQLite has one writer.
        session.execute(TURN, {"phone": int(sender_hash(Purpose.TALK, text.sender)[:15], 16)})
    text = replace(text, body=clean(text.body))
    turn = TextTurn.of(text, conversations.standing_of(text.our_number, text.sender))
    did, context = keyword(text.provider_did) if text.provider_did else None, _context(turn)
    received = ReceivedText(text.body, len(text.picture_urls), did, context.after)
    turn.reading = _read_code(turn, received) or read(received, context)
    return turn


def _read_code(turn: TextTurn, received: ReceivedText) -> Reading | None:
    """Recognise what only becomes code words by what they open: hidden among others, or the rest of a part."""
    body = received.body
    if received.provider_did or received.code:
        return None
    hidden = code.readings(body)
    if hidden and (opened := report_opened_by(body)):
        return Reading(Verdict.CODE_WORDS, words=code.without_code(body, opened[1]), help=received.help)
    if not (hidden or turn.phone.has_part) or not code.words_alone(body):
        return None
    whole = f"{conversations.part_of(turn.text.sender)} {body}"
    is_rest = code.readings(whole) and code.words_alone(whole) <= code.CODE_WORDS
    return Reading(Verdict.CODE_WORDS) if is_rest else None


def _context(turn: TextTurn) -> PhoneContext:
    number, cancels = turn.text.sender, turn.phone.cancels
    notices = conversations.told_lately(number) if turn.phone.may_be_told else {}
    since = conversations.told_lately(number, turn.spoken_at) if notices else {}
    return PhoneContext(
        **vars(turn.talk),
        waiting=None if cancels is None else OpenQuestion.CANCEL if cancels else OpenQuestion.EITHER,
        told=tuple(notices.values()),
        told_since=tuple(since.values()),
        may_answer=turn.may_answer,
        has_seat=lambda: bool(conversations.meetings_of(number)),
        was_asked=lambda: replies.was_asked(number),
        is_slip=replies.holds_slip,
        codes=text_codes_ahead,
        places=lambda: places_by_name(fold),
        follows=turn.phone.follows,
        news_question=lambda: replies.news_question_of(number),
    )


def _follow(turn: TextTurn) -> None:
    """Carry out the verdict on a text. What turns out to be something else is heard as that."""
    if turn.phone.cancels and turn.reading.verdict in (Verdict.COMMAND, Verdict.MEETING):
        # They have said otherwise what they want.
        conversations.drop(conversations.unsorted_of(turn.text.sender))
    follow = FOLLOWS.get(turn.reading.verdict)
    if follow is not None:
        if turn.reading.help and not turn.talk.blocked:
            # No other answer to this text will name help.
            turn.answer(SpokenAnswer(Saying(turn.reading.help[0]), guess(turn.text.body)))
        reading = follow(turn)
        if reading is None:
            return
        turn.reading = reading
    _hear(turn)


def _hear(turn: TextTurn) -> None:
    """Continue the conversation with a text that is a report or adds to one, or is a command or a question."""
    if turn.reading.verdict in REPORTS and not _make_room(turn):
        if not turn.talk.opted_out and may_try("told of too many", turn.hash(Purpose.TALK), 1, HOUR):
            turn.answer(SpokenAnswer(Saying.TOO_MANY, turn.language))
        return
    # Only places that the public may know of are offered as answers, and only where one may be named.
    may_name = turn.talk.thread_id is None or turn.talk.step is DialogueStep.WHERE
    markets = shared(public_names)[:MOST_LISTED] if may_name else []
    names = tuple(market.name for market in markets)
    turn.market_ids = tuple(market.id for market in markets)
    listed = how_many_listed(turn.talk.language, names) if turn.talk.step is DialogueStep.WHERE else None
    opens = _open(turn) if turn.reading.verdict is Verdict.CODE_WORDS else Code.NONE
    text = HeardText(turn.text.body, turn.reading, len(turn.text.picture_urls), names, listed, opens)
    is_same_breath = turn.spoken_at is not None and now() - turn.spoken_at < BREATH
    heard = (in_one_breath(turn.talk, text) if is_same_breath else None) or hear(turn.talk, text)
    freed = replies.free_what_was_cancelled(turn)
    turn.carry_out(heard.talk, heard.effects)
    is_answered = turn.reading.verdict in REPORTS and turn.reading.verdict is not Verdict.QUIET
    if is_answered and turn.reading.stays_away and not turn.reading.help:
        replies.mention_seat(turn)
    if freed:
        # Otherwise the row of the conversation would say that a reporter attends a meeting.
        turn.move(thread_id=None)


def _make_room(turn: TextTurn) -> bool:
    """Bound what one phone fills; return whether its words may be kept."""
    phone, reading = turn.hash(Purpose.TALK), turn.reading
    if reading.verdict is Verdict.NOT_FOR_US and not may_try("not for us", phone, MOST_REPORTS, HOUR):
        # A machine that goes on fills one report, not the list of the desk.
        reading = turn.reading = replace(reading, verdict=Verdict.REPORT)
    if not (reading.help or may_try("text kept", phone, MOST_KEPT, HOUR)):
        return False
    in_all = "text kept", "everybody", MOST_KEPT_IN_ALL, HOUR
    if not (reading.help or may_try(*in_all) or may_try("text reserved", phone, RESERVED, HOUR)):
        return False
    is_plain = reading.verdict not in (Verdict.DOUBT, Verdict.DOUBT_AGAIN, Verdict.NOT_FOR_US)
    if is_plain and turn.phone.cancels is False and (row := conversations.unsorted_of(turn.text.sender)):
        # What waited for its sender to say what it is stands before the report.
        turn.text = replace(turn.text, body=f"{row.body}\n{turn.text.body}")
        conversations.drop(row)
    if reading.verdict is Verdict.TAKE_BACK and turn.talk.thread_id is None:
        # What is taken back is the last report of this phone, as long as it can be answered.
        turn.move(thread_id=_last_report(turn))
    is_first = reading.verdict is not Verdict.NOT_FOR_US and turn.talk.thread_id is None
    if is_first and not may_try("report by text", phone, MOST_REPORTS, HOUR):
        turn.move(thread_id=_last_report(turn, Thread.received_on == today()))
    return True


def _last_report(turn: TextTurn, *which: ColumnElement[bool]) -> int | None:
    own = Route.sender_hash == turn.hash(Purpose.REPORT), *which
    of_phone = select(Thread.id).join(Route, Route.thread_id == Thread.id).where(*own)
    return session.scalar(of_phone.order_by(Thread.received_on.desc(), Thread.id).limit(1))


def _open(turn: TextTurn) -> Code:
    """Find the report that code words open, also with those that came just before; words to be completed wait."""
    body, number = turn.text.body, turn.text.sender
    part = conversations.part_of(number)
    for words in (body, f"{part} {body}", f"{body} {part}") if part else (body,):
        if opened := report_opened_by(words):
            conversations.keep_part(number)
            turn.opened = opened
            return Code.RIGHT
    typed = code.find_code(body)
    if typed is None or not typed.is_part:
        conversations.keep_part(number)
        return Code.WRONG
    is_more = not code.readings(f"{part} {body}")
    conversations.keep_part(number, f"{part} {body}" if is_more else body)
    return Code.WRONG if part and not is_more else Code.PART


FOLLOWS: dict[Verdict, Callable[[TextTurn], Reading | None]] = {
    Verdict.MEETING: rsvp_replies.answer_meeting,
    Verdict.QUESTION: rsvp_replies.take_notice,
    Verdict.LATE: rsvp_replies.take_notice,
    Verdict.NEXT_MEETING: rsvp_replies.tell_next_meeting,
    Verdict.NEARLY: rsvp_replies.ask_what_is_meant,
    Verdict.EITHER: replies.ask_which,
    Verdict.CANCEL_WHICH: replies.ask_which,
    Verdict.EITHER_AGAIN: replies.ask_again,
    Verdict.EITHER_ANSWER: replies.settle_either,
    Verdict.CANCEL_ANSWER: replies.settle_cancel,
    Verdict.SLIP: replies.take_slip,
    Verdict.FOLLOW: replies.take_follow,
    Verdict.UNFOLLOW: replies.take_follow,
    Verdict.NO_NEWS: replies.decline_news,
    Verdict.WHICH_QUESTION: replies.name_both,
    Verdict.BETTER: replies.take_verdict,
}
"""What follows from the verdicts on texts that touch no report; what is returned is heard as a report or a command."""
