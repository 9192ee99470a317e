"""Head counts from a table: what is wrong is told by line and column, all or nothing is taken, and it can be undone."""

from __future__ import annotations

import csv
import io
import json
import re
import zipfile
from datetime import timedelta

import pytest
from sqlalchemy import select

from portal.core.cells import count_of, letter
from portal.core.clock import now
from portal.core.sheets import MOST_BYTES, UnreadableWorkbook, cells_of
from portal.core.web import Portal
from portal.meetings.congregations import IGNORED, MEETING, read_table, slug_in
from portal.meetings.meeting import Meeting
from portal.meetings.report_back import HeadCount
from tests.conftest import Work
from tests.make import both, make_market, make_meeting, make_member, sign_in
from tests.page import SAME_ORIGIN, Form, Page, Reader

LANGUAGES = pytest.mark.parametrize("lang", ["en", "es"])
HEADINGS = {"meeting": MEETING, "residents": "residents", "police": "police", "title": IGNORED}
URL = "/{}/team/head-counts/"


@pytest.fixture
def editor(app: Portal, work: Work) -> Reader:
    with work() as session:
        member = make_member(session, ("organizer",))
    client = app.test_client()
    sign_in(client, member)
    return Reader(client)


def held(work: Work, slug: str, days: int = 3, **given: object) -> Meeting:
    with work() as session:
        title = both(f"Evening {slug}", f"Tarde {slug}")
        return make_meeting(session, slug=slug, title=title, starts_at=now() - timedelta(days=days), **given)


def sent(editor: Reader, content: bytes | str, status: int = 200, lang: str = "en", name: str = "counts.csv") -> Page:
    page = editor(URL.format(lang))
    data: dict[str, object] = dict(Form(page, page.find("form.wide")).values.items())
    data["table"] = (io.BytesIO(content if isinstance(content, bytes) else content.encode()), name)
    answer = editor.client.post(URL.format(lang), data=data, headers=SAME_ORIGIN)
    return editor.read(answer, status, quotes=("Tarde",))


def yes(preview: Page, status: int = 200) -> Page:
    form = next(one for one in preview.find_all("form") if one.get("action", "").endswith("/yes"))
    return Form(preview, form).submit(status)


def heads(work: Work, meeting: Meeting) -> dict[str, int]:
    with work() as session:
        rows = session.scalars(select(HeadCount).where(HeadCount.meeting_id == meeting.id))
        return {row.side: row.heads for row in rows}


def workbook(rows: list[list[object]]) -> bytes:
    """The smallest XLSX file that holds these cells."""
    lines = []
    for number, row in enumerate(rows, 1):
        cells = [
            f'<c r="{letter(at)}{number}"><v>{cell}</v></c>'
            if isinstance(cell, int | float)
            else f'<c r="{letter(at)}{number}" t="inlineStr"><is><t>{cell}</t></is></c>'
            for at, cell in enumerate(row)
        ]
        lines.append(f'<row r="{number}">{"".join(cells)}</row>')
    main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    package = "http://schemas.openxmlformats.org/package/2006"
    kinds = "application/vnd.openxmlformats-officedocument.spreadsheetml"
    rels = "application/vnd.openxmlformats-package.relationships+xml"
    parts = {
        "[Content_Types].xml": f'<Types xmlns="{package}/content-types">'
        f'<Default Extension="rels" ContentType="{rels}"/>'
        f'<Override PartName="/xl/workbook.xml" ContentType="{kinds}.sheet.main+xml"/>'
        f'<Override PartName="/xl/worksheets/sheet1.xml" ContentType="{kinds}.worksheet+xml"/></Types>',
        "_rels/.rels": f'<Relationships xmlns="{package}/relationships">'
        f'<Relationship Id="r1" Type="{office}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'<workbook xmlns="{main}" xmlns:r="{office}">'
        '<sheets><sheet name="S" sheetId="1" r:id="r1"/></sheets></workbook>',
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{package}/relationships">'
        f'<Relationship Id="r1" Type="{office}/worksheet" Target="worksheets/sheet1.xml"/></Relationships>',
        "xl/worksheets/sheet1.xml": f'<worksheet xmlns="{main}"><sheetData>{"".join(lines)}</sheetData></worksheet>',
    }
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as packed:
        for name, content in parts.items():
            packed.writestr(name, content)
    return made.getvalue()


def keys(rows: list[list[object]]) -> list[tuple[str, int, str]]:
    return [(one.key, one.line, one.column) for one in read_table(rows, HEADINGS).wrong]


HEAD = ["Meeting", "Title", "Residents", "Police"]


