"""Who runs the site, as its administrators state it: the row, the public page, security.txt, and the form.

Everything here is public. No form asks for anything about a report or a place; hidden places are looked for in every
text all the same.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from flask import Response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _, lazy_gettext as _l
from sqlalchemy import CheckConstraint, String, Text, select
from sqlalchemy.orm import Mapped, mapped_column
from wtforms import BooleanField, StringField

from portal.accounts.sign_in import current_user, password_first
from portal.core.audit import record
from portal.core.clock import today
from portal.core.contact import OfficeContact, can_be_dialed, dial
from portal.core.db import Base, Versioned, session
from portal.core.editing import SAME, Both, WholeForm, done, line, lines, plain
from portal.core.forms import refuse, take_mail
from portal.core.i18n import NOTHING, Bilingual, bilingual, date_words
from portal.core.page_cache import renew_cache_version, shared
from portal.core.parity import left_behind
from portal.core.slugs import address_here
from portal.core.statuses import NotFound
from portal.core.stored_settings import REFUSALS, WORDS_CHANGED, waiting_fields
from portal.core.web import PUBLIC, AudienceBlueprint, members, shared_page
from portal.home.city_settings import waits_for_second
from portal.home.demands import demand_words, demands, quarter_words, sum_words
from portal.indicators.snapshots import latest
from portal.markets.texts import names_hidden_place
from portal.reports.holds import all_holds

ONLY = 1
LICENSE_NAME, LICENSE_ADDRESS = "CC BY 4.0", "https://creativecommons.org/licenses/by/4.0/"
"""The terms of the published data."""
PAIRS = ("name", "hours", "notices")
"""The facts in both languages."""
UNSTATED = {"address": "", "phone": "", "email": "", **dict.fromkeys(PAIRS, NOTHING)}


class Operator(Versioned, Base):
    """The one row with the facts about who runs the site. Empty means: not stated."""

    __tablename__ = "home_operator"
    __table_args__ = (CheckConstraint(f"id = {ONLY}", name="only"),)

    id: Mapped[int] = mapped_column(primary_key=True, default=ONLY)
    name: Mapped[Bilingual] = bilingual("name", may_be_empty=True)
    address: Mapped[str] = mapped_column(Text)
    phone: Mapped[str] = mapped_column(String(40))
    hours: Mapped[Bilingual] = bilingual("hours", may_be_empty=True)
    email: Mapped[str] = mapped_column(String(254))
    notices: Mapped[Bilingual] = bilingual("notices", may_be_empty=True)
    """What law and residents want said besides: complaints, the press, what is hard for people with disabilities."""

    @property
    def contact(self) -> OfficeContact:
        return OfficeContact(self.phone, self.email)


def operator() -> Operator:
    """Return what is stated about who runs the site; nothing, if no administrator has."""
    return session.get(Operator, ONLY) or Operator(id=ONLY, **UNSTATED)


def contact() -> OfficeContact:
    """Return the contact for the footer, kept as shared pages are (see `core.contact`)."""
    return shared(_contact_now)


def _contact_now() -> OfficeContact:
    with session.no_autoflush:
        row = session.execute(select(Operator.phone, Operator.email)).first()
    return OfficeContact(*row) if row else OfficeContact()


def state_operator(values: Mapping[str, Any], member_id: int | None) -> None:
    """Save some of the facts, pairs or their halves by name; the others stay. They are public at once."""
    facts = operator()
    for name, value in values.items():
        setattr(facts, name, value)
    session.add(facts)
    record(WORDS_CHANGED, "operator", ONLY, member_id)
    renew_cache_version()


PHONE = _l("Please write a number such as 336-555-0100, or 311.")
SECURITY_DAYS = 180
"""How long security.txt says that it holds; RFC 9116 wants less than a year. It is renewed each day."""
BEHIND = _l("You changed the other language only. Change this one too, or check the box below.")

public_blueprint = AudienceBlueprint("operator", __name__, audience=PUBLIC, url_prefix="")


@public_blueprint.get("/<lang:lang>/who-runs-this/")
@shared_page
def about() -> str:
    counted, newest = demands(), latest()
    return render_template(
        "home/who_runs_this.html",
        facts=operator(),
        license_name=LICENSE_NAME,
        license_address=LICENSE_ADDRESS,
        numbers_of=date_words(date.fromisoformat(newest.document.frozen_on)) if newest else "",
        sum=sum_words(counted),
        hold=next((hold for hold in all_holds() if hold.is_in_force and hold.may_be_told), None),
        quarters=[(quarter_words(quarter), demand_words(row)) for quarter, row in counted.items()],
    )


@public_blueprint.get("/.well-known/security.txt")
@shared_page
def security_txt() -> Response:
    """Return where to report a weakness (RFC 9116)."""
    office = operator().contact
    if not office.is_given:
        raise NotFound
    expires = today() + timedelta(days=SECURITY_DAYS)
    lines = (
        f"Contact: {f'mailto:{office.email}' if office.email else dial(office.phone)}",
        f"Expires: {expires:%Y-%m-%d}T00:00:00Z",
        "Preferred-Languages: en, es",
        f"Canonical: {address_here('operator.security_txt')}",
        f"Policy: {address_here('operator.about', lang='en')}#security",
        "",
    )
    return Response("\n".join(lines), mimetype="text/plain")


class OperatorForm(WholeForm):
    """Who runs the site. Every field may be empty, but no text may stand in one language only."""

    ROW = Operator
    OPTIONAL_PAIRS = PAIRS
    name = Both(line, _l("Name of the office or group"), 160)
    address = lines(_l("Postal address"), 300)
    phone, email = line(_l("Phone"), 40), line(_l("E-mail"), 254)
    hours = Both(line, _l("When somebody answers"), 160)
    notices = Both(lines, _l("More about this website"), 4_000)
    same = BooleanField(SAME)

    def validate_phone(self, field: StringField) -> None:
        if field.data and not can_be_dialed(field.data):
            refuse(PHONE)

    def validate_email(self, field: StringField) -> None:
        if field.data:
            take_mail(field)

    def changes(self, before: Operator) -> dict[str, tuple[str, str]]:
        """Return what differs in a valid form, before and after. Errors tell of waiting changes, and of older words."""
        texts = {name: getattr(before, name) for name in PAIRS}
        for name in [] if self.same.data else left_behind(texts, {name: self.pair(name) for name in PAIRS}):
            self.complain(name, BEHIND)
        old = {name: plain(value) for name, value in self.shown(before).items()}
        new = {name: plain(self[name].data) for name in old}
        changed = {name: (old[name], new[name]) for name in new if old[name] != new[name]}
        for name in waiting_fields("operator") & changed.keys():
            self.complain(name, REFUSALS["change_waits"])
        return changed


AUDITED = {
    "operator.stated": _l("changed who runs this site"),
    "operator": _l("who runs this site"),
    # What a waiting change calls each fact.
    **{
        f"operator {column.name}": getattr(OperatorForm, column.name).args[0]
        for column in Operator.__table__.columns
        if column.name not in ("id", "version")
    },
}


team_blueprint = AudienceBlueprint(
    "operator_team", __name__, audience=members("administrator"), url_prefix="/<lang:lang>/team/who-runs-this"
)


@team_blueprint.route("/", methods=["GET", "POST"])
def edit() -> ResponseReturnValue:
    """Change who runs the site. The password comes first: residents call and write to what stands here."""
    if first := password_first(request.path):
        return first
    facts, form = operator(), OperatorForm()
    is_whole = form.validate_row(facts if facts in session else None)
    changes = form.changes(facts) if is_whole and not names_hidden_place(form, current_user.id) else {}
    if not is_whole or form.errors:
        return render_template("home/operator_form.html", form=form, facts=facts), form.http_status
    if changes and waits_for_second("operator", changes, current_user.id):
        return redirect(url_for("settings.index"))
    state_operator({name: after for name, (_before, after) in changes.items()}, current_user.id)
    return done(url_for("operator_team.edit"), _("Saved. It stands on the public page now."))
