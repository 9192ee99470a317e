"""Public pages, files and feeds of promises; the answer form for slips; and the team's pages of hearings."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from typing import Any

from flask import Response, flash, render_template
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import RadioField, SelectChoice, SelectMultipleField
from wtforms.validators import InputRequired, NumberRange
from wtforms.widgets import CheckboxInput

from portal.accounts.sign_in import current_user
from portal.commitments import hearings
from portal.commitments.ballots import LONGEST, MOST_PROMISES, MOST_SLIPS, BallotChoice
from portal.commitments.feeds import CSV, commitments_csv, commitments_feed
from portal.commitments.promise_states import PromiseState
from portal.commitments.promises import (
    Commitment,
    Hearing,
    answerable,
    answers_about,
    commitments_page,
    counts,
    file_in,
    hearing_of,
    latest_entries,
    public_commitment,
    public_commitments,
    public_office,
)
from portal.commitments.promises import hearings as ended_hearings
from portal.commitments.team_pages import CALLERS, FILE_NAME, FILL_IN
from portal.commitments.texts import (
    REFUSALS,
    SAYS,
    STANDINGS,
    answers_in_words,
    file_facts,
    promised,
    share_sentence,
    slip_words,
    standing_sentence,
    step_text,
    step_title,
)
from portal.core.clock import today
from portal.core.db import session
from portal.core.editing import in_both, line
from portal.core.feature import MOST_LISTED, SitemapPage, changed_on
from portal.core.files.uploads import download, for_everybody
from portal.core.forms import DateField, FormPage, IntegerField, ProtectedForm, only_changes_language
from portal.core.i18n import LANGUAGES, Bilingual, language
from portal.core.slips import UNKNOWN, SlipEntry, SlipForm
from portal.core.texted import read_code, show_code
from portal.core.web import PUBLIC, AudienceBlueprint, members, shared_page
from portal.markets.places import Market, public_market
from portal.organisations.organisations import Office

USUAL_SLIPS = 60


class HearingForm(ProtectedForm):
    """A session at which residents answer about promises."""

    title_en, title_es = in_both(line, _l("Name of the session"), 120)
    promises = SelectMultipleField(
        _l("Promises on the slips"), option_widget=CheckboxInput(), description=_l("At most nine.")
    )
    opens_on = DateField(
        _l("First day"), [InputRequired(_l("Please give a day."))], render_kw={"beside": "closes_on slips"}
    )
    closes_on = DateField(_l("Last day"), validators=[InputRequired(_l("Please give a day."))])
    slips = IntegerField(
        _l("How many slips"),
        default=USUAL_SLIPS,
        render_kw={"inputmode": "numeric"},
        validators=[
            InputRequired(_l("Please give a number.")),
            NumberRange(1, MOST_SLIPS, _l("Please give a number from %(min)s to %(max)s.")),
        ],
    )

    def __init__(self, commitments: Sequence[Commitment], **kwargs: Any) -> None:
        usual = {"opens_on": today(), "closes_on": today() + timedelta(days=14)}
        super().__init__(data=usual, **kwargs)
        lang = language()
        self.promises.choices = [SelectChoice(str(one.id), one.what[lang]) for one in commitments]
        self._by_id = {str(one.id): one for one in commitments}

    def validate(self, extra_validators: Any = None) -> bool:
        whole: bool = super().validate(extra_validators)
        for name in ("title_en", "title_es"):
            if not self[name].data:
                self[name].errors = [FILL_IN]
        if not 1 <= len(self.promises.data or ()) <= MOST_PROMISES:
            self.promises.errors = [REFUSALS["hearing_promises"]]
        if (
            not self.opens_on.errors
            and not self.closes_on.errors
            and not _fits(self.opens_on.data, self.closes_on.data)
        ):
            self.closes_on.errors = [REFUSALS["hearing_days"]]
        return whole and not self.errors

    @property
    def title(self) -> Bilingual:
        """The title of the session."""
        return Bilingual(en=self.title_en.data or "", es=self.title_es.data or "")

    @property
    def chosen(self) -> list[Commitment]:
        """The chosen promises, in the order of the list."""
        return [self._by_id[one] for one in self.promises.data]


def _fits(opens_on: date, closes_on: date) -> bool:
    return opens_on <= closes_on <= opens_on + LONGEST and closes_on >= today()


def answer_form(numbers: Sequence[int]) -> SlipForm:
    """Return a form with one question for each promise on a slip: `say1`, `say2` and so on."""
    choices = [SelectChoice(say.value, words) for say, words in SAYS.items()]
    fields: dict[str, Any] = {
        f"say{number}": RadioField(
            _l("Promise %(number)s", number=number),
            choices=choices,
            validators=[InputRequired(_l("Please choose one."))],
        )
        for number in numbers
    }
    return type("AnswerForm", (SlipForm,), fields)()  # type: ignore[no-any-return]


def says_of(form: SlipForm, numbers: Sequence[int]) -> dict[int, BallotChoice]:
    """Return the chosen answers by promise number."""
    return {number: BallotChoice(form[f"say{number}"].data) for number in numbers}


public_blueprint = AudienceBlueprint("commitments", __name__, audience=PUBLIC, url_prefix="/<lang:lang>/promises")
for name, words in (
    ("promised", promised),
    ("promise_stands", standing_sentence),
    ("step_title", step_title),
    ("step_text", step_text),
    ("residents_say", answers_in_words),
    ("evidence_facts", file_facts),
):
    public_blueprint.app_template_filter(name)(words)


@public_blueprint.get("/")
@public_blueprint.get("/page/<int(min=1, max=9999):number>/")
@shared_page
def index(number: int = 1) -> str:
    """List all promises: open ones first, the longest overdue at the top, then judged ones."""
    return _list(number)


@public_blueprint.get("/<any(late, due, kept, broken):standing>/")
@public_blueprint.get("/<any(late, due, kept, broken):standing>/page/<int(min=1, max=9999):number>/")
@shared_page
def standing_so(standing: str, number: int = 1) -> str:
    """List the promises in one state."""
    return _list(number, standing=PromiseState(standing))


@public_blueprint.get("/places/<slug>/")
@public_blueprint.get("/places/<slug>/page/<int(min=1, max=9999):number>/")
@shared_page
def at_place(slug: str, number: int = 1) -> str:
    """List the promises about one place."""
    return _list(number, market=public_market(slug))


@public_blueprint.get("/offices/<int:office_id>/")
@public_blueprint.get("/offices/<int:office_id>/page/<int(min=1, max=9999):number>/")
@shared_page
def of_office(office_id: int, number: int = 1) -> str:
    """List the promises of one office."""
    return _list(number, office=public_office(office_id))


@public_blueprint.get("/<slug>")
@shared_page
def commitment(slug: str) -> str:
    """Show one promise and its history."""
    found = public_commitment(slug)
    return render_template("commitments/commitment.html", it=found, answers=answers_about([found.id]))


@public_blueprint.get("/<slug>/files/<int:file_id>")
def file(slug: str, file_id: int) -> Response:
    """Send an evidence file. It is not kept in the page cache, where a few files would evict all pages."""
    found = file_in(public_commitment(slug), file_id)
    return for_everybody(download(f"{FILE_NAME}-{file_id}", found.kind, found.content or b""), found.digest)


@public_blueprint.get("/all.csv")
@shared_page
def table() -> Response:
    """Send every promise as CSV."""
    return _csv(None)


@public_blueprint.get("/places/<slug>.csv")
@shared_page
def place_table(slug: str) -> Response:
    """Send the promises about a place as CSV."""
    return _csv(public_market(slug))


@public_blueprint.get("/all.atom")
@shared_page
def feed() -> Response:
    """Send the history of all promises as an Atom feed."""
    return commitments_feed(latest_entries())


@public_blueprint.get("/places/<slug>.atom")
@shared_page
def place_feed(slug: str) -> Response:
    """Send the history of the promises about a place as an Atom feed."""
    market = public_market(slug)
    return commitments_feed(latest_entries(market.id), market)


def _csv(market: Market | None) -> Response:
    rows = session.scalars(public_commitments(market_id=market.id if market else None))
    return Response(commitments_csv(rows), content_type=CSV)


def _list(
    number: int, *, standing: PromiseState | None = None, market: Market | None = None, office: Office | None = None
) -> str:
    within = {"market_id": market.id if market else None, "office_id": office.id if office else None}
    found: tuple[object, bool] = commitments_page(public_commitments(standing=standing, **within), number)
    sums = counts(**within)
    return render_template(
        "commitments/index.html",
        commitments=found[0],
        more=found[1],
        number=number,
        sums=sums,
        share=share_sentence(sums),
        standing=standing,
        standings=STANDINGS,
        market=market,
        office=office,
    )


slips_blueprint = AudienceBlueprint("slips", __name__, audience=PUBLIC, url_prefix="/<lang:lang>/promises/slip")


def _hearing(typed: str) -> Hearing | None:
    code = read_code(typed)
    return hearings.hearing_for(code) if code else None


entry = SlipEntry(slips_blueprint.name, "promise slip", "commitments/slip.html", _hearing)


@slips_blueprint.get("/")
def enter() -> ResponseReturnValue:
    """Ask for the slip's code."""
    return entry.ask()


