"""A page that is one form: a heading, a few sentences, the fields in their order, and a button.

What is said of a field stands in the form: its hint is the `description`; `render_kw` holds attributes of the input,
`short`, `optional` and `beside` (names of fields in the same line), see components/forms.html and editing.html.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from flask import render_template

from portal.core.forms import BaseForm


@dataclass(frozen=True)
class FormFrame:
    """Where such a page stands: a template with the blocks `problems` and `form`, and the values that it needs."""

    template: str = "base_room.html"
    values: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class FormPage:
    """What stands around the fields. `above` and `back` are links: an address and words; `surely` erases for good.

    `about`: first, in bold. `keep`: the browser holds on to what was typed. `template`: one that extends the usual one.
    """

    title: str
    button: str
    words: Sequence[str] = ()
    frame: FormFrame = FormFrame()
    template: str = "components/form_page.html"
    tab: str = ""
    lead: str = ""
    eyebrow: str = ""
    about: str = ""
    above: tuple[str, str] | None = None
    back: tuple[str, str] | None = None
    surely: tuple[str, str] | None = None
    danger: bool = False
    keep: bool = False
    busy: str | None = None

    def show(self, form: BaseForm) -> tuple[str, int]:
        """Return the page with its status."""
        wide = any(one.name.endswith("_en") or "beside" in (one.render_kw or {}) for one in form)
        shown = {"page": self, "form": form, "title": self.title, "wide": wide, **self.frame.values}
        return render_template(self.template, **shown), form.http_status
