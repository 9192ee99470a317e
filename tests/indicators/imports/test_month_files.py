"""Files of monthly counts as programs for tables write them, up to what the person who sent one is told."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Sequence
from datetime import date

import pytest

from portal.core.sheets import cells_of
from portal.indicators.imports.months_table import read_months
from tests.conftest import Work
from tests.core.test_sheets import changed, two_sheets, workbook
from tests.indicators.imports.test_months import HEADINGS, LAST, LONG, TODAY, make_city, place_counts, send
from tests.page import Reader

__all__ = ("make_city",)

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
FORMATS = ("General", "mmm yyyy", "mm/dd/yyyy", "[$-es-US]mmmm yyyy", "yyyy-mm-dd hh:mm", "#,##0", "@")
DATES, THOUSANDS, TEXT = range(1, 5), 5, 6
JANUARY = (date(2026, 1, 1) - date(1899, 12, 30)).days
BEGINS_1904 = 1462
"""Days by which the workbooks of older Macs begin later."""


def styled(rows: Sequence[Sequence[object]], styles: dict[str, int], is_1904: bool = False) -> bytes:
    """A workbook whose cells look as one of `FORMATS` says, written as xlsxwriter and Excel write it."""
    own = "".join(f'<numFmt numFmtId="{164 + at}" formatCode="{one}"/>' for at, one in enumerate(FORMATS))
    looks = "".join(f'<xf numFmtId="{164 + at}" applyNumberFormat="1"/>' for at in range(len(FORMATS)))
    sheet = f'<styleSheet xmlns="{MAIN}"><numFmts>{own}</numFmts><cellXfs>{looks}</cellXfs></styleSheet>'

    def with_styles(there: bytes) -> bytes:
        for cell, look in styles.items():
            there = there.replace(f'<c r="{cell}"'.encode(), f'<c r="{cell}" s="{look}"'.encode())
        return there

    content = changed("sheet1.xml", with_styles, workbook([list(row) for row in rows]))
    if is_1904:
        said = b'<workbookPr date1904="1"/><sheets>'
        content = changed("xl/workbook.xml", lambda there: there.replace(b"<sheets>", said), content)
    office = b"http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    rel = b'<Relationship Id="r9" Type="%s/styles" Target="styles.xml"/></Relationships>' % office
    content = changed("workbook.xml.rels", lambda there: there.replace(b"</Relationships>", rel), content)
    made = io.BytesIO(content)
    with zipfile.ZipFile(made, "a") as packed:
        packed.writestr("xl/styles.xml", sheet)
    return made.getvalue()


@pytest.mark.parametrize("look", DATES)
@pytest.mark.parametrize("is_1904", [False, True])
def test_a_real_date_is_the_month_that_its_cell_shows(look: int, is_1904: bool) -> None:
    number = JANUARY - BEGINS_1904 * is_1904
    table = read_months(cells_of(styled([LONG, ["a", "m", number, 4]], {"C2": look}, is_1904)).rows, HEADINGS, TODAY)
    assert [(one.month_on, one.value) for one in table.cells] == [(date(2026, 1, 1), 4)]
    assert table.wrong == []


@pytest.mark.parametrize("is_1904", [False, True])
def test_real_dates_are_headings_too(is_1904: bool) -> None:
    numbers = [JANUARY - BEGINS_1904 * is_1904, JANUARY + 31 - BEGINS_1904 * is_1904]
    rows = [["Area", "Measure", *numbers], ["a", "m", 4, 5]]
    table = read_months(cells_of(styled(rows, {"C1": 1, "D1": 2}, is_1904)).rows, HEADINGS, TODAY)
    assert {one.month_on: one.value for one in table.cells} == {date(2026, 1, 1): 4, date(2026, 2, 1): 5}


def test_numbers_in_cells_of_text_and_with_separators_are_numbers() -> None:
    rows = [LONG, ["a", "m", "2026-01", "1200"], ["b", "m", "2026-01", 1200], ["c", "m", "2026-01", "1,200"]]
    styles = {"C2": TEXT, "D2": TEXT, "D3": THOUSANDS, "D4": TEXT}
    table = read_months(cells_of(styled(rows, styles)).rows, HEADINGS, TODAY)
    assert [one.value for one in table.cells] == [1200] * 3
    # A date that became a number in a column of text is told as the number that its cell shows.
    told = read_months(cells_of(styled([LONG, ["a", "m", JANUARY, 4]], {"C2": TEXT})).rows, HEADINGS, TODAY).wrong
    assert [(one.key, one.line, one.column, one.said) for one in told] == [("no_month", 2, "C", str(JANUARY))]


HEAD, MONTH = "Area;Measure;Month;Count", f"{LAST:%Y-%m}"
LINE = f"elm-street/place;calls;{MONTH};1200"


@pytest.mark.parametrize(
    "content",
    [
        f"\ufeff{HEAD}\r\n{LINE}\r\n".encode(),
        f"{HEAD}\r{LINE}\r".encode(),
        f"{HEAD}\n{LINE}\n".replace(";", "\t").encode(),
        f"{HEAD}\n{LINE}\n".replace(";", "|").encode("utf-16"),
        f"sep=;\r\n{HEAD}\r\n{LINE}\r\n".encode(),
        f'"sep=,"\n{HEAD}\n{LINE}'.replace(";", ",").encode(),
        f"Zona;Medida;Mes;Conteo\n{LINE}\n".encode(),
        f"Área;MEDIDA;Mes;Número\n{LINE}\n".encode("cp1252"),
        f"{HEAD}\nelm-street/place;LLAMADAS  de áuxilio;{MONTH};1200\n".encode(),
        f"area;Indicador;fecha;cantidad\n{LINE}\n".encode(),
        f"{HEAD}\n{LINE},0\n".encode(),
        f'{HEAD}\nelm-street/place;calls;{MONTH};"1,200"\n'.encode(),
        f"{HEAD}\nelm-street/place;Llamadas de auxilio;{LAST:%m/%Y};1200;;;\n".encode(),
    ],
)
def test_a_table_is_taken_however_a_program_writes_it(evaluator: Reader, work: Work, content: bytes, lang: str) -> None:
    send(evaluator, content, 200, lang).form("/yes").submit(quotes=("march.csv",))
    assert place_counts(work) == [1200]


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("", {"en": "There is nothing in this table.", "es": "Esta tabla está vacía."}),
        (HEAD, {"en": "There is no count in this table.", "es": "En esta tabla no hay ningún conteo."}),
        (
            f"{HEAD}\n{LINE}\nTotal;;;1200",
            {
                "en": "Line 3, column C: There is a count, but it does not say of which month.",
                "es": "Fila 3, columna C: Hay un conteo, pero no dice de qué mes.",
            },
        ),
        (
            f"sep=;\n{HEAD}\n;calls;{MONTH};12",
            {
                "en": "Line 3, column A: There are counts, but it does not say of which area. Of merged cells",
                "es": "Fila 3, columna A: Hay conteos, pero no dice de qué zona. De las celdas combinadas",
            },
        ),
        (
            f"Area;Measure;{MONTH};Zona;{LAST:%m/%Y}\nelm-street/place;calls;3;;4",
            {
                "en": f"Line 1, column E: “{LAST:%m/%Y}” means the same as “{MONTH}” in column C.",
                "es": "Fila 1, columna D: «Zona» significa lo mismo que «Area» en la columna A.",
            },
        ),
        (
            f'{HEAD};Note\n{LINE};"as told\n{LINE};\n{LINE};\n',
            {
                "en": "Line 2: It cannot be read any further. Perhaps a quotation mark is missing there.",
                "es": "Fila 2: No se puede seguir leyendo. Quizá ahí faltan unas comillas.",
            },
        ),
        (
            f"Barrio;Measure;Month;Count\n{LINE}",
            {
                "en": "column A: The heading “Barrio” is not known, and it is no month such as 2026-03. Known are: Are",
                "es": "columna A: El encabezado «Barrio» no se conoce, y no es un mes como 2026-03. Se conocen: Zona",
            },
        ),
        (
            f"{HEAD}\nelm-street/place;calls;{MONTH};4,5",
            {
                "en": "Line 2, column D: “4,5” is not a whole number",
                "es": "Fila 2, columna D: «4,5» no es un número entero",
            },
        ),
    ],
)
def test_what_is_wrong_is_told_in_the_persons_language(evaluator: Reader, content: str, told, lang: str) -> None:
    assert told[lang] in send(evaluator, content, 422, lang).text


def test_of_merged_cells_the_first_counts_and_the_others_are_told(evaluator: Reader, lang: str) -> None:
    rows = [["Area", "Measure", MONTH], ["elm-street/place", "calls", 12], ["", "drug_calls", 5]]
    merged = b'</sheetData><mergeCells count="1"><mergeCell ref="A2:A3"/></mergeCells>'
    content = changed("sheet1.xml", lambda there: there.replace(b"</sheetData>", merged), workbook(rows))
    where = {"en": "Line 3, column A", "es": "Fila 3, columna A"}[lang]
    assert where in send(evaluator, content, 422, lang).text


@pytest.mark.parametrize("state", ["visible", "hidden"])
def test_sheets_that_are_not_read_are_named(evaluator: Reader, state: str, lang: str) -> None:
    rows = [["Area", "Measure", MONTH], ["elm-street/place", "calls", 12]]
    both = two_sheets("visible", rows, rows, state)
    said = {"en": "Not read: T.", "es": "No se leyó: T."}[lang]
    assert (said in send(evaluator, both, 200, lang).text) is (state == "visible")
    assert said not in send(evaluator, two_sheets("visible", rows, []), 200, lang).text
