"""The editors' and public pages of the news.

The form of a post, the views of editors, and the public lists, pages and feeds.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from flask import Response as FlaskResponse
from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from werkzeug.wrappers import Response
from wtforms.validators import Optional

from portal.accounts.sign_in import current_user
from portal.core.clock import now, zone
from portal.core.editing import Both, line, lines, page_asked, pressed
from portal.core.forms import DateField, TimeField
from portal.core.hours import NoSuchHour, moment_in
from portal.core.i18n import moment
from portal.core.markdown import to_html
from portal.core.web import PUBLIC, AudienceBlueprint, members, shared_page
from portal.markets.publishing import PlaceField, PublishingEditor, say_published
from portal.news import posts as news
from portal.news.feeds import news_feed
from portal.news.library_editor_pages import TaggedForm
from portal.news.posts import (
    FEED,
    HOUR_IS_PAST,
    NO_HOUR,
    NO_SUCH_HOUR,
    Post,
    PostState,
    Tag,
    editable_post,
    editable_posts,
    is_ahead,
    latest_posts,
    missing,
    posts_after,
    public_post,
    public_tag,
    public_tags,
)


class PostForm(TaggedForm):
    """The form of a post."""

    ROW = Post
    title = Both(line, _l("Title"), 120)
    summary = Both(lines, _l("Summary in one or two sentences"), 400)
    body = Both(lines, _l("Text"), 20_000)
    market = PlaceField(_l("About which of our places"))
    publish_on = DateField(_l("Day on which it goes out"), validators=[Optional()])
    publish_at = TimeField(_l("Time"), validators=[Optional()])

    def validate(self, extra_validators: Any = None) -> bool:
        """Require an hour ahead to schedule a post, and to keep a scheduled one."""
        is_scheduled = self.stored is not None and self.stored.is_scheduled
        needs_hour = pressed() == "schedule" or (is_scheduled and pressed() == "save")
        return super().validate(extra_validators) and (not needs_hour or self.has_an_hour_ahead())

    @property
    def hour(self) -> datetime | None:
        """The requested publication time; None unless both fields are filled in. Raises NoSuchHour."""
        if self.publish_on.data is None or self.publish_at.data is None:
            return None
        return moment_in(zone(), self.publish_on.data, self.publish_at.data)

    def has_an_hour_ahead(self) -> bool:
        """Return whether the requested time can be scheduled; report the reason beside the fields otherwise."""
        try:
            hour = self.hour
        except NoSuchHour:
            self.complain("publish_at", NO_SUCH_HOUR)
            return False
        if hour is None:
            self.complain("publish_on" if self.publish_on.data is None else "publish_at", NO_HOUR)
        elif not is_ahead(hour, now()):
            self.complain("publish_on", HOUR_IS_PAST)
        return is_ahead(hour, now())

    def gaps(self, row: Post | None = None) -> Sequence[str]:
        return missing(row.texts if row else self.values)

    def shown(self, row: Post) -> dict[str, Any]:
        hour = row.published_at.astimezone(zone()) if row.published_at and row.is_scheduled else None
        return super().shown(row) | {"publish_on": hour and hour.date(), "publish_at": hour and hour.time()}


class PostEditor(PublishingEditor[Post, PostForm]):
    name, template = "post", "news/edit.html"

    def find(self, row_id: int, *, to_change: bool) -> Post:
        return editable_post(row_id, current_user.id, to_change=to_change)

    def form(self, row: Post | None) -> PostForm:
        return PostForm(row)

    def keep(self, form: PostForm, row: Post | None) -> Post:
        if row is None:
            return news.draft_post(form.values_with_new_tag(), current_user.id)
        news.edit_post(row, form.values_with_new_tag(), current_user.id, same=bool(form.same.data))
        return row

    def let_out(self, row: Post, form: PostForm) -> None:
        if pressed() == "publish" or (hour := form.hour) is None:
            news.publish_post(row, current_user.id)
            say_published(row.market_id)
        else:
            news.schedule_post(row, hour, current_user.id)
            flash(_("It goes out by itself in both languages: %(moment)s.", moment=moment(hour)), "success")

    def erase(self, row: Post) -> None:
        news.delete_draft(row, current_user.id)


editor_blueprint = AudienceBlueprint(
    "news_editor", __name__, audience=members("organizer", "community_lead"), url_prefix="/<lang:lang>/team/news"
)
PostEditor(editor_blueprint)


@editor_blueprint.get("/")
def index() -> str:
    """List all posts or those of one state, page by page, drafts first."""
    chosen = PostState(request.args["show"]) if request.args.get("show") in set(PostState) else None
    page = page_asked()
    shelf = editable_posts(current_user.id, chosen, page)
    return render_template("news/editor_index.html", shelf=shelf, chosen=chosen, page=page)


@editor_blueprint.post("/<int:post_id>/take-back")
def take_back(post_id: int) -> Response:
    """Withdraw a post, or cancel its scheduled publication."""
    post = editable_post(post_id, current_user.id, to_change=True)
    was_out = post.state is PostState.PUBLISHED
    news.take_back_post(post, current_user.id)
    flash(
        _("It is a draft again, and its page is gone.") if was_out else _("Called off. It is a draft again."), "success"
    )
    return redirect(url_for("news_editor.edit", post_id=post_id))


public_blueprint = AudienceBlueprint("news", __name__, audience=PUBLIC)
public_blueprint.app_template_filter("markdown")(to_html)


@public_blueprint.get("/news/")
@public_blueprint.get("/news/older-than/<slug>/")
@shared_page
def posts(slug: str | None = None) -> str:
    """List all posts, newest first, or those older than one."""
    return _list(slug)


@public_blueprint.get("/news/tags/<tag>/")
@public_blueprint.get("/news/tags/<tag>/older-than/<slug>/")
@shared_page
def tagged(tag: str, slug: str | None = None) -> str:
    """List the posts with one tag, or those of them older than one post."""
    return _list(slug, public_tag(tag))


@public_blueprint.get("/news/<slug>")
@shared_page
def post(slug: str) -> str:
    """Show one post."""
    return render_template("news/post.html", post=public_post(slug))


@public_blueprint.get("/news.atom")
@shared_page
def feed() -> FlaskResponse:
    """Return the Atom feed of the newest posts."""
    return news_feed(latest_posts(FEED))


@public_blueprint.get("/news/tags/<tag>.atom")
@shared_page
def tag_feed(tag: str) -> FlaskResponse:
    """Return the Atom feed of the newest posts with one tag."""
    chosen = public_tag(tag)
    return news_feed(latest_posts(FEED, chosen), chosen)


def _list(after: str | None, chosen: Tag | None = None) -> str:
    leaf = posts_after(after, chosen)
    return render_template("news/posts.html", leaf=leaf, tags=public_tags(), chosen=chosen)
