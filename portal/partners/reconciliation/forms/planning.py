"""The forms of those who plan a session, ask the public about it, and count who came."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta
from typing import Any

from flask_babel import lazy_gettext as _l
from wtforms import RadioField, SelectChoice, SelectField
from wtforms.validators import InputRequired, NumberRange, Optional

from portal.core.clock import today
from portal.core.editing import BOTH_LANGUAGES, WholeForm, both, english, line, lines, spanish
from portal.core.fields import DateField, IntegerField
from portal.core.forms import RoomForm, refuse, text
from portal.core.i18n import LANGUAGES
from portal.partners.queries.circles import Seat
from portal.partners.reconciliation.actions.sittings import Plan
from portal.partners.reconciliation.models import Sitting
from portal.partners.reconciliation.rules import (
    MOST_HEADS,
    Level,
    Present,
    days_in_order,
    minutes_of,
    read_agenda,
    same_minutes,
)
from portal.partners.reconciliation.texts import (
    A_DAY,
    APART,
    LEVELS,
    NOT_MINUTES,
    NOT_THE_SAME,
    NOT_THE_SUM,
    PAST,
    PRESENTS,
    REFUSALS,
)
from portal.partners.reconciliation.texts.patterns import Pattern
from portal.partners.sealing import Words

PURPOSE, RULES = _l("Purpose"), _l("Ground rules")
VENUE, LANGUAGE_PLAN = _l("Place, neutral for both sides"), _l("Which languages, and who interprets")
COMMUNITY = _l("The community meets first: who, and where")
AGENCIES = _l("Police and agencies meet first: who, and where")
AGENDA, QUESTIONS = _l("Agenda, a line for each item"), _l("Questions, a line each")
REPORT, REPORT_BY, RECORDER = _l("What is reported back"), _l("Which office or person reports it"), _l("Who records")
SEALED_PAIRS = ("venue", "community", "agencies", "recorder", "languages", "agenda", "questions", "report", "report_by")
DAYS = ("community_on", "agencies_on", "held_on", "report_on")
SEALED_LINES = ("hour", "apart", "level", "length")


def day_field(label: Any) -> DateField:
    """A required day."""
    return DateField(label, validators=[InputRequired(A_DAY)])


class PlanForm(WholeForm):
    """A session before it is held."""

    PAIRS: tuple[str, ...] = (
        "purpose",
        "venue",
        "community",
        "agencies",
        "languages",
        "agenda",
        "questions",
        "report",
        "report_by",
    )
    purpose_en, purpose_es = lines(english(PURPOSE), 600), lines(spanish(PURPOSE), 600)
    held_on, hour = day_field(_l("Day of the session")), text(_l("Hour"), 40)
    length = IntegerField(
        _l("How many minutes it takes"),
        default=90,
        validators=[
            InputRequired(_l("Please give a number.")),
            NumberRange(10, 480, _l("Please give a number from %(min)s to %(max)s.")),
        ],
    )
    venue_en, venue_es = lines(english(VENUE), 300), lines(spanish(VENUE), 300)
    apart = RadioField(
        _l("Separate entrances"), choices=[SelectChoice(key, words) for key, words in APART.items()], default="yes"
    )
    community_on, agencies_on = day_field(_l("Day for the community")), day_field(_l("Day for police and agencies"))
    community_en, community_es = lines(english(COMMUNITY), 400), lines(spanish(COMMUNITY), 400)
    agencies_en, agencies_es = lines(english(AGENCIES), 400), lines(spanish(AGENCIES), 400)
    facilitator = SelectField(_l("Who facilitates"))
    recorder_en, recorder_es = line(english(RECORDER), 120), line(spanish(RECORDER), 120)
    languages_en, languages_es = lines(english(LANGUAGE_PLAN), 400), lines(spanish(LANGUAGE_PLAN), 400)
    level = RadioField(
        _l("How confidential it is"),
        choices=[SelectChoice(one.value, LEVELS[one]) for one in Level],
        default=Level.THEMES.value,
    )
    agenda_en, agenda_es = lines(english(AGENDA), 3_000), lines(spanish(AGENDA), 3_000)
    questions_en, questions_es = lines(english(QUESTIONS), 2_000), lines(spanish(QUESTIONS), 2_000)
    report_en, report_es = lines(english(REPORT), 600), lines(spanish(REPORT), 600)
    report_by_en, report_by_es = line(english(REPORT_BY), 160), line(spanish(REPORT_BY), 160)
    report_on = day_field(_l("By when it is reported back"))

    def __init__(self, able: Iterable[Seat], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.facilitator.choices = [SelectChoice(str(one.member.id), one.member.name) for one in able]

    def validate(self, extra_validators: Any = None) -> bool:
        """The agenda adds up in both languages, and the days come in their order."""
        super().validate(extra_validators)
        if bool(self.recorder_en.data) != bool(self.recorder_es.data):
            self.complain("recorder_es" if self.recorder_en.data else "recorder_en", BOTH_LANGUAGES)
        self._add_up()
        days = [self[name].data for name in DAYS]
        if all(days) and not days_in_order(*days):
            self.complain("held_on", REFUSALS["session_days"])
        return not self.errors

    def _add_up(self) -> None:
        read = {lang: read_agenda(self[f"agenda_{lang}"].data or "") for lang in LANGUAGES}
        for lang, items in read.items():
            if items is None and not self[f"agenda_{lang}"].errors:
                self.complain(f"agenda_{lang}", NOT_MINUTES)
        english_one, spanish_one = read["en"], read["es"]
        if english_one is None or spanish_one is None:
            return
        if not same_minutes(english_one, spanish_one):
            self.complain("agenda_es", NOT_THE_SAME)
        total = minutes_of(english_one)
        if self.length.data and total != self.length.data:
            self.complain("length", NOT_THE_SUM % {"sum": total, "length": self.length.data})

    @property
    def plan(self) -> Plan:
        """What was typed."""
        sealed: dict[str, str] = {name: str(self[name].data or "") for name in SEALED_LINES}
        for name in SEALED_PAIRS:
            sealed |= both(name, self.pair(name))
        days = {name: self[name].data for name in DAYS}
        return Plan(purpose=self.pair("purpose"), sealed=sealed, **days)


def planned(sitting: Sitting, words: Words) -> dict[str, Any]:
    """A session as the fields of its form hold it."""
    stored: dict[str, Any] = {**words, **both("purpose", sitting.purpose)}
    stored |= {name: getattr(sitting, name) for name in DAYS}
    return stored | {"facilitator": str(sitting.facilitator_id), "length": int(words["length"] or 0)}


def begun(pattern: Pattern) -> dict[str, Any]:
    """What the form of a new session begins with."""
    values: dict[str, str] = {}
    for name in ("purpose", "agenda", "questions", "rules"):
        values |= both(name, getattr(pattern, name))
    return values


class NewPlanForm(PlanForm):
    """A new session, with its first ground rules."""

    PAIRS = (*PlanForm.PAIRS, "rules")
    rules_en, rules_es = lines(english(RULES), 3_000), lines(spanish(RULES), 3_000)


class RulesForm(WholeForm):
    """Ground rules, written anew."""

    PAIRS = ("rules",)
    rules_en, rules_es = lines(english(RULES), 3_000), lines(spanish(RULES), 3_000)


class AskForm(WholeForm):
    """What the public reads while it is asked for suggestions."""

    PAIRS = ("title", "about")
    title_en, title_es = line(english(_l("Title")), 100), line(spanish(_l("Title")), 100)
    about_en, about_es = lines(english(_l("What it is about")), 800), lines(spanish(_l("What it is about")), 800)
    closes_on = day_field(_l("Last day for suggestions"))

    def validate_closes_on(self, field: DateField) -> None:
        """Nobody is asked on days that are over."""
        if field.data < today():
            refuse(PAST)


class HeadsForm(RoomForm):
    """How many of each kind were there."""

    @property
    def counts(self) -> dict[str, int]:
        """What was typed."""
        return {one.value: self[one.value].data or 0 for one in Present}


for _present in Present:
    _limits = NumberRange(0, MOST_HEADS, _l("Please give a number from %(min)s to %(max)s."))
    setattr(HeadsForm, _present.value, IntegerField(PRESENTS[_present], validators=[Optional(), _limits]))


def usual_close(sitting: Sitting) -> date:
    """When suggestions usually close: a week before the session, and never in the past."""
    return max(today(), sitting.held_on - timedelta(days=7))
