"""The role wall, whole and literal: every object of the partners' room and of what lies around it, for everybody.

`sees`: it stands on some page, export, calendar, print view or answer that they can reach; `counts`: a number stands
there instead; `never`: it stands nowhere, whatever ids they type. Seats within a circle are told apart more finely in
the tables beside each room: tests/partners/test_role_wall.py, test_sessions_wall.py, callin/test_wall_callin.py and
polls/test_views.py.
"""

from __future__ import annotations

from portal.accounts.roles import Role
from portal.partners.circle_rules import CircleRole

SEES, COUNTS, NEVER = "sees", "counts", "never"

# What is looked for, and what shows that a number stands in its place.
NEEDLES = {
    "report text": "Umber seller",
    "complaint about police": "Umber officer",
    "passed on to the team": "Umber handed",
    "passed on to police": "Umber liaised",
    "passed on to services": "Umber helped",
    "passed on to property": "Umber mended",
    "hidden place": "Umber Alley",
    "who attends": "Umberta",
    "how they are reached": "umber@example.org",
    "promise": "Umber pledge",
    "promise not made yet": "Umber idea",
    "circle": "Umber purpose",
    "who is in it": "Umbert Witness",
    "who is invited": "Umbria Invited",
    "notebook": "Umber words",
    "what a day is for": "Umber day",
    "who has a link": "Umberline Slip",
    "running order": "Umber church",
    "who speaks": "Umberto Voice",
    "their safety": "Umber safety",
    "what they say": "Umber story",
    "what the door knows": "umber group",
    "services": "Umber work",
    "agenda": "Umber welcome",
    "raw suggestion": "Umber suggestion",
    "note of a session": "Umber note",
    "names for the evening": "Umbro Guest",
    "guests of a congregation": "Umbrella Guest",
    "theme, drafted": "Umber draft",
    "theme, approved": "Umber approved",
    "theme, shared": "Umber shared",
    "line for the circle": "Umber inside",
    "acknowledgement, unsaid": "Umber unsaid",
}
COUNTED = {
    "complaint about police": "10 to 19 from",
    "who is in it": "People in this circle: ",
    "who speaks": "Community voice 5",
}
# Who has an account stands in lists of accounts; who sits in a circle must not follow from them.
ACCOUNT_NAMES = {"who is in it", "who is invited"}
ACCOUNT_LISTS = ("people.", "organisations.", "desks.", "audit.")

