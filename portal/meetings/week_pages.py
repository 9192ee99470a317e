"""The page of the next two weeks with open tasks."""

from __future__ import annotations

from flask import render_template
from flask_login import current_user

from portal.core.web import AudienceBlueprint, members
from portal.meetings.desk import coming_line, day_name, field_name, fortnight, need_lines, need_name

blueprint = AudienceBlueprint(
    "meetings_week",
    __name__,
    audience=members("organizer", "community_lead"),
    url_prefix="/<lang:lang>/team/meetings/week",
)
blueprint.app_template_filter("day_name")(day_name)


@blueprint.get("/")
def index() -> str:
    """Show the meetings ahead and the tasks left for each."""
    return render_template(
        "meetings/desk/week.html",
        desk=fortnight(current_user.id, current_user.roles),
        field_name=field_name,
        need_name=need_name,
        coming_line=coming_line,
        need_lines=need_lines,
    )
