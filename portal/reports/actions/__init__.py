"""What is done to a report and its thread."""

from portal.reports.actions.codes import key_of, locator_of, stretch_code
from portal.reports.actions.filing import Filed, NewReport, SealedReport, file_report, keep_report, seal_report
from portal.reports.actions.referrals import acknowledge, answer_desk
from portal.reports.actions.threads import (
    add_picture,
    add_words,
    answer,
    ask_more,
    close,
    confirm_code,
    mark_read,
    pass_on,
    raise_doubt,
    reopen,
    set_place,
    settle_doubt,
    sort,
    take_back,
)

__all__ = [
    "Filed",
    "NewReport",
    "SealedReport",
    "acknowledge",
    "add_picture",
    "add_words",
    "answer",
    "answer_desk",
    "ask_more",
    "close",
    "confirm_code",
    "file_report",
    "keep_report",
    "key_of",
    "locator_of",
    "mark_read",
    "pass_on",
    "raise_doubt",
    "reopen",
    "seal_report",
    "set_place",
    "settle_doubt",
    "sort",
    "stretch_code",
    "take_back",
]
