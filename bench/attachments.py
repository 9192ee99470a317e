"""What pictures and a voice note add to a report: the same report with and without them, in turn, by one sender.

Over HTTP, to a server with its two workers. Each file is opened in a process of its own, forked by one that each worker
starts with its first file.
"""

from __future__ import annotations

import io
import secrets
import time
from base64 import urlsafe_b64encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

import requests

from bench import city
from bench.load import CannotMeasure
from bench.pools import WHAT
from bench.servers import serving
from bench.table import aligned
from portal.core.forms import NONCE_BYTES, signer_of
from portal.core.portal import Portal

REPEATS, QUICK_REPEATS = 12, 3
FIELDS = {"what": WHAT, "category": "selling", "market": "elm-street", "where": "By the wall", "when": "Evenings"}
OWN = {"Sec-Fetch-Site": "same-origin"}
NOTHING = [("pictures", ("", b""))]
Files = Sequence[tuple[str, tuple[str, bytes]]]


def report(quick: bool) -> str:
    """A row for each kind of file: milliseconds of the report with it, and how many times those of the one without."""
    with TemporaryDirectory() as folder:
        app = city.found(Path(folder))
        with serving("wsgi:app", "/health") as server:
            sender = Sender(app, server.url, Path(folder))
            rows = [_row(sender, name, files, QUICK_REPEATS if quick else REPEATS) for name, files in _files().items()]
    heads = ("a report with", "KB sent", "ms", "without", "times")
    return aligned([heads, *rows])


def _files() -> Mapping[str, Files]:
    from tests.core.test_files_apart import heic
    from tests.reports.test_attachments import note

    photos = [("pictures", ("x", _photo(number))) for number in range(4)]
    apple = ("pictures", ("x", heic((4_032, 3_024))))
    voice = ("voice", ("x", note(60)))
    return {
        "a picture of 12 megapixels": photos[:1],
        "the same as HEIC, of one color": [apple],
        "four pictures": photos,
        "a voice note of a minute": [voice],
    }


@dataclass(frozen=True)
class Sender:
    app: Portal
    url: str
    folder: Path

    def milliseconds(self, files: Files) -> float:
        """Send a report and return how long it took. Raises CannotMeasure unless all of it was kept."""
        nonce = urlsafe_b64encode(secrets.token_bytes(NONCE_BYTES))
        fields = {"token": signer_of(self.app.secret_key or "").sign(nonce).decode(), **FIELDS}
        before = city.count(self.folder, "reports_message")
        began = time.perf_counter()
        # A browser says that nothing was chosen as well, so both are sent in the same way.
        answer = requests.post(f"{self.url}/en/report/", fields, files=files or NOTHING, timeout=60, headers=OWN)
        spent = time.perf_counter() - began
        if answer.status_code != 200 or city.count(self.folder, "reports_message") != before + 1 + len(files):
            raise CannotMeasure("A report was not kept whole.")
        return 1_000 * spent


def _row(sender: Sender, name: str, files: Files, repeats: int) -> tuple[str, ...]:
    with_files, without = [], []
    for _repeat in range(repeats):
        without.append(sender.milliseconds([]))
        with_files.append(sender.milliseconds(files))
    size = sum(len(content) for _field, (_name, content) in files) / 1_000
    ratio = median(with_files) / median(without)
    return name, f"{size:.0f}", f"{median(with_files):.0f}", f"{median(without):.1f}", f"{ratio:.0f}"


def _photo(number: int) -> bytes:
    """A photo of 12 megapixels; the same one twice would be kept once."""
    from PIL import Image

    out = io.BytesIO()
    Image.effect_noise((4_032, 3_024), 20 + number).convert("RGB").save(out, "JPEG", quality=80)
    return out.getvalue()
