"""The desk of somebody who plans meetings: two weeks at a glance, the evening, a copy, what others hold."""

import re
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from flask.testing import FlaskClient
from sqlalchemy import select

from portal.accounts.users import Member
from portal.core.clock import now
from portal.core.web import Portal
from portal.meetings.busy import WeeklyHours
from portal.meetings.meeting import Meeting
from portal.meetings.rsvp.answering import Contact, Wish, file_rsvp
from portal.meetings.rsvp.rules import ContactKind, Ride
from tests.conftest import Work
from tests.make import both, let_in, make_hours, make_market, make_meeting, make_member, make_office
from tests.page import SAME_ORIGIN, Page, Reader, reader_of

CITY = ZoneInfo("America/New_York")
GRACE = both("Grace Chapel", "Capilla Grace")
GRACE_NAMES = (GRACE.en, GRACE.es)
WEEK = "/es/team/meetings/week/"


def day_in(days: int) -> date:
    return now().astimezone(CITY).date() + timedelta(days=days)


def at(days: int, clock: time = time(18, 30)) -> datetime:
    return datetime.combine(day_in(days), clock, CITY)


def text_of(page: Page) -> str:
    return page.text.replace("\u202f", " ")


def test_each_gap_of_a_draft_links_to_its_field(editor: Reader, work: Work, member: Member) -> None:
    with work() as session:
        texts = {"access": both("Door", ""), "host": both("", "")}
        draft = make_meeting(session, member, published=False, starts_at=at(5), food=None, interpreter="asked", **texts)
    edit = f"/es/team/meetings/{draft.id}"
    linked = {link.get("href", "") for link in editor(WEEK, quotes=(draft.title.en,)).find_all("a")}
    gaps = {link.partition("#")[2] for link in linked if link.startswith(f"{edit}?check=1#")}
    assert gaps == {"access_es", "host_en", "host_es", "food"}
    assert {f"{edit}#interpreter", f"{edit}#childcare"} <= linked
    target = editor(f"{edit}?check=1")
    assert all(target.has(f"#{gap}") for gap in gaps)


def test_what_people_need_stands_against_what_there_is(editor: Reader, work: Work, member: Member) -> None:
    ana = Contact(ContactKind.MAIL, "ana@example.org")
    with work() as session:
        meeting = make_meeting(session, member, starts_at=at(5), childcare="asked", ride="no", interpreter="yes")
        family = Wish(party=4, ages=(2, 7), interpreter="es", ride=Ride.NEEDS, contact=ana)
        for number, wish in enumerate((family, Wish(party=1, ride=Ride.OFFERS, ride_seats=3))):
            file_rsvp(meeting, wish, "es", bytes([number]) * 32)
    page = editor(WEEK, quotes=(meeting.title.es,))
    said = ("Van a venir 5 personas", "2 niños necesitan cuidado – y eso todavía no", "4 personas necesitan transp")
    asking = "Vuelva a preguntarle a 1 familia"
    assert [words for words in (*said, asking) if words not in page.text] == []
    alarmed = {link.get("href").partition("#")[2] for link in page.find_all("a.error")}
    assert alarmed == {"childcare", "ride"}, "the interpreter is certain"
    page.follow("Ir a la lista").form("/coming/ask").submit()
    assert "no ha contestado" in editor(WEEK, quotes=(meeting.title.es,)).text


def test_a_service_on_that_evening_is_told_before_publishing(editor: Reader, work: Work, member: Member) -> None:
    with work() as session:
        make_hours(session, GRACE, day_in(9).weekday())
        draft = make_meeting(session, member, published=False, starts_at=at(20))
    form = editor(f"/es/team/meetings/{draft.id}").wide
    stopped = form.submit(press="publish", held_on=day_in(9).isoformat(), quotes=GRACE_NAMES)
    assert "Capilla Grace tiene su servicio religioso" in stopped.text
    assert "6:00 p.m. – 8:00 p.m." in text_of(stopped)
    with work() as session:
        kept = session.get(Meeting, draft.id)
        assert kept.is_draft and kept.starts_at.astimezone(CITY).date() == day_in(9), "what was typed is kept"
    assert stopped.wide.submit(press="publish").path == "/es/team/meetings/"
    with work() as session:
        assert session.get(Meeting, draft.id).state == "published"


