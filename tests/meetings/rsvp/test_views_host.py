"""What those who prepare a meeting see: sums by default, single answers only where it is their meeting."""

from __future__ import annotations

import re
from datetime import timedelta
from secrets import token_bytes
from urllib.parse import urlsplit

from sqlalchemy import select

from portal.accounts.users import Member
from portal.core.audit import AuditEvent
from portal.core.clock import now
from portal.core.jobs.outbox import OutboundMessage, cipher
from portal.core.web import Portal
from portal.meetings.meeting import Meeting
from portal.meetings.rsvp import answering, outgoing
from portal.meetings.rsvp.answering import Contact, Wish, file_rsvp, note_for_host
from portal.meetings.rsvp.outgoing import contact_link
from portal.meetings.rsvp.rsvp import MeetingSeats, Rsvp, locked_meeting, unread_questions
from portal.meetings.rsvp.seats import ContactKind, Ride
from tests.conftest import Work
from tests.make import both, make_market, make_meeting, make_member, reminds
from tests.page import SAME_ORIGIN, Form, Page, Reader, reader_of

QUOTES = ("Rosa", "una rampa")


def somebody(app: Portal, work: Work, role: str) -> Reader:
    with work() as session:
        member = make_member(session, (role,))
    return reader_of(app, member)


def answered_meeting(work: Work, member: Member) -> int:
    with work() as session:
        meeting = make_meeting(session, member)
        session.add(MeetingSeats(meeting_id=meeting.id, capacity=12, close_hours=0, text_code="4821"))
        meeting_id = meeting.id
    mail = Contact(ContactKind.MAIL, "rosa@example.org")
    come(work, meeting_id, 1, 3, ages=(2, 4), interpreter="es", first_name="Rosa", contact=mail)
    come(work, meeting_id, 2, 2, ride=Ride.NEEDS, access_needs="una rampa")
    come(work, meeting_id, 3, 4, ride=Ride.OFFERS, ride_seats=3, interpreter="es")
    return meeting_id


def seats_form(page: Page) -> Form:
    return page.form("/seats")


def test_sums_are_what_a_host_sees(editor: Reader, work: Work, member: Member) -> None:
    meeting_id = answered_meeting(work, member)
    shown = editor(f"/es/team/meetings/{meeting_id}/coming")
    told = ("Personas 9 de 12", "De 0 a 2 años: 1 De 3 a 5 años: 1", "Español: 2", "necesitan transporte 2", "4821")
    assert [words for words in told if words not in shown.text] == []
    assert "Rosa" not in shown.text
    assert "rampa" not in shown.text


def test_whoever_planned_it_sees_what_to_get_ready(editor: Reader, work: Work, member: Member) -> None:
    meeting_id = answered_meeting(work, member)
    shown = editor(f"/es/team/meetings/{meeting_id}/coming/list", quotes=QUOTES)
    assert "Rosa" in shown.text
    assert "una rampa" in shown.text
    assert "rosa@example.org" not in shown.response.text


def test_other_organizers_see_sums_and_leads_see_all(app: Portal, work: Work, member: Member) -> None:
    meeting_id = answered_meeting(work, member)
    other, lead = somebody(app, work, "organizer"), somebody(app, work, "community_lead")
    sums = other(f"/en/team/meetings/{meeting_id}/coming")
    assert not sums.has(f"a[href=/en/team/meetings/{meeting_id}/coming/list]")
    other(f"/en/team/meetings/{meeting_id}/coming/list", 403)
    assert "Rosa" in lead(f"/en/team/meetings/{meeting_id}/coming/list", quotes=QUOTES).text


def test_nobody_is_asked_again_about_what_is_called_off(editor: Reader, work: Work, member: Member) -> None:
    meeting_id = answered_meeting(work, member)
    url = f"/en/team/meetings/{meeting_id}/coming/list"
    form = editor(url, quotes=QUOTES).form("/ask")
    with work() as session:
        session.get_one(Meeting, meeting_id).state = "cancelled"
        before = session.query(OutboundMessage).count()
    assert "/ask" not in editor(url, quotes=QUOTES).response.text
    assert "0 answers were asked about" in form.submit(quotes=QUOTES).text
    with work() as session:
        assert session.query(OutboundMessage).count() == before


def test_seats_are_set(editor: Reader, work: Work, member: Member) -> None:
    meeting_id = answered_meeting(work, member)
    url = f"/es/team/meetings/{meeting_id}/coming"
    seats_form(editor(url)).submit(capacity=20, close_hours=24)
    with work() as session:
        seats = session.get_one(MeetingSeats, meeting_id)
        assert (seats.capacity, seats.close_hours, seats.text_code) == (20, 24, "4821")
    wrong = seats_form(editor(url)).submit(422, capacity=0)
    assert {link.get("href") for link in wrong.find_all(".summary a")} == {"#capacity"}
    assert seats_form(wrong).values["capacity"] == "0"


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


