"""The strategy in plain words, and what came of it in other cities."""

from __future__ import annotations

from flask import render_template

from portal.core.web import PUBLIC, Room, shared_page
from portal.home.results import RESULTS

room = Room("about", __name__, audience=PUBLIC, url_prefix="/<lang:lang>")


@room.get("/how-it-works/")
@shared_page
def how_it_works() -> str:
    """What is done in which order, and what speaks for it and against it."""
    return render_template("home/how_it_works.html")


@room.get("/other-cities/")
@shared_page
def other_cities() -> str:
    """Published results, with how they were found and how sure they are."""
    return render_template("home/other_cities.html", results=RESULTS)
