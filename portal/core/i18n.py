"""The two languages: the language of a page, texts that exist in both, and dates as each language writes them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Any, ClassVar, Literal, cast

from babel.dates import format_date as formatted_date
from flask import current_app, g, has_request_context, request, url_for
from flask_babel import Babel, Domain, force_locale, format_datetime, format_decimal, get_locale, lazy_gettext
from sqlalchemy import Enum, String, Text, inspect
from sqlalchemy.orm import Bundle, Mapped, MappedColumn, mapped_column
from werkzeug.exceptions import HTTPException
from werkzeug.routing import BaseConverter, RequestRedirect

from portal.config import Environment
from portal.core.assets import compiled_catalogue
from portal.core.clock import today, zone
from portal.core.db import Encrypted
from portal.core.hosts import site_address
from portal.core.parity import Credit, Translation, is_stale, stale_after
from portal.core.portal import Portal

LANGUAGES = ("en", "es")
# Spanish is formatted as in the United States: 6:30 p. m. and 12,345.6 (plain "es" writes 18:30 and 12.345,6).
LOCALES = {"en": "en_US", "es": "es_US"}
DateStyle = Literal["full", "long", "medium"]
NEAR = timedelta(days=182)
WITHOUT_YEAR = {
    "en": {"full": "EEEE, MMMM d", "long": "MMMM d", "medium": "MMM d"},
    "es": {"full": "EEEE, d 'de' MMMM", "long": "d 'de' MMMM", "medium": "d MMM"},
}
NAMES = {"en": "English", "es": "Español"}
"""Each language's own name, for people who choose theirs. Elsewhere use `language_here`."""


@dataclass(frozen=True)
class Bilingual:
    """A text that exists in both languages; neither may be empty when it is published."""

    en: str
    es: str

    def __getitem__(self, language: str) -> str:
        return self.es if language == "es" else self.en

    def __str__(self) -> str:
        return self[language()]

    @property
    def is_whole(self) -> bool:
        return bool(self.en.strip() and self.es.strip())


class ValueBundle(Bundle[Any]):
    """The columns of a value in a query, read as the value; None where all of them are."""

    inherit_cache = True

    def __init__(self, name: str, kind: type[Any], columns: Sequence[Any]) -> None:
        super().__init__(name, *columns)
        self.kind = kind

    def create_row_processor(self, _query: Any, procs: Sequence[Any], _labels: Sequence[str]) -> Callable[[Any], Any]:
        def made(row: Any) -> Any:
            values = [read(row) for read in procs]
            return None if all(value is None for value in values) else self.kind(*values)

        return made


class ValueOf:
    """An attribute of a row whose value, a data class, lies in several columns of their own names.

    Made when it is read. SQLAlchemy's `composite` makes it for each row that is loaded, and took 30 ms of the start. In
    a query the attribute of the class selects the columns and makes the value.
    """

    def __init__(self, kind: type[Any], columns: Mapping[str, MappedColumn[str]]) -> None:
        self._kind, self._columns = kind, columns
        self._parts = tuple(zip(columns, kind.__match_args__, strict=True))

    def __set_name__(self, model: type[Any], name: str) -> None:
        self._name = name
        for name, column in self._columns.items():
            setattr(model, name, column)

    def __get__(self, row: Any, model: type[Any]) -> Any:
        if row is None:
            if inspect(model, raiseerr=False) is None:
                return self
            return ValueBundle(self._name, self._kind, [getattr(model, name) for name in self._columns])
        values = [getattr(row, name) for name, _part in self._parts]
        # Before the first flush nothing has its default yet.
        return None if all(value is None for value in values) else self._kind(*values)

    def __set__(self, row: Any, value: Any) -> None:
        for name, part in self._parts:
            setattr(row, name, getattr(value, part))


def bilingual(name: str, *, may_be_empty: bool = False, encrypted: bool = False) -> Mapped[Bilingual]:
    """Two required text columns `<name>_en` and `<name>_es`, read and set as one `Bilingual`."""
    kind = Encrypted() if encrypted else Text()
    given: dict[str, Any] = {"default": ""} if may_be_empty else {}
    columns = {(half := f"{name}_{lang}"): mapped_column(half, kind, nullable=False, **given) for lang in LANGUAGES}
    return cast("Mapped[Bilingual]", ValueOf(Bilingual, columns))


