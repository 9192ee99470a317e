"""The kinds of houses that take part, and on which side of the table each sits."""

from __future__ import annotations

from enum import StrEnum


class OrganisationKind(StrEnum):
    """What an organisation is."""

    CONGREGATION = "congregation"
    GROUP = "group"
    AGENCY = "agency"
    POLICE = "police"


class TableSide(StrEnum):
    """The two sides of the table."""

    AGENCIES = "agencies"
    COMMUNITY = "community"


ORGANISATION_KINDS = tuple(kind.value for kind in OrganisationKind)
SIDES = {
    OrganisationKind.CONGREGATION: TableSide.COMMUNITY,
    OrganisationKind.GROUP: TableSide.COMMUNITY,
    OrganisationKind.AGENCY: TableSide.AGENCIES,
    OrganisationKind.POLICE: TableSide.AGENCIES,
}
