"""Answering as somebody does it on a phone: the form, the link, the code, changing, staying away."""

from __future__ import annotations

import re
from datetime import timedelta
from urllib.parse import urlsplit

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select, text

from portal.config import SmsSender
from portal.core.clock import now
from portal.core.web import Portal
from portal.meetings.rsvp import pages
from portal.meetings.rsvp.answering import read_wish
from portal.meetings.rsvp.rsvp import MeetingSeats, Rsvp
from tests.conftest import Work
from tests.make import both, make_market, make_meeting
from tests.page import SAME_ORIGIN, Form, Page, Reader

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
        session.add(MeetingSeats(meeting_id=meeting.id, capacity=capacity, close_hours=0, text_code=None))
        return meeting.slug or ""


def stored(work: Work) -> Rsvp:
    with work() as session:
        return session.scalars(select(Rsvp)).one()


def answer(page: Reader, slug: str, lang: str = "en", **typed: object) -> Page:
    return page(f"/{lang}/meetings/{slug}/answer/").form().submit(quotes=WORDS, **({"party": 1} | typed))


def link_on(page: Page) -> str:
    return urlsplit("".join(page.find("#my-link").itertext()).strip()).path


def change_form(page: Page) -> Form:
    return Form(page, page.find("form.measure"))


def test_the_page_of_a_meeting_leads_to_the_form(page: Reader, work: Work, slug: str) -> None:
    thanks = page(f"/es/meetings/{slug}").follow("Somos más").form().submit(quotes=WORDS, **TYPED)
    assert "Contamos con usted" in thanks.text
    row = stored(work)
    kept = (row.state, row.party, row.ages, row.interpreter, row.ride, row.language)
    assert kept == ("coming", 3, "3,11", "es", "needs", "es")
    mine = page(link_on(thanks), quotes=WORDS)
    # Whoever finds the link is not shown what its owner needs, is called, or where she can be reached.
    assert [word for word in WORDS if word in mine.response.text] == []
    assert "Ya nos dijo lo que necesita" in mine.text
    wanted = {"X-Robots-Tag": "noindex", "Cache-Control": "no-store", "Referrer-Policy": "same-origin"}
    assert {name: mine.response.headers[name] for name in wanted} == wanted


def at_once(page: Reader, slug: str, lang: str = "en", status: int = 200) -> Page:
    return page(f"/{lang}/meetings/{slug}").form("/answer/").submit(status, press="y")


def test_one_press_answers_for_one_person(page: Reader, work: Work, slug: str) -> None:
    thanks = at_once(page, slug, "es")
    row = stored(work)
    assert (row.state, row.party, row.contact, row.language) == ("coming", 1, None, "es")
    assert "Contamos con usted" in thanks.text
    assert link_on(thanks) == thanks.path
    assert thanks.response.headers["Cache-Control"] == "no-store"
    code = "".join(thanks.find("#my-code").itertext()).strip()
    # Reloading is harmless, and what is added does not take away the code before it was noted.
    page(f"{thanks.path}?new=y")
    more = change_form(thanks).submit(quotes=WORDS, **TYPED)
    row = stored(work)
    assert (row.party, row.ages, row.ride, needs_of(work)) == (3, "3,11", "needs", ("a ramp", "Rosa"))
    assert "".join(more.find("#my-code").itertext()).strip() == code
    opened = page("/es/meetings/my-answer").form().submit(answer_code=code, quotes=WORDS)
    assert opened.path == thanks.path
    assert not opened.has("#my-code")


def test_two_presses_are_two_answers(page: Reader, work: Work, slug: str) -> None:
    assert link_on(at_once(page, slug)) != link_on(at_once(page, slug))
    with work() as session:
        assert session.scalars(select(Rsvp.party)).all() == [1, 1]


def test_one_press_from_another_site_is_refused(page: Reader, work: Work, slug: str) -> None:
    sent = page(f"/en/meetings/{slug}").form("/answer/").send(press="y", headers={"Sec-Fetch-Site": "cross-site"})
    assert sent.status_code == 403
    with work() as session:
        assert session.scalar(select(Rsvp)) is None


def test_the_other_language_takes_along_what_was_typed(page: Reader, work: Work, slug: str) -> None:
    turned = page(f"/es/meetings/{slug}/answer/").form().in_other_language(quotes=WORDS, **TYPED)
    kept = turned.form().values
    assert {name: kept[name] for name in TYPED} == {name: str(typed) for name, typed in TYPED.items()}
    with work() as session:
        assert not session.scalars(select(Rsvp)).all()
    link = link_on(turned.form().submit(quotes=WORDS))
    changed = change_form(page(link)).in_other_language(party=5, access_needs="two ramps", quotes=("two ramps",))
    assert changed.path == link.replace("/en/", "/es/", 1)
    kept = change_form(changed).values
    assert (kept["party"], kept["access_needs"]) == ("5", "two ramps")
    assert (stored(work).party, needs_of(work)[0]) == (3, "a ramp")


