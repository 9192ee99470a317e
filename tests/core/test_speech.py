"""Voice notes of any phone are encoded anew: only the sound stays, mono and of a size that is known beforehand."""

from __future__ import annotations

import math
import random
import resource
import struct
import subprocess
import sys
from array import array
from io import BytesIO
from itertools import pairwise
from pathlib import Path

import av
import pytest

from portal.config import ROOT
from portal.core.files import program, speech
from portal.core.files.apart import FileTask, FileTrouble, NotTaken
from portal.core.files.sounds import MOST_SECONDS
from portal.core.files.speech import (
    BYTES_A_SECOND,
    RATE,
    container_of,
    disguised,
    is_cut,
    respoken,
    seconds_spoken,
    spoken,
)
from tests.core.test_files_apart import BOMBS, changed, heic, picture
from tests.core.test_sounds import MU_LAW, wav
from tests.news.test_files import jpeg, pdf

CANARY = "Recorded by Rosa"
MUTATIONS = 300
KINDS = {
    "m4a of an iPhone": ("ipod", "aac", 48_000),
    "3gp": ("3gp", "aac", 16_000),
    "webm of a browser": ("webm", "libopus", 48_000),
    "opus of WhatsApp": ("ogg", "libopus", 16_000),
    "mp3": ("mp3", "libmp3lame", 44_100),
    "wav": ("wav", "pcm_s16le", 44_100),
    "aac": ("adts", "aac", 44_100),
    "flac": ("flac", "flac", 44_100),
    "caf": ("caf", "alac", 44_100),
}
"""Container and codec of FFmpeg, and samples a second."""
AMR = b"#!AMR\n" + b"\x04" + b"\0" * 12
"""Silence as cheap phones record it: each frame of the lowest rate begins with its kind and has twelve bytes more."""


def tone(container: str, codec: str, rate: int, seconds: float = 2.0, layout: str = "mono") -> bytes:
    """A note of 440 Hz as a phone writes it: it says whose it is, and where it was recorded."""
    out = BytesIO()
    with av.open(out, "w", format=container) as file:
        file.metadata.update(title=CANARY, artist=CANARY, location="+35.9557-080.0053/", comment=CANARY)
        stream = file.add_stream(codec, rate=rate)
        stream.layout = layout
        shape = av.AudioResampler(stream.codec_context.format, layout, rate, stream.codec_context.frame_size or 1_024)
        for part in (*shape.resample(_frame(rate, seconds)), *shape.resample(None)):
            file.mux(stream.encode(part))
        file.mux(stream.encode(None))
    return out.getvalue()


def _frame(rate: int, seconds: float) -> av.AudioFrame:
    samples = array("h", (int(9_000 * math.sin(2_765 * at / rate)) for at in range(int(rate * seconds))))
    frame = av.AudioFrame("s16", "mono", len(samples))
    frame.sample_rate = rate
    frame.planes[0].update(samples.tobytes())
    return frame


