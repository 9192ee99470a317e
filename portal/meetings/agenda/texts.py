"""The words for agendas."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

AUDITED = {"meeting.agenda_set": _l("changed the agenda of a meeting")}
REFUSALS = {"agenda_gaps": _l("Each point of an agenda needs both languages and a length.")}
