"""Which reports a desk lists: views, filters, totals, the report that comes next, and a search in opened words.

Filters never tell of a hidden place: they know only the places that everybody may see, and whatever is at another one
counts as at no place of ours. What is searched for is compared with words opened for this one request; neither is kept.

The monitoring learns how old the oldest unread report at a desk is, in whole days as hours, and not how many there are.
Nothing of the desk that reads complaints about the police, nor of what the police got: that something waits there at
all is told to nobody who is not at that desk.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from functools import cached_property
from typing import Any, NamedTuple, Self

from sqlalchemy import ColumnElement, Select, and_, case, exists, false, func, or_, select, true

from portal.accounts.roles import RECEIVES, DeskKind
from portal.accounts.users import Desk
from portal.core.clock import today
from portal.core.db import session
from portal.core.health import Gauge
from portal.core.i18n import LANGUAGES
from portal.core.names import fold
from portal.reports import reports, threads
from portal.reports.notes import TakenReport, free_for
from portal.reports.referrals import late_threads
from portal.reports.reports import IS_OPEN, READ_LAST, SPEAKS_OF_DANGER, Keys, PassedOn, Thread, ThreadMessage
from portal.reports.triage import Category, Channel, TriageState
from portal.reports.words import ReportWords, likeness

VIEWS = ("waiting", "open", "closed", "late", "flood", "danger")
MINE, FREE = "mine", "free"
NOWHERE = "none"
"""The filter for reports at no place that everybody may see."""
LAST = 3
"""The lane of a list from which on it holds what would bury all else."""
MOST_CLOSED = 5_000
"""Of closed reports, of which a desk may have very many, only the newest are listed and counted."""


@dataclass(frozen=True)
class Selection:
    """The view and filters that a member chose; a report matches all of them, and an empty one matches every report."""

    view: str = "waiting"
    place: str = ""
    about: str = ""
    language: str = ""
    channel: str = ""
    whose: str = ""
    page: int = 1

    @classmethod
    def asked(cls, args: Mapping[str, str], places: Collection[str], page: int = 1) -> Self:
        """Return what the arguments of a URL ask for; what is not among the choices is left out."""
        choices: dict[str, Collection[str]] = {
            "view": VIEWS,
            "place": {NOWHERE, *places},
            "about": tuple(Category),
            "language": LANGUAGES,
            "channel": tuple(Channel),
            "whose": (MINE, FREE),
        }
        return cls(page=page, **{name: args[name] for name, values in choices.items() if args.get(name) in values})

    @cached_property
    def kept(self) -> dict[str, Any]:
        """The arguments that keep this selection in a URL, which every link of a page has."""
        return {name: value for name, value in asdict(self).items() if value != getattr(Selection, name)}

    @property
    def filters(self) -> dict[str, str]:
        return {name: value for name, value in asdict(self).items() if name not in ("view", "page") and value}

    def at(self, page: int) -> Selection:
        return replace(self, page=page)


class Totals(NamedTuple):
    """How many reports the views of some desks hold, whatever is filtered, but for the closed ones."""

    waiting: int
    open: int
    flood: int
    danger: int
    late: int
    mine: int
    folded: int
    """Urgent reports that are listed after the others, because very many came."""
    matching: int
    """Those that all filters match."""


@dataclass(frozen=True)
class Worklist:
    """The reports of these desks that a selection matches, the most pressing first.

    `places` are the ids of the places that everybody may see, by slug. `stranded` holds ids of reports that wait
    although no message in them does. The member with `member_id` reads the list; `read_by_others` holds the names of
    colleagues by the id of the report that they have open.
    """

    desk_ids: Sequence[int]
    selection: Selection
    places: Mapping[str, int]
    stranded: Collection[int] = ()
    member_id: int = 0
    read_by_others: Mapping[int, Sequence[str]] = field(default_factory=dict)

    @cached_property
    def totals(self) -> Totals:
        counts = select(*(func.count(case((is_in, 1))) for is_in in self._open_views.values()))
        folded = select(func.count()).select_from(_folded(self.desk_ids).subquery())
        matching = select(func.count()).select_from(Thread).where(*self._conditions())
        # None of what somebody has is closed.
        mine = select(func.count()).select_from(TakenReport).where(TakenReport.member_id == self.member_id)
        apart = [rows.correlate(None).scalar_subquery() for rows in (mine, folded, matching)]
        of_desks = counts.where(Thread.desk_id.in_(self.desk_ids), IS_OPEN)
        return Totals(*session.execute(of_desks.add_columns(*apart)).one())

    @cached_property
    def _open_views(self) -> dict[str, ColumnElement[bool]]:
        """Which of the open reports each view has, in the order of `Totals`."""
        views = {"waiting": waits(self.stranded), "open": true(), "flood": Thread.in_flood.is_(True)}
        return {**views, "danger": SPEAKS_OF_DANGER, "late": Thread.id.in_(late_threads())}

    def page(self) -> tuple[Sequence[Thread], bool]:
        rows = self._rows(self._order, (self.selection.page - 1) * reports.PAGE_SIZE, reports.PAGE_SIZE + 1)
        return rows[: reports.PAGE_SIZE], len(rows) > reports.PAGE_SIZE

    def newest(self, begin: int, most: int) -> Sequence[Thread]:
        """Return up to `most` threads from the position `begin` on: the newest first, those read last at the end."""
        day = Thread.closed_on if self.selection.view == "closed" else Thread.received_on
        return self._rows((self._lane >= LAST, day.desc(), Thread.id), begin, most)

    def _rows(self, order: Sequence[Any], begin: int, most: int) -> Sequence[Thread]:
        # Rows are read only for what is shown.
        ids = select(Thread.id).where(*self._conditions()).order_by(*order).limit(most).offset(begin)
        return session.scalars(select(Thread).where(Thread.id.in_(ids)).order_by(*order)).all()

    def next_to(self, thread: Thread, noted: int = 0) -> int | None:
        """Return the id of the report to read after this one that no colleague has taken or opened; None without one.

        `noted` came next when the page of this one was opened: an answer changes where a report stands.
        """
        if noted not in (0, thread.id) and self._first(Thread.id == noted):
            return noted
        if self.selection.view == "closed":
            same_day = and_(Thread.closed_on == thread.closed_on, Thread.id < thread.id)
            behind = or_(Thread.closed_on < thread.closed_on, same_day)
        else:
            same_day = and_(Thread.received_on == thread.received_on, Thread.id > thread.id)
            lane = select(self._lane).where(Thread.id == thread.id).correlate(None).scalar_subquery()
            later = and_(self._lane == lane, or_(Thread.received_on > thread.received_on, same_day))
            behind = or_(self._lane > lane, later)
        return self._first(behind) or self._first(Thread.id != thread.id)

    def _first(self, condition: ColumnElement[bool]) -> int | None:
        ids = select(Thread.id).where(*self._conditions(), condition, free_for(self.member_id))
        others = ids.where(Thread.id.not_in(list(self.read_by_others)))
        return session.scalar(others.order_by(*self._order).limit(1))

    @property
    def _order(self) -> tuple[ColumnElement[Any], ...]:
        if self.selection.view == "closed":
            return Thread.closed_on.desc(), Thread.id.desc()
        return self._lane, Thread.received_on.asc(), Thread.id.asc()

    @cached_property
    def _lane(self) -> ColumnElement[int]:
        """First is danger, then a little of it that came in a flood, then all else; what would bury these is last."""
        # A list counts first; for the next report alone it would cost more than it spares.
        counted = vars(self).get("totals")
        buries = false() if counted and not counted.folded else Thread.id.in_(_folded(self.desk_ids))
        return case((READ_LAST, LAST + 1), (buries, LAST), (~Thread.urgent, 2), (Thread.in_flood, 1), else_=0)

    def _conditions(self) -> Iterator[ColumnElement[bool]]:
        yield from self._of_view()
        chosen = self.selection
        if chosen.place == NOWHERE:
            yield or_(Thread.market_id.is_(None), Thread.market_id.not_in(list(self.places.values())))
        elif chosen.place:
            yield Thread.market_id == self.places[chosen.place]
        values = {Thread.category: chosen.about, Thread.language: chosen.language, Thread.channel: chosen.channel}
        yield from (column == value for column, value in values.items() if value)
        if chosen.whose == FREE:
            yield free_for(0)
        elif chosen.whose:
            yield Thread.id.in_(select(TakenReport.thread_id).where(TakenReport.member_id == self.member_id))

    def _of_view(self) -> Iterator[ColumnElement[bool]]:
        view = self.selection.view
        if view == "closed":
            closed = select(Thread.id).where(Thread.desk_id.in_(self.desk_ids), Thread.closed_on.is_not(None))
            latest = closed.order_by(Thread.closed_on.desc(), Thread.id.desc())
            yield Thread.id.in_(latest.limit(MOST_CLOSED))
            return
        yield Thread.desk_id.in_(self.desk_ids)
        yield IS_OPEN
        yield self._open_views[view]


class BesideReport(NamedTuple):
    """What a list says of a report that does not stand in its row."""

    words: ReportWords | None
    holder: TakenReport | None
    is_answered: bool
    """Somebody to whom it was passed on has answered."""


def beside(listed: Sequence[Thread], keys: Keys) -> dict[int, BesideReport]:
    answered = exists().where(PassedOn.thread_id == Thread.id, reports.IS_LIVE, PassedOn.answered_on.is_not(None))
    first = and_(ThreadMessage.thread_id == Thread.id, ThreadMessage.position == 0)
    rows = select(Thread.id, ThreadMessage, TakenReport, answered).outerjoin(ThreadMessage, first)
    rows = rows.outerjoin(TakenReport, TakenReport.thread_id == Thread.id)
    return {
        thread_id: BesideReport(reports.for_desk(message, keys).words if message else None, holder, is_answered)
        for thread_id, message, holder, is_answered in session.execute(
            rows.where(Thread.id.in_([thread.id for thread in listed]))
        )
    }


def waits(stranded: Collection[int]) -> ColumnElement[bool]:
    unread = Thread.waiting_since.is_not(None)
    return or_(unread, Thread.id.in_(stranded)) if stranded else unread


MOST_SINGLY, FIRST_FEW = 20, 10
"""If more unread reports with words of danger than this came on one day, all but the first few are folded."""


def _folded(desk_ids: Sequence[int]) -> Select[int]:
    """Select the ids of unread urgent reports that would bury all others and are listed after them.

    Those that came in a flood are counted apart, whatever the day, and folded as a whole. Of the others, those whose
    senders can be answered by text are not folded. Reports whose senders confirmed the code words or wrote again are
    counted separately: a robot that does this too does not cause the others to be folded. Ids are random, so an
    attacker cannot choose to be among the first few.
    """
    came_back = or_(Thread.code_confirmed, Thread.length > 1)
    day = (Thread.desk_id, Thread.in_flood, case((~Thread.in_flood, Thread.received_on)), came_back)
    place = func.row_number().over(partition_by=day, order_by=Thread.id).label("place")
    threads = select(Thread.id, Thread.in_flood, place, func.count().over(partition_by=day).label("many"))
    threads = threads.where(Thread.desk_id.in_(desk_ids), IS_OPEN, SPEAKS_OF_DANGER)
    urgent = threads.where(or_(Thread.in_flood, ~Thread.texts_back)).subquery()
    return select(urgent.c.id).where(urgent.c.many > MOST_SINGLY, or_(urgent.c.in_flood, urgent.c.place > FIRST_FEW))


TURNED_AWAY = "report turned away"
"""An event, counted, without an address, when one internet connection has sent as many reports as it may in an hour."""
MOST_SEARCHED, MOST_OPENED = 300, 600
"""A search opens so many reports and so many messages at a time: each takes about a tenth of a millisecond."""
MOST_OF_ONE = 40
"""Of a very long report only the first messages are searched."""


class FoundReports(NamedTuple):
    """The reports whose words match, how many reports were looked through so far, and whether more are left."""

    threads: list[Thread]
    excerpts: dict[int, str]
    looked: int
    more: bool


def search(listed: Worklist, words: str, keys: Keys, begin: int = 0) -> FoundReports:
    """Return the reports of a list in which all of these words occur, from `begin` on, in any case and accent."""
    wanted = [fold(word) for word in words.split()]
    candidates = listed.newest(begin, MOST_SEARCHED + 1)
    matching, excerpts, looked, opened = list[Thread](), dict[int, str](), 0, 0
    words_of = dict[int, list[str]]()
    for at, thread in enumerate(candidates[:MOST_SEARCHED]):
        if at % reports.PAGE_SIZE == 0:
            ids = [thread.id for thread in candidates[at : at + reports.PAGE_SIZE]]
            words_of = reports.opened_words(ids, keys, MOST_OF_ONE)
        messages = words_of.get(thread.id, [])
        looked, opened = looked + 1, opened + len(messages)
        text = "\n".join(messages)
        folded = fold(text)
        if wanted and all(word in folded for word in wanted):
            matching.append(thread)
            excerpts[thread.id] = excerpt(text, wanted[0])
        if len(matching) == reports.PAGE_SIZE or opened >= MOST_OPENED:
            break
    return FoundReports(matching, excerpts, begin + looked, looked < len(candidates))


MOST_COMPARED, MOST_ALIKE = 600, 25
"""So many of the newest that may tell of the same are opened and compared, and so many of them shown."""


def most_alike(thread: Thread, keys: Keys) -> tuple[list[Thread], dict[int, str]]:
    """Return the open reports of this one's place, the most alike first, and what each begins with, also this one."""
    newest = threads.perhaps_the_same(thread).order_by(READ_LAST, Thread.received_on.desc(), Thread.id)
    others = session.scalars(newest.limit(MOST_COMPARED)).all()
    opened = reports.opened_words([thread.id, *(other.id for other in others)], keys, 1)
    begins = {thread_id: texts[0] for thread_id, texts in opened.items()}
    text, *texts = (begins.get(report.id, "") for report in (thread, *others))
    alike = dict(zip(others, likeness(text, texts), strict=True))
    return sorted(others, key=lambda other: -alike[other])[:MOST_ALIKE], begins


