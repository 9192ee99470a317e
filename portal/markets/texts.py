"""The words for how a place stands."""

from __future__ import annotations

from datetime import date

from flask_babel import format_date
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from portal.core.clock import today
from portal.core.i18n import language
from portal.markets.models import Market, StatusDecision
from portal.markets.queries import known_since
from portal.markets.rules import Status
from portal.markets.rules.status import known_days

NAMES = {
    Status.MESSAGE_DELIVERED: _l("The message was delivered"),
    Status.HOLDING: _l("Holding"),
    Status.SLIPPING: _l("Slipping: neighbors have noticed"),
    Status.RECOVERING: _l("Recovering"),
    Status.HELD_12: _l("Held for 12 months"),
    Status.HELD_24: _l("Held for 24 months"),
    Status.HELD_36: _l("Held for 36 months"),
    Status.GRADUATED: _l("It holds by itself now"),
}
SINCE = {
    Status.MESSAGE_DELIVERED: _l("The message was delivered on %(day)s"),
    Status.HOLDING: _l("Holding since %(month)s"),
    Status.SLIPPING: _l("Slipping since %(month)s"),
    Status.RECOVERING: _l("Recovering since %(month)s"),
    Status.HELD_12: _l("12 months reached in %(month)s"),
    Status.HELD_24: _l("24 months reached in %(month)s"),
    Status.HELD_36: _l("36 months reached in %(month)s"),
    Status.GRADUATED: _l("It has held by itself since %(month)s"),
}


def status_name(status: str) -> str:
    """How a place stands, in a few words."""
    return str(NAMES[Status(status)])


def standing_sentence(decision: StatusDecision, first_day: date | None = None) -> str:
    """Since when a place stands like this, and when that is looked at again; nothing from before `first_day`."""
    since = max(decision.since_on, first_day or decision.since_on)
    words = {"day": short_day(since), "month": month(since)}
    how, review = str(SINCE[Status(decision.status)] % words), short_day(decision.review_on)
    if decision.review_on < today():
        return str(_("%(how)s; its review was due on %(review)s", how=how, review=review))
    if decision.status == Status.GRADUATED:
        return str(_("%(how)s; next review %(review)s", how=how, review=review))
    return str(_("%(how)s; neighbors and the team check every week; next review %(review)s", how=how, review=review))


def first_day(market: Market) -> date:
    """The first day on which the public could know of a place."""
    return known_since(market)


def history(market: Market) -> list[tuple[StatusDecision, date]]:
    """The decisions about a place that the public may know of, the newest first, each with its day."""
    days = known_days([decision.since_on for decision in market.decisions], known_since(market))
    return list(zip(market.decisions, days, strict=False))


def short_day(day: date) -> str:
    """A day in words: "March 3", with the year if it is another than this."""
    if day.year != today().year:
        return str(format_date(day, "long"))
    return str(format_date(day, "d 'de' MMMM" if language() == "es" else "MMMM d"))


def month(day: date) -> str:
    """A month in words: "March", with the year if it is another than this."""
    if day.year == today().year:
        return str(format_date(day, "MMMM"))
    return str(format_date(day, "MMMM 'de' y" if language() == "es" else "MMMM y"))
