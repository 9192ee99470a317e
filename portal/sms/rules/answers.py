"""How many automatic answers one sender gets, so that two robots can't talk forever."""

from __future__ import annotations

from datetime import timedelta

WINDOW = timedelta(hours=1)
MOST_IN_WINDOW = 12
"""A whole conversation needs about eight: the receipt, three questions, the thanks and a few keywords."""
MOST_STARTS_BEYOND = 3
"""In a day: how often somebody who wants our answers again is told so although they had as many as they may have."""

MOST_SAME_CRY = 30
"""In a day: how often the very same words of danger are answered beyond the limit. A machine may send "If you are in
danger, call 911" to whatever we say; nobody in danger types the same words so often."""


def may_answer(answers_in_window: int, most: int = MOST_IN_WINDOW) -> bool:
    """Whether a sender who got so many automatic answers within `WINDOW` may get one more.

    The one confirmation of an opt-out goes out in any case, and so does what answers danger or HELP.
    """
    return answers_in_window < most
