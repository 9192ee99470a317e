"""The staff page about texts that were sent: how long they wait, what arrived, why not, what it cost.

No number, no text and no day is shown. Counts are rounded, so that looking twice a day does not show who wrote.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import NamedTuple

from flask import render_template
from flask_babel import LazyString, format_date, ngettext
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import func, select

from portal.accounts.roles import Role
from portal.core.clock import now, today
from portal.core.db import session
from portal.core.hours import month_after
from portal.core.jobs.outbox import LATE, MessageKind, OutboundMessage, waits, waits_since
from portal.core.portal import current_portal
from portal.core.suppression import FEWEST_SHOWN
from portal.core.web import AudienceBlueprint, members
from portal.sms.deliveries import Count, TextCount, counts_of
from portal.sms.provider_copies import overdue_copies

READERS = frozenset({Role.ADMINISTRATOR, Role.ORGANIZER})
blueprint = AudienceBlueprint(
    "sms_delivery", __name__, audience=members(*sorted(READERS)), url_prefix="/<lang:lang>/texts-sent"
)

REASONS: Mapping[str, LazyString] = {
    "invalid number": _l("The number does not exist"),
    "region not permitted": _l("Our account may not text that country"),
    "no way to this number": _l("No way leads to that number"),
    "not a mobile number": _l("It is no mobile phone"),
    "too long": _l("The text was too long"),
    "handset unreachable": _l("The phone was off or had no signal"),
    "blocked": _l("The phone or its company blocks us"),
    "unknown handset": _l("The number is not in use any more"),
    "landline or unreachable carrier": _l("It is a landline, or its company does not answer"),
    "filtered by a carrier": _l("A phone company took it for spam: change the words"),
    "sender not registered": _l("Our number is not registered: ask whoever runs the server"),
    "unknown carrier error": _l("The phone company gave no reason"),
    "carrier unavailable": _l("The phone company was down"),
}
"""Why texts fail, by the reasons of `core.sms.telephone`."""
OTHER = _l("Another reason")
ROWS: Mapping[Count, LazyString] = {
    Count.SENT: _l("Handed to the phone companies"),
    Count.DELIVERED: _l("Arrived"),
    Count.FAILED: _l("Did not arrive"),
    Count.STALE: _l("Not sent: it was too late for them"),
    Count.OPT_OUTS: _l("Phones that asked for no more texts"),
}


class Backlog(NamedTuple):
    """The texts that could go out now and have not."""

    how_many: str
    how_long: str
    is_late: bool


def are_texts_sent(_member_id: int) -> bool:
    """Return whether there is a number, or something was sent before there was none."""
    return bool(current_portal.settings.sms_numbers) or session.scalar(select(TextCount.what).limit(1)) is not None


@blueprint.get("/")
def index() -> str:
    """Show the counts of this month and the last."""
    months = month_after(today(), 0), month_after(today(), -1)
    counts = [counts_of(month) for month in months]
    return render_template(
        "sms/delivery.html",
        backlog=_backlog(),
        overdue=overdue_copies(),
        months=[format_date(month, "LLLL y") for month in months],
        rows=[(label, *(in_words(_sum(month, what)) for month in counts)) for what, label in ROWS.items()],
        reasons=_reasons(counts[0]),
        costs=[_cost(month) for month in counts],
        has_number=bool(current_portal.settings.sms_numbers),
    )


def _backlog() -> Backlog:
    oldest, how_many = session.execute(
        select(func.min(waits_since()), func.count()).where(OutboundMessage.kind == MessageKind.TEXT, waits())
    ).one()
    age = now() - oldest if oldest else timedelta(0)
    minutes = int(age.total_seconds() // 60)
    if minutes < 120:
        how_long = ngettext("%(num)s minute", "%(num)s minutes", minutes)
    else:
        how_long = ngettext("%(num)s hour", "%(num)s hours", minutes // 60)
    return Backlog(in_words(how_many), how_long if how_many else "", age > LATE)


def _sum(counts: Mapping[str, int], what: Count) -> int:
    return sum(total for name, total in counts.items() if name.partition(":")[0] == what)


def _reasons(counts: Mapping[str, int]) -> list[tuple[str, str]]:
    """Return the reasons of failures, the most frequent first."""
    totals: dict[str, int] = {}
    for name, total in counts.items():
        what, _colon, reason = name.partition(":")
        if what == Count.FAILED:
            words = str(REASONS.get(reason, OTHER))
            totals[words] = totals.get(words, 0) + total
    return [(words, in_words(total)) for words, total in sorted(totals.items(), key=lambda reason: -reason[1])]


def _cost(counts: Mapping[str, int]) -> str:
    dollars = counts.get(Count.SEGMENTS, 0) * current_portal.settings.sms_price
    if not dollars:
        return "$0"
    return str(_("about $%(sum)s", sum=f"{dollars:,.0f}")) if dollars >= 1 else str(_("under $1"))


def in_words(total: int) -> str:
    """Return a count in words, rounded to tens; one too small for that is not told."""
    if 0 < total < FEWEST_SHOWN:
        return str(_("fewer than %(number)s", number=FEWEST_SHOWN))
    shown = (total + FEWEST_SHOWN // 2) // FEWEST_SHOWN * FEWEST_SHOWN
    return str(_("about %(number)s", number=f"{shown:,}")) if shown else str(_("none"))
