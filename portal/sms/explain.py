"""`flask sms explain`: every reader's verdict on a text, and the answer; nothing is stored."""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path

import click
from flask.cli import AppGroup

from portal.core.db import db
from portal.core.i18n import speaking
from portal.core.portal import current_portal
from portal.meetings.rsvp.reminder_times import Reminder
from portal.meetings.rsvp.texts import TEXTED, Texted
from portal.reports.teaching import erase_examples, examples
from portal.sms.dialogue import hear
from portal.sms.effects import Code, DialogueState, DialogueStep, SpokenAnswer
from portal.sms.keywords import KNOWN_LANGUAGES
from portal.sms.reading import PhoneContext, Reading, ReceivedText, Verdict, read, verdicts
from portal.sms.segments import clean
from portal.sms.texts import compose

AFTER = {
    "nothing": PhoneContext(),
    "reminder": PhoneContext(told=(Reminder.DAY,), told_since=(Reminder.DAY,), has_seat=lambda: True),
    "report": PhoneContext(step=DialogueStep.WHERE, in_report=True),
    "meeting": PhoneContext(step=DialogueStep.MEETING, has_seat=lambda: True),
    "stopped": PhoneContext(opted_out=True),
    "doubt": PhoneContext(doubted=True),
}
"""What the phone was told before, as far as a text is read by it."""
ABOUT_MEETINGS = {
    Verdict.QUESTION: Texted.ASKED_HOST,
    Verdict.LATE: Texted.LATE,
    Verdict.EITHER: Texted.EITHER,
    Verdict.CANCEL_WHICH: Texted.CANCEL_WHAT,
    Verdict.NEARLY: Texted.NEARLY,
    Verdict.NEXT_MEETING: Texted.NEXT,
}
commands = AppGroup("sms", help="Text messages.")


@commands.command("explain")
@click.argument("text")
@click.option("--after", type=click.Choice(tuple(AFTER)), default="nothing", help="What the phone was told before.")
@click.option("--lang", type=click.Choice(("en", "es")), help="The language of the conversation so far.")
@click.option("--code", "codes", multiple=True, help="The text code of a meeting to come.")
def explain(text: str, after: str, lang: str | None, codes: tuple[str, ...]) -> None:
    """Print every reader's verdict on TEXT in order, and what is answered. Nothing is stored."""
    phone = AFTER[after]
    phone = PhoneContext(**{**vars(phone), "language": KNOWN_LANGUAGES.get(lang), "codes": lambda: codes})
    received = ReceivedText(clean(text))
    decided = False
    for name, reading in verdicts(received, phone):
        mark = "=>" if reading and not decided else "  "
        click.echo(f"{mark} {name:14} {said_of(reading) if reading else '-'}")
        decided = decided or reading is not None
    reading = read(received, phone)
    if reading.help:
        click.echo(f"   calls for {', '.join(reading.help)}")
    for answer in answers(received, phone, reading) or ["(nothing)"]:
        click.echo(f"answer: {answer}")


def said_of(reading: Reading) -> str:
    """Return a verdict with what it carries."""
    parts = (reading.command, reading.about, reading.choice, reading.rsvp, reading.near)
    return " ".join((reading.verdict, *(str(part) for part in parts if part is not None)))


def answers(text: ReceivedText, phone: PhoneContext, reading: Reading) -> list[str]:
    """Return what the phone would be answered; names and dates of a meeting are left open."""
    if reading.verdict in ABOUT_MEETINGS:
        with speaking(phone.language or "en"):
            return [str(TEXTED[ABOUT_MEETINGS[reading.verdict]]) % defaultdict(lambda: "…")]
    if reading.verdict in (Verdict.MEETING, Verdict.SLIP, Verdict.BETTER) or phone.waiting:
        return ["(as it stands with that meeting, slip or report)"]
    if reading.verdict in (Verdict.FOLLOW, Verdict.UNFOLLOW):
        return ["(as it stands with what this phone follows)"]
    thread_id = 1 if phone.in_report else None
    talk = DialogueState(phone.step, phone.language, thread_id, phone.opted_out, doubted=phone.doubted)
    heard = hear(talk, text.body, reading=reading, code=Code.WRONG)
    settings = current_portal.settings
    notes = (settings.immigration_note_en, settings.immigration_note_es)
    return [
        compose(
            effect.say,
            effect.language,
            site=settings.site_name,
            code="…",
            url="…",
            notes=notes,
        )
        for effect in heard.effects
        if isinstance(effect, SpokenAnswer)
    ]


@commands.command("examples")
@click.argument("file", type=click.Path(dir_okay=False, writable=True, path_type=Path))
def take_out_examples(file: Path) -> None:
    """Write what desks taught to FILE, a line for each example, grouped by meaning; then erase it here."""
    with db.work():
        lines = examples()
        with file.open("a", encoding="utf-8") as out:
            out.writelines(f"{line}\n" for line in lines.values())
        erase_examples(lines)
    click.echo(f"{len(lines)} examples")
