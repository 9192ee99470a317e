"""Somebody writes in the database without the server's secret: it shows to the people it concerns, and in the log."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from nacl.public import PublicKey
from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from portal import doctor
from portal.accounts import desk_keys
from portal.accounts.users import Desk, DeskKey, Member, active_key, desk_private_keys, key_for_texts
from portal.core.clock import now, today
from portal.core.code_words import fingerprint
from portal.core.crypto import new_private_key, seal, seal_key
from portal.core.db import random_id
from portal.core.statuses import Refused
from portal.core.vouched import NOT_VOUCHED, vouch_for_all
from portal.core.web import Portal
from portal.reports import threads
from portal.reports.reports import Thread, ThreadMessage, about_message, opened_by_desk
from portal.reports.triage import Channel
from tests.conftest import Work
from tests.make import make_report, private_key_of
from tests.page import Page, Reader, reader_of
from tests.reports.conftest import Desks, keys_of

pytestmark = pytest.mark.both_databases
ANSWER, FORGED = "We looked on Tuesday.", "Come to 5 Elm Street tonight."
MOVED = "This message is not where it was written"


def message_row(session: Session, thread_id: int, position: int) -> dict[str, object]:
    """A stored message, as whoever reads the database has it."""
    columns = ThreadMessage.__table__.c
    asked = select(ThreadMessage.__table__).where(columns.thread_id == thread_id, columns.position == position)
    return dict(session.execute(asked).mappings().one())


def forge(session: Session, desks: Desks) -> None:
    thread, key = session.get_one(Thread, desks.thread_id), active_key("triage")
    about = about_message(thread.id, 2, "desk", "words", today(), thread.language)
    content = threads.ReportWords(FORGED).to_bytes()
    sealed = seal(about, content, [PublicKey(key.public_key), PublicKey(thread.public_key)])
    columns = threads.message_columns(thread.id, 2, "desk", "words", today(), sealed, key.id)
    session.execute(insert(ThreadMessage), [{**columns, "id": random_id(), "mac": b"\x01" + bytes(32)}])


def replay(session: Session, desks: Desks) -> None:
    row = message_row(session, desks.thread_id, 1)
    session.execute(insert(ThreadMessage), [{**row, "id": random_id(), "position": 2}])


def move(session: Session, desks: Desks) -> None:
    # A neighbor's own answer: the desk opens it, and its key for her is put beside it.
    other = make_report("Another one.", language="es").thread
    threads.answer(other, "Meet Rosa at nine.", desks.ana.id)
    session.flush()
    moved = update(ThreadMessage).where(ThreadMessage.thread_id == other.id, ThreadMessage.position == 1)
    session.execute(moved.values(thread_id=desks.thread_id, position=2))


def reattribute(session: Session, desks: Desks) -> None:
    first = update(ThreadMessage).where(ThreadMessage.thread_id == desks.thread_id, ThreadMessage.position == 0)
    session.execute(first.values(author="desk"))


@pytest.mark.parametrize("attack", [forge, replay, move, reattribute])
def test_message_written_past_the_portal_is_shown_to_nobody(
    attack: Callable[[Session, Desks], None], app: Portal, work: Work, page: Reader, desks: Desks, caplog
) -> None:
    with work() as session:
        threads.answer(session.get_one(Thread, desks.thread_id), ANSWER, desks.ana.id)
    with work() as session:
        attack(session, desks)
    at_desk = reader_of(app, desks.ana)(desks.address)
    hers = page("/en/report/follow").form("follow").submit(code=" ".join(desks.code))
    for seen in (at_desk, hers):
        assert seen.text.count(MOVED) == 1
        assert FORGED not in seen.text and "Rosa" not in seen.text and seen.text.count(ANSWER) == 1
    assert NOT_VOUCHED.name in {record.event for record in caplog.records if hasattr(record, "event")}
    with work():
        assert not doctor._messages().good


def test_exchanged_key_of_a_report_is_answered_by_nobody(app: Portal, work: Work, page: Reader, desks: Desks) -> None:
    def opened() -> Page:
        return page("/en/report/follow").form("follow").submit(code=" ".join(desks.code))

    writing = opened().form("/say")
    with work() as session:
        hers = new_private_key().public_key
        session.execute(update(Thread).where(Thread.id == desks.thread_id).values(public_key=bytes(hers)))
    kept = writing.submit(409, what="Still there.")
    assert kept.form("/say").values["what"] == "Still there." and "Do not write here any more" in kept.text
    assert not opened().has("#more")
    unsent = reader_of(app, desks.ana)(desks.address).form_with("what").submit(409, what=ANSWER)
    assert "Somebody changed a key" in unsent.text and unsent.form_with("what").values["what"] == ANSWER


def exchange(session: Session, key_id: int) -> None:
    """Her own key, of which she gives the member a copy, so that all goes on as before."""
    hers = new_private_key()
    session.execute(update(DeskKey).where(DeskKey.id == key_id).values(public_key=bytes(hers.public_key)))


def put_in(session: Session, key_id: int) -> None:
    key, hers = session.get_one(DeskKey, key_id), new_private_key()
    session.execute(update(DeskKey).where(DeskKey.id == key_id).values(retired_at=now()))
    row = {"id": random_id(), "desk_id": key.desk_id, "public_key": bytes(hers.public_key), "mac": key.mac}
    session.execute(insert(DeskKey), [{**row, "recovery_copy": b"", "created_at": now()}])


@pytest.mark.parametrize("attack", [exchange, put_in])
def test_nothing_is_sealed_to_a_key_that_was_put_in(
    attack: Callable[[Session, int], None], app: Portal, work: Work, page: Reader, desks: Desks
) -> None:
    with work() as session:
        true = key_for_texts("triage")
        keys = keys_of(session, session.get_one(Desk, desks.triage_id))
    form = page("/en/report/").form("report")
    with work() as session:
        attack(session, true.id)
    shut = form.submit(409, what="They sell by the fountain.", category="selling")
    assert shut.form("report").values["what"] == "They sell by the fountain."
    with work() as session:
        assert active_key("triage") is None and not doctor._keys().good
        # Who texts has no form that keeps the words: they go to the last key that was vouched for, or are refused.
        texted = make_report("Texted.", channel=Channel.TEXT)
        threads.add_words(texted.thread, threads.ReportWords("More."))
        session.flush()
        assert [one.words.what for one in opened_by_desk(texted.thread, keys)] == ["Texted.", "More."]
        (app.settings.data_dir / "desk-keys.json").unlink()
        with pytest.raises(Refused, match="closed"):
            make_report("Texted.", channel=Channel.TEXT)


def test_keys_are_given_to_nobody_with_an_exchanged_key(work: Work, desks: Desks) -> None:
    with work() as session:
        ana, ben = session.get_one(Member, desks.ana.id), session.get_one(Member, desks.ben.id)
        desk, mine = session.get_one(Desk, desks.triage_id), private_key_of(ana)
        hers = new_private_key()
        session.execute(update(Member).where(Member.id == ben.id).values(public_key=bytes(hers.public_key)))
        session.expire_all()
        with pytest.raises(Refused, match="not_vouched"):
            desk_keys.admit(desk, ben, ana, mine)
        recovery = update(Desk).where(Desk.id == desk.id).values(recovery_public_key=bytes(hers.public_key))
        session.execute(recovery)
        session.expire_all()
        with pytest.raises(Refused, match="not_vouched"):
            desk_keys.change_key(desk, [ana], None)


def test_own_copy_that_is_of_another_key_opens_nothing(work: Work, desks: Desks) -> None:
    with work() as session:
        ana = session.get_one(Member, desks.ana.id)
        copy = session.scalars(select(desk_keys.DeskKeyCopy).where(desk_keys.DeskKeyCopy.member_id == ana.id)).one()
        assert desk_private_keys(ana.id, private_key_of(ana))
        copy.sealed_private_key = seal_key(new_private_key(), PublicKey(ana.public_key))
        session.flush()
        assert desk_private_keys(ana.id, private_key_of(ana)) == {}


def test_after_new_secret_two_people_vouch_again(app: Portal, work: Work, desks: Desks) -> None:
    app.settings = app.settings.model_copy(update={"secret": "another secret of forty letters and more.."})
    with work():
        assert active_key("triage") is None
    runner = app.test_cli_runner()
    with work() as session:
        marks = {desk.kind: desk.recovery_public_key for desk in session.scalars(select(Desk))}
    typed = [fingerprint(marks[kind], "es").upper() for kind in sorted(marks)]
    wrong = runner.invoke(args=["desk", "vouch"], input="uno dos tres cuatro cinco seis\n")
    assert wrong.exit_code == 1 and "Nothing was changed" in wrong.output
    assert runner.invoke(args=["desk", "vouch"], input="\n".join([*typed, ""])).exit_code == 0
    with work():
        assert active_key("triage") and doctor._keys().good and doctor._messages().good
        vouch_for_all()
