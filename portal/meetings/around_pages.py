"""The page for organizers that shows meetings and other events of the coming weeks."""

from __future__ import annotations

from flask import render_template

from portal.accounts.sign_in import current_user
from portal.core.web import AudienceBlueprint, members
from portal.meetings.calendars.texts import busy_in_words, span_in_words
from portal.meetings.desk import WEEKS, around

blueprint = AudienceBlueprint(
    "meetings_around",
    __name__,
    audience=members("organizer", "community_lead"),
    url_prefix="/<lang:lang>/team/meetings/around",
)


@blueprint.get("/")
def index() -> str:
    """Show the coming weeks by day and on a map."""
    return render_template(
        "meetings/desk/around.html",
        around=around(current_user.id),
        weeks=WEEKS,
        me=current_user.id,
        busy_in_words=busy_in_words,
        span_in_words=span_in_words,
    )
