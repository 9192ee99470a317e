"""Answers to a call in the provider's markup: sentences to read out, and what to wait for."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from enum import StrEnum
from typing import Any, NamedTuple

VOICES = {"en": "en-US", "es": "es-MX"}
"""The provider reads these languages without a paid voice."""
KEY_SECONDS = 8
WORD_PAUSE_SECONDS = 5
MOST_RECORDED_SECONDS = 180
SILENT_SECONDS = 10
"""So long a silence ends a recording; somebody who is afraid may stop to listen for steps."""
LONGEST_SAID = 1_500
"""Characters in one element; the provider takes 4,096."""
# Not allowed in XML, in which no escape exists for them.
_NOT_IN_XML = re.compile(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_LINES = re.compile(r"\b(911|988)\b")


class SpokenLine(NamedTuple):
    """A sentence to read out, and its language."""

    language: str
    words: str


class Wait(StrEnum):
    """What the provider waits for after the sentences, and then asks us about."""

    KEY = "key"
    WORD = "word"
    RECORDING = "recording"
    NOTHING = "nothing"


def twiml(lines: Sequence[SpokenLine], wait: Wait, action: str = "", recording_action: str = "") -> str:
    """Return the answer to a call. `action` is asked with what was pressed or recorded, and when nothing was.

    `recording_action` is called when a recording is ready, even if `action` could not be reached.
    """
    from twilio.twiml.voice_response import Gather, VoiceResponse

    answer = VoiceResponse()
    match wait:
        case Wait.KEY | Wait.WORD:
            options: dict[str, Any] = (
                {"num_digits": 1, "finish_on_key": "", "timeout": KEY_SECONDS}
                if wait is Wait.KEY
                else {"finish_on_key": "#", "timeout": WORD_PAUSE_SECONDS}
            )
            gather = Gather(input="dtmf", action=action, method="POST", action_on_empty_result=True, **options)
            _say(gather, lines)
            answer.append(gather)
        case Wait.RECORDING:
            _say(answer, lines)
            answer.record(
                action=action,
                method="POST",
                max_length=MOST_RECORDED_SECONDS,
                timeout=SILENT_SECONDS,
                finish_on_key="#",
                play_beep=True,
                trim="do-not-trim",
                recording_status_callback=recording_action,
                recording_status_callback_method="POST",
            )
            # Nothing was said: the provider then does not ask `action` by itself.
            answer.redirect(action, method="POST")
        case Wait.NOTHING:
            _say(answer, lines)
            answer.hangup()
    return str(answer)


def _say(into: Any, lines: Sequence[SpokenLine]) -> None:
    for number, line in enumerate(lines):
        if number:
            into.pause(length=1)
        for part in _parts(_LINES.sub(lambda found: " ".join(found[0]), _NOT_IN_XML.sub(" ", line.words))):
            into.say(part, language=VOICES[line.language])


def _parts(words: str) -> Iterator[str]:
    """Cut a long text between words."""
    while len(words) > LONGEST_SAID:
        at = words.rfind(" ", 1, LONGEST_SAID)
        at = at if at > 0 else LONGEST_SAID
        yield words[:at]
        words = words[at:].lstrip()
    if words.strip():
        yield words
