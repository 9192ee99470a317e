"""Each numbered row of the threat model names the test that proves it, and each of these tests is there."""

from __future__ import annotations

import re

from portal.config import ROOT
from tests.house.test_asvs import missing
from tests.house.test_docs import source

MODEL, PROOFS = ROOT / "docs" / "threat-model.md", ROOT / "docs" / "promises.md"
A_ROW = re.compile(r"^\| ([A-Z]\d+) \| (.+) \|$", re.MULTILINE)


def numbers(text: str) -> list[str]:
    return [number for number, _cells in A_ROW.findall(text)]


def test_each_promise_has_one_line_in_the_same_order() -> None:
    assert numbers(source(MODEL)) == numbers(source(PROOFS))
    assert len(set(numbers(source(MODEL)))) == len(numbers(source(MODEL)))


def test_each_line_names_tests_that_exist() -> None:
    assert [number for number, proof in A_ROW.findall(source(PROOFS)) if "`tests/" not in proof] == []
    assert missing(source(PROOFS)) == []
