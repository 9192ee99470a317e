"""Places as a form offers them, and the forms in which the team says what a place is and how it stands."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields
from datetime import timedelta
from typing import Any

from flask_babel import lazy_gettext as _l
from flask_wtf.file import FileField
from werkzeug.datastructures import FileStorage
from wtforms import BooleanField, HiddenField, PasswordField, RadioField, SelectChoice, SelectField
from wtforms.validators import DataRequired, InputRequired, NumberRange, Optional

from portal.accounts.models import Member
from portal.core.clock import today
from portal.core.editing import EditorForm, ParityForm, both, credit_fields, english, line, lines, spanish
from portal.core.fields import DateField, FloatField
from portal.core.forms import RoomForm, long_text, readable
from portal.core.i18n import Bilingual, language
from portal.core.parity import Credit
from portal.markets.actions.evidence import Noted
from portal.markets.actions.standing import Verdict, history
from portal.markets.map.importing import MOST_BOUNDARY_BYTES, NoBoundary, sent_area
from portal.markets.models import Description, Evidence, Market
from portal.markets.rules import EvidenceState, Status
from portal.markets.rules.names import telling_word
from portal.markets.rules.status import offered, problems
from portal.markets.texts import GAPS, NAMES, NO_BOUNDARY, REFUSALS, STATE_NAMES, TELLING

NAME, OWN_NAME = _l("Name of the place"), _l("What the residents call it themselves")
ABOUT, SERVICES = _l("What residents can do now"), _l("Help that is on offer there")
WHY_HERE = _l("Why this place was chosen")
DECIDED_BY, EVIDENCE = _l("Who decided"), _l("On what evidence")
REVIEW_WITHIN = timedelta(days=28)
TEXTS = ("name", "own_name", "about", "services", "why_here")
FILL_IN = _l("Please fill this in.")
ABOVE_ZERO = _l("Please give a number above 0.")


def place_choices(markets: Sequence[Market]) -> list[SelectChoice]:
    """None, and the places by their names in the reader's language."""
    return [SelectChoice("", _l("None")), *(SelectChoice(market.slug, market.name[language()]) for market in markets)]


def _number(label: Any, usual: float) -> FloatField:
    enough = NumberRange(min=0.01, max=100, message=ABOVE_ZERO)
    return FloatField(label, default=usual, validators=[InputRequired(ABOVE_ZERO), readable, enough])


class PlaceForm(ParityForm):
    """All that is said about a place, English and Spanish side by side, who looks after it, and its alarm."""

    name_en, name_es = line(english(NAME), 80), line(spanish(NAME), 80)
    own_name_en, own_name_es = line(english(OWN_NAME), 80), line(spanish(OWN_NAME), 80)
    about_en, about_es = lines(english(ABOUT), 4_000), lines(spanish(ABOUT), 4_000)
    services_en, services_es = lines(english(SERVICES), 4_000), lines(spanish(SERVICES), 4_000)
    why_here_en, why_here_es = lines(english(WHY_HERE), 4_000), lines(spanish(WHY_HERE), 4_000)
    owner = SelectField(_l("Owner: who looks after the place"), validators=[Optional()])
    deputy = SelectField(_l("Deputy: who does when the owner cannot"), validators=[Optional()])
    usual_signals = _number(_l("Usual signals in a week while it holds"), Description.usual_signals)
    slipping_signals = _number(_l("Signals in a week that mean it slips"), Description.slipping_signals)
    alarm_at = _number(_l("Sum at which the alarm opens a review"), Description.alarm_at)

    def __init__(self, people: Sequence[Member], stored: Market | None = None, **kwargs: Any) -> None:
        super().__init__(data=as_typed(stored) if stored else None, **kwargs)
        self.stale = stored.stale_fields if stored else frozenset()
        nobody = SelectChoice("", _l("Nobody yet"))
        self.owner.choices = self.deputy.choices = [nobody, *(SelectChoice(str(one.id), one.name) for one in people)]

    def validate(self, extra_validators: Any = None) -> bool:
        whole: bool = super().validate(extra_validators)
        for name in ("name_en", "name_es"):
            if not self[name].data:
                self.complain(name, FILL_IN)
        for name in ("name_en", "name_es", "own_name_en", "own_name_es"):
            if telling_word(self[name].data or ""):
                self.complain(name, TELLING)
        if self.owner.data and self.owner.data == self.deputy.data:
            self.complain("deputy", REFUSALS["place_two_people"])
        if not self.errors and self.slipping_signals.data <= self.usual_signals.data:
            self.complain("slipping_signals", _l("This must be more than what is usual."))
        return whole and not self.errors

    def say_what_is_missing(self, gaps: Sequence[str]) -> None:
        """Put what `rules.whole` found beside the fields."""
        for name in gaps:
            self.complain(name, GAPS)

    @property
    def description(self) -> Description:
        """What was typed. The form must be valid."""
        texts: dict[str, Any] = {name: self.pair(name) for name in TEXTS}
        return Description(
            **texts,
            owner_id=int(self.owner.data) if self.owner.data else None,
            deputy_id=int(self.deputy.data) if self.deputy.data else None,
            usual_signals=self.usual_signals.data,
            slipping_signals=self.slipping_signals.data,
            alarm_at=self.alarm_at.data,
            credit=self.credit,
        )


