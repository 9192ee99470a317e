"""Demands for records: each is filed when it comes, perhaps with a legal hold, and what was handed out is noted.

The public count (`demands.py`) is made from them. No row here has a free text: whatever was demanded, and of whom,
stays on the office's own paper under its file number.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from flask_babel import lazy_gettext as _l
from sqlalchemy import JSON, CheckConstraint, ForeignKey, String, select
from sqlalchemy.orm import Mapped, mapped_column

from portal.core.audit import record
from portal.core.clock import today
from portal.core.db import Base, Versioned, random_id, session
from portal.core.i18n import Bilingual, speaking
from portal.core.page_cache import renew_cache_version
from portal.core.statuses import NotFound, Refused
from portal.home.demands import Demands, typed_demands
from portal.home.quarters import Quarter, last_ended, quarter_of
from portal.reports.holds import HoldScope, ReportHold, allow_to_tell, place_hold


class DemandKind(StrEnum):
    COURT = "court"
    AGENCY = "agency"
    PUBLIC = "public"


class RecordKind(StrEnum):
    REPORTS = "reports"
    MEETINGS = "meetings"
    MINUTES = "minutes"
    FIGURES = "figures"
    AUDIT = "audit"
    ACCOUNTS = "accounts"
    OTHER = "other"


class DemandEnd(StrEnum):
    """How a demand ended."""

    HANDED = "handed"
    PARTLY = "partly"
    NOTHING = "nothing"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"


DEMAND_KINDS = tuple(one.value for one in DemandKind)
ENDS = tuple(one.value for one in DemandEnd)
HANDED_OUT = (DemandEnd.HANDED, DemandEnd.PARTLY)
CONTESTED = (DemandEnd.PARTLY, DemandEnd.REFUSED)
ONLY = 1


class RecordsDemand(Versioned, Base):
    """One demand. It counts in the quarter in which it came, unless a court forbids to speak of it."""

    __tablename__ = "home_demand"
    __table_args__ = (
        CheckConstraint(f"kind IN {DEMAND_KINDS!r}", name="kind"),
        CheckConstraint(f"ended_with IS NULL OR ended_with IN {ENDS!r}", name="ended_with"),
        CheckConstraint("(ended_with IS NULL) = (ended_on IS NULL)", name="ended_on"),
    )

    id: Mapped[int] = mapped_column(primary_key=True, default=random_id)
    kind: Mapped[str] = mapped_column(String(10))
    came_on: Mapped[date] = mapped_column(index=True)
    about: Mapped[list[str]] = mapped_column(JSON)
    """The kinds of records that it asks for."""
    reference: Mapped[str] = mapped_column(String(40))
    """The office's own file number, or empty."""
    may_be_told: Mapped[bool]
    ended_with: Mapped[str | None] = mapped_column(String(12))
    ended_on: Mapped[date | None]
    handed: Mapped[list[str]] = mapped_column(JSON)
    """The kinds of records of which something was handed out."""
    hold_id: Mapped[int | None] = mapped_column(ForeignKey("reports_hold.id"))


class Handout(Base):
    """An export that was made to be handed out: of what, when, by whom, and the hash of the file, which is not kept."""

    __tablename__ = "home_handout"

    id: Mapped[int] = mapped_column(primary_key=True, default=random_id)
    demand_id: Mapped[int] = mapped_column(ForeignKey("home_demand.id"), index=True)
    made_on: Mapped[date]
    made_by_id: Mapped[int] = mapped_column(ForeignKey("accounts_member.id"))
    kinds: Mapped[list[str]] = mapped_column(JSON)
    lines: Mapped[int]
    left_out: Mapped[int]
    """How many personal details were masked in it."""
    digest: Mapped[str] = mapped_column(String(64))


