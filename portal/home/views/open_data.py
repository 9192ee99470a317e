"""What there is for programs, explained, and the feed of snapshots."""

from __future__ import annotations

from flask import Response, render_template

from portal.core.web import PUBLIC, Room, shared_page
from portal.home.open_data import COLUMNS, OPEN, feed_of
from portal.home.views import data
from portal.indicators.snapshots.queries import history, latest

room = Room("open_data", __name__, audience=PUBLIC, url_prefix="/<lang:lang>/open-data")


@room.get("/")
@shared_page
def index() -> str:
    """Every address, what it gives, and what may be done with it."""
    return render_template("home/progress/open_data.html", newest=latest(), columns=COLUMNS, most_questions=data.MOST)


@room.get("/snapshots.atom")
@shared_page
def feed() -> Response:
    """The newest snapshots, for feed readers."""
    return Response(feed_of(history()), content_type="application/atom+xml; charset=utf-8", headers=OPEN)
