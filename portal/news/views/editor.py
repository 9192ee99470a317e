"""Writing news: drafts, a look beforehand, publishing, taking back."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from flask.blueprints import BlueprintSetupState
from flask_babel import gettext as _
from flask_login import current_user
from werkzeug.wrappers import Response

from portal.core.web import Room, members
from portal.markets.queries import is_shown, known_markets
from portal.news import actions
from portal.news.forms import PostForm, as_typed
from portal.news.models import Post
from portal.news.queries import editable_post, editable_posts
from portal.news.rules import missing
from portal.news.texts import REFUSALS

Answer = Response | str | tuple[str, int]
room = Room(
    "news_editor", __name__, audience=members("organizer", "community_lead"), url_prefix="/<lang:lang>/team/news"
)


@room.record_once
def name_refusals(state: BlueprintSetupState) -> None:
    """Give the error page the sentences of this feature."""
    state.app.extensions.setdefault("refusals", {}).update(REFUSALS)


@room.get("/")
def index() -> str:
    """All posts, drafts too."""
    return render_template("news/editor_index.html", posts=editable_posts(current_user.id))


@room.get("/new")
def new() -> str:
    """An empty form."""
    return _page(PostForm(known_markets(current_user.id)))


@room.post("/new")
def create() -> Answer:
    """Keep a first draft, publish it at once, or show how it will look."""
    form = PostForm(known_markets(current_user.id))
    if not form.validate():
        return _page(form), 422
    if _then() == "preview":
        return _page(form, preview=True)
    return _keep_or_publish(actions.draft_post(form.draft, current_user.id))


@room.get("/<int:post_id>")
def edit(post_id: int) -> str:
    """The form; with `?check` what keeps the post from being published stands beside the fields."""
    post = editable_post(post_id, current_user.id)
    form = PostForm(known_markets(current_user.id), post)
    form.version.data = str(post.version)
    if "check" in request.args:
        form.say_what_is_missing(missing(post))
    return _page(form, post)


@room.post("/<int:post_id>")
def save(post_id: int) -> Answer:
    """Keep what was typed, or show how it will look."""
    post = editable_post(post_id, current_user.id, to_change=True)
    form = PostForm(known_markets(current_user.id))
    if form.is_behind(post.version):
        return _page(form, post, newer=form.differences(as_typed(post))), 409
    if not form.validate():
        return _page(form, post), 422
    if _then() == "preview":
        return _page(form, post, preview=True)
    if post.is_published:
        return _change(post, form)
    actions.edit_post(post, form.draft, current_user.id)
    return _keep_or_publish(post)


@room.post("/<int:post_id>/take-back")
def take_back(post_id: int) -> Response:
    """Make it a draft again."""
    actions.take_back_post(editable_post(post_id, current_user.id, to_change=True), current_user.id)
    flash(_("It is a draft again, and its page is gone."), "success")
    return redirect(url_for("news_editor.edit", post_id=post_id))


def _then() -> str:
    return request.form.get("then", "")


def _keep_or_publish(post: Post) -> Response:
    if _then() != "publish":
        flash(_("Saved as a draft."), "success")
        return redirect(url_for("news_editor.edit", post_id=post.id))
    if missing(post):
        flash(_("Saved as a draft. It can be published when nothing is missing."), "warning")
        return redirect(url_for("news_editor.edit", post_id=post.id, check=1))
    actions.publish_post(post, current_user.id)
    if is_shown(post.market_id):
        flash(_("Published in both languages."), "success")
    else:
        flash(_("It is ready. Everybody sees it from the hour in which its place is released."), "success")
    return redirect(url_for("news_editor.index"))


def _change(post: Post, form: PostForm) -> Answer:
    form.say_what_is_missing(missing(form.draft))
    if form.errors:
        return _page(form, post), 422
    actions.edit_post(post, form.draft, current_user.id)
    flash(_("Saved. The page is up to date."), "success")
    return redirect(url_for("news_editor.index"))


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
