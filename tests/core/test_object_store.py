"""Files at a provider of object storage, who is played by moto over real HTTP."""

import urllib.request
from datetime import timedelta

import pytest
from moto.server import ThreadedMotoServer
from obstore.store import S3Store
from sqlalchemy import func, select, update

from portal.accounts.users import DeskKey
from portal.config import BadSettings
from portal.core import object_store
from portal.core.clock import now
from portal.core.db import db, table
from portal.core.object_store import MARK, FileAway, StoredObject, content_of
from portal.news.library import GuideFile, read_files
from portal.reports.attachments import Attachment
from portal.reports.reports import Thread, attachment
from tests.make import make_desk, make_guide, make_member, make_report, private_key_of

WORDS = b"A heron stands by the lamp post. " * 300
PICTURE = b"\xff\xd8 a picture of the corner " * 400


@pytest.fixture(scope="session")
def provider():
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    yield "http://{}:{}".format(*server.get_host_and_port())
    server.stop()


@pytest.fixture
def bucket(provider, monkeypatch, tmp_path):
    """`bucket()` lists the names and the bytes at the provider."""
    here = {"AWS_ENDPOINT_URL": provider, "AWS_ALLOW_HTTP": "true", "AWS_REGION": "us-east-1"}
    for name, value in (here | {"AWS_ACCESS_KEY_ID": "k", "AWS_SECRET_ACCESS_KEY": "s"}).items():
        monkeypatch.setenv(name, value)
    object_store._opened.cache_clear()
    name = f"files-{abs(hash(tmp_path)):x}"
    urllib.request.urlopen(urllib.request.Request(f"{provider}/{name}", method="PUT")).close()
    there = S3Store.from_url(f"s3://{name}/city")

    def bucket():
        return {one["path"]: bytes(there.get(one["path"]).bytes()) for some in there.list() for one in some}

    bucket.url = f"s3://{name}/city"
    yield bucket
    object_store._opened.cache_clear()


@pytest.fixture
def settings(settings, bucket):
    return settings.model_copy(update={"files_url": bucket.url})


@pytest.fixture
def guide_file(work):
    with work() as session:
        return make_guide(session, files={"en": WORDS}, slug="heron").files[0].id


@pytest.fixture
def column(work):
    """`column()` is what the column of the guide's file holds."""

    def column():
        with work() as session:
            return bytes(session.scalars(select(GuideFile.content)).one())

    return column


def run(app, *works):
    with app.app_context():
        for one in works:
            one()
            db.close()


def grow_old(work):
    with work() as session:
        session.execute(update(StoredObject).values(made_at=now() - object_store.UNNAMED_AFTER * 2))


@pytest.mark.both_databases
def test_a_file_goes_to_the_provider_is_read_there_and_goes_with_its_row(app, work, client, bucket, guide_file, column):
    assert bucket() == {}
    assert column() == WORDS
    run(app, object_store.move_files)
    [(name, box)] = bucket().items()
    assert column().startswith(MARK)
    assert WORDS[:20] not in box
    assert len(box) % 1024 == 40
    assert str(guide_file) not in name
    assert client.get("/en/guides/file/heron/en").data == WORDS
    run(app, read_files, object_store.move_files, object_store.sweep_objects)
    assert list(bucket()) == [name]
    # Replaced by another: the one before is deleted there.
    with work() as session:
        session.execute(update(table(GuideFile)).values(content=WORDS[::-1]))
    run(app, object_store.move_files)
    grow_old(work)
    run(app, object_store.sweep_objects)
    [other] = bucket()
    assert other != name
    assert client.get("/en/guides/file/heron/en").data == WORDS[::-1]
    # Its row is erased: so is the object, and what names it.
    with work() as session:
        session.delete(session.get(GuideFile, guide_file))
    grow_old(work)
    run(app, object_store.sweep_objects)
    assert bucket() == {}
    with work() as session:
        assert session.scalar(select(func.count(StoredObject.id))) == 0


