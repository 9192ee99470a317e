"""Who may read what is passed on, and by when they answer."""

from __future__ import annotations

from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from portal.accounts.roles import READS_REPORTS, RECEIVES
from portal.reports.triage import (
    READERS,
    Category,
    Disposition,
    NextDue,
    Referral,
    ReferralFinding,
    acknowledge_by,
    answer_by,
    clock_of_referral,
    needs_own_words,
    obstacle,
    proposed_step,
    told_about,
)
from portal.reports.urgency import speaks_of_police

MONDAY = date(2026, 11, 23)
DAYS = st.dates(date(2020, 1, 1), date(2040, 1, 1))


def test_whoever_reads_what_is_passed_on_is_a_desk_of_its_own() -> None:
    assert sorted(READERS.values()) == sorted(RECEIVES)
    assert not set(READERS.values()) & set(READS_REPORTS)
    # The oversight contact has the report itself.
    assert set(Referral) - set(READERS) == {Referral.OVERSIGHT}


def test_who_works_at_places_reads_only_what_is_sorted_to_one() -> None:
    for to in (Referral.TEAM, Referral.POLICE):
        assert obstacle(Category.SELLING, to, has_place=False) == "place_first"
        assert obstacle(Category.SELLING, to, has_place=True) is None


def test_nobody_reads_what_a_person_has_not_said_what_it_is_about() -> None:
    assert [
        (to, has_place)
        for to in READERS
        for has_place in (False, True)
        if obstacle(Category.UNSORTED, to, has_place) != "sort_first"
    ] == []


def test_whoever_asks_for_help_is_not_passed_on_to_the_police() -> None:
    assert obstacle(Category.SERVICES, Referral.POLICE, has_place=True) == "not_to_police"
    assert obstacle(Category.SERVICES, Referral.PROPERTY, has_place=True) == "not_to_property"
    assert obstacle(Category.SERVICES, Referral.TEAM, has_place=True) is None


@given(st.sampled_from(Category))
def test_property_is_never_told_that_a_report_is_about_something_else(category: Category) -> None:
    assert told_about(category, Referral.PROPERTY) is Category.PROPERTY
    assert needs_own_words(category, Referral.PROPERTY) == (category is Category.SELLING)
    for to in set(Referral) - {Referral.PROPERTY}:
        assert told_about(category, to) is category and not needs_own_words(category, to)


MORE = ReferralFinding("Which lot?", None)
DONE, CANNOT = ReferralFinding("", Disposition.ACTED), ReferralFinding("No money", Disposition.CANNOT)


def test_the_next_step_follows_from_what_was_found() -> None:
    assert [
        (findings, step)
        for findings, step in (
            ([], "answer"),
            ([None], "answer"),
            ([DONE], "close acted"),
            ([DONE, CANNOT], "close cannot"),
            ([DONE, None], "answer"),
            ([MORE, DONE], "ask"),
            ([None, MORE], "ask"),
        )
        if proposed_step(findings) != step
    ] == []


def test_words_about_the_police_are_noticed() -> None:
    assert [
        text
        for text in (
            "Un policía me pegó anoche en la esquina",
            "LA POLICIA no vino",
            "two cops laughed",
            "An Officer took it.",
            "los agentes de la patrulla",
            "the sheriff's deputies",
            "policemen",
        )
        if not speaks_of_police(text)
    ] == []


def test_words_about_others_are_not() -> None:
    assert [
        text
        for text in ("They sell by the office.", "Una política de la ciudad", "a copy", "en el parque", "")
        if speaks_of_police(text)
    ] == []


@given(st.sampled_from(Category), st.booleans())
def test_outreach_reads_only_who_asks_for_services(category: Category, has_place: bool) -> None:
    assert (obstacle(category, Referral.OUTREACH, has_place) is None) == (category is Category.SERVICES)


@given(DAYS, st.integers(0, 60))
def test_an_answer_is_due_while_the_promise_can_be_kept_and_never_before_they_need_speak(
    day: date, waited: int
) -> None:
    passed_on = day + timedelta(days=waited)
    due = answer_by(day, passed_on)
    assert due >= acknowledge_by(passed_on)
    assert due == day + timedelta(days=7) or waited > 4


def test_the_clock_first_asks_whether_they_have_it() -> None:
    week = MONDAY + timedelta(days=7)
    assert clock_of_referral(MONDAY, week, None, None) == NextDue("have", date(2026, 11, 26))
    assert clock_of_referral(MONDAY, week, MONDAY, None) == NextDue("answer", week)
    assert clock_of_referral(MONDAY, week, MONDAY, MONDAY) is None


@given(st.text(max_size=80), st.sampled_from(Disposition))
def test_an_answer_comes_back_as_it_was_given(what: str, ending: Disposition) -> None:
    finding = ReferralFinding(what, ending)
    assert ReferralFinding.from_bytes(finding.to_bytes()) == finding
