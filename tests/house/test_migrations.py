"""Migrations lead up, down and up with data in the tables, to where the models are; the version before still works."""

import re
from collections.abc import Iterator
from functools import partial

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.operations import Operations
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import CheckConstraint, Column, Integer, func, inspect, select, text
from sqlalchemy.exc import IntegrityError

from portal.alerts.alerts import keep_alert
from portal.config import ROOT
from portal.core import migrations
from portal.core.clock import now, today
from portal.core.db import Base, db
from portal.meetings.meeting import MeetingChange
from portal.meetings.report_back import HeadCount
from portal.partners.circles import my_seat
from portal.partners.notes import Note, write
from tests.make import (
    add_file,
    make_circle,
    make_commitment,
    make_desk,
    make_guide,
    make_market,
    make_meeting,
    make_member,
    make_office,
    make_post,
    make_report,
    make_report_back,
    make_series,
)


@pytest.fixture
def opened(database: str) -> Iterator[None]:
    db.open(database)
    yield
    db.engine.dispose()


def fill(session) -> None:
    member = make_member(session)
    make_desk(session, [member])
    lead = make_member(session, [])
    circle = make_circle(session, lead)
    write(my_seat(circle.id, lead), Note(expires_on=today()), {"title": "T", "body": "B"})
    make_market(session)
    meeting = make_meeting(session, member)
    make_report_back(session, meeting)
    make_series(session, meeting)
    session.add(HeadCount(meeting_id=meeting.id, side="residents", heads=12))
    session.add(MeetingChange(meeting_id=meeting.id, kind="moved", changed_at=now(), notice_hours=30))
    make_post(session, member, "light")
    make_guide(session, tag="evidence", files={"es": b"Traiga sillas."})
    add_file(session, make_commitment(session, make_office(session)), b"Two lamps.")
    keep_alert(make_report().thread_id, "+13365550101", "en", "words")


def counts() -> dict[str, int]:
    with db.new_session(writes=False) as session:
        return {
            name: session.scalar(select(func.count()).select_from(table)) or 0
            for name, table in Base.metadata.tables.items()
        }


def differences() -> list[object]:
    with db.engine.connect() as connection:
        opts = {"compare_type": True, "compare_server_default": True, "include_name": migrations.has_a_model}
        context = MigrationContext.configure(connection, opts=opts)
        return list(compare_metadata(context, Base.metadata))


def test_there_is_one_head() -> None:
    config = Config()
    config.set_main_option("script_location", str(ROOT / "migrations"))
    assert ScriptDirectory.from_config(config).get_heads() == [migrations.newest()]


@pytest.mark.both_databases
@pytest.mark.usefixtures("opened")
def test_the_head_is_what_the_models_say() -> None:
    assert migrations.is_current()
    assert differences() == []


@pytest.mark.both_databases
@pytest.mark.usefixtures("opened")
def test_checks_of_models_and_database_are_the_same() -> None:
    """Alembic does not compare them. Only SQLite gives their text back as it was written."""
    is_sqlite = db.engine.dialect.name == "sqlite"
    found, wanted = set(), set()
    for table in Base.metadata.sorted_tables:
        for check in inspect(db.engine).get_check_constraints(table.name):
            found.add((check["name"], squeezed(check["sqltext"]) if is_sqlite else ""))
        for rule in table.constraints:
            if isinstance(rule, CheckConstraint):
                name = db.engine.dialect.identifier_preparer.format_constraint(rule)
                wanted.add((name, squeezed(str(rule.sqltext)) if is_sqlite else ""))
    assert found == wanted
    assert found


def squeezed(sql: str) -> str:
    return re.sub(r"\s+", " ", sql).strip()


@pytest.mark.both_databases
@pytest.mark.usefixtures("opened")
def test_triggers_are_there() -> None:
    """What SQLite loses whenever a migration copies a table."""
    asked = {
        "sqlite": "SELECT name FROM sqlite_master WHERE type = 'trigger'",
        "postgresql": "SELECT tgname FROM pg_trigger WHERE NOT tgisinternal",
    }
    frozen = {f"indicators_snapshot_{name}" for name in ("is_frozen", "is_logged", "log_stays")}
    only_here = {"indicators_snapshot_log_is_frozen"}
    with db.engine.connect() as connection:
        found = set(connection.scalars(text(asked[connection.dialect.name])))
    assert found == (frozen | only_here if connection.dialect.name == "sqlite" else frozen)


@pytest.mark.both_databases
def test_up_down_and_up_again_with_data(work) -> None:
    with work() as session:
        fill(session)
    assert counts()["reports_message"] == 1
    migrations.downgrade("base")
    assert set(inspect(db.engine).get_table_names()) <= {"alembic_version"}
    assert not migrations.is_current()
    migrations.upgrade()
    assert migrations.is_current()
    assert not any(counts().values())
    with work() as session:
        fill(session)
    assert counts()["reports_message"] == 1


@pytest.mark.both_databases
def test_a_copied_table_keeps_what_points_to_it(work) -> None:
    with work() as session:
        fill(session)
    before = counts()
    assert before["markets_status_decision"] and before["meetings_report_back"] and before["accounts_desk_member"]
    with db.engine.connect() as connection, migrations.changing(connection):
        operations = Operations(MigrationContext.configure(connection, opts={"target_metadata": Base.metadata}))
        for table in ("markets_market", "meetings_meeting", "accounts_member"):
            operations.add_column(table, Column("extra", Integer(), nullable=False, server_default="0"))
            with operations.batch_alter_table(table) as batch:
                batch.alter_column("extra", server_default=None)
    assert counts() == before
    # A migration that leaves a reference to nothing changes nothing.
    dangling = pytest.raises((migrations.Dangling, IntegrityError))
    with db.engine.connect() as connection, dangling, migrations.changing(connection):
        connection.execute(text("DELETE FROM accounts_member"))
    assert counts() == before


@pytest.mark.both_databases
def test_database_from_before_first_version_is_left_alone(work) -> None:
    for revision in ("0001", "0049"):
        with work() as session:
            session.execute(text("UPDATE alembic_version SET version_num = :it"), {"it": revision})
        assert migrations.is_behind()
        for step in (migrations.upgrade, partial(migrations.downgrade, "base")):
            with pytest.raises(migrations.OtherVersion):
                step()
        assert migrations.stored() == revision


ADDING = {"create_table", "create_index", "add_column", "create_foreign_key", "create_check_constraint", "f"}
"""What the version before does not notice. A check that is made anew allows more than the one before."""
STANDING_STILL = {"0200"}
"""Migrations with which two versions cannot run side by side; docs/several-machines.md and CHANGELOG.md name them."""


@pytest.mark.parametrize("path", sorted(migrations.VERSIONS.glob("[0-9]*.py")), ids=lambda path: path.stem)
def test_migration_only_adds_or_says_it_needs_standing_still(path):
    upgrade = path.read_text().partition("def upgrade")[2].partition("def downgrade")[0]
    done = set(re.findall(r"\b(?:op|batch)\.(\w+)\(", upgrade)) - {"batch_alter_table", "get_bind"}
    added = re.findall(r"add_column\(.*", upgrade)
    required = [line for line in added if "nullable=False" in line and "server_default" not in line]
    only_adds = done <= ADDING and not required
    assert only_adds or path.stem[:4] in STANDING_STILL, done - ADDING
