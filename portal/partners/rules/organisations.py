"""The kinds of houses that take part."""

from __future__ import annotations

from enum import StrEnum


class OrganisationKind(StrEnum):
    """What an organisation is."""

    CONGREGATION = "congregation"
    GROUP = "group"
    AGENCY = "agency"
    POLICE = "police"
