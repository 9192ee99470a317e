"""`flask sms explain` and `flask sms read`: what texts are taken for, and why; nothing is stored."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TextIO

import click
from flask.cli import AppGroup

from portal.core.db import db
from portal.core.reading.danger import Urgency
from portal.core.reading.reader import Meaning, model
from portal.meetings.rsvp.rules import Reminder
from portal.reports.desk_texts import erase_examples, examples
from portal.sms.dialogue import HeardText, hear
from portal.sms.effects import Code, DialogueStep, SpokenAnswer
from portal.sms.intake import FOLLOWS
from portal.sms.keywords import KNOWN_LANGUAGES, Keyword, clean
from portal.sms.needs import NOTHING
from portal.sms.policy import OF_STREET, takes_for
from portal.sms.reading import PhoneContext, ReceivedText, Verdict, read, verdicts
from portal.sms.texts import compose

AFTER = {
    "nothing": PhoneContext(),
    "reminder": PhoneContext(told=(Reminder.DAY,), told_since=(Reminder.DAY,), has_seat=lambda: True),
    "news": PhoneContext(follows=True),
    "question": PhoneContext(step=DialogueStep.WHERE, thread_id=1),
    "answer": PhoneContext(thread_id=1),
    "meeting": PhoneContext(step=DialogueStep.MEETING, has_seat=lambda: True),
    "stopped": PhoneContext(opted_out=True),
    "doubt": PhoneContext(doubted=True),
}
"""What the phone was told before, as far as a text is read by it."""
_READ = {
    **{verdict: verdict.value for verdict in Verdict if verdict.value in {meaning.value for meaning in Meaning}},
    Verdict.NOTHING: "nothing",
    Verdict.NO_NEWS: "unfollow",
    Verdict.QUESTION: "host",
    Verdict.LATE: "rsvp_late",
    Verdict.NEXT_MEETING: "meeting",
    Verdict.TAKE_BACK: "erase",
    Verdict.DOUBT: "person",
    **dict.fromkeys((Verdict.EITHER, Verdict.EITHER_AGAIN, Verdict.CANCEL_WHICH, Verdict.NEARLY), "ask"),
    **dict.fromkeys((Verdict.WHICH_QUESTION, Verdict.DOUBT_AGAIN), "ask"),
}
"""The labels of the sets of examples."""
_COMMANDS = {
    Keyword.STOP: "opt_out",
    Keyword.START: "opt_in",
    Keyword.DELETE: "erase",
    Keyword.HELP: "help",
    Keyword.SPANISH: "lang_es",
    Keyword.ENGLISH: "lang_en",
}
MOST_MEANINGS, MOST_GRAMS = 4, 6
commands = AppGroup("sms", help="Text messages.")


@commands.command("explain")
@click.argument("text")
@click.option("--after", type=click.Choice(tuple(AFTER)), default="nothing", help="What the phone was told before.")
@click.option("--lang", type=click.Choice(("en", "es")), help="The language of the conversation so far.")
@click.option("--code", "codes", multiple=True, help="The text code of a meeting to come.")
def explain(text: str, after: str, lang: str | None, codes: tuple[str, ...]) -> None:
    """Print every reader's verdict on TEXT, what it most likely means and why, and the answer. Nothing is stored."""
    phone = replace(AFTER[after], language=KNOWN_LANGUAGES.get(lang), codes=lambda: codes)
    received = ReceivedText(clean(text), after=phone.after)
    decided = False
    for name, reading in verdicts(received, phone):
        parts = (reading.command, reading.about, reading.choice, reading.rsvp, reading.near) if reading else ()
        words = " ".join((reading.verdict, *(str(part) for part in parts if part is not None))) if reading else "-"
        click.echo(f"{'=>' if reading and not decided else '  '} {name:14} {words}")
        decided = decided or reading is not None
    likely = received.likely
    for meaning in sorted(likely.of, key=likely.of.__getitem__, reverse=True)[:MOST_MEANINGS]:
        heavy = model().weighed(received.body, phone.after, meaning)[:MOST_GRAMS]
        grams = ", ".join(f"{gram[0]}:{gram[1:]} {weight:+.2f}" for gram, weight in heavy)
        click.echo(f"   {likely.of[meaning]:4.0%} {meaning:12} {grams}")
    reading = read(received, phone)
    if reading.help:
        click.echo(f"   calls for {', '.join(reading.help)}")
    answers = ["(as it stands with that meeting, slip, report or news)"]
    if reading.verdict not in FOLLOWS:
        heard = hear(phone, HeardText(received.body, reading, code=Code.WRONG))
        answers = [compose(effect, ("…",)) for effect in heard.effects if isinstance(effect, SpokenAnswer)]
    for answer in answers or ["(nothing)"]:
        click.echo(f"answer: {answer}")


def done_with(text: str, after: str) -> str:
    """Return the label of what would be done with a text of the sets of examples."""
    phone = AFTER[after or "nothing"]
    received = ReceivedText(clean(text), after=phone.after)
    reading = read(received, phone)
    if reading.help:
        return "danger" if reading.help[0] is Urgency.DANGER else "crisis"
    if reading.verdict is Verdict.MEETING and reading.rsvp:
        if reading.rsvp.needs != NOTHING and received.likely.best is Meaning.HOST:
            return "host"
        comes = "rsvp_yes" if reading.rsvp.party is None else "rsvp_number"
        return "thanks" if reading.rsvp.is_thanks else comes if reading.rsvp.comes else "rsvp_no"
    if reading.command:
        return _COMMANDS.get(reading.command, "report")
    if reading.verdict is Verdict.FORGET:
        likely = received.likely
        return max("opt_out", "erase", key=lambda label: likely.of[Meaning(label)])
    if reading.about:
        return reading.about if reading.about in ("answer", "treatment") else "about"
    if after == "stopped" and reading.verdict is Verdict.NOT_FOR_US and received.likely.best is not Meaning.NOT_FOR_US:
        return "nothing"
    if after == "stopped" and reading.verdict is Verdict.REPORT and takes_for(received.likely) not in OF_STREET:
        # Kept and not answered: a person decides.
        return "person"
    return _READ.get(reading.verdict, "report")


@commands.command("read")
@click.argument("file", type=click.File())
def read_file(file: TextIO) -> None:
    """Print for each line of FILE (JSON with text and after) what would be done, as `read`. Nothing is stored."""
    for line in file:
        row = json.loads(line)
        click.echo(json.dumps({**row, "read": done_with(row["text"], row.get("after", ""))}, ensure_ascii=False))


@commands.command("examples")
@click.argument("file", type=click.File("a", encoding="utf-8"))
def take_out_examples(file: TextIO) -> None:
    """Add what desks taught to FILE, grouped as in core/reading/examples; then erase it here."""
    with db.work():
        ids, lines = examples()
        file.write(lines)
        file.flush()
        erase_examples(ids)
    click.echo(f"{len(ids)} examples")
