"""The commands for operators."""

from __future__ import annotations

from sqlalchemy import select

from portal.accounts.users import Member
from portal.core.web import Portal
from tests.conftest import Work
from tests.page import Reader

PASSWORD = "seven lamps beside the slow canal"


def test_the_first_administrator_comes_by_the_command(app: Portal, page: Reader, work: Work) -> None:
    done = app.test_cli_runner().invoke(
        args=["user", "invite", "Ana@portal.test", "--role", "administrator", "--language", "es"]
    )
    assert done.exit_code == 0
    link = done.stdout.strip()
    assert link.startswith("http://localhost/es/invitation/")
    page(link.removeprefix("http://localhost")).form().submit(name="Ana", new=PASSWORD, again=PASSWORD)
    with work() as session:
        assert session.scalars(select(Member)).one().roles == {"administrator"}


def test_what_cannot_be_is_said_in_one_sentence(app: Portal, work: Work) -> None:
    runner = app.test_cli_runner()
    walled = runner.invoke(args=["user", "invite", "a@b.org", "--role", "administrator", "--role", "triage"])
    assert (walled.exit_code, "cannot go together" in walled.stderr) == (1, True)
    slip = runner.invoke(args=["user", "invite", "a@b", "--role", "triage"])
    assert (slip.exit_code, "not an e-mail address" in slip.stderr) == (1, True)
