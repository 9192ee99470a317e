"""A voice note is written anew: only its samples stay, and anything but the one shape that phones send is refused."""

from __future__ import annotations

import random
import wave
from array import array
from io import BytesIO
from math import sin

import pytest

from portal.core.files.apart import FileTrouble, NotTaken
from portal.core.files.sounds import MOST_SECONDS, RATE, resounded, seconds_of, written

CANARY = "Canario-en-la-voz"


def samples(seconds: float, hertz: float = 440) -> bytes:
    """A tone as bare samples."""
    return array("h", (int(9_000 * sin(6.2832 * hertz * at / RATE)) for at in range(int(seconds * RATE)))).tobytes()


def note(seconds: float = 1) -> bytes:
    """A voice note with more in the file than sound."""
    wav = written(samples(seconds))
    said = b"LIST" + len(CANARY).to_bytes(4, "little") + CANARY.encode() + b"\0" * (len(CANARY) % 2)
    return b"RIFF" + (len(wav) - 8 + len(said)).to_bytes(4, "little") + wav[8:36] + said + wav[36:]


def of_shape(channels: int, width: int, rate: int) -> bytes:
    out = BytesIO()
    with wave.open(out, "wb") as sound:
        sound.setparams((channels, width, rate, 0, "NONE", ""))
        sound.writeframes(bytes(4_000))
    return out.getvalue()


def test_only_the_samples_stay() -> None:
    sent = note(2)
    assert CANARY.encode() in sent
    kept = resounded(sent)
    assert kept == written(samples(2))
    assert (len(kept), seconds_of(kept)) == (44 + 2 * RATE * 2, 2)
    assert resounded(sent[:-1001])[44:] == kept[44:-1001][: (len(kept) - 44 - 1001) // 2 * 2]
    assert seconds_of(resounded(written(bytes(MOST_SECONDS * RATE * 2)))) == MOST_SECONDS


REFUSED = {
    "nothing": (b"", FileTrouble.OTHER_KIND),
    "another kind": (b"OggS" + bytes(99), FileTrouble.OTHER_KIND),
    "no sound": (b"RIFF\0\0\0\0WAVE", FileTrouble.BROKEN),
    "only a head": (written(b""), FileTrouble.BROKEN),
    "stereo": (of_shape(2, 2, RATE), FileTrouble.OTHER_KIND),
    "eight bits": (of_shape(1, 1, RATE), FileTrouble.OTHER_KIND),
    "a voice that was not changed to this shape": (of_shape(1, 2, 16_000), FileTrouble.OTHER_KIND),
    "too long": (written(bytes(MOST_SECONDS * RATE * 2 + 2)), FileTrouble.TOO_LARGE),
}


def test_anything_else_is_refused() -> None:
    for name, (content, trouble) in REFUSED.items():
        with pytest.raises(NotTaken) as refused:
            resounded(content)
        assert refused.value.trouble is trouble, name


def test_whatever_is_wrong_with_a_file_is_a_refusal() -> None:
    chance, whole = random.Random(7), note(0.05)
    for _time in range(3_000):
        broken = bytearray(whole[: chance.randrange(4, len(whole))])
        for _byte in range(chance.randrange(4)):
            broken[chance.randrange(4, len(broken) + 1) - 1] = chance.randrange(256)
        try:
            assert resounded(bytes(broken))[:4] == b"RIFF"
        except NotTaken:
            continue
