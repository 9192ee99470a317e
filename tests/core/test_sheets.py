"""Tables that somebody sends: what is wrong is told apart, and nothing in them ends the process or fills its memory."""

import io
import zipfile

import pytest

from portal.core.cells import Wrong, count_of, letter
from portal.core.sheets import UnreadableWorkbook, cells_of

PLAIN = [["Area", "Count"], ["a", 4]]
ROW = b"</row>"


def workbook(rows):
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


def changed(part, change, content=None):
    made = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(content or workbook(PLAIN))) as old,
        zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as new,
    ):
        for name in old.namelist():
            there = old.read(name)
            new.writestr(name, change(there) if name.endswith(part) else there)
    return made.getvalue()


def with_row(row):
    return changed("sheet1.xml", lambda there: there.replace(ROW, ROW + row, 1))


def lying(content, says):
    """A workbook whose list of parts says that they are so small."""
    at, found = 0, bytearray(content)
    while (at := content.find(b"PK\x01\x02", at + 1)) > 0:
        found[at + 24 : at + 28] = says.to_bytes(4, "little")
    return bytes(found)


def two_sheets(first_state, one=(("first",),), two=(("second",),), second_state="visible"):
    """A workbook with two sheets, each in some state."""
    second = zipfile.ZipFile(io.BytesIO(workbook([list(row) for row in two]))).read("xl/worksheets/sheet1.xml")
    made = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(workbook([list(row) for row in one]))) as old, zipfile.ZipFile(made, "w") as new:
        for name in old.namelist():
            there = old.read(name)
            if name == "xl/workbook.xml":
                tag = b'<sheet name="T" sheetId="2" state="%s" r:id="r2"/></sheets>' % second_state.encode()
                there = there.replace(b'sheetId="1"', b'sheetId="1" state="%s"' % first_state.encode())
                there = there.replace(b"</sheets>", tag)
            if name.endswith("workbook.xml.rels"):
                start = there.index(b"<Relationship ")
                first = there[start : there.index(b"/>", start) + 2]
                other = first.replace(b"sheet1.xml", b"sheet2.xml").replace(b'Id="r1"', b'Id="r2"')
                there = there.replace(first, first + other)
            new.writestr(name, there)
        new.writestr("xl/worksheets/sheet2.xml", second)
    return made.getvalue()


def test_what_is_no_table_is_told_apart():
    for content, key in (
        (b"a," * 300_000, "file_too_large"),
        (with_row(b'<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'), "file_too_large"),
        (with_row(b"<row r = '1048576'><c r='ZZZ1048576'><v>1</v></c></row>"), "file_too_large"),
        (changed("sheet1.xml", lambda there: there + b" " * 30_000_000), "file_too_large"),
        (lying(changed("sheet1.xml", lambda there: there + b" " * 30_000_000), 100), "file_too_large"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 600, "locked"),
        (b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj\n<< /Type /Catalog >>\nendobj\n", "unreadable"),
        (b"\xef\xbb\xbf<!DOCTYPE html><table><tr><td>Area</td></tr></table>", "unreadable"),
        (b"\x89PNG\r\n\x1a\n", "unreadable"),
        ("Area;Count\na;4\n".encode("utf-16-le"), "unreadable"),
        (b"Area;Count\na\x01;4\n", "unreadable"),
        (b"PK\x03\x04 and nothing else", "unreadable"),
        (workbook(PLAIN)[:-40], "unreadable"),
    ):
        with pytest.raises(UnreadableWorkbook) as reason:
            cells_of(content)
        assert reason.value.key == key


def test_any_usual_delimiter_and_encoding_is_read():
    for content in (
        b"Area;Count\na;4\n",
        b"\xef\xbb\xbfArea\tCount\na\t4\n",
        "Area,Count\na,4\n".encode("utf-16"),
        b"\r\nArea|Count\r\na|4\r\n",
    ):
        assert [row for row in cells_of(content).rows if row] == [["Area", "Count"], ["a", "4"]]
    # As older machines wrote.
    assert cells_of("Área;ñ\n".encode("cp1252")).rows == [["Área", "ñ"]]
    # Of a workbook the first sheet that can be seen.
    for state, read in (("visible", "first"), ("hidden", "second"), ("veryHidden", "second")):
        assert cells_of(two_sheets(state)).rows == [[read]]


def test_a_formula_without_its_result_is_no_empty_cell():
    for value in (b"", b"<v/>", b"<v></v>", b"<v>9</v>"):
        cells = cells_of(with_row(b'<row r="3"><c r="B3"><f>SUM(B1:B2)</f>' + value + b"</c></row>"))
        assert cells.lost == [] if b"9" in value else [Wrong("formula", 3, "B")]
    assert cells.rows[2] == ["", 9.0]
    # Every lost cell is told once, beside other faults.
    row = b'<row r="3"><c r="B3"><f>1+1</f></c><c r="C3" t="e"><v>#N/A</v></c><c r="AA3"><f>1+1</f></c></row>'
    lost = [Wrong("formula", 3, "B"), Wrong("error_cell", 3, "C"), Wrong("formula", 3, "AA")]
    others = [Wrong("no_month", 2, "A"), Wrong("no_count", 3, "D")]
    expected = [Wrong("empty"), others[0], lost[0], lost[1], others[1], lost[2]]
    assert cells_of(with_row(row)).all_wrong(others, [Wrong("no_area", 3, "B"), Wrong("empty")]) == expected


def test_no_file_is_searched_again_and_again():
    """Tags without an end took a time that grew with the square of the file: hours, for what packs to a few KB."""
    for row in (b"<c " * 300_000, b'<c r="A1"' + b' r="A1"' * 300_000, b'<c r="A1"><f ' * 100_000):
        with pytest.raises(UnreadableWorkbook) as reason:
            cells_of(with_row(row))
        assert reason.value.key == "unreadable"


def test_cells_are_whole_numbers_or_none():
    assert [letter(number) for number in (0, 25, 26, 701, 702)] == ["A", "Z", "AA", "ZZ", "AAA"]
    assert [count_of(cell) for cell in (True, "1,5", "", None, "٣", 1e300, "007")] == [None] * 6 + [7]
    assert [count_of(cell) for cell in ("1,200", "1,234,567", "12,0", "12.00", "3.00000")] == [1200, 1234567, 12, 12, 3]
    # What these mean depends on who wrote them.
    assert [count_of(cell) for cell in ("1.000", "1,20", "12,3456", "1 200")] == [None] * 4
