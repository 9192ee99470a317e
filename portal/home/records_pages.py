"""The administrator's pages of demands for records: the list, one demand with its hold, its files and how it ended.

No field takes a free text but the office's file number, so that no name or place is stored here.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

from flask import Response, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, RadioField, SelectChoice, SelectField, SelectMultipleField
from wtforms.validators import InputRequired
from wtforms.widgets import CheckboxInput, ListWidget

from portal.accounts.roles import Role
from portal.accounts.sign_in import SessionUser, current_user, password_first
from portal.accounts.today import OpenItem
from portal.accounts.users import member_names
from portal.core.clock import today
from portal.core.db import db
from portal.core.editing import EditorForm, line
from portal.core.forms import DateField, ProtectedForm, refuse
from portal.core.i18n import date_words, language
from portal.core.pii import personal_details
from portal.core.purge import last_purge
from portal.core.statuses import Refused
from portal.core.web import AudienceBlueprint, members, refusal
from portal.home import records
from portal.home.operator_pages import demand_words, quarter_words
from portal.home.quarters import Quarter, ended, quarter_of
from portal.home.records import END_WORDS, HANDED_OUT, KINDS, RECORDS, DemandEnd, DemandFacts, Handout, RecordKind
from portal.home.records_export import EXPORTED, LEFT_OUT, export
from portal.markets.places import public_markets
from portal.reports.holds import LONGEST, HoldScope, end_hold, extend_hold

NEEDED = InputRequired(_l("Please fill this in."))
CHOOSE = InputRequired(_l("Please choose one of these."))
AT_LEAST_ONE = InputRequired(_l("Please choose at least one."))
QUARTERS = 8
blueprint = AudienceBlueprint(
    "records", __name__, audience=members("administrator"), url_prefix="/<lang:lang>/team/records"
)


def _boxes(label: Any, kinds: tuple[RecordKind, ...], **kwargs: Any) -> SelectMultipleField:
    choices = [SelectChoice(one.value, RECORDS[one]) for one in kinds]
    return SelectMultipleField(
        label, choices=choices, widget=ListWidget(prefix_label=False), option_widget=CheckboxInput(), **kwargs
    )


class DemandForm(EditorForm):
    """A demand as it came."""

    kind = RadioField(
        _l("Who demands it?"),
        choices=[SelectChoice(one.value, label) for one, label in KINDS.items()],
        validators=[CHOOSE],
    )
    came_on = DateField(_l("Day it came"), validators=[NEEDED], default=today)
    about = _boxes(_l("What it asks for"), tuple(RecordKind), validators=[AT_LEAST_ONE])
    reference = line(_l("File number of your office"), 40)
    forbidden = BooleanField(_l("A court forbids us to speak of it"))

    def validate_came_on(self, field: DateField) -> None:
        if field.data > today():
            refuse(_l("This day is still to come."))

    def validate_reference(self, field: Any) -> None:
        if personal_details(field.data or ""):
            refuse(_l("Write only the number of the file here, no name, address or phone."))

    @property
    def facts(self) -> DemandFacts:
        """The entered facts. The form must be valid."""
        told = not self.forbidden.data
        return DemandFacts(
            self.kind.data, self.came_on.data, self.about.data or [], self.reference.data or "", may_be_told=told
        )


class SinceForm(ProtectedForm):
    """The first quarter of which every demand is filed."""

    since = SelectField(_l("We file every demand that came since"))

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        quarters = [quarter_of(today()), *ended(today(), QUARTERS)]
        self.since.choices = [(f"{one.year}-{one.number}", quarter_words(one)) for one in quarters]

    @property
    def quarter(self) -> Quarter:
        """The chosen quarter. The form must be valid."""
        return Quarter(*map(int, self.since.data.split("-")))


class HoldForm(ProtectedForm):
    """Which reports are kept, and until when."""

    from_on = DateField(_l("Reports that came from"), validators=[NEEDED])
    to_on = DateField(_l("up to"), validators=[NEEDED])
    place = SelectField(_l("Place"))
    until_on = DateField(_l("Keep them until"), validators=[NEEDED])

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.places = {place.slug: place for place in public_markets()}
        named = [(slug, place.name[language()]) for slug, place in self.places.items()]
        self.place.choices = [("", _l("Everywhere")), *named]

    @property
    def scope(self) -> HoldScope:
        """The entered scope. The form must be valid."""
        place = self.places.get(self.place.data or "")
        days = self.from_on.data, self.to_on.data, self.until_on.data
        return HoldScope(*days, market_id=place.id if place else None)


class LongerForm(ProtectedForm):
    """Another last day of a hold."""

    longer_until = DateField(_l("Keep them until"), validators=[NEEDED])


class ExportForm(ProtectedForm):
    """What is put into the file."""

    kinds = _boxes(_l("What goes into the file"), EXPORTED, validators=[AT_LEAST_ONE])


class EndForm(ProtectedForm):
    """How a demand ended."""

    end = RadioField(
        _l("What came of it?"),
        choices=[SelectChoice(one.value, label) for one, label in END_WORDS.items()],
        validators=[CHOOSE],
    )
    handed = _boxes(_l("What was handed out"), tuple(RecordKind))

    def validate_handed(self, field: SelectMultipleField) -> None:
        if self.end.data in HANDED_OUT and not field.data:
            refuse(_l("Please choose what was handed out."))


WORDS = {"kinds": KINDS, "kinds_of_records": RECORDS, "ends": END_WORDS}


@blueprint.route("/", methods=["GET", "POST"])
def index() -> ResponseReturnValue:
    """List the demands, the open ones first; say once since when every demand is filed here."""
    since, form = records.filed_since(), SinceForm()
    if since is None and form.validate_on_submit():
        records.begin_ledger(form.quarter, current_user.id)
        flash(_("Saved. The public page says so now."), "success")
        return redirect(url_for("records.index"))
    counted = [(quarter_words(one), demand_words(found)) for one, found in records.demands().items()]
    listed = [(one, records.hold_of(one)) for one in records.filed_demands()]
    page = render_template(
        "home/records.html",
        form=form,
        since=quarter_words(since) if since else "",
        listed=listed,
        counted=counted,
        **WORDS,
    )
    return page, form.http_status


@blueprint.route("/new", methods=["GET", "POST"])
def new() -> ResponseReturnValue:
    """File a demand."""
    form = DemandForm()
    if not form.validate_on_submit():
        return render_template("home/records_demand.html", form=form, found=None), form.http_status
    filed = records.file_demand(form.facts, current_user.id)
    flash(_("Filed."), "success")
    return redirect(url_for("records.show", demand_id=filed.id))


@blueprint.route("/<int:demand_id>/correct", methods=["GET", "POST"])
def correct(demand_id: int) -> ResponseReturnValue:
    """Correct what was filed of a demand."""
    found, form = records.demand(demand_id), DemandForm()
    stored = {name: getattr(found, name) for name in ("kind", "came_on", "about", "reference")}
    if not form.validate_over(stored | {"forbidden": not found.may_be_told}, found.version):
        return render_template("home/records_demand.html", form=form, found=found), form.http_status
    records.correct_demand(found, form.facts, current_user.id)
    flash(_("Saved."), "success")
    return redirect(url_for("records.show", demand_id=demand_id))


@blueprint.get("/<int:demand_id>")
def show(demand_id: int) -> str:
    """Show a demand with its hold, the files that were made, and how it ended."""
    return _show(demand_id)


def _show(demand_id: int, reason: str | None = None, **forms: ProtectedForm) -> str:
    found = records.demand(demand_id)
    hold, made = records.hold_of(found), records.handouts_of(demand_id)
    places = {place.id: place.name[language()] for place in public_markets()}
    return render_template(
        "home/records_one.html",
        found=found,
        hold=hold,
        made=made,
        names=member_names({one.made_by_id for one in made}),
        place=places.get(hold.market_id or 0) if hold else None,
        gone_before=today() - timedelta(days=90),
        last_run=last_purge("closed reports"),
        longest=today() + LONGEST,
        left_out=LEFT_OUT,
        public=_public_words(found),
        reason=reason,
        **(_new_forms(found) | forms),
        **WORDS,
    )


def _public_words(found: records.RecordsDemand) -> str:
    """Return whether the public page counts a demand."""
    since, came_in = records.filed_since(), quarter_of(found.came_on)
    if not found.may_be_told:
        return str(_("not while a court forbids it"))
    if since is not None and came_in < since:
        return str(_("not counted: it came before the public list begins"))
    return str(_("counted") if came_in.is_over(today()) else _("counted when the quarter is over"))


def _new_forms(found: records.RecordsDemand) -> dict[str, ProtectedForm]:
    asked = [one for one in EXPORTED if one in found.about]
    return {
        "placing": HoldForm(formdata=None, to_on=min(found.came_on, today()), until_on=today() + timedelta(days=90)),
        "extending": LongerForm(formdata=None),
        "exporting": ExportForm(formdata=None, kinds=asked),
        "ending": EndForm(formdata=None, end=found.ended_with, handed=found.handed),
    }


@blueprint.post("/<int:demand_id>/hold")
def place(demand_id: int) -> ResponseReturnValue:
    """Place the hold that a demand asks for."""
    found, form = records.demand(demand_id), HoldForm()
    if not form.validate():
        return _show(demand_id, placing=form), 422
    try:
        records.hold_for(found, form.scope, current_user.id)
    except Refused as error:
        db.rollback()
        return _show(demand_id, refusal(error.key), placing=form), 409
    flash(_("The hold is in force. What it keeps is still locked for you."), "success")
    return redirect(url_for("records.show", demand_id=demand_id))


@blueprint.post("/<int:demand_id>/hold/longer")
def extend(demand_id: int) -> ResponseReturnValue:
    """Put off the last day of a hold."""
    hold, form = records.hold_of(records.demand(demand_id)), LongerForm()
    if hold is None or not form.validate():
        return _show(demand_id, extending=form), 422
    try:
        extend_hold(hold, _day(form.longer_until.data), current_user.id)
    except Refused as error:
        db.rollback()
        return _show(demand_id, refusal(error.key), extending=form), 409
    flash(_("Saved."), "success")
    return redirect(url_for("records.show", demand_id=demand_id))


def _day(chosen: date | None) -> date:
    return chosen or today()


@blueprint.post("/<int:demand_id>/hold/end")
def release(demand_id: int) -> ResponseReturnValue:
    """End a hold. The password comes first: what it kept is erased in the next night."""
    if asked := password_first(url_for("records.show", demand_id=demand_id)):
        return asked
    hold = records.hold_of(records.demand(demand_id))
    if hold is not None:
        end_hold(hold, current_user.id)
        flash(_("The hold is over. What should have been erased meanwhile is erased tonight."), "success")
    return redirect(url_for("records.show", demand_id=demand_id))


@blueprint.post("/<int:demand_id>/file")
def make_file(demand_id: int) -> ResponseReturnValue:
    """Make the file that is handed out, note it in the log, and send it."""
    found, form = records.demand(demand_id), ExportForm()
    if not form.validate():
        return _show(demand_id, exporting=form), 422
    made = export(form.kinds.data, current_user.id)
    note = Handout(kinds=sorted(form.kinds.data), lines=made.lines, left_out=made.masked, digest=made.digest)
    records.note_handout(found, note, current_user.id)
    answer = Response(made.content, mimetype="application/zip")
    answer.headers["Content-Disposition"] = f'attachment; filename="records-{today().isoformat()}.zip"'
    return answer


@blueprint.post("/<int:demand_id>/end")
def end(demand_id: int) -> ResponseReturnValue:
    """Note how a demand ended."""
    found, form = records.demand(demand_id), EndForm()
    if not form.validate():
        return _show(demand_id, ending=form), 422
    records.end_demand(found, DemandEnd(form.end.data), form.handed.data or [], current_user.id)
    flash(_("Saved."), "success")
    return redirect(url_for("records.show", demand_id=demand_id))


def waits(me: SessionUser) -> Iterator[OpenItem]:
    """Yield the demands that nobody has answered yet, for administrators: each has a day in a law or an order."""
    if Role.ADMINISTRATOR not in me.roles:
        return
    for found in records.filed_demands():
        if found.ended_on is None:
            what = _("Demand for records of %(day)s: not answered yet", day=date_words(found.came_on))
            yield OpenItem(what, url_for("records.show", demand_id=found.id))
