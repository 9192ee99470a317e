"""Answers on the pages: as somebody gives, changes and cancels one on a phone, and as the host sees them."""

import re
from datetime import timedelta
from urllib.parse import urlsplit

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select, text

from portal.accounts.users import Member
from portal.config import SmsSender
from portal.core.audit import AuditEvent
from portal.core.clock import now
from portal.core.jobs.outbox import OutboundMessage
from portal.core.slugs import token_of
from portal.core.web import Portal
from portal.meetings.meeting import Meeting
from portal.meetings.rsvp import answering, outgoing, pages
from portal.meetings.rsvp.answering import Contact, Wish, note_for_host
from portal.meetings.rsvp.outgoing import contact_link
from portal.meetings.rsvp.rsvp import MeetingSeats, Rsvp, locked_meeting, unread_questions
from portal.meetings.rsvp.rules import ContactKind, Ride
from tests.conftest import Work
from tests.make import both, make_market, make_meeting, make_member, make_room, reminds
from tests.page import SAME_ORIGIN, Form, Page, Reader, reader_of

WORDS = ("Rosa", "a ramp", "rosa@example.org")
TYPED = {"party": 3, "ages": "3, 11", "interpreter": "es", "ride": "needs"}
TYPED |= {"access_needs": "a ramp", "first_name": "Rosa", "contact": "rosa@example.org"}


@pytest.fixture
def slug(work: Work) -> str:
    return planned(work)


def planned(work: Work, capacity: int | None = None, text_code: str | None = None, **given: object) -> str:
    with work() as session:
        return make_room(session, capacity, text_code, **given).slug or ""


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


def at_once(page: Reader, slug: str, lang: str = "en") -> Page:
    return page(f"/{lang}/meetings/{slug}").form("/answer/").submit(press="y")


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
        rsvp = session.scalars(select(Rsvp)).one()
        return rsvp.access_needs, rsvp.first_name


def test_what_is_not_shown_stays_until_taken_back(page: Reader, work: Work, slug: str) -> None:
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


def test_wrong_codes_for_an_answer_are_counted(app: Portal, page: Reader, slug: str) -> None:
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
    slug = planned(work, 57)
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
        session.scalars(select(Meeting)).one().change_reason = both("Flood.", "Agua.")
        session.execute(text("UPDATE meetings_meeting SET state='cancelled'"))
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
    slug = planned(work, 1, market_id=market_id, title=both("Veiled", "Velada"))
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
        assert (answered.status_code, answered.data.rstrip()) == (404, never.rstrip()), url
    told = page("/es/meetings/my-answer").form().submit(422, answer_code=code)
    unknown = page("/es/meetings/my-answer").form().submit(422, answer_code="k7f2-qd3m")
    assert told.text == unknown.text


# --- The address that is typed from a poster: the four figures of the texts lead to the page of the meeting ---


def test_the_figures_lead_to_the_meeting(client: FlaskClient, work: Work) -> None:
    slug = planned(work, text_code="1601")
    for typed in ("1601", "1601/", "MEET1601", "16-01", "1601.", "16%2001", "1601)", "reunion-1601"):
        for way in ("r", "R"):
            answer = client.get(f"/es/{way}/{typed}")
            assert (answer.status_code, answer.location) == (302, f"/es/meetings/{slug}")
            # The figures pass to another meeting later.
            assert answer.headers["Cache-Control"] == "no-store"


def test_what_nobody_may_know_is_what_never_was(client: FlaskClient, work: Work) -> None:
    with work() as session:
        hidden = make_market(session, "Birch Street", released=False).id
    planned(work, text_code="1601", market_id=hidden)
    planned(work, text_code="1709", state="draft", published_at=None)
    planned(work, text_code="1820", starts_at=now() - timedelta(days=2))
    never = client.get("/es/r/1999")
    for typed in ("1601", "1709", "1820", "160", "16011", "x", "%00", "١٦٠١", "1" * 400):
        answer = client.get(f"/es/r/{typed}")
        assert (answer.status_code, answer.text) == (404, never.text)
        assert answer.headers.to_wsgi_list() == never.headers.to_wsgi_list()


def test_guesses_are_counted_and_right_addresses_are_not(
    client: FlaskClient, work: Work, monkeypatch: pytest.MonkeyPatch
) -> None:
    planned(work, text_code="1601")
    monkeypatch.setattr(pages, "WRONG_ADDRESSES", pages.WRONG_ADDRESSES._replace(near=3))
    assert {client.get("/r/1601").status_code for _each in range(6)} == {302}
    assert [client.get("/r/1999").status_code for _each in range(4)] == [404, 404, 404, 429]


# --- What those who prepare a meeting see: sums, and single answers only where it is their meeting ---

QUOTES = ("Rosa", "una rampa")
ROSAS_MAIL = "rosa@example.org"


def answered_meeting(work: Work, member: Member) -> int:
    with work() as session:
        meeting = make_room(session, 12, "4821", author=member)
        mail = Contact(ContactKind.MAIL, ROSAS_MAIL)
        come(meeting, 1, 3, ages=(2, 4), interpreter="es", first_name="Rosa", contact=mail)
        come(meeting, 2, 2, ride=Ride.NEEDS, access_needs="una rampa")
        come(meeting, 3, 4, ride=Ride.OFFERS, ride_seats=3, interpreter="es")
        return meeting.id


