"""The interface to the solver (HiGHS), and accounting of its effort.

Nothing here uses a clock: suppression must not depend on the speed or load of a machine. The solver is slow to load, so
only jobs and tests import this module.
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
    # Limits per problem; the best solution so far is used. The largest seen took 1,400 iterations and one node.
    "simplex_iteration_limit": 50_000,
    "mip_max_nodes": 500,
}
CHOICE, TOO_LONG = 20, 200_000
"""The cost of a mixed-integer problem as a multiple of another, and the extra cost of one that exceeds its limits."""
CUT_SHORT = (Status.kIterationLimit, Status.kSolutionLimit, Status.kTimeLimit, Status.kInterrupt)
Row = list[tuple[int, float]]


@dataclass
class Effort:
    """The solver effort spent and allowed. Its unit depends on the counts only, not on the machine's speed."""

    most: float = inf
    spent: float = 0.0
    """The columns of all problems together."""
    cut_short: int = 0
    """The number of problems that exceeded their limits."""

    def allow(self, more: float) -> None:
        """Allow this much more from now on."""
        self.most = self.spent + more

    @property
    def is_over(self) -> bool:
        """Whether the allowed effort is spent."""
        return self.spent >= self.most


def solver_of(
    low: Sequence[float], high: Sequence[float], equal: Sequence[Row], more: Sequence[Row] = (), goal: float = 0.0
) -> Highs:
    """Return a solver for columns within bounds, with rows equal to zero and rows that are not negative.

    The last row of `more` must be at least `goal`.
    """
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
    """Return this thread's solver: creating one takes longer than most problems."""
    solver: Highs = Highs()  # type: ignore[no-untyped-call]
    for option, value in OPTIONS.items():
        if solver.setOptionValue(option, value) != HighsStatus.kOk:
            raise LookupError(option)
    return solver


def solved(solver: Highs, effort: Effort, *, choice: bool = False) -> np.ndarray | None:
    """Solve and return the column values, if any. `choice` marks a mixed-integer problem, which costs more."""
    solver.run()
    effort.spent += solver.getNumCol() * (CHOICE if choice else 1)
    if solver.getModelStatus() in CUT_SHORT:
        effort.cut_short += 1
        effort.spent += TOO_LONG
    if solver.getModelStatus() == Status.kOptimal or solver.getInfo().primal_solution_status == 2:
        return np.array(solver.getSolution().col_value)
    return None
