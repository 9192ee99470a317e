"""The ways of a report, its clocks, who may read what is passed on, and which texts are alike."""

from __future__ import annotations

from datetime import date, timedelta

from hypothesis import given, strategies as st

from portal.accounts.roles import READS_REPORTS, RECEIVES
from portal.reports import triage
from portal.reports.triage import (
    Category,
    Disposition,
    NextDue,
    Referral,
    ReferralFinding,
    ResidentVerdict,
    TriageState,
)
from portal.reports.words import BANDS, FEWEST_WORDS, ReportWords, sketch, speaks_of_police

FRIDAY = date(2026, 11, 20)


def test_a_report_is_never_new_again() -> None:
    assert [to for to in TriageState if triage.may_move(TriageState.NEW, to)] == [
        to for to in TriageState if to is not TriageState.NEW
    ]
    assert [to for to in TriageState if triage.may_move(TriageState.CLOSED, to)] == [TriageState.READ]
    assert not [one for one in TriageState if triage.may_move(one, TriageState.NEW)]


@given(st.sampled_from(Category), st.sampled_from(Referral))
def test_police_conduct_goes_to_oversight_and_nothing_else_does(category: Category, to: Referral) -> None:
    assert triage.may_refer(category, to) == ((category is Category.CONDUCT) == (to is Referral.OVERSIGHT))


@given(st.dates(date(2020, 1, 1), date(2040, 1, 1)), st.integers(1, 10))
def test_business_days_never_end_on_weekend_and_count_right(day: date, after: int) -> None:
    end = triage.next_business_day(day, after)
    between = [day + timedelta(days=number) for number in range(1, (end - day).days + 1)]
    assert end.weekday() < 5
    assert sum(one.weekday() < 5 for one in between) == after


def test_clocks_run_from_the_day_it_came() -> None:
    for state, due in (
        (TriageState.NEW, NextDue("read", date(2026, 11, 23))),
        (TriageState.READ, NextDue("pass", FRIDAY + timedelta(days=3))),
        (TriageState.PASSED, NextDue("close", FRIDAY + timedelta(days=7))),
        (TriageState.ASKED, None),
        (TriageState.CLOSED, None),
    ):
        assert triage.clock_of(state, FRIDAY) == due
    for days, reading in ((-1, "on_time"), (0, "due_today"), (1, "overdue")):
        assert NextDue("pass", FRIDAY).reading(FRIDAY + timedelta(days=days)) == reading


MONDAY = date(2026, 11, 23)
DAYS = st.dates(date(2020, 1, 1), date(2040, 1, 1))


def test_each_reads_what_is_sorted_for_them() -> None:
    # Whoever reads what is passed on has a desk; the oversight contact has the report itself.
    assert {str(to) for to in triage.READERS} == {str(kind) for kind in RECEIVES}
    assert not set(triage.READERS) & set(READS_REPORTS)
    assert set(Referral) - set(triage.READERS) == {Referral.OVERSIGHT}
    assert {
        triage.obstacle(Category.UNSORTED, to, has_place) for to in triage.READERS for has_place in (False, True)
    } == {"sort_first"}
    for category, to, has_place, why in (
        (Category.SELLING, Referral.TEAM, False, "place_first"),
        (Category.SELLING, Referral.POLICE, False, "place_first"),
        (Category.SELLING, Referral.TEAM, True, None),
        (Category.SELLING, Referral.POLICE, True, None),
        (Category.SERVICES, Referral.POLICE, True, "not_to_police"),
        (Category.SERVICES, Referral.PROPERTY, True, "not_to_property"),
        (Category.SERVICES, Referral.TEAM, True, None),
    ):
        assert triage.obstacle(category, to, has_place) == why, (category, to, has_place)
    for category in Category:
        for has_place in (False, True):
            assert (triage.obstacle(category, Referral.OUTREACH, has_place) is None) == (category is Category.SERVICES)


@given(st.sampled_from(Category))
def test_property_is_never_told_of_something_else(category: Category) -> None:
    assert triage.told_about(category, Referral.PROPERTY) is Category.PROPERTY
    assert triage.needs_own_words(category, Referral.PROPERTY) == (category in triage.SELLS)
    for to in set(Referral) - {Referral.PROPERTY}:
        assert triage.told_about(category, to) is category and not triage.needs_own_words(category, to)


MUTE = Disposition.NOT_REPORT, "."
MORE = ReferralFinding("Which lot?", None)
ACTED_ON, CANNOT = ReferralFinding("", Disposition.ACTED), ReferralFinding("No money", Disposition.CANNOT)


def test_the_next_step_follows_from_what_was_found() -> None:
    assert {Disposition.CANNOT, Disposition.NOT_OURS} == triage.MUST_EXPLAIN
    assert not triage.may_end(Category.OTHER, Disposition.CANNOT, "") and triage.may_end(Category.OTHER, *MUTE)
    assert not triage.may_end(Category.CONDUCT, *MUTE), "a complaint never ends in silence"
    for findings, step in (
        ([], "answer"),
        ([None], "answer"),
        ([ACTED_ON], "close acted"),
        ([ACTED_ON, CANNOT], "close cannot"),
        ([ACTED_ON, None], "answer"),
        ([MORE, ACTED_ON], "ask"),
        ([None, MORE], "ask"),
    ):
        assert triage.proposed_step(findings) == step, findings


