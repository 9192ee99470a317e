"""Static files: content digests in their URLs, and compressed copies served by WhiteNoise.

People edit the folder `static/`; nothing in it is built. At start it is copied once, with compressed twins, into the
data folder, under the digest of its content.
"""

from __future__ import annotations

import shutil
from pathlib import Path
from wsgiref.headers import Headers

from flask import Flask
from whitenoise import WhiteNoise
from whitenoise.compress import Compressor

from portal.config import ROOT, Settings
from portal.core.made_once import digest, made_once
from portal.core.portal import Portal

STATIC = ROOT / "static"
FOREVER = 31_536_000


def start(app: Portal) -> None:
    """Add `asset(name)` to templates: the URL of a static file, which changes when the file does."""
    digests = {path.name: digest([path.read_bytes()]) for path in _files()}
    app.jinja_env.globals["asset"] = lambda name: f"/static/{name}?{digests[name]}"


def whitenoise(app: Flask, settings: Settings) -> WhiteNoise:
    """Return the WSGI app wrapped in WhiteNoise, which serves the static files."""
    return WhiteNoise(
        app.wsgi_app,
        root=str(_compressed_copy(settings.data_dir)),
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


def _compressed_copy(data_dir: Path) -> Path:
    content = digest(path.name.encode() + path.read_bytes() for path in _files())
    return made_once(data_dir / "static" / content, _compress_into)


def _compress_into(folder: Path) -> None:
    compressor = Compressor(quiet=True)
    for path in _files():
        copy = shutil.copy2(path, folder / path.name)
        if compressor.should_compress(path.name):
            for _made in compressor.compress(str(copy)):
                pass
