"""What a new city still lacks, for its administrators: a list that ends in a green check.

It asks what `flask doctor check` asks, as far as no shell is needed, and what only people can know.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta

from flask import url_for
from flask_babel import gettext as _, ngettext
from sqlalchemy import func, select

from portal.accounts.roles import DeskKind, Role
from portal.accounts.sign_in import SessionUser
from portal.accounts.today import OpenItem
from portal.accounts.users import Member, RoleHeld, active_key
from portal.config import Settings, SmsSender
from portal.core.clock import now
from portal.core.db import session
from portal.core.jobs.engine import Turn
from portal.core.portal import current_portal
from portal.core.stored_settings import SettingsGroup
from portal.home.operator import operator
from portal.markets.map.sheets import city_sheet

WORKER_SILENT = timedelta(minutes=5)


@dataclass(frozen=True)
class SetupStep:
    """Something that a city needs; `url` is empty where only the server helps, and `help` says who can do it."""

    what: str
    help: str
    url: str
    is_done: bool
    is_needed: bool = True


def setup_steps() -> list[SetupStep]:
    settings, people, server = current_portal.settings, url_for("people.index"), _("Whoever runs the server does this.")
    opens = _("Somebody with that role signs in, opens it under Colleagues and keeps the recovery phrase on paper.")
    reachable = _("Its phone or e-mail stands on every page.")
    named = settings.city_en != Settings.model_fields["city_en"].default
    leads = min(map(_holding, (Role.ORGANIZER, Role.COMMUNITY_LEAD)))
    swept = session.scalar(select(Turn.done_for).where(Turn.name == "sweep"))
    can_text = settings.sms_sender is not SmsSender.OFF and bool(settings.sms_number)
    is_at_work = swept is not None and swept > now() - WORKER_SILENT
    operators = url_for("operator_team.edit")
    return [
        SetupStep(_("Name of the city, in both languages"), "", _page(SettingsGroup.NAME), named),
        SetupStep(_("An office that people can reach"), reachable, operators, operator().contact.is_given),
        SetupStep(_("Two people for the desk that reads reports"), "", people, _holding(Role.TRIAGE) > 1),
        SetupStep(_("The desk for reports is open"), opens, people, active_key(DeskKind.TRIAGE) is not None),
        SetupStep(_("Somebody for complaints about police"), "", people, _holding(Role.OVERSIGHT) > 0),
        SetupStep(_("The desk for complaints is open"), opens, people, active_key(DeskKind.OVERSIGHT) is not None),
        SetupStep(_("An organizer and a community lead"), "", people, leads > 0),
        SetupStep(_("The program that sends texts and mail is at work"), server, "", is_at_work),
        SetupStep(_("Mail"), server, "", bool(settings.smtp_url), is_needed=False),
        SetupStep(_("A number for texts"), server, _page(SettingsGroup.TELEPHONE), can_text, is_needed=False),
        SetupStep(_("A map of the city"), server, "", city_sheet() is not None, is_needed=False),
    ]


def _page(group: SettingsGroup) -> str:
    return url_for("settings.group", name=group.value)


def _holding(role: Role) -> int:
    """Return how many active members hold a role."""
    held = select(func.count()).select_from(RoleHeld).join(Member, Member.id == RoleHeld.member_id)
    return session.scalar(held.where(RoleHeld.role == role, Member.left_at.is_(None))) or 0


def missing(steps: Iterable[SetupStep]) -> int:
    return sum(step.is_needed and not step.is_done for step in steps)


def waits_for_administrators(me: SessionUser) -> Iterable[OpenItem]:
    if Role.ADMINISTRATOR in me.roles and (lacks := missing(setup_steps())):
        what = ngettext(
            "Set up the city: %(num)d thing is missing", "Set up the city: %(num)d things are missing", lacks
        )
        yield OpenItem(what, url_for("settings.start"))
