"""Writing news: drafts, a look beforehand, publishing now or at an hour, taking back."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_login import current_user
from werkzeug.wrappers import Response

from portal.core.editors import draft_deleted, is_sure, kept_as_draft, not_out_yet, on_from, page_asked, pressed
from portal.core.i18n import moment
from portal.core.web import Room, members
from portal.markets.naming import names_hidden_place
from portal.markets.queries import is_shown, known_markets
from portal.news import actions
from portal.news.forms import PostForm, as_typed
from portal.news.library.actions import add_tag
from portal.news.models import Draft, Post
from portal.news.queries import editable_post, editable_posts, team_tags
from portal.news.rules import TEXTS, State, missing

Answer = Response | str | tuple[str, int]
room = Room(
    "news_editor", __name__, audience=members("organizer", "community_lead"), url_prefix="/<lang:lang>/team/news"
)


@room.get("/")
def index() -> str:
    """All posts or those of one state, in pages; drafts first."""
    chosen = State(request.args["show"]) if request.args.get("show") in set(State) else None
    page = page_asked()
    shelf = editable_posts(current_user.id, chosen, page)
    return render_template("news/editor_index.html", shelf=shelf, chosen=chosen, page=page)


@room.get("/new")
def new() -> str:
    """An empty form."""
    return _page(_form())


@room.post("/new")
def create() -> Answer:
    """Keep a first draft, publish it at once or at an hour, or show how it will look."""
    form = _form()
    if not form.validate() or (pressed() == "schedule" and not form.has_an_hour_ahead()):
        return _page(form), 422
    if pressed() == "preview":
        return _page(form, preview=True)
    if _is_blank(form):
        return _page(form), 422
    if _lets_out() and _betrays(form):
        return _page(form), 422
    return _keep_or_publish(actions.draft_post(_said(form), current_user.id), form)


@room.get("/<int:post_id>")
def edit(post_id: int) -> str:
    """The form; with `?check` what keeps the post from being published stands beside the fields."""
    post = editable_post(post_id, current_user.id)
    form = _form(post)
    form.version.data = str(post.version)
    if "check" in request.args:
        form.say_what_is_missing(missing(post))
    return _page(form, post)


@room.post("/<int:post_id>")
def save(post_id: int) -> Answer:
    """Keep what was typed, or show how it will look."""
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
    actions.edit_post(post, _said(form), current_user.id, same=bool(form.same.data))
    return _keep_or_publish(post, form)


@room.post("/<int:post_id>/take-back")
def take_back(post_id: int) -> Response:
    """Make it a draft again; one whose hour has not come is called off."""
    post = editable_post(post_id, current_user.id, to_change=True)
    was_out = post.state is State.PUBLISHED
    actions.take_back_post(post, current_user.id)
    flash(
        _("It is a draft again, and its page is gone.") if was_out else _("Called off. It is a draft again."), "success"
    )
    return redirect(url_for("news_editor.edit", post_id=post_id))


@room.post("/<int:post_id>/delete")
def delete(post_id: int) -> Response:
    """Erase a draft, once somebody said that they are sure."""
    post = editable_post(post_id, current_user.id, to_change=True)
    if not is_sure():
        return redirect(url_for("news_editor.edit", post_id=post_id))
    actions.delete_draft(post, current_user.id)
    return draft_deleted(url_for("news_editor.index"))


def _is_blank(form: PostForm) -> bool:
    """Whether not a word was written; says beside the fields what is missing."""
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


def _said(form: PostForm) -> Draft:
    return form.draft([add_tag(form.new_tag, current_user.id)] if form.new_tag.is_whole else [])


def _keep_or_publish(post: Post, form: PostForm) -> Response:
    if not _lets_out():
        return kept_as_draft(url_for("news_editor.edit", post_id=post.id))
    if missing(post):
        return not_out_yet(url_for("news_editor.edit", post_id=post.id, check=1))
    return _let_out(post, form)


def _let_out(post: Post, form: PostForm) -> Response:
    if pressed() == "publish" or (hour := form.hour) is None:
        actions.publish_post(post, current_user.id)
        flash(_published(post), "success")
    else:
        actions.schedule_post(post, hour, current_user.id)
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
    actions.edit_post(post, _said(form), current_user.id, same=bool(form.same.data))
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
        # Saving again is then a choice made with both versions in sight.
        form.version.data = str(post.version)
    return render_template("news/edit.html", form=form, post=post, newer=newer, preview=preview)
