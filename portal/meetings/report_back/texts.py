"""The words for report-backs: how a promise stands, in which role people came, how reliable meetings were."""

from __future__ import annotations

from collections.abc import Mapping

from flask_babel import format_date, ngettext
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from portal.meetings.models import Meeting
from portal.meetings.report_back.rules import FEWEST_SHOWN, Side, Standing, percent, shown_heads
from portal.meetings.rules import LATE_HOURS

SIDE_NAMES = {
    Side.RESIDENTS: _l("Residents"),
    Side.YOUTH: _l("Young people"),
    Side.FAITH: _l("Faith partners"),
    Side.ORGANIZERS: _l("Organizers"),
    Side.SERVICES: _l("Services"),
    Side.CITY: _l("City staff"),
    Side.POLICE: _l("Police"),
    Side.OTHERS: _l("Others"),
}
AUDITED = {
    "meeting.counted": _l("entered how many came to a meeting"),
    "meeting.report_drafted": _l("wrote a draft of what came of a meeting"),
    "meeting.reported_back": _l("published what came of a meeting"),
}
REFUSALS = {
    "report_back_early": _l("This meeting has not begun, or it was canceled. There is nothing to tell yet."),
    "report_back_gaps": _l("What came of it cannot be published yet: something is missing in one language."),
}


def report_standing(meeting: Meeting, standing: Standing) -> str:
    """How the promise stands, in a sentence; empty where there is nothing to say."""
    day = format_date(meeting.report_back_on, "full") if meeting.report_back_on else ""
    sentences = {
        Standing.AWAITED: _("What came of it will be told here by %(day)s.", day=day),
        Standing.OVERDUE: _("What came of it was promised by %(day)s. It is not here yet.", day=day),
        Standing.DONE: _("What came of it is told on its page."),
    }
    return str(sentences.get(standing, ""))


def heads_in_words(heads: Mapping[str, int]) -> list[tuple[str, str]]:
    """Head counts as everybody may see them, each with the name of the role; the sum last."""
    shown = shown_heads(heads)
    few = _("fewer than %(number)s", number=FEWEST_SHOWN)
    rows = [(str(SIDE_NAMES[side]), few if count is None else str(count)) for side, count in shown.rows]
    if len(rows) > 1 and shown.total:
        total = str(shown.total) if shown.is_whole else _("at least %(number)s", number=shown.total)
        rows.append((_("Altogether"), total))
    return rows


def late_sentence(late: int, total: int) -> str:
    """How many meetings were called off or moved too late; empty while none was held."""
    if not total:
        return ""
    share, days = percent(late, total), LATE_HOURS // 24
    if not late:
        return str(
            ngettext(
                "In the last 12 months there was %(num)s meeting, and it was not canceled or moved"
                " less than %(days)s days before.",
                "Of the %(num)s meetings in the last 12 months, none was canceled or moved"
                " less than %(days)s days before.",
                total,
                days=days,
            )
        )
    if share is None:
        return str(
            _(
                "In the last 12 months, %(late)s of %(total)s meetings were canceled or moved"
                " less than %(days)s days before.",
                late=late,
                total=total,
                days=days,
            )
        )
    return str(
        _(
            "In the last 12 months, %(share)s%% of %(total)s meetings were canceled or moved"
            " less than %(days)s days before.",
            share=share,
            total=total,
            days=days,
        )
    )
