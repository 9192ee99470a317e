"""How long files of figures are kept, and for how long an import can be undone."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import and_

from portal.core.purge import Rule
from portal.indicators.imports.models import Upload
from portal.indicators.models import Import

ERASED_OF_FIGURES = (
    Rule(
        "files of figures",
        "a day after they were sent in, or as soon as they are taken over",
        "the whole file, and what was read in it",
        Upload,
        lambda now: Upload.sent_at <= now - timedelta(days=1),
        hourly=True,
    ),
    Rule(
        "what imports of figures changed",
        "90 days, after which they cannot be undone",
        "what stood there before; which file, who and when is kept",
        Import,
        lambda now: and_(Import.made_at <= now - timedelta(days=90), Import.changes.is_not(None)),
        instead={"changes": None},
    ),
)
