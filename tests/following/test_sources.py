"""What followers are told by themselves: meetings that are new, moved or canceled, and posts about a place."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta

import pytest
import time_machine
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.core.clock import now
from portal.core.db import db
from portal.core.sms.segments import Encoding, segments
from portal.following.notices import NEWS_SOURCES, FollowNotice, FollowNoticeState, collect_news, tell_followers
from portal.meetings.planning import cancel_meeting, change_meeting
from portal.meetings.rsvp.hosting import open_seats
from portal.news.posts import public_post, take_back_post
from tests.following.followers import ANA, MEETINGS, ROSA, again, make_follower, place, queued
from tests.make import both, make_market, make_meeting, make_post

WHY = both("The room is taken.", "La sala no está libre.")
LATER = timedelta(minutes=11)


def told(session: Session, clock: time_machine.Traveller, wait: timedelta = LATER) -> list[tuple[str, str]]:
    """What is queued after a while."""
    db.commit()
    clock.shift(wait)
    collect_news()
    tell_followers()
    return queued(session)


def move(meeting, session: Session, days: int = 1) -> None:
    meeting = again(session, meeting)
    starts_at, ends_at = meeting.starts_at + timedelta(days=days), meeting.ends_at + timedelta(days=days)
    change_meeting(meeting, replace(meeting.plan, starts_at=starts_at, ends_at=ends_at), WHY, meeting.author_id)


def test_a_new_meeting_is_told_after_second_thoughts(session: Session, clock: time_machine.Traveller) -> None:
    elm = make_market(session, "Elm Street")
    make_follower(session, MEETINGS, ROSA)
    make_follower(session, place(elm.id), ANA, "es")
    meeting = make_meeting(session, title=both("About the drug market", "Sobre la venta"), market_id=elm.id)
    open_seats(meeting)
    assert told(session, clock, timedelta(minutes=9)) == []
    # Once, however often it is looked for.
    assert told(session, clock, timedelta(minutes=2)) == told(session, clock)
    [(_rosa, text), (_ana, mail)] = queued(session)
    code = open_seats(again(session, meeting)).text_code
    assert text == (
        "Common Ground: A new meeting about Elm Street: Jun 17, 12:00 PM. "
        f"http://localhost/en/r/{code} STOP ends texts."
    )
    assert f"nos reunimos para hablar de Calle Elm.\nhttp://localhost/es/r/{code}\n" in mail
    # Titles stay out: somebody else may look at the phone.
    assert "drug market" not in text


def test_what_is_canceled_untold_is_told_as_canceled_only(session: Session, clock: time_machine.Traveller) -> None:
    make_follower(session, MEETINGS, ROSA)
    meeting = make_meeting(session, published_at=now() - timedelta(hours=1))
    told(session, clock)
    cancel_meeting(again(session, meeting), WHY, meeting.author_id)
    [(_rosa, text)] = told(session, clock, timedelta(minutes=1))
    assert "is canceled" in text


def test_of_two_changes_only_the_last_is_told(session: Session, clock: time_machine.Traveller) -> None:
    make_follower(session, MEETINGS, ROSA)
    meeting = make_meeting(session, published_at=now() - timedelta(days=5))
    move(meeting, session)
    [(_rosa, first)] = told(session, clock, timedelta(minutes=1))
    assert "It is on Jun 18" in first
    move(meeting, session)
    [(_rosa, second)] = told(session, clock, timedelta(minutes=1))
    assert "It is on Jun 19" in second


def test_a_post_about_a_place(session: Session, clock: time_machine.Traveller) -> None:
    elm = make_market(session, "Elm Street")
    make_follower(session, MEETINGS, ROSA)
    make_follower(session, place(elm.id), ANA)
    make_post(session)
    post = make_post(session, market_id=elm.id)
    [(address, mail)] = told(session, clock)
    assert address == ANA
    short = post.slug.rpartition("-")[2]
    assert f"There is news about Elm Street.\nhttp://localhost/en/news/{short}\n" in mail
    assert public_post(short).id == post.id
    take_back_post(again(session, post), post.author_id)
    assert told(session, clock, timedelta(minutes=1)) == []
    assert session.scalars(select(FollowNotice.state)).one() == FollowNoticeState.RECALLED


@pytest.mark.parametrize("at_a_place", [True, False])
def test_news_says_what_and_where_in_both_languages(
    session: Session, clock: time_machine.Traveller, at_a_place: bool
) -> None:
    elm = make_market(session, "Elm Street")
    for subject in (MEETINGS, place(elm.id)):
        make_follower(session, subject, ROSA)
        make_follower(session, subject, "+13365550102", "es")
    rows = [
        make_meeting(session, published_at=now() - timedelta(hours=hours), market_id=elm.id if at_a_place else None)
        for hours in (0, 1, 1)
    ]
    for meeting in rows:
        open_seats(meeting)
    make_post(session, market_id=elm.id)
    db.commit()
    move(rows[1], session)
    off = again(session, rows[2])
    cancel_meeting(off, WHY, off.author_id)
    bodies = [body for _address, body in told(session, clock)]
    assert len(bodies) == 8
    for body in bodies:
        assert segments(body).encoding is Encoding.GSM7, body
        assert segments(body).segments <= 2, body
        assert ".." not in body
        assert any(name in body for name in ("Elm Street", "Calle Elm")) == (at_a_place or "/news/" in body), body
        [link] = re.findall(r"http://localhost/(?:en|es)/(?:r|news)/(\S+)", body)
        # The title is in English in every address.
        assert "-" not in link


def test_nothing_is_told_of_a_hidden_place(session: Session, clock: time_machine.Traveller) -> None:
    hidden = make_market(session, "Secret Street", released=False)
    make_follower(session, MEETINGS, ROSA)
    make_post(session, market_id=hidden.id)
    make_meeting(session, market_id=hidden.id)
    assert told(session, clock) == []
    assert session.scalars(select(FollowNotice.key)).all() == []
    again(session, hidden).released_at = now()
    assert "A new meeting" in told(session, clock)[0][1]


def test_one_source_that_fails_takes_nothing_back(
    session: Session, clock: time_machine.Traveller, app, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_follower(session, MEETINGS, ROSA)
    make_meeting(session)
    assert len(told(session, clock)) == 1

    def broken():
        raise RuntimeError

    app.plugs[NEWS_SOURCES] = [broken]
    with pytest.raises(RuntimeError):
        collect_news()
    tell_followers()
    assert len(queued(session)) == 1
