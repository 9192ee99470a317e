"""Pictures and voice notes that come with a report on the web: read from the form, made anew, and told of if lost.

A file that cannot be read never costs the report. Names of files are not looked at.
"""

from __future__ import annotations

import wave
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from io import BytesIO
from threading import BoundedSemaphore
from typing import Any, Literal

from flask_babel import gettext as _, lazy_gettext as _l, ngettext
from werkzeug.datastructures import FileStorage
from werkzeug.wrappers import Response
from wtforms import Field, FileField, HiddenField, MultipleFileField

from portal.core.files.apart import FileTrouble, NotTaken, is_heic, rebuilt
from portal.core.files.uploads import IncomingFile
from portal.core.forms import PublicForm, refuse
from portal.core.web import HEADERS

MOST_PICTURES = 4
MOST_ATTACHMENT_BYTES = 8 * 1024 * 1024
MOST_FORM_BYTES = 96 * 1024 * 1024
"""More than all files may have, so that one that is too large is told of with the report kept."""
RATE, MOST_SECONDS, SAMPLE_BYTES = 8_000, 60, 2
"""Of a voice note, as `static/voice.js` makes it: samples a second, how long it is, bytes a sample."""
MOST_READING = 6
"""Forms whose files a process opens or keeps waiting, one file at a time; each holds a thread of the server."""
_turns = BoundedSemaphore(MOST_READING)
WITH_MICROPHONE = HEADERS["Permissions-Policy"].replace("microphone=()", "microphone=(self)")


@dataclass(frozen=True)
class Attachment:
    """A picture as a new JPEG, or a voice note as a WAV; `digest` of what was sent tells whether it came before."""

    kind: Literal["picture", "voice"]
    digest: bytes
    content: bytes


@dataclass(frozen=True)
class ChosenFiles:
    pictures: Sequence[FileStorage] = ()
    voice: FileStorage | None = None
    beyond: int = 0

    def __bool__(self) -> bool:
        return bool(self.pictures or self.voice)


@dataclass(frozen=True)
class FilesTold:
    """What is said of the files of a form: what was kept, which were lost, and how many pictures were too many."""

    kept: int = 0
    lost: tuple[tuple[int, FileTrouble], ...] = ()
    beyond: int = 0
    voice_seconds: int = 0
    voice_lost: FileTrouble | None = None

    @property
    def is_lost(self) -> bool:
        return bool(self.lost or self.beyond or self.voice_lost)


class FormWithFiles(PublicForm):
    """A form that takes pictures and a voice note, which `static/voice.js` records and changes."""

    voice = FileField(_l("Voice note"))
    pictures = MultipleFileField(_l("Pictures"))
    gone = HiddenField()
    """Whether pictures were chosen earlier: no page can choose them again when it comes back."""
    limits = {"pictures": MOST_PICTURES, "megabytes": MOST_ATTACHMENT_BYTES >> 20, "seconds": MOST_SECONDS}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.gone.data = "y" if _chosen(self.pictures) else self.gone.data

    def validate_pictures(self, _field: Field) -> None:
        if self.gone.data and not _chosen(self.pictures):
            # Asked once: whoever presses Send again goes without.
            self.gone.data = ""
            lost = _l("Your pictures are not here any more. Choose them again, or press Send again to go without them.")
            refuse(lost)

    @property
    def files(self) -> ChosenFiles:
        pictures, voices = _chosen(self.pictures), _chosen(self.voice)
        beyond = max(0, len(pictures) - MOST_PICTURES)
        return ChosenFiles(pictures[:MOST_PICTURES], next(iter(voices), None), beyond)


def allow_microphone(response: Response) -> Response:
    """Let a page record; for pages with a `FormWithFiles`, and those that become one without a new document."""
    response.headers["Permissions-Policy"] = WITH_MICROPHONE
    return response


def _chosen(field: Field) -> list[FileStorage]:
    """Return the files of a field. A browser sends an empty one if none was chosen."""
    given = field.data if isinstance(field.data, list) else [field.data]
    return [file for file in given if isinstance(file, FileStorage) and (file.filename or file.stream.seek(0, 2))]


