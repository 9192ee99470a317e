"""How addresses are read and built."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from werkzeug.routing import IntegerConverter, Map
from werkzeug.routing import Rule as EagerRule

MOST_NUMBER = 2**62
Built = tuple[str, str]


class Number(IntegerConverter):
    """`<int:…>` in an address: a number that a database can hold; anything larger is the address of nothing."""

    def __init__(self, url_map: Map, **options: Any) -> None:
        super().__init__(url_map, **{"max": MOST_NUMBER, **options})


class Rule(EagerRule):
    """A rule that compiles what builds its addresses when the first is asked for.

    To compile two for each of hundreds of rules was a tenth of the start, and few are ever used by one process.
    """

    def _compile_builder(self, append_unknown: bool = True) -> Callable[..., Built]:
        compiled: Callable[..., Built] | None = None

        def build(rule: EagerRule, **values: Any) -> Built:
            nonlocal compiled
            if compiled is None:
                compiled = EagerRule._compile_builder(rule, append_unknown)  # noqa: SLF001 - ours to put off
            return compiled(rule, **values)

        return build
