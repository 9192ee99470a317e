"""What workers do for the search."""

from __future__ import annotations

from portal.core.jobs.engine import Engine
from portal.core.jobs.rows import each_row
from portal.core.jobs.timetable import DAY
from portal.home.search.index import fill_up
from portal.home.search.kinds import FINDABLE
from portal.home.search.rules import FORM


def start(jobs: Engine) -> None:
    """Add it to the timetable: a new name is due at once, so after an upgrade nobody has to think of the index."""
    jobs.timed(f"search, form {FORM}", DAY, fill)


def fill() -> None:
    """Index what no index knows: everything after an upgrade that emptied it, nothing on any other day."""
    each_row(FINDABLE, fill_up)
