"""Who has a report that was passed on, in a sentence: the same for the desk and for the person who wrote it."""

from __future__ import annotations

from flask_babel import gettext as _

from portal.core.i18n import date_words
from portal.reports.models import Thread
from portal.reports.queries.referrals import who_has_it
from portal.reports.texts import REFERRALS


def holders_sentence(thread: Thread) -> str:
    """Who has a report that was passed on, and who had it; empty if nobody ever had."""
    has, had = who_has_it(thread)
    return "; ".join(
        [
            *(str(REFERRALS[to]) for to in has),
            *(_("%(who)s, until %(day)s", who=REFERRALS[to], day=date_words(until)) for to, until in had),
        ]
    )
