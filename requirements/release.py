"""Makes what is handed out of a version, in `dist/`: `python requirements/release.py [COMMIT]`.

Everything is made from the commit, never from the folder, and from nothing that changes with the hour or the machine:
whoever makes it again from the same commit gets the same bytes and can compare them with `SHA256SUMS`.
"""

from __future__ import annotations

import argparse
import base64
import gzip
import hashlib
import io
import json
import os
import platform
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
import time
import tomllib
import zipfile
from dataclasses import dataclass
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path

from packaging.markers import Marker

ROOT = Path(__file__).resolve().parent.parent
LOCK = "requirements/app.txt"
CARRIED = ("portal/", "static/", "translations/", "migrations/", "wsgi.py")
"""What of the sources is in the wheel; `portal/config.py` looks for the others beside `portal/`."""
AUDIT_SECONDS = 300
FIRST_DAY = (1980, 1, 1, 0, 0, 0)
"""The earliest time that a zip file knows."""

ALLOWED = frozenset(
    "0BSD Apache-2.0 BSD-2-Clause BSD-3-Clause CC0-1.0 ISC LGPL-3.0-only LGPL-3.0-or-later MIT MIT-0 MIT-CMU "
    "MPL-2.0 PSF-2.0 Unlicense Zlib".split()
)
"""Licences of libraries that the portal, itself Apache-2.0, may stand on without taking theirs over."""
COMPILED_IN = {"pillow-heif": ("x265",)}
"""Wheels that carry libraries under the GPL (2 or later): encoders, which the portal never calls."""
WORDS = {
    "Apache 2.0": "Apache-2.0",
    "Apache License 2.0": "Apache-2.0",
    "Apache License, Version 2.0": "Apache-2.0",
    "Apache Software License": "Apache-2.0",
    "2-clause BSD": "BSD-2-Clause",
    "BSD": "BSD-3-Clause",
    "BSD License": "BSD-3-Clause",
    "MIT License": "MIT",
    "Mozilla Public License 2.0 (MPL 2.0)": "MPL-2.0",
    "Python Software Foundation License": "PSF-2.0",
}
"""What metadata of before SPDX says, and what it means."""
READ = {"huey": "MIT", "pyrage": "MIT", "zxcvbn-rs-py": "MIT"}
"""Licences that stand in no field of the metadata; somebody read the file that came with the package."""


@dataclass(frozen=True)
class Locked:
    """A line of a locked list."""

    name: str
    version: str
    marker: str = ""

    @property
    def is_for_here(self) -> bool:
        """Whether this Python on this machine installs it."""
        return not self.marker or Marker(self.marker).evaluate()


def locked(text: str) -> list[Locked]:
    """Return the packages that a locked list names."""
    lines = re.findall(r"^([A-Za-z0-9][\w.-]*)(?:\[[\w,-]*\])?==([^ ;\\\n]+)(?: *; *([^\\\n]+))?", text, re.MULTILINE)
    return [Locked(name, version, marker.strip()) for name, version, marker in lines]


def licence_of(package: Distribution) -> str:
    """Return the licence as an SPDX expression, or an empty string where the metadata does not say."""
    said = package.metadata
    expression = said.get("License-Expression") or READ.get(said["Name"].lower().replace("_", "-"), "")
    if expression:
        return str(expression)
    field = said.get("License") or ""
    # Some put the whole text there.
    if 0 < len(field) < 60 and (WORDS.get(field, field) in ALLOWED):
        return WORDS.get(field, field)
    classes = [one.split(" :: ")[-1] for one in said.get_all("Classifier") or [] if one.startswith("License ::")]
    # Of several the choice is ours.
    return " OR ".join(sorted({WORDS.get(one, one) for one in classes}))


def is_allowed(expression: str) -> bool:
    """Tell whether each licence that applies is one that may; of those joined by OR one is enough."""
    parts = [re.split(r"\s+OR\s+", part.strip("() ")) for part in re.split(r"\s+AND\s+", expression)]
    return bool(expression) and all(any(one.strip("() ") in ALLOWED for one in choice) for choice in parts)


def gpl_inside(package: Distribution) -> tuple[str, ...]:
    """Return which encoders under the GPL a wheel has brought along."""
    names = {Path(str(file)).name for file in package.files or ()}
    return tuple(one for one in ("x264", "x265") if any(name.startswith(f"lib{one}") for name in names))


def licences(packages: list[Locked]) -> tuple[str, list[str]]:
    """Return the list to hand out, and what in it breaks the rule."""
    lines, broken = ["package\tversion\tlicence\tcarries\n"], []
    for one in packages:
        try:
            found = distribution(one.name)
        except PackageNotFoundError:
            broken.append(f"{one.name} is not installed")
            continue
        licence, inside = licence_of(found), gpl_inside(found)
        if not is_allowed(licence):
            broken.append(f"{one.name}: {licence or 'no licence is named'}")
        if set(inside) - set(COMPILED_IN.get(one.name, ())):
            broken.append(f"{one.name} carries {', '.join(inside)} (GPL)")
        lines.append("\t".join((one.name, one.version, licence, ", ".join(f"{x} (GPL)" for x in inside))) + "\n")
    return "".join(lines), broken


