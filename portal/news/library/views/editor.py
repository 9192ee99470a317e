"""Keeping tools and guides: drafts and their files, a look beforehand, publishing, taking back."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_login import current_user
from werkzeug.wrappers import Response

from portal.core.editors import draft_deleted, is_sure, kept_as_draft, not_out_yet, on_from, page_asked, pressed
from portal.core.errors import NotFound
from portal.core.files.kinds import MOST_FILE_BYTES
from portal.core.files.reading import words_in
from portal.core.i18n import LANGUAGES
from portal.core.web import Room, members
from portal.markets.naming import names_hidden_place
from portal.news.library import actions
from portal.news.library.forms import PAIRS, GuideForm, as_typed
from portal.news.library.models import Guide, GuideDraft, GuideFile
from portal.news.library.queries import editable_guide, editable_guides
from portal.news.library.rules import missing
from portal.news.library.views.files import handed_out
from portal.news.queries import team_tags

Answer = Response | str | tuple[str, int]
STATES = {"draft": False, "published": True}
room = Room(
    "guides_editor",
    __name__,
    audience=members("organizer", "community_lead"),
    url_prefix="/<lang:lang>/team/guides",
    # Twice a file that is too large still gets an answer that keeps what was typed.
    largest=4 * MOST_FILE_BYTES,
)


@room.teardown_request
def let_go(_error: BaseException | None) -> None:
    """Close the temporary files that large uploads are kept in meanwhile; nothing of them stays on the disk."""
    request.close()


@room.get("/")
def index() -> str:
    """All guides or those of one state, in pages; drafts first."""
    chosen = request.args.get("show", "")
    page = page_asked()
    shelf = editable_guides(STATES.get(chosen), page)
    return render_template(
        "news/guides_index.html", shelf=shelf, chosen=chosen if chosen in STATES else None, page=page
    )


@room.get("/new")
def new() -> str:
    """An empty form."""
    return _page(_form())


@room.post("/new")
def create() -> Answer:
    """Keep a first draft, publish it at once, or show how it will look."""
    form = _form()
    if not form.validate():
        return _page(form), 422
    if pressed() == "preview":
        return _page(form, preview=True)
    if _is_blank(form):
        return _page(form), 422
    if pressed() == "publish" and _names_hidden_place(form):
        return _page(form), 422
    return _keep_or_publish(actions.draft_guide(_said(form), current_user.id))


@room.get("/<int:guide_id>")
def edit(guide_id: int) -> str:
    """The form; with `?check` what keeps the guide from being published stands beside the fields."""
    guide = editable_guide(guide_id)
    form = _form(guide)
    form.version.data = str(guide.version)
    if "check" in request.args:
        form.say_what_is_missing(missing(guide, bool(guide.files)))
    return _page(form, guide)


@room.post("/<int:guide_id>")
def save(guide_id: int) -> Answer:
    """Keep what was typed, or show how it will look; a published guide must stay whole."""
    guide = editable_guide(guide_id, to_change=True)
    form = _form()
    form.stale = guide.stale_fields
    if form.is_behind(guide.version):
        return _page(form, guide, newer=form.differences(as_typed(guide))), 409
    if not form.validate():
        return _page(form, guide), 422
    if pressed() == "preview":
        return _page(form, guide, preview=True)
    if (pressed() == "publish" or guide.is_published) and _names_hidden_place(form, guide):
        return _page(form, guide), 422
    if guide.is_published:
        return _change(guide, form)
    if not guide.files and _is_blank(form):
        return _page(form, guide), 422
    actions.edit_guide(guide, _said(form), current_user.id, same=bool(form.same.data))
    return _keep_or_publish(guide)


@room.post("/<int:guide_id>/take-back")
def take_back(guide_id: int) -> Response:
    """Make it a draft again."""
    actions.take_back_guide(editable_guide(guide_id, to_change=True), current_user.id)
    flash(_("It is a draft again, and no longer in the library."), "success")
    return redirect(url_for("guides_editor.edit", guide_id=guide_id))


@room.get("/<int:guide_id>/file/<code>")
def file(guide_id: int, code: str) -> Response:
    """A file as residents will get it, before they can."""
    guide = editable_guide(guide_id)
    found = guide.file_in(code)
    if found is None:
        raise NotFound
    return handed_out(guide, found)


@room.post("/<int:guide_id>/delete")
def delete(guide_id: int) -> Response:
    """Erase a draft, once somebody said that they are sure."""
    guide = editable_guide(guide_id, to_change=True)
    if not is_sure():
        return redirect(url_for("guides_editor.edit", guide_id=guide_id))
    actions.delete_draft(guide, current_user.id)
    return draft_deleted(url_for("guides_editor.index"))


def _names_hidden_place(form: GuideForm, guide: Guide | None = None) -> bool:
    return names_hidden_place(form, current_user.id, attached=lambda: _said_in_files(form, guide))


def _said_in_files(form: GuideForm, guide: Guide | None) -> dict[str, str]:
    """What the files say that the guide will have, by their fields; read now if no worker has yet."""
    said = {}
    for lang in LANGUAGES:
        file = form.files[lang] if lang in form.files else guide.file_in(lang) if guide else None
        if file is not None:
            known = file.words if isinstance(file, GuideFile) else None
            said[f"file_{lang}"] = words_in(file.kind, file.content) if known is None else known
    return said


def _is_blank(form: GuideForm) -> bool:
    """Whether nothing was written or added; says beside the fields what is missing."""
    if form.url.data or form.source.data or any(form.files.values()) or form.says_something(PAIRS):
        return False
    if pressed() == "publish":
        form.say_what_is_missing(missing(form.draft(), False))
    return True


def _form(guide: Guide | None = None) -> GuideForm:
    return GuideForm(team_tags(current_user.id), guide)


def _said(form: GuideForm) -> GuideDraft:
    added = [actions.add_tag(form.new_tag, current_user.id)] if form.new_tag.is_whole else []
    return form.draft(added)


def _keep_or_publish(guide: Guide) -> Response:
    if pressed() != "publish":
        return kept_as_draft(url_for("guides_editor.edit", guide_id=guide.id))
    if missing(guide, bool(guide.files)):
        return not_out_yet(url_for("guides_editor.edit", guide_id=guide.id, check=1))
    actions.publish_guide(guide, current_user.id)
    flash(_("Published in both languages."), "success")
    return _afterwards(guide)


def _change(guide: Guide, form: GuideForm) -> Answer:
    draft = form.draft()
    form.say_what_is_missing(missing(draft, bool(guide.digests_after(draft))))
    if form.errors:
        return _page(form, guide), 422
    actions.edit_guide(guide, _said(form), current_user.id, same=bool(form.same.data))
    flash(_("Saved. The page is up to date."), "success")
    return _afterwards(guide)


def _afterwards(guide: Guide) -> Response:
    shelf, form = url_for("guides_editor.index"), url_for("guides_editor.edit", guide_id=guide.id)
    return on_from(guide.stale_fields, shelf, form)


def _page(
    form: GuideForm,
    guide: Guide | None = None,
    *,
    newer: list[tuple[object, str]] | None = None,
    preview: bool = False,
) -> str:
    if guide is not None and newer is not None:
        # Saving again is then a choice made with both versions in sight.
        form.version.data = str(guide.version)
    return render_template("news/guides_edit.html", form=form, guide=guide, newer=newer, preview=preview)
