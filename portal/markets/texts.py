"""The words for how a place stands."""

from __future__ import annotations

from flask_babel import format_date
from flask_babel import lazy_gettext as _l

from portal.markets.models import StatusDecision
from portal.markets.rules import Status

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
SENTENCES = {
    Status.MESSAGE_DELIVERED: _l("The message was delivered on %(since)s; next review %(review)s"),
    Status.HOLDING: _l("Holding since %(since)s; next review %(review)s"),
    Status.SLIPPING: _l("Slipping since %(since)s; next review %(review)s"),
    Status.RECOVERING: _l("Recovering since %(since)s; next review %(review)s"),
    Status.HELD_12: _l("12 months reached on %(since)s; next review %(review)s"),
    Status.HELD_24: _l("24 months reached on %(since)s; next review %(review)s"),
    Status.HELD_36: _l("36 months reached on %(since)s; next review %(review)s"),
    Status.GRADUATED: _l("It has held by itself since %(since)s; next review %(review)s"),
}


def status_name(status: str) -> str:
    """How a place stands, in a few words."""
    return str(NAMES[Status(status)])


def standing_sentence(decision: StatusDecision) -> str:
    """Since when a place stands like this and when that is looked at again."""
    since, review = (format_date(day, "long") for day in (decision.since_on, decision.review_on))
    return str(SENTENCES[Status(decision.status)]) % {"since": since, "review": review}
