"""Pages that differ from one reader to the next in a few words only: rendered once with marks, then filled in.

The report form and its receipt carry a token or code words of their own, so the page cache cannot keep them; rendering
them anew takes ten times as long as everything else that the form needs. What is kept lives as long as the process, so
it may depend on nothing but its key, the language, the settings and the contact in the footer: on no other row of the
database, no date and nothing that a resident wrote. The words that are filled in are not kept.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Hashable, Mapping

from markupsafe import escape

from portal.core.contact import contact
from portal.core.hosts import on_onion
from portal.core.i18n import language
from portal.core.portal import current_portal

# Unicode assigns these characters no meaning, so no text contains them.
BEFORE, AFTER = "\ue000", "\ue001"
MOST_KEPT = 100
MARK = re.compile(f"{BEFORE}(.+?){AFTER}")


def filled(key: Hashable, words: Mapping[str, str], render: Callable[[Mapping[str, str]], str]) -> str:
    """Return what `render(words)` would; it is called with marks for words, once for `key`, language, contact, host."""
    kept = current_portal.prerendered
    whole_key = (key, language(), contact(), on_onion())
    parts = kept.get(whole_key)
    if parts is None:
        if len(kept) >= MOST_KEPT:
            # Keys may hold names of places, which change.
            kept.clear()
        marks = {name: f"{BEFORE}{name}{AFTER}" for name in words}
        parts = kept[whole_key] = MARK.split(render(marks))
    return "".join(escape(words[part]) if place % 2 else part for place, part in enumerate(parts))