ROLES = {
    **{f"outside: {role}": [role] for role in Role},
    "lead, faith partner": [Role.FAITH_PARTNER],
    "facilitator, runs the session": [Role.FACILITATOR],
    "facilitator, another": [Role.FACILITATOR],
    "organizer, member": [Role.ORGANIZER],
    "community lead, member": [Role.COMMUNITY_LEAD],
    "faith partner, member": [Role.FAITH_PARTNER],
    "services, member": [Role.SERVICES],
    "police, member": [Role.POLICE_LIAISON],
    "police, observer": [Role.POLICE_LIAISON],
    "organizer, hosts": [Role.ORGANIZER],
    "organizer, admitted": [Role.ORGANIZER],
    "community lead, admitted": [Role.COMMUNITY_LEAD],
    "faith partner, admitted": [Role.FAITH_PARTNER],
    "police, admitted": [Role.POLICE_LIAISON],
    "organizer, of the place": [Role.ORGANIZER],
    "police, of the place": [Role.POLICE_LIAISON],
}
NOT_SIGNED_IN = ("public", "by code")
SEATS = {
    "lead, faith partner": CircleRole.LEAD,
    "facilitator, runs the session": CircleRole.FACILITATOR,
    "facilitator, another": CircleRole.FACILITATOR,
    "organizer, member": CircleRole.MEMBER,
    "community lead, member": CircleRole.MEMBER,
    "faith partner, member": CircleRole.MEMBER,
    "services, member": CircleRole.MEMBER,
    "police, member": CircleRole.MEMBER,
    "police, observer": CircleRole.OBSERVER,
    "member, no role": CircleRole.MEMBER,
    "interpreter, no role": CircleRole.INTERPRETER,
    "observer, no role": CircleRole.OBSERVER,
    "joined, not let in": CircleRole.MEMBER,
}
# One row for everybody, the objects in the order above: S sees, # counts, - never.
WALL = {
    #                               reports, passed on,  people, promises  circle  call-in  session
    "public":                       "- -  - - - -  - - -  S -  - - - - - -  - - - - - -  - - - - - - - - - -",
    "by code":                      "S -  - - - -  - - -  S -  - - - - - -  - - - - - -  - - - - - - - - - -",
    "outside: organizer":           "- #  - - - -  - - -  S -  - - - - - -  - - - - - -  - - - - - - - - - -",
    "outside: community_lead":      "- #  - - - -  - S -  S S  - - - - - -  - - - - - -  - - - - - - - - - -",
    "outside: faith_partner":       "- -  - - - -  - - -  S -  - - - - - -  - - - - - -  - - - - - - - - - -",
    "outside: facilitator":         "- -  - - - -  - - -  S S  - - - - - -  - - - - - -  - - - - - - - - - -",
    "outside: police_liaison":      "- -  - - - -  - - -  S -  - - - - - -  - - - - - -  - - - - - - - - - -",
    "outside: services":            "- -  - - S -  - - -  S -  - - - - - -  - - - - - -  - - - - - - - - - -",
    "outside: property":            "- -  - - - S  - - -  S -  - - - - - -  - - - - - -  - - - - - - - - - -",
    "outside: evaluator":           "- #  - - - -  - - -  S -  - - - - - -  - - - - - -  - - - - - - - - - -",
    "outside: oversight":           "- S  - - - -  - - -  S -  - - - - - -  - - - - - -  - - - - - - - - - -",
    "outside: triage":              "S -  S S S S  - - -  S -  - - - - - -  - - - - - -  - - - - - - - - - -",
    "outside: administrator":       "- -  - - - -  - - -  S -  - - - - - -  - - - - - -  - - - - - - - - - -",
    "outside: no role":             "- -  - - - -  - - -  S -  - - - - - -  - - - - - -  - - - - - - - - - -",
    "lead, faith partner":          "- -  - - - -  - - -  S -  S S S S S S  S S S S S S  S - - S S S S S S S",
    "facilitator, runs the session":"- -  - - - -  - - -  S S  S S - S S S  S # - - - S  S S S - - S S S S S",
    "facilitator, another":         "- -  - - - -  - - -  S S  S S - S S S  S # - - - S  S - - - - S S S S S",
    "organizer, member":            "- #  - - - -  - - -  S -  S S - S S S  S # - - - S  S - - S S S S S S -",
    "community lead, member":       "- #  - - - -  - S -  S S  S S - S S S  S # - - - S  S - - - - S S S S -",
    "faith partner, member":        "- -  - - - -  - - -  S -  S S - S S S  S # - - - S  S - - - S S S S S -",
    "services, member":             "- -  - - S -  - - -  S -  S S - S S S  S # - - - S  S - - - - - - S - -",
    "police, member":               "- -  - - - -  - - -  S -  S # - S S -  S # - - - -  S - - - - - - S - -",
    "police, observer":             "- -  - - - -  - - -  S -  S # - S S -  S # - - - -  S - - - - - - S - -",
    "member, no role":              "- -  - - - -  - - -  S -  S S - S S S  S # - - - S  S - - - - S S S S -",
    "interpreter, no role":         "- -  - - - -  - - -  S -  S S - S S S  S # - - - S  S - - - - S S S S -",
    "observer, no role":            "- -  - - - -  - - -  S -  S S - S S S  S # - - - S  S - - - - S S S S -",
    "joined, not let in":           "- -  - - - -  - - -  S -  S S - - - -  - - - - - -  - - - - - - - - - -",
    "organizer, hosts":             "- #  - - - -  - S -  S -  - - - - - -  - - - - - -  - - - - - - - - - -",
    "organizer, admitted":          "- #  - - - -  S - -  S -  - - - - - -  - - - - - -  - - - - - - - - - -",
    "community lead, admitted":     "- #  - - - -  S S -  S S  - - - - - -  - - - - - -  - - - - - - - - - -",
    "faith partner, admitted":      "- -  - - - -  S - -  S -  - - - - - -  - - - - - -  - - - - - - - - - -",
    "police, admitted":             "- -  - - - -  S - -  S -  - - - - - -  - - - - - -  - - - - - - - - - -",
    "organizer, of the place":      "- #  S - - -  - - -  S -  - - - - - -  - - - - - -  - - - - - - - - - -",
    "police, of the place":         "- -  - S - -  - - -  S -  - - - - - -  - - - - - -  - - - - - - - - - -",
}  # fmt: skip
MARKS = {"S": SEES, "#": COUNTS, "-": NEVER}
# That these are there is known to whoever is inside: all else that is refused to them is answered as what never was.
KNOWN: dict[str, set[str]] = {
    "outside: police_liaison": set(),
    "outside: no role": set(),
    "police, member": {"circle_id", "call_in_id", "session_id", "poll_id", "date_id", "topic_id", "note_id"},
    "police, admitted": {"market_id"},
    "police, of the place": {"market_id", "referral_id"},
}