BEFORE, AROUND = 30, 110


def excerpt(text: str, word: str) -> str:
    """Return the words of a text around the first place where a folded word occurs."""
    text = " ".join(text.split())
    # Folding may change the length of a text: where each sign of the folded one began is counted.
    begins = [at for at, sign in enumerate(text) for _folded_sign in fold(sign)]
    place = "".join(map(fold, text)).find(word)
    at = begins[place] if place >= 0 else 0
    begin = text.rfind(" ", 0, at - BEFORE) + 1 if at > BEFORE else 0
    cut = text[begin : begin + AROUND]
    return f"{'… ' if begin else ''}{cut}{'…' if begin + AROUND < len(text) else ''}"


OLDEST_NAME = "portal_desk_oldest_unread_hours"
OLDEST_HELP = "Age of the oldest unread report at a desk, in whole days; 0 on the day that it came."


def gauges() -> Iterator[Gauge]:
    """Yield the age of the oldest unread report at the triage desk, and of what was passed on at each receiving one."""
    new = select(func.min(Thread.clock_from)).join(Desk, Desk.id == Thread.desk_id)
    new = new.where(Desk.kind == DeskKind.TRIAGE, Thread.state == TriageState.NEW)
    passed = select(Desk.kind, func.min(PassedOn.passed_on)).join(Desk, Desk.id == PassedOn.desk_id)
    unread = passed.where(reports.IS_LIVE, PassedOn.acknowledged_on.is_(None)).group_by(Desk.kind)
    since = {DeskKind.TRIAGE.value: session.scalar(new), **{row[0]: row[1] for row in session.execute(unread)}}
    for kind in (DeskKind.TRIAGE, *(kind for kind in RECEIVES if kind is not DeskKind.POLICE)):
        days = max((today() - since_day).days, 0) if (since_day := since.get(kind)) else 0
        yield Gauge(OLDEST_NAME, OLDEST_HELP, 24 * days, {"desk": kind})
