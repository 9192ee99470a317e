"""What voids the pages that are kept ready, and what may not.

A page that is made anew takes a hundred times as long as a kept one, and anybody with a stopwatch sees which of the two
it was. So an edition that grows for something hidden tells that it happened: an alarm, a draft, somebody admitted.
"""

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from shapely import box
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.core.clock import now, today
from portal.core.page_cache import CacheVersion
from portal.markets import gate, watch
from portal.markets.call_in import end_call_in, prepare_call_in
from portal.markets.gate import keys_turned, note_evidence
from portal.markets.gate_rules import EvidenceItem, EvidenceState
from portal.markets.map.importing import set_boundary
from portal.markets.place_actions import admit, begin_market, describe_market, end_admission
from portal.markets.places import Market
from portal.markets.publishing import erase_draft
from portal.markets.reviews import Baseline, SignalKind
from portal.markets.status import CALL_IN, TEXTS
from portal.markets.watch import open_days
from portal.meetings import planning
from portal.meetings.agenda import AgendaPoint, set_agenda
from portal.meetings.meeting import Meeting
from portal.meetings.report_back import ReportBack, draft_report, publish_report
from portal.meetings.rsvp.answering import free_text_codes, give_text_code, set_seats
from portal.meetings.rsvp.rsvp import seats_of
from portal.news import library, posts
from portal.news.library import WrittenIn
from portal.partners.reconciliation import planning as circle_sessions, sessions
from portal.partners.reconciliation.rules import QuoteScope, ThemeSource
from portal.reports import threads
from portal.reports.triage import Disposition
from tests.make import (
    both,
    let_in,
    make_circle,
    make_desk,
    make_market,
    make_meeting,
    make_member,
    make_report,
    make_report_back,
    private_key_of,
)
from tests.partners.sessions import make_circle_session, part_of

SAID, OTHER = both("said", "dicho"), both("told", "contado")
POST = {"title": SAID, "summary": SAID, "body": SAID}
# A Tuesday afternoon in the city: reviews are due on Thursdays.
NOW = datetime.fromisoformat("2026-11-24T15:00:00-05:00")
pytestmark = pytest.mark.time_machine(NOW, tick=False)
DAY = timedelta(days=1)


def give_text_codes() -> None:
    for meeting_id in free_text_codes():
        give_text_code(meeting_id)


@contextmanager
def growth(session: Session, *, expected: bool) -> Iterator[None]:
    before = _edition(session)
    yield
    assert (_edition(session) > before) is expected


def _edition(session: Session) -> int:
    session.flush()
    return session.scalar(select(CacheVersion.number)) or 0


def unseen(session: Session) -> AbstractContextManager[None]:
    """Nothing in it may void a page."""
    return growth(session, expected=False)


def seen(session: Session) -> AbstractContextManager[None]:
    """Something in it changes what everybody reads."""
    return growth(session, expected=True)


def test_review_of_alarm_is_unseen_and_weekly_one_seen(session) -> None:
    market, lead = make_market(session), make_member(session, ["community_lead"])
    with seen(session):
        watch.open_reviews(market)
    with seen(session):
        watch.sign_review(market, open_days(market.id)[0], "Quiet.", lead.id)
    with unseen(session):
        for source in "ab":
            watch.note_signal(market.id, source, today(), SignalKind.REPORT, checked=True)
        assert watch.open_reviews(market)
    with unseen(session):
        watch.sign_review(market, open_days(market.id)[0], "They were right.", lead.id)
    with unseen(session):
        watch.withdraw_signal(market.id, "a")
        watch.note_sighting(market, today(), lead.id)
        watch.mark_outreach(market, {today()}, {today()}, lead.id)
        watch.set_baseline(market, Baseline(0.5, 2.0, 4.0), lead.id)


def test_missed_review_of_alarm_is_seen_when_held(session, time_machine) -> None:
    market, lead = make_market(session), make_member(session, ["community_lead"])
    watch.open_reviews(market)
    watch.sign_review(market, open_days(market.id)[0], "Quiet.", lead.id)
    with unseen(session):
        for source in "ab":
            watch.note_signal(market.id, source, today(), SignalKind.REPORT, checked=True)
        watch.open_reviews(market)
    time_machine.shift(3 * DAY)
    with seen(session):
        watch.sign_review(market, open_days(market.id)[0], "They were right.", lead.id)


