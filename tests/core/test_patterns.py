"""Regular expressions that wait until somebody needs them."""

from __future__ import annotations

import re

from portal.core.patterns import LazyPattern


def test_a_pattern_is_compiled_once_and_only_when_it_is_used() -> None:
    pattern = LazyPattern(r"(elm|oak) street", re.IGNORECASE)
    assert "_compiled" not in vars(pattern)
    assert pattern.search("by Elm Street") is not None
    compiled = vars(pattern)["_compiled"]
    assert pattern.search("Elm Street", 1) is None
    assert pattern.match("by elm street", 3) is not None
    assert pattern.fullmatch("by elm street") is None
    assert pattern.sub("there", "at Oak street") == "at there"
    assert pattern.findall("elm street, oak street") == ["elm", "oak"]
    assert vars(pattern)["_compiled"] is compiled
