"""The words for sessions: components, levels, states, refusals, acts of the audit log."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from portal.partners.reconciliation.rules import Component, Level, Present, Scope, Source, State

COMPONENTS = {
    Component.HARM: _l("Acknowledgement of harm"),
    Component.LISTENING: _l("Listening and telling what happened"),
    Component.FACTS: _l("Finding out the facts"),
    Component.CHANGE: _l("Changes in rules and practice"),
}
LEVELS = {
    Level.HERE: _l("Nothing leaves the room, not even themes"),
    Level.THEMES: _l("Themes may leave the room, never who said what"),
    Level.OPEN: _l("What is said may be told, without names"),
}
STATES = {
    State.DRAFTED: _l("Waits for the community"),
    State.APPROVED: _l("Approved by the community"),
    State.SHARED: _l("Shared with both sides"),
}
SOURCES = {Source.ASKED: _l("From what the public suggested"), Source.TOLD: _l("From what was told")}
SCOPES = {
    Scope.CIRCLE: _l("The community's side of this circle, without police and agencies"),
    Scope.SIDES: _l("Both sides in this circle"),
    Scope.PUBLIC: _l("Everybody: it stands beside the acknowledgement"),
}
PRESENTS = {
    Present.RESIDENTS: _l("Residents"),
    Present.FAITH: _l("People of congregations"),
    Present.ORGANIZERS: _l("Organizers"),
    Present.SERVICES: _l("Services"),
    Present.POLICE: _l("Police"),
    Present.CITY: _l("Other city offices"),
    Present.INTERPRETERS: _l("Interpreters"),
}
APART = {"yes": _l("Yes, each side has its own"), "no": _l("No, one for all")}
DAYS_KEPT = {
    1: _l("1 day"),
    3: _l("3 days"),
    7: _l("7 days"),
    14: _l("14 days"),
    30: _l("30 days"),
    90: _l("90 days"),
}
NO_CHILDREN = _l(
    "Children are not named here, and nobody’s age under 18. Leave them out, and tell whoever arranges the evening how"
    " many come along."
)
A_DAY = _l("Please give a day.")
NOT_MINUTES = _l("Each line begins with its minutes, for example: 10 Welcome.")
NOT_THE_SAME = _l("Both languages must have the same minutes, line by line.")
NOT_THE_SUM = _l("The lines add up to %(sum)s minutes, and the session takes %(length)s.")
PAST = _l("Please choose today or a day ahead.")
REFUSALS = {
    "session_days": _l("Each side meets by itself before the session, and what came of it is told after it."),
    "session_ahead": _l("This can be done from the day of the session on."),
    "rules_changed": _l("The ground rules were changed in the meantime. Please read them again."),
    "notice_one_language": _l("The public is asked in both languages or not at all."),
    "notice_days": _l("The last day for suggestions lies between today and the day of the session."),
    "guests_over": _l("This session is over, so nobody names guests for it any more."),
    "theme_changed": _l("This theme was changed in the meantime. Please read it again."),
    "theme_shared": _l("Both sides have read this theme already. Write another one beside it."),
    "theme_unapproved": _l("The community has not approved this theme."),
    "line_days": _l("A consent is given today or earlier, and ends within a year."),
    "acknowledgement_day": _l("This day has not come yet."),
    "acknowledgement_public": _l("What was said in public stays as it is."),
    "acknowledgement_one_language": _l("This is said in both languages or not at all."),
}
AUDITED = {
    "session.planned": _l("planned a session of a circle"),
    "session.facilitator_named": _l("named somebody to facilitate a session"),
    "session.rules_changed": _l("changed the ground rules of a session"),
    "session.opened": _l("asked the public for suggestions"),
    "session.closed": _l("stopped asking the public for suggestions"),
    "session.reported": _l("said that a session was reported back"),
    "session.theme_approved": _l("approved a theme for the community"),
    "session.theme_shared": _l("shared a theme with both sides"),
    "session.line_kept": _l("kept a line with consent"),
    "session.line_withdrawn": _l("withdrew a line"),
    "session.acknowledged": _l("published an acknowledgement"),
    "session.answered": _l("answered an acknowledgement for the community"),
}
