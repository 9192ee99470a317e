"""A backup that is made while the portal runs comes back whole, and brings back nothing that was erased since."""

import json
import re
import stat
import threading
import tracemalloc
from datetime import timedelta
from hashlib import sha512
from pathlib import Path

import pyrage
import pytest
import time_machine
from nacl.signing import SigningKey
from sqlalchemy import delete, func, select, text

from portal.accounts.people import remove_member
from portal.accounts.users import DeskKeyCopy, Member, RoleHeld, SignIn
from portal.backups import archive, copying, restoring
from portal.core import erasures, migrations
from portal.core.clock import now
from portal.core.data_folder import newest_backup
from portal.core.db import db, session
from portal.core.jobs import engine
from portal.core.jobs.engine import trust_clock
from portal.core.jobs.outbox import MessageKind, OutboundMessage
from portal.core.jobs.retries import DeliveryState
from portal.home.search import INDEX
from portal.news.library import Guide
from portal.reports.reports import Thread
from portal.sms.conversations import OptOut
from tests.backups.cities import BOTH, SAID, check_city, make_city, opened_with, public_half, restore, run
from tests.make import make_member, make_report


@pytest.fixture
def city(work):
    with work() as made:
        return make_city(made)


@pytest.fixture
def file(app, city) -> Path:
    return backed_up(app)


def backed_up(app) -> Path:
    """The file of a first backup."""
    run(app, "backup")
    (made,) = app.settings.backup_dir.glob("*.age")
    return made


@BOTH
def test_reports_open_by_code_and_desk_after_a_restore(app, city, file, identity, elsewhere) -> None:
    new = elsewhere()
    said = restore(new, file, identity)
    assert "What was backed up is restored." in said
    with new.app_context(), db.work():
        check_city(city)
        assert session.scalar(select(func.count()).select_from(INDEX))
        # New rows get numbers that no row has.
        make_member(session)
        assert session.scalars(select(Guide)).one().title.en


@BOTH
def test_what_was_erased_after_the_backup_stays_erased(app, city, file, identity, elsewhere, work) -> None:
    with work():
        later = make_report("After the backup.")
        thread = session.scalars(select(Thread).where(Thread.id != later.thread_id)).first()
        gone = thread.id
        session.execute(delete(Thread).where(Thread.id == gone))
        session.delete(session.scalars(select(Guide)).one())
        session.add(OptOut(sender_hash="a" * 64, since_on=now().date(), how="stop"))
        remove_member(session.get_one(Member, city.desk_member_id), None, even_last=True)
    with pytest.raises(ZeroDivisionError), work():
        session.execute(delete(Thread))
        raise ZeroDivisionError
    # The machine is lost; the ledger was copied beside the backups within the hour.
    run(app, "backup", "--only-erasures")
    new = elsewhere()
    restore(new, file, identity)
    with new.app_context(), db.work():
        (left,) = session.scalars(select(Thread))
        assert left.id not in (gone, later.thread_id)
        assert sum(opened == [said] for said, opened in _opened(city).items()) == 1
        assert session.scalars(select(Guide)).all() == []
        assert session.scalars(select(OptOut.sender_hash)).all() == ["a" * 64]
        member = session.get_one(Member, city.desk_member_id)
        assert member.left_at
        assert member.email.startswith("left-")
        for access in (RoleHeld, DeskKeyCopy, SignIn):
            assert session.scalars(select(access).where(access.member_id == member.id)).all() == []


def _opened(city) -> dict[str, list[str]]:
    def read(code):
        try:
            return opened_with(code)
        except Exception:
            return []

    return {said: read(code) for said, code in city.codes.items()}


def test_emptied_value_and_waiting_text_do_not_come_back(app, city, work, identity, elsewhere) -> None:
    with work():
        member = make_member(session, ["organizer"])
        session.add(_text_that_waits())
    file = backed_up(app)
    with work():
        session.get_one(Member, member.id).totp_secret = None
    run(app, "backup", "--only-erasures")
    new = elsewhere()
    restore(new, file, identity)
    with new.app_context(), db.work():
        assert session.get_one(Member, member.id).totp_secret is None
        waited = session.scalars(select(OutboundMessage)).one()
        assert (waited.state, waited.address, waited.body) == (DeliveryState.STALE, None, None)


def _text_that_waits() -> OutboundMessage:
    sealed = {"address": "+1", "body": "words"}
    return OutboundMessage(kind=MessageKind.TEXT, direct=True, created_at=now(), due_at=now(), **sealed)


