"""Voice notes: fetched, written anew, sealed, heard by the desk alone, and deleted at the provider."""

from __future__ import annotations

import re
import struct
from datetime import timedelta

import pytest
import time_machine
from sqlalchemy import select

from portal import retention
from portal.accounts.users import DeskKey
from portal.config import Settings
from portal.core.clock import now, today
from portal.core.files.sounds import seconds_of
from portal.core.jobs.outbox import cipher
from portal.core.jobs.retries import Unreachable
from portal.core.sms.telephone import MemoryTelephone, PictureRefused
from portal.core.web import Portal
from portal.reports import threads
from portal.reports.intake import Filed, key_of
from portal.reports.reports import Thread, ThreadMessage, opened_by_resident
from portal.reports.triage import Category, Channel, Disposition, TriageState
from portal.sms import voice_jobs
from portal.sms.voice_calls import ProviderRecord, VoiceDeletion, delete_later
from tests.conftest import Work
from tests.core.test_sounds import CANARY, samples_of, wav
from tests.make import make_desk, make_member, make_report, private_key_of, sign_in

SOUND = bytes(range(256)) * 64
GOOD = "RE" + "a" * 32


class Recordings(MemoryTelephone):
    """Recordings at the provider, some of which are none; `away` are ids whose deletion fails."""

    def __init__(self) -> None:
        super().__init__()
        self.faults: dict[str, BaseException] = {}
        self.asked: list[str] = []
        self.away: set[str] = set()
        self.under_way: set[str] = set()

    def fetch_recording(self, sid: str, most_bytes: int) -> bytes:
        self.asked.append(sid)
        if sid in self.faults:
            raise self.faults[sid]
        return super().fetch_recording(sid, most_bytes)

    def erase(self, sid: str) -> bool:
        if sid in self.away:
            raise Unreachable
        return sid not in self.under_way and super().erase(sid)


@pytest.fixture
def telephone(app: Portal) -> Recordings:
    found = Recordings()
    found.recordings[GOOD] = wav(SOUND)
    app.telephone = found
    return found


@pytest.fixture
def report(work: Work) -> Filed:
    with work() as session:
        make_desk(session)
        return make_report("Voice note by phone, 2 seconds.", channel=Channel.VOICE)


def wait_for(work: Work, sid: str, report: Filed | None, minutes_ago: int = 1, kind: str = "recording") -> None:
    with work():
        thread_id = report.thread_id if report else None
        delete_later(ProviderRecord(kind), sid, now() - timedelta(minutes=minutes_ago), thread_id)


def left(work: Work) -> dict[str, int]:
    with work() as session:
        return {cipher().decrypt(row.reference): row.attempts for row in session.scalars(select(VoiceDeletion))}


def kinds(work: Work) -> list[tuple[str, str]]:
    with work() as session:
        rows = session.scalars(select(ThreadMessage).order_by(ThreadMessage.position)).all()
        return [(row.author, row.kind) for row in rows]


def run(app: Portal) -> None:
    with app.app_context():
        voice_jobs.settle_calls()


def run_for(app: Portal, hours: int) -> None:
    began = now()
    for hour in range(hours):
        with time_machine.travel(began + timedelta(hours=hour), tick=False):
            run(app)


def test_a_note_is_fetched_sealed_and_deleted_at_once(app: Portal, work: Work, telephone, report: Filed) -> None:
    wait_for(work, GOOD, report)
    run(app)
    assert kinds(work) == [("resident", "words"), ("resident", "voice")]
    assert telephone.erased == [GOOD]
    assert left(work) == {}
    with work() as session:
        message = session.scalars(select(ThreadMessage).where(ThreadMessage.kind == "voice")).one()
        assert SOUND not in message.box and CANARY not in message.box
    run(app)
    assert telephone.asked == [GOOD]


def test_a_bad_note_holds_up_no_other_and_is_said_to_be_lost(
    app: Portal, work: Work, telephone, report: Filed, caplog: pytest.LogCaptureFixture
) -> None:
    bad = {name: "RE" + name * 32 for name in "bcdef"}
    telephone.recordings[bad["b"]] = b"ID3 an mp3"
    telephone.recordings[bad["c"]] = wav() + b"x" * voice_jobs.MOST_BYTES
    telephone.faults = {bad["d"]: KeyError("canary"), bad["e"]: PictureRefused("gone"), bad["f"]: Unreachable("away")}
    for number, sid in enumerate(bad.values()):
        wait_for(work, sid, report, 50 - number)
    wait_for(work, GOOD, report)
    run(app)
    assert telephone.asked == [*bad.values(), GOOD]
    assert kinds(work) == [("resident", "words"), *[("desk", "words")] * 3, ("resident", "voice")]
    assert left(work) == {bad["d"]: 1, bad["f"]: 1}
    assert telephone.erased == [bad["b"], bad["c"], bad["e"], GOOD]
    assert "canary" not in caplog.text and not any(sid in caplog.text for sid in bad.values())
    with work() as session:
        said = opened_by_resident(session.scalars(select(Thread)).one(), key_of(report.code))
        assert said[1].words.what == "We could not keep your voice note. Please tell us again, in writing if you can."


