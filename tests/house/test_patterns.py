"""No pattern that reads what strangers send may take long, whatever they send: one text must not stop the portal."""

import importlib
import pkgutil
import re
import time
from collections.abc import Callable, Iterator

import pytest

import portal

LENGTH = 5_000
LONGEST_SECONDS = 0.02
TRIES = 3
"""The shortest time counts: the machine may be busy."""
# Asked of a short text as a whole, never searched for.
WHOLE_ONLY = {"_SHAPE", "NO_QUESTIONS", "_LEAVES"}
SEEDS = (
    *(
        "x",
        "A",
        "1",
        " ",
        ".",
        "-",
        "@",
        "(",
        "¿",
        "\n",
        "a ",
        "1 ",
        "A1 ",
        "1 a ",
        "a.",
        "1-",
        "a@",
        "x@x.",
        "111-",
        "+1",
    ),
    *("casa ", "house ", "plate ", "stop ", "no quiero ", "my name is ", "http://", "[a](", "**"),
)


def nasty() -> Iterator[str]:
    """Long repetitions, each also behind a beginning and before an end that make a pattern hope and then despair."""
    for seed in SEEDS:
        long = seed * (LENGTH // len(seed))
        yield from (long, f"1 a{long}!", f"casa{long}x", f"a@{long}", f"{long}\x00")


def patterns_in(value: object) -> Iterator[re.Pattern[str]]:
    if isinstance(value, re.Pattern):
        yield value
    elif isinstance(value, dict):
        yield from patterns_in(tuple(value.values()))
    elif isinstance(value, list | tuple | set | frozenset):
        for inner in value:
            yield from patterns_in(inner)


def every_pattern() -> set[tuple[str, re.Pattern[str]]]:
    found: set[tuple[str, re.Pattern[str]]] = set()
    for module in pkgutil.walk_packages(portal.__path__, "portal."):
        if ".demo" not in module.name:
            names = vars(importlib.import_module(module.name)).items()
            found |= {(name, pattern) for name, value in names for pattern in patterns_in(value)}
    return {(name, pattern) for name, pattern in found if isinstance(pattern.pattern, str)}


@pytest.mark.slow
def test_no_text_takes_long() -> None:
    texts, slow = list(nasty()), set()
    for name, pattern in every_pattern():
        for text in texts:
            matches = pattern.fullmatch if name in WHOLE_ONLY else pattern.search
            if all(takes_long(matches, text) for _try in range(TRIES)):
                slow.add((name, text[:30]))
                break
    assert slow == set()


def takes_long(matches: Callable[[str], object], text: str) -> bool:
    before = time.thread_time()
    matches(text)
    return time.thread_time() - before > LONGEST_SECONDS


def test_the_patterns_were_found() -> None:
    assert len(every_pattern()) >= 100