def read_files(files: ChosenFiles, *, is_room: Callable[[], bool]) -> tuple[tuple[Attachment, ...], FilesTold]:
    """Return the files made anew, and what is to be said of them. `is_room` counts a form; False if too many came."""
    if not files:
        return (), FilesTold()
    note: Attachment | FileTrouble | None = FileTrouble.NO_ROOM if files.voice else None
    pictures: list[Attachment | FileTrouble] = [FileTrouble.NO_ROOM] * len(files.pictures)
    if is_room():
        note = _read("voice", files.voice) if files.voice else None
        pictures = [FileTrouble.UNFINISHED] * len(files.pictures)
        if _turns.acquire(blocking=False):
            try:
                for at, file in enumerate(files.pictures):
                    # Who waited in vain once does not wait again: the report is to be filed.
                    pictures[at] = (
                        FileTrouble.UNFINISHED if FileTrouble.UNFINISHED in pictures[:at] else _read("picture", file)
                    )
            finally:
                _turns.release()
    voice = [note] if isinstance(note, Attachment) else []
    kept = {picture.digest: picture for picture in pictures if isinstance(picture, Attachment)}
    told = FilesTold(
        kept=len(kept),
        lost=tuple((number, why) for number, why in enumerate(pictures, 1) if isinstance(why, FileTrouble)),
        beyond=files.beyond,
        voice_seconds=max(1, round(len(voice[0].content) / RATE / SAMPLE_BYTES)) if voice else 0,
        voice_lost=note if isinstance(note, FileTrouble) else None,
    )
    return (*voice, *kept.values()), told


def _read(kind: Literal["picture", "voice"], file: FileStorage) -> Attachment | FileTrouble:
    """Return a picture made anew, or as a WAV the bare samples that a phone recorded, so that no decoder is needed."""
    trouble = file.stream.trouble if isinstance(file.stream, IncomingFile) else None
    if trouble is not None:
        return trouble
    file.stream.seek(0)
    content = file.stream.read(MOST_ATTACHMENT_BYTES + 1)
    if len(content) > MOST_ATTACHMENT_BYTES:
        return FileTrouble.TOO_LARGE
    digest = blake2b(content, digest_size=32).digest()
    if kind == "voice":
        if not content or len(content) % SAMPLE_BYTES or len(content) > MOST_SECONDS * RATE * SAMPLE_BYTES:
            return FileTrouble.BROKEN
        out = BytesIO()
        with wave.open(out, "wb") as sound:
            sound.setparams((1, SAMPLE_BYTES, RATE, 0, "NONE", ""))
            sound.writeframes(content)
        return Attachment(kind, digest, out.getvalue())
    # Only what begins like one of the kinds that `rebuilt` opens.
    is_webp = (content[:4], content[8:12]) == (b"RIFF", b"WEBP")
    begins = content.startswith((b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"GIF8"))
    if not (begins or is_webp or is_heic(content)):
        return FileTrouble.OTHER_KIND
    try:
        return Attachment(kind, digest, rebuilt(content))
    except NotTaken as reason:
        return reason.trouble


WHY_LOST = dict.fromkeys(FileTrouble, _l("It is damaged. Please try a screenshot of it.")) | {
    FileTrouble.TOO_LARGE: _l("It is too large. A screenshot of it is smaller."),
    FileTrouble.TOO_MANY_DOTS: _l("It is too large. A screenshot of it is smaller."),
    FileTrouble.OTHER_KIND: _l("We cannot open its kind. A screenshot of it works."),
    FileTrouble.UNFINISHED: _l("Too many came at once. Please send it again in a few minutes."),
    FileTrouble.NO_ROOM: _l("Too many came in this hour. Please send it again in an hour."),
}


def voice_lost(why: FileTrouble) -> str:
    again = WHY_LOST[why] if why in {FileTrouble.UNFINISHED, FileTrouble.NO_ROOM} else _l("Please record it again.")
    return str(_("We could not keep your voice note.")) + " " + str(again)


def told_of_files(told: FilesTold) -> list[str]:
    sentences = []
    if told.voice_seconds:
        sentences.append(_("We have your voice note."))
    if told.voice_lost:
        sentences.append(voice_lost(told.voice_lost))
    if told.kept:
        sentences.append(ngettext("We have your picture.", "We have your %(num)s pictures.", told.kept))
    for number, why in told.lost:
        sentences.append(_("We could not keep picture %(number)s.", number=number) + " " + str(WHY_LOST[why]))
    if told.beyond:
        sentences.append(_("We took the first %(most)s pictures only.", most=MOST_PICTURES))
    return sentences
