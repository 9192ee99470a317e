"""The one table that is printed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from bench.rounds import Result, Run, Runs


def rates(results: Iterable[Result]) -> str:
    """Requests a second, processor time and waiting of both sides, and the ratios."""
    head = (
        "",
        "conn.",
        "requests/s",
        "bare",
        "ratio",
        "goal",
        "CPU ms",
        "bare",
        "ratio",
        "p50 ms",
        "p99 ms",
        "bare p99",
    )
    return aligned([head, *(_row(result) for result in results)])


def _row(result: Result) -> tuple[str, ...]:
    portal, bare = result.portal, result.bare
    rate, cpu = _both(portal, bare, lambda run: run.rate), _both(portal, bare, lambda run: run.cpu)
    return (
        result.pair.name,
        str(result.connections),
        f"{rate[0]:.0f}",
        f"{rate[1]:.0f}",
        f"{rate[0] / rate[1]:.2f}",
        f"{result.pair.goal:.1f}" if result.pair.goal else "–",
        f"{cpu[0]:.2f}",
        f"{cpu[1]:.2f}",
        f"{cpu[1] / cpu[0]:.2f}",
        f"{portal.median(lambda run: run.seen.p50):.1f}",
        f"{portal.median(lambda run: run.seen.p99):.1f}",
        f"{bare.median(lambda run: run.seen.p99):.1f}",
    )


def _both(portal: Runs, bare: Runs, of: Callable[[Run], float]) -> tuple[float, float]:
    return portal.median(of), bare.median(of)


def aligned(rows: Sequence[Sequence[str]]) -> str:
    """Columns under each other: the first to the left, the others to the right."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return "\n".join(_line(row, widths) for row in rows)


def _line(row: Sequence[str], widths: Sequence[int]) -> str:
    first, *others = zip(row, widths, strict=True)
    return "  ".join([first[0].ljust(first[1]), *(cell.rjust(width) for cell, width in others)]).rstrip()
