"""What a session is made of, and who may see and say what about it: rules alone."""

from datetime import date, timedelta

import pytest

from portal.partners.circle_rules import CircleRole
from portal.partners.reconciliation.rules import (
    AgendaLine,
    Component,
    QuoteScope,
    ThemeState,
    days_in_order,
    is_of_agencies,
    may_expire_on,
    may_facilitate,
    may_read_line,
    may_read_theme,
    minutes_of,
    monday,
    plans,
    read_agenda,
    same_minutes,
    sees_names,
    speaks_for_community,
)
from portal.partners.reconciliation.texts import OCCASIONS, PATTERNS

DAY = timedelta(days=1)
TODAY = date(2026, 11, 24)


def test_an_agenda_is_read_line_by_line(subtests: pytest.Subtests) -> None:
    for text, items in (
        ("10 Welcome", [AgendaLine(10, "Welcome")]),
        (" 5 min. Welcome \n\n 25: Talk", [AgendaLine(5, "Welcome"), AgendaLine(25, "Talk")]),
        ("10 – Bienvenida", [AgendaLine(10, "Bienvenida")]),
        ("10Welcome", None),
        ("Welcome", None),
        ("10", None),
        ("10 Welcome\nTalk", None),
        ("", None),
        (" \n ", None),
    ):
        with subtests.test(f"{text} {items}"):
            assert read_agenda(text) == items


def test_what_a_session_begins_with_takes_ninety_minutes(subtests: pytest.Subtests) -> None:
    for component in Component:
        with subtests.test(str(component)):
            pattern = PATTERNS[component]
            english, spanish = read_agenda(pattern.agenda.en), read_agenda(pattern.agenda.es)
            assert english
            assert spanish
            assert minutes_of(english) == 90
            assert same_minutes(english, spanish)
            for text in (pattern.purpose, pattern.rules, pattern.questions, OCCASIONS[component]):
                assert text.is_whole
            assert len(pattern.questions.en.splitlines()) == len(pattern.questions.es.splitlines())


def test_the_same_sum_in_other_parts_is_another_agenda() -> None:
    assert not same_minutes([AgendaLine(10, "a"), AgendaLine(20, "b")], [AgendaLine(20, "a"), AgendaLine(10, "b")])
    assert not same_minutes([AgendaLine(10, "a")], [AgendaLine(5, "a"), AgendaLine(5, "b")])


def test_every_day_of_a_week_is_its_monday(subtests: pytest.Subtests) -> None:
    for shift in range(7):
        with subtests.test(str(shift)):
            assert monday(date(2026, 11, 23) + shift * DAY) == date(2026, 11, 23)


def test_who_plans_and_who_arranges(subtests: pytest.Subtests) -> None:
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
        with subtests.test(f"{role} {roles}"):
            assert plans(role, roles) is planning
            assert may_facilitate(role, roles) is planning
            assert not may_facilitate(role, roles, ["agency"])
            assert not sees_names(role, roles, ["group", "police"])
            assert sees_names(role, roles) is names


def test_whose_word_is_the_communitys(subtests: pytest.Subtests) -> None:
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
        with subtests.test(f"{role} {roles}"):
            assert speaks_for_community(role, roles, houses, facilitates=facilitates) is speaks


def test_agencies_read_what_is_shared_and_nothing_before() -> None:
    assert [state for state in ThemeState if may_read_theme(state, of_agencies=True)] == [ThemeState.SHARED]
    assert all(may_read_theme(state, of_agencies=False) for state in ThemeState)
    assert [scope for scope in QuoteScope if may_read_line(scope, of_agencies=True)] == [
        QuoteScope.SIDES,
        QuoteScope.PUBLIC,
    ]
    assert all(may_read_line(scope, of_agencies=False) for scope in QuoteScope)
    assert is_of_agencies([], ["agency"])
    assert not is_of_agencies(["organizer"], ["group"])


def test_each_side_meets_before_and_the_report_comes_after() -> None:
    assert days_in_order(TODAY, TODAY + DAY, TODAY + 2 * DAY, TODAY + 3 * DAY)
    assert not days_in_order(TODAY + 2 * DAY, TODAY, TODAY + 2 * DAY, TODAY + 3 * DAY)
    assert not days_in_order(TODAY, TODAY + 2 * DAY, TODAY + 2 * DAY, TODAY + 3 * DAY)
    assert not days_in_order(TODAY, TODAY, TODAY + DAY, TODAY + DAY)


def test_a_consent_ends() -> None:
    assert may_expire_on(TODAY, TODAY)
    assert may_expire_on(TODAY + 365 * DAY, TODAY)
    assert not may_expire_on(TODAY + 366 * DAY, TODAY)
    assert not may_expire_on(TODAY - DAY, TODAY)