@slips_blueprint.post("/")
def find() -> ResponseReturnValue:
    """Show the questions of a slip."""
    return entry.find(_ask)


@slips_blueprint.post("/answer")
def answer() -> ResponseReturnValue:
    """Count the answers and delete the slip."""
    form = SlipForm()
    hearing = entry.opened(form)
    if isinstance(hearing, str):
        return entry.ask(form, hearing)
    numbers = [item.position for item in hearing.items]
    filled = answer_form(numbers)
    if only_changes_language():
        return render_template("commitments/answer.html", form=filled, hearing=hearing)
    if not filled.validate():
        return render_template("commitments/answer.html", form=filled, hearing=hearing), 422
    if hearings.answer(read_code(filled.slip.data or "") or "", says_of(filled, numbers)) is None:
        return entry.ask(form, UNKNOWN)
    return render_template("commitments/answered.html", hearing=hearing)


def _ask(hearing: Hearing, _form: SlipForm) -> ResponseReturnValue:
    asked = answer_form([item.position for item in hearing.items])
    return render_template("commitments/answer.html", form=asked, hearing=hearing)


hearings_blueprint = AudienceBlueprint(
    "hearings",
    __name__,
    audience=members(*CALLERS),
    url_prefix="/<lang:lang>/team/promises/answers",
)


