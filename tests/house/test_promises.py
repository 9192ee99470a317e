"""Each promise of the threat model names the test that proves it, and each of these tests is there."""

from __future__ import annotations

import re

from portal.config import ROOT
from tests.house.test_asvs import missing
from tests.house.test_docs import source

MODEL, PROOFS = ROOT / "docs" / "threat-model.md", ROOT / "docs" / "promises.md"
NO_PROMISES = {"Threat model", "What is worth protecting", "From whom", "What we do not promise"}
WITHOUT_A_TEST = ("limit", "reading: ", "operator")
THE_TEXT = "(the text)"


def sections(text: str) -> dict[str, str]:
    """What stands below each heading, by the heading."""
    _before, *parts = re.split(r"^#+ (.+)\n", text, flags=re.MULTILINE)
    return dict(zip(parts[::2], parts[1::2], strict=True))


def promises(section: str) -> list[str]:
    """How each point of a section begins, without marks."""
    points = re.findall(r"^(?:- |\d\. )(.+)", section, re.MULTILINE)
    return [re.sub(r"[*`]", "", point) for point in points]


def proofs(section: str) -> dict[str, str]:
    """What proves a promise, by the words with which that begins."""
    rows = re.findall(r"^\| (.+?) \| (.+) \|$", section, re.MULTILINE)
    return {begins: proof for begins, proof in rows if begins != "begins with"}


def unproved(model: str, table: str) -> list[str]:
    """Promises without exactly one line, and lines without a promise."""
    wrong = []
    listed = {name: proofs(part) for name, part in sections(table).items()}
    for name, part in sections(model).items():
        if name in NO_PROMISES:
            continue
        found = listed.pop(name, {})
        lines = [begins for begins in found if begins != THE_TEXT]
        points = promises(part)
        wrong += [f"{name}: {one[:40]}" for one in points if sum(map(one.startswith, lines)) != 1]
        wrong += [f"{name}: {one}" for one in lines if not any(each.startswith(one) for each in points)]
        wrong += [] if found else [name]
    return wrong + [name for name, part in listed.items() if part]


def test_each_promise_has_one_line() -> None:
    assert unproved(source(MODEL), source(PROOFS)) == []


def test_each_line_names_a_test_or_why_there_is_none() -> None:
    lines = {proof for part in sections(source(PROOFS)).values() for proof in proofs(part).values()}
    assert {one for one in lines if "`tests/" not in one and not one.startswith(WITHOUT_A_TEST)} == set()
    assert missing(source(PROOFS)) == []


def test_a_promise_without_a_line_is_noticed() -> None:
    model = "# Threat model\n\n## Words\n\n- **They are sealed** always.\n- They go.\n\n## Floods\n\nNobody drowns.\n"
    table = (
        "## Words\n\n| begins with | proved by |\n|---|---|\n| They are | `x` |\n| It | `x` |\n\n## Gone\n\n| a | b |\n"
    )
    assert unproved(model, table) == ["Words: They go.", "Words: It", "Floods", "Gone"]
