"""Translated texts of circles: names of roles and kinds, refusals and audit events."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from portal.core.i18n import Bilingual
from portal.partners.circle_rules import CircleKind, CircleRole

CIRCLE_ROLES = {
    CircleRole.LEAD: _l("Lead"),
    CircleRole.FACILITATOR: _l("Facilitator"),
    CircleRole.MEMBER: _l("Member"),
    CircleRole.INTERPRETER: _l("Interpreter"),
    CircleRole.OBSERVER: _l("Observer: reads, does not write"),
}
KINDS = {
    CircleKind.MORAL_VOICE: _l("Community moral voice"),
    CircleKind.RECONCILIATION: _l("Racial reconciliation"),
    CircleKind.WORK: _l("Other work together"),
}
LIFETIMES = {30: _l("30 days"), 90: _l("90 days"), 365: _l("A year")}
USUAL_STATEMENT = Bilingual(
    en="What is said and written here stays here. I tell nobody who sits in this circle or what somebody said. "
    "I take no screenshot and forward nothing. I write no name of anybody who is not here, "
    "and nothing about where somebody lives or their papers. When I leave, this still holds.",
    es="Lo que se dice y se escribe aquí se queda aquí. No cuento a nadie quién está en este círculo ni lo que alguien "
    "dijo. No saco capturas de pantalla ni reenvío nada. No escribo el nombre de nadie que no esté aquí, "
    "ni dónde vive alguien, ni nada sobre sus papeles. Cuando me vaya, esto sigue en pie.",
)
"""The default promise of a new circle; its lead may change it."""

A_MEMBER_OF_THE_CIRCLE = _l("Somebody of this circle")
NOT_SURE = _l("Please check the box first.")
REFUSALS = {
    "circle_locked": _l(
        "Nobody can open this circle yet, so it takes no texts. Its lead has to make the recovery phrase."
    ),
    "circle_closed": _l("This circle is closed. It can be read until it is erased."),
    "sits_already": _l("This person is in the circle or invited already."),
    "name_needed": _l("This person has no account yet. Please write their name."),
    "cannot_sit": _l("This person's role does not go with this circle, or with this place in it."),
    "statement_changed": _l("The promise was changed in the meantime. Please read it again."),
    "lead_by_consent": _l("Nobody is made a lead without being asked. Offer it on the handover page."),
    "last_lead": _l("The circle would be left without a lead. Hand it over first, or close it on purpose."),
    "last_key": _l("Nobody else can open what is written here. Let somebody in first, or close the circle."),
    "handover_open": _l("Something still hangs on you. Settle what is on the handover page first."),
    "cannot_lead": _l("A lead must be able to open the circle, and cannot be of the police."),
    "has_lead": _l("The circle has a lead again."),
}
AUDITED = {
    "circle.founded": _l("founded a circle"),
    "circle.described": _l("changed what is said about a circle"),
    "circle.restated": _l("changed what a circle promises each other"),
    "circle.closed": _l("closed a circle"),
    "circle.invited": _l("invited somebody to a circle"),
    "circle.invitation_withdrawn": _l("took back an invitation to a circle"),
    "circle.joined": _l("joined a circle"),
    "circle.declined": _l("declined an invitation to a circle"),
    "circle.role_given": _l("changed what somebody is in a circle"),
    "circle.removed": _l("removed somebody from a circle"),
    "circle.left": _l("left a circle"),
    "circle.lead_offered": _l("offered somebody to lead a circle"),
    "circle.lead_offer_withdrawn": _l("took back the offer to lead a circle"),
    "circle.lead_named": _l("named somebody to lead a circle"),
    "circle.lead_made": _l("gave a circle another lead"),
    "circle.note_deleted": _l("deleted what somebody else wrote in a circle"),
    "circle": _l("circle"),
}
