"""Sheets for the evening as PDF: strokes at the door, the agenda in large letters, and a phone tree.

Each says what its page says. Nothing of an answer stands on any, and there is no line for a name but on the phone tree,
which whoever holds it fills in by hand.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from flask_babel import gettext as _

from portal.core.i18n import clock, date_words, language
from portal.core.paper import typeset
from portal.core.portal import current_portal
from portal.meetings.agenda import agenda_of
from portal.meetings.door import counters
from portal.meetings.meeting import Meeting
from portal.meetings.paper.paper import CALLS, texting
from portal.meetings.texts import answers, when, where_exactly

ITEMS = 5
"""Empty lines for an evening without an agenda."""
LINE = 11
"""Millimeters for what is written by hand."""


def sheet(meeting: Meeting, kind: str) -> bytes:
    """Return a sheet of a published meeting as PDF; `kind` is one of `SHEETS`."""
    title = meeting.title[language()]
    data = {
        "headline": title,
        "when": when(meeting),
        "foot": current_portal.settings.site_name,
        "page": _("Page"),
        "large": False,
        **SHEETS[kind](meeting),
    }
    return typeset("sheet", f"{data['kind']}: {title}", data, kept=False)


def _door(_meeting: Meeting) -> dict[str, Any]:
    groups = [
        _table((group, _("Strokes"), _("Sum")), [(label, "", "") for _name, label in names], (5, 8, 2))
        for group, names in counters()
    ]
    said = [_("One stroke for each person, no names. Nobody has to say who they are to come in.")]
    return {"kind": _("Sheet for the door"), "said": said, "tables": groups}


def _evening(meeting: Meeting) -> dict[str, Any]:
    begins, ends = (clock(at) if at else "" for at in (meeting.starts_at, meeting.ends_at))
    points = [(clock(at), point.what[language()], "") for at, point in agenda_of(meeting)]
    if not points:
        welcome = (begins, _("Welcome. What tonight is for, and who interprets."), "")
        points = [welcome, *[("", "", "")] * ITEMS]
    points.append(("", _("What was decided: who does what, by when. Read it aloud."), ""))
    who, day = meeting.report_back_by[language()], date_words(meeting.report_back_on) if meeting.report_back_on else ""
    points.append((ends, _("End. Who tells what came of it: %(who)s, by %(day)s.", who=who, day=day), ""))
    said = [meeting.host[language()], meeting.purpose[language()], _needs(meeting)]
    head = (_("Time"), _("What"), _("Who"))
    tables = [_table(head, points, (0, 5, 2), height=0)]
    return {
        "kind": _("The evening in large letters"),
        "large": True,
        "said": [words for words in said if words],
        "tables": tables,
    }


def _phone_tree(meeting: Meeting) -> dict[str, Any]:
    access = meeting.access[language()] if meeting.has_door else ""
    ask = _(
        "Call the people below you and ask them to call the next ones. Write by hand; the sheet stays with you and is "
        "torn up after the meeting."
    )
    head = (_("Who calls"), _("Whom"), _("Number"), _("Reached"), _("Comes with how many; needs"))
    said = [where_exactly(meeting), access, _needs(meeting), texting(meeting), ask]
    tables = [_table(head, [("",) * len(head)] * CALLS, (4, 4, 4, 2, 5))]
    return {"kind": _("Phone tree"), "said": [words for words in said if words], "tables": tables}


SHEETS: dict[str, Callable[[Meeting], dict[str, Any]]] = {
    "door": _door,
    "evening": _evening,
    "phone-tree": _phone_tree,
}


def _needs(meeting: Meeting) -> str:
    return " · ".join(": ".join(pair) for pair in answers(meeting))


def _table(
    head: Sequence[str], rows: Sequence[Sequence[str]], columns: Sequence[int], height: int = LINE
) -> dict[str, Any]:
    """Return a table for the template; a column of 0 is as wide as its words, and a height of 0 as high."""
    return {"head": head, "rows": rows, "columns": columns, "height": height}
