"""Progress moves on a terminal, and is a few plain lines elsewhere."""

import io

from portal.core import migrations
from portal.core.cli import ProgressOutput
from portal.core.db import db


class Terminal(io.StringIO):
    def isatty(self):
        return True


def test_off_a_terminal_it_is_a_few_whole_lines():
    for total in (1, 3, 4, 45, 1000):
        out = io.StringIO()
        progress = ProgressOutput("Doing", out)
        for done in range(1, total + 1):
            progress.at(done, total, "this")
        lines = out.getvalue().splitlines()
        assert lines[-1] == f"Doing: {total} of {total}, this"
        assert len(lines) <= 5
        assert not [line for line in lines if "\r" in line or "\x1b" in line]


def test_on_terminal_line_is_written_over_and_ends_once():
    out = Terminal()
    progress = ProgressOutput("Doing", out)
    for done in range(1, 4):
        progress.at(done, 3)
    assert out.getvalue().split("\r\x1b[K") == ["", "Doing: 1 of 3 …", "Doing: 2 of 3 …", "Doing: 3 of 3\n"]


def test_every_migration_is_told_of_once(tmp_path):
    told = []
    db.open(f"sqlite:///{tmp_path / 'new.db'}")
    migrations.upgrade(tell=lambda *how_far: told.append(how_far))
    migrations.upgrade(tell=lambda *how_far: told.append(how_far))
    db.engine.dispose()
    total = len(list(migrations.VERSIONS.glob("[0-9]*.py")))
    assert told == [(done, total) for done in range(1, total + 1)]
