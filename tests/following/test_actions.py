"""Asking, agreeing there, and leaving; and how news reaches each follower once. On both databases."""

import re
from dataclasses import replace
from datetime import timedelta
from unittest.mock import DEFAULT, Mock

import pytest
import time_machine
from sqlalchemy import func, select, text, update
from sqlalchemy.orm import Session

from portal.core.clock import now
from portal.core.db import db
from portal.core.i18n import Bilingual
from portal.core.jobs.outbox import MessageKind, OutboundMessage
from portal.core.jobs.retries import DeliveryState
from portal.core.portal import current_portal
from portal.core.texted import Encoding, segments
from portal.core.web import Portal
from portal.following import following, notices
from portal.following.by_text import confirm_by_text
from portal.following.following import Follower, Subscription, follower_at
from portal.following.notices import FollowNotice, FollowNoticeState, NewsAudience, NewsItem
from portal.following.texts import FOLLOWED, LEFT, fitting, question_text, signed
from portal.markets.places import Market
from portal.meetings.planning import cancel_meeting, change_meeting
from portal.meetings.rsvp.answering import open_seats
from portal.meetings.rsvp.outgoing import contact_hash
from portal.news.posts import public_post, take_back_post
from tests.core.transports import TestTransport
from tests.following.followers import ANA, MEETINGS, NOON, ROSA, SAFETY, again, make_follower, place, queued
from tests.make import both, deliver_ready, make_market, make_meeting, make_post

LINK = Bilingual(en="http://localhost/en/x", es="http://localhost/es/x")
WORDS = Bilingual(en="Something is new.", es="Algo es nuevo.")


def ask(address: str, *followed, language: str = "en") -> None:
    following.ask_to_follow(address, followed or [MEETINGS], language, "the words")


def news(audience: NewsAudience = NewsAudience.MEETINGS, market_id: int | None = None, key: str = "x 1") -> NewsItem:
    return NewsItem(key, audience, market_id, WORDS, LINK, now() + timedelta(days=1))


def tell(session: Session, item: NewsItem) -> None:
    notices.keep_news(item)
    db.commit()
    notices.tell_followers()


def test_nobody_follows_before_they_agreed_there(session: Session) -> None:
    ask(ROSA, language="es")
    follower = follower_at(ROSA)
    assert following.subscriptions_of(follower.id) == []
    [(address, body)] = queued(session)
    assert address == ROSA
    assert body.startswith("Common Ground: ¿Noticias sobre todas las reuniones")
    assert "NOTICIAS" in body and "ALTO" in body
    row = session.scalars(select(Subscription)).one()
    wording = session.get_one(following.FollowWording, row.wording)
    assert (wording.words, wording.language, row.asked_how) == ("the words", "es", "web")
    following.confirm(row)
    assert [one.subject for one in following.subscriptions_of(follower.id)] == ["meetings"]


def test_one_yes_begins_all_that_was_asked_together(session: Session) -> None:
    elm, oak = make_market(session, "Elm Street"), make_market(session, "Oak Park")
    ask(ANA, SAFETY)
    ask(ANA, place(elm.id), place(oak.id), MEETINGS)
    ask(ROSA, place(elm.id), MEETINGS)
    bodies = [body for _address, body in queued(session)]
    assert sum("News about Elm Street, all meetings by text" in body for body in bodies) == 1
    assert sum("news about Elm Street, Oak Park, all meetings to this address" in body for body in bodies) == 1
    # One of the places is hidden before the answer: it begins with none of the others.
    oak.released_at = None
    session.flush()
    mine = select(Subscription).where(Subscription.follower_id == follower_at(ANA).id)
    following.confirm(session.scalars(mine.where(Subscription.market_id == elm.id)).one())
    assert "You get news about all meetings, Elm Street, a few texts" in (confirm_by_text(ROSA) or ("", ""))[0]
    began = select(Subscription.about).where(Subscription.confirmed_on.is_not(None)).order_by(Subscription.about)
    assert session.scalars(began).all() == ["meetings", "meetings", f"place {elm.id}", f"place {elm.id}"]


def test_text_names_as_many_as_two_segments_hold(session: Session) -> None:
    names = [f"Corner of the {number}th and Washington Avenue" for number in range(9)]
    assert all(name in question_text(names) for name in names), "a yes begins all"
    for words in (fitting(FOLLOWED, names), fitting(LEFT, names)):
        assert "0th and Washington Avenue" in words and ", ..." in words
        assert segments(signed(words)).segments == 2


