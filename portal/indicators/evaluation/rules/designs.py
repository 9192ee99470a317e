"""The designs and models that the portal knows."""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple


class Design(StrEnum):
    """What the months after the call-in are held against."""

    ITS = "its"
    """The place's own months before: interrupted time series."""
    DID = "did"
    """Similar areas, before and after: difference in differences."""
    WDD = "wdd"
    """Similar areas and the ring around: weighted displacement difference (Wheeler and Ratcliffe 2018)."""


class Choice(NamedTuple):
    """A model of a design."""

    design: Design
    model: str

    def __str__(self) -> str:
        return f"{self.design.value}:{self.model}"


KNOWN = (
    Choice(Design.DID, "newey_west"),
    Choice(Design.DID, "quasi_poisson"),
    Choice(Design.DID, "placebo"),
    Choice(Design.ITS, "newey_west"),
    Choice(Design.ITS, "quasi_poisson"),
    Choice(Design.ITS, "negative_binomial"),
    Choice(Design.ITS, "poisson"),
    Choice(Design.WDD, "poisson"),
)
"""All of them are computed each time: nobody can choose among results by choosing among models."""
MAY_BE_MAIN = KNOWN[:-2]
"""Poisson alone takes too little variance for granted, and a count for a whole place is no change in percent."""


def choice(text: str) -> Choice:
    """The model written as "did:newey_west". Raises `ValueError` for one that there is not."""
    design, _, model = text.partition(":")
    found = Choice(Design(design), model)
    if found not in KNOWN:
        raise ValueError("no such model")
    return found
