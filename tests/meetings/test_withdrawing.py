"""Childcare, rides, interpreters and food that people were promised are not taken back without a word to them."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.core.clock import now
from portal.core.i18n import Bilingual, speaking
from portal.core.jobs.outbox import OutboundMessage
from portal.core.statuses import Refused
from portal.core.web import Portal
from portal.meetings import planning
from portal.meetings.meeting import Meeting
from portal.meetings.readiness import NEEDS, OfferAnswer
from portal.meetings.rsvp.answering import Contact, Wish, cancel_rsvp, file_rsvp
from portal.meetings.rsvp.outgoing import tell
from portal.meetings.rsvp.rsvp import AnswerReach, Rsvp, RsvpNotice, reach_in_words, reach_of, standing_reach
from portal.meetings.rsvp.rules import ContactKind, Ride, RsvpNews
from portal.meetings.rsvp.texts import counted_on
from tests.conftest import Work
from tests.make import both, make_meeting, make_member, make_series
from tests.page import reader_of

NOON = datetime(2026, 6, 1, 16, tzinfo=UTC)
REASON, NOTHING = both("Nobody is free.", "Nadie puede."), both("", "")
OFFERED = dict.fromkeys(NEEDS, "yes")
PHONE = "+13365550141"
NIGHT = NOON + timedelta(hours=14)
pytestmark = pytest.mark.time_machine(NOON, tick=False)


def come(meeting: Meeting, number: int, lang: str = "en", *, reached: bool = True, **wish: object) -> Rsvp:
    contact = Contact(ContactKind.TEXT, f"+1336555014{number}") if reached else None
    return file_rsvp(meeting, Wish(3, contact=contact, **wish), lang, bytes([number]) * 32, quietly=True)


def take_back(meeting: Meeting, *needs: str, reason: Bilingual = REASON) -> None:
    plan = replace(meeting.plan, **dict.fromkeys(needs, "no"))
    planning.change_meeting(meeting, plan, reason, meeting.author_id)


def texts(session: Session) -> list[tuple[str, str]]:
    """What waits to go out: to whom, and the words."""
    session.flush()
    found = session.scalars(select(OutboundMessage).where(OutboundMessage.state == "due")).all()
    return sorted((one.address or "", one.body or "") for one in found)


def test_whoever_asked_for_it_is_told_and_nobody_else(session: Session, time_machine) -> None:
    meeting = make_meeting(session, **OFFERED, starts_at=NOON + timedelta(days=9))
    come(meeting, 1, "es", ages=(3, 5))
    come(meeting, 2, ride=Ride.NEEDS)
    come(meeting, 3, ride=Ride.OFFERS, ride_seats=2)
    come(meeting, 4, interpreter="es", ages=(2,))
    come(meeting, 5, reached=False, ages=(9,))
    with speaking("en"):
        counted = counted_on(meeting)
    assert counted["childcare"] == "4 children count on it." and counted["interpreter"] == "1 answer asks for it."
    assert counted["ride"] == "3 people count on it."
    sequence = meeting.sequence
    take_back(meeting, "childcare", "interpreter")
    told = texts(session)
    assert [address[-1] for address, _words in told] == ["1", "4"]
    assert "No va a haber cuidado de niños (10 jun" in told[0][1]
    assert "There will be no interpreter or childcare on Jun 10" in told[1][1]
    assert meeting.sequence == sequence + 1, "calendars say it too"
    assert not meeting.is_moved
    assert (meeting.gone, meeting.withdrawn_reason) == (("interpreter", "childcare"), REASON)
    assert {one.kind for one in session.scalars(select(RsvpNotice))} == {"withdrawn"}


def test_it_takes_a_reason_in_both_languages(session: Session) -> None:
    meeting, draft = make_meeting(session, **OFFERED), make_meeting(session, **OFFERED, published=False)
    for reason in (NOTHING, both("Nobody is free.", "")):
        with pytest.raises(Refused, match="meeting_reason"):
            take_back(meeting, "ride", reason=reason)
    planning.edit_draft(draft, replace(draft.plan, ride="no"), draft.author_id)
    assert draft.ride == "no"


def test_at_night_nobody_is_woken(session: Session, time_machine) -> None:
    meetings = [make_meeting(session, **OFFERED, starts_at=NOON + timedelta(hours=hours)) for hours in (22, 9 * 24)]
    for number, meeting in enumerate(meetings):
        come(meeting, number, ages=(3,))
    time_machine.move_to(NIGHT)
    for meeting in meetings:
        take_back(meeting, "childcare")
    session.flush()
    due = sorted(session.scalars(select(OutboundMessage.due_at).where(OutboundMessage.state == "due")))
    assert (due[0], due[-1]) == (NIGHT, datetime(2026, 6, 2, 12, tzinfo=UTC)), "eight in the morning"


def test_a_phone_typed_at_night_is_not_woken(session: Session, time_machine) -> None:
    for days, proved, at_once in ((9, False, False), (9, True, True), (0, False, True)):
        time_machine.move_to(NIGHT)
        meeting = make_meeting(session, starts_at=NOON + timedelta(hours=22, days=days))
        mine = file_rsvp(
            meeting, Wish(3, contact=Contact(ContactKind.TEXT, PHONE)), "en", bytes([days, proved]) * 16, quietly=True
        )
        mine.proved_on = now().date() if proved else None
        tell(mine, meeting, RsvpNews.COUNTED)
        session.flush()
        told = select(RsvpNotice.message_id).where(RsvpNotice.rsvp_id == mine.id)
        row = session.get_one(OutboundMessage, session.scalars(told).one())
        assert (row.direct, row.due_at == NIGHT) == (at_once, at_once)
        assert at_once or row.due_at == datetime(2026, 6, 2, 12, tzinfo=UTC), "eight in the morning"


def test_a_change_of_mind_at_night_worries_nobody(session: Session, time_machine) -> None:
    meeting = make_meeting(session, **OFFERED, starts_at=NOON + timedelta(days=9))
    come(meeting, 1, ages=(3,))
    come(meeting, 2, ages=(3,), ride=Ride.NEEDS)
    time_machine.move_to(NIGHT)
    take_back(meeting, "childcare", "ride")
    planning.change_meeting(meeting, replace(meeting.plan, childcare="yes"), NOTHING, meeting.author_id)
    ((address, words),) = texts(session)
    assert address.endswith("2")
    assert "no ride on" in words
    assert "childcare" not in words


def test_an_edit_of_a_series_tells_every_family(session: Session, time_machine) -> None:
    first = make_meeting(session, **OFFERED, starts_at=NOON + timedelta(days=9))
    series = make_series(session, first, times=3)
    dates = list(session.scalars(select(Meeting).order_by(Meeting.starts_at)))
    for one in dates:
        # Who promised to be there on one day was not asked for another; here they were.
        one.childcare = OfferAnswer.YES
        session.flush()
        come(one, 1 + dates.index(one), ages=(4,))
    series.childcare = OfferAnswer.YES
    before = first.plan
    after = replace(before, childcare="no")
    planning.change_meeting(first, after, REASON, first.author_id)
    planning.change_others(series, first, planning.Edit(before, after, REASON), first.author_id)
    assert [address[-1] for address, _words in texts(session)] == ["1", "2", "3"]


# --- After a change the organizer reads how many are told, how many in the morning, and whom nobody can write to ---

FLOOD = both("Flood.", "Agua.")


def planned(session: Session) -> Meeting:
    """Two left a phone, one of them with a child; two left none, one of them with a child; one does not answer."""
    meeting = make_meeting(session, **OFFERED, starts_at=NOON + timedelta(days=9))
    come(meeting, 1, ages=(3,))
    come(meeting, 2)
    come(meeting, 3, reached=False, ages=(5,))
    come(meeting, 4, reached=False)
    cancel_rsvp(meeting, come(meeting, 5))
    return meeting


def test_who_is_told_at_once_later_or_never(session: Session, time_machine) -> None:
    meeting = planned(session)
    assert standing_reach(meeting) == AnswerReach()
    later = {name: getattr(meeting, name) + timedelta(days=1) for name in ("starts_at", "ends_at")}
    planning.change_meeting(meeting, replace(meeting.plan, **later), FLOOD, meeting.author_id)
    assert reach_of(meeting) == standing_reach(meeting) == AnswerReach(told=2, unreached=2)
    time_machine.move_to(NIGHT)
    planning.cancel_meeting(meeting, FLOOD, meeting.author_id)
    assert reach_of(meeting) == AnswerReach(told=2, later=2, unreached=2)
    time_machine.move_to(NIGHT + timedelta(hours=7))
    assert reach_of(meeting).later == 0
    session.flush()
    session.scalars(select(OutboundMessage).where(OutboundMessage.state == "due")).first().state = "failed"
    session.flush()
    assert reach_of(meeting) == AnswerReach(told=1, missed=1, unreached=2)


def test_the_organizer_reads_it_after_saving(app: Portal, work: Work) -> None:
    with app.app_context(), speaking("es"):
        assert reach_in_words(AnswerReach(12, 9, 0, 20)) == (
            "Se les avisa a 12 que respondieron. A 9 de ellos, a las 8 de la mañana. "
            "20 no dejaron teléfono ni correo: por favor avíseles en la puerta."
        )
        assert reach_in_words(AnswerReach()) == "Nadie respondió, así que no hay a quién avisarle."
    with work() as session:
        member, meeting = make_member(session, ("organizer",)), planned(session)
    reader = reader_of(app, member)
    told = "Se les avisa a 2 que respondieron. 2 no dejaron teléfono ni correo"
    assert told not in reader(f"/es/team/meetings/{meeting.id}/coming").text
    form = reader(f"/es/team/meetings/{meeting.id}/cancel").wide
    assert told in form.submit(reason_en="Flood.", reason_es="Agua.", quotes=("Flood.",)).text
    assert told in reader(f"/es/team/meetings/{meeting.id}/coming").text
