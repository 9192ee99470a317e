"""`flask doctor`: checks whether this installation is fit to run, with results that an operator can act on."""

from __future__ import annotations

import ast
import json
import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, nullcontext
from datetime import datetime, timedelta
from itertools import chain, pairwise
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
from portal.core import migrations
from portal.core.assets import SPANISH, TRANSLATIONS, read_catalogue, untranslated
from portal.core.clock import now
from portal.core.crypto import CannotOpen
from portal.core.data_folder import LastDone, facts_of, note, noted
from portal.core.db import db, session, table
from portal.core.hosts import Trap, trap
from portal.core.jobs.engine import SILENCE, current_engine, doubts, is_at_work, is_clock_doubted
from portal.core.jobs.outbox import LATE, OutboundMessage, waits
from portal.core.portal import Portal, current_portal
from portal.core.stored_settings import SETTABLE, unfit_rows
from portal.core.vouched import Vouched, written_past
from portal.doctor import outside
from portal.doctor.outside import CheckResult, CheckState, exit_code, public_address, standing_alone
from portal.home.demands import demands
from portal.home.operator import operator
from portal.markets.places import Market
from portal.reports.notes import DeskNote
from portal.reports.notices import unreached_desks
from portal.reports.reports import PassedOn, Thread, ThreadMessage
from portal.sms.conversations import Route
from portal.sms.deliveries import overdue_copies

SKEW = timedelta(minutes=1)


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


commands = _Commands("doctor", help="Is this installation fit to run?")


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
        first = config.Settings.model_fields[name].default
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
    checks = chain(outside_checks(), inside_checks())
    if as_json:
        results = list(checks)
        shown = [{"check": result.what, "state": result.state, "says": result.says} for result in results]
        click.echo(json.dumps({"exit": exit_code(results), "checks": shown}, ensure_ascii=False, indent=2))
    else:
        results = _shown(checks)
    raise SystemExit(int(_is_to_be_told(results)) if alarm else exit_code(results))


UNCHECKED_FOR = timedelta(days=1)
"""Another server that does not answer is nothing to mend at first."""
AGAIN_AFTER = timedelta(hours=23, minutes=30)
"""A day, though the timer may be some minutes early."""


def _is_to_be_told(results: Iterable[CheckResult]) -> bool:
    """Return whether the operator is to be told now, of what is new or of all once a day, and note it."""
    settings, moment = current_portal.settings, now()
    before = facts_of(LastDone.ALARM, settings).get("troubles", {})
    bad = {what: state for what, state in outside.by_name(results).items() if state is not CheckState.GOOD}
    after, is_due = {}, False
    for what, state in bad.items():
        was, since, told_at = before.get(what, ("", "", ""))
        if was != state:
            since, told_at = moment.isoformat(), ""
        counts = state is CheckState.LOOK or moment - datetime.fromisoformat(since) >= UNCHECKED_FOR
        is_due |= counts and (not told_at or moment - datetime.fromisoformat(told_at) >= AGAIN_AFTER)
        after[what] = state, since, told_at, counts
    troubles = {
        what: (state, since, moment.isoformat() if is_due and counts else told_at)
        for what, (state, since, told_at, counts) in after.items()
    }
    note(LastDone.ALARM, settings, troubles=troubles)
    return is_due


@commands.command("sms")
def sms() -> None:
    """Ask the provider whether its account is set up for texts; ends with 1 if not, with 2 if it cannot be asked."""
    if current_portal.settings.sms_sender is config.SmsSender.OFF:
        raise click.ClickException("texts are switched off: set PORTAL_SMS_SENDER=twilio")
    results = _shown(chain(outside.telephone(), _look(DELETED, LOOKS[DELETED], db.work)))
    for question in outside.BY_HAND:
        click.echo(f"ASK  {question}")
    raise SystemExit(exit_code(results))


def _shown(results: Iterable[CheckResult]) -> list[CheckResult]:
    shown = []
    for result in results:
        click.echo(result.line)
        shown.append(result)
    return shown


def outside_checks() -> Iterator[CheckResult]:
    """Yield what is found on this machine and by asking other servers, which may take seconds each."""
    for what, look in HERE_AND_OUTSIDE.items():
        yield from _look(what, look)
    yield from standing_alone("public address", lambda: public_address(current_portal.settings))
    is_readable, _says = _database()
    yield from standing_alone("telephone", lambda: outside.telephone(is_readable=is_readable))
    if is_readable:
        # Reads each message.
        yield from _look("sealed messages", MESSAGES, db.work)


def inside_checks(unit: Callable[[], AbstractContextManager[Any]] | None = None) -> Iterator[CheckResult]:
    """Yield what queue and database tell, within milliseconds, each a `unit` of work; a request keeps its session."""
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
        return False, migrations.sentence(error) or f"{kind} cannot be read ({type(error).__name__})"
    except CannotOpen:
        return False, f"{kind}, PORTAL_CIPHER_KEYS lacks the key that what is stored needs"
    return current, f"{kind}, {'up to date' if current else 'run `flask db upgrade`'}"


