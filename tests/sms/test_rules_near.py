"""Which texts are nearly an answer to a meeting, and which are reports."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.sms.keywords import keyword
from portal.sms.rsvp_rules import COME, STAY, Near, read_meeting_text, read_near, suggest

COMES = [
    ("MEAT 4821", Near(True, "en", "4821")),
    ("met 4821 3", Near(True, "en", "4821", 3)),
    ("meeet4821", Near(True, "en", "4821")),
    ("MEET 482", Near(True, "en", "482")),
    ("MEET 48211", Near(True, "en", "48211")),
    ("meet 482l", Near(True, "en", "4821")),
    ("Meet 48-21", Near(True, "en", "4821")),
    ("meet 4821 3 4", Near(True, "en", "4821", 3)),
    ("reunoin 4821 dos personas", Near(True, "es", "4821", 2)),
    ("Voi 4821", Near(True, "es", "4821")),
    ("voy  ir 1601", Near(True, "es", "1601")),
    ("meet1 601", Near(True, "en", "1601")),
    ("4821", Near(True, None, "4821")),
    ("4821, 3 people", Near(True, None, "4821", 3)),
]
STAYS = [
    ("no voy  ir 1601", Near(False, "es", "1601")),
    ("no voy a i r1601", Near(False, "es", "1601")),
    ("NO BOY 4821", Near(False, "es", "4821")),
    ("novoy 4821", Near(False, "es", "4821")),
    ("not comming 4821", Near(False, "en", "4821")),
    ("Not coming 482", Near(False, "en", "482")),
]
REPORTS = [
    *("", "meat", "boy", "no boy", "MEET 4821 elm street", "Meat 4821 they sell there", "boy 4821 with a bag"),
    *("voy 4821 venden ahi", "feed 4821", "they sell at 4821", "4821 Elm", "plate 4821", "placa 4821"),
    *("voy 911", "meet 911", "911", "482", "48211", "4821 4822", "Meet me 4821", "2 men", "STOP 4821"),
    "unit 482l",
]


@pytest.mark.parametrize(("text", "near"), COMES + STAYS)
def test_nearly_an_answer(text: str, near: Near) -> None:
    assert read_near(text, in_report=False) == near


@pytest.mark.parametrize(("text", "near"), COMES + STAYS)
def test_while_report_is_spoken_of_figures_alone_are_its(text: str, near: Near) -> None:
    assert read_near(text, in_report=True) == (near if near.language else None)


@pytest.mark.parametrize("text", REPORTS)
@pytest.mark.parametrize("in_report", [False, True])
def test_a_report_stays_one(text: str, in_report: bool) -> None:
    assert read_near(text, in_report=in_report) is None


def slips(whole: str) -> Iterator[str]:
    """Every text with one sign gone, doubled or swapped with the one before."""
    for at in range(1, len(whole)):
        yield whole[:at] + whole[at + 1 :]
        yield whole[:at] + whole[at] + whole[at:]
        yield whole[: at - 1] + whole[at] + whole[at - 1] + whole[at + 1 :]


@pytest.mark.parametrize("phrase", [*COME, *STAY])
@pytest.mark.parametrize("code", ["1601", "4821", "1000", "9110", "1911", "2020"])
def test_slip_in_words_or_figures_is_queried_or_read(phrase: str, code: str) -> None:
    for text in slips(f"{phrase} {code}"):
        found = read_meeting_text(text) or read_near(text, in_report=False)
        # "meet 911" is never about a meeting.
        assert (found is None) == (re.search(r"\D 911$", text) is not None), text


@given(st.text(max_size=40))
def test_nothing_breaks_it_and_keywords_are_never_near(text: str) -> None:
    assert keyword(text) is None or read_near(text, in_report=False) is None


@pytest.mark.parametrize(
    ("figures", "known", "code"),
    [
        ("4821", ["4821", "4822"], "4821"),
        ("4812", ["4821", "9999"], "4821"),
        ("482", ["4821", "9999"], "4821"),
        ("48211", ["4821"], "4821"),
        ("482", ["4821", "4822"], None),
        ("1234", ["4821"], None),
        ("1234", [], None),
    ],
)
def test_only_one_meeting_is_proposed(figures: str, known: list[str], code: str | None) -> None:
    assert suggest(figures, known) == code
