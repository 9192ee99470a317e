"""Voice notes are written anew: only their samples stay; anything but speech as telephones record it is refused."""

from __future__ import annotations

import struct
import wave
from io import BytesIO

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.core.files.apart import FileTrouble, NotTaken
from portal.core.files.sounds import MOST_SECONDS, MU_LAW, PCM, resounded, seconds_of

CANARY = b"Recorded by Rosa, 2 Elm Street"


def wav(
    samples: bytes = b"\x01\x02" * 8_000,
    code: int = PCM,
    channels: int = 1,
    rate: int = 8_000,
    bits: int = 16,
    extra: bytes = b"",
    size: int | None = None,
) -> bytes:
    """A WAV file as a provider may write it, with a chunk of notes."""
    head = struct.pack("<HHIIHH", code, channels, rate, rate * channels * bits // 8, channels * bits // 8, bits) + extra
    chunks = [
        (b"LIST", CANARY, None),
        (b"fmt ", head, None),
        (b"data", samples, size),
        (b"id3 ", CANARY, None),
    ]
    body = b"".join(
        name + struct.pack("<I", len(content) if stated is None else stated) + content + b"\0" * (len(content) % 2)
        for name, content, stated in chunks
    )
    return b"RIFF" + struct.pack("<I", 4 + len(body)) + b"WAVE" + body


def samples_of(content: bytes) -> tuple[int, int, int, bytes]:
    with wave.open(BytesIO(content)) as sound:
        return sound.getnchannels(), sound.getsampwidth(), sound.getframerate(), sound.readframes(sound.getnframes())


def test_only_the_samples_stay() -> None:
    made = resounded(wav())
    assert samples_of(made) == (1, 2, 8_000, b"\x01\x02" * 8_000)
    assert CANARY not in made
    assert len(made) == 44 + 16_000
    assert seconds_of(made) == 1


def test_the_law_of_telephone_networks_becomes_linear() -> None:
    made = resounded(wav(bytes([0xFF, 0x7F, 0x00, 0x80, 0xCE]), MU_LAW, bits=8, extra=b"\0\0"))
    # Values of ITU-T G.711.
    assert struct.unpack("<5h", samples_of(made)[3]) == (0, 0, -32124, 32124, 988)


def test_a_stream_that_does_not_know_its_length_is_read_to_its_end() -> None:
    content = wav(b"\x01\x02" * 100, size=0xFFFFFFFF)
    assert samples_of(resounded(content))[3].startswith(b"\x01\x02" * 100)


def test_half_a_sample_is_left_out() -> None:
    assert samples_of(resounded(wav(b"\x01\x02\x03")))[3] == b"\x01\x02"


@pytest.mark.parametrize(
    ("content", "trouble"),
    [
        (b"", FileTrouble.OTHER_KIND),
        (b"ID3\x04 an mp3", FileTrouble.OTHER_KIND),
        (b"RIFF\0\0\0\0AVI ", FileTrouble.OTHER_KIND),
        (b"RIFF\0\0\0\0WAVE", FileTrouble.BROKEN),
        (b"RIFF\0\0\0\0WAVEfmt \x04\0\0\0\x01\0\x01\0", FileTrouble.BROKEN),
        (wav(b""), FileTrouble.BROKEN),
        (wav(code=2), FileTrouble.OTHER_KIND),
        (wav(code=0x55), FileTrouble.OTHER_KIND),
        (wav(bits=8), FileTrouble.OTHER_KIND),
        (wav(bits=24), FileTrouble.OTHER_KIND),
        (wav(channels=0), FileTrouble.OTHER_KIND),
        (wav(channels=6), FileTrouble.OTHER_KIND),
        (wav(rate=1), FileTrouble.OTHER_KIND),
        (wav(rate=192_000), FileTrouble.OTHER_KIND),
        (wav(b"\0\0" * 8_000 * (MOST_SECONDS + 1)), FileTrouble.TOO_LARGE),
    ],
)
def test_anything_else_is_refused(content: bytes, trouble: FileTrouble) -> None:
    with pytest.raises(NotTaken) as refused:
        resounded(content)
    assert refused.value.trouble is trouble


@given(st.binary(max_size=200), st.booleans())
def test_no_bytes_do_more_than_be_refused(content: bytes, as_wav: bool) -> None:
    try:
        resounded(b"RIFF\0\0\0\0WAVE" + content if as_wav else content)
    except NotTaken:
        return
