"""What happens to series and templates: begun, made longer, changed in many places at once, given another rhythm."""

from portal.meetings.series.actions.edits import Edit, Edited, change_others, would_change, would_hide_any
from portal.meetings.series.actions.making import begin_series, extend_series, publish_series
from portal.meetings.series.actions.rhythm import change_rhythm, end_series
from portal.meetings.series.actions.templates import begin_from, drop_template, keep_template

__all__ = [
    "Edit",
    "Edited",
    "begin_from",
    "begin_series",
    "change_others",
    "change_rhythm",
    "drop_template",
    "end_series",
    "extend_series",
    "keep_template",
    "publish_series",
    "would_change",
    "would_hide_any",
]
