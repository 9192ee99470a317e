"""Slips and their counts; when a promise is late, and who judges it."""

from collections import Counter, defaultdict
from datetime import date, timedelta
from itertools import product

from hypothesis import given, strategies as st

from portal.accounts.roles import Role
from portal.commitments import promise_rules
from portal.commitments.promise_rules import JUDGES, BallotChoice, PromiseActor, PromiseState, PromiseVerdict
from portal.organisations.sides import SIDES, OrganisationKind, TableSide


@given(st.lists(st.sampled_from("0123"), min_size=1))
def test_figures_are_read_with_and_without_spaces(figures: list[str]) -> None:
    for gap in ("", " "):
        heard = promise_rules.says_of(gap.join(figures), len(figures))
        assert heard is not None
        assert len(heard) == len(figures)


def test_the_figures_and_words_are_those_of_the_slip() -> None:
    assert [
        rest
        for rest in (
            *("1 2 3 0", "kept , partly , not kept , dont know", "yes in part no not sure"),
            *("cumplido a medias no cumplido no se", "si en parte no , no lo se"),
            *("se cumplio , a medias , no se cumplio , no se", "1 cumplido 2 a medias 3 incumplido 4 no se"),
        )
        if promise_rules.says_of(rest, 4)
        != (BallotChoice.KEPT, BallotChoice.PARTLY, BallotChoice.BROKEN, BallotChoice.UNSURE)
    ] == []


def test_what_says_more_is_not_guessed_at() -> None:
    for rest in ("they sell on the corner", "7", "kept 1", "kept they lie", "si y no", ""):
        assert [promise_rules.says_of(rest, promises) for promises in range(1, 10)] == [None] * 9
        assert not promise_rules.is_only_answers(rest)


def test_kept_partly_is_one_answer_or_two() -> None:
    kept, partly, broken = BallotChoice.KEPT, BallotChoice.PARTLY, BallotChoice.BROKEN
    for rest, promises, heard in (
        ("kept partly", 1, (partly,)),
        ("kept partly", 2, (kept, partly)),
        ("cumplido a medias , incumplido", 2, (partly, broken)),
        ("cumplido a medias incumplido", 3, (kept, partly, broken)),
    ):
        assert promise_rules.says_of(rest, promises) == heard
    for rest in ("not kept", "no cumplido", "no se cumplio"):
        assert promise_rules.says_of(rest, 1) == (broken,)
        assert promise_rules.says_of(rest, 2) is None, "never read as two"
        assert promise_rules.is_only_answers(rest)


def test_the_last_day_counts() -> None:
    first, last = date(2026, 5, 1), date(2026, 5, 20)
    for day, counts in ((first, True), (last, True), (date(2026, 5, 21), False), (date(2026, 4, 30), False)):
        assert promise_rules.is_open(first, last, day) is counts


def test_a_small_count_never_stands_there_and_never_alone() -> None:
    assert promise_rules.shown_answers({BallotChoice.KEPT: 9}) is None
    for counts, rows in (((10,), [10, 0, 0, 0]), ((30, 12, 3), [30, None, None, 0])):
        told = promise_rules.shown_answers(dict(zip(BallotChoice, counts, strict=False)))
        assert told is not None
        assert [dict(told.rows)[choice] for choice in BallotChoice] == rows
        assert told.total == sum(counts)


def test_no_rule_and_other_numbers_narrow_down_hidden_one() -> None:
    """Every table with this sum is published; each hidden count can still be one of four at least."""
    pages: dict[object, list[tuple[int, ...]]] = defaultdict(list)
    for total in (10, 11, 14, 19, 25):
        for counts in product(range(total + 1), repeat=len(BallotChoice)):
            if sum(counts) == total:
                pages[promise_rules.shown_answers(dict(zip(BallotChoice, counts, strict=True)))].append(counts)
        for page, tables in pages.items():
            assert page is not None
            for place, (_say, count) in enumerate(page.rows):
                if count is None:
                    values = {table[place] for table in tables}
                    assert len(values) >= 4, (page, values)


@given(st.lists(st.integers(0, 40), min_size=4, max_size=4))
def test_by_the_sum_alone_a_hidden_count_is_anything(counts: list[int]) -> None:
    full = dict(zip(BallotChoice, counts, strict=True))
    told = promise_rules.shown_answers(full)
    hidden = [full[say] for say, count in told.rows if count is None] if told else []
    assert not hidden or (len(hidden) >= 2 and sum(hidden) >= 10)
    assert not told or not any(count is not None and 0 < count < 10 for _say, count in told.rows)


DUE = date(2026, 6, 1)
OURS, THEIRS = 1, 2


def test_it_is_late_from_the_day_after_unless_judged() -> None:
    assert promise_rules.standing(DUE, None, DUE) is PromiseState.DUE
    assert promise_rules.standing(DUE, None, DUE + timedelta(days=1)) is PromiseState.LATE
    assert [promise_rules.standing(DUE, one, DUE + timedelta(days=1)).value for one in PromiseVerdict] == list(
        PromiseVerdict
    )


def test_nobody_judges_for_their_own_side() -> None:
    agencies = {Role.POLICE_LIAISON, Role.SERVICES}
    for role, kind in product(Role, OrganisationKind):
        judges = promise_rules.may_judge(PromiseActor(frozenset({role}), frozenset()), OURS, kind)
        assert judges == (role in JUDGES[SIDES[kind]])
        assert not (judges and SIDES[kind] is TableSide.AGENCIES and role in agencies)
        own = PromiseActor(frozenset({role, Role.FAITH_PARTNER, Role.COMMUNITY_LEAD}), frozenset({OURS}))
        assert not promise_rules.may_judge(own, OURS, OrganisationKind.AGENCY), (
            "nor a promise of their own organisation"
        )


def test_who_writes_down_promises_of_whose_organisation() -> None:
    for role in Role:
        person = PromiseActor(frozenset({role}), frozenset({OURS}))
        own = {Role.ORGANIZER, Role.FAITH_PARTNER, Role.POLICE_LIAISON, Role.SERVICES}
        every = {Role.FACILITATOR, Role.COMMUNITY_LEAD}
        assert promise_rules.may_write(person, OURS) == (role in own | every)
        assert promise_rules.may_write(person, THEIRS) == (role in every)
    between = PromiseActor(frozenset({Role.FACILITATOR, Role.COMMUNITY_LEAD}), frozenset())
    assert promise_rules.may_write(between, OURS) and not promise_rules.may_judge(
        between, OURS, OrganisationKind.POLICE
    )


def test_no_share_of_a_few() -> None:
    few = Counter([PromiseState.KEPT] * 10 + [PromiseState.BROKEN] * 9 + [PromiseState.DUE] * 30)
    assert promise_rules.share_kept(few) is None
    assert promise_rules.share_kept({**few, PromiseState.LATE: 1}) == 50
