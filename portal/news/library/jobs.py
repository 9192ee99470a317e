"""What workers do for the library: read the files that were added, so that what they say can be found."""

from __future__ import annotations

from sqlalchemy import select

from portal.core.db import db, session
from portal.core.jobs.engine import Engine
from portal.core.jobs.timetable import MINUTE
from portal.news.library.models import GuideFile
from portal.news.library.queries import unread_files
from portal.news.library.reading import words_in


def start(jobs: Engine) -> None:
    """Add it to the timetable."""
    jobs.timed("files of the library", MINUTE, read_files)


def read_files() -> None:
    """Read every file that was added or replaced."""
    with db.work():
        waiting = unread_files()
    for file_id in waiting:
        read_file(file_id)


def read_file(file_id: int) -> None:
    """Keep what a file says; reading takes seconds, so no transaction is open meanwhile."""
    with db.work():
        found = session.execute(
            select(GuideFile.kind, GuideFile.content, GuideFile.digest).where(GuideFile.id == file_id)
        ).one_or_none()
    if found is None:
        return
    words = words_in(found.kind, found.content)
    with db.work():
        # Another may have taken its place meanwhile, or an editor erased it.
        same = select(GuideFile).where(GuideFile.id == file_id, GuideFile.digest == found.digest)
        for file in session.scalars(same.with_for_update()):
            file.words = words
