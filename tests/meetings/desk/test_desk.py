"""The desk of somebody who plans meetings: two weeks at a glance, the evening, a copy, what others hold."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select

from portal.accounts.users import Member
from portal.core.clock import now
from portal.core.web import Portal
from portal.meetings.busy import WeeklyHours
from portal.meetings.meeting import Meeting
from portal.meetings.rsvp.answering import Contact, Wish, file_rsvp
from portal.meetings.rsvp.seats import ContactKind, Ride
from tests.conftest import Work
from tests.make import both, make_hours, make_market, make_meeting, make_member, make_office, make_report_back, sign_in
from tests.page import Form, Page, Reader

CITY = ZoneInfo("America/New_York")
LANGUAGES = pytest.mark.parametrize("lang", ["en", "es"])
GRACE = both("Grace Chapel", "Capilla Grace")
GRACE_NAMES = (GRACE.en, GRACE.es)
WEEK = "/{}/team/meetings/week/"


@pytest.fixture
def member(work: Work) -> Member:
    with work() as session:
        return make_member(session, ("organizer",), name="Marta Solís")


@pytest.fixture
def editor(app: Portal, member: Member) -> Reader:
    client = app.test_client()
    sign_in(client, member)
    return Reader(client)


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


def fields_of(page: Page) -> Form:
    return Form(page, page.find("form.wide"))


@LANGUAGES
def test_an_empty_desk_says_what_to_do(editor: Reader, work: Work, member: Member, lang: str) -> None:
    empty = editor(WEEK.format(lang))
    assert empty.has("p.empty")
    assert any(link.get("href") == f"/{lang}/team/meetings/new" for link in empty.find_all("a"))
    assert not any("/copy" in form.get("action", "") for form in empty.find_all("form"))
    with work() as session:
        past = make_meeting(session, member, starts_at=now() - timedelta(days=40))
        make_report_back(session, past)
    again = editor(WEEK.format(lang), quotes=(past.title[lang],))
    copied = again.form(f"/{past.id}/copy").submit(quotes=(past.title[lang],))
    assert date.fromisoformat(fields_of(copied).values["held_on"]) > day_in(6)


@LANGUAGES
def test_a_draft_shows_each_gap_as_a_link_to_its_field(editor: Reader, work: Work, member: Member, lang: str) -> None:
    with work() as session:
        texts = {"access": both("Door", ""), "host": both("", "")}
        draft = make_meeting(session, member, published=False, starts_at=at(5), food=None, interpreter="asked", **texts)
    page = editor(WEEK.format(lang), quotes=tuple(draft.title[one] for one in ("en", "es")))
    edit = f"/{lang}/team/meetings/{draft.id}"
    linked = [link.get("href") for link in page.find_all("a") if link.get("href", "").startswith(edit)]
    gaps = {link.partition("#")[2] for link in linked if "check=1#" in link}
    assert gaps == {"access_es", "host_en", "host_es", "food"}
    assert {f"{edit}#interpreter", f"{edit}#childcare"} <= set(linked)
    target = editor(f"{edit}?check=1")
    assert all(any(one.get("id") == gap for one in target.tree.iter()) for gap in gaps)


@LANGUAGES
def test_what_people_need_stands_against_what_there_is(editor: Reader, work: Work, member: Member, lang: str) -> None:
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
    page = editor(WEEK.format(lang), quotes=(meeting.title[lang],))
    said = {
        "en": ("5 people are coming", "2 children need childcare – and that is not certain", "4 people need a ride; 3"),
        "es": ("Van a venir 5 personas", "2 niños necesitan cuidado – y eso todavía no", "4 personas necesitan transp"),
    }
    for sentence in said[lang]:
        assert sentence in text_of(page)
    alarmed = {link.get("href").partition("#")[2] for link in page.find_all("a.error")}
    assert alarmed == {"childcare", "ride"}, "the interpreter is certain"
    asking = "Ask 1 family again" if lang == "en" else "Vuelva a preguntarle a 1 familia"
    assert asking in text_of(page)
    names = page.follow("To the list" if lang == "en" else "Ir a la lista")
    names.form("/coming/ask").submit()
    silent = "has not answered" if lang == "en" else "no ha contestado"
    assert silent in text_of(editor(WEEK.format(lang), quotes=(meeting.title[lang],)))


def test_only_sums_are_shown_to_who_may_not_see_the_list(app: Portal, work: Work, member: Member) -> None:
    with work() as session:
        other = make_member(session, ("organizer",))
        meeting = make_meeting(session, member, starts_at=at(5))
        wish = Wish(party=4, ages=(2,), contact=Contact(ContactKind.MAIL, "ana@example.org"), first_name="Ana")
        file_rsvp(meeting, wish, "en", bytes(32))
    client = app.test_client()
    sign_in(client, other)
    page = Reader(client)(WEEK.format("en"))
    assert "The list is with Marta Solís" in page.text
    assert "Ana" not in page.text.replace("Ana Member", "")
    assert not any("/coming/list" in link.get("href", "") for link in page.find_all("a"))


@LANGUAGES
def test_a_report_back_that_is_owed_stands_first(editor: Reader, work: Work, member: Member, lang: str) -> None:
    with work() as session:
        late = make_meeting(session, member, starts_at=now() - timedelta(days=30), report_back_on=day_in(-3))
        make_meeting(session, member, starts_at=at(4))
    page = editor(WEEK.format(lang), quotes=(late.title[lang],))
    assert any(link.get("href") == f"/{lang}/team/meetings/{late.id}/report-back/" for link in page.find_all("a"))
    assert ("is overdue" if lang == "en" else "Falta contar en qué quedó") in page.text


def test_two_weeks_are_two_weeks(editor: Reader, work: Work, member: Member) -> None:
    with work() as session:
        for days, state in (
            (1, "published"),
            (13, "published"),
            (15, "published"),
            (3, "cancelled"),
            (-2, "published"),
        ):
            named = {"title": both(f"In {days} {state}", f"A {days}"), "uid": f"{days}", "slug": f"in{days + 9}"}
            reason = both("Ill", "Enferma") if state == "cancelled" else both("", "")
            make_meeting(session, member, starts_at=at(days), state=state, change_reason=reason, **named)
    text = editor(WEEK.format("en"), quotes=("In",)).text
    assert [name for name in ("In 1 ", "In 13 ", "In 15 ", "In 3 ") if name in text] == ["In 1 ", "In 13 "]


# --- the evening ---


@LANGUAGES
def test_a_service_on_that_evening_is_told_before_publishing_and_never_forbids(
    editor: Reader, work: Work, member: Member, lang: str
) -> None:
    worship_on(work, 9)
    with work() as session:
        draft = make_meeting(session, member, published=False, starts_at=at(20))
    url = f"/{lang}/team/meetings/{draft.id}"
    said = "Grace Chapel has its service" if lang == "en" else "Capilla Grace tiene su servicio religioso"
    quotes = tuple(GRACE[one] for one in ("en", "es"))
    stopped = fields_of(editor(url)).submit(press="publish", held_on=day_in(9).isoformat(), quotes=quotes)
    assert said in text_of(stopped)
    assert ("6:00 PM – 8:00 PM" if lang == "en" else "6:00 p.m. – 8:00 p.m.") in text_of(stopped).replace(
        "p. m.", "p.m."
    )
    with work() as session:
        kept = session.get(Meeting, draft.id)
        assert kept.is_draft and kept.starts_at.astimezone(CITY).date() == day_in(9), "what was typed is kept"
    assert fields_of(stopped).submit(press="publish").path == f"/{lang}/team/meetings/"
    with work() as session:
        assert session.get(Meeting, draft.id).state == "published"


@LANGUAGES
def test_the_dates_of_a_series_say_what_else_is_on_them(editor: Reader, work: Work, member: Member, lang: str) -> None:
    worship_on(work, 9)
    with work() as session:
        taken = make_meeting(session, member, starts_at=at(9))
        free = make_meeting(session, member, starts_at=at(31))
    said = "has its service" if lang == "en" else "tiene su servicio religioso"
    for meeting, times in ((taken, 2), (free, 0)):
        form = fields_of(editor(f"/{lang}/team/meetings/series/from/{meeting.id}"))
        quotes = tuple(GRACE[one] for one in ("en", "es"))
        shown = form.submit(press="show", rhythm="w1", ends="times", times="3", quotes=quotes)
        assert text_of(shown).count(said) == times


@LANGUAGES
def test_a_move_to_a_busy_evening_is_told_once_and_keeps_all(
    editor: Reader, work: Work, member: Member, lang: str
) -> None:
    worship_on(work, 9)
    with work() as session:
        meeting = make_meeting(session, member, starts_at=at(20))
    form = fields_of(editor(f"/{lang}/team/meetings/{meeting.id}"))
    changed = {"held_on": day_in(9).isoformat(), "reason_en": "Roof leaks.", "reason_es": "Hay goteras."}
    quotes = (*(GRACE[one] for one in ("en", "es")), "Roof leaks.", "Hay goteras.")
    stopped = form.submit(422, quotes=quotes, **changed)
    with work() as session:
        assert session.get(Meeting, meeting.id).starts_at == meeting.starts_at
    again = fields_of(stopped)
    assert again.values["reason_es"] == "Hay goteras."
    again.submit()
    with work() as session:
        assert session.get(Meeting, meeting.id).starts_at.astimezone(CITY).date() == day_in(9)


def test_changing_words_alone_is_not_stopped_by_the_evening(editor: Reader, work: Work, member: Member) -> None:
    worship_on(work, 9)
    with work() as session:
        meeting = make_meeting(session, member, starts_at=at(9))
    form = fields_of(editor(f"/en/team/meetings/{meeting.id}", quotes=("Capilla Grace",)))
    assert form.submit(purpose_en="We sing.", purpose_es="Cantamos.").path == "/en/team/meetings/"


@LANGUAGES
def test_a_free_evening_is_put_in_with_one_press_and_nothing_is_saved(
    editor: Reader, work: Work, member: Member, lang: str
) -> None:
    worship_on(work, 13, 14)
    with work() as session:
        make_meeting(session, member, starts_at=at(-30, time(17)), report_back_on=day_in(-20), uid="before", slug="b")
    page = editor(f"/{lang}/team/meetings/new")
    days = [one.get("value") for one in page.find_all("button") if one.get("value", "").startswith("day:")]
    assert len(days) == 3
    assert f"day:{day_in(13)}" not in days
    taken = fields_of(page).submit(press=days[0], title_en="Porch", quotes=("Porch",))
    values = fields_of(taken).values
    day = date.fromisoformat(days[0].removeprefix("day:"))
    assert (values["held_on"], values["starts"], values["ends"]) == (day.isoformat(), "17:00", "19:00")
    assert values["report_back_on"] == (day + timedelta(days=10)).isoformat()
    assert values["title_en"] == "Porch"
    with work() as session:
        assert len(session.scalars(select(Meeting)).all()) == 1


@pytest.mark.parametrize("then", ["day:", "day:2026-02-30", "day:x", "look"])
def test_a_look_at_nothing_keeps_what_was_typed(editor: Reader, then: str) -> None:
    form = fields_of(editor("/en/team/meetings/new"))
    data = form.values
    data["title_en"], data["held_on"], data["then"] = "Porch", "gibberish", then
    answer = editor.client.post("/en/team/meetings/new", data=data, headers={"Sec-Fetch-Site": "same-origin"})
    again = editor.read(answer, quotes=("Porch", "gibberish"))
    assert fields_of(again).values["title_en"] == "Porch"


def test_a_copy_proposes_the_same_weekday_that_is_free(editor: Reader, work: Work, member: Member) -> None:
    with work() as session:
        meeting = make_meeting(session, member, starts_at=at(-3), report_back_on=day_in(4))
        make_meeting(session, starts_at=at(11), uid="other", slug="other")
    values = fields_of(editor(f"/en/team/meetings/{meeting.id}").form("/copy").submit()).values
    assert values["held_on"] == day_in(18).isoformat(), "in 11 days there is another meeting"
    assert (values["starts"], values["report_back_on"]) == ("18:30", day_in(25).isoformat())


def test_what_was_typed_before_can_be_chosen(editor: Reader, work: Work, member: Member) -> None:
    with work() as session:
        make_meeting(session, member, place=both("Grace Chapel", "Capilla Grace"))
        hidden = make_market(session, "Veiled Street", released=False)
        make_meeting(session, market_id=hidden.id, place=both("Veiled hall", "Salón velado"))
    page = editor("/en/team/meetings/new", quotes=("Capilla Grace",))
    field = page.find("input#place_es")
    choices = page.find(f"datalist#{field.get('list')}")
    assert [one.get("value") for one in choices.iter("option")] == ["Capilla Grace"]
    assert "eiled" not in page.response.text
    assert page.find("input#held_on").get("type") == "date"
    assert page.find("input#starts").get("type") == "time"


# --- what others hold ---


@LANGUAGES
def test_what_others_hold_stands_day_by_day(editor: Reader, work: Work, lang: str) -> None:
    with work() as session:
        other = make_member(session, ("organizer",))
        make_meeting(session, other, starts_at=at(6), title=both("Porch", "Portal"), host=both("Elm", "Olmo"))
        make_meeting(session, other, starts_at=at(6, time(20)), title=both("Choir", "Coro"), uid="choir", slug="choir")
        make_hours(session, GRACE, day_in(6).weekday())
    page = editor(f"/{lang}/team/meetings/around/", quotes=("Porch", "Portal", "Choir", "Coro", "Elm", *GRACE_NAMES))
    assert ("Porch" if lang == "en" else "Portal") in text_of(page)
    assert ("Grace Chapel has its service" if lang == "en" else "Capilla Grace tiene su servicio") in text_of(page)
    assert ("Two on one evening" if lang == "en" else "Dos la misma noche") in page.text
    assert not page.has("svg.map"), "no streets were imported"


# --- weekly hours of organizations ---


@LANGUAGES
def test_weekly_hours_are_added_and_taken_away(editor: Reader, work: Work, lang: str) -> None:
    url = f"/{lang}/team/hours/"
    assert not editor(url).has("form.wide"), "there is no organization whose hours they could be"
    with work() as session:
        make_office(session)
        house = make_office(session, "congregation", organisation=GRACE).organisation_id
    page = editor(url, quotes=GRACE_NAMES)
    assert [one.get("value") for one in page.find_all("select#organisation option")] == [str(house)]
    backwards = fields_of(page).submit(422, weekday="2", starts="20:00", ends="18:00", quotes=GRACE_NAMES)
    assert backwards.has("p#ends-error")
    assert fields_of(backwards).values["starts"] == "20:00"
    assert fields_of(page).submit(422, quotes=GRACE_NAMES).has("p#starts-error")
    kept = fields_of(page).submit(weekday="2", starts="18:00", ends="20:00", quotes=GRACE_NAMES)
    said = "Wednesday, 6:00 PM – 8:00 PM" if lang == "en" else "Miércoles, 6:00 p.m. – 8:00 p.m."
    assert said in " ".join(text_of(kept).replace("\xa0", " ").split())
    kept.form("/delete").submit(quotes=GRACE_NAMES)
    with work() as session:
        assert session.scalars(select(WeeklyHours)).all() == []
