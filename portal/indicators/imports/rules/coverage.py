"""Which months a file of incidents covers whole, as far as its days tell."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from portal.indicators.rules.months import month_of, plus, span


@dataclass(frozen=True)
class Coverage:
    """The months in a file that are over, and those of them that it seems to cover whole; None: not one."""

    months: tuple[date, ...]
    first: date | None
    last: date | None

    @property
    def partial(self) -> tuple[date, ...]:
        """Months that begin before the first day of the file or end after its last one."""
        return tuple(
            month
            for month in self.months
            if self.first is None or self.last is None or not self.first <= month <= self.last
        )


def coverage(first: date | None, last: date | None, today: date) -> Coverage:
    """What a file covers whose first and last days are these. A month that is not over is never whole."""
    if first is None or last is None:
        return Coverage((), None, None)
    over = plus(month_of(today), -1)
    months = tuple(span(month_of(first), min(month_of(last), over)))
    begins = month_of(first) if first.day == 1 else plus(month_of(first), 1)
    ends = month_of(last) if (last + timedelta(days=1)).day == 1 else plus(month_of(last), -1)
    ends = min(ends, over)
    return Coverage(months, begins, ends) if begins <= ends else Coverage(months, None, None)
