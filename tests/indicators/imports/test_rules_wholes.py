"""No part above its whole, whichever of them is new."""

from datetime import date

import pytest

from portal.indicators.imports.cells import more_than_whole

MAY, JUNE = date(2026, 5, 1), date(2026, 6, 1)
ASKED, AWARE, SAFE = 1, 2, 3
WHOLE_OF = {AWARE: ASKED, SAFE: ASKED}


@pytest.mark.parametrize(
    ("new", "standing", "wrong"),
    [
        ({ASKED: 40, AWARE: 40}, {}, []),
        ({ASKED: 40, AWARE: 41}, {}, [(AWARE, 41, 40)]),
        ({AWARE: 41}, {ASKED: 40}, [(AWARE, 41, 40)]),
        ({ASKED: 40}, {AWARE: 41, SAFE: 3}, [(ASKED, 41, 40)]),
        ({ASKED: 40, AWARE: 5}, {AWARE: 41}, []),
        ({AWARE: 41}, {}, []),
    ],
)
def test_a_part_is_never_more_than_its_whole(new, standing, wrong) -> None:
    def spots(values):
        return {(7, measure, MAY): value for measure, value in values.items()}

    found = list(more_than_whole(spots(new), spots(standing), WHOLE_OF))
    assert found == [((7, measure, MAY), part, whole) for measure, part, whole in wrong]


def test_other_areas_and_months_are_other_wholes() -> None:
    new = {(7, ASKED, MAY): 4, (7, AWARE, JUNE): 9, (8, AWARE, MAY): 9}
    assert list(more_than_whole(new, {}, WHOLE_OF)) == []
