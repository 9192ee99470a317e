"""Uploaded files and sources of incidents, and the job that reads a file; its rows are never stored.

A subprocess keeps the worker free for waiting texts, returns the memory, and contains what a malicious file does.
"""

from __future__ import annotations

import json
import subprocess
import sys
import zlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from datetime import date, datetime, timedelta
from functools import cache, partial
from hashlib import blake2b, sha256
from itertools import chain, islice
from tempfile import TemporaryFile
from threading import Timer
from typing import IO, Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, LargeBinary, String, and_, delete, or_, select, update
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.config import ROOT
from portal.core.clock import now, today, zone
from portal.core.db import Base, Versioned, added, db, one, random_id, session
from portal.core.jobs.engine import each_row
from portal.core.purge import RetentionRule
from portal.core.sheets import is_workbook
from portal.indicators import counts, placebo_areas
from portal.indicators.areas import known_outlines
from portal.indicators.counts import Area, Import, Measure
from portal.indicators.files.mapping import FOR_WORKERS, UploadState, from_json
from portal.indicators.statistics.terms import FileKind
from portal.indicators.studies import PlaceboSet
from portal.markets.places import Market, known_markets


class IncidentSource(Versioned, Base):
    __tablename__ = "indicators_source"

    id: Mapped[int] = mapped_column(primary_key=True, default=random_id)
    name: Mapped[str] = mapped_column(String(80))
    mapping: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    """`files.mapping.ColumnMapping` as JSON: columns, dates, projection, the measure of each type."""
    changed_at: Mapped[datetime]


class Upload(Base):
    __tablename__ = "indicators_upload"
    __table_args__ = (CheckConstraint("progress BETWEEN 0 AND 100", name="progress"),)

    id: Mapped[int] = mapped_column(primary_key=True, default=random_id)
    member_id: Mapped[int] = mapped_column(ForeignKey("accounts_member.id"), index=True)
    kind: Mapped[FileKind]
    source_id: Mapped[int | None] = mapped_column(ForeignKey("indicators_source.id", ondelete="CASCADE"))
    file_name: Mapped[str] = mapped_column(String(120))
    digest: Mapped[str] = mapped_column(String(64))
    """SHA-256 of the file as it was sent."""
    size: Mapped[int]
    sent_at: Mapped[datetime] = mapped_column(index=True)
    state: Mapped[UploadState] = mapped_column(default=UploadState.SENT)
    progress: Mapped[int] = mapped_column(default=0)
    taken_until: Mapped[datetime | None]
    """The end of the lease of the worker that reads it."""
    problem: Mapped[str] = mapped_column(String(20), default="")
    mapping: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    head: Mapped[bytes | None] = mapped_column(LargeBinary, deferred=True)
    """Compressed: headings and first rows."""
    counted: Mapped[bytes | None] = mapped_column(LargeBinary, deferred=True)
    """Compressed: the counts and the problems found in the file."""

    source: Mapped[IncidentSource | None] = relationship()


class UploadPart(Base):
    """A compressed part of a file, so that any worker can read the file without holding all of it in memory."""

    __tablename__ = "indicators_upload_part"

    upload_id: Mapped[int] = mapped_column(ForeignKey("indicators_upload.id", ondelete="CASCADE"), primary_key=True)
    part: Mapped[int] = mapped_column(primary_key=True)
    content: Mapped[bytes] = mapped_column(LargeBinary)


LATEST = 12


def own_upload(upload_id: int, member_id: int, kind: FileKind, *, to_change: bool = False) -> Upload:
    """Raises `NotFound` for another member's, which may be about a hidden place."""
    own = (Upload.id == upload_id, Upload.member_id == member_id, Upload.kind == kind)
    return one(select(Upload).where(*own), to_change=to_change)


def own_imports(member_id: int) -> Sequence[Import]:
    own = select(Import).where(Import.member_id == member_id)
    return session.scalars(own.order_by(Import.made_at.desc()).limit(LATEST)).all()


def named_areas(member_id: int) -> dict[str, Area]:
    """Return the areas that a member may know of by their name in tables: "linden-corner/ring-1", "city"."""
    slugs = {market.id: market.slug for market in known_markets(member_id)}
    areas = sorted(counts.known_areas(member_id), key=lambda area: (slugs.get(area.market_id or 0, ""), area.order))
    return {f"{slugs[area.market_id]}/{area.key}" if area.market_id else area.key: area for area in areas}


