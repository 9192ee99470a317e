"""The editors' pages of the library: the form of a guide, and the views that list, edit, publish and delete guides.

`TaggedForm` is also the base of the form of a post.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf.file import FileField
from werkzeug.datastructures import FileStorage
from werkzeug.wrappers import Response
from wtforms import BooleanField, Field, SelectChoice, SelectField, SelectMultipleField
from wtforms.widgets import CheckboxInput, ListWidget

from portal.accounts.sign_in import current_user
from portal.core.editing import draft_deleted, english, is_sure, line, lines, page_asked, spanish
from portal.core.files.apart import NotTaken
from portal.core.files.uploads import MOST_FILE_BYTES, NOT_TAKEN, CleanFile, clean, words_in
from portal.core.forms import refuse
from portal.core.i18n import LANGUAGES, Bilingual, language
from portal.core.statuses import NotFound
from portal.core.web import AudienceBlueprint, members
from portal.markets.publishing import PublishingEditor, PublishingForm, say_published
from portal.news import library
from portal.news.library import (
    HALF_A_TAG,
    IN_LANGUAGE,
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
from portal.news.posts import Post, Tag, team_tags

TITLE, ABOUT, BODY, NEW_TAG = _l("Title"), _l("What it says"), _l("Text to read and print"), _l("New tag")
FILE, DROP = _l("File to take along"), _l("Erase the file")


class TaggedForm(PublishingForm):
    """A form for content with tags: existing ones, and optionally a new one named in both languages."""

    tags = SelectMultipleField(_l("Tags"), widget=ListWidget(prefix_label=False), option_widget=CheckboxInput())
    new_tag_en, new_tag_es = line(english(NEW_TAG), 40), line(spanish(NEW_TAG), 40)

    def __init__(self, tags: Sequence[Tag], stored: Post | Guide | None, **kwargs: Any) -> None:
        super().__init__(stored, **kwargs)
        self._tags = {tag.slug: tag for tag in tags}
        self.tags.choices = [SelectChoice(tag.slug, tag.name[language()]) for tag in tags]

    def typed(self, stored: Any) -> dict[str, Any]:
        """Extend the base."""
        return super().typed(stored) | {"tags": [tag.slug for tag in by_name(stored.tags)]}

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


def added_tags(form: TaggedForm) -> list[Tag]:
    """Create the new tag that the form names, if any."""
    return [library.add_tag(form.new_tag, current_user.id)] if form.new_tag.is_whole else []


class GuideForm(TaggedForm):
    """The form of a guide."""

    TEXTS = ("title", "about", "body")
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

    def __init__(self, tags: Sequence[Tag], stored: Guide | None, **kwargs: Any) -> None:
        super().__init__(tags, stored, **kwargs)
        self.files: dict[str, CleanFile | None] = {}

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
            **{name: self.pair(name) for name in self.TEXTS},
            url=self.url.data or "",
            source=self.source.data or "",
            year=year_of(self.year.data or ""),
            written_in=self.written_in.data,
            tags=[*self.chosen, *added],
            credit=self.credit,
            files=self.files,
        )

    def typed(self, stored: Any) -> dict[str, Any]:
        """Extend the base."""
        values = {"url": stored.url, "source": stored.source, "written_in": stored.written_in}
        return super().typed(stored) | values | {"year": str(stored.year or "")}

    def gaps(self, stored: Any = None) -> Sequence[str]:
        if stored is not None:
            return missing(stored, bool(stored.files))
        draft = self.draft()
        return missing(draft, bool(self.stored.digests_after(draft) if self.stored else draft.files))

    def say_what_is_missing(self, gaps: Sequence[str]) -> None:
        """Extend the base: a guide needs something to read."""
        super().say_what_is_missing([name for name in gaps if name != "url"])
        if "url" in gaps:
            self.complain("url", NOTHING_TO_READ)

    def is_blank(self) -> bool:
        """Extend the base: a file, a source or an address is something."""
        has_file = any(self.files.values()) or (self.stored is not None and self.stored.files)
        return not (has_file or self.url.data or self.source.data) and super().is_blank()

    def attached(self) -> dict[str, str]:
        """Return the text of the files that the guide will have; extracts it now if the job has not yet."""
        said = {}
        for lang in LANGUAGES:
            stored = self.stored.file_in(lang) if self.stored else None
            file = self.files.get(lang, stored)
            if file is not None:
                known = file.words if isinstance(file, GuideFile) else None
                said[f"file_{lang}"] = words_in(file.kind, file.content) if known is None else known
        return said


class GuideEditor(PublishingEditor[Guide, GuideForm]):
    """The pages on which a guide is written."""

    name, endpoint, template = "guide", "guides_editor", "news/guides_edit.html"

    def form(self, row: Guide | None) -> GuideForm:
        return GuideForm(team_tags(current_user.id), row)

    def keep(self, form: GuideForm, row: Guide | None) -> Guide:
        draft = form.draft(added_tags(form))
        if row is None:
            return library.draft_guide(draft, current_user.id)
        library.edit_guide(row, draft, current_user.id, same=bool(form.same.data))
        return row

    def let_out(self, row: Guide, _form: GuideForm) -> None:
        library.publish_guide(row, current_user.id)
        say_published()


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


@blueprint.route("/new", methods=["GET", "POST"])
def new() -> ResponseReturnValue:
    """Write a guide: save a first draft, publish it at once, or show a preview."""
    return GuideEditor().edit()


@blueprint.route("/<int:guide_id>", methods=["GET", "POST"])
def edit(guide_id: int) -> ResponseReturnValue:
    """Edit a guide."""
    return GuideEditor().edit(editable_guide(guide_id, to_change=request.method == "POST"))


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
