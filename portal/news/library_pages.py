"""The pages of the library: what editors write, and what everybody reads, prints and downloads."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import Response as FlaskResponse, render_template
from flask_babel import gettext as _, lazy_gettext as _l
from sqlalchemy import select
from werkzeug.wrappers import Response
from wtforms import BooleanField, Field, SelectChoice, SelectField, SelectMultipleField
from wtforms.validators import NumberRange, Optional
from wtforms.widgets import CheckboxInput

from portal.accounts.sign_in import current_user
from portal.core.db import numbered_page
from portal.core.editing import Both, done, line, lines, page_asked
from portal.core.files import uploads
from portal.core.files.uploads import MOST_FILE_BYTES, CleanFile, CleanFileField
from portal.core.forms import IntegerField, choices_of, refuse
from portal.core.i18n import LANGUAGES, language
from portal.core.slugs import slug as slug_of
from portal.core.statuses import existing
from portal.core.web import PUBLIC, AudienceBlueprint, members, shared_page
from portal.markets.publishing import PublishingEditor, PublishingForm, say_published
from portal.news import library
from portal.news.library import Guide, GuideFile
from portal.news.posts import EDITOR_PAGE, Tag, by_name, team_tags


class TagsField(SelectMultipleField):
    """Check boxes for the tags that the member may choose; opened with tags, sent as their addresses."""

    option_widget = CheckboxInput()

    def __init__(self, label: Any = None, validators: Any = (), **kwargs: Any) -> None:
        super().__init__(label, validators, choices=self._offered, **kwargs)

    def _offered(self) -> list[SelectChoice]:
        self._tags = {tag.slug: tag for tag in team_tags(current_user.id)}
        return choices_of({slug: tag.name[language()] for slug, tag in self._tags.items()})

    def process_data(self, value: Any) -> None:
        super().process_data([tag.slug if isinstance(tag, Tag) else tag for tag in value or ()])

    @property
    def chosen(self) -> list[Tag]:
        return [self._tags[slug] for slug in self.data or () if slug in self._tags]


class TaggedForm(PublishingForm):
    """A form for a guide or a post with tags: existing ones, and optionally a new one named in both languages."""

    tags = TagsField(_l("Tags"))
    new_tag = Both(line, _l("New tag"), 40)

    def shown(self, row: Any) -> dict[str, Any]:
        return super().shown(row) | {"tags": by_name(row.tags)}

    @property
    def values(self) -> dict[str, Any]:
        return super().values | {"tags": self.tags.chosen}

    def validate_new_tag_es(self, _field: Field) -> None:
        """Refuse a new tag that is named in one language only: it would be missing in the other language's list."""
        if bool(self.new_tag.en) != bool(self.new_tag.es):
            refuse(library.HALF_A_TAG)

    def tag_names(self, lang: str) -> list[str]:
        """Return the names of the tags that the content will have, including the one to be created."""
        return [tag.name[lang] for tag in self.tags.chosen] + ([self.new_tag[lang]] if self.new_tag[lang] else [])

    def values_with_new_tag(self) -> dict[str, Any]:
        """Create the new tag, if one is named, and return the values with it."""
        added = [library.add_tag(self.new_tag, current_user.id)] if self.new_tag.is_whole else []
        return self.values | {"tags": [*self.tags.chosen, *added]}


class GuideForm(TaggedForm):
    ROW = Guide
    title = Both(line, _l("Title"), 200)
    about = Both(lines, _l("What it says"), 800)
    body = Both(lines, _l("Text to read and print"), 20_000)
    url = line(_l("Address of the document"), 500)
    written_in = SelectField(_l("The document is"), choices=choices_of(library.IN_LANGUAGE))
    source = line(_l("Who wrote it and who published it"), 300)
    year = IntegerField(_l("Year"), validators=[Optional(), NumberRange(1900, 2100, library.NO_YEAR)])
    file = Both(CleanFileField, _l("File to take along"))
    drop = Both(BooleanField, _l("Erase the file"))

    def __init__(self, stored: Guide | None, **kwargs: Any) -> None:
        super().__init__(stored, **kwargs)
        self.files: dict[str, CleanFile | None] = {}

    def validate(self, extra_validators: Any = None) -> bool:
        super().validate(extra_validators)
        if self.url.data and not library.is_address(self.url.data):
            self.complain("url", library.NO_ADDRESS)
        for lang in LANGUAGES:
            if self[f"drop_{lang}"].data:
                self.files[lang] = None
            if (file := self[f"file_{lang}"].taken) is not None:
                self.files[lang] = file
        return not self.errors

    def gaps(self, row: Guide | None = None) -> Sequence[str]:
        if row is not None:
            return library.missing(row, bool(row.files))
        return library.missing(Guide(**self.values), bool(library.digests_after(self.stored, self.files)))

    def say_what_is_missing(self, gaps: Sequence[str]) -> None:
        """Extend the base: a guide needs something to read."""
        super().say_what_is_missing([name for name in gaps if name != "url"])
        if "url" in gaps:
            self.complain("url", library.NOTHING_TO_READ)

    def is_blank(self) -> bool:
        """Extend the base: a file, a source or an address is something."""
        has_file = any(self.files.values()) or (self.stored is not None and self.stored.files)
        return not (has_file or self.url.data or self.source.data) and super().is_blank()

    def attached(self) -> dict[str, str]:
        """Return the text of the files that the guide will have; extracts it now if the job has not yet."""
        texts = {}
        for lang in LANGUAGES:
            file = self.files.get(lang, self.stored.file_in(lang) if self.stored else None)
            if file is not None:
                words = file.words if isinstance(file, GuideFile) else None
                texts[f"file_{lang}"] = uploads.words_in(file.kind, file.content) if words is None else words
        return texts


