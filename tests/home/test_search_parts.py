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
from portal.news.posts import Post
from tests.conftest import Work
from tests.make import (
    both,
    make_decision,
    make_guide,
    make_market,
    make_meeting,
    make_member,
    make_post,
    make_report_back,
    make_tag,
)
from tests.news.test_files import pdf
from tests.page import Page, Reader

BOTH = pytest.mark.both_databases


def asked(page: Reader, words: str, lang: str = "en") -> Page:
    return page(f"/{lang}/search/", query_string={"q": words}, quotes=(words,))


def found(page: Reader, words: str, lang: str = "en") -> list[str]:
    return ["".join(link.itertext()) for link in asked(page, words, lang).find_all("ul.found h3 a")]


def make_held(session, title: str, **given: object) -> Meeting:
    past = now() - timedelta(days=3)
    return make_meeting(session, title=both(title, "Tarde"), starts_at=past, **given)


@BOTH
def test_every_word_of_what_came_of_a_meeting_is_found(page: Reader, work: Work) -> None:
    with work() as session:
        report = make_report_back(session, make_held(session, "Toucan"), minutes=both("Heron", "Garza"))
        report.decisions[0].who = both("Osprey", "Gavilán")
    for words in ("heron", "osprey", "gate heron", "dark heron", "lamps heron", "meet again heron"):
        assert found(page, words) == ["Toucan"], words
    assert found(page, "gavilan", "es") == ["Tarde"]
    link = asked(page, "heron").find("ul.found h3 a").get("href")
    assert link.endswith("#came-of-it")
    assert "Heron" in page(link.partition("#")[0]).text


@BOTH
def test_a_report_is_found_once_it_is_published_and_only_as_it_was_last_told(page: Reader, work: Work) -> None:
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


@BOTH
def test_a_report_of_a_meeting_that_the_public_may_not_know_is_not_found(page: Reader, work: Work) -> None:
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


@BOTH
def test_tags_are_found_as_they_are_and_no_longer_once_taken_off(page: Reader, work: Work) -> None:
    with work() as session:
        make_post(session, title=both("Lamps", "x"), tag="heron")
        make_guide(session, "osprey", title=both("Chairs", "x"))
        hidden = make_market(session, "Canary Street", released=False)
        make_post(session, title=both("Hidden", "x"), tag="egret", market_id=hidden.id)
        make_guide(session, "ibis", published=False)
    assert found(page, "heron") == ["Lamps"]
    assert found(page, "osprey") == ["Chairs"]
    assert found(page, "egret") == found(page, "ibis") == []
    with work() as session:
        session.query(Post).filter_by(market_id=None).one().tags = [make_tag(session, "stork")]
    assert found(page, "heron") == []
    assert found(page, "stork") == ["Lamps"]


@BOTH
def test_what_stands_in_a_file_is_found_in_its_language_once_a_worker_has_read_it(
    app, page: Reader, work: Work
) -> None:
    files = {"en": pdf(), "es": b"Traiga una garza."}
    with work() as session:
        make_guide(session, title=both("Toucan", "Portal"), body=Bilingual("", ""), files=files)
    assert found(page, "chairs bring") == []
    with app.app_context():
        read_files()
    assert found(page, "chairs bring") == ["Toucan"]
    assert found(page, "garza", "es") == ["Portal"]
    assert found(page, "garza") == []


@BOTH
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


@BOTH
def test_a_place_is_found_by_its_own_name_and_by_why_it_stands_as_it_does(page: Reader, work: Work) -> None:
    with work() as session:
        market = make_market(session)
        market.own_name, market.services = both("The Heron", "La Garza"), both("Egret", "")
        market.decisions[0].evidence = both("Osprey counted.", "Gavilán.")
        hidden = make_market(session, "Canary Street", released=False)
        hidden.decisions[0].evidence = both("Osprey too.", "x")
    assert found(page, "heron") == found(page, "osprey") == ["Elm Street"]
    # Its page leaves it out while one language is missing.
    assert found(page, "egret") == []
    with work() as session:
        decision = make_decision("slipping")
        decision.market_id, decision.evidence = (
            session.query(Market).filter_by(slug="elm-street").one().id,
            both("Ibis", "x"),
        )
        session.add(decision)
    assert found(page, "ibis") == ["Elm Street"]


@BOTH
def test_a_worker_fills_an_index_that_an_upgrade_emptied_and_adds_nothing_twice(app, page: Reader, work: Work) -> None:
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