def test_a_picture_of_a_report_stays_sealed_for_the_desk(app, work, bucket):
    with work() as session:
        member = make_member(session)
        desk = make_desk(session, [member])
        make_report(attachments=(Attachment("picture", b"d", PICTURE),))
        key = session.scalars(select(DeskKey).where(DeskKey.desk_id == desk.id)).one()
        keys = {key.id: private_key_of(key)}
    run(app, object_store.move_files)
    assert len(bucket()) == 1
    with work() as session:
        thread = session.scalars(select(Thread)).one()
        words, shown = thread.messages
        assert not words.box.startswith(MARK)
        assert shown.box.startswith(MARK)
        assert attachment(thread, shown.id, keys, "picture") == PICTURE
        # Even with the object's key it is only the sealed box.
        assert PICTURE[:20] not in content_of(shown.box)
        session.delete(thread)
    grow_old(work)
    run(app, object_store.sweep_objects)
    assert bucket() == {}


@pytest.fixture
def cut(monkeypatch, provider):
    """`cut(True)`: the provider cannot be reached; `cut(False)`: it can again."""

    def cut(is_cut):
        monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9" if is_cut else provider)
        object_store._opened.cache_clear()

    monkeypatch.setattr(object_store, "RETRIES", {"max_retries": 0, "retry_timeout": timedelta(seconds=1)})
    return cut


def test_while_the_provider_is_down_nothing_is_lost(app, work, client, bucket, guide_file, column, cut, caplog):
    cut(True)
    run(app, object_store.move_files)
    assert column() == WORDS
    assert client.get("/en/guides/file/heron/en").data == WORDS
    cut(False)
    run(app, object_store.move_files)
    assert column().startswith(MARK)
    cut(True)
    answer = client.get("/es/guides/file/heron/en")
    assert answer.status_code == 502
    assert "No se perdió nada" in answer.text
    ours = [record.getMessage() for record in caplog.records if record.name.startswith("portal")]
    assert ours
    assert bucket.url.split("/")[2] not in " ".join(ours)
    # What is to be deleted meanwhile is deleted when it is back.
    with work() as session:
        session.delete(session.get(GuideFile, guide_file))
    grow_old(work)
    run(app, object_store.sweep_objects)
    assert len(bucket()) == 1
    cut(False)
    run(app, object_store.sweep_objects)
    assert bucket() == {}


def test_an_object_that_no_row_came_to_name_is_deleted(app, work, bucket, guide_file, column, monkeypatch):
    """The worker was killed between the object and its reference, or the file was replaced meanwhile."""
    put = object_store._put

    def replaced_meanwhile(name, box):
        put(name, box)
        with work() as session:
            session.execute(update(table(GuideFile)).values(content=WORDS * 2))

    monkeypatch.setattr(object_store, "_put", replaced_meanwhile)
    run(app, object_store.move_files)
    assert column() == WORDS * 2
    run(app, object_store.sweep_objects)
    assert len(bucket()) == 1
    grow_old(work)
    run(app, object_store.sweep_objects)
    assert bucket() == {}


def test_commands_compare_and_bring_back(app, work, bucket, guide_file, column):
    runner = app.test_cli_runner()
    assert runner.invoke(args=["files", "move"]).output == "objects: 1\n"
    assert runner.invoke(args=["files", "check"]).output == "objects: 1, missing: 0, unknown: 0\n"
    with app.app_context():
        object_store._put("f" * 32, b"put after the backup")
    found = runner.invoke(args=["files", "check"])
    assert (found.exit_code, found.output) == (1, "objects: 1, missing: 0, unknown: 1\n")
    assert runner.invoke(args=["files", "check", "--erase-unknown"]).exit_code == 0
    assert len(bucket()) == 1
    assert runner.invoke(args=["files", "bring-back"]).exit_code == 0
    assert column() == WORDS
    grow_old(work)
    run(app, object_store.sweep_objects)
    assert bucket() == {}


def test_a_file_that_only_looks_like_a_reference_is_itself(app):
    with app.app_context():
        assert content_of(MARK) == MARK
        assert content_of(MARK + WORDS) == MARK + WORDS
        with pytest.raises(FileAway):
            content_of(MARK + bytes(48))


def test_it_is_said_when_the_library_is_missing(app, monkeypatch):
    monkeypatch.setattr(object_store, "find_spec", lambda _name: None)
    with pytest.raises(BadSettings, match="obstore"):
        object_store.start(app)
