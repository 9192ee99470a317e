"""What stands in rows of its own is found with its page: what came of a meeting, tags, files, how a place stood."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import delete

from portal.core.clock import now
from portal.core.files.uploads import CleanFile
from portal.core.i18n import Bilingual
from portal.home.search import INDEX, fill
from portal.markets.places import Market
from portal.meetings.meeting import Meeting
from portal.meetings.readiness import MeetingState
from portal.meetings.report_back import ReportBack
from portal.news.library import Guide, read_files, take_back_guide
from tests.conftest import Work
from tests.make import both, make_guide, make_market, make_meeting, make_member, make_post, make_report_back
from tests.news.test_files import pdf
from tests.page import Page, Reader


def asked(page: Reader, words: str, lang: str = "en") -> Page:
    return page(f"/{lang}/search/", query_string={"q": words}, quotes=(words,))


def found(page: Reader, words: str, lang: str = "en") -> list[str]:
    return ["".join(link.itertext()) for link in asked(page, words, lang).find_all("ul.found h3 a")]


def make_held(session, title: str, **given: object) -> Meeting:
    past = now() - timedelta(days=3)
    return make_meeting(session, title=both(title, "Tarde"), starts_at=past, **given)


def test_report_is_found_once_published_as_last_told(page: Reader, work: Work) -> None:
    with work() as session:
        meeting = make_held(session, "Toucan")
        make_report_back(session, meeting, minutes=both("Heron", "x"), published=False)
    assert found(page, "heron") == []
    with work() as session:
        session.query(ReportBack).one().published_at = now() - timedelta(hours=2)
    assert found(page, "heron") == ["Toucan"]
    with work() as session:
        again = make_report_back(session, session.query(Meeting).one(), minutes=both("Osprey", "x"), published=False)
        draft_id = again.id
    assert found(page, "osprey") == []
    with work() as session:
        session.get(ReportBack, draft_id).published_at = now()
    assert found(page, "osprey") == ["Toucan"]
    assert found(page, "heron") == []


def test_report_of_a_hidden_meeting_is_not_found(page: Reader, work: Work) -> None:
    with work() as session:
        hidden = make_market(session, "Canary Street", released=False)
        make_report_back(session, make_held(session, "Toucan", market_id=hidden.id), minutes=both("Heron", "x"))
        draft = make_held(session, "Draft", published=False)
        make_report_back(session, draft, minutes=both("Heron", "x"))
        assert draft.state == MeetingState.DRAFT
    assert found(page, "heron") == []
    with work() as session:
        session.query(Market).one().released_at = now() - timedelta(days=60)
    assert found(page, "heron") == ["Toucan"]


@pytest.mark.both_databases
def test_words_of_file_are_found_once_worker_read_it(app, page: Reader, work: Work) -> None:
    files = {"en": pdf(), "es": b"Traiga una garza."}
    with work() as session:
        make_guide(session, title=both("Toucan", "Portal"), body=Bilingual("", ""), files=files)
    assert found(page, "chairs bring") == []
    with app.app_context():
        read_files()
    assert found(page, "chairs bring") == ["Toucan"]
    assert found(page, "garza", "es") == ["Portal"]
    assert found(page, "garza") == []


def test_what_a_file_said_is_gone_with_it(app, page: Reader, work: Work) -> None:
    with work() as session:
        make_guide(session, title=both("Toucan", "Portal"), files={"en": b"A heron and an osprey."})
        make_guide(session, title=both("Draft", "x"), files={"en": b"A heron."}, published=False)
    with app.app_context():
        read_files()
    assert found(page, "heron") == ["Toucan"]
    with work() as session:
        guide = session.query(Guide).filter(Guide.published_at.is_not(None)).one()
        guide.put_files({"en": CleanFile("txt", b"A stork.")})
    assert found(page, "heron") == []
    with app.app_context():
        read_files()
    assert found(page, "stork") == ["Toucan"]
    with work() as session:
        session.query(Guide).filter(Guide.published_at.is_not(None)).one().put_files({"en": None})
    assert found(page, "stork") == []
    with work() as session:
        take_back_guide(session.query(Guide).filter(Guide.published_at.is_not(None)).one(), make_member(session).id)
    assert found(page, "toucan") == []


def test_worker_fills_an_emptied_index_adding_nothing_twice(app, page: Reader, work: Work) -> None:
    with work() as session:
        make_post(session, title=both("Heron", "x"))
        make_post(session, title=both("Osprey", "x"))
        session.flush()
        session.connection().execute(delete(INDEX))
    assert found(page, "heron") == []
    with app.app_context():
        fill()
        fill()
    assert found(page, "heron") == ["Heron"]
    assert found(page, "osprey") == ["Osprey"]
