"""The handover pack of a place in the reader's language, as sections and as PDF, and the chart of weekly signals."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from flask_babel import format_date
from flask_babel import gettext as _

from portal.accounts.texts import ROLES
from portal.accounts.users import Member, member_names
from portal.commitments.texts import promised, standing_sentence
from portal.core.clock import now, today, zone
from portal.core.i18n import clock, language
from portal.core.paper import typeset
from portal.core.portal import current_portal
from portal.markets.gate import keys_in_force
from portal.markets.gate_rules import STEPS, EvidenceItem, EvidenceState, is_public
from portal.markets.places import Evidence, Market, admitted_people, call_in, evidence, seats, turnovers
from portal.markets.reviews import Cause, Week, review_day
from portal.markets.texts import DEPUTY_LAPSES, ITEM_NAMES, OWNER_LAPSES, STATE_NAMES, status_name
from portal.markets.watch import CAUSE_NAMES, reviews_at
from portal.partners.callin.call_in import coming_at
from portal.upkeep.upkeep import decimal, meetings_to_come, overview, promises_about, steadiness

LAST_REVIEWS = 12
LAST_WEEKS = 8
Lines = list[tuple[str, str]]


@dataclass(frozen=True)
class PackSection:
    """A section of the pack: a heading and its lines as (name, text)."""

    title: str
    lines: Lines


def parts(market: Market, member: Member) -> list[PackSection]:
    """Return the sections of the pack, without empty ones."""
    found = [
        PackSection(_("Who looks after it"), _people(market)),
        PackSection(_("How steady that was in the last twelve months"), steadiness(turnovers(market.id))),
        PackSection(_("What is open now"), _open(market, member)),
        PackSection(_("What comes next"), _dates(market, member)),
        PackSection(_("Promises about this place"), _promises(market, member)),
        PackSection(_("How it stands, and how it came to"), _history(market)),
        PackSection(_("Nine steps"), _evidence(market, STEPS)),
        PackSection(
            _("What the work depends on"), _evidence(market, [item for item in EvidenceItem if item not in STEPS])
        ),
        PackSection(_("Release and call-in"), _release(market)),
        PackSection(_("Reviews"), _reviews(market)),
        PackSection(_("Alarm"), _alarm(market, member)),
    ]
    return [part for part in found if part.lines]


def _people(market: Market) -> Lines:
    here = seats(market)
    owner = f"{here.owner}. {OWNER_LAPSES[here.owner_lapse]}" if here.owner_lapse else here.owner
    deputy = f"{here.deputy}. {DEPUTY_LAPSES[here.deputy_lapse]}" if here.deputy_lapse else here.deputy
    lines = [(_("Owner"), owner.removeprefix(". ")), (_("Deputy"), deputy.removeprefix(". "))]
    inside = [f"{one.name} ({_roles(one)})" for one in admitted_people(market.id) if one.left_at is None]
    return [*lines, (_("Admitted by name"), "; ".join(inside))] if inside else lines


def _roles(member: Member) -> str:
    return ", ".join(str(ROLES[role]) for role in ROLES if role in member.roles)


def _open(market: Market, member: Member) -> Lines:
    if not is_public(market.released_at, now()):
        return []
    row = overview(market, member)
    lines = [(_("Nobody reads what is passed on"), sentence) for sentence in row.unread]
    lines += [(_("Review that was not held"), _date(day)) for day in row.overdue]
    lines += [(_("Review to be held"), _date(day)) for day in row.to_hold]
    counts = _(
        "%(running)s running, %(overdue)s of them overdue", running=row.clocks.running, overdue=row.clocks.overdue
    )
    waiting = _(
        "%(number)s (overdue: %(overdue)s)", number=row.unacknowledged.running, overdue=row.unacknowledged.overdue
    )
    return [*lines, (_("Deadlines of reports"), counts), (_("Passed on, and nobody has said to have it"), waiting)]


def _dates(market: Market, member: Member) -> Lines:
    lines = []
    if is_public(market.released_at, now()):
        lines.append((_("Next weekly review"), _date(review_day(today(), current_portal.settings.review_weekday))))
    if market.standing is not None:
        lines.append((_("How it stands is looked at again"), _date(market.standing.review_on)))
    prepared = _("Call-in, prepared in a circle of yours. Strike it out before somebody who is not in it gets this.")
    lines += [(_date(day), prepared) for day in coming_at(market.id, member)]
    for meeting in meetings_to_come(market.id):
        title = meeting.title[language()] or meeting.title.en or meeting.title.es
        lines.append((_moment(meeting.starts_at) if meeting.starts_at else _("Meeting"), title))
    return lines


def _promises(market: Market, member: Member) -> Lines:
    lines = []
    for it in promises_about(market.id, member):
        office = f"{it.office.organisation.name[language()]} · {it.office.name[language()]}" if it.office else ""
        lines.append((office, f"{promised(it)}\n{standing_sentence(it)}"))
    return lines


def _history(market: Market) -> Lines:
    return [
        (
            f"{status_name(decision.status)}, {_date(decision.since_on)}",
            f"{decision.evidence[language()]} ({decision.decided_by[language()]})",
        )
        for decision in market.decisions
    ]


def _evidence(market: Market, items: Iterable[EvidenceItem]) -> Lines:
    noted = evidence(market.id)
    return [(str(ITEM_NAMES[item]), _shown(noted.get(item))) for item in items]


def _shown(one: Evidence | None) -> str:
    if one is None:
        return str(STATE_NAMES[EvidenceState.OPEN])
    state = str(STATE_NAMES[EvidenceState(one.state)])
    since = f"{state}, {_date(one.done_on)}" if one.done_on else state
    return "\n".join(text for text in (since, one.said, one.link) if text)


def _release(market: Market) -> Lines:
    turned = keys_in_force(market)
    names = member_names(key.member_id for key in turned)
    lines = [(_("Key turned by %(name)s", name=names.get(key.member_id, "")), key.reason) for key in turned]
    if market.released_at is not None:
        name = _("Released") if is_public(market.released_at, now()) else _("Will be released")
        lines.append((name, _moment(market.released_at)))
    held = call_in(market.id)
    if held is not None and held.ended_at is not None:
        lines.append((_("The call-in ended"), _moment(held.ended_at)))
    return lines


def _reviews(market: Market) -> Lines:
    reviews = reviews_at(market.id, LAST_REVIEWS)
    names = member_names(review.signed_by_id for review in reviews if review.signed_by_id)
    lines = []
    for review in reviews:
        if review.signed_on is None or review.signed_by_id is None:
            said = _("Not held.") if review.due_on < today() else _("Not held yet.")
        else:
            by = names.get(review.signed_by_id, "")
            said = _(
                "Signed by %(name)s on %(day)s: %(finding)s",
                name=by,
                day=_date(review.signed_on),
                finding=review.finding,
            )
        lines.append((f"{CAUSE_NAMES[Cause(review.cause)]}, {_date(review.due_on)}", said))
    return lines


def _alarm(market: Market, member: Member) -> Lines:
    lines = [
        (_("Usual signals in a week while it holds"), str(market.usual_signals)),
        (_("Signals in a week that mean it slips"), str(market.slipping_signals)),
        (_("Sum at which the alarm opens a review"), str(market.alarm_at)),
    ]
    if is_public(market.released_at, now()):
        weeks = overview(market, member).seen.weeks[-LAST_WEEKS:]
        lines += [
            (
                _("Week of %(day)s", day=_date(week.begins_on)),
                _("%(number)s counted, sum %(sum)s", number=week.signals, sum=decimal(week.total)),
            )
            for week in reversed(weeks)
        ]
    return lines


def _date(day: date) -> str:
    return str(format_date(day, "long"))


def _moment(at: datetime) -> str:
    return f"{format_date(at.astimezone(zone()).date(), 'full')}, {clock(at)}"


def bound(title: str, parts: Sequence[PackSection]) -> bytes:
    """Return the pack as a PDF: Letter format, page numbers, “confidential” on every page."""
    data = {
        "foot": _("Confidential. Give it to nobody who is not admitted to this place, and shred it afterwards."),
        "page": _("Page"),
        "day": _("Handover pack of %(day)s", day=format_date(today(), "long")),
        "parts": [{"title": part.title, "lines": part.lines} for part in parts],
    }
    return typeset("pack", title, data, made_at=now(), kept=False)


WIDTH, HEIGHT = 1000, 420
TOP, FLOOR = 50, 350
GAP = 5
LEAST_SCALE = 3.0


@dataclass(frozen=True)
class Bar:
    """The signals of one week."""

    x: int
    y: int
    width: int
    height: int


@dataclass(frozen=True)
class Chart:
    """A chart in a view box of 1000 by 420."""

    bars: Sequence[Bar]
    line: str
    """The cumulative sum, as the points of a polyline."""
    limit: int
    alarms: Sequence[tuple[int, int]]
    outreach: Sequence[int]
    first: date
    last: date


def chart(weeks: Sequence[Week], limit: float) -> Chart:
    """Return the chart of at least one week; signals and their sum share a scale, as the sum is built from them."""
    most = max(LEAST_SCALE, limit * 1.1, *(week.total for week in weeks), *(week.signals for week in weeks))
    slot = WIDTH / len(weeks)

    def height(value: float) -> int:
        return round(FLOOR - value / most * (FLOOR - TOP))

    def middle(number: int) -> int:
        return round((number + 0.5) * slot)

    return Chart(
        bars=[
            Bar(round(number * slot) + GAP, height(week.signals), round(slot) - 2 * GAP, FLOOR - height(week.signals))
            for number, week in enumerate(weeks)
            if week.signals
        ],
        line=" ".join(f"{middle(number)},{height(week.total)}" for number, week in enumerate(weeks)),
        limit=height(limit),
        alarms=[(middle(number), height(week.total)) for number, week in enumerate(weeks) if week.is_alarm],
        outreach=[middle(number) for number, week in enumerate(weeks) if week.outreach],
        first=weeks[0].begins_on,
        last=weeks[-1].begins_on,
    )
