"""Every component on one page, in development only."""

from __future__ import annotations

from flask import render_template
from werkzeug.datastructures import MultiDict

from portal.core.web import PUBLIC, Room
from portal.home.forms import SampleForm

room = Room("styleguide", __name__, audience=PUBLIC, url_prefix="/<lang:lang>/styleguide")
CODE = ("garden", "window", "orange", "river", "pencil", "mother", "summer", "yellow")


@room.get("/")
def show() -> str:
    """Each component with each of its variants, a form with errors among them."""
    wrong = SampleForm(MultiDict([("wrong-place", "willow")]), prefix="wrong")
    wrong.validate()
    return render_template("styleguide.html", form=SampleForm(None), wrong=wrong, words=CODE)
