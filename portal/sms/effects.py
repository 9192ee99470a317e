"""What a conversation by text message is made of: its state, what we can say, and what can be done about a text."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum

from portal.sms.either_rules import PlaceName
from portal.sms.keywords import Language


class DialogueStep(StrEnum):
    """The question that is open, or what was spoken of last."""

    NONE = "none"
    MEETING = "meeting"
    """Somebody answered to a meeting. Such a conversation has no thread: who comes and who reports is never joined."""
    AGES = "ages"
    """About a meeting too: we asked how old the children are, so that bare numbers are that."""
    WHERE = "where"
    WHEN = "when"
    MORE = "more"


OF_MEETINGS = (DialogueStep.MEETING, DialogueStep.AGES)


class Saying(StrEnum):
    """What we can say; the words stand in `portal.sms.texts`."""

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
    """After "delete my number": erased, and no more texts either."""
    LANGUAGE = "language"
    JOINED = "joined"
    CODE_UNKNOWN = "code_unknown"
    WHO = "who"
    """Who we are, and that nobody asks about immigration status."""
    DOUBT = "doubt"
    CLOSED = "closed"
    """Nobody has a desk to read texts: whatever came was not kept."""


URGENT = frozenset(say for say in Saying if say.endswith(("danger", "overdose", "crisis"))) | {Saying.CLOSED}


class Code(StrEnum):
    """Whether a text consists of code words, and whether they open a report. They are never kept."""

    NONE = "none"
    WRONG = "wrong"
    RIGHT = "right"


class How(StrEnum):
    """How somebody opted out or in, for the record of consent."""

    KEYWORD = "keyword"
    WORDING = "wording"
    PROVIDER = "provider"


class AnswerConsent(StrEnum):
    """By what somebody agreed to get answers on this phone."""

    FIRST_TEXT = "first_text"
    CODE_WORDS = "code_words"
    KEYWORD = "keyword"


AGREED = tuple(how.value for how in AnswerConsent)


@dataclass(frozen=True)
class DialogueState:
    """Where a conversation stands. One that has expired is a fresh one that keeps `language` and `opted_out`."""

    step: DialogueStep = DialogueStep.NONE
    language: Language | None = None
    thread_id: int | None = None
    opted_out: bool = False
    blocked: bool = False
    """It opted out at the provider, which lets nothing through any more."""
    doubted: bool = False
    """Somebody at this phone may have asked us to stop, and nobody has said yet whether it was meant."""

    def in_thread(self, thread_id: int) -> DialogueState:
        """The same conversation once its report has been filed."""
        return replace(self, thread_id=thread_id)


@dataclass(frozen=True)
class FileReport:
    """Begin a report; `text` may be empty when there are pictures. The answer that follows wants its code words."""

    text: str
    pictures: int = 0


@dataclass(frozen=True)
class AddToReport:
    """Append to the report of this conversation."""

    text: str
    pictures: int = 0


@dataclass(frozen=True)
class JoinReport:
    """Go on with the report that the code words open: answers to it come to this phone from now on."""


@dataclass(frozen=True)
class SetPlace:
    """The place was chosen: an index into the places given, or None for one that isn't among them."""

    index: int | None


@dataclass(frozen=True)
class HumanDecides:
    """Keep the text like a report and ask a person whether it is an opt-out; until then what is to be said waits."""

    text: str
    pictures: int = 0


@dataclass(frozen=True)
class OptOutEffect:
    how: How


@dataclass(frozen=True)
class OptIn:
    """Answers are welcome again after an opt-out. No consent to anything else."""

    how: How


@dataclass(frozen=True)
class Erase:
    """End the conversation and erase the way back to the sender."""


@dataclass(frozen=True)
class SpokenAnswer:
    """Say `say` in `language` (None: in both). Only `Say.WHERE` has places, in the order of their numbers from 1."""

    say: Saying
    language: Language | None
    places: tuple[PlaceName, ...] = ()

    @property
    def goes_out_in_any_case(self) -> bool:
        """The one confirmation of an opt-out is owed, whatever the limits say and although the sender has opted out."""
        return self.say in (Saying.STOPPED, Saying.FORGOTTEN)

    @property
    def is_owed_to_each(self) -> bool:
        """Whether every text that asks for it gets it, however many answers there were: no machine asks for it."""
        return self.is_help or self.say in (Saying.ERASED, Saying.DOUBT)

    @property
    def is_help(self) -> bool:
        """Whether it also goes to a phone that opted out in words: nothing else does, and the opt-out stays."""
        return self.say is Saying.HELP or self.names_911

    @property
    def names_911(self) -> bool:
        """Whether it answers words of danger, an overdose or a crisis, or anything at all when nobody reads texts."""
        return self.say in URGENT

    @property
    def goes_out_beyond_the_limit(self) -> bool:
        """Who wants our answers again must hear that it worked: a few times a day, so that robots fall silent."""
        return self.say is Saying.STARTED


@dataclass(frozen=True)
class Hold:
    """Keep an answer until it is clear that texts are wanted; it goes out then, or never."""

    answer: SpokenAnswer


Effect = (
    FileReport | AddToReport | JoinReport | SetPlace | HumanDecides | OptOutEffect | OptIn | Erase | SpokenAnswer | Hold
)
