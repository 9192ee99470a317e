"""The voice line as a state machine: the state of a call and what was pressed in; a new state and what to say out.

Pure. `hear` covers keys; what needs the database is asked for with `Turn.listens` or done between two turns by the
caller of these functions, which then reports back with `opened` or `filed`.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, replace
from enum import StrEnum

from portal.reports.code import CODE_WORDS, has_word_with_keys
from portal.sms.keywords import Language

LANGUAGE_KEYS: dict[str, Language] = {"1": "en", "2": "es"}
MOST_TURNS = 100
"""A call that goes on longer is a machine that presses keys."""
MOST_WRONG_CODES = 3
"""Wrong codes in one call, after which the menu follows."""
MOST_MISSED = 5
"""Keys without meaning in a row, after which the call ends; while words are keyed, after which the menu follows."""


class VoiceStep(StrEnum):
    """What the last prompt of a call was."""

    LANGUAGE = "language"
    MENU = "menu"
    MEETING = "meeting"
    CODE = "code"
    ANSWER = "answer"
    NOTE = "note"
    """It was said who hears a voice note; a key starts the recording."""
    RECORDING = "recording"
    NOTE_LEFT = "note_left"
    OVER = "over"


class VoiceSaying(StrEnum):
    """What we say; the words are in `portal.sms.voice_texts`."""

    DANGER = "danger"
    CHOOSE_LANGUAGE = "choose_language"
    MENU = "menu"
    NEXT_MEETING = "next_meeting"
    AGAIN_OR_BACK = "again_or_back"
    CODE_HOW = "code_how"
    CODE_WORD = "code_word"
    """Which word is to be keyed now."""
    NO_SUCH_WORD = "no_such_word"
    CODE_WRONG = "code_wrong"
    CODE_WRONG_OFTEN = "code_wrong_often"
    ANSWER = "answer"
    NOTE_HOW = "note_how"
    SPEAK_NOW = "speak_now"
    NOTHING_HEARD = "nothing_heard"
    NOTE_KEPT = "note_kept"
    CODE_WORDS = "code_words"
    NO_DESK = "no_desk"
    TOO_MANY_NOTES = "too_many_notes"
    WRONG_KEY = "wrong_key"
    GOODBYE = "goodbye"
    OFF = "off"


class Listen(StrEnum):
    """What a turn waits for after its sentences."""

    KEY = "key"
    WORD = "word"
    """Keys up to #, or a pause."""
    RECORDING = "recording"
    NOTHING = "nothing"
    """The call ends."""
    CODE_CHECK = "code_check"
    """All words were keyed: the caller of `hear` looks them up and goes on with `opened`."""


class NoteDoor(StrEnum):
    """Whether a voice note can be taken now."""

    OPEN = "open"
    NO_DESK = "no_desk"
    TOO_MANY = "too_many"


@dataclass(frozen=True)
class CallState:
    """The state of a call between two requests of the provider. It holds a code, so it is stored encrypted."""

    step: VoiceStep = VoiceStep.LANGUAGE
    language: Language | None = None
    silent: int = 0
    """Prompts in a row to which nothing was pressed."""
    missed: int = 0
    """Prompts in a row to which a key without meaning was pressed."""
    wrong: int = 0
    keyed: tuple[str, ...] = ()
    """The keys of each code word so far."""
    code: tuple[str, ...] = ()
    """The code words of the note that was left in this call."""
    seed: str = ""
    """Random, from which the code words of this call's notes follow: a repeated request gets the same ones."""
    turn: int = 0

    def to_json(self) -> str:
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, text: str) -> CallState:
        found = json.loads(text)
        lists = {"keyed": tuple(found["keyed"]), "code": tuple(found["code"])}
        return cls(**{**found, **lists, "step": VoiceStep(found["step"])})


@dataclass(frozen=True)
class VoiceTurn:
    """What is said next, and what is waited for."""

    state: CallState
    says: tuple[VoiceSaying, ...]
    listens: Listen = Listen.KEY


PROMPTS: dict[VoiceStep, tuple[VoiceSaying, ...]] = {
    VoiceStep.LANGUAGE: (VoiceSaying.DANGER, VoiceSaying.CHOOSE_LANGUAGE),
    VoiceStep.MENU: (VoiceSaying.MENU,),
    VoiceStep.MEETING: (VoiceSaying.NEXT_MEETING, VoiceSaying.AGAIN_OR_BACK),
    VoiceStep.CODE: (VoiceSaying.CODE_WORD,),
    VoiceStep.ANSWER: (VoiceSaying.ANSWER, VoiceSaying.AGAIN_OR_BACK),
    VoiceStep.NOTE: (VoiceSaying.NOTE_HOW,),
    VoiceStep.RECORDING: (VoiceSaying.SPEAK_NOW,),
    VoiceStep.NOTE_LEFT: (VoiceSaying.CODE_WORDS, VoiceSaying.AGAIN_OR_BACK),
    VoiceStep.OVER: (VoiceSaying.GOODBYE,),
}
LISTENS = {VoiceStep.CODE: Listen.WORD, VoiceStep.RECORDING: Listen.RECORDING, VoiceStep.OVER: Listen.NOTHING}


def begin(seed: str) -> VoiceTurn:
    """Return the first turn of a call: 911 and 988 in both languages, then the choice of language."""
    return _prompt(CallState(seed=seed))


