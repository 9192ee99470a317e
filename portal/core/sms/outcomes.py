"""How far a text has come, and what the provider's codes mean for it."""

from __future__ import annotations

from dataclasses import dataclass

from portal.core.outcomes import Failed, Retry, Unknown


@dataclass(frozen=True)
class State:
    """What the provider says of a text: its word, and a code where it failed."""

    status: str
    code: int | None = None


class PictureRefused(Exception):
    """The picture is not at the provider, is too large, or is gone; there is no use in trying again."""


OPTED_OUT = 21610
_NEVER = {
    21211: "invalid number",
    21408: "region not permitted",
    OPTED_OUT: "opted out",
    21612: "no way to this number",
    21614: "not a mobile number",
    21617: "too long",
    30003: "handset unreachable",
    30004: "blocked",
    30005: "unknown handset",
    30006: "landline or unreachable carrier",
    30007: "filtered by a carrier",
    30034: "sender not registered",
}
_FEW_TIMES = {30008: "unknown carrier error", 30500: "carrier unavailable"}
BUSY = {429, 20429}
_LOST_ON_THE_WAY = {502, 504}
CREDENTIALS = {401, 403}


def judge(status: int | None, code: int | None) -> Retry | Failed | Unknown:
    """What an HTTP status and the provider's code (of an answer or of a status callback) mean for a text."""
    if code in _NEVER:
        return Failed(_NEVER[code], code, opted_out=code == OPTED_OUT)
    if code in _FEW_TIMES:
        return Retry(_FEW_TIMES[code], code, few=True)
    if status in BUSY or code in BUSY:
        return Retry("busy", code)
    if status in _LOST_ON_THE_WAY:
        # A gateway gave up waiting; what stands behind it may have taken the text.
        return Unknown("no answer through a gateway")
    if status is not None and status >= 500:
        return Retry("provider error", code)
    if status in CREDENTIALS:
        # An operator can put this right, and then the text should still go.
        return Retry("credentials refused", code)
    return Failed("refused", code)
