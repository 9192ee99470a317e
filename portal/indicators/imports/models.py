"""Files that were sent in, and how the files of a source are read.

A row of an incident file is never kept: only the file itself, packed, until it is taken over or a day has gone by.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from portal.core.db import Base, random_id
from portal.indicators.imports.rules.states import STATES
from portal.indicators.rules.measures import FILE_KINDS

A_MEMBER = "accounts_member.id"


class Source(Base):
    """Who publishes incidents, and how their files are to be read; one mapping for all files of a source."""

    __tablename__ = "indicators_source"

    id: Mapped[int] = mapped_column(primary_key=True, default=random_id)
    name: Mapped[str] = mapped_column(String(80))
    mapping: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    """`rules.mapping.Mapping` as JSON: columns, dates, projection, what each type counts as."""
    blocks: Mapped[bytes | None] = mapped_column(LargeBinary, deferred=True)
    """A packed table of blocks and where they are: JSON of text, x and y."""
    block_count: Mapped[int] = mapped_column(default=0)
    changed_at: Mapped[datetime]
    version: Mapped[int] = mapped_column(nullable=False)

    __mapper_args__ = {"version_id_col": version}


class Upload(Base):
    """A file that somebody sent in, and how far the workers are with it."""

    __tablename__ = "indicators_upload"
    __table_args__ = (
        CheckConstraint(f"kind IN {FILE_KINDS!r}", name="kind"),
        CheckConstraint(f"state IN {STATES!r}", name="state"),
        CheckConstraint("progress BETWEEN 0 AND 100", name="progress"),
    )

    id: Mapped[int] = mapped_column(primary_key=True, default=random_id)
    member_id: Mapped[int] = mapped_column(ForeignKey(A_MEMBER), index=True)
    kind: Mapped[str] = mapped_column(String(10))
    source_id: Mapped[int | None] = mapped_column(ForeignKey("indicators_source.id", ondelete="CASCADE"))
    file_name: Mapped[str] = mapped_column(String(120))
    digest: Mapped[str] = mapped_column(String(64))
    """SHA-256 of the file as it was sent."""
    size: Mapped[int]
    sent_at: Mapped[datetime] = mapped_column(index=True)
    state: Mapped[str] = mapped_column(String(10))
    progress: Mapped[int] = mapped_column(default=0)
    taken_until: Mapped[datetime | None]
    """Until when a worker has it in hand."""
    problem: Mapped[str] = mapped_column(String(20), default="")
    mapping: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    head: Mapped[bytes | None] = mapped_column(LargeBinary, deferred=True)
    """Packed: the first rows."""
    counted: Mapped[bytes | None] = mapped_column(LargeBinary, deferred=True)
    """Packed: what was counted, and what is odd in the file."""


class UploadPart(Base):
    """A packed piece of a file, so that any machine can read it on without holding all of it."""

    __tablename__ = "indicators_upload_part"

    upload_id: Mapped[int] = mapped_column(ForeignKey("indicators_upload.id", ondelete="CASCADE"), primary_key=True)
    part: Mapped[int] = mapped_column(primary_key=True)
    content: Mapped[bytes] = mapped_column(LargeBinary)
