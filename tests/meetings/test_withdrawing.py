"""Childcare, rides, interpreters and food that people were promised are not taken back without a word to them."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.core.clock import now
from portal.core.i18n import Bilingual
from portal.core.jobs.outbox import OutboundMessage, cipher
from portal.core.statuses import Refused
from portal.core.web import Portal
from portal.meetings import planning, series_steps
from portal.meetings.meeting import Meeting
from portal.meetings.readiness import NEEDS, taken_back
from portal.meetings.rsvp.answering import Contact, Wish, file_rsvp
from portal.meetings.rsvp.outgoing import tell, token_of
from portal.meetings.rsvp.reminder_times import RsvpNews
from portal.meetings.rsvp.rsvp import Rsvp, RsvpNotice
from portal.meetings.rsvp.seats import ContactKind, Ride
from tests.conftest import Work
from tests.make import both, make_meeting, make_member, make_series, sign_in
from tests.page import Form, Page, Reader

LANGUAGES = pytest.mark.parametrize("lang", ["en", "es"])
NOON = datetime(2026, 6, 1, 16, tzinfo=UTC)
REASON, NOTHING = both("Nobody is free.", "Nadie puede."), both("", "")
OFFERED = dict.fromkeys(NEEDS, "yes")


def contact(number: int) -> Contact:
    return Contact(ContactKind.TEXT, f"+1336555014{number}")


@pytest.fixture
def clock():
    with time_machine.travel(NOON, tick=False) as traveller:
        yield traveller


def come(meeting: Meeting, number: int | None, lang: str = "en", **wish: object) -> Rsvp:
    reached = None if number is None else contact(number)
    nonce = bytes([number or 0]) * 32
    return file_rsvp(meeting, Wish(3, contact=reached, **wish), lang, nonce, quietly=True)


def take_back(meeting: Meeting, *needs: str, reason: Bilingual = REASON, **other: object) -> None:
    plan = replace(meeting.plan, **dict.fromkeys(needs, "no"), **other)
    planning.change_meeting(meeting, plan, reason, meeting.author_id)


def texts(session: Session) -> list[tuple[str, str]]:
    """What waits to go out: to whom, and the words."""
    session.flush()
    found = session.scalars(
        select(OutboundMessage)
        .where(OutboundMessage.state == "due")
        .order_by(OutboundMessage.created_at, OutboundMessage.id)
    ).all()
    return sorted((cipher().decrypt(one.address or b""), cipher().decrypt(one.body or b"")) for one in found)


def test_whoever_asked_for_it_is_told_and_nobody_else(session: Session, clock) -> None:
    meeting = make_meeting(session, **OFFERED, starts_at=NOON + timedelta(days=9))
    come(meeting, 1, "es", ages=(3, 5))
    come(meeting, 2, ride=Ride.NEEDS)
    come(meeting, 3, ride=Ride.OFFERS, ride_seats=2)
    come(meeting, 4, interpreter="es", ages=(2,))
    come(meeting, None, ages=(9,))
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


def test_food_is_for_everybody_who_comes(session: Session, clock) -> None:
    meeting = make_meeting(session, **OFFERED, starts_at=NOON + timedelta(days=9))
    come(meeting, 1)
    take_back(meeting, "food")
    assert ["There will be no food" in words for _address, words in texts(session)] == [True]


@pytest.mark.parametrize("reason", [NOTHING, both("Nobody is free.", "")])
def test_it_takes_a_reason_in_both_languages(session: Session, reason: Bilingual) -> None:
    meeting = make_meeting(session, **OFFERED)
    with pytest.raises(Refused, match="meeting_reason"):
        take_back(meeting, "ride", reason=reason)
    draft = make_meeting(session, **OFFERED, published=False)
    planning.edit_draft(draft, replace(draft.plan, ride="no"), draft.author_id)
    assert draft.ride == "no"


def test_at_night_nobody_is_woken_unless_it_is_the_same_day(session: Session, clock) -> None:
    meeting = make_meeting(session, **OFFERED, starts_at=NOON + timedelta(days=9))
    soon = make_meeting(session, **OFFERED, starts_at=NOON + timedelta(hours=22))
    come(meeting, 1, ages=(3,))
    come(soon, 2, ages=(3,))
    night = NOON + timedelta(hours=14)
    clock.move_to(night)
    take_back(meeting, "childcare")
    take_back(soon, "childcare")
    session.flush()
    due = sorted(session.scalars(select(OutboundMessage.due_at).where(OutboundMessage.state == "due")))
    assert due[0] == night
    assert due[-1] == datetime(2026, 6, 2, 12, tzinfo=UTC), "eight in the morning"


@pytest.mark.parametrize(("days", "proved", "at_once"), [(9, False, False), (9, True, True), (0, False, True)])
def test_a_phone_that_was_typed_at_night_is_not_woken(
    session: Session, clock, days: int, proved: bool, at_once: bool
) -> None:
    night = NOON + timedelta(hours=14)
    clock.move_to(night)
    meeting = make_meeting(session, starts_at=NOON + timedelta(hours=22, days=days))
    mine = file_rsvp(meeting, Wish(3, contact=contact(1)), "en", bytes(32), quietly=True)
    mine.proved_on = now().date() if proved else None
    tell(mine, meeting, RsvpNews.COUNTED)
    session.flush()
    [row] = session.scalars(select(OutboundMessage))
    assert (row.direct, row.due_at == night) == (at_once, at_once)
    assert at_once or row.due_at == datetime(2026, 6, 2, 12, tzinfo=UTC), "eight in the morning"


def test_a_move_in_the_same_hour_says_its_own_and_a_cancellation_says_it_all(session: Session, clock) -> None:
    meeting = make_meeting(session, **OFFERED, starts_at=NOON + timedelta(days=9))
    come(meeting, 1, ages=(3,), ride=Ride.NEEDS)
    take_back(meeting, "childcare")
    assert meeting.starts_at is not None
    assert meeting.ends_at is not None
    later = {name: getattr(meeting, name) + timedelta(days=1) for name in ("starts_at", "ends_at")}
    planning.change_meeting(meeting, replace(meeting.plan, **later), both("Flood.", "Agua."), meeting.author_id)
    said = " ".join(words for _address, words in texts(session))
    assert "no childcare" in said
    assert "has changed" in said
    take_back(meeting, "ride")
    said = " ".join(words for _address, words in texts(session))
    assert said.count("There will be no") == 1
    assert "no childcare or ride" in said
    assert meeting.change_reason == both("Flood.", "Agua."), "why it was moved is another matter"
    planning.cancel_meeting(meeting, REASON, meeting.author_id)
    assert ["is canceled" in words for _address, words in texts(session)] == [True]


def test_what_is_offered_again_is_not_gone_any_more(session: Session) -> None:
    meeting = make_meeting(session, **OFFERED)
    take_back(meeting, "ride", "food")
    planning.change_meeting(meeting, replace(meeting.plan, ride="asked"), NOTHING, meeting.author_id)
    assert meeting.gone == ("food",)


def test_who_changes_his_mind_at_night_worries_nobody_in_the_morning(session: Session, clock) -> None:
    meeting = make_meeting(session, **OFFERED, starts_at=NOON + timedelta(days=9))
    come(meeting, 1, ages=(3,))
    come(meeting, 2, ages=(3,), ride=Ride.NEEDS)
    clock.move_to(NOON + timedelta(hours=14))
    take_back(meeting, "childcare", "ride")
    planning.change_meeting(meeting, replace(meeting.plan, childcare="yes"), NOTHING, meeting.author_id)
    ((address, words),) = texts(session)
    assert address.endswith("2")
    assert "no ride on" in words
    assert "childcare" not in words


@pytest.mark.parametrize("before", ["yes", "asked", "no", None])
@pytest.mark.parametrize("after", ["yes", "asked", "no", None])
def test_only_what_there_might_have_been_is_taken_back(session: Session, before: str | None, after: str | None) -> None:
    plan = make_meeting(session).plan
    pair = replace(plan, ride=before), replace(plan, ride=after)
    assert taken_back(*pair) == (("ride",) if before in ("yes", "asked") and after == "no" else ())


def test_an_edit_of_a_whole_series_tells_the_families_of_every_date(session: Session, clock) -> None:
    first = make_meeting(session, **OFFERED, starts_at=NOON + timedelta(days=9))
    series = make_series(session, first, times=3)
    dates = list(session.scalars(select(Meeting).order_by(Meeting.starts_at)))
    for one in dates:
        # Who promised to be there on one day was not asked for another; here they were.
        one.childcare = "yes"
        session.flush()
        come(one, 1 + dates.index(one), ages=(4,))
    series.childcare = "yes"
    before = first.plan
    after = replace(before, childcare="no")
    planning.change_meeting(first, after, REASON, first.author_id)
    series_steps.change_others(series, first, series_steps.Edit(before, after, REASON), first.author_id)
    assert [address[-1] for address, _words in texts(session)] == ["1", "2", "3"]


# --- on the pages ---


def errors_on(page: Page) -> set[str]:
    return {told.get("id", "").removesuffix("-error") for told in page.find_all("p.error")}


def words_in(page: Page, where: str) -> str:
    return " ".join("".join(page.find(where).itertext()).split())


def wide(page: Page) -> Form:
    return Form(page, page.find("form.wide"))


@LANGUAGES
def test_the_organizer_sees_how_many_count_on_it_and_says_why(app: Portal, page: Reader, work: Work, lang: str) -> None:
    with work() as session:
        member = make_member(session, ("organizer",))
        meeting = make_meeting(
            session, member, **OFFERED, starts_at=now().replace(second=0, microsecond=0) + timedelta(days=9)
        )
        token = token_of(come(meeting, 1, lang, ages=(3, 5)).id)
        come(meeting, 2, lang, ages=(7,), ride=Ride.NEEDS)
    client = app.test_client()
    sign_in(client, member)
    form = Reader(client)(f"/{lang}/team/meetings/{meeting.id}")
    children = "3 children count on it." if lang == "en" else "3 niños cuentan con esto."
    assert children in words_in(form, "#childcare")
    refused = wide(form).submit(422, childcare="no")
    assert errors_on(refused) == {"childcare", "why"}
    assert children in words_in(refused, "#childcare-error")
    with work() as session:
        assert session.get_one(Meeting, meeting.id).childcare == "yes"
    said = {"reason_en": REASON.en, "reason_es": REASON.es}
    wide(refused).submit(**said, quotes=(REASON.en,))
    none = "There is no childcare at this meeting." if lang == "en" else "En esta reunión no hay cuidado de niños."
    for path in (f"/{lang}/meetings/{meeting.slug}", f"/{lang}/meetings/mine/{token}"):
        told = page(path).text
        assert none in told
        assert REASON[lang] in told
        assert ("The time or the place has changed" if lang == "en" else "Cambió la hora o el lugar") not in told


@LANGUAGES
def test_what_there_never_was_is_said_where_somebody_asks_for_it(page: Reader, work: Work, lang: str) -> None:
    with work() as session:
        meeting = make_meeting(session, **(OFFERED | {"childcare": "no", "ride": "no"}))
    none = {
        "en": ("There is no childcare at this meeting.", "There is no ride to this meeting."),
        "es": ("En esta reunión no hay cuidado de niños.", "Para esta reunión no hay transporte."),
    }[lang]
    shown = page(f"/{lang}/meetings/{meeting.slug}").text
    assert ("chairs and food." if lang == "en" else "sillas y comida.") in shown
    form = page(f"/{lang}/meetings/{meeting.slug}/answer/")
    assert none[0] in words_in(form, "#ages-hint")
    assert none[1] in words_in(form, "#ride-hint")
    assert not form.has("#interpreter-hint")
    answered = Form(form, form.find("form.measure")).submit(party=3, ages="3, 5")
    assert none[0] in answered.text
    assert none[1] not in answered.text
    with work() as session:
        token = token_of(session.scalars(select(Rsvp)).one().id)
    mine = page(f"/{lang}/meetings/mine/{token}")
    assert none[0] in words_in(mine, ".notice")
