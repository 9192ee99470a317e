"""Pictures that came by text: fetched, made anew, sealed; one that is none holds up no other."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine
from sqlalchemy import func, select

from portal.core.clock import now
from portal.core.files import apart
from portal.core.jobs.outbox import cipher
from portal.core.outcomes import Unreachable
from portal.core.sms.telephone import PictureRefused
from portal.core.web import Portal
from portal.reports.reports import ThreadMessage as Message
from portal.sms import jobs
from portal.sms.conversations import PictureWaiting
from tests.conftest import Work
from tests.core.test_files_apart import BOMBS, picture
from tests.make import make_desk, make_report

GOOD = "https://api.twilio.com/good"


class Pictures:
    """A telephone of which only pictures are wanted."""

    def __init__(self, found: dict[str, bytes | BaseException]) -> None:
        self.found = found
        self.asked: list[str] = []
        self.erased: list[str] = []

    def fetch_picture(self, url: str, most_bytes: int) -> bytes:
        self.asked.append(url)
        answer = self.found[url]
        if isinstance(answer, BaseException):
            raise answer
        return answer[:most_bytes]

    def erase_picture(self, url: str) -> None:
        self.erased.append(url)


@pytest.fixture
def telephone(app: Portal, work: Work) -> Pictures:
    """Pictures wait in this order, the good one last."""
    found: dict[str, bytes | BaseException] = {
        "https://api.twilio.com/pdf": b"%PDF-1.7 no picture",
        "https://api.twilio.com/bomb": BOMBS["png"](),
        "https://api.twilio.com/bug": KeyError("canary"),
        "https://api.twilio.com/gone": PictureRefused(),
        "https://api.twilio.com/away": Unreachable(),
        GOOD: picture("PNG"),
    }
    pictures = Pictures(found)
    app.telephone = pictures  # type: ignore[assignment]
    with work() as session:
        make_desk(session)
        thread = make_report().thread
        for number, url in enumerate(found):
            due = now() - timedelta(minutes=50 - number)
            session.add(PictureWaiting(thread_id=thread.id, address=cipher().encrypt(url), due_at=due))
    return pictures


def left(work: Work) -> dict[str, int]:
    with work() as session:
        rows = session.scalars(select(PictureWaiting)).all()
        return {cipher().decrypt(row.address).rsplit("/")[-1]: row.attempts for row in rows}


def kept(work: Work) -> int:
    with work() as session:
        return session.scalar(select(func.count()).select_from(Message).where(Message.kind == "picture")) or 0


def test_what_is_no_picture_holds_up_no_picture(
    app: Portal, work: Work, telephone: Pictures, caplog: pytest.LogCaptureFixture
) -> None:
    with app.app_context():
        jobs.fetch_pictures()
    assert telephone.asked[-1] == GOOD
    assert kept(work) == 1
    assert left(work) == {"bug": 1, "away": 1}
    assert sorted(url.rsplit("/")[-1] for url in telephone.erased) == ["bomb", "gone", "good", "pdf"]
    assert "canary" not in caplog.text


def test_what_fails_comes_later_and_is_given_up_in_the_end(app: Portal, work: Work, telephone: Pictures) -> None:
    began = now()
    for hours in range(60):
        with time_machine.travel(began + timedelta(hours=hours), tick=False), app.app_context():
            jobs.fetch_pictures()
    assert left(work) == {}
    assert telephone.asked.count("https://api.twilio.com/bug") == jobs.MOST_PICTURE_ATTEMPTS
    assert kept(work) == 1


def test_a_worker_that_is_killed_over_a_picture_has_counted_it(
    app: Portal, work: Work, telephone: Pictures, monkeypatch: pytest.MonkeyPatch
) -> None:
    telephone.found["https://api.twilio.com/pdf"] = SystemExit()
    with app.app_context(), pytest.raises(SystemExit):
        jobs.fetch_pictures()
    assert left(work)["pdf"] == 1
    with app.app_context():
        jobs.fetch_pictures()
    assert kept(work) == 1


def test_a_picture_that_was_not_looked_at_in_time_is_tried_again(
    app: Portal, work: Work, telephone: Pictures, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch, app.app_context():
        patch.setattr(apart, "SECONDS", 0.001)
        jobs.fetch_pictures()
    assert left(work)["good"] == 1
    with time_machine.travel(now() + timedelta(hours=1), tick=False), app.app_context():
        jobs.fetch_pictures()
    assert kept(work) == 1
