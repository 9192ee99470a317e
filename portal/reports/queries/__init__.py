"""Finding reports and opening their messages; beside it (`referrals`), what of them was passed on."""

from portal.reports.queries.threads import (
    PAGE_SIZE,
    Clocks,
    Keys,
    Said,
    clock,
    clocks_at,
    first_words,
    how_many_folded,
    how_many_in_flood,
    how_many_wait,
    inbox,
    opened_by_desk,
    opened_by_resident,
    picture,
    thread_at_desk,
    thread_by_locator,
)

__all__ = [
    "PAGE_SIZE",
    "Clocks",
    "Keys",
    "Said",
    "clock",
    "clocks_at",
    "first_words",
    "how_many_folded",
    "how_many_in_flood",
    "how_many_wait",
    "inbox",
    "opened_by_desk",
    "opened_by_resident",
    "picture",
    "thread_at_desk",
    "thread_by_locator",
]
