"""The role wall, whole and literal: every object of the partners' room and of what lies around it, for everybody.

`sees`: it stands on some page, export, calendar, print view or answer that they can reach; `counts`: a number stands
there instead; `never`: it stands nowhere, whatever ids they type. What a crawl cannot see is in test_rooms.py.
"""

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
    "that a circle is there": "Umber circle",
    "what it is for": "Umber purpose",
    "its promise": "Umber vow",
    "who is in it": "Umbert Witness",
    "who is invited": "Umbria Invited",
    "topic": "Umber topic",
    "notebook": "Umber words",
    "what a day is for": "Umber day",
    "how many can come": "1 yes · 0 if need be · 1 no",
    "who must be there": ">must be there<",
    "what suits best": "What suits best",
    "agreed date": "Agreed date",
    "who has a link": "Umberline Slip",
    "running order": "Umber church",
    "who speaks": "Umberto Voice",
    "their safety": "Umber safety",
    "what they say": "Umber story",
    "what the points are": "You are worth something to us: 1",
    "coordinator": "Umbra Coordinator",
    "what the door knows": "umber group",
    "services": "Umber work",
    "that there is a session": "Umber aim",
    "agenda": "Umber welcome",
    "where the community meets": "Umber cellar",
    "raw suggestion": "Umber suggestion",
    "note of a session": "Umber note",
    "names for the evening": "Umbro Guest",
    "guests of a congregation": "Umbrella Guest",
    "theme, drafted": "Umber draft",
    "theme, approved": "Umber approved",
    "theme, shared": "Umber shared",
    "line for the circle": "Umber inside",
    "line for both sides": "Umber sides",
    "heads": "<dd>471</dd>",
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
    "lead, admitted": [Role.COMMUNITY_LEAD],
    "lead, services": [Role.SERVICES],
    "now police": [Role.POLICE_LIAISON],
    "now administrator": [Role.ADMINISTRATOR],
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
    "lead, admitted": CircleRole.LEAD,
    "lead, services": CircleRole.LEAD,
    "has not accepted": CircleRole.MEMBER,
    "of the police's house": CircleRole.MEMBER,
}
GONE = ("left", "now police", "now administrator")
"""They sat in a circle."""
ONLY_CIRCLES = {
    *("interpreter, no role", "observer, no role", "joined, not let in", "lead, admitted", "lead, services"),
    *("has not accepted", "of the police's house", "invited", *GONE),
}
"""Others walk through all other rooms with the same roles."""
# One row for everybody, the objects in the order above: S sees, # counts, - never.
WALL = {
    #                                reports passed on people promises circle polls call-in session
    "public":                        "-- ---- --- S- ------- ------ -------- ------- -------",
    "by code":                       "S- ---- --- S- ------- ------ -------- ------- -------",
    "outside: organizer":            "-# ---- --- S- ------- ------ -------- ------- -------",
    "outside: community_lead":       "-# ---- -S- SS ------- ------ -------- ------- -------",
    "outside: faith_partner":        "-- ---- --- S- ------- ------ -------- ------- -------",
    "outside: facilitator":          "-- ---- --- SS ------- ------ -------- ------- -------",
    "outside: police_liaison":       "-- ---- --- S- ------- ------ -------- ------- -------",
    "outside: services":             "-- --S- --- S- ------- ------ -------- ------- -------",
    "outside: property":             "-- ---S --- S- ------- ------ -------- ------- -------",
    "outside: evaluator":            "-# ---- --- S- ------- ------ -------- ------- -------",
    "outside: oversight":            "-S ---- --- S- ------- ------ -------- ------- -------",
    "outside: triage":               "S- SSSS --- S- ------- ------ -------- ------- -------",
    "outside: administrator":        "-- ---- --- S- ------- ------ -------- ------- -------",
    "outside: no role":              "-- ---- --- S- ------- ------ -------- ------- -------",
    "lead, faith partner":           "-- ---- --- S- SSSSSSS SSSSSS SSSSSSSS SSS--SS SSSSSSS",
    "facilitator, runs the session": "-- ---- --- SS SSSS-SS SSSSSS S#--SS-S SSSSS-- SSSSSSS",
    "facilitator, another":          "-- ---- --- SS SSSS-SS SSSSSS S#--SS-S SSS---- SSSSSSS",
    "organizer, member":             "-# ---- --- S- SSSS-SS SSSSSS S#--SS-S SSS--SS SSSSSS-",
    "community lead, member":        "-# ---- -S- SS SSSS-SS SSSSSS S#--SS-S SSS---- SSSSSS-",
    "faith partner, member":         "-- ---- --- S- SSSS-SS SSSSSS S#--SS-S SSS---S SSSSSS-",
    "services, member":              "-- --S- --- S- SSSS-SS SSSSSS S#--SS-S SS----- --S-SS-",
    "police, member":                "-- ---- --- S- SSS#-SS SS--S- S#------ SS----- --S-SS-",
    "police, observer":              "-- ---- --- S- SSS#-SS SS--S- S#------ SS----- --S-SS-",
    "member, no role":               "-- ---- --- S- SSSS-SS SSSSSS S#--SS-S SSS---- SSSSSS-",
    "interpreter, no role":          "-- ---- --- S- SSSS-SS SSSSSS S#--SS-S SSS---- SSSSSS-",
    "observer, no role":             "-- ---- --- S- SSSS-SS SSSSSS S#--SS-S SSS---- SSSSSS-",
    "joined, not let in":            "-- ---- --- S- SSSS--- ------ -------- S------ -----S-",
    "organizer, hosts":              "-# ---- -S- S- ------- ------ -------- ------- -------",
    "organizer, admitted":           "-# ---- S-- S- ------- ------ -------- ------- -------",
    "community lead, admitted":      "-# ---- SS- SS ------- ------ -------- ------- -------",
    "faith partner, admitted":       "-- ---- S-- S- ------- ------ -------- ------- -------",
    "police, admitted":              "-- ---- S-- S- ------- ------ -------- ------- -------",
    "organizer, of the place":       "-# S--- --- S- ------- ------ -------- ------- -------",
    "police, of the place":          "-- -S-- --- S- ------- ------ -------- ------- -------",
    "lead, admitted":                "-- ---- S-- S- SSSSSSS SSSSSS SSSSSSSS SSS--SS SSSSSSS",
    "lead, services":                "-- ---- --- S- SSSSSSS SSSSSS S#--SS-S SSS---- --S-SSS",
    "has not accepted":              "-- ---- --- S- SSSS-SS SSSSSS S#--SS-S S------ SSSSSS-",
    "of the police's house":         "-- ---- --- S- SSSS-SS SSSSSS S#--SS-S SS----- --S-SS-",
    "invited":                       "-- ---- --- S- SSS---- ------ -------- ------- -------",
    "left":                          "-- ---- --- S- ------- ------ -------- ------- -------",
    "now police":                    "-- ---- --- S- ------- ------ -------- ------- -------",
    "now administrator":             "-- ---- --- S- ------- ------ -------- ------- -------",
}  # fmt: skip
MARKS = {"S": SEES, "#": COUNTS, "-": NEVER}
# That these are there is known to whoever is inside: all else that is refused to them is answered as what never was.
KNOWN: dict[str, set[str]] = {
    "outside: police_liaison": set(),
    "outside: no role": set(),
    **{who: set() for who in GONE},
    "police, member": {"circle_id", "call_in_id", "session_id", "poll_id", "date_id", "topic_id", "note_id"},
    "police, admitted": {"market_id"},
    "police, of the place": {"market_id", "referral_id"},
}
