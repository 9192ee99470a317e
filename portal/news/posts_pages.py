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
from flask_login import current_user
from werkzeug.wrappers import Response
from wtforms import SelectField
from wtforms.validators import Optional

from portal.core.clock import now, zone
from portal.core.editing import both, credit_fields, english, line, lines, spanish
from portal.core.editors import draft_deleted, is_sure, kept_as_draft, not_out_yet, on_from, page_asked, pressed
from portal.core.forms import DateField, TimeField
from portal.core.hours import NoSuchHour, moment_in
from portal.core.i18n import moment
from portal.core.markdown import to_html
from portal.core.web import PUBLIC, AudienceBlueprint, members, shared_page
from portal.markets.places import Market, is_shown, known_markets
from portal.markets.team_pages import place_choices
from portal.markets.texts import names_hidden_place
from portal.news import posts as news
from portal.news.feeds import CONTENT_TYPE, news_feed
from portal.news.library import add_tag
from portal.news.library_editor_pages import TaggedForm
from portal.news.posts import (
    FEED,
    HOUR_IS_PAST,
    MISSING,
    NO_HOUR,
    NO_SUCH_HOUR,
    TEXTS,
    Post,
    PostDraft,
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
    team_tags,
)

TITLE, SUMMARY, BODY = _l("Title"), _l("Summary in one or two sentences"), _l("Text")


class PostForm(TaggedForm):
    """The form of a post, English and Spanish side by side. A draft may leave any field empty."""

    title_en, title_es = line(english(TITLE), 120), line(spanish(TITLE), 120)
    summary_en, summary_es = lines(english(SUMMARY), 400), lines(spanish(SUMMARY), 400)
    body_en, body_es = lines(english(BODY), 20_000), lines(spanish(BODY), 20_000)
    market = SelectField(_l("About which of our places"), validators=[Optional()])
    publish_on = DateField(_l("Day on which it goes out"), validators=[Optional()])
    publish_at = TimeField(_l("Time"), validators=[Optional()])

    def __init__(
        self, markets: Sequence[Market], tags: Sequence[Tag], stored: Post | None = None, **kwargs: Any
    ) -> None:
        super().__init__(data=as_typed(stored) if stored else None, **kwargs)
        self._ids = {market.slug: market.id for market in markets}
        self.market.choices = place_choices(markets)
        self.offer(tags)
        self.stale = stored.stale_fields if stored else frozenset()

    def draft(self, added: Sequence[Tag] = ()) -> PostDraft:
        """Return the submitted content as a draft, with `added` as additional tags."""
        return PostDraft(
            **{name: self.pair(name) for name in TEXTS},
            market_id=self._ids.get(self.market.data),
            tags=[*self.chosen, *added],
            credit=self.credit,
        )

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

    def say_what_is_missing(self, gaps: Sequence[str]) -> None:
        """Report the gaps found by `posts.missing` beside their fields."""
        for name in gaps:
            self.complain(name, MISSING)


def as_typed(post: Post) -> dict[str, Any]:
    """Return a post as data for the fields of the form."""
    values: dict[str, Any] = {"market": post.market.slug if post.market else "", **credit_fields(post.credit)}
    values["tags"] = [tag.slug for tag in post.tags_by_name()]
    hour = post.published_at.astimezone(zone()) if post.published_at and post.is_scheduled else None
    values |= {"publish_on": hour.date() if hour else None, "publish_at": hour.time() if hour else None}
    for name in TEXTS:
        values |= both(name, getattr(post, name))
    return values


Answer = Response | str | tuple[str, int]
editor_blueprint = AudienceBlueprint(
    "news_editor", __name__, audience=members("organizer", "community_lead"), url_prefix="/<lang:lang>/team/news"
)


@editor_blueprint.get("/")
def index() -> str:
    """List all posts or those of one state, page by page, drafts first."""
    chosen = PostState(request.args["show"]) if request.args.get("show") in set(PostState) else None
    page = page_asked()
    shelf = editable_posts(current_user.id, chosen, page)
    return render_template("news/editor_index.html", shelf=shelf, chosen=chosen, page=page)


@editor_blueprint.get("/new")
def new() -> str:
    """Show an empty form."""
    return _page(_form())


@editor_blueprint.post("/new")
def create() -> Answer:
    """Save a first draft, publish or schedule it, or show a preview."""
    form = _form()
    if not form.validate() or (pressed() == "schedule" and not form.has_an_hour_ahead()):
        return _page(form), 422
    if pressed() == "preview":
        return _page(form, preview=True)
    if _is_blank(form):
        return _page(form), 422
    if _lets_out() and _betrays(form):
        return _page(form), 422
    return _keep_or_publish(news.draft_post(_said(form), current_user.id), form)