class TestTheFile:
    def test_is_for_its_owner_alone_and_encrypted(self, app, file, city, identity) -> None:
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
        assert file.read_bytes().startswith(b"age-encryption.org/v1")
        assert [path.name for path in file.parent.glob(".*")] == []
        with app.app_context():
            assert newest_backup() == 1
        run(app, "backup")
        assert len(list(file.parent.glob("*.age"))) == 2

    def test_older_ones_are_deleted(self, app, file, identity) -> None:
        old, other = file.parent / "portal-2020-01-01.age", file.parent / "notes-2020-01-01.age"
        old.touch()
        other.touch()
        run(app, "backup")
        assert (old.exists(), other.exists(), file.exists()) == (False, True, True)

    def test_a_full_disk_is_called_one(self, app, city, monkeypatch) -> None:
        encrypt = archive.pyrage.encrypt_io

        def encrypt_to_full_disk(source, _out, recipients) -> None:
            with Path("/dev/full").open("wb", buffering=0) as full:
                encrypt(source, full, recipients)

        monkeypatch.setattr(archive.pyrage, "encrypt_io", encrypt_to_full_disk)
        assert "The disk is full: make room" in run(app, "backup", fails=True).output
        assert list(app.settings.backup_dir.iterdir()) == []

    def test_that_does_not_hold_what_was_read_is_none(self, app, city, monkeypatch) -> None:
        encrypt = archive.pyrage.encrypt_io

        def encrypt_less(source, out, recipients) -> None:
            source.read(1)
            encrypt(source, out, recipients)

        monkeypatch.setattr(archive.pyrage, "encrypt_io", encrypt_less)
        assert "is the disk sound?" in run(app, "backup", fails=True).output
        assert list(app.settings.backup_dir.iterdir()) == []

    def test_needs_a_key(self, app) -> None:
        for keys, sentence in (("", "PORTAL_BACKUP_RECIPIENTS"), ("ssh-rsa", "begins with age1")):
            app.settings = app.settings.model_copy(update={"backup_recipients": keys})
            assert sentence in run(app, "backup", fails=True).output
        with app.app_context():
            assert newest_backup() == 0


class TestRefusals:
    @pytest.mark.parametrize("empty", ["postgresql"], indirect=True)
    def test_a_database_of_another_kind(self, file, identity, elsewhere) -> None:
        said = restore(elsewhere(), file, identity, fails=True)
        assert "it is of sqlite: restore it there, then `flask copy-database`" in said

    def test_a_database_with_rows(self, app, file, identity) -> None:
        said = restore(app, file, identity, fails=True)
        assert "holds rows already" in said

    @pytest.mark.parametrize("empty", ["bare"], indirect=True)
    def test_a_file_that_is_not_whole(self, file, identity, elsewhere) -> None:
        file.write_bytes(file.read_bytes()[:-5000])
        new = elsewhere()
        assert "nothing was restored" in restore(new, file, identity, fails=True)
        with new.app_context():
            copying.require_empty()

    def test_one_that_was_planted(self, app, file, identity, elsewhere) -> None:
        """Anybody can encrypt to the public key, and who reads backups has all that stands in one."""
        own = pyrage.x25519.Identity.from_str(identity.read_text().split()[-1])
        whole = pyrage.decrypt(file.read_bytes(), [own])
        stranger = SigningKey.generate().sign(archive.SIGNED + sha512(whole[:-64]).digest()).signature
        with app.app_context():
            another_purpose = archive.signing_key().sign(sha512(whole[:-64]).digest()).signature
        new = elsewhere()
        for planted in (
            *(b"", whole[:-64], whole[:-1], whole + b" ", whole.replace(b'"number": 1}', b'"number": 2}')),
            *(whole[:-64] + stranger, whole[:-64] + another_purpose),
        ):
            file.write_bytes(pyrage.encrypt(planted, [own.to_public()]))
            assert "this is no backup that we signed" in restore(new, file, identity, fails=True)
        with new.app_context():
            copying.require_empty()

    def test_one_of_before_the_secret_changed_needs_its_line(self, app, file, identity, elsewhere) -> None:
        said = run(app, "backup").output
        assert f"{file.stem}-2.age: number 2" in said
        line = re.search(r"^signed by \w{64}$", said, re.MULTILINE)[0]
        new = elsewhere()
        new.settings = new.settings.model_copy(update={"secret": "changed-since-0123456789-abcdefghijkl"})
        assert "add the line" in restore(new, file, identity, fails=True)
        identity.write_text(f"{identity.read_text()}# {line[:-1]}\n")
        assert "`signed by` without a key" in restore(new, file, identity, fails=True)
        identity.write_text(f"{identity.read_text()[:-1]}{line[-1]}\n")
        newer = file.with_stem(f"{file.stem}-2")
        assert "Its number is 2.\n" in restore(new, newer, identity)
        assert "Its number is 1, OLDER than 2, which was made or restored here." in restore(
            new, file, identity, fails=True
        )
        with new.app_context():
            assert newest_backup() == 2

    def test_another_key_and_a_file_without_one(self, file, tmp_path, app, identity) -> None:
        other = tmp_path / "other.txt"
        other.write_text(str(pyrage.x25519.Identity.generate()))
        assert "does not open" in restore(app, file, other, fails=True)
        other.write_text(public_half(identity))
        assert "no age secret key" in restore(app, file, other, fails=True)

    def test_it_asks_and_says_what_will_happen(self, app, file, identity, elsewhere) -> None:
        new = elsewhere()
        result = new.test_cli_runner().invoke(args=["restore", str(file), "--identity", str(identity)], input="n\n")
        assert result.exit_code == 1
        assert "Texts and mails that waited are not sent" in result.output


