"""`flask doctor`: checks whether this installation is fit to run, with results that an operator can act on."""

from __future__ import annotations

import ast
import json
import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, nullcontext
from datetime import timedelta
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
from portal.core.assets import SPANISH, TRANSLATIONS, read_catalogue, untranslated
from portal.core.clock import now
from portal.core.crypto import CannotOpen
from portal.core.data_folder import LastDone, facts_of, note, noted
from portal.core.db import db, session, table
from portal.core.hosts import Trap, trap
from portal.core.jobs.engine import SILENCE, Turn, current_engine, doubts, is_clock_doubted
from portal.core.jobs.outbox import LATE, OutboundMessage, waits
from portal.core.jobs.retries import Unreachable
from portal.core.migrations import sentence
from portal.core.portal import Portal, current_portal
from portal.core.stored_settings import SETTABLE, unfit_rows
from portal.core.vouched import Vouched, written_past
from portal.doctor import findings, outside
from portal.doctor.findings import CheckResult, exit_code, standing_alone
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
BACKUP_EACH = timedelta(days=2)
DRILL_EACH = timedelta(days=8)
"""A backup and a drill each night are recommended: one that failed once is no alarm yet."""


def start(app: Portal) -> None:
    app.cli.add_command(commands)


class _Commands(AppGroup):
    """Imports the leak drill only when it is used."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted([*super().list_commands(ctx), "leaks"])

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name == "leaks":
            from portal.leaks.drill import leaks

            return leaks
        return super().get_command(ctx, cmd_name)


@click.group(
    "doctor",
    cls=_Commands,
    help="Is this installation fit to run?",
    invoke_without_command=True,
    no_args_is_help=False,
)
@click.pass_context
def commands(context: click.Context) -> None:
    if context.invoked_subcommand is None:
        raise click.UsageError("this looks at everything: flask doctor check")


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
    body = next(node.body for node in tree.body if isinstance(node, ast.ClassDef) and node.name == "Settings")
    yield from SETTINGS_HEAD.splitlines()
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


SETTINGS_HEAD = """# Settings

Made by `flask doctor settings` from `portal/config.py`. ✎: on the page *Settings*, too.

