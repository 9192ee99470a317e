"""Planning, publishing, moving and cancelling; nothing that people were told goes to a hidden place."""

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.accounts.users import Member
from portal.core.audit import AuditEvent
from portal.core.clock import now
from portal.core.i18n import Bilingual
from portal.core.page_cache import CacheVersion
from portal.core.statuses import Refused
from portal.markets.places import Market
from portal.meetings import planning
from portal.meetings.meeting import Meeting, MeetingPlan
from portal.meetings.readiness import NEEDS, TEXTS, MeetingState, missing
from portal.meetings.rsvp.rsvp import is_public
from tests.conftest import Work
from tests.make import both, let_in, make_market, make_meeting, make_series
from tests.page import Reader

SAID, REASON, NOTHING = both("said", "dicho"), both("The hall is closed.", "El salón está cerrado."), both("", "")


def plan(**changes: object) -> MeetingPlan:
    starts = (now() + timedelta(days=9)).replace(microsecond=0)
    said = dict.fromkeys(TEXTS, SAID) | dict.fromkeys(NEEDS, "no")
    when = {"starts_at": starts, "ends_at": starts + timedelta(hours=1)}
    return MeetingPlan(**said | when | {"report_back_on": (starts + timedelta(days=9)).date()} | changes)


def edition(session: Session) -> int:
    return session.scalar(select(CacheVersion.number)) or 0


def acts(session: Session) -> list[str]:
    session.flush()
    return list(session.scalars(select(AuditEvent.action).order_by(AuditEvent.id)))


def test_a_draft_has_no_address_until_it_is_published(session: Session, organizer: int) -> None:
    one, other = (planning.draft_meeting(plan(title=both("What’s next?", "¿Qué sigue?")), organizer) for _ in range(2))
    assert one.slug is None
    before = edition(session)
    planning.publish_meeting(one, organizer)
    assert edition(session) == before + 1
    assert acts(session) == ["meeting.drafted", "meeting.drafted", "meeting.published"]
    planning.publish_meeting(other, organizer)
    assert one.slug != other.slug and one.uid != other.uid
    assert all(re.fullmatch("whats-next-.{6}", meeting.slug or "") for meeting in (one, other))


def test_what_has_gaps_is_not_published(session: Session, organizer: int) -> None:
    for gap in ({"title": Bilingual(en="only", es="")}, {"food": None}, {"starts_at": None}):
        meeting = planning.draft_meeting(plan(**gap), organizer)
        with pytest.raises(Refused, match="meeting_gaps"):
            planning.publish_meeting(meeting, organizer)
        assert meeting.is_draft


def test_only_a_move_takes_a_reason(session: Session, organizer: int) -> None:
    meeting = make_meeting(session)
    before = edition(session)
    planning.change_meeting(meeting, replace(meeting.plan, title=SAID), NOTHING, organizer)
    assert (meeting.sequence, meeting.is_moved, edition(session)) == (1, False, before + 1)
    with pytest.raises(Refused, match="meeting_gaps"):
        planning.change_meeting(meeting, replace(meeting.plan, ride=None), REASON, organizer)
    moved = replace(meeting.plan, place=both("The park", "El parque"))
    for half in (NOTHING, both("Why", ""), both("", "Por qué")):
        with pytest.raises(Refused, match="meeting_reason"):
            planning.change_meeting(meeting, moved, half, organizer)
    planning.change_meeting(meeting, moved, REASON, organizer)
    assert (meeting.sequence, meeting.is_moved, meeting.change_reason) == (2, True, REASON)


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
    steps: tuple[Callable[[], object], ...] = (
        lambda: planning.cancel_meeting(meeting, REASON, organizer),
        lambda: planning.change_meeting(meeting, meeting.plan, REASON, organizer),
        lambda: planning.publish_meeting(meeting, organizer),
    )
    for step in steps:
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
    assert twin.uid != meeting.uid and twin.stale_fields == {"title_es"}
    assert session.get(Meeting, twin.id) is twin


def test_no_action_tells_one_language_alone_where_to_go(session: Session, organizer: int) -> None:
    meeting = make_meeting(session)
    half = replace(meeting.plan, place=Bilingual(en="Elsewhere", es=meeting.place.es))
    with pytest.raises(Refused, match="meeting_one_language"):
        planning.change_meeting(meeting, half, REASON, organizer)
    planning.change_meeting(meeting, half, REASON, organizer, same=True)
    assert (meeting.place.en, meeting.stale) == ("Elsewhere", "")


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
    typed = {"market": hidden.slug, "host_en": "Ana", "host_es": "Ana"}
    refused = editor(f"/es/team/meetings/{meeting.id}").wide.submit(422, **typed, quotes=("Ana",))
    assert refused.errors == {"market"}
    again = refused.wide
    assert {name: again.values[name] for name in typed} == typed, "nothing that was typed is lost"
    page(f"/es/meetings/{meeting.slug}")
    again.submit(market="")
    with work() as session:
        assert session.get_one(Meeting, meeting.id).market_id is None, "at no place of ours everybody sees it"


def test_a_draft_date_does_not_take_the_others_along(editor: Reader, work: Work, member: Member) -> None:
    hidden = make_hidden(work, member)
    with work() as session:
        first = make_meeting(session, starts_at=now().replace(second=0, microsecond=0) + timedelta(days=9))
        make_series(session, first, times=3)
        session.get_one(Meeting, first.id).state = MeetingState.DRAFT
    form = editor(f"/es/team/meetings/{first.id}").wide
    refused = form.submit(422, press="save", scope="all", market=hidden.slug)
    assert refused.errors == {"market"}
    refused.wide.submit(press="save", scope="this", market=hidden.slug)
    with work() as session:
        assert [one.market_id for one in session.query(Meeting) if one.market_id] == [hidden.id]


def test_only_what_nobody_saw_goes_to_a_hidden_place(session: Session, organizer: int) -> None:
    place, other = (make_market(session, name, released=False) for name in ("Veiled Street", "Dark Street"))
    first = make_meeting(session, starts_at=now().replace(second=0, microsecond=0) + timedelta(days=9))
    series = make_series(session, first, times=3)
    before, there = first.plan, replace(first.plan, market_id=place.id)
    with pytest.raises(Refused, match="meeting_hidden"):
        planning.change_meeting(first, there, REASON, organizer)
    with pytest.raises(Refused, match="meeting_hidden"):
        planning.change_others(series, first, planning.Edit(before, there, REASON), organizer)
    assert is_public(first)
    draft, waits = make_meeting(session, published=False), make_meeting(session, market_id=place.id)
    planning.edit_draft(draft, replace(draft.plan, market_id=place.id), organizer)
    planning.change_meeting(waits, replace(waits.plan, market_id=other.id), REASON, organizer)
    assert (draft.market_id, waits.market_id) == (place.id, other.id)


def test_what_is_over_moves_to_no_place_hidden_then(session: Session) -> None:
    place = make_market(session)
    place.released_at = now() - timedelta(days=1)
    over = make_meeting(session, starts_at=now().replace(second=0, microsecond=0) - timedelta(days=3))
    with pytest.raises(Refused, match="meeting_hidden"):
        planning.change_meeting(over, replace(over.plan, market_id=place.id), REASON, over.author_id)
    # A place that was hidden since blocks no other change.
    meeting = make_meeting(session, market_id=place.id)
    place.released_at = None
    session.flush()
    planning.change_meeting(meeting, replace(meeting.plan, host=both("Eva", "Eva")), NOTHING, meeting.author_id)
    assert meeting.host.en == "Eva"
