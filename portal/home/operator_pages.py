"""Who runs the site: the public page, security.txt, and the forms with which an administrator keeps both.

No form here asks for anything about a report or a place; hidden places are looked for in every text all the same.
"""

from __future__ import annotations

from datetime import date
from typing import Any

from flask import Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import format_date, ngettext
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import BooleanField

from portal.accounts.sign_in import current_user, password_first
from portal.core.contact import can_be_dialed, read_mail
from portal.core.editing import BOTH_LANGUAGES, SAME, EditorForm, both, english, line, lines, spanish
from portal.core.i18n import LANGUAGES, date_words
from portal.core.parity import left_behind
from portal.core.statuses import NotFound
from portal.core.waiting_changes import REFUSALS, waiting_fields
from portal.core.web import PUBLIC, AudienceBlueprint, members, shared_page
from portal.home.city_settings import ask_for_change, has_opened
from portal.home.demands import Demands, DemandSum, demand_sum, demands
from portal.home.operator import (
    LICENSE_ADDRESS,
    LICENSE_NAME,
    PAIRS,
    OperatorFacts,
    as_values,
    operator,
    restate,
    security_lines,
    stored_operator,
)
from portal.home.quarters import Quarter
from portal.indicators.snapshots.snapshots import latest
from portal.markets.texts import names_hidden_place
from portal.reports.holds import holds_in_force

PHONE = _l("Please write a number such as 336-555-0100, or 311.")
MAIL = _l("This does not look like an e-mail address.")
BEHIND = _l("You changed the other language only. Change this one too, or check the box below.")

public_blueprint = AudienceBlueprint("operator", __name__, audience=PUBLIC, url_prefix="")


@public_blueprint.get("/<lang:lang>/who-runs-this/")
@shared_page
def about() -> str:
    """Show who runs the site, how to reach them, and how many demands for records came."""
    facts, counted, newest = operator(), demands(), latest()
    return render_template(
        "home/who_runs_this.html",
        facts=facts,
        license_name=LICENSE_NAME,
        license_address=LICENSE_ADDRESS,
        numbers_of=date_words(date.fromisoformat(newest.document.frozen_on)) if newest else "",
        sum=sum_words(demand_sum(counted)),
        hold=next((one for one in holds_in_force() if one.may_be_told), None),
        quarters=[(quarter_words(one), demand_words(found)) for one, found in counted.items()],
    )


@public_blueprint.get("/.well-known/security.txt")
@shared_page
def security_txt() -> Response:
    """Return where to report a weakness (RFC 9116)."""
    lines = security_lines()
    if lines is None:
        raise NotFound
    return Response("\n".join([*lines, ""]), mimetype="text/plain")


def quarter_words(quarter: Quarter) -> str:
    """Return the months of a quarter in words: "July to September 2026"."""
    first, last = (format_date(day, "LLLL") for day in (quarter.first_day, quarter.last_day))
    return str(_("%(first)s to %(last)s %(year)s", first=first.capitalize(), last=last, year=quarter.year))


def demand_words(counted: Demands) -> str:
    """Return what came in a quarter and what became of it, in sentences."""
    if not counted.received:
        return str(_("None came."))
    came = [
        words
        for count, words in (
            (counted.by_court, _("From a court: %(num)s.", num=counted.by_court)),
            (counted.by_agency, _("From police or another office, without a court: %(num)s.", num=counted.by_agency)),
            (counted.by_public, _("Under the public records law: %(num)s.", num=counted.by_public)),
        )
        if count
    ]
    if counted.refused:
        came.append(_("Refused or contested: %(num)s.", num=counted.refused))
    came.append(_("Handed out: %(what)s", what=counted.handed) if counted.answered else _("Nothing was handed out."))
    return " ".join(map(str, came))


def sum_words(counted: DemandSum | None) -> list[str]:
    """Return the sum of the quarters without a gap in sentences, each true of these figures."""
    if counted is None:
        return [str(_("There is no count yet."))]
    span = {"since": format_date(counted.since, "long"), "until": format_date(counted.until, "long")}
    if not counted.received:
        return [str(_("From %(since)s to %(until)s, nobody demanded records from us.", **span))]
    said = [
        ngettext(
            "From %(since)s to %(until)s, %(num)s demand for records came.",
            "From %(since)s to %(until)s, %(num)s demands for records came.",
            counted.received,
            **span,
        )
    ]
    if not counted.by_court:
        said.append(_("No court order, warrant or subpoena was among them."))
    handed_out = ngettext(
        "After %(num)s of them something was handed out.",
        "After %(num)s of them something was handed out.",
        counted.answered,
    )
    said.append(handed_out if counted.answered else _("Nothing was handed out."))
    return [str(one) for one in said]


