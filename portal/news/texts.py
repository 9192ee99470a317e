"""The words for what a post lacks."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

MISSING = _l("This is still missing.")
NO_HOUR = _l("Please give the day and the time at which it goes out.")
HOUR_IS_PAST = _l("This time has passed already.")
NO_SUCH_HOUR = _l("The clocks change on that day: this hour does not exist.")
AUDITED = {
    "post.drafted": _l("drafted a post"),
    "post.edited": _l("changed a post"),
    "post.published": _l("published a post"),
    "post.scheduled": _l("set the hour of a post"),
    "post.went_out": _l("let a post go out at its hour"),
    "post.taken_back": _l("took a post back"),
    "post.deleted": _l("deleted the draft of a post"),
    "post.deleted_unseen": _l("deleted the draft of a post"),
    "guide.deleted": _l("deleted the draft of a guide"),
    "guide.drafted": _l("drafted a guide"),
    "guide.edited": _l("changed a guide"),
    "guide.published": _l("published a guide"),
    "guide.taken_back": _l("took a guide back"),
    "guide.file_put": _l("put a file into a guide"),
    "guide.file_erased": _l("erased a file of a guide"),
    "tag.added": _l("added a tag"),
    "post": _l("post"),
    "guide": _l("guide"),
    "tag": _l("tag"),
}
REFUSALS = {
    "post_gaps": _l("The post cannot be published yet: something is missing in one of the languages."),
    "post_not_draft": _l("Only a draft can be deleted. Make it a draft again first."),
    "post_hour": _l("The hour must lie ahead, and a post that is out already cannot be set for later."),
}
