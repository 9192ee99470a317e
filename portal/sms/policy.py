"""What a text is taken for, from how likely each meaning is and what each mistake costs. All thresholds stand here.

Pure. Help is not among them: that it is named first is decided in `portal.core.reading.danger`, and holds nothing up.
"""

from __future__ import annotations

from enum import StrEnum

from portal.core.reading.grams import concepts, words_of
from portal.core.reading.reader import Likely, Meaning

SURE = 0.5
"""From here on a seat is counted or given up, and a question of ours is answered, without asking back."""
OPTS_OUT = 0.5
"""From here on the words of an opt-out are one. Without such words nobody is ever opted out."""
MAY_OPT_OUT = 0.35
"""From here on whoever may want no more texts is asked once."""
BESIDE = 0.25
"""From here on what may be a report is kept beside an answer to a question."""
STAYS_AWAY = 0.3
"""From here on whoever reports is told how to give up a seat, too."""
WEIGHTS = dict.fromkeys(
    (Meaning.OPT_OUT, Meaning.ERASE, Meaning.RSVP_NO, Meaning.NOT_FOR_US, Meaning.ANSWER, Meaning.THREAT), 0.6
)
"""What is hard to take back has to be the likelier: silence, a seat given up, a neighbor turned away."""
OF_MEETING = (Meaning.RSVP_YES, Meaning.RSVP_NO, Meaning.RSVP_NUMBER, Meaning.RSVP_LATE, Meaning.HOST, Meaning.MEETING)
ATTENDS = (Meaning.RSVP_YES, Meaning.RSVP_NUMBER, Meaning.RSVP_LATE)
OF_STREET = (Meaning.REPORT, Meaning.DANGER, Meaning.CRISIS, Meaning.THREAT)


class AboutUs(StrEnum):
    """What a text asks about us."""

    WHO = "who"
    POLICE = "police"
    """Whether we are the police or immigration authorities, and who reads texts."""
    HOW = "how"
    CALL = "call"
    """It asks to talk to a person."""
    ANSWER = "answer"
    """It asks for the answer to a report, or has lost its code words."""
    TREATMENT = "treatment"
    """Somebody who uses asks for help to stop."""


def takes_for(likely: Likely) -> Meaning:
    """Return the meaning by which the least is lost."""
    return max(likely.of, key=lambda meaning: likely.of[meaning] * WEIGHTS.get(meaning, 1))


def is_sure(likely: Likely) -> bool:
    """Whether the likeliest meaning is acted on without asking back."""
    return likely.of[likely.best] > SURE


def opts_out(likely: Likely) -> bool:
    """Whether a text with the words of an opt-out is one."""
    return likely.of[Meaning.OPT_OUT] > OPTS_OUT and likely.of[Meaning.REPORT] < 1 - OPTS_OUT - BESIDE


def may_want_out(likely: Likely) -> bool:
    """Whether the sender is asked if texts are wanted."""
    return likely.of[Meaning.OPT_OUT] > MAY_OPT_OUT


def attends(likely: Likely) -> Meaning | None:
    """Return what a text surely says about coming, or None."""
    taken = takes_for(likely)
    comes = likely.any_of(*ATTENDS) if taken in ATTENDS else likely.of[taken]
    return taken if taken in OF_MEETING and comes > SURE else None


_TOPICS = (
    (AboutUs.POLICE, {"police", "migra"}),
    (AboutUs.CALL, {"call"}),
    (AboutUs.WHO, {"who"}),
)


def about(meaning: Meaning, text: str) -> AboutUs:
    """Return which of our answers a question gets."""
    if meaning in (Meaning.ANSWER, Meaning.TREATMENT):
        return AboutUs(meaning)
    known = concepts()
    named = {concept for word in words_of(text) for concept in known.get(word, ())}
    return next((topic for topic, names in _TOPICS if named & names), AboutUs.HOW)
