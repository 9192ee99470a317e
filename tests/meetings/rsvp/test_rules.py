"""Free seats, and what everybody hears of them."""

from __future__ import annotations

from portal.meetings.rsvp.seats import SeatLevel, free_seats, level

CASES = (
    (None, 900, None, SeatLevel.OPEN),
    (20, 5, 15, SeatLevel.OPEN),
    (20, 17, 3, SeatLevel.FEW),
    (200, 181, 19, SeatLevel.FEW),
    (20, 20, 0, SeatLevel.FULL),
    # The room shrank: nobody is turned out, nobody new comes in.
    (5, 9, 0, SeatLevel.FULL),
)


def test_free_seats_and_what_everybody_hears() -> None:
    for capacity, held, free, told in CASES:
        assert (free_seats(capacity, held), level(capacity, held)) == (free, told), (capacity, held)
