"""What the threat model promises and the list of OWASP asks names its proof, and each of these tests is there."""

import re

from portal.config import ROOT
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


LIST = ROOT / "docs" / "asvs.md"
# Level 1 and 2 of ASVS 5.0.0: in each section from 1 to so many, but for those of level 3.
SECTIONS = """
1.1:2 1.2:9 1.3:11 1.4:3 1.5:2 2.1:3 2.2:3 2.3:4 2.4:1 3.2:2 3.3:4 3.4:6 3.5:5 3.7:2 4.1:3 4.2:1 4.3:2 4.4:4 5.1:1 5.2:3
5.3:2 5.4:3 6.1:3 6.2:12 6.3:4 6.4:4 6.5:5 6.6:3 6.8:4 7.1:3 7.2:4 7.3:2 7.4:5 7.5:2 7.6:2 8.1:2 8.2:3 8.3:1 8.4:1 9.1:3
9.2:4 10.1:2 10.2:2 10.3:4 10.4:11 10.5:5 10.6:2 10.7:3 11.1:2 11.2:3 11.3:3 11.4:4 11.5:1 11.6:1 12.1:3 12.2:2 12.3:4
13.1:1 13.2:5 13.3:2 13.4:5 14.1:2 14.2:4 14.3:3 15.1:3 15.2:3 15.3:7 16.1:1 16.2:5 16.3:4 16.4:3 16.5:3 17.1:1 17.2:4
17.3:2
"""
A_LINE = re.compile(r"^\| ([\d.]+)(?:–([\d.]+))? \| .+? \| (?:\*\*(proxy|n/a|open)\*\*)?.* \|$", re.MULTILINE)
A_TEST = re.compile(r"`(tests/[\w/]+\.py)(?:::(\w+))?`")


def asked() -> list[str]:
    """The numbers of all requirements of level 1 and 2."""
    sections = [section.split(":") for section in SECTIONS.split()]
    return [f"{name}.{number}" for name, count in sections for number in range(1, int(count) + 1)]


def missing(text: str) -> list[str]:
    """Tests that a text names and that are not there."""
    return [
        f"{path}::{name}"
        for path, name in A_TEST.findall(text)
        if not (ROOT / path).is_file() or (name and not re.search(rf"^def {name}\(", source(ROOT / path), re.MULTILINE))
    ]


def answered() -> list[tuple[str, str]]:
    """Each requirement with its state; a line may answer several that follow each other."""
    numbers = asked()
    return [
        (number, state or "yes")
        for first, last, state in A_LINE.findall(source(LIST))
        for number in numbers[numbers.index(first) : numbers.index(last or first) + 1]
    ]


def test_each_requirement_has_one_line() -> None:
    assert [number for number, _state in answered()] == asked()
    assert len(asked()) == 253


def test_numbers_at_the_top_are_those_of_lines() -> None:
    states = [state for _number, state in answered()]
    said = dict(re.findall(r"^- \*\*([\w/]+)\*\* \((\d+)\)", source(LIST), re.MULTILINE))
    assert said == {state: str(states.count(state)) for state in ("yes", "proxy", "n/a", "open")}


def test_tests_that_prove_something_exist() -> None:
    assert missing(source(LIST)) == []
    assert missing("`tests/house/test_promises.py::test_gone`") == ["tests/house/test_promises.py::test_gone"]


def test_nobody_answers_trace(client) -> None:
    for address in ("/en/", "/en/report/", "/health", "/static/portal.css", "/en/desk/"):
        answer = client.open(address, method="TRACE", headers={"X-Words": "a secret"})
        assert answer.status_code in (404, 405)
        assert "a secret" not in answer.text


def test_scripts_set_no_markup_and_hear_no_other_window() -> None:
    dangerous = re.compile(
        r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|\bFunction\(|postMessage|onmessage"
    )
    assert {path.name for path in (ROOT / "static").glob("*.js") if dangerous.search(source(path))} == set()