def test_numbers_lie_there_encrypted_and_match_nothing_else(session: Session) -> None:
    for address in (ROSA, ANA):
        ask(address)
        follower = follower_at(address)
        stored = session.scalar(text("SELECT contact FROM following_follower WHERE id = :id"), {"id": follower.id})
        assert address not in stored and follower.contact == address
        assert follower.contact_hash != contact_hash(1, address)
    followed = {key.column.table.name for key in Follower.__table__.foreign_keys | Subscription.__table__.foreign_keys}
    assert followed == {"following_follower", "following_wording", "markets_market"}


def test_a_stranger_cannot_fill_a_phone_with_questions(session: Session) -> None:
    for _time in range(following.MOST_TO_ONE + 3):
        ask(ROSA)
    assert len(queued(session)) == following.MOST_TO_ONE


def test_phone_typed_at_night_is_asked_once_by_day(session: Session, clock: time_machine.Traveller) -> None:
    elm = make_market(session, "Elm Street")
    for hour, (followed, language) in enumerate([(MEETINGS, "es"), (SAFETY, "en"), (place(elm.id), "es")]):
        # From eleven in the evening until one.
        clock.move_to(NOON + timedelta(hours=11 + hour))
        ask(ROSA, followed, language=language)
        db.commit()
    [(_address, body)] = queued(session)
    assert "¿Noticias sobre Calle Elm" in body
    [row] = list(session.scalars(select(OutboundMessage).where(OutboundMessage.state == DeliveryState.DUE)))
    assert row.due_at == NOON + timedelta(hours=20), "eight in the morning"
    assert (row.direct, row.by_day, row.send_before) == (False, True, row.due_at + following.SENT_WITHIN)
    # Nobody was asked about the others, so no answer from there can begin them.
    assert [one.subject for one in session.scalars(select(Subscription))] == ["place"]
    clock.move_to(NOON + timedelta(hours=21))
    assert "Calle Elm" in (confirm_by_text(ROSA) or ("", ""))[0]
    assert confirm_by_text(ROSA) is None


def test_a_stranger_changes_nothing_for_somebody_who_agreed(session: Session) -> None:
    follower = make_follower(session, address=ANA)
    ask(ANA, language="es")
    assert follower.language == "en"
    [(_address, body)] = queued(session)
    assert "You get news about all meetings already." in body
    assert "/follow/confirm/" not in body


@pytest.mark.both_databases
def test_who_leaves_is_erased_with_what_waits_for_them(session: Session) -> None:
    follower = make_follower(session, address=ANA)
    other = make_follower(session, address=ROSA)
    tell(session, news())
    assert {address for address, _body in queued(session)} == {ANA, ROSA}
    notices.leave(follower.id)
    db.commit()
    assert [address for address, _body in queued(session)] == [ROSA]
    assert session.scalars(select(Follower.id)).all() == [other.id]
    assert session.scalar(select(func.count(Subscription.id))) == 1


@pytest.mark.both_databases
def test_each_follower_hears_once_in_their_language(session: Session) -> None:
    elm, oak = make_market(session, "Elm Street"), make_market(session, "Oak Street")
    make_follower(session, place(elm.id), ANA, "es")
    make_follower(session, MEETINGS, ANA)
    make_follower(session, MEETINGS, ROSA)
    make_follower(session, place(oak.id), "not@example.org")
    make_follower(session, SAFETY, "nor@example.org")
    make_follower(session, MEETINGS, "never@example.org", confirmed=False)
    tell(session, news(NewsAudience.MEETING, elm.id))
    notices.tell_followers()
    told = dict(queued(session))
    assert set(told) == {ANA, ROSA}
    assert told[ROSA] == "Common Ground: Something is new. http://localhost/en/x STOP ends texts."
    assert "Algo es nuevo.\nhttp://localhost/es/x" in told[ANA]
    assert "/es/follow/mine/" in told[ANA]
    links = session.scalars(select(OutboundMessage.leave).where(OutboundMessage.kind == MessageKind.MAIL))
    assert links.one().startswith("http://localhost/es/follow/leave/")
    assert session.scalars(select(FollowNotice.state)).one() == FollowNoticeState.DONE


