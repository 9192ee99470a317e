"""Placebo areas: drawn by a fixed rule among the incidents, counted like others, fixed by the plan, shown nowhere."""

import base64
import io
import json
import zlib
from dataclasses import asdict
from datetime import date, timedelta
from functools import cache

import numpy as np
import pytest
import shapely
from sqlalchemy import select

from portal.accounts.users import Member
from portal.core.clock import today
from portal.core.web import Portal
from portal.indicators import imports, uploads
from portal.indicators.areas import known_outlines
from portal.indicators.counts import Import, areas_of, found_area, load_standard_measures, unpack
from portal.indicators.files.geometry import LEAST, MOST
from portal.indicators.files.mapping import ColumnMapping, DrawingTask
from portal.indicators.files.program import count_file
from portal.indicators.statistics.plans import DRAWN_MARK, StudyPlan
from portal.indicators.statistics.terms import AreaPart, month_of, plus
from portal.indicators.studies import (
    PlaceboCounts,
    PlaceboSet,
    Study,
    drawn_of,
    enter_day,
    keep_plan,
    lock_plan,
    material_of,
    placebo_series,
    placebo_set,
)
from portal.indicators.uploads import Upload
from portal.markets.map.importing import set_boundary
from portal.markets.places import Market
from tests.conftest import Work
from tests.make import let_in, make_market, make_member
from tests.page import reader_of

WEST, SOUTH, SIDE, APART, ACROSS = -79.9, 36.1, 0.002, 0.004, 12
HERE = shapely.box(WEST, SOUTH, WEST + SIDE, SOUTH + SIDE)
HIDDEN = shapely.box(WEST + 5 * APART, SOUTH + 5 * APART, WEST + 5 * APART + SIDE, SOUTH + 5 * APART + SIDE)
READING = ColumnMapping("Day", "Type", "Lon", "Lat", types={"drug sale": "narcotics", "robbery": "violent"})
MONTHS = 30


