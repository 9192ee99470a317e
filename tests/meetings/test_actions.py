"""Planning, publishing, moving and cancelling."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.core.audit import AuditEvent
from portal.core.clock import now
from portal.core.i18n import Bilingual
from portal.core.page_cache import CacheVersion
from portal.core.statuses import Refused
from portal.meetings import planning
from portal.meetings.meeting import Meeting, MeetingPlan
from portal.meetings.readiness import NEEDS, TEXTS, missing
from tests.make import both, make_meeting

SAID, REASON, NOTHING = both("said", "dicho"), both("The hall is closed.", "El salón está cerrado."), both("", "")


def plan(**changes: object) -> MeetingPlan:
    starts = (now() + timedelta(days=9)).replace(microsecond=0)
    whole = MeetingPlan(
        **dict.fromkeys(TEXTS, SAID),
        **dict.fromkeys(NEEDS, "no"),
        report_back_on=(starts + timedelta(days=9)).date(),
        starts_at=starts,
        ends_at=starts + timedelta(hours=1),
    )
    return replace(whole, **changes)


def edition(session: Session) -> int:
    return session.scalar(select(CacheVersion.number)) or 0


def acts(session: Session) -> list[str]:
    session.flush()
    return list(session.scalars(select(AuditEvent.action).order_by(AuditEvent.id)))


def test_a_draft_has_no_address_until_it_is_published(session: Session, organizer: int) -> None:
    meeting = planning.draft_meeting(plan(title=both("What’s next?", "¿Qué sigue?")), organizer)
    assert meeting.slug is None
    before = edition(session)
    planning.publish_meeting(meeting, organizer)
    assert meeting.slug is not None
    assert meeting.slug.startswith("whats-next-")
    assert edition(session) == before + 1
    assert acts(session) == ["meeting.drafted", "meeting.published"]


def test_two_meetings_with_one_title_get_two_addresses(session: Session, organizer: int) -> None:
    meetings = [planning.draft_meeting(plan(), organizer) for _ in range(2)]
    for meeting in meetings:
        planning.publish_meeting(meeting, organizer)
    assert len({meeting.slug for meeting in meetings}) == len({meeting.uid for meeting in meetings}) == 2
    assert all(len((meeting.slug or "").removeprefix("said-")) == 6 for meeting in meetings)


def test_what_has_gaps_is_not_published(session: Session, organizer: int) -> None:
    for gap in ({"title": Bilingual(en="only", es="")}, {"food": None}, {"starts_at": None}):
        meeting = planning.draft_meeting(plan(**gap), organizer)
        with pytest.raises(Refused, match="meeting_gaps"):
            planning.publish_meeting(meeting, organizer)
        assert meeting.is_draft


def test_a_published_meeting_stays_whole(session: Session, organizer: int) -> None:
    meeting = make_meeting(session)
    with pytest.raises(Refused, match="meeting_gaps"):
        planning.change_meeting(meeting, replace(meeting.plan, ride=None), REASON, organizer)


def test_to_move_takes_a_reason_and_raises_the_sequence(session: Session, organizer: int) -> None:
    meeting = make_meeting(session)
    moved = replace(meeting.plan, place=both("The park", "El parque"))
    for half in (NOTHING, both("Why", ""), both("", "Por qué")):
        with pytest.raises(Refused, match="meeting_reason"):
            planning.change_meeting(meeting, moved, half, organizer)
    planning.change_meeting(meeting, moved, REASON, organizer)
    assert (meeting.sequence, meeting.is_moved, meeting.change_reason) == (1, True, REASON)


def test_a_better_word_needs_no_reason_but_reaches_calendars(session: Session, organizer: int) -> None:
    meeting = make_meeting(session)
    before = edition(session)
    planning.change_meeting(meeting, replace(meeting.plan, title=SAID), NOTHING, organizer)
    assert (meeting.sequence, meeting.is_moved, edition(session)) == (1, False, before + 1)


def test_a_meeting_that_is_over_can_still_be_corrected(session: Session, organizer: int) -> None:
    meeting = make_meeting(session, starts_at=now() - timedelta(days=3))
    planning.change_meeting(meeting, replace(meeting.plan, purpose=SAID), NOTHING, organizer)
    earlier = replace(meeting.plan, ends_at=now() - timedelta(days=1))
    with pytest.raises(Refused, match="meeting_gaps"):
        planning.change_meeting(meeting, earlier, REASON, organizer)


def test_cancelling_keeps_the_meeting_with_its_reason(session: Session, organizer: int) -> None:
    meeting = make_meeting(session)
    with pytest.raises(Refused, match="meeting_reason"):
        planning.cancel_meeting(meeting, both("Why", ""), organizer)
    planning.cancel_meeting(meeting, REASON, organizer)
    assert (meeting.state, meeting.sequence, meeting.change_reason) == ("cancelled", 1, REASON)
    again: tuple[object, ...] = (
        lambda: planning.cancel_meeting(meeting, REASON, organizer),
        lambda: planning.change_meeting(meeting, meeting.plan, REASON, organizer),
        lambda: planning.publish_meeting(meeting, organizer),
    )
    for step in again:
        with pytest.raises(Refused, match="meeting_cancelled"):
            step()


def test_a_copy_says_the_same_but_for_the_dates(session: Session, organizer: int) -> None:
    needs = {"interpreter": "yes", "childcare": "asked", "food": "yes", "ride": "no"}
    meeting = make_meeting(session, state="cancelled", change_reason=REASON, stale="title_es", **needs)
    twin = planning.copy_meeting(meeting, organizer)
    anew = {"interpreter": None, "childcare": None}
    assert twin.plan == replace(meeting.plan, starts_at=None, ends_at=None, report_back_on=None, **anew)
    assert set(missing(twin.plan)) == {"held_on", "interpreter", "childcare", "report_back_on"}
    assert (twin.state, twin.sequence, twin.change_reason.en) == ("draft", 0, "")
    assert (twin.uid == meeting.uid, twin.stale_fields) == (False, {"title_es"})
    assert session.get(Meeting, twin.id) is twin


def test_no_action_tells_one_language_alone_where_to_go(session: Session, organizer: int) -> None:
    meeting = make_meeting(session)
    half = replace(meeting.plan, place=Bilingual(en="Elsewhere", es=meeting.place.es))
    with pytest.raises(Refused, match="meeting_one_language"):
        planning.change_meeting(meeting, half, REASON, organizer)
    planning.change_meeting(meeting, half, REASON, organizer, same=True)
    assert (meeting.place.en, meeting.stale) == ("Elsewhere", "")
