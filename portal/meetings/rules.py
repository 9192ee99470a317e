"""What a meeting must say before it is published, and what may become of it."""

from __future__ import annotations

from enum import StrEnum


class State(StrEnum):
    DRAFT = "draft"
    PUBLISHED = "published"
    CANCELLED = "cancelled"


class Answer(StrEnum):
    """An honest "no" is an answer; "asked" means that somebody was asked and has not confirmed."""

    YES = "yes"
    ASKED = "asked"
    NO = "no"


STATES = tuple(state.value for state in State)
ANSWERS = tuple(answer.value for answer in Answer)