@pytest.mark.parametrize(
    ("rows", "wrong"),
    [
        ([], [("empty", 0, "")]),
        ([["", " "]], [("empty", 0, "")]),
        ([["Meeting", "Resdents"], ["a", 3]], [("unknown_column", 1, "B")]),
        ([["Meeting", "Police", "police "]], [("column_twice", 1, "C")]),
        ([["Title", "Police"], ["a", 3]], [("no_meeting_column", 1, "")]),
        ([HEAD, ["a", "", "twelve", "-1"]], [("no_count", 2, "C"), ("no_count", 2, "D")]),
        ([HEAD, ["a", "", 1.5, 5001]], [("no_count", 2, "C"), ("no_count", 2, "D")]),
        ([HEAD, ["", "", 3, ""]], [("no_meeting", 2, "A")]),
        ([HEAD, ["a", "", 3, "", "?"]], [("no_heading", 2, "E")]),
        ([HEAD, ["a", "", 3, ""], [], ["A", "", 4, ""]], [("meeting_twice", 4, "")]),
        ([HEAD, ["a", "x", "", ""]], [("no_counts", 0, "")]),
        ([HEAD, *[["a"]] * 600], [("too_large", 0, "")]),
    ],
)
def test_what_is_wrong_is_told_with_its_place(rows, wrong) -> None:
    assert keys(rows) == wrong


def test_what_is_right_is_read_whichever_way_it_is_written() -> None:
    rows = [[], ["", *HEAD], ["", "https://x.example/es/meetings/a-1?x#y", "=1+1", "12.0", 3.0], ["", "b", "", 0, ""]]
    table = read_table(rows, HEADINGS)
    assert table.wrong == []
    assert [(line.number, line.meeting, dict(line.heads)) for line in table.lines] == [
        (3, "a-1", {"residents": 12, "police": 3}),
        (4, "b", {"residents": 0}),
    ]


def test_small_parts() -> None:
    assert [letter(number) for number in (0, 25, 26, 701, 702)] == ["A", "Z", "AA", "ZZ", "AAA"]
    assert [count_of(cell) for cell in (True, "1,5", "", None, "٣", 1e300, "007")] == [None] * 6 + [7]
    assert [count_of(cell) for cell in ("1,200", "1,234,567", "12,0", "12.00", "3.00000")] == [1200, 1234567, 12, 12, 3]
    # What these mean depends on who wrote them.
    assert [count_of(cell) for cell in ("1.000", "1,20", "12,3456", "1 200")] == [None] * 4
    assert slug_in(" /en/meetings/One-2/ ") == "one-2"


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_text_of_any_program_for_tables(delimiter: str) -> None:
    text = delimiter.join(("Reunión", "Jóvenes")) + "\r\n" + delimiter.join(("a", "3"))
    for content in (text.encode(), b"\xef\xbb\xbf" + text.encode(), text.encode("cp1252")):
        assert cells_of(content).rows == [["Reunión", "Jóvenes"], ["a", "3"]]


def test_what_is_no_table_breaks_nothing() -> None:
    bomb = io.BytesIO()
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("xl/workbook.xml", b"0" * 30_000_000)
    broken = workbook([["a"]])[:-200]
    for content in (b"\x00\x01", b"PK\x03\x04 no", bomb.getvalue(), broken, b"a" * (MOST_BYTES + 1)):
        with pytest.raises(UnreadableWorkbook):
            cells_of(content)


@LANGUAGES
@pytest.mark.both_databases
def test_a_table_is_shown_then_taken_and_undone(editor: Reader, work: Work, lang: str) -> None:
    one, other = held(work, "one"), held(work, "other")
    with work() as session:
        session.add(HeadCount(meeting_id=one.id, side="police", heads=2))
    words = ("Meeting", "Residents", "Police") if lang == "en" else ("Reunión", "Residentes", "La policía")
    preview = sent(editor, ";".join(words) + "\none;31;\nother;12;0\n", lang=lang)
    assert "31" in preview.text
    assert (heads(work, one), heads(work, other)) == ({"police": 2}, {})
    done = yes(preview)
    assert (heads(work, one), heads(work, other)) == ({"residents": 31, "police": 2}, {"residents": 12, "police": 0})
    undo = next(form for form in done.find_all("form") if form.get("action", "").endswith("/undo"))
    Form(done, undo).submit()
    assert (heads(work, one), heads(work, other)) == ({"police": 2}, {})
    Form(done, undo).submit(409)


def test_a_workbook_is_read_too(editor: Reader, work: Work) -> None:
    meeting = held(work, "one")
    yes(sent(editor, workbook([["Meeting", "Residents"], ["one", 14.0]]), name="counts.xlsx"))
    assert heads(work, meeting) == {"residents": 14}


