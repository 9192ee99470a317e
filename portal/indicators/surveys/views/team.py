"""Calling surveys, printing slips, typing in what came on paper. Counts are shown here once a survey is over."""

from __future__ import annotations

from flask import current_app, flash, redirect, render_template, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from portal.accounts.sessions import person
from portal.core.clock import today
from portal.core.codes import show_code
from portal.core.i18n import LANGUAGES
from portal.core.numbers import telephone
from portal.core.web import Room, members
from portal.indicators.surveys import actions
from portal.indicators.surveys.forms import PaperForm, SurveyForm
from portal.indicators.surveys.models import Survey
from portal.indicators.surveys.queries import known_survey, slips_left, surveys_known_to
from portal.indicators.surveys.rules import COUNTED
from portal.indicators.surveys.texts import COLUMNS, questions_in, slip_words
from portal.markets.models import Market
from portal.markets.queries import known_market, public_markets

Answer = Response | str | tuple[str, int]
room = Room(
    "surveys_team",
    __name__,
    audience=members("evaluator", "community_lead", "organizer"),
    url_prefix="/<lang:lang>/team/surveys",
)


@room.get("/")
def index() -> str:
    """Every survey of the places that somebody may know of."""
    return render_template("indicators/surveys/index.html", rows=surveys_known_to(person().id), today=today())


@room.get("/new")
def new() -> str:
    """An empty form."""
    return render_template("indicators/surveys/new.html", form=SurveyForm(public_markets()))


@room.post("/new")
def call() -> Answer:
    """Call the survey, and show the slips to print: their codes are never shown again."""
    form = SurveyForm(public_markets())
    if not form.validate():
        return render_template("indicators/surveys/new.html", form=form), 422
    market = known_market(int(form.place.data), person().id)
    survey = actions.call_survey(market, form.opens_on.data, form.closes_on.data, person().id)
    return _slips(survey, market, form.slips)


@room.get("/<int:survey_id>")
def show(survey_id: int) -> str:
    """How it stands: how many slips are still out, and what came on paper."""
    survey, market = known_survey(survey_id, person().id)
    return _page(survey, market, PaperForm(survey))


@room.post("/<int:survey_id>")
def save(survey_id: int) -> Answer:
    """Keep what was counted on paper."""
    survey, market = known_survey(survey_id, person().id, to_change=True)
    form = PaperForm(survey)
    if not form.validate():
        return _page(survey, market, form), 422
    actions.type_in(survey, form.counts, person().id)
    flash(_("Saved."), "success")
    return redirect(url_for("surveys_team.show", survey_id=survey.id))


def _page(survey: Survey, market: Market, form: PaperForm) -> str:
    return render_template(
        "indicators/surveys/survey.html",
        survey=survey,
        market=market,
        form=form,
        left=slips_left(survey.id),
        counted=COUNTED,
        columns=COLUMNS,
    )


def _slips(survey: Survey, market: Market, wanted: dict[str, int]) -> str:
    codes = actions.print_slips(survey, wanted, person().id)
    flash(_("The slips are ready. Print them now: the codes are kept nowhere and not shown again."), "warning")
    return render_template(
        "indicators/surveys/slips.html",
        survey=survey,
        market=market,
        codes={lang: [show_code(code) for code in some] for lang, some in codes.items()},
        words={lang: slip_words(lang, _telephone()) for lang in LANGUAGES},
        questions={lang: questions_in(lang) for lang in LANGUAGES},
    )


def _telephone() -> str:
    settings = current_app.extensions["settings"]
    return str(telephone(settings.sms_number)) if settings.sms_sender != "off" and settings.sms_number else ""
