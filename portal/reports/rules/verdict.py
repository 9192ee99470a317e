"""Two to four weeks after a report was closed: is it better? What the resident says stands beside what we said."""

from __future__ import annotations

from datetime import date, timedelta
from enum import StrEnum

from portal.reports.rules.triage import Disposition


class Verdict(StrEnum):
    """What a resident can say."""

    BETTER = "better"
    SAME = "same"
    WORSE = "worse"


VERDICTS = tuple(verdict.value for verdict in Verdict)
FIGURES = {"1": Verdict.BETTER, "2": Verdict.SAME, "3": Verdict.WORSE}
WORDS = {
    "better": Verdict.BETTER, "mejor": Verdict.BETTER,
    "same": Verdict.SAME, "the same": Verdict.SAME, "igual": Verdict.SAME,
    "worse": Verdict.WORSE, "peor": Verdict.WORSE,
}  # fmt: skip
FIRST, LAST = timedelta(days=14), timedelta(days=28)
NOT_ASKED = frozenset({Disposition.NOT_OURS, Disposition.DUPLICATE})
"""Nothing was to become better through us, or another report asks."""
DONE = frozenset({Disposition.ACTED, Disposition.PROPERTY, Disposition.OUTREACH})
"""We said that something was done."""


def is_time(closed_on: date | None, disposition: str | None, today: date) -> bool:
    """Whether the question is put, or the answer still taken; the first and the last day count."""
    if closed_on is None or disposition is None or Disposition(disposition) in NOT_ASKED:
        return False
    return FIRST <= today - closed_on <= LAST


def differs(verdict: str, disposition: str) -> bool:
    """Whether the resident sees it otherwise: we say that something was done, she says it is no better."""
    return Disposition(disposition) in DONE and Verdict(verdict) is not Verdict.BETTER


def read_verdict(folded: str) -> Verdict | None:
    """The whole text "2" or "igual", or None. `folded`: small letters without accents or signs, single spaces."""
    return FIGURES.get(folded) or WORDS.get(folded)
