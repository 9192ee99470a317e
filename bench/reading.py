"""Whether texts are read for what they mean, with a model that has not seen the set they come from.

The sets of examples are left out once, a part of them at a time and each whole, so nothing here can be tuned on what is
measured.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence

from portal.core.reading.grams import words_of
from portal.core.reading.reader import model, use
from portal.core.reading.train import OWN, Example, examples, train
from portal.sms.explain import done_with

HELP = {"danger", "crisis"}
ASKED = {"ask", "person"}
PARTS = 5
"""The model is made so many times, each time without a part of the sets."""
RUN = 5
"""What the project wrote itself is not learned from if it has so many words in a row of a text that is measured."""
NEAR = (
    (HELP, HELP),
    ({"threat"}, {"report", "danger", "person"}),
    ({"not_for_us"}, {"nothing", "greeting", "about", "help", "thanks", "ask", "person", "opt_out"}),
    ({"rsvp_yes", "rsvp_number"}, {"rsvp_yes", "rsvp_number"}),
    ({"help", "about"}, {"help", "about", "meeting"}),
    ({"meeting", "host"}, {"meeting", "host"}),
    ({"thanks"}, {"greeting", "nothing", "rsvp_yes"}),
)
"""What is as good, to whoever texts."""


def is_right(example: Example, taken: str) -> bool:
    """Whether what is done with a text is what was meant, or as good."""
    wanted = {str(example.meaning), *map(str, example.also)}
    return taken in wanted or any(wanted & meant and taken in good for meant, good in NEAR)


def report(quick: bool) -> str:
    """Read every set with a model that learned from the others, and say what came of it."""
    found = list(examples())
    sets = sorted({each.source for each in found} - OWN)
    read: list[tuple[Example, str]] = []
    spent = 0.0
    for part in range(1 if quick else PARTS):
        left_out = sets[part::PARTS]
        use(train(apart_from(left_out, found)))
        begun = time.process_time()
        read += [(each, done_with(each.text, each.after)) for each in found if each.source in left_out]
        spent += time.process_time() - begun
    weight = len(model().weights) / 1e6
    figures = [*_figures(read), f"{spent / len(read) * 1e6:.0f} µs a text with its rules; {weight:.1f} MB of weights"]
    return "\n".join([f"{len(read)} texts read, each set with a model that has not seen it", *figures])


def apart_from(left_out: Collection[str], found: Sequence[Example]) -> list[Example]:
    """Return what may be learned from where these sets are measured."""
    measured = {run for each in found if each.source in left_out for run in _runs(each)}
    kept = (each for each in found if each.source not in left_out)
    return [each for each in kept if each.source not in OWN or measured.isdisjoint(_runs(each))]


def _runs(example: Example) -> Iterator[tuple[str, ...]]:
    words = words_of(example.text)
    return (tuple(words[at : at + RUN]) for at in range(len(words) - RUN + 1))


def _figures(read: list[tuple[Example, str]]) -> Iterable[str]:
    for meaning in [each for each, _many in Counter(str(each.meaning) for each, _taken in read).most_common()]:
        own = [(each, taken) for each, taken in read if each.meaning == meaning]
        taken_for = [each for each, taken in read if taken == meaning]
        precise = sum(is_right(each, meaning) for each in taken_for) / max(len(taken_for), 1)
        yield f"{meaning:12} {_shares(own)}, precision {precise:.0%}"
    for language in ("en", "es", "mix"):
        yield f"{language:12} {_shares([pair for pair in read if pair[0].language == language])}"
    for name in sorted({each.source for each, _taken in read}):
        yield f"{name:24} {_shares([pair for pair in read if pair[0].source == name])}"
    yield f"{'all':12} {_shares(read)}"
    yield from _dangers(read)


def _shares(read: list[tuple[Example, str]]) -> str:
    right = sum(is_right(*pair) for pair in read)
    asked = sum(taken in ASKED and not is_right(each, taken) for each, taken in read)
    many = max(len(read), 1)
    return f"{len(read):5}: right {right / many:.0%}, asked {asked / many:.0%}, wrong {1 - (right + asked) / many:.0%}"


def _dangers(read: list[tuple[Example, str]]) -> Iterable[str]:
    cries = [taken for each, taken in read if each.meaning in HELP]
    others = [taken for each, taken in read if not HELP & {str(each.meaning), *map(str, each.also)}]
    outs = [taken for each, taken in read if each.meaning == "opt_out"]
    silenced = sum(each.meaning == "report" and taken == "opt_out" and each.also == () for each, taken in read)
    attends = [(each, taken) for each, taken in read if each.meaning.startswith("rsvp") and each.after == "reminder"]
    yield f"a report taken for an opt-out: {silenced}"
    yield f"help not named first: {sum(taken not in HELP for taken in cries) / max(len(cries), 1):.1%}"
    yield f"help named needlessly: {sum(taken in HELP for taken in others) / max(len(others), 1):.1%}"
    yield f"opt-outs acted on or asked: {sum(t in ASKED | {'opt_out'} for t in outs) / max(len(outs), 1):.1%}"
    yield f"answers to a reminder: {_shares(attends)}"
