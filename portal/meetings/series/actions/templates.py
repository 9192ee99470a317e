"""Templates: what a meeting says, kept under a name for all organizers."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, time

from portal.core.audit import record
from portal.core.clock import now
from portal.core.db import session
from portal.core.errors import Refused
from portal.core.i18n import Bilingual
from portal.markets.queries import is_shown
from portal.meetings.actions import edit_draft
from portal.meetings.models import Meeting
from portal.meetings.rules import PROMISED_BY_PEOPLE, to_ask_anew
from portal.meetings.series.actions.making import draft_from, take_pattern
from portal.meetings.series.models import Template, plan_of

USUAL_MINUTES = 90


def keep_template(meeting: Meeting, name: Bilingual, editor_id: int, instead: Template | None = None) -> Template:
    """Keep what a meeting says, as a new template or in place of an earlier one. Raises `Refused`.

    Every organizer sees templates: what is said of a hidden place must not become one.
    """
    if not is_shown(meeting.market_id):
        raise Refused("template_hidden")
    template = instead or Template()
    template.author_id, template.created_at = editor_id, now()
    take_pattern(template, meeting)
    template.name = name
    template.market_id = None
    session.add(template)
    session.flush()
    record("meeting.template_kept", "meeting", meeting.id, editor_id)
    return template


def begin_from(
    template: Template, title: Bilingual, day: date, starts: time, needs: Mapping[str, str | None], editor_id: int
) -> Meeting:
    """Begin a meeting with a template: a title, a day, the hour, and who promised to be there on that day.

    How long it takes, the template says. Of whoever is not in `needs` nothing is known.
    """
    meeting = draft_from(template, day, editor_id)
    said = {"title": title, "starts": starts, "minutes": template.minutes or USUAL_MINUTES}
    anew = {need: needs.get(need) for need in PROMISED_BY_PEOPLE if to_ask_anew(need, getattr(template, need))}
    edit_draft(meeting, plan_of(template.shape | said | anew, day), editor_id)
    return meeting


def drop_template(template: Template) -> None:
    """Forget it; meetings that began with it stay."""
    session.delete(template)
    session.flush()
