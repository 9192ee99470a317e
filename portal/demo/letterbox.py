"""Mail of the demonstration: nothing is sent; each mail becomes a file of this installation, which a page shows."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.policy import default
from pathlib import Path

from flask import Flask
from sqlalchemy import and_, func, or_, select

from portal.config import Settings
from portal.core.clock import now, zone
from portal.core.db import session
from portal.core.hours import is_waking, next_waking
from portal.core.jobs.outbox import Kind, Parcel
from portal.core.jobs.rules import State
from portal.core.mail import compose, host_of, sender_of
from portal.core.outcomes import Outcome, Sent
from portal.demo.environment import write_private

FOLDER = "demo-mail"
MOST = 60
"""So many of the newest are kept."""


def start(app: Flask) -> None:
    """Put the box up where mail would leave the house, in a demonstration that names no mail server."""
    settings: Settings = app.extensions["settings"]
    if settings.demo and not settings.smtp_url:
        app.extensions["couriers"][Kind.MAIL] = LetterBox(settings)


class LetterBox:
    """A courier that keeps what it is given."""

    def __init__(self, settings: Settings) -> None:
        self._folder = settings.data_dir / FOLDER
        self._sender = sender_of(settings)
        self._host = host_of(settings)

    def deliver(self, address: str, body: str, parcel_id: int, valid_for: timedelta) -> Outcome:
        message = compose(self._sender, self._host, address, body, parcel_id)
        self._folder.mkdir(parents=True, exist_ok=True)
        write_private(self._folder / f"{parcel_id}.eml", message.as_string())
        for old in _files(self._folder)[MOST:]:
            old.unlink(missing_ok=True)
        return Sent(message["Message-ID"])

    def find(self, address: str, body: str, since: datetime, known: Collection[str]) -> str | None:
        return None

    def is_suppressed(self, address: str) -> bool:
        return False


@dataclass(frozen=True)
class Letter:
    """A mail as whoever gets it reads it."""

    to: str
    subject: str
    text: str
    at: datetime
    has_calendar: bool


def letters(data_dir: Path) -> list[Letter]:
    """What lies in the box, the newest first."""
    return [_read(file) for file in _files(data_dir / FOLDER)]


def waiting_for_morning() -> int:
    """How many mails do not come at this hour because it is night."""
    moment = now()
    if is_waking(moment, zone()):
        return 0
    kept = and_(Parcel.kind == Kind.MAIL, Parcel.state == State.DUE, or_(Parcel.by_day, Parcel.due_at > moment))
    asked = select(func.count()).select_from(Parcel).where(kept, Parcel.due_at <= next_waking(moment, zone()))
    return session.scalar(asked) or 0


def empty(data_dir: Path) -> None:
    """Take everything out of the box."""
    for file in _files(data_dir / FOLDER):
        file.unlink(missing_ok=True)


def _files(folder: Path) -> list[Path]:
    return sorted(folder.glob("*.eml"), key=lambda file: (file.stat().st_mtime_ns, file.name), reverse=True)


def _read(file: Path) -> Letter:
    message = message_from_bytes(file.read_bytes(), policy=default)
    words = message.get_body(("plain",))
    return Letter(
        to=str(message["To"]),
        subject=str(message["Subject"]),
        text=str(words.get_content()).strip() if words is not None else "",
        at=datetime.fromtimestamp(file.stat().st_mtime, UTC),
        has_calendar=any(part.get_content_type() == "text/calendar" for part in message.walk()),
    )