def git(*arguments: str) -> bytes:
    """Return what git answers about the sources."""
    return subprocess.run(["git", *arguments], cwd=ROOT, check=True, capture_output=True).stdout  # noqa: S603, S607


def archive(commit: str, name: str) -> bytes:
    """Return the sources of a commit as a tar file; times and owners are the commit's and nobody's."""
    return git("-c", "tar.umask=022", "archive", "--format=tar", f"--prefix={name}/", commit)


def packed(tar: bytes) -> bytes:
    """Return it compressed, without a time or a name in it."""
    out = io.BytesIO()
    with gzip.GzipFile(filename="", mode="wb", fileobj=out, mtime=0, compresslevel=9) as file:
        file.write(tar)
    return out.getvalue()


def unpacked(tar: bytes) -> dict[str, bytes]:
    """Return the files of an archive by their path in the sources."""
    with tarfile.open(fileobj=io.BytesIO(tar)) as files:
        found = [(one.name.partition("/")[2], files.extractfile(one)) for one in files if one.isfile()]
        return {path: content.read() for path, content in found if content is not None}


def wheel(sources: dict[str, bytes]) -> tuple[str, bytes]:
    """Return name and bytes of the wheel.

    Written here and by no build back end: those that can be had leave out what lies beside `portal/`, and a wheel is a
    zip file with three small files more.
    """
    project = tomllib.loads(sources["pyproject.toml"].decode())["project"]
    name, version = project["name"].replace("-", "_"), project["version"]
    info = f"{name}-{version}.dist-info"
    content = {path: data for path, data in sources.items() if path.startswith(CARRIED)}
    content[f"{info}/licenses/LICENSE"] = sources["LICENSE"]
    content[f"{info}/METADATA"] = metadata(project).encode()
    content[f"{info}/WHEEL"] = b"Wheel-Version: 1.0\nGenerator: here\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
    record = [f"{path},{record_hash(data)},{len(data)}\n" for path, data in sorted(content.items())]
    content[f"{info}/RECORD"] = "".join([*record, f"{info}/RECORD,,\n"]).encode()
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as file:
        # The record of what is in it stands at the end, as installers like it.
        for path in sorted(content, key=lambda path: (path.startswith(info), path)):
            entry = zipfile.ZipInfo(path, FIRST_DAY)
            entry.compress_type, entry.external_attr, entry.create_system = zipfile.ZIP_DEFLATED, 0o100644 << 16, 3
            file.writestr(entry, content[path])
    return f"{name}-{version}-py3-none-any.whl", out.getvalue()


def metadata(project: dict[str, object]) -> str:
    """Return what an installer reads of a wheel."""
    extras: dict[str, list[str]] = project["optional-dependencies"]  # type: ignore[assignment]
    needs: list[str] = project["dependencies"]  # type: ignore[assignment]
    lines = [
        "Metadata-Version: 2.4",
        f"Name: {project['name']}",
        f"Version: {project['version']}",
        f"Summary: {project['description']}",
        f"License-Expression: {project['license']}",
        "License-File: LICENSE",
        f"Requires-Python: {project['requires-python']}",
        *(f"Requires-Dist: {one}" for one in needs),
    ]
    for extra in sorted(set(extras) - {"dev"}):
        lines += [f"Provides-Extra: {extra}", *(f"Requires-Dist: {one}; extra == '{extra}'" for one in extras[extra])]
    return "\n".join([*lines, ""])


def record_hash(data: bytes) -> str:
    """Return the hash of a file as the record of a wheel writes it."""
    return "sha256=" + base64.urlsafe_b64encode(hashlib.sha256(data).digest()).decode().rstrip("=")


def sbom(sources: dict[str, bytes], moment: int) -> bytes:
    """Return the list of all locked packages with their hashes, as CycloneDX; its time is the commit's."""
    with tempfile.TemporaryDirectory() as folder:
        for name in (LOCK, "pyproject.toml", "README.md", "LICENSE"):
            path = Path(folder, name)
            path.parent.mkdir(exist_ok=True)
            path.write_bytes(sources[name])
        command = [Path(sys.executable).with_name("cyclonedx-py"), "requirements", "--output-reproducible"]
        done = subprocess.run(  # noqa: S603
            [*command, "--pyproject", "pyproject.toml", LOCK],
            cwd=folder,
            env=os.environ | {"SOURCE_DATE_EPOCH": str(moment), "PYTHONWARNINGS": "ignore"},
            check=True,
            stdout=subprocess.PIPE,
        )
    return done.stdout


