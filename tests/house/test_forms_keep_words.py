"""No page with a form for the public leads away from it by the link to the other language."""

from __future__ import annotations

import re

from portal.config import ROOT

TEMPLATES = ROOT / "portal" / "templates"
PUBLIC_FORMS = sorted(
    path
    for path in TEMPLATES.rglob("*.html")
    if '{% extends "base.html" %}' in (said := path.read_text())
    and "data-keep" in said
    and path.name != "styleguide.html"
)


def test_other_language_is_a_button_or_is_not_there() -> None:
    assert len(PUBLIC_FORMS) >= 10
    for path in PUBLIC_FORMS:
        said = path.read_text()
        block = re.search(r"\{% block language %\}(.*?)\{% endblock %\}", said, re.DOTALL)
        assert block is not None, f"{path}: the link to the other language would lose what was typed"
        assert not block[1].strip() or ("language_button(" in block[1] and '<form id="typed"' in said), path
