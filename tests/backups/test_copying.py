"""Moving to another database and back: every row arrives, and what is sealed opens."""

import pytest
from sqlalchemy import select, text

from portal.core.audit import AuditEvent, record
from portal.core.db import db, session
from tests.backups.cities import ACROSS, check_city, make_city, run
from tests.make import make_report


@ACROSS
def test_everything_arrives_and_opens(app, empty, elsewhere, work) -> None:
    with work() as made:
        city = make_city(made)
    said = run(app, "copy-database", empty).output
    assert "reports_thread: 2 rows, the same on both sides" in said
    assert "rows arrived" in said
    new = elsewhere()
    with new.app_context(), db.work():
        check_city(city)
        # Numbers go on after those that were copied.
        record("report.read", "thread", 1, None)
        session.flush()
        numbers = session.scalars(select(AuditEvent.id)).all()
        assert len(numbers) == len(set(numbers))
        assert make_report("One more.").code
    said = run(app, "copy-database", empty, fails=True).output
    assert "holds rows already" in said


@pytest.mark.both_databases
def test_it_refuses_while_somebody_has_the_database_open(app, tmp_path) -> None:
    with db.engine.connect() as other:
        other.execute(text("SELECT 1"))
        other.detach()
        said = run(app, "copy-database", f"sqlite:///{tmp_path / 'empty.db'}", fails=True).output
        assert "stop web and worker" in said
    assert not (tmp_path / "empty.db").exists()


@pytest.mark.parametrize("database", ["postgresql"], indirect=True)
def test_it_says_which_of_user_and_address_is_wrong(app, tmp_path) -> None:
    target = app.settings.database_url.replace("postgres:", "nobody-here:secret", 1)
    app.settings = app.settings.model_copy(update={"database_url": f"sqlite:///{tmp_path / 'empty.db'}"})
    said = run(app, "copy-database", target.replace("+psycopg", "", 1), fails=True).output
    assert "one of the two databases refuses the user or the password" in said
    assert "secret" not in said


def test_a_slip_of_the_operator_is_one_sentence(app) -> None:
    for given, code, sentence in (
        (("copy-database", "foo"), 2, "sqlite:///path"),
        (("copy-database", "mysql://here/city"), 2, "sqlite:///path"),
        (("copy-database", "sqlite:////nowhere/at/all.db"), 1, "cannot be opened"),
        (("apply-erasures", "--since", "2130-01-01"), 2, "still to come"),
    ):
        result = run(app, *given, fails=True)
        assert (result.exit_code, type(result.exception)) == (code, SystemExit)
        assert sentence in result.output.splitlines()[-1]
