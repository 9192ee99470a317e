"""A form that somebody else overtook, and the fields of a form page: what they show, and with which status."""

import re

from wtforms import BooleanField, SelectChoice, SelectField, StringField
from wtforms.validators import DataRequired

from portal.core.editing import EditorForm, PublicWordsForm, in_both, line, lines
from portal.core.forms import NUMBER, DateField, IntegerField

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


def test_it_opens_with_what_is_stored(app):
    is_whole, form = sent(app)
    assert not is_whole
    assert (form.name.data, form.version.data) == ("Elm", "2")
    assert form.newer is None
    with app.test_request_context("/en/"):
        assert form.http_status == 200


def test_only_the_version_that_was_opened_is_saved(app):
    for version, name, status in (("2", "Oak", 422), ("1", "Oak", 409), ("", "Oak", 409)):
        is_whole, form = sent(app, version=version, name=name, place="oak")
        assert is_whole is (status == 422)
        with app.test_request_context("/en/", method="POST"):
            assert form.http_status == status
        assert form.version.data == "2"


def test_the_differences_name_no_choice_that_is_not_offered(app):
    _is_whole, form = sent(app, version="1", name="Oak", place="oak")
    assert [(field.name, stored) for field, stored in form.newer or ()] == [("name", "Elm"), ("place", "")]


def test_an_empty_field_is_refused_and_keeps_its_version(app):
    is_whole, form = sent(app, version="2", name="", place="oak")
    assert not is_whole
    assert form.newer is None
    assert form.name.errors


class Fields(PublicWordsForm):
    title_en, title_es = in_both(lines, "Title", 80, "Short and plain", rows=3)
    begins = DateField("Begins", render_kw={"beside": "ends"})
    place = line("Place", 80, "No house number", optional=True)
    people = IntegerField("People", render_kw=NUMBER)
    ends = DateField("Ends")
    sure = BooleanField("Sure", description="For good")


def test_fields_stand_in_order_with_hints_pairs_and_marks(app):
    with app.test_request_context("/en/"):
        shown = app.jinja_env.get_template("components/editing.html").module.fields_of(Fields(meta={"csrf": False}))
    names = re.findall(r'<(?:input|textarea)[^>]* name="(\w+)"', shown)
    assert names == ["title_en", "title_es", "begins", "ends", "place", "people", "sure"]
    for hint in ("Short and plain", "No house number", "For good"):
        assert shown.count(hint) == 1
    assert shown.count('class="pair"') == 2
    assert shown.count("(optional)") == shown.count('class="field short"') == 1
    assert shown.count('inputmode="numeric"') == 1
    assert shown.count('rows="3"') == 2
    assert not re.search(r"<(?:input|textarea)[^>]* (?:short|optional|beside)\b", shown)
