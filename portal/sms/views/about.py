"""The page about text messages: purpose, how often, cost, HELP and STOP, who can see what."""

from __future__ import annotations

from flask import render_template

from portal.core.web import PUBLIC, Room, shared_page

room = Room("sms_page", __name__, audience=PUBLIC)


@room.get("/sms")
@shared_page
def about() -> str:
    """What texting the number means."""
    return render_template("sms/about.html")
