"""A hidden place against one that never was: every address, as anybody and as each role, byte for byte and in time."""

import logging
import re
from collections.abc import Iterator
from datetime import timedelta
from functools import partial

import pytest
from flask.testing import FlaskClient
from shapely import box
from sqlalchemy import select

from portal.accounts.roles import Role
from portal.accounts.users import Member
from portal.core.clock import now, today
from portal.core.i18n import LANGUAGES
from portal.core.page_cache import renew_cache_version
from portal.core.web import Portal
from portal.indicators.counts import FigureEntry, Import, found_area, load_standard_measures, measure_named
from portal.indicators.imports import plan, take
from portal.indicators.statistics.terms import AreaPart
from portal.leaks.crawl import Visitor
from portal.leaks.drill import told_apart_in_time
from portal.markets.call_in import prepare_call_in
from portal.markets.gate import note_evidence, set_release, turn_key
from portal.markets.gate_rules import EvidenceItem, EvidenceState
from portal.markets.map.importing import set_boundary
from portal.markets.place_actions import admit, begin_market
from portal.markets.places import Market, OutreachWeek, Review, Signal, StatusDecision
from portal.markets.status import CALL_IN, TEXTS
from portal.meetings.planning import draft_meeting
from portal.news.posts import Post, draft_post, publish_post
from tests.conftest import Work
from tests.make import (
    both,
    make_decision,
    make_desk,
    make_market,
    make_meeting,
    make_member,
    make_post,
    make_report_back,
    make_series,
)
from tests.page import reader_of

NAME = both("Zanzibar Xylophone", "Xilófono Zanzíbar")
TOKENS = re.compile(r"zanz[ií]bar|xyl[oó]phone|xil[oó]fono|quokka|zorilla", re.IGNORECASE)
OTHERS = "Quokka Zorilla"
# Each date has pages, flyers and drawings of its own, all of one kind.
FEW_DATES = 3


@pytest.fixture(autouse=True)
def city(work: Work) -> None:
    """What the public sees."""
    with work() as session:
        load_standard_measures()
        author = make_member(session, ["organizer"])
        # An administrator sees which roles are held: the lead of a hidden place is not the first one.
        make_member(session, ["community_lead"])
        make_desk(session, [make_member(session, ["triage"])])
        market = make_market(session, "Open Street")
        make_series(session, make_meeting(session, author, market_id=market.id), times=FEW_DATES)
        make_meeting(session, author, starts_at=now() - timedelta(days=9))
        make_post(session, author, market_id=market.id)


def hide(work: Work) -> Market:
    """A hidden place with everything that a place can have, by the actions that the team uses."""
    with work() as session:
        lead, organizer = make_member(session, ["community_lead"]), make_member(session, ["organizer"])
        also = both(f"{OTHERS} {NAME.en}", f"{OTHERS} {NAME.es}")
        market = begin_market(dict.fromkeys(TEXTS, also) | {"name": NAME, "owner_id": lead.id}, lead.id)
        admit(market, organizer, lead.id)
        turn_key(market, lead, OTHERS)
        market.decisions.append(make_decision())
        prepare_call_in(market, dict.fromkeys(CALL_IN, also), lead.id)
        note_evidence(market, EvidenceItem.STEP_1, lead.id, state=EvidenceState.DONE, said=OTHERS, done_on=today())
        set_boundary(market, box(-79.99, 35.95, -79.98, 35.96))
        areas = [found_area(market, part, name=also) for part in (AreaPart.PLACE, AreaPart.COMPARISON)]
        month = today().replace(day=1) - timedelta(days=70)
        counts = [FigureEntry(area.id, measure_named("calls").id, month.replace(day=1), 7_777) for area in areas]
        take(
            plan(counts),
            Import(kind="months", file_name=f"{OTHERS}.csv", digest="7" * 64, rows=2, source_name=OTHERS),
            lead.id,
        )
        week = today() - timedelta(days=today().weekday())
        session.add(Signal(market_id=market.id, source="x", kind="team", week_on=week, seen_on=today()))
        session.add(OutreachWeek(market_id=market.id, week_on=week))
        session.add(Review(market_id=market.id, cause="weekly", opened_on=week, due_on=week))
        meeting = make_meeting(session, organizer, title=also, purpose=also, market_id=market.id)
        make_report_back(session, meeting, minutes=also, next_steps=also)
        draft_meeting(meeting.plan, organizer.id)
        make_series(session, meeting, times=FEW_DATES)
        texts = {"title": also, "summary": also, "body": also}
        publish_post(draft_post(texts | {"market_id": market.id}, organizer.id), organizer.id)
        renew_cache_version()
        session.flush()
        session.expunge(market)
        return market


