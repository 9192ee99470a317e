"""What some cities count besides: nothing of it is there before somebody adds it and sends figures."""

from collections.abc import Iterator
from datetime import UTC, date, datetime

import pytest
import time_machine
from sqlalchemy import select

from portal.core.db import session
from portal.core.statuses import NotFound
from portal.core.web import Portal
from portal.indicators import snapshots
from portal.indicators.counts import (
    FigureEntry,
    Measure,
    add_optional,
    found_area,
    load_standard_measures,
    measure_named,
    missing_sets,
    optional_keys,
    optional_sets,
    write_figures,
)
from portal.indicators.files.months_table import AREA, MEASURE, groups_over_whole, read_months
from portal.indicators.freezing import freeze_what_is_due
from portal.indicators.imports import countable, monthly_counts_of
from portal.indicators.statistics.schema import canonical
from portal.indicators.statistics.terms import AreaPart, plus
from tests.conftest import Work
from tests.make import make_market, make_member
from tests.page import reader_of

DAY = datetime(2026, 11, 15, 14, 1, tzinfo=UTC)
FIRST = date(2024, 1, 1)
GROUPS = {"arrests_black": 12, "arrests_white": 20, "arrests_not_recorded": 4}
"""Arrests a month in the city; at the place half as many, and of no known group none."""


@pytest.fixture
def city(app: Portal, work: Work) -> Iterator[dict[str, int]]:
    """A public place and the whole city, with calls of 30 months, on the day of a snapshot."""
    with time_machine.travel(DAY):
        with work() as rows:
            load_standard_measures()
            member = make_member(rows, ("evaluator", "services"))
            north = make_market(rows, "North", released=True)
            north.released_at = datetime(2024, 1, 3, 15, tzinfo=UTC)
            rows.flush()
            place, whole = found_area(north, AreaPart.PLACE), found_area(None, AreaPart.CITY)
            calls = measure_named("drug_calls").id
            write_figures(FigureEntry(place.id, calls, plus(FIRST, age), 30) for age in range(30))
            ids = {"place": place.id, "city": whole.id, "member": member.id}
        yield ids


def freeze(app: Portal) -> None:
    with app.app_context():
        assert freeze_what_is_due()


