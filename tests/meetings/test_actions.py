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
from tests.make import both, make_meeting, make_member

SAID, REASON, NOTHING = both("said", "dicho"), both("The hall is closed.", "El salón está cerrado."), both("", "")


@pytest.fixture
def editor(session: Session) -> int:
    return make_member(session, ("organizer",)).id


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


def test_a_draft_has_no_address_until_it_is_published(session: Session, editor: int) -> None:
    meeting = planning.draft_meeting(plan(title=both("What’s next?", "¿Qué sigue?")), editor)
    assert meeting.slug is None
    before = edition(session)
    planning.publish_meeting(meeting, editor)
    assert meeting.slug is not None
    assert meeting.slug.startswith("whats-next-")
    assert edition(session) == before + 1
    assert acts(session) == ["meeting.drafted", "meeting.published"]


def test_two_meetings_with_one_title_get_two_addresses_that_nobody_can_guess(session: Session, editor: int) -> None:
    meetings = [planning.draft_meeting(plan(), editor) for _ in range(2)]
    for meeting in meetings:
        planning.publish_meeting(meeting, editor)
    assert len({meeting.slug for meeting in meetings}) == len({meeting.uid for meeting in meetings}) == 2
    assert all(len((meeting.slug or "").removeprefix("said-")) == 6 for meeting in meetings)


@pytest.mark.parametrize("gap", [{"title": Bilingual(en="only", es="")}, {"food": None}, {"starts_at": None}])
def test_what_has_gaps_is_not_published(session: Session, editor: int, gap: dict[str, object]) -> None:
    meeting = planning.draft_meeting(plan(**gap), editor)
    with pytest.raises(Refused, match="meeting_gaps"):
        planning.publish_meeting(meeting, editor)
    assert meeting.is_draft


def test_a_published_meeting_stays_whole(session: Session, editor: int) -> None:
    meeting = make_meeting(session)
    with pytest.raises(Refused, match="meeting_gaps"):
        planning.change_meeting(meeting, replace(meeting.plan, ride=None), REASON, editor)


def test_to_move_takes_a_reason_and_raises_the_sequence(session: Session, editor: int) -> None:
    meeting = make_meeting(session)
    moved = replace(meeting.plan, place=both("The park", "El parque"))
    for half in (NOTHING, both("Why", ""), both("", "Por qué")):
        with pytest.raises(Refused, match="meeting_reason"):
            planning.change_meeting(meeting, moved, half, editor)
    planning.change_meeting(meeting, moved, REASON, editor)
    assert (meeting.sequence, meeting.is_moved, meeting.change_reason) == (1, True, REASON)


def test_a_better_word_needs_no_reason_but_reaches_calendars(session: Session, editor: int) -> None:
    meeting = make_meeting(session)
    before = edition(session)
    planning.change_meeting(meeting, replace(meeting.plan, title=SAID), NOTHING, editor)
    assert (meeting.sequence, meeting.is_moved, edition(session)) == (1, False, before + 1)


def test_what_calendars_do_not_hold_leaves_the_sequence(session: Session, editor: int) -> None:
    meeting = make_meeting(session)
    planning.change_meeting(meeting, replace(meeting.plan, report_back_by=SAID), NOTHING, editor)
    assert meeting.sequence == 0


def test_a_meeting_that_is_over_can_still_be_corrected_but_not_moved_into_the_past(
    session: Session, editor: int
) -> None:
    meeting = make_meeting(session, starts_at=now() - timedelta(days=3))
    planning.change_meeting(meeting, replace(meeting.plan, purpose=SAID), NOTHING, editor)
    earlier = replace(meeting.plan, ends_at=now() - timedelta(days=1))
    with pytest.raises(Refused, match="meeting_gaps"):
        planning.change_meeting(meeting, earlier, REASON, editor)


def test_cancelling_keeps_the_meeting_with_its_reason(session: Session, editor: int) -> None:
    meeting = make_meeting(session)
    with pytest.raises(Refused, match="meeting_reason"):
        planning.cancel_meeting(meeting, both("Why", ""), editor)
    planning.cancel_meeting(meeting, REASON, editor)
    assert (meeting.state, meeting.sequence, meeting.change_reason) == ("cancelled", 1, REASON)
    again: tuple[object, ...] = (
        lambda: planning.cancel_meeting(meeting, REASON, editor),
        lambda: planning.change_meeting(meeting, meeting.plan, REASON, editor),
        lambda: planning.publish_meeting(meeting, editor),
    )
    for step in again:
        with pytest.raises(Refused, match="meeting_cancelled"):
            step()


def test_a_draft_cannot_be_cancelled(session: Session, editor: int) -> None:
    with pytest.raises(Refused, match="meeting_draft"):
        planning.cancel_meeting(planning.draft_meeting(plan(), editor), REASON, editor)


def test_a_copy_says_the_same_but_for_the_dates_and_who_promised_to_be_there(session: Session, editor: int) -> None:
    needs = {"interpreter": "yes", "childcare": "asked", "food": "yes", "ride": "no"}
    meeting = make_meeting(session, state="cancelled", change_reason=REASON, **needs)
    twin = planning.copy_meeting(meeting, editor)
    anew = {"interpreter": None, "childcare": None}
    assert twin.plan == replace(meeting.plan, starts_at=None, ends_at=None, report_back_on=None, **anew)
    assert set(missing(twin.plan)) == {"held_on", "interpreter", "childcare", "report_back_on"}
    assert (twin.state, twin.sequence, twin.change_reason.en) == ("draft", 0, "")
    assert twin.uid != meeting.uid
    assert session.get(Meeting, twin.id) is twin


def test_no_action_tells_one_language_alone_where_to_go(session: Session, editor: int) -> None:
    meeting = make_meeting(session)
    half = replace(meeting.plan, place=Bilingual(en="Elsewhere", es=meeting.place.es))
    with pytest.raises(Refused, match="meeting_one_language"):
        planning.change_meeting(meeting, half, REASON, editor)
    planning.change_meeting(meeting, half, REASON, editor, same=True)
    assert (meeting.place.en, meeting.stale) == ("Elsewhere", "")


def test_a_copy_is_as_old_in_one_language_as_what_it_copies(session: Session, editor: int) -> None:
    meeting = make_meeting(session, stale="title_es")
    assert planning.copy_meeting(meeting, editor).stale_fields == {"title_es"}
