"""Mails about polls: neutral enough for somebody else's eyes, worded as on file.

To accept a change of words, run with SNAPSHOTS=write and commit.
"""

from __future__ import annotations

import os
import re
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from portal.core.i18n import speaking
from portal.core.web import Portal
from portal.partners.polls.texts import PollNews, date_mail, reminder_mail
from tests.sms.test_texts import FORBIDDEN

FOLDER = Path(__file__).parent / "snapshots"
STARTS, ENDS = datetime(2026, 12, 3, 23, tzinfo=UTC), datetime(2026, 12, 4, 0, 30, tzinfo=UTC)
TELLING = "circle|círculo|voice|voces|police|policía|church|iglesia|session|sesión|call-in|reconcil"


def written(lang: str) -> dict[str, str]:
    with speaking(lang):
        mails = {f"date {news.value}": "\n".join(date_mail(STARTS, ENDS, news)) for news in PollNews}
        return {**mails, "reminder": "\n".join(reminder_mail(date(2026, 11, 28)))}


@pytest.mark.parametrize("lang", ["en", "es"])
def test_words_are_as_on_file(app: Portal, lang: str) -> None:
    app.settings = app.settings.model_copy(update={"sms_number": "+13365550100"})
    with app.app_context():
        shown = "".join(f"# {name}\n{words.rstrip()}\n\n" for name, words in written(lang).items())
    path = FOLDER / f"polls-{lang}.txt"
    if os.environ.get("SNAPSHOTS") == "write":
        path.parent.mkdir(exist_ok=True)
        path.write_text(shown)
    assert shown == path.read_text()


@pytest.mark.parametrize("lang", ["en", "es"])
def test_they_give_nobody_away(app: Portal, lang: str) -> None:
    with app.app_context():
        for name, words in written(lang).items():
            assert not re.search(f"{FORBIDDEN}|{TELLING}", words.casefold()), name
