"""Who may sit in a circle, what each role does there, and when it has a lead again."""

from datetime import date, timedelta
from itertools import combinations

from portal.accounts.roles import Role, conflict, ends_circles
from portal.partners import circle_rules as circles
from portal.partners.circle_rules import Act, CircleRole
from portal.partners.reconciliation import rules as sessions
from portal.partners.reconciliation.rules import AgendaLine, QuoteScope, ThemeState

# Who sits where; the police only where they do so openly.
ANYWHERE = {None, Role.ORGANIZER, Role.COMMUNITY_LEAD, Role.FAITH_PARTNER, Role.FACILITATOR, Role.SERVICES}
NOWHERE = {Role.PROPERTY, Role.EVALUATOR, Role.OVERSIGHT, Role.TRIAGE, Role.ADMINISTRATOR}
# What each may do in a circle: read, write, see names, tidy, admit, lead.
MAY = {
    CircleRole.LEAD: "rwntal",
    CircleRole.FACILITATOR: "rwnta",
    CircleRole.MEMBER: "rwn",
    CircleRole.INTERPRETER: "rwn",
    CircleRole.OBSERVER: "rn",
}
LETTERS = {"r": Act.READ, "w": Act.WRITE, "n": Act.SEE_NAMES, "t": Act.TIDY, "a": Act.ADMIT, "l": Act.LEAD}


def test_who_may_sit_and_who_founds() -> None:
    for role in (None, *Role):
        roles = [role] if role else []
        assert circles.may_sit(roles, with_police=False) == (role in ANYWHERE)
        assert circles.may_sit(roles, with_police=True) == (role not in NOWHERE)
    assert {None, *Role} - ANYWHERE - NOWHERE == {Role.POLICE_LIAISON}
    assert circles.may_sit([Role.TRIAGE, Role.FAITH_PARTNER], with_police=False), "a second role lets a volunteer in"
    assert {role for role in Role if circles.may_found([role])} == {
        Role.COMMUNITY_LEAD,
        Role.FAITH_PARTNER,
        Role.FACILITATOR,
    }


def test_no_second_role_lets_police_or_administrators_in() -> None:
    for pair in combinations(Role, 2):
        if conflict(pair):
            continue
        if Role.ADMINISTRATOR in pair:
            assert not circles.may_sit(pair, with_police=True)
        if Role.POLICE_LIAISON in pair:
            assert not circles.may_sit(pair, with_police=False)
    # Nobody can hold such a pair; if somebody does all the same they stay outside.
    assert not circles.may_sit((Role.ADMINISTRATOR, Role.FAITH_PARTNER), with_police=True)


def test_police_read_and_write_and_never_more() -> None:
    assert {role: circles.acts(role, []) for role in CircleRole} == {
        role: {LETTERS[letter] for letter in letters} for role, letters in MAY.items()
    }
    police = [Role.POLICE_LIAISON]
    writers = [role for role in CircleRole if role is not CircleRole.OBSERVER]
    assert all(circles.acts(role, police) == {Act.READ, Act.WRITE} for role in writers)
    assert circles.acts(CircleRole.OBSERVER, police) == {Act.READ}
    assert [role for role in CircleRole if circles.may_hold(role, police)] == [CircleRole.MEMBER, CircleRole.OBSERVER]
    assert all(circles.may_hold(role, [Role.SERVICES]) for role in CircleRole)
    assert not any(circles.may_name_lead(role, police) for role in CircleRole)
    # Observers have no voice.
    assert [role for role in CircleRole if not circles.may_name_lead(role, [])] == [CircleRole.OBSERVER]


def test_when_there_is_a_lead_again() -> None:
    for named_by, voters, community, enough in (
        ([], [1, 2, 3], [], False),
        ([1], [1, 2, 3], [], False),
        ([1, 2], [1, 2, 3], [], True),
        ([1], [1], [], True),
        ([], [], [], False),
        ([1], [1, 2, 3], [1], True),
        ([1], [1, 2, 3], [2], False),
        ([9, 8], [1, 2, 3], [], False),
        ([9], [1, 2, 3], [9], False),
    ):
        assert circles.has_enough_voices(named_by, voters, community) is enough
    assert [circles.is_last_lead(1, leads) for leads in ([1], [1, 2], [2])] == [True, False, False]


def test_only_becoming_police_or_administrator_ends_seats() -> None:
    assert ends_circles([Role.ORGANIZER], [Role.POLICE_LIAISON])
    assert ends_circles([], [Role.ADMINISTRATOR])
    assert not ends_circles([Role.POLICE_LIAISON], [Role.POLICE_LIAISON, Role.EVALUATOR])
    assert not ends_circles([Role.ORGANIZER], [])


# --- What in a list of guests speaks of somebody under 18, and what does not ---


