"""Filing, continuing, answering, passing on, closing, and handing to the oversight desk."""

import secrets
from datetime import date, timedelta

import pytest
import time_machine
from sqlalchemy import func, select, text
from sqlalchemy.orm import Session
from sqlalchemy.orm.exc import StaleDataError

from portal.accounts.users import Desk
from portal.core.audit import AuditEvent
from portal.core.clock import now, today
from portal.core.db import db
from portal.core.statuses import Refused
from portal.reports import intake, threads
from portal.reports.reports import (
    Thread,
    opened_by_desk,
    opened_by_resident,
    thread_by_locator,
)
from portal.reports.triage import Category, Disposition, Referral, TriageState
from portal.reports.words import ReportWords
from tests.make import make_desk, make_member, make_report
from tests.reports.conftest import keys_of


def said(session: Session, desk: Desk, thread: Thread) -> list[str]:
    session.expire_all()
    return [message.words.what if message.words else "?" for message in opened_by_desk(thread, keys_of(session, desk))]


@pytest.mark.both_databases
def test_report_opens_for_desk_and_for_code_words_only(session: Session) -> None:
    desk, other = make_desk(session), make_desk(session, kind="oversight")
    filed = make_report("CANARYWORD by the fountain", where="CANARYPLACE")
    db.commit()
    thread = thread_by_locator(intake.locator_of(filed.code))
    assert thread is not None
    mine = opened_by_resident(thread, intake.key_of(filed.code))
    assert mine[0].words == ReportWords("CANARYWORD by the fountain", where="CANARYPLACE")
    assert said(session, desk, thread) == ["CANARYWORD by the fountain"]
    assert said(session, other, thread) == ["?"]
    for table in ("reports_thread", "reports_message"):
        for row in session.execute(text(f"SELECT * FROM {table}")).all():
            stored = b"|".join(bytes(v) if isinstance(v, bytes | memoryview) else str(v).encode() for v in row)
            assert b"CANARY" not in stored
            assert not any(word.encode() in stored for word in filed.code if len(word) > 5)
    # Of the time, only the day is known.
    day = session.execute(text("SELECT received_on FROM reports_thread")).scalar()
    assert len(str(day)) == len("2026-11-24")
    assert isinstance(filed.thread.received_on, date)


@pytest.mark.both_databases
def test_a_form_sent_twice_is_one_report_and_code(session: Session) -> None:
    desk = make_desk(session)
    nonce = secrets.token_bytes(32)
    first = make_report("once", nonce=nonce)
    db.commit()
    again = make_report("once", nonce=nonce)
    db.commit()
    assert (again.code, again.thread.id) == (first.code, first.thread.id)
    assert said(session, desk, first.thread) == ["once"]
    make_report("once, and more", nonce=nonce)
    db.commit()
    assert said(session, desk, first.thread) == ["once", "once, and more"]
    # Nor are other words of the same form dropped that comes with code words.
    other = secrets.token_bytes(32)
    for words in ("first try", "first try", "first try, and now he has a gun"):
        threads.add_words(first.thread, ReportWords(words), other)
    db.commit()
    assert said(session, desk, first.thread)[2:] == ["first try", "first try, and now he has a gun"]


def test_without_desk_nothing_is_taken_and_nothing_is_stored(session: Session) -> None:
    with pytest.raises(Refused, match="closed"):
        make_report()
    db.rollback()
    assert session.scalar(select(func.count()).select_from(Thread)) == 0


@pytest.mark.parametrize("is_closed", [False, True])
def test_sorted_as_police_conduct_it_leaves_the_desk_whole(session: Session, is_closed: bool) -> None:
    triage, oversight = make_desk(session), make_desk(session, kind="oversight")
    ana = make_member(session)
    filed = make_report("first")
    threads.add_words(filed.thread, ReportWords("second"))
    session.flush()
    if is_closed:
        threads.close(filed.thread, Disposition.NOT_SEEN, "", ana.id)
    threads.sort(filed.thread, Category.CONDUCT, None, keys_of(session, triage), ana.id)
    db.commit()
    assert said(session, oversight, filed.thread)[:2] == ["first", "second"]
    assert set(said(session, triage, filed.thread)) == {"?"}
    mine = opened_by_resident(filed.thread, intake.key_of(filed.code))
    assert [one.words for one in mine][:2] == [ReportWords("first"), ReportWords("second")]
    thread = filed.thread
    assert (thread.desk_id, thread.state, thread.read_on) == (oversight.id, TriageState.NEW, None)
    assert thread.waiting_since is not None


def test_handed_back_it_is_sealed_anew_and_arrives_new(session: Session) -> None:
    triage, oversight = make_desk(session), make_desk(session, kind="oversight")
    olga = make_member(session, ("oversight",))
    thread = make_report("They sell at the gate.", category=Category.CONDUCT).thread
    threads.mark_read(thread, olga.id)
    session.flush()
    threads.sort(thread, Category.SELLING, None, keys_of(session, oversight), olga.id, sure=True)
    db.commit()
    assert (said(session, triage, thread), said(session, oversight, thread)) == (["They sell at the gate."], ["?"])
    assert (thread.desk_id, thread.state, thread.read_on) == (triage.id, TriageState.NEW, None)


