"""What members are reminded with: neutral enough for a stranger's eyes, short, worded as on file.

To accept a change of words, run with SNAPSHOTS=write and commit.
"""

import os
import re
from datetime import date, timedelta
from pathlib import Path

from portal.accounts import reminders
from portal.accounts.reminders import Due, Nearness, due_words, reminder_text
from portal.core.i18n import speaking
from portal.core.sms.segments import Encoding, segments
from portal.partners import board_reminders
from portal.reports import notices
from tests.sms.test_texts import FORBIDDEN

FOLDER = Path(__file__).parent / "snapshots"
TELLING = (
    r"circle|círculo|voice|\bvoz|voces|church|iglesia|session|sesión|call-in|llamado|reconcil|promise|promes|compromi|"
    r"commitment|famil|meeting|reunión"
)
# The longest that a month is written in few letters.
LONG_DAY = date(2026, 9, 28)


def due(nearness, about="promise 1", days=0):
    return Due(LONG_DAY + timedelta(days=days), about, nearness, 1)


def sentences(monkeypatch):
    several = [due(Nearness.LATE), *(due(Nearness.WEEK, f"promise {one}", 1) for one in range(11))]
    found = {
        "due": due_words([due(Nearness.WEEK)]),
        "late": due_words([due(Nearness.LATE)]),
        "several": due_words(several),
        "a step": board_reminders.session_words([due(Nearness.EVE, "circle step 1 first")]),
        "after its day": board_reminders.session_words([due(Nearness.LATE, "circle call-in 1")]),
    }
    for ready in (True, False):
        monkeypatch.setattr(board_reminders, "is_ready", lambda _about, ready=ready: ready)
        found[f"ahead, {'ready' if ready else 'not ready'}"] = board_reminders.session_words(
            [due(Nearness.WEEK, "circle session 1")]
        )
    return found


def written(app, lang, monkeypatch):
    """What goes out by text, and what goes out by mail."""
    with app.app_context(), speaking(lang):
        said = sentences(monkeypatch)
        texts = {f"text: {name}": reminder_text(words) for name, words in said.items()}
        mails = {f"mail: {name}": "\n\n".join(reminders.reminder_mail(words)) for name, words in said.items()}
        desk = {"something": notices.SOMETHING, "nothing": notices.NOTHING, "urgent": notices.URGENT}
        mails |= {f"mail: desk, {name}": "\n\n".join(reminders.desk_mail(str(words))) for name, words in desk.items()}
        urgent = {"text: desk, urgent": reminder_text(str(notices.URGENT))}
        return {**texts, **urgent, "text: code": reminders.code_text("123456")}, mails


def test_they_tell_a_stranger_nothing(app, monkeypatch):
    for lang in ("en", "es"):
        texts, mails = written(app, lang, monkeypatch)
        found = {
            name: re.search(f"{FORBIDDEN}|{TELLING}", words.casefold()) for name, words in {**texts, **mails}.items()
        }
        assert {name: told for name, told in found.items() if told} == {}
        with app.app_context(), speaking(lang):
            said = {**texts, **mails, "consent": str(reminders.CONSENT)}
        shown = "".join(f"# {name}\n{words.rstrip()}\n\n" for name, words in said.items())
        path = FOLDER / f"reminders-{lang}.txt"
        if os.environ.get("SNAPSHOTS") == "write":
            path.write_text(shown)
        assert shown == path.read_text()


def test_text_is_one_or_two_segments_of_cheap_letters(app, monkeypatch):
    app.settings = app.settings.model_copy(update={"site_name": "S" * 24, "public_url": f"https://{'u' * 32}.org"})
    for lang in ("en", "es"):
        for name, words in written(app, lang, monkeypatch)[0].items():
            count = segments(words)
            assert count.encoding is Encoding.GSM7, (name, words)
            assert count.segments <= 2, (name, count.units)
