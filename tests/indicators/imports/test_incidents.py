"""A file of incidents on its way through the pages: sent, columns, counted by a worker, types, taken over, undone."""

import io
from datetime import date, timedelta

import shapely
from flask import request
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.accounts.users import Member
from portal.core.clock import now
from portal.core.db import db
from portal.core.web import Portal
from portal.indicators import uploads
from portal.indicators.counts import Area, Figure, Import, Measure, found_area
from portal.indicators.statistics.terms import AreaPart, plus
from portal.indicators.uploads import IncidentSource, Upload, UploadPart
from portal.markets.map.importing import set_boundary
from portal.markets.places import Market
from tests.conftest import Work
from tests.core.test_sheets import two_sheets
from tests.make import city_day, let_in, make_market, make_member
from tests.page import SAME_ORIGIN, Form, Page, Reader, reader_of

HERE, THERE = shapely.box(-79.82, 36.19, -79.80, 36.21), shapely.box(-79.78, 36.19, -79.76, 36.21)
URL = "/es/team/figures/incidents/"
LAST = (city_day().replace(day=1) - timedelta(days=2)).replace(day=1)
BEFORE = (LAST - timedelta(days=1)).replace(day=1)
QUOTES = ("police.csv", "Police feed", "ROBBERY", "DRUG SALE", "Occurred", "Offense", "Lon", "Lat", "-79.81", "36.2")


def make_city(session: Session) -> None:
    for name, box, released in (("Elm Street", HERE, True), ("Hollow Lane", THERE, False)):
        market = make_market(session, name, released=released)
        let_in(session, market, make_member(session, ("community_lead",)))
        set_boundary(market, box)
        found_area(market, AreaPart.PLACE)


def rows(*extra: str) -> str:
    """Two whole months: three robberies and a drug sale here, one robbery in the hidden place."""
    first, last = BEFORE, LAST.replace(day=28) + timedelta(days=4)
    days = [first, LAST, last - timedelta(days=last.day)]
    lines = [f"{day:%m/%d/%Y},ROBBERY,-79.81,36.2" for day in days]
    lines += [f"{LAST:%m/%d/%Y},DRUG SALE,-79.81,36.2", f"{LAST:%m/%d/%Y},ROBBERY,-79.77,36.2", *extra]
    return "\n".join(["Occurred Date,Offense,Lon,Lat", *lines])


def send(reader: Reader, content: str | bytes, status: int = 200, **values: str) -> Page:
    page = reader(URL, quotes=QUOTES)
    file = io.BytesIO(content.encode() if isinstance(content, str) else content), "police.csv"
    data: dict[str, object] = {**page.wide.values, "new_source": "Police feed", **values, "file": file}
    answer = reader.client.post(URL, data=data, headers=SAME_ORIGIN, follow_redirects=True)
    return reader.read(answer, status, quotes=QUOTES)


def run_worker(app: Portal) -> None:
    with app.app_context():
        uploads.read_files()


def again(reader: Reader, page: Page) -> Page:
    return reader(page.path, quotes=QUOTES)


def figures(work: Work) -> dict[tuple[str, str, date], int]:
    with work() as session:
        asked = select(Market.slug, Measure.key, Figure.month_on, Figure.value)
        asked = asked.select_from(Figure).join(Measure, Measure.id == Figure.measure_id)
        asked = asked.join(Area, Area.id == Figure.area_id).outerjoin(Market, Market.id == Area.market_id)
        return {row[:3]: row[3] for row in session.execute(asked)}


def counted(app: Portal, reader: Reader, content: str | bytes, **values: str) -> Page:
    waiting = send(reader, content, **values)
    run_worker(app)
    columns = again(reader, waiting)
    if columns.has("form.wide select[name=order]"):
        columns.form("columns").submit(quotes=QUOTES)
        run_worker(app)
    return again(reader, waiting)


def take_over(types: Form, **decided: str) -> Page:
    """Decide about types and months as they are proposed, and take the figures over."""
    return types.submit(quotes=QUOTES, **decided).form("/yes").submit(quotes=QUOTES)


def test_unread_sheets_are_named_before_anything_is_taken_over(app: Portal, evaluator: Reader) -> None:
    sheet = [line.split(",") for line in rows().splitlines()]
    waiting = send(evaluator, two_sheets("visible", sheet, sheet))
    run_worker(app)
    columns = again(evaluator, waiting)
    columns.form("columns").submit(quotes=QUOTES)
    run_worker(app)
    assert all("No se leyó: T." in page.text for page in (columns, again(evaluator, waiting)))


def undo(done: Page) -> None:
    done.follow("Deshacer esta carga", quotes=QUOTES).form("undo").submit(quotes=QUOTES)


