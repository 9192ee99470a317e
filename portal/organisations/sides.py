"""The kinds of organisations, and the side of the table on which each sits."""

from __future__ import annotations

from enum import StrEnum


class OrganisationKind(StrEnum):
    CONGREGATION = "congregation"
    GROUP = "group"
    AGENCY = "agency"
    POLICE = "police"


class TableSide(StrEnum):
    AGENCIES = "agencies"
    COMMUNITY = "community"


SIDES = {
    OrganisationKind.CONGREGATION: TableSide.COMMUNITY,
    OrganisationKind.GROUP: TableSide.COMMUNITY,
    OrganisationKind.AGENCY: TableSide.AGENCIES,
    OrganisationKind.POLICE: TableSide.AGENCIES,
}
