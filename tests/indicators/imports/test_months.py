"""Monthly counts from a table: read in two shapes, wrong by line and column, all or nothing, undone in order."""

import io
import zipfile
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given, strategies as st
from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from portal.core.clock import now
from portal.core.purge import purge
from portal.core.sheets import cells_of
from portal.core.web import Portal
from portal.indicators.counts import (
    Area,
    Figure,
    FigureEntry,
    Import,
    areas_of,
    city_area,
    found_area,
    measure_named,
    write_figures,
)
from portal.indicators.files.months_table import AREA, IGNORED, MEASURE, MONTH, VALUE, month_in, read_months
from portal.indicators.imports import plan, take
from portal.indicators.statistics.terms import AreaPart, plus
from portal.indicators.uploads import Upload, UploadPart
from portal.markets.places import Market
from tests.conftest import Work
from tests.core.test_sheets import changed, two_sheets, workbook
from tests.make import SCHEDULE, city_day, let_in, make_market, make_member
from tests.page import SAME_ORIGIN, Page, Reader, reader_of

HEADINGS = {"area": AREA, "measure": MEASURE, "month": MONTH, "count": VALUE, "note": IGNORED}
TODAY = date(2026, 3, 20)
LONG = ["Area", "Measure", "Month", "Count"]
WIDE = ["Area", "Measure", "2026-01", "2026-02"]
URL = "/{}/team/figures/import/"
QUOTES = ("march.csv",)
LAST = (city_day().replace(day=1) - timedelta(days=2)).replace(day=1)


def test_what_is_wrong_is_told_with_its_place() -> None:
    def line(*cells: object) -> list[list[object]]:
        return [[*LONG], [*cells]]

    for rows, *wrong in [
        ([], ("empty", 0, "")),
        ([LONG], ("no_counts", 0, "")),
        ([["Area", "Measure", "Colour"]], ("unknown_column", 1, "C")),
        ([["Area", "Measure", "Month"]], ("no_value_column", 1, "")),
        ([["Measure", "2026-01"]], ("no_area_column", 1, "")),
        ([["Area", "Measure", "2026-01", "1/2026"]], ("column_twice", 1, "D")),
        (line("a", "m", "2026-13", 4), ("no_month", 2, "C")),
        (line("a", "m", "2026-03", 4), ("month_to_come", 2, "D")),
        (line("", "m", "2026-01", 4), ("no_area", 2, "A")),
        (line("a", "", "2026-01", 4), ("no_measure", 2, "B")),
        ([*line("a", "m", "2026-01", "-1"), ["a", "m", "2026-02", "4.5"]], ("no_count", 2, "D"), ("no_count", 3, "D")),
        ([WIDE, ["a", "m", 4, "", "x"]], ("no_heading", 2, "E")),
        ([*line("a", "m"), ["a", "m", "2026-01", 4]], ("short_line", 2, "")),
        ([LONG, *[["a", "m", "2026-01", 1]] * 20_001], ("too_large", 0, "")),
    ]:
        assert [(one.key, one.line, one.column) for one in read_months(rows, HEADINGS, TODAY).wrong] == wrong


def test_both_shapes_say_the_same() -> None:
    long = [[], LONG, ["a", "m", "2026-01", 4], ["a", "m", datetime(2026, 2, 1), "5.0"], ["b", "m", "02/2026", 0]]
    wide = [["measure", "AREA", "2026-01-01", "2/2026", "Note"], ["m", "a", "4", 5.0, "x"], ["m", "b", "", 0, ""]]
    read = [read_months(rows, HEADINGS, TODAY) for rows in (long, wide)]
    assert [one.wrong for one in read] == [[], []]
    cells = [{(one.area, one.month_on): one.value for one in table.cells} for table in read]
    assert cells[0] == cells[1] == {("a", date(2026, 1, 1)): 4, ("a", date(2026, 2, 1)): 5, ("b", date(2026, 2, 1)): 0}
    assert [one.lines for one in read] == [3, 2]


CELLS = st.one_of(
    st.none(), st.text(max_size=8), st.integers(), st.floats(), st.dates(), st.sampled_from([*LONG, *WIDE])
)