def test_a_file_is_counted_shown_taken_and_undone(app: Portal, evaluator: Reader, work: Work, monkeypatch) -> None:
    monkeypatch.setattr(uploads, "PART", 100)
    waiting = send(evaluator, rows())
    assert waiting.has("[data-waiting] progress")
    with work() as session:
        member = make_member(session, ("evaluator",))
        assert session.scalar(select(func.count()).select_from(UploadPart)) > 1, "it is kept in parts"
    other = reader_of(app, member)
    assert other.client.get(waiting.path).status_code == 404, "nobody sees what another sent"
    assert "police.csv" not in other(URL, quotes=QUOTES).text
    run_worker(app)
    columns = again(evaluator, waiting)
    form = columns.form("columns")
    assert form.values["date"] == "Occurred Date"
    assert (form.values["kind"], form.values["x"], form.values["y"]) == ("Offense", "Lon", "Lat")
    assert (form.values["epsg"], form.values["order"]) == ("4326", "mdy")
    assert form.submit(quotes=QUOTES).has("[data-waiting]")
    run_worker(app)
    shown = again(evaluator, waiting)
    types = shown.form("types")
    assert [types.values[f"type_{number}"] for number in (0, 1)] == ["violent", "narcotics"]
    assert (types.values["first"], types.values["last"]) == (f"{BEFORE:%Y-%m}", f"{LAST:%Y-%m}")
    assert figures(work) == {}
    yes = types.submit(quotes=QUOTES).form("/yes")
    done = yes.submit(quotes=QUOTES)
    assert "ya se guardó o se borró" in yes.submit(quotes=QUOTES).text
    assert figures(work) == {
        ("elm-street", "violent", BEFORE): 1,
        ("elm-street", "violent", LAST): 2,
        ("elm-street", "narcotics", BEFORE): 0,
        ("elm-street", "narcotics", LAST): 1,
    }
    with work() as session:
        made = session.scalars(select(Import)).one()
        assert (made.kind, made.rows, made.cells, made.source_name) == ("incidents", 5, 4, "Police feed")
        assert session.scalar(select(func.count()).select_from(UploadPart)) == 0
    undo(done)
    assert figures(work) == {}


def test_the_next_file_of_a_source_asks_nothing(app: Portal, evaluator: Reader, work: Work) -> None:
    before, more = "Este mismo archivo ya se guardó", rows(f"{LAST:%m/%d/%Y},ROBBERY,-79.81,36.2")
    take_over(counted(app, evaluator, rows()).form("types"))
    with work() as session:
        known = session.scalars(select(IncidentSource)).one()
        assert known.mapping["types"] == {"robbery": "violent", "drug sale": "narcotics"}
        who = session.get_one(Member, session.scalars(select(Import.member_id)).one()).name
    waiting = send(evaluator, more, source=str(known.id), new_source="")
    run_worker(app)
    shown = again(evaluator, waiting)
    changes = shown.form("types").submit(quotes=QUOTES)
    assert before not in shown.text and "2 3" in changes.text
    done = changes.form("/yes").submit(quotes=QUOTES)
    assert figures(work)["elm-street", "violent", LAST] == 3
    # That it was taken over already is said, not refused; and what was undone is not there twice.
    repeated = counted(app, evaluator, more, source=str(known.id), new_source="")
    assert before in repeated.text
    assert who in repeated.text.partition(before)[2][:60]
    assert repeated.form("types").submit(quotes=QUOTES).has("#changes")
    undo(done)
    assert before not in again(evaluator, repeated).text


def test_what_is_odd_is_told_and_left_alone(app: Portal, evaluator: Reader, work: Work) -> None:
    ago = [plus(LAST, -number) for number in range(6)]
    odd = ["soon,ROBBERY,-79.81,36.2", f"{LAST:%m/%d/%Y},ROBBERY,,", "44000,ROBBERY,-79.81,36.2"]
    odd += [f"{LAST:%m/%d/%Y},{kind},-79.81,36.2" for kind in ("DRUG SALE", "RUNAWAY")]
    odd += [f"{day:%m/%d/%Y},ROBBERY,-79.81,36.2" for day in (ago[5] + timedelta(days=9), ago[3])]
    shown = counted(app, evaluator, rows(*odd))
    for words in (
        *("Filas cuya fecha no se puede leer: 1", "Fila 7, columna A: «soon»", "Fila 8, columna C: nada"),
        *("no dice desde cuándo se cuenta: 1.", "Fila 9, columna A: «44000»"),
        *("Filas que ya estaban, iguales en todas las columnas: 1, la primera es la fila 10.", "en la fila 5"),
        *("En estos meses no hay ninguna fila", "Parece que no abarca completos estos meses"),
    ):
        assert words in shown.text, words
    types = shown.form("types")
    # The first month is torn, the second one empty.
    assert (types.values["first"], types.values["last"]) == (f"{ago[3]:%Y-%m}", f"{LAST:%Y-%m}")
    types.submit(422, first=f"{LAST:%Y-%m}", last=f"{BEFORE:%Y-%m}", quotes=QUOTES)
    assert types.values["type_2"] == "", "nobody decided about it yet, which holds it up"
    kept = types.submit(quotes=QUOTES)
    assert not kept.has("#changes")
    assert evaluator.client.post(f"{kept.path}/yes", data=types.values, headers=SAME_ORIGIN).status_code == 409
    assert figures(work) == {}
    take_over(kept.form("types"), type_2="-ignored")
    robberies = {month: number for (_place, key, month), number in figures(work).items() if key == "violent"}
    assert robberies == {ago[3]: 1, ago[1]: 1, ago[0]: 2}


