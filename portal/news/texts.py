"""The words for what a post lacks."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

MISSING = _l("This is still missing.")
AUDITED = {
    "post.drafted": _l("drafted a post"),
    "post.edited": _l("changed a post"),
    "post.published": _l("published a post"),
    "post.taken_back": _l("took a post back"),
    "guide.drafted": _l("drafted a guide"),
    "guide.edited": _l("changed a guide"),
    "guide.published": _l("published a guide"),
    "guide.taken_back": _l("took a guide back"),
    "tag.added": _l("added a tag"),
    "post": _l("post"),
    "guide": _l("guide"),
    "tag": _l("tag"),
}
REFUSALS = {
    "post_gaps": _l("The post cannot be published yet: something is missing in one of the languages."),
}