@given(st.lists(st.lists(CELLS, max_size=6), max_size=6))
def test_no_table_breaks_the_reader(rows) -> None:
    table = read_months(rows, HEADINGS, TODAY)
    assert table.wrong or table.cells
    assert all(one.month_on < TODAY.replace(day=1) and one.value >= 0 for one in table.cells)


@given(st.dates(date(1980, 1, 1), date(2999, 12, 1)))
def test_months_are_read_however_they_are_written(day: date) -> None:
    first = day.replace(day=1)
    for said in (f"{day:%Y-%m}", f"{first}", f"{day.month}/{day:%Y}", f"{first} 00:00:00", day, f"{first:%m/%d/%Y}"):
        assert month_in(said) == first


def test_months_are_read_as_programs_and_people_write_them() -> None:
    for said in [
        *("Mar-26", "mar-26", "Mar 2026", "March 2026", "march, 2026", "Mar. ’26", "marzo 2026", "Marzo de 2026"),
        *("marzo del 2026", "MAR/2026", "202603", 202603.0, "2026/03", "2026/3/1", "3-2026", "2026-03-01T00:00:00"),
    ]:
        assert month_in(said) == date(2026, 3, 1)
    for said, month in [("ene-25", 1), ("abr 2025", 4), ("Sept 2025", 9), ("set-25", 9), ("dic-25", 12)]:
        assert month_in(said) == date(2025, month, 1)
    for said in ["ma 2026", "march", "mars 2026", "2026-13", "mar 5", "2026-03-15", 46082.0, "Maybe 26"]:
        assert month_in(said) is None


def make_city(session: Session) -> None:
    market = make_market(session)
    found_area(market, AreaPart.PLACE)
    found_area(market, AreaPart.COMPARISON)
    hidden = make_market(session, "Hollow Lane", released=False)
    let_in(session, hidden, make_member(session, ("community_lead",)))
    found_area(hidden, AreaPart.PLACE)
    found_area(None, AreaPart.CITY)


def send(reader: Reader, content: bytes | str, status: int = 200, lang: str = "es") -> Page:
    page = reader(URL.format(lang))
    data: dict[str, object] = dict(page.wide.values.items())
    data["file"] = (io.BytesIO(content if isinstance(content, bytes) else content.encode()), "march.csv")
    answer = reader.client.post(URL.format(lang), data=data, headers=SAME_ORIGIN, follow_redirects=True)
    return reader.read(answer, status, quotes=QUOTES)


def take_over(shown: Page, status: int = 200, **values: str) -> Page:
    """Press what takes over the figures that are shown."""
    return shown.form("/yes").submit(status, quotes=QUOTES, **values)


def table(*values: int, area: str = "elm-street/place", measure: str = "calls") -> str:
    return "\n".join(
        [HEAD, *(f"{area};{measure};{plus(LAST, -age):%Y-%m};{value}" for age, value in enumerate(values))]
    )


def place_counts(work: Work) -> list[int]:
    with work() as session:
        asked = select(Figure.value).join(Area, Area.id == Figure.area_id).where(Area.part == "place")
        return list(session.scalars(asked.order_by(Figure.month_on.desc())))


def test_names_that_are_unknown_are_told(evaluator: Reader, work: Work) -> None:
    page = send(evaluator, table(3, area="hollow-lane/place"), 422)
    never = send(evaluator, table(3, area="narrow-lane/place"), 422)
    assert page.text.replace("hollow", "narrow") == never.text
    said = "Fila 2, columna B: No hay ninguna medida «shouts»."
    assert said in send(evaluator, table(3, measure="shouts"), 422).text
    again = table(4, area="Elm-Street/Place", measure="Calls").removeprefix(HEAD)
    twice = send(evaluator, table(3) + again + again, 422).text
    for line in (3, 4):
        assert f"Fila {line}, columna D: Hay dos conteos del mismo mes" in twice and "y en la fila 2" in twice
    with work() as session:
        assert session.scalar(select(func.count()).select_from(Upload)) == 0


