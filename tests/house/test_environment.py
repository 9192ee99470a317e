"""The environment is made with the pip that is expected; installing says how far it is, and why it failed."""

import hashlib
import http.server
import io
import json
import os
import re
import subprocess
import sys
import threading
import tomllib
import zipfile
from collections.abc import Iterator
from importlib.metadata import distribution, packages_distributions
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.version import Version

from bench.__main__ import measured
from portal.config import ROOT
from tests.house.scripts import FOLDER, script

environment, installing = script("environment"), script("install")


def made_wheel(folder: Path) -> Path:
    """The pip of this environment as a wheel."""
    pip = distribution("pip")
    made = folder / f"pip-{pip.version}-py3-none-any.whl"
    with zipfile.ZipFile(made, "w") as archive:
        for file in pip.files or ():
            if file.suffix != ".pyc" and file.parts[0].startswith("pip"):
                archive.write(Path(str(file.locate())), str(file))
    return made


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Path]]:
    """A package index that has this wheel, and the wheel."""
    wheel = made_wheel(tmp_path_factory.mktemp("wheel"))

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
        yield f"http://127.0.0.1:{server.server_port}/simple", wheel
        server.shutdown()


def pin(wheel: Path, digest: str | None = None) -> str:
    version = wheel.name.split("-")[1]
    return f"pip=={version} --hash=sha256:{digest or hashlib.sha256(wheel.read_bytes()).hexdigest()}\n"


def test_pip_is_fetched_and_installs_itself(index: tuple[str, Path], tmp_path: Path) -> None:
    address, wheel = index
    folder = tmp_path / "venv"
    environment.make_with(str(folder), *environment.fetched(address, pin(wheel)))
    said = subprocess.run([folder / "bin" / "python", "-m", "pip", "--version"], check=True, capture_output=True)
    assert wheel.name.split("-")[1].encode() in said.stdout
    assert str(folder).encode() in said.stdout


def test_another_file_is_refused_and_pin_is_read(index: tuple[str, Path]) -> None:
    address, wheel = index
    ours = (FOLDER / "pip.txt").read_text()
    for pinned, reason in (
        (pin(wheel, "0" * 64), "not the file"),
        ("pip==0.1 --hash=sha256:00", "has no"),
        (ours, "has no pip-"),
    ):
        with pytest.raises(OSError, match=reason):
            environment.fetched(address, pinned)


def test_every_library_of_the_portal_is_used() -> None:
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


def test_every_dependency_is_locked_in_a_version_asked_for() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    wanted, more = project["dependencies"], project["optional-dependencies"]["dev"]
    for lock, named in (("app.txt", wanted), ("dev.txt", wanted + more)):
        versions = locked(lock)
        for requirement in map(Requirement, named):
            assert versions.get(canonical(requirement.name)), f"{requirement} is not locked: run `make lock`"
            for version in versions[canonical(requirement.name)]:
                assert version in requirement.specifier, f"{requirement}, but {version} is locked: run `make lock`"


def canonical(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def test_part_of_bench_leaves_no_setting_to_the_next(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PORTAL_DATA_DIR", "before")

    def report(_quick: bool) -> str:
        os.environ.update({"PORTAL_DATA_DIR": "of the part", "PORTAL_DATABASE_URL": "of the part"})
        raise ZeroDivisionError

    before = dict(os.environ)
    with pytest.raises(ZeroDivisionError):
        measured(report, quick=True)
    assert dict(os.environ) == before


PIP = """
import sys
from pathlib import Path
for name in ("first", "second"):
    print(f"Collecting {name}==1 (from -r list.txt)")
print("Installing collected packages: first, second")
"""
NO_NETWORK = "WARNING: Retrying (Retry(total=4)) after 'NewConnectionError(… Connection refused)'"


def test_the_locked_lists_are_counted() -> None:
    for name in ("app.txt", "dev.txt"):
        text = (FOLDER / name).read_text()
        assert installing.packages(text) == text.count("==") - text.count(" == ") - text.count("via ==") > 50


def wanted_in(folder: Path) -> Path:
    path = folder / "list.txt"
    path.write_text("first==1 \\\n    --hash=sha256:00\n    # via second\nsecond[extra]==2 ; sys_platform == 'x'\n")
    return path


def test_what_pip_ends_with_and_says_is_handed_on(tmp_path) -> None:
    code, said = installing.install(wanted_in(tmp_path), [sys.executable, "-c", PIP + "sys.exit(3)"], io.StringIO())
    assert code == 3
    assert said[-1].startswith("Installing collected packages")


def test_why_it_failed_is_said() -> None:
    for said, index, sentence in (
        (NO_NETWORK, "", "The package index cannot be reached"),
        (NO_NETWORK, "https://me:hunter2@pip.example/simple", "pip.example cannot be reached"),
        ("ERROR: Could not install: [Errno 28] No space left on device", "", "The disk is full"),
        ("ERROR: hashes do not match", "", "ERROR: hashes do not match\nThe packages could not be installed."),
    ):
        found = installing.problem([f"{said}\n"], index)
        assert found.startswith(sentence)
        assert "hunter2" not in found


def test_half_an_environment_is_taken_away(monkeypatch, tmp_path) -> None:
    def half(folder: str, **_given: object) -> None:
        (tmp_path / "venv" / "bin").mkdir(parents=True)
        raise environment.subprocess.CalledProcessError(1, "ensurepip")

    monkeypatch.setattr(environment, "find_spec", lambda _name: True)
    monkeypatch.setattr(environment.venv, "create", half)
    with pytest.raises(OSError, match="could not be unpacked"):
        environment.make(str(tmp_path / "venv"))
    assert not (tmp_path / "venv").exists()
