"""Two volunteers on one report at the same moment: the second is told, nothing is lost."""

from __future__ import annotations

import pytest
from sqlalchemy.orm import Session
from sqlalchemy.orm.exc import StaleDataError

from portal.core.db import db
from portal.reports import threads
from portal.reports.reports import Thread
from portal.reports.triage import Disposition, TriageState
from tests.make import make_desk, make_member, make_report


# On SQLite writers come one after the other; there the version in the form is what counts (test_views_desk.py).
@pytest.mark.parametrize("database", ["postgresql"], indirect=True)
def test_the_second_of_two_transactions_is_refused(session: Session) -> None:
    make_desk(session)
    ana = make_member(session)
    filed = make_report()
    db.commit()
    other = db.new_session(writes=True)
    seen_by_ben = other.get(Thread, filed.thread.id)
    assert seen_by_ben is not None
    threads.answer(filed.thread, "The answer of Ana", ana.id)
    db.commit()
    seen_by_ben.state = TriageState.CLOSED
    seen_by_ben.disposition = Disposition.ACTED
    with pytest.raises(StaleDataError):
        other.flush()
    other.close()