def test_renamed_ledger_of_a_later_day_is_obeyed(app, city, file, identity, elsewhere, work) -> None:
    """A clock that was 400 days ahead erased all, and wrote it down."""
    with time_machine.travel(now() + timedelta(days=400), tick=False), work():
        session.execute(delete(Thread))
    (future,) = erasures.from_the_future([app.settings.data_dir / "erasures"])
    run(app, "backup", "--only-erasures")
    new = elsewhere()
    said = restore(new, file, identity)
    assert f"LEFT OUT of the ledger, as its day is still to come (a wrong clock?): {future}." in said
    with new.app_context(), db.work():
        check_city(city)
        day = now().date()
    ledger = file.parent / "erasures"
    (ledger / f"{day}-planted.jsonl").write_text('{"kind":"gone"}\n')
    assert "LEFT OUT of the ledger: 1 line(s)" in run(new, "apply-erasures", "--since", day).output
    (ledger / f"{day}-planted.jsonl").unlink()
    assert "LEFT OUT" in run(new, "apply-erasures", "--since", day).output
    (ledger / future).rename(ledger / f"{day}-later.jsonl")
    assert "LEFT OUT" not in run(new, "apply-erasures", "--since", day).output
    with new.app_context(), db.work():
        assert session.scalars(select(Thread)).all() == []


def test_with_a_doubtful_clock_nothing_is_deleted(app, city, file, identity, elsewhere, work, monkeypatch) -> None:
    with work():
        trust_clock()
    run(app, "backup")
    newest = max(file.parent.glob("*.age"), key=lambda path: path.stat().st_mtime_ns)
    monkeypatch.setattr(engine, "kernel_time", lambda: None)
    with time_machine.travel(now() + timedelta(days=400), tick=False):
        said = run(app, "backup").output
        assert "no older one was deleted" in said
        assert file.exists()
        assert list((app.settings.data_dir / "erasures").glob("*.jsonl"))
        new = elsewhere()
        assert "By the schedule: nothing" in restore(new, newest, identity)
        with new.app_context(), db.work():
            check_city(city)
        of_that_day = max(file.parent.glob("*.age"))
    said = restore(app, of_that_day, identity, fails=True)
    assert "THIS DAY IS STILL TO COME" in said


@BOTH
def test_it_is_of_one_moment_although_people_write(app, city, work, identity, elsewhere, monkeypatch) -> None:
    encrypt = archive.pyrage.encrypt_io

    def write_meanwhile() -> None:
        with work():
            make_report("Written meanwhile.")
            session.delete(session.scalars(select(Guide)).one())

    class Slow:
        def __init__(self, source) -> None:
            self.source, self.reads = source, 0

        def read(self, size: int) -> bytes:
            piece, self.reads = self.source.read(size), self.reads + 1
            if self.reads == 2:  # After the header and the first bytes of the database.
                writer = threading.Thread(target=write_meanwhile)
                writer.start()
                writer.join()
            return piece

    def encrypt_slowly(source, *given) -> None:
        encrypt(Slow(source), *given)

    monkeypatch.setattr(archive.pyrage, "encrypt_io", encrypt_slowly)
    file = backed_up(app)
    with work():
        assert session.scalars(select(Guide)).all() == []
    run(app, "backup", "--only-erasures")
    new = elsewhere()
    assert "Erased since: 2 rows" in restore(new, file, identity)
    with new.app_context(), db.work():
        check_city(city)
        # It was in the backup.
        assert session.scalars(select(Guide)).all() == []


