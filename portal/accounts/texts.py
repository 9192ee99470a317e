"""Wording about accounts: roles, refusals, weak passwords, actions of the audit log, mails and texts."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from flask_babel import gettext as _, lazy_gettext as _l

from portal.accounts.desk_keys import DeskLock
from portal.accounts.roles import Role, conflict
from portal.accounts.sign_in_rules import Weakness
from portal.accounts.users import Invitation
from portal.core.i18n import LANGUAGES, language, moment, speaking
from portal.core.jobs.outbox import Letter
from portal.core.portal import Hook, current_portal
from portal.core.slugs import public_address

ROLES = {
    Role.ORGANIZER: _l("Organizer"),
    Role.COMMUNITY_LEAD: _l("Community lead"),
    Role.FAITH_PARTNER: _l("Faith partner"),
    Role.FACILITATOR: _l("Facilitator"),
    Role.POLICE_LIAISON: _l("Police liaison"),
    Role.SERVICES: _l("Services"),
    Role.PROPERTY: _l("Property and cleanup"),
    Role.EVALUATOR: _l("Evaluator"),
    Role.OVERSIGHT: _l("Oversight contact"),
    Role.TRIAGE: _l("Triage: reads reports"),
    Role.ADMINISTRATOR: _l("Administrator: accounts, settings and records, no reports"),
}
WEAKNESSES = {
    Weakness.TOO_SHORT: _l(
        "Please use at least 12 characters. Four or five words that do not belong together work well."
    ),
    Weakness.TOO_LONG: _l("Please use at most 256 characters."),
    Weakness.ABOUT_YOU: _l("This is easy to guess for people who know you: it is built from your name or address."),
    Weakness.ABOUT_HERE: _l(
        "This is easy to guess for anybody here: it is built from a name of the city, of this site, of a place or of a "
        "role. Four or five words that do not belong together work well."
    ),
    Weakness.EASY_TO_GUESS: _l(
        "This is easy to guess for a computer. Four or five words that do not belong together work well."
    ),
}
DESK_LOCKS = {
    DeskLock.NEVER_OPENED: _l("Nobody can open this desk yet: set it up"),
    DeskLock.NOBODY: _l("Nobody can open this desk now: only the paper with the 24 words does"),
    DeskLock.COLLEAGUES: _l("You cannot open this desk yet: ask a colleague to let you in"),
    DeskLock.EXCHANGED: _l("Somebody changed a key of this desk: tell whoever runs the server now"),
}
REFUSALS = {
    "roles_conflict": _l("These roles cannot go together."),
    "already_member": _l("Somebody with this e-mail address has an account already."),
    "last_administrator": _l("This is the last administrator. Give somebody else that role first."),
    "last_with_key": _l(
        "Nobody else can open this desk, or only somebody who was sent a link too. With a new password, only the paper "
        "with the 24 words opens what is there."
    ),
    "last_at_desk": _l("Nobody else can open this desk. If they leave, it is closed and takes no reports."),
    "last_second_factor": _l("This is your only second step. Add another one first."),
    "last_opener": _l("Nothing else opens reports and notes for you. Let your password open them first."),
    "desk_is_open": _l("This desk is set up already. A colleague can admit you."),
    "not_vouched": _l(
        "Somebody changed a key in the database, so nothing is locked with it. Tell whoever runs the server now."
    ),
    "desk_without_phrase": _l("This desk has no recovery phrase yet."),
    "desk_waits": _l("To begin anew takes a request, a week, and the yes of somebody from another desk."),
    "anew_asked": _l("Somebody has asked for that already. It stands under “Colleagues”."),
    "circle_is_locked": _l(
        "Only its printed recovery phrase opens this circle now. If the paper is lost, found a new one."
    ),
}
AUDITED = {
    "member": _l("account"),
    "invitation": _l("invitation"),
    "desk": _l("desk"),
    "audit": _l("log"),
    "audit.taken": _l("downloaded the log"),
    "member.signed_in": _l("signed in"),
    "member.signed_out_everywhere": _l("signed out everywhere"),
    "member.app_added": _l("added an authenticator app"),
    "member.app_removed": _l("removed the authenticator app"),
    "member.passkey_added": _l("added a passkey"),
    "member.passkey_removed": _l("removed a passkey"),
    "member.recovery_codes_made": _l("made new recovery codes"),
    "member.recovery_code_used": _l("used a recovery code"),
    "member.password_changed": _l("changed the password"),
    "member.passkey_only": _l("let only a passkey open reports and notes"),
    "member.password_opens": _l("let the password open reports and notes again"),
    "member.password_renewed": _l("chose a new password by a link"),
    "member.roles_given": _l("changed somebody's roles"),
    "member.removed": _l("removed somebody"),
    "member.restored": _l("brought somebody back"),
    "member.reset": _l("sent a link for a new password"),
    "member.second_factor_cleared": _l("cleared somebody's second step"),
    "invitation.sent": _l("made an invitation"),
    "invitation.accepted": _l("accepted an invitation"),
    "invitation.withdrawn": _l("withdrew an invitation"),
    "desk.seat_given": _l("gave somebody a seat at a desk"),
    "desk.seat_taken": _l("took somebody's seat at a desk"),
    "desk.set_up": _l("set up a desk"),
    "desk.phrase_replaced": _l("made a new recovery phrase for a desk"),
    "desk.member_admitted": _l("admitted a colleague to a desk"),
    "desk.opened_with_phrase": _l("opened a desk with the recovery phrase"),
    "desk.key_changed": _l("changed the key of a desk"),
    "desk.closed": _l("closed a desk"),
    "desk.anew_asked": _l("asked to begin a desk anew"),
    "desk.anew_agreed": _l("agreed that a desk is begun anew"),
    "desk.anew_refused": _l("refused that a desk is begun anew"),
    "desk.begun_anew": _l("began a desk anew"),
}


def conflict_sentence(roles: list[Role]) -> str | None:
    pair = conflict(roles)
    if pair is None:
        return None
    words = {"one": ROLES[pair[0]], "other": ROLES[pair[1]]}
    why = _(
        "“%(one)s” and “%(other)s” cannot go together: the police never learn who reported or spoke, nor how many.",
        **words,
    )
    if Role.ADMINISTRATOR in pair:
        why = _(
            "“%(one)s” and “%(other)s” cannot go together: whoever runs the accounts reads no report and no note.",
            **words,
        )
    return str(why)


def invitation_mail(invitation: Invitation, link: str) -> Letter:
    with speaking(invitation.language):
        words = {"site": current_portal.settings.site_name, "link": link, "until": moment(invitation.expires_at)}
        if invitation.member_id is None:
            subject = _("Your invitation to %(site)s", **words)
            body = _(
                "Hello. You are invited to work with us on %(site)s.\n\n"
                "Open this link to choose your password:\n%(link)s\n\n"
                "It works once, until %(until)s. If you did not expect this, please ignore it.",
                **words,
            )
        else:
            subject = _("Choose a new password for %(site)s", **words)
            body = _(
                "Hello. An administrator of %(site)s sent you this link to choose a new password:\n%(link)s\n\n"
                "It works once, until %(until)s. If you did not ask for it, tell an administrator.",
                **words,
            )
    return Letter(subject, f"{body}\n")


def desks_mail() -> Letter:
    """Return the notice to desks. Read over a shoulder, it does not reveal what was done."""
    text = _(
        "Hello. Something was done at %(site)s that everybody at a desk should look at. Please sign in and look at "
        "“Colleagues”. It says what, and who did it:\n%(link)s\n\n"
        "If it is not right, say no there, or call a colleague whom you know. If your own password stopped working and "
        "you did not ask for that, call a colleague today.",
        site=current_portal.settings.site_name,
        link=public_address("desks.index", lang=language()),
    )
    return Letter(_("Please look at “Colleagues”"), f"{text}\n")


def audited(term: str) -> str:
    """Return the words for an action of the audit log, or for a type of object."""
    return str(current_portal.audited.get(term, term))


def thing_name(object_type: str, object_id: str) -> str:
    """Return the object of an audit event as people know it; an id stays as it is."""
    return str(current_portal.audited.get(f"{object_type} {object_id}", object_id))


NAMES_HERE: Hook[Callable[[], Iterable[str]]] = Hook("names that everybody here knows")
"""More such names from features; never that of a hidden place, since a refused password would reveal it."""


def names_here() -> tuple[str, ...]:
    """Return names that a password must not be made of, in both languages."""
    settings = current_portal.settings
    names = [settings.site_name, settings.city_en, settings.city_es]
    names += [name for names_of in NAMES_HERE.plugged() for name in names_of()]
    for lang in LANGUAGES:
        with speaking(lang):
            names += map(str, ROLES.values())
    return tuple(dict.fromkeys(names))