@LANGUAGES
def test_one_bad_line_and_nothing_is_taken(editor: Reader, work: Work, lang: str) -> None:
    meeting, ahead = held(work, "one"), held(work, "ahead", -3)
    heading = "Meeting,Residents" if lang == "en" else "Reunión,Residentes"
    page = sent(editor, f"{heading}\none,5\nnowhere,6\nahead,7\n", 422, lang)
    told = {
        "en": ("Line 3: There is no meeting “nowhere”.", "Line 4: The meeting “ahead” has not begun"),
        "es": ("Fila 3: No hay ninguna reunión «nowhere».", "Fila 4: La reunión «ahead» no ha empezado"),
    }
    assert [words for words in told[lang] if words not in page.text] == []
    page = sent(editor, f"{heading}\none,five\n", 422, lang)
    assert ("Line 2, column B: “five”" if lang == "en" else "Fila 2, columna B: «five»") in page.text
    assert heads(work, meeting) == heads(work, ahead) == {}


def test_nobody_learns_of_a_meeting_at_a_hidden_place(editor: Reader, work: Work) -> None:
    with work() as session:
        market = make_market(session, "Veiled Street", released=False)
    held(work, "veiled", market_id=market.id)
    hidden = sent(editor, "Meeting,Residents\nveiled,5\n", 422).text
    never = sent(editor, "Meeting,Residents\nzzzzzz,5\n", 422).text
    assert hidden.replace("veiled", "zzzzzz") == never
    assert "veiled" not in editor.client.get(f"{URL.format('en')}head-counts.csv", headers=SAME_ORIGIN).text


def test_what_changed_between_looking_and_taking_is_shown_again(editor: Reader, work: Work) -> None:
    meeting = held(work, "one")
    preview = sent(editor, "Meeting,Residents\none,5\n")
    with work() as session:
        session.add(HeadCount(meeting_id=meeting.id, side="residents", heads=9))
    again = yes(preview, 409)
    assert heads(work, meeting) == {"residents": 9}
    yes(again)
    assert heads(work, meeting) == {"residents": 5}


def test_an_import_is_not_undone_over_the_work_of_others(editor: Reader, work: Work) -> None:
    meeting = held(work, "one")
    done = yes(sent(editor, "Meeting,Residents\none,5\n"))
    with work() as session:
        session.scalars(select(HeadCount)).one().heads = 6
    undo = next(form for form in done.find_all("form") if form.get("action", "").endswith("/undo"))
    Form(done, undo).submit(409)
    assert heads(work, meeting) == {"residents": 6}


def test_what_was_shown_cannot_be_tampered_with(editor: Reader, work: Work) -> None:
    meeting = held(work, "one")
    preview = sent(editor, "Meeting,Residents\none,5\n")
    form = next(one for one in preview.find_all("form") if one.get("action", "").endswith("/yes"))
    for counts in ("", "[]", "{", json.dumps({"one": {"residents": -1}}), json.dumps({"one": {"x": 1}})):
        assert Form(preview, form).send(counts=counts).status_code == 422
    assert heads(work, meeting) == {}


@LANGUAGES
def test_the_table_to_fill_in_comes_back_as_it_is(editor: Reader, work: Work, lang: str) -> None:
    meeting = held(work, "one")
    with work() as session:
        row = session.get_one(Meeting, meeting.id)
        row.title = both("=cmd|' /C calc'!A0", "=HYPERLINK(1)")
        session.add(HeadCount(meeting_id=meeting.id, side="faith", heads=12))
    content = editor.client.get(f"{URL.format(lang)}head-counts.csv", headers=SAME_ORIGIN).data
    (head, line) = csv.reader(io.StringIO(content.decode("utf-8-sig")))
    assert not re.match(r"[=+@-]", line[2])
    assert line[0] == "one"
    assert line[head.index("Faith partners" if lang == "en" else "Comunidades de fe")] == "12"
    answer = sent(editor, content, lang=lang)
    assert ("Nothing changes here." if lang == "en" else "Aquí no cambia nada.") in answer.text


def test_somebody_elses_import_is_nowhere(app: Portal, editor: Reader, work: Work) -> None:
    held(work, "one")
    done = yes(sent(editor, "Meeting,Residents\none,5\n"))
    undo = next(form for form in done.find_all("form") if form.get("action", "").endswith("/undo"))
    with work() as session:
        member = make_member(session, ("community_lead",))
    client = app.test_client()
    sign_in(client, member)
    other = Reader(client)
    assert not [form for form in other(URL.format("en")).find_all("form") if "/undo" in form.get("action", "")]
    token = Form(done, undo).values["csrf_token"]
    data = {"csrf_token": token}
    assert client.post(undo.get("action"), data=data, headers=SAME_ORIGIN).status_code in (400, 404)
