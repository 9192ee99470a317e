"""Intake of a text: it is taken in once, sealed before anything else happens with it, and answered through the outbox.

`consider` reads and decides without writing; `take_in` writes. `READINGS` lists what a text can be before it is a
report.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from sqlalchemy import BigInteger, bindparam, func, select, update

from portal.core.clock import now, today
from portal.core.db import db, random_id, session, table
from portal.core.portal import current_portal
from portal.core.statuses import Refused
from portal.markets.places import NamedPlace
from portal.reports.code import read_code
from portal.reports.intake import SealedReport, locator_of
from portal.reports.reports import thread_by_locator
from portal.reports.triage import read_verdict
from portal.reports.urgency import urgent
from portal.sms import effects
from portal.sms.conversations import Conversation, Inbound, PhoneState, Purpose, places, sender_hash, standing_of
from portal.sms.dialogue import WINDOW, HeardTurn, hear
from portal.sms.effects import OF_MEETINGS, Code, DialogueStep, FileReport
from portal.sms.either_rules import PlaceName
from portal.sms.keywords import Keyword, Language, fold, guess, keyword
from portal.sms.needs import MissingNeed
from portal.sms.replies import (
    DONE,
    Settled,
    ask_which,
    free_what_was_cancelled,
    mention_seat,
    settle,
    take_slip,
    take_verdict,
)
from portal.sms.rsvp_replies import answer_meeting, answered_later, ask_what_is_meant, no_to_a_notice
from portal.sms.rsvp_rules import read_meeting_text, read_near
from portal.sms.scene import Incoming, IntakeEffects, OpenConversation, OpenedReport, seal_words
from portal.sms.segments import clean
from portal.sms.texts import how_many_listed

TALK_LASTS = timedelta(hours=2)
KNOWN_LANGUAGES: dict[str | None, Language] = {"en": "en", "es": "es"}


@dataclass(frozen=True)
class Considered:
    """The decision about a text for the state of its phone, with the sealed report that begins with it, if any."""

    standing: PhoneState
    markets: Sequence[NamedPlace]
    heard: HeardTurn
    sealed: SealedReport | None = None


def consider(text: Incoming) -> Considered | None:
    """Read a text, decide and seal without the write lock, so that other writers need not wait.

    Returns None for code words: only `take_in` counts them and opens a report with them.
    """
    if read_code(text.body):
        return None
    considered = _decide(text, standing_of(text.our_number, text.sender), Code.NONE)
    filed = next((effect for effect in considered.heard.effects if isinstance(effect, FileReport)), None)
    if filed is None:
        return considered
    try:
        return replace(considered, sealed=seal_words(filed.text, considered.heard.talk, text.sender))
    except Refused:
        # `take_in` raises it again; it knows whether the text had come before.
        return considered


def take_in(text: Incoming, considered: Considered | None = None) -> bool:
    """Take a text in and queue the answers; False if it had come before and nothing was done."""
    if not _is_new(text.message_id):
        return False
    _wait_for_turn(text.sender)
    standing = standing_of(text.our_number, text.sender)
    if _is_a_slip(text, standing):
        return True
    settled = _settled(text, standing)
    if settled is DONE:
        return True
    if settled is None and any(read(text, standing) for read in READINGS):
        return True
    if settled is not None:
        text, considered = replace(text, body=settled.words or ""), None
    free_what_was_cancelled(text)
    _hear(text, standing, considered)
    return True


def turn_away(text: Incoming) -> None:
    """Answer that no desk is open to read texts. Nothing of the text is kept."""
    if not _is_new(text.message_id):
        return
    _wait_for_turn(text.sender)
    standing = standing_of(text.our_number, text.sender)
    talking = _go_on(standing)
    talk = _talk(talking, standing)
    calls_for_help = urgent(text.body) or keyword(clean(text.body)) is Keyword.HELP
    if not talk.opted_out or (calls_for_help and not talk.blocked):
        closed = effects.SpokenAnswer(effects.Saying.CLOSED, guess(text.body) or talk.language)
        IntakeEffects(text, talking, (), talk, None, None).play(closed)
    _keep(text, talking, talk)


def _hear(text: Incoming, standing: PhoneState, considered: Considered | None) -> None:
    """Continue the conversation with a text that is a report or adds to one."""
    opened = None
    if considered is None or considered.standing != standing:
        # Another text of this phone or a message of the desk came first: the decision may be outdated.
        opened = _opened_by(text)
        considered = _decide(text, standing, _judged(text.body, opened))
    heard, talking = considered.heard, _go_on(standing)
    told = next((effect for effect in heard.effects if isinstance(effect, effects.SpokenAnswer)), None)
    scene = IntakeEffects(text, talking, considered.markets, heard.talk, opened, considered.sealed, told)
    for effect in heard.effects:
        scene.play(effect)
    mention_seat(text, talking)
    _keep(text, talking, heard.talk)


def _settled(text: Incoming, standing: PhoneState) -> Settled | None:
    """Return how the text answers our question whether an earlier text was about a meeting."""
    talking = _go_on(standing)
    settled = settle(text, talking)
    if settled is DONE:
        _keep(text, talking, _talk(talking, standing))
    return settled


def _is_about_a_meeting(text: Incoming, standing: PhoneState) -> bool:
    """Handle a text that answers a meeting, and return whether it did: it is no report, and touches none.

    The conversation drops its thread: otherwise its row would say that a reporter attends a meeting. The meeting is not
    stored either; it is found by that meeting's keyed hash, or asked for.
    """
    talking = _go_on(standing)
    spoke_of = (KNOWN_LANGUAGES.get(talking.language) or "en") if talking.step in OF_MEETINGS else None
    asked = MissingNeed.AGES if talking.step is DialogueStep.AGES else None
    said = None if text.picture_urls or text.provider_did else read_meeting_text(clean(text.body), spoke_of, asked)
    if said is None and not (text.picture_urls or text.provider_did or talking.thread_id or standing.doubted):
        said = answered_later(text)
    if said is not None and said.asks and asked is None and standing.spoken is not None:
        said = no_to_a_notice(text, standing.spoken.expires_at - TALK_LASTS, said.language) or said
    step = answer_meeting(text, talking, said) if said else None
    if said is None or step is None:
        return False
    talking.thread_id = None
    _keep(text, talking, replace(_talk(talking, standing), step=step, language=said.language))
    return True


def _is_a_slip(text: Incoming, standing: PhoneState) -> bool:
    """Answer a text with a paper slip's code, and return whether it had one: it is no report, and touches none."""
    talking = _go_on(standing)
    talk = _talk(talking, standing)
    if not take_slip(text, talking, talk.language):
        return False
    if urgent(text.body):
        # The rest of the text is not kept, so no other answer will name help.
        help_first = effects.SpokenAnswer(effects.Saying.HELP, guess(text.body))
        IntakeEffects(text, talking, (), talk, None, None).play(help_first)
    _keep(text, talking, talk)
    return True


