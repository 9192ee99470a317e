"""`flask sms explain`."""

from portal.core.web import Portal
from portal.reports.reports import Thread
from portal.sms.conversations import Conversation, Inbound
from portal.sms.reading import READERS
from tests.conftest import Work
from tests.sms.talk import how_many

EXPLAINED = (
    ("help me he has a gun", (), "danger", "911"),
    ("me quiero morir", ("--lang", "es"), "danger", "988"),
    ("can i bring my mom?", ("--after", "reminder"), "notice", "as it stands"),
    ("cancel", ("--after", "reminder"), "cancel", "as it stands"),
    ("REUNION 1601 somos 4", ("--code", "1601"), "meeting", "as it stands"),
    ("es la policia?", (), "meant", "policía"),
    ("quiten mi numero", (), "opt_out", "Borramos"),
    ("they sell here", ("--after", "stopped"), "kept", "(nothing)"),
    ("they sell here", (), "meant", "Your text has arrived"),
)


def test_it_prints_every_reader_and_answer_and_stores_nothing(app: Portal, work: Work) -> None:
    for text, options, reader, answer in EXPLAINED:
        output = app.test_cli_runner().invoke(args=["sms", "explain", text, *options]).output
        lines = [line.removeprefix("=>").split() for line in output.splitlines()]
        assert [line[0] for line in lines[: len(READERS)]] == [each.__name__ for each in READERS], text
        [decided] = [line for line in output.splitlines() if line.startswith("=>")]
        assert (decided.split()[1], answer in output) == (reader, True), text
    assert how_many(work, Thread) == how_many(work, Conversation) == how_many(work, Inbound) == 0
