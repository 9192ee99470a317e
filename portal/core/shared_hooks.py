"""Hooks between features that may not import each other: one asks, another answers, and neither knows which."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

from portal.core.portal import Hook
from portal.core.texted import SlipKind


class HeldThen(Protocol):
    """Returns sentences about events of congregations, schools and others at that time that this member may know."""

    def __call__(self, begins: datetime, ends: datetime, member_id: int, /) -> list[str]: ...


HELD_THEN: Hook[HeldThen] = Hook("what others hold in a time")

SLIP_KINDS: Hook[SlipKind] = Hook("slips that are answered by text")
