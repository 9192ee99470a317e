"""The team sees the hash of every snapshot, and when the next one comes."""

from datetime import UTC, datetime

import time_machine

from portal.core.db import db
from portal.indicators.counts import FigureEntry, found_area, load_standard_measures, measure_named, record
from portal.indicators.measures import AreaPart
from portal.indicators.snapshots.freezing import freeze_what_is_due
from portal.indicators.snapshots.snapshots import latest
from tests.make import make_member, sign_in


def test_the_next_snapshot_and_the_log(app, client, page, work) -> None:
    with time_machine.travel(datetime(2026, 11, 15, 15, tzinfo=UTC), tick=False):
        with work() as session:
            member = make_member(session, ("evaluator",))
        sign_in(client, member)
        assert "Nothing has been published yet." in page("/en/team/snapshots/").text
        with app.app_context():
            with db.work():
                load_standard_measures()
                area = found_area(None, AreaPart.CITY)
                for month, value in ((5, 40), (6, 50)):
                    record([FigureEntry(area.id, measure_named("reports").id, datetime(2026, month, 1).date(), value)])
            freeze_what_is_due()
            with db.work():
                digest = latest().digest
        found = page("/es/team/snapshots/")
        assert digest in found.text and "15 de diciembre" in found.text
