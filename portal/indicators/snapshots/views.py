"""What the next snapshot will show and hide, and every one that was published, for the team."""

from __future__ import annotations

from flask import render_template

from portal.core.web import Room, members
from portal.indicators.queries import measures
from portal.indicators.snapshots.queries import next_day, outlook, published

room = Room(
    "figures_snapshots",
    __name__,
    audience=members("evaluator", "community_lead"),
    url_prefix="/<lang:lang>/team/snapshots",
)
ROOMS = (room,)


@room.get("/")
def index() -> str:
    """The next snapshot and the log of all."""
    return render_template(
        "indicators/snapshots.html",
        next_on=next_day(),
        outlook=outlook(),
        names={one.key: one.name for one in measures()},
        published=published(),
    )
