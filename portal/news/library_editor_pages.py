"""The editors' pages of the library: the form of a guide, and the views that list, edit, publish and delete guides.

`TaggedForm` is also the base of the form of a post.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_login import current_user
from flask_wtf.file import FileField
from werkzeug.datastructures import FileStorage
from werkzeug.wrappers import Response
from wtforms import BooleanField, Field, SelectChoice, SelectField, SelectMultipleField
from wtforms.widgets import CheckboxInput, ListWidget

from portal.core.editing import ParityForm, both, credit_fields, english, line, lines, spanish
from portal.core.editors import draft_deleted, is_sure, kept_as_draft, not_out_yet, on_from, page_asked, pressed
from portal.core.files.apart import NotTaken
from portal.core.files.uploads import MOST_FILE_BYTES, NOT_TAKEN, CleanFile, clean, words_in
from portal.core.forms import refuse
from portal.core.i18n import LANGUAGES, Bilingual, language
from portal.core.statuses import NotFound
from portal.core.web import AudienceBlueprint, members
from portal.markets.texts import names_hidden_place
from portal.news import library
from portal.news.library import (
    HALF_A_TAG,
    IN_LANGUAGE,
    MISSING,
    NO_ADDRESS,
    NO_YEAR,
    NOTHING_TO_READ,
    Guide,
    GuideDraft,
    GuideFile,
    WrittenIn,
    by_name,
    editable_guide,
    editable_guides,
    is_address,
    missing,
    year_of,
)
from portal.news.library_pages import handed_out
from portal.news.posts import Tag, team_tags

TITLE, ABOUT, BODY, NEW_TAG = _l("Title"), _l("What it says"), _l("Text to read and print"), _l("New tag")
FILE, DROP = _l("File to take along"), _l("Erase the file")
PAIRS = ("title", "about", "body")


class TaggedForm(ParityForm):
    """A form for content with tags: existing ones, and optionally a new one named in both languages."""

    tags = SelectMultipleField(_l("Tags"), widget=ListWidget(prefix_label=False), option_widget=CheckboxInput())
    new_tag_en, new_tag_es = line(english(NEW_TAG), 40), line(spanish(NEW_TAG), 40)

    def offer(self, tags: Sequence[Tag]) -> None:
        """Set the tags to choose from."""
        self._tags = {tag.slug: tag for tag in tags}
        self.tags.choices = [SelectChoice(tag.slug, tag.name[language()]) for tag in tags]

    def validate_new_tag_es(self, _field: Field) -> None:
        """Refuse a new tag that is named in one language only: it would be missing in the other language's list."""
        name = self.new_tag
        if bool(name.en) != bool(name.es):
            refuse(HALF_A_TAG)

    @property
    def new_tag(self) -> Bilingual:
        """The name of the tag to create; empty if none is wanted."""
        return self.pair("new_tag")

    @property
    def chosen(self) -> list[Tag]:
        """The existing tags that were chosen."""
        return [self._tags[name] for name in self.tags.data or () if name in self._tags]

    def tag_names(self, lang: str) -> list[str]:
        """Return the names of the tags that the content will have, including the one to be created."""
        return [tag.name[lang] for tag in self.chosen] + ([self.new_tag[lang]] if self.new_tag[lang] else [])

    def differences(self, stored: Mapping[str, Any]) -> list[tuple[Field, str]]:
        """Extend the base method: compare tags by their names."""
        names = ", ".join(self._tags[name].name[language()] for name in stored["tags"] if name in self._tags)
        return [(field, names if field is self.tags else said) for field, said in super().differences(stored)]


