"""The team sees what the next snapshot would hide, and the hash of every one."""

from datetime import UTC, datetime

import pytest
import time_machine
from sqlalchemy import text, update

from portal.core.db import db
from portal.indicators.counts import FigureEntry, found_area, load_standard_measures, measure_named, record
from portal.indicators.measures import AreaPart
from portal.indicators.snapshots.freezing import freeze_what_is_due, keep_progress, look_ahead
from portal.indicators.snapshots.snapshots import Snapshot, latest
from tests.indicators.published import publish
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
                for month, value in ((9, 4), (10, 5)):
                    record([FigureEntry(area.id, measure_named("reports").id, datetime(2026, month, 1).date(), value)])
            look_ahead()
        assert "Reports sent to us" in page("/en/team/snapshots/").text
        with app.app_context():
            freeze_what_is_due()
            with db.work():
                digest = latest().digest
        found = page("/es/team/snapshots/")
        assert digest in found.text and "15 de diciembre" in found.text


@pytest.mark.parametrize("lang", ["en", "es"])
def test_what_could_not_be_kept_and_how_far_it_is(app, client, page, work, lang) -> None:
    with work() as session:
        member = make_member(session, ("evaluator",))
        publish(session)
        session.execute(text("DROP TRIGGER indicators_snapshot_is_frozen"))
        session.execute(update(Snapshot).values(known_before=2, unsolved=1, timed_out=3))
    with app.app_context():
        keep_progress(40)
    sign_in(client, member)
    said = page(f"/{lang}/team/snapshots/").text
    words = {
        "en": ("Done so far: 40 %", "Of 2 hidden numbers", "One month of an area", "gave up 3 questions"),
        "es": ("Hecho hasta ahora: 40 %", "De 2 números ocultos", "Un mes de una zona", "sin resolver 3 preguntas"),
    }
    assert all(one in said for one in words[lang])
    with app.app_context():
        keep_progress(None)
    assert "40 %" not in page(f"/{lang}/team/snapshots/").text
