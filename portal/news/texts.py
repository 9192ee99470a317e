"""The words for what a post lacks."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

MISSING = _l("This is still missing.")
REFUSALS = {
    "post_gaps": _l("The post cannot be published yet: something is missing in one of the languages."),
}