def test_all_done_at_hidden_place_is_unseen_until_release(session) -> None:
    lead, liaison, other = (make_member(session, [role]) for role in ("community_lead", "police_liaison", "organizer"))
    said = dict.fromkeys(TEXTS, SAID) | {"owner_id": lead.id}
    with unseen(session):
        market = begin_market(said, lead.id)
        for member in (liaison, other):
            admit(market, member, lead.id)
        describe_market(market, dict(said, about=OTHER), lead.id)
        set_boundary(market, box(-79.99, 35.95, -79.98, 35.96))
        prepare_call_in(market, dict.fromkeys(CALL_IN, SAID), lead.id)
        note_evidence(market, EvidenceItem.STEP_1, lead.id, state=EvidenceState.DONE, said="Done.", done_on=today())
        _meet_and_write(session, market, other.id)
        end_admission(market, other.id, lead.id)
        gate.turn_key(market, lead, "It is time.")
        gate.take_key_back(market, lead.id)
        for member in (lead, liaison):
            gate.turn_key(market, member, "It is time.")
        watch.note_signal(market.id, "a", today(), SignalKind.REPORT, checked=True)
        give_text_codes()
    for turned in keys_turned(market.id):
        turned.turned_at -= timedelta(hours=1)
    with seen(session):
        end_call_in(market, lead.id)


def _meet_and_write(session: Session, market: Market, author_id: int) -> None:
    """Everything that can be published about a place."""
    meeting = make_meeting_quietly(session, market_id=market.id)
    planning.change_meeting(meeting, replace(meeting.plan, title=OTHER), SAID, author_id)
    set_agenda(meeting, [AgendaPoint(what=SAID, minutes=10)], author_id)
    set_seats(meeting, 2, 1, author_id)
    seats_of(meeting.id).text_code = None
    planning.cancel_meeting(meeting, SAID, author_id)
    post = posts.draft_post(POST | {"market_id": market.id}, author_id)
    posts.publish_post(post, author_id)
    posts.edit_post(post, {"title": OTHER}, author_id)
    posts.take_back_post(post, author_id)


def make_meeting_quietly(session: Session, **given: object) -> Meeting:
    """A published meeting whose making counts as no edition."""
    number = _edition(session)
    meeting = make_meeting(session, **given)
    session.scalars(select(CacheVersion)).one().number = number
    session.flush()
    return meeting


def test_public_place_shows_words_not_who_looks_after_it(session) -> None:
    market, lead = make_market(session), make_member(session, ["community_lead"])
    said = market.texts
    with unseen(session):
        admit(market, lead, None)
        describe_market(market, said, lead.id)
        describe_market(market, dict(said, owner_id=lead.id, alarm_at=9.0), lead.id)
        prepare_call_in(market, dict.fromkeys(CALL_IN, SAID), lead.id)
        note_evidence(market, EvidenceItem.STEP_1, lead.id, state=EvidenceState.DONE, said="Done.", done_on=today())
    with seen(session):
        describe_market(market, dict(said, about=OTHER), lead.id)
    with seen(session):
        set_boundary(market, box(-79.99, 35.95, -79.98, 35.96))


def test_drafts_of_meetings_are_unseen(session) -> None:
    editor = make_member(session, ["organizer"])
    over = make_meeting(session, starts_at=now() - 2 * DAY)
    make_report_back(session, over, published=False)
    shape = make_meeting(session, editor).plan
    with unseen(session):
        meeting = planning.draft_meeting(shape, editor.id)
        planning.edit_draft(meeting, replace(shape, title=OTHER), editor.id)
        set_agenda(meeting, [AgendaPoint(what=SAID, minutes=10)], editor.id)
        set_seats(meeting, 2, 1, editor.id)
        planning.delete_draft(planning.copy_meeting(meeting, editor.id), editor.id)
        draft_report(over, ReportBack(next_steps=SAID, minutes=SAID), editor.id)
    with seen(session):
        planning.publish_meeting(meeting, editor.id)
    with seen(session):
        set_seats(meeting, 20, 1, editor.id)
    with seen(session):
        publish_report(over, editor.id)


