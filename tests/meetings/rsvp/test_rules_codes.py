"""Codes for texts: a slip of the finger is never another meeting."""

from __future__ import annotations

from itertools import combinations
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from portal.meetings.rsvp.seats import CODES, check_figure, draw_code, free_codes, places_apart
from portal.sms.rsvp_rules import suggest, within_one_edit


def test_any_two_codes_differ_in_two_places() -> None:
    assert len(CODES) == len(set(CODES)) == 900
    assert all(len(code) == 4 and code.isdigit() for code in CODES)
    assert min(places_apart(one, other) for one, other in combinations(CODES, 2)) == 2


def test_neither_one_wrong_figure_nor_two_swapped_make_another_code() -> None:
    known = set(CODES)
    for code in CODES:
        wrong = {code[:at] + figure + code[at + 1 :] for at in range(4) for figure in "0123456789"}
        swapped = {code[:at] + code[at + 1] + code[at] + code[at + 2 :] for at in range(3)}
        assert (wrong | swapped) & known == {code}
    assert not any(within_one_edit(one, other) for one, other in combinations(CODES[:200], 2))


def test_the_check_figure_is_the_one_that_is_published() -> None:
    # The example of Damm's thesis.
    assert check_figure("572") == "4"


@given(st.sets(st.from_regex(r"[1-9][0-9]{3}", fullmatch=True), max_size=60), st.randoms(use_true_random=False))
def test_a_new_code_is_far_from_all_in_use_whatever_those_are(used: set[str], chance: Random) -> None:
    code = draw_code(used, chance)
    assert code is None or min((places_apart(code, other) for other in used), default=2) >= 2


def test_codes_run_out_and_come_back() -> None:
    assert draw_code(CODES, Random(1)) is None
    assert free_codes(CODES[1:]) == [CODES[0]]


def test_of_a_mistyped_code_nobody_guesses_between_two_meetings() -> None:
    one, other = next(pair for pair in combinations(CODES, 2) if places_apart(*pair) == 2)
    at = next(place for place in range(4) if one[place] != other[place])
    between = one[:at] + other[at] + one[at + 1 :]
    assert suggest(between, (one, other)) is None
    assert suggest(between, (one,)) == one
