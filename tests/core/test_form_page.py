"""The fields of a form page: their order, and what they say of themselves."""

from __future__ import annotations

import re

from wtforms import BooleanField

from portal.core.editing import PublicWordsForm, in_both, line, lines
from portal.core.forms import NUMBER, DateField, IntegerField
from portal.core.web import Portal


class Probe(PublicWordsForm):
    title_en, title_es = in_both(lines, "Title", 80, "Short and plain", rows=3)
    begins = DateField("Begins", render_kw={"beside": "ends"})
    place = line("Place", 80, "No house number", optional=True)
    people = IntegerField("People", render_kw=NUMBER)
    ends = DateField("Ends")
    sure = BooleanField("Sure", description="For good")


def test_fields_stand_in_order_with_hints_pairs_and_marks(app: Portal) -> None:
    with app.test_request_context("/en/"):
        shown = app.jinja_env.get_template("components/editing.html").module.fields_of(Probe(meta={"csrf": False}))
    names = re.findall(r'<(?:input|textarea)[^>]* name="(\w+)"', shown)
    assert names == ["title_en", "title_es", "begins", "ends", "place", "people", "sure"]
    for hint in ("Short and plain", "No house number", "For good"):
        assert shown.count(hint) == 1
    assert shown.count('class="pair"') == 2
    assert shown.count("(optional)") == shown.count('class="field short"') == 1
    assert shown.count('inputmode="numeric"') == 1
    assert shown.count('rows="3"') == 2
    assert not re.search(r"<(?:input|textarea)[^>]* (?:short|optional|beside)\b", shown)
