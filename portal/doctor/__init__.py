"""`flask doctor`: checks whether this installation is fit to run, with results that an operator can act on."""

from __future__ import annotations

import ast
import json
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager
from datetime import datetime, timedelta
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import Any

import click
from cryptography.fernet import Fernet
from flask.cli import AppGroup
from sqlalchemy import func, select
from sqlalchemy.exc import SQLAlchemyError

from portal import config
from portal.accounts.roles import DeskKind
from portal.accounts.users import Desk, DeskKey, DeskKeyCopy, Member, active_key
from portal.config import Settings
from portal.core import migrations
from portal.core.cli import sentence
from portal.core.clock import now
from portal.core.crypto import CannotOpen
from portal.core.data_folder import LastDone, facts_of, note
from portal.core.db import db, session, table
from portal.core.jobs.engine import current_engine
from portal.core.jobs.outbox import LATE, OutboundMessage, waits
from portal.core.jobs.retries import Unreachable
from portal.core.jobs.turns import SILENCE, Turn, doubts, is_clock_doubted
from portal.core.portal import Portal, current_portal
from portal.core.stored_settings import SETTABLE, unfit_rows
from portal.core.vouched import Vouched, written_past
from portal.doctor import machine, outside, texts
from portal.doctor.findings import (
    UNCHECKED,
    CheckResult,
    CheckState,
    Trouble,
    by_name,
    exit_code,
    standing_alone,
    troubles_after,
    unchecked,
)
from portal.doctor.outside import public_address
from portal.home.demands import demands
from portal.home.operator import operator
from portal.markets.places import Market
from portal.reports.notes import DeskNote
from portal.reports.notices import unreached_desks
from portal.reports.reports import PassedOn, Thread, ThreadMessage
from portal.sms.conversations import Route
from portal.sms.deliveries import overdue_copies

SKEW = timedelta(minutes=1)
WORKER_SILENT = timedelta(minutes=5)


def start(app: Portal) -> None:
    """Add the commands."""
    app.cli.add_command(commands)


