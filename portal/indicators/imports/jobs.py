"""What workers do with files of incidents: look at the first rows, count, say how far they are."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from itertools import chain, islice
from typing import Any

from sqlalchemy import or_, select, update

from portal.core.clock import now, today, zone
from portal.core.db import db, session
from portal.core.jobs.engine import Engine
from portal.core.jobs.rows import each_row
from portal.core.jobs.timetable import MINUTE
from portal.core.sheets import is_workbook
from portal.indicators.areas.queries import city_area, known_outlines
from portal.indicators.imports.actions.incidents import READ_FILE, outlines_mark
from portal.indicators.imports.actions.uploads import pieces
from portal.indicators.imports.models import Source, Upload
from portal.indicators.imports.packing import pack, unpack
from portal.indicators.imports.process import count_apart
from portal.indicators.imports.rules.mapping import from_json
from portal.indicators.imports.rules.states import FOR_WORKERS, State
from portal.indicators.rules.measures import FileKind

LEASE = timedelta(minutes=3)
LOOK_EVERY = 1.0
"""Seconds between two looks whether the file is still wanted."""
NEARLY = 97


@dataclass(frozen=True)
class Task:
    """What a worker needs of a file, so that no transaction stays open while it counts."""

    upload_id: int
    state: str
    size: int
    options: dict[str, Any]
    mark: str


def start(jobs: Engine) -> None:
    """Add it to the timetable; whoever sends a file wakes a worker at once."""
    jobs.job(READ_FILE, read_file)
    jobs.timed("files of incidents", MINUTE, read_files)


def read_files() -> None:
    """Read what is left: no worker was woken for it, or the one that had it is gone."""
    with db.work():
        free = or_(Upload.taken_until.is_(None), Upload.taken_until <= now())
        incidents = Upload.kind == FileKind.INCIDENTS
        waiting = session.scalars(select(Upload.id).where(incidents, Upload.state.in_(FOR_WORKERS), free)).all()
    each_row(waiting, read_file)


def read_file(upload_id: int) -> None:
    """Look at a file or count it, if nobody has it in hand. What is known of its source lets both happen at once."""
    while (task := _claim(upload_id)) is not None:
        said = count_apart(task.options, _pieces(task), _watch(task))
        with db.work():
            if not _settle(task, said):
                return


def _claim(upload_id: int) -> Task | None:
    with db.work():
        free = or_(Upload.taken_until.is_(None), Upload.taken_until <= now())
        taking = update(Upload).where(Upload.id == upload_id, Upload.state.in_(FOR_WORKERS), free)
        taken = session.execute(taking.values(taken_until=now() + LEASE).returning(Upload.id)).scalar()
        upload = session.get(Upload, upload_id) if taken else None
        if upload is None:
            return None
        counts = upload.state == State.WAITING
        return Task(upload.id, upload.state, upload.size, _options(upload) if counts else {}, _mark(upload))


def _mark(upload: Upload) -> str:
    return outlines_mark(upload.member_id)


def _options(upload: Upload) -> dict[str, Any]:
    """All that the program is told: nothing of who sent it, and no area that they may not know of."""
    source = session.get(Source, upload.source_id) if upload.source_id else None
    city = city_area()
    return {
        "reading": upload.mapping,
        "zone": zone().key,
        "today": today().isoformat(),
        "areas": sorted(known_outlines(upload.member_id).items()),
        "city": city.id if city else None,
        "blocks": unpack(source.blocks) if source and source.blocks else [],
    }


def _pieces(task: Task) -> Iterator[bytes]:
    """The whole file; to look at it the beginning is enough, but for one that has to be unpacked first."""
    found = pieces(task.upload_id)
    first = next(found, b"")
    if task.state == State.SENT and not is_workbook(first):
        found = islice(found, 0)
    return chain([first], found)


def _watch(task: Task) -> Callable[[int], bool]:
    """Keeps the file in hand and says how far it is; ends when somebody has erased it or wants it read otherwise."""
    looked = time.monotonic()

    def fed(so_far: int) -> bool:
        nonlocal looked
        if time.monotonic() - looked < LOOK_EVERY:
            return True
        looked = time.monotonic()
        done = min(NEARLY, so_far * 100 // max(task.size, 1))
        with db.work():
            same = update(Upload).where(Upload.id == task.upload_id, Upload.state == task.state)
            going = same.values(progress=done, taken_until=now() + LEASE).returning(Upload.id)
            return session.execute(going).scalar() is not None

    return fed


def _settle(task: Task, said: dict[str, Any]) -> bool:
    """Keep what was found; whether there is more to do at once."""
    upload = session.get(Upload, task.upload_id, with_for_update=True)
    if upload is None or upload.state != task.state:
        return False
    upload.taken_until, upload.progress = None, 100
    if "problem" in said:
        upload.state, upload.problem = State.FAILED.value, said["problem"]
        upload.mapping = {**upload.mapping, "line": said.get("line", 0)}
    elif task.state == State.SENT:
        return _propose(upload, said)
    else:
        upload.state, upload.counted = State.COUNTED.value, pack({**said, "mark": task.mark})
    return False


def _propose(upload: Upload, said: dict[str, Any]) -> bool:
    """Keep the first rows; if files of this source are known to be so, go on without asking."""
    source = session.get(Source, upload.source_id) if upload.source_id else None
    upload.head = pack(said)
    known = from_json(source.mapping if source else {})
    is_known = known.epsg > 0 and known.fits(said["head"])
    upload.state = (State.WAITING if is_known else State.ASKING).value
    if is_known and source is not None:
        upload.mapping, upload.progress = dict(source.mapping), 0
    return is_known