def test_measure_without_row_is_left_alone_and_never_zero(app: Portal, evaluator: Reader, work: Work) -> None:
    take_over(counted(app, evaluator, rows()).form("types"))
    with work() as session:
        source = str(session.scalars(select(IncidentSource.id)).one())
    less = "\n".join(line for line in rows().splitlines() if "DRUG" not in line)
    shown = counted(app, evaluator, less, source=source, new_source="")
    assert "este no tiene ninguna. Sus números" in shown.text
    take_over(shown.form("types"))
    stand = figures(work)
    assert (stand["elm-street", "narcotics", LAST], stand["elm-street", "violent", LAST]) == (1, 2)
    other = rows().replace("ROBBERY", "RUNAWAY").replace("DRUG SALE", "RUNAWAY")
    shown = counted(app, evaluator, other, source=source, new_source="")
    kept = shown.form("types").submit(type_0="-ignored", quotes=QUOTES)
    assert "Este archivo no cambia ningún número" in kept.text
    assert not kept.has("#changes")
    # A source that is forgotten leaves its figures.
    forget = evaluator(URL, quotes=QUOTES).form("/drop")
    for sure, left in (({}, 1), ({"sure": "y"}, 0)):
        forget.submit(quotes=QUOTES, **sure)
        with work() as session:
            assert session.scalar(select(func.count()).select_from(IncidentSource)) == left
    assert figures(work) == stand


def test_an_area_that_moved_is_counted_again_first(app: Portal, evaluator: Reader, work: Work) -> None:
    shown = counted(app, evaluator, rows()).form("types").submit(quotes=QUOTES)
    with work() as session:
        market = session.scalars(select(Market).where(Market.slug == "elm-street")).one()
        set_boundary(market, THERE)
    moved = again(evaluator, shown)
    assert not any("/yes" in form.get("action", "") for form in moved.find_all("form"))
    moved.form("/again").submit(quotes=QUOTES)
    run_worker(app)
    again(evaluator, shown).form("/yes").submit(quotes=QUOTES)
    assert figures(work)["elm-street", "violent", LAST] == 1


def test_what_cannot_be_read_is_told_and_erased(app: Portal, evaluator: Reader, work: Work) -> None:
    waiting = send(evaluator, "\0\0\0")
    run_worker(app)
    failed = again(evaluator, waiting)
    assert "CSV o XLSX y " in failed.text
    failed.form("/drop").submit(quotes=QUOTES)
    with work() as session:
        assert session.scalar(select(func.count()).select_from(Upload)) == 0
        assert session.scalar(select(func.count()).select_from(UploadPart)) == 0


def test_worker_that_died_is_replaced_and_busy_one_not(app: Portal, evaluator: Reader, work: Work) -> None:
    send(evaluator, rows())
    with work() as session:
        session.scalars(select(Upload)).one().taken_until = now() + timedelta(minutes=1)
    run_worker(app)
    with work() as session:
        upload = session.scalars(select(Upload)).one()
        assert upload.state == "sent"
        upload.taken_until = now() - timedelta(seconds=1)
    run_worker(app)
    with work() as session:
        assert session.scalars(select(Upload.state)).one() == "asking"


def test_nobody_waits_for_database_while_file_comes_in(app: Portal, evaluator: Reader, monkeypatch) -> None:
    csrf, held = app.csrf, []
    protect = csrf.protect

    def watched() -> None:
        # The form is read in here.
        held.append((request.method, db.session().in_transaction()))
        protect()

    monkeypatch.setattr(csrf, "protect", watched)
    send(evaluator, rows())
    assert ("POST", False) in held
    assert ("POST", True) not in held