def test_a_part_above_its_whole_is_refused(evaluator: Reader) -> None:
    made, connected = (f"city;{key};{LAST:%Y-%m};{{}}" for key in ("offers_made", "offers_connected"))
    page = send(evaluator, "\n".join((HEAD, made.format(4000), connected.format(5000))), 422)
    assert "5,000 > 4,000" in page.text and "Fila 3, columna D" in page.text
    take_over(send(evaluator, "\n".join((HEAD, made.format(40), connected.format(30)))))
    # Also beside what stands already, whichever of the two changes.
    assert "45 > 40" in send(evaluator, "\n".join((HEAD, connected.format(45))), 422).text
    assert "30 > 20" in send(evaluator, "\n".join((HEAD, made.format(20))), 422).text
    send(evaluator, "\n".join((HEAD, made.format(20), connected.format(15))))


@pytest.mark.both_databases
def test_a_table_is_shown_taken_and_undone(evaluator: Reader, work: Work) -> None:
    take_over(send(evaluator, table(31, 29)))
    assert place_counts(work) == [31, 29]
    shown = send(evaluator, table(33))
    assert "31 33" in shown.text
    take_over(shown)
    assert place_counts(work) == [33, 29]
    assert "ya se guardó o se borró" in take_over(shown).text
    with work() as session:
        assert session.scalar(select(func.count()).select_from(UploadPart)) == 0
        later, first = session.scalars(select(Import).order_by(Import.cells)).all()
        assert (first.rows, first.cells, len(first.digest)) == (2, 2, 64)
    first_asked, asked = (evaluator(undo_address(one), quotes=QUOTES) for one in (first, later))
    assert "1 número vuelve" in asked.text and "volver a cargarlo" in asked.text
    assert first_asked.form("undo").send().status_code == 409
    assert place_counts(work) == [33, 29], "asking changes nothing"
    again = asked.form("undo").submit(quotes=QUOTES)
    assert place_counts(work) == [31, 29]
    assert asked.form("undo").send().status_code == 409
    evaluator(undo_address(later), 409)
    links = [link.get("href") for link in again.find_all("a")]
    assert undo_address(first) in links and undo_address(later) not in links
    first_asked.form("undo").submit(quotes=QUOTES)
    assert place_counts(work) == []


def undo_address(made: Import) -> str:
    return f"/es/team/figures/import/undo/{made.id}"


def elm_street(session: Session) -> Market:
    return session.scalars(select(Market).where(Market.slug == "elm-street")).one()


@pytest.mark.both_databases
def test_figures_of_another_source_are_replaced_only_with_yes(evaluator: Reader, work: Work) -> None:
    with work() as session:
        area, measure = areas_of(elm_street(session))[0], measure_named("calls")
        counts = [FigureEntry(area.id, measure.id, plus(LAST, -age), value) for age, value in enumerate((31, 29))]
        about = {"kind": "incidents", "file_name": "police.csv", "digest": "0" * 64, "rows": len(counts)}
        other = make_member(session, ("evaluator",))
        take(plan(counts), Import(source_name="Alder Falls police", **about), other.id)
    shown = send(evaluator, table(33, 29))
    # First of all, before what is in the file.
    warning = "Se reemplazaría 1 número de otra fuente"
    assert 0 < shown.text.index(warning) < shown.text.index("De los números")
    assert "«Alder Falls police», de archivos de incidentes" in shown.text
    assert "elm-street/" not in shown.text, "places are named"
    asked = take_over(shown, 422)
    assert asked.has("#over-error")
    assert place_counts(work) == [31, 29]
    take_over(asked, over="y")
    assert place_counts(work) == [33, 29]
    # What the same person sends again is nobody else's.
    again = send(evaluator, table(34, 28))
    assert not again.has("[name=over]")
    take_over(again)
    assert place_counts(work) == [34, 28]


def test_own_counts_and_what_colleague_sent_are_another_source(app: Portal, evaluator: Reader, work: Work) -> None:
    with work() as session:
        city = city_area()
        assert city
        write_figures([FigureEntry(city.id, measure_named("reports").id, LAST, 30)])
        other = make_member(session, ("evaluator",), name="Priya Raman")
    shown = send(evaluator, table(31, area="city", measure="reports"), lang="en")
    assert "1 figure: counted by this site, or typed in" in shown.text
    take_over(send(evaluator, table(40)))
    theirs = send(reader_of(app, other), table(41), lang="en")
    assert "a table that" in theirs.text and "sent (march.csv)" in theirs.text
    take_over(theirs, 422)
    assert place_counts(work) == [40]


