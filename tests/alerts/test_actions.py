"""Being told of an answer: what is kept, when a message goes out, and when all of it is erased. On both databases."""

import re
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from sqlalchemy import func, select, text as sql, update
from sqlalchemy.orm import Session

from portal import retention
from portal.accounts.users import Member
from portal.alerts import alerts
from portal.alerts.alerts import AnswerAlert, has_alert, is_to_be_told, keep_alert, leave_link
from portal.core.clock import today
from portal.core.db import db
from portal.core.i18n import speaking
from portal.core.jobs.outbox import MessageKind, OutboundMessage
from portal.core.jobs.retries import DeliveryState
from portal.core.portal import current_portal
from portal.core.texted import Encoding, segments
from portal.core.web import Portal
from portal.following.following import FollowWording
from portal.reports import threads
from portal.reports.reports import Thread
from portal.reports.triage import Category, Disposition
from portal.sms.intake import take_in
from portal.sms.keywords import fold
from portal.sms.outgoing import stop_texting
from portal.sms.texts import LONGEST_SITE
from portal.sms.turn import Incoming
from tests.core.transports import TestTransport
from tests.following.followers import ANA, OURS, ROSA, queued
from tests.following.test_actions import ask as ask_for_news
from tests.make import make_desk, make_member, make_report
from tests.sms.test_texts import FORBIDDEN

TEXT = "Common Ground: There is news on the page you know. STOP ends texts."


class Case:
    """A report by web whose writer wants to be told, and somebody at its desk."""

    def __init__(self, session: Session, address: str = ROSA, language: str = "en", kind: str = "triage") -> None:
        current_portal.transports[MessageKind.MAIL] = TestTransport()
        self.member: Member = make_member(session)
        make_desk(session, [self.member], kind)
        category = Category.CONDUCT if kind == "oversight" else Category.OTHER
        self.id = make_report(language=language, category=category).thread_id
        keep_alert(self.id, address, language, "the words")
        db.commit()

    @property
    def thread(self) -> Thread:
        return db.session().get_one(Thread, self.id)

    def answer(self, words: str = "We went there on Tuesday.") -> None:
        threads.answer(self.thread, words, self.member.id)
        db.commit()

    def close(self, days_ago: int = 0) -> None:
        threads.close(self.thread, Disposition.ACTED, "", self.member.id)
        self.thread.closed_on = today() - timedelta(days=days_ago)
        db.commit()

    def look(self) -> None:
        alerts.note_look(self.id)
        db.commit()


def alert_of(session: Session, case: Case) -> AnswerAlert:
    return session.scalars(select(AnswerAlert).where(AnswerAlert.thread_id == case.id)).one()


@pytest.mark.both_databases
def test_an_answer_is_told_once_until_she_looked(session: Session) -> None:
    case = Case(session)
    assert queued(session) == []
    case.answer()
    case.answer("And again on Friday.")
    assert queued(session) == [(ROSA, TEXT)]
    case.look()
    # What was not sent yet has been seen meanwhile, and its address lies there no longer.
    assert queued(session) == []
    case.answer("It is done.")
    assert queued(session) == [(ROSA, TEXT)]


@pytest.mark.parametrize("kind", ["triage", "oversight"])
def test_closing_is_told_too_also_of_complaints(session: Session, kind: str) -> None:
    case = Case(session, ANA, "es", kind)
    case.close()
    [(address, body)] = queued(session)
    assert address == ANA
    assert body.startswith("Hay algo nuevo en el sitio que usted conoce.\n\nCommon Ground\n\n")
    link = leave_link(alert_of(session, case))
    mail = session.scalars(select(OutboundMessage)).one()
    assert (mail.subject, mail.leave, body.count(link)) == ("Hay algo nuevo", link, 1)
    assert "/es/no-more/" in link


def test_one_text_gives_no_report_away(app: Portal) -> None:
    with app.app_context():
        app.settings = app.settings.model_copy(update={"site_name": "x" * LONGEST_SITE})
        for lang in ("en", "es"):
            with speaking(lang):
                text, mail = alerts.text_words(), " ".join(alerts.mail_words("https://x.example/l"))
            assert re.search(rf"\b(?:{FORBIDDEN}|answer|respuesta)", fold(f"{text} {mail}")) is None
            assert (segments(text).encoding, segments(text).segments) == (Encoding.GSM7, 1)


