"""What was decided about counts, as it stands in a snapshot."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

from portal.indicators.snapshots.document import HIDDEN, Series, Value
from portal.indicators.snapshots.rules.counts import Line, Told, has_sum

ByMonth = Mapping[date, Told]


def series(measure: str, area: str, line: Line, months: Sequence[date], told: ByMonth, *, guarded: bool) -> Series:
    """One series; only of guarded measures the sums, since of others anybody can add."""
    values = tuple(_value(told.get(month)) for month in months)
    sums = _sums(months, told) if guarded and has_sum(line) else ()
    plain = {"measure": measure, "area": area, "language": line.language, "channel": line.channel}
    return Series.model_validate(plain | {"values": values, "sums": sums})


def _value(one: Told | None) -> Value:
    return None if one is None else one.value if one.shown else HIDDEN


def _sums(months: Sequence[date], told: ByMonth) -> tuple[Value, ...]:
    total, sums = 0, list[Value]()
    for month in months:
        one = told.get(month)
        total += one.value if one else 0
        sums.append(None if one is None else total if one.sum_shown else HIDDEN)
    return tuple(sums)
