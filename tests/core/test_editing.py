"""A form that somebody else overtook: what it shows, and with which status."""

from wtforms import SelectChoice, SelectField, StringField
from wtforms.validators import DataRequired

from portal.core.editing import EditorForm

STORED = {"name": "Elm", "place": "hidden", "unknown": "of no field"}


class Probe(EditorForm):
    name = StringField("Name", validators=[DataRequired()])
    place = SelectField(
        "Place", choices=[SelectChoice("", "None"), SelectChoice("oak", "Oak Street")], validate_choice=False
    )


def sent(app, **typed):
    """Return whether the form was accepted over version 2 of `STORED`; nothing typed: it was opened."""
    with app.test_request_context("/en/", method="POST" if typed else "GET", data=typed):
        form = Probe(meta={"csrf": False})
        return form.validate_over(STORED, 2), form


def test_it_opens_with_what_is_stored_and_empty_is_refused(app):
    is_whole, form = sent(app)
    assert not is_whole
    assert (form.name.data, form.version.data, form.newer) == ("Elm", "2", None)
    with app.test_request_context("/en/"):
        assert form.http_status == 200
    is_whole, form = sent(app, version="2", name="", place="oak")
    assert (is_whole, form.newer) == (False, None)
    assert form.name.errors


def test_only_the_version_that_was_opened_is_saved(app):
    for version, status in (("2", 422), ("1", 409), ("", 409)):
        is_whole, form = sent(app, version=version, name="Oak", place="oak")
        assert is_whole is (status == 422)
        with app.test_request_context("/en/", method="POST"):
            assert form.http_status == status
        assert form.version.data == "2"
    # The differences name no choice that is not offered.
    assert [(field.name, stored) for field, stored in form.newer] == [("name", "Elm"), ("place", "")]