class DemandLedger(Base):
    """The one row that says since which quarter every demand is filed here."""

    __tablename__ = "home_demand_ledger"
    __table_args__ = (CheckConstraint(f"id = {ONLY}", name="only"),)

    id: Mapped[int] = mapped_column(primary_key=True, default=ONLY)
    since_on: Mapped[date]
    """The first day of a quarter."""


@dataclass(frozen=True)
class DemandFacts:
    """The facts of a demand that are filed when it comes."""

    kind: str
    came_on: date
    about: Sequence[str]
    reference: str = ""
    may_be_told: bool = True


def demand(demand_id: int) -> RecordsDemand:
    """Return a demand. Raises `NotFound`."""
    found = session.get(RecordsDemand, demand_id)
    if found is None:
        raise NotFound
    return found


def filed_demands() -> Sequence[RecordsDemand]:
    """Return all demands: open ones first, then the newest first."""
    order = (RecordsDemand.ended_on.is_not(None), RecordsDemand.came_on.desc(), RecordsDemand.id)
    return session.scalars(select(RecordsDemand).order_by(*order)).all()


def handouts_of(demand_id: int) -> Sequence[Handout]:
    """Return the exports made for a demand, the newest first."""
    asked = select(Handout).where(Handout.demand_id == demand_id)
    return session.scalars(asked.order_by(Handout.made_on.desc(), Handout.id)).all()


def hold_of(found: RecordsDemand) -> ReportHold | None:
    """Return the hold that was placed because of a demand."""
    return session.get(ReportHold, found.hold_id) if found.hold_id else None


def filed_since() -> Quarter | None:
    """Return the first quarter of which every demand is filed here; None before that was said."""
    row = session.get(DemandLedger, ONLY)
    return quarter_of(row.since_on) if row else None


def begin_ledger(since: Quarter, member_id: int) -> None:
    """Say once that every demand since a quarter is filed here. Raises Refused("ledger_begun")."""
    if filed_since() is not None:
        raise Refused("ledger_begun")
    session.add(DemandLedger(id=ONLY, since_on=since.first_day))
    record("demands.ledger_begun", "quarter", f"{since.year}-{since.number}", member_id)
    renew_cache_version()


def file_demand(facts: DemandFacts, member_id: int) -> RecordsDemand:
    """File a demand. Raises Refused("demand_day") for a day that is still to come."""
    filed = RecordsDemand(id=random_id(), handed=[])
    _take(filed, facts)
    session.add(filed)
    session.flush()
    record("demand.filed", "demand", filed.id, member_id)
    renew_cache_version()
    return filed


def correct_demand(filed: RecordsDemand, facts: DemandFacts, member_id: int) -> None:
    """Correct what was filed of a demand; its hold is spoken of as the demand is."""
    _take(filed, facts)
    hold = hold_of(filed)
    if hold is not None:
        allow_to_tell(hold, may_be_told=facts.may_be_told)
    record("demand.corrected", "demand", filed.id, member_id)
    renew_cache_version()


def _take(filed: RecordsDemand, facts: DemandFacts) -> None:
    if facts.came_on > today():
        raise Refused("demand_day")
    filed.kind, filed.came_on, filed.reference = facts.kind, facts.came_on, facts.reference
    filed.about, filed.may_be_told = sorted(facts.about), facts.may_be_told


def end_demand(filed: RecordsDemand, end: DemandEnd, handed: Collection[str], member_id: int) -> None:
    """Note how a demand ended; it can be noted again if more comes of it."""
    filed.ended_with, filed.ended_on = end.value, today()
    filed.handed = sorted(handed) if end in HANDED_OUT else []
    record("demand.ended", "demand", filed.id, member_id)
    renew_cache_version()


def hold_for(filed: RecordsDemand, scope: HoldScope, member_id: int) -> ReportHold:
    """Place the hold that a demand asks for. Raises Refused("hold_there") while it has one in force."""
    before = hold_of(filed)
    if before is not None and before.is_in_force:
        raise Refused("hold_there")
    hold = place_hold(scope, may_be_told=filed.may_be_told, member_id=member_id)
    filed.hold_id = hold.id
    renew_cache_version()
    return hold