def test_a_note_that_is_not_ready_is_tried_again_and_given_up_in_the_end(
    app: Portal, work: Work, telephone, report: Filed
) -> None:
    late = "RE" + "b" * 32
    wait_for(work, late, report)
    run(app)
    assert kinds(work) == [("resident", "words")]
    run_for(app, 120)
    assert telephone.asked.count(late) == voice_jobs.MOST_FETCHES
    assert kinds(work) == [("resident", "words"), ("desk", "words")]
    assert left(work) == {}


def test_a_note_that_comes_later_is_kept(app: Portal, work: Work, telephone, report: Filed) -> None:
    late = "RE" + "b" * 32
    wait_for(work, late, report)
    run(app)
    telephone.recordings[late] = wav(SOUND)
    run_for(app, 2)
    assert kinds(work)[-1] == ("resident", "voice")


def test_a_deletion_that_fails_is_tried_until_it_is_done_and_reported(
    app: Portal, work: Work, telephone, report: Filed, caplog: pytest.LogCaptureFixture
) -> None:
    call = "CA" + "c" * 32
    telephone.away, telephone.under_way = {GOOD}, {call}
    wait_for(work, GOOD, report)
    wait_for(work, call, None, kind="call")
    run_for(app, 60)
    assert kinds(work)[-1] == ("resident", "voice"), "what was fetched is kept once"
    assert telephone.asked == [GOOD]
    assert set(left(work)) == {GOOD, call}
    with app.app_context():
        voice_jobs.warn_of_overdue()
        assert caplog.text == ""
        with time_machine.travel(now() + timedelta(days=3), tick=False):
            voice_jobs.warn_of_overdue()
    assert "2 recordings or call records are overdue" in caplog.text
    telephone.away, telephone.under_way = set(), set()
    with time_machine.travel(now() + timedelta(days=4), tick=False):
        run(app)
    assert left(work) == {}


def test_a_worker_that_is_killed_over_a_note_has_counted_it(app: Portal, work: Work, telephone, report: Filed) -> None:
    bomb = "RE" + "b" * 32
    telephone.faults[bomb] = SystemExit()
    wait_for(work, bomb, report, 5)
    wait_for(work, GOOD, report)
    with pytest.raises(SystemExit):
        run(app)
    assert left(work)[bomb] == 1
    run(app)
    assert kinds(work)[-1] == ("resident", "voice")


def test_without_a_telephone_nothing_is_tried(app: Portal, work: Work, report: Filed) -> None:
    wait_for(work, GOOD, report)
    run(app)
    assert left(work) == {GOOD: 0}


def test_a_note_of_a_report_that_is_gone_is_only_deleted(app: Portal, work: Work, telephone, report: Filed) -> None:
    wait_for(work, GOOD, report)
    with work() as session:
        session.delete(session.get_one(Thread, report.thread_id))
    run(app)
    assert (telephone.asked, telephone.erased, left(work)) == ([], [GOOD], {})


@pytest.mark.parametrize("sort", ["read", "closed"])
def test_a_note_that_comes_after_the_desk_looked_makes_the_report_wait_again(
    app: Portal, work: Work, telephone, report: Filed, sort: str
) -> None:
    with work() as session:
        member, thread = make_member(session), session.get_one(Thread, report.thread_id)
        if sort == "read":
            threads.answer(thread, "We read it.", member.id)
        else:
            threads.close(thread, Disposition.NOT_SEEN, "", member.id)
        assert thread.waiting_since is None
    wait_for(work, GOOD, report)
    run(app)
    with work() as session:
        thread = session.get_one(Thread, report.thread_id)
        assert (thread.waiting_since, thread.state) == (today(), TriageState.READ)


