"""Is it better? Asked once by text, by day, with neutral words; the answer over the real webhook."""

import re
from datetime import timedelta

import pytest
from sqlalchemy import select

from portal.core.clock import today
from portal.core.i18n import speaking
from portal.core.jobs.outbox import OutboundMessage
from portal.core.texted import Encoding, segments
from portal.reports import threads
from portal.reports.reports import Thread, ThreadMessage
from portal.reports.triage import Disposition
from portal.sms.conversations import OptOut
from portal.sms.replies import IS_IT_BETTER, ask_whether_better
from portal.sms.texts import LONGEST_SITE
from tests.conftest import Work
from tests.make import make_member
from tests.sms.talk import RUTH, Say, how_many, values
from tests.sms.test_texts import FORBIDDEN


def told_and_closed(say: Say, work: Work, days: int = 15) -> None:
    """Rosa's report, closed so many days ago."""
    say("They stand by the bus stop again every evening")
    with work() as session:
        thread = session.scalars(select(Thread)).one()
        threads.close(thread, Disposition.ACTED, "", make_member(session).id)
        thread.closed_on = today() - timedelta(days=days)


def asked(app, work: Work) -> list[tuple[str, bool]]:
    with work() as session:
        before = set(session.scalars(select(OutboundMessage.id)))
    with app.app_context():
        ask_whether_better()
        ask_whether_better()
    with work() as session:
        new = [row for row in session.scalars(select(OutboundMessage)) if row.id not in before]
        return [(row.body or "", row.by_day) for row in new]


def test_phone_is_asked_once_by_day_and_answer_kept(app, say: Say, work: Work) -> None:
    told_and_closed(say, work)
    ((body, by_day),) = asked(app, work)
    assert "Answer 1 better, 2 the same, 3 worse" in body
    assert by_day
    assert "beside ours" in say("2.")
    assert values(work, Thread.verdict) == ["same"]
    assert (values(work, ThreadMessage.author).count("resident"), values(work, Thread.state)) == (1, ["closed"])
    # A second answer, and somebody who was not asked, are heard as ever.
    assert "beside ours" not in say("3") and "beside ours" not in say("3", RUTH)
    assert values(work, Thread.verdict)[0] in ("same", None)


@pytest.mark.parametrize("days", [13, 28])
def test_not_too_early_and_not_on_the_last_day(app, say: Say, work: Work, days: int) -> None:
    told_and_closed(say, work, days)
    assert not asked(app, work)


def test_phone_that_wants_no_texts_is_sent_none(app, say: Say, work: Work) -> None:
    told_and_closed(say, work)
    say("STOP")
    assert (how_many(work, OptOut), values(work, Thread.texts_back)) == (1, [False])
    assert not asked(app, work)


def test_the_words_are_neutral_and_short(app) -> None:
    for lang in ("en", "es"):
        with app.app_context(), speaking(lang):
            longest = f"{'S' * LONGEST_SITE}: {IS_IT_BETTER}"
        length = segments(longest)
        assert (length.encoding, length.segments) == (Encoding.GSM7, 1)
        assert not re.search(FORBIDDEN, longest, re.IGNORECASE)