def test_a_free_evening_is_put_in_with_one_press(editor: Reader, work: Work, member: Member) -> None:
    with work() as session:
        for one in (13, 14):
            make_hours(session, GRACE, day_in(one).weekday())
        make_meeting(session, member, starts_at=at(-30, time(17)), report_back_on=day_in(-20), uid="before", slug="b")
    page = editor("/es/team/meetings/new")
    days = [one.get("value") for one in page.find_all("button") if one.get("value", "").startswith("day:")]
    assert len(days) == 3
    assert f"day:{day_in(13)}" not in days
    values = page.wide.submit(press=days[0], title_en="Porch", quotes=("Porch",)).wide.values
    day = date.fromisoformat(days[0].removeprefix("day:"))
    assert (values["held_on"], values["starts"], values["ends"]) == (day.isoformat(), "17:00", "19:00")
    assert values["report_back_on"] == (day + timedelta(days=10)).isoformat()
    assert values["title_en"] == "Porch"
    with work() as session:
        assert len(session.scalars(select(Meeting)).all()) == 1


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


# --- a meeting at a hidden place is on nobody's desk who was not admitted ---

CSRF = re.compile(r'<input[^>]*name="csrf_token"[^>]*>')
PAGES = ("meetings/week/", "meetings/around/", "meetings/", "meetings/new", "hours/")
HIDDEN = both("Quokka evening", "Noche quokka")


def evening() -> datetime:
    """Half past six on the day that all of these tests are about."""
    return at(9)


def own(work: Work, member: Member) -> Meeting:
    """An organizer's draft for that very evening, and a congregation's hours."""
    with work() as session:
        make_hours(session, both("Grace", "Gracia"), 6, time(9), time(12))
        return make_meeting(session, member, published=False, starts_at=evening())


def hide(work: Work) -> Member:
    """Meetings of somebody else at a hidden place: on that evening, and on all around it. Returns who is admitted."""
    with work() as session:
        other = make_member(session, ["organizer"])
        market = make_market(session, "Quokka Street", released=False)
        let_in(session, market, other)
        words = dict.fromkeys(("title", "purpose", "place", "host", "report_back_by"), HIDDEN)
        for days in range(-3, 5):
            own = words | {"slug": f"quokka-{days}", "uid": f"quokka-{days}", "market_id": market.id}
            begins = evening() + timedelta(days=days)
            make_meeting(session, other, published=days % 2 == 0, starts_at=begins, **own)
        return other


def seen(client: FlaskClient, meeting: Meeting) -> dict[str, tuple[int, str]]:
    """Every page of the desk, and what the editor answers to a look, to a copy and to the wish to publish."""
    edit, new = f"/es/team/meetings/{meeting.id}", "/es/team/meetings/new"
    pages = [*(f"/es/team/{path}" for path in PAGES), edit, f"{edit}?check=1", f"{edit}?like={meeting.id}"]
    found = {path: client.get(path, headers=SAME_ORIGIN) for path in pages}
    token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', found[edit].text)[1]
    day = f"{evening():%Y-%m-%d}"
    moment = {"held_on": day, "starts": "18:30", "ends": "20:00", "title_en": "x"}
    for then in ("look", f"day:{day}"):
        data = {**moment, "csrf_token": token, "version": str(meeting.version), "then": then}
        found |= {f"{then} {url}": client.post(url, data=data, headers=SAME_ORIGIN) for url in (edit, new)}
    return {name: (answer.status_code, CSRF.sub("", answer.text)) for name, answer in found.items()}


def test_not_a_byte_and_not_an_evening_changes(editor: Reader, work: Work, member: Member) -> None:
    meeting = own(work, member)
    before = seen(editor.client, meeting)
    assert {status for status, _text in before.values()} == {200}
    hide(work)
    after = seen(editor.client, meeting)
    assert after == before
    assert "uokka" not in str(after)
    # The button that would stop at something known on that evening does not stop at something hidden.
    form = editor(f"/en/team/meetings/{meeting.id}").wide
    assert form.send(press="publish").location == "/en/team/meetings/"
    with work() as session:
        assert session.get(Meeting, meeting.id).state == "published"


def test_whoever_is_admitted_sees_all_of_it(app: Portal, work: Work, member: Member) -> None:
    meeting = own(work, member)
    found = seen(reader_of(app, hide(work)).client, meeting)
    assert {name for name, (_status, text) in found.items() if "uokka" not in text} == {"/es/team/hours/"}
    look = found[f"look /es/team/meetings/{meeting.id}"][1]
    assert look.count('value="day:') == 3
    assert f'value="day:{evening() + timedelta(days=1):%Y-%m-%d}"' not in look