# --- What people ask by text after a reminder: the host finds it on the first page and reads it before the meeting ---


ASKED = "¿Puedo llevar a mi mamá?"
TITLE = both("Porch talk", "Charla en el portal")


def asked_about(work: Work, member: Member) -> Meeting:
    with work() as session:
        found = make_meeting(session, session.get_one(Member, member.id), title=TITLE)
        for number in range(2):
            rsvp = file_rsvp(found, Wish(2), "es", token_bytes(32))
            if number:
                note_for_host(rsvp, ASKED)
        return found


def test_the_host_finds_a_question_from_the_first_page(app: Portal, work: Work, member: Member) -> None:
    asked_about(work, member)
    read = reader_of(app, member)
    waits = "1 persona pregunta algo"
    today = read("/es/team/today/", quotes=(TITLE.en,))
    assert waits in today.text
    (link,) = [one for one in today.find_all("a") if one.get("href", "").endswith("#questions")]
    page = read(link.get("href", ""), quotes=(TITLE.en,))
    assert page.text.count(ASKED) == 2, "in its own section, and beside what else is to get ready"
    after = page.form("/read").submit(quotes=(TITLE.en,))
    assert not after.has("#questions")
    assert ASKED in after.text, "the words stay until the answer is erased"
    assert waits not in read("/es/team/today/", quotes=(TITLE.en,)).text


def test_nobody_else_reads_it(app: Portal, work: Work, member: Member) -> None:
    meeting = asked_about(work, member)
    with work() as session:
        other = make_member(session, ("organizer",))
        asking = session.query(Rsvp).filter(Rsvp.asked_on.is_not(None)).one()
    read = reader_of(app, other)
    assert "asks something" not in read("/en/team/today/").text
    address = f"/en/team/meetings/{meeting.id}/coming/list"
    assert read.client.get(address).status_code == 403
    data = {"csrf_token": read(f"/en/team/meetings/{meeting.id}/coming").form("/seats").values["csrf_token"]}
    assert read.client.post(f"{address}/{asking.id}/read", data=data, headers=SAME_ORIGIN).status_code == 403
    with work():
        assert unread_questions([meeting.id]) == {meeting.id: 1}


# --- A small room: the host takes out what looks wrong, and its seats are free again ---

MAIL = Contact(ContactKind.MAIL, "rosa@example.org")


def plan_meeting(work: Work, member: Member) -> int:
    with work() as session:
        meeting = make_meeting(session, member, starts_at=now() + timedelta(days=9))
        session.add(MeetingSeats(meeting_id=meeting.id, capacity=10, close_hours=0))
        return meeting.id


def come(work: Work, meeting_id: int, number: int, party: int, **wish: object) -> int:
    with work():
        return answering.file_rsvp(locked_meeting(meeting_id), Wish(party, **wish), "es", bytes([number]) * 32).id


def states(work: Work) -> list[tuple[str, int]]:
    with work() as session:
        return sorted((row.state, row.party) for row in session.scalars(select(Rsvp)))


def acts(work: Work) -> list[str]:
    with work() as session:
        return list(session.scalars(select(AuditEvent.action).where(AuditEvent.action.like("meeting.answer%"))))


def out_form(page: Page) -> Form:
    return page.form("/take-out")


def test_the_host_takes_answers_out_and_seats_are_free(work: Work, editor: Reader, member: Member) -> None:
    meeting_id = plan_meeting(work, member)
    first, second = (
        come(work, meeting_id, 1, 6, contact=MAIL, first_name="Rosa", access_needs="una rampa"),
        come(work, meeting_id, 2, 4),
    )
    listed = editor(f"/es/team/meetings/{meeting_id}/answers/")
    assert not [word for word in ("Rosa", "rampa", "rosa@example.org") if word in listed.text]
    refused = out_form(listed).submit(422, chosen=[str(first)])
    assert out_form(refused).values.getlist("chosen") == [str(first)]
    out_form(listed).submit(422, why="mistake")
    done = out_form(listed).submit(chosen=[str(first), str(second)], why="mistake")
    assert "Se retiraron 2 respuestas." in done.text
    assert states(work) == [("cancelled", 4), ("cancelled", 6)]
    come(work, meeting_id, 3, 10)
    with work() as session:
        letters = [cipher().decrypt(row.body) for row in session.scalars(select(OutboundMessage)) if row.body]
    (told,) = [letter for letter in letters if "ya no cuenta" in letter]
    assert "Parece un error." in told
    assert acts(work) == ["meeting.answer_taken_out"] * 2
    # Twice is once.
    out_form(listed).submit(chosen=[str(first)], why="double")
    assert acts(work) == ["meeting.answer_taken_out"] * 2