class GuideForm(TaggedForm):
    """The form of a guide, English and Spanish side by side. A draft may leave any field empty."""

    title_en, title_es = line(english(TITLE), 200), line(spanish(TITLE), 200)
    about_en, about_es = lines(english(ABOUT), 800), lines(spanish(ABOUT), 800)
    url = line(_l("Address of the document"), 500)
    written_in = SelectField(
        _l("The document is"), choices=[SelectChoice(str(one), IN_LANGUAGE[one]) for one in WrittenIn]
    )
    source = line(_l("Who wrote it and who published it"), 300)
    year = line(_l("Year"), 4)
    body_en, body_es = lines(english(BODY), 20_000), lines(spanish(BODY), 20_000)
    file_en, file_es = FileField(english(FILE)), FileField(spanish(FILE))
    drop_en, drop_es = BooleanField(english(DROP)), BooleanField(spanish(DROP))

    def __init__(self, tags: Sequence[Tag], stored: Guide | None = None, **kwargs: Any) -> None:
        super().__init__(data=as_typed(stored) if stored else None, **kwargs)
        self.offer(tags)
        self.files: dict[str, CleanFile | None] = {}
        self.stale = stored.stale_fields if stored else frozenset()

    def validate(self, extra_validators: Any = None) -> bool:
        """Sanitize each uploaded file; a file that cannot be sanitized is reported as an error of its field."""
        whole: bool = super().validate(extra_validators)
        for lang in LANGUAGES:
            self._take_file(lang)
        return whole and not self.errors

    def _take_file(self, lang: str) -> None:
        sent = self[f"file_{lang}"].data
        if self[f"drop_{lang}"].data:
            self.files[lang] = None
        if not isinstance(sent, FileStorage) or not sent.filename:
            return
        try:
            self.files[lang] = clean(sent.stream.read(MOST_FILE_BYTES + 1), sent.filename)
        except NotTaken as reason:
            self.complain(f"file_{lang}", NOT_TAKEN[reason.trouble])

    @property
    def has_files(self) -> bool:
        """Whether files were uploaded; a form that is shown again cannot keep them, so they must be chosen again."""
        return any(isinstance(self[f"file_{lang}"].data, FileStorage) for lang in LANGUAGES)

    def validate_url(self, field: Field) -> None:
        """Refuse anything but a complete web address."""
        if field.data and not is_address(field.data):
            refuse(NO_ADDRESS)

    def validate_year(self, field: Field) -> None:
        """Refuse anything but four digits or an empty field."""
        try:
            year_of(field.data or "")
        except ValueError:
            refuse(NO_YEAR)

    def draft(self, added: Sequence[Tag] = ()) -> GuideDraft:
        """Return the submitted content as a draft, with `added` as additional tags."""
        return GuideDraft(
            **{name: self.pair(name) for name in PAIRS},
            url=self.url.data or "",
            source=self.source.data or "",
            year=year_of(self.year.data or ""),
            written_in=self.written_in.data,
            tags=[*self.chosen, *added],
            credit=self.credit,
            files=self.files,
        )

    def say_what_is_missing(self, gaps: Sequence[str]) -> None:
        """Report the gaps found by `library.missing` beside their fields."""
        for name in gaps:
            self.complain(name, NOTHING_TO_READ if name == "url" else MISSING)


def as_typed(guide: Guide) -> dict[str, Any]:
    """Return a guide as data for the fields of the form."""
    values: dict[str, Any] = {"url": guide.url, "source": guide.source, "written_in": guide.written_in}
    values |= {"year": str(guide.year or ""), "tags": [tag.slug for tag in by_name(guide.tags)]}
    values |= credit_fields(guide.credit)
    for name in PAIRS:
        values |= both(name, getattr(guide, name))
    return values


Answer = Response | str | tuple[str, int]
STATES = {"draft": False, "published": True}
blueprint = AudienceBlueprint(
    "guides_editor",
    __name__,
    audience=members("organizer", "community_lead"),
    url_prefix="/<lang:lang>/team/guides",
    # Even an upload of twice the allowed size gets a response that keeps the submitted text.
    largest=4 * MOST_FILE_BYTES,
)


@blueprint.teardown_request
def let_go(_error: BaseException | None) -> None:
    """Close the temporary files that buffer large uploads, so that nothing of them stays on the disk."""
    request.close()


@blueprint.get("/")
def index() -> str:
    """List all guides or those of one state, page by page, drafts first."""
    chosen = request.args.get("show", "")
    page = page_asked()
    shelf = editable_guides(STATES.get(chosen), page)
    return render_template(
        "news/guides_index.html", shelf=shelf, chosen=chosen if chosen in STATES else None, page=page
    )


@blueprint.get("/new")
def new() -> str:
    """Show an empty form."""
    return _page(_form())


