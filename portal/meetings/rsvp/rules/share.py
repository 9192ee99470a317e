"""How much of a small room one answer, or one phone, takes before its host has looked at it.

Anybody may answer without a name, so three answers for twelve people would fill a small room: by somebody who does not
want the meeting, or who is joking. A family never has to wait for that reason; a crowd does, until the host says yes.
"""

from __future__ import annotations

from portal.meetings.rsvp.rules.seats import Room

FAMILY = 6
ONE_IN = 5
"""In a large room one answer takes up to a fifth of it at once."""


def largest_at_once(room: Room) -> int | None:
    """The largest party that nobody has to look at; None where there is room for everybody."""
    seats = room.most_together
    return None if seats is None else max(FAMILY, seats // ONE_IN)


def waits_for_host(party: int, besides: int, room: Room) -> bool:
    """Whether the host is to say yes first; so many people came by other answers of this phone or mailbox.

    Families share phones: two of them come at once, and half of a large room.
    """
    most, seats = largest_at_once(room), room.most_together
    if most is None or seats is None:
        return False
    return party > most or (besides > 0 and besides + party > max(2 * FAMILY, seats // 2))
