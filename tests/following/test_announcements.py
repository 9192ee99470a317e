"""Announcements: two people, quiet hours, too late, pause and recall; never about a hidden place."""

from datetime import timedelta

import pytest
import time_machine
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.core.audit import AuditEvent
from portal.core.clock import now
from portal.core.db import db
from portal.core.jobs.outbox import MessageKind
from portal.core.portal import current_portal
from portal.core.statuses import NotFound, Refused
from portal.following import announcements as actions
from portal.following.announcement_rules import AnnouncementState, AnnouncementStep
from portal.following.announcements import FollowerAnnouncement
from portal.following.follow_words import Subject
from portal.following.notices import tell_followers
from tests.core.transports import TestTransport
from tests.following.followers import SAFETY, again, make_follower, place, queued
from tests.make import both, deliver_ready, make_market, make_member

WORDS = both("The street is closed on Friday.", "La calle cierra el viernes.")


def draft(member_id: int, words=WORDS, **given) -> FollowerAnnouncement:
    values = {"subject": Subject.SAFETY, "send_before": now() + timedelta(days=1), **given}
    return actions.draft_announcement({"words": words, **values}, member_id)


def follow(session: Session, count: int, language: str = "en") -> None:
    for _number in range(count):
        make_follower(session, SAFETY, language=language)


def run() -> None:
    db.commit()
    tell_followers()


def acts(session: Session) -> list[str]:
    rows = session.scalars(select(AuditEvent.action).where(AuditEvent.object_type == "announcement"))
    return [action.removeprefix("announcement.") for action in rows]


def test_beyond_fifty_a_second_person_agrees(session: Session) -> None:
    marta, ruth, third = (make_member(session, ["organizer"]).id for _ in range(3))
    follow(session, 51)
    row = draft(marta)
    actions.edit_announcement(row, {"words": row.words}, ruth)
    actions.go(row, AnnouncementStep.SUBMIT, marta)
    assert row.state == AnnouncementState.WAITING
    run()
    assert queued(session) == []
    # Neither who wrote it last nor who asked.
    for member_id in (marta, ruth):
        with pytest.raises(Refused, match="announcement_self"):
            actions.go(again(session, row), AnnouncementStep.APPROVE, member_id)
    # What the second person reads must stay as it was.
    with pytest.raises(Refused, match="announcement_step"):
        actions.edit_announcement(again(session, row), {"words": row.words}, marta)
    actions.go(again(session, row), AnnouncementStep.APPROVE, third)
    run()
    assert len(queued(session)) == 51
    assert acts(session) == ["drafted", "edited", "submitted", "approved", "sent"]


def test_what_would_arrive_too_late_is_not_sent(session: Session, clock: time_machine.Traveller) -> None:
    marta, ruth = (make_member(session, [role]).id for role in ("organizer", "community_lead"))
    follow(session, 51)
    row = draft(marta, send_before=now() + timedelta(hours=9))
    assert not actions.check_of(row).is_late
    actions.go(row, AnnouncementStep.SUBMIT, marta)
    # At ten in the evening nothing rings before eight, and that is after the last hour.
    clock.shift(timedelta(hours=10))
    assert actions.check_of(row).is_late
    with pytest.raises(Refused, match="announcement_late"):
        actions.go(row, AnnouncementStep.APPROVE, ruth)


def test_pause_go_on_and_recall(session: Session, clock: time_machine.Traveller) -> None:
    marta = make_member(session, ["organizer"]).id
    follow(session, 4)
    clock.shift(timedelta(hours=10))
    row = draft(marta)
    actions.go(row, AnnouncementStep.SUBMIT, marta)
    run()
    assert len(queued(session)) == 4
    actions.go(again(session, row), AnnouncementStep.PAUSE, marta)
    run()
    # Nobody's address lies in the outbox while it is paused.
    assert queued(session) == []
    actions.go(again(session, row), AnnouncementStep.RESUME, marta)
    run()
    assert len(queued(session)) == len(set(queued(session))) == 4
    actions.go(again(session, row), AnnouncementStep.RECALL, marta)
    db.commit()
    clock.shift(timedelta(hours=11))
    transport = current_portal.transports[MessageKind.TEXT] = TestTransport()
    # Before any job has cleaned up.
    deliver_ready()
    assert transport.delivered == []
    with pytest.raises(Refused, match="announcement_step"):
        actions.go(again(session, row), AnnouncementStep.RESUME, marta)
    assert acts(session) == ["drafted", "sent", "paused", "resumed", "recalled"]


def test_what_was_sent_is_not_sent_again_after_pause(session: Session) -> None:
    marta = make_member(session, ["organizer"]).id
    follow(session, 3)
    row = draft(marta)
    actions.go(row, AnnouncementStep.SUBMIT, marta)
    run()
    transport = current_portal.transports[MessageKind.TEXT] = TestTransport()
    deliver_ready()
    actions.go(again(session, row), AnnouncementStep.PAUSE, marta)
    run()
    actions.go(again(session, row), AnnouncementStep.RESUME, marta)
    run()
    deliver_ready()
    assert len({address for address, *_rest in transport.delivered}) == len(transport.delivered) == 3
    sending = actions.sending_of(again(session, row))
    assert sending is not None
    assert (sending.share, sending.is_over, sending.failed) == (100, True, None)


def test_a_hidden_place_cannot_be_announced_about(session: Session) -> None:
    marta = make_member(session, ["organizer"]).id
    hidden = make_market(session, "Secret Street", released=False)
    with pytest.raises(Refused, match="announcement_place"):
        draft(marta, subject=Subject.PLACE, market_id=hidden.id)
    elm = make_market(session, "Elm Street")
    make_follower(session, place(elm.id))
    row = draft(marta, subject=Subject.PLACE, market_id=elm.id)
    elm.released_at = None
    session.flush()
    with pytest.raises(Refused, match="announcement_place"):
        actions.go(row, AnnouncementStep.SUBMIT, marta)
    # Nor does anybody see it who is not admitted there.
    assert session.scalars(actions.announcements(marta)).all() == []
    with pytest.raises(NotFound):
        actions.announcement(row.id, marta)