@hearings_blueprint.get("/", endpoint="index")
def hearings_index() -> str:
    """List the sessions at which residents answered or can answer."""
    return render_template("commitments/hearings.html", hearings=ended_hearings(), today=today())


@hearings_blueprint.route("/new", methods=["GET", "POST"])
def new() -> ResponseReturnValue:
    """Call a session, and show the slips to print: their codes are never shown again."""
    form = HearingForm(answerable())
    if not form.validate_on_submit():
        lead = _(
            "One slip for each person in the room. Mix them and let people draw, so that nobody knows who has which."
        )
        page = FormPage(_("Print slips for a session"), _("Make the slips"), lead=lead, busy=_("One moment…"))
        return page.show(form)
    hearing = hearings.call_hearing(form.title, form.chosen, form.opens_on.data, form.closes_on.data, current_user.id)
    return _slips(hearing, form.slips.data)


@hearings_blueprint.get("/<int:hearing_id>")
def hearing(hearing_id: int) -> str:
    """Show what is asked, and the counts once the session is over."""
    found = hearing_of(hearing_id)
    return render_template("commitments/hearing.html", hearing=found, is_over=today() > found.closes_on)


def _slips(hearing: Hearing, count: int) -> str:
    codes = hearings.print_slips(hearing, count, current_user.id)
    flash(_("The slips are ready. Print them now: the codes are kept nowhere and not shown again."), "warning")
    words = {lang: slip_words(lang) for lang in LANGUAGES}
    shown = [show_code(code) for code in codes]
    return render_template("commitments/slips.html", hearing=hearing, codes=shown, words=words)


def listed_pages() -> Iterator[SitemapPage]:
    """Yield the pages of promises for the sitemap."""
    yield SitemapPage("commitments.index")
    for one in session.scalars(public_commitments().limit(MOST_LISTED)):
        yield SitemapPage("commitments.commitment", changed_on(one.updated_at, one.public_since), {"slug": one.slug})
