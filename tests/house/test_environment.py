"""The environment is made also by a Python that came without a copy of pip, and only with the pip that is expected."""

from __future__ import annotations

import hashlib
import http.server
import importlib.util
import json
import os
import re
import subprocess
import threading
import tomllib
import zipfile
from collections.abc import Iterator
from importlib.metadata import distribution, packages_distributions
from pathlib import Path
from types import SimpleNamespace

import pytest
from packaging.requirements import Requirement
from packaging.version import Version

from bench.__main__ import measured
from portal.config import ROOT

SCRIPT = ROOT / "requirements" / "environment.py"


@pytest.fixture(scope="module")
def environment():
    spec = importlib.util.spec_from_file_location("environment", SCRIPT)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def wheel(tmp_path_factory) -> Path:
    """The pip of this environment as a wheel."""
    pip = distribution("pip")
    made = tmp_path_factory.mktemp("wheel") / f"pip-{pip.version}-py3-none-any.whl"
    with zipfile.ZipFile(made, "w") as archive:
        for file in pip.files or ():
            if file.suffix != ".pyc" and file.parts[0].startswith("pip"):
                archive.write(Path(str(file.locate())), str(file))
    return made


@pytest.fixture
def index(wheel: Path) -> Iterator[str]:
    """A package index that has this wheel."""

    class Index(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            listed = {"files": [{"filename": wheel.name, "url": f"../../files/{wheel.name}"}]}
            answers = {"/simple/pip/": json.dumps(listed).encode(), f"/files/{wheel.name}": wheel.read_bytes()}
            self.send_response(200 if self.path in answers else 404)
            self.end_headers()
            self.wfile.write(answers.get(self.path, b""))

        def log_message(self, *_args: object) -> None:
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Index) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/simple"
        server.shutdown()


def pin(wheel: Path, digest: str | None = None) -> str:
    version = wheel.name.split("-")[1]
    return f"pip=={version} --hash=sha256:{digest or hashlib.sha256(wheel.read_bytes()).hexdigest()}\n"


def test_pip_is_fetched_and_installs_itself(environment, index: str, wheel: Path, tmp_path: Path) -> None:
    folder = tmp_path / "venv"
    environment.make_with(str(folder), *environment.fetched(index, pin(wheel)))
    said = subprocess.run([folder / "bin" / "python", "-m", "pip", "--version"], check=True, capture_output=True)
    assert wheel.name.split("-")[1].encode() in said.stdout
    assert str(folder).encode() in said.stdout


@pytest.mark.parametrize(
    ("pinned", "reason"),
    [(lambda wheel: pin(wheel, "0" * 64), "not the file"), (lambda _wheel: "pip==0.1 --hash=sha256:00", "has no")],
)
def test_another_file_is_refused(environment, index: str, wheel: Path, pinned, reason: str) -> None:
    with pytest.raises(OSError, match=reason):
        environment.fetched(index, pinned(wheel))


def test_the_pin_in_the_repository_can_be_read(environment, index: str) -> None:
    with pytest.raises(OSError, match="has no pip-"):
        environment.fetched(index, SCRIPT.with_name("pip.txt").read_text())


def test_every_library_that_is_installed_for_the_portal_is_used() -> None:
    wanted = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["dependencies"]
    names = {re.split(r"[\[<>=]", one)[0] for one in wanted}
    sources = [*(ROOT / "portal").rglob("*.py"), *(ROOT / "migrations").rglob("*.py")]
    code = "\n".join(path.read_text(encoding="utf-8") for path in sources)
    imported = set(re.findall(r"^\s*(?:from|import) (\w+)", code, re.MULTILINE))
    makers = packages_distributions()
    used = {canonical(name) for module in imported for name in makers.get(module, [])}
    assert names - used == set()


def locked(name: str) -> dict[str, list[Version]]:
    """The versions in a lock; there are several where Pythons differ."""
    found: dict[str, list[Version]] = {}
    pins = re.findall(r"^([\w.-]+)(?:\[[\w,]+\])?==([\w.]+)", (ROOT / "requirements" / name).read_text(), re.MULTILINE)
    for package, version in pins:
        found.setdefault(canonical(package), []).append(Version(version))
    return found


@pytest.mark.parametrize("lock", ["app.txt", "dev.txt"])
def test_every_direct_dependency_is_locked_in_a_version_that_is_asked_for(lock: str) -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    wanted = project["dependencies"] + (project["optional-dependencies"]["dev"] if lock == "dev.txt" else [])
    versions = locked(lock)
    for requirement in map(Requirement, wanted):
        assert versions.get(canonical(requirement.name)), f"{requirement} is not locked: run `make lock`"
        for version in versions[canonical(requirement.name)]:
            assert version in requirement.specifier, f"{requirement}, but {version} is locked: run `make lock`"


def canonical(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def test_a_part_of_the_bench_leaves_no_setting_to_the_next(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PORTAL_DATA_DIR", "before")

    def report(_quick: bool) -> str:
        os.environ.update({"PORTAL_DATA_DIR": "of the part", "PORTAL_DATABASE_URL": "of the part"})
        raise ZeroDivisionError

    before = dict(os.environ)
    with pytest.raises(ZeroDivisionError):
        measured(SimpleNamespace(report=report), quick=True)
    assert dict(os.environ) == before
