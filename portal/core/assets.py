"""What is made once from files of the code: compressed static files, compiled templates, the compiled Spanish.

People edit `static/` and `translations/`; nothing in them is built. At start both are copied once into the data folder,
under the digest of their content: static files without comments and with compressed twins for WhiteNoise, the catalogue
compiled, so that no forgotten installation step leaves `/es/` in English. Templates are compiled beside their sources,
as Python keeps its modules; compiling took a sixth of the start.

Here too is the service worker of the page that a tablet keeps for one evening. It caches the page in whose folder it
lies, and its files, until a set time; signing out erases them.
"""

from __future__ import annotations

import hashlib
import logging
import re
import shutil
import tempfile
from collections.abc import Callable, Iterable
from contextlib import suppress
from io import BytesIO
from pathlib import Path
from pickle import UnpicklingError
from typing import TYPE_CHECKING, Any
from wsgiref.headers import Headers

from flask import Flask, Response, current_app, url_for
from jinja2 import FileSystemBytecodeCache
from jinja2.bccache import Bucket
from whitenoise import WhiteNoise
from whitenoise.compress import Compressor

from portal.config import ROOT, BadSettings, Settings
from portal.core.logs import LogEvent
from portal.core.portal import Portal

if TYPE_CHECKING:
    from babel.messages.catalog import Catalog


def made_once(folder: Path, make: Callable[[Path], None]) -> Path:
    """Return `folder`, filled by `make` unless it exists: whole or not at all, as several processes start at once."""
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


def _compress_into(folder: Path) -> None:
    compressor = Compressor(quiet=True)
    for path in _files():
        copy = folder / path.name
        shutil.copy2(path, copy)
        if path.suffix in (".css", ".js"):
            # Comments and indentation are a tenth of what comes over the line.
            text = path.read_text(encoding="utf-8")
            if path.suffix == ".css":
                text = re.sub(r"\s*([{};])\s*", r"\1", re.sub(r"/\*.*?\*/", "", text, flags=re.DOTALL))
            lines = (line.strip() for line in text.splitlines())
            copy.write_text("\n".join(line for line in lines if line and not line.startswith("//")), encoding="utf-8")
            shutil.copystat(path, copy)
        if compressor.should_compress(path.name):
            for _made in compressor.compress(str(copy)):
                pass


TRANSLATIONS = ROOT / "translations"
SPANISH = "es/LC_MESSAGES/messages.po"
LAST_QUOTE = re.compile(rb'[^\\]"\s*\Z')
MISSING = LogEvent("texts.missing", logging.WARNING, "{count} text(s) without Spanish; they are shown in English")


def compiled_catalogue(data_dir: Path, *, must_be_whole: bool, translations: Path = TRANSLATIONS) -> Path:
    """Return the folder of the compiled catalogue; raises `BadSettings` if the source is missing or incomplete."""
    source = translations / SPANISH
    try:
        content = digest([source.read_bytes()])
    except OSError as error:
        raise BadSettings(f"{error.filename} cannot be read: without it the portal has no Spanish") from None

    def write(folder: Path) -> None:
        # The import takes a tenth of a second, which only the first start spends.
        from babel.messages.mofile import write_mo

        spanish = read_catalogue(source)
        missing = untranslated(spanish)
        if missing and must_be_whole:
            raise BadSettings(f"{source} is not whole: {len(missing)} text(s) without Spanish, such as “{missing[0]}”")
        if missing:
            MISSING.log(count=len(missing))
        target = folder / "es" / "LC_MESSAGES"
        target.mkdir(parents=True)
        with (target / "messages.mo").open("wb") as file:
            write_mo(file, spanish)

    return made_once(data_dir / "translations" / f"{'whole' if must_be_whole else 'any'}-{content}", write).resolve()


def read_catalogue(source: Path) -> Catalog:
    """Return the catalogue in this file. Raises `BadSettings` if it is damaged or ends in the middle of a text."""
    from babel.messages.pofile import PoFileError, read_po

    content = source.read_bytes()
    try:
        spanish = read_po(BytesIO(content), locale="es", abort_invalid=True)
    except (UnicodeDecodeError, PoFileError):
        spanish = None
    # Babel accepts a text whose closing quote is missing.
    if not spanish or not LAST_QUOTE.search(content):
        raise BadSettings(f"{source} is damaged: without it the portal has no Spanish") from None
    return spanish


def untranslated(spanish: Catalog) -> list[str]:
    """Return the English of every text without a Spanish translation, or with a fuzzy one.

    Whether the catalogue has every text of the sources is tested before a change is merged.
    """

    def forms(text: Any) -> tuple[str, ...]:
        return tuple(text) if isinstance(text, list | tuple) else (text or "",)

    texts = (message for message in spanish if message.id)
    return [forms(message.id)[0] for message in texts if message.fuzzy or not all(forms(message.string))]


WORKER = "stage-worker.js"


def worker() -> Response:
    """Return the worker's script. Each page has its own URL for it, since a service worker's scope is its folder."""
    return Response((STATIC / WORKER).read_text(encoding="utf-8"), mimetype="text/javascript")


def worker_address(endpoint: str, files: tuple[str, ...], **values: Any) -> str:
    """Return the URL of the worker with the files that it caches: a changed file makes a new worker."""
    asset: Any = current_app.jinja_env.globals["asset"]
    version = asset(WORKER).partition("?")[2]
    return url_for(endpoint, keep=[asset(name) for name in files], version=version, **values)
