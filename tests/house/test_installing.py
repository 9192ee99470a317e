"""Installing says how far it is, and why it failed in one sentence; pip is a stand-in here."""

from __future__ import annotations

import io
import sys
from pathlib import Path

import pytest

from tests.house.scripts import FOLDER, script

installing, environment = script("install"), script("environment")
PIP = """
import sys
from pathlib import Path
for name in ("first", "second"):
    print(f"Collecting {name}==1 (from -r list.txt)")
print("Installing collected packages: first, second")
"""
UNPACKING = "Unpacking packages: 0"
NO_NETWORK = "WARNING: Retrying (Retry(total=4)) after 'NewConnectionError(… Connection refused)'"


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_the_locked_lists_are_counted() -> None:
    for name in ("app.txt", "dev.txt"):
        text = (FOLDER / name).read_text()
        assert installing.packages(text) == text.count("==") - text.count(" == ") - text.count("via ==") > 50


def wanted_in(folder: Path) -> Path:
    path = folder / "list.txt"
    path.write_text("first==1 \\\n    --hash=sha256:00\n    # via second\nsecond[extra]==2 ; sys_platform == 'x'\n")
    return path


def test_pip_is_told_of_step_by_step(tmp_path) -> None:
    for out, said in (
        (io.StringIO(), ["Fetching packages: 0 %", "Fetching packages: 50 %", "Unpacking packages: 0 %"]),
        (
            Terminal(),
            ["", "Fetching packages: 0 of 2 …", "Fetching packages: 1 of 2 …", "Unpacking packages: 0 of 2 …"],
        ),
    ):
        teller = installing.Teller(installing.packages(wanted_in(tmp_path).read_text()), tmp_path, out)
        teller.show()
        for line in ("Looking in indexes", "Collecting first==1", "Installing collected packages: first"):
            teller.heard(line)
            teller.show()
        assert out.getvalue().replace("\r\x1b[K", "\n").rstrip("\n").split("\n") == said


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
