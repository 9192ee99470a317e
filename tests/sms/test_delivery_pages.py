"""The staff page about texts: whom it admits, what it counts in words, what it never shows."""

from datetime import timedelta

import time_machine

from portal.core.clock import now, today
from portal.core.jobs import outbox
from portal.core.jobs.outbox import MessageKind
from portal.core.telephone import _FEW_TIMES, _NEVER, OPTED_OUT_REASON
from portal.sms.deliveries import Count, count, delete_later
from portal.sms.pages import REASONS, in_words
from tests.make import make_member, sign_in
from tests.page import Reader

PHONE = "+12025550143"


def enter(app, work, role: str) -> Reader:
    """Sign somebody in and return their reader."""
    with work() as session:
        member = make_member(session, [role])
    client = app.test_client()
    sign_in(client, member)
    return Reader(client)


def test_small_counts_are_not_told_and_others_are_rounded(app) -> None:
    fewer = "fewer than 10"
    shown = {0: "none", 1: fewer, 9: fewer, 10: "about 10", 14: "about 10", 15: "about 20", 1_004: "about 1,000"}
    with app.test_request_context():
        assert {total: in_words(total) for total in shown} == shown


def test_every_reason_has_words() -> None:
    assert set(REASONS) == {*_NEVER.values(), *_FEW_TIMES.values()} - {OPTED_OUT_REASON}


def test_an_empty_page(app, work) -> None:
    for role, lang, words in (
        ("administrator", "en", "No text failed."),
        ("organizer", "es", "No falló ningún mensaje."),
    ):
        assert words in enter(app, work, role)(f"/{lang}/texts-sent/").text
    app.settings.sms_price = 0
    assert "$" not in enter(app, work, "organizer")("/en/texts-sent/").text


def test_what_happened_stands_there_in_words_and_rounded(app, work) -> None:
    app.settings.sms_price = 0.01
    with work():
        count(Count.SENT, 123)
        count(Count.SEGMENTS, 1_234)
        count(Count.DELIVERED, 96)
        for _each in range(3):
            count(Count.FAILED, reason="filtered by a carrier")
        count(Count.FAILED, 20, reason="handset unreachable")
        count(Count.FAILED, reason="something new")
        count(Count.OPT_OUTS, 12)
    text = enter(app, work, "organizer")("/en/texts-sent/").text
    for words in (
        "Handed to the phone companies about 120 none",
        "Arrived about 100 none",
        "Did not arrive about 20 none",
        "Phones that asked for no more texts about 10 none",
        "What it cost about $12 $0",
        "A phone company took it for spam: change the words fewer than 10",
        "Another reason fewer than 10",
    ):
        assert words in text
    assert text.index("The phone was off") < text.index("took it for spam")


def test_counts_of_a_month_stay_when_the_next_begins(app, work) -> None:
    with work():
        count(Count.SENT, 50)
        following = (today().replace(day=1) + timedelta(days=33)).replace(day=5)
    with time_machine.travel(following):
        assert "Handed to the phone companies none about 50" in enter(app, work, "organizer")("/en/texts-sent/").text


def test_what_waits_is_told_without_a_number(app, work) -> None:
    with work():
        outbox.put(MessageKind.TEXT, PHONE, "Common Ground: Thank you.", direct=True)
        outbox.put(MessageKind.TEXT, PHONE, "later", due_at=now() + timedelta(days=1))
        outbox.put(MessageKind.MAIL, "rosa@example.org", "a mail")
    page = enter(app, work, "administrator")
    assert "Texts that wait to be sent fewer than 10" in page("/en/texts-sent/").text
    with time_machine.travel(now() + timedelta(minutes=40)):
        shown = enter(app, work, "administrator")("/en/texts-sent/")
    assert "Texts have waited for 40 minutes" in shown.text
    assert "5550143" not in shown.response.text


def test_an_overdue_deletion_raises_an_alarm(app, work) -> None:
    with work():
        delete_later("SM1")
    assert "should have deleted" not in enter(app, work, "administrator")("/en/texts-sent/").text
    with time_machine.travel(now() + timedelta(hours=25)):
        text = enter(app, work, "administrator")("/en/texts-sent/").text
    assert "still keeps texts that it should have deleted" in text
