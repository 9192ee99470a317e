"""What workers do for the library: read the files that were added, so that what they say can be found."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import select

from portal.core.clock import now
from portal.core.db import db, session
from portal.core.files.reading import words_in
from portal.core.jobs.engine import Engine
from portal.core.jobs.rows import each_row
from portal.core.jobs.timetable import MINUTE
from portal.news.library.models import Guide, GuideFile
from portal.news.library.queries import unread_files

AT_MOST = timedelta(seconds=20)


def start(jobs: Engine) -> None:
    """Add it to the timetable."""
    jobs.timed("files of the library", MINUTE, read_files)


def read_files() -> None:
    """Read files that were added or replaced, for as long as a worker may be kept from texts that wait."""
    until = now() + AT_MOST
    with db.work():
        waiting = unread_files()
    each_row(waiting, read_file, begin=lambda _file_id: now() < until)


def read_file(file_id: int) -> None:
    """Keep what a file says; reading takes seconds, so no transaction is open meanwhile."""
    with db.work():
        columns = (GuideFile.guide_id, GuideFile.kind, GuideFile.content, GuideFile.digest)
        found = session.execute(select(*columns).where(GuideFile.id == file_id)).one_or_none()
    if found is None:
        return
    words = words_in(found.kind, found.content)
    with db.work():
        # One after the other with an editor who saves it: both index it.
        session.scalars(select(Guide.id).where(Guide.id == found.guide_id).with_for_update()).all()
        # Another may have taken its place meanwhile, or somebody erased it.
        same = select(GuideFile).where(GuideFile.id == file_id, GuideFile.digest == found.digest)
        file = session.scalar(same)
        if file is not None:
            file.words = words
