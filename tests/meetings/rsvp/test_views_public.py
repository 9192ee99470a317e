"""Answering as somebody does it on a phone: the form, the link, the code, changing, staying away."""

from __future__ import annotations

import re
import sqlite3
from datetime import timedelta
from urllib.parse import urlsplit

import pytest
import time_machine
from sqlalchemy import select, text

from portal.config import SmsSender
from portal.core.clock import now
from portal.core.db import db
from portal.core.web import Portal
from portal.meetings.meeting import Meeting
from portal.meetings.rsvp import outgoing
from portal.meetings.rsvp.answering import read_wish
from portal.meetings.rsvp.rsvp import MeetingSeats, Rsvp
from tests.conftest import Work
from tests.make import both, make_market, make_meeting
from tests.page import SAME_ORIGIN, Form, Page, Reader

LANGUAGES = pytest.mark.parametrize("lang", ["en", "es"])
WORDS = ("Rosa", "a ramp", "rosa@example.org")
TYPED = {
    "party": 3,
    "ages": "3, 11",
    "interpreter": "es",
    "ride": "needs",
    "access_needs": "a ramp",
    "first_name": "Rosa",
    "contact": "rosa@example.org",
}


@pytest.fixture
def slug(work: Work) -> str:
    return make_room(work, None)


def make_room(work: Work, capacity: int | None, **given: object) -> str:
    with work() as session:
        meeting = make_meeting(session, **given)
        session.flush()
        session.add(MeetingSeats(meeting_id=meeting.id, capacity=capacity, close_hours=0, text_code=None))
        return meeting.slug or ""


def stored(work: Work) -> Rsvp:
    with work() as session:
        return session.scalars(select(Rsvp)).one()


def answer(page: Reader, slug: str, lang: str = "en", **typed: object) -> Page:
    return page(f"/{lang}/meetings/{slug}/answer/").form().submit(quotes=WORDS, **({"party": 1} | typed))


def link_on(page: Page) -> str:
    return urlsplit("".join(page.find("#my-link").itertext()).strip()).path


def errors_on(page: Page) -> set[str]:
    return {link.get("href", "") for link in page.find_all(".summary a")}


def change_form(page: Page) -> Form:
    return Form(page, page.find("form.measure"))


@LANGUAGES
def test_the_page_of_a_meeting_leads_to_the_form_and_the_form_to_a_link(
    page: Reader, work: Work, slug: str, lang: str
) -> None:
    form = page(f"/{lang}/meetings/{slug}").follow("We are more" if lang == "en" else "Somos más").form()
    thanks = form.submit(quotes=WORDS, **TYPED)
    assert ("You are counted" if lang == "en" else "Contamos con usted") in thanks.text
    row = stored(work)
    assert (row.state, row.party, row.ages, row.interpreter, row.ride, row.language) == (
        "coming",
        3,
        "3,11",
        "es",
        "needs",
        lang,
    )
    mine = page(link_on(thanks), quotes=WORDS)
    # Whoever finds the link is not shown what its owner needs, is called, or where she can be reached.
    assert [word for word in WORDS if word in mine.response.text] == []
    assert ("You told us what you need" if lang == "en" else "Ya nos dijo lo que necesita") in mine.text
    assert mine.response.headers["X-Robots-Tag"] == "noindex"
    assert mine.response.headers["Cache-Control"] == "no-store"
    assert mine.response.headers["Referrer-Policy"] == "same-origin"


def at_once(page: Reader, slug: str, lang: str = "en", status: int = 200) -> Page:
    return page(f"/{lang}/meetings/{slug}").form("/answer/").submit(status, press="y")


@LANGUAGES
def test_one_press_answers_for_one_person_and_asks_for_the_rest_afterwards(
    page: Reader, work: Work, slug: str, lang: str
) -> None:
    thanks = at_once(page, slug, lang)
    row = stored(work)
    assert (row.state, row.party, row.contact, row.language) == ("coming", 1, None, lang)
    assert ("You are counted" if lang == "en" else "Contamos con usted") in thanks.text
    assert link_on(thanks) == thanks.path
    assert thanks.response.headers["Cache-Control"] == "no-store"
    code = "".join(thanks.find("#my-code").itertext()).strip()
    # Reloading is harmless, and what is added does not take away the code before it was noted.
    page(f"{thanks.path}?new=y")
    more = change_form(thanks).submit(quotes=WORDS, **TYPED)
    row = stored(work)
    assert (row.party, row.ages, row.ride, needs_of(work)) == (3, "3,11", "needs", ("a ramp", "Rosa"))
    assert "".join(more.find("#my-code").itertext()).strip() == code
    opened = page(f"/{lang}/meetings/my-answer").form().submit(answer_code=code, quotes=WORDS)
    assert opened.path == thanks.path
    assert not opened.has("#my-code")


