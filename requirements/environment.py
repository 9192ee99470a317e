"""Makes the environment that `make` works in, also where Debian's Python came without `python3-venv`.

What that package brings is Python's own copy of pip. Without it pip is fetched from the index that pip itself would
ask, and nothing is used but the very file whose hash stands in `pip.txt`.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
import urllib.request
import venv
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import urljoin

SECONDS = 60
JSON = "application/vnd.pypi.simple.v1+json"


def make(folder: str) -> None:
    """Make the environment in `folder`, with pip in it. Raises `OSError` with nothing made when pip cannot be had."""
    if find_spec("ensurepip") is not None:
        try:
            venv.create(folder, symlinks=True, with_pip=True)
        except subprocess.CalledProcessError:
            # Half an environment would be taken for a whole one the next time.
            shutil.rmtree(folder, ignore_errors=True)
            raise OSError("Python's copy of pip could not be unpacked; is the disk full?") from None
        return
    index = os.environ.get("PIP_INDEX_URL", "https://pypi.org/simple")
    make_with(folder, *fetched(index.rstrip("/"), Path(__file__).with_name("pip.txt").read_text(encoding="utf-8")))


def make_with(folder: str, name: str, wheel: bytes) -> None:
    """Make it with the pip that is in `wheel`: a wheel of pip can be run as it is, and install itself."""
    venv.create(folder, symlinks=True)
    with tempfile.TemporaryDirectory() as place:
        file = Path(place, name)
        file.write_bytes(wheel)
        python = f"{folder}/bin/python"
        subprocess.run([python, f"{file}/pip", "install", "--quiet", "--no-index", file], check=True)  # noqa: S603


def fetched(index: str, pinned: str) -> tuple[str, bytes]:
    """Name and bytes of the wheel that a line such as `pip==26.3 --hash=sha256:…` names; `OSError` if it is another."""
    requirement, _option, digest = pinned.strip().replace("=sha256:", " ").split()
    name = f"{requirement.replace('==', '-')}-py3-none-any.whl"
    page = f"{index}/pip/"
    files = json.loads(_read(page))["files"]
    address = next((urljoin(page, each["url"]) for each in files if each["filename"] == name), None)
    if address is None:
        raise OSError(f"{index} has no {name}")
    wheel = _read(address)
    if hashlib.sha256(wheel).hexdigest() != digest:
        raise OSError(f"{name} from {index} is not the file that is expected here")
    return name, wheel


def _read(address: str) -> bytes:
    asked = urllib.request.Request(address, headers={"Accept": JSON})  # noqa: S310 - the index of whoever runs this
    with urllib.request.urlopen(asked, timeout=SECONDS) as answer:  # noqa: S310
        return bytes(answer.read())


if __name__ == "__main__":
    sys.stderr.write("Making the environment …\n")
    try:
        make(sys.argv[1])
    except OSError as error:
        sys.exit(f"No environment could be made: {error}. On Debian, apt-get install python3-venv helps as well.")
