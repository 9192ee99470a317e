"""Asking the solver (HiGHS), and how much it was asked. It takes its time to load: only jobs and tests come here.

Nothing here looks at a clock: what is hidden may not depend on how fast a machine is, or how busy it was.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from math import inf
from threading import get_ident

import numpy as np
from highspy import Highs, HighsLp, HighsStatus, MatrixFormat
from highspy import HighsModelStatus as Status

OPTIONS: dict[str, bool | int | float | str] = {
    "output_flag": False,
    "threads": 1,
    "parallel": "off",
    "random_seed": 0,
    "mip_rel_gap": 0.01,
    # Steps of one question; what was found by then is taken. The largest seen took 1,400 iterations and one node.
    "simplex_iteration_limit": 50_000,
    "mip_max_nodes": 500,
}
CHOICE, TOO_LONG = 20, 200_000
"""What a choice costs as a multiple of another question, and what one costs that took more steps than it may."""
CUT_SHORT = (Status.kIterationLimit, Status.kSolutionLimit, Status.kTimeLimit, Status.kInterrupt)
Row = list[tuple[int, float]]


@dataclass
class Effort:
    """How much the solver was asked. What it is measured in depends on the counts alone, not on the machine's speed."""

    most: float = inf
    spent: float = 0.0
    """Columns of all questions together."""
    cut_short: int = 0
    """Questions that took more steps than they may."""

    def allow(self, more: float) -> None:
        """Allow so much from here on."""
        self.most = self.spent + more

    @property
    def is_over(self) -> bool:
        """Whether nothing more may be asked."""
        return self.spent >= self.most


def solver_of(
    low: Sequence[float], high: Sequence[float], equal: Sequence[Row], more: Sequence[Row] = (), goal: float = 0.0
) -> Highs:
    """Columns between bounds; rows that are zero, then rows that are not negative, the last of them at least `goal`."""
    rows = [*equal, *more]
    problem = HighsLp()
    problem.num_col_, problem.num_row_ = len(low), len(rows)
    problem.col_cost_ = np.zeros(len(low))
    problem.col_lower_, problem.col_upper_ = np.array(low), np.array(high)
    least = np.zeros(len(rows))
    if more:
        least[-1] = goal
    problem.row_lower_ = least
    problem.row_upper_ = np.array([0.0] * len(equal) + [np.inf] * len(more))
    problem.a_matrix_.format_ = MatrixFormat.kRowwise
    problem.a_matrix_.start_ = np.cumsum([0, *map(len, rows)], dtype=np.int32)
    problem.a_matrix_.index_ = np.array([column for row in rows for column, _sign in row], dtype=np.int32)
    problem.a_matrix_.value_ = np.array([sign for row in rows for _column, sign in row], dtype=float)
    solver = _highs(get_ident())
    solver.passModel(problem)
    return solver


@lru_cache(maxsize=4)
def _highs(_thread: int) -> Highs:
    """The solver of this thread: making one takes longer than most questions."""
    solver: Highs = Highs()  # type: ignore[no-untyped-call]
    for option, value in OPTIONS.items():
        if solver.setOptionValue(option, value) != HighsStatus.kOk:
            raise LookupError(option)
    return solver


def solved(solver: Highs, effort: Effort, *, choice: bool = False) -> np.ndarray | None:
    """What the solver found, if anything; `choice` says that it chose in whole numbers, which costs more."""
    solver.run()
    effort.spent += solver.getNumCol() * (CHOICE if choice else 1)
    if solver.getModelStatus() in CUT_SHORT:
        effort.cut_short += 1
        effort.spent += TOO_LONG
    if solver.getModelStatus() == Status.kOptimal or solver.getInfo().primal_solution_status == 2:
        return np.array(solver.getSolution().col_value)
    return None