@cache
def incidents(first: date) -> str:
    """A grid of corners with 20 to 40 incidents each in 30 months, a third of them sales of drugs."""
    generator, lines = np.random.default_rng(4), ["Day,Type,Lon,Lat"]
    for corner in range(ACROSS**2):
        west, south = WEST + APART * (corner % ACROSS), SOUTH + APART * (corner // ACROSS)
        for number in range(int(generator.integers(20, 40)) if corner else 30):
            month = plus(first, int(generator.integers(0, MONTHS)))
            x, y = west + SIDE * generator.random(), south + SIDE * generator.random()
            kind = "DRUG SALE" if number % 3 == 0 else "ROBBERY"
            lines.append(f"{month:%m}/{generator.integers(1, 29):02}/{month:%Y},{kind},{x:.6f},{y:.6f}")
    last = plus(first, MONTHS) - timedelta(days=1)
    ends = [f"{day:%m/%d/%Y},ROBBERY,{WEST - 1},{SOUTH}" for day in (first, last)]
    return "\n".join([*lines, *ends])


def count(**given: object) -> dict:
    options = {"zone": "America/New_York", "today": "2026-03-20", "areas": [], "city": None, "blocks": []}
    content = incidents(date(2023, 8, 1)).encode()
    return count_file(io.BytesIO(content), {"reading": asdict(READING), **options, **given})


@cache
def counted(**given: str) -> list[dict]:
    """The areas that are drawn for a place, one set or none."""
    task = DrawingTask(7, shapely.to_geojson(HERE), [shapely.to_geojson(HIDDEN)], "0a" * 16, "inputs", "")
    return count(draw=[asdict(task) | given])["drawn"]


def test_areas_of_like_size_and_count_are_drawn_clear() -> None:
    (found,) = counted()
    shapes = [shapely.from_geojson(one) for one in found["outlines"]]
    assert LEAST <= len(shapes) <= MOST
    for number, one in enumerate(shapes):
        assert one.area == pytest.approx(HERE.area, rel=0.02)
        assert not shapely.intersects(one, [HERE, HIDDEN, *shapes[:number]]).any()
    sums = np.zeros(len(shapes))
    for area, _kind, _month, count in json.loads(zlib.decompress(base64.b64decode(found["counts"]))):
        sums[area] += count
    assert (sums >= 15).all()
    assert (sums <= 60).all()
    assert (found["first"], found["last"]) == ("2023-08", "2026-01")


def test_same_seed_draws_same_and_another_one_others() -> None:
    (found,) = counted()
    assert counted(seed="0a" * 16) == [found]
    assert counted(seed="0b" * 16)[0]["outlines"] != found["outlines"]
    known = count(placebos=[["5", found["outlines"]]])
    assert known["placebos"]["5"] == found["counts"], "counted alike when they are known already"


def test_without_months_or_like_spots_none_are_drawn() -> None:
    outline = shapely.to_geojson(HERE.buffer(SIDE * 3))
    for given in ({"until": "2025-06"}, {"until": "2023-08"}, {"outline": outline}):
        assert counted(**given) == []


def send(app: Portal, work: Work, lead_id: int) -> None:
    """An incident file, sent, counted by a worker and taken over."""
    with work() as session:
        source = imports.found_source("Police feed", lead_id)
        source.mapping = asdict(READING)
        file = io.BytesIO(incidents(plus(month_of(today()), -MONTHS)).encode())
        upload_id = imports.send_file(file, "police.csv", source, lead_id).id
    with app.app_context():
        uploads.read_files()
    with work() as session:
        upload = session.get_one(Upload, upload_id)
        found = imports.counted(upload)
        assert found.mark == uploads.outlines_mark(lead_id)
        upload.source = imports.found_source("Police feed", lead_id)
        months = imports.months_to_write(upload, found)
        changes = imports.plan(imports.counts_of(found, READING, months))
        imports.take_over(upload, found, changes, lead_id)


@pytest.fixture
def lead_id(work: Work) -> int:
    """A place with a plan and similar areas, and a hidden one; the id of whoever leads the first."""
    with work() as session:
        load_standard_measures()
        market = make_market(session, "Elm Street")
        set_boundary(market, HERE)
        found_area(market, AreaPart.PLACE)
        for rank in range(1, 4):
            west = WEST + APART * 2 * rank
            box = shapely.box(west, SOUTH, west + SIDE, SOUTH + SIDE)
            found_area(market, AreaPart.COMPARISON, rank, geometry=shapely.to_geojson(box))
        hidden = make_market(session, "Hollow Lane", released=False)
        set_boundary(hidden, HIDDEN)
        lead = make_member(session, ("community_lead",))
        let_in(session, market, lead)
        plan = StudyPlan(market.slug, ("narcotics", "violent"), (1, 2, 3), primary="narcotics", months_before=24)
        keep_plan(market, plan, lead.id)
        return lead.id


def elm_street(session) -> tuple[Market, Study]:
    market = session.scalars(select(Market).where(Market.slug == "elm-street")).one()
    return market, session.scalars(select(Study).where(Study.market_id == market.id)).one()


def test_file_taken_over_brings_areas_plan_fixes_study_uses(app, work, lead_id) -> None:
    with work() as session:
        areas = len(areas_of(elm_street(session)[0]))
    send(app, work, lead_id)
    with work() as session:
        market, study = elm_street(session)
        one = placebo_set(market)
        assert one.areas >= LEAST
        assert one.measure == "narcotics"
        drawn = [shapely.from_geojson(outline) for outline in unpack(one.outlines)]
        # Nobody was let in to the hidden place, and still none lies there.
        assert not any(shapely.intersects(each, HIDDEN) for each in drawn)
        assert len(areas_of(market)) == areas
        assert not set(dict(known_outlines(lead_id)).values()) & set(unpack(one.outlines))
        lock_plan(market, study, lead_id)
        assert f"Placebo areas: {one.areas}, drawn from a file of incidents by rule 1\n" in study.text
        assert f"{DRAWN_MARK}{one.digest}\n" in study.text
        assert one.seed not in study.text
        enter_day(market, study, today() - timedelta(days=1), lead_id)
        material = material_of(study, today())
        assert {key: len(each) for key, each in material.placebos.items()} == dict.fromkeys(
            ("narcotics", "violent"), one.areas
        )
        # Every month of the file that is complete is there, with zero where nothing happened.
        assert {len(each) for each in material.placebos["violent"]} <= {MONTHS, MONTHS - 1, MONTHS - 2}
        sums = [sum(months.values()) for months in material.placebos["violent"]]
        assert 10 * one.areas < sum(sums) < 40 * one.areas
        chosen = [measure for measure in imports.countable() if measure.key in material.placebos]
        assert set(placebo_series(one, chosen)) == {"narcotics", "violent"}
        imports.undo(session.scalars(select(Import)).one(), lead_id)
        session.flush()
        assert placebo_series(one, chosen) == {}, "what is undone counts no longer"


def test_locked_plan_keeps_its_areas_and_gains_none(app, work, lead_id) -> None:
    with work() as session:
        market, study = elm_street(session)
        lock_plan(market, study, lead_id)
        assert "Placebo areas: none were drawn; each comparison area is tried in turn\n" in study.text
    send(app, work, lead_id)
    with work() as session:
        assert session.scalars(select(PlaceboSet)).all() == []


def test_moved_place_gets_others_unused_by_plan_without_them(app, work, lead_id) -> None:
    send(app, work, lead_id)
    with work() as session:
        market, study = elm_street(session)
        before, seed = placebo_set(market).digest, placebo_set(market).seed
        set_boundary(market, shapely.box(WEST, SOUTH, WEST + SIDE, SOUTH + SIDE * 0.9))
    send(app, work, lead_id)
    with work() as session:
        market, study = elm_street(session)
        one = placebo_set(market)
        assert one.digest != before
        assert one.seed == seed
        assert session.scalars(select(PlaceboCounts.set_id).distinct()).all() == [one.id]
        assert drawn_of(market, study) is one
        with session.no_autoflush:
            study.text = f"{DRAWN_MARK}{before}\n"
            assert drawn_of(market, study) is None
            study.text = None


def test_whoever_plans_a_study_reads_whether_there_are_any(app, work, lead_id) -> None:
    with work() as session:
        lead, market_id = session.get_one(Member, lead_id), elm_street(session)[0].id
    read = reader_of(app, lead)
    show, plan = f"/es/team/studies/{market_id}", f"/es/team/studies/{market_id}/plan"
    none, few = "Todavía no hay zonas sacadas al azar", "Con menos de cinco"
    assert none in read(show).text and few in read(plan).text
    send(app, work, lead_id)
    with work() as session:
        one = placebo_set(elm_street(session)[0])
        outline = unpack(one.outlines)[0]
    told = read(show).text
    assert f"{one.areas} zonas parecidas a este lugar" in told and none not in told
    assert few not in read(plan).text
    for url in (show, plan, f"/es/team/figures/places/{market_id}"):
        assert outline[40:70] not in read.client.get(url).text