def heard(mp3: bytes) -> tuple[str, int, int, float, int]:
    """Codec, rate and channels of a file, its seconds, and how often its wave goes up through nothing in one."""
    with av.open(BytesIO(mp3), format="mp3") as file:
        stream = file.streams.audio[0]
        assert file.metadata == {}
        plain = av.AudioResampler("s16", "mono", RATE)
        samples = array("h")
        for frame in file.decode(stream):
            for part in plain.resample(frame):
                samples.frombytes(bytes(part.planes[0])[: 2 * part.samples])
        context = stream.codec_context
        middle = samples[RATE // 2 :][:RATE]
        ups = sum(1 for before, after in pairwise(middle) if before < 0 <= after)
        return context.name.removesuffix("float"), context.sample_rate, context.channels, len(samples) / RATE, ups


@pytest.mark.parametrize("name", KINDS)
def test_each_kind_that_phones_make_becomes_a_bare_mp3(name: str) -> None:
    made = spoken(tone(*KINDS[name]))
    codec, rate, channels, seconds, hertz = heard(made)
    assert (codec, rate, channels) == ("mp3", RATE, 1)
    assert 1.8 < seconds < 2.3
    assert 430 < hertz < 450
    assert CANARY.encode() not in made and b"35.9557" not in made
    assert abs(len(made) - 2 * BYTES_A_SECOND) < 700
    assert seconds_spoken(made) == 2


def test_the_canary_is_in_what_was_sent() -> None:
    assert sum(CANARY.encode() in tone(*KINDS[name]) for name in KINDS) > 5


def test_the_same_file_is_the_same_note_each_time() -> None:
    sent = tone("ipod", "aac", 44_100)
    assert spoken(sent) == spoken(sent)


def test_two_voices_on_two_sides_are_heard_as_one() -> None:
    assert heard(spoken(tone("ipod", "aac", 44_100, layout="stereo")))[2] == 1


def test_a_cheap_phone_s_own_kind_and_a_telephone_line_s() -> None:
    assert seconds_spoken(spoken(AMR[:6] + AMR[6:] * 150)) == 3
    assert seconds_spoken(spoken(wav(b"\x80\xff" * 8_000, MU_LAW, bits=8, extra=b"\0\0"))) == 2


def test_a_damaged_moment_costs_that_moment() -> None:
    sent = bytearray(tone("adts", "aac", 44_100, seconds=4))
    at = len(sent) // 2
    sent[at : at + 300] = b"\0" * 300
    assert 3.5 < heard(spoken(bytes(sent)))[3] < 4.2


def test_of_a_recording_that_broke_off_the_beginning_is_heard() -> None:
    whole = tone("ogg", "libopus", 16_000, seconds=4)
    assert 1 < heard(spoken(whole[: len(whole) // 2]))[3] < 3


def test_of_two_hours_the_first_minutes_are_kept() -> None:
    two_hours = AMR[:6] + AMR[6:] * (50 * 7_200)
    made = spoken(two_hours)
    assert is_cut(made) and not is_cut(spoken(tone("wav", "pcm_s16le", 8_000)))
    assert seconds_spoken(made) == MOST_SECONDS


def test_another_voice_is_higher_or_lower_and_as_long() -> None:
    sent = tone(*KINDS["m4a of an iPhone"], seconds=3)
    found = [heard(disguised(sent)) for _note in range(4)]
    for codec, rate, channels, seconds, hertz in found:
        assert (codec, rate, channels) == ("mp3", 8_000, 1)
        assert 2.8 < seconds < 3.4
        assert 330 < hertz < 383 or 515 < hertz < 585
    # Each note in a way of its own.
    assert len({hertz for *_rest, hertz in found}) > 1


def test_another_voice_is_cut_as_well() -> None:
    made = disguised(AMR[:6] + AMR[6:] * (50 * 400))
    assert abs(len(made) - MOST_SECONDS * 2_000) < 2_000


def film() -> bytes:
    """A video with sound, as a phone takes it."""
    out = BytesIO()
    with av.open(out, "w", format="mp4") as file:
        video, sound = file.add_stream("mpeg4", rate=10), file.add_stream("aac", rate=44_100)
        video.width, video.height, video.pix_fmt = 64, 48, "yuv420p"
        for _number in range(5):
            file.mux(video.encode(av.VideoFrame(64, 48, "yuv420p")))
        file.mux(video.encode(None))
        shape = av.AudioResampler(sound.codec_context.format, "mono", 44_100, 1_024)
        for part in shape.resample(_frame(44_100, 1)):
            file.mux(sound.encode(part))
        file.mux(sound.encode(None))
    return out.getvalue()


OTHERS = {
    "nothing": lambda: b"",
    "words": lambda: b"I said it in words",
    "photo": jpeg,
    "photo of an iPhone": heic,
    "png": lambda: picture("PNG"),
    "webp": lambda: picture("WEBP"),
    "pdf": pdf,
    "video": film,
    "avi": lambda: b"RIFF\0\0\0\0AVI LIST",
    "playlist": lambda: b"#EXTM3U\n/etc/passwd\n",
    "list of files": lambda: b"ffconcat version 1.0\nfile /etc/passwd\n",
    "page": lambda: b"<script>alert(1)</script>",
    **{f"bomb: {name}": bomb for name, bomb in BOMBS.items()},
}


@pytest.mark.parametrize("name", OTHERS)
def test_what_is_no_sound_is_told_from_one_that_is_damaged(name: str) -> None:
    with pytest.raises(NotTaken) as refused:
        spoken(OTHERS[name]())
    assert refused.value.trouble is FileTrouble.OTHER_KIND


@pytest.mark.parametrize("begins", [b"OggS", b"\x1aE\xdf\xa3", b"ID3\x04", b"fLaC", b"caff", b"\xff\xfb", b"\xff\xf1"])
@pytest.mark.parametrize("goes_on", [b"", b"\xff" * 500])
def test_what_only_begins_like_a_sound_is_broken(begins: bytes, goes_on: bytes) -> None:
    assert container_of(begins) is not None
    with pytest.raises(NotTaken) as refused:
        spoken(begins + goes_on)
    assert refused.value.trouble in (FileTrouble.BROKEN, FileTrouble.OTHER_KIND)


def test_a_sound_in_another_file_is_not_fetched(tmp_path) -> None:
    """A QuickTime file may keep its sound elsewhere and name the place; nothing is opened but the file itself."""
    (tmp_path / "secret.wav").write_bytes(tone("wav", "pcm_s16le", 8_000))
    sent = tone("mov", "pcm_s16le", 8_000)
    path = str(tmp_path / "secret.wav").encode()
    entry = struct.pack(">I4sI", 12 + len(path) + 1, b"url ", 0) + path + b"\0"
    assert b"url " in sent
    pointing = sent.replace(struct.pack(">I4sI", 12, b"url ", 1), entry)
    with pytest.raises(NotTaken):
        spoken(pointing)


def open_mutations() -> None:
    """In a process of its own, confined as the program is: prints which errors there were."""
    seen: set[str] = set()
    # What the tests have loaded here the program has not.
    loaded = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    program.confine(loaded + program.MEMORY[FileTask.SPEECH])
    chance = random.Random(20_26)
    kinds = [tone(*KINDS[name], seconds=0.2) for name in KINDS] + [AMR * 9]
    for _ in range(MUTATIONS):
        try:
            respoken(changed(chance.choice(kinds), chance))
        except Exception as error:
            seen.add(type(error).__name__)
    sys.stdout.write(" ".join(sorted(seen)))


def test_a_decoder_raises_at_worst() -> None:
    """It neither ends the process nor takes more time or memory than there is, whatever bytes are changed."""
    code = "from tests.core import test_speech as it; it.program.SECONDS = 120; it.open_mutations()"
    done = subprocess.run([sys.executable, "-W", "ignore", "-c", code], check=False, cwd=ROOT, capture_output=True)
    assert done.returncode == 0, done.stderr[-300:]
    assert b"InvalidDataError" in done.stdout


def test_no_process_of_the_portal_loads_the_decoders() -> None:
    code = "import sys, portal.reports.attachments; print({'av', 'pillow_heif', 'PIL'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], check=True, cwd=ROOT, capture_output=True, text=True)
    assert done.stdout.strip() == "set()"
    assert speech.DECODERS