class Colleague(Visitor):
    """Somebody signed in, who goes wherever a link leads in the rooms of the team, and knocks at every door.

    Public pages are left to the public: who is signed in is not looked at there, which a test of its own proves.
    """

    def __init__(self, app: Portal, member: Member) -> None:
        cookie = reader_of(app, member).client.get_cookie(app.config["SESSION_COOKIE_NAME"])
        assert cookie is not None
        super().__init__(app, roles=frozenset(member.roles), cookie=cookie.value)

    def beginnings(self) -> Iterator[str]:
        yield from super().beginnings()
        for rule in self._app.url_map.iter_rules():
            audience = self._app.blueprints[rule.endpoint.rpartition(".")[0]].audience
            if "GET" in (rule.methods or ()) and rule.arguments == {"lang"} and audience.roles is not None:
                yield from (rule.rule.replace("<lang:lang>", lang) for lang in LANGUAGES)

    def _may_open(self, path: str) -> bool:
        # What is made to be printed says to the second when it was made.
        return super()._may_open(path) and not path.endswith(".pdf")


def test_not_a_byte_of_the_whole_site_changes(app: Portal, work: Work, caplog: pytest.LogCaptureFixture) -> None:
    before = Visitor(app).site()
    market = hide(work)
    app.page_cache.forget()
    with caplog.at_level(logging.DEBUG):
        after = Visitor(app).site()
    assert len(before) > 50
    assert after == before
    everything = "\n".join(f"{address} {answer}" for address, answer in after.items())
    assert not TOKENS.search(everything)
    assert str(market.id) not in everything
    assert market.slug not in everything
    assert not TOKENS.search(caplog.text)
    kept = [body for page in app.page_cache._pages.values() for *_rest, body in page.coded.values()]
    assert kept
    assert not any(TOKENS.search(body.decode("utf-8", "replace")) for body in kept)
    # The net holds fish: once it is released, it is everywhere.
    with work() as session:
        market = session.get_one(Market, market.id)
        set_release(market, now() - timedelta(minutes=1))
        renew_cache_version()
    app.page_cache.forget()
    found = {address for address, answer in Visitor(app).site().items() if TOKENS.search(str(answer))}
    pages = {f"/en/places/{market.slug}/", "/es/", "/es/places/", "/en/report/", "/en/news.atom", "/en/meetings.ics"}
    assert pages <= found
    assert any(address.startswith("/en/meetings/series/") for address in found)


@pytest.mark.parametrize("role", Role)
def test_not_a_byte_changes_for_who_is_not_admitted(app: Portal, work: Work, role: Role) -> None:
    with work() as session:
        member = make_member(session, [role])
        if role is Role.OVERSIGHT:
            make_desk(session, [member], kind="oversight")
    colleague = Colleague(app, member)
    before = colleague.site()
    assert sum(status == 200 for status, *_rest in before.values()) > 3
    hide(work)
    app.page_cache.forget()
    after = colleague.site()
    changed = {address for address in {*before, *after} if before.get(address) != after.get(address)}
    if role is Role.ADMINISTRATOR:
        # They see that there are two more accounts, and nothing else.
        changed = {address for address in changed if "/people/" not in address}
    assert changed == set()
    assert not TOKENS.search("\n".join(f"{address} {answer}" for address, answer in after.items()))


def test_form_with_the_hidden_place_is_one_with_none(client: FlaskClient, work: Work) -> None:
    market = hide(work)
    for lang in LANGUAGES:
        answers = []
        for slug in (market.slug, "nothing-of-this-name"):
            empty = client.post(f"/{lang}/report/", data={"market": slug})
            whole = client.post(f"/{lang}/report/", data={"market": slug, "what": "They sell.", "category": "selling"})
            answers.append([steady(answer) for answer in (empty, whole)])
            assert (empty.status_code, whole.status_code) == (422, 422)
        assert answers[0] == answers[1]
        assert not any(map(TOKENS.search, answers[0]))


def steady(answer: object) -> str:
    return re.sub(r'<input[^>]*name="token"[^>]*>', "", answer.text)


def test_what_the_public_can_number_tells_no_order(work: Work) -> None:
    with work() as session:
        for table in (Market, StatusDecision, Post):
            for _once in range(3):
                make_post(session)
            ids = session.scalars(select(table.id)).all()
            assert all(number > 2**32 for number in ids) or len(ids) < 3
    with work() as session:
        ids = [make_market(session, f"Street {number}").id for number in range(8)]
    assert ids != sorted(ids)
    assert min(abs(one - other) for one in ids for other in ids if one != other) > 1_000


# --- time ---


def told_apart(client: FlaskClient, *urls: str) -> bool:
    one, other = (partial(client.get, url, headers={"Sec-Fetch-Site": "same-origin"}) for url in urls)
    return told_apart_in_time(one, other)


def test_both_take_as_long(app: Portal, client: FlaskClient, work: Work) -> None:
    market = hide(work)
    for path in ("/en/places/{}/", "/es/places/{}/?look", "/es/report/?place={}"):
        assert not told_apart(client, path.format(market.slug), path.format("zz" + market.slug[2:])), path
    with work() as session:
        colleague = make_member(session, ["community_lead"])
    urls = (f"/en/team/places/{number}/" for number in (market.id, market.id ^ 1))
    assert not told_apart(reader_of(app, colleague).client, *urls)