def test_two_presses_are_two_answers_with_links_of_their_own(page: Reader, work: Work, slug: str) -> None:
    assert link_on(at_once(page, slug)) != link_on(at_once(page, slug))
    with work() as session:
        assert session.scalars(select(Rsvp.party)).all() == [1, 1]


@LANGUAGES
def test_one_press_that_comes_too_late_is_told_that_it_is_full(page: Reader, work: Work, lang: str) -> None:
    slug = make_room(work, 1)
    button = page(f"/{lang}/meetings/{slug}").form("/answer/")
    at_once(page, slug, lang)
    late = button.submit(409, press="y")
    assert ("All seats are taken." if lang == "en" else "Todos los cupos están ocupados.") in late.text
    with work() as session:
        assert session.scalars(select(Rsvp.state)).all() == ["coming"]


@LANGUAGES
def test_one_press_that_is_refused_leads_to_the_form(
    app: Portal, page: Reader, work: Work, slug: str, lang: str
) -> None:
    shown = page(f"/{lang}/meetings/{slug}").form("/answer/")
    app.settings.answers_per_address = 0
    again = shown.submit(429, press="y").form()
    assert again.values["party"] == "1"
    app.settings.answers_per_address = 30
    again.submit()
    with work() as session:
        session.scalars(select(Meeting)).one().state = "cancelled"
    assert not shown.submit(409, press="y").has("main form")
    assert stored(work).party == 1


def test_one_press_from_another_site_is_refused(page: Reader, work: Work, slug: str) -> None:
    sent = page(f"/en/meetings/{slug}").form("/answer/").send(press="y", headers={"Sec-Fetch-Site": "cross-site"})
    assert sent.status_code == 403
    with work() as session:
        assert session.scalar(select(Rsvp)) is None


def test_one_press_keeps_its_answer_through_a_locked_database(
    page: Reader, work: Work, slug: str, database: str
) -> None:
    form = page(f"/en/meetings/{slug}").form("/answer/")
    with db.engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA busy_timeout=50")
    locker = sqlite3.connect(database.removeprefix("sqlite:///"), isolation_level=None)
    locker.execute("BEGIN IMMEDIATE")
    again = form.submit(503, press="y").form()
    locker.close()
    again.submit()
    assert stored(work).party == 1


@LANGUAGES
def test_the_other_language_takes_along_what_was_typed(page: Reader, work: Work, slug: str, lang: str) -> None:
    turned = page(f"/{lang}/meetings/{slug}/answer/").form().in_other_language(quotes=WORDS, **TYPED)
    kept = turned.form().values
    assert {name: kept.getlist(name) for name in TYPED} == {
        name: [str(one) for one in typed] if isinstance(typed, list) else [str(typed)] for name, typed in TYPED.items()
    }
    with work() as session:
        assert not session.scalars(select(Rsvp)).all()
    link = link_on(turned.form().submit(quotes=WORDS))
    changed = change_form(page(link)).in_other_language(party=5, access_needs="two ramps", quotes=("two ramps",))
    assert changed.path == link.replace(*(("/es/", "/en/") if lang == "en" else ("/en/", "/es/")), 1)
    kept = change_form(changed).values
    assert (kept["party"], kept["access_needs"]) == ("5", "two ramps")
    assert (stored(work).party, needs_of(work)[0]) == (3, "a ramp")


def needs_of(work: Work) -> tuple[str, str]:
    with work() as session:
        wish = read_wish(session.scalars(select(Rsvp)).one())
        return wish.access_needs, wish.first_name


def test_what_is_not_shown_stays_until_it_is_written_again_or_erased(page: Reader, work: Work, slug: str) -> None:
    link = link_on(answer(page, slug, **TYPED))
    saved = change_form(page(link)).submit(party=4)
    assert needs_of(work) == ("a ramp", "Rosa")
    assert [word for word in WORDS if word in saved.response.text] == []
    change_form(saved).submit(access_needs="two ramps", forget_needs="y")
    assert needs_of(work) == ("two ramps", "Rosa")
    bare = change_form(page(link)).submit(forget_needs="y", forget_name="y")
    assert needs_of(work) == ("", "")
    assert not bare.has("#forget_needs")
    assert "You told us" not in bare.text


