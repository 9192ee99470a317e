"""The Spanish of the interface: compiled by the portal itself, once for each version of the catalogue.

People edit the catalogue in `translations/`; nothing beside it is built. What a program reads is made at the
first start and kept in the data folder, under the digest of its source. So no step of an installation can be forgotten
that would leave `/es/` in English.
"""

from __future__ import annotations

import logging
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING

from babel.support import NullTranslations, Translations

from portal.config import ROOT, BadSettings
from portal.core.made_once import digest, made_once

if TYPE_CHECKING:
    from babel.messages.catalog import Catalog, Message

TRANSLATIONS = ROOT / "translations"
TEMPLATE = "messages.pot"
SPANISH = "es/LC_MESSAGES/messages.po"
log = logging.getLogger("portal")


def compiled(data_dir: Path, *, must_be_whole: bool, translations: Path = TRANSLATIONS) -> Path:
    """The folder of the compiled catalogue; raises `BadSettings` if there is none or only part of it."""
    template, spanish = translations / TEMPLATE, translations / SPANISH
    try:
        content = digest([template.read_bytes(), spanish.read_bytes()])
    except OSError as error:
        raise BadSettings(f"{error.filename} cannot be read: without it the portal has no Spanish") from None
    folder = data_dir / "translations" / f"{'whole' if must_be_whole else 'any'}-{content}"
    return made_once(folder, partial(_compile, template, spanish, must_be_whole)).resolve()


def _compile(template: Path, source: Path, must_be_whole: bool, folder: Path) -> None:
    # A tenth of a second that only the first start takes.
    from babel.messages.mofile import write_mo

    spanish = _read(source)
    if missing := untranslated(_read(template), spanish):
        sentence = f"{source} is not whole: {len(missing)} text(s) without Spanish, such as “{missing[0]}”"
        if must_be_whole:
            raise BadSettings(sentence)
        log.warning(sentence)
    target = folder / "es" / "LC_MESSAGES"
    target.mkdir(parents=True)
    with (target / "messages.mo").open("wb") as file:
        write_mo(file, spanish)


def _read(source: Path) -> Catalog:
    from babel.messages.pofile import read_po

    try:
        with source.open("rb") as file:
            return read_po(file, locale="es")
    except UnicodeDecodeError:
        raise BadSettings(f"{source} is damaged: without it the portal has no Spanish") from None


def untranslated(template: Catalog, spanish: Catalog) -> list[str]:
    """The English of every text of the template that there is no Spanish for, or only a guess."""
    return [_forms(asked.id)[0] for asked in template if asked.id and not _is_translated(spanish.get(asked.id))]


def _is_translated(message: Message | None) -> bool:
    return message is not None and not message.fuzzy and all(_forms(message.string))


def _forms(text: str | tuple[str, ...] | list[str] | None) -> tuple[str, ...]:
    return tuple(text) if isinstance(text, list | tuple) else (text or "",)


@cache
def catalogue(folder: Path, locale: str) -> NullTranslations:
    """The texts of the interface in one language."""
    return Translations.load(str(folder), [locale])