@pytest.mark.both_databases
def test_a_note_is_gone_with_its_report(app: Portal, work: Work, telephone, report: Filed) -> None:
    wait_for(work, GOOD, report)
    run(app)
    with work() as session:
        thread, member = session.get_one(Thread, report.thread_id), make_member(session)
        threads.close(thread, Disposition.ACTED, "", member.id)
    with time_machine.travel(now() + timedelta(days=3_000), tick=False), app.app_context():
        retention.run()
    assert kinds(work) == []


# --- at the desk ---


@pytest.fixture
def heard(app: Portal, work: Work, telephone, settings: Settings):
    """A note at a desk with one member, and a report of the same desk without one; and a member of another desk."""
    with work() as session:
        dana, olga, nobody = make_member(session), make_member(session, ("oversight",)), make_member(session)
        make_desk(session, [dana])
        make_desk(session, [olga], kind="oversight")
        report = make_report("Voice note by phone, 2 seconds.", channel=Channel.VOICE)
        other = make_report("Something else").thread_id
    wait_for(work, GOOD, report)
    run(app)
    with work() as session:
        message_id = session.scalars(select(ThreadMessage.id).where(ThreadMessage.kind == "voice")).one()
        words_id = session.scalars(select(ThreadMessage.id).where(ThreadMessage.thread_id == report.thread_id)).first()
    return {
        "dana": dana,
        "olga": olga,
        "nobody": nobody,
        "thread": f"/en/desk/{report.thread_id}",
        "voice": f"/en/desk/{report.thread_id}/voice/{message_id}",
        "other thread": f"/en/desk/{other}/voice/{message_id}",
        "no sound": f"/en/desk/{report.thread_id}/voice/{words_id}",
        "no picture": f"/en/desk/{report.thread_id}/picture/{message_id}",
    }


def test_the_desk_hears_a_note_and_nothing_stores_it(app: Portal, page, heard) -> None:
    sign_in(page.client, heard["dana"])
    shown = page(heard["thread"])
    assert shown.has(f'audio[controls][src="{heard["voice"]}"]')
    assert "No machine writes it down" in shown.text
    assert "Voice note by phone" in page("/en/desk/").text
    answer = page.client.get(heard["voice"])
    assert (answer.status_code, answer.mimetype) == (200, "audio/wav")
    assert answer.headers["Cache-Control"] == "no-store"
    assert "media-src 'self'" in answer.headers["Content-Security-Policy"]
    assert samples_of(answer.data) == (1, 2, 8_000, SOUND)
    assert seconds_of(answer.data) == 1


def test_a_player_may_ask_for_a_part(page, heard) -> None:
    sign_in(page.client, heard["dana"])
    part = page.client.get(heard["voice"], headers={"Range": "bytes=4-7"})
    assert (part.status_code, len(part.data)) == (206, 4)
    assert struct.unpack("<I", part.data)[0] == len(SOUND) + 36
    assert part.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize(("who", "status"), [("olga", 404), ("nobody", 404), (None, 302)])
def test_nobody_else_hears_it(app: Portal, heard, who: str | None, status: int) -> None:
    client = app.test_client()
    if who:
        sign_in(client, heard[who])
    assert client.get(heard["voice"]).status_code == status
    assert client.get(heard["thread"]).status_code == status


@pytest.mark.parametrize("address", ["other thread", "no sound", "no picture"])
def test_an_address_that_is_put_together_finds_nothing(page, heard, address: str) -> None:
    sign_in(page.client, heard["dana"])
    assert page.client.get(heard[address]).status_code == 404


def test_after_it_was_handed_to_another_desk_only_that_one_hears_it(app: Portal, work: Work, heard) -> None:
    with work() as session:
        thread = session.get_one(Thread, int(heard["thread"].rsplit("/")[-1]))
        keys = {key.id: private_key_of(key) for key in session.scalars(select(DeskKey))}
        threads.sort(thread, Category.CONDUCT, None, keys, heard["dana"].id)
    dana, olga = app.test_client(), app.test_client()
    sign_in(dana, heard["dana"])
    sign_in(olga, heard["olga"])
    assert dana.get(heard["voice"]).status_code == 404
    assert samples_of(olga.get(heard["voice"]).data)[3] == SOUND


def test_the_resident_reads_that_the_note_is_there(page, work: Work, app: Portal, telephone, report: Filed) -> None:
    wait_for(work, GOOD, report)
    run(app)
    form = page("/en/report/follow")
    token = re.findall(r'name="token" type="hidden" value="([^"]+)"', form.response.text)[0]
    opened = page("/en/report/follow", method="POST", data={"token": token, "code": " ".join(report.code)})
    assert "Your voice note" in opened.text
