"""The Spanish catalogue of the interface, compiled by the portal itself once per version.

People edit the catalogue in `translations/`; nothing is built beside it. The compiled catalogue is written at the first
start into the data folder, under the digest of its source, so that no forgotten installation step leaves `/es/` in
English.
"""

from __future__ import annotations

import logging
import re
from functools import partial
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

from portal.config import ROOT, BadSettings
from portal.core.assets import digest, made_once
from portal.core.logs import LogEvent

if TYPE_CHECKING:
    from babel.messages.catalog import Catalog


TRANSLATIONS = ROOT / "translations"
SPANISH = "es/LC_MESSAGES/messages.po"
_LAST_QUOTE = re.compile(rb'[^\\]"\s*\Z')
MISSING = LogEvent("texts.missing", logging.WARNING, "{count} text(s) without Spanish; they are shown in English")


def compiled(data_dir: Path, *, must_be_whole: bool, translations: Path = TRANSLATIONS) -> Path:
    """Return the folder of the compiled catalogue; raises `BadSettings` if the source is missing or incomplete."""
    spanish = translations / SPANISH
    try:
        content = digest([spanish.read_bytes()])
    except OSError as error:
        raise BadSettings(f"{error.filename} cannot be read: without it the portal has no Spanish") from None
    folder = data_dir / "translations" / f"{'whole' if must_be_whole else 'any'}-{content}"
    return made_once(folder, partial(_compile, spanish, must_be_whole)).resolve()


def _compile(source: Path, must_be_whole: bool, folder: Path) -> None:
    # The import takes a tenth of a second, which only the first start spends.
    from babel.messages.mofile import write_mo

    spanish = read(source)
    missing = untranslated(spanish)
    if missing and must_be_whole:
        raise BadSettings(f"{source} is not whole: {len(missing)} text(s) without Spanish, such as “{missing[0]}”")
    if missing:
        MISSING.log(count=len(missing))
    target = folder / "es" / "LC_MESSAGES"
    target.mkdir(parents=True)
    with (target / "messages.mo").open("wb") as file:
        write_mo(file, spanish)


def read(source: Path) -> Catalog:
    """Return the catalogue in this file. Raises `BadSettings` if it is damaged or ends in the middle of a text."""
    from babel.messages.pofile import PoFileError, read_po

    content = source.read_bytes()
    try:
        spanish = read_po(BytesIO(content), locale="es", abort_invalid=True)
    except (UnicodeDecodeError, PoFileError):
        spanish = None
    # Babel accepts a text whose closing quote is missing.
    if not spanish or not _LAST_QUOTE.search(content):
        raise BadSettings(f"{source} is damaged: without it the portal has no Spanish") from None
    return spanish


def untranslated(spanish: Catalog) -> list[str]:
    """Return the English of every text without a Spanish translation, or with a fuzzy one.

    Whether the catalogue has every text of the sources is tested before a change is merged.
    """

    def forms(text: Any) -> tuple[str, ...]:
        return tuple(text) if isinstance(text, list | tuple) else (text or "",)

    texts = (message for message in spanish if message.id)
    return [forms(message.id)[0] for message in texts if message.fuzzy or not all(forms(message.string))]