class _Commands(AppGroup):
    """A command group that imports the leak drill only when it is used."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted([*super().list_commands(ctx), "leaks"])

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name == "leaks":
            from portal.leaks.cli import leaks

            return leaks
        return super().get_command(ctx, cmd_name)


@click.pass_context
def _alone(context: click.Context) -> None:
    if context.invoked_subcommand is None:
        raise click.UsageError("this looks at everything: flask doctor check")


commands = _Commands(
    "doctor",
    help="Is this installation fit to run?",
    callback=_alone,
    invoke_without_command=True,
    no_args_is_help=False,
)


@commands.command("new-key")
def new_key() -> None:
    """Print a new key for PORTAL_CIPHER_KEYS."""
    click.echo(Fernet.generate_key().decode())


@commands.command("settings")
def settings() -> None:
    """Print all settings with what they are for, as docs/settings.md has them."""
    click.echo("\n".join(settings_table()))


def settings_table() -> Iterator[str]:
    """Yield the lines of docs/settings.md, from the texts that stand below each setting in portal/config.py."""
    tree = ast.parse(Path(config.__file__).read_text("utf-8"))
    body = next(one.body for one in tree.body if isinstance(one, ast.ClassDef) and one.name == "Settings")
    yield from SETTINGS_HEAD
    for field, text in pairwise(body):
        if not isinstance(field, ast.AnnAssign) or not isinstance(text, ast.Expr):
            continue
        name, words = ast.unparse(field.target), " ".join(ast.literal_eval(text.value).split())
        if words.startswith("Only for tests"):
            continue
        first = Settings.model_fields[name].default
        value = f"`{first}`" if first not in ("", None) and name != "data_dir" else ""
        mark = " ✎" if name in SETTABLE else ""
        yield f"| `PORTAL_{name.upper()}`{mark} | {value} | {words.replace('|', chr(92) + '|')} |"


SETTINGS_HEAD = (
    "# Settings",
    "",
    "Made by `flask doctor settings` from `portal/config.py`. ✎: on the page *Settings*, too.",
    "",
    "| setting | at first | what it is for |",
    "|---|---|---|",
)


@commands.command("check")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object, for programs.")
@click.option("--alarm", is_flag=True, help="For a timer: end with 1 only for what is new, and once a day.")
def check(as_json: bool, alarm: bool) -> None:
    """Look at everything that a working portal needs.

    Ends with 0 if all is well, with 1 if something wants a look, with 2 if only some checks could not be made. With
    --alarm it ends with 1 if something wants a look that did not before, or did a day ago too, or could not be checked
    for a day, else with 0.
    """
    if as_json:
        results = list(examine())
        shown = [{"check": one.what, "state": one.state, "says": one.says} for one in results]
        click.echo(json.dumps({"exit": exit_code(results), "checks": shown}, ensure_ascii=False, indent=2))
    else:
        results = _shown(examine())
    raise SystemExit(int(_is_to_be_told(results)) if alarm else exit_code(results))


def _is_to_be_told(results: Iterable[CheckResult]) -> bool:
    """Return whether the operator is to be told of the results now, and note it."""
    settings: Settings = current_portal.settings
    known = facts_of(LastDone.ALARM, settings).get("troubles", {})
    before = {
        what: Trouble(CheckState(state), datetime.fromisoformat(since), datetime.fromisoformat(told) if told else None)
        for what, (state, since, told) in known.items()
    }
    after, is_told = troubles_after(before, by_name(results), now())
    noted = {
        what: (one.state, one.since.isoformat(), one.told_at.isoformat() if one.told_at else "")
        for what, one in after.items()
    }
    note(LastDone.ALARM, settings, troubles=noted)
    return is_told


@commands.command("sms")
def sms() -> None:
    """Ask the provider whether its account is set up for texts; ends with 1 if not, with 2 if it cannot be asked."""
    try:
        findings = _shown(texts.examine(current_portal.settings))
    except Unreachable as trouble:
        click.echo(unchecked("telephone", f"the provider could not be reached ({trouble})").line)
        raise SystemExit(UNCHECKED) from None
    for question in texts.BY_HAND:
        click.echo(f"ASK  {question}")
    raise SystemExit(exit_code(findings))


def _shown(findings: Iterable[CheckResult]) -> list[CheckResult]:
    shown = []
    for finding in findings:
        click.echo(finding.line)
        shown.append(finding)
    return shown


def examine() -> Iterator[CheckResult]:
    """Yield the result of every check.

    Checks that need the database come last and are left out if it cannot be read.
    """
    yield from outside_checks()
    yield from inside_checks()


def outside_checks() -> Iterator[CheckResult]:
    """Yield what is found on this machine and by asking other servers, which may take seconds each."""
    settings: Settings = current_portal.settings
    for what, ask in HERE_AND_OUTSIDE.items():
        yield from standing_alone(what, partial(_ask, ask, settings))
    yield from standing_alone("public address", lambda: public_address(settings))
    yield from standing_alone("telephone", lambda: _telephone(settings))
    if _database().good:
        # Reads each message.
        yield from standing_alone("sealed messages", partial(_look, db.work, _messages))


def _ask(ask: Callable[[Settings], CheckResult], settings: Settings) -> list[CheckResult]:
    return [ask(settings)]


def _telephone(settings: Settings) -> Iterable[CheckResult]:
    return texts.telephone(settings) if _database().good else [outside.telephone(settings)]


def inside_checks(unit: Callable[[], AbstractContextManager[Any]] | None = None) -> Iterator[CheckResult]:
    """Yield what the queue and the database tell, within milliseconds.

    Each look is a unit of work of its own; within a request `unit` leaves the request's session open.
    """
    yield from standing_alone("jobs engine", lambda: [engine_answers()])
    database = list(standing_alone("database", lambda: [_database()]))
    yield from database
    if all(one.good for one in database):
        for what, look in LOOKS.items():
            yield from standing_alone(what, partial(_look, unit or db.work, look))


def _look(unit: Callable[[], AbstractContextManager[Any]], look: Callable[[], CheckResult]) -> list[CheckResult]:
    with unit():
        return [look()]


def engine_answers() -> CheckResult:
    """Check that the queue of jobs can be reached."""
    engine = current_engine()
    reachable = engine.is_reachable()
    name = current_portal.settings.jobs_engine
    return CheckResult("jobs engine", reachable, f"{name}, {'reachable' if reachable else 'cannot be reached'}")


def _database() -> CheckResult:
    kind = db.engine.dialect.name
    try:
        current = migrations.is_current()
        with db.new_session(writes=False) as apart:
            if current:
                apart.scalar(select(table(Market).c.name_en).limit(1))
    except SQLAlchemyError as error:
        return CheckResult("database", False, sentence(error) or f"{kind} cannot be read ({type(error).__name__})")
    except CannotOpen:
        return CheckResult("database", False, f"{kind}, PORTAL_CIPHER_KEYS lacks the key that what is stored needs")
    return CheckResult("database", current, f"{kind}, {'up to date' if current else 'run `flask db upgrade`'}")


def _clock() -> CheckResult:
    if is_clock_doubted():
        return CheckResult("clock", False, doubts())
    # What is dated later still was written by a clock that ran ahead: behind by so much, this one would be doubted.
    stored = OutboundMessage.created_at.between(now() + SKEW, now() + SILENCE)
    ahead = session.scalar(select(OutboundMessage.id).where(stored).limit(1)) is not None
    apart = _apart_from_database()
    if apart > SKEW:
        seconds = round(apart.total_seconds())
        return CheckResult("clock", False, f"{seconds} seconds apart from the database's: set both by NTP")
    return CheckResult("clock", not ahead, "runs behind what is stored" if ahead else f"{now():%Y-%m-%d %H:%M} UTC")


def _apart_from_database() -> timedelta:
    """Return how far the clock of the database's machine is from this one's; zero if it is the same machine."""
    if db.engine.dialect.name != "postgresql":
        return timedelta()
    theirs = session.scalar(select(func.clock_timestamp()))
    return abs(now() - theirs) if theirs is not None else timedelta()


def _outbox() -> CheckResult:
    count = session.scalar(select(func.count(OutboundMessage.id)).where(waits(LATE))) or 0
    return CheckResult("outbox", count == 0, f"{count} message(s) late by more than 15 minutes")


def _worker() -> CheckResult:
    swept = session.scalar(select(Turn.done_for).where(Turn.name == "sweep"))
    awake = swept is not None and swept > now() - WORKER_SILENT
    return CheckResult("worker", awake, "was at work within 5 minutes" if awake else "start `flask worker`")


def _timetable() -> CheckResult:
    overdue = current_engine().overdue()
    told = f"{len(overdue)} not done in time: {', '.join(overdue)}; the log says why (job.failed, job.row_failed)"
    return CheckResult("timetable", not overdue, told if overdue else "deletion and all else was done in time")


def _triage() -> CheckResult:
    is_open = active_key(DeskKind.TRIAGE) is not None
    closed = "nobody can read reports, so none is taken: somebody with the role triage opens it on the page Colleagues"
    return CheckResult("desk for reports", is_open, "open" if is_open else closed)


def _keys() -> CheckResult:
    return _vouched("keys of desks", Desk, DeskKey, DeskKeyCopy, Member)


def _messages() -> CheckResult:
    return _vouched("sealed messages", Thread, ThreadMessage, PassedOn, DeskNote, Route)


def _vouched(what: str, *kinds: type[Vouched]) -> CheckResult:
    count = written_past(*kinds)
    wrong = f"{count} row(s) were written past the portal: see docs/trouble.md, “Somebody wrote in the database”"
    return CheckResult(what, not count, wrong if count else "as the portal wrote them")


def _oversight() -> CheckResult:
    is_open = active_key(DeskKind.OVERSIGHT) is not None
    closed = "complaints about police are not asked for, until the oversight contact opens it on the page Colleagues"
    return CheckResult("desk for oversight", is_open, "open" if is_open else closed)


def _deleted() -> CheckResult:
    overdue = overdue_copies()
    told = f"{overdue} text(s) should have been deleted there a day ago: `flask doctor sms`" if overdue else "in time"
    return CheckResult("deletion at the provider", overdue == 0, told)


def _word() -> CheckResult:
    silent = unreached_desks()
    deaf = f"nobody at {' and '.join(silent)} hears of a report: all have left, or chose no mail under Reminders"
    return CheckResult("word to the desks", not silent, deaf if silent else "each morning, and at once what is urgent")


def _settings() -> CheckResult:
    unfit, stored = unfit_rows(), len(current_portal.stored_settings)
    left_out = f"stored in the portal and left out, since unknown or refused: {', '.join(unfit)}"
    return CheckResult(
        "settings of the portal", not unfit, left_out if unfit else f"{stored} changed on the page Settings"
    )


def _contact() -> CheckResult:
    facts, counted = operator(), demands()
    nobody = "residents find nobody to call: an administrator gives a phone or e-mail on the page Who runs this"
    until = f"counted until {max(counted).last_day:%Y-%m-%d}" if counted else "not counted yet"
    found = f"{facts.phone or facts.email}; demands for records {until}"
    return CheckResult("who runs this", facts.contact.is_given, found if facts.contact.is_given else nobody)


HERE_AND_OUTSIDE: dict[str, Callable[[Settings], CheckResult]] = {
    "settings": machine.settings_known,
    "keys": machine.keys,
    "spanish": machine.spanish,
    "proxy": machine.proxy,
    "backup": machine.backup,
    "leak drill": machine.leak_drill,
    "mail": outside.mail,
}
LOOKS: dict[str, Callable[[], CheckResult]] = {
    "settings of the portal": _settings,
    "clock": _clock,
    "outbox": _outbox,
    "worker": _worker,
    "timetable": _timetable,
    "desk for reports": _triage,
    "desk for oversight": _oversight,
    "keys of desks": _keys,
    "word to the desks": _word,
    "deletion at the provider": _deleted,
    "who runs this": _contact,
}
"""Checks by the name that their results have."""
