"""Rewrite a recording of speech: the samples are kept, everything else in the file is not.

No decoder is needed: only uncompressed WAV is accepted, as linear PCM or as the µ-law of telephone networks.
"""

from __future__ import annotations

import struct
import wave
from array import array
from collections.abc import Iterator
from io import BytesIO
from typing import NamedTuple

from portal.core.files.apart import FileTrouble, NotTaken

PCM, MU_LAW = 1, 7
RATES = range(8_000, 48_001)
MOST_SECONDS = 300
BYTES_OF_FORMAT = 16


class _Format(NamedTuple):
    code: int
    channels: int
    rate: int
    bits: int

    @property
    def is_accepted(self) -> bool:
        return self.channels in (1, 2) and self.rate in RATES and (self.code, self.bits) in ((PCM, 16), (MU_LAW, 8))


def resounded(content: bytes) -> bytes:
    """Return a recording as a new WAV file, 16-bit PCM, with the same samples. Raises `NotTaken`."""
    if content[:4] != b"RIFF" or content[8:12] != b"WAVE":
        raise NotTaken(FileTrouble.OTHER_KIND)
    chunks = dict(reversed(list(_chunks(content))))
    head, samples = chunks.get(b"fmt ", b""), chunks.get(b"data", b"")
    if len(head) < BYTES_OF_FORMAT:
        raise NotTaken(FileTrouble.BROKEN)
    code, channels, rate, _bytes_per_second, _block, bits = struct.unpack_from("<HHIIHH", head)
    form = _Format(code, channels, rate, bits)
    if not form.is_accepted:
        raise NotTaken(FileTrouble.OTHER_KIND)
    block = channels * bits // 8
    samples = samples[: len(samples) - len(samples) % block]
    if not samples:
        raise NotTaken(FileTrouble.BROKEN)
    if len(samples) > MOST_SECONDS * rate * block:
        raise NotTaken(FileTrouble.TOO_LARGE)
    return _written(form, samples if code == PCM else _linear(samples))


def seconds_of(wav: bytes) -> int:
    """Return the length of a recording that `resounded` returned, in whole seconds, at least one."""
    with wave.open(BytesIO(wav)) as sound:
        frames, rate = sound.getnframes(), sound.getframerate()
    return max(1, round(int(frames) / int(rate)))


def _chunks(content: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Yield the parts of the file. A stated size may be wrong: a stream is written before its length is known."""
    at = 12
    while at + 8 <= len(content):
        size = int.from_bytes(content[at + 4 : at + 8], "little")
        yield content[at : at + 4], content[at + 8 : at + 8 + size]
        at += 8 + size + size % 2


def _written(form: _Format, samples: bytes) -> bytes:
    out = BytesIO()
    with wave.open(out, "wb") as sound:
        sound.setnchannels(form.channels)
        sound.setsampwidth(2)
        sound.setframerate(form.rate)
        sound.writeframes(samples)
    return out.getvalue()


def _linear(samples: bytes) -> bytes:
    made = array("h", (_MU_LAW[sample] for sample in samples))
    if struct.pack("=h", 1) != struct.pack("<h", 1):
        made.byteswap()
    return made.tobytes()


def _decoded(sample: int) -> int:
    """Return the linear value of a µ-law byte (ITU-T G.711)."""
    sample = ~sample & 0xFF
    value = (((sample & 0x0F) << 3) + 0x84 << (sample >> 4 & 0x07)) - 0x84
    return -value if sample & 0x80 else value


_MU_LAW = tuple(_decoded(sample) for sample in range(256))