| setting | at first | what it is for |
|---|---|---|"""


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
        shown = [{"check": result.what, "state": result.state, "says": result.says} for result in results]
        click.echo(json.dumps({"exit": exit_code(results), "checks": shown}, ensure_ascii=False, indent=2))
    else:
        results = _shown(examine())
    raise SystemExit(int(_is_to_be_told(results)) if alarm else exit_code(results))


def _is_to_be_told(results: Iterable[CheckResult]) -> bool:
    """Return whether the operator is to be told of the results now, and note it."""
    settings = current_portal.settings
    troubles = facts_of(LastDone.ALARM, settings).get("troubles", {})
    before = {what: findings.Trouble.of(*stored) for what, stored in troubles.items()}
    after, is_told = findings.troubles_after(before, findings.by_name(results), now())
    note(LastDone.ALARM, settings, troubles={what: trouble.stored for what, trouble in after.items()})
    return is_told


@commands.command("sms")
def sms() -> None:
    """Ask the provider whether its account is set up for texts; ends with 1 if not, with 2 if it cannot be asked."""
    try:
        results = _shown(outside.texts())
    except Unreachable as trouble:
        click.echo(outside.unreached(trouble).line)
        raise SystemExit(findings.UNCHECKED) from None
    for question in outside.BY_HAND:
        click.echo(f"ASK  {question}")
    raise SystemExit(exit_code(results))


def _shown(results: Iterable[CheckResult]) -> list[CheckResult]:
    shown = []
    for result in results:
        click.echo(result.line)
        shown.append(result)
    return shown


def examine() -> Iterator[CheckResult]:
    """Yield the result of every check.

    Checks that need the database come last and are left out if it cannot be read.
    """
    yield from outside_checks()
    yield from inside_checks()


def outside_checks() -> Iterator[CheckResult]:
    """Yield what is found on this machine and by asking other servers, which may take seconds each."""
    for what, look in HERE_AND_OUTSIDE.items():
        yield from _look(what, look)
    yield from standing_alone("public address", lambda: public_address(current_portal.settings))
    is_readable, _says = _database()
    yield from standing_alone("telephone", outside.telephone if is_readable else lambda: [outside.can_text()])
    if is_readable:
        # Reads each message.
        yield from _look("sealed messages", _messages, db.work)


def inside_checks(unit: Callable[[], AbstractContextManager[Any]] | None = None) -> Iterator[CheckResult]:
    """Yield what the queue and the database tell, within milliseconds.

    Each look is a unit of work of its own; within a request `unit` leaves the request's session open.
    """
    yield from _look("jobs engine", _engine)
    for database in _look("database", _database):
        yield database
        if database.good:
            for what, look in LOOKS.items():
                yield from _look(what, look, unit or db.work)


def _look(
    what: str, look: Look, unit: Callable[[], AbstractContextManager[Any]] = nullcontext
) -> Iterator[CheckResult]:
    def result() -> list[CheckResult]:
        with unit():
            return [CheckResult(what, *look())]

    yield from standing_alone(what, result)


def _engine() -> tuple[bool, str]:
    reachable = current_engine().waiting() is not None
    name = current_portal.settings.jobs_engine
    return reachable, f"{name}, {'reachable' if reachable else 'cannot be reached'}"


def _database() -> tuple[bool, str]:
    kind = db.engine.dialect.name
    try:
        current = migrations.is_current()
        with db.new_session(writes=False) as apart:
            if current:
                apart.scalar(select(table(Market).c.name_en).limit(1))
    except SQLAlchemyError as error:
        return False, sentence(error) or f"{kind} cannot be read ({type(error).__name__})"
    except CannotOpen:
        return False, f"{kind}, PORTAL_CIPHER_KEYS lacks the key that what is stored needs"
    return current, f"{kind}, {'up to date' if current else 'run `flask db upgrade`'}"


def _apart_from_database() -> timedelta:
    """Return how far the clock of the database's machine is from this one's; zero if it is the same machine."""
    if db.engine.dialect.name != "postgresql":
        return timedelta()
    theirs = session.scalar(select(func.clock_timestamp()))
    return abs(now() - theirs) if theirs is not None else timedelta()


def _messages() -> tuple[bool, str]:
    return _vouched(Thread, ThreadMessage, PassedOn, DeskNote, Route)


def _vouched(*kinds: type[Vouched]) -> tuple[bool, str]:
    count = written_past(*kinds)
    wrong = f"{count} row(s) were written past the portal: see docs/trouble.md, “Somebody wrote in the database”"
    return not count, wrong if count else "as the portal wrote them"


def _days(age: timedelta) -> str:
    return f"{age.days} day(s)" if age.days else f"{age.seconds // 3600} hour(s)"


Look = Callable[[], tuple[bool, str]]
"""A check that finds whether all is good, and what it says."""
HERE_AND_OUTSIDE: dict[str, Look] = {}
LOOKS: dict[str, Look] = {}
"""Checks by the name that their results have."""


def _check(checks: dict[str, Look], what: str) -> Callable[[Look], Look]:
    def add(look: Look) -> Look:
        checks[what] = look
        return look

    return add


@_check(LOOKS, "settings of the portal")
def _stored_settings() -> tuple[bool, str]:
    unfit, stored = unfit_rows(), len(current_portal.stored_settings)
    left_out = f"stored in the portal and left out, since unknown or refused: {', '.join(unfit)}"
    return not unfit, left_out if unfit else f"{stored} changed on the page Settings"


@_check(LOOKS, "clock")
def _clock() -> tuple[bool, str]:
    if is_clock_doubted():
        return False, doubts()
    # What is dated later still was written by a clock that ran ahead: behind by so much, this one would be doubted.
    stored = OutboundMessage.created_at.between(now() + SKEW, now() + SILENCE)
    ahead = session.scalar(select(OutboundMessage.id).where(stored).limit(1)) is not None
    apart = _apart_from_database()
    if apart > SKEW:
        return False, f"{round(apart.total_seconds())} seconds apart from the database's: set both by NTP"
    return not ahead, "runs behind what is stored" if ahead else f"{now():%Y-%m-%d %H:%M} UTC"


@_check(LOOKS, "outbox")
def _outbox() -> tuple[bool, str]:
    count = session.scalar(select(func.count(OutboundMessage.id)).where(waits(LATE))) or 0
    return count == 0, f"{count} message(s) late by more than 15 minutes"


@_check(LOOKS, "worker")
def _worker() -> tuple[bool, str]:
    swept = session.scalar(select(Turn.done_for).where(Turn.name == "sweep"))
    awake = swept is not None and swept > now() - WORKER_SILENT
    return awake, "was at work within 5 minutes" if awake else "start `flask worker`"


@_check(LOOKS, "timetable")
def _timetable() -> tuple[bool, str]:
    overdue = current_engine().overdue()
    late = f"{len(overdue)} not done in time: {', '.join(overdue)}; the log says why (job.failed, job.row_failed)"
    return not overdue, late if overdue else "deletion and all else was done in time"


@_check(LOOKS, "desk for reports")
def _triage() -> tuple[bool, str]:
    is_open = active_key(DeskKind.TRIAGE) is not None
    closed = "nobody can read reports, so none is taken: somebody with the role triage opens it on the page Colleagues"
    return is_open, "open" if is_open else closed


@_check(LOOKS, "desk for oversight")
def _oversight() -> tuple[bool, str]:
    is_open = active_key(DeskKind.OVERSIGHT) is not None
    closed = "complaints about police are not asked for, until the oversight contact opens it on the page Colleagues"
    return is_open, "open" if is_open else closed


@_check(LOOKS, "keys of desks")
def _keys() -> tuple[bool, str]:
    return _vouched(Desk, DeskKey, DeskKeyCopy, Member)


@_check(LOOKS, "word to the desks")
def _word() -> tuple[bool, str]:
    silent = unreached_desks()
    deaf = f"nobody at {' and '.join(silent)} hears of a report: all have left, or chose no mail under Reminders"
    return not silent, deaf if silent else "each morning, and at once what is urgent"


@_check(LOOKS, "deletion at the provider")
def _deleted() -> tuple[bool, str]:
    overdue = overdue_copies()
    late = f"{overdue} text(s) should have been deleted there a day ago: `flask doctor sms`"
    return overdue == 0, late if overdue else "in time"


@_check(LOOKS, "who runs this")
def _contact() -> tuple[bool, str]:
    facts, counted = operator(), demands()
    nobody = "residents find nobody to call: an administrator gives a phone or e-mail on the page Who runs this"
    until = f"counted until {max(counted).last_day:%Y-%m-%d}" if counted else "not counted yet"
    here = f"{facts.phone or facts.email}; demands for records {until}"
    return facts.contact.is_given, here if facts.contact.is_given else nobody


@_check(HERE_AND_OUTSIDE, "settings")
def _settings() -> tuple[bool, str]:
    """Check that every `PORTAL_…` variable is a setting; a misspelled one would silently do nothing."""
    names = config.unknown_settings(os.environ).items()
    unknown = [f"{name} is no setting" + (f": is it {nearest}?" if nearest else "") for name, nearest in names]
    return not unknown, "; ".join(unknown) or "every PORTAL_… variable is one"


@_check(HERE_AND_OUTSIDE, "keys")
def keys() -> tuple[bool, str]:
    """Check that the secrets are not the development values."""
    settings = current_portal.settings
    if config.DEVELOPMENT_SECRET in settings.secret or config.DEVELOPMENT_CIPHER in settings.cipher_keys:
        return settings.is_development, "the development values: never for a real city"
    return True, f"a secret of {len(settings.secret)} characters, {len(settings.cipher_keys.split(','))} cipher key(s)"


@_check(HERE_AND_OUTSIDE, "spanish")
def _spanish() -> tuple[bool, str]:
    missing = untranslated(read_catalogue(TRANSLATIONS / SPANISH))
    return not missing, f"{len(missing)} text(s) are missing" if missing else "whole"


@_check(HERE_AND_OUTSIDE, "proxy")
def _proxy() -> tuple[bool, str]:
    """Check that the portal can distinguish residents by address, with or without a proxy."""
    settings = current_portal.settings
    noticed, hops = trap(settings), settings.proxy_hops
    if noticed is Trap.IGNORED or (not hops and settings.secure_cookies):
        seen = "requests do come through a proxy" if noticed else "PORTAL_PUBLIC_URL is https"
        return False, f"{seen}, but PORTAL_PROXY_HOPS is 0: all residents count as one address"
    if noticed is Trap.SILENT:
        return False, "it sends no X-Forwarded-For: all residents count as one address"
    return True, f"{hops} in front" if hops else "none in front"


@_check(HERE_AND_OUTSIDE, "backup")
def _backup() -> tuple[bool, str]:
    last = noted(LastDone.BACKUP, current_portal.settings)
    if last is None:
        return False, "none was made on this machine: `flask backup`, each night"
    age = now() - last[0]
    return age <= BACKUP_EACH, f"the last one is {_days(age)} old"


@_check(HERE_AND_OUTSIDE, "leak drill")
def _leak_drill() -> tuple[bool, str]:
    """Check that the whole leak drill ran in the last week, and found nothing."""
    last = noted(LastDone.LEAK_DRILL, current_portal.settings)
    if last is None:
        return False, "it never ran here: `flask doctor leaks --canary`, each night"
    age, leaks = now() - last[0], last[1]
    return age <= DRILL_EACH and not leaks, f"{_days(age)} ago, " + (f"{leaks} leak(s)" if leaks else "no leak")


HERE_AND_OUTSIDE["mail"] = outside.mail