def test_whoever_was_taken_out_reads_why(page: Reader, work: Work, editor: Reader, member: Member) -> None:
    meeting_id = plan_meeting(work, member)
    rsvp_id = come(work, meeting_id, 1, 4)
    out_form(editor(f"/en/team/meetings/{meeting_id}/answers/")).submit(chosen=[str(rsvp_id)], why="silent")
    with work():
        token = outgoing.token_of(rsvp_id)
    mine = page(f"/es/meetings/mine/{token}")
    assert "Preguntamos y no tuvimos respuesta." in mine.text
    again = mine.form("/again").submit()
    assert "Contamos con usted" in again.text
    assert states(work) == [("coming", 4)]
    again.form("/leave").submit()
    assert states(work) == [("cancelled", 4)]


def test_an_answer_of_another_meeting_is_none_here(work: Work, editor: Reader, member: Member) -> None:
    meeting_id = plan_meeting(work, member)
    with work() as session:
        other = make_meeting(session, member)
        other_id = other.id
    large = come(work, meeting_id, 1, 9)
    out = out_form(editor(f"/en/team/meetings/{meeting_id}/answers/"))
    out.element.set("action", f"/en/team/meetings/{other_id}/answers/take-out")
    out.submit(chosen=[str(large)], why="mistake")
    assert states(work) == [("coming", 9)]


# --- The page that is written to a number or an address, and where organizers choose reminders ---

ROSAS_MAIL = "rosa@example.org"


def come_alone(work: Work, lang: str, address: str = ROSAS_MAIL) -> int:
    with work() as session:
        meeting = make_meeting(session)
        session.add(MeetingSeats(meeting_id=meeting.id, capacity=None, close_hours=0, text_code=None))
        wish = Wish(2, contact=Contact(ContactKind.MAIL, address))
        return answering.file_rsvp(locked_meeting(meeting.id), wish, lang, bytes(32)).id


def link_in_mail(work: Work) -> str:
    with work() as session:
        (message,) = session.scalars(select(OutboundMessage)).all()
        found = re.search(r"http\S+", cipher().decrypt(message.body))
        assert found is not None
        return urlsplit(found[0]).path


def stored(work: Work, rsvp_id: int) -> Rsvp:
    with work() as session:
        return session.get_one(Rsvp, rsvp_id)


def test_yes(page: Reader, work: Work) -> None:
    rsvp_id = come_alone(work, "es")
    asked = page(link_in_mail(work))
    assert "¿Quiere que le recordemos?" in asked.text
    # Looking is not agreeing: programs open every link in a mail.
    assert stored(work, rsvp_id).proved_on is None
    assert "Le recordamos antes" in asked.form("/yes").submit().text
    assert reminds(stored(work, rsvp_id))
    assert stored(work, rsvp_id).wording is not None


def test_it_was_not_me(page: Reader, work: Work) -> None:
    rsvp_id = come_alone(work, "es")
    link = link_in_mail(work)
    assert ROSAS_MAIL not in page(link).form("/erase").submit().text
    kept = stored(work, rsvp_id)
    assert (kept.contact, kept.contact_hash, kept.agreed_on, kept.party) == (None, None, None, 2)
    page(link, 404)


def test_a_link_to_an_earlier_address_opens_nothing(page: Reader, work: Work) -> None:
    rsvp_id = come_alone(work, "en")
    link = link_in_mail(work)
    with work() as session:
        rsvp = session.get_one(Rsvp, rsvp_id)
        wish = Wish(2, contact=Contact(ContactKind.MAIL, "new@example.org"))
        answering.change_rsvp(locked_meeting(rsvp.meeting_id), rsvp, wish)
        newer = urlsplit(contact_link(rsvp)).path
    page(link, 404)
    assert page(newer).find("h1") is not None


def test_an_organizer_chooses(app: Portal, work: Work) -> None:
    with work() as session:
        member = make_member(session, ("organizer",))
        meeting = make_meeting(session, member)
        meeting_id = meeting.id
    editor = reader_of(app, member)
    url = f"/es/team/meetings/{meeting_id}/coming"
    shown = editor(url).form("/reminders")
    assert {name for name in ("days", "day", "hours") if shown.values.get(name)} == {"day", "hours"}
    shown.submit(days="y", hours=[])
    with work() as session:
        assert session.get_one(MeetingSeats, meeting_id).reminders == "days,day"
    editor(url).form("/reminders").submit(days=[], day=[])
    with work() as session:
        assert session.get_one(MeetingSeats, meeting_id).reminders == ""
