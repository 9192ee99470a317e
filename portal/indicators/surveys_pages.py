"""Pages of surveys: residents answer with the code of a slip; the team opens surveys and enters paper counts."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from flask import flash, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _, lazy_gettext as _l
from sqlalchemy import select
from wtforms import HiddenField, RadioField, SelectField
from wtforms.validators import InputRequired

from portal.accounts.sign_in import current_user
from portal.commitments.promise_rules import MOST_SLIPS, days_fit
from portal.core.clock import today
from portal.core.contact import telephone
from portal.core.db import session
from portal.core.editing import done
from portal.core.forms import (
    DateField,
    ProtectedForm,
    SlipEntry,
    SlipForm,
    choices_of,
    new_token,
    nonce_of,
    whole_number,
)
from portal.core.i18n import LANGUAGES, language, number
from portal.core.portal import current_portal
from portal.core.suppression import FEWEST_SHOWN
from portal.core.texted import show_code
from portal.core.web import PUBLIC, AudienceBlueprint, members
from portal.indicators import surveys
from portal.indicators.surveys import COLUMNS, COUNTED, REFUSALS, Survey, known_survey
from portal.markets.places import Market, known_market, known_to, public_markets

USUAL_DAYS, USUAL_SLIPS = 21, 40
MOST_PEOPLE = 100_000
WHOLE_CITY = "0"
CITY_NAME = _l("The whole city, no place is named")


class SurveyForm(ProtectedForm):
    """Its token makes sending it twice harmless."""

    token = HiddenField()
    place = SelectField(_l("Whom to ask"), validators=[InputRequired(_l("Please choose from the list."))])
    opens_on = DateField(_l("First day"), validators=[InputRequired()])
    closes_on = DateField(_l("Last day"), validators=[InputRequired()])
    slips_en = whole_number(_l("Slips in English"), 0, MOST_SLIPS, usual=USUAL_SLIPS)
    slips_es = whole_number(_l("Slips in Spanish"), 0, MOST_SLIPS, usual=USUAL_SLIPS)

    def __init__(self, markets: Sequence[Market], **kwargs: Any) -> None:
        super().__init__(data={"opens_on": today(), "closes_on": today() + timedelta(days=USUAL_DAYS)}, **kwargs)
        of_places: dict[Any, Any] = {market.id: market.name[language()] for market in markets}
        self.place.choices = choices_of(of_places | {WHOLE_CITY: CITY_NAME})
        # Codes are shown once: a form that is sent again days later prints others.
        given = nonce_of(self.token.data)
        self.is_stale = given is None and self.is_submitted()
        self.token.data = self.token.data if given else new_token()

    def validate(self, extra_validators: Any = None) -> bool:
        whole: bool = super().validate(extra_validators)
        days = self.opens_on.data, self.closes_on.data
        if all(days) and not days_fit(*days, today()):
            turned = self.closes_on.data < self.opens_on.data
            self.closes_on.errors = [_("This day is before the first one.") if turned else REFUSALS["survey_days"]]
        slips = sum(self.slips.values())
        if not (self.slips_en.errors or self.slips_es.errors or 1 <= slips <= MOST_SLIPS):
            self.slips_en.errors = [REFUSALS["survey_slips"] if slips else _("Please print at least one slip.")]
        if self.is_stale:
            self.token.errors = [_l("This page was open for a long time. Please press the button again.")]
        return whole and not self.errors

    @property
    def nonce(self) -> bytes:
        """What is the same only if the same form is sent again with the same values."""
        values = (self.place.data, self.opens_on.data, self.closes_on.data, self.slips)
        return (nonce_of(self.token.data) or b"") + repr(values).encode()

    @property
    def slips(self) -> dict[str, int]:
        return {"en": self.slips_en.data or 0, "es": self.slips_es.data or 0}


class PaperForm(ProtectedForm):
    def __init__(self, survey: Survey, **kwargs: Any) -> None:
        super().__init__(data={tally.measure: tally.count for tally in survey.tallies if tally.on_paper}, **kwargs)

    def validate(self, extra_validators: Any = None) -> bool:
        whole: bool = super().validate(extra_validators)
        if whole and not surveys.adds_up(self.counts):
            self[surveys.ASKED].errors = [REFUSALS["survey_sums"]]
        return whole and not self.errors

    @property
    def counts(self) -> dict[str, int]:
        return {key: self[key].data or 0 for key in COUNTED}


for _key in COUNTED:
    setattr(PaperForm, _key, whole_number(COLUMNS[_key], 0, MOST_PEOPLE, usual=0))


class AnswerForm(SlipForm):
    @property
    def says(self) -> surveys.Says:
        meant = {"yes": True, "no": False, "skip": None}
        return {question: meant[self[question.value].data] for question in surveys.QUESTIONS}


for _question in surveys.SurveyQuestion:
    _needed = [InputRequired(_l("Please choose one."))]
    _field = RadioField(surveys.QUESTION_TEXTS[_question], choices=choices_of(surveys.ANSWERS), validators=_needed)
    setattr(AnswerForm, _question.value, _field)

public_blueprint = AudienceBlueprint("surveys", __name__, audience=PUBLIC, url_prefix="/<lang:lang>/survey")
SlipEntry(
    public_blueprint,
    "survey slip",
    "indicators/surveys",
    surveys.survey_for,
    lambda _survey: AnswerForm(),
    lambda code, _survey, form: surveys.answer(code, form.says),
)
team_blueprint = AudienceBlueprint(
    "surveys_team",
    __name__,
    audience=members("evaluator", "community_lead", "organizer"),
    url_prefix="/<lang:lang>/team/surveys",
)


@team_blueprint.get("/")
def index() -> str:
    theirs = select(Survey, Market).outerjoin(Market, Market.id == Survey.market_id)
    theirs = theirs.where(Survey.market_id.is_(None) | known_to(current_user.id))
    listed = session.execute(theirs.order_by(Survey.closes_on.desc(), Survey.id))
    rows = [(survey, name_of(market)) for survey, market in listed]
    return render_template("indicators/surveys/index.html", rows=rows, today=today())


@team_blueprint.route("/new", methods=["GET", "POST"])
def new() -> ResponseReturnValue:
    """Open a survey and show the slips to print: their codes are never shown again."""
    form = SurveyForm(public_markets())
    if not form.validate_on_submit():
        return render_template("indicators/surveys/new.html", form=form), form.http_status
    if made := surveys.survey_of_form(form.nonce, current_user.id):
        flash(_("These slips are made already. Print them now: the codes are kept nowhere."), "warning")
        survey, market = known_survey(made.id, current_user.id)
        codes = surveys.codes_from(form.nonce, form.slips)
    else:
        market = None if form.place.data == WHOLE_CITY else known_market(int(form.place.data), current_user.id)
        survey = surveys.call_survey(market, form.opens_on.data, form.closes_on.data, current_user.id, form.nonce)
        codes = surveys.print_slips(survey, form.slips, current_user.id, form.nonce)
        flash(_("The slips are ready. Print them now: the codes are kept nowhere and not shown again."), "warning")
    settings = current_portal.settings
    takes_texts = settings.sms_sender != "off" and settings.sms_number
    number_of_texts = str(telephone(settings.sms_number)) if takes_texts else ""
    return render_template(
        "indicators/surveys/slips.html",
        survey=survey,
        name=name_of(market),
        codes={lang: [show_code(code) for code in some] for lang, some in codes.items()},
        texts={lang: surveys.slip_texts(lang, number_of_texts) for lang in LANGUAGES},
    )


@team_blueprint.route("/<int:survey_id>", methods=["GET", "POST"])
def show(survey_id: int) -> ResponseReturnValue:
    """The paper counts of a survey; how many answered otherwise nobody sees before it is over."""
    survey, market = known_survey(survey_id, current_user.id, to_change=request.method == "POST")
    form, flow, rows = PaperForm(survey), surveys.flow_of(survey), []
    if form.validate_on_submit():
        surveys.type_in(survey, form.counts, current_user.id)
        return done(url_for("surveys_team.show", survey_id=survey.id), _("Saved."))
    for question, parts in flow.questions.items():
        # One small number would give the others away.
        is_shown = all(part >= FEWEST_SHOWN for part in parts)
        rows.append([str(COLUMNS[question]), *(number(part) if is_shown else "–" for part in parts)])
    shown = {"survey": survey, "name": name_of(market), "form": form, "flow": flow, "flow_rows": rows}
    page = render_template("indicators/surveys/survey.html", counted=COUNTED, columns=COLUMNS, **shown)
    return page, form.http_status


def name_of(market: Market | None) -> str:
    return str(market.name[language()] if market else CITY_NAME)