def _is_a_verdict(text: Incoming, standing: PhoneState) -> bool:
    """Store a verdict if this phone was asked for one, and return whether the text was one.

    An open question of a report takes precedence.
    """
    talking = _go_on(standing)
    said = None if text.picture_urls or text.provider_did else read_verdict(fold(clean(text.body)))
    if (
        said is None
        or talking.step is not DialogueStep.NONE
        or standing.doubted
        or not take_verdict(text, talking, said)
    ):
        return False
    _keep(text, talking, _talk(talking, standing))
    return True


def _is_nearly_about_one(text: Incoming, standing: PhoneState) -> bool:
    """Ask about a text that looks like a mistyped answer to a meeting, and return whether it was one.

    The text is then neither kept nor a report. An open question of a report stays open and the current report stays
    current: nothing was said about a meeting yet.
    """
    talking = _go_on(standing)
    if text.picture_urls or text.provider_did or standing.doubted:
        return False
    near = read_near(clean(text.body), in_report=talking.thread_id is not None)
    if near is None or not ask_what_is_meant(text, talking, near):
        return False
    talk = _talk(talking, standing)
    if talking.thread_id is None:
        talk = replace(
            talk, step=DialogueStep.MEETING if near.language or talk.step in OF_MEETINGS else DialogueStep.NONE
        )
    _keep(text, talking, replace(talk, language=talk.language or near.language))
    return True


def _may_be_about_one(text: Incoming, standing: PhoneState) -> bool:
    """Ask for the meaning of a text from a phone that was recently texted about a meeting.

    Returns whether it was asked.
    """
    talking = _go_on(standing)
    if not ask_which(text, talking, standing):
        return False
    _keep(text, talking, _talk(talking, standing))
    return True


READINGS = (_is_about_a_meeting, _is_nearly_about_one, _is_a_verdict, _may_be_about_one)
"""The readings tried in this order before a text is taken as a report; each returns whether it handled the text."""


def _decide(text: Incoming, standing: PhoneState, code: Code) -> Considered:
    markets, names = places()
    talk = _talk(_go_on(standing), standing)
    heard = hear(
        talk,
        clean(text.body),
        places=names,
        pictures=len(text.picture_urls),
        provider_did=keyword(text.provider_did) if text.provider_did else None,
        code=code,
        listed=_listed(talk, names),
    )
    return Considered(standing, markets, heard)


def _opened_by(text: Incoming) -> OpenedReport | None:
    """Return the report that code words open. Correct words always do: 78 bits cannot be guessed by text."""
    threads = ((thread_by_locator(locator_of(code)), code) for code in read_code(text.body))
    return next((OpenedReport(thread, code) for thread, code in threads if thread is not None), None)


def _listed(talk: effects.DialogueState, names: tuple[PlaceName, ...]) -> int | None:
    """Return how many places had a number when this phone was asked where."""
    if talk.step != DialogueStep.WHERE:
        return None
    return how_many_listed(talk.language, site=current_portal.settings.site_name, places=names)


def _judged(body: str, opened: OpenedReport | None) -> Code:
    if opened is not None:
        return Code.RIGHT
    return Code.WRONG if read_code(body) else Code.NONE


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
