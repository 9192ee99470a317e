"""The one table that is printed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from bench.rounds import Result


def rates(results: Iterable[Result]) -> str:
    """Requests a second, processor time and waiting of both sides, and the ratios."""
    heads = (*("", "conn.", "requests/s", "bare", "ratio", "goal"), *("CPU ms", "bare", "ratio"))
    return aligned([(*heads, "p50 ms", "p99 ms", "bare p99"), *(_row(result) for result in results)])


def _row(result: Result) -> tuple[str, ...]:
    portal, bare = result.portal, result.bare
    rate = portal.median(lambda run: run.rate), bare.median(lambda run: run.rate)
    cpu = portal.median(lambda run: run.cpu), bare.median(lambda run: run.cpu)
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


def aligned(rows: Sequence[Sequence[str]]) -> str:
    """Columns under each other: the first to the left, the others to the right."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = []
    for row in rows:
        first, *others = zip(row, widths, strict=True)
        lines.append("  ".join([first[0].ljust(first[1]), *(cell.rjust(width) for cell, width in others)]).rstrip())
    return "\n".join(lines)
