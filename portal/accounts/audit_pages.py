"""The page of the audit log: who performed which action on which object, never the object's contents."""

from __future__ import annotations

from flask import render_template, request, url_for

from portal.accounts.sign_in import current_user
from portal.accounts.texts import audited, thing
from portal.accounts.users import audit_log, audited_actions
from portal.core.editors import page_asked
from portal.core.web import AudienceBlueprint, members

blueprint = AudienceBlueprint("audit", __name__, audience=members("administrator"), url_prefix="/<lang:lang>/audit")


@blueprint.get("/")
def index() -> str:
    """Show one page of the log, optionally filtered by action or object type."""
    page = page_asked()
    action, kind = request.args.get("action", ""), request.args.get("kind", "")
    me = current_user.id
    log = audit_log(page, action, kind, me)
    pairs = audited_actions(me)
    return render_template(
        "accounts/audit.html",
        log=log,
        audited=audited,
        thing=thing,
        action=action,
        kind=kind,
        actions=sorted({name for name, _kind in pairs}),
        kinds=sorted({kind for _name, kind in pairs}),
        newer=url_for("audit.index", page=page - 1, action=action, kind=kind) if page > 1 else None,
        older=url_for("audit.index", page=page + 1, action=action, kind=kind) if log.has_older else None,
    )