def test_only_the_number_is_asked_for(page: Reader, work: Work, slug: str) -> None:
    answer(page, slug, party=2)
    row = stored(work)
    assert (row.party, row.access_needs, row.first_name, row.contact) == (2, None, None, None)


@LANGUAGES
@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"party": ""}, "#party"),
        ({"party": "0"}, "#party"),
        ({"party": "13"}, "#party"),
        ({"party": "two"}, "#party"),
        ({"ages": "three"}, "#ages"),
        ({"party": "1"}, "#ages"),
        ({"ride": "offers", "ride_seats": "9"}, "#ride_seats"),
        ({"ride": "offers", "ride_seats": ""}, "#ride_seats"),
        ({"ride": "offers", "ride_seats": "0"}, "#ride_seats"),
        ({"contact": "rosa"}, "#contact"),
        ({"contact": "336 555 0142"}, "#contact"),
        ({"contact": "rosa@x\r\nBcc: all@example.org"}, "#contact"),
        ({"access_needs": "x" * 501}, "#access_needs"),
    ],
)
def test_what_is_wrong_is_told_and_nothing_typed_is_lost(
    page: Reader, work: Work, slug: str, lang: str, changes: dict[str, str], field: str
) -> None:
    typed = TYPED | changes
    again = page(f"/{lang}/meetings/{slug}/answer/").form().submit(422, quotes=WORDS, **typed)
    assert errors_on(again) == {field}
    values = again.form().values
    assert {name: values[name] for name in typed if name != "contact"} == {
        name: str(value) for name, value in typed.items() if name != "contact"
    }
    with work() as session:
        assert session.scalar(select(Rsvp)) is None


@LANGUAGES
@pytest.mark.parametrize(("ages", "oldest"), [("19", True), ("3, 18", True), ("3, 511", False), ("teen", False)])
def test_up_to_which_age_there_is_childcare_is_said(
    page: Reader, slug: str, lang: str, ages: str, oldest: bool
) -> None:
    form = page(f"/{lang}/meetings/{slug}/answer/").form()
    again = form.submit(422, party=3, ages=ages, quotes=("teen",))
    words = "".join(again.find("#ages-error").itertext())
    assert (("up to 17 years" if lang == "en" else "hasta los 17 años") in words) == oldest


def test_a_phone_is_taken_where_texts_go_out(app: Portal, page: Reader, work: Work, slug: str) -> None:
    app.settings.sms_sender = SmsSender.CONSOLE
    answer(page, slug, contact="(336) 555-0142")
    assert stored(work).contact_kind == "text"


@LANGUAGES
def test_nobody_makes_us_text_the_world(app: Portal, page: Reader, work: Work, slug: str, lang: str) -> None:
    app.settings.sms_sender = SmsSender.CONSOLE
    for number in ("+44 7911 123456", "(876) 555-0100"):
        again = page(f"/{lang}/meetings/{slug}/answer/").form().submit(422, quotes=WORDS, **TYPED | {"contact": number})
        assert errors_on(again) == {"#contact"}
        assert again.form().values["contact"] == number


def test_whoever_types_the_number_of_another_does_not_learn_that_she_comes(
    app: Portal, page: Reader, work: Work, slug: str
) -> None:
    app.settings.sms_sender = SmsSender.CONSOLE
    told = []
    for number in ("(336) 555-0142", "(336) 555-0142", "(336) 555-0143"):
        words = answer(page, slug, contact=number).text
        told.append(re.sub(r"\b[2-9a-z]{4}-[2-9a-z]{4}\b|/mine/\S+", "", words))
    assert told[0] == told[1] == told[2]


def test_pressing_twice_is_one_answer_with_one_code(page: Reader, work: Work, slug: str) -> None:
    form = page(f"/en/meetings/{slug}/answer/").form()
    one, two = (form.submit(party=2) for _ in range(2))
    assert link_on(one) == link_on(two)
    assert stored(work).party == 2


def test_a_form_that_was_open_too_long_keeps_everything(page: Reader, work: Work, slug: str) -> None:
    form = page(f"/en/meetings/{slug}/answer/").form()
    with time_machine.travel(now() + timedelta(hours=13)):
        again = form.submit(422, quotes=WORDS, **TYPED)
        assert again.form().values["first_name"] == "Rosa"
        again.form().submit(quotes=WORDS)
    assert stored(work).party == 3