def test_words_about_the_police_are_noticed() -> None:
    about = (
        *("Un policía me pegó anoche en la esquina", "LA POLICIA no vino", "two cops laughed"),
        *("An Officer took it.", "los agentes de la patrulla", "the sheriff's deputies", "policemen"),
    )
    others = ("They sell by the office.", "Una política de la ciudad", "a copy", "en el parque", "")
    assert [text for text in (*about, *others) if speaks_of_police(text)] == [*about]


@given(DAYS, st.integers(0, 60))
def test_an_answer_is_due_in_time_for_the_promise(day: date, waited: int) -> None:
    passed_on = day + timedelta(days=waited)
    due = triage.answer_by(day, passed_on)
    assert due >= triage.acknowledge_by(passed_on)
    assert due == day + timedelta(days=7) or waited > 4


def test_the_clock_first_asks_whether_they_have_it() -> None:
    week = MONDAY + timedelta(days=7)
    assert triage.clock_of_referral(MONDAY, week, None, None) == NextDue("have", date(2026, 11, 26))
    assert triage.clock_of_referral(MONDAY, week, MONDAY, None) == NextDue("answer", week)
    assert triage.clock_of_referral(MONDAY, week, MONDAY, MONDAY) is None


@given(st.text(max_size=80), st.sampled_from(Disposition))
def test_an_answer_comes_back_as_it_was_given(what: str, ending: Disposition) -> None:
    finding = ReferralFinding(what, ending)
    assert ReferralFinding.from_bytes(finding.to_bytes()) == finding


CLOSED = date(2026, 3, 2)


def test_residents_are_asked_two_to_four_weeks_later() -> None:
    for days, is_asked in ((0, False), (13, False), (14, True), (28, True), (29, False)):
        for disposition in Disposition:
            asked = triage.is_time(CLOSED, disposition, CLOSED + timedelta(days))
            assert asked is (is_asked and disposition not in triage.NOT_ASKED), (days, disposition)
    assert not triage.is_time(None, None, CLOSED)
    for disposition in Disposition:
        for verdict in ResidentVerdict:
            done_and_no_better = disposition in triage.DONE and verdict is not ResidentVerdict.BETTER
            assert triage.differs(verdict, disposition) is done_and_no_better, (disposition, verdict)


def test_a_whole_text_is_an_answer() -> None:
    for text, verdict in (
        ("1", ResidentVerdict.BETTER),
        ("2", ResidentVerdict.SAME),
        ("peor", ResidentVerdict.WORSE),
        ("the same", ResidentVerdict.SAME),
        *((text, None) for text in ("", "4", "better call them", "12", "1 2", "it is worse", "mejor no vengan")),
    ):
        assert triage.read_verdict(text) is verdict, text


texts = st.text(st.characters(exclude_categories=["Cs"]))


@given(texts, texts, texts, texts)
def test_words_come_out_as_they_went_in(what: str, where: str, when: str, looks: str) -> None:
    words = ReportWords(what, where, when, looks)
    assert ReportWords.from_bytes(words.to_bytes()) == words
    parts = {"what": what, "where": where, "when": when, "looks": looks}
    assert dict(words.parts) == {name: said for name, said in parts.items() if said}


KEY = b"k" * 32
TEXT = "Two men stand by the laundry from nine until it is light, and cars stop for a minute and go on"


def alike(one: str, other: str, key: bytes = KEY) -> bool:
    return bool(set(sketch(one, key)) & set(sketch(other, key)))


def test_the_same_said_untidily_is_alike_and_another_not() -> None:
    for copy in (
        TEXT.upper(),
        f"{TEXT}!!! 17",
        f"hello {TEXT}",
        TEXT.replace(",", " ,\n"),
        TEXT.replace("e", "é"),
        TEXT.replace("men", "men 24"),
    ):
        assert alike(TEXT, copy), copy
    for other in (
        "My son was offered pills on his way home from the high school by somebody in a red car",
        "Se paran en la esquina de la lavandería cada noche y venden a los que pasan en carro",
        "Two women help at the church from nine, and the lamp by the bus stop is broken again",
    ):
        assert not alike(TEXT, other), other


def test_few_words_have_no_sketch() -> None:
    words = TEXT.split()
    assert len(sketch(" ".join(words[:FEWEST_WORDS]), KEY)) == BANDS
    for few in (" ".join(words[: FEWEST_WORDS - 1]), "", "1 2 3 4 5 6 7 ?!"):
        assert sketch(few, KEY) == ()


@given(st.text(max_size=400))
def test_any_text_has_one_and_another_key_makes_another(text: str) -> None:
    made = sketch(text, KEY)
    assert made == sketch(text, KEY)
    assert len(made) in (0, BANDS)
    assert not set(made) & set(sketch(text, b"j" * 32))