def test_what_is_too_large_is_called_too_large(evaluator: Reader, work: Work) -> None:
    token = evaluator(URL.format("es")).wide.values["csrf_token"]
    field = "--x\r\nContent-Disposition: form-data; name="
    for size, status in ((3_000_000, 422), (5_000_000, 413)):
        # Put together here: the client would leave a temporary file open.
        file = f'"file"; filename="march.csv"\r\n\r\n{"Area,Measure" * (size // 12)}\r\n--x--\r\n'
        body = f'{field}"csrf_token"\r\n\r\n{token}\r\n{field}{file}'.encode()
        sent = {"data": body, "content_type": "multipart/form-data; boundary=x", "headers": SAME_ORIGIN}
        page = evaluator.read(evaluator.client.post(URL.format("es"), **sent), status, quotes=QUOTES)
        assert "Este archivo es demasiado grande: como máximo 2 MB" in page.text
        assert page.has("form.wide")
    with work() as session:
        assert session.scalar(select(func.count()).select_from(Upload)) == 0


def test_effort_before_place_was_public_is_not_taken(evaluator: Reader, work: Work) -> None:
    with work() as session:
        elm_street(session).released_at = datetime.combine(LAST, datetime.min.time(), UTC) + timedelta(days=14)
    for measure in ("asked", "offers_made", "reports", "promises_due"):
        page = send(evaluator, table(31, 29, measure=measure), 422)
        assert "Fila 3, columna D: En " in page.text and "Fila 2" not in page.text
    assert place_counts(work) == []
    take_over(send(evaluator, table(31, measure="asked")))
    assert place_counts(work) == [31]
    send(evaluator, table(31, 29, measure="drug_calls"))
    send(evaluator, table(31, 29, measure="offers_made", area="elm-street/comparison-1"), 422)
    send(evaluator, table(31, 29, measure="offers_made", area="city"))


def test_effort_of_hidden_place_is_never_taken(app: Portal, evaluator: Reader, work: Work) -> None:
    with work() as session:
        elm_street(session).released_at = now() - timedelta(days=99)
    shown = send(evaluator, table(31, measure="asked"))
    with work() as session:
        elm_street(session).released_at = now()
        hidden = session.scalars(select(Market).where(Market.slug == "hollow-lane")).one()
        inside = make_member(session, ("community_lead",))
        let_in(session, hidden, inside)
    take_over(shown, 422)
    assert place_counts(work) == []
    inside_reader = reader_of(app, inside)
    send(inside_reader, table(31, 29, area="hollow-lane/place"))
    assert "En " in send(inside_reader, table(31, area="hollow-lane/place", measure="asked"), 422).text


def test_what_somebody_changed_meanwhile_is_shown_again(evaluator: Reader, work: Work) -> None:
    shown = send(evaluator, table(3))
    send(evaluator, table(9)).form("/yes").submit()
    again = shown.form("/yes").submit(409)
    assert "9 3" in again.text
    again.form("/drop").submit()
    assert place_counts(work) == [9]


def test_workbook_and_table_to_fill_in_are_taken(evaluator: Reader, work: Work) -> None:
    rows = [["Area", "Measure", f"{LAST:%Y-%m}"], ["elm-street/comparison-1", "Calls about drugs", 12]]
    send(evaluator, workbook(rows)).form("/yes").submit()
    filled = evaluator.client.get(URL.format("es") + "figures.csv").text
    assert "hollow" not in filled
    lines = [line.split(",") for line in filled.splitlines()]
    months = next(line for line in lines if f"{LAST:%Y-%m}" in line)
    row = next(line for line in lines if line[:2] == ["elm-street/comparison-1", "drug_calls"])
    assert row[months.index(f"{LAST:%Y-%m}")] == "12"
    assert "No hay" not in send(evaluator, filled, 200, "es").text


