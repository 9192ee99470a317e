"""What a text is taken for, from how likely each meaning is and what each mistake costs. All thresholds stand here.

Pure. Help is not among them: that it is named first is decided in `portal.core.reading.danger`, and holds nothing up.
"""

from __future__ import annotations

from portal.core.reading.grams import concepts_of, words_of
from portal.core.reading.reader import Likely, Meaning
from portal.sms.effects import Saying

SURE = 0.5
"""From here on a question of ours is answered, without asking back."""
SURELY = {Meaning.RSVP_YES: 0.5, Meaning.RSVP_NUMBER: 0.5, Meaning.RSVP_NO: 0.55, Meaning.RSVP_LATE: 0.4}
"""From here on a seat is counted or given up; what is asked of the host costs nothing."""
HOSTED = 0.4
OPTS_OUT = 0.5
"""From here on the words of an opt-out are one. Without such words nobody is ever opted out."""
PLAINLY_OUT = 0.7
"""From here on "too much, end all" is enough after a text of ours: it is plain that no more are wanted."""
OF_OTHERS = 0.03
"""From here on it may be others who are to stop."""
MAY_OPT_OUT = 0.35
"""From here on whoever may want no more texts is asked once."""
NOBODY_KNOWS = 0.3
"""Below it a person reads the text as a report, whatever it may mean."""
BESIDE = 0.25
"""From here on what may be a report is kept beside an answer to a question."""
WEIGHTS = dict.fromkeys(
    (Meaning.OPT_OUT, Meaning.ERASE, Meaning.RSVP_NO, Meaning.NOT_FOR_US, Meaning.ANSWER, Meaning.THREAT), 0.6
)
"""What is hard to take back has to be the likelier: silence, a seat given up, a neighbor turned away."""
OF_STREET = (Meaning.REPORT, Meaning.DANGER, Meaning.CRISIS, Meaning.THREAT)
OF_MEETING = (Meaning.RSVP_YES, Meaning.RSVP_NO, Meaning.RSVP_NUMBER, Meaning.RSVP_LATE, Meaning.HOST, Meaning.MEETING)
ASKS_HOST = (Meaning.HOST, Meaning.MEETING)
ATTENDS = (Meaning.RSVP_YES, Meaning.RSVP_NUMBER, Meaning.RSVP_LATE)


def takes_for(likely: Likely) -> Meaning:
    """Return the meaning by which the least is lost."""
    return max(likely.of, key=lambda meaning: likely.of[meaning] * WEIGHTS.get(meaning, 1))


def is_sure(likely: Likely) -> bool:
    """Whether the likeliest meaning is acted on without asking back."""
    return likely.of[likely.best] > SURE


def is_anybodys_guess(likely: Likely) -> bool:
    """Whether what it is taken for is too unlikely to answer by it."""
    return likely.of[takes_for(likely)] < NOBODY_KNOWS


def opts_out(likely: Likely) -> bool:
    """Whether a text with the words of an opt-out is one."""
    return likely.of[Meaning.OPT_OUT] > OPTS_OUT and likely.any_of(*OF_STREET) < OF_OTHERS


def may_want_out(likely: Likely) -> bool:
    """Whether the sender is asked if texts are wanted."""
    return likely.of[Meaning.OPT_OUT] > MAY_OPT_OUT


def attends(likely: Likely) -> Meaning | None:
    """Return what a text surely says about coming, or None."""
    taken = takes_for(likely)
    comes = next((likely.any_of(*alike) for alike in (ATTENDS, ASKS_HOST) if taken in alike), likely.of[taken])
    return taken if taken in OF_MEETING and comes > SURELY.get(taken, HOSTED) else None


_READ = frozenset("read reads reading see sees lee leen ve ven".split())
_TOPICS = (
    (Saying.POLICE, {"police", "migra"}),
    (Saying.CALL, {"call"}),
    (Saying.WHO, {"who"}),
)


def about(meaning: Meaning, text: str) -> Saying:
    """Return which of our answers a question gets."""
    if meaning in (Meaning.ANSWER, Meaning.TREATMENT):
        return Saying(meaning)
    named = concepts_of(*words_of(text))
    if _READ.intersection(words_of(text)):
        return Saying.POLICE
    return next((topic for topic, names in _TOPICS if named & names), Saying.HOW)