def test_what_was_lost_is_told_with_the_next_answer(session: Session) -> None:
    case = Case(session)
    case.answer()
    session.execute(update(OutboundMessage).values(state=DeliveryState.STALE, address=None, body=None))
    db.commit()
    case.answer("Once more.")
    assert queued(session) == [(ROSA, TEXT)]
    alerts.forget(case.id)
    db.commit()
    assert (has_alert(case.id), queued(session)) == (False, [])
    case.answer("Once more.")
    assert queued(session) == []


def test_a_stranger_is_not_texted_often(session: Session) -> None:
    case = Case(session)
    for other in [make_report().thread_id for _each in range(alerts.MOST_TO_ONE + 2)]:
        keep_alert(other, ROSA, "en", "the words")
        threads.answer(session.get_one(Thread, other), "Yes.", case.member.id)
    db.commit()
    assert len(queued(session)) == alerts.MOST_TO_ONE
    # Who was not told is told of the next answer.
    assert session.scalar(select(func.count()).where(AnswerAlert.message_id.is_(None))) == 3


def test_what_is_kept_is_encrypted_and_matches_nothing(session: Session) -> None:
    case = Case(session)
    ask_for_news(ROSA)
    db.commit()
    row = alert_of(session, case)
    assert ROSA.encode() not in row.contact
    assert row.contact.decode() != session.scalar(sql("SELECT contact FROM following_follower"))
    assert session.get_one(FollowWording, row.wording).words == "the words"
    # Nothing but the report leads to it.
    assert {key.column.table.name for key in AnswerAlert.__table__.foreign_keys} == {
        "reports_thread",
        "following_wording",
    }
    assert not [column.name for column in AnswerAlert.__table__.columns if "hash" in column.name]


@pytest.mark.both_databases
def test_stop_erases_the_phone_and_no_other(session: Session) -> None:
    case, other = Case(session), make_report().thread_id
    keep_alert(other, "+13365550177", "en", "the words")
    broken = make_report().thread_id
    keep_alert(broken, ANA, "en", "the words")
    # Under a key that is gone: it must not hold up the wish of others.
    session.execute(update(AnswerAlert).where(AnswerAlert.thread_id == broken).values(contact=b"x", channel="text"))
    case.answer()
    stop_texting(ROSA, "keyword")
    db.commit()
    assert [has_alert(one) for one in (case.id, other, broken)] == [False, True, True]
    assert queued(session) == []


def test_who_sleeps_is_not_texted_now(session: Session, clock: time_machine.Traveller) -> None:
    case = Case(session)
    case.thread.texts_back = True
    db.commit()
    case.answer()
    assert queued(session) == []
    case.thread.texts_back = False
    clock.move_to(datetime(2026, 6, 11, 3, 30, tzinfo=UTC))
    case.answer("Once more.")
    row = session.scalars(select(OutboundMessage)).one()
    assert (row.due_at, row.by_day, row.direct) == (datetime(2026, 6, 11, 12, tzinfo=UTC), True, False)


def test_the_question_for_a_verdict_is_told_once(session: Session) -> None:
    case = Case(session)
    case.close(days_ago=15)
    case.look()
    alerts.tell_of_verdicts()
    assert queued(session) == [(ROSA, TEXT)]
    case.look()
    alerts.tell_of_verdicts()
    assert queued(session) == []
    assert case.thread.verdict_asked_on == today()


@pytest.mark.parametrize(("days", "is_kept"), [(13, True), (28, True), (29, False)])
def test_outside_of_its_time_no_verdict_is_asked_for(session: Session, days: int, is_kept: bool) -> None:
    case = Case(session)
    case.close(days_ago=days)
    case.look()
    alerts.tell_of_verdicts()
    assert queued(session) == []
    # It is erased when nothing more is said.
    retention.run()
    assert has_alert(case.id) == is_kept


def test_whoever_texts_to_be_forgotten_is_not_told(session: Session) -> None:
    case = Case(session)
    case.answer()
    for texted in ("DELETE", "BORRAR", "STOP", "quiten mi numero"):
        take_in(Incoming("SM1", ROSA, OURS, texted))
        db.commit()
        assert not has_alert(case.id)
        assert not [body for _address, body in queued(session) if body == TEXT]


def test_the_first_answer_and_one_lost_are_told() -> None:
    assert is_to_be_told(was_told=False, became=None)
    lost = {became for became in (*DeliveryState, None) if is_to_be_told(was_told=True, became=became)}
    assert lost == {DeliveryState.FAILED, DeliveryState.STALE}
