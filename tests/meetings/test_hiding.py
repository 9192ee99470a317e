"""What people were told of does not go to a place that the public does not see, by whatever way."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy.orm import Session

from portal.accounts.users import Member
from portal.core.clock import now
from portal.core.jobs.outbox import OutboundMessage
from portal.core.statuses import Refused
from portal.markets.places import Market
from portal.meetings import planning, series_steps
from portal.meetings.meeting import Meeting
from portal.meetings.rsvp.answering import Contact, Wish, file_rsvp
from portal.meetings.rsvp.outgoing import token_of
from portal.meetings.rsvp.rsvp import is_public
from portal.meetings.rsvp.seats import ContactKind
from tests.conftest import Work
from tests.make import both, let_in, make_market, make_meeting, make_member, make_series
from tests.page import Reader

PHONE = Contact(ContactKind.TEXT, "+13365550142")
REASON = both("The hall is closed.", "El salón está cerrado.")


def make_hidden(work: Work, member: Member) -> Market:
    """A place that the public does not know, to which `member` is admitted."""
    with work() as session:
        market = make_market(session, "Veiled Street", released=False)
        let_in(session, market, member)
        return market


def test_a_known_meeting_is_not_moved_out_of_sight(editor: Reader, page: Reader, work: Work, member: Member) -> None:
    hidden = make_hidden(work, member)
    with work() as session:
        starts_at = now().replace(second=0, microsecond=0) + timedelta(days=9)
        meeting = make_meeting(session, starts_at=starts_at, market_id=make_market(session).id)
        token = token_of(file_rsvp(meeting, Wish(3, contact=PHONE), "es", b"1" * 32).id)
    queued = waiting(work)
    form = editor(f"/es/team/meetings/{meeting.id}").wide
    typed = {"market": hidden.slug, "host_en": "Ana", "host_es": "Ana"}
    refused = form.submit(422, **typed, quotes=("Ana",))
    assert refused.errors == {"market"}
    assert "ya no vería la reunión" in refused.text
    again = refused.wide
    assert {name: again.values[name] for name in typed} == typed, "nothing that was typed is lost"
    page(f"/es/meetings/{meeting.slug}")
    page(f"/es/meetings/mine/{token}")
    assert waiting(work) == queued
    again.submit(market="")
    with work() as session:
        assert session.get_one(Meeting, meeting.id).market_id is None, "at no place of ours everybody sees it"


def waiting(work: Work) -> int:
    with work() as session:
        return session.query(OutboundMessage).filter(OutboundMessage.state == "due").count()


def test_a_draft_date_does_not_take_the_others_along(editor: Reader, work: Work, member: Member) -> None:
    hidden = make_hidden(work, member)
    with work() as session:
        first = make_meeting(session, starts_at=now().replace(second=0, microsecond=0) + timedelta(days=9))
        make_series(session, first, times=3)
        session.get_one(Meeting, first.id).state = "draft"
    form = editor(f"/es/team/meetings/{first.id}").wide
    refused = form.submit(422, press="save", scope="all", market=hidden.slug)
    assert refused.errors == {"market"}
    refused.wide.submit(press="save", scope="this", market=hidden.slug)
    with work() as session:
        assert [one.market_id for one in session.query(Meeting) if one.market_id] == [hidden.id]


def test_the_actions_refuse_it_too(session: Session) -> None:
    place = make_market(session, released=False)
    editor = make_member(session, ("organizer",)).id
    first = make_meeting(session, starts_at=now().replace(second=0, microsecond=0) + timedelta(days=9))
    series = make_series(session, first, times=3)
    before = first.plan
    there = replace(before, market_id=place.id)
    with pytest.raises(Refused, match="meeting_hidden"):
        planning.change_meeting(first, there, REASON, editor)
    edit = series_steps.Edit(before, there, REASON)
    with pytest.raises(Refused, match="meeting_hidden"):
        series_steps.change_others(series, first, edit, editor)
    assert is_public(first)


def test_what_nobody_saw_goes_where_it_likes(session: Session) -> None:
    place, other = (make_market(session, name, released=False) for name in ("Veiled Street", "Dark Street"))
    editor = make_member(session, ("organizer",)).id
    draft = make_meeting(session, published=False)
    planning.edit_draft(draft, replace(draft.plan, market_id=place.id), editor)
    waits = make_meeting(session, market_id=place.id)
    planning.change_meeting(waits, replace(waits.plan, market_id=other.id), REASON, editor)
    assert (draft.market_id, waits.market_id) == (place.id, other.id)


def test_what_is_over_moves_to_no_place_hidden_then(session: Session) -> None:
    place = make_market(session)
    place.released_at = now() - timedelta(days=1)
    over = make_meeting(session, starts_at=now().replace(second=0, microsecond=0) - timedelta(days=3))
    with pytest.raises(Refused, match="meeting_hidden"):
        planning.change_meeting(over, replace(over.plan, market_id=place.id), REASON, over.author_id)


def test_a_place_hidden_since_blocks_no_other_change(session: Session) -> None:
    place = make_market(session)
    meeting = make_meeting(session, market_id=place.id)
    file_rsvp(meeting, Wish(3, contact=PHONE), "en", b"1" * 32)
    place.released_at = None
    session.flush()
    planning.change_meeting(meeting, replace(meeting.plan, host=both("Eva", "Eva")), both("", ""), meeting.author_id)
    assert meeting.host.en == "Eva"