@LANGUAGES
def test_a_locked_database_keeps_everything(page: Reader, work: Work, slug: str, database: str, lang: str) -> None:
    form = page(f"/{lang}/meetings/{slug}/answer/").form()
    with db.engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA busy_timeout=50")
    locker = sqlite3.connect(database.removeprefix("sqlite:///"), isolation_level=None)
    locker.execute("BEGIN IMMEDIATE")
    again = form.submit(503, quotes=WORDS, **TYPED)
    locker.close()
    assert again.form().values["first_name"] == "Rosa"
    again.form().submit(quotes=WORDS)
    assert stored(work).party == 3


def test_robots_are_slowed_down(app: Portal, page: Reader, slug: str) -> None:
    app.settings.answers_per_address = 1
    form = page(f"/en/meetings/{slug}/answer/").form()
    form.submit(party=1)
    again = page(f"/en/meetings/{slug}/answer/").form().submit(429, quotes=WORDS, **TYPED)
    assert again.form().values["party"] == "3"


def test_nobody_is_written_to_without_end(page: Reader, slug: str) -> None:
    answer(page, slug, contact="rosa@example.org")
    form = page(f"/en/meetings/{slug}/answer/").form()
    statuses = [form.send(party=1, contact="rosa@example.org").status_code for _ in range(12)]
    assert statuses == [200] * 11 + [429]
    told = form.submit(429, party=1, contact="rosa@example.org")
    assert "leave it out" in told.text
    told.form().submit(contact="")


def test_coming_and_going_is_limited(app: Portal, page: Reader, slug: str) -> None:
    app.settings.answers_per_address = 1
    link = link_on(answer(page, slug))
    away = page(link).form("/leave").submit()
    assert "Very many answers" in away.form("/again").submit(429).text


@LANGUAGES
def test_the_code_opens_the_answer_however_it_is_typed(page: Reader, slug: str, lang: str) -> None:
    thanks = answer(page, slug, lang)
    code = "".join(thanks.find("#my-code").itertext())
    for typed in (code, code.upper().replace("-", " ")):
        found = page(f"/{lang}/meetings/my-answer").form().submit(answer_code=typed)
        assert found.path == link_on(thanks)
    for typed in ("k7f2-qd3m", "nothing"):
        page(f"/{lang}/meetings/my-answer").form().submit(422, answer_code=typed, quotes=("nothing",))


def test_codes_cannot_be_tried_for_ever(app: Portal, page: Reader) -> None:
    app.settings.codes_per_address = 1
    form = page("/en/meetings/my-answer").form()
    form.submit(422, answer_code="k7f2-qd3m")
    assert "too many wrong tries" in form.submit(429, answer_code="k7f2-qd3m").text


def test_right_codes_do_not_count_and_guesses_elsewhere_keep_nobody_out(app: Portal, page: Reader, slug: str) -> None:
    settings = app.settings
    settings.codes_per_address = settings.codes_in_all = 2
    code = "".join(answer(page, slug).find("#my-code").itertext())
    for number in range(5):
        page.client.environ_base["REMOTE_ADDR"] = f"2001:db8:{number}::1"
        page("/en/meetings/my-answer").form().send(answer_code="k7f2-qd3m")
    page.client.environ_base["REMOTE_ADDR"] = "203.0.113.7"
    for _look in range(5):
        page("/en/meetings/my-answer").form().submit(answer_code=code)


@LANGUAGES
def test_an_answer_is_changed_and_taken_back(page: Reader, work: Work, slug: str, lang: str) -> None:
    link = link_on(answer(page, slug, lang, **TYPED))
    changed = change_form(page(link, quotes=WORDS)).submit(party=4, ages="", quotes=WORDS)
    assert (stored(work).party, stored(work).ages, stored(work).contact_kind) == (4, "", "mail")
    wrong = change_form(changed).submit(422, party=99, quotes=WORDS)
    assert errors_on(wrong) == {"#party"}
    change_form(page(link, quotes=WORDS)).submit(forget_contact="y", quotes=WORDS)
    assert stored(work).contact is None
    away = page(link, quotes=WORDS).form("/leave").submit(quotes=WORDS)
    assert (stored(work).state, stored(work).first_name) == ("cancelled", None)
    away.form("/again").submit()
    assert stored(work).state == "coming"


@LANGUAGES
def test_a_seat_that_is_given_back_is_free(page: Reader, work: Work, lang: str) -> None:
    slug = make_room(work, 2)
    first = link_on(answer(page, slug, lang, party=2))
    page(first).form("/leave").submit()
    answer(page, slug, lang, party=2)
    refused = page(first).form("/again").submit(409)
    assert ("All seats are taken" if lang == "en" else "Ya no hay cupo") in refused.text
    with work() as session:
        assert sorted(session.scalars(select(Rsvp.state))) == ["cancelled", "coming"]


