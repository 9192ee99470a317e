"""What is handed out of a version: the same bytes each time, licences that may be, and no silence about holes."""

import csv
import io
import subprocess
import tomllib
import zipfile
from email.message import Message
from importlib.metadata import distribution
from types import SimpleNamespace

import pytest

from portal.config import ROOT
from tests.house.scripts import script

releasing = script("release")

LOCK = """\
first==1.0 \\
    --hash=sha256:00
    # via second
second[extra]==2.1 ; python_full_version < '3' \\
    --hash=sha256:00
third==3 ; python_full_version >= '3'
"""


def test_a_locked_list_is_read_with_its_conditions() -> None:
    found = releasing.locked(LOCK)
    assert [(one.name, one.version, one.is_for_here) for one in found] == [
        ("first", "1.0", True),
        ("second", "2.1", False),
        ("third", "3", True),
    ]


def test_which_licences_may_be() -> None:
    for expression, fine in (
        ("MIT", True),
        ("Apache-2.0 OR GPL-2.0-only", True),
        ("BSD-3-Clause AND (MIT OR AGPL-3.0-only)", True),
        ("MIT AND GPL-2.0-or-later", False),
        ("AGPL-3.0-only", False),
        ("", False),
    ):
        assert releasing.is_allowed(expression) is fine


def test_licence_of_a_package_is_found_wherever_it_stands() -> None:
    long = "Copyright of somebody. " * 20
    for said, licence in (
        ({"License-Expression": "MIT"}, "MIT"),
        ({"License": "Apache License 2.0"}, "Apache-2.0"),
        ({"License": long, "Classifier": "License :: OSI Approved :: BSD License"}, "BSD-3-Clause"),
        ({"License": "All rights reserved"}, ""),
    ):
        metadata = Message()
        for key, value in {"Name": "someone", **said}.items():
            metadata[key] = value
        assert releasing.licence_of(SimpleNamespace(metadata=metadata)) == licence


def test_every_library_is_under_a_licence_that_may_be() -> None:
    lock = (ROOT / releasing.LOCK).read_text(encoding="utf-8")
    listed, broken = releasing.licences([one for one in releasing.locked(lock) if one.is_for_here])
    assert broken == []
    rows = list(csv.DictReader(io.StringIO(listed), delimiter="\t"))
    assert len(rows) > 80 and all(row["licence"] for row in rows)


def test_encoders_under_the_gpl_are_named() -> None:
    for name, known in releasing.COMPILED_IN.items():
        assert set(releasing.gpl_inside(distribution(name))) <= set(known)
    assert releasing.gpl_inside(distribution("flask")) == ()


def test_wheel_carries_all_and_comes_out_the_same(tmp_path) -> None:
    # Files as they stand in the folder, committed or not, and some that a wheel leaves out.
    names = ("pyproject.toml", "LICENSE", "wsgi.py", "Makefile", "tests/conftest.py", "portal/config.py")
    paths = [path for name in ("static", "translations", "migrations/versions") for path in (ROOT / name).rglob("*.*")]
    paths = [path for path in paths if "__pycache__" not in path.parts] + [ROOT / name for name in names]
    sources = {path.relative_to(ROOT).as_posix(): path.read_bytes() for path in paths}
    name, first = releasing.wheel(sources)
    assert releasing.wheel(dict(reversed(sources.items()))) == (name, first)
    (tmp_path / name).write_bytes(first)
    install = ["pip", "install", "--quiet", "--offline", "--no-deps", "--target", str(tmp_path / "site")]
    uv = ROOT / ".venv" / "bin" / "uv"
    subprocess.run([uv, *install, "--cache-dir", tmp_path / "cache", tmp_path / name], check=True)
    there = {
        path.relative_to(tmp_path / "site").as_posix() for path in (tmp_path / "site").rglob("*") if path.is_file()
    }
    assert {path for path in sources if path.startswith(releasing.CARRIED)} <= there
    assert not {"Makefile", "tests/conftest.py"} & there
    with zipfile.ZipFile(io.BytesIO(first)) as file:
        record = next(path for path in file.namelist() if path.endswith("RECORD"))
        listed = list(csv.reader(io.StringIO(file.read(record).decode())))
        assert {row[0] for row in listed} == set(file.namelist())
        assert all(row[1] == releasing.record_hash(file.read(row[0])) for row in listed if row[1])


def test_the_archive_comes_out_the_same() -> None:
    if not (ROOT / ".git").exists():
        pytest.skip("this is no repository, but sources that were unpacked")
    first, again = (releasing.archive("HEAD", "common-ground") for _ in range(2))
    assert first == again
    assert releasing.packed(first[:9_000]) == releasing.packed(first[:9_000])
    assert {"portal/config.py", "LICENSE"} <= set(releasing.unpacked(first))


def test_list_of_parts_has_every_package_and_no_time() -> None:
    names = ("pyproject.toml", "README.md", "LICENSE")
    sources = {name: (ROOT / name).read_bytes() for name in names} | {
        releasing.LOCK: LOCK.replace("00", "a" * 64).encode()
    }
    listed = releasing.sbom(sources, 1_800_000_000)
    assert b"2027-01-15T08:00:00" in listed and b"serialNumber" not in listed
    assert all(f"pkg:pypi/{name}@{version}".encode() in listed for name, version in [("first", "1.0"), ("third", "3")])


def test_an_audit_that_nobody_answered_says_so() -> None:
    skipped = {"name": "first", "version": "1.0", "skip_reason": "Dependency not found"}
    hole = {"name": "second", "version": "2.1", "vulns": [{"id": "PYSEC-1"}, {"id": "PYSEC-2"}]}
    clean = {"name": "third", "version": "3", "vulns": []}
    assert "NOT LOOKED FOR" in releasing.audited({"dependencies": [skipped]})
    assert "1 of 2 packages" in releasing.audited({"dependencies": [skipped, clean]})
    assert "second 2.1: PYSEC-1, PYSEC-2" in releasing.audited({"dependencies": [clean, hole]})


def test_sums_are_those_of_sha256sum(tmp_path) -> None:
    (tmp_path / "a.txt").write_bytes(b"words")
    (tmp_path / "SHA256SUMS").write_text(releasing.sums({"a.txt": b"words"}), encoding="utf-8")
    subprocess.run(["sha256sum", "--check", "--status", "SHA256SUMS"], cwd=tmp_path, check=True)


def test_what_is_handed_out_is_never_committed() -> None:
    assert "dist/" in (ROOT / ".gitignore").read_text(encoding="utf-8").split()
    assert "build-system" not in tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
