"""Encode a recording of speech anew, of any kind that telephones make, so that only the sound is kept.

`respoken` runs in `program`, never in a process of the portal: a decoder may fail in any way. `spoken` and
`disguised` start that process. PyAV brings FFmpeg as a wheel, the one package that opens AAC, Opus in WebM, AMR and 3GP
alike; it is loaded there only.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from io import BytesIO
from itertools import chain
from random import SystemRandom
from typing import TYPE_CHECKING, cast

from portal.core.files.apart import FileTask, FileTrouble, NotTaken, done_apart
from portal.core.files.rewriting import is_heic
from portal.core.files.sounds import MOST_SECONDS

if TYPE_CHECKING:
    from av import AudioFrame
    from av.container import InputContainer
    from av.filter import Graph

RATE, BYTES_A_SECOND = 16_000, 4_000
"""As a good telephone line sounds; every browser plays such an MP3."""
NARROW_RATE, NARROW_BYTES_A_SECOND = 8_000, 2_000
LOWER, HIGHER = (0.76, 0.86), (1.18, 1.32)
"""How far a voice is moved. Drawn for each note, so that whoever undoes it for one has not undone it for all."""
BEGINNINGS = {
    b"OggS": "ogg",
    b"\x1aE\xdf\xa3": "matroska",
    b"ID3": "mp3",
    b"#!AMR": "amr",
    b"fLaC": "flac",
    b"caff": "caf",
}
DECODERS = frozenset(
    "aac alac amrnb amrwb libopencore_amrnb libopencore_amrwb flac mp3 mp3float opus libopus vorbis libvorbis speex "
    "libspeex pcm_s16le pcm_s16be pcm_s24le pcm_s32le pcm_f32le pcm_u8 pcm_mulaw pcm_alaw adpcm_ima_wav adpcm_ms "
    "adpcm_ima_qt gsm gsm_ms libgsm libgsm_ms".split()
)


def spoken(content: bytes) -> bytes:
    """Return a recording, of any of these kinds, as a new mono MP3 of at most `MOST_SECONDS`. Raises `NotTaken`."""
    return done_apart(FileTask.SPEECH, content)


def disguised(content: bytes) -> bytes:
    """Return a recording as `spoken` does, with another voice, and half as large. Raises `NotTaken`."""
    return done_apart(FileTask.DISGUISE, content)


def seconds_spoken(mp3: bytes) -> int:
    """Return the length of a recording that `spoken` returned, in whole seconds, at least one."""
    return max(1, len(mp3) // BYTES_A_SECOND)


def is_cut(mp3: bytes) -> bool:
    """Return whether a recording that `spoken` returned is as long as any may be; what came after is not in it."""
    return seconds_spoken(mp3) >= MOST_SECONDS


def container_of(head: bytes) -> str | None:
    """Return FFmpeg's name of the container that a file of a sound begins like, None if it is no sound."""
    if head[4:8] == b"ftyp":
        return None if is_heic(head) else "mov"
    if (head[:4], head[8:12]) == (b"RIFF", b"WAVE"):
        return "wav"
    if head[:1] == b"\xff" and head[1:2] >= b"\xe0":
        # The layer of MPEG audio; AAC has none.
        return "mp3" if head[1] & 0b110 else "aac"
    return next((name for begins, name in BEGINNINGS.items() if head.startswith(begins)), None)


def respoken(content: bytes, *, disguise: bool = False) -> bytes:
    """Return the sound as an MP3 of bare frames: there is no place in it for a name, a date or a device."""
    import av

    container = container_of(content)
    if container is None:
        raise NotTaken(FileTrouble.OTHER_KIND)
    with av.open(BytesIO(content), "r", format=container, io_open=_opens_nothing_else) as source:
        frames = _decoded(source)
        if disguise:
            chance = SystemRandom()
            frames = _in_another_voice(frames, chance.uniform(*chance.choice((LOWER, HIGHER))))
            made = b"".join(_encoded(frames, NARROW_RATE, NARROW_BYTES_A_SECOND))
        else:
            made = b"".join(_encoded(frames, RATE, BYTES_A_SECOND))
    if not made:
        raise NotTaken(FileTrouble.BROKEN)
    return made


def _opens_nothing_else(*_given: object) -> None:
    """Refuse another file that a file points to."""
    raise PermissionError


def _decoded(source: InputContainer) -> Iterator[AudioFrame]:
    from av.error import InvalidDataError
    from av.stream import Disposition

    is_video = any(not one.disposition & Disposition.attached_pic for one in source.streams.video)
    if is_video or not source.streams.audio or source.streams.audio[0].codec_context.name not in DECODERS:
        raise NotTaken(FileTrouble.OTHER_KIND)
    for packet in source.demux(source.streams.audio[0]):
        try:
            yield from packet.decode()
        except InvalidDataError:
            # A damaged moment costs that moment.
            continue


def _in_another_voice(frames: Iterator[AudioFrame], factor: float) -> Iterator[AudioFrame]:
    """Yield the sound as long as it was, its pitch and its formants `factor` times as high."""
    import av
    from av.filter import Graph

    alike, graph = av.AudioResampler("s16", "mono", RATE, 1_024), Graph()
    graph.link_nodes(
        graph.add("abuffer", sample_rate=str(RATE), sample_fmt="s16", channel_layout="mono", time_base=f"1/{RATE}"),
        graph.add("asetrate", str(round(RATE * factor))),
        graph.add("aresample", str(RATE)),
        graph.add("atempo", f"{1 / factor:.4f}"),
        graph.add("abuffersink"),
    )
    graph.configure()
    for frame in chain(frames, [None]):
        for part in alike.resample(frame):
            graph.push(part)
            yield from _pulled(graph)
    graph.push(None)
    yield from _pulled(graph)


def _pulled(graph: Graph) -> Iterator[AudioFrame]:
    """Yield what a graph has ready."""
    from av.error import BlockingIOError, EOFError

    with suppress(BlockingIOError, EOFError):
        while True:
            yield cast("AudioFrame", graph.pull())


def _encoded(frames: Iterator[AudioFrame], rate: int, bytes_a_second: int) -> Iterator[bytes]:
    import av

    codec = av.CodecContext.create("libmp3lame", "w")
    codec.sample_rate, codec.layout, codec.format = rate, "mono", "s16p"
    codec.bit_rate = 8 * bytes_a_second
    codec.open()
    alike = av.AudioResampler(codec.format, codec.layout, rate, codec.frame_size)
    left = MOST_SECONDS * rate
    for frame in frames:
        for part in alike.resample(frame):
            yield from map(bytes, codec.encode(part))
            left -= part.samples
        if left <= 0:
            break
    for part in alike.resample(None):
        yield from map(bytes, codec.encode(part))
    yield from map(bytes, codec.encode(None))