# --- the team's forms ---

NAME, HOURS, NOTICES = _l("Name of the office or group"), _l("When somebody answers"), _l("More about this website")
PLAIN = ("address", "phone", "email")


class OperatorForm(EditorForm):
    """Who runs the site. Every field may be empty, but no text may stand in one language only."""

    name_en, name_es = line(english(NAME), 160), line(spanish(NAME), 160)
    address = lines(_l("Postal address"), 300)
    phone, email = line(_l("Phone"), 40), line(_l("E-mail"), 254)
    hours_en, hours_es = line(english(HOURS), 160), line(spanish(HOURS), 160)
    notices_en, notices_es = lines(english(NOTICES), 4_000), lines(spanish(NOTICES), 4_000)
    same = BooleanField(SAME)

    def validate(self, extra_validators: Any = None) -> bool:
        super().validate(extra_validators)
        self._check_pairs()
        if self.phone.data and not can_be_dialed(self.phone.data):
            self.complain("phone", PHONE)
        if self.email.data and (address := read_mail(self.email.data)):
            self.email.data = address
        elif self.email.data:
            self.complain("email", MAIL)
        return not self.errors

    def _check_pairs(self) -> None:
        for name in PAIRS:
            for lang, other in (LANGUAGES, LANGUAGES[::-1]):
                if self[f"{name}_{other}"].data and not self[f"{name}_{lang}"].data:
                    self.complain(f"{name}_{lang}", BOTH_LANGUAGES)

    def leaves_a_language_behind(self, before: OperatorFacts) -> bool:
        """Return whether one language would be older than the other, adding errors, unless it is vouched for."""
        texts = {name: getattr(before, name) for name in PAIRS}
        behind = () if self.same.data else left_behind(texts, {name: self.pair(name) for name in PAIRS})
        for name in behind:
            self.complain(name, BEHIND)
        return bool(behind)

    @property
    def facts(self) -> OperatorFacts:
        """The entered facts. The form must be valid."""
        values: dict[str, Any] = {name: self[name].data or "" for name in PLAIN}
        values |= {name: self.pair(name) for name in PAIRS}
        return OperatorFacts(**values)

    def changes(self, before: OperatorFacts) -> dict[str, tuple[str, str]]:
        """Return the values before and after of what differs, adding errors where a change waits. It must be valid."""
        old, new = as_values(before), as_values(self.facts)
        changed = {name: (old[name], new[name]) for name in new if old[name] != new[name]}
        for name in waiting_fields("operator") & changed.keys():
            self.complain(name, REFUSALS["change_waits"])
        return changed


AUDITED_NAMES = {f"operator {name}": getattr(OperatorForm, name).args[0] for name in as_values(OperatorFacts())}
"""What a waiting change calls each fact."""


def _as_typed(facts: OperatorFacts) -> dict[str, Any]:
    values: dict[str, Any] = {name: getattr(facts, name) for name in PLAIN}
    for name in PAIRS:
        values |= both(name, getattr(facts, name))
    return values


team_blueprint = AudienceBlueprint(
    "operator_team", __name__, audience=members("administrator"), url_prefix="/<lang:lang>/team/who-runs-this"
)


@team_blueprint.route("/", methods=["GET", "POST"])
def edit() -> ResponseReturnValue:
    """Change who runs the site. The password comes first: residents call and write to what stands here."""
    if asked := password_first(request.path):
        return asked
    stored, facts, form = stored_operator(), operator(), OperatorForm()
    if (
        not form.validate_over(_as_typed(facts), stored.version if stored else 0)
        or form.leaves_a_language_behind(facts)
        or names_hidden_place(form, current_user.id)
    ):
        return _page(form, facts), form.http_status
    changes = form.changes(facts)
    if form.errors:
        return _page(form, facts), form.http_status
    if changes and has_opened():
        flash(ask_for_change("operator", changes, current_user.id), "success")
        return redirect(url_for("settings.index"))
    restate({name: after for name, (_before, after) in changes.items()}, current_user.id)
    flash(_("Saved. It stands on the public page now."), "success")
    return redirect(url_for("operator_team.edit"))


def _page(form: OperatorForm, facts: OperatorFacts) -> str:
    return render_template("home/operator_form.html", form=form, facts=facts)