def test_one_bad_row_never_holds_up_another(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    bad = [make_follower(session) for _number in range(5)]
    make_follower(session, address=ANA)
    for follower in bad:
        session.execute(text("UPDATE following_follower SET contact = 'no token' WHERE id = :id"), {"id": follower.id})
    # Smaller batches than bad rows: each run would only see these.
    monkeypatch.setattr(notices, "BATCH", 2)
    tell(session, news())
    assert [address for address, _body in queued(session)] == [ANA]
    assert session.scalars(select(FollowNotice.state)).one() == FollowNoticeState.SENDING
    for _time in range(notices.MOST_ATTEMPTS):
        notices.tell_followers()
    # They are given up, and the notice is not looked at for ever.
    assert session.scalars(select(FollowNotice.state)).one() == FollowNoticeState.DONE
    assert [address for address, _body in queued(session)] == [ANA]


def test_killed_worker_is_made_up_for_once(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    for _number in range(3):
        make_follower(session)
    notices.keep_news(news())
    db.commit()
    put = Mock(side_effect=[DEFAULT, KeyboardInterrupt, DEFAULT, DEFAULT], wraps=notices.outbox.put)
    monkeypatch.setattr(notices.outbox, "put", put)
    with pytest.raises(KeyboardInterrupt):
        notices.tell_followers()
    assert len(queued(session)) == 1
    notices.tell_followers()
    notices.tell_followers()
    assert len(dict(queued(session))) == len(queued(session)) == 3


def test_nothing_rings_at_night_and_nothing_stale_is_sent(session: Session, clock: time_machine.Traveller) -> None:
    make_follower(session, address=ROSA)
    clock.shift(timedelta(hours=12))
    notices.keep_news(news(key="announcement 1"))
    notices.keep_news(NewsItem("announcement 2", NewsAudience.MEETINGS, None, WORDS, LINK, now() + timedelta(hours=2)))
    db.commit()
    notices.tell_followers()
    [message] = session.scalars(select(OutboundMessage)).all()
    assert message.by_day
    assert message.due_at == now() + timedelta(hours=8)
    transport = current_portal.transports[MessageKind.TEXT] = TestTransport()
    deliver_ready()
    assert transport.delivered == []
    clock.shift(timedelta(hours=9))
    deliver_ready()
    assert len(transport.delivered) == 1


def test_nothing_is_sent_about_places_hidden_again(session: Session) -> None:
    elm = make_market(session, "Elm Street")
    make_follower(session, place(elm.id), ROSA)
    tell(session, news(NewsAudience.PLACE, elm.id))
    session.execute(update(Market).values(released_at=None))
    db.commit()
    transport = current_portal.transports[MessageKind.TEXT] = TestTransport()
    deliver_ready()
    assert transport.delivered == []
    assert session.scalars(select(OutboundMessage.state)).all() == [DeliveryState.SUPPRESSED]


# --- What followers are told by themselves: meetings that are new, moved or canceled, and posts about a place ---

WHY = both("The room is taken.", "La sala no está libre.")
LATER = timedelta(minutes=11)


def told(session: Session, clock: time_machine.Traveller, wait: timedelta = LATER) -> list[tuple[str, str]]:
    """What is queued after a while."""
    db.commit()
    clock.shift(wait)
    notices.collect_news()
    notices.tell_followers()
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


def test_of_changes_only_the_last_is_told(session: Session, clock: time_machine.Traveller) -> None:
    make_follower(session, MEETINGS, ROSA)
    meeting = make_meeting(session, published_at=now() - timedelta(days=5))
    for day in (18, 19):
        move(meeting, session)
        [(_rosa, text)] = told(session, clock, timedelta(minutes=1))
        assert f"It is on Jun {day}" in text
    cancel_meeting(again(session, meeting), WHY, meeting.author_id)
    [(_rosa, text)] = told(session, clock, timedelta(minutes=1))
    assert "is canceled" in text


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


def test_news_says_what_and_where_in_both_languages(session: Session, clock: time_machine.Traveller) -> None:
    elm = make_market(session, "Elm Street")
    for subject in (MEETINGS, place(elm.id)):
        make_follower(session, subject, ROSA)
        make_follower(session, subject, "+13365550102", "es")
    rows = [
        make_meeting(session, published_at=now() - timedelta(hours=hours), market_id=market_id)
        for market_id in (elm.id, None)
        for hours in (0, 1, 1)
    ]
    for meeting in rows:
        open_seats(meeting)
    make_post(session, market_id=elm.id)
    db.commit()
    for meeting in (rows[1], rows[4]):
        move(meeting, session)
    for meeting in (rows[2], rows[5]):
        cancel_meeting(again(session, meeting), WHY, meeting.author_id)
    bodies = [body for _address, body in told(session, clock)]
    assert len(bodies) == 14
    assert sum("Elm Street" in body or "Calle Elm" in body for body in bodies) == 8
    for body in bodies:
        assert segments(body).encoding is Encoding.GSM7, body
        assert segments(body).segments <= 2, body
        assert ".." not in body
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


def test_one_source_that_fails_takes_nothing_back(session: Session, clock: time_machine.Traveller, app: Portal) -> None:
    make_follower(session, MEETINGS, ROSA)
    make_meeting(session)
    assert len(told(session, clock)) == 1
    app.plugs[notices.NEWS_SOURCES] = [Mock(side_effect=RuntimeError)]
    with pytest.raises(RuntimeError):
        notices.collect_news()
    notices.tell_followers()
    assert len(queued(session)) == 1
