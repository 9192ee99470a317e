"""Many people answer at the same moment for ten seats: exactly ten get one, in threads and in processes."""

import secrets
from collections import Counter
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import suppress

import pytest
from sqlalchemy import func, select

from portal.app import create_app
from portal.config import Settings
from portal.core.db import db
from portal.core.statuses import Refused
from portal.core.web import Portal
from portal.meetings.rsvp import answering
from portal.meetings.rsvp.answering import Wish
from portal.meetings.rsvp.rsvp import Rsvp, locked_meeting
from tests.conftest import Work
from tests.make import make_room
from tests.page import Reader
from tests.processes import FORKED

PEOPLE, SEATS = 40, 10
SUMS = select(Rsvp.state, func.sum(Rsvp.party)).group_by(Rsvp.state)
pytestmark = [pytest.mark.both_databases, pytest.mark.slow]


def test_many_at_once_by_web(app: Portal, work: Work) -> None:
    app.settings.answers_per_address = app.settings.answers_in_all = 10 * PEOPLE
    with work() as session:
        url = f"/en/meetings/{make_room(session, SEATS).slug}/answer/"
    forms = [Reader(app.test_client())(url).form() for _ in range(PEOPLE)]

    def answer(form) -> int:
        return form.send(party=1).status_code

    with ThreadPoolExecutor(30) as people:
        assert Counter(people.map(answer, forms)) == {200: SEATS, 409: PEOPLE - SEATS}
    with work() as session:
        assert session.execute(SUMS).all() == [("coming", SEATS)]


def answer_in_a_process(given: tuple[Settings, int, int]) -> int:
    """Runs in a process of its own, with its own connection and its own memory."""
    settings, meeting_id, people = given
    app = create_app(settings)
    for _ in range(people):
        with app.app_context(), db.work(), suppress(Refused):
            answering.file_rsvp(locked_meeting(meeting_id), Wish(1), "en", secrets.token_bytes(32))
    db.engine.dispose()
    return people


def test_many_at_once_in_processes(settings: Settings, work: Work) -> None:
    with work() as session:
        meeting_id = make_room(session, SEATS).id
    db.engine.dispose()
    jobs = [(settings, meeting_id, PEOPLE // 2)] * 2
    with ProcessPoolExecutor(2, mp_context=FORKED) as machines:
        assert sum(machines.map(answer_in_a_process, jobs)) == PEOPLE
    with work() as session:
        assert session.execute(SUMS).all() == [("coming", SEATS)]
