"""`flask sms explain`."""

import pytest
from sqlalchemy import func, select

from portal.core.web import Portal
from portal.reports.reports import Thread
from portal.sms.conversations import Conversation, Inbound
from portal.sms.reading import READERS
from tests.conftest import Work


@pytest.mark.parametrize(
    ("args", "reader", "answer"),
    [
        (["help me he has a gun"], "danger", "911"),
        (["me quiero morir", "--lang", "es"], "danger", "988"),
        (["no", "--after", "reminder"], "notice", "as it stands"),
        (["can i bring my mom?", "--after", "reminder"], "notice", "as it stands"),
        (["cancel", "--after", "reminder"], "cancel", "as it stands"),
        (["REUNION 1601 somos 4", "--code", "1601"], "meeting", "as it stands"),
        (["FOLLOW MEETINGS"], "follow", "as it stands"),
        (["es la policia?"], "meant", "policía"),
        (["quiten mi numero"], "opt_out", "borrado"),
        (["they sell here", "--after", "stopped"], "kept", "(nothing)"),
        (["they sell here"], "meant", "Your text has arrived"),
    ],
)
def test_it_prints_every_reader_and_answer_and_stores_nothing(
    app: Portal, work: Work, args: list[str], reader: str, answer: str
) -> None:
    result = app.test_cli_runner().invoke(args=["sms", "explain", *args])
    assert result.exit_code == 0, result.output
    lines = result.output.splitlines()
    assert [line.split()[-len(line.split()) + line.startswith("=>")] for line in lines[: len(READERS)]] == [
        one.__name__ for one in READERS
    ]
    [decided] = [line for line in lines if line.startswith("=>")]
    assert decided.split()[1] == reader
    assert answer in result.output
    with work() as session:
        for kind in (Thread, Conversation, Inbound):
            assert session.scalar(select(func.count()).select_from(kind)) == 0
