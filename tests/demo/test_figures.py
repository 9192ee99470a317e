"""The invented figures: four years everywhere, nothing of the hidden place, and three snapshots published."""

from io import BytesIO
from statistics import mean

from sqlalchemy import select

from demo.figures import example, freeze_earlier
from demo.places import read
from portal.accounts.users import Member
from portal.core.clock import today
from portal.core.db import db
from portal.indicators import imports, snapshots, uploads
from portal.indicators.counts import Area, Figure, areas_of, city_area, count_months, figures, measure_named
from portal.indicators.files.mapping import from_json
from portal.indicators.freezing import broken, freeze_what_is_due
from portal.indicators.imports import plan
from portal.indicators.statistics.terms import AreaPart, month_of, plus, span
from portal.indicators.uploads import IncidentSource, Upload
from portal.markets.places import public_markets


def test_every_place_has_areas_and_four_years_of_figures(work, handover):
    with work() as session:
        places = public_markets()
        last = plus(month_of(today()), -1)
        months = list(span(plus(last, -47), last))
        for place in places:
            areas = areas_of(place)
            # One place has enough similar areas to be fairly sure.
            similar = [AreaPart.COMPARISON] * (6 if place.slug == "the-old-depot" else 3)
            assert [area.part for area in areas] == [AreaPart.PLACE, *similar, AreaPart.RING, AreaPart.COMPARISON_RING]
            assert all(area.geometry for area in areas if area.part != AreaPart.PLACE)
            for area in areas:
                for key in ("violent", "drug_calls"):
                    assert sorted(figures(area, measure_named(key))) == months
        theirs = select(Area.id).where(Area.market_id.in_([place.id for place in places]) | Area.market_id.is_(None))
        assert session.scalars(select(Figure.id).where(Figure.area_id.not_in(theirs))).all() == []
        for slug, least, most in (("the-old-depot", 0.4, 0.75), ("laundry-row", 1.1, 1.7)):
            place = next(one for one in places if one.slug == slug)
            counts = figures(areas_of(place)[0], measure_named("drug_calls"))
            delivered = min(decision.since_on for decision in place.decisions)
            after = {month: value for month, value in counts.items() if month > delivered}
            # Beside the same months of earlier years: this city has seasons.
            years = [[plus(month, -12 * back) for back in (1, 2, 3)] for month in after]
            usual = [mean(counts[one] for one in same if one in counts and one <= delivered) for same in years]
            assert least < sum(after.values()) / sum(usual) < most, "better, and worse"


def test_the_example_file_says_what_the_figures_say(app, work, handover):
    texts = read("figures")["source"]
    with work() as session:
        content = example(texts)
        assert content == example(texts)
        assert "canal" not in content.casefold().replace("canal st", "")
        source = session.scalars(select(IncidentSource)).one()
        evaluator = session.scalars(select(Member).where(Member.name == "Priya Raman")).one()
        upload_id = imports.send_file(BytesIO(content.encode()), "incidents.csv", source, evaluator.id).id
    with app.app_context():
        uploads.read_files()
    with work() as session:
        upload = session.get_one(Upload, upload_id)
        found = imports.counted(upload)
        reading = imports.with_proposals(from_json(upload.mapping), found)
        assert set(imports.undecided(reading, found)) == {"RUNAWAY", "FRAUD BY TELEPHONE"}
        assert set(found.odd) == {"no_date", "no_place"}
        assert len(found.coverage.months) == 3
        city_id = session.scalars(select(Area.id).where(Area.market_id.is_(None))).one()
        changes = plan(imports.counts_of(found, reading, imports.months_to_write(upload, found)))
        # Nothing else is counted of crime in the whole city. Rings overlap, and elsewhere something happens, too.
        planned = [(one.before, one.after) for one in changes if one.area_id != city_id]
        assert 0 < len(planned) < len(changes)
        assert all(before is not None and before <= after for before, after in planned)
        assert sum(after for _before, after in planned) < 1.5 * sum(before or 0 for before, _after in planned)


def test_three_snapshots_are_published(app, page, handover) -> None:
    with app.app_context():
        with db.work():
            counted = figures(city_area(), measure_named("reports"))
        count_months()
        with db.work():
            assert figures(city_area(), measure_named("reports")) == counted, "invented months are left alone"
            assert min(counted.values()) > 50
        freeze_earlier()
        assert freeze_what_is_due()
        freeze_earlier()
        with db.work():
            assert len(snapshots.history()) == 3 and broken() == []
            document = snapshots.latest().document
    guarded = {one.key for one in document.measures if one.guarded}
    numbers = {
        value
        for one in (*document.city, *(one for place in document.places for one in place.series))
        if one.measure in guarded and one.measure != "late_cancellations"
        for value in one.values
        if isinstance(value, int)
    }
    assert numbers and not numbers & set(range(1, 10))
    longest = max(len(page(f"/es/places/{place.slug}/progress/").text.split()) for place in document.places)
    assert 600 < longest < 1000, "it reads in a few minutes"