@editor_blueprint.get("/<int:post_id>")
def edit(post_id: int) -> str:
    """Show the form of a post; with `?check` the gaps that block publication stand beside the fields."""
    post = editable_post(post_id, current_user.id)
    form = _form(post)
    form.version.data = str(post.version)
    if "check" in request.args:
        form.say_what_is_missing(missing(post))
    return _page(form, post)


@editor_blueprint.post("/<int:post_id>")
def save(post_id: int) -> Answer:
    """Save the submitted post or show a preview."""
    post = editable_post(post_id, current_user.id, to_change=True)
    form = _form()
    form.stale = post.stale_fields
    if form.is_behind(post.version):
        return _page(form, post, newer=form.differences(as_typed(post))), 409
    needs_hour = pressed() == "schedule" or (post.is_scheduled and pressed() == "save")
    if not form.validate() or (needs_hour and not form.has_an_hour_ahead()):
        return _page(form, post), 422
    if pressed() == "preview":
        return _page(form, post, preview=True)
    if (_lets_out() or post.is_published) and _betrays(form):
        return _page(form, post), 422
    if post.is_published:
        return _change(post, form)
    if _is_blank(form):
        return _page(form, post), 422
    news.edit_post(post, _said(form), current_user.id, same=bool(form.same.data))
    return _keep_or_publish(post, form)


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


@editor_blueprint.post("/<int:post_id>/delete")
def delete(post_id: int) -> Response:
    """Delete a draft after confirmation."""
    post = editable_post(post_id, current_user.id, to_change=True)
    if not is_sure():
        return redirect(url_for("news_editor.edit", post_id=post_id))
    news.delete_draft(post, current_user.id)
    return draft_deleted(url_for("news_editor.index"))


def _is_blank(form: PostForm) -> bool:
    """Return whether the form has no text; unless saving a draft, report the missing fields beside them."""
    if form.says_something(TEXTS):
        return False
    if pressed() != "save":
        form.say_what_is_missing(missing(form.draft()))
    return True


def _lets_out() -> bool:
    return pressed() in ("publish", "schedule")


def _betrays(form: PostForm) -> bool:
    return names_hidden_place(form, current_user.id, form.draft().market_id)


def _form(post: Post | None = None) -> PostForm:
    return PostForm(known_markets(current_user.id), team_tags(current_user.id), post)


def _said(form: PostForm) -> PostDraft:
    return form.draft([add_tag(form.new_tag, current_user.id)] if form.new_tag.is_whole else [])


def _keep_or_publish(post: Post, form: PostForm) -> Response:
    if not _lets_out():
        return kept_as_draft(url_for("news_editor.edit", post_id=post.id))
    if missing(post):
        return not_out_yet(url_for("news_editor.edit", post_id=post.id, check=1))
    return _let_out(post, form)


def _let_out(post: Post, form: PostForm) -> Response:
    if pressed() == "publish" or (hour := form.hour) is None:
        news.publish_post(post, current_user.id)
        flash(_published(post), "success")
    else:
        news.schedule_post(post, hour, current_user.id)
        flash(_("It goes out by itself in both languages: %(moment)s.", moment=moment(hour)), "success")
    return _afterwards(post)


def _published(post: Post) -> str:
    if is_shown(post.market_id):
        return str(_("Published in both languages."))
    return str(_("It is ready. Everybody sees it from the hour in which its place is released."))


def _change(post: Post, form: PostForm) -> Answer:
    form.say_what_is_missing(missing(form.draft()))
    if form.errors:
        return _page(form, post), 422
    news.edit_post(post, _said(form), current_user.id, same=bool(form.same.data))
    if post.is_scheduled:
        return _let_out(post, form)
    flash(_("Saved. The page is up to date."), "success")
    return _afterwards(post)


def _afterwards(post: Post) -> Response:
    shelf, form = url_for("news_editor.index"), url_for("news_editor.edit", post_id=post.id)
    return on_from(post.stale_fields, shelf, form)


def _page(
    form: PostForm,
    post: Post | None = None,
    *,
    newer: list[tuple[object, str]] | None = None,
    preview: bool = False,
) -> str:
    if post is not None and newer is not None:
        # Saving again is then a choice made with both versions in view.
        form.version.data = str(post.version)
    return render_template("news/edit.html", form=form, post=post, newer=newer, preview=preview)


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
    return FlaskResponse(news_feed(latest_posts(FEED)), content_type=CONTENT_TYPE)


@public_blueprint.get("/news/tags/<tag>.atom")
@shared_page
def tag_feed(tag: str) -> FlaskResponse:
    """Return the Atom feed of the newest posts with one tag."""
    chosen = public_tag(tag)
    return FlaskResponse(news_feed(latest_posts(FEED, chosen), chosen), content_type=CONTENT_TYPE)


def _list(after: str | None, chosen: Tag | None = None) -> str:
    return render_template("news/posts.html", leaf=posts_after(after, chosen), tags=public_tags(), chosen=chosen)