def come(meeting: Meeting, number: int, party: int, **wish: object) -> Rsvp:
    return answering.file_rsvp(meeting, Wish(party, **wish), "es", bytes([number]) * 32)


def test_other_organizers_see_sums_and_leads_see_all(app: Portal, work: Work, member: Member) -> None:
    meeting_id = answered_meeting(work, member)
    with work() as session:
        other, lead = (make_member(session, (role,)) for role in ("organizer", "community_lead"))
    url = f"/es/team/meetings/{meeting_id}/coming"
    sums = reader_of(app, other)(url)
    told = ("Personas 9 de 12", "De 0 a 2 años: 1 De 3 a 5 años: 1", "Español: 2", "necesitan transporte 2", "4821")
    assert [words for words in told if words not in sums.text] == []
    assert "Rosa" not in sums.text and "rampa" not in sums.text
    assert not sums.has(f"a[href={url}/list]")
    reader_of(app, other)(f"{url}/list", 403)
    for host in (member, lead):
        shown = reader_of(app, host)(f"{url}/list", quotes=QUOTES)
        assert "Rosa" in shown.text and "una rampa" in shown.text
        assert ROSAS_MAIL not in shown.response.text


def test_seats_and_reminders_are_set(editor: Reader, work: Work, member: Member) -> None:
    meeting_id = answered_meeting(work, member)
    url = f"/es/team/meetings/{meeting_id}/coming"
    editor(url).form("/seats").submit(capacity=20, close_hours=24)
    with work() as session:
        seats = session.get_one(MeetingSeats, meeting_id)
        assert (seats.capacity, seats.close_hours, seats.text_code) == (20, 24, "4821")
    wrong = editor(url).form("/seats").submit(422, capacity=0)
    assert {link.get("href") for link in wrong.find_all(".summary a")} == {"#capacity"}
    assert wrong.form("/seats").values["capacity"] == "0"
    shown = editor(url).form("/reminders")
    assert {name for name in ("days", "day", "hours") if shown.values.get(name)} == {"day", "hours"}
    for chosen, kept in (({"days": "y", "hours": []}, "days,day"), ({"days": [], "day": []}, "")):
        editor(url).form("/reminders").submit(**chosen)
        with work() as session:
            assert session.get_one(MeetingSeats, meeting_id).reminders == kept


def test_an_answer_is_added_beyond_the_seats(editor: Reader, page: Reader, work: Work, member: Member) -> None:
    meeting_id = answered_meeting(work, member)
    url = f"/es/team/meetings/{meeting_id}/coming"
    given = editor(url).form("/give").submit(party=2, language="es")
    link = "".join(given.find("#my-link").itertext()).strip()
    assert "/es/meetings/mine/" in link
    assert page(link.removeprefix("http://localhost")).has("form.measure")
    assert editor(url).form("/give").submit(party=9, language="en").has("#my-link")


def test_a_meeting_at_a_hidden_place_is_nothing(editor: Reader, member: Member, work: Work) -> None:
    with work() as session:
        market = make_market(session, "Veiled Street", released=False)
        hidden = make_meeting(session, member, market_id=market.id).id
    for url in ("coming", "coming/list"):
        editor(f"/en/team/meetings/{hidden}/{url}", 404)


ASKED = "¿Puedo llevar a mi mamá?"
TITLE = both("Porch talk", "Charla en el portal")


def asked_about(work: Work, member: Member) -> Meeting:
    with work() as session:
        found = make_meeting(session, session.get_one(Member, member.id), title=TITLE)
        come(found, 1, 2)
        note_for_host(come(found, 2, 2), ASKED)
        return found


def test_the_host_alone_finds_a_question(app: Portal, work: Work, member: Member) -> None:
    meeting = asked_about(work, member)
    with work() as session:
        other = make_member(session, ("organizer",))
        asking = session.query(Rsvp).filter(Rsvp.asked_on.is_not(None)).one()
    nosy, address = reader_of(app, other), f"/en/team/meetings/{meeting.id}/coming"
    assert "asks something" not in nosy("/en/team/today/").text
    nosy(f"{address}/list", 403)
    data = {"csrf_token": nosy(address).form("/seats").values["csrf_token"]}
    assert nosy.client.post(f"{address}/list/{asking.id}/read", data=data, headers=SAME_ORIGIN).status_code == 403
    with work():
        assert unread_questions([meeting.id]) == {meeting.id: 1}
    read, waits = reader_of(app, member), "1 persona pregunta algo"
    today = read("/es/team/today/", quotes=(TITLE.en,))
    assert waits in today.text
    (link,) = [one for one in today.find_all("a") if one.get("href", "").endswith("#questions")]
    page = read(link.get("href", ""), quotes=(TITLE.en,))
    assert page.text.count(ASKED) == 2, "in its own section, and beside what else is to get ready"
    after = page.form("/read").submit(quotes=(TITLE.en,))
    assert not after.has("#questions")
    assert ASKED in after.text, "the words stay until the answer is erased"
    assert waits not in read("/es/team/today/", quotes=(TITLE.en,)).text


