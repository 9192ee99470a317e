"""The page of the audit log: who performed which action on which object, never the object's contents."""

from __future__ import annotations

import re
from datetime import date, datetime, time, timedelta
from typing import Any

from flask import Response, render_template, request, url_for
from flask_babel import gettext as _

from portal.accounts.sign_in import current_user
from portal.accounts.texts import audited, thing, thing_name
from portal.accounts.users import AuditQuery, Log, audit_log, audited_actions, audited_actors
from portal.core.audit import record
from portal.core.cells import csv_text
from portal.core.clock import zone
from portal.core.editing import page_asked
from portal.core.forms import YEARS
from portal.core.web import AudienceBlueprint, members

MOST_ROWS = 20_000
FILTERS = ("action", "kind", "which", "who", "day")

blueprint = AudienceBlueprint("audit", __name__, audience=members("administrator"), url_prefix="/<lang:lang>/audit")


@blueprint.get("/")
def index() -> str:
    """Show one page of the log, filtered by action, object, person and day."""
    page, me = page_asked(), current_user.id
    said = {name: request.args.get(name, "").strip() for name in FILTERS}
    asked = _query(said)
    log = audit_log(page, asked, me) if asked else Log([], {}, has_older=False)
    pairs, kept = audited_actions(me), dict[str, Any](said)
    return render_template(
        "accounts/audit.html",
        log=log,
        audited=audited,
        thing=thing,
        thing_name=thing_name,
        said=said,
        is_no_day=asked is None,
        people=audited_actors(me),
        actions=sorted({name for name, _kind in pairs}),
        kinds=sorted({kind for _name, kind in pairs}),
        newer=url_for("audit.index", page=page - 1, **kept) if page > 1 else None,
        older=url_for("audit.index", page=page + 1, **kept) if log.has_older else None,
    )


@blueprint.post("/events.csv")
def table() -> Response:
    """Send what is asked for as CSV, and note that it was taken."""
    asked = _query({name: request.form.get(name, "").strip() for name in FILTERS}) or AuditQuery()
    log = audit_log(1, asked, current_user.id, size=MOST_ROWS)
    rows = [[_("When"), _("Who"), _("What"), _("Kind of thing"), _("Which")]]
    here = zone()
    for event in log.events:
        who = log.names.get(event.actor_id or 0, _("the portal itself"))
        at = event.at.astimezone(here).isoformat(" ", "minutes")
        rows.append(
            [at, who, audited(event.action), thing(event.object_type), thing_name(event.object_type, event.object_id)]
        )
    record("audit.taken", "audit", "log", current_user.id)
    # The byte order mark lets spreadsheet programs read the accents.
    answer = Response("\ufeff" + csv_text(rows), mimetype="text/csv")
    answer.headers["Content-Disposition"] = 'attachment; filename="audit-log.csv"'
    return answer


def _query(said: dict[str, str]) -> AuditQuery | None:
    """Return what is looked for; None if the day is none."""
    since = until = None
    if said["day"]:
        try:
            day = date.fromisoformat(said["day"])
        except ValueError:
            return None
        if day.year not in YEARS:
            return None
        since, until = (datetime.combine(one, time(), zone()) for one in (day, day + timedelta(days=1)))
    who = int(said["who"]) if re.fullmatch(r"[0-9]{1,19}", said["who"]) else 0
    return AuditQuery(said["action"], said["kind"], said["which"], who if 0 < who < 2**63 else None, since, until)
