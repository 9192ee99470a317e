"""Somebody writes in the database without the server's secret: it shows to the people it concerns, and in the log."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from nacl.public import PublicKey
from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from portal import doctor
from portal.accounts import desk_keys
from portal.accounts.users import (
    Desk,
    DeskKey,
    DeskKeyCopy,
    Member,
    active_key,
    desk_private_keys,
    holders,
    key_for_texts,
    opens_reports,
)
from portal.core.clock import now, today
from portal.core.crypto import fingerprint, new_private_key, seal, seal_key
from portal.core.db import random_id
from portal.core.statuses import NotFound, Refused
from portal.core.vouched import NOT_VOUCHED, mac_of
from portal.core.web import Portal
from portal.reports import notes, threads
from portal.reports.reports import Thread, ThreadMessage, about_message, attachment, open_for_reports, opened_by_desk
from portal.reports.triage import Channel
from portal.sms.conversations import Route, way_to
from portal.sms.outgoing import ConsentWording
from tests.conftest import Work
from tests.make import make_member, make_report, private_key_of, seat
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
    columns = threads.message_columns(about, content, key, PublicKey(thread.public_key))
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
        assert not doctor.MESSAGES()[0]


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
def test_nothing_is_sealed_to_a_planted_key(
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
        assert active_key("triage") is None and not doctor.LOOKS["keys of desks"]()[0] and not open_for_reports()
        # A change that waits can still be refused, but where nobody has a copy.
        assert opens_reports(desks.ana.id) is (attack is not put_in)
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
        # Whoever leaves is not held back: the new key is for those whose own is true, and a desk exchanged is closed.
        cleo = make_member(session)
        seat(session, desk, cleo)
        desk_keys.take_seat(desk, cleo.id, None)
        assert [one.id for one in holders(desk.id)] == [ana.id] and active_key("triage")
        with pytest.raises(Refused, match="not_vouched"):
            desk_keys.admit(desk, ben, ana, mine)
        recovery = update(Desk).where(Desk.id == desk.id).values(recovery_public_key=bytes(hers.public_key))
        session.execute(recovery)
        session.expire_all()
        with pytest.raises(Refused, match="not_vouched"):
            desk_keys.replace_recovery(desk, ana, mine, new_private_key().public_key)
        desk_keys.change_key(desk, [ana], None)
        assert not holders(desk.id) and active_key("triage") is None


def test_own_copy_that_is_of_another_key_opens_nothing(work: Work, desks: Desks) -> None:
    with work() as session:
        ana = session.get_one(Member, desks.ana.id)
        copy = session.scalars(select(DeskKeyCopy).where(DeskKeyCopy.member_id == ana.id)).one()
        assert desk_private_keys(ana.id, private_key_of(ana))
        copy.sealed_private_key = seal_key(new_private_key(), PublicKey(ana.public_key))
        session.flush()
        assert desk_private_keys(ana.id, private_key_of(ana)) == {}


def test_after_new_secret_two_people_vouch_again(app: Portal, work: Work, desks: Desks) -> None:
    old, new = app.settings.secret, "another secret of forty letters and more.."
    with work() as session:
        key_id = active_key("triage").id
        exchange(session, active_key("oversight").id)
    app.settings = app.settings.model_copy(update={"secret": new})
    with work() as session:
        assert active_key("triage") is None
        marks = {desk.kind: desk.recovery_public_key for desk in session.scalars(select(Desk))}
    typed = [old, *(fingerprint(marks[kind], "es").upper() for kind in sorted(marks)), ""]
    runner = app.test_cli_runner()
    wrong = runner.invoke(args=["desk", "vouch"], input=f"{old}\nuno dos tres cuatro cinco seis\n")
    assert wrong.exit_code == 1 and "Nothing was changed" in wrong.output
    # What was not true before is not made true by this.
    told = runner.invoke(args=["desk", "vouch"], input="\n".join(typed))
    assert told.exit_code == 0 and "1 row(s) were not true before" in told.output
    with work():
        assert active_key("triage").id == key_id and active_key("oversight") is None
        assert doctor.MESSAGES()[0] and not doctor.LOOKS["keys of desks"]()[0]


def desks_change_places(session: Session, desks: Desks) -> None:
    for was, now_is in (("triage", "team"), ("oversight", "triage"), ("team", "oversight")):
        session.execute(update(Desk).where(Desk.kind == was).values(kind=now_is))


def old_key_comes_back(session: Session, desks: Desks) -> None:
    former = active_key("triage").id
    desk_keys.take_seat(session.get_one(Desk, desks.triage_id), desks.ben.id, None)
    session.flush()
    for key_id, retired_at in ((active_key("triage").id, now()), (former, None)):
        session.execute(update(DeskKey).where(DeskKey.id == key_id).values(retired_at=retired_at))


@pytest.mark.parametrize("attack", [desks_change_places, old_key_comes_back])
def test_key_of_another_desk_or_time_is_refused(
    attack: Callable[[Session, Desks], None], work: Work, desks: Desks
) -> None:
    with work() as session:
        attack(session, desks)
    with work() as session:
        assert active_key("triage") is None
        ana = session.get_one(Member, desks.ana.id)
        desk = session.scalars(select(Desk).where(Desk.id == desks.triage_id)).one()
        for refused in (
            lambda: make_report("Nobody reads this."),
            lambda: threads.answer(session.get_one(Thread, desks.thread_id), ANSWER, ana.id),
        ):
            with pytest.raises(Refused, match=r"closed|not_vouched"):
                refused()
        # Nor does a new phrase make it good.
        if attack is desks_change_places:
            with pytest.raises(Refused, match="not_vouched"):
                desk_keys.replace_recovery(desk, ana, private_key_of(ana), new_private_key().public_key)


def test_report_is_read_at_its_own_desk_alone(work: Work, page: Reader, desks: Desks) -> None:
    with work() as session:
        oversight = session.scalars(select(Desk.id).where(Desk.kind == "oversight")).one()
        session.execute(update(Thread).where(Thread.id == desks.thread_id).values(desk_id=oversight))
        session.expire_all()
        with pytest.raises(Refused, match="not_vouched"):
            threads.add_words(session.get_one(Thread, desks.thread_id), threads.ReportWords("Badge 4471."))
    told = page("/en/report/follow").form("follow").submit(code=" ".join(desks.code))
    assert "Do not write here any more" in told.text


def test_member_whose_copy_was_exchanged_is_told(app: Portal, work: Work, desks: Desks) -> None:
    with work() as session:
        copies = {copy.member_id: copy for copy in session.scalars(select(DeskKeyCopy).join(DeskKey))}
        ana, ben = copies[desks.ana.id], copies[desks.ben.id]
        for copy, sealed in ((ana, ben.sealed_private_key), (ben, ana.sealed_private_key)):
            session.execute(update(DeskKeyCopy).where(DeskKeyCopy.id == copy.id).values(sealed_private_key=sealed))
        session.expire_all()
        assert not doctor.LOOKS["keys of desks"]()[0]
    for address in ("/en/team/today/", "/en/desk/", "/en/colleagues/"):
        assert "Somebody changed a key of this desk" in reader_of(app, desks.ana)(address).text


def test_forged_notes_referrals_and_ways_are_not_believed(app: Portal, work: Work, desks: Desks) -> None:
    with work() as session:
        thread, keys = (
            session.get_one(Thread, desks.thread_id),
            desk_private_keys(desks.ana.id, private_key_of(desks.ana)),
        )
        notes.add_note(thread, "True.", desks.ana.id)
        way = {"thread_id": thread.id, "sender_hash": "s" * 64, "number": b"hers"}
        kept = {"language": "es", "agreed_on": today(), "agreed_how": "first_text", "expires_on": today()}
        wording = ConsentWording.keep("Words.", "es")
        session.execute(insert(Route), [{**way, **kept, "wording": wording, "mac": mac_of(Route, way)}])
        session.flush()
        assert way_to(thread.id) and [one.text for one in notes.notes_of(thread, keys)] == ["True."]
        session.execute(update(Route).values(number=b"mine"))
        # A note of hers, sealed as one of Ana's: everybody may seal to the desk.
        true = session.scalars(select(notes.DeskNote)).one()
        sealed = seal(
            notes._about(7, thread.id, true.member_id, today()), FORGED.encode(), [keys[true.desk_key_id].public_key]
        )
        columns = {"thread_id": thread.id, "member_id": true.member_id, "written_on": today(), "position": 2}
        forged = {"id": 7, "box": sealed.box, "key_for_desk": sealed.keys[0], "desk_key_id": true.desk_key_id}
        session.execute(insert(notes.DeskNote), [{**columns, **forged, "mac": true.mac}])
        session.expire_all()
        assert way_to(thread.id) is None and [one.text for one in notes.notes_of(thread, keys)] == ["True.", None]
        assert not doctor.MESSAGES()[0]
        message = thread.messages[0]
        session.execute(update(ThreadMessage).values(key_for_desk=b"", kind="picture"))
        session.expire_all()
        with pytest.raises(NotFound):
            attachment(thread, message.id, keys, "picture")
