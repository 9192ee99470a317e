"""Errors of the data API, the health check, the favicon, and the style guide.

An error is returned as data in both languages, with the same bytes each time.
"""

from __future__ import annotations

import json

from flask import Response, render_template
from flask_babel import lazy_gettext as _l
from werkzeug.datastructures import MultiDict
from wtforms import BooleanField, RadioField, SelectChoice, SelectField, StringField
from wtforms.validators import InputRequired

from portal.core.forms import PublicForm, long_text
from portal.core.health import is_ready
from portal.core.web import MACHINES, PUBLIC, AudienceBlueprint
from portal.following.notices import in_both
from portal.home.open_data import OPEN

SENTENCES = {
    400: _l("This question cannot be understood."),
    404: _l("There is nothing here."),
    405: _l("Here one can only read (GET)."),
    429: _l("Too many questions. Please wait a minute."),
    503: _l("The database is busy. Please try again in a minute."),
}
BROKEN = _l("Something broke on our side. Please try again in a minute.")


def as_json(status: int) -> Response:
    """Return an error of the data API: {"status": 404, "error": {"en": "…", "es": "…"}}."""
    words = in_both(lambda: str(SENTENCES.get(status, SENTENCES[400] if status < 500 else BROKEN)))
    error = {"status": status, "error": {"en": words.en, "es": words.es}}
    body = json.dumps(error, ensure_ascii=False, sort_keys=True)
    return Response(body, status, headers=OPEN, mimetype="application/json")


def error_for_programs(path: str, status: int) -> Response | None:
    """Return the error as data if the path belongs to an API, else None."""
    return as_json(status) if path.startswith("/data/") else None


health_blueprint = AudienceBlueprint("health", __name__, audience=MACHINES, url_prefix="")


@health_blueprint.get("/health")
@health_blueprint.get("/health/ready")
def check() -> Response:
    """Return 200 if requests can be served, else 503 without a reason. `/health/live` asks for no database."""
    if not is_ready():
        return Response("unavailable\n", status=503, mimetype="text/plain")
    return Response("ok\n", mimetype="text/plain")


@health_blueprint.get("/favicon.ico")
def no_icon() -> Response:
    """Answer a browser's request for an icon with 204.

    There is no icon on purpose, so that the site is not recognisable in a row of tabs.
    """
    return Response(status=204, headers={"Cache-Control": "public, max-age=31536000, immutable"})


class SampleForm(PublicForm):
    """A form with every kind of field that `field()` supports, for the style guide."""

    words = long_text(_l("What is happening?"), 4000)
    place = SelectField(
        _l("Place"), choices=[SelectChoice("willow", "Willow Street"), SelectChoice("fifth", "Fifth & Oak")]
    )
    kind = RadioField(
        _l("Is it happening now?"),
        choices=[
            SelectChoice("yes", _l("Yes")),
            SelectChoice("no", _l("No")),
            SelectChoice("unsure", _l("I am not sure")),
        ],
        validators=[InputRequired(_l("Please choose one."))],
    )
    number = StringField(_l("How many people?"))
    sure = BooleanField(_l("I have read who can see this"))


styleguide_blueprint = AudienceBlueprint("styleguide", __name__, audience=PUBLIC, url_prefix="/<lang:lang>/styleguide")
CODE = ("garden", "window", "orange", "river", "pencil", "mother", "summer", "yellow")


@styleguide_blueprint.get("/")
def show() -> str:
    wrong = SampleForm(MultiDict([("wrong-place", "willow")]), prefix="wrong")
    wrong.validate()
    return render_template("styleguide.html", form=SampleForm(None), wrong=wrong, words=CODE)
