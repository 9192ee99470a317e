"""Pages that differ from one reader to the next in a few words only: rendered once with marks, then filled in.

A mold lives as long as the process, so it may depend on nothing but its key, the language and the settings: on no
row of the database, no date and nothing that somebody wrote. What it is filled with is not kept.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Hashable, Mapping

from flask import current_app
from markupsafe import escape

from portal.core.i18n import language

# Characters that nobody writes: Unicode leaves them without a meaning.
BEFORE, AFTER = "\ue000", "\ue001"
MOST_MOLDS = 100
MARK = re.compile(f"{BEFORE}(.+?){AFTER}")


def filled(key: Hashable, words: Mapping[str, str], render: Callable[[Mapping[str, str]], str]) -> str:
    """What `render(words)` would return; it is called with a mark for each word, once for `key` and language."""
    molds: dict[Hashable, list[str]] = current_app.extensions.setdefault("molds", {})
    mold = molds.get((key, language()))
    if mold is None:
        if len(molds) >= MOST_MOLDS:
            # Keys may hold names of places, which change.
            molds.clear()
        marks = {name: f"{BEFORE}{name}{AFTER}" for name in words}
        mold = molds[key, language()] = MARK.split(render(marks))
    return "".join(escape(words[part]) if place % 2 else part for place, part in enumerate(mold))