def audit(packages: list[Locked]) -> str:
    """Return in a few lines which of them have known holes, or that nobody could be asked."""
    uvx = Path(sys.executable).with_name("uvx")
    with tempfile.TemporaryDirectory() as folder:
        wanted, answer = Path(folder, "wanted.txt"), Path(folder, "answer.json")
        wanted.write_text("".join(f"{one.name}=={one.version}\n" for one in packages), encoding="utf-8")
        command = [uvx, "--quiet", "pip-audit", "--no-deps", "--disable-pip", "--progress-spinner", "off"]
        try:
            subprocess.run(  # noqa: S603
                [*command, "--format", "json", "--output", answer, "--requirement", wanted],
                capture_output=True,
                timeout=AUDIT_SECONDS,
                check=False,
            )
            return audited(json.loads(answer.read_text(encoding="utf-8")))
        except (OSError, ValueError, subprocess.TimeoutExpired):
            return "Known holes: NOT LOOKED FOR. pip-audit could not be fetched or run here.\n"


def audited(said: dict[str, list[dict[str, object]]]) -> str:
    """Return what an answer of pip-audit comes to. A package that the database did not know counts as not asked."""
    asked = [one for one in said["dependencies"] if "skip_reason" not in one]
    if not asked:
        return f"Known holes: NOT LOOKED FOR. The database knew none of {len(said['dependencies'])} packages.\n"
    holes = [
        f"  {one['name']} {one['version']}: {', '.join(hole['id'] for hole in one['vulns'])}\n"  # type: ignore[attr-defined]
        for one in asked
        if one.get("vulns")
    ]
    first = f"Known holes: {len(asked)} of {len(said['dependencies'])} packages asked about.\n"
    return first + ("".join(holes) or "  None is known.\n")


def provenance(commit: str, sources: dict[str, bytes], tar: bytes, holes: str) -> str:
    """Return from what the files were made, with what, and how somebody else makes them."""
    moment = int(git("show", "-s", "--format=%ct", commit))
    return f"""\
Commit:          {commit}
Committed:       {time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(moment))}
Locked packages: {LOCK}, sha256 {hashlib.sha256(sources[LOCK]).hexdigest()}
Archive inside:  sha256 {hashlib.sha256(tar).hexdigest()} (the tar file, whatever compressed it)
Python:          {platform.python_version()}

To make the same files: check out that commit, run `make release`, compare with `sha256sum --check SHA256SUMS`.
Another zlib may compress otherwise; then compare what is inside: `gunzip --stdout FILE | sha256sum`.
To install the wheel: `pip install --require-hashes -r {LOCK}` (from the archive), then `pip install --no-deps FILE`,
and start it with PORTAL_DATA_DIR set: without that the data would lie among the libraries.

{holes}"""


def sums(files: dict[str, bytes]) -> str:
    """Return the hashes as `sha256sum --check` reads them."""
    return "".join(f"{hashlib.sha256(data).hexdigest()}  {name}\n" for name, data in sorted(files.items()))


def made(commit: str) -> tuple[dict[str, bytes], bytes]:
    """Return the files that come of a commit and of nothing else, and the bare archive."""
    project = tomllib.loads(git("show", f"{commit}:pyproject.toml").decode())["project"]
    name = f"{project['name']}-{project['version']}"
    tar = archive(commit, name)
    sources = unpacked(tar)
    wheel_name, wheel_bytes = wheel(sources)
    moment = int(git("show", "-s", "--format=%ct", commit))
    return {f"{name}.tar.gz": packed(tar), wheel_name: wheel_bytes, f"{name}.cdx.json": sbom(sources, moment)}, tar


def release(commit: str, folder: Path, *, ask: bool = True) -> list[str]:
    """Write everything into `folder`; return what breaks a rule."""
    files, tar = made(commit)
    again, _tar = made(commit)
    sources = unpacked(tar)
    here = [one for one in locked(sources[LOCK].decode()) if one.is_for_here]
    listed, broken = licences(here)
    broken += [f"{name} came out otherwise the second time" for name in files if files[name] != again[name]]
    files["licences.tsv"] = listed.encode()
    holes = audit(here) if ask else "Known holes: NOT LOOKED FOR, as was wished.\n"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    for name, data in files.items():
        (folder / name).write_bytes(data)
    (folder / "SHA256SUMS").write_text(sums(files), encoding="utf-8")
    # Not among the sums: what is known of holes changes by the day.
    (folder / "PROVENANCE.txt").write_text(provenance(commit, sources, tar, holes), encoding="utf-8")
    return broken


def main() -> None:
    """Make the files, and end with an error if a rule is broken."""
    reading = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    reading.add_argument("commit", nargs="?", default="HEAD")
    reading.add_argument("--no-audit", action="store_true", help="ask nobody about known holes")
    given = reading.parse_args()
    if git("status", "--porcelain"):
        sys.stderr.write("What is not committed is not in it.\n")
    commit = git("rev-parse", "--verify", f"{given.commit}^{{commit}}").decode().strip()
    folder = ROOT / "dist"
    broken = release(commit, folder, ask=not given.no_audit)
    sys.stderr.write((folder / "PROVENANCE.txt").read_text(encoding="utf-8") + "\n")
    sys.stderr.write((folder / "SHA256SUMS").read_text(encoding="utf-8"))
    if broken:
        sys.exit("\n".join(["This may not be handed out:", *broken]))


if __name__ == "__main__":
    main()
