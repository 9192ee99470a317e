"""Asking on the receipt, after the check of the code words, and on the report's page; forgetting; leaving by link."""

import re
from datetime import timedelta

import pytest
import time_machine
from sqlalchemy import select

from portal.accounts.users import Desk
from portal.alerts.alerts import AnswerAlert, keep_alert, leave_link
from portal.config import SmsSender
from portal.core.clock import now
from portal.core.jobs.outbox import MessageKind
from portal.core.slugs import token_of
from portal.core.web import Portal
from portal.following.following import LEAVE
from portal.reports import threads
from portal.reports.reports import Thread
from tests.checks import has_number
from tests.conftest import Work
from tests.core.transports import TestTransport
from tests.following.followers import ANA, ROSA, addresses
from tests.make import make_desk, make_market, make_member, make_report, seat
from tests.page import SAME_ORIGIN, Form, Page, Reader, reader_of

SAID = "They stand by the fountain."
REPORT = {"category": "other", "what": SAID}
GOOD = "Good. We will tell you when there is an answer."
ASKS, TOLD = "Tell me when there is an answer", "We will tell you"


@pytest.fixture(autouse=True)
def code(app: Portal, work: Work) -> tuple[str, ...]:
    """The code words of a report at a desk, where mail is sent, too."""
    app.transports[MessageKind.MAIL] = TestTransport()
    with work() as session:
        make_desk(session, [make_member(session)])
        return make_report(SAID).code


def words_on(shown: Page) -> str:
    return " ".join("".join(item.itertext()) for item in shown.find_all("#code-words li"))


def opened(page: Reader, code: tuple[str, ...], lang: str = "en") -> Page:
    return page(f"/{lang}/report/follow").form("follow").submit(code=" ".join(code), quotes=(SAID,))


def alerts(work: Work) -> list[tuple[str, str, str]]:
    with work() as session:
        return [
            (row.channel, row.language, session.get_one(Thread, row.thread_id).channel)
            for row in session.scalars(select(AnswerAlert))
        ]


def test_the_receipt_asks_and_still_shows_the_words_afterwards(page: Reader, work: Work) -> None:
    first = page("/en/report/").form("/report/").submit(**REPORT)
    words = words_on(first)
    told = first.form("/tell").submit(contact="(336) 555-0101")
    assert GOOD in told.text
    assert words_on(told) == words
    assert alerts(work) == [("text", "en", "web")]
    # Neither the number nor the form to type it is there any more.
    assert not has_number(told.response.text, ROSA)
    assert not told.has("input[name=contact]")
    # The check of the words goes on from here, and then the page asks no more.
    checked = told.form("/confirm").submit(code=words)
    assert "Your words are right" in checked.text and TOLD in checked.text


def test_after_the_check_only_its_page_asks(page: Reader, work: Work) -> None:
    first = page("/en/report/").form("/report/").submit(**REPORT)
    words = words_on(first)
    checked = first.form("/confirm").submit(code=words)
    # An old receipt shows and keeps nothing.
    assert words not in first.form("/tell").submit(422, contact=ROSA).text
    assert alerts(work) == []
    told = checked.form("/tell").submit(contact=ANA, quotes=(SAID,))
    assert GOOD in told.text and words not in told.text and not words_on(told)
    assert alerts(work) == [("mail", "en", "web")]


def test_she_comes_back_asks_and_is_told_and_forgets(page: Reader, app: Portal, work: Work, code) -> None:
    told = opened(page, code, "es").form("/tell").submit(contact="336 555 0101", quotes=(SAID,))
    assert "Le avisaremos cuando haya respuesta" in told.text
    assert alerts(work) == [("text", "es", "web")]
    with work() as session:
        threads.answer(session.scalars(select(Thread)).one(), "We went there on Tuesday.", make_member(session).id)
        session.flush()
        assert addresses(session) == [ROSA]
    # She looks; what was not sent yet is not sent any more.
    again = page("/es/report/follow").form("follow").submit(code=" ".join(code), quotes=(SAID, "We went there"))
    with work() as session:
        assert addresses(session) == []
    assert not has_number(again.response.text, ROSA)
    gone = again.form("/forget").submit(quotes=(SAID, "We went there"))
    assert "Ya está borrado." in gone.text
    assert gone.has("details input[name=contact]")
    assert alerts(work) == []


WRONG = (
    *("", "   ", "336", "911", "555-0101", "ana@", "ana@example", "hello", "no", "help me he has a gun"),
    *("ana at example.org", "+44 20 7946 0958", "1-900-555-0100", "336-555-0101 or ana@example.org"),
    *("a@b.c\r\nBcc: x@y.z", "<script>alert(1)</script>", "ñandú@correo.mx", "x" * 300, "0" * 40),
)


def test_what_cannot_be_reached_is_said_and_stays_typed(page: Reader, work: Work, code) -> None:
    form = opened(page, code, "es").form("/tell")
    for typed in WRONG:
        wrong = page.read(form.send(contact=typed), 422, quotes=(SAID,))
        assert wrong.find("details input[name=contact]").get("aria-invalid") == "true"
        assert wrong.has("[data-errors]") and wrong.has("details[open] input[name=contact]")
    assert alerts(work) == []
    for typed, kind in ((" (336)555-0101\n", "text"), (" Ana@Example.org ", "mail")):
        told = page.read(form.send(contact=typed), quotes=(SAID,))
        assert [channel for channel, *_rest in alerts(work)] == [kind]
        told.form("/forget").submit(quotes=(SAID,))


