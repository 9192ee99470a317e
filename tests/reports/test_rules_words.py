"""What is sealed comes out as it went in."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from portal.reports.urgency import ReportWords

texts = st.text(st.characters(exclude_categories=["Cs"]))


@given(texts, texts, texts, texts)
def test_words_come_out_as_they_went_in(what: str, where: str, when: str, looks: str) -> None:
    words = ReportWords(what, where, when, looks)
    assert ReportWords.from_bytes(words.to_bytes()) == words


def test_parts_leave_out_what_is_empty() -> None:
    assert ReportWords("selling", when="at night").parts == (("what", "selling"), ("when", "at night"))