@blueprint.post("/new")
def create() -> Answer:
    """Save a first draft, publish it at once, or show a preview."""
    form = _form()
    if not form.validate():
        return _page(form), 422
    if pressed() == "preview":
        return _page(form, preview=True)
    if _is_blank(form):
        return _page(form), 422
    if pressed() == "publish" and _names_hidden_place(form):
        return _page(form), 422
    return _keep_or_publish(library.draft_guide(_said(form), current_user.id))


@blueprint.get("/<int:guide_id>")
def edit(guide_id: int) -> str:
    """Show the form of a guide; with `?check` the gaps that block publication stand beside the fields."""
    guide = editable_guide(guide_id)
    form = _form(guide)
    form.version.data = str(guide.version)
    if "check" in request.args:
        form.say_what_is_missing(missing(guide, bool(guide.files)))
    return _page(form, guide)


@blueprint.post("/<int:guide_id>")
def save(guide_id: int) -> Answer:
    """Save the submitted guide or show a preview; a published guide must stay complete."""
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
    library.edit_guide(guide, _said(form), current_user.id, same=bool(form.same.data))
    return _keep_or_publish(guide)


@blueprint.post("/<int:guide_id>/take-back")
def take_back(guide_id: int) -> Response:
    """Withdraw a guide."""
    library.take_back_guide(editable_guide(guide_id, to_change=True), current_user.id)
    flash(_("It is a draft again, and no longer in the library."), "success")
    return redirect(url_for("guides_editor.edit", guide_id=guide_id))


@blueprint.get("/<int:guide_id>/file/<code>")
def file(guide_id: int, code: str) -> Response:
    """Send a file as residents will get it, before publication."""
    guide = editable_guide(guide_id)
    found = guide.file_in(code)
    if found is None:
        raise NotFound
    return handed_out(guide, found)


@blueprint.post("/<int:guide_id>/delete")
def delete(guide_id: int) -> Response:
    """Delete a draft after confirmation."""
    guide = editable_guide(guide_id, to_change=True)
    if not is_sure():
        return redirect(url_for("guides_editor.edit", guide_id=guide_id))
    library.delete_draft(guide, current_user.id)
    return draft_deleted(url_for("guides_editor.index"))


def _names_hidden_place(form: GuideForm, guide: Guide | None = None) -> bool:
    return names_hidden_place(form, current_user.id, attached=lambda: _said_in_files(form, guide))


def _said_in_files(form: GuideForm, guide: Guide | None) -> dict[str, str]:
    """Return the text of the files that the guide will have, by field name; extracts it now if the job has not yet."""
    said = {}
    for lang in LANGUAGES:
        file = form.files[lang] if lang in form.files else guide.file_in(lang) if guide else None
        if file is not None:
            known = file.words if isinstance(file, GuideFile) else None
            said[f"file_{lang}"] = words_in(file.kind, file.content) if known is None else known
    return said


def _is_blank(form: GuideForm) -> bool:
    """Return whether the form is empty; when publishing, report the missing fields beside them."""
    if form.url.data or form.source.data or any(form.files.values()) or form.says_something(PAIRS):
        return False
    if pressed() == "publish":
        form.say_what_is_missing(missing(form.draft(), False))
    return True


def _form(guide: Guide | None = None) -> GuideForm:
    return GuideForm(team_tags(current_user.id), guide)


def _said(form: GuideForm) -> GuideDraft:
    added = [library.add_tag(form.new_tag, current_user.id)] if form.new_tag.is_whole else []
    return form.draft(added)


def _keep_or_publish(guide: Guide) -> Response:
    if pressed() != "publish":
        return kept_as_draft(url_for("guides_editor.edit", guide_id=guide.id))
    if missing(guide, bool(guide.files)):
        return not_out_yet(url_for("guides_editor.edit", guide_id=guide.id, check=1))
    library.publish_guide(guide, current_user.id)
    flash(_("Published in both languages."), "success")
    return _afterwards(guide)


def _change(guide: Guide, form: GuideForm) -> Answer:
    draft = form.draft()
    form.say_what_is_missing(missing(draft, bool(guide.digests_after(draft))))
    if form.errors:
        return _page(form, guide), 422
    library.edit_guide(guide, _said(form), current_user.id, same=bool(form.same.data))
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
        # Saving again is then a choice made with both versions in view.
        form.version.data = str(guide.version)
    return render_template("news/guides_edit.html", form=form, guide=guide, newer=newer, preview=preview)
