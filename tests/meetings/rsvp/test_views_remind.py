"""The page that is written to a number or an address: yes, or it was not me; and where organizers choose reminders."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from sqlalchemy import select

from portal.core.jobs.outbox import OutboundMessage, cipher
from portal.core.web import Portal
from portal.meetings.rsvp import answering
from portal.meetings.rsvp.answering import Contact, Wish
from portal.meetings.rsvp.outgoing import contact_link
from portal.meetings.rsvp.rsvp import MeetingSeats, Rsvp, locked_meeting
from portal.meetings.rsvp.seats import ContactKind
from tests.conftest import Work
from tests.make import make_meeting, make_member, reminds
from tests.page import Reader, reader_of

MAIL = "rosa@example.org"


def come(work: Work, lang: str, address: str = MAIL) -> int:
    with work() as session:
        meeting = make_meeting(session)
        session.flush()
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
    rsvp_id = come(work, "es")
    asked = page(link_in_mail(work))
    assert "¿Quiere que le recordemos?" in asked.text
    # Looking is not agreeing: programs open every link in a mail.
    assert stored(work, rsvp_id).proved_on is None
    assert "Le recordamos antes" in asked.form("/yes").submit().text
    assert reminds(stored(work, rsvp_id))
    assert stored(work, rsvp_id).wording is not None


def test_it_was_not_me(page: Reader, work: Work) -> None:
    rsvp_id = come(work, "es")
    link = link_in_mail(work)
    assert MAIL not in page(link).form("/erase").submit().text
    kept = stored(work, rsvp_id)
    assert (kept.contact, kept.contact_hash, kept.agreed_on, kept.party) == (None, None, None, 2)
    page(link, 404)


def test_a_link_to_an_earlier_address_opens_nothing(page: Reader, work: Work) -> None:
    rsvp_id = come(work, "en")
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
        session.flush()
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
