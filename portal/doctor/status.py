"""The state of the installation for administrators: the last results of the doctor, in words of the pages."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import NamedTuple

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import LazyString, gettext as _, lazy_gettext as _l, ngettext
from sqlalchemy import String, delete, select
from sqlalchemy.orm import Mapped, mapped_column

from portal.accounts.reminders import call
from portal.accounts.roles import Role
from portal.accounts.sign_in import SessionUser, current_user, password_first
from portal.accounts.today import OpenItem
from portal.accounts.users import members
from portal.core import web
from portal.core.clock import now, today
from portal.core.db import Base, db, session
from portal.core.editing import done
from portal.core.health import Gauge
from portal.core.jobs.engine import confirm_clock, current_engine, each_row, is_clock_doubted, may_tick
from portal.doctor import inside_checks, outside_checks
from portal.doctor.outside import NUMBERS, ORDER, CheckState, by_name


class StoredCheck(Base):
    """The last result of a worker's check. What it says to an operator is not kept: it may name hosts and files."""

    __tablename__ = "doctor_check"

    what: Mapped[str] = mapped_column(String(40), primary_key=True)
    state: Mapped[CheckState]
    checked_at: Mapped[datetime]


def check_all() -> None:
    """Make all checks, some of which take seconds; once a day mail administrators if the date has to be confirmed."""
    states, moment = by_name([*outside_checks(), *inside_checks()]), now()
    with db.work():
        session.execute(delete(StoredCheck))
        session.add_all(StoredCheck(what=what, state=state, checked_at=moment) for what, state in states.items())
        is_doubted = is_clock_doubted()
        administrators = [member.id for member in members() if is_doubted and Role.ADMINISTRATOR in member.roles]
    if administrators and may_tick("word of the clock", timedelta(days=1)):
        each_row(administrators, lambda member_id: call(member_id, ASK_FOR_DATE))


ASK_FOR_DATE = _l("The portal is not sure what day it is, so it waits. Please look at the page “Is all well?”.")


class StatusLine(NamedTuple):
    title: LazyString
    remedy: LazyString
    state: CheckState


def status_lines() -> list[StatusLine]:
    """Return what is looked at now, and the last results of all else; first what wants a look."""
    states = {row.what: row.state for row in session.scalars(select(StoredCheck))}
    states |= by_name(inside_checks(session.begin_nested))
    lines = [StatusLine(*CHECKS.get(what, OTHER), state) for what, state in states.items()]
    return sorted(lines, key=lambda line: (ORDER[line.state], str(line.title)))


def last_checked() -> datetime | None:
    return session.scalar(select(StoredCheck.checked_at).limit(1))


def waits_for_administrators(me: SessionUser) -> Iterator[OpenItem]:
    """Yield that something wants a look, once a worker has made the checks for the first time."""
    if Role.ADMINISTRATOR not in me.roles or last_checked() is None:
        return
    if bad := sum(line.state is CheckState.LOOK for line in status_lines()):
        what = ngettext("%(num)d thing on the server needs a look", "%(num)d things on the server need a look", bad)
        yield OpenItem(str(what), url_for("status.index"))


def gauges() -> Iterator[Gauge]:
    """Yield the last results for the monitoring: 1 if good, 0 if it wants a look, -1 if it could not be checked."""
    values = {CheckState.GOOD: 1, CheckState.LOOK: 0, CheckState.UNCHECKED: -1}
    for row in session.scalars(select(StoredCheck).order_by(StoredCheck.what)):
        about = {"check": row.what}
        yield Gauge("portal_check", "What the doctor found: 1 good, 0 look, -1 unchecked.", values[row.state], about)
    if moment := last_checked():
        age = (now() - moment).total_seconds()
        yield Gauge("portal_checks_age_seconds", "Seconds since the doctor's checks were last made.", age)