def test_a_form_sent_again_undoes_no_sorting_to_oversight(session: Session) -> None:
    triage, oversight = make_desk(session), make_desk(session, kind="oversight")
    filed = make_report("An officer took it.", nonce=b"n" * 32, category=Category.SELLING)
    threads.sort(filed.thread, Category.CONDUCT, None, keys_of(session, triage), make_member(session).id)
    db.commit()
    again = make_report("An officer took it.", nonce=b"n" * 32, category=Category.SELLING).thread
    assert (again.id, again.category, again.desk_id) == (filed.thread.id, Category.CONDUCT, oversight.id)


def test_answer_reaches_resident_and_is_announced_with_its_words(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_desk(session)
    ana = make_member(session)
    make_desk(session, [make_member(session, ("property",))], "property")
    filed = make_report(language="es", category=Category.PROPERTY)
    heard: list[tuple[int, str]] = []

    def listen(sender: int, text: str) -> None:
        heard.append((sender, text))

    monkeypatch.setattr(threads.ANSWER_POSTED, "plugged", lambda: (listen,))
    threads.answer(filed.thread, "Vamos.", ana.id)
    db.commit()
    mine = opened_by_resident(filed.thread, intake.key_of(filed.code))
    assert mine[-1].words == ReportWords("Vamos.")
    assert (filed.thread.state, filed.thread.waiting_since) == (TriageState.READ, None)
    threads.pass_on(filed.thread, Referral.PROPERTY, "", ana.id, "Una luz no sirve.")
    threads.close(filed.thread, Disposition.NOT_SEEN, "Gracias.", ana.id)
    told = ["Vamos.", "Una persona lo leyó y lo pasó a quien corresponde.", "Revisamos y no lo vimos. Gracias."]
    assert heard == [(filed.thread.id, words) for words in told]


def test_words_open_a_closed_report_with_new_clock(session: Session) -> None:
    make_desk(session)
    ana = make_member(session)
    with time_machine.travel(now() - timedelta(days=30)):
        filed = make_report()
        threads.close(filed.thread, Disposition.NOT_SEEN, "", ana.id)
    threads.add_words(filed.thread, ReportWords("It is still going on."))
    thread = filed.thread
    assert (thread.state, thread.disposition, thread.closed_on) == (TriageState.READ, None, None)
    assert thread.waiting_since is not None
    assert (thread.closed_before_with, thread.reopened_on, thread.clock_from) == ("not_seen", today(), today())
    running = thread.running
    assert running is not None and running[1] == "on_time"


def test_audit_log_says_who_and_which_but_never_what(session: Session) -> None:
    make_desk(session)
    ana = make_member(session)
    threads.answer(make_report("CANARY").thread, "CANARY too", ana.id)
    db.commit()
    events = session.scalars(select(AuditEvent)).all()
    assert {(one.action, one.actor_id) for one in events} == {("report.read", ana.id), ("report.answered", ana.id)}
    assert all("CANARY" not in f"{event.object_id}{event.object_type}" for event in events)


def test_form_sent_again_wakes_a_closed_report(session: Session) -> None:
    make_desk(session)
    ana = make_member(session)
    nonce = secrets.token_bytes(32)
    filed = make_report("the light is out", nonce=nonce, category=Category.SELLING)
    make_report("the light is out", nonce=nonce, category=Category.PROPERTY)
    assert filed.thread.category == Category.PROPERTY
    threads.mark_read(filed.thread, ana.id)
    make_report("the light is out, and they sell", nonce=nonce, category=Category.SELLING)
    assert filed.thread.category == Category.PROPERTY
    threads.close(filed.thread, Disposition.ACTED, "", ana.id)
    db.commit()
    make_report("now they have a gun", nonce=nonce)
    assert (filed.thread.state, filed.thread.urgent) == (TriageState.READ, True)
    assert filed.thread.waiting_since is not None
    # Danger that comes later puts it on top until somebody answers.
    threads.answer(filed.thread, "Please call 911.", ana.id)
    assert not filed.thread.urgent


def test_complaint_sent_again_never_reaches_the_triage_desk(session: Session) -> None:
    triage, oversight = make_desk(session), make_desk(session, kind="oversight")
    nonce = secrets.token_bytes(32)
    first = make_report("selling", nonce=nonce, category=Category.SELLING)
    second = make_report("an officer hit my son", nonce=nonce, category=Category.CONDUCT)
    db.commit()
    assert (first.thread.desk_id, second.thread.desk_id) == (triage.id, oversight.id)
    assert first.code != second.code
    assert said(session, triage, first.thread) == ["selling"]
    assert said(session, triage, second.thread) == ["?"]
    assert said(session, oversight, second.thread) == ["an officer hit my son"]


# On SQLite writers come one after the other; there the version in the form is what counts (test_views_desk.py).
@pytest.mark.parametrize("database", ["postgresql"], indirect=True)
def test_the_second_of_two_transactions_is_refused(session: Session) -> None:
    make_desk(session)
    ana = make_member(session)
    filed = make_report()
    db.commit()
    other = db.new_session(writes=True)
    seen_by_ben = other.get(Thread, filed.thread.id)
    assert seen_by_ben is not None
    threads.answer(filed.thread, "The answer of Ana", ana.id)
    db.commit()
    seen_by_ben.state = TriageState.CLOSED
    seen_by_ben.disposition = Disposition.ACTED
    with pytest.raises(StaleDataError):
        other.flush()
    other.close()