@pytest.mark.parametrize(("database", "empty"), [("postgresql", "postgresql")], indirect=True)
def test_tries_and_the_queue_are_in_no_backup(app, city, identity, elsewhere) -> None:
    with db.engine.begin() as connection:
        for schema in ("limits", "jobs"):
            connection.execute(text(f"CREATE SCHEMA IF NOT EXISTS {schema}"))
            connection.execute(text(f"CREATE TABLE {schema}.one AS SELECT 1 AS number"))
    file = backed_up(app)
    new = elsewhere()
    restore(new, file, identity)
    with new.app_context(), db.engine.connect() as connection:
        found = connection.scalars(text("SELECT DISTINCT relnamespace::regnamespace::text FROM pg_class"))
        assert not {"limits", "jobs"} & set(found)


@pytest.mark.parametrize("database", ["postgresql"], indirect=True)
def test_missing_or_failing_programs_of_postgresql_are_named(app, city, tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    assert "pg_dump is missing: install" in run(app, "backup", fails=True).output
    (tmp_path / "pg_dump").write_text("#!/bin/sh\necho 'pg_dump: error: aborting' >&2\necho Elm >&2\nexit 1\n")
    (tmp_path / "pg_dump").chmod(0o700)
    assert run(app, "backup", fails=True).output.endswith("Error: pg_dump: error: aborting\n")
    assert list(app.settings.backup_dir.iterdir()) == []


@pytest.mark.parametrize("database", ["postgresql"], indirect=True)
def test_no_backup_of_postgresql_is_whole_in_memory(app, tmp_path, monkeypatch) -> None:
    size = 64 << 20
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    (tmp_path / "pg_dump").write_text(f"#!/bin/sh\nexec head -c {size} /dev/zero\n")
    (tmp_path / "pg_dump").chmod(0o700)
    tracemalloc.start()
    file = backed_up(app)
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert most < size // 8 < file.stat().st_size


@BOTH
def test_restore_that_failed_at_ledger_leaves_nothing_that_starts(app, file, identity, elsewhere, monkeypatch) -> None:
    def fail(*_given) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(restoring.Ledger, "apply", fail)
    new = elsewhere()
    result = run(new, "restore", file, "--identity", identity, "--yes", fails=True)
    assert isinstance(result.exception, ZeroDivisionError)
    with new.app_context():
        assert migrations.is_behind()
    assert "holds rows already" in restore(new, file, identity, fails=True)


def test_nothing_in_the_ledger_can_be_read(app, city, work) -> None:
    with work():
        thread = session.scalars(select(Thread)).first()
        erasures.note_replaced(thread.messages[0])
        session.execute(delete(Thread).where(Thread.id == thread.id))
        session.add(OptOut(sender_hash="b" * 64, since_on=now().date(), how="stop"))
    (path,) = (app.settings.data_dir / "erasures").glob("*.jsonl")
    text = path.read_text()
    assert '"reports_thread"' in text
    # A picture that was covered: what it showed must not come back.
    assert '"reports_message"' in text
    for secret in (str(thread.id), thread.locator, "b" * 64, *SAID):
        assert secret not in text
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_the_ledger_is_read_from_the_mark_on(app, tmp_path: Path) -> None:
    """What failed is left out, and what was planted; of another machine its whole day is read."""

    def plain(transaction: str, kind: str = "gone") -> str:
        return json.dumps({"kind": kind, "transaction": transaction, "table": "news_post", "rows": ["1"]})

    def line(transaction: str, kind: str = "gone") -> str:
        return erasures.with_mac(plain(transaction, kind))

    with app.app_context():
        day = now().date()
        mark = erasures.with_mac(json.dumps({"kind": "backup", "backup": "ours"}))
        lines = [line("before"), mark, line("after"), line("failed"), line("failed", "undone")]
        planted = [plain("planted"), plain("after", "undone"), line("changed").replace("changed", "other")]
        (tmp_path / f"{day}-here.jsonl").write_text("\n".join([*lines, *planted]) + "\n")
        (tmp_path / f"{day}-there.jsonl").write_text(line("elsewhere") + "\n" + line("cut short")[:-5])
        assert [one["transaction"] for one in erasures.lines_since([tmp_path], "ours", day)] == ["after", "elsewhere"]
        # Whoever restores is told of the three, and of the one that was cut.
        assert erasures.strange_lines([tmp_path]) == 4


def test_a_row_that_is_made_again_was_not_erased(app, work) -> None:
    with work() as making:
        member = make_member(making, ["organizer"]).id
    with work() as making:
        making.delete(making.get(RoleHeld, (member, "organizer")))
        making.flush()
        making.add(RoleHeld(member_id=member, role="organizer"))
    with app.app_context():
        written = "".join(path.read_text() for path in erasures.files_in(erasures.folder()))
    assert RoleHeld.__tablename__ not in written
