"""The administrator's pages of demands for records: the count of each quarter, and the legal holds on reports."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from flask import render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _, lazy_gettext as _l
from wtforms import BooleanField, SelectField
from wtforms.validators import InputRequired

from portal.accounts.sign_in import current_user, password_first
from portal.core.clock import today
from portal.core.editing import Both, EditorForm, done, lines
from portal.core.forms import NUMBER, Between, DateField, FormPage, IntegerField, ProtectedForm
from portal.core.i18n import NOTHING, language
from portal.core.page_cache import renew_cache_version
from portal.core.statuses import Refused
from portal.core.web import AudienceBlueprint, members, refusal
from portal.home import demands
from portal.home.demands import DemandCount, Quarter
from portal.markets.places import public_markets
from portal.markets.texts import names_hidden_place
from portal.reports.holds import LONGEST, ReportHold, all_holds, end_hold, extend_hold, place_hold, the_hold

NEEDED = InputRequired(_l("Please fill this in."))
A_NUMBER = InputRequired(_l("Please write a whole number, 0 for none."))
FEWER = _l("This cannot be more than all that came.")
WHAT_KIND = _l("Please say in both languages what kind of records it was.")
KINDS = _l("Only kinds, such as: minutes of public meetings. No name, no place, nothing of a report.")
LISTED = 8
MOST = 9_999
WRONG_DAY = {"hold_days": "to_on"}
"""The field of a hold at which a refusal is said; others are said at its last day."""
blueprint = AudienceBlueprint(
    "records", __name__, audience=members("administrator"), url_prefix="/<lang:lang>/team/records"
)


def _count(label: Any) -> IntegerField:
    return IntegerField(label, validators=[A_NUMBER, Between(0, MOST)], render_kw=NUMBER)


class DemandsForm(EditorForm):
    ROW = DemandCount
    by_court = _count(_l("Court orders, warrants and subpoenas"))
    by_agency = _count(_l("Police or other offices, without a court"))
    by_public = _count(_l("Requests under the public records law"))
    refused = _count(_l("How many of these were refused or contested, wholly or in part"))
    answered = _count(_l("After how many of these something was handed out"))
    handed = Both(lines, _l("What kind of records was handed out"), 600, KINDS, rows=3)

    def validate(self, extra_validators: Any = None) -> bool:
        if not super().validate(extra_validators):
            return False
        for name in ("refused", "answered"):
            if self[name].data > self.by_court.data + self.by_agency.data + self.by_public.data:
                self.complain(name, FEWER)
        if self.answered.data and not self.handed.is_whole:
            self.complain(f"handed_{'es' if self.handed.en else 'en'}", WHAT_KIND)
        return not self.errors

    @property
    def values(self) -> dict[str, Any]:
        """Extend the base: what was handed out is dropped if nothing was."""
        return super().values | ({} if self.answered.data else {"handed": NOTHING})


class LongerForm(ProtectedForm):
    until_on = DateField(_l("Keep them until"), validators=[NEEDED])
    forbidden = BooleanField(_l("A court forbids us to speak of it"))


class HoldForm(LongerForm):
    from_on = DateField(_l("Reports that came from"), validators=[NEEDED])
    to_on = DateField(_l("up to"), validators=[NEEDED])
    place = SelectField(_l("Place"))

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(until_on=today() + timedelta(days=90), **kwargs)
        self.places = {place.slug: place for place in public_markets()}
        names = [(slug, place.name[language()]) for slug, place in self.places.items()]
        self.place.choices = [("", _l("Everywhere")), *names]

    @property
    def hold(self) -> ReportHold:
        place = self.places.get(self.place.data or "")
        days = {name: self[name].data for name in ("from_on", "to_on", "until_on")}
        return ReportHold(**days, market_id=place.id if place else None, may_be_told=not self.forbidden.data)


@blueprint.get("/")
def index() -> str:
    counted, quarters = demands.demands(), []
    for each in sorted({*demands.ended(today(), LISTED), *counted}, reverse=True):
        words = demands.demand_words(counted[each]) if each in counted else ""
        quarters.append((each, demands.quarter_words(each), words))
    return render_template("home/records.html", quarters=quarters, holds=all_holds(), places=_place_names())


def _place_names() -> dict[int, str]:
    return {place.id: place.name[language()] for place in public_markets()}


@blueprint.route("/<int:year>-<int:number>", methods=["GET", "POST"])
def quarter(year: int, number: int) -> ResponseReturnValue:
    asked, form = Quarter(year, number), DemandsForm()
    if not form.validate_row(demands.stored_demands(asked)) or names_hidden_place(form, current_user.id):
        title, back = _("Demands for records"), (url_for("records.index"), _("Back"))
        lead = _("How many demands for records came? Write 0 for none. It is public as soon as you save it.")
        around = {"tab": title, "lead": lead, "eyebrow": title, "busy": _("Saving…")}
        return FormPage(demands.quarter_words(asked), _("Save"), back=back, keep=True, **around).show(form)
    demands.count_demands(asked, form.values, current_user.id)
    return done(url_for("records.index"), _("Saved. It stands on the public page now."))


@blueprint.route("/hold", methods=["GET", "POST"], endpoint="place")
@blueprint.route("/hold/<int:hold_id>", methods=["GET", "POST"], endpoint="change")
def hold(hold_id: int | None = None) -> ResponseReturnValue:
    stored = the_hold(hold_id) if hold_id is not None else None
    form = LongerForm(until_on=stored.until_on, forbidden=not stored.may_be_told) if stored else HoldForm()
    status = form.http_status
    if form.validate_on_submit():
        try:
            if isinstance(form, HoldForm):
                place_hold(form.hold, current_user.id)
                return _done(_("The hold is in force. What it keeps is still locked for you."))
            if stored:
                may_be_told = not form.forbidden.data
                extend_hold(stored, form.until_on.data, may_be_told=may_be_told, member_id=current_user.id)
            return _done(_("Saved."))
        except Refused as error:
            form[WRONG_DAY.get(error.key, "until_on")].errors = [refusal(error.key)]
            status = 409
    days = {"gone_before": today() - timedelta(days=90), "longest": today() + LONGEST}
    return render_template("home/records_hold.html", form=form, hold=stored, places=_place_names(), **days), status


@blueprint.post("/hold/end/<int:hold_id>")
def release(hold_id: int) -> ResponseReturnValue:
    """End a hold. The password comes first: what it kept is erased in the next night."""
    if first := password_first(url_for("records.change", hold_id=hold_id)):
        return first
    end_hold(the_hold(hold_id), current_user.id)
    return _done(_("The hold is over. What should have been erased meanwhile is erased tonight."))


def _done(words: str) -> ResponseReturnValue:
    renew_cache_version()
    return done(url_for("records.index"), words)