def needs_of(work: Work) -> tuple[str, str]:
    with work() as session:
        wish = read_wish(session.scalars(select(Rsvp)).one())
        return wish.access_needs, wish.first_name


def test_what_is_not_shown_stays_until_it_is_taken_back(page: Reader, work: Work, slug: str) -> None:
    link = link_on(answer(page, slug, **TYPED))
    saved = change_form(page(link)).submit(party=4, ages="")
    row = stored(work)
    assert (row.party, row.ages, row.contact_kind, needs_of(work)) == (4, "", "mail", ("a ramp", "Rosa"))
    assert [word for word in WORDS if word in saved.response.text] == []
    assert change_form(saved).submit(422, party=99).errors == {"party"}
    change_form(saved).submit(access_needs="two ramps", forget_needs="y")
    assert needs_of(work) == ("two ramps", "Rosa")
    bare = change_form(page(link)).submit(forget_needs="y", forget_name="y", forget_contact="y")
    assert (needs_of(work), stored(work).contact) == (("", ""), None)
    assert not bare.has("#forget_needs")
    assert "You told us" not in bare.text
    away = bare.form("/leave").submit()
    assert stored(work).state == "cancelled"
    away.form("/again").submit()
    assert stored(work).state == "coming"


def test_what_is_wrong_is_told(app: Portal, page: Reader, work: Work, slug: str) -> None:
    form, no_texts = page(f"/es/meetings/{slug}/answer/").form(), app.settings.sms_sender
    for changes, field in (
        *(({"party": wrong}, "party") for wrong in ("", "0", "13", "two")),
        *(({"ages": "three"}, "ages"), ({"party": "1"}, "ages"), ({"access_needs": "x" * 501}, "access_needs")),
        *(({"ride": "offers", "ride_seats": wrong}, "ride_seats") for wrong in ("9", "", "0")),
        *(({"contact": wrong}, "contact") for wrong in ("rosa", "336 555 0142", "rosa@x\r\nBcc: all@example.org")),
        # Nobody makes us text the world.
        *(({"contact": wrong}, "contact") for wrong in ("+44 7911 123456", "(876) 555-0100")),
    ):
        is_abroad = changes.get("contact", "").startswith(("+44", "(876"))
        app.settings.sms_sender = SmsSender.CONSOLE if is_abroad else no_texts
        typed = TYPED | changes
        again = form.submit(422, quotes=WORDS, **typed)
        assert again.errors == {field}
        values = again.form().values.to_dict()
        # A browser ends lines otherwise.
        assert values == values | {name: str(said) for name, said in typed.items() if "\n" not in str(said)}
    with work() as session:
        assert session.scalar(select(Rsvp)) is None


def test_a_number_typed_again_does_not_tell_who_comes(app: Portal, page: Reader, work: Work, slug: str) -> None:
    app.settings.sms_sender = SmsSender.CONSOLE
    told = []
    for number in ("(336) 555-0142", "(336) 555-0142", "(336) 555-0143"):
        words = answer(page, slug, contact=number).text
        told.append(re.sub(r"\b[2-9a-z]{4}-[2-9a-z]{4}\b|/mine/\S+", "", words))
    assert told[0] == told[1] == told[2]


def test_nobody_is_written_to_without_end(page: Reader, slug: str) -> None:
    answer(page, slug, contact="rosa@example.org")
    form = page(f"/en/meetings/{slug}/answer/").form()
    statuses = [form.send(party=1, contact="rosa@example.org").status_code for _ in range(12)]
    assert statuses == [200] * 11 + [429]
    told = form.submit(429, party=1, contact="rosa@example.org")
    assert "leave it out" in told.text
    told.form().submit(contact="")


def test_the_code_opens_the_answer_and_wrong_ones_are_counted(app: Portal, page: Reader, slug: str) -> None:
    app.settings.codes_per_address = app.settings.codes_in_all = 2
    thanks = answer(page, slug, "es")
    code = "".join(thanks.find("#my-code").itertext())
    wrong = []
    for number in range(5):
        page.client.environ_base["REMOTE_ADDR"] = f"2001:db8:{number}::1"
        wrong.append(page("/es/meetings/my-answer").form().send(answer_code="k7f2-qd3m").status_code)
    assert (wrong[0], wrong[-1]) == (422, 429)
    page.client.environ_base["REMOTE_ADDR"] = "203.0.113.7"
    for typed in (code, code.upper().replace("-", " "), code, code, code):
        found = page("/es/meetings/my-answer").form().submit(answer_code=typed)
        assert found.path == link_on(thanks)