def note_handout(filed: RecordsDemand, made: Handout, member_id: int) -> None:
    """Note an export in the log of a demand."""
    made.id, made.demand_id, made.made_on, made.made_by_id = random_id(), filed.id, today(), member_id
    session.add(made)
    record("demand.exported", "demand", filed.id, member_id)


# --- the public count ---


def demands() -> dict[Quarter, Demands]:
    """Return the count of each quarter, the newest first: those that are filed here, and earlier ones typed by hand."""
    since = filed_since()
    found = {one: counted for one, counted in typed_demands().items() if since is None or one < since}
    if since is not None:
        found |= _filed(since, last_ended(today()))
    return dict(sorted(found.items(), reverse=True))


def _filed(since: Quarter, last: Quarter) -> Mapping[Quarter, Demands]:
    came: dict[Quarter, list[RecordsDemand]] = {}
    while since <= last:
        came[since], since = [], since.next
    for one in session.scalars(select(RecordsDemand).where(RecordsDemand.may_be_told)):
        if quarter_of(one.came_on) in came:
            came[quarter_of(one.came_on)].append(one)
    return {quarter: count(rows) for quarter, rows in came.items()}


def count(rows: Sequence[RecordsDemand]) -> Demands:
    """Return how many demands these are, and how they ended."""
    kinds, ends = [one.kind for one in rows], [one.ended_with for one in rows]
    handed = {kind for one in rows for kind in one.handed}
    return Demands(
        by_court=kinds.count(DemandKind.COURT),
        by_agency=kinds.count(DemandKind.AGENCY),
        by_public=kinds.count(DemandKind.PUBLIC),
        refused=sum(end in CONTESTED for end in ends),
        answered=sum(end in HANDED_OUT for end in ends),
        handed=kinds_in_words(handed),
    )


def kinds_in_words(kinds: Iterable[str]) -> Bilingual:
    """Return kinds of records in both languages, in a fixed order."""
    words, wanted = {}, set(kinds)
    for lang in ("en", "es"):
        with speaking(lang):
            words[lang] = ", ".join(str(RECORDS[one]) for one in RecordKind if one in wanted)
    return Bilingual(**words)


KINDS = {
    DemandKind.COURT: _l("A court: an order, a warrant or a subpoena"),
    DemandKind.AGENCY: _l("Police or another office, without a court"),
    DemandKind.PUBLIC: _l("Anybody, under the public records law"),
}
RECORDS = {
    RecordKind.REPORTS: _l("reports of residents"),
    RecordKind.MEETINGS: _l("meetings"),
    RecordKind.MINUTES: _l("minutes and decisions of meetings"),
    RecordKind.FIGURES: _l("published figures"),
    RecordKind.AUDIT: _l("the audit log"),
    RecordKind.ACCOUNTS: _l("accounts of the team"),
    RecordKind.OTHER: _l("something else"),
}
END_WORDS = {
    DemandEnd.HANDED: _l("All of it was handed out"),
    DemandEnd.PARTLY: _l("A part was handed out, the rest refused"),
    DemandEnd.NOTHING: _l("There is nothing to hand out"),
    DemandEnd.REFUSED: _l("It was refused or contested"),
    DemandEnd.WITHDRAWN: _l("It was taken back"),
}
REFUSALS = {
    "ledger_begun": _l("That was said before. Each demand is filed here since then."),
    "demand_day": _l("This day is still to come."),
    "hold_there": _l("There is a hold already. Put off its last day, or end it first."),
}
AUDITED = {
    "demand.filed": _l("filed a demand for records"),
    "demand.corrected": _l("corrected a demand for records"),
    "demand.ended": _l("noted how a demand for records ended"),
    "demand.exported": _l("made a file for a demand for records"),
    "demands.ledger_begun": _l("began to file demands for records"),
    "demand": _l("demand for records"),
}
