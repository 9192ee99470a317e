"""Forms of templates: Enter does no harm, and the link to the other language loses nothing that was typed."""

import re

import html5lib

from portal.config import ROOT
from tests.checks import enter_does_harm

TEMPLATES = ROOT / "portal" / "templates"
FORM = re.compile(r"<form\b.*?</form>", re.DOTALL)
BUTTON = re.compile(r"(?<![\w\"])button\((?![^)]*type=\"button\")|<button\b(?![^>]*type=\"button\")")
FILLED_IN = re.compile(r"field\(|pair\(|type=\"(?:checkbox|radio|text|number)|<select|fields\(form")
FIRST = '<button type="submit" data-enter name="then" value="{}"></button>'
TWO = '<button name="then" value="publish">A</button> <button name="then" value="save">B</button>'
TITLE = '<input name="title">'


def complaints(inside: str) -> list[str]:
    tree = html5lib.HTMLParser(namespaceHTMLElements=False).parse(f"<form>{inside}</form>")
    return list(enter_does_harm(tree))


def test_a_form_may_begin_with_a_button_for_enter() -> None:
    for first in ("save", "show", "sort"):
        assert complaints(TITLE + FIRST.format(first) + TWO) == []
    for inside in (
        TWO,
        # Too late: the one that publishes stands before it.
        TWO + FIRST.format("save"),
        *(FIRST.format(harm) + TWO for harm in ("publish", "day:2026-12-09", "erase")),
    ):
        assert len(complaints(TITLE + inside)) >= 1


def test_what_cannot_be_filled_in_knows_no_enter() -> None:
    assert complaints(TWO) == complaints('<input type="hidden" name="csrf_token">' + TWO) == []


def forms() -> list[tuple[str, str]]:
    return [
        (str(path.relative_to(TEMPLATES)), form)
        for path in sorted(TEMPLATES.rglob("*.html"))
        for form in FORM.findall(path.read_text())
    ]


def test_templates_begin_such_forms_with_the_button_for_enter() -> None:
    """Forms that no test renders too; the pages that tests do read are looked at one by one (`tests/checks.py`)."""
    several = [(name, form) for name, form in forms() if len(BUTTON.findall(form)) > 1 and FILLED_IN.search(form)]
    assert len(several) >= 5
    bare = [name for name, form in several if "default_button(" not in form.partition("button(_(")[0]]
    assert bare == []


PUBLIC_FORMS = sorted(
    path
    for path in TEMPLATES.rglob("*.html")
    if '{% extends "base.html" %}' in (said := path.read_text()) and "data-keep" in said
)


def test_other_language_is_a_button_or_is_not_there() -> None:
    assert len(PUBLIC_FORMS) >= 10
    for path in PUBLIC_FORMS:
        said = path.read_text()
        block = re.search(r"\{% block language %\}(.*?)\{% endblock %\}", said, re.DOTALL)
        assert block is not None, f"{path}: the link to the other language would lose what was typed"
        assert not block[1].strip() or ("language_button(" in block[1] and '<form id="typed"' in said), path