def test_a_child_is_found_a_grown_up_stays() -> None:
    children = (
        *("Quince Cantor and her child", "Two kids, one baby", "the Almond children", "Quince\nPerry, 12"),
        *("Perry (9), wheelchair", "Perry, 15 years old", "Perry, a 15-year-old", "Perry, age 7", "Perry aged 7"),
        *("Perry, 15 yrs", "Perry, teenager", "Perry, 8 months", "Rosa y su niño", "Rosa con dos niñas"),
        *("Rosa y la nina", "Rosa, 12 años", "Rosa, 12 anos", "Rosa, edad 12", "Rosa, edad de 12"),
        *("Rosa, menor de edad", "Rosa y un bebé de 3 meses", "Un adolescente"),
    )
    grown = (
        *("", "Quince Cantor, wheelchair", "Perry Almond, needs a ride at 5 PM", "Quince, 2 seats; Perry, 1 seat"),
        *("Perry (22)", "Perry, 18", "Perry, 64 years old", "Rosa, 34 años", "Rosa needs child care"),
        *("Rosa: childcare, child seat", "Rosa: silla para niño, cuidado de niños", "Bus 12, door 3"),
        *("12 Fountain Avenue", "Rosa Niñez, mayor de edad"),
    )
    assert [text for text in (*children, *grown) if circles.names_child(text)] == [*children]


# --- What a session is made of, and who may see and say what about it ---

DAY = timedelta(days=1)
TODAY = date(2026, 11, 24)


def test_an_agenda_is_read_line_by_line() -> None:
    for text, items in (
        ("10 Welcome", [AgendaLine(10, "Welcome")]),
        (" 5 min. Welcome \n\n 25: Talk", [AgendaLine(5, "Welcome"), AgendaLine(25, "Talk")]),
        ("10 – Bienvenida", [AgendaLine(10, "Bienvenida")]),
        *((text, None) for text in ("10Welcome", "Welcome", "10", "10 Welcome\nTalk", "", " \n ")),
    ):
        assert sessions.read_agenda(text) == items
    # The same sum in other parts is another agenda.
    assert not sessions.same_minutes(
        [AgendaLine(10, "a"), AgendaLine(20, "b")], [AgendaLine(20, "a"), AgendaLine(10, "b")]
    )
    assert not sessions.same_minutes([AgendaLine(10, "a")], [AgendaLine(5, "a"), AgendaLine(5, "b")])


def test_who_plans_and_who_arranges() -> None:
    for role, roles, planning, names in (
        (CircleRole.LEAD, ["community_lead"], True, True),
        (CircleRole.LEAD, ["facilitator"], True, False),
        (CircleRole.FACILITATOR, [], True, False),
        (CircleRole.FACILITATOR, ["organizer"], True, False),
        (CircleRole.MEMBER, ["organizer"], False, True),
        (CircleRole.MEMBER, ["faith_partner"], False, False),
        (CircleRole.OBSERVER, ["organizer"], False, False),
        (CircleRole.INTERPRETER, [], False, False),
        (CircleRole.MEMBER, ["police_liaison"], False, False),
        # A row that should not be there gives nothing either.
        (CircleRole.LEAD, ["police_liaison"], False, False),
    ):
        assert sessions.plans(role, roles) is planning
        assert sessions.may_facilitate(role, roles) is planning
        assert not sessions.may_facilitate(role, roles, ["agency"])
        assert not sessions.sees_names(role, roles, ["group", "police"])
        assert sessions.sees_names(role, roles) is names


def test_whose_word_is_the_communitys() -> None:
    for role, roles, houses, facilitates, speaks in (
        (CircleRole.MEMBER, ["faith_partner"], ["congregation"], False, True),
        (CircleRole.MEMBER, [], [], False, True),
        (CircleRole.LEAD, ["community_lead"], [], False, True),
        (CircleRole.LEAD, ["community_lead"], [], True, False),
        (CircleRole.MEMBER, ["facilitator"], [], False, False),
        (CircleRole.FACILITATOR, [], [], False, False),
        (CircleRole.INTERPRETER, [], [], False, False),
        (CircleRole.OBSERVER, ["faith_partner"], [], False, False),
        (CircleRole.MEMBER, ["police_liaison"], [], False, False),
        (CircleRole.MEMBER, ["services"], [], False, False),
        (CircleRole.MEMBER, [], ["police"], False, False),
        (CircleRole.MEMBER, ["community_lead"], ["group", "agency"], False, False),
    ):
        assert sessions.speaks_for_community(role, roles, houses, facilitates=facilitates) is speaks


def test_agencies_read_what_is_shared_and_nothing_before() -> None:
    assert [state for state in ThemeState if sessions.may_read_theme(state, of_agencies=True)] == [ThemeState.SHARED]
    assert all(sessions.may_read_theme(state, of_agencies=False) for state in ThemeState)
    assert [scope for scope in QuoteScope if sessions.may_read_line(scope, of_agencies=True)] == [
        QuoteScope.SIDES,
        QuoteScope.PUBLIC,
    ]
    assert all(sessions.may_read_line(scope, of_agencies=False) for scope in QuoteScope)
    assert sessions.is_of_agencies([], ["agency"])
    assert not sessions.is_of_agencies(["organizer"], ["group"])


def test_days_of_a_session_and_of_a_consent() -> None:
    for community, agencies, held, report, in_order in (
        (0, 1, 2, 3, True),
        (2, 0, 2, 3, False),
        (0, 2, 2, 3, False),
        (0, 0, 1, 1, False),
    ):
        days = (TODAY + ahead * DAY for ahead in (community, agencies, held, report))
        assert sessions.days_in_order(*days) is in_order
    assert [ahead for ahead in (-1, 0, 365, 366) if sessions.may_expire_on(TODAY + ahead * DAY, TODAY)] == [0, 365]
