"""Static files: named by their content in addresses, and served compressed.

The folder `static/` is what people edit; nothing in it is built. At start it is copied once, with compressed
twins, into the data folder, under the digest of its content.
"""

from __future__ import annotations

import hashlib
import shutil
import tempfile
from pathlib import Path
from wsgiref.headers import Headers

from flask import Flask
from whitenoise import WhiteNoise
from whitenoise.compress import Compressor

from portal.config import ROOT, Settings

STATIC = ROOT / "static"
FOREVER = 31_536_000


def start(app: Flask) -> None:
    """`asset(name)` in templates: the address of a static file, which changes when the file does."""
    digests = {path.name: _digest(path.read_bytes()) for path in _files()}
    app.jinja_env.globals["asset"] = lambda name: f"/static/{name}?{digests[name]}"


def whitenoise(app: Flask, settings: Settings) -> WhiteNoise:
    """The app behind a server of static files."""
    return WhiteNoise(
        app.wsgi_app,
        root=str(_compressed_copy(settings.data_dir)),
        prefix="static",
        max_age=FOREVER,
        # The library would otherwise let every site read them.
        allow_all_origins=False,
        add_headers_function=_protect,
    )


def _protect(headers: Headers, _path: str, _url: str) -> None:
    headers["X-Content-Type-Options"] = "nosniff"
    headers["Cross-Origin-Resource-Policy"] = "same-origin"


def _files() -> list[Path]:
    return sorted(path for path in STATIC.iterdir() if path.is_file())


def _digest(content: bytes) -> str:
    return hashlib.blake2b(content, digest_size=6).hexdigest()


def _compressed_copy(data_dir: Path) -> Path:
    target = data_dir / "static" / _digest(b"".join(path.name.encode() + path.read_bytes() for path in _files()))
    if target.is_dir():
        return target
    target.parent.mkdir(parents=True, exist_ok=True)
    # Made aside and renamed: several processes may start at once.
    aside = Path(tempfile.mkdtemp(dir=target.parent))
    compressor = Compressor(quiet=True)
    for path in _files():
        copy = shutil.copy2(path, aside / path.name)
        if compressor.should_compress(path.name):
            for _made in compressor.compress(str(copy)):
                pass
    try:
        aside.rename(target)
    except OSError:
        shutil.rmtree(aside)
    return target
