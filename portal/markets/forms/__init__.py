"""The forms of places: what the team says of one, and the night of its call-in."""

from portal.markets.forms.call_in import CallInForm, EndForm, call_in_as_typed
from portal.markets.forms.places import (
    AdmitForm,
    BoundaryForm,
    EvidenceForm,
    KeyForm,
    PlaceForm,
    StatusForm,
    as_typed,
    evidence_as_typed,
    place_choices,
)

__all__ = [
    "AdmitForm",
    "BoundaryForm",
    "CallInForm",
    "EndForm",
    "EvidenceForm",
    "KeyForm",
    "PlaceForm",
    "StatusForm",
    "as_typed",
    "call_in_as_typed",
    "evidence_as_typed",
    "place_choices",
]
