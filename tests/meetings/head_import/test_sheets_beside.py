"""Head counts in a workbook with several sheets: those that were not read are named, whatever becomes of the table."""

from __future__ import annotations

import pytest

from portal.meetings.report_back import HeadCount
from tests.conftest import Work
from tests.core.test_sheets import two_sheets
from tests.meetings.head_import.test_head_import import LANGUAGES, editor, heads, held, sent, yes
from tests.page import Form, Reader

__all__ = ("editor",)

NOT_READ = {"en": "Not read: T.", "es": "No se leyó: T."}
COUNTS = [["Meeting", "Residents"], ["one", 14.0]]


@LANGUAGES
@pytest.mark.parametrize("state", ["visible", "hidden"])
def test_they_are_named_before_anything_is_taken_over(editor: Reader, work: Work, state: str, lang: str) -> None:
    meeting = held(work, "one")
    preview = sent(editor, two_sheets("visible", COUNTS, COUNTS, state), lang=lang, name="counts.xlsx")
    assert (NOT_READ[lang] in preview.text) is (state == "visible")
    yes(preview)
    assert heads(work, meeting) == {"residents": 14}


@LANGUAGES
def test_they_are_named_when_the_first_sheet_is_the_wrong_one(editor: Reader, lang: str) -> None:
    page = sent(editor, two_sheets("visible", [["How to"]], COUNTS), 422, lang, "counts.xlsx")
    assert NOT_READ[lang] in page.text
    assert NOT_READ[lang] not in sent(editor, "How to\n", 422, lang).text


def test_they_are_named_again_when_somebody_counted_in_the_meantime(editor: Reader, work: Work) -> None:
    meeting = held(work, "one")
    preview = sent(editor, two_sheets("visible", COUNTS, COUNTS), name="counts.xlsx")
    with work() as session:
        session.add(HeadCount(meeting_id=meeting.id, side="residents", heads=9))
    assert NOT_READ["en"] in yes(preview, 409).text


def test_names_that_were_tampered_with_are_none(editor: Reader, work: Work) -> None:
    meeting = held(work, "one")
    preview = sent(editor, two_sheets("visible", COUNTS, COUNTS), name="counts.xlsx")
    with work() as session:
        session.add(HeadCount(meeting_id=meeting.id, side="residents", heads=9))
    form = next(one for one in preview.find_all("form") if one.get("action", "").endswith("/yes"))
    for names in ("", "{", "[1]", '{"T": 1}', "[" * 100_000):
        answer = Form(preview, form).send(not_read=names)
        assert answer.status_code == 409
        assert "Not read" not in answer.text