ASK_THE_SERVER = _l("Tell whoever runs the server. The command “flask doctor check” tells them what to do.")
WAIT_AND_TELL = _l("Texts and mail may be late. If it stays like this for an hour, tell whoever runs the server.")
AT_PROVIDER = _l("Something is not set right at the text company. Tell whoever runs the server.")
TAMPERED = _l("Somebody wrote in the database past the portal. Tell whoever runs the server now, and each desk.")
CHECKS = {
    "settings": (_l("Settings on the server"), ASK_THE_SERVER),
    "keys": (_l("Keys on the server"), ASK_THE_SERVER),
    "spanish": (_l("All texts are in Spanish"), ASK_THE_SERVER),
    "proxy": (_l("The server in front"), ASK_THE_SERVER),
    "backup": (
        _l("A backup of the last two days"),
        _l("Without one, a broken disk takes all with it. Tell whoever runs the server to make one today."),
    ),
    "leak drill": (
        _l("The drill for hidden places"),
        _l("A hidden place may show in public, or nobody looked for a week. Tell whoever runs the server now."),
    ),
    "mail": (_l("Mail goes out"), _l("Nobody gets invitations or reminders by mail. Tell whoever runs the server.")),
    "public address": (
        _l("The website can be reached"),
        _l("Open the website on your phone, without Wi-Fi. If it does not open, tell whoever runs the server."),
    ),
    "certificate": (
        _l("The certificate of the website"),
        _l("Soon browsers will warn everybody who comes here. Tell whoever runs the server to renew it."),
    ),
    "security headers": (_l("Protection in the browser"), ASK_THE_SERVER),
    "telephone": (
        _l("The text company lets us in"),
        _l("No texts go out or come in. Maybe a bill is unpaid. Tell whoever runs the server."),
    ),
    NUMBERS: (_l("Our numbers for texts"), AT_PROVIDER),
    "other numbers": (_l("Other numbers at the text company"), AT_PROVIDER),
    "other texts at the provider": (_l("Texts left at the text company"), AT_PROVIDER),
    "jobs engine": (_l("The line of work"), WAIT_AND_TELL),
    "database": (_l("The database"), ASK_THE_SERVER),
    "settings of the portal": (_l("Settings saved here"), ASK_THE_SERVER),
    "clock": (
        _l("The clock of the server"),
        _l("With a wrong date, too much would be erased. Tell whoever runs the server."),
    ),
    "outbox": (_l("Texts and mail leave on time"), WAIT_AND_TELL),
    "worker": (
        _l("The program that sends texts and mail is at work"),
        _l("Nothing is sent or erased until it runs again. Tell whoever runs the server now."),
    ),
    "timetable": (_l("Regular work, such as erasing what is old"), ASK_THE_SERVER),
    "desk for reports": (
        _l("The desk for reports is open"),
        _l("Nobody can read reports, so none is taken. Somebody at that desk opens it under Colleagues."),
    ),
    "desk for oversight": (
        _l("The desk for complaints is open"),
        _l("Complaints about police are not taken. The oversight contact opens the desk under Colleagues."),
    ),
    "keys of desks": (_l("Nobody exchanged a key"), TAMPERED),
    "sealed messages": (_l("Nobody changed or moved a message"), TAMPERED),
    "word to the desks": (
        _l("Each desk hears of new reports"),
        _l("All at one desk have left or chose no mail. Ask them to choose one under Reminders, or invite somebody."),
    ),
    "deletion at the provider": (_l("Texts are erased at the text company"), AT_PROVIDER),
    "who runs this": (
        _l("An office that people can reach"),
        _l("Residents find nobody to call. Give a phone or e-mail on the page Who runs this."),
    ),
}
"""By check: its title, and what an administrator does about it if it is not good."""
OTHER = (_l("Something else"), ASK_THE_SERVER)

blueprint = web.AudienceBlueprint(
    "status", __name__, audience=web.members("administrator"), url_prefix="/<lang:lang>/team/status"
)


@blueprint.get("/")
def index() -> str:
    """Show all checks: those of the database as they are now, those of other servers as a worker last found them."""
    lines = status_lines()
    return render_template(
        "doctor/status.html",
        bad=[line for line in lines if line.state is not CheckState.GOOD],
        good=[line for line in lines if line.state is CheckState.GOOD],
        checked_at=last_checked(),
        doubted=today() if is_clock_doubted() else None,
    )


@blueprint.post("/date/<day>")
def confirm_date(day: str) -> ResponseReturnValue:
    """Confirm the date after a long silence. The password comes first: a wrong date erases what is not over."""
    if first := password_first(url_for("status.index")):
        return first
    if day == today().isoformat():
        confirm_clock(current_user.id)
        flash(_("Thank you. The portal goes on with its work."), "success")
    return redirect(url_for("status.index"))


@blueprint.post("/")
def again() -> ResponseReturnValue:
    if current_engine().enqueue("check now"):
        return done(url_for("status.index"), _("We are checking. Look again in a minute."))
    flash(_("That did not work. The checks are made once an hour anyway."), "warning")
    return redirect(url_for("status.index"))