def test_a_larger_party_keeps_what_was_typed_when_there_are_no_seats(page: Reader, work: Work) -> None:
    slug = make_room(work, 2)
    link = link_on(answer(page, slug, party=2))
    told = change_form(page(link)).submit(409, party=2 + 1, access_needs="a ramp", quotes=WORDS)
    assert change_form(told).values["access_needs"] == "a ramp"
    assert stored(work).party == 2
    assert stored(work).access_needs is None


@LANGUAGES
def test_the_public_hears_no_number(page: Reader, work: Work, lang: str) -> None:
    slug = make_room(work, 57)
    few = "few seats" if lang == "en" else "Quedan pocos"
    # A query is not answered from the pages that are kept ready, which learn of a change within half a second.
    assert few not in page(f"/{lang}/meetings/{slug}?before").text
    for _ in range(5):
        answer(page, slug, lang, party=11)
    shown = page(f"/{lang}/meetings/{slug}")
    assert few in shown.text
    assert not [number for number in ("47", "44", "11") if number in shown.text.split()]


@LANGUAGES
def test_a_cancelled_or_past_meeting_takes_no_answers_and_says_so_to_those_who_gave_one(
    page: Reader, work: Work, slug: str, lang: str
) -> None:
    link = link_on(answer(page, slug, lang))
    form = page(f"/{lang}/meetings/{slug}/answer/").form()
    change = change_form(page(link))
    with work() as session:
        session.execute(
            text("UPDATE meetings_meeting SET state='cancelled', change_reason_en='Flood.', change_reason_es='Agua.'")
        )
    assert form.send(party=1).status_code == 409
    assert change.send(party=5).status_code == 409
    told = page(link)
    assert told.find("h1").text.strip() == (
        "This meeting is canceled" if lang == "en" else "Esta reunión está cancelada"
    )
    assert ("Flood." if lang == "en" else "Agua.") in told.text
    assert not told.has("main form")
    assert not page(f"/{lang}/meetings/{slug}/answer/").has("main form")


@LANGUAGES
def test_a_hidden_place_hides_every_address_of_its_meetings(page: Reader, work: Work, lang: str) -> None:
    with work() as session:
        market = make_market(session)
        session.flush()
        market_id = market.id
    slug = make_room(work, 1, market_id=market_id, title=both("Veiled", "Velada"))
    form = page(f"/{lang}/meetings/{slug}/answer/").form()
    thanks = answer(page, slug, lang)
    code, link = "".join(thanks.find("#my-code").itertext()), link_on(thanks)
    mine = page(link)
    with work() as session:
        session.execute(text("UPDATE markets_market SET released_at = NULL"))
    never = page(f"/{lang}/meetings/never", 404).response.data
    for url in (f"/{lang}/meetings/{slug}/answer/", link):
        found = page(url, 404).response
        assert found.data == never
        assert "Veiled" not in found.text
    for url, data in (
        (f"/{lang}/meetings/{slug}/answer/", form.values),
        (link, change_form(mine).values),
        (f"{link}/leave", {}),
        (f"{link}/right", {}),
    ):
        answered = page.client.post(url, data=data, headers=SAME_ORIGIN)
        assert (answered.status_code, answered.data) == (404, never), url
    told = page(f"/{lang}/meetings/my-answer").form().submit(422, answer_code=code)
    unknown = page(f"/{lang}/meetings/my-answer").form().submit(422, answer_code="k7f2-qd3m")
    assert told.text == unknown.text


def test_another_site_cannot_press_the_buttons(page: Reader, work: Work, slug: str) -> None:
    link = link_on(answer(page, slug))
    answered = page.client.post(f"{link}/leave", headers={"Sec-Fetch-Site": "cross-site"})
    assert answered.status_code == 403
    assert stored(work).state == "coming"


def test_a_token_of_an_erased_answer_is_nothing(page: Reader, app: Portal) -> None:
    with app.app_context():
        token = outgoing.token_of(12345)
    page(f"/en/meetings/mine/{token}", 404)


def test_everything_is_right(page: Reader, work: Work, slug: str) -> None:
    link = link_on(answer(page, slug, ages="1", party=2))
    with work() as session:
        session.scalars(select(Rsvp)).one().ask_by = now().date()
    page(link).form("/right").submit()
    assert stored(work).confirmed_on is not None