class LanguageConverter(BaseConverter):
    regex = "en|es"
    part_isolating = True


def language() -> str:
    """Return the language of this request, or of the current `speaking` block of a job."""
    lang: str = g.get("lang", "en")
    return lang


class BothLanguages(Domain):
    """The texts by `language()`: Flask-Babel looks up the locale and its name anew for each text of a page."""

    def get_translations(self) -> Any:
        lang = language()
        if lang not in self.cache:
            self.cache[lang] = super().get_translations()
        return self.cache[lang]


def other_language() -> str:
    return "es" if language() == "en" else "en"


@contextmanager
def speaking(lang: str) -> Iterator[None]:
    """Use `lang` for everything inside: for texts and mails to another person than the caller."""
    before = g.get("lang")
    g.lang = lang
    try:
        with force_locale(LOCALES[lang]):
            yield
    finally:
        if before is None:
            g.pop("lang")
        else:
            g.lang = before


def in_language(lang: str, caller: Callable[[], str]) -> str:
    """Return what `caller` returns in that language, independent of the page's: a template's `call` block, too."""
    with speaking(lang):
        return caller()


def start(app: Portal) -> None:
    """Add the language to URLs, templates and formats. Raises `BadSettings` if the Spanish catalogue is incomplete."""
    settings = app.settings
    folder = compiled_catalogue(settings.data_dir, must_be_whole=settings.environment is Environment.PRODUCTION)
    app.url_map.converters["lang"] = LanguageConverter
    app.config["BABEL_TRANSLATION_DIRECTORIES"] = str(folder)
    babel = Babel(app, locale_selector=lambda: LOCALES[language()], timezone_selector=lambda: settings.timezone)
    babel.domain_instance = BothLanguages()
    app.url_value_preprocessor(_take_language)
    app.url_defaults(_give_language)
    app.jinja_env.globals.update(
        # For what templates make once for all pages.
        _l=lazy_gettext,
        addresses_of_page=addresses_of_page,
        in_language=in_language,
        language_here=language_here,
        language_name=NAMES.__getitem__,
        other_language_url=other_language_url,
    )
    app.context_processor(lambda: {"lang": language()})
    filters = {"clock": clock, "date": date_words, "date_parts": date_parts, "day": day, "moment": moment}
    app.jinja_env.filters |= {**filters, "number": number, "stale_in": is_stale, "undirected": undirected}
    app.after_request(_say_language)


def negotiate() -> str:
    """Return the language that the browser asks for, English if it asks for neither."""
    return request.accept_languages.best_match(LANGUAGES, default="en") or "en"


def other_language_url() -> str:
    """Return this page's URL in the other language; the home page on errors, which must not repeat their URL."""
    other = other_language()
    address = _in_languages().get(other, "")
    return address if address and can_be_read(address) else url_for("home.front", lang=other)


def addresses_of_page() -> dict[str, str]:
    """Return this page's full URL in each language; empty on errors and private pages, which must not say theirs."""
    paths = {} if "is_private" in g else _in_languages()
    base = site_address()
    return {lang: base + path for lang, path in paths.items()} if paths and can_be_read(paths["en"]) else {}


def _in_languages() -> dict[str, str]:
    """Return this page's path in each language; empty on errors, and where it has no language."""
    endpoint = request.endpoint
    if endpoint is None or "is_error" in g or not current_app.url_map.is_endpoint_expecting(endpoint, "lang"):
        return {}
    return {lang: url_for(endpoint, **{**(request.view_args or {}), "lang": lang}) for lang in LANGUAGES}


def can_be_read(address: str) -> bool:
    """Return whether a link may lead there: some URLs only accept forms."""
    try:
        current_app.url_map.bind("").match(address, method="GET")
    except RequestRedirect:
        return True
    except HTTPException:
        return False
    return True


# Characters that change the direction of the text after them: with them a plate or a number can be shown backwards.
DIRECTIONS = dict.fromkeys((*range(0x202A, 0x202F), *range(0x2066, 0x206A)), "\ufffd")


def language_here(code: str) -> str:
    """Return a language's name in the reader's language, as within a sentence: "inglés"."""
    return str(get_locale().languages[code])


def undirected(text: str) -> str:
    """Return user-supplied text with its direction marks made visible instead of effective."""
    return text.translate(DIRECTIONS)