def test_code_for_texts_is_seen_once_somebody_has_it(session, monkeypatch) -> None:
    make_meeting(session)
    monkeypatch.setattr("portal.meetings.rsvp.answering.draw_code", lambda _used, _chance: None)
    with unseen(session):
        give_text_codes()
    monkeypatch.undo()
    with seen(session):
        give_text_codes()
    with unseen(session):
        give_text_codes()


def test_drafts_of_news_are_unseen_until_their_hour(session, time_machine) -> None:
    editor = make_member(session, ["organizer"])
    with unseen(session):
        post = posts.draft_post(POST, editor.id)
        posts.edit_post(post, {"title": OTHER}, editor.id)
        posts.schedule_post(post, now() + DAY, editor.id)
        posts.edit_post(post, {"summary": OTHER}, editor.id)
        posts.take_back_post(post, editor.id)
        posts.schedule_post(post, now() + DAY, editor.id)
        posts.release_due_posts()
    time_machine.shift(2 * DAY)
    with seen(session):
        posts.release_due_posts()
    with seen(session):
        posts.edit_post(post, POST, editor.id)
    with seen(session):
        posts.take_back_post(post, editor.id)


def test_drafts_of_guides_are_unseen(session) -> None:
    editor = make_member(session, ["organizer"])
    draft = {"title": SAID, "about": SAID, "body": SAID, "url": "", "source": "", "written_in": WrittenIn.BOTH}
    with unseen(session):
        guide = library.draft_guide(draft, editor.id)
        library.edit_guide(guide, {"title": OTHER}, editor.id)
        library.take_back_guide(guide, editor.id)
        erase_draft(library.draft_guide(draft, editor.id), "guide", editor.id)
    with seen(session):
        library.publish_guide(guide, editor.id)
    with seen(session):
        library.take_back_guide(guide, editor.id)


def test_nothing_that_is_done_with_a_report_is_seen(session) -> None:
    member = make_member(session, ["triage"])
    make_desk(session, [member])
    market = make_market(session)
    let_in(session, market, member)
    with unseen(session):
        thread = make_report("Somebody has a gun.", market_id=market.id, urgent=True).thread
        thread.code_confirmed = True
        threads.mark_read(thread, member.id)
        threads.ask_more(thread, "Where?", member.id)
        threads.close(thread, Disposition.NOT_SEEN, "Nobody was there.", member.id)


def test_circles_are_unseen_but_for_what_they_publish(session) -> None:
    lead, elder = make_member(session, ["facilitator"]), make_member(session, [])
    with unseen(session):
        circle = make_circle(session, lead, elder, kind="reconciliation")
        held = make_circle_session(session, circle, lead, days=-1)
        part = part_of(circle, held, lead)
        theme = circle_sessions.keep_theme(part, sessions.Theme(source=ThemeSource.TOLD), {"title_en": "Calls"})
        circle_sessions.approve_theme(part_of(circle, held, elder), theme, theme.version)
        circle_sessions.keep_line(part, QuoteScope.SIDES, SAID, SAID, today(), today() + DAY)
        circle_sessions.withdraw_line(part, sessions.lines(part)[0])
        circle_sessions.count_heads(part, {"residents": 4})
        circle_sessions.stop_asking(part)
        circle_sessions.write_note(part, {"note": "Mine."}, 7)
        ahead = part_of(circle, make_circle_session(session, circle, lead), lead)
    with seen(session):
        circle_sessions.keep_line(part, QuoteScope.PUBLIC, SAID, SAID, today(), today() + DAY)
    with seen(session):
        circle_sessions.withdraw_line(part, sessions.lines(part)[0])
    with seen(session):
        circle_sessions.ask_public(ahead, SAID, SAID, today() + DAY)
    with unseen(session):
        circle_sessions.suggest(ahead.circle_session, {"suggestion": "Why?", "lang": "en"}, b"n" * 32)
        circle_sessions.appoint(ahead, lead, private_key_of(lead))
    with seen(session):
        circle_sessions.stop_asking(ahead)
    with unseen(session):
        circle_sessions.stop_asking(ahead)
