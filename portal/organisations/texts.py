"""The words for organisations."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from portal.organisations.rules import OrganisationKind

ORGANISATION_KINDS = {
    OrganisationKind.CONGREGATION: _l("Congregation"),
    OrganisationKind.GROUP: _l("Group of residents"),
    OrganisationKind.AGENCY: _l("Agency"),
    OrganisationKind.POLICE: _l("Police"),
}
AUDITED = {
    "organisation.added": _l("added an organization"),
    "organisation.changed": _l("changed an organization"),
    "organisation.people_changed": _l("changed who belongs to an organization"),
    "organisation": _l("organization"),
}
