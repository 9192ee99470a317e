"""The page about text messages: purpose, how often, cost, HELP and STOP, who can see what."""

from __future__ import annotations

from flask import render_template

from portal.core.web import PUBLIC, Room
from portal.reports.queries.readers import open_for_reports

room = Room("sms_page", __name__, audience=PUBLIC)


@room.get("/sms")
def about() -> str:
    """What texting the number means. Not kept as a shared page: desks open and close without a new edition."""
    return render_template("sms/about.html", is_open=open_for_reports())