def test_nobody_reads_or_undoes_what_another_sent(app: Portal, evaluator: Reader, work: Work) -> None:
    take_over(send(evaluator, table(3)))
    send(evaluator, table(4))
    with work() as session:
        other, made = make_member(session, ("evaluator",)), session.scalars(select(Import)).one()
        upload = session.scalars(select(Upload)).one()
    reader = reader_of(app, other)
    assert reader.client.get(f"/en/team/figures/import/{upload.id}").status_code == 404
    assert "march.csv" not in reader(URL.format("en")).text
    assert made.member_id != other.id


def test_files_and_what_stood_before_are_erased(evaluator: Reader, work: Work, app: Portal) -> None:
    send(evaluator, table(3)).form("/yes").submit()
    send(evaluator, table(4))
    with work() as session:
        session.scalars(select(Upload)).one().sent_at = now() - timedelta(hours=25)
        session.scalars(select(Import)).one().made_at = now() - timedelta(days=91)
    with app.app_context():
        for rule in SCHEDULE:
            if "figures" in rule.what:
                assert purge(rule) == 1
                assert purge(rule) == 0
    with work() as session:
        assert session.scalar(select(func.count()).select_from(UploadPart)) == 0
        assert session.scalars(select(Import)).one().changes is None
    page = evaluator(URL.format("en"))
    assert "Too old to be undone" in page.text
    assert place_counts(work) == [3]


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


def months_of(content: bytes) -> dict[date, int]:
    """What is read of a workbook in which nothing is wrong."""
    table = read_months(cells_of(content).rows, HEADINGS, TODAY)
    assert table.wrong == []
    return {one.month_on: one.value for one in table.cells}


def test_real_dates_are_the_months_that_their_cells_show() -> None:
    first, second = date(2026, 1, 1), date(2026, 2, 1)
    for is_1904 in (False, True):
        number = JANUARY - BEGINS_1904 * is_1904
        for look in DATES:
            assert months_of(styled([LONG, ["a", "m", number, 4]], {"C2": look}, is_1904)) == {first: 4}
        rows = [["Area", "Measure", number, number + 31], ["a", "m", 4, 5]]
        assert months_of(styled(rows, {"C1": 1, "D1": 2}, is_1904)) == {first: 4, second: 5}


def test_numbers_in_text_cells_and_with_separators_are_numbers() -> None:
    rows = [LONG, ["a", "m", "2026-01", "1200"], ["b", "m", "2026-01", 1200], ["c", "m", "2026-01", "1,200"]]
    styles = {"C2": TEXT, "D2": TEXT, "D3": THOUSANDS, "D4": TEXT}
    table = read_months(cells_of(styled(rows, styles)).rows, HEADINGS, TODAY)
    assert [one.value for one in table.cells] == [1200] * 3
    # A date that became a number in a column of text is told as the number that its cell shows.
    told = read_months(cells_of(styled([LONG, ["a", "m", JANUARY, 4]], {"C2": TEXT})).rows, HEADINGS, TODAY).wrong
    assert [(one.key, one.line, one.column, one.said) for one in told] == [("no_month", 2, "C", str(JANUARY))]


HEAD, NEWEST = "Area;Measure;Month;Count", f"{LAST:%Y-%m}"
LINE = f"elm-street/place;calls;{NEWEST};1200"


ONE_COUNT: list[list[object]] = [["Area", "Measure", NEWEST], ["elm-street/place", "calls", 12]]


WRITTEN = (
    f"\ufeff{HEAD}\r\n{LINE}\r\n".encode(),
    f"{HEAD}\r{LINE}\r".encode(),
    f"{HEAD}\n{LINE}\n".replace(";", "\t").encode(),
    f"{HEAD}\n{LINE}\n".replace(";", "|").encode("utf-16"),
    f"sep=;\r\n{HEAD}\r\n{LINE}\r\n".encode(),
    f'"sep=,"\n{HEAD}\n{LINE}'.replace(";", ",").encode(),
    f"Zona;Medida;Mes;Conteo\n{LINE}\n".encode(),
    f"Área;MEDIDA;Mes;Número\n{LINE}\n".encode("cp1252"),
    f"{HEAD}\nelm-street/place;LLAMADAS  ál 911;{NEWEST};1200\n".encode(),
    f"area;Indicador;fecha;cantidad\n{LINE}\n".encode(),
    f"{HEAD}\n{LINE},0\n".encode(),
    f'{HEAD}\nelm-street/place;calls;{NEWEST};"1,200"\n'.encode(),
    f"{HEAD}\nelm-street/place;Llamadas al 911;{LAST:%m/%Y};1200;;;\n".encode(),
)


