"""What there is to see in the demonstration, and the second factors of its people."""

from __future__ import annotations

from flask import Response, current_app, render_template
from flask_babel import gettext as _
from sqlalchemy import select

from portal.accounts.models import Member
from portal.accounts.rules.roles import Role
from portal.accounts.texts import ROLES
from portal.core.clock import now
from portal.core.db import session
from portal.core.jobs.outbox import cipher
from portal.core.web import PUBLIC, Room
from portal.demo.codes import next_good
from portal.demo.incidents import example
from portal.demo.letterbox import letters, waiting_for_morning
from portal.demo.sign_ins import FILE
from portal.demo.staff import DOMAIN
from portal.demo.texts import read

room = Room("demo", __name__, audience=PUBLIC, url_prefix="/<lang:lang>/demo")


@room.get("/")
def guide() -> str:
    """Where to go first."""
    return render_template("demo/guide.html")


@room.get("/codes")
def codes() -> str:
    """The codes that the authenticator apps of the demonstration show now."""
    found = session.scalars(
        select(Member).where(Member.email.endswith(f"@{DOMAIN}"), Member.left_at.is_(None)).order_by(Member.name)
    )
    rows = [(member.name, _roles(member), member.email, _code(member)) for member in found if member.totp_cipher]
    return render_template("demo/codes.html", rows=rows, file=FILE)


@room.get("/mail")
def mail() -> str:
    """The mails that went out, as those who get them read them."""
    found = letters(current_app.extensions["settings"].data_dir)
    return render_template("demo/mail.html", letters=found, waiting=waiting_for_morning())


@room.get("/incidents.csv")
def incidents() -> Response:
    """A file to try the import of incidents with."""
    answer = Response(example(read("figures")["source"]), mimetype="text/csv")
    answer.headers["Content-Disposition"] = 'attachment; filename="incidents.csv"'
    return answer


def _roles(member: Member) -> str:
    return ", ".join(str(ROLES[Role(role)]) for role in sorted(member.roles)) or str(_("In a circle"))


def _code(member: Member) -> str:
    code = next_good(cipher().decrypt(member.totp_cipher or b""), now(), member.totp_last_step)
    return f"{code[:3]} {code[3:]}" if code else str(_("in half a minute"))