# --- A small room: the host takes out what looks wrong, and its seats are free again ---


def states(work: Work) -> list[tuple[str, int]]:
    with work() as session:
        return sorted((row.state, row.party) for row in session.scalars(select(Rsvp)))


def test_the_host_takes_answers_out_and_seats_are_free(
    work: Work, editor: Reader, page: Reader, member: Member
) -> None:
    with work() as session:
        meeting = make_room(session, 10, author=member, starts_at=now() + timedelta(days=9))
        mail = Contact(ContactKind.MAIL, ROSAS_MAIL)
        first = come(meeting, 1, 6, contact=mail, first_name="Rosa", access_needs="una rampa").id
        second = come(meeting, 2, 4).id
        link = f"/es/meetings/mine/{token_of(outgoing.MINE, second)}"
    listed = editor(f"/es/team/meetings/{meeting.id}/answers/")
    assert not [word for word in ("Rosa", "rampa", ROSAS_MAIL) if word in listed.text]
    out = listed.form("/take-out")
    refused = out.submit(422, chosen=[str(first)])
    assert refused.form("/take-out").values.getlist("chosen") == [str(first)]
    out.submit(422, why="mistake")
    out.submit(chosen=[str(first)], why="mistake")
    assert "Se retiró 1 respuesta." in out.submit(chosen=[str(second)], why="silent").text
    assert states(work) == [("cancelled", 4), ("cancelled", 6)]
    # Twice is once.
    out.submit(chosen=[str(first)], why="double")
    with work() as session:
        assert session.scalars(select(AuditEvent.action)).all().count("meeting.answer_taken_out") == 2
        letters = [row.body for row in session.scalars(select(OutboundMessage)) if row.body]
        (told,) = [letter for letter in letters if "ya no cuenta" in letter]
        assert "Parece un error." in told
        come(session.get_one(Meeting, meeting.id), 3, 6)
    mine = page(link)
    assert "Preguntamos y no tuvimos respuesta." in mine.text
    again = mine.form("/again").submit()
    assert "Contamos con usted" in again.text
    assert states(work) == [("cancelled", 6), ("coming", 4), ("coming", 6)]
    again.form("/leave").submit()
    assert states(work) == [("cancelled", 4), ("cancelled", 6), ("coming", 6)]


def test_an_answer_of_another_meeting_is_none_here(work: Work, editor: Reader, member: Member) -> None:
    with work() as session:
        meeting, other = (make_meeting(session, member) for _ in range(2))
        large = come(meeting, 1, 9).id
    out = editor(f"/en/team/meetings/{meeting.id}/answers/").form("/take-out")
    out.element.set("action", f"/en/team/meetings/{other.id}/answers/take-out")
    out.submit(chosen=[str(large)], why="mistake")
    assert states(work) == [("coming", 9)]


def asked_by_mail(work: Work, lang: str = "es") -> tuple[int, str]:
    """An answer, and the link that was mailed to whoever gave it."""
    with work() as session:
        wish = Wish(2, contact=Contact(ContactKind.MAIL, ROSAS_MAIL))
        rsvp_id = answering.file_rsvp(make_room(session), wish, lang, bytes(32)).id
    with work() as session:
        (message,) = session.scalars(select(OutboundMessage)).all()
        found = re.search(r"http\S+", message.body)
        assert found is not None
        return rsvp_id, urlsplit(found[0]).path


def test_whoever_is_asked_by_mail_says_yes(page: Reader, work: Work) -> None:
    rsvp_id, link = asked_by_mail(work)
    asked = page(link)
    assert "¿Quiere que le recordemos?" in asked.text
    with work() as session:
        # Looking is not agreeing: programs open every link in a mail.
        assert session.get_one(Rsvp, rsvp_id).proved_on is None
    assert "Le recordamos antes" in asked.form("/yes").submit().text
    with work() as session:
        agreed = session.get_one(Rsvp, rsvp_id)
        assert reminds(agreed) and agreed.wording is not None


def test_whoever_did_not_ask_for_it_has_it_erased(page: Reader, work: Work) -> None:
    rsvp_id, link = asked_by_mail(work)
    assert ROSAS_MAIL not in page(link).form("/erase").submit().text
    with work() as session:
        kept = session.get_one(Rsvp, rsvp_id)
        assert (kept.contact, kept.contact_hash, kept.agreed_on, kept.party) == (None, None, None, 2)
    page(link, 404)


def test_a_link_to_an_earlier_address_opens_nothing(page: Reader, work: Work) -> None:
    rsvp_id, link = asked_by_mail(work, "en")
    with work() as session:
        rsvp = session.get_one(Rsvp, rsvp_id)
        wish = Wish(2, contact=Contact(ContactKind.MAIL, "new@example.org"))
        answering.change_rsvp(locked_meeting(rsvp.meeting_id), rsvp, wish)
        newer = urlsplit(contact_link(rsvp)).path
    page(link, 404)
    assert page(newer).find("h1") is not None
