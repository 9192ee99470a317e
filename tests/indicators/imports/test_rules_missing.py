"""That a file has no row of a type is no zero, unless somebody says so."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from portal.indicators.imports.mapping import IGNORED, TOTAL_ONLY, ColumnMapping, Fate, Missing, left_alone, missing

TYPES = {"robbery": "violent", "murder": "violent", "drug sale": "narcotics", "noise": IGNORED, "other": TOTAL_ONLY}
READING = ColumnMapping(types=TYPES, total="calls")


def test_a_measure_of_which_nothing_is_there_is_left_alone() -> None:
    gone = missing(READING, ["ROBBERY", "Murder"])
    assert gone == {"narcotics": Missing(("drug sale",), is_whole=True)}
    assert left_alone(gone, {}) == {"narcotics"}
    assert left_alone(gone, {"narcotics": ("count", True)}) == frozenset()


def test_a_measure_of_which_a_part_is_there_is_counted() -> None:
    gone = missing(READING, ["Robbery", "Drug  Sale"])
    assert gone == {"violent": Missing(("murder",), is_whole=False)}
    assert left_alone(gone, {}) == frozenset()
    assert left_alone(gone, {"violent": ("leave", False)}) == {"violent"}


def test_of_all_rows_nothing_can_be_missing() -> None:
    assert missing(ColumnMapping(types={"welfare check": "calls"}, total="calls"), []) == {}


def test_a_choice_ends_when_a_new_type_takes_the_place_of_the_old_one() -> None:
    renamed = ColumnMapping(types={**TYPES, "narcotics sale": "narcotics"})
    gone = missing(renamed, ["robbery", "murder", "NARCOTICS SALE"])
    assert gone == {"narcotics": Missing(("drug sale",), is_whole=False)}
    assert left_alone(gone, {"narcotics": ("leave", True)}) == frozenset()


@given(
    st.sets(st.sampled_from(sorted(TYPES))),
    st.dictionaries(st.sampled_from(["violent", "narcotics"]), st.tuples(st.sampled_from(Fate), st.booleans())),
)
def test_only_what_is_missing_is_ever_left_alone(names: set[str], said: dict[str, tuple[Fate, bool]]) -> None:
    gone = missing(READING, names)
    assert left_alone(gone, said) <= set(gone)
    assert {name for one in gone.values() for name in one.types} == {"robbery", "murder", "drug sale"} - names
