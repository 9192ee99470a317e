"""The vocabulary of the conversation by text: its state, the answers we can give, and the effects of a text."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from portal.core.parity import BilingualText
from portal.sms.keywords import Language


class DialogueStep(StrEnum):
    """The open question, or the last subject."""

    NONE = "none"
    MEETING = "meeting"
    """An answer to a meeting. Such a conversation has no thread: attendance and reporting are never joined."""
    AGES = "ages"
    """Also about a meeting: we asked for the children's ages, so bare numbers are ages."""
    WHERE = "where"
    WHEN = "when"
    MORE = "more"
    ASIDE = "aside"
    """Not about the report, whose question is dropped: a yes answers what was asked last."""


OF_MEETINGS = (DialogueStep.MEETING, DialogueStep.AGES)
OF_REPORTS = (DialogueStep.WHERE, DialogueStep.WHEN, DialogueStep.MORE)


class Saying(StrEnum):
    """Our answers; the words are in `portal.sms.texts`."""

    RECEIVED = "received"
    RECEIVED_DANGER = "received_danger"
    RECEIVED_OVERDOSE = "received_overdose"
    RECEIVED_CRISIS = "received_crisis"
    WHERE = "where"
    WHEN = "when"
    MORE = "more"
    THANKS = "thanks"
    ADDED = "added"
    DANGER = "danger"
    OVERDOSE = "overdose"
    CRISIS = "crisis"
    HELP = "help"
    STOPPED = "stopped"
    STARTED = "started"
    ERASED = "erased"
    FORGOTTEN = "forgotten"
    LANGUAGE = "language"
    JOINED = "joined"
    CODE_UNKNOWN = "code_unknown"
    CODE_PART = "code_part"
    HELLO = "hello"
    WHO = "who"
    POLICE = "police"
    HOW = "how"
    ANSWER = "answer"
    NOT_FOR_US = "not_for_us"
    CALL = "call"
    TREATMENT = "treatment"
    STILL_KEPT = "still_kept"
    """The last automatic answer of the hour."""
    TOO_MANY = "too_many"
    DOUBT = "doubt"
    DOUBT_AGAIN = "doubt_again"
    TAKE_BACK = "take_back"
    CLOSED = "closed"
    """No desk is open to read texts."""


URGENT = frozenset(say for say in Saying if say.endswith(("danger", "overdose", "crisis"))) | {Saying.CLOSED}
"""They answer danger, an overdose or a crisis, or any text while no desk is open."""
HELPS = URGENT | {Saying.HELP}
"""Only these also go to a phone that opted out in words; the opt-out stays."""
OWED_TO_EACH = HELPS | {Saying.ERASED, Saying.DOUBT, Saying.TOO_MANY}
"""Every text that asks for one gets it, however many answers there were: machines do not ask for these."""
CONFIRMS_OPT_OUT = frozenset({Saying.STOPPED, Saying.FORGOTTEN})
"""Owed despite all limits, and although the sender has opted out."""
BEYOND_THE_LIMIT = frozenset({Saying.STARTED, Saying.LANGUAGE})
"""Sent beyond the limit a few times a day: a sender who wants our answers again, or in their language, must learn that
it worked; robots still fall silent."""
SAYS_KEPT = frozenset(
    {Saying.RECEIVED, Saying.WHERE, Saying.WHEN, Saying.MORE, Saying.THANKS, Saying.ADDED, Saying.NOT_FOR_US}
)


class Code(StrEnum):
    """Whether a text consists of code words, and whether they open a report. The words are never stored."""

    NONE = "none"
    WRONG = "wrong"
    PART = "part"
    """Words are missing: these wait a few minutes for the others."""
    RIGHT = "right"


class How(StrEnum):
    """The way in which a phone opted out or in, for the record of consent."""

    KEYWORD = "keyword"
    WORDING = "wording"
    PROVIDER = "provider"
    PERSON = "person"
    """A member of the desk decided that it was an opt-out."""


class AnswerConsent(StrEnum):
    """The act by which a texter agreed to get answers on this phone."""

    FIRST_TEXT = "first_text"
    CODE_WORDS = "code_words"
    KEYWORD = "keyword"


@dataclass(frozen=True)
class DialogueState:
    """State of a conversation. An expired one becomes a new one that keeps `language` and `opted_out`."""

    step: DialogueStep = DialogueStep.NONE
    language: Language | None = None
    thread_id: int | None = None
    opted_out: bool = False
    blocked: bool = False
    """The phone opted out at the provider, which delivers nothing any more."""
    doubted: bool = False
    """A text of this phone may have been an opt-out, and it is not decided yet whether it was."""


@dataclass(frozen=True)
class KeepWords:
    """Append the words (perhaps none) and the pictures of a text to the report of this conversation, or file one."""

    text: str
    is_pressing: bool = False
    is_stray: bool = False
    """A report of its own that a person sees after all others; no way back to its phone is kept."""
    may_opt_out: bool = False
    """A person decides whether it is an opt-out; answers wait until then."""


class BareEffect(StrEnum):
    JOIN = "join"
    """Continue the report that the code words open; from now on its answers go to this phone."""
    OPT_IN = "opt_in"
    """Answers are welcome again after an opt-out. This is no consent to anything else."""
    ERASE = "erase"
    """End the conversation and erase the route to the sender."""


@dataclass(frozen=True)
class SetPlace:
    """Set the chosen place: an index into the given places, or None for one that is not among them."""

    index: int | None


@dataclass(frozen=True)
class OptOutEffect:
    how: How


@dataclass(frozen=True)
class SpokenAnswer:
    """Send `say` in `language` (None: in both). Only `Saying.WHERE` has places, by their numbers from 1."""

    say: Saying
    language: Language | None
    places: tuple[BilingualText, ...] = ()


@dataclass(frozen=True)
class Hold:
    """Keep an answer until it is decided whether texts are wanted; then it is sent or dropped."""

    answer: SpokenAnswer


Effect = KeepWords | BareEffect | SetPlace | OptOutEffect | SpokenAnswer | Hold
