"""Keeping tools and guides: drafts, publishing, taking back."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from flask.blueprints import BlueprintSetupState
from flask_babel import gettext as _
from flask_login import current_user
from werkzeug.wrappers import Response

from portal.core.web import Room, members
from portal.news.library import actions
from portal.news.library.forms import GuideForm, as_typed
from portal.news.library.models import Guide, GuideDraft
from portal.news.library.queries import editable_guide, editable_guides, every_tag
from portal.news.library.rules import missing
from portal.news.library.texts import REFUSALS

Answer = Response | str | tuple[str, int]
room = Room(
    "guides_editor", __name__, audience=members("organizer", "community_lead"), url_prefix="/<lang:lang>/team/guides"
)


@room.record_once
def name_refusals(state: BlueprintSetupState) -> None:
    """Give the error page the sentences of the library."""
    state.app.extensions.setdefault("refusals", {}).update(REFUSALS)


@room.get("/")
def index() -> str:
    """All guides, drafts too."""
    return render_template("news/guides_index.html", guides=editable_guides())


@room.get("/new")
def new() -> str:
    """An empty form."""
    return _page(GuideForm(every_tag()))


@room.post("/new")
def create() -> Answer:
    """Keep a first draft, or publish it at once."""
    form = GuideForm(every_tag())
    if not form.validate():
        return _page(form), 422
    return _keep_or_publish(actions.draft_guide(_said(form), current_user.id))


@room.get("/<int:guide_id>")
def edit(guide_id: int) -> str:
    """The form; with `?check` what keeps the guide from being published stands beside the fields."""
    guide = editable_guide(guide_id)
    form = GuideForm(every_tag(), guide)
    form.version.data = str(guide.version)
    if "check" in request.args:
        form.say_what_is_missing(missing(guide))
    return _page(form, guide)


@room.post("/<int:guide_id>")
def save(guide_id: int) -> Answer:
    """Keep what was typed; a published guide must stay whole."""
    guide = editable_guide(guide_id, to_change=True)
    form = GuideForm(every_tag())
    if form.is_behind(guide.version):
        return _page(form, guide, newer=form.differences(as_typed(guide))), 409
    if not form.validate():
        return _page(form, guide), 422
    if guide.is_published:
        return _change(guide, form)
    actions.edit_guide(guide, _said(form), current_user.id)
    return _keep_or_publish(guide)


@room.post("/<int:guide_id>/take-back")
def take_back(guide_id: int) -> Response:
    """Make it a draft again."""
    actions.take_back_guide(editable_guide(guide_id, to_change=True), current_user.id)
    flash(_("It is a draft again, and no longer in the library."), "success")
    return redirect(url_for("guides_editor.edit", guide_id=guide_id))


def _said(form: GuideForm) -> GuideDraft:
    added = [actions.add_tag(form.new_tag, current_user.id)] if form.new_tag.is_whole else []
    return form.draft(added)


def _keep_or_publish(guide: Guide) -> Response:
    if request.form.get("then") != "publish":
        flash(_("Saved as a draft."), "success")
        return redirect(url_for("guides_editor.edit", guide_id=guide.id))
    if missing(guide):
        flash(_("Saved as a draft. It can be published when nothing is missing."), "warning")
        return redirect(url_for("guides_editor.edit", guide_id=guide.id, check=1))
    actions.publish_guide(guide, current_user.id)
    flash(_("Published in both languages."), "success")
    return redirect(url_for("guides_editor.index"))


def _change(guide: Guide, form: GuideForm) -> Answer:
    form.say_what_is_missing(missing(form.draft()))
    if form.errors:
        return _page(form, guide), 422
    actions.edit_guide(guide, _said(form), current_user.id)
    flash(_("Saved. The page is up to date."), "success")
    return redirect(url_for("guides_editor.index"))


def _page(form: GuideForm, guide: Guide | None = None, *, newer: list[tuple[object, str]] | None = None) -> str:
    if guide is not None and newer is not None:
        # Saving again is then a choice made with both versions in sight.
        form.version.data = str(guide.version)
    return render_template("news/guides_edit.html", form=form, guide=guide, newer=newer)
