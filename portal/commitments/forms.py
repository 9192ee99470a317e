"""The forms about promises: for those who write them down, for the other side, and for residents with a slip."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any
from urllib.parse import urlsplit

from flask_babel import lazy_gettext as _l
from flask_wtf.file import FileField
from werkzeug.datastructures import FileStorage
from wtforms import RadioField, SelectChoice, SelectField, SelectMultipleField, StringField
from wtforms.validators import InputRequired, NumberRange, Optional, ValidationError
from wtforms.widgets import CheckboxInput, ListWidget

from portal.commitments.models import TEXTS, Commitment, Pledge
from portal.commitments.rules.ballots import LONGEST, MOST_PROMISES, MOST_SLIPS, Say
from portal.commitments.rules.promises import Verdict
from portal.commitments.texts import MISSING, REFUSALS, SAYS
from portal.core.clock import today
from portal.core.editing import EditorForm, ParityForm, both, credit_fields, english, line, lines, spanish
from portal.core.fields import DateField, IntegerField
from portal.core.files.apart import NotTaken
from portal.core.files.cleaning import clean
from portal.core.files.kinds import MOST_FILE_BYTES, CleanFile
from portal.core.files.texts import NOT_TAKEN
from portal.core.forms import RoomForm, at_most, strip
from portal.core.i18n import Bilingual, language
from portal.core.slips import SlipForm
from portal.markets.forms import place_choices
from portal.markets.models import Market
from portal.organisations.models import Office

WHAT, MADE_AT = _l("What is promised"), _l("On which occasion")
REASON = _l("Why")
FILL_IN = _l("Please fill this in.")
ONLY_HTTPS = _l("Please give an address that begins with https://.")
USUAL_SLIPS = 60


class CommitmentForm(ParityForm):
    """A promise, English and Spanish side by side. A draft may leave anything empty."""

    what_en, what_es = lines(english(WHAT), 600), lines(spanish(WHAT), 600)
    made_at_en, made_at_es = line(english(MADE_AT), 160), line(spanish(MADE_AT), 160)
    office = SelectField(_l("Which office promises it"), validators=[Optional()])
    market = SelectField(_l("About which of our places"), validators=[Optional()])
    made_on = DateField(_l("Day on which it was promised"), validators=[Optional()])
    due_on = DateField(_l("By when"), validators=[Optional()])

    def __init__(
        self, offices: Sequence[Office], markets: Sequence[Market], stored: Commitment | None = None, **kwargs: Any
    ) -> None:
        super().__init__(data=as_typed(stored) if stored else None, **kwargs)
        self._offices = {str(office.id): office.id for office in offices}
        self._markets = {market.slug: market.id for market in markets}
        self.office.choices = [SelectChoice("", _l("Please choose")), *map(office_choice, offices)]
        self.market.choices = place_choices(markets)
        self.stale = stored.stale_fields if stored else frozenset()

    @property
    def pledge(self) -> Pledge:
        """What was typed."""
        return Pledge(
            **{name: self.pair(name) for name in TEXTS},
            made_on=self.made_on.data,
            due_on=self.due_on.data,
            office_id=self._offices.get(self.office.data),
            market_id=self._markets.get(self.market.data),
            credit=self.credit,
        )

    def say_what_is_missing(self, gaps: Sequence[str]) -> None:
        """Put what `rules.gaps` found beside the fields."""
        for name in gaps:
            self.complain(name, MISSING)


def office_choice(office: Office) -> SelectChoice:
    """An office as a form offers it."""
    lang = language()
    return SelectChoice(str(office.id), f"{office.organisation.name[lang]}: {office.name[lang]}")


def as_typed(commitment: Commitment) -> dict[str, Any]:
    """A promise as the fields of the form hold it."""
    values: dict[str, Any] = {
        "office": str(commitment.office_id or ""),
        "market": commitment.market.slug if commitment.market else "",
        "made_on": commitment.made_on,
        "due_on": commitment.due_on,
        **credit_fields(commitment.credit),
    }
    for name in TEXTS:
        values |= both(name, getattr(commitment, name))
    return values


class StepForm(EditorForm):
    """Something to say about a promise, in both languages at once: it is public the moment it is sent."""

    text_en, text_es = lines(english(REASON), 600), lines(spanish(REASON), 600)

    def validate(self, extra_validators: Any = None) -> bool:
        whole: bool = super().validate(extra_validators)
        for name in ("text_en", "text_es"):
            if not self[name].data:
                self.complain(name, FILL_IN)
        return whole and not self.errors

    @property
    def text(self) -> Bilingual:
        """What was typed."""
        return self.pair("text")


class DueForm(StepForm):
    """Another day for a promise."""

    due_on = DateField(_l("The new day"), validators=[InputRequired(_l("Please give the new day."))])


class MilestoneForm(StepForm):
    """A step on the way."""

    text_en, text_es = lines(english(_l("The step")), 600), lines(spanish(_l("The step")), 600)
    due_on = DateField(_l("By when"), validators=[InputRequired(_l("Please give a day."))])


class EvidenceForm(StepForm):
    """Something that shows how it goes: words, and a link or a file if there is one."""

    text_en, text_es = lines(english(_l("What it shows")), 600), lines(spanish(_l("What it shows")), 600)
    url = StringField(_l("Address of a page that shows it"), filters=[strip], validators=[Optional(), at_most(500)])
    file = FileField(_l("File that shows it"))

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.taken: CleanFile | None = None

    def validate(self, extra_validators: Any = None) -> bool:
        """The file is made clean here; one that cannot be is an error beside its field."""
        whole: bool = super().validate(extra_validators)
        if self.has_file:
            try:
                self.taken = clean(self.file.data.stream.read(MOST_FILE_BYTES + 1), self.file.data.filename or "")
            except NotTaken as reason:
                self.complain("file", NOT_TAKEN[reason.trouble])
        return whole and not self.errors

    @property
    def has_file(self) -> bool:
        """Whether a file came with it: a page that is shown again cannot hold it, so it must be chosen again."""
        return isinstance(self.file.data, FileStorage) and bool(self.file.data.filename)

    def validate_url(self, field: StringField) -> None:
        parts = urlsplit(field.data or "")
        if parts.scheme != "https" or not parts.hostname:
            raise ValidationError(str(ONLY_HTTPS))


class TakeOutForm(StepForm):
    """Why a file is no longer shown."""


class ClaimForm(StepForm):
    """The office says that it is done."""

    text_en, text_es = lines(english(_l("What was done")), 600), lines(spanish(_l("What was done")), 600)


class JudgeForm(StepForm):
    """The word of the other side."""

    verdict = RadioField(
        _l("What do you say?"),
        choices=[
            SelectChoice(Verdict.KEPT.value, _l("The promise was kept")),
            SelectChoice(Verdict.BROKEN.value, _l("The promise was broken")),
            SelectChoice("open", _l("Neither, it is still open: we take our word back")),
        ],
        validators=[InputRequired(_l("Please choose one."))],
    )


class Ticks(SelectMultipleField):
    """Several of a list, as boxes to check."""

    widget = ListWidget(prefix_label=False)
    option_widget = CheckboxInput()


class HearingForm(RoomForm):
    """A session at which residents answer."""

    title_en, title_es = line(english(_l("Name of the session")), 120), line(spanish(_l("Name of the session")), 120)
    promises = Ticks(_l("Promises on the slips"))
    opens_on = DateField(_l("First day"), validators=[InputRequired(_l("Please give a day."))])
    closes_on = DateField(_l("Last day"), validators=[InputRequired(_l("Please give a day."))])
    slips = IntegerField(
        _l("How many slips"),
        default=USUAL_SLIPS,
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
        """What was typed."""
        return Bilingual(en=self.title_en.data or "", es=self.title_es.data or "")

    @property
    def chosen(self) -> list[Commitment]:
        """The promises that were checked, in the order of the list."""
        return [self._by_id[one] for one in self.promises.data]


def _fits(opens_on: date, closes_on: date) -> bool:
    return opens_on <= closes_on <= opens_on + LONGEST and closes_on >= today()


def answer_form(numbers: Sequence[int]) -> SlipForm:
    """The form with one question for each promise on a slip: `say1`, `say2` and so on."""
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


def says_of(form: SlipForm, numbers: Sequence[int]) -> dict[int, Say]:
    """What was chosen."""
    return {number: Say(form[f"say{number}"].data) for number in numbers}