def as_typed(market: Market) -> dict[str, Any]:
    """A place as the fields of the form hold it."""
    values: dict[str, Any] = {}
    for field in fields(Description):
        value = getattr(market, field.name)
        if isinstance(value, Bilingual):
            values |= both(field.name, value)
        elif isinstance(value, Credit):
            values |= credit_fields(value)
        elif field.name.endswith("_id"):
            values[field.name.removesuffix("_id")] = str(value) if value else ""
        else:
            values[field.name] = value
    return values


class BoundaryForm(RoomForm):
    """Where a place lies."""

    file = FileField(_l("Boundary as a GeoJSON file"))
    area: Any = None
    """What was sent, once the form is valid."""

    def validate(self, extra_validators: Any = None) -> bool:
        whole: bool = super().validate(extra_validators)
        sent = self.file.data
        if not isinstance(sent, FileStorage) or not sent.filename:
            self.file.errors = [_l("Please choose a file.")]
            return False
        try:
            self.area = sent_area(sent.stream.read(MOST_BOUNDARY_BYTES + 1))
        except NoBoundary as reason:
            self.file.errors = [NO_BOUNDARY[reason.trouble]]
        return whole and not self.errors


class AdmitForm(RoomForm):
    """Who is admitted next."""

    member = SelectField(_l("Who may know of this place too"), validators=[DataRequired(FILL_IN)])

    def __init__(self, people: Sequence[tuple[Member, str]], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        choices = [SelectChoice(str(one.id), f"{one.name} ({roles})") for one, roles in people]
        self.member.choices = [SelectChoice("", _l("Choose somebody")), *choices]


class KeyForm(EditorForm):
    """Why somebody turns a key, and that it is really them."""

    reason = long_text(_l("Why the place can be shown now"), 1_000)
    early = BooleanField(_l("I know that the call-in has not ended. The place may be shown at that hour all the same."))
    password = PasswordField(_l("Your password, once more"), validators=[DataRequired(FILL_IN)])
    read = HiddenField()
    """The mark of the texts that were shown above the form."""


class StatusForm(EditorForm):
    """How a place stands, decided by a person."""

    status = RadioField(_l("How it stands"), validators=[DataRequired(FILL_IN)])
    since_on = DateField(_l("Since"), validators=[Optional()])
    review_on = DateField(_l("Next review"), validators=[readable, DataRequired(FILL_IN)])
    decided_by_en, decided_by_es = line(english(DECIDED_BY)), line(spanish(DECIDED_BY))
    evidence_en, evidence_es = lines(english(EVIDENCE), 1_000), lines(spanish(EVIDENCE), 1_000)

    def __init__(self, market: Market, **kwargs: Any) -> None:
        before = market.standing
        data: dict[str, Any] = {"since_on": today(), "review_on": today() + REVIEW_WITHIN}
        if before is not None:
            data |= {"since_on": None, "status": before.status, **both("decided_by", before.decided_by)}
        super().__init__(data=data, **kwargs)
        self._before, self._history = before, history(market)
        self.status.choices = [
            SelectChoice(status.value, _l("%(status)s (as before: a review)", status=NAMES[status]))
            if before is not None and status == before.status
            else SelectChoice(status.value, NAMES[status])
            for status in offered(self._history, today())
        ]

    def validate(self, extra_validators: Any = None) -> bool:
        """Everything that is wrong at once: whoever decides at night should not be sent back three times."""
        whole: bool = super().validate(extra_validators)
        for name in ("decided_by_en", "decided_by_es", "evidence_en", "evidence_es"):
            if not self[name].data:
                self.complain(name, FILL_IN)
        if not self.status.errors:
            self._judge_days(Status(self.status.data))
        return whole and not self.errors

    def _judge_days(self, status: Status) -> None:
        is_review = self._before is not None and status == self._before.status
        if not (is_review or self.since_on.data or self.since_on.errors):
            self.complain("since_on", FILL_IN)
        for wrong in problems(self._history, status, self.since_on.data, self.review_on.data, today()):
            self.complain(STATUS_WHERE[wrong], REFUSALS[wrong])

    @property
    def verdict(self) -> Verdict:
        """What was decided. The form must be valid."""
        return Verdict(
            Status(self.status.data),
            # A review keeps the day from before, whatever stands here.
            self.since_on.data or today(),
            self.review_on.data,
            self.pair("decided_by"),
            self.pair("evidence"),
        )


STATUS_WHERE = {
    "status_order": "status",
    "status_months": "status",
    "status_since": "since_on",
    "status_review": "review_on",
}
"""The field beside which a refusal stands."""


class EvidenceForm(EditorForm):
    """How far something is, and what shows it."""

    state = RadioField(
        _l("How far it is"),
        choices=[SelectChoice(state.value, label) for state, label in STATE_NAMES.items()],
        validators=[DataRequired(FILL_IN)],
    )
    said = lines(_l("What shows it"), 2_000)
    link = line(_l("Where more of it lies, as a web address"), 500)
    done_on = DateField(_l("Since when"), validators=[Optional()])

    def __init__(self, stored: Evidence | None = None, **kwargs: Any) -> None:
        super().__init__(data=evidence_as_typed(stored), **kwargs)

    @property
    def noted(self) -> Noted:
        """What was typed. The form must be valid."""
        return Noted(EvidenceState(self.state.data), self.said.data or "", self.link.data or "", self.done_on.data)


def evidence_as_typed(stored: Evidence | None) -> dict[str, Any]:
    """What is noted as the fields of the form hold it."""
    if stored is None:
        return {"state": EvidenceState.OPEN.value, "said": "", "link": "", "done_on": None}
    return {"state": stored.state, "said": stored.said, "link": stored.link, "done_on": stored.done_on}
