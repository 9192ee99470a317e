"""After a change the organizer reads how many are told, how many in the morning, and whom nobody can write to."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.core.i18n import speaking
from portal.core.jobs.outbox import OutboundMessage
from portal.core.web import Portal
from portal.meetings import planning
from portal.meetings.meeting import Meeting
from portal.meetings.readiness import NEEDS
from portal.meetings.rsvp.answering import Contact, Wish, cancel_rsvp, file_rsvp
from portal.meetings.rsvp.rsvp import AnswerReach, Rsvp, reach_in_words, reach_of, standing_reach
from portal.meetings.rsvp.seats import ContactKind
from tests.conftest import Work
from tests.make import both, make_meeting, make_member
from tests.page import Form, reader_of

NOON = datetime(2026, 6, 1, 16, tzinfo=UTC)
NIGHT = NOON + timedelta(hours=14)
REASON = both("Flood.", "Agua.")
pytestmark = pytest.mark.time_machine(NOON, tick=False)


def come(meeting: Meeting, number: int, *, reached: bool = True, ages: tuple[int, ...] = ()) -> Rsvp:
    contact = Contact(ContactKind.TEXT, f"+133655501{number}") if reached else None
    return file_rsvp(meeting, Wish(3, ages, contact=contact), "en", bytes([number]) * 32, quietly=True)


def planned(session: Session) -> Meeting:
    """Two left a phone, one of them with a child; two left none, one of them with a child; one does not come."""
    meeting = make_meeting(session, **dict.fromkeys(NEEDS, "yes"), starts_at=NOON + timedelta(days=9))
    come(meeting, 41, ages=(3,))
    come(meeting, 42)
    come(meeting, 43, reached=False, ages=(5,))
    come(meeting, 44, reached=False)
    cancel_rsvp(meeting, come(meeting, 45))
    return meeting


def test_by_day_all_are_told_at_once(session: Session, time_machine) -> None:
    meeting = planned(session)
    assert standing_reach(meeting) == AnswerReach()
    assert meeting.starts_at is not None
    assert meeting.ends_at is not None
    later = {name: getattr(meeting, name) + timedelta(days=1) for name in ("starts_at", "ends_at")}
    planning.change_meeting(meeting, replace(meeting.plan, **later), REASON, meeting.author_id)
    assert reach_of(meeting) == standing_reach(meeting) == AnswerReach(told=2, unreached=2)
    time_machine.move_to(NIGHT)
    planning.cancel_meeting(meeting, REASON, meeting.author_id)
    assert reach_of(meeting) == AnswerReach(told=2, later=2, unreached=2)
    time_machine.move_to(NIGHT + timedelta(hours=7))
    assert reach_of(meeting).later == 0


def test_what_did_not_arrive_is_not_told(session: Session, time_machine) -> None:
    meeting = planned(session)
    planning.cancel_meeting(meeting, REASON, meeting.author_id)
    session.flush()
    session.scalars(select(OutboundMessage)).first().state = "failed"
    session.flush()
    assert reach_of(meeting) == AnswerReach(told=1, missed=1, unreached=2)


def test_the_words(app: Portal) -> None:
    with app.app_context(), speaking("es"):
        assert reach_in_words(AnswerReach(12, 9, 0, 20)) == (
            "Se les avisa a 12 que respondieron. A 9 de ellos, a las 8 de la mañana. "
            "20 no dejaron teléfono ni correo: por favor avíseles en la puerta."
        )
        assert reach_in_words(AnswerReach()) == "Nadie respondió, así que no hay a quién avisarle."


def test_the_organizer_reads_it_after_saving(app: Portal, work: Work, time_machine) -> None:
    with work() as session:
        member = make_member(session, ("organizer",))
        meeting = planned(session)
    reader = reader_of(app, member)
    told = "Se les avisa a 2 que respondieron. 2 no dejaron teléfono ni correo"
    assert told not in reader(f"/es/team/meetings/{meeting.id}/coming").text
    form = reader(f"/es/team/meetings/{meeting.id}/cancel")
    done = Form(form, form.find("form.wide")).submit(reason_en="Flood.", reason_es="Agua.", quotes=("Flood.",))
    assert told in done.text
    assert told in reader(f"/es/team/meetings/{meeting.id}/coming").text