def beginnings() -> Callable[[Area, Measure, date], bool]:
    """Return what says whether an area may have figures of a measure in a month, and asks once per place."""
    first_of = cache(lambda market_id: counts.first_own_month(session.get_one(Market, market_id)))

    def may_have(area: Area, measure: Measure, month: date) -> bool:
        if area.market_id is None:
            return True
        if measure.counted_anyway or measure.city_only:
            return not measure.city_only
        first = first_of(area.market_id)
        return first is not None and first <= month

    return may_have


FAST = 1
ERASED_OF_FIGURES = (
    RetentionRule(
        "files of figures",
        "a day after they were sent in, or as soon as they are taken over",
        "the whole file, and what was read in it",
        Upload,
        lambda now: Upload.sent_at <= now - timedelta(days=1),
        hourly=True,
    ),
    RetentionRule(
        "what imports of figures changed",
        "90 days, after which they cannot be undone",
        "what stood there before; which file, who and when is kept",
        Import,
        lambda now: and_(Import.made_at <= now - timedelta(days=90), Import.changes.is_not(None)),
        instead={"changes": None},
    ),
)
PATIENCE = 900
"""Seconds of wall-clock time; the limit on processor time is lower (`program.MOST_SECONDS`)."""
PROGRAM = "import sys; sys.path.insert(0, sys.argv[1]); from portal.indicators.files.program import main; main()"
ENVIRONMENT = {"OPENBLAS_NUM_THREADS": "1", "PROJ_NETWORK": "OFF"}
"""The whole environment of the subprocess: no secret, and no address of a database or service."""


def count_apart(options: dict[str, Any], pieces: Iterable[bytes], fed: Callable[[int], bool]) -> dict[str, Any]:
    """Run the counting subprocess; kill it once `fed`, called with the bytes sent so far, returns False."""
    # -I ignores environment variables and the working directory; nothing in the command comes from the file.
    command = [sys.executable, "-I", "-B", "-c", PROGRAM, str(ROOT)]
    with subprocess.Popen(  # noqa: S603
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=ENVIRONMENT
    ) as program:
        assert program.stdin is not None
        assert program.stdout is not None
        watch, so_far = Timer(PATIENCE, program.kill), 0
        watch.start()
        try:
            # It may stop reading early, and reports why in its result.
            with suppress(BrokenPipeError), program.stdin as into:
                into.write(json.dumps(options).encode() + b"\n")
                for piece in pieces:
                    into.write(piece)
                    so_far += len(piece)
                    if not fed(so_far):
                        program.kill()
                        break
            written = program.stdout.read()
        finally:
            program.kill() if sys.exc_info()[0] else None
            watch.cancel()
        program.wait()
    # A code says that we or the system killed it: it took too long or too much memory.
    result: dict[str, Any] = {"problem": "too_much"} if program.returncode else json.loads(written)
    return result


PART = 1024 * 1024
LONGEST_NAME = 120


def keep_upload(sent: IO[bytes], name: str, kind: FileKind, member_id: int, source_id: int | None = None) -> Upload:
    """Store an uploaded file, compressed into a temporary file first, so that the write transaction stays short."""
    digest, size, lengths = sha256(), 0, []
    # Without directories and signs that could control a terminal or a page.
    plain = "".join(sign for sign in name.replace("\\", "/").rpartition("/")[2] if sign.isprintable())
    with TemporaryFile() as packed:
        while piece := sent.read(PART):
            digest.update(piece)
            size += len(piece)
            lengths.append(packed.write(zlib.compress(piece, FAST)))
        packed.seek(0)
        file = {"file_name": plain[:LONGEST_NAME] or "?", "digest": digest.hexdigest(), "size": size}
        about = {"member_id": member_id, "kind": kind, "source_id": source_id, "sent_at": now()}
        upload = added(Upload(id=random_id(), **about, **file))
        for part, length in enumerate(lengths):
            db.insert(UploadPart, upload_id=upload.id, part=part, content=packed.read(length))
    return upload


def pieces(upload_id: int) -> Iterator[bytes]:
    """Yield a stored file in pieces, each read in its own transaction, so that a slow job blocks no writer."""
    part = 0
    while True:
        with db.work():
            stored = (UploadPart.upload_id == upload_id, UploadPart.part == part)
            packed = session.scalar(select(UploadPart.content).where(*stored))
        if packed is None:
            return
        yield zlib.decompress(packed)
        part += 1


def content_of(upload: Upload) -> bytes:
    parts = select(UploadPart.content).where(UploadPart.upload_id == upload.id).order_by(UploadPart.part)
    return b"".join(zlib.decompress(packed) for packed in session.scalars(parts))


