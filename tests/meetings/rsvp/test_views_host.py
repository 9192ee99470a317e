"""What those who prepare a meeting see: sums by default, single answers only where it is their meeting."""

from __future__ import annotations

import re
from datetime import timedelta
from urllib.parse import urlsplit

from sqlalchemy import select

from portal.accounts.users import Member
from portal.core.audit import AuditEvent
from portal.core.clock import now
from portal.core.jobs.outbox import OutboundMessage, cipher
from portal.core.web import Portal
from portal.meetings.meeting import Meeting
from portal.meetings.rsvp import answering, outgoing
from portal.meetings.rsvp.answering import Contact, Wish, note_for_host
from portal.meetings.rsvp.outgoing import contact_link
from portal.meetings.rsvp.rsvp import MeetingSeats, Rsvp, locked_meeting, unread_questions
from portal.meetings.rsvp.seats import ContactKind, Ride
from tests.conftest import Work
from tests.make import both, make_market, make_meeting, make_member, reminds
from tests.page import SAME_ORIGIN, Reader, reader_of

QUOTES = ("Rosa", "una rampa")
ROSAS_MAIL = "rosa@example.org"


def answered_meeting(work: Work, member: Member) -> int:
    with work() as session:
        meeting = make_meeting(session, member)
        session.add(MeetingSeats(meeting_id=meeting.id, capacity=12, close_hours=0, text_code="4821"))
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


# --- What people ask by text after a reminder: the host finds it on the first page and reads it before the meeting ---


ASKED = "¿Puedo llevar a mi mamá?"
TITLE = both("Porch talk", "Charla en el portal")


def asked_about(work: Work, member: Member) -> Meeting:
    with work() as session:
        found = make_meeting(session, session.get_one(Member, member.id), title=TITLE)
        come(found, 1, 2)
        note_for_host(come(found, 2, 2), ASKED)
        return found


def test_the_host_alone_finds_a_question_from_the_first_page(app: Portal, work: Work, member: Member) -> None:
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
        meeting = make_meeting(session, member, starts_at=now() + timedelta(days=9))
        session.add(MeetingSeats(meeting_id=meeting.id, capacity=10, close_hours=0))
        mail = Contact(ContactKind.MAIL, ROSAS_MAIL)
        first = come(meeting, 1, 6, contact=mail, first_name="Rosa", access_needs="una rampa").id
        second = come(meeting, 2, 4).id
        link = f"/es/meetings/mine/{outgoing.token_of(second)}"
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
        letters = [cipher().decrypt(row.body) for row in session.scalars(select(OutboundMessage)) if row.body]
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


# --- The page that is written to a number or an address, and where organizers choose reminders ---


def asked_by_mail(work: Work, lang: str = "es") -> tuple[int, str]:
    """An answer, and the link that was mailed to whoever gave it."""
    with work() as session:
        meeting = make_meeting(session)
        session.add(MeetingSeats(meeting_id=meeting.id, capacity=None, close_hours=0, text_code=None))
        wish = Wish(2, contact=Contact(ContactKind.MAIL, ROSAS_MAIL))
        rsvp_id = answering.file_rsvp(meeting, wish, lang, bytes(32)).id
    with work() as session:
        (message,) = session.scalars(select(OutboundMessage)).all()
        found = re.search(r"http\S+", cipher().decrypt(message.body))
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
