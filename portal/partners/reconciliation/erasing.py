"""The lines of the deletion schedule about sessions; `portal.retention` takes them into its own."""

from __future__ import annotations

from sqlalchemy import and_

from portal.core.clock import today
from portal.core.purge import Rule
from portal.partners.reconciliation.models import Acknowledgement, Locked, Verbatim
from portal.partners.reconciliation.rules import Envelope

ERASED_OF_SESSIONS = (
    Rule(
        "suggestions for sessions",
        "30 days after the day of the session",
        "with the keys that open them; themes made of them stay with the session",
        Locked,
        lambda _now: and_(Locked.kind == Envelope.SUGGESTION.value, Locked.expires_on < today()),
    ),
    Rule(
        "notes of facilitators",
        "until the day that was chosen when they were written, at most 90 days",
        "with the keys that open them",
        Locked,
        lambda _now: and_(Locked.kind == Envelope.NOTE.value, Locked.expires_on < today()),
    ),
    Rule(
        "names for a session",
        "1 to 14 days after it, as was chosen",
        "with the keys that open them; how many came in which role is kept",
        Locked,
        lambda _now: and_(Locked.kind == Envelope.NAMES.value, Locked.expires_on < today()),
    ),
    Rule(
        "lines word by word",
        "until the consent ends, at most a year, or at once when it is withdrawn",
        "the line, everywhere it stood",
        Verbatim,
        lambda _now: Verbatim.expires_on < today(),
    ),
    Rule(
        "acknowledgements that were never said",
        "until their circle is erased",
        "the draft",
        Acknowledgement,
        lambda _now: and_(Acknowledgement.published_on.is_(None), Acknowledgement.session_id.is_(None)),
    ),
)
