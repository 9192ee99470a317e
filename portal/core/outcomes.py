"""What became of something handed to a provider: a text or a mail."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Sent:
    """The provider took it; `sid` is its name for it."""

    sid: str


@dataclass(frozen=True)
class Retry:
    """It was not sent and may be later; `few` says once or twice at most."""

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
    """It may or may not have been sent: ask before sending it again."""

    reason: str


Outcome = Sent | Retry | Failed | Unknown


class Unreachable(Exception):
    """The provider could not be asked; try again later."""