def test_wrong_number_on_receipt_keeps_words_on_page(page: Reader) -> None:
    # Help is named before it is sent.
    asked = page("/en/report/").form("/report/").submit(422, category="other", what="He is not breathing.")
    first = asked.form("/report/").submit()
    wrong = first.form("/tell").submit(422, contact="336")
    assert words_on(wrong) == words_on(first)
    assert "Call 911." in wrong.text
    assert wrong.form("/tell").values["contact"] == "336"


def test_late_or_with_a_made_up_ticket_nothing_opens(page: Reader, work: Work, code) -> None:
    form = opened(page, code).form("/tell")
    with time_machine.travel(now() + timedelta(minutes=31)):
        late = form.submit(422, contact=ROSA)
    assert "Please type your words once more." in late.text
    assert late.has("textarea[name=code]")
    for carried in ({"ticket": "forged"}, {"shown": "forged", "ticket": ""}):
        for action in ("/en/report/tell", "/en/report/tell/forget"):
            answer = page.client.post(action, data={**form.values, "contact": ROSA, **carried}, headers=SAME_ORIGIN)
            assert answer.status_code == 422
            assert SAID not in answer.text
    assert alerts(work) == []


# --- where it is not shown ---


@pytest.mark.parametrize(
    ("kinds", "label", "refused"),
    [((MessageKind.MAIL,), "E-mail address", ROSA), ((MessageKind.TEXT,), "Phone number", ANA)],
)
def test_only_what_the_site_can_send_is_asked_for(app: Portal, page: Reader, work: Work, code, kinds, label, refused):
    if MessageKind.TEXT not in kinds:
        app.settings = app.settings.model_copy(update={"sms_sender": SmsSender.OFF})
    app.transports = dict.fromkeys(kinds, TestTransport())
    for shown in (page("/en/report/").form("/report/").submit(**REPORT), opened(page, code)):
        assert label in shown.text
        quotes = (SAID,)
        page.read(shown.form("/tell").send(contact=refused), 422, quotes=quotes)
        page.read(shown.form("/tell").send(contact=ANA if refused == ROSA else ROSA), quotes=quotes)


def test_whose_phone_gets_the_answers_is_not_asked(page: Reader, work: Work, code) -> None:
    form = opened(page, code).form("/tell")
    with work() as session:
        session.scalars(select(Thread)).one().texts_back = True
    assert ASKS not in opened(page, code).text
    form.submit(contact=ROSA, quotes=(SAID,))
    assert alerts(work) == []


def test_complaint_about_police_can_be_told_of_too(page: Reader, work: Work) -> None:
    with work() as session:
        make_desk(session, kind="oversight")
        make_market(session)
    form = page("/en/report/").form("/report/")
    first = page.read(form.send(category="conduct", what="An officer shouted at us."))
    told = first.form("/tell").submit(contact=ANA)
    assert GOOD in told.text and "Only the oversight contact reads this" in told.text
    assert alerts(work) == [("mail", "en", "web")]


# --- who must not see it ---


def test_the_desk_sees_nothing_of_it(app: Portal, page: Reader, work: Work, code) -> None:
    with work() as session:
        member = make_member(session)
        thread = session.scalars(select(Thread)).one()
        seat(session, session.get_one(Desk, thread.desk_id), member)
        address = f"/en/desk/{thread.id}"
    read = reader_of(app, member)
    before = read(address).text
    opened(page, code).form("/tell").submit(contact=ROSA, quotes=(SAID,))
    shown = read(address)
    assert shown.text == before
    reply = next(one for one in shown.tree.iter("form") if any(each.get("name") == "then" for each in one.iter()))
    Form(shown, reply).submit(what="We went there.", then="answer")
    assert not has_number(read(address).response.text, ROSA)
    with work() as session:
        assert addresses(session) == [ROSA]


# --- leaving by the link of a mail ---


def test_mail_programs_leave_with_one_click_and_learn_nothing(page: Reader, work: Work, code) -> None:
    with work() as session:
        keep_alert(session.scalars(select(Thread.id)).one(), ANA, "es", "the words")
        link = leave_link(session.scalars(select(AnswerAlert)).one()).removeprefix("http://localhost")
    # Opening it, as programs that check mail do, ends nothing.
    shown = page(link)
    assert alerts(work) != []
    assert re.search(r"aviso|respuesta|reporte", " ".join(shown.find("main").itertext()).lower()) is None
    # RFC 8058: from a server, without cookies, referrer or origin.
    first = page.client.post(link, data={"List-Unsubscribe": "One-Click"})
    assert first.status_code == 200
    assert alerts(work) == []
    assert page.client.post(link, data={"List-Unsubscribe": "One-Click"}).text == first.text
    headers = shown.response.headers
    assert (headers["Cache-Control"], headers["X-Robots-Tag"]) == ("no-store", "noindex")


def test_links_that_are_not_ours_end_nothing(page: Reader, work: Work, code) -> None:
    with work() as session:
        keep_alert(session.scalars(select(Thread.id)).one(), ANA, "es", "the words")
        of_following = token_of(LEAVE, session.scalars(select(AnswerAlert)).one().id)
    for made_up in (of_following, "x", "AAAA", "A" * 32, "ñ", "%00", "A" * 400):
        page(f"/en/no-more/{made_up}", 404)
        assert page.client.post(f"/en/no-more/{made_up}").status_code == 404
    assert len(alerts(work)) == 1
