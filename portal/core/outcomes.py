"""Outcomes of handing a text or a mail to a provider."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Sent:
    """The provider accepted it; `sid` is the provider's id."""

    sid: str


@dataclass(frozen=True)
class Retry:
    """It was not sent and may be tried again; `few` limits that to a few attempts."""

    reason: str
    code: int | None = None
    few: bool = False


@dataclass(frozen=True)
class Failed:
    """It will never be sent."""

    reason: str
    code: int | None = None
    opted_out: bool = False


@dataclass(frozen=True)
class Unknown:
    """It may or may not have been sent: ask the provider before sending it again."""

    reason: str


Outcome = Sent | Retry | Failed | Unknown


class Unreachable(Exception):
    """The provider could not be asked; try again later."""
