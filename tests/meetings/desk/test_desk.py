"""The desk of somebody who plans meetings: two weeks at a glance, the evening, a copy, what others hold."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import select

from portal.accounts.users import Member
from portal.core.clock import now
from portal.meetings.busy import WeeklyHours
from portal.meetings.meeting import Meeting
from portal.meetings.rsvp.answering import Contact, Wish, file_rsvp
from portal.meetings.rsvp.seats import ContactKind, Ride
from tests.conftest import Work
from tests.make import both, make_hours, make_meeting, make_member, make_office
from tests.page import Page, Reader

CITY = ZoneInfo("America/New_York")
GRACE = both("Grace Chapel", "Capilla Grace")
GRACE_NAMES = (GRACE.en, GRACE.es)
WEEK = "/es/team/meetings/week/"


def day_in(days: int) -> date:
    return now().astimezone(CITY).date() + timedelta(days=days)


def at(days: int, clock: time = time(18, 30)) -> datetime:
    return datetime.combine(day_in(days), clock, CITY)


def worship_on(work: Work, *days: int) -> None:
    """A congregation that has its service on the evenings of these days."""
    with work() as session:
        for one in days:
            make_hours(session, GRACE, day_in(one).weekday())


def text_of(page: Page) -> str:
    return page.text.replace("\u202f", " ")


def test_each_gap_of_a_draft_links_to_its_field(editor: Reader, work: Work, member: Member) -> None:
    with work() as session:
        texts = {"access": both("Door", ""), "host": both("", "")}
        draft = make_meeting(session, member, published=False, starts_at=at(5), food=None, interpreter="asked", **texts)
    page = editor(WEEK, quotes=tuple(draft.title[one] for one in ("en", "es")))
    edit = f"/es/team/meetings/{draft.id}"
    linked = [link.get("href") for link in page.find_all("a") if link.get("href", "").startswith(edit)]
    gaps = {link.partition("#")[2] for link in linked if "check=1#" in link}
    assert gaps == {"access_es", "host_en", "host_es", "food"}
    assert {f"{edit}#interpreter", f"{edit}#childcare"} <= set(linked)
    target = editor(f"{edit}?check=1")
    assert all(any(one.get("id") == gap for one in target.tree.iter()) for gap in gaps)


def test_what_people_need_stands_against_what_there_is(editor: Reader, work: Work, member: Member) -> None:
    with work() as session:
        meeting = make_meeting(session, member, starts_at=at(5), childcare="asked", ride="no", interpreter="yes")
        for number, wish in enumerate(
            (
                Wish(
                    party=4,
                    ages=(2, 7),
                    interpreter="es",
                    ride=Ride.NEEDS,
                    contact=Contact(ContactKind.MAIL, "ana@example.org"),
                ),
                Wish(party=1, ride=Ride.OFFERS, ride_seats=3),
            )
        ):
            file_rsvp(meeting, wish, "es", bytes([number]) * 32)
    page = editor(WEEK, quotes=(meeting.title.es,))
    said = ("Van a venir 5 personas", "2 niños necesitan cuidado – y eso todavía no", "4 personas necesitan transp")
    for sentence in said:
        assert sentence in text_of(page)
    alarmed = {link.get("href").partition("#")[2] for link in page.find_all("a.error")}
    assert alarmed == {"childcare", "ride"}, "the interpreter is certain"
    asking = "Vuelva a preguntarle a 1 familia"
    assert asking in text_of(page)
    names = page.follow("Ir a la lista")
    names.form("/coming/ask").submit()
    silent = "no ha contestado"
    assert silent in text_of(editor(WEEK, quotes=(meeting.title.es,)))


# --- the evening ---


def test_a_service_on_that_evening_is_told_before_publishing(editor: Reader, work: Work, member: Member) -> None:
    worship_on(work, 9)
    with work() as session:
        draft = make_meeting(session, member, published=False, starts_at=at(20))
    url = f"/es/team/meetings/{draft.id}"
    said = "Capilla Grace tiene su servicio religioso"
    quotes = GRACE_NAMES
    stopped = editor(url).wide.submit(press="publish", held_on=day_in(9).isoformat(), quotes=quotes)
    assert said in text_of(stopped)
    assert "6:00 p.m. – 8:00 p.m." in text_of(stopped).replace("p. m.", "p.m.")
    with work() as session:
        kept = session.get(Meeting, draft.id)
        assert kept.is_draft and kept.starts_at.astimezone(CITY).date() == day_in(9), "what was typed is kept"
    assert stopped.wide.submit(press="publish").path == "/es/team/meetings/"
    with work() as session:
        assert session.get(Meeting, draft.id).state == "published"


def test_a_free_evening_is_put_in_with_one_press(editor: Reader, work: Work, member: Member) -> None:
    worship_on(work, 13, 14)
    with work() as session:
        make_meeting(session, member, starts_at=at(-30, time(17)), report_back_on=day_in(-20), uid="before", slug="b")
    page = editor("/es/team/meetings/new")
    days = [one.get("value") for one in page.find_all("button") if one.get("value", "").startswith("day:")]
    assert len(days) == 3
    assert f"day:{day_in(13)}" not in days
    taken = page.wide.submit(press=days[0], title_en="Porch", quotes=("Porch",))
    values = taken.wide.values
    day = date.fromisoformat(days[0].removeprefix("day:"))
    assert (values["held_on"], values["starts"], values["ends"]) == (day.isoformat(), "17:00", "19:00")
    assert values["report_back_on"] == (day + timedelta(days=10)).isoformat()
    assert values["title_en"] == "Porch"
    with work() as session:
        assert len(session.scalars(select(Meeting)).all()) == 1


# --- what others hold ---


def test_what_others_hold_stands_day_by_day(editor: Reader, work: Work) -> None:
    with work() as session:
        other = make_member(session, ("organizer",))
        make_meeting(session, other, starts_at=at(6), title=both("Porch", "Portal"), host=both("Elm", "Olmo"))
        make_meeting(session, other, starts_at=at(6, time(20)), title=both("Choir", "Coro"), uid="choir", slug="choir")
        make_hours(session, GRACE, day_in(6).weekday())
    page = editor("/es/team/meetings/around/", quotes=("Porch", "Portal", "Choir", "Coro", "Elm", *GRACE_NAMES))
    assert "Portal" in text_of(page)
    assert "Capilla Grace tiene su servicio" in text_of(page)
    assert "Dos la misma noche" in page.text
    assert not page.has("svg.map"), "no streets were imported"


# --- weekly hours of organizations ---


def test_weekly_hours_are_added_and_taken_away(editor: Reader, work: Work) -> None:
    url = "/es/team/hours/"
    assert not editor(url).has("form.wide"), "there is no organization whose hours they could be"
    with work() as session:
        make_office(session)
        house = make_office(session, "congregation", organisation=GRACE).organisation_id
    page = editor(url, quotes=GRACE_NAMES)
    assert [one.get("value") for one in page.find_all("select#organisation option")] == [str(house)]
    backwards = page.wide.submit(422, weekday="2", starts="20:00", ends="18:00", quotes=GRACE_NAMES)
    assert backwards.has("p#ends-error")
    assert backwards.wide.values["starts"] == "20:00"
    assert page.wide.submit(422, quotes=GRACE_NAMES).has("p#starts-error")
    kept = page.wide.submit(weekday="2", starts="18:00", ends="20:00", quotes=GRACE_NAMES)
    said = "Miércoles, 6:00 p.m. – 8:00 p.m."
    assert said in " ".join(text_of(kept).replace("\xa0", " ").split())
    kept.form("/delete").submit(quotes=GRACE_NAMES)
    with work() as session:
        assert session.scalars(select(WeeklyHours)).all() == []
