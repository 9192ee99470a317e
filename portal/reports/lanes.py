"""Which reports came in a flood: they are taken and sealed like all others, and the desk reads them after the others.

Nobody is refused because of others. A mark says that a report came when far more came than is usual, from a network
that sent many; no address and no network is kept with it. Reports with words of danger have a smaller share of their
own, so that a flood of those does not bury the one that is true. Against a flood from very many networks, which no
share holds up, the desk folds them when it reads: see `queries.threads`.
"""

from __future__ import annotations

from collections.abc import Iterator

from flask import current_app

from portal.core.limits import Networks, Share, attempt

HOUR, DAY = 3_600, 86_400


def came_in_flood(*, is_urgent: bool, by: Networks | None = None) -> bool:
    """Whether a report that comes now is read after the others; counts it. `by`: who sent it, if no address did."""
    return not all(attempt(f"{what} report", share, by).passed for what, share in _shares(is_urgent=is_urgent))


def _shares(*, is_urgent: bool) -> Iterator[tuple[str, Share]]:
    settings = current_app.extensions["settings"]
    one: int = settings.reports_per_address
    everybody: int = settings.reports_in_all
    yield "ordinary", _share(2 * one, everybody, one // 3, HOUR)
    yield "ordinary by day", _share(4 * one, 3 * everybody, 2 * one // 3, DAY)
    if is_urgent:
        yield "urgent", _share(one // 6, everybody // 5, one // 10, HOUR)
        yield "urgent by day", _share(one // 2, 3 * everybody // 5, one // 6, DAY)


def _share(network: int, everybody: int, reserved: int, seconds: int) -> Share:
    most = max(1, network)
    return Share(most, most, max(1, everybody), max(1, reserved), seconds)