def number(value: float) -> str:
    """Return a number formatted for the reader's language: 10,000."""
    # A count below a thousand is the same in every language, and tables have thousands of them.
    return str(value) if type(value) is int and -1_000 < value < 1_000 else str(format_decimal(value))


def percent(said: str) -> str:
    """Return a formatted number with a percent sign as the reader's language sets it."""
    return f"{said} %" if language() == "es" else f"{said}%"


def day(value: date) -> str:
    """Return a date in words with the day of the week, in the reader's language."""
    return date_words(value, "full")


def date_words(value: date, style: DateStyle = "long") -> str:
    """Return a date in words; without its year within half a year, when nobody takes it for another."""
    # A moment has a day only in the city's zone.
    on = value.astimezone(zone()).date() if isinstance(value, datetime) else value
    form = WITHOUT_YEAR[language()][style] if abs(on - today()) <= NEAR else style
    return _date_in_words(on, form, LOCALES[language()])


def date_parts(value: datetime) -> tuple[str, str, str]:
    """Return weekday, day and month as on the leaf of a calendar, with the year if it is not near."""
    is_near = abs(value.astimezone(zone()).date() - today()) <= NEAR
    weekday, number, month = (format_datetime(value, form) for form in ("EEE", "d", "LLLL" if is_near else "LLL y"))
    return str(weekday).rstrip("."), str(number), str(month)


@lru_cache(maxsize=1_000)
def _date_in_words(value: date, style: str, locale: str) -> str:
    return formatted_date(value, style, locale)


def moment(value: datetime) -> str:
    """Return date and time in words, in the city's zone; to the minute, as people make appointments."""
    return f"{date_words(value, 'medium')}, {clock(value)}"


def clock(value: datetime) -> str:
    return str(format_datetime(value, "h:mm a"))


def _take_language(endpoint: str | None, values: dict[str, Any] | None) -> None:
    if values and "lang" in values:
        g.lang = values.pop("lang")
    elif endpoint is None or request.path == "/":
        # A page that does not exist still answers in the language of its URL.
        first = request.path.split("/", 2)[1]
        g.lang = first if first in LANGUAGES else negotiate()


def _give_language(endpoint: str, values: dict[str, Any]) -> None:
    if "lang" not in values and current_app.url_map.is_endpoint_expecting(endpoint, "lang"):
        values["lang"] = language()


def _say_language(response: Any) -> Any:
    if has_request_context() and "lang" in g and response.mimetype == "text/html":
        response.headers["Content-Language"] = g.lang
    return response


NOTHING = Bilingual(en="", es="")


class Translated:
    """Mixin for models with texts in both languages: records which language is older and who translated it."""

    PARITY: ClassVar[tuple[str, ...]]
    """The names of its `Bilingual` attributes."""

    stale: Mapped[str] = mapped_column(Text, default="")
    """The marks of `parity.stale_after`, sorted, separated by spaces."""

    credit: Mapped[Credit] = cast(
        "Mapped[Credit]",
        ValueOf(
            Credit,
            {
                name: mapped_column(name, kind, default=usual, nullable=False)
                for name, kind, usual in (
                    ("original", Enum(*LANGUAGES, native_enum=False), "en"),
                    (
                        "translation",
                        Enum(*map(str, Translation), native_enum=False, length=10),
                        str(Translation.PERSON),
                    ),
                    ("translated_by", String(80), ""),
                    ("reviewed_by", String(80), ""),
                )
            },
        ),
    )

    @property
    def stale_fields(self) -> frozenset[str]:
        return frozenset((self.stale or "").split())

    @property
    def texts(self) -> dict[str, Bilingual]:
        texts = {name: getattr(self, name) for name in self.PARITY}
        # Before the first flush a text may be None.
        return {name: text if text and text.en is not None else NOTHING for name, text in texts.items()}

    def take_values(self, values: Mapping[str, Any], *, same: bool = False, **besides: Bilingual) -> None:
        """Set attributes, and mark the texts that are now older; `same`: an editor vouches that both sides agree.

        `besides` are further pairs that must agree, under names that `texts` also gives.
        """
        texts = self.texts | {name: values[name] for name in self.PARITY if name in values} | besides
        stale = frozenset[str]() if same else stale_after(self.texts, texts, self.stale_fields)
        self.stale = " ".join(sorted(stale))
        for name, value in values.items():
            setattr(self, name, value)
