"""The file that is handed out after a demand for records: what the portal can read without the key of a desk.

A ZIP of tables (CSV) with a list of what was left out. Meetings, minutes and figures are the public ones. The audit log
is without names, hours and ids, and without what would tell of reports. Of reports there is nothing that could be put
in: they are sealed to desks. Phone numbers, addresses and the like are masked in every text all the same.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import select

from portal.accounts.roles import Role
from portal.accounts.texts import audited, thing
from portal.accounts.users import RoleHeld, audit_events
from portal.core.clock import today, zone
from portal.core.db import session
from portal.home.open_data import table_of
from portal.home.records import RECORDS, RecordKind
from portal.indicators.snapshots.snapshots import latest
from portal.meetings.meeting import Meeting, public_meetings
from portal.meetings.report_back import public_reports
from portal.reports.urgency import masked

MARK = "[…]"
"""Stands for a masked personal detail in either language."""
Rows = Iterator[Sequence[object]]
EXPORTED = (RecordKind.MEETINGS, RecordKind.MINUTES, RecordKind.FIGURES, RecordKind.AUDIT)
"""The kinds of records of which a file can be made here."""
LEFT_OUT = {
    RecordKind.MEETINGS: _l(
        "who wrote it, links for joining online, answers of people who come, drafts, meetings at places not public yet"
    ),
    RecordKind.MINUTES: _l("who wrote it, drafts, who came (no name is ever stored)"),
    RecordKind.FIGURES: _l("numbers that are hidden in public because they are small"),
    RecordKind.AUDIT: _l("names, hours, which object it was, reports and all that was done with them, hidden places"),
}
"""What is left out of each file, by rule."""
WRITTEN = (RecordKind.MEETINGS, RecordKind.MINUTES)
"""The kinds with texts that people wrote, in which personal details are masked."""
REPORTS = ("thread", "referral", "saved answer", "hold")
FIRST_DAY = (1980, 1, 1, 0, 0, 0)
"""The time in the ZIP: none, so that the same tables make the same file."""


@dataclass
class ExportFile:
    """A file to be handed out, and what its log says of it."""

    content: bytes = b""
    lines: int = 0
    masked: int = 0
    tables: dict[str, int] = field(default_factory=dict)

    @property
    def digest(self) -> str:
        return sha256(self.content).hexdigest()


def export(kinds: Collection[str], reader_id: int) -> ExportFile:
    """Return the file with these kinds of records, as far as the reader may know of them."""
    made, tables = ExportFile(), {}
    for kind in EXPORTED:
        if kind in kinds:
            tables[f"{kind}.csv"] = _csv(TABLES[kind](reader_id), made, kind)
    made.content = _zip({"READ-ME.txt": _read_me([one for one in EXPORTED if one in kinds], made), **tables})
    return made


def _csv(rows: Rows, made: ExportFile, kind: RecordKind) -> str:
    written = io.StringIO()
    writer = csv.writer(written)
    writer.writerow(next(rows))
    lines = 0
    for row in rows:
        writer.writerow([_masked(cell, made) for cell in row] if kind in WRITTEN else row)
        lines += 1
    made.tables[kind] = lines
    made.lines += lines
    return "\ufeff" + written.getvalue()


def _masked(cell: object, made: ExportFile) -> object:
    if not isinstance(cell, str):
        return cell
    text = masked(cell, MARK)
    made.masked += text.count(MARK) - cell.count(MARK)
    # A spreadsheet must not take a text for a formula.
    return f"'{text}" if text[:1] in ("=", "+", "-", "@", "\t") else text


def _zip(files: Mapping[str, str]) -> bytes:
    written = io.BytesIO()
    with ZipFile(written, "w", ZIP_DEFLATED) as archive:
        for name, text in files.items():
            archive.writestr(ZipInfo(name, FIRST_DAY), text, ZIP_DEFLATED)
    return written.getvalue()


def _read_me(kinds: Iterable[RecordKind], made: ExportFile) -> str:
    lines = [_("Records handed out, made on %(day)s.", day=today().isoformat()), ""]
    for kind in kinds:
        lines += [f"{kind}.csv: {RECORDS[kind]}", _("Lines: %(num)s", num=made.tables[kind])]
        lines += [_("Left out by rule: %(what)s", what=LEFT_OUT[kind]), ""]
    lines += [
        _("Masked by a machine, and marked %(mark)s: %(num)s", mark=MARK, num=made.masked),
        _("Reports of residents are not in it: they are locked, and this program cannot open them."),
        "",
    ]
    return "\n".join(map(str, lines))


def _meetings(_reader_id: int) -> Rows:
    yield "starts_at", "ends_at", "state", "title_en", "title_es", "purpose_en", "purpose_es", "changed_because"
    for one in session.scalars(public_meetings().order_by(Meeting.starts_at, Meeting.id)):
        texts = (one.title.en, one.title.es, one.purpose.en, one.purpose.es, one.change_reason.en)
        yield _day_and_hour(one.starts_at), _day_and_hour(one.ends_at), one.state, *texts


def _day_and_hour(moment: datetime | None) -> str:
    return moment.astimezone(zone()).isoformat(timespec="minutes") if moment else ""


def _day(moment: datetime | None) -> str:
    return moment.astimezone(zone()).date().isoformat() if moment else ""


def _minutes(_reader_id: int) -> Rows:
    yield "meeting", "published_on", "what", "text_en", "text_es", "who", "by"
    for one in session.scalars(public_reports()):
        meeting = session.get_one(Meeting, one.meeting_id)
        head = (meeting.title.en, _day(one.published_at))
        yield *head, "minutes", one.minutes.en, one.minutes.es, "", ""
        yield *head, "next steps", one.next_steps.en, one.next_steps.es, "", ""
        for made in one.decisions:
            yield *head, "decision", made.what.en, made.what.es, made.who.en, made.by_on or ""


def _figures(_reader_id: int) -> Rows:
    newest = latest()
    if newest is None:
        yield ("nothing published",)
        return
    for place in (None, *newest.document.places):
        rows = list(csv.reader(io.StringIO(table_of(newest.document, place))))
        yield from rows if place is None else rows[1:]


def _audit(reader_id: int) -> Rows:
    yield "day", "role", "action", "object"
    those = select(RoleHeld.member_id).where(RoleHeld.role == Role.ADMINISTRATOR)
    administrators = set(session.scalars(those))
    for event in audit_events(reader_id, but=REPORTS):
        role = "administrator" if event.actor_id in administrators else "team" if event.actor_id else "program"
        yield _day(event.at), role, audited(event.action), thing(event.object_type)


TABLES = {
    RecordKind.MEETINGS: _meetings,
    RecordKind.MINUTES: _minutes,
    RecordKind.FIGURES: _figures,
    RecordKind.AUDIT: _audit,
}
