"""The invented city has published three snapshots, in which somebody finds something and nobody is found."""

from __future__ import annotations

from demo.figures import freeze_earlier
from portal.core.db import db
from portal.indicators.areas import city_area
from portal.indicators.counts import count_months, figures, measure_named
from portal.indicators.snapshots import snapshots
from portal.indicators.snapshots.freezing import broken, freeze_what_is_due


def test_three_snapshots_are_published(app, handover) -> None:
    with app.app_context():
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


def test_counting_each_night_leaves_invented_months_alone(app, handover) -> None:
    with app.app_context():
        with db.work():
            counted = figures(city_area(), measure_named("reports"))
        count_months()
        with db.work():
            assert min(counted.values()) > 50 and figures(city_area(), measure_named("reports")) == counted
