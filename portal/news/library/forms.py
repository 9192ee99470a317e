"""The form for a guide."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from flask_babel import lazy_gettext as _l
from flask_wtf.file import FileField
from werkzeug.datastructures import FileStorage
from wtforms import BooleanField, Field, SelectChoice, SelectField, SelectMultipleField
from wtforms.widgets import CheckboxInput, ListWidget

from portal.core.editing import ParityForm, both, credit_fields, english, line, lines, spanish
from portal.core.files.apart import NotTaken
from portal.core.files.cleaning import clean
from portal.core.files.kinds import MOST_FILE_BYTES, CleanFile
from portal.core.files.texts import NOT_TAKEN
from portal.core.forms import refuse
from portal.core.i18n import LANGUAGES, Bilingual, language
from portal.news.library.models import Guide, GuideDraft
from portal.news.library.queries import by_name
from portal.news.library.rules import WrittenIn, is_address, year_of
from portal.news.library.texts import HALF_A_TAG, IN_LANGUAGE, MISSING, NO_ADDRESS, NO_YEAR, NOTHING_TO_READ
from portal.news.tags import Tag

TITLE, ABOUT, BODY, NEW_TAG = _l("Title"), _l("What it says"), _l("Text to read and print"), _l("New tag")
FILE, DROP = _l("File to take along"), _l("Erase the file")
PAIRS = ("title", "about", "body")


class TaggedForm(ParityForm):
    """A form for something that has tags: existing ones, and perhaps a new one in both languages."""

    tags = SelectMultipleField(_l("Tags"), widget=ListWidget(prefix_label=False), option_widget=CheckboxInput())
    new_tag_en, new_tag_es = line(english(NEW_TAG), 40), line(spanish(NEW_TAG), 40)

    def offer(self, tags: Sequence[Tag]) -> None:
        """The tags to choose from."""
        self._tags = {tag.slug: tag for tag in tags}
        self.tags.choices = [SelectChoice(tag.slug, tag.name[language()]) for tag in tags]

    def validate_new_tag_es(self, _field: Field) -> None:
        """A tag in one language would be a hole in the other one's list."""
        name = self.new_tag
        if bool(name.en) != bool(name.es):
            refuse(HALF_A_TAG)

    @property
    def new_tag(self) -> Bilingual:
        """The name of a tag that is not there yet; empty when none is wanted."""
        return self.pair("new_tag")

    @property
    def chosen(self) -> list[Tag]:
        """The existing tags that were chosen."""
        return [self._tags[name] for name in self.tags.data or () if name in self._tags]

    def tag_names(self, lang: str) -> list[str]:
        """What the tags that it will have are called, also the one that is not there yet."""
        return [tag.name[lang] for tag in self.chosen] + ([self.new_tag[lang]] if self.new_tag[lang] else [])

    def differences(self, stored: Mapping[str, Any]) -> list[tuple[Field, str]]:
        """As for any text; tags by their names."""
        names = ", ".join(self._tags[name].name[language()] for name in stored["tags"] if name in self._tags)
        return [(field, names if field is self.tags else said) for field, said in super().differences(stored)]


class GuideForm(TaggedForm):
    """A guide, English and Spanish side by side. A draft may leave anything empty."""

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
        """Every file is made clean here; one that cannot be is an error beside its field."""
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
        """Whether files came with it: a page that is shown again cannot hold them, so they must be chosen again."""
        return any(isinstance(self[f"file_{lang}"].data, FileStorage) for lang in LANGUAGES)

    def validate_url(self, field: Field) -> None:
        """Only whole addresses of web pages."""
        if field.data and not is_address(field.data):
            refuse(NO_ADDRESS)

    def validate_year(self, field: Field) -> None:
        """Four digits or nothing."""
        try:
            year_of(field.data or "")
        except ValueError:
            refuse(NO_YEAR)

    def draft(self, added: Sequence[Tag] = ()) -> GuideDraft:
        """What was typed, with tags that were `added` for it."""
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
        """Put what `rules.missing` found beside the fields."""
        for name in gaps:
            self.complain(name, NOTHING_TO_READ if name == "url" else MISSING)


def as_typed(guide: Guide) -> dict[str, Any]:
    """A guide as the fields of the form hold it."""
    values: dict[str, Any] = {"url": guide.url, "source": guide.source, "written_in": guide.written_in}
    values |= {"year": str(guide.year or ""), "tags": [tag.slug for tag in by_name(guide.tags)]}
    values |= credit_fields(guide.credit)
    for name in PAIRS:
        values |= both(name, getattr(guide, name))
    return values