def test_a_table_is_taken_however_a_program_writes_it(evaluator: Reader, work: Work) -> None:
    for content in WRITTEN:
        take_over(send(evaluator, content))
        assert place_counts(work) == [1200], content
        with work() as session:
            session.execute(delete(Figure))


def with_cell(cell: bytes, rows: Sequence[list[object]] = ONE_COUNT) -> bytes:
    """A workbook in which the first count is written otherwise."""
    plain = b'<c r="C2"><v>12</v></c>'
    return changed("sheet1.xml", lambda there: there.replace(plain, cell), workbook(rows))


def merged() -> bytes:
    rows = [*ONE_COUNT, ["", "drug_calls", 5]]
    cells = b'</sheetData><mergeCells count="1"><mergeCell ref="A2:A3"/></mergeCells>'
    return changed("sheet1.xml", lambda there: there.replace(b"</sheetData>", cells), workbook(rows))


def test_what_is_wrong_is_told_in_the_persons_language(evaluator: Reader) -> None:
    lines = f"{HEAD}\n{LINE}\n\nelm-street/place;Calls;{NEWEST};4\nelm-street/place;asked;{NEWEST};10000001"
    error = "Fila 2, columna C: Esta celda contiene un error"
    formula = with_cell(b'<c r="C2"><f>6*2</f></c>', [*ONE_COUNT, ["nowhere", "calls", 3]])
    for content, told in (
        (b"", "Esta tabla está vacía."),
        (b"%PDF-1.7\n", "Esta tabla no se puede leer."),
        (b"\xd0\xcf\x11\xe0\x00", "protegido con una contraseña"),
        (
            f"sep=;\n{HEAD}\n;calls;{NEWEST};12",
            "Fila 3, columna A: Hay conteos, pero no dice de qué zona. De las celdas combinadas",
        ),
        (merged(), "Fila 3, columna A"),
        (
            f"Area;Measure;{NEWEST};Zona;{LAST:%m/%Y}\nelm-street/place;calls;3;;4",
            "Fila 1, columna D: «Zona» significa lo mismo que «Area» en la columna A.",
        ),
        (
            f'{HEAD};Note\n{LINE};"as told\n{LINE};\n{LINE};\n',
            "Fila 2: No se puede seguir leyendo. Quizá ahí faltan unas comillas.",
        ),
        (
            f"Barrio;Measure;Month;Count\n{LINE}",
            "columna A: El encabezado «Barrio» no se conoce, y no es un mes como 2026-03. Se conocen: Zona",
        ),
        (lines, "Fila 4, columna D: Hay dos conteos del mismo mes para «elm-street/place, Calls»: aquí y en la fila 2"),
        (lines, "Fila 5, columna D: «10000001» no es un número entero del 0 al 10,000,000."),
        (with_cell(b'<c r="C2" t="e"><v>#N/A</v></c>'), error),
        (with_cell(b"<c t='e' s='1' r='C2'><f>1/0</f><v>#DIV/0!</v></c>"), error),
        (formula, "Fila 2, columna C: Esta celda"),
        (formula, "No hay ninguna zona «nowhere»"),
    ):
        assert told in send(evaluator, content, 422).text


def test_sheets_that_are_not_read_are_named(evaluator: Reader) -> None:
    for rows, state, is_named in ((ONE_COUNT, "visible", True), (ONE_COUNT, "hidden", False), ([], "visible", False)):
        shown = send(evaluator, two_sheets("visible", ONE_COUNT, rows, state))
        assert ("No se leyó: T." in shown.text) is is_named
