"""How shares are rounded: once, here, for pages, charts, tables, the annual report and the open data alike."""

from __future__ import annotations

Shown = int | str | None
"""A count; "hidden" or None where there is none to be read."""


def percent(part: Shown, whole: Shown) -> int | None:
    """A share in whole percent, half upwards; None unless both counts are shown and the whole is not zero.

    Never 0 or 100 unless it is none or all: "100 %" would say of somebody that they are not there.
    """
    if not isinstance(part, int) or not isinstance(whole, int) or whole == 0:
        return None
    near = (200 * part + whole) // (2 * whole)
    return near if part in (0, whole) else min(max(near, 1), 99)
