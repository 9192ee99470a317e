"""The nine steps of the intervention, and what the work depends on besides."""

from __future__ import annotations

from enum import StrEnum


class Item(StrEnum):
    """Something for which there can be evidence: a step, or one of the things whose lack made other sites fail."""

    STEP_1 = "step_1"
    STEP_2 = "step_2"
    STEP_3 = "step_3"
    STEP_4 = "step_4"
    STEP_5 = "step_5"
    STEP_6 = "step_6"
    STEP_7 = "step_7"
    STEP_8 = "step_8"
    STEP_9 = "step_9"
    SPONSOR = "sponsor"
    COMMUNITY_LEAD = "community_lead"
    TRAINING = "training"
    COORDINATOR = "coordinator"
    ANALYST = "analyst"


class EvidenceState(StrEnum):
    OPEN = "open"
    GOING = "going"
    DONE = "done"


STEPS = tuple(item for item in Item if item.startswith("step_"))
HIDDEN_STEPS = STEPS[:6]
"""What the public may not see tied to a place, not even that it is considered."""
EVIDENCE_ITEMS = tuple(item.value for item in Item)
EVIDENCE_STATES = tuple(state.value for state in EvidenceState)