def _apart_from_database() -> timedelta:
    """Return how far the clock of the database's machine is from this one's; zero if it is the same machine."""
    if db.engine.dialect.name != "postgresql":
        return timedelta()
    theirs = session.scalar(select(func.clock_timestamp()))
    return abs(now() - theirs) if theirs is not None else timedelta()


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


def _contact() -> tuple[bool, str]:
    facts, counted = operator(), demands()
    nobody = "residents find nobody to call: an administrator gives a phone or e-mail on the page Who runs this"
    until = f"counted until {max(counted).last_day:%Y-%m-%d}" if counted else "not counted yet"
    here = f"{facts.phone or facts.email}; demands for records {until}"
    return facts.contact.is_given, here if facts.contact.is_given else nobody


def keys() -> tuple[bool, str]:
    settings = current_portal.settings
    if config.DEVELOPMENT_SECRET in settings.secret or config.DEVELOPMENT_CIPHER in settings.cipher_keys:
        return settings.is_development, "the development values: never for a real city"
    return True, f"a secret of {len(settings.secret)} characters, {len(settings.cipher_keys.split(','))} cipher key(s)"


def _misspelled() -> str:
    """Return what is no setting, since it would silently do nothing."""
    names = config.unknown_settings(os.environ).items()
    return "; ".join(f"{name} is no setting" + (f": is it {nearest}?" if nearest else "") for name, nearest in names)


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


Look = Callable[[], tuple[bool, str]]
"""A check that finds whether all is good, and what it says."""


def _unless(trouble: Callable[[], Any], says: str, good: str) -> Look:
    """Return the check that asks for `trouble`, which is nothing if all is well; it stands in place of {}."""

    def look() -> tuple[bool, str]:
        wrong = trouble()
        return not wrong, says.format(wrong) if wrong else good

    return look


def _noted(what: LastDone, within: timedelta, never: str, says: str) -> Look:
    """Return the check that it was done `within` this time, without faults; its age and the leaks stand in for {}."""

    def look() -> tuple[bool, str]:
        last = noted(what, current_portal.settings)
        if last is None:
            return False, never
        age, leaks = now() - last[0], last[1]
        ago = f"{age.days} day(s)" if age.days else f"{age.seconds // 3600} hour(s)"
        return age <= within and not leaks, says.format(ago, f"{leaks} leak(s)" if leaks else "no leak")

    return look


def _vouched(*kinds: type[Vouched]) -> Look:
    past = "{} row(s) were written past the portal: see docs/trouble.md, “Somebody wrote in the database”"
    return _unless(lambda: written_past(*kinds), past, "as the portal wrote them")


DELETED = "deletion at the provider"
MESSAGES = _vouched(Thread, ThreadMessage, PassedOn, DeskNote, Route)
LOOKS: dict[str, Look] = {
    "settings of the portal": _unless(
        lambda: ", ".join(unfit_rows()),
        "stored in the portal and left out, since unknown or refused: {}",
        "each one is known and fits",
    ),
    "clock": _clock,
    "outbox": _unless(
        lambda: session.scalar(select(func.count(OutboundMessage.id)).where(waits(LATE))),
        "{} message(s) late by more than 15 minutes",
        "nothing is late by more than 15 minutes",
    ),
    "worker": _unless(lambda: not is_at_work(), "start `flask worker`", "was at work within 5 minutes"),
    "timetable": _unless(
        lambda: ", ".join(current_engine().overdue()),
        "not done in time: {}; the log says why (job.failed, job.row_failed)",
        "deletion and all else was done in time",
    ),
    "desk for reports": _unless(
        lambda: active_key(DeskKind.TRIAGE) is None,
        "nobody can read reports, so none is taken: somebody with the role triage opens it on the page Colleagues",
        "open",
    ),
    "desk for oversight": _unless(
        lambda: active_key(DeskKind.OVERSIGHT) is None,
        "complaints about police are not asked for, until the oversight contact opens it on the page Colleagues",
        "open",
    ),
    "keys of desks": _vouched(Desk, DeskKey, DeskKeyCopy, Member),
    "word to the desks": _unless(
        lambda: " and ".join(unreached_desks()),
        "nobody at {} hears of a report: all have left, or chose no mail under Reminders",
        "each morning, and at once what is urgent",
    ),
    DELETED: _unless(
        overdue_copies, "{} text(s) should have been deleted there a day ago: do the jobs run?", "in time"
    ),
    "who runs this": _contact,
}
HERE_AND_OUTSIDE: dict[str, Look] = {
    "settings": _unless(_misspelled, "{}", "every PORTAL_… variable is one"),
    "keys": keys,
    "spanish": _unless(
        lambda: len(untranslated(read_catalogue(TRANSLATIONS / SPANISH))), "{} text(s) are missing", "whole"
    ),
    "proxy": _proxy,
    # Each night is recommended: one that failed once is no alarm yet.
    "backup": _noted(
        LastDone.BACKUP,
        timedelta(days=2),
        "none was made on this machine: `flask backup`, each night",
        "the last one is {} old",
    ),
    "leak drill": _noted(
        LastDone.LEAK_DRILL,
        timedelta(days=8),
        "it never ran here: `flask doctor leaks --canary`, each night",
        "{} ago, {}",
    ),
    "mail": outside.mail,
}
"""Checks by the name that their results have."""
