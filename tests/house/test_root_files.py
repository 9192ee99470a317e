"""The documents at the root and in docs/ point to what exists, and the hooks run what is installed."""

import re
import tomllib
from pathlib import Path

from portal.config import ROOT

DOCUMENTS = [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")]
MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")


def anchors(path: Path) -> set[str]:
    """The anchors of a document's headings, as hosting platforms make them."""
    headings = re.findall(r"^#+ (.+)$", path.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).strip().replace(" ", "-") for heading in headings}


def test_links_lead_somewhere() -> None:
    for document in DOCUMENTS:
        links = re.findall(r"\]\((?!https?://)([^)#]*)(?:#([^)]+))?\)", document.read_text(encoding="utf-8"))
        for path, anchor in links:
            target = document.parent / path if path else document
            assert target.exists(), f"{document.name}: {path}"
            assert not anchor or anchor in anchors(target), f"{document.name}: {path}#{anchor}"


def test_every_make_target_that_is_named_exists() -> None:
    targets = set(re.findall(r"^([a-z]+):", MAKEFILE, re.MULTILINE))
    texts = (document.read_text(encoding="utf-8") for document in DOCUMENTS)
    assert {name for text in texts for name in re.findall(r"(?:^ {4}|`)make ([a-z]+)", text, re.MULTILINE)} <= targets


def test_the_version_is_in_the_changelog() -> None:
    version = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]
    assert f"\n## [{version}]\n" in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")


def test_hooks_are_local_and_run_tools_of_the_makefile() -> None:
    hooks = (ROOT / ".pre-commit-config.yaml").read_text(encoding="utf-8")
    assert re.findall(r"repo: (\S+)", hooks) == ["local"]
    entries = re.findall(r"entry: \.venv/bin/(\S+)", hooks)
    assert len(entries) == hooks.count("entry:") == hooks.count("language: system")
    assert set(entries) <= set(re.findall(r"\$\(BIN\)/([\w-]+)", MAKEFILE))
