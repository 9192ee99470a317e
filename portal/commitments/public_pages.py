"""Public pages, files, tables and feeds of promises; the answer form for slips; and the team's pages of hearings."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from flask import Response, flash, render_template
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _, lazy_gettext as _l
from sqlalchemy import select
from wtforms import RadioField, SelectMultipleField
from wtforms.validators import InputRequired
from wtforms.widgets import CheckboxInput

from portal.accounts.sign_in import current_user
from portal.commitments import hearings, promises
from portal.commitments.promise_rules import MOST_PROMISES, MOST_SLIPS, BallotChoice, PromiseState, days_fit, share_kept
from portal.commitments.promises import Commitment, Hearing, HearingItem, public_commitment, public_commitments
from portal.commitments.team_pages import CALLERS, FILE_NAME
from portal.core import forms
from portal.core.cells import csv_text
from portal.core.clock import day_of, today
from portal.core.db import one, session
from portal.core.editing import Both, WholeForm, line
from portal.core.feeds import Entry, Feed, atom_feed
from portal.core.files.uploads import download, for_everybody
from portal.core.forms import Between, DateField, IntegerField, SlipForm, choices_of
from portal.core.i18n import LANGUAGES, language
from portal.core.portal import current_portal
from portal.core.slugs import address_here
from portal.core.statuses import existing
from portal.core.texted import show_code
from portal.core.web import PUBLIC, AudienceBlueprint, members, shared_page
from portal.markets.places import public_market
from portal.organisations.organisations import Office

USUAL_SLIPS = 60
FEED = 30
COLUMNS = "address organization office place what_en what_es made_on first_due_on due_on standing judged_on".split()
"""Of the table for programs; columns and standings are in English."""


class HearingForm(WholeForm):
    title = Both(line, _l("Name of the session"), 120)
    promises = SelectMultipleField(
        _l("Promises on the slips"), option_widget=CheckboxInput(), description=_l("At most nine.")
    )
    opens_on = DateField(_l("First day"), [InputRequired()], render_kw={"beside": "closes_on slips"})
    closes_on = DateField(_l("Last day"), validators=[InputRequired()])
    slips = IntegerField(
        _l("How many slips"),
        default=USUAL_SLIPS,
        render_kw={"inputmode": "numeric"},
        validators=[InputRequired(_l("Please give a number.")), Between(1, MOST_SLIPS)],
    )

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(data={"opens_on": today(), "closes_on": today() + timedelta(days=14)}, **kwargs)
        # Anyone may get a slip, so there are public promises on it only.
        self.by_id = {str(promise.id): promise for promise in session.scalars(public_commitments())}
        self.promises.choices = choices_of({key: row.what[language()] for key, row in self.by_id.items()})

    def validate(self, extra_validators: Any = None) -> bool:
        super().validate(extra_validators)
        if not 1 <= len(self.promises.data or ()) <= MOST_PROMISES:
            self.complain("promises", hearings.REFUSALS["hearing_promises"])
        days_known = not self.opens_on.errors and not self.closes_on.errors
        if days_known and not days_fit(self.opens_on.data, self.closes_on.data, today()):
            self.complain("closes_on", hearings.REFUSALS["hearing_days"])
        return not self.errors


def answer_form(hearing: Hearing) -> SlipForm:
    """Return a form with one question for each promise on a slip: `say1`, `say2` and so on."""
    choices, needed = choices_of(promises.SAY_WORDS), [InputRequired(_l("Please choose one."))]
    fields: dict[str, Any] = {
        f"say{item.position}": RadioField(
            _l("Promise %(number)s", number=item.position), choices=choices, validators=needed
        )
        for item in hearing.items
    }
    return type("AnswerForm", (SlipForm,), fields)()  # type: ignore[no-any-return]


def count_answers(code: str, hearing: Hearing, form: SlipForm) -> bool:
    says = {item.position: BallotChoice(form[f"say{item.position}"].data) for item in hearing.items}
    return hearings.answer(code, says)


public_blueprint = AudienceBlueprint("commitments", __name__, audience=PUBLIC, url_prefix="/<lang:lang>/promises")
for name, words in (
    ("promised", promises.promised),
    ("promise_stands", promises.standing_sentence),
    ("promise_words", promises.standing_words),
    ("kept_and_late", promises.kept_and_late),
    ("step_title", promises.step_title),
    ("step_text", promises.step_text),
    ("residents_say", promises.answers_in_words),
    ("evidence_facts", promises.file_facts),
):
    public_blueprint.app_template_filter(name)(words)


@public_blueprint.get("/")
@public_blueprint.get("/page/<int(min=1, max=9999):number>/")
@public_blueprint.get("/<any(late, due, kept, broken):standing>/")
@public_blueprint.get("/<any(late, due, kept, broken):standing>/page/<int(min=1, max=9999):number>/")
@public_blueprint.get("/places/<slug>/")
@public_blueprint.get("/places/<slug>/page/<int(min=1, max=9999):number>/")
@public_blueprint.get("/offices/<int:office_id>/")
@public_blueprint.get("/offices/<int:office_id>/page/<int(min=1, max=9999):number>/")
@shared_page
def index(
    number: int = 1, standing: str | None = None, slug: str | None = None, office_id: int | None = None
) -> ResponseReturnValue:
    """List promises, all or those of a state, a place or an office: open ones first, the longest overdue at the top."""
    chosen, market, office = PromiseState(standing) if standing else None, public_market(slug) if slug else None, None
    within = {"market_id": market.id} if market else {}
    if office_id is not None:
        promising = select(Commitment.office_id).where(promises.shown())
        office = one(select(Office).where(Office.id == office_id, Office.id.in_(promising)))
        within = {"office_id": office.id}
    listed, more = promises.commitments_page(public_commitments(chosen, **within), number)
    sums = promises.counts(**within)
    return render_template(
        "commitments/index.html",
        commitments=listed,
        more=more,
        number=number,
        sums=sums,
        share=share_kept(sums),
        standing=chosen,
        standings=promises.STANDINGS,
        market=market,
        office=office,
    )


@public_blueprint.get("/<slug>")
@shared_page
def commitment(slug: str) -> str:
    promise = public_commitment(slug)
    about = HearingItem.commitment_id == promise.id, Hearing.closes_on < today()
    items = select(HearingItem).join(HearingItem.hearing).where(*about).order_by(Hearing.closes_on.desc())
    return render_template("commitments/commitment.html", it=promise, answers=session.scalars(items).all())


@public_blueprint.get("/<slug>/files/<int:file_id>")
def file(slug: str, file_id: int) -> Response:
    """Send an evidence file. It is not kept in the page cache, where a few files would evict all pages."""
    stored = promises.file_in(public_commitment(slug), file_id)
    return for_everybody(download(f"{FILE_NAME}-{file_id}", stored.kind, stored.content or b""), stored.digest)


@public_blueprint.get("/all.csv")
@shared_page
def table() -> Response:
    """Return a line for each promise (RFC 4180)."""
    lines: list[Sequence[object]] = [COLUMNS]
    for promise in session.scalars(public_commitments()):
        office, place = promise.office, promise.market
        days = (promise.known_day(day) for day in (promise.made_on, promise.first_due_on, promise.due_on))
        lines.append(
            [
                address_here("commitments.commitment", slug=promise.slug),
                office.organisation.name.en if office else "",
                office.name.en if office else "",
                place.name.en if place else "",
                promise.what.en,
                promise.what.es,
                *(str(day or "") for day in days),
                promise.standing.value,
                str(promise.told_on or ""),
            ]
        )
    return Response(csv_text(lines), content_type="text/csv; charset=utf-8")


@public_blueprint.get("/all.atom")
@shared_page
def feed() -> Response:
    """Return the newest steps as an Atom feed (RFC 4287) in the language of the request."""
    feed = Feed(
        title=_("Promises: %(place)s", place=current_portal.settings.site_name),
        about=_("Who promised what, by when, and whether it was kept."),
        page="commitments.index",
        feed="commitments.feed",
        name="promises",
    )
    shown = select(promises.LedgerEntry).join(promises.LedgerEntry.commitment).where(promises.shown())
    entries = []
    rows = shown.order_by(promises.LedgerEntry.at.desc(), promises.LedgerEntry.position.desc()).limit(FEED)
    for entry in session.scalars(rows):
        promise, day = entry.commitment, day_of(entry.told_at)
        entries.append(
            Entry(
                title=f"{promises.step_title(entry)}. {promises.promised(promise)}",
                page=address_here("commitments.commitment", slug=promise.slug),
                name=f"promises/{promise.slug}/{entry.position}",
                published=day,
                updated=day,
                summary=promises.step_text(entry) or promises.standing_words(promise),
            )
        )
    return atom_feed(feed, entries)


slips_blueprint = AudienceBlueprint("slips", __name__, audience=PUBLIC, url_prefix="/<lang:lang>/promises/slip")
forms.SlipEntry(slips_blueprint, "promise slip", "commitments", hearings.hearing_for, answer_form, count_answers)


hearings_blueprint = AudienceBlueprint(
    "hearings", __name__, audience=members(*CALLERS), url_prefix="/<lang:lang>/team/promises/answers"
)


@hearings_blueprint.get("/", endpoint="index")
def hearings_index() -> str:
    held = session.scalars(select(Hearing).order_by(Hearing.opens_on.desc(), Hearing.id)).all()
    return render_template("commitments/hearings.html", hearings=held, today=today())


@hearings_blueprint.route("/new", methods=["GET", "POST"])
def new() -> ResponseReturnValue:
    """Call a session, and show the slips to print: their codes are never shown again."""
    form = HearingForm()
    if not form.validate_on_submit():
        lead = _(
            "One slip for each person in the room. Mix them and let people draw, so that nobody knows who has which."
        )
        page = forms.FormPage(_("Print slips for a session"), _("Make the slips"), lead=lead, busy=_("One moment…"))
        return page.show(form)
    chosen = [form.by_id[key] for key in form.promises.data]
    hearing = hearings.call_hearing(form.title, chosen, form.opens_on.data, form.closes_on.data, current_user.id)
    codes = hearings.print_slips(hearing, form.slips.data, current_user.id)
    flash(_("The slips are ready. Print them now: the codes are kept nowhere and not shown again."), "warning")
    words = {lang: hearings.slip_words(lang) for lang in LANGUAGES}
    return render_template("commitments/slips.html", hearing=hearing, codes=[*map(show_code, codes)], words=words)


@hearings_blueprint.get("/<int:hearing_id>")
def hearing(hearing_id: int) -> str:
    row = existing(session.get(Hearing, hearing_id))
    return render_template("commitments/hearing.html", hearing=row, is_over=today() > row.closes_on)
