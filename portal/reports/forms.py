"""What residents and the desk are asked."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from typing import Any

from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, HiddenField, RadioField, SelectChoice, SelectField, StringField, TextAreaField
from wtforms.validators import DataRequired, InputRequired, Optional, ValidationError

from portal.core.forms import PublicForm, RoomForm, at_most, strip
from portal.core.giveaways import Giveaway, giveaways, giveaways_and_names
from portal.core.names import bare_names
from portal.markets.city_names import names_of_the_city
from portal.markets.models import Market
from portal.markets.queries import NamedPlace
from portal.reports.rules.care import says_only_race
from portal.reports.rules.conduct import speaks_of_police
from portal.reports.rules.referrals import READERS
from portal.reports.rules.triage import Category, Referral, may_refer
from portal.reports.rules.urgency import Urgency, all_urgent
from portal.reports.rules.words import Words
from portal.reports.texts import CATEGORIES, DISPOSITIONS, REFERRALS, SORTED, VERDICTS

LONGEST_REPORT = 20_000
LONGEST_LINE = 500
ELSEWHERE = "elsewhere"
BEFORE_SENDING = (Urgency.CRISIS, Urgency.OVERDOSE)
"""Nobody should wait for a page about these. Guns and fights are mostly reported as what happens there: the receipt and
the top of the form name 911, and no second press stands between such a report and us."""
RACE_ALONE = _l("Race alone does not help anybody. Please say what they did, wore or carried, or leave this empty.")
RACE_IN_PASSING = _l("Race alone does not help anybody. Please say it in other words, or leave this empty.")
RACE_PASSED_ON = _l("A part of it names a race and nothing else. That helps nobody: please take it out.")
RACE_INSTEAD = _l("Race alone does not help anybody. Please say what they do, and when.")


def _refuse_race_alone(text: str | None, reason: object) -> None:
    if says_only_race(text or ""):
        raise ValidationError(str(reason))


class ReportForm(PublicForm):
    """What is happening, where, when; only then, and only if it helps, what somebody looked like."""

    what = TextAreaField(
        _l("What is happening?"),
        filters=[strip],
        validators=[DataRequired(_l("Please write what is happening.")), at_most(LONGEST_REPORT)],
    )
    category = RadioField(_l("What is it about?"), validators=[InputRequired(_l("Please choose one."))])
    market = SelectField(_l("Which place?"), validate_choice=True)
    where = StringField(_l("Where exactly?"), filters=[strip], validators=[Optional(), at_most(LONGEST_LINE)])
    when = StringField(_l("When?"), filters=[strip], validators=[Optional(), at_most(LONGEST_LINE)])
    looks = TextAreaField(
        _l("What did they wear or carry?"), filters=[strip], validators=[Optional(), at_most(LONGEST_LINE)]
    )
    relay = BooleanField(_l("I am writing this for somebody else"))
    sure = BooleanField(_l("Send it as it is"))
    told = HiddenField()
    """Which help was named before sending, after words that call for it."""

    def __init__(
        self, markets: Sequence[NamedPlace], language: str, categories: Collection[Category], **kwargs: Any
    ) -> None:
        super().__init__(**kwargs)
        self.market.choices = [("", _l("Choose a place"))]
        self.market.choices += [(market.slug, market.name[language]) for market in markets]
        self.market.choices.append((ELSEWHERE, _l("Somewhere else")))
        self.category.choices = [(key.value, label) for key, label in CATEGORIES.items() if key in categories]
        self.found: tuple[Giveaway, ...] = ()
        self.urgency: tuple[Urgency, ...] = ()
        self.help_first: tuple[Urgency, ...] = ()

    def validate_what(self, field: TextAreaField) -> None:
        _refuse_race_alone(field.data, RACE_INSTEAD)

    def validate_where(self, field: StringField) -> None:
        _refuse_race_alone(field.data, RACE_IN_PASSING)

    def validate_when(self, field: StringField) -> None:
        _refuse_race_alone(field.data, RACE_IN_PASSING)

    def validate_looks(self, field: TextAreaField) -> None:
        _refuse_race_alone(field.data, RACE_ALONE)

    def validate(self, extra_validators: Any = None) -> bool:
        whole = super().validate(extra_validators)
        # Only in what is short enough: the patterns would take a second over a megabyte.
        self.found = giveaways_and_names(self.words.all_text, names_of_the_city) if whole else ()
        self.look_for_urgent_words()
        return whole and (bool(self.sure.data) or not self.found) and not self.help_first

    def name_help_again(self) -> None:
        """Name the help once more that was named already: the page comes in the other language."""
        self.help_first = tuple(kind for kind in BEFORE_SENDING if kind in (self.told.data or "").split())

    def look_for_urgent_words(self) -> None:
        """Name 988 or 911 once before sending; which of them were named comes back with the form."""
        self.urgency = all_urgent(self.words.all_text[: LONGEST_REPORT + 4 * LONGEST_LINE])
        told = (self.told.data or "").split()
        self.help_first = tuple(kind for kind in self.urgency if kind in BEFORE_SENDING and kind not in told)
        self.told.data = " ".join(kind for kind in self.urgency if kind in BEFORE_SENDING)

    @property
    def words(self) -> Words:
        """What was written, as it will be sealed."""
        return Words(self.what.data or "", self.where.data or "", self.when.data or "", self.looks.data or "")


class CodeForm(PublicForm):
    """The code words, however they are typed."""

    code = TextAreaField(_l("Your code words"), filters=[strip])


class ConfirmForm(CodeForm):
    """The code words typed to check them; `shown` are the words that stand on the page, encrypted by the server."""

    shown = HiddenField()


class SayForm(PublicForm):
    """More words from the resident; `ticket` stands for the code that was just typed."""

    ticket = HiddenField()
    what = TextAreaField(
        _l("Write to us"),
        filters=[strip],
        validators=[DataRequired(_l("Please write something first.")), at_most(LONGEST_REPORT)],
    )

    def validate_what(self, field: TextAreaField) -> None:
        _refuse_race_alone(field.data, RACE_INSTEAD)


class VerdictForm(PublicForm):
    """Whether it is better; `ticket` stands for the code that was just typed."""

    ticket = HiddenField()
    verdict = RadioField(
        _l("Is it better now?"),
        choices=[SelectChoice(key.value, words) for key, words in VERDICTS.items()],
        validators=[InputRequired(_l("Please choose one."))],
    )


class DeskForm(RoomForm):
    """One form for everything a desk does with a report: words to the person, and what happens with it then.

    `readers`: to whom it can be passed on so that somebody reads here what the desk lets them read. `said` opens what
    the person wrote: words about the police that were left out for them are words about the police all the same.
    `places` tells names of the city's own, which are no person's.
    """

    version = HiddenField()
    what = TextAreaField(_l("Answer to the person"), filters=[strip], validators=[at_most(LONGEST_REPORT)])
    then = SelectField(_l("And then"), default="answer")
    readable = TextAreaField(
        _l("If you pass it on: what they may read"), filters=[strip], validators=[at_most(LONGEST_REPORT)]
    )
    sure = BooleanField(_l("I am sure: they may read it as it stands"))
    not_conduct = BooleanField(_l("I am sure: it is no complaint about how police behaved"))
    names_checked = BooleanField(_l("I looked: it is no person's name, or they may read it"))
    tell_them = BooleanField(_l("I tell them myself, today"))

    def __init__(
        self,
        category: Category,
        readers: Collection[Referral],
        said: Callable[[], str] = str,
        places: Callable[[], Iterable[str]] = list,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.readers, self.said, self.places = readers, said, places
        self.may_be_conduct = self.is_unread = False
        self.found: tuple[Giveaway, ...] = ()
        self.perhaps_names: tuple[str, ...] = ()
        referrals = [(f"pass {to.value}", self._label(to)) for to in REFERRALS if may_refer(category, to)]
        endings = [(f"close {end.value}", label) for end, label in DISPOSITIONS.items()]
        self.then.choices = {
            _l("It stays open"): [("answer", _l("Just answer")), ("ask", _l("Ask for more, and wait"))],
            _l("Passed on to"): referrals,
            _l("Closed with"): endings,
        }

    def validate_what(self, field: TextAreaField) -> None:
        if self.then.data in ("answer", "ask") and not field.data:
            raise ValidationError(str(_l("Please write something first.")))

    def validate_readable(self, field: TextAreaField) -> None:
        if self.is_shared and not field.data:
            raise ValidationError(str(_l("Please write what they may read.")))
        # It begins with the answers to several questions, one a paragraph.
        for paragraph in (field.data or "").replace("\r", "").split("\n\n") if self.is_shared else ():
            _refuse_race_alone(paragraph.partition(":")[2] or paragraph, RACE_PASSED_ON)

    def validate(self, extra_validators: Any = None) -> bool:
        whole: bool = super().validate(extra_validators)
        if not whole:
            return False
        if not self.is_shared:
            self.is_unread = self.is_lost_unless_told
            return bool(self.tell_them.data) or not self.is_unread
        self.found = giveaways(self.readable.data or "")
        self.perhaps_names = bare_names(self.readable.data or "", self.places())
        self.may_be_conduct = speaks_of_police(f"{self.readable.data} {self.said()}")
        return self.is_looked_at

    @property
    def is_looked_at(self) -> bool:
        """Whether what makes a second look necessary had one."""
        answers = (
            (self.sure, self.found),
            (self.names_checked, self.perhaps_names),
            (self.not_conduct, self.may_be_conduct),
        )
        return all(answer.data or not asked for answer, asked in answers)

    @property
    def first_question(self) -> str | None:
        """The field of the first question that the desk has to answer before anything is passed on."""
        asked = {
            "tell_them": self.is_unread,
            "sure": self.found,
            "names_checked": self.perhaps_names,
            "not_conduct": self.may_be_conduct,
        }
        return next((name for name, why in asked.items() if why), None)

    def _label(self, to: Referral) -> Any:
        if to in self.readers or to is Referral.OVERSIGHT:
            return REFERRALS[to]
        return _l("%(who)s (only noted: nobody reads it here)", who=REFERRALS[to])

    @property
    def is_shared(self) -> bool:
        """Whether it is passed on to people who then read something of it here."""
        what, which = self.step
        return what == "pass" and which in self.readers

    @property
    def is_lost_unless_told(self) -> bool:
        """Whether it goes to people who read here what is passed on to them, and none of them could read this."""
        what, which = self.step
        return what == "pass" and which in READERS and which not in self.readers

    @property
    def step(self) -> tuple[str, str]:
        """What happens then, and to whom or with which ending: ("pass", "outreach")."""
        what, _space, which = (self.then.data or "").partition(" ")
        return what, which


class FindingForm(RoomForm):
    """What those to whom it was passed on found or did, and how they would close it."""

    version = HiddenField()
    what = TextAreaField(
        _l("What you found or did"),
        filters=[strip],
        validators=[DataRequired(_l("Please write something first.")), at_most(LONGEST_REPORT)],
    )
    ending = SelectField(
        _l("How would you close it?"), choices=[(end.value, label) for end, label in DISPOSITIONS.items()]
    )


class SortForm(RoomForm):
    """What a report is about, and where."""

    version = HiddenField()
    category = SelectField(_l("About"), choices=[(key.value, label) for key, label in SORTED.items()])
    market = SelectField(_l("Place"))
    sure = BooleanField(_l("I am sure: it is not about the police, and the desk may read all of it"))

    def __init__(self, markets: Sequence[Market], language: str, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.market.choices = [("", _l("Not at a place of ours"))]
        self.market.choices += [(market.slug, market.name[language]) for market in markets]
