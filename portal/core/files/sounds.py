"""Write a voice note anew: the samples are kept, everything else in the file is not.

The phone that records it changes the voice and makes a plain WAV of one shape (`static/voice.js`); anything else is
refused, so no decoder is needed.
"""

from __future__ import annotations

import wave
from io import BytesIO

from portal.core.files.apart import FileTrouble, NotTaken

RATE, MOST_SECONDS = 8_000, 60
SHAPE = 1, 2, RATE
"""Channels, bytes a sample, samples a second."""


def resounded(content: bytes) -> bytes:
    """Return a recording as a new WAV file with the same samples. Raises `NotTaken`."""
    if content[:4] != b"RIFF":
        raise NotTaken(FileTrouble.OTHER_KIND)
    try:
        with wave.open(BytesIO(content)) as sound:
            shape = sound.getnchannels(), sound.getsampwidth(), sound.getframerate()
            samples = sound.readframes(MOST_SECONDS * RATE + 1)
    except (wave.Error, EOFError, ValueError, RuntimeError):
        raise NotTaken(FileTrouble.BROKEN) from None
    if shape != SHAPE:
        raise NotTaken(FileTrouble.OTHER_KIND)
    if len(samples) < 2:
        raise NotTaken(FileTrouble.BROKEN)
    if len(samples) > MOST_SECONDS * RATE * 2:
        raise NotTaken(FileTrouble.TOO_LARGE)
    return written(samples[: len(samples) // 2 * 2])


def written(samples: bytes) -> bytes:
    """Return samples of `SHAPE` as a WAV file."""
    out = BytesIO()
    with wave.open(out, "wb") as sound:
        sound.setparams((*SHAPE, 0, "NONE", ""))
        sound.writeframes(samples)
    return out.getvalue()


def seconds_of(wav: bytes) -> int:
    """Return the length of a recording that `resounded` returned, in whole seconds, at least one."""
    with wave.open(BytesIO(wav)) as sound:
        return max(1, round(int(sound.getnframes()) / RATE))
