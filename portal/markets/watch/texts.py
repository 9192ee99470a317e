"""The words for watching over a place."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from portal.markets.rules import Cause

CAUSE_NAMES = {
    Cause.WEEKLY: _l("Weekly review"),
    Cause.CUSUM: _l("Alarm: more was noticed than is usual"),
    Cause.TWO_SOURCES: _l("Two unrelated people noticed something within 14 days"),
}
REFUSALS = {
    "sighting_day": _l("Please give a day within the last five weeks."),
    "baseline": _l("All three numbers must be above zero, and the second larger than the first."),
    "review_finding": _l("Please write what the review found."),
    "review_signed": _l("No review of that day waits for a signature. Perhaps somebody else signed it."),
}
AUDITED = {
    "market.outreach_marked": _l("marked weeks of outreach"),
    "market.baseline_set": _l("changed what an alarm is measured against"),
    "market.review_signed": _l("signed a review"),
}
