"""What is made once from files of the code: compressed static files, compiled templates.

People edit the folder `static/`; nothing in it is built. At start it is copied once, without comments and with
compressed twins for WhiteNoise, into the data folder, under the digest of its content. Templates are compiled beside
their sources, as Python keeps its modules; compiling took a sixth of the start.

Here too is the service worker of the page that a tablet keeps for one evening. It caches the page in whose folder it
lies, and its files, until a set time; signing out erases them.
"""

from __future__ import annotations

import hashlib
import re
import shutil
import tempfile
from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path
from pickle import UnpicklingError
from typing import Any
from wsgiref.headers import Headers

from flask import Flask, Response, current_app, url_for
from jinja2 import FileSystemBytecodeCache
from jinja2.bccache import Bucket
from whitenoise import WhiteNoise
from whitenoise.compress import Compressor

from portal.config import ROOT, Settings
from portal.core.portal import Portal


def made_once(folder: Path, make: Callable[[Path], None]) -> Path:
    """Return `folder`, filled by `make` unless it exists.

    It appears complete or not at all, since several processes start at once. Raises what `make` raises.
    """
    if folder.is_dir():
        return folder
    folder.parent.mkdir(parents=True, exist_ok=True)
    aside = Path(tempfile.mkdtemp(dir=folder.parent))
    try:
        make(aside)
        try:
            aside.rename(folder)
        except OSError:
            # Another process may have been faster.
            if not folder.is_dir():
                raise
    finally:
        shutil.rmtree(aside, ignore_errors=True)
    return folder


def digest(parts: Iterable[bytes]) -> str:
    """Return a name for the content of some files."""
    return hashlib.blake2b(b"".join(parts), digest_size=6).hexdigest()


class CompiledTemplates(FileSystemBytecodeCache):
    """Compiled templates in `folder`, keyed by name and source.

    An attacker who can write there can already write the templates. Where the portal cannot write, or the disk is full,
    it compiles them at each start.
    """

    def __init__(self, folder: Path) -> None:
        with suppress(OSError):
            folder.mkdir(exist_ok=True)
        super().__init__(str(folder), "%s.compiled")

    def load_bytecode(self, bucket: Bucket) -> None:
        try:
            super().load_bytecode(bucket)
        except (OSError, EOFError, ValueError, TypeError, UnpicklingError):
            # An incomplete file, for example after a power cut.
            bucket.reset()

    def dump_bytecode(self, bucket: Bucket) -> None:
        with suppress(OSError):
            super().dump_bytecode(bucket)


COMPILED = CompiledTemplates(ROOT / "portal" / "templates" / "__pycache__")


STATIC = ROOT / "static"
FOREVER = 31_536_000


def start(app: Portal) -> None:
    """Add `asset(name)` to templates: the URL of a static file, which changes when the file does."""
    digests = {path.name: digest([path.read_bytes()]) for path in _files()}
    app.jinja_env.globals["asset"] = lambda name: f"/static/{name}?{digests[name]}"


def whitenoise(app: Flask, settings: Settings) -> WhiteNoise:
    """Return the WSGI app wrapped in WhiteNoise, which serves the static files."""
    content = digest(path.name.encode() + path.read_bytes() for path in _files())
    return WhiteNoise(
        app.wsgi_app,
        root=str(made_once(settings.data_dir / "static" / content, _compress_into)),
        prefix="static",
        max_age=FOREVER,
        # WhiteNoise would otherwise let every origin read them.
        allow_all_origins=False,
        add_headers_function=_protect,
    )


def _protect(headers: Headers, _path: str, _url: str) -> None:
    headers["X-Content-Type-Options"] = "nosniff"
    headers["Cross-Origin-Resource-Policy"] = "same-origin"


def _files() -> list[Path]:
    return sorted(path for path in STATIC.iterdir() if path.is_file())


def _without_notes(path: Path) -> str:
    """Return a stylesheet or script without comments and indentation, a tenth of what comes over the line."""
    text = path.read_text(encoding="utf-8")
    if path.suffix == ".css":
        text = re.sub(r"\s*([{};])\s*", r"\1", re.sub(r"/\*.*?\*/", "", text, flags=re.DOTALL))
    lines = (line.strip() for line in text.splitlines())
    return "\n".join(line for line in lines if line and not line.startswith("//"))


def _compress_into(folder: Path) -> None:
    compressor = Compressor(quiet=True)
    for path in _files():
        copy = folder / path.name
        shutil.copy2(path, copy)
        if path.suffix in (".css", ".js"):
            copy.write_text(_without_notes(path), encoding="utf-8")
            shutil.copystat(path, copy)
        if compressor.should_compress(path.name):
            for _made in compressor.compress(str(copy)):
                pass


WORKER = "stage-worker.js"


def worker() -> Response:
    """Return the worker's script. Each page has its own URL for it, since a service worker's scope is its folder."""
    return Response((STATIC / WORKER).read_text(encoding="utf-8"), mimetype="text/javascript")


def worker_address(endpoint: str, files: tuple[str, ...], **values: Any) -> str:
    """Return the URL of the worker with the files that it caches: a changed file makes a new worker."""
    asset: Any = current_app.jinja_env.globals["asset"]
    version = asset(WORKER).partition("?")[2]
    return url_for(endpoint, keep=[asset(name) for name in files], version=version, **values)
