"""What people ask by text after a reminder: the host finds it on the first page and reads it before the meeting."""

from __future__ import annotations

from secrets import token_bytes

import pytest
from flask.testing import FlaskClient

from portal.accounts.users import Member
from portal.core.web import Portal
from portal.meetings.meeting import Meeting
from portal.meetings.rsvp.answering import Wish, cancel_rsvp, file_rsvp, note_for_host
from portal.meetings.rsvp.rsvp import Rsvp, unread_questions
from tests.conftest import Work
from tests.make import both, make_meeting, make_member, sign_in
from tests.page import SAME_ORIGIN, Reader

LANGUAGES = pytest.mark.parametrize("lang", ["en", "es"])
ASKED = "¿Puedo llevar a mi mamá?"
TITLE = both("Porch talk", "Charla en el portal")


@pytest.fixture
def host(work: Work) -> Member:
    with work() as session:
        return make_member(session, ("organizer",))


@pytest.fixture
def meeting(work: Work, host: Member) -> Meeting:
    with work() as session:
        found = make_meeting(session, session.get_one(Member, host.id), title=TITLE)
        for number in range(2):
            rsvp = file_rsvp(found, Wish(2), "es", token_bytes(32))
            if number:
                note_for_host(rsvp, ASKED)
        return found


def reader(app: Portal, member: Member) -> Reader:
    client: FlaskClient = app.test_client()
    sign_in(client, member)
    return Reader(client)


@LANGUAGES
def test_the_host_finds_a_question_from_the_first_page(
    app: Portal, work: Work, host: Member, meeting: Meeting, lang: str
) -> None:
    read = reader(app, host)
    waits = "1 person asks something" if lang == "en" else "1 persona pregunta algo"
    today = read(f"/{lang}/team/today/", quotes=(TITLE.en,))
    assert waits in today.text
    (link,) = [one for one in today.find_all("a") if one.get("href", "").endswith("#questions")]
    page = read(link.get("href", ""), quotes=(TITLE.en,))
    assert page.text.count(ASKED) == 2, "in its own section, and beside what else is to get ready"
    after = page.form("/read").submit(quotes=(TITLE.en,))
    assert not after.has("#questions")
    assert ASKED in after.text, "the words stay until the answer is erased"
    assert waits not in read(f"/{lang}/team/today/", quotes=(TITLE.en,)).text


def test_nobody_else_reads_it(app: Portal, work: Work, meeting: Meeting) -> None:
    with work() as session:
        other = make_member(session, ("organizer",))
        asking = session.query(Rsvp).filter(Rsvp.asked_on.is_not(None)).one()
    read = reader(app, other)
    assert "asks something" not in read("/en/team/today/").text
    address = f"/en/team/meetings/{meeting.id}/coming/list"
    assert read.client.get(address).status_code == 403
    data = {"csrf_token": read(f"/en/team/meetings/{meeting.id}/coming").form("/seats").values["csrf_token"]}
    assert read.client.post(f"{address}/{asking.id}/read", data=data, headers=SAME_ORIGIN).status_code == 403
    with work():
        assert unread_questions([meeting.id]) == {meeting.id: 1}


def test_a_question_of_somebody_taken_out_is_read_too(app: Portal, work: Work, host: Member, meeting: Meeting) -> None:
    with work() as session:
        session.query(Rsvp).filter(Rsvp.asked_on.is_not(None)).one().state = "cancelled"
    assert ASKED in reader(app, host)(f"/en/team/meetings/{meeting.id}/coming/list").text


def test_with_their_words_the_mark_is_gone(app: Portal, work: Work, host: Member, meeting: Meeting) -> None:
    with work() as session:
        asking = session.query(Rsvp).filter(Rsvp.asked_on.is_not(None)).one()
        cancel_rsvp(session.get_one(Meeting, meeting.id), asking)
    with work():
        assert unread_questions([meeting.id]) == {}
    assert ASKED not in reader(app, host)(f"/en/team/meetings/{meeting.id}/coming/list").text


def test_an_answer_of_another_meeting_is_not_found(app: Portal, work: Work, host: Member, meeting: Meeting) -> None:
    with work() as session:
        other = make_meeting(session, session.get_one(Member, host.id))
        asking = session.query(Rsvp).filter(Rsvp.asked_on.is_not(None)).one()
    read = reader(app, host)
    data = {"csrf_token": read(f"/en/team/meetings/{other.id}/coming").form("/seats").values["csrf_token"]}
    address = f"/en/team/meetings/{other.id}/coming/list/{asking.id}/read"
    assert read.client.post(address, data=data, headers=SAME_ORIGIN).status_code == 404