def test_the_public_hears_no_number(page: Reader, work: Work) -> None:
    slug = make_room(work, 57)
    few = "Quedan pocos"
    # A query is not answered from the pages that are kept ready, which learn of a change within half a second.
    assert few not in page(f"/es/meetings/{slug}?before").text
    for _ in range(5):
        answer(page, slug, "es", party=11)
    shown = page(f"/es/meetings/{slug}")
    assert few in shown.text
    assert not [number for number in ("47", "44", "11") if number in shown.text.split()]


def test_a_cancelled_or_past_meeting_takes_no_answers(page: Reader, work: Work, slug: str) -> None:
    link = link_on(answer(page, slug, "es"))
    form = page(f"/es/meetings/{slug}/answer/").form()
    change = change_form(page(link))
    with work() as session:
        session.execute(
            text("UPDATE meetings_meeting SET state='cancelled', change_reason_en='Flood.', change_reason_es='Agua.'")
        )
    assert form.send(party=1).status_code == 409
    assert change.send(party=5).status_code == 409
    told = page(link)
    assert told.find("h1").text.strip() == "Esta reunión está cancelada"
    assert "Agua." in told.text
    assert not told.has("main form")
    assert not page(f"/es/meetings/{slug}/answer/").has("main form")


def test_a_hidden_place_hides_every_address_of_its_meetings(page: Reader, work: Work) -> None:
    with work() as session:
        market = make_market(session)
        market_id = market.id
    slug = make_room(work, 1, market_id=market_id, title=both("Veiled", "Velada"))
    form = page(f"/es/meetings/{slug}/answer/").form()
    thanks = answer(page, slug, "es")
    code, link = "".join(thanks.find("#my-code").itertext()), link_on(thanks)
    mine = page(link)
    with work() as session:
        session.execute(text("UPDATE markets_market SET released_at = NULL"))
    never = page("/es/meetings/never", 404).response.data
    for url in (f"/es/meetings/{slug}/answer/", link):
        found = page(url, 404).response
        assert found.data == never
        assert "Veiled" not in found.text
    for url, data in (
        (f"/es/meetings/{slug}/answer/", form.values),
        (link, change_form(mine).values),
        (f"{link}/leave", {}),
        (f"{link}/right", {}),
    ):
        answered = page.client.post(url, data=data, headers=SAME_ORIGIN)
        assert (answered.status_code, answered.data) == (404, never), url
    told = page("/es/meetings/my-answer").form().submit(422, answer_code=code)
    unknown = page("/es/meetings/my-answer").form().submit(422, answer_code="k7f2-qd3m")
    assert told.text == unknown.text


# --- The address that is typed from a poster: the four figures of the texts lead to the page of the meeting ---


def make_coded(work: Work, code: str = "1601", **given: object) -> str:
    with work() as session:
        meeting = make_meeting(session, **given)
        session.add(MeetingSeats(meeting_id=meeting.id, close_hours=0, text_code=code))
        return meeting.slug or ""


def test_the_figures_lead_to_the_meeting(client: FlaskClient, work: Work) -> None:
    slug = make_coded(work)
    for typed in ("1601", "1601/", "MEET1601", "16-01", "1601.", "16%2001", "1601)", "reunion-1601"):
        for way in ("r", "R"):
            answer = client.get(f"/es/{way}/{typed}")
            assert (answer.status_code, answer.location) == (302, f"/es/meetings/{slug}")
            # The figures pass to another meeting later.
            assert answer.headers["Cache-Control"] == "no-store"


def test_what_nobody_may_know_is_what_never_was(client: FlaskClient, work: Work) -> None:
    with work() as session:
        hidden = make_market(session, "Birch Street", released=False).id
    make_coded(work, "1601", market_id=hidden)
    make_coded(work, "1709", state="draft", published_at=None)
    make_coded(work, "1820", starts_at=now() - timedelta(days=2))
    never = client.get("/es/r/1999")
    for typed in ("1601", "1709", "1820", "160", "16011", "x", "%00", "١٦٠١", "1" * 400):
        answer = client.get(f"/es/r/{typed}")
        assert (answer.status_code, answer.text) == (404, never.text)
        assert answer.headers.to_wsgi_list() == never.headers.to_wsgi_list()


def test_guesses_are_counted_and_right_addresses_are_not(
    client: FlaskClient, work: Work, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_coded(work)
    monkeypatch.setattr(pages, "WRONG_ADDRESSES", pages.WRONG_ADDRESSES._replace(near=3))
    assert {client.get("/r/1601").status_code for _each in range(6)} == {302}
    assert [client.get("/r/1999").status_code for _each in range(4)] == [404, 404, 404, 429]