editor_blueprint = AudienceBlueprint(
    "guides_editor",
    __name__,
    audience=members("organizer", "community_lead"),
    url_prefix="/<lang:lang>/team/guides",
    # Even an upload of twice the allowed size gets a response that keeps the submitted text.
    largest=4 * MOST_FILE_BYTES,
)


class GuideEditor(PublishingEditor[Guide, GuideForm]):
    name, template = "guide", "news/edit.html"

    def find(self, row_id: int, *, to_change: bool) -> Guide:
        return library.editable_guide(row_id, to_change=to_change)

    def form(self, row: Guide | None) -> GuideForm:
        return GuideForm(row)

    def keep(self, form: GuideForm, row: Guide | None) -> Guide:
        if row is None:
            return library.draft_guide(form.values_with_new_tag(), current_user.id, form.files)
        library.edit_guide(row, form.values_with_new_tag(), current_user.id, form.files, same=bool(form.same.data))
        return row

    def let_out(self, row: Guide, _form: GuideForm) -> None:
        library.publish_guide(row, current_user.id)
        say_published()


EDITOR = GuideEditor(editor_blueprint)


@editor_blueprint.get("/")
def index() -> str:
    page = page_asked()
    listed = select(Guide).order_by(Guide.published_at.is_(None).desc(), Guide.updated_at.desc(), Guide.id)
    rows, more = numbered_page(listed, page, EDITOR_PAGE)
    return render_template("news/editor_index.html", rows=rows, page=page, more=more)


@editor_blueprint.post("/<int:guide_id>/take-back")
def take_back(guide_id: int) -> Response:
    guide = library.editable_guide(guide_id, to_change=True)
    library.take_back_guide(guide, current_user.id)
    return done(EDITOR.address(guide), _("It is a draft again, and no longer in the library."))


@editor_blueprint.get("/<int:guide_id>/file/<code>", endpoint="file")
def file_of_draft(guide_id: int, code: str) -> FlaskResponse:
    """Send a file as residents will get it, before publication."""
    guide = library.editable_guide(guide_id)
    return _download(guide, existing(guide.file_in(code)))


def _download(guide: Guide, file: GuideFile) -> FlaskResponse:
    return uploads.download(slug_of(guide.title[file.lang], file.lang), file.kind, file.content)


public_blueprint = AudienceBlueprint("guides", __name__, audience=PUBLIC, url_prefix="/<lang:lang>/guides")
public_blueprint.app_template_filter("in_language")(lambda written_in: str(library.IN_LANGUAGE[written_in]))
public_blueprint.app_template_filter("file_facts")(lambda file: uploads.facts_of(file.kind, file.size))
public_blueprint.app_template_filter("take_along")(lambda file: str(library.TAKE_ALONG[file.lang]))


@public_blueprint.get("/", endpoint="index")
@public_blueprint.get("/<tag>/", endpoint="tagged")
@shared_page
def guides(tag: str | None = None) -> str:
    """List the published guides, or those with a tag. A tag that only drafts have would reveal what is prepared."""
    guides = library.public_guides()
    tags = {known.slug: known for guide in guides for known in guide.tags}
    chosen = existing(tags.get(tag)) if tag else None
    shown = [guide for guide in guides if chosen is None or chosen in guide.tags]
    return render_template("news/guides.html", guides=shown, tags=by_name(tags.values()), chosen=chosen)


@public_blueprint.get("/read/<slug>")
@shared_page
def guide(slug: str) -> str:
    guide = library.public_guide(slug)
    return render_template("news/guides_page.html", guide=existing(guide if guide.has_page else None))


@public_blueprint.get("/file/<slug>/<code>")
def file(slug: str, code: str) -> FlaskResponse:
    """Send a file. It bypasses the page cache: a few files would evict all pages."""
    guide = library.public_guide(slug)
    stored = existing(guide.file_in(code))
    return uploads.for_everybody(_download(guide, stored), stored.digest)