def hear(state: CallState, keys: str, door: NoteDoor = NoteDoor.OPEN) -> VoiceTurn:
    """Return the next turn after `keys` were pressed; empty if nothing was."""
    state = replace(state, turn=state.turn + 1)
    if state.step is VoiceStep.OVER or state.turn > MOST_TURNS:
        return _hang_up(state)
    if not keys:
        return _silence(state)
    turn = _hear(replace(state, silent=0), keys, door)
    has_missed = turn.state.missed > state.missed
    return turn if has_missed else replace(turn, state=replace(turn.state, missed=0))


def _hear(state: CallState, keys: str, door: NoteDoor) -> VoiceTurn:
    if state.step is VoiceStep.CODE:
        return _hear_word(state, keys)
    if keys == "*":
        return _prompt(state)
    if keys == "0":
        return _prompt(replace(state, step=_back(state)))
    return _hear_key(state, keys, door)


def opened(state: CallState, found: bool) -> VoiceTurn:
    """Return the next turn after the keyed words were looked up."""
    if found:
        return _prompt(replace(state, step=VoiceStep.ANSWER, wrong=0))
    state = replace(state, keyed=(), wrong=state.wrong + 1)
    if state.wrong >= MOST_WRONG_CODES:
        return _prompt(replace(state, step=VoiceStep.MENU, wrong=0), VoiceSaying.CODE_WRONG_OFTEN)
    return _prompt(state, VoiceSaying.CODE_WRONG)


def recorded_nothing(state: CallState) -> VoiceTurn:
    """Return the next turn after a recording without a sound; the second time in a row the call ends."""
    state = replace(state, turn=state.turn + 1, step=VoiceStep.NOTE)
    if state.silent or state.turn > MOST_TURNS:
        return _hang_up(state)
    return _prompt(replace(state, silent=1), VoiceSaying.NOTHING_HEARD)


def filed(state: CallState, code: tuple[str, ...]) -> VoiceTurn:
    """Return the next turn after a voice note was filed as a report with these code words."""
    state = replace(state, turn=state.turn + 1, step=VoiceStep.NOTE_LEFT, code=code, silent=0)
    return _prompt(state, VoiceSaying.NOTE_KEPT)


def turned_away(state: CallState, door: NoteDoor) -> VoiceTurn:
    """Return the menu after a voice note could not be taken."""
    says = VoiceSaying.TOO_MANY_NOTES if door is NoteDoor.TOO_MANY else VoiceSaying.NO_DESK
    return _prompt(replace(state, step=VoiceStep.MENU), says)


def not_filed(state: CallState) -> VoiceTurn:
    """Return the next turn after a recording that no desk could take."""
    return turned_away(replace(state, turn=state.turn + 1), NoteDoor.NO_DESK)


def _prompt(state: CallState, *before: VoiceSaying) -> VoiceTurn:
    return VoiceTurn(state, (*before, *PROMPTS[state.step]), LISTENS.get(state.step, Listen.KEY))


def _hang_up(state: CallState) -> VoiceTurn:
    return _prompt(replace(state, step=VoiceStep.OVER))


def _silence(state: CallState) -> VoiceTurn:
    return _hang_up(state) if state.silent else _prompt(replace(state, silent=1))


def _miss(state: CallState, says: VoiceSaying) -> VoiceTurn:
    """Return the same prompt again after keys without meaning, until there were too many in a row."""
    if state.missed + 1 < MOST_MISSED:
        return _prompt(replace(state, missed=state.missed + 1), says)
    if state.step is VoiceStep.CODE:
        return _prompt(replace(state, step=VoiceStep.MENU, keyed=()), VoiceSaying.CODE_WRONG_OFTEN)
    return _hang_up(state)


def _back(state: CallState) -> VoiceStep:
    return VoiceStep.LANGUAGE if state.step in (VoiceStep.MENU, VoiceStep.LANGUAGE) else VoiceStep.MENU


def _hear_key(state: CallState, keys: str, door: NoteDoor) -> VoiceTurn:
    match state.step, keys:
        case VoiceStep.LANGUAGE, "1" | "2":
            return _prompt(replace(state, step=VoiceStep.MENU, language=LANGUAGE_KEYS[keys]))
        case VoiceStep.MENU, "1":
            return _prompt(replace(state, step=VoiceStep.MEETING))
        case VoiceStep.MENU, "2":
            return _prompt(replace(state, step=VoiceStep.CODE, keyed=()), VoiceSaying.CODE_HOW)
        case (VoiceStep.MENU, "3") | (VoiceStep.NOTE, "1") if door is not NoteDoor.OPEN:
            return turned_away(state, door)
        case VoiceStep.MENU, "3":
            return _prompt(replace(state, step=VoiceStep.NOTE))
        case VoiceStep.NOTE, "1":
            return _prompt(replace(state, step=VoiceStep.RECORDING))
        case _, "9" if state.step is not VoiceStep.LANGUAGE:
            # Perhaps the first figure of 911.
            return _prompt(state, VoiceSaying.DANGER)
        case _:
            return _miss(state, VoiceSaying.WRONG_KEY)


def _hear_word(state: CallState, keys: str) -> VoiceTurn:
    if "*" in keys:
        return _prompt(state, VoiceSaying.CODE_HOW)
    if keys == "0":
        # Back by one word, and before the first one to the menu.
        return _prompt(replace(state, keyed=state.keyed[:-1]) if state.keyed else replace(state, step=VoiceStep.MENU))
    if not has_word_with_keys(keys):
        return _miss(state, VoiceSaying.NO_SUCH_WORD)
    state = replace(state, keyed=(*state.keyed, keys))
    if len(state.keyed) < CODE_WORDS:
        return _prompt(state)
    return VoiceTurn(state, (), Listen.CODE_CHECK)