def send_arrests(work: Work, ids: dict[str, int], scale: int = 1) -> None:
    """Arrests of 30 months in the city and at the place."""
    with work():
        add_optional("arrests", ids["member"])
        keys = {one.key: one.id for one in session.scalars(select(Measure))}
        for age in range(30):
            for area, part in ((ids["city"], 2 * scale), (ids["place"], scale)):
                some = {key: value * part // 2 for key, value in GROUPS.items()}
                counts = some | {"arrests": sum(some.values())}
                write_figures(FigureEntry(area, keys[key], plus(FIRST, age), value) for key, value in counts.items())


def test_nothing_is_there_until_it_is_added(city, app: Portal, work: Work) -> None:
    with work() as rows:
        assert not optional_keys() & set(session.scalars(select(Measure.key)))
        assert [one.key for one in missing_sets()] == ["arrests", "stops", "overdoses"]
        assert (add_optional("arrests", city["member"]), add_optional("arrests", city["member"])) == (10, 0)
        part = measure_named("arrests_more")
        assert (part.of_key, part.kind, part.guarded) == ("arrests", "policing", True)
        assert (part.name.en, part.name.es) == ("Arrests: more than one group", "Arrestos: de más de un grupo")
        with pytest.raises(NotFound):
            add_optional("secrets", city["member"])
        member = make_member(rows, ("evaluator",))
    reader = reader_of(app, member)
    page = reader("/en/team/measures/")
    assert "Stops by race and ethnicity" in page.text and "Nothing of it is public" in page.text
    added = page.form("stops").submit()
    assert "10 measures were added" in added.text and "Stops by race and ethnicity" not in added.text
    form = reader("/en/team/measures/stops_asian").form("")
    form.submit(422, residents="300")
    form.submit(residents="4")
    with work():
        assert measure_named("stops_asian").residents == 4 and measure_named("stops_asian").guarded


def test_city_that_sends_none_publishes_as_it_would_have(city, app: Portal, work: Work) -> None:
    freeze(app)
    with work():
        before = snapshots.latest().document
        for one in optional_sets():
            add_optional(one.key, city["member"])
    with time_machine.travel(datetime(2026, 12, 15, 15, tzinfo=UTC), tick=False):
        freeze(app)
        with work():
            after = snapshots.latest().document
    assert after.measures == before.measures and b"arrest" not in canonical(after)


def test_arrests_by_group_stand_in_table_of_whole_years(city, page, app: Portal, work: Work) -> None:
    send_arrests(work, city)
    with work():
        measure_named("arrests_black").residents = 21
    freeze(app)
    text = page("/en/places/north/progress/").text
    for said in (
        "Arrests by race and ethnicity, 2025",
        "Black or African American 72 ",
        "White 120 ",
        "Not recorded 24 ",
        "Arrests and stops are counted, not people:",
    ):
        assert said in text, said
    assert "Arrests by race and ethnicity, 2026" not in text and "of 100 residents" not in text
    whole = page("/en/progress/")
    assert "Arrests by race and ethnicity, 2024" in whole.text and "(21 of 100 residents)" in whole.text
    assert "moved a little by chance" in whole.text
    tables = [table for table in whole.find_all("table") if "by race" in "".join(table.itertext())]
    assert tables and all(len(list(table.iterfind(".//thead//th"))) == 3 for table in tables), "it fits on a phone"
    assert "Negras o afroamericanas 72 " in page("/es/places/north/progress/").text


def test_small_group_hides_all_groups_of_place(city, page, app: Portal, work: Work) -> None:
    send_arrests(work, city)
    with work():
        asian, arrests = measure_named("arrests_asian").id, measure_named("arrests").id
        for year in (2024, 2025):
            month = date(year, 5, 1)
            write_figures([FigureEntry(city["place"], asian, month, 3), FigureEntry(city["place"], arrests, month, 21)])
    freeze(app)
    text = page("/en/places/north/progress/").text
    assert "By race and ethnicity nothing is shown yet" in text and "African American" not in text


def test_what_table_may_not_say_is_told_by_line(city, work: Work) -> None:
    with work():
        for one in optional_sets():
            add_optional(one.key, city["member"])
        head = {"area": AREA, "measure": MEASURE}
        rows = [
            ["area", "measure", "2025-01"],
            ["city", "arrests", 30],
            ["city", "arrests_black", 20],
            ["city", "arrests_white", 11],
            ["city", "overdose_deaths", 12],
            ["north/place", "overdose_deaths", 1],
        ]
        _counts, wrong = monthly_counts_of(read_months(rows, head, DAY.date()), city["member"])
        assert [(one.key, one.line) for one in wrong] == [("city_only", 6), ("groups_over_whole", 2)]
        assert "overdose_deaths" not in {one.key for one in countable()}


def test_groups_add_up_to_no_more_than_their_whole() -> None:
    whole_of = {2: 1, 3: 1}
    new = {(7, 2, FIRST): 6, (7, 3, FIRST): 5}
    assert [one[1:] for one in groups_over_whole(new, {(7, 1, FIRST): 10}, whole_of)] == [(11, 10)]
    assert not list(groups_over_whole(new, {(7, 1, FIRST): 11}, whole_of))
    assert not list(groups_over_whole(new, {}, whole_of))
    assert list(groups_over_whole({(7, 1, FIRST): 10}, new, whole_of)), "a whole that is sent later"


def test_deaths_are_never_published_of_a_place(city, app: Portal, work: Work) -> None:
    with work():
        add_optional("overdoses", city["member"])
        deaths = measure_named("overdose_deaths").id
        for area in (city["place"], city["city"]):
            write_figures(FigureEntry(area, deaths, plus(FIRST, age), 40) for age in range(24))
    freeze(app)
    with work():
        document = snapshots.latest().document
    of_places = [one for place in document.places for one in place.series]
    assert [one.area for one in (*document.city, *of_places) if one.measure == "overdose_deaths"] == ["city"]