def erase_upload(upload: Upload) -> None:
    session.execute(delete(UploadPart).where(UploadPart.upload_id == upload.id))
    session.delete(upload)
    session.flush()
    # SQLite's journal still holds the pages as they were before the deletion.
    db.after_commit(db.forget_journal)


READ_FILE = "read a file of incidents"
LEASE = timedelta(minutes=3)
NEARLY = 97


def outlines_mark(member_id: int) -> str:
    """Return a hash of all areas that the member may know of."""
    market_ids = [market.id for market in known_markets(member_id)]
    digests = select(PlaceboSet.digest).where(PlaceboSet.market_id.in_(market_ids)).order_by(PlaceboSet.digest)
    areas = repr((known_outlines(member_id), list(session.scalars(digests))))
    return blake2b(areas.encode(), digest_size=8).hexdigest()


def _to_read() -> tuple[Any, Any]:
    return Upload.state.in_(FOR_WORKERS), or_(Upload.taken_until.is_(None), Upload.taken_until <= now())


def read_files() -> None:
    """Read the files that still wait: no worker was notified, or the worker's lease has expired."""
    with db.work():
        incidents = select(Upload.id).where(Upload.kind == FileKind.INCIDENTS, *_to_read())
        waiting = session.scalars(incidents).all()
    each_row(waiting, read_file)


def read_file(upload_id: int) -> None:
    """Read or count a file unless another worker does. If its source has a mapping, reading is followed by counting."""
    while (task := _claim(upload_id)) is not None:
        (state, size), options, mark = task
        parts = pieces(upload_id)
        first = next(parts, b"")
        if state == UploadState.SENT and not is_workbook(first):
            # For a first look the beginning is enough; a workbook must be unpacked as a whole.
            parts = islice(parts, 0)
        result = count_apart(options, chain([first], parts), partial(_goes_on, upload_id, state, size))
        with db.work():
            if not _settle(upload_id, state, mark, result):
                return


def _claim(upload_id: int) -> tuple[tuple[UploadState, int], dict[str, Any], str] | None:
    """Return state and size, options and the mark of the outlines, so that no transaction stays open meanwhile."""
    with db.work():
        taking = update(Upload).where(Upload.id == upload_id, *_to_read())
        taken = session.execute(taking.values(taken_until=now() + LEASE).returning(Upload.id)).scalar()
        upload = session.get(Upload, upload_id) if taken else None
        if upload is None:
            return None
        options: dict[str, Any] = {}
        if upload.state == UploadState.WAITING:
            # All that the process gets: nothing about the member, and only areas that the member may know of.
            city = counts.city_area()
            options = {
                "reading": upload.mapping,
                "zone": zone().key,
                "today": today().isoformat(),
                "areas": known_outlines(upload.member_id),
                "city": city.id if city else None,
                **placebo_areas.placebo_options(upload.member_id),
            }
        return (upload.state, upload.size), options, outlines_mark(upload.member_id)


def _goes_on(upload_id: int, state: UploadState, size: int, so_far: int) -> bool:
    """Renew lease and progress; return False to end the reading: the file is gone or read otherwise."""
    done = min(NEARLY, so_far * 100 // max(size, 1))
    with db.work():
        same = update(Upload).where(Upload.id == upload_id, Upload.state == state)
        going = same.values(progress=done, taken_until=now() + LEASE).returning(Upload.id)
        return session.execute(going).scalar() is not None


def _settle(upload_id: int, state: UploadState, mark: str, result: dict[str, Any]) -> bool:
    """Store the result of a step. Return whether the source's mapping fits, so that counting starts without asking."""
    upload = session.get(Upload, upload_id, with_for_update=True)
    if upload is None or upload.state != state:
        return False
    upload.taken_until, upload.progress = None, 100
    if "problem" in result:
        upload.state, upload.problem = UploadState.FAILED, result["problem"]
        upload.mapping = {**upload.mapping, "line": result.get("line", 0)}
        return False
    if state != UploadState.SENT:
        upload.state, upload.counted = UploadState.COUNTED, counts.pack({**result, "mark": mark})
        return False
    upload.head, mapping = counts.pack(result), upload.source.mapping if upload.source else {}
    reading = from_json(mapping)
    if reading.epsg <= 0 or not reading.fits(result["head"]):
        upload.state = UploadState.ASKING
        return False
    upload.state, upload.mapping, upload.progress = UploadState.WAITING, dict(mapping), 0
    return True
